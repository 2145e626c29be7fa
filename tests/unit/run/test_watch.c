/* Whose a change in the midst of a run is: the rules of watch.h, one by one. What the run did is given, so that nothing depends on time. */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "run/inputs.h"
#include "run/watch.h"

struct fixture {
	struct arena arena;
	struct str dir;
	struct watch *watch;
	struct str why;
	int n; /* of writes: each has other bytes */
};

static struct str in(struct fixture *f, const char *name)
{
	return path_join(&f->arena, f->dir, str_c(name));
}

static void put_text(struct fixture *f, const char *name, struct str text)
{
	AUTO_ERR err = { 0 };
	assert_true(fs_mkdirs(path_dir(&f->arena, in(f, name)), 0777, &err));
	assert_true(fs_write(in(f, name), text, 0666, FS_NO_SYNC, &err));
}

static void put(struct fixture *f, const char *name)
{
	put_text(f, name, arena_fmt(&f->arena, "%d\n", ++f->n));
}

static void begin(struct fixture *f)
{
	AUTO_ERR err = { 0 };
	*f = (struct fixture){ 0 };
	assert_true(fs_mkdtemp(STR("/tmp/raibid-watch-"), &f->arena, &f->dir, &err));
	put(f, "a");
	put(f, "out");
	put_text(f, ".gitignore", STR("ignored\n"));
	f->watch = watch_new(f->dir, WATCH_HEARS);
}

static void end(struct fixture *f)
{
	AUTO_ERR err = { 0 };
	watch_free(f->watch);
	assert_true(fs_remove_tree(f->dir, &err));
	arena_deinit(&f->arena);
}

static bool changed(struct fixture *f)
{
	watch_take(f->watch);
	return watch_has_changed(f->watch, &f->why);
}

/* A change in the midst of a run, while the run did that. */
static void during(struct fixture *f, const char *name, enum activity_did did)
{
	put(f, name);
	watch_take(f->watch);
	watch_run_did(f->watch, did);
}

static bool wants_end(struct fixture *f, bool sleeps)
{
	return watch_wants_end(f->watch, sleeps, &f->why);
}

static bool run_ends(struct fixture *f, struct str records, enum watch_end how)
{
	return watch_run_ends(f->watch, records, how, &f->why);
}

/* A run that ends by itself and writes one file. */
static bool run_writing(struct fixture *f, const char *name, enum activity_did did)
{
	watch_run_begins(f->watch);
	during(f, name, did);
	return run_ends(f, STR(""), WATCH_ENDED);
}

static bool run_quiet(struct fixture *f)
{
	watch_run_begins(f->watch);
	return run_ends(f, STR(""), WATCH_ENDED);
}

static void test_idle(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	assert_false(run_quiet(&f));
	assert_false(changed(&f));
	put(&f, "a");
	assert_true(changed(&f));
	same(f.why, "a changed");
	assert_false(run_quiet(&f));
	put(&f, "new/deep/file");
	assert_true(changed(&f));
	same(f.why, "new/deep/file is new");
	assert_false(run_quiet(&f));
	assert_int_equal(unlink(arena_cstr(&f.arena, in(&f, "a"))), 0);
	assert_true(changed(&f));
	same(f.why, "a is gone");
	assert_false(run_quiet(&f));
	put(&f, "ignored");
	put(&f, ".out.swp");
	put(&f, "out~");
	put(&f, ".raibid/state.db");
	assert_false(changed(&f));
	end(&f);
}

static void test_product(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	assert_true(run_writing(&f, "out", ACTIVITY_WROTE));  /* somebody's, perhaps */
	assert_false(run_writing(&f, "out", ACTIVITY_WROTE)); /* the run's */
	assert_false(run_writing(&f, "out", ACTIVITY_STARTED));
	put(&f, "out");
	assert_true(changed(&f)); /* nobody else's while nothing runs */
	assert_true(run_writing(&f, "out", ACTIVITY_WROTE));
	assert_false(run_quiet(&f)); /* one that has nothing to make, and then one that has */
	assert_false(run_writing(&f, "out", ACTIVITY_WROTE));
	end(&f);
}

static void test_same_bytes(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	put_text(&f, "out", STR("same"));
	assert_true(changed(&f));
	watch_run_begins(f.watch);
	assert_int_equal(unlink(arena_cstr(&f.arena, in(&f, "out"))), 0);
	put_text(&f, "out", STR("same"));
	watch_take(f.watch);
	watch_run_did(f.watch, ACTIVITY_WROTE);
	assert_false(run_ends(&f, STR(""), WATCH_ENDED));
	end(&f);
}

static void test_outside(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	for (int i = 0; i < 20; i++) {
		watch_run_begins(f.watch);
		assert_false(wants_end(&f, true));
		during(&f, i % 2 ? "a" : "other/new", ACTIVITY_NOTHING);
		assert_true(wants_end(&f, false));
		assert_true(run_ends(&f, STR(""), WATCH_WAS_ENDED));
	}
	/* Not even a product. */
	assert_true(run_writing(&f, "out", ACTIVITY_WROTE));
	assert_false(run_writing(&f, "out", ACTIVITY_WROTE));
	watch_run_begins(f.watch);
	during(&f, "out", ACTIVITY_NOTHING);
	assert_true(wants_end(&f, false));
	end(&f);
}

static void test_sleeps(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	for (int i = 0; i < 2; i++) {
		watch_run_begins(f.watch);
		during(&f, "out", ACTIVITY_WROTE);
		assert_false(wants_end(&f, false)); /* while it works it is not disturbed */
		assert_true(wants_end(&f, true));
		assert_true(run_ends(&f, STR(""), WATCH_WAS_ENDED));
	}
	watch_run_begins(f.watch);
	during(&f, "out", ACTIVITY_WROTE); /* the third time in a row */
	assert_false(wants_end(&f, true));
	during(&f, "fresh", ACTIVITY_WROTE); /* new: waits for the end */
	assert_false(wants_end(&f, true));
	assert_true(run_ends(&f, STR(""), WATCH_ENDED));
	end(&f);
}

static void test_names(void **state)
{
	struct fixture f;
	int again = 0;
	(void)state;
	begin(&f);
	while (again < 10 && run_writing(&f, arena_fmt(&f.arena, "logs/at-%d", again).p, ACTIVITY_WROTE))
		again++;
	assert_int_equal(again, 1);
	assert_false(run_writing(&f, "logs/at-x", ACTIVITY_WROTE));
	put(&f, "logs/mine");
	assert_true(changed(&f));
	end(&f);
}

static void test_chain(void **state)
{
	struct fixture f;
	int again = 0;
	(void)state;
	begin(&f);
	while (again < 100 && run_writing(&f, "out", ACTIVITY_RAN))
		again++;
	assert_int_equal(again, WATCH_CHAIN_MAX);
	assert_false(run_writing(&f, "out", ACTIVITY_RAN));
	put(&f, "out");
	assert_true(changed(&f));
	end(&f);
}

/* What a run tells: it reads `a` and whatever fits `*.c`, lists `sub`, writes `made`. */
static struct str told(struct fixture *f, bool is_unknown)
{
	int ends[2];
	struct str bytes;
	AUTO_ERR err = { 0 };
	assert_int_equal(pipe(ends), 0);
	struct inputs *inputs = inputs_new(ends[1]);
	inputs_file(inputs, in(f, "a"));
	inputs_file(inputs, in(f, "made"));
	inputs_file(inputs, in(f, "absent/x"));
	inputs_search(inputs, f->dir, &STR("*.c"), 1, INPUTS_TRACKED);
	inputs_list(inputs, in(f, "sub"));
	inputs_output(inputs, in(f, "made"));
	inputs_output(inputs, in(f, "sub/made"));
	if (is_unknown)
		inputs_unknown(inputs);
	inputs_done(inputs);
	inputs_free(inputs);
	close(ends[1]);
	assert_true(fs_read_fd(ends[0], STR("pipe"), 0, &f->arena, &bytes, &err));
	close(ends[0]);
	return bytes;
}

static bool run_told(struct fixture *f)
{
	usleep(30000); /* files that are about as old as the run count as changed in it */
	watch_run_begins(f->watch);
	return run_ends(f, told(f, false), WATCH_ENDED);
}

static void test_inputs(void **state)
{
	static const struct { const char *file; bool is_reason; } rows[] = {
		{ "a", true }, { "out", false }, { "new", false }, { "x.c", true }, { "x.c", true }, { "x.h", false }, { "sub/name", true }, { "sub/name", false },
		{ "absent/y", false }, { "absent/x", true }, { "made", true }, { "sub/made", false },
	};
	struct fixture f;
	(void)state;
	begin(&f);
	put(&f, "sub/x");
	assert_false(run_told(&f));
	same(watch_what(f.watch), "3 inputs");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		put(&f, rows[i].file);
		if (changed(&f) != rows[i].is_reason)
			fail_msg("row %zu: %s", i, rows[i].file);
		assert_false(run_told(&f));
	}
	/* In the midst of a run: what it writes is its own. */
	watch_run_begins(f.watch);
	during(&f, "made", ACTIVITY_WROTE);
	during(&f, "sub/made", ACTIVITY_WROTE);
	assert_false(wants_end(&f, true));
	during(&f, "a", ACTIVITY_WROTE);
	assert_true(wants_end(&f, false));
	assert_true(run_ends(&f, told(&f, false), WATCH_ENDED));
	/* And back to the whole folder. */
	watch_run_begins(f.watch);
	assert_false(run_ends(&f, told(&f, true), WATCH_ENDED));
	put(&f, "out");
	assert_true(changed(&f));
	end(&f);
}

/* An input that was changed in the run that was the first to read it. */
static void test_late(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	assert_false(run_told(&f));
	watch_run_begins(f.watch);
	put(&f, "out");
	assert_true(run_ends(&f, arena_fmt(&f.arena, "f%c%c%c%c%.*sd%c%c%c%c", (int)in(&f, "out").n, 0, 0, 0, STR_ARG(in(&f, "out")), 0, 0, 0, 0), WATCH_ENDED));
	same(f.why, "out changed");
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle), cmocka_unit_test(test_product), cmocka_unit_test(test_same_bytes), cmocka_unit_test(test_outside),
		cmocka_unit_test(test_sleeps), cmocka_unit_test(test_names), cmocka_unit_test(test_chain), cmocka_unit_test(test_inputs), cmocka_unit_test(test_late),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
