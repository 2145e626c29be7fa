/*
 * A sweep takes a blob's name away before it looks at its age a last time: a process that puts the same blob meanwhile either made it young before (then it
 * gets its name back) or finds nothing under the name and writes it anew. So none that is about to be recorded gets lost, whatever happens at the same time.
 */
#include "store/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "store/store_internal.h"

enum { GRACE_MIN_S = 600 };

/* --- what is needed --- */

void keep_add_trace(const struct trace *t, keep_digests *plain, keep_digests *secret)
{
	for (size_t i = 0; i < t->entries.n; i++) {
		const struct trace_entry *e = &t->entries.p[i];
		bool names = e->kind == TRACE_OUTPUT || e->kind == TRACE_RESULT || e->kind == TRACE_STDOUT || e->kind == TRACE_STDERR;
		if (names && e->secret)
			vec_push(secret, e->digest);
		else if (names)
			vec_push(plain, e->digest);
	}
}

static void add_encoded(struct str bytes, keep_digests *plain, keep_digests *secret)
{
	struct arena a = { 0 };
	struct trace t;
	AUTO_ERR damaged = { 0 };
	if (trace_decode(bytes, &a, &t, &damaged)) /* a record that cannot be read protects nothing */
		keep_add_trace(&t, plain, secret);
	arena_deinit(&a);
}

struct adding {
	keep_digests *plain, *secret;
};

static void add_record(void *ctx, struct str trace)
{
	struct adding *w = ctx;
	add_encoded(trace, w->plain, w->secret);
}

static void add_digest(void *ctx, const struct digest *d)
{
	struct adding *w = ctx;
	vec_push(w->plain, *d);
}

bool keep_add_state(struct state *s, keep_digests *plain, keep_digests *secret, struct err *err)
{
	struct adding w = { plain, secret };
	return state_each_trace(s, add_record, &w, err) && state_each_pin(s, add_digest, &w, err);
}

/* --- projects --- */

static struct str project_path(const struct store *s, struct str root, struct arena *a)
{
	char hex[DIGEST_HEX_LEN + 1];
	struct digest d = sha256_of(root);
	digest_hex(&d, hex);
	return arena_fmt(a, "%.*s/projects/%.32s", STR_ARG(s->dir), hex);
}

void keep_register(struct store *s, struct str root)
{
	struct arena a = { 0 };
	AUTO_ERR ignored = { 0 };
	struct str path = project_path(s, root, &a);
	bool ok = fs_is_file(path) || (fs_mkdirs(path_dir(&a, path), 0700, &ignored) && fs_write(path, root, 0600, FS_NO_SYNC, &ignored));
	(void)ok;
	arena_deinit(&a);
}

bool keep_projects(struct store *s, struct arena *a, keep_roots *out, struct err *err)
{
	struct str dir = path_join(a, s->dir, STR("projects"));
	fs_entries entries = { 0 };
	*out = (keep_roots){ 0 };
	if (!fs_is_dir(dir))
		return true;
	if (!fs_list(dir, a, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n; i++) {
		struct str path = path_join(a, dir, entries.p[i].name), root;
		AUTO_ERR ignored = { 0 };
		if (fs_read(path, 65536, a, &root, &ignored) && fs_is_file(path_join(a, root, STR(".raibid/state.db"))))
			vec_push_in(out, a, root);
		else
			unlink(path.p);
	}
	return true;
}

/* --- walking --- */

typedef bool visit_blob(void *ctx, struct str path, const struct digest *d, const struct stat *st, struct err *err);

struct walking {
	struct store *s;
	struct arena arena;
	visit_blob *visit;
	void *ctx;
	int64_t litter_before; /* temporary files older than this are removed; 0: none */
};

static bool walk_entry(void *ctx, struct str path, const struct stat *st, struct err *err)
{
	struct walking *w = ctx;
	struct digest d;
	char hex[DIGEST_HEX_LEN];
	if (!S_ISREG(st->st_mode))
		return true;
	struct str full = arena_fmt(&w->arena, "%.*s/blobs/%.*s", STR_ARG(w->s->dir), STR_ARG(path));
	bool ok = true, is_blob = path.n == DIGEST_HEX_LEN + 1 && path.p[2] == '/';
	if (is_blob) {
		memcpy(hex, path.p, 2);
		memcpy(hex + 2, path.p + 3, DIGEST_HEX_LEN - 2);
	}
	if (is_blob && digest_parse((struct str){ hex, sizeof(hex) }, &d))
		ok = w->visit(w->ctx, full, &d, st, err);
	else if (st->st_mtim.tv_sec < w->litter_before)
		unlink(full.p);
	arena_reset(&w->arena);
	return ok;
}

static bool each_blob(struct walking *w, struct err *err)
{
	struct str dir = arena_fmt(&w->arena, "%.*s/blobs", STR_ARG(w->s->dir));
	bool ok = !fs_is_dir(dir) || fs_walk(arena_str(&w->s->arena, dir), walk_entry, w, err);
	arena_deinit(&w->arena);
	return ok;
}

struct noting {
	struct store *s;
	keep_digests *live;
	int64_t before;
};

static bool visit_note(void *ctx, struct str path, const struct stat *st, struct err *err)
{
	struct noting *w = ctx;
	struct arena a = { 0 };
	struct str full = arena_fmt(&a, "%.*s/notes/%.*s", STR_ARG(w->s->dir), STR_ARG(path)), text;
	struct digest d;
	AUTO_ERR unreadable = { 0 };
	(void)err;
	if (S_ISREG(st->st_mode) && st->st_mtim.tv_sec < w->before)
		unlink(full.p);
	else if (S_ISREG(st->st_mode) && fs_read(full, 4096, &a, &text, &unreadable) && digest_parse(str_trim(text), &d))
		vec_push(w->live, d);
	arena_deinit(&a);
	return true;
}

bool keep_add_notes(struct store *s, int64_t before, keep_digests *live, struct err *err)
{
	struct arena a = { 0 };
	struct noting w = { s, live, before };
	struct str dir = path_join(&a, s->dir, STR("notes"));
	bool ok = !fs_is_dir(dir) || fs_walk(dir, visit_note, &w, err);
	arena_deinit(&a);
	return ok;
}

/* --- small blobs: rows of the database of results --- */

/* Plain stores have them; s->results is NULL where there are none. */
static bool open_small(struct store *s, struct err *err)
{
	return s->key.n > 0 || (store_flush_results(s, err) && store_open_results(s, false, err));
}

static bool measure_small(struct store *s, struct keep_usage *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row;
	if (!open_small(s, err))
		return false;
	if (!s->results)
		return true;
	if (!db_query(s->results, "select count(*),coalesce(sum(length(bytes)),0) from blob", &q, err) || !db_next(q, &row, err))
		return false;
	out->blobs += (uint64_t)db_int(q, 0);
	out->bytes += (uint64_t)db_int(q, 1);
	return true;
}

/* A row as the walks see it. */
struct small {
	struct digest digest;
	uint64_t bytes;
};
typedef bool judge_small(void *ctx, const struct digest *d, struct str bytes);

/* The rows that `judge` says yes of, among those last put before `before`. */
static bool find_small(struct store *s, int64_t before, judge_small *judge, void *ctx, struct arena *a, struct small **out, size_t *n, struct err *err)
{
	AUTO_QUERY *q = NULL;
	VEC(struct small) found = { 0 };
	bool row;
	if (!db_query(s->results, "select digest,bytes from blob where used_at<?1", &q, err))
		return false;
	db_bind_int(q, 1, before);
	for (;;) {
		struct small it = { 0 };
		if (!db_next(q, &row, err))
			return false;
		if (!row)
			break;
		struct str digest = db_blob(q, 0), bytes = db_blob(q, 1);
		memcpy(it.digest.b, digest.p, MIN(digest.n, sizeof(it.digest.b)));
		it.bytes = bytes.n;
		if (judge(ctx, &it.digest, bytes))
			vec_push_in(&found, a, it);
	}
	*out = found.p;
	*n = found.n;
	return true;
}

/* Only where nobody has put it again meanwhile. */
static bool delete_small(struct store *s, const struct small *all, size_t n, int64_t before, struct err *err)
{
	bool ok = n == 0 || db_begin(s->results, DB_IMMEDIATE, err);
	for (size_t i = 0; ok && i < n; i++) {
		struct db_query *q;
		ok = db_query(s->results, "delete from blob where digest=?1 and used_at<?2", &q, err);
		if (ok) {
			db_bind_blob(q, 1, (struct str){ (const char *)all[i].digest.b, sizeof(all[i].digest.b) });
			db_bind_int(q, 2, before);
			ok = db_run(q, err);
		}
	}
	ok = ok && (n == 0 || db_commit(s->results, err));
	if (!ok && n > 0)
		db_rollback(s->results);
	return ok;
}

static bool measure(void *ctx, struct str path, const struct digest *d, const struct stat *st, struct err *err)
{
	struct keep_usage *u = ctx;
	(void)path;
	(void)d;
	(void)err;
	u->blobs++;
	u->bytes += (uint64_t)st->st_size;
	return true;
}

bool keep_measure(struct store *s, struct keep_usage *out, struct err *err)
{
	struct walking w = { .s = s, .visit = measure, .ctx = out };
	*out = (struct keep_usage){ 0 };
	if (!each_blob(&w, err))
		return false;
	pthread_mutex_lock(&s->lock);
	bool ok = measure_small(s, out, err);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

/* --- sweeping --- */

bool keep_lock(struct store *s, int *fd, struct err *err)
{
	struct arena a = { 0 };
	struct str path = path_join(&a, s->dir, STR("gc.lock"));
	bool ok = fs_mkdirs(s->dir, 0700, err);
	*fd = -1;
	if (ok) {
		*fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		ok = *fd >= 0 || err_set(err, ERR_IO, "cannot open '%.*s': %s", STR_ARG(path), strerror(errno));
	}
	if (ok && flock(*fd, LOCK_EX | LOCK_NB) != 0) {
		close(*fd);
		*fd = -1;
	}
	arena_deinit(&a);
	return ok;
}

struct sweeping {
	const keep_digests *live;
	int64_t before;
	struct keep_swept *out;
};

static int digest_order(const void *a, const void *b)
{
	return digest_cmp(a, b);
}

static bool is_live(const keep_digests *live, const struct digest *d)
{
	return live->n > 0 && bsearch(d, live->p, live->n, sizeof(*d), digest_order) != NULL;
}

static bool sweep_blob(void *ctx, struct str path, const struct digest *d, const struct stat *st, struct err *err)
{
	struct sweeping *w = ctx;
	struct arena a = { 0 };
	struct stat now;
	struct keep_usage *u = &w->out->kept;
	if (st->st_mtim.tv_sec < w->before && !is_live(w->live, d)) {
		struct str aside = arena_concat(&a, path, STR(".gc"));
		if (rename(path.p, aside.p) == 0) {
			bool is_young = fs_stat(aside, FS_NOFOLLOW, &now) && now.st_mtim.tv_sec >= w->before;
			if (is_young && link(aside.p, path.p) != 0 && errno != EEXIST)
				err_set(err, ERR_IO, "cannot put '%.*s' back: %s", STR_ARG(path), strerror(errno));
			unlink(aside.p);
			if (!is_young)
				u = &w->out->removed;
		}
	}
	u->blobs++;
	u->bytes += (uint64_t)st->st_size;
	arena_deinit(&a);
	return err->kind == ERR_NONE;
}

static bool is_unnamed(void *ctx, const struct digest *d, struct str bytes)
{
	(void)bytes;
	return !is_live(ctx, d);
}

static bool sweep_small(struct store *s, const struct sweeping *w, struct err *err)
{
	struct arena a = { 0 };
	struct keep_usage before = { 0 };
	struct small *unnamed = NULL;
	size_t n = 0;
	bool ok = open_small(s, err);
	if (ok && s->results)
		ok = measure_small(s, &before, err) && find_small(s, w->before, is_unnamed, (void *)(uintptr_t)w->live, &a, &unnamed, &n, err) &&
		     delete_small(s, unnamed, n, w->before, err);
	for (size_t i = 0; i < n; i++) {
		w->out->removed.bytes += unnamed[i].bytes;
		before.bytes -= unnamed[i].bytes;
	}
	w->out->removed.blobs += n;
	w->out->kept.blobs += before.blobs - n;
	w->out->kept.bytes += before.bytes;
	arena_deinit(&a);
	return ok;
}

bool keep_sweep(struct store *s, keep_digests *live, int64_t grace_s, struct keep_swept *out, struct err *err)
{
	struct sweeping w = { .live = live, .before = time(NULL) - MAX(grace_s, (int64_t)GRACE_MIN_S), .out = out };
	struct walking walk = { .s = s, .visit = sweep_blob, .ctx = &w, .litter_before = w.before };
	*out = (struct keep_swept){ 0 };
	if (live->n > 1)
		qsort(live->p, live->n, sizeof(*live->p), digest_order);
	if (!each_blob(&walk, err))
		return false;
	pthread_mutex_lock(&s->lock);
	bool ok = sweep_small(s, &w, err);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

/* --- verifying --- */

struct verifying {
	struct store *s;
	struct keep_checked *out;
};

static bool verify_blob(void *ctx, struct str path, const struct digest *d, const struct stat *st, struct err *err)
{
	struct verifying *w = ctx;
	struct arena a = { 0 };
	struct digest now;
	struct str bytes;
	AUTO_ERR failed = { 0 };
	bool sound;
	(void)err;
	if (w->s->key.n) /* sealed: opened, and named by a keyed digest */
		sound = store_get(w->s, d, &a, &bytes, &failed);
	else
		sound = sha256_file(path, &now, NULL, &failed) && digest_eq(&now, d);
	if (!sound) {
		unlink(path.p);
		w->out->damaged++;
	} else {
		w->out->sound.blobs++;
		w->out->sound.bytes += (uint64_t)st->st_size;
	}
	arena_deinit(&a);
	return true;
}

static bool is_damaged(void *ctx, const struct digest *d, struct str bytes)
{
	struct digest now = sha256_of(bytes);
	(void)ctx;
	return !digest_eq(&now, d);
}

static bool verify_small(struct store *s, struct keep_checked *out, struct err *err)
{
	struct arena a = { 0 };
	struct keep_usage all = { 0 };
	struct small *damaged = NULL;
	size_t n = 0;
	bool ok = open_small(s, err);
	if (ok && s->results)
		ok = measure_small(s, &all, err) && find_small(s, INT64_MAX, is_damaged, NULL, &a, &damaged, &n, err) &&
		     delete_small(s, damaged, n, INT64_MAX, err);
	for (size_t i = 0; i < n; i++)
		all.bytes -= damaged[i].bytes;
	out->damaged += n;
	out->sound.blobs += all.blobs - n;
	out->sound.bytes += all.bytes;
	arena_deinit(&a);
	return ok;
}

bool keep_verify(struct store *s, struct keep_checked *out, struct err *err)
{
	struct verifying v = { s, out };
	struct walking w = { .s = s, .visit = verify_blob, .ctx = &v };
	*out = (struct keep_checked){ 0 };
	if (!each_blob(&w, err))
		return false;
	pthread_mutex_lock(&s->lock);
	bool ok = verify_small(s, out, err);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

/* --- shared results --- */

static bool forget(struct store *s, int64_t before, uint64_t *n, struct err *err)
{
	struct db_query *q;
	*n = 0;
	if (!store_flush_results(s, err) || !store_open_results(s, false, err))
		return false;
	if (!s->results)
		return true;
	if (!db_query(s->results, "delete from result where used_at<?1", &q, err))
		return false;
	db_bind_int(q, 1, before);
	if (!db_run(q, err))
		return false;
	*n = (uint64_t)db_changes(s->results);
	return true;
}

bool keep_forget_results(struct store *s, int64_t before, uint64_t *n, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	bool ok = forget(s, before, n, err);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

static bool oldest(struct store *s, int64_t *before, bool *found, struct err *err)
{
	AUTO_QUERY *q = NULL;
	*found = false;
	if (!store_open_results(s, false, err))
		return false;
	if (!s->results)
		return true;
	if (!db_query(s->results, "select used_at+1 from result order by used_at limit 1 offset (select count(*) from result)/4", &q, err) ||
	    !db_next(q, found, err))
		return false;
	if (*found)
		*before = db_int(q, 0);
	return true;
}

bool keep_oldest_results(struct store *s, int64_t *before, bool *found, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	bool ok = oldest(s, before, found, err);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

static bool add_results(struct store *s, keep_digests *live, uint64_t *n, struct err *err)
{
	AUTO_QUERY *q = NULL;
	keep_digests none = { 0 };
	bool row = true;
	*n = 0;
	if (!store_flush_results(s, err) || !store_open_results(s, false, err))
		return false;
	if (!s->results)
		return true;
	if (!db_query(s->results, "select bytes from result", &q, err))
		return false;
	for (;;) {
		if (!db_next(q, &row, err))
			return false;
		if (!row)
			break;
		/* A duration of four bytes stands before the trace. */
		struct str bytes = db_blob(q, 0);
		add_encoded(str_slice(bytes, 4, bytes.n), live, &none);
		++*n;
	}
	vec_deinit(&none);
	return true;
}

bool keep_add_results(struct store *s, keep_digests *live, uint64_t *n, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	bool ok = add_results(s, live, n, err);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

/* --- now and then --- */

static struct str note_path(struct store *s, struct arena *a)
{
	return path_join(a, s->dir, STR("gc.done"));
}

bool keep_is_due(struct store *s, int64_t seconds)
{
	struct arena a = { 0 };
	struct stat st;
	bool due = !fs_stat(note_path(s, &a), FS_FOLLOW, &st) || st.st_mtim.tv_sec < time(NULL) - seconds || st.st_mtim.tv_sec > time(NULL) + 60;
	arena_deinit(&a);
	return due;
}

void keep_note(struct store *s)
{
	struct arena a = { 0 };
	AUTO_ERR ignored = { 0 };
	bool ok = fs_is_dir(s->dir) && fs_write(note_path(s, &a), STR(""), 0600, FS_NO_SYNC, &ignored);
	(void)ok;
	arena_deinit(&a);
}
