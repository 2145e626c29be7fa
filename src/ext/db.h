/*
 * db.h: SQLite: a connection that keeps its prepared statements.
 *
 *	struct db_query *q;
 *	if (!db_query(db, "select name, size from blob where kind = ?1", &q, err))
 *		return false;
 *	db_bind_int(q, 1, kind);
 *	bool row;
 *	while ((ok = db_next(q, &row, err)) && row)
 *		use(db_str(q, 0), db_int(q, 1));     // strs are valid until the next db_next
 *	db_done(q);
 *
 * Statements are looked up by the address of their text: use literals. A file that is no database, or a damaged one, is ERR_INTEGRITY with a hint;
 * one that stays locked is ERR_CONFLICT; a full disk or a read-only one ERR_IO. A connection is used by one thread at a time.
 */
#ifndef EXT_DB_H
#define EXT_DB_H

#include "base/arena.h"
#include "base/err.h"

struct db;
struct db_query;

/* One step from schema version i to i + 1: SQL, several statements allowed. */
struct db_options {
	const char *const *migrations; /* number i brings user_version from i to i + 1 */
	size_t migration_count;
	int busy_ms;        /* how long to wait for another process's lock; 0: 10 s */
	bool read_only;     /* never creates; a missing file is ERR_NOT_FOUND; works in a folder that cannot be written */
};

/* Opens or creates (mode 0600) the file in WAL mode and runs what migrations are missing in one transaction. A schema newer than this
 * program's is ERR_CONFLICT. */
MUST_CHECK bool db_open(struct str path, const struct db_options *opt, struct db **out, struct err *err);
/* Takes NULL. */
void db_close(struct db *db);

/* Runs one or more statements without parameters or results. */
MUST_CHECK bool db_exec(struct db *db, const char *sql, struct err *err);

enum db_lock { DB_DEFERRED, DB_IMMEDIATE };
MUST_CHECK bool db_begin(struct db *db, enum db_lock lock, struct err *err);
MUST_CHECK bool db_commit(struct db *db, struct err *err);
/* Gives up the transaction if one is open; never fails. */
void db_rollback(struct db *db);
/* Makes the last commits survive a loss of power; commits themselves do not sync. */
MUST_CHECK bool db_sync(struct db *db, struct err *err);

/* The prepared statement for `sql`, a literal, with no parameters bound. */
MUST_CHECK bool db_query(struct db *db, const char *sql, struct db_query **out, struct err *err);
/* Parameters count from 1. Bytes are borrowed until db_done. */
void db_bind_int(struct db_query *q, int at, int64_t v);
void db_bind_str(struct db_query *q, int at, struct str v);
void db_bind_blob(struct db_query *q, int at, struct str v);
void db_bind_null(struct db_query *q, int at);
/* Goes to the next row; *row is false at the end. */
MUST_CHECK bool db_next(struct db_query *q, bool *row, struct err *err);
/* Runs a statement that gives no rows, and ends its use. */
MUST_CHECK bool db_run(struct db_query *q, struct err *err);
/* Columns of the current row count from 0. NULL gives 0 or STR_NONE; strs are valid until the next db_next or db_done. */
int64_t db_int(struct db_query *q, int column);
struct str db_str(struct db_query *q, int column);
struct str db_blob(struct db_query *q, int column);
/* Ends the use of a statement; takes NULL. Needed after db_next, not after db_run. */
void db_done(struct db_query *q);
#define AUTO_QUERY __attribute__((cleanup(db_done_ptr))) struct db_query
void db_done_ptr(struct db_query **q);

/* Whether there is a table of that name. Reads only. */
MUST_CHECK bool db_has_table(struct db *db, const char *name, bool *has, struct err *err);

/* Rows that the last insert, update or delete changed. */
int64_t db_changes(struct db *db);

#endif
