/* Unified differences. What is expected was printed by GNU diff -u --label old --label new. */
#include "unit.h"

#include "base/udiff.h"

static const struct {
	const char *old, *new, *want;
} rows[] = {
	{ "a\n", "a\n", "" },
	{ "", "a\n", "@@ -0,0 +1 @@\n+a\n" },
	{ "a\nb\n", "", "@@ -1,2 +0,0 @@\n-a\n-b\n" },
	{ "a\nb", "a\nc\n", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n" },
	{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n", "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n" },
	{ "a\n1\n2\n3\n4\n5\n6\n7\nz\n", "b\n1\n2\n3\n4\n5\n6\n7\ny\n",
	  "@@ -1,4 +1,4 @@\n-a\n+b\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-z\n+y\n" },
	{ "a\n1\n2\n3\n4\n5\n6\nz\n", "b\n1\n2\n3\n4\n5\n6\ny\n", "@@ -1,8 +1,8 @@\n-a\n+b\n 1\n 2\n 3\n 4\n 5\n 6\n-z\n+y\n" },
	/* An added block that could stand in two places stands in the later one. */
	{ "- a:\n  b: 1\n- a:\n  b: 2\n", "- a:\n  b: 1\n- a:\n  b: 3\n- a:\n  b: 2\n",
	  "@@ -1,4 +1,6 @@\n - a:\n   b: 1\n - a:\n+  b: 3\n+- a:\n   b: 2\n" },
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_BUF got = { 0 }, want = { 0 };
		const struct udiff_options options = { .old_name = STR_INIT("old"), .new_name = STR_INIT("new") };
		bool differs = udiff_add(&got, str_c(rows[i].old), str_c(rows[i].new), &options);
		assert_int_equal(differs, *rows[i].want != 0);
		buf_addf(&want, "%s%s", differs ? "--- old\n+++ new\n" : "", rows[i].want);
		same(buf_str(&got), want.n ? buf_str(&want).p : "");
	}
}

/* Two texts of few different lines and nothing in common in their order: the cost cap keeps this short. */
static void test_large(void **state)
{
	AUTO_BUF old = { 0 }, new = { 0 }, out = { 0 };
	uint32_t x = 1;
	for (int i = 0; i < 40000; i++) {
		x = x * 1664525 + 1013904223;
		buf_addf(&old, "%u\n", x >> 30);
		x = x * 1664525 + 1013904223;
		buf_addf(&new, "%u\n", x >> 30);
	}
	assert_true(udiff_add(&out, buf_str(&old), buf_str(&new), &(struct udiff_options){ .context = 1 }));
	assert_true(out.n > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_large) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
