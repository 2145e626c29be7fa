/*
 * A report is added to the record of the part that made it and to that of the whole step. Entries that say the same twice are dropped at once, so that
 * a chart whose files many releases read costs one entry.
 */
#include "run/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"
#include "store/state.h"

void record_init(struct step_record *r, struct str node, const struct digest *key, struct step_record *parent)
{
	*r = (struct step_record){ .parent = parent, .key = *key };
	pthread_mutex_init(&r->lock, NULL);
	map_init(&r->seen, 0, &r->arena);
	r->node = arena_str(&r->arena, node);
	clock_gettime(CLOCK_REALTIME, &r->started);
}

void record_deinit(struct step_record *r)
{
	pthread_mutex_destroy(&r->lock);
	arena_deinit(&r->arena);
}

void record_add(struct step_record *r, const struct trace_entry *entry)
{
	for (; r; r = r->parent) {
		pthread_mutex_lock(&r->lock);
		struct str id = arena_fmt(&r->arena, "%d:%.*s", (int)entry->kind, STR_ARG(entry->name));
		if (!map_has(&r->seen, id)) {
			struct trace_entry own = *entry;
			own.name = str_slice(id, id.n - entry->name.n, id.n);
			map_put(&r->seen, id);
			vec_push_in(&r->trace.entries, &r->arena, own);
		}
		pthread_mutex_unlock(&r->lock);
		if (entry->kind == TRACE_RESULT || entry->kind == TRACE_SUMMARY)
			return; /* a part's own */
	}
}

struct str record_name_below(struct str root, struct arena *a, struct str absolute)
{
	return record_name_clean(root, path_clean(a, absolute));
}

struct str record_name_clean(struct str root, struct str clean)
{
	if (str_eq(clean, root))
		return STR(".");
	if (str_starts(clean, root) && clean.n > root.n && clean.p[root.n] == '/')
		return str_slice(clean, root.n + 1, clean.n);
	return clean;
}

struct str record_name(const struct step_host *host, struct arena *a, struct str absolute)
{
	return record_name_below(host->root, a, absolute);
}

struct str record_path(const struct step_host *host, struct arena *a, struct str name)
{
	return path_in(a, host->root, name);
}

bool record_store(const struct step_host *host, enum step_secrecy secrecy, struct store **out, struct err *err)
{
	if (secrecy == STEP_PLAIN) {
		*out = host->store;
		return true;
	}
	return state_private_store(host->state, out, err);
}

/* --- comparing --- */

static bool link_digest(struct str path, struct arena *a, struct digest *digest)
{
	char target[4096];
	ssize_t n = readlink(arena_cstr(a, path), target, sizeof(target));
	if (n < 0)
		return false;
	*digest = sha256_of((struct str){ target, (size_t)n });
	return true;
}

static bool look(const struct step_host *host, const struct trace_entry *e, struct arena *a, struct record_change *c, struct err *err)
{
	struct str path = record_path(host, a, e->name), value;
	struct stat st;
	switch (e->kind) {
	case TRACE_FILE:
		/* What was a file and is now a folder has changed, as much as one that is gone. */
		if (fs_stat(path, FS_FOLLOW, &st) && !S_ISREG(st.st_mode))
			return true;
		return state_file(host->state, path, &c->now, &c->exists, err);
	case TRACE_ABSENT:
		c->exists = fs_stat(path, FS_NOFOLLOW, &st);
		return true;
	case TRACE_LIST:
		return state_list(host->state, path, &c->now, &c->exists, err);
	case TRACE_LINK:
		c->exists = link_digest(path, a, &c->now);
		return true;
	case TRACE_ENV:
	case TRACE_NO_ENV:
		value = env_get(host->environ, e->name);
		c->exists = value.p != NULL;
		c->now = sha256_of(value);
		return true;
	default:
		return true;
	}
}

bool record_compare(const struct step_host *host, const struct trace *t, struct arena *a, struct record_change *out, struct err *err)
{
	*out = (struct record_change){ 0 };
	for (size_t i = 0; i < t->entries.n; i++) {
		const struct trace_entry *e = &t->entries.p[i];
		struct record_change c = { .entry = *e };
		if (!trace_is_input(e->kind))
			continue;
		if (!look(host, e, a, &c, err))
			return false;
		bool wants_absent = e->kind == TRACE_ABSENT || e->kind == TRACE_NO_ENV;
		c.changed = wants_absent ? c.exists : !c.exists || !digest_eq(&c.now, &e->digest);
		if (c.changed) {
			*out = c;
			return true;
		}
	}
	return true;
}

void record_change_text(const struct record_change *c, struct buf *out)
{
	char old[DIGEST_HEX_LEN + 1], now[DIGEST_HEX_LEN + 1];
	digest_hex(&c->entry.digest, old);
	digest_hex(&c->now, now);
	bool env = c->entry.kind == TRACE_ENV || c->entry.kind == TRACE_NO_ENV;
	if (env)
		buf_add_c(out, "variable ");
	else if (c->entry.kind == TRACE_LIST || c->entry.kind == TRACE_LEFT)
		buf_add_c(out, "the names in folder ");
	else if (c->entry.kind == TRACE_KIND)
		buf_add_c(out, "the kind or mode of ");
	buf_add(out, c->entry.name);
	if (c->entry.kind == TRACE_ABSENT || c->entry.kind == TRACE_NO_ENV)
		buf_add_c(out, env ? " was not set and is now" : " was not there and is now");
	else if (!c->exists)
		buf_add_c(out, env ? " is no longer set" : " is gone");
	else
		buf_addf(out, " changed (%.12s… → %.12s…)", old, now);
}

/* --- restoring --- */

static bool output_holds(const struct step_host *host, const struct trace_entry *e, struct str path, struct arena *a, bool *holds,
			 struct err *err)
{
	struct stat st;
	struct digest now;
	*holds = false;
	if (!fs_stat(path, FS_NOFOLLOW, &st) || !S_ISREG(st.st_mode) || (st.st_mode & 0777) != e->mode)
		return true;
	if (!e->secret) {
		if (!state_file(host->state, path, &now, holds, err))
			return false;
		*holds = *holds && digest_eq(&now, &e->digest);
		return true;
	}
	/* A keyed digest has no stamp: secrets are few and small, and are read each time. */
	struct store *private;
	struct str bytes;
	if (!record_store(host, STEP_SECRET, &private, err) || !fs_read(path, 0, a, &bytes, err))
		return false;
	now = store_digest(private, bytes);
	*holds = digest_eq(&now, &e->digest);
	return true;
}

static bool names_hold(const struct step_host *host, const struct trace *t, struct arena *a, bool *hold, struct err *err)
{
	*hold = true;
	for (size_t i = 0; i < t->entries.n && *hold; i++) {
		const struct trace_entry *e = &t->entries.p[i];
		struct digest now;
		if (e->kind != TRACE_LEFT)
			continue;
		if (!state_list(host->state, record_path(host, a, e->name), &now, hold, err))
			return false;
		*hold = *hold && digest_eq(&now, &e->digest);
	}
	return true;
}

bool record_settled(const struct step_host *host, const struct trace *t, struct arena *a, bool *settled, struct err *err)
{
	for (size_t i = 0; i < t->entries.n; i++) {
		*settled = true;
		if (t->entries.p[i].kind == TRACE_OUTPUT && !fs_exists(record_path(host, a, t->entries.p[i].name)))
			return true;
	}
	return names_hold(host, t, a, settled, err);
}

static bool restore_output(const struct step_host *host, const struct trace_entry *e, record_owns *owns, struct arena *a, bool *ok,
			   struct err *err)
{
	struct store *store;
	struct str path = record_path(host, a, e->name);
	struct stat st;
	if (!output_holds(host, e, path, a, ok, err))
		return false;
	if (*ok)
		return true;
	if (!record_store(host, e->secret ? STEP_SECRET : STEP_PLAIN, &store, err))
		return false;
	if (!store_has(store, &e->digest) || (owns && fs_stat(path, FS_NOFOLLOW, &st) && !owns(path)))
		return true;
	struct err restore_err = { 0 };
	*ok = store_restore(store, &e->digest, path, e->mode, &restore_err);
	state_forget_file(host->state, path);
	if (!*ok && restore_err.kind != ERR_NOT_FOUND) { /* not found: damaged, and made again */
		err_move(err, &restore_err);
		return false;
	}
	err_deinit(&restore_err);
	return true;
}

bool record_restore(const struct step_host *host, const struct trace *t, record_owns *owns, struct arena *a, bool *ok, struct err *err)
{
	*ok = true;
	for (size_t i = 0; i < t->entries.n && *ok; i++)
		if (t->entries.p[i].kind == TRACE_OUTPUT && !restore_output(host, &t->entries.p[i], owns, a, ok, err))
			return false;
	return !*ok || names_hold(host, t, a, ok, err);
}
