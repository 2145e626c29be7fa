/* The quick reader against the parser: on documents in which one to three bytes are changed at random, what it is sure of must be what the parser says. */
#include "unit.h"

#include "data/json.h"
#include "data/yaml_quick.h"
#include "random_change.h"

static const char *const documents[] = {
	"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  labels:\n    app.kubernetes.io/name: \"y\"\n  annotations: {}\ndata:\n  a: |\n"
	"    line 1\n\n      line 2\n  b: |-\n    # no comment\n  c: 'it''s'\n  d: \"a\\tb\\\"\"\n",
	"spec:\n  # a comment\n  list:\n  - a: 1\n    b: 2.5 # why: so\n  - c: yes\n    d:\n    - x\n    - - y\n      - z\n  other:\n    - name: web # why\n      ports: [80, \"http\"]\n"
	"  text: a text that\n    goes on\n\n    and on\n  nul: ~\n  empty:\n  last: -1\n",
	"a:\n  {}\nb:\n- []\n- \"8080\": 0x1F\n  80: 1e3\n-\n  c: off\nurl: http://x/#y\ntime: 12:30\n_k: .5\n/p: 2001-01-01\n\"q\": \"multi line\"\n",
	"a: |\n  cut\nb: |+\n  cut", "a: |-\n  cut\nb: |\n  cut\n  in the line", "a:\n  b: >-\n    cut\n  c: |\n    cut # off",
	"a: 'one\n  two''s\n\n  three '\nb: \"\n  x\\n  \\\"y\n\n\n  \"\nc:\n- '  a  \n\n   b'\n- 'c\n  d' # why\n",
	"# one\n---\na: { }\nb: []  # none\nc: >\n  folded\n  text\n\nd: >-\n  more\n  lines\ne: >+\n  end\n\n", "--- \n# only\n\n# comments\n",
	"01_a.conf: x\n2k: y\nname : spaced\nlist:\n  - name : web\n    port :\n      word\n  - k:\n      two words\n        more\nd:\n  null   \ne:\n  {}  \n",
	"a: >\n  x\n   y\nb: >\n\n  z\n",
	"a: &x http\nb: *x\nc:\n- *x\n- &y 'q'\n- *y # why\nd: &x 2\ne: *x\nf:\n  g: &z_1 no\n  h: *z_1\n",
	"a: {b: c, \"d\": [1, {e: f}], g: {}}\nh: [\n  a, # one\n  \"b\",\n  # two\n  [c],\n]\ni:\n  [x, y]\nj:\n  {k: v, k2: 'w'} # z\nl:\n  - {m: n}\n  - [o, 2.5, ~, \"p\\tq\"]\n",
	"a: \"one \\\n  two\\n\\\n\n  \\ three\\/\"\nb: \"x\\ \\\n  y\"\nc: \"\\\"\\\\\n  \\ z \\\"\"\n...\n# end\n",
	"a:\n  ghcr.io/x:latest\nb:\n  x#y z\nc:\n  http://a:80/b\nd:\n  {\"a\":\"b\",\"c\": 1,\n   \"e\":[]}\n",
	"x: |+\n  keep\n\n\ny: |\n\n  lead\nz:\n  - |\n    in list\n  -   deep: 1\n      er: 2\n",
};

static struct random_state chance = { 1 };

static void change(struct buf *b)
{
	random_change(&chance, STR(":- \n#'\"[]{}|>&*!%@`?,\t.\\~<=_0ny"), b);
}

static bool agrees(struct str text, bool *sure)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct value quick, parsed;
	/* With a file name the parser itself is asked. */
	struct yaml_options options = { .rules = random_below(&chance, 2) ? YAML_HELM : YAML_V3, .numbers = random_below(&chance, 2) ? YAML_INTS : YAML_FLOATS,
					.file = STR("x") };
	*sure = yaml_quick_read(text, &(struct yaml_quick_options){ .numbers = options.numbers, .v3 = options.rules == YAML_V3 }, &a, &quick);
	bool ok = !*sure || (yaml_read(text, &options, &a, &parsed, &err) && value_equal(quick, parsed));
	if (!ok)
		print_error("%s\n[%.*s]\n", err.message ? err.message : "another value", STR_ARG(text));
	arena_deinit(&a);
	return ok;
}

static void test_changes(void **unused)
{
	size_t sure_count = 0;
	bool sure;
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
		assert_true(agrees(str_c(documents[i]), &sure));
		for (int k = 0; k < 20000; k++) {
			AUTO_BUF b = { 0 };
			buf_add_c(&b, documents[i]);
			for (uint32_t n = random_below(&chance, 3) + 1; n; n--)
				change(&b);
			assert_true(agrees(buf_str(&b), &sure));
			sure_count += sure;
		}
	}
	/* It is of use only if it is sure often. */
	assert_true(sure_count > 10000);
}

/* Texts of several documents: read one by one they are what the parser makes of the whole, errors included. */
static void test_all(void **unused)
{
	static const char *const texts[] = {
		"", "a: 1", "---\na: 1\n", "# c\n---\n# Source: x\na: 1\n---\n---\n# empty\n---\nb: 2\n", "a: 1\n---\n", "a: 1\n---\n# c\n", "---\n", "---\n---\n",
		"--- a: 1\n", "--- # c\na: 1\n", "a: |\n  x\n---\nb: |\n  y\n", "a: |+\n  x\n\n---\nb: 1", "a: \"x\n---\ny\"\n", "%YAML 1.1\n---\na: 1\n", "a: 1\n...\n%YAML 1.1\n---\nb: 1\n",
		"a: &x 1\nb: *x\n---\nc: *x\n", "a: 1\na: 2\n---\nb: 1\n", "b: 1\n---\na: [\n", "- 1\n---\nx\n---\nb: 2020-01-01\n", "a: 1\n---\n1: 2\n", "a: 1\n---\t\nb: 1\n", "a: 1\n--- \nb: 1\n", "a: 1\n...\n---\nb: 2\n",
		"a: 1\r\n---\r\nb: 2\r\n", "\n\n---\n\n", "a: x\n---x: y\n", "a: 1\n---\n%a: 1\n", "a: .inf\n---\nb: 1\n",
	};
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		for (int k = 0; k < 500; k++) {
			struct arena a = { 0 };
			AUTO_ERR err = { 0 }, parse_err = { 0 };
			AUTO_BUF b = { 0 };
			struct value each, whole = value_list_new(&a), v;
			struct yaml_docs docs;
			const struct yaml_options options = { .rules = YAML_V3 };
			buf_add_c(&b, texts[i]);
			for (uint32_t n = k && b.n ? random_below(&chance, 3) : 0; n && b.n; n--)
				change(&b);
			/* yaml_parse never reads quickly. */
			bool parsed = yaml_parse(buf_str(&b), &options, &a, &docs, &parse_err);
			for (size_t d = 0; parsed && d < docs.n; d++) {
				parsed = yaml_resolve(docs.p[d], &options, &a, &v, &parse_err);
				if (parsed)
					value_list_add(whole, v, &a);
			}
			bool ok = yaml_read_all(buf_str(&b), &options, &a, &each, &err);
			/* Of an error of syntax and one of meaning in two documents the first one is told. */
			if (ok != parsed || (ok && !value_equal(each, whole)))
				fail_msg("[%.*s] %s / %s", STR_ARG(buf_str(&b)), err.message ? err.message : "fine", parse_err.message ? parse_err.message : "fine");
			arena_deinit(&a);
		}
	}
}

/* What is deeper than asked for is empty, but still checked. */
static void test_keep(void **unused)
{
	struct arena a = { 0 };
	struct value v;
	struct yaml_quick_options two = { .numbers = YAML_INTS, .keep = 2 };
	AUTO_BUF b = { 0 };
	AUTO_ERR err = { 0 };
	(void)unused;
	assert_true(yaml_quick_read(STR("a:\n  b:\n    c: 1\n  d: 2\ne:\n- f:\n  - g\n"), &two, &a, &v));
	assert_true(json_write(v, NULL, &b, &err));
	same(buf_str(&b), "{\"a\":{\"b\":{},\"d\":2},\"e\":[{}]}");
	assert_false(yaml_quick_read(STR("a:\n  b:\n    c: 1\n   d: 2\n"), &two, &a, &v));
	two.only = STR("e");
	buf_clear(&b);
	assert_true(yaml_quick_read(STR("a:\n  b: x\ne:\n  f: z\n  g: [1]\nh: |\n  z\ni:\n- 1\n"), &two, &a, &v));
	assert_true(json_write(v, NULL, &b, &err));
	same(buf_str(&b), "{\"a\":{},\"e\":{\"f\":\"z\",\"g\":[1]},\"h\":\"z\\n\",\"i\":[]}");
	assert_false(yaml_quick_read(STR("a:\n  b:\n    c: 1\n   d: 2\n"), &two, &a, &v));
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_changes), cmocka_unit_test(test_all), cmocka_unit_test(test_keep) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
