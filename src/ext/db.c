/*
 * One struct over sqlite3 with a small list of prepared statements, found by the address of their text: callers pass literals, so comparing
 * pointers is enough and a look-up costs nothing. SQLite's result codes become our kinds in one table.
 *
 * WAL with synchronous=NORMAL: commits do not sync and survive the death of the process; db_sync checkpoints, which does.
 */
#include "ext/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "config.h"

#include "base/buf.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/vec.h"
#include "ext/lib.h"

#define SQLITE_FUNCTIONS(X) \
	X(sqlite3_bind_blob64) \
	X(sqlite3_bind_int64) \
	X(sqlite3_bind_null) \
	X(sqlite3_bind_text64) \
	X(sqlite3_busy_timeout) \
	X(sqlite3_changes) \
	X(sqlite3_clear_bindings) \
	X(sqlite3_close) \
	X(sqlite3_column_blob) \
	X(sqlite3_column_bytes) \
	X(sqlite3_column_int64) \
	X(sqlite3_column_text) \
	X(sqlite3_column_type) \
	X(sqlite3_errmsg) \
	X(sqlite3_errstr) \
	X(sqlite3_exec) \
	X(sqlite3_extended_result_codes) \
	X(sqlite3_finalize) \
	X(sqlite3_free) \
	X(sqlite3_get_autocommit) \
	X(sqlite3_last_insert_rowid) \
	X(sqlite3_mprintf) \
	X(sqlite3_open_v2) \
	X(sqlite3_prepare_v3) \
	X(sqlite3_reset) \
	X(sqlite3_step) \
	X(sqlite3_system_errno) \
	X(sqlite3_wal_checkpoint_v2)

static struct {
	SQLITE_FUNCTIONS(LIB_POINTER)
} sq;
static const struct lib_symbol sq_symbols[] = { SQLITE_FUNCTIONS(LIB_SYMBOL) };
static struct lib sq_lib = LIB(SQLITE_SONAME, sq, sq_symbols);

enum { DEFAULT_BUSY_MS = 10000 };

struct db_query {
	struct db *db;
	const char *sql;
	sqlite3_stmt *stmt;
	bool in_use;
};

struct db {
	sqlite3 *conn;
	char *path;
	VEC(struct db_query *) queries;
};

static enum err_kind kind_of(int code)
{
	switch (code & 0xFF) {
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return ERR_INTEGRITY;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_CONFLICT;
	case SQLITE_TOOBIG:
		return ERR_LIMIT;
	case SQLITE_INTERRUPT:
		return ERR_CANCELLED;
	default:
		return ERR_IO;
	}
}

static bool fail(struct db *db, int code, const char *doing, struct err *err)
{
	int os = db->conn ? sq.sqlite3_system_errno(db->conn) : 0;
	enum err_kind kind = kind_of(code);
	err_set(err, kind, "cannot %s database '%s': %s", doing, db->path,
		db->conn && kind != ERR_INTEGRITY ? sq.sqlite3_errmsg(db->conn) : sq.sqlite3_errstr(code));
	if (kind == ERR_INTEGRITY)
		err_hint(err, "the file is damaged or is no database: move it away, it is made anew");
	else if (kind == ERR_CONFLICT)
		err_hint(err, "another process keeps it locked: run again when that has ended");
	else if ((code & 0xFF) == SQLITE_FULL || os == ENOSPC)
		err_hint(err, "free some space on that file system and run again");
	else if ((code & 0xFF) == SQLITE_READONLY || (code & 0xFF) == SQLITE_CANTOPEN)
		err_hint(err, "the file and its folder must be writable for you");
	return false;
}

bool db_exec(struct db *db, const char *sql, struct err *err)
{
	int code = sq.sqlite3_exec(db->conn, sql, NULL, NULL, NULL);
	return code == SQLITE_OK || fail(db, code, "use", err);
}

static bool schema_version(struct db *db, int64_t *out, struct err *err)
{
	AUTO_QUERY *q = NULL;
	bool row;
	if (!db_query(db, "pragma user_version", &q, err) || !db_next(q, &row, err))
		return false;
	*out = db_int(q, 0);
	return true;
}

static bool too_new(struct db *db, struct err *err)
{
	err_set(err, ERR_CONFLICT, "database '%s' was made by a newer version of this program", db->path);
	return err_hint(err, "update raibid-run, or move that file away");
}

/* All missing steps in one transaction. The version is read again under the lock: another process may have been faster. */
static bool migrate(struct db *db, const struct db_options *opt, struct err *err)
{
	int64_t version, want = (int64_t)opt->migration_count;
	if (!schema_version(db, &version, err))
		return false;
	if (version == want)
		return true;
	if (version > want)
		return too_new(db, err);
	if (opt->read_only)
		return err_set(err, ERR_CONFLICT, "database '%s' has an older schema and is opened read-only", db->path);
	if (!db_begin(db, DB_IMMEDIATE, err))
		return false;
	bool ok = schema_version(db, &version, err);
	if (ok && version > want)
		ok = too_new(db, err);
	for (; ok && version < want; version++)
		ok = db_exec(db, opt->migrations[version], err);
	if (ok) {
		char *sql = sq.sqlite3_mprintf("pragma user_version = %lld", (long long)want);
		ok = db_exec(db, sql, err);
		sq.sqlite3_free(sql);
	}
	if (ok && db_commit(db, err))
		return true;
	db_rollback(db);
	return false;
}

/* Makes the file with mode 0600 before SQLite would with the umask's. *is_wal: it is there and in WAL mode (the header's versions, byte 18 and 19 of a file:
 * sqlite.org/fileformat2.html). */
static bool create_private(struct db *db, bool *is_wal, struct err *err)
{
	uint8_t versions[2];
	AUTO_FD fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	*is_wal = fd >= 0 && pread(fd, versions, sizeof(versions), 18) == sizeof(versions) && versions[0] == 2 && versions[1] == 2;
	if (fd >= 0)
		return true;
	err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open database '%s': %s", db->path, strerror(errno));
	if (errno == EROFS)
		err_hint(err, "that file system is read-only");
	return false;
}

/* Where the folder cannot be written nobody changes the file, and SQLite cannot make what it needs beside a file in WAL mode. Where there is no log beside it nobody is
 * at work: who only looks shall not leave a log and its index there either. */
static bool is_still(const char *path)
{
	struct arena a = { 0 };
	struct stat st;
	bool still = access(arena_cstr(&a, path_dir(&a, str_c(path))), W_OK) != 0 ||
		     stat(arena_concat(&a, str_c(path), STR("-wal")).p, &st) != 0 || st.st_size == 0;
	arena_deinit(&a);
	return still;
}

static void add_uri(struct buf *out, const char *path)
{
	buf_add_c(out, "file:");
	for (; *path; path++) {
		if (*path == '%' || *path == '?' || *path == '#')
			buf_addf(out, "%%%02X", (unsigned char)*path);
		else
			buf_add_char(out, *path);
	}
	buf_add_c(out, "?immutable=1");
}

static bool set_up(struct db *db, const struct db_options *opt, struct err *err)
{
	int flags = SQLITE_OPEN_NOMUTEX | (opt->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	bool is_wal = true;
	if (!opt->read_only && !create_private(db, &is_wal, err))
		return false;
	/* Of several processes that make one database at once SQLite refuses all but one, whatever the busy timeout: going over to WAL mode needs the file alone, and
	 * waiting could be a deadlock. So they take turns. */
	struct arena a = { 0 };
	AUTO_FD turn = -1;
	bool has_turn = is_wal || fs_lock_folder(path_dir(&a, str_c(db->path)), NULL, &turn, err);
	arena_deinit(&a);
	if (!has_turn)
		return false;
	if (opt->read_only && access(db->path, F_OK) != 0)
		return err_set(err, ERR_NOT_FOUND, "cannot open database '%s': %s", db->path, strerror(errno));
	AUTO_BUF uri = { 0 };
	bool still = opt->read_only && is_still(db->path);
	if (still)
		add_uri(&uri, db->path);
	int code = sq.sqlite3_open_v2(still ? buf_str(&uri).p : db->path, &db->conn, still ? flags | SQLITE_OPEN_URI : flags, NULL);
	if (code != SQLITE_OK)
		return fail(db, code, "open", err);
	sq.sqlite3_extended_result_codes(db->conn, 1);
	sq.sqlite3_busy_timeout(db->conn, opt->busy_ms ? opt->busy_ms : DEFAULT_BUSY_MS);
	const char *pragmas = opt->read_only ? "pragma query_only = 1" : "pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 8000";
	return db_exec(db, pragmas, err) && db_exec(db, "pragma foreign_keys = 1", err) && migrate(db, opt, err);
}

bool db_open(struct str path, const struct db_options *opt, struct db **out, struct err *err)
{
	if (!lib_load(&sq_lib, err))
		return false;
	struct db *db = xcalloc(1, sizeof(*db));
	db->path = xstrndup(path.p, path.n);
	if (!set_up(db, opt, err)) {
		db_close(db);
		return false;
	}
	*out = db;
	return true;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->queries.n; i++) {
		sq.sqlite3_finalize(db->queries.p[i]->stmt);
		free(db->queries.p[i]);
	}
	vec_deinit(&db->queries);
	sq.sqlite3_close(db->conn);
	free(db->path);
	free(db);
}

void db_rollback(struct db *db)
{
	if (!sq.sqlite3_get_autocommit(db->conn))
		sq.sqlite3_exec(db->conn, "rollback", NULL, NULL, NULL);
}

bool db_sync(struct db *db, struct err *err)
{
	/* Busy readers keep a part of the log from being moved, but the log itself is synced first, which is what counts. */
	int code = sq.sqlite3_wal_checkpoint_v2(db->conn, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return code == SQLITE_OK || (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED || fail(db, code, "sync", err);
}

bool db_query(struct db *db, const char *sql, struct db_query **out, struct err *err)
{
	struct db_query *q = NULL;
	for (size_t i = 0; i < db->queries.n && !q; i++)
		if (db->queries.p[i]->sql == sql && !db->queries.p[i]->in_use)
			q = db->queries.p[i];
	if (!q) {
		sqlite3_stmt *stmt;
		int code = sq.sqlite3_prepare_v3(db->conn, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
		if (code != SQLITE_OK)
			return fail(db, code, "use", err);
		q = xcalloc(1, sizeof(*q));
		*q = (struct db_query){ .db = db, .sql = sql, .stmt = stmt };
		vec_push(&db->queries, q);
	}
	q->in_use = true;
	*out = q;
	return true;
}

void db_bind_int(struct db_query *q, int at, int64_t v)
{
	sq.sqlite3_bind_int64(q->stmt, at, v);
}

void db_bind_str(struct db_query *q, int at, struct str v)
{
	sq.sqlite3_bind_text64(q->stmt, at, v.p ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8);
}

void db_bind_blob(struct db_query *q, int at, struct str v)
{
	sq.sqlite3_bind_blob64(q->stmt, at, v.p ? v.p : "", v.n, SQLITE_STATIC);
}

void db_bind_null(struct db_query *q, int at)
{
	sq.sqlite3_bind_null(q->stmt, at);
}

bool db_next(struct db_query *q, bool *row, struct err *err)
{
	int code = sq.sqlite3_step(q->stmt);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return fail(q->db, code, "use", err);
	*row = code == SQLITE_ROW;
	return true;
}

bool db_run(struct db_query *q, struct err *err)
{
	bool row, ok = db_next(q, &row, err);
	db_done(q);
	return ok;
}

/* Prepared once, as every statement is: a run commits thousands of times. */
static bool run_once(struct db *db, const char *sql, struct err *err)
{
	struct db_query *q;
	return db_query(db, sql, &q, err) && db_run(q, err);
}

bool db_begin(struct db *db, enum db_lock lock, struct err *err)
{
	return run_once(db, lock == DB_IMMEDIATE ? "begin immediate" : "begin", err);
}

bool db_commit(struct db *db, struct err *err)
{
	return run_once(db, "commit", err);
}

int64_t db_int(struct db_query *q, int column)
{
	return sq.sqlite3_column_int64(q->stmt, column);
}

struct str db_str(struct db_query *q, int column)
{
	const char *p = (const char *)sq.sqlite3_column_text(q->stmt, column);
	return p ? (struct str){ p, (size_t)sq.sqlite3_column_bytes(q->stmt, column) } : STR_NONE;
}

struct str db_blob(struct db_query *q, int column)
{
	const char *p = sq.sqlite3_column_blob(q->stmt, column);
	return p ? (struct str){ p, (size_t)sq.sqlite3_column_bytes(q->stmt, column) } : STR_NONE;
}

void db_done(struct db_query *q)
{
	if (!q)
		return;
	sq.sqlite3_reset(q->stmt);
	sq.sqlite3_clear_bindings(q->stmt);
	q->in_use = false;
}

void db_done_ptr(struct db_query **q)
{
	db_done(*q);
}

int64_t db_changes(struct db *db)
{
	return sq.sqlite3_changes(db->conn);
}

bool db_has_table(struct db *db, const char *name, bool *has, struct err *err)
{
	AUTO_QUERY *q = NULL;
	if (!db_query(db, "select 1 from sqlite_master where type = 'table' and name = ?1", &q, err))
		return false;
	db_bind_str(q, 1, str_c(name));
	return db_next(q, has, err);
}
