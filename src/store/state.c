/*
 * One SQLite file behind one mutex. Stamps found or made in this run are kept in a map, so that a file that many nodes read is looked at once; new ones are
 * written together when the state is freed. Without a write nothing is created: looking at a missing database is an empty answer.
 */
#include "store/state.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/map.h"
#include "base/path.h"
#include "ext/crypto.h"
#include "store/store.h"

/* The file system's clock ticks with the kernel's (4 to 10 ms); network file systems round to more. */
enum { SETTLED_NS = 50 * 1000 * 1000 };

static const char *const migrations[] = {
	"create table stamp(path text primary key, dev int, ino int, size int, mtime int, ctime int, digest blob) without rowid;"
	"create table record(key blob, seq integer, name text, trace blob, duration_ms int, ended_at int, primary key(key, seq)) without rowid;"
	"create index record_name on record(name, ended_at);",
};

struct file_fact {
	struct digest digest;
	struct stat st;
	uint32_t turn; /* of the last look */
	bool exists, dirty;
};

enum { STAMP_FIELDS = 5 };
struct stamp {
	int64_t is[STAMP_FIELDS]; /* device, inode, size, mtime, ctime */
	struct digest digest;
};

struct state {
	pthread_mutex_t lock;
	struct arena arena;
	struct str dir, db_path;
	struct db *db;
	int64_t version;         /* see state_changed */
	bool missing;            /* looked, and there is no database yet */
	bool frozen, looks; /* looks: the database is open for reading only */
	bool has_put;            /* a record, by this process */
	bool was_damaged;        /* and has been set aside */
	struct map files;        /* of struct file_fact: looked at in this run */
	uint32_t turn;           /* facts of earlier turns are looked at again, see state_look_again */
	struct map stamps;       /* of struct stamp: as the database has them */
	bool has_stamps;
	uint8_t key[CRYPTO_KEY_LEN];
	bool has_key;
	struct store *private;
	state_warn *warn;
	void *warn_ctx;
};

struct state *state_new(struct str root, state_warn *warn, void *ctx)
{
	struct state *s = xcalloc(1, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
	s->dir = path_join(&s->arena, root, STR(".raibid"));
	s->db_path = path_join(&s->arena, s->dir, STR("state.db"));
	map_init(&s->files, sizeof(struct file_fact), NULL);
	map_init(&s->stamps, sizeof(struct stamp), NULL);
	s->warn = warn;
	s->warn_ctx = ctx;
	return s;
}

struct str state_dir(const struct state *s)
{
	return s->dir;
}

void state_freeze(struct state *s)
{
	pthread_mutex_lock(&s->lock);
	s->frozen = true;
	pthread_mutex_unlock(&s->lock);
}

bool state_freeze_for_now(struct state *s)
{
	pthread_mutex_lock(&s->lock);
	bool before = s->frozen;
	s->frozen = true;
	pthread_mutex_unlock(&s->lock);
	return before;
}

/* --- the database --- */

static bool make_dir(struct state *s, struct err *err)
{
	struct str ignore = path_join(&s->arena, s->dir, STR(".gitignore"));
	if (fs_is_file(ignore))
		return true;
	if (!fs_mkdirs(s->dir, 0700, err))
		return false;
	AUTO_FD turn = -1;
	if (!fs_lock_folder(s->dir, NULL, &turn, err))
		return false;
	if (fs_is_file(ignore))
		return true;
	fs_sweep(ignore); /* what a killed run had begun */
	return fs_write(ignore, STR("*\n"), 0600, FS_NO_SYNC, err);
}

static bool set_aside(struct state *s, struct err *err)
{
	s->was_damaged = true;
	struct str to = arena_concat(&s->arena, s->db_path, STR(".damaged"));
	if (s->warn)
		s->warn(s->warn_ctx, ".raibid/state.db is damaged; it was set aside as state.db.damaged and a new one begun");
	db_close(s->db);
	s->db = NULL;
	static const struct str extras[] = { STR_INIT("-wal"), STR_INIT("-shm") };
	for (size_t i = 0; i < ARRAY_LEN(extras); i++)
		if (!fs_remove_tree(arena_concat(&s->arena, s->db_path, extras[i]), err))
			return false;
	return fs_rename(s->db_path, to, err);
}

/* Somebody else in this run has something to record. What was opened for reading only is opened anew. */
static void thaw(struct state *s)
{
	s->frozen = false;
	s->missing = false;
	if (s->looks)
		db_close(s->db);
	if (s->looks)
		s->db = NULL;
	s->looks = false;
}

void state_thaw(struct state *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->frozen)
		thaw(s);
	pthread_mutex_unlock(&s->lock);
}

static bool open_db(struct state *s, enum state_open how, struct err *err)
{
	if (how != STATE_LOOK && s->frozen)
		thaw(s);
	if (s->db)
		return true;
	if (how != STATE_CREATE && (s->missing || !fs_is_file(s->db_path))) {
		s->missing = true;
		return true;
	}
	if (!s->frozen && !make_dir(s, err))
		return false;
	struct db_options opt = { .migrations = migrations, .migration_count = ARRAY_LEN(migrations), .read_only = s->frozen };
	if (db_open(s->db_path, &opt, &s->db, err)) {
		s->looks = opt.read_only;
		return true;
	}
	if (err->kind != ERR_INTEGRITY)
		return false;
	err_deinit(err);
	if (s->frozen) {
		s->missing = true;
		return true;
	}
	return set_aside(s, err) && db_open(s->db_path, &opt, &s->db, err);
}

/* A read that finds damage sets the file aside and answers "nothing known". */
static bool recover(struct state *s, struct err *err)
{
	if (err->kind != ERR_INTEGRITY)
		return false;
	err_deinit(err);
	s->missing = true;
	return s->frozen || set_aside(s, err);
}

bool state_lock(struct state *s, enum state_open how, struct db **db, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	if (!open_db(s, how, err)) {
		pthread_mutex_unlock(&s->lock);
		return false;
	}
	*db = s->db;
	return true;
}

void state_unlock(struct state *s)
{
	pthread_mutex_unlock(&s->lock);
}

/* --- files --- */

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
	if (!open_db(s, STATE_LOOK, err))
		return false;
	if (!s->db)
		return true;
	if (!db_query(s->db, "select path,dev,ino,size,mtime,ctime,digest from stamp", &q, err))
		return recover(s, err);
	for (;;) {
		if (!db_next(q, &row, err)) {
			db_done(q);
			q = NULL;
			return recover(s, err);
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
	int64_t now[STAMP_FIELDS] = { (int64_t)st->st_dev, (int64_t)st->st_ino, (int64_t)st->st_size, nanoseconds(st->st_mtim),
				      nanoseconds(st->st_ctim) };
	if (stamp && memcmp(stamp->is, now, sizeof(now)) == 0) {
		*digest = stamp->digest;
		*found = true;
	}
	return true;
}

/* Hashes the file until its stat is the same before and after: what is hashed while it is written is no digest of anything. A file that another one takes the place of
 * meanwhile is read to its end: it was there. */
static bool hash_file(struct str path, struct file_fact *fact, struct err *err)
{
	AUTO_BUF name = { 0 };
	buf_add(&name, path);
	for (int tries = 0; tries < 3; tries++) {
		struct stat after;
		AUTO_FD fd = open(buf_str(&name).p, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &fact->st) != 0)
			return err_set(err, ERR_IO, "cannot read '%.*s': %s", STR_ARG(path), strerror(errno));
		if (!sha256_fd(fd, path, &fact->digest, NULL, err))
			return false;
		if (fstat(fd, &after) == 0 && same_stat(&fact->st, &after))
			return true;
	}
	return err_set(err, ERR_CONFLICT, "'%.*s' changes while it is read", STR_ARG(path));
}

static bool look_at_file(struct state *s, struct str path, struct file_fact *fact, struct err *err)
{
	bool stamped;
	if (!fs_stat(path, FS_FOLLOW, &fact->st)) {
		if (errno != ENOENT && errno != ENOTDIR)
			return err_set(err, ERR_IO, "cannot look at '%.*s': %s", STR_ARG(path), strerror(errno));
		fact->exists = false;
		return true;
	}
	if (!S_ISREG(fact->st.st_mode))
		return err_set(err, ERR_IO, "'%.*s' is not a regular file", STR_ARG(path));
	fact->exists = true;
	if (!find_stamp(s, path, &fact->st, &fact->digest, &stamped, err))
		return false;
	if (stamped)
		return true;
	/* Settled when the hashing begins: a change while it lasts may fall into the tick of the one before. */
	struct stat before = fact->st;
	bool is_settled = settled(&before);
	if (!hash_file(path, fact, err))
		return false;
	fact->dirty = is_settled && same_stat(&before, &fact->st);
	return true;
}

bool state_file(struct state *s, struct str path, struct digest *digest, bool *exists, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	struct file_fact *known = map_find(&s->files, path), fact = { .turn = s->turn };
	struct stat st;
	bool ok = true;
	/* What is to be remembered for the next run is as good for the next turn of this one. */
	if (known && known->turn != s->turn && known->dirty && fs_stat(path, FS_FOLLOW, &st) && same_stat(&known->st, &st))
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
		*digest = fact.digest;
		*exists = fact.exists;
	}
	return ok;
}

static bool digest_locked(struct state *s, struct str path, enum state_effort effort, struct stat *st, struct file_fact *fact, bool *is_settled,
			  struct err *err)
{
	bool stamped = false;
	*fact = (struct file_fact){ .st = *st, .exists = true, .turn = s->turn };
	*is_settled = true;
	if (effort == STATE_STAMPS && !find_stamp(s, path, st, &fact->digest, &stamped, err))
		return false;
	if (stamped)
		return true;
	struct stat before = *st;
	*is_settled = settled(&before);
	if (!hash_file(path, fact, err))
		return false;
	*is_settled = *is_settled && same_stat(&before, &fact->st);
	fact->dirty = *is_settled;
	*st = fact->st;
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
		*digest = fact.digest;
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

static bool write_stamps(struct state *s, struct err *err)
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
		db_bind_int(q, 2, (int64_t)f->st.st_dev);
		db_bind_int(q, 3, (int64_t)f->st.st_ino);
		db_bind_int(q, 4, (int64_t)f->st.st_size);
		db_bind_int(q, 5, nanoseconds(f->st.st_mtim));
		db_bind_int(q, 6, nanoseconds(f->st.st_ctim));
		db_bind_blob(q, 7, (struct str){ (const char *)f->digest.b, sizeof(f->digest.b) });
		if (!db_run(q, err))
			return false;
	}
	return db_commit(s->db, err);
}

void state_free(struct state *s)
{
	if (!s)
		return;
	AUTO_ERR err = { 0 };
	if (!write_stamps(s, &err)) {
		db_rollback(s->db);
		if (s->warn)
			s->warn(s->warn_ctx, err.message);
	}
	db_close(s->db);
	store_free(s->private);
	map_deinit(&s->files);
	map_deinit(&s->stamps);
	explicit_bzero(s->key, sizeof(s->key));
	pthread_mutex_destroy(&s->lock);
	arena_deinit(&s->arena);
	free(s);
}

/* --- traces --- */

static void read_record(struct db_query *q, struct arena *a, struct state_record *r)
{
	struct str key = db_blob(q, 0);
	*r = (struct state_record){
		.name = arena_str(a, db_str(q, 1)),
		.trace = arena_str(a, db_blob(q, 2)),
		.duration_ms = db_int(q, 3),
		.ended_at = db_int(q, 4),
	};
	memcpy(r->key.b, key.p, MIN(key.n, sizeof(r->key.b)));
}

static bool read_records(struct db_query *q, struct arena *a, state_records *out, struct err *err)
{
	for (bool row;;) {
		struct state_record r;
		if (!db_next(q, &row, err))
			return false;
		if (!row)
			return true;
		read_record(q, a, &r);
		vec_push_in(out, a, r);
	}
}

static bool find_rows(struct state *s, const struct digest *key, struct arena *a, state_records *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(s->db, "select key,name,trace,duration_ms,ended_at from record where key=?1 order by seq desc", &q, err))
		return false;
	db_bind_blob(q, 1, (struct str){ (const char *)key->b, sizeof(key->b) });
	return read_records(q, a, out, err);
}

bool state_find(struct state *s, const struct digest *key, struct arena *a, state_records *out, struct err *err)
{
	struct db *db;
	state_records found = { 0 };
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || find_rows(s, key, a, &found, err) || recover(s, err);
	state_unlock(s);
	if (ok)
		*out = found;
	return ok;
}

bool state_find_name(struct state *s, struct str name, struct arena *a, struct state_record *out, bool *found, struct err *err)
{
	struct db *db;
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	*found = false;
	AUTO_QUERY *q = NULL;
	bool ok = true;
	if (db) {
		ok = db_query(db, "select key,name,trace,duration_ms,ended_at from record where name=?1 order by ended_at desc, seq desc limit 1", &q, err);
		if (ok) {
			db_bind_str(q, 1, name);
			ok = db_next(q, found, err);
		}
		if (ok && *found)
			read_record(q, a, out);
		db_done(q);
		q = NULL;
		ok = ok || recover(s, err);
	}
	state_unlock(s);
	return ok;
}

static bool find_under(struct state *s, struct str prefix, struct arena *a, state_records *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(s->db,
		      "select key,name,trace,duration_ms,ended_at,max(ended_at*1000+seq) from record "
		      "where name>=?1 and substr(name,1,length(?1))=?1 group by name order by name",
		      &q, err))
		return false;
	db_bind_str(q, 1, prefix);
	return read_records(q, a, out, err);
}

bool state_find_under(struct state *s, struct str prefix, struct arena *a, state_records *out, struct err *err)
{
	struct db *db;
	state_records found = { 0 };
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || find_under(s, prefix, a, &found, err) || recover(s, err);
	state_unlock(s);
	if (ok)
		*out = found;
	return ok;
}

static bool put_row(struct db *db, const struct state_record *r, struct err *err)
{
	struct str key = { (const char *)r->key.b, sizeof(r->key.b) };
	struct db_query *q;
	if (!db_query(db,
		      "insert into record(key,seq,name,trace,duration_ms,ended_at) "
		      "values(?1,(select coalesce(max(seq),0)+1 from record where key=?1),?2,?3,?4,?5)",
		      &q, err))
		return false;
	db_bind_blob(q, 1, key);
	db_bind_str(q, 2, r->name);
	db_bind_blob(q, 3, r->trace);
	db_bind_int(q, 4, r->duration_ms);
	db_bind_int(q, 5, r->ended_at);
	if (!db_run(q, err))
		return false;
	if (!db_query(db, "delete from record where key=?1 and seq<=(select max(seq) from record where key=?1)-?2", &q, err))
		return false;
	db_bind_blob(q, 1, key);
	db_bind_int(q, 2, STATE_RECORDS_KEPT);
	return db_run(q, err);
}

bool state_put(struct state *s, const struct state_record *record, struct err *err)
{
	struct db *db;
	if (!state_lock(s, STATE_CREATE, &db, err))
		return false;
	bool ok = db_begin(db, DB_IMMEDIATE, err) && put_row(db, record, err) && db_commit(db, err);
	if (!ok)
		db_rollback(db);
	s->has_put = s->has_put || ok;
	state_unlock(s);
	return ok;
}

bool state_has_put(struct state *s)
{
	pthread_mutex_lock(&s->lock);
	bool has = s->has_put;
	pthread_mutex_unlock(&s->lock);
	return has;
}

static bool visit_durations(struct db *db, state_duration *visit, void *ctx, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row;
	if (!db_query(db, "select key,duration_ms from record order by key,seq", &q, err))
		return false;
	for (;;) {
		struct digest key = { 0 };
		if (!db_next(q, &row, err))
			return false;
		if (!row)
			return true;
		struct str bytes = db_blob(q, 0);
		memcpy(key.b, bytes.p, MIN(bytes.n, sizeof(key.b)));
		visit(ctx, &key, db_int(q, 1));
	}
}

bool state_durations(struct state *s, state_duration *visit, void *ctx, struct err *err)
{
	struct db *db;
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || visit_durations(db, visit, ctx, err) || recover(s, err);
	state_unlock(s);
	return ok;
}

/* --- looking after it --- */

static bool visit_blobs(struct db *db, const char *sql, void (*visit)(void *ctx, struct str blob), void *ctx, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row;
	if (!db_query(db, sql, &q, err))
		return false;
	for (;;) {
		if (!db_next(q, &row, err))
			return false;
		if (!row)
			return true;
		visit(ctx, db_blob(q, 0));
	}
}

bool state_each_trace(struct state *s, state_trace *visit, void *ctx, struct err *err)
{
	struct db *db;
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || visit_blobs(db, "select trace from record", visit, ctx, err) || recover(s, err);
	state_unlock(s);
	return ok;
}

struct pin_visit {
	state_pin *visit;
	void *ctx;
};

static void visit_pin(void *ctx, struct str blob)
{
	struct pin_visit *v = ctx;
	struct digest d = { 0 };
	memcpy(d.b, blob.p, MIN(blob.n, sizeof(d.b)));
	v->visit(v->ctx, &d);
}

bool state_each_pin(struct state *s, state_pin *visit, void *ctx, struct err *err)
{
	struct pin_visit v = { visit, ctx };
	struct db *db;
	bool has = false;
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || (db_has_table(db, "pin", &has, err) && (!has || visit_blobs(db, "select archive from pin", visit_pin, &v, err))) ||
		  recover(s, err);
	state_unlock(s);
	return ok;
}

static bool count_records(struct db *db, struct state_count *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row;
	if (!db_query(db, "select count(*),count(distinct name) from record", &q, err) || !db_next(q, &row, err))
		return false;
	out->records = (uint64_t)db_int(q, 0);
	out->names = (uint64_t)db_int(q, 1);
	return true;
}

bool state_measure(struct state *s, struct state_count *out, struct err *err)
{
	struct db *db;
	struct stat st;
	*out = (struct state_count){ 0 };
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || count_records(db, out, err) || recover(s, err);
	if (fs_stat(s->db_path, FS_FOLLOW, &st))
		out->bytes = (uint64_t)st.st_size;
	state_unlock(s);
	return ok;
}

/* The newest records of their names that are older than that. */
static bool find_old(struct db *db, int64_t before, struct arena *a, state_records *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(db, "select key,name,trace,duration_ms,ended_at from record where ended_at<?1", &q, err))
		return false;
	db_bind_int(q, 1, before);
	return read_records(q, a, out, err);
}

static bool delete_record(struct db *db, const struct state_record *r, uint64_t *n, struct err *err)
{
	struct db_query *q;
	if (!db_query(db, "delete from record where key=?1 and trace=?2", &q, err))
		return false;
	db_bind_blob(q, 1, (struct str){ (const char *)r->key.b, sizeof(r->key.b) });
	db_bind_blob(q, 2, r->trace);
	if (!db_run(q, err))
		return false;
	*n += (uint64_t)db_changes(db);
	return true;
}

static bool prune_replaced(struct db *db, int64_t before, uint64_t *n, struct err *err)
{
	struct db_query *q;
	if (!db_query(db, "delete from record where ended_at<?1 and ended_at<(select max(ended_at) from record as r where r.name=record.name)", &q, err))
		return false;
	db_bind_int(q, 1, before);
	if (!db_run(q, err))
		return false;
	*n = (uint64_t)db_changes(db);
	return true;
}

/* `holds` looks at files, which takes the lock: so it is asked between two transactions. */
static bool prune_dead(struct state *s, int64_t before, state_holds *holds, void *ctx, uint64_t *n, struct err *err)
{
	struct arena a = { 0 };
	struct db *db;
	state_records old = { 0 };
	bool ok = state_lock(s, STATE_LOOK, &db, err);
	if (ok) {
		ok = !db || find_old(db, before, &a, &old, err);
		state_unlock(s);
	}
	for (size_t i = 0; ok && i < old.n; i++) {
		if (holds(ctx, &old.p[i]))
			continue;
		ok = state_lock(s, STATE_CREATE, &db, err);
		if (ok) {
			ok = delete_record(db, &old.p[i], n, err);
			state_unlock(s);
		}
	}
	arena_deinit(&a);
	return ok;
}

bool state_prune(struct state *s, int64_t before, state_holds *holds, void *ctx, uint64_t *n, struct err *err)
{
	struct db *db;
	*n = 0;
	if (!state_lock(s, STATE_CHANGE, &db, err))
		return false;
	bool is_there = db != NULL, ok = !db || prune_replaced(db, before, n, err) || recover(s, err);
	state_unlock(s);
	return ok && (!is_there || prune_dead(s, before, holds, ctx, n, err));
}

static bool check_database(struct db *db, bool *sound, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row;
	if (!db_query(db, "pragma integrity_check(1)", &q, err) || !db_next(q, &row, err))
		return false;
	*sound = row && str_eq(db_str(q, 0), STR("ok"));
	return true;
}

bool state_verify(struct state *s, bool *sound, struct err *err)
{
	struct db *db;
	*sound = true;
	if (!state_lock(s, STATE_LOOK, &db, err))
		return false;
	bool ok = !db || check_database(db, sound, err) || err->kind == ERR_INTEGRITY;
	if (err->kind == ERR_INTEGRITY) {
		err_deinit(err);
		*sound = false;
	}
	if (ok && db && !*sound)
		ok = set_aside(s, err);
	*sound = *sound && !s->was_damaged;
	state_unlock(s);
	return ok;
}

static bool data_version(struct db *db, int64_t *version, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row = false;
	if (!db_query(db, "pragma data_version", &q, err) || !db_next(q, &row, err))
		return false;
	if (row)
		*version = db_int(q, 0);
	return true;
}

bool state_changed(struct state *s)
{
	AUTO_ERR ignored = { 0 };
	struct db *db;
	int64_t version = 0;
	if (!state_lock(s, STATE_LOOK, &db, &ignored))
		return false;
	/* A database that was not there may be by now. */
	s->missing = false;
	bool known = db && data_version(db, &version, &ignored), changed = known && version != s->version;
	if (known)
		s->version = version;
	state_unlock(s);
	return changed;
}

bool state_make_dir(struct state *s, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	bool ok = make_dir(s, err);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

/* --- the project's key --- */

static bool load_key(struct state *s, struct err *err)
{
	struct str path = path_join(&s->arena, s->dir, STR("key")), bytes;
	if (!make_dir(s, err))
		return false;
	if (!fs_is_file(path)) {
		/* Two processes may both make one; link() lets only the first name count. */
		crypto_random(s->key, sizeof(s->key));
		struct str mine = arena_fmt(&s->arena, "%.*s.%ld", STR_ARG(path), (long)getpid());
		if (!fs_write(mine, (struct str){ (const char *)s->key, sizeof(s->key) }, 0600, FS_SYNC, err))
			return false;
		bool won = link(mine.p, path.p) == 0;
		int e = errno;
		unlink(mine.p);
		if (!won && e != EEXIST)
			return err_set(err, ERR_IO, "cannot write '%.*s': %s", STR_ARG(path), strerror(e));
	}
	if (!fs_read(path, 1 << 10, &s->arena, &bytes, err))
		return false;
	if (bytes.n != sizeof(s->key)) {
		err_set(err, ERR_INTEGRITY, "'%.*s' is not a key of %zu bytes", STR_ARG(path), sizeof(s->key));
		return err_hint(err, "remove it: a new one is made, and results that hold secrets are made again");
	}
	memcpy(s->key, bytes.p, sizeof(s->key));
	explicit_bzero((char *)bytes.p, bytes.n);
	s->has_key = true;
	return true;
}

bool state_key(struct state *s, struct str *key, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	bool ok = s->has_key || load_key(s, err);
	pthread_mutex_unlock(&s->lock);
	if (ok)
		*key = (struct str){ (const char *)s->key, sizeof(s->key) };
	return ok;
}

bool state_private_store(struct state *s, struct store **out, struct err *err)
{
	struct str key;
	if (!state_key(s, &key, err))
		return false;
	pthread_mutex_lock(&s->lock);
	if (!s->private)
		s->private = store_new(path_join(&s->arena, s->dir, STR("private")), key);
	*out = s->private;
	pthread_mutex_unlock(&s->lock);
	return true;
}
