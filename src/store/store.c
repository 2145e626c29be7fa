/*
 * Folder layout: blobs/ab/cdef… by the first two digits, so that no folder grows large, and tmp/ for what is being written. Everything is
 * 0700: even plain blobs are the user's own business.
 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "ext/crypto.h"
#include "store/store_internal.h"

static const struct str SEAL_CONTEXT = STR_INIT("raibid-run blob 1");

struct store *store_new(struct str dir, struct str key)
{
	assert(key.n == 0 || key.n == CRYPTO_KEY_LEN);
	struct store *s = xcalloc(1, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
	map_init(&s->held_blobs, sizeof(struct str), NULL);
	s->dir = arena_str(&s->arena, dir);
	s->key = arena_str(&s->arena, key);
	return s;
}

static bool find_small(struct store *s, const struct digest *digest, struct arena *a, struct str *bytes);

void store_free(struct store *s)
{
	if (!s)
		return;
	AUTO_ERR ignored = { 0 };
	if (!store_flush_results(s, &ignored))
		err_deinit(&ignored);
	db_close(s->results);
	vec_deinit(&s->held);
	map_deinit(&s->held_blobs);
	arena_deinit(&s->held_arena);
	pthread_mutex_destroy(&s->lock);
	explicit_bzero((char *)s->key.p, s->key.n);
	arena_deinit(&s->arena);
	free(s);
}

struct str store_default_dir(struct arena *a, struct str xdg_cache_home, struct str home, struct str state_dir)
{
	if (path_is_abs(xdg_cache_home))
		return path_join(a, xdg_cache_home, STR("raibid-run"));
	if (path_is_abs(home))
		return path_join(a, home, STR(".cache/raibid-run"));
	/* Not in /tmp, where somebody else could have made it before. */
	return path_join(a, state_dir, STR("store"));
}

struct str store_dir(const struct store *s)
{
	return s->dir;
}

struct digest store_digest(const struct store *s, struct str bytes)
{
	return s->key.n ? sha256_hmac(s->key, bytes) : sha256_of(bytes);
}

static struct str blob_path(const struct store *s, struct arena *a, const struct digest *d)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(d, hex);
	return arena_fmt(a, "%.*s/blobs/%.2s/%s", STR_ARG(s->dir), hex, hex + 2);
}

/* Whether the blob is there; then nobody removes it for a while (keep.h): it is about to be recorded. */
static bool is_there(struct str path)
{
	enum { FRESH_S = 600 };
	struct stat st;
	if (!fs_stat(path, FS_FOLLOW, &st) || !S_ISREG(st.st_mode))
		return false;
	return st.st_mtim.tv_sec > time(NULL) - FRESH_S || utimensat(AT_FDCWD, path.p, NULL, 0) == 0 || errno != ENOENT;
}

/* Folders are made when a write finds them missing: mostly they are there. */
static bool write_file(struct store *s, struct str path, struct str bytes, struct arena *a, struct err *err)
{
	AUTO_ERR first = { 0 };
	(void)s;
	if (fs_write(path, bytes, 0400, FS_NO_SYNC, &first))
		return true;
	return fs_mkdirs(path_dir(a, path), 0700, err) && fs_write(path, bytes, 0400, FS_NO_SYNC, err);
}

static bool write_blob(struct store *s, struct str path, struct str bytes, struct arena *a, struct err *err)
{
	AUTO_BUF sealed = { 0 };
	if (s->key.n) {
		if (!crypto_seal((const uint8_t *)s->key.p, SEAL_CONTEXT, bytes, &sealed, err))
			return false;
		bytes = buf_str(&sealed);
	}
	return write_file(s, path, bytes, a, err);
}

bool store_put(struct store *s, struct str bytes, struct digest *digest, struct err *err)
{
	struct arena a = { 0 };
	struct digest d = store_digest(s, bytes);
	struct str path = blob_path(s, &a, &d);
	bool ok = is_there(path) || write_blob(s, path, bytes, &a, err);
	arena_deinit(&a);
	if (!ok)
		return err_wrap(err, "keeping a result");
	*digest = d;
	return true;
}

bool store_put_file(struct store *s, struct str path, struct digest *digest, struct err *err)
{
	struct arena a = { 0 };
	struct str bytes;
	bool ok = fs_read(path, 0, &a, &bytes, err) && store_put(s, bytes, digest, err);
	arena_deinit(&a);
	return ok;
}

/* --- files --- */

/* Larger files are not read into memory: they are hashed, then cloned or copied by the kernel. */
enum { KEEP_WHOLE = 1 << 20 };

static bool same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool copy_slowly(int from, int to)
{
	char chunk[65536];
	for (;;) {
		ssize_t n = read(from, chunk, sizeof(chunk));
		if (n <= 0)
			return n == 0;
		for (ssize_t done = 0, w; done < n; done += w)
			if ((w = write(to, chunk + done, (size_t)(n - done))) < 0)
				return false;
	}
}

/* All bytes of `from` into `to`: as a clone that shares them where the file system can, else copied. */
static bool copy_bytes(int from, int to, off_t size)
{
	if (ioctl(to, FICLONE, from) == 0)
		return true;
	for (off_t done = 0; done < size;) {
		ssize_t n = copy_file_range(from, &done, to, NULL, (size_t)(size - done), 0);
		if (n <= 0)
			return n < 0 && done == 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) && copy_slowly(from, to);
	}
	return true;
}

static bool copy_blob(struct store *s, int fd, const struct stat *st, const struct digest *d, struct arena *a, struct err *err)
{
	struct str path = blob_path(s, a, d), temporary = arena_fmt(a, "%.*s.XXXXXX", STR_ARG(path));
	if (is_there(path))
		return true;
	if (!fs_mkdirs(path_dir(a, path), 0700, err))
		return false;
	AUTO_FD out = mkostemp((char *)temporary.p, O_CLOEXEC);
	if (out >= 0 && copy_bytes(fd, out, st->st_size) && fchmod(out, 0400) == 0 && rename(temporary.p, path.p) == 0)
		return true;
	int e = errno;
	if (out >= 0)
		unlink(temporary.p);
	return err_set(err, ERR_IO, "cannot write '%.*s': %s", STR_ARG(path), strerror(e));
}

/* Once: *stable false where the file changed meanwhile. */
static bool keep_once(struct store *s, struct str path, struct digest *digest, struct stat *st, bool *stable, struct err *err)
{
	struct arena a = { 0 };
	struct str bytes;
	struct stat after;
	AUTO_FD fd = open(arena_cstr(&a, path), O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && fstat(fd, st) == 0;
	if (!ok)
		err_set(err, ERR_IO, "cannot read '%.*s': %s", STR_ARG(path), strerror(errno));
	else if (st->st_size <= KEEP_WHOLE)
		ok = fs_read_fd(fd, path, 0, &a, &bytes, err) && store_put_small(s, bytes, digest, err);
	else
		ok = sha256_fd(fd, path, digest, NULL, err) && lseek(fd, 0, SEEK_SET) == 0 && copy_blob(s, fd, st, digest, &a, err);
	*stable = ok && fstat(fd, &after) == 0 && same_stat(st, &after);
	arena_deinit(&a);
	return ok;
}

bool store_keep_file(struct store *s, struct str path, struct digest *digest, struct stat *st, struct err *err)
{
	assert(s->key.n == 0);
	for (int tries = 0; tries < 3; tries++) {
		bool stable;
		if (!keep_once(s, path, digest, st, &stable, err))
			return false;
		if (stable)
			return true;
	}
	return err_set(err, ERR_CONFLICT, "'%.*s' changes while it is read", STR_ARG(path));
}

/* --- results --- */

/* Rows wait in memory for one short transaction: a run of 10,000 steps would else pay for as many. What a kill loses is found by nobody else, no more: of a blob the file that it
 * was made from is still where the step left it. */
enum { RESULTS_HELD = 512, RESULTS_BUSY_MS = 2000 };

static const char *const result_migrations[] = {
	"create table result(key blob primary key, bytes blob, used_at int) without rowid;"
	"create table blob(digest blob primary key, bytes blob, used_at int) without rowid;",
};

bool store_open_results(struct store *s, bool create, struct err *err)
{
	struct arena a = { 0 };
	struct str path = path_join(&a, s->dir, STR("results.db"));
	struct db_options opt = { .migrations = result_migrations, .migration_count = ARRAY_LEN(result_migrations), .busy_ms = RESULTS_BUSY_MS };
	bool ok = true;
	if (!s->results && (create || fs_is_file(path)))
		ok = fs_mkdirs(s->dir, 0700, err) && db_open(path, &opt, &s->results, err);
	if (!ok && err->kind == ERR_INTEGRITY) { /* all it holds can be made again */
		err_deinit(err);
		ok = fs_remove_tree(path, err) && db_open(path, &opt, &s->results, err);
	}
	arena_deinit(&a);
	return ok;
}

static bool insert_result(struct store *s, const struct held_result *r, struct err *err)
{
	struct db_query *q;
	if (!(r->is_blob ? db_query(s->results, "insert or replace into blob(digest,bytes,used_at) values(?1,?2,?3)", &q, err)
			 : db_query(s->results, "insert or replace into result(key,bytes,used_at) values(?1,?2,?3)", &q, err)))
		return false;
	db_bind_blob(q, 1, (struct str){ (const char *)r->key.b, sizeof(r->key.b) });
	db_bind_blob(q, 2, r->bytes);
	db_bind_int(q, 3, time(NULL));
	return db_run(q, err);
}

bool store_flush_results(struct store *s, struct err *err)
{
	if (s->held.n == 0)
		return true;
	bool ok = store_open_results(s, true, err) && db_begin(s->results, DB_IMMEDIATE, err);
	for (size_t i = 0; ok && i < s->held.n; i++)
		ok = insert_result(s, &s->held.p[i], err);
	ok = ok && db_commit(s->results, err);
	if (!ok && s->results)
		db_rollback(s->results);
	s->held.n = 0;
	map_deinit(&s->held_blobs);
	map_init(&s->held_blobs, sizeof(struct str), NULL);
	arena_reset(&s->held_arena);
	return ok;
}

static bool hold(struct store *s, struct held_result r, struct err *err)
{
	r.bytes = arena_str(&s->held_arena, r.bytes);
	vec_push(&s->held, r);
	return s->held.n < RESULTS_HELD || store_flush_results(s, err);
}

bool store_put_result(struct store *s, const struct digest *key, struct str bytes, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	bool ok = hold(s, (struct held_result){ *key, bytes, false }, err);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

static bool find_result(struct store *s, const struct digest *key, struct arena *a, struct str *bytes, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row = false;
	if (!store_open_results(s, false, err))
		return false;
	if (!s->results)
		return err_set(err, ERR_NOT_FOUND, "no result is in the store");
	if (!db_query(s->results, "select bytes from result where key=?1", &q, err))
		return false;
	db_bind_blob(q, 1, (struct str){ (const char *)key->b, sizeof(key->b) });
	if (!db_next(q, &row, err))
		return false;
	if (row)
		*bytes = arena_str(a, db_blob(q, 0));
	return row || err_set(err, ERR_NOT_FOUND, "no result is in the store");
}

bool store_get_result(struct store *s, const struct digest *key, struct arena *a, struct str *bytes, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	bool ok = find_result(s, key, a, bytes, err);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

/* --- small blobs: rows beside the results --- */

static bool query_small(struct store *s, const struct digest *digest, struct arena *a, struct str *bytes, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row = false;
	if (!store_open_results(s, false, err) || !s->results || !db_query(s->results, "select bytes from blob where digest=?1", &q, err))
		return false;
	db_bind_blob(q, 1, (struct str){ (const char *)digest->b, sizeof(digest->b) });
	if (!db_next(q, &row, err) || !row)
		return false;
	*bytes = arena_str(a, db_blob(q, 0));
	return true;
}

/* One whose bytes are not those of its name is as good as none. */
static bool find_small(struct store *s, const struct digest *digest, struct arena *a, struct str *bytes)
{
	AUTO_ERR ignored = { 0 };
	if (s->key.n)
		return false;
	pthread_mutex_lock(&s->lock);
	const struct str *held = map_find(&s->held_blobs, (struct str){ (const char *)digest->b, sizeof(digest->b) });
	bool ok = held || query_small(s, digest, a, bytes, &ignored);
	if (held)
		*bytes = arena_str(a, *held);
	pthread_mutex_unlock(&s->lock);
	struct digest actual = ok ? sha256_of(*bytes) : (struct digest){ 0 };
	return ok && digest_eq(&actual, digest);
}

bool store_put_small(struct store *s, struct str bytes, struct digest *digest, struct err *err)
{
	if (bytes.n > STORE_SMALL_MAX || s->key.n)
		return store_put(s, bytes, digest, err);
	*digest = sha256_of(bytes);
	struct str key = { (const char *)digest->b, sizeof(digest->b) };
	pthread_mutex_lock(&s->lock);
	bool ok = map_has(&s->held_blobs, key) || hold(s, (struct held_result){ *digest, bytes, true }, err);
	if (ok && s->held.n > 0 && vec_last(&s->held).is_blob && digest_eq(&vec_last(&s->held).key, digest)) {
		struct held_result *last = &vec_last(&s->held);
		*(struct str *)map_put(&s->held_blobs, arena_str(&s->held_arena, key)) = last->bytes;
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

bool store_has(struct store *s, const struct digest *digest)
{
	struct arena a = { 0 };
	struct str bytes;
	bool has = fs_is_file(blob_path(s, &a, digest)) || find_small(s, digest, &a, &bytes);
	arena_deinit(&a);
	return has;
}

static bool open_sealed(struct store *s, struct arena *a, struct str *bytes)
{
	AUTO_BUF plain = { 0 };
	AUTO_ERR ignored = { 0 };
	if (!crypto_unseal((const uint8_t *)s->key.p, SEAL_CONTEXT, *bytes, &plain, &ignored))
		return false;
	*bytes = buf_to_arena(&plain, a);
	return true;
}

bool store_get(struct store *s, const struct digest *digest, struct arena *a, struct str *bytes, struct err *err)
{
	struct str path = blob_path(s, a, digest), got;
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(digest, hex);
	AUTO_ERR read_err = { 0 };
	if (find_small(s, digest, a, bytes))
		return true;
	if (!fs_read(path, 0, a, &got, &read_err))
		return err_set(err, ERR_NOT_FOUND, "blob %s is not in the store", hex);
	bool sound = !s->key.n || open_sealed(s, a, &got);
	struct digest actual = sound ? store_digest(s, got) : (struct digest){ 0 };
	if (!sound || !digest_eq(&actual, digest)) {
		unlink(path.p);
		return err_set(err, ERR_NOT_FOUND, "blob %s in the store was damaged and has been removed", hex);
	}
	*bytes = got;
	return true;
}

bool store_restore(struct store *s, const struct digest *digest, struct str path, mode_t mode, struct err *err)
{
	struct arena a = { 0 };
	struct str bytes;
	AUTO_ERR first = { 0 }; /* its folder is mostly there */
	bool ok = store_get(s, digest, &a, &bytes, err) &&
		  (fs_write(path, bytes, mode, FS_NO_SYNC, &first) ||
		   (fs_mkdirs(path_dir(&a, path), 0777, err) && fs_write(path, bytes, mode, FS_NO_SYNC, err)));
	arena_deinit(&a);
	return ok;
}

/* notes/ab/cdef… by the digest of the name. */
static struct str note_path(const struct store *s, struct arena *a, struct str name)
{
	struct digest d = sha256_of(name);
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(&d, hex);
	return arena_fmt(a, "%.*s/notes/%.2s/%s", STR_ARG(s->dir), hex, hex + 2);
}

bool store_note_put(struct store *s, struct str name, struct str bytes, struct err *err)
{
	struct arena a = { 0 };
	assert(s->key.n == 0);
	struct str path = note_path(s, &a, name);
	bool ok = fs_mkdirs(path_dir(&a, path), 0700, err) && fs_write(path, bytes, 0600, FS_NO_SYNC, err);
	arena_deinit(&a);
	return ok || err_wrap(err, "keeping a note");
}

bool store_note_find(struct store *s, struct str name, struct arena *a, struct str *bytes)
{
	AUTO_ERR ignored = { 0 };
	struct str path = note_path(s, a, name);
	return fs_is_file(path) && fs_read(path, STORE_MAX_NOTE, a, bytes, &ignored);
}
