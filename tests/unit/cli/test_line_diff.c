/* The difference of two texts by lines: rows, and for texts made by chance that both sides can be read back from it. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "cli/line_diff.h"

/* Each edit as " line", "-line" or "+line"; a last line without an end shows as it is. */
static struct str shown(struct str old, struct str new, struct arena *a)
{
	static const char marks[] = { [LINE_SAME] = ' ', [LINE_REMOVED] = '-', [LINE_ADDED] = '+' };
	AUTO_BUF out = { 0 };
	line_edits edits = { 0 };
	line_diff(old, new, a, &edits);
	for (size_t i = 0; i < edits.n; i++)
		buf_addf(&out, "%c%.*s", marks[edits.p[i].kind], STR_ARG(edits.p[i].line));
	return buf_to_arena(&out, a);
}

static void test_rows(void **state)
{
	(void)state;
	static const struct { const char *old, *new, *want; } rows[] = {
		{ "", "", "" },
		{ "a\n", "a\n", " a\n" },
		{ "", "a\nb\n", "+a\n+b\n" },
		{ "a\nb\n", "", "-a\n-b\n" },
		{ "a\nb\nc\n", "a\nx\nc\n", " a\n-b\n+x\n c\n" },
		{ "a\nb\n", "x\ny\n", "-a\n-b\n+x\n+y\n" },
		{ "a\nc\n", "a\nb\nc\n", " a\n+b\n c\n" },
		{ "a\nb\nc\n", "a\nc\n", " a\n-b\n c\n" },
		/* A last line without an end is another line. */
		{ "a\nb", "a\nb\n", " a\n-b+b\n" },
		{ "a", "a", " a" },
		/* \r\n and \r end lines too. */
		{ "a\r\nb\r\n", "a\r\nc\r\n", " a\r\n-b\r\n+c\r\n" },
		{ "a\rb\n", "a\rc\n", " a\r-b\n+c\n" },
		{ "a\r\n", "a\n", "-a\r\n+a\n" },
		/* Lines that occur once are anchors, however much around them changes. */
		{ "{\n}\nf\n{\n}\n", "{\n}\n{\n}\nf\n", " {\n }\n+{\n+}\n f\n-{\n-}\n" },
		{ "a\nb\nc\nd\n", "d\na\nb\nc\n", "+d\n a\n b\n c\n-d\n" },
		/* Of several places for an addition among like lines it takes the last. */
		{ "a\na\n", "a\na\na\n", " a\n a\n+a\n" },
		{ "x\n\ny\n", "x\n\n\ny\n", " x\n \n+\n y\n" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		same(shown(str_c(rows[i].old), str_c(rows[i].new), &a), rows[i].want);
		arena_deinit(&a);
	}
}

/* A text of up to 30 lines of four kinds, so that most of them occur more than once. */
static struct str chance_text(struct arena *a, uint32_t *seed)
{
	AUTO_BUF out = { 0 };
	*seed = *seed * 1664525 + 1013904223;
	for (uint32_t n = (*seed >> 16) % 31; n > 0; n--) {
		*seed = *seed * 1664525 + 1013904223;
		buf_addf(&out, "%c%s", "abcd"[*seed >> 30], n == 1 && (*seed >> 20) % 2 ? "" : "\n");
	}
	return buf_to_arena(&out, a);
}

static void check_both_sides(struct str old, struct str new, struct arena *a)
{
	AUTO_BUF left = { 0 };
	AUTO_BUF right = { 0 };
	line_edits edits = { 0 };
	line_diff(old, new, a, &edits);
	bool added = false;
	for (size_t i = 0; i < edits.n; i++) {
		assert_false(added && edits.p[i].kind == LINE_REMOVED); /* removals come first in a group */
		added = edits.p[i].kind == LINE_ADDED;
		if (edits.p[i].kind != LINE_ADDED)
			buf_add(&left, edits.p[i].line);
		if (edits.p[i].kind != LINE_REMOVED)
			buf_add(&right, edits.p[i].line);
	}
	assert_true(str_eq(buf_str(&left), old));
	assert_true(str_eq(buf_str(&right), new));
}

static void test_both_sides(void **state)
{
	(void)state;
	uint32_t seed = 1;
	for (int i = 0; i < 3000; i++) {
		struct arena a = { 0 };
		struct str old = chance_text(&a, &seed), new = chance_text(&a, &seed);
		check_both_sides(old, new, &a);
		arena_deinit(&a);
	}
}

/* Two long texts with nothing in common, the most that the search has to do. */
static void test_large(void **state)
{
	(void)state;
	struct arena a = { 0 };
	AUTO_BUF old = { 0 };
	AUTO_BUF new = { 0 };
	for (int i = 0; i < 2000; i++) {
		buf_addf(&old, "old %d\n", i);
		buf_addf(&new, "new %d\n", i);
	}
	check_both_sides(buf_str(&old), buf_str(&new), &a);
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_both_sides),
		cmocka_unit_test(test_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
