/* The database wrapper: migrations, statements, and files that are damaged, locked, newer or missing. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "ext/db.h"

static const char *const v1[] = { "create table t (k text primary key, v integer, b blob)" };
static const char *const v2[] = { "create table t (k text primary key, v integer, b blob)",
				  "alter table t add column more text; insert into t (k, v) values ('made', 2)" };

static struct str scratch(struct arena *a)
{
	AUTO_ERR err = { 0 };
	struct str dir;
	assert_true(fs_mkdtemp(STR("/tmp/raibid-db-"), a, &dir, &err));
	return dir;
}

static int64_t count_rows(struct db *db)
{
	AUTO_ERR err = { 0 };
	AUTO_QUERY *q = NULL;
	bool row;
	assert_true(db_query(db, "select count(*) from t", &q, &err));
	assert_true(db_next(q, &row, &err) && row);
	return db_int(q, 0);
}

static void test_use(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str dir = scratch(&a), path = arena_fmt(&a, "%.*s/s.db", STR_ARG(dir));
	struct db *db = NULL;
	assert_true(db_open(path, &(struct db_options){ v1, 1 }, &db, &err));
	struct stat st;
	assert_true(fs_stat(path, FS_FOLLOW, &st));
	assert_int_equal(st.st_mode & 0777, 0600);
	struct db_query *q;
	static const char insert[] = "insert into t (k, v, b) values (?1, ?2, ?3)";
	assert_true(db_begin(db, DB_IMMEDIATE, &err));
	for (int i = 0; i < 100; i++) {
		assert_true(db_query(db, insert, &q, &err));
		db_bind_str(q, 1, arena_fmt(&a, "k%d", i));
		db_bind_int(q, 2, i);
		i % 2 ? db_bind_blob(q, 3, (struct str){ "\0x", 2 }) : db_bind_null(q, 3);
		assert_true(db_run(q, &err));
	}
	assert_true(db_commit(db, &err));
	assert_true(db_begin(db, DB_DEFERRED, &err));
	assert_true(db_exec(db, "delete from t", &err));
	assert_int_equal(db_changes(db), 100);
	db_rollback(db);
	assert_int_equal(count_rows(db), 100);
	bool row;
	assert_true(db_query(db, "select k, b from t where v >= 98 order by v", &q, &err));
	assert_true(db_next(q, &row, &err) && row);
	same(db_str(q, 0), "k98");
	assert_null(db_blob(q, 1).p);
	assert_true(db_next(q, &row, &err) && row);
	assert_int_equal(db_blob(q, 1).n, 2);
	assert_true(db_next(q, &row, &err) && !row);
	db_done(q);
	assert_true(db_sync(db, &err));
	db_close(db);
	/* The next version of the program, then the old one again. */
	assert_true(db_open(path, &(struct db_options){ v2, 2 }, &db, &err));
	assert_int_equal(count_rows(db), 101);
	db_close(db);
	assert_false(db_open(path, &(struct db_options){ v1, 1 }, &db, &err));
	assert_int_equal(err.kind, ERR_CONFLICT);
	err_deinit(&err);
	assert_true(fs_remove_tree(dir, &err));
	arena_deinit(&a);
}

static void test_bad_files(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str dir = scratch(&a), path = arena_fmt(&a, "%.*s/s.db", STR_ARG(dir));
	struct db *db = NULL, *other = NULL;
	assert_false(db_open(path, &(struct db_options){ .read_only = true }, &db, &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err_deinit(&err);
	assert_false(db_open(STR("/nonexistent/x.db"), &(struct db_options){ v1, 1 }, &db, &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err_deinit(&err);
	char junk[5000];
	memset(junk, 'j', sizeof(junk));
	assert_true(fs_write(path, (struct str){ junk, sizeof(junk) }, 0600, FS_NO_SYNC, &err));
	assert_false(db_open(path, &(struct db_options){ v1, 1 }, &db, &err));
	assert_int_equal(err.kind, ERR_INTEGRITY);
	assert_non_null(err.hint);
	err_deinit(&err);
	path = arena_fmt(&a, "%.*s/locked.db", STR_ARG(dir));
	assert_true(db_open(path, &(struct db_options){ v1, 1 }, &db, &err));
	assert_true(db_open(path, &(struct db_options){ v1, 1, .busy_ms = 20 }, &other, &err));
	assert_true(db_begin(db, DB_IMMEDIATE, &err));
	assert_false(db_begin(other, DB_IMMEDIATE, &err));
	assert_int_equal(err.kind, ERR_CONFLICT);
	err_deinit(&err);
	db_close(other);
	db_close(db);
	assert_true(fs_remove_tree(dir, &err));
	arena_deinit(&a);
}

/* Many processes make one database at the same moment: none is refused. */
static void test_made_at_once(void **state)
{
	enum { ROUNDS = 40, PROCESSES = 8 };
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str dir = scratch(&a);
	for (int round = 0; round < ROUNDS; round++) {
		struct str path = arena_fmt(&a, "%.*s/%d.db", STR_ARG(dir), round);
		pid_t pids[PROCESSES];
		int gate[2];
		char none;
		assert_int_equal(pipe(gate), 0);
		for (int i = 0; i < PROCESSES; i++) {
			pids[i] = fork();
			if (pids[i] == 0) {
				struct db *db = NULL;
				struct err its = { 0 };
				close(gate[1]);
				(void)!read(gate[0], &none, 1); /* until the parent lets all go */
				bool ok = db_open(path, &(struct db_options){ v2, 2 }, &db, &its) && db_exec(db, "insert into t (v) values (1)", &its);
				if (!ok)
					fprintf(stderr, "%s\n", its.message);
				_exit(!ok);
			}
		}
		close(gate[0]);
		close(gate[1]);
		for (int i = 0; i < PROCESSES; i++) {
			int status = -1;
			assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
			assert_int_equal(status, 0);
		}
		struct db *db = NULL;
		assert_true(db_open(path, &(struct db_options){ v2, 2 }, &db, &err));
		assert_int_equal(count_rows(db), 1 + PROCESSES);
		db_close(db);
	}
	assert_true(fs_remove_tree(dir, &err));
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_use),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_made_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
