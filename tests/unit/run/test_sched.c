/* Step lines with real state and store: what is cached, restored, run again and why; failures; side by side. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "run/out.h"
#include "run/sched.h"
#include "store/state.h"

static atomic_int runs;

/* copy FROM TO: reads one file, writes another; a FROM that is not there gives "none". */
static bool copy_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct str bytes = STR("none");
	struct err missing = { 0 };
	atomic_fetch_add(&runs, 1);
	if (!step_read(ctx, args->p[0], ctx->arena, &bytes, &missing)) {
		if (missing.kind != ERR_NOT_FOUND) {
			err_move(err, &missing);
			return false;
		}
		err_deinit(&missing);
		bytes = STR("none");
	}
	if (str_eq(bytes, STR("bad")))
		return err_set(err, ERR_FAILED, "bad input");
	if (step_env(ctx, STR("UPPER")).p)
		bytes = STR("UPPER");
	out_summary(ctx->out, "%zu bytes", bytes.n);
	return step_write(ctx, args->p[1], bytes, args->n > 2 ? STEP_SECRET : STEP_PLAIN, err);
}

static void copy_claims(struct step_ctx *ctx, const step_words *args, struct step_claims *claims)
{
	vec_push_in(&claims->reads, ctx->arena, args->p[0]);
	vec_push_in(&claims->writes, ctx->arena, args->p[1]);
}

static atomic_int parts_made;

static bool make_part(struct step_ctx *part, void *arg, struct str *bytes, struct err *err)
{
	struct str *path = arg;
	atomic_fetch_add(&parts_made, 1);
	return step_read(part, *path, part->arena, bytes, err);
}

/* join OUT FILE…: each file is a part of its own. */
static bool join_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	AUTO_BUF all = { 0 };
	for (size_t i = 1; i < args->n; i++) {
		struct step_part part = { .name = args->p[i], .make = make_part, .arg = &args->p[i], .secrecy = STEP_SECRET };
		struct str bytes;
		bool cached;
		if (!step_part_get(ctx, &part, ctx->arena, &bytes, &cached, err))
			return false;
		buf_add(&all, bytes);
	}
	return step_write(ctx, args->p[0], buf_str(&all), STEP_PLAIN, err);
}

static const struct step_def copy = { .name = STR_INIT("copy"), .run = copy_run, .claims = copy_claims };
static const struct step_def join = { .name = STR_INIT("join"), .run = join_run };
static const struct step_def *const table[] = { &copy, &join, NULL };

struct world {
	struct arena a;
	struct str root;
	char *env[2];
	atomic_bool cancel;
	bool force;
};

static void put(struct world *w, const char *name, const char *text)
{
	AUTO_ERR err = { 0 };
	assert_true(fs_write(path_join(&w->a, w->root, str_c(name)), str_c(text), 0644, FS_NO_SYNC, &err));
}

static struct str get(struct world *w, const char *name)
{
	AUTO_ERR err = { 0 };
	struct str s;
	if (!fs_read(path_join(&w->a, w->root, str_c(name)), 0, &w->a, &s, &err))
		return STR("(absent)");
	return s;
}

/* Runs a script as one program run would; returns how many steps really ran, or -1 for failure. */
static int run(struct world *w, const char *script)
{
	AUTO_ERR err = { 0 };
	int null = open("/dev/null", O_WRONLY);
	struct out *out = out_new(&(struct out_options){ .fd_out = null, .fd_err = null });
	struct state *state = state_new(w->root, NULL, NULL);
	struct store *store = store_new(path_join(&w->a, w->root, STR("cache")), STR_NONE);
	struct step_host host = { .root = w->root, .environ = w->env, .out = out, .state = state, .store = store, .cancel = &w->cancel,
				  .jobs = 4, .force = w->force, .steps = table };
	words_lines lines;
	sched_nodes nodes;
	enum step_status status;
	atomic_store(&runs, 0);
	atomic_store(&parts_made, 0);
	assert_true(words_split(str_c(script), STR("script"), 1, &w->a, &lines, &err));
	bool ok = sched_plan(&host, &lines, w->root, STR("script"), &w->a, &nodes, &err) &&
		  sched_run(&host, &nodes, NULL, NULL, &status, &err);
	out_free(out);
	store_free(store);
	state_free(state);
	close(null);
	return ok ? atomic_load(&runs) : -1;
}

static void setup(struct world *w)
{
	AUTO_ERR err = { 0 };
	*w = (struct world){ 0 };
	assert_true(fs_mkdtemp(STR("/tmp/raibid-sched-"), &w->a, &w->root, &err));
}

static void teardown(struct world *w)
{
	AUTO_ERR err = { 0 };
	assert_true(fs_remove_tree(w->root, &err));
	arena_deinit(&w->a);
}

static void test_cached_and_restored(void **state)
{
	struct world w;
	setup(&w);
	const char *script = "copy in out";
	put(&w, "in", "one");
	assert_int_equal(run(&w, script), 1);
	same(get(&w, "out"), "one");
	assert_int_equal(run(&w, script), 0);
	put(&w, "in", "two"); /* changed within the same clock tick as the last look */
	assert_int_equal(run(&w, script), 1);
	same(get(&w, "out"), "two");
	put(&w, "in", "one"); /* an older record holds again */
	assert_int_equal(run(&w, script), 0);
	same(get(&w, "out"), "one");
	put(&w, "out", "edited"); /* outputs come back */
	assert_int_equal(run(&w, script), 0);
	same(get(&w, "out"), "one");
	AUTO_ERR err = { 0 };
	assert_true(fs_remove_tree(path_join(&w.a, w.root, STR("out")), &err));
	assert_true(fs_remove_tree(path_join(&w.a, w.root, STR("cache")), &err));
	assert_int_equal(run(&w, script), 1); /* neither on disk nor in the store */
	same(get(&w, "out"), "one");
	w.force = true;
	assert_int_equal(run(&w, script), 1);
	teardown(&w);
}

static void test_absence_and_environment_are_inputs(void **state)
{
	struct world w;
	setup(&w);
	const char *script = "copy in out";
	assert_int_equal(run(&w, script), 1);
	same(get(&w, "out"), "none");
	assert_int_equal(run(&w, script), 0);
	put(&w, "in", "here");
	assert_int_equal(run(&w, script), 1);
	same(get(&w, "out"), "here");
	w.env[0] = "UPPER=1";
	assert_int_equal(run(&w, script), 1);
	same(get(&w, "out"), "UPPER");
	assert_int_equal(run(&w, script), 0);
	teardown(&w);
}

static void test_secrets_stay_private(void **state)
{
	struct world w;
	setup(&w);
	put(&w, "in", "hunter2-hunter2");
	assert_int_equal(run(&w, "copy in out secret"), 1);
	struct stat st;
	assert_true(fs_stat(path_join(&w.a, w.root, STR("out")), FS_FOLLOW, &st));
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_false(fs_exists(path_join(&w.a, w.root, STR("cache/blobs"))));
	put(&w, "out", "changed");
	assert_int_equal(run(&w, "copy in out secret"), 0);
	same(get(&w, "out"), "hunter2-hunter2");
	/* Nowhere below .raibid do the bytes stand in the clear. */
	AUTO_BUF cmd = { 0 };
	buf_addf(&cmd, "! grep -rqa hunter2 '%.*s/.raibid'", STR_ARG(w.root));
	assert_int_equal(system(buf_str(&cmd).p), 0);
	teardown(&w);
}

static void test_order_and_failure(void **state)
{
	struct world w;
	setup(&w);
	put(&w, "a", "x");
	/* The second line reads what the first writes; the third touches neither. */
	assert_int_equal(run(&w, "copy a b\ncopy b c\ncopy a d"), 3);
	same(get(&w, "c"), "x");
	assert_int_equal(run(&w, "copy a b\ncopy b c\ncopy a d"), 0);
	put(&w, "a", "bad");
	assert_int_equal(run(&w, "copy a b\ncopy b c"), -1);
	same(get(&w, "c"), "x");
	assert_int_equal(run(&w, "nope x"), -1);
	teardown(&w);
}

static void test_parts(void **state)
{
	struct world w;
	setup(&w);
	put(&w, "a", "1");
	put(&w, "b", "2");
	assert_int_equal(run(&w, "join out a b"), 0);
	assert_int_equal(atomic_load(&parts_made), 2);
	same(get(&w, "out"), "12");
	put(&w, "b", "3");
	assert_int_equal(run(&w, "join out a b"), 0);
	assert_int_equal(atomic_load(&parts_made), 1);
	same(get(&w, "out"), "13");
	assert_int_equal(run(&w, "join out a b"), 0);
	assert_int_equal(atomic_load(&parts_made), 0);
	teardown(&w);
}

static void test_damaged_state(void **state)
{
	struct world w;
	setup(&w);
	put(&w, "in", "one");
	assert_int_equal(run(&w, "copy in out"), 1);
	put(&w, ".raibid/state.db", "this is no database, it only stands where one was");
	assert_int_equal(run(&w, "copy in out"), 1);
	assert_true(fs_exists(path_join(&w.a, w.root, STR(".raibid/state.db.damaged"))));
	assert_int_equal(run(&w, "copy in out"), 0);
	teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cached_and_restored), cmocka_unit_test(test_absence_and_environment_are_inputs),
		cmocka_unit_test(test_secrets_stay_private), cmocka_unit_test(test_order_and_failure),
		cmocka_unit_test(test_parts),               cmocka_unit_test(test_damaged_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
