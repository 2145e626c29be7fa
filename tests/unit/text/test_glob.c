/* path.Match and Helm's globs against Go and gobwas/glob, row by row. */
#include "golden.h"

#include "text/glob.h"

static bool check_row(const golden_fields *row, struct arena *a)
{
	AUTO_ERR err = { 0 };
	bool matched = false, ok;
	if (str_eq_c(row->p[0], "path")) {
		ok = glob_path_match(row->p[1], row->p[2], &matched, &err);
	} else {
		const struct glob *g;
		ok = glob_compile(a, row->p[1], STR("/"), &g, &err);
		if (ok && str_eq_c(row->p[3], "error"))
			return golden_same(row, STR("taken"), row->p[4]);
		matched = ok && glob_match(g, row->p[2]);
	}
	if (!golden_same(row, ok ? STR("") : str_c(err.message), row->p[4]))
		return false;
	return !ok || golden_same(row, matched ? STR("true") : STR("false"), row->p[3]);
}

static void test_all(void **state UNUSED)
{
	golden_run("glob.tsv", check_row);
}

static void test_hostile(void **state UNUSED)
{
	struct arena a = { 0 };
	const struct glob *g;
	AUTO_ERR err = { 0 };
	char pattern[400], name[2000];
	for (size_t i = 0; i + 1 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 2);
	memset(name, 'a', sizeof(name));
	assert_true(glob_compile(&a, (struct str){ pattern, sizeof(pattern) }, STR("/"), &g, &err));
	name[sizeof(name) - 1] = 'b';
	assert_false(glob_match(g, (struct str){ name, sizeof(name) }));
	memset(pattern, '{', sizeof(pattern));
	assert_false(glob_compile(&a, (struct str){ pattern, sizeof(pattern) }, STR("/"), &g, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all), cmocka_unit_test(test_hostile) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
