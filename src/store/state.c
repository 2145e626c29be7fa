/*
 * One SQLite file behind one mutex. Without a write nothing is created: looking at a missing database is an empty answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "store/state_internal.h"
#include "store/store.h"

static const char *const migrations[] = {
	"create table stamp(path text primary key, dev int, ino int, size int, mtime int, ctime int, digest blob) without rowid;"
	"create table record(key blob, seq integer, name text, trace blob, duration_ms int, ended_at int, primary key(key, seq)) without rowid;"
	"create index record_name on record(name, ended_at);",
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

void state_free(struct state *s)
{
	if (!s)
		return;
	AUTO_ERR err = { 0 };
	if (!state_write_stamps(s, &err)) {
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

bool state_open_db(struct state *s, enum state_open how, struct err *err)
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
bool state_recover(struct state *s, struct err *err)
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
	if (!state_open_db(s, how, err)) {
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
