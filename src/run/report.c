/* The functions by which a step reads, writes and reports (step.h). */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"
#include "run/record.h"
#include "run/step.h"
#include "store/state.h"

static struct str absolute(struct step_ctx *ctx, struct arena *a, struct str path)
{
	return path_in(a, ctx->cwd, path);
}

static void report(struct step_ctx *ctx, enum trace_kind kind, struct str path, const struct digest *digest)
{
	struct arena a = { 0 };
	struct trace_entry e = { .kind = kind, .name = record_name(ctx->host, &a, absolute(ctx, &a, path)) };
	if (digest)
		e.digest = *digest;
	record_add(ctx->record, &e);
	arena_deinit(&a);
}

bool step_read(struct step_ctx *ctx, struct str path, struct arena *a, struct str *bytes, struct err *err)
{
	struct str full = absolute(ctx, a, path);
	if (!fs_read(full, 0, a, bytes, err)) {
		if (err->kind == ERR_NOT_FOUND)
			step_did_miss(ctx, full);
		return false;
	}
	/* The digest of the very bytes that the step got, whatever happens to the file meanwhile. */
	struct digest d = sha256_of(*bytes);
	report(ctx, TRACE_FILE, full, &d);
	return true;
}

/* What changed after the step began may have been read before or after the change. */
static void distrust_recent(struct step_ctx *ctx, struct str full)
{
	struct stat st;
	if (!fs_stat(full, FS_FOLLOW, &st))
		return;
	struct timespec m = st.st_mtim, b = ctx->record->started;
	if (m.tv_sec > b.tv_sec || (m.tv_sec == b.tv_sec && m.tv_nsec > b.tv_nsec))
		step_uncacheable(ctx, arena_fmt(ctx->arena, "'%.*s' changed while the step ran", STR_ARG(full)));
}

static bool did_read(struct step_ctx *ctx, struct arena *a, struct str path, struct err *err)
{
	struct str full = absolute(ctx, a, path);
	struct digest d;
	bool exists;
	if (!state_file(ctx->host->state, full, &d, &exists, err))
		return false;
	if (!exists)
		return err_set(err, ERR_NOT_FOUND, "'%.*s' vanished while the step ran", STR_ARG(path));
	distrust_recent(ctx, full);
	report(ctx, TRACE_FILE, full, &d);
	return true;
}

bool step_did_read(struct step_ctx *ctx, struct str path, struct err *err)
{
	struct arena a = { 0 };
	bool ok = did_read(ctx, &a, path, err);
	arena_deinit(&a);
	return ok;
}

void step_did_miss(struct step_ctx *ctx, struct str path)
{
	report(ctx, TRACE_ABSENT, path, NULL);
}

bool step_did_list(struct step_ctx *ctx, struct str path, struct err *err)
{
	struct arena a = { 0 };
	struct digest d;
	bool exists;
	struct str full = absolute(ctx, &a, path);
	bool ok = state_list(ctx->host->state, full, &d, &exists, err);
	if (ok)
		report(ctx, exists ? TRACE_LIST : TRACE_ABSENT, full, &d);
	arena_deinit(&a);
	return ok;
}

bool step_did_settle(struct step_ctx *ctx, struct str path, struct err *err)
{
	struct arena a = { 0 };
	struct digest d;
	bool exists;
	struct str full = absolute(ctx, &a, path);
	bool ok = state_list(ctx->host->state, full, &d, &exists, err);
	if (ok && exists)
		report(ctx, TRACE_LEFT, full, &d);
	arena_deinit(&a);
	return ok;
}

struct tree_read {
	struct step_ctx *ctx;
	struct str root;
};

static bool tree_entry(void *arg, struct str path, const struct stat *st, struct err *err)
{
	struct tree_read *t = arg;
	struct arena a = { 0 };
	struct str full = path_join(&a, t->root, path);
	bool ok = true;
	if (S_ISDIR(st->st_mode)) {
		ok = step_did_list(t->ctx, full, err);
	} else if (S_ISLNK(st->st_mode)) {
		char target[4096];
		ssize_t n = readlink(full.p, target, sizeof(target));
		struct digest d = sha256_of((struct str){ target, (size_t)MAX(n, 0) });
		report(t->ctx, TRACE_LINK, full, &d);
		struct stat behind;
		if (fs_stat(full, FS_FOLLOW, &behind) && S_ISREG(behind.st_mode))
			ok = step_did_read(t->ctx, full, err);
	} else if (S_ISREG(st->st_mode)) {
		ok = step_did_read(t->ctx, full, err);
	}
	arena_deinit(&a);
	return ok;
}

bool step_did_read_tree(struct step_ctx *ctx, struct str path, struct err *err)
{
	struct tree_read t = { ctx, absolute(ctx, ctx->arena, path) };
	return step_did_list(ctx, t.root, err) && fs_walk(t.root, tree_entry, &t, err);
}

struct str step_env(struct step_ctx *ctx, struct str name)
{
	struct str value = env_get(ctx->host->environ, name);
	struct trace_entry entry = { .kind = value.p ? TRACE_ENV : TRACE_NO_ENV, .name = name, .digest = sha256_of(value) };
	record_add(ctx->record, &entry);
	return value;
}

static bool did_write(struct step_ctx *ctx, struct arena *a, struct str path, enum step_secrecy secrecy, struct err *err)
{
	struct str full = absolute(ctx, a, path);
	struct store *store;
	struct stat st;
	struct trace_entry e = { .kind = TRACE_OUTPUT, .secret = secrecy == STEP_SECRET, .name = record_name(ctx->host, a, full) };
	state_forget_file(ctx->host->state, full);
	if (!fs_stat(full, FS_NOFOLLOW, &st))
		return err_set(err, ERR_IO, "cannot look at '%.*s': %s", STR_ARG(full), strerror(errno));
	if (!ctx->host->no_cache) {
		/* A store that is full or read-only costs the cache, not the work. */
		struct err kept = { 0 };
		if (!record_store(ctx->host, secrecy, &store, &kept) || !store_put_file(store, full, &e.digest, &kept))
			step_uncacheable(ctx, str_c(kept.message));
		err_deinit(&kept);
	}
	e.mode = st.st_mode & 0777;
	record_add(ctx->record, &e);
	return true;
}

bool step_did_write(struct step_ctx *ctx, struct str path, enum step_secrecy secrecy, struct err *err)
{
	struct arena a = { 0 };
	bool ok = did_write(ctx, &a, path, secrecy, err);
	arena_deinit(&a);
	return ok;
}

bool step_write(struct step_ctx *ctx, struct str path, struct str bytes, enum step_secrecy secrecy, struct err *err)
{
	struct arena a = { 0 };
	struct str full = absolute(ctx, &a, path), old;
	mode_t mode = secrecy == STEP_SECRET ? 0600 : 0644;
	struct stat st;
	struct err ignored = { 0 };
	bool same = fs_stat(full, FS_NOFOLLOW, &st) && S_ISREG(st.st_mode) && (st.st_mode & 0777) == mode &&
		    (size_t)st.st_size == bytes.n && fs_read(full, 0, &a, &old, &ignored) && str_eq(old, bytes);
	err_deinit(&ignored);
	bool ok = same || (fs_mkdirs(path_dir(&a, full), 0777, err) && fs_write(full, bytes, mode, FS_NO_SYNC, err));
	ok = ok && step_did_write(ctx, full, secrecy, err);
	arena_deinit(&a);
	return ok;
}

struct str step_name_of(struct step_ctx *ctx, struct str path)
{
	return record_name(ctx->host, ctx->arena, absolute(ctx, ctx->arena, path));
}

void step_uncacheable(struct step_ctx *ctx, struct str reason)
{
	for (struct step_record *r = ctx->record; r; r = r->parent) {
		pthread_mutex_lock(&r->lock);
		if (r->uncacheable.n == 0)
			r->uncacheable = arena_str(&r->arena, reason);
		pthread_mutex_unlock(&r->lock);
	}
}

bool step_check_cancel(struct step_ctx *ctx, struct err *err)
{
	if (atomic_load(ctx->host->cancel))
		return err_set(err, ERR_CANCELLED, "stopped on request");
	return true;
}
