/*
 * Stamps found or made in this run are kept in a map, so that a file that many nodes read is looked at once; new ones are written together when the state is
 * freed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "store/state_internal.h"

/* The file system's clock ticks with the kernel's (4 to 10 ms); network file systems round to more. */
enum { SETTLED_NS = 50 * 1000 * 1000 };

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Whether a stamp taken now can be trusted later: a change after it would get another time. */
static bool settled(const struct stat *st)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t n = nanoseconds(now);
	return nanoseconds(st->st_mtim) < n - SETTLED_NS && nanoseconds(st->st_ctim) < n - SETTLED_NS;
}

static void stamp_of(const struct stat *st, struct stamp *out)
{
	const int64_t is[STAMP_FIELDS] = { (int64_t)st->st_dev, (int64_t)st->st_ino, (int64_t)st->st_size, nanoseconds(st->st_mtim),
					   nanoseconds(st->st_ctim) };
	memcpy(out->is, is, sizeof(is));
}

static bool has_stamp(const struct stat *st, const struct stamp *stamp)
{
	struct stamp now;
	stamp_of(st, &now);
	return memcmp(now.is, stamp->is, sizeof(now.is)) == 0;
}

static bool same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       nanoseconds(a->st_mtim) == nanoseconds(b->st_mtim) && nanoseconds(a->st_ctim) == nanoseconds(b->st_ctim);
}

/* All stamps at once: a query for each file would take SQLite's locks each time. */
static bool load_stamps(struct state *s, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row;
	s->has_stamps = true;
	if (!state_open_db(s, STATE_LOOK, err))
		return false;
	if (!s->db)
		return true;
	if (!db_query(s->db, "select path,dev,ino,size,mtime,ctime,digest from stamp", &q, err))
		return state_recover(s, err);
	for (;;) {
		if (!db_next(q, &row, err)) {
			db_done(q);
			q = NULL;
			return state_recover(s, err);
		}
		if (!row)
			return true;
		struct str digest = db_blob(q, 6);
		struct stamp *stamp = map_put(&s->stamps, arena_str(&s->arena, db_str(q, 0)));
		*stamp = (struct stamp){ { db_int(q, 1), db_int(q, 2), db_int(q, 3), db_int(q, 4), db_int(q, 5) }, { { 0 } } };
		memcpy(stamp->digest.b, digest.p, MIN(digest.n, sizeof(stamp->digest.b)));
	}
}

static bool find_stamp(struct state *s, struct str path, const struct stat *st, struct digest *digest, bool *found, struct err *err)
{
	*found = false;
	if (!s->has_stamps && !load_stamps(s, err))
		return false;
	const struct stamp *stamp = map_find(&s->stamps, path);
	if (stamp && has_stamp(st, stamp)) {
		*digest = stamp->digest;
		*found = true;
	}
	return true;
}

/* Hashes the file until its stat is the same before and after: what is hashed while it is written is no digest of anything. A file that another one takes the place of
 * meanwhile is read to its end: it was there. */
static bool hash_file(struct str path, struct stat *st, struct digest *digest, struct err *err)
{
	AUTO_BUF name = { 0 };
	buf_add(&name, path);
	for (int tries = 0; tries < 3; tries++) {
		struct stat after;
		AUTO_FD fd = open(buf_str(&name).p, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, st) != 0)
			return err_set(err, ERR_IO, "cannot read '%.*s': %s", STR_ARG(path), strerror(errno));
		if (!sha256_fd(fd, path, digest, NULL, err))
			return false;
		if (fstat(fd, &after) == 0 && same_stat(st, &after))
			return true;
	}
	return err_set(err, ERR_CONFLICT, "'%.*s' changes while it is read", STR_ARG(path));
}

static bool look_at_file(struct state *s, struct str path, struct file_fact *fact, struct err *err)
{
	bool stamped;
	struct stat st;
	if (!fs_stat(path, FS_FOLLOW, &st)) {
		if (errno != ENOENT && errno != ENOTDIR)
			return err_set(err, ERR_IO, "cannot look at '%.*s': %s", STR_ARG(path), strerror(errno));
		fact->exists = false;
		return true;
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_IO, "'%.*s' is not a regular file", STR_ARG(path));
	fact->exists = true;
	stamp_of(&st, &fact->stamp);
	if (!find_stamp(s, path, &st, &fact->stamp.digest, &stamped, err))
		return false;
	if (stamped)
		return true;
	/* Settled when the hashing begins: a change while it lasts may fall into the tick of the one before. */
	struct stat before = st;
	bool is_settled = settled(&before);
	if (!hash_file(path, &st, &fact->stamp.digest, err))
		return false;
	stamp_of(&st, &fact->stamp);
	fact->dirty = is_settled && same_stat(&before, &st);
	return true;
}

bool state_file(struct state *s, struct str path, struct digest *digest, bool *exists, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	struct file_fact *known = map_find(&s->files, path), fact = { .turn = s->turn };
	struct stat st;
	bool ok = true;
	/* What is to be remembered for the next run is as good for the next turn of this one. */
	if (known && known->turn != s->turn && known->dirty && fs_stat(path, FS_FOLLOW, &st) && has_stamp(&st, &known->stamp))
		known->turn = s->turn;
	if (known && known->turn == s->turn) {
		fact = *known;
	} else {
		ok = look_at_file(s, path, &fact, err);
		if (ok)
			*(struct file_fact *)map_put(&s->files, known ? path : arena_str(&s->arena, path)) = fact;
	}
	pthread_mutex_unlock(&s->lock);
	if (ok) {
		*digest = fact.stamp.digest;
		*exists = fact.exists;
	}
	return ok;
}

static bool digest_locked(struct state *s, struct str path, enum state_effort effort, struct stat *st, struct file_fact *fact, bool *is_settled,
			  struct err *err)
{
	bool stamped = false;
	*fact = (struct file_fact){ .exists = true, .turn = s->turn };
	stamp_of(st, &fact->stamp);
	*is_settled = true;
	if (effort == STATE_STAMPS && !find_stamp(s, path, st, &fact->stamp.digest, &stamped, err))
		return false;
	if (stamped)
		return true;
	struct stat before = *st;
	*is_settled = settled(&before);
	if (!hash_file(path, st, &fact->stamp.digest, err))
		return false;
	stamp_of(st, &fact->stamp);
	*is_settled = *is_settled && same_stat(&before, st);
	fact->dirty = *is_settled;
	return true;
}

bool state_digest(struct state *s, struct str path, enum state_effort effort, struct stat *st, struct digest *digest, bool *is_settled,
		  struct err *err)
{
	struct file_fact fact;
	pthread_mutex_lock(&s->lock);
	bool ok = digest_locked(s, path, effort, st, &fact, is_settled, err);
	if (ok && fact.dirty)
		*(struct file_fact *)map_put(&s->files, map_has(&s->files, path) ? path : arena_str(&s->arena, path)) = fact;
	pthread_mutex_unlock(&s->lock);
	if (ok)
		*digest = fact.stamp.digest;
	return ok;
}

bool state_is_settled(const struct stat *st)
{
	return settled(st);
}

void state_forget_file(struct state *s, struct str path)
{
	pthread_mutex_lock(&s->lock);
	map_remove(&s->files, path);
	pthread_mutex_unlock(&s->lock);
}

void state_look_again(struct state *s)
{
	pthread_mutex_lock(&s->lock);
	s->turn++;
	pthread_mutex_unlock(&s->lock);
}

bool state_list(struct state *s, struct str path, struct digest *digest, bool *exists, struct err *err)
{
	struct arena a = { 0 };
	fs_entries entries;
	AUTO_ERR list_err = { 0 };
	(void)s;
	*exists = fs_list(path, &a, &entries, &list_err);
	if (!*exists && list_err.kind != ERR_NOT_FOUND) {
		err_move(err, &list_err);
		arena_deinit(&a);
		return false;
	}
	struct sha256 h;
	sha256_init(&h);
	for (size_t i = 0; *exists && i < entries.n; i++) {
		char kind = (char)('0' + entries.p[i].kind);
		sha256_add_field(&h, entries.p[i].name);
		sha256_add(&h, (struct str){ &kind, 1 });
	}
	*digest = sha256_end(&h);
	arena_deinit(&a);
	return true;
}

bool state_write_stamps(struct state *s, struct err *err)
{
	bool any = false;
	for (size_t i = 0; i < map_len(&s->files) && !any; i++)
		any = ((struct file_fact *)map_at(&s->files, i))->dirty;
	/* Stamps alone are no reason to make a database: a run that recorded nothing leaves nothing. */
	if (!any || !s->db || s->frozen)
		return true;
	if (!db_begin(s->db, DB_IMMEDIATE, err))
		return false;
	for (size_t i = 0; i < map_len(&s->files); i++) {
		struct file_fact *f = map_at(&s->files, i);
		struct db_query *q;
		if (!f->dirty)
			continue;
		if (!db_query(s->db, "insert or replace into stamp(path,dev,ino,size,mtime,ctime,digest) values(?1,?2,?3,?4,?5,?6,?7)", &q, err))
			return false;
		db_bind_str(q, 1, map_key(&s->files, i));
		for (int k = 0; k < STAMP_FIELDS; k++)
			db_bind_int(q, 2 + k, f->stamp.is[k]);
		db_bind_blob(q, 7, (struct str){ (const char *)f->stamp.digest.b, sizeof(f->stamp.digest.b) });
		if (!db_run(q, err))
			return false;
	}
	return db_commit(s->db, err);
}
