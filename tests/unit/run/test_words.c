/* Step scripts into words: sh's quotes, and what is refused. */
#include "unit.h"

#include "run/words.h"

/* Lines as "N:word|word", joined with "; ". */
static struct str shown(const words_lines *lines, struct arena *a)
{
	struct str s = STR("");
	for (size_t i = 0; i < lines->n; i++) {
		s = arena_fmt(a, "%.*s%s%u:", STR_ARG(s), i ? "; " : "", lines->p[i].line);
		for (size_t k = 0; k < lines->p[i].words.n; k++)
			s = arena_fmt(a, "%.*s%s%.*s", STR_ARG(s), k ? "|" : "", STR_ARG(lines->p[i].words.p[k]));
	}
	return s;
}

static void test_split(void **state)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "", "" },
		{ "  \n\n", "" },
		{ "render a\nvalidate b\n", "1:render|a; 2:validate|b" },
		{ "\n\n  render a", "3:render|a" },
		{ "a 'b c' \"d e\"", "1:a|b c|d e" },
		{ "a '' \"\"", "1:a||" },
		{ "a b'c'\"d\"e", "1:a|bcde" },
		{ "a 'b\\c' \"b\\c\" b\\c", "1:a|b\\c|b\\c|bc" },
		{ "a \"\\\"\\\\\\$x\\`\"", "1:a|\"\\$x`" },
		{ "a \\\n  b", "1:a|b" },
		{ "a \"b\\\nc\"", "1:a|bc" },
		{ "a \"b\nc\"\nd", "1:a|b\nc; 3:d" },
		{ "a b#c # d e\nf", "1:a|b#c; 2:f" },
		{ "# only\na", "2:a" },
		{ "a '#b' \\#c", "1:a|#b|#c" },
		{ "a -- --x", "1:a|--|--x" },
		{ "a * ? [x] ~ {y}", "1:a|*|?|[x]|~|{y}" },
		{ "a '$x' \\$y \\|", "1:a|$x|$y||" },
		{ "a\tb\r\nc", "1:a|b; 2:c" },
		{ "a \\", "1:a|\\" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		words_lines lines;
		assert_true(words_split(str_c(rows[i].in), STR("f"), 1, &a, &lines, &err));
		same(shown(&lines, &a), rows[i].want);
		arena_deinit(&a);
	}
}

static void test_refused(void **state)
{
	static const struct { const char *in; uint32_t line, column; } rows[] = {
		{ "a | b", 1, 3 },   { "a\nb && c", 2, 3 }, { "a >b", 1, 3 },      { "a $x", 1, 3 }, { "a `b`", 1, 3 },
		{ "a; b", 1, 2 },    { "a 'b", 1, 3 },      { "a\n  \"b\nc", 2, 3 }, { "(a)", 1, 1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		words_lines lines;
		assert_false(words_split(str_c(rows[i].in), STR("f"), 1, &a, &lines, &err));
		assert_int_equal(err.kind, ERR_SYNTAX);
		assert_int_equal(err.pos.line, rows[i].line);
		assert_int_equal(err.pos.column, rows[i].column);
		arena_deinit(&a);
	}
}

static void test_written_again(void **state)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "a  b", "a b" }, { "a '' \"\"", "a '' ''" }, { "a 'b c'", "a 'b c'" }, { "a b\\'c", "a 'b'\\''c'" }, { "a \\#b c#d", "a '#b' c#d" },
		{ "a \\$x '`'", "a '$x' '`'" }, { "a \"x\\\\y\"", "a 'x\\y'" }, { "a '|' \\& \\; \\< \\> \\( \\)", "a '|' '&' ';' '<' '>' '(' ')'" }, { "a 'x\ny'", "a 'x\ny'" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		AUTO_BUF text = { 0 }, again = { 0 };
		words_lines lines;
		assert_true(words_split(str_c(rows[i].in), STR("f"), 1, &a, &lines, &err));
		words_add(&text, &lines.p[0].words);
		same(buf_str(&text), rows[i].want);
		assert_true(words_split(buf_str(&text), STR("f"), 1, &a, &lines, &err));
		assert_int_equal(lines.n, 1);
		words_add(&again, &lines.p[0].words);
		same(buf_str(&again), rows[i].want);
		arena_deinit(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_split), cmocka_unit_test(test_refused), cmocka_unit_test(test_written_again) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
