/* What a sweep takes and leaves; what records protect; projects; now and then. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "store/keep.h"

struct fixture {
	struct arena arena;
	struct str dir;
	struct store *store;
};

enum { OLD = 3 * 24 * 60 * 60, GRACE = 24 * 60 * 60 };

static int set_up(void **state)
{
	struct fixture *x = xcalloc(1, sizeof(*x));
	struct err err = { 0 };
	assert_true(fs_mkdtemp(STR("/tmp/raibid-keep-"), &x->arena, &x->dir, &err));
	x->store = store_new(path_join(&x->arena, x->dir, STR("store")), STR_NONE);
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;
	struct err err = { 0 };
	store_free(x->store);
	assert_true(fs_remove_tree(x->dir, &err));
	arena_deinit(&x->arena);
	free(x);
	return 0;
}

static struct digest put(struct fixture *x, const char *bytes)
{
	struct err err = { 0 };
	struct digest d;
	assert_true(store_put(x->store, str_c(bytes), &d, &err));
	return d;
}

static void make_old(struct fixture *x, const struct digest *d)
{
	char hex[DIGEST_HEX_LEN + 1];
	struct timespec then[2] = { { .tv_sec = time(NULL) - OLD }, { .tv_sec = time(NULL) - OLD } };
	digest_hex(d, hex);
	struct str path = arena_fmt(&x->arena, "%.*s/store/blobs/%.2s/%s", STR_ARG(x->dir), hex, hex + 2);
	assert_int_equal(utimensat(AT_FDCWD, path.p, then, 0), 0);
}

static void test_sweep(void **state)
{
	struct fixture *x = *state;
	struct err err = { 0 };
	struct keep_swept swept;
	keep_digests live = { 0 };
	struct digest named = put(x, "named"), old = put(x, "old"), young = put(x, "young"), again = put(x, "again");
	make_old(x, &named);
	make_old(x, &old);
	make_old(x, &again);
	put(x, "again"); /* somebody is about to record it */
	vec_push(&live, named);
	assert_true(keep_sweep(x->store, &live, GRACE, &swept, &err));
	assert_int_equal(swept.removed.blobs, 1);
	assert_int_equal(swept.removed.bytes, 3);
	assert_int_equal(swept.kept.blobs, 3);
	assert_true(store_has(x->store, &named) && store_has(x->store, &young) && store_has(x->store, &again));
	assert_false(store_has(x->store, &old));
	/* A grace below ten minutes is ten minutes. */
	assert_true(keep_sweep(x->store, &live, 0, &swept, &err));
	assert_true(store_has(x->store, &young));
	vec_deinit(&live);
}

static void test_verify(void **state)
{
	struct fixture *x = *state;
	struct err err = { 0 };
	struct keep_checked checked;
	struct digest small, sound = put(x, "sound");
	char hex[DIGEST_HEX_LEN + 1];
	assert_true(store_put_small(x->store, STR("small"), &small, &err));
	assert_true(keep_verify(x->store, &checked, &err));
	assert_int_equal(checked.damaged, 0);
	assert_int_equal(checked.sound.blobs, 2);
	assert_int_equal(checked.sound.bytes, 10);
	digest_hex(&sound, hex);
	struct str path = arena_fmt(&x->arena, "%.*s/store/blobs/%.2s/%s", STR_ARG(x->dir), hex, hex + 2);
	assert_int_equal(chmod(path.p, 0600), 0);
	assert_true(fs_write(path, STR("s0und"), 0400, FS_NO_SYNC, &err));
	assert_true(keep_verify(x->store, &checked, &err));
	assert_int_equal(checked.damaged, 1);
	assert_false(store_has(x->store, &sound));
	assert_true(store_has(x->store, &small));
}

static void test_traces(void **state)
{
	static const struct { enum trace_kind kind; bool secret; int plain, sealed; } rows[] = {
		{ TRACE_FILE, false, 0, 0 }, { TRACE_OUTPUT, false, 1, 0 }, { TRACE_OUTPUT, true, 0, 1 }, { TRACE_RESULT, true, 0, 1 },
		{ TRACE_STDOUT, false, 1, 0 }, { TRACE_STDERR, false, 1, 0 }, { TRACE_NEEDED, false, 0, 0 }, { TRACE_LEFT, false, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct trace_entry e = { .kind = rows[i].kind, .secret = rows[i].secret };
		struct trace t = { 0 };
		keep_digests plain = { 0 }, sealed = { 0 };
		t.entries.p = &e;
		t.entries.n = 1;
		keep_add_trace(&t, &plain, &sealed);
		assert_int_equal(plain.n, rows[i].plain);
		assert_int_equal(sealed.n, rows[i].sealed);
		vec_deinit(&plain);
		vec_deinit(&sealed);
	}
}

static void test_projects(void **state)
{
	struct fixture *x = *state;
	struct err err = { 0 };
	keep_roots roots;
	struct str project = path_join(&x->arena, x->dir, STR("project")), db = path_join(&x->arena, project, STR(".raibid/state.db"));
	keep_register(x->store, project);
	keep_register(x->store, STR("/no/such/project"));
	assert_true(keep_projects(x->store, &x->arena, &roots, &err));
	assert_int_equal(roots.n, 0); /* without state they are none, and forgotten */
	assert_true(fs_mkdirs(path_dir(&x->arena, db), 0700, &err) && fs_write(db, STR(""), 0600, FS_NO_SYNC, &err));
	keep_register(x->store, project);
	assert_true(keep_projects(x->store, &x->arena, &roots, &err));
	assert_int_equal(roots.n, 1);
	assert_true(str_eq(roots.p[0], project));
}

static void test_notes(void **state)
{
	struct fixture *x = *state;
	struct err err = { 0 };
	char hex[DIGEST_HEX_LEN + 1];
	struct digest blob = put(x, "fetched");
	struct str note;
	keep_digests live = { 0 };
	digest_hex(&blob, hex);
	assert_true(store_note_put(x->store, STR("https://example.org/a"), str_c(hex), &err));
	assert_true(store_note_put(x->store, STR("no digest"), STR("x"), &err));
	assert_true(keep_add_notes(x->store, time(NULL) - 60, &live, &err));
	assert_int_equal(live.n, 1);
	assert_true(digest_eq(&live.p[0], &blob));
	live.n = 0;
	assert_true(keep_add_notes(x->store, time(NULL) + 60, &live, &err));
	assert_int_equal(live.n, 0);
	assert_false(store_note_find(x->store, STR("https://example.org/a"), &x->arena, &note));
	vec_deinit(&live);
}

static void test_now_and_then(void **state)
{
	struct fixture *x = *state;
	struct err err = { 0 };
	int first, second;
	put(x, "something");
	assert_true(keep_is_due(x->store, 60));
	keep_note(x->store);
	assert_false(keep_is_due(x->store, 60));
	assert_true(keep_lock(x->store, &first, &err));
	assert_true(first >= 0);
	assert_true(keep_lock(x->store, &second, &err));
	assert_int_equal(second, -1);
	close(first);
	assert_true(keep_lock(x->store, &second, &err));
	assert_true(second >= 0);
	close(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sweep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_verify, set_up, tear_down),
		cmocka_unit_test(test_traces),
		cmocka_unit_test_setup_teardown(test_projects, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_notes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_now_and_then, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
