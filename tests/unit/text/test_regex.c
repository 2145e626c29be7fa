/* The regex engine against Go's regexp, row by row; the Rust dialect against what just 1.59 says; and its speed on hostile input. */
#include "golden.h"

#include "base/buf.h"
#include "text/regex.h"

static const struct regex *compile(struct arena *a, struct str pattern, unsigned flags)
{
	const struct regex *re;
	AUTO_ERR err = { 0 };
	if (!regex_compile(a, pattern, flags, &re, &err))
		fail_msg("%.*s: %s", STR_ARG(pattern), err.message);
	return re;
}

static bool check_compile(const golden_fields *row, struct arena *a)
{
	const struct regex *re;
	AUTO_ERR err = { 0 };
	bool ok = regex_compile(a, row->p[1], 0, &re, &err);
	return golden_same(row, ok ? STR("") : str_c(err.message), row->p[2]);
}

static void add_spans(struct buf *out, const struct regex_span *spans, size_t n)
{
	if (out->n > 0)
		buf_add_char(out, '|');
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%zd %zd", i > 0 ? " " : "", (ssize_t)spans[i].from, (ssize_t)spans[i].to);
}

static bool check_find(const golden_fields *row, struct arena *a)
{
	const struct regex *re = compile(a, row->p[1], 0);
	AUTO_BUF got = { 0 };
	struct regex_span spans[16];
	size_t n = regex_groups(re);
	assert_true(n <= ARRAY_LEN(spans));
	AUTO_REGEX_ITER it = regex_iter(re, row->p[2]);
	while (regex_next(&it, spans, n))
		add_spans(&got, spans, n);
	return golden_same(row, buf_str(&got), row->p[3]);
}

static bool check_replace(const golden_fields *row, struct arena *a)
{
	const struct regex *re = compile(a, row->p[1], 0);
	bool ok = golden_same(row, regex_replace(re, row->p[2], row->p[3], REGEX_EXPAND, a), row->p[4]);
	return golden_same(row, regex_replace(re, row->p[2], row->p[3], REGEX_VERBATIM, a), row->p[5]) && ok;
}

static bool check_split(const golden_fields *row, struct arena *a)
{
	const struct regex *re = compile(a, row->p[1], 0);
	regex_strs got;
	int64_t limit;
	AUTO_BUF ours = { 0 }, want = { 0 };
	assert_true(str_to_int(row->p[3], &limit));
	regex_split(re, row->p[2], limit, a, &got);
	for (size_t i = 0; i < got.n; i++)
		buf_addf(&ours, "<%.*s>", STR_ARG(got.p[i]));
	for (size_t i = 4; i < row->n; i++)
		buf_addf(&want, "<%.*s>", STR_ARG(row->p[i]));
	return golden_same(row, buf_str(&ours), buf_str(&want));
}

static bool check_quote(const golden_fields *row, struct arena *a)
{
	return golden_same(row, regex_quote(a, row->p[1]), row->p[2]);
}

static bool check_row(const golden_fields *row, struct arena *a)
{
	static const struct {
		struct str name;
		golden_check *check;
	} kinds[] = {
		{ STR_INIT("compile"), check_compile }, { STR_INIT("find"), check_find },   { STR_INIT("replace"), check_replace },
		{ STR_INIT("split"), check_split },     { STR_INIT("quote"), check_quote },
	};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(kinds[i].name, row->p[0]))
			return kinds[i].check(row, a);
	return golden_same(row, row->p[0], STR("a known kind of row"));
}

static void test_go(void **state UNUSED)
{
	golden_run("regex.tsv", check_row);
}

/* Pattern, text, the first match or NULL: from runs of just 1.59. */
static void test_rust(void **state UNUSED)
{
	static const struct {
		const char *pattern, *text, *match;
	} rows[] = {
		{ "\\w+", "héllo wörld", "héllo" },
		{ "(?-u)\\w+", "héllo", "h" },
		{ "\\d", "x٣", "٣" },
		{ "\\bé\\b", "é", "é" },
		{ "a**", "aaa", "aaa" },
		{ "[[a-c]&&[b-d]]+", "abcd", "bc" },
		{ "[a-z--[aeiou]]+", "aeibcd", "bcd" },
		{ "[a-c~~b-d]+", "bcad", "ad" },
		{ "[[:foo:]]+", "xfo:o", "fo:o" },
		{ "(?x) a  # the first\n b", "ab", "ab" },
		{ "\\b{start}b", "ab b", "b" },
		{ "\\<a", "ba a", "a" },
		{ "\\u0061\\u{62}\\U00000063", "abc", "abc" },
		{ "a{ 1 , 2 }", "aaa", "aa" },
		{ "\\p{gc=Lu}\\p{Greek}\\p{lower}", "Aαb", "Aαb" },
		{ "(?mR)^b$", "a\r\nb\r\n", "b" },
		{ "[]a]+", "]a", "]a" },
		{ "\\_\\-\\/", "_-/", "_-/" },
		{ "}]", "}]", "}]" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		struct regex_span m;
		struct str text = str_c(rows[i].text);
		bool found = regex_find(compile(&a, str_c(rows[i].pattern), REGEX_RUST), text, 0, &m, 1);
		if (found != (rows[i].match != NULL))
			fail_msg("%s on %s", rows[i].pattern, rows[i].text);
		if (found)
			same(str_slice(text, m.from, m.to), rows[i].match);
		arena_deinit(&a);
	}
}

static void test_rust_errors(void **state UNUSED)
{
	static const struct {
		const char *pattern, *marks, *message;
	} rows[] = {
		{ "(a", "^", "unclosed group" },
		{ "a)", " ^", "unopened group" },
		{ "*", "^", "repetition operator missing expression" },
		{ "{", "^", "repetition operator missing expression" },
		{ "a{2", " ^^", "unclosed counted repetition" },
		{ "a{", " ^", "unclosed counted repetition" },
		{ "a{2,1}", " ^^^^^", "invalid repetition count range, the start must be <= the end" },
		{ "a{,2}", "  ^", "repetition quantifier expects a valid decimal" },
		{ "a{x}", "  ^", "repetition quantifier expects a valid decimal" },
		{ "a{99999999999}", "  ^^^^^^^^^^^", "decimal literal invalid" },
		{ "[a", "^", "unclosed character class" },
		{ "[]", "^^", "unclosed character class" },
		{ "[[a]", "^", "unclosed character class" },
		{ "[z-a]", " ^^^", "invalid character class range, the start must be <= the end" },
		{ "[a-\\d]", "   ^^", "invalid range boundary, must be a literal" },
		{ "[\\b]", " ^^", "invalid escape sequence found in character class" },
		{ "\\p{Foo}", "^^^^^^^", "Unicode property not found" },
		{ "\\pX", "^^^", "Unicode property not found" },
		{ "\\q", "^^", "unrecognized escape sequence" },
		{ "\\é", "^^", "unrecognized escape sequence" },
		{ "\\1", "^^", "backreferences are not supported" },
		{ "(?=a)", "^^^", "look-around, including look-ahead and look-behind, is not supported" },
		{ "(?<!a)", "^^^^", "look-around, including look-ahead and look-behind, is not supported" },
		{ "(?i", "   ^", "expected flag but got end of regex" },
		{ "(?z)", "  ^", "unrecognized flag" },
		{ "(?ii)", "  ^^", "duplicate flag" },
		{ "(?i--s)", "   ^^", "flag negation operator repeated" },
		{ "(?-)", "  ^", "dangling flag negation operator" },
		{ "(?P<n", "     ^", "unclosed capture group name" },
		{ "(?P<>a)", "    ^", "empty capture group name" },
		{ "(?P<a-b>a)", "     ^", "invalid capture group character" },
		{ "(?P<n>a)(?P<n>b)", "    ^       ^", "duplicate capture group name" },
		{ "\\x{110000}", "   ^^^^^^", "hexadecimal literal is not a Unicode scalar value" },
		{ "\\xz", "  ^", "invalid hexadecimal digit" },
		{ "\\x{}", "  ^^", "hexadecimal literal empty" },
		{ "(?", "^", "unclosed group" },
		{ "(?P=n)", "  ^", "unrecognized flag" },
		{ "\\", "^", "incomplete escape sequence, reached end of pattern prematurely" },
		{ "[\\", " ^", "incomplete escape sequence, reached end of pattern prematurely" },
		{ "\\p{L", "    ^", "incomplete escape sequence, reached end of pattern prematurely" },
		{ "(?-u)\\xff", "     ^^^^", "pattern can match invalid UTF-8" },
		{ "(?-u:.)", "     ^", "pattern can match invalid UTF-8" },
		{ "(?-u:[^a])", "     ^^^^", "pattern can match invalid UTF-8" },
		{ "(?i)*", "    ^", "repetition operator missing expression" },
		{ "a(?i)*", "     ^", "repetition operator missing expression" },
		{ "\\b{foo}a", "   ^^^", "unrecognized special word boundary assertion, valid choices are: start, end, start-half or end-half" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		const struct regex *re;
		AUTO_ERR err = { 0 };
		if (regex_compile(&a, str_c(rows[i].pattern), REGEX_RUST, &re, &err))
			fail_msg("%s is taken", rows[i].pattern);
		struct str want = arena_fmt(&a, "regex parse error:\n    %s\n    %s\nerror: %s", rows[i].pattern, rows[i].marks, rows[i].message);
		same(str_c(err.message), want.p);
		arena_deinit(&a);
	}
}

/* What takes a backtracking matcher for ever, and texts too large for the bitmap, which the Pike machine must answer alike. */
static void test_hostile(void **state UNUSED)
{
	struct arena a = { 0 };
	AUTO_BUF text = { 0 };
	buf_add_repeat(&text, 'a', 100000);
	assert_false(regex_match(compile(&a, STR("(a*)*b"), 0), buf_str(&text)));
	assert_false(regex_match(compile(&a, STR("(a|aa)+$b"), 0), buf_str(&text)));
	assert_false(regex_match(compile(&a, STR("(x+x+)+y"), 0), buf_str(&text)));
	struct regex_span m[3];
	buf_add_c(&text, "bc");
	assert_true(regex_find(compile(&a, STR("(a|ab)(c|bcd?)"), 0), buf_str(&text), 0, m, 3));
	assert_int_equal(m[0].from, 99999);
	assert_int_equal(m[1].to, 100000);
	assert_int_equal(m[2].to, 100002);
	assert_true(regex_find(compile(&a, STR("a*?(b)?(c)"), 0), buf_str(&text), 0, m, 3));
	assert_int_equal(m[0].from, 0);
	assert_int_equal(m[1].from, 100000);
	arena_deinit(&a);
}

static void test_literal(void **state UNUSED)
{
	struct arena a = { 0 };
	struct regex_span m;
	assert_true(regex_find(compile(&a, STR("a.(b"), REGEX_LITERAL | REGEX_IGNORE_CASE), STR("xa.bA.(B"), 0, &m, 1));
	assert_int_equal(m.from, 4);
	assert_false(regex_find(compile(&a, STR("^a"), 0), STR("aa"), 1, &m, 1));
	assert_true(regex_find(compile(&a, STR("\\Ba"), 0), STR("aa"), 1, &m, 1));
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_go),      cmocka_unit_test(test_rust),    cmocka_unit_test(test_rust_errors),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_literal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
