/* Plans: what is kept once, what a file of one gives back, and which files are none. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "run/plan_file.h"

enum { MANY = 5000 };

static void test_texts_and_lists(void **state)
{
	(void)state;
	struct plan_maker m;
	plan_maker_init(&m);
	plan_text a = plan_add_text(&m, STR("a")), none = plan_add_text(&m, STR_NONE), empty = plan_add_text(&m, STR(""));
	assert_int_equal(plan_add_text(&m, STR("a")), a);
	assert_int_not_equal(plan_add_own_text(&m, STR("a")), a);
	assert_int_equal(none, 0);
	assert_int_not_equal(empty, 0);
	const uint32_t items[] = { a, empty, 7 };
	plan_list list = plan_add_list(&m, items, 3);
	assert_int_equal(plan_add_list(&m, items, 3), list);
	assert_int_not_equal(plan_add_own_list(&m, items, 3), list);
	assert_int_not_equal(plan_add_list(&m, items, 2), list);
	assert_int_equal(plan_add_list(&m, items, 0), 0);
	struct plan p = plan_view(&m);
	same(plan_str(&p, a), "a");
	assert_null(plan_str(&p, none).p);
	assert_int_equal(plan_len(&p, list), 3);
	assert_int_equal(plan_item(&p, list, 2), 7);
	plan_maker_deinit(&m);
}

static struct str name_of(struct arena *a, unsigned i)
{
	return arena_fmt(a, "out/%u", i);
}

static void test_files(void **state)
{
	(void)state;
	struct arena a = { 0 };
	struct plan_maker m;
	uint32_t id;
	plan_maker_init(&m);
	assert_false(plan_find_file(&m, STR("out/1"), &id));
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(plan_add_file(&m, name_of(&a, i)), i);
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(plan_add_file(&m, name_of(&a, i)), i);
		assert_true(plan_find_file(&m, name_of(&a, i), &id));
		assert_int_equal(id, i);
	}
	assert_int_equal(m.files.n, MANY);
	assert_false(plan_find_file(&m, STR("out/x"), &id));
	plan_maker_deinit(&m);
	arena_deinit(&a);
}

static void test_names(void **state)
{
	(void)state;
	struct plan_maker m;
	plan_maker_init(&m);
	struct plan_node plain = { .name = plan_add_text(&m, STR(PLAN_NAME_START "a::b")) };
	struct plan_node called = { .name = plan_add_text(&m, STR(PLAN_NAME_START "a #0123")), .recipe = plan_add_text(&m, STR("a")),
				    .shown = plan_add_text(&m, STR("a x")) };
	struct plan p = plan_view(&m);
	same(plan_recipe(&p, &plain), "a::b");
	same(plan_shown(&p, &plain), "a::b");
	same(plan_recipe(&p, &called), "a");
	same(plan_shown(&p, &called), "a x");
	plan_maker_deinit(&m);
}

/* --- files of plans --- */

static void patch_node(void *ctx, uint32_t i, struct plan_node *n, struct digest *result)
{
	(void)ctx;
	n->duration_ms = i;
	result->b[0] = (uint8_t)i;
}

static void patch_file(void *ctx, uint32_t i, struct plan_file *f, struct plan_known *known)
{
	(void)ctx;
	f->mode = 0644;
	known->stamp.ino = i + 1;
}

struct fixture {
	struct arena arena;
	struct str dir, path;
	struct digest question;
};

/* A plan of MANY nodes, each with a file. */
static int set_up(void **state)
{
	static struct fixture f;
	struct plan_maker m;
	AUTO_ERR err = { 0 };
	f = (struct fixture){ .question.b = { 1, 2, 3 } };
	assert_true(fs_mkdtemp(STR("/tmp/raibid-plan-"), &f.arena, &f.dir, &err));
	f.path = path_join(&f.arena, f.dir, STR("plan"));
	plan_maker_init(&m);
	for (unsigned i = 0; i < MANY; i++) {
		struct plan_node n = { .name = plan_add_own_text(&m, arena_fmt(&f.arena, PLAN_NAME_START "r%u", i)), .first_out = i, .n_out = 1 };
		vec_push(&m.nodes, n);
		uint32_t file = plan_add_file(&m, name_of(&f.arena, i));
		vec_push(&m.refs, file);
	}
	struct plan p = plan_view(&m);
	struct plan_guard guard = { .question = f.question };
	struct plan_patch patch = { NULL, patch_node, patch_file };
	const uint32_t roots[] = { MANY - 1 };
	vec_push(&guard.sources, (struct plan_source){ .path = STR("/p/tasks.just"), .stamp = { 1, 2, 3, 4, 5 } });
	vec_push(&guard.sources, (struct plan_source){ .path = STR("/p/.env") });
	vec_push(&guard.variables, (struct plan_variable){ STR("SET"), STR("") });
	vec_push(&guard.variables, (struct plan_variable){ STR("UNSET"), STR_NONE });
	assert_true(plan_file_save(f.path, &p, &patch, &guard, roots, 1, &err));
	vec_deinit(&guard.sources);
	vec_deinit(&guard.variables);
	plan_maker_deinit(&m);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	AUTO_ERR err = { 0 };
	assert_true(fs_remove_tree(f->dir, &err));
	arena_deinit(&f->arena);
	return 0;
}

static void test_round_trip(void **state)
{
	struct fixture *f = *state;
	struct plan_stored s;
	struct plan p;
	assert_true(plan_file_open(f->path, &f->question, &s, &p));
	assert_true(plan_file_is_sound(&s));
	assert_int_equal(p.n_nodes, MANY);
	assert_int_equal(p.n_files, MANY);
	assert_int_equal(s.n_roots, 1);
	assert_int_equal(s.roots[0], MANY - 1);
	for (unsigned i = 0; i < MANY; i += 777) {
		assert_int_equal(p.nodes[i].duration_ms, i);
		assert_int_equal(p.results[i].b[0], (uint8_t)i);
		assert_int_equal(p.files[i].mode, 0644);
		assert_int_equal(p.known[i].stamp.ino, i + 1);
		assert_true(str_eq(plan_recipe(&p, &p.nodes[i]), arena_fmt(&f->arena, "r%u", i)));
		assert_true(str_eq(plan_str(&p, p.files[p.refs[p.nodes[i].first_out]].name), name_of(&f->arena, i)));
	}
	assert_int_equal(s.guard.sources.n, 2);
	same(s.guard.sources.p[0].path, "/p/tasks.just");
	assert_int_equal(s.guard.sources.p[0].stamp.ctime, 5);
	assert_int_equal(s.guard.sources.p[1].stamp.ino, 0);
	assert_non_null(s.guard.variables.p[0].value.p);
	assert_null(s.guard.variables.p[1].value.p);
	plan_file_close(&s);
}

static bool opens(const struct fixture *f, bool *sound)
{
	struct plan_stored s;
	struct plan p;
	bool ok = plan_file_open(f->path, &f->question, &s, &p);
	*sound = ok && plan_file_is_sound(&s);
	plan_file_close(&s);
	return ok;
}

/* Whichever byte is another one: it is noticed at once, or before a text is used. */
static void test_damage(void **state)
{
	struct fixture *f = *state;
	bool sound;
	int fd = open(f->path.p, O_RDWR | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);
	assert_true(size > 0);
	for (off_t at = 0; at < size; at += at < 256 ? 1 : 4099) {
		char was, now;
		assert_int_equal(pread(fd, &was, 1, at), 1);
		now = (char)(was ^ 0x55);
		assert_int_equal(pwrite(fd, &now, 1, at), 1);
		bool ok = opens(f, &sound);
		/* Bytes between tables belong to nothing. */
		if (ok && sound)
			assert_int_equal(was, 0);
		assert_int_equal(pwrite(fd, &was, 1, at), 1);
	}
	assert_true(opens(f, &sound) && sound);
	assert_int_equal(ftruncate(fd, size - 1), 0);
	assert_false(opens(f, &sound));
	close(fd);
}

static void test_other_question(void **state)
{
	struct fixture *f = *state;
	bool sound;
	f->question.b[0] = 9;
	assert_false(opens(f, &sound));
	f->path = path_join(&f->arena, f->dir, STR("none"));
	assert_false(opens(f, &sound));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_and_lists),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_question, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
