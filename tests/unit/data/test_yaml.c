/* YAML: what sigs.k8s.io/yaml and yaml.v3 read, and how they complain. Every expectation was printed by those libraries. */
#include "unit.h"

#include "data/json.h"
#include "data/yaml.h"

#define JSON_ERR "error converting YAML to JSON: "

static const struct {
	const char *in, *out; /* JSON, or the error */
} helm_rows[] = {
	{ "k: y", "{\"k\":true}" },
	{ "k: yEs", "{\"k\":\"yEs\"}" },
	{ "k: [off, No, ~, Null, nil, 017, 018, 0o17, -0b11, 0x1F, 1_000, 0x, _1]", "{\"k\":[false,false,null,null,\"nil\",15,18,15,-3,31,1000,\"0x\",\"_1\"]}" },
	{ "k: [1:30, 1.e3, .5, 5., ., 1e400, 2020-01-01, 1,0]", "{\"k\":[\"1:30\",1000,0.5,5,\".\",\"1e400\",\"2020-01-01\",1,0]}" },
	{ "k: [!!str 3, !!float 3, !!binary aGVsbG8=, !foo 3, '3']", "{\"k\":[\"3\",3,\"hello\",\"3\",\"3\"]}" },
	{ "{1.5: a, true: b, 123456789.125: c, .inf: d, 017: e}", "{\".inf\":\"d\",\"1.2345679e+08\":\"c\",\"1.5\":\"a\",\"15\":\"e\",\"true\":\"b\"}" },
	{ "a: &a {x: 1, z: 2}\nb:\n  <<: *a\n  z: 3\nc:\n  z: 3\n  <<: *a", "{\"a\":{\"x\":1,\"z\":2},\"b\":{\"x\":1,\"z\":3},\"c\":{\"x\":1,\"z\":2}}" },
	{ "b:\n  <<: [{a: 1}, {a: 2, b: 3}]", "{\"b\":{\"a\":1,\"b\":3}}" },
	{ "a: 1\na: 2", "{\"a\":2}" },
	{ "a: 1\n---\nb: [", "{\"a\":1}" },
	{ "# nothing", "{}" },
	{ "a: !!int abc", JSON_ERR "yaml: cannot decode !!str `abc` as a !!int" },
	{ "~: v", JSON_ERR "unsupported map key of type: %!s(<nil>), key: <nil>, value: \"v\"" },
	{ "? [1]\n: v", JSON_ERR "yaml: invalid map key: []interface {}{1}" },
	{ "b:\n  <<: 3", JSON_ERR "yaml: map merge requires map or sequence of maps as the value" },
	{ "a: &a [*a]", JSON_ERR "yaml: anchor 'a' value contains itself" },
	{ "a: *b", JSON_ERR "yaml: unknown anchor 'b' referenced" },
	{ "a: [.inf]", JSON_ERR "json: unsupported value: +Inf" },
	{ "%YAML 1.2\n---\na: 1", JSON_ERR "yaml: found incompatible YAML document" },
	{ "a: b: c", JSON_ERR "yaml: mapping values are not allowed in this context" },
	{ "a: b\n  c: d", JSON_ERR "yaml: line 2: mapping values are not allowed in this context" },
	{ "a:\n\tb: 1", JSON_ERR "yaml: line 2: found character that cannot start any token" },
	{ "a: [1, 2", JSON_ERR "yaml: line 1: did not find expected ',' or ']'" },
	{ "a:\n  - b\n c", JSON_ERR "yaml: line 2: did not find expected key" },
	{ "a: \"x\n", JSON_ERR "yaml: line 2: found unexpected end of stream" },
	{ "a: \x7f", JSON_ERR "yaml: control characters are not allowed" },
	{ "- 1", "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}" },
	{ "3", "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go value of type map[string]interface {}" },
};

static const struct {
	const char *in, *out;
} v3_rows[] = {
	{ "k: [yes, on, true, 017, 0o17, 1:30]", "[{\"k\":[\"yes\",\"on\",true,15,15,\"1:30\"]}]" },
	{ "[2020-1-1, 2001-12-14t21:59:43.10-05:00, 2001-12-14 21:59:43, 2020-02-30]",
	  "[[\"2020-01-01T00:00:00Z\",\"2001-12-14T21:59:43.1-05:00\",\"2001-12-14T21:59:43Z\",\"2020-02-30\"]]" },
	{ "a: 1\n---\n---\nb", "[{\"a\":1},null,\"b\"]" },
	{ "a: &a {x: 1, z: 2}\nc:\n  z: 3\n  <<: *a", "[{\"a\":{\"x\":1,\"z\":2},\"c\":{\"x\":1,\"z\":3}}]" },
	{ "a: 1\nb: 2\na: 3", "yaml: unmarshal errors:\n  line 3: mapping key \"a\" already defined at line 1" },
	{ "1: a", "json: unsupported type: map[interface {}]interface {}" },
	{ "a: 1\n---\nb: [\n", "yaml: line 3: did not find expected node content" },
};

static void check(const char *in, const char *want, const struct yaml_options *options,
		  bool (*read)(struct str, const struct yaml_options *, struct arena *, struct value *, struct err *))
{
	struct arena a = { 0 };
	AUTO_BUF out = { 0 };
	AUTO_ERR err = { 0 };
	struct value v;
	bool ok = read(str_c(in), options, &a, &v, &err) && json_write(v, NULL, &out, &err);
	same(ok ? buf_str(&out) : str_c(err.message), want);
	arena_deinit(&a);
}

static void test_helm(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(helm_rows); i++)
		check(helm_rows[i].in, helm_rows[i].out, NULL, yaml_read_map);
	const struct yaml_options strict = { .rules = YAML_HELM_STRICT };
	check("a: {x: 1, x: 2}\nb: 1\nb: 2",
	      JSON_ERR "yaml: unmarshal errors:\n  line 1: key \"x\" already set in map\n  line 3: key \"b\" already set in map", &strict, yaml_read_map);
}

static void test_v3(void **state)
{
	const struct yaml_options v3 = { .rules = YAML_V3 };
	for (size_t i = 0; i < ARRAY_LEN(v3_rows); i++)
		check(v3_rows[i].in, v3_rows[i].out, &v3, yaml_read_all);
}

static void test_tree(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 }, bad = { 0 };
	struct yaml_docs docs;
	assert_true(yaml_parse(STR("a: &x !t \"1\"\nb:\n  - |\n    t\n  - *x\n---\n---\n{}\n"), NULL, &a, &docs, &err));
	assert_int_equal(docs.n, 3);
	assert_null(docs.p[1]);
	struct yaml_node *scalar = docs.p[0]->child->next, *list = scalar->next->next;
	assert_int_equal(docs.p[0]->n, 4);
	same(scalar->tag, "!t");
	same(scalar->anchor, "x");
	assert_int_equal(scalar->style, YAML_STYLE_DOUBLE);
	assert_int_equal(list->line, 3);
	assert_int_equal(list->column, 3);
	same(list->child->text, "t\n");
	assert_ptr_equal(list->child->next->target, scalar);
	/* With a file the position is beside the message, not in it. */
	assert_false(yaml_parse(STR("a: 1\nb: c: d\n"), &(struct yaml_options){ .file = STR("x.yaml") }, &a, &docs, &bad));
	same(str_c(bad.message), "mapping values are not allowed in this context");
	same(str_c(bad.pos.file), "x.yaml");
	assert_int_equal(bad.pos.line, 2);
	assert_int_equal(bad.pos.column, 5);
	same(str_c(bad.excerpt), "b: c: d\n    ^");
	arena_deinit(&a);
}

static void test_limits(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR laughs = { 0 }, deep = { 0 };
	AUTO_BUF text = { 0 };
	struct value v;
	buf_add_c(&text, "a: &a [x, x, x, x, x, x, x, x, x]\n");
	for (char c = 'b'; c < 'k'; c++) {
		buf_addf(&text, "%c: &%c [", c, c);
		for (int i = 0; i < 9; i++)
			buf_addf(&text, "%s*%c", i ? ", " : "", c - 1);
		buf_add_c(&text, "]\n");
	}
	assert_false(yaml_read(buf_str(&text), NULL, &a, &v, &laughs));
	assert_int_equal(laughs.kind, ERR_LIMIT);
	same(str_c(laughs.message), JSON_ERR "yaml: document contains excessive aliasing");
	buf_clear(&text);
	buf_add_repeat(&text, '[', YAML_MAX_DEPTH + 1);
	assert_false(yaml_read(buf_str(&text), NULL, &a, &v, &deep));
	assert_int_equal(deep.kind, ERR_LIMIT);
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_helm), cmocka_unit_test(test_v3), cmocka_unit_test(test_tree), cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
