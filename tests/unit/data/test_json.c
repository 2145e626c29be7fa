/* JSON: what encoding/json reads and prints, and how it complains. Every expectation was printed by Go. */
#include "unit.h"

#include "data/json.h"

struct row {
	const char *in, *out; /* out NULL: fails with `error` */
	const char *error;
	uint32_t line, column;
};

static const struct row rows[] = {
	{ " {\"b\":1,\"a\":[],\"c\":{}} ", "{\"a\":[],\"b\":1,\"c\":{}}", NULL, 0, 0 },
	{ "{\"a\":1,\"a\":2}", "{\"a\":2}", NULL, 0, 0 },
	{ "[1.0,-0,1e3,0.1,1e-7,1e-6,1e20,1e21,123456789012345678]", "[1,-0,1000,0.1,1e-7,0.000001,100000000000000000000,1e+21,123456789012345680]",
	  NULL, 0, 0 },
	{ "\"\\u0041\\n\\/\\ud83d\\ude00\"", "\"A\\n/😀\"", NULL, 0, 0 },
	{ "\"\\ud800\"", "\"�\"", NULL, 0, 0 },
	{ "\"\\ud800\\u0041\"", "\"�A\"", NULL, 0, 0 },
	{ "\"<>&\\u2028\x7f\"", "\"\\u003c\\u003e\\u0026\\u2028\x7f\"", NULL, 0, 0 },
	{ "\"a\xff\"", "\"a�\"", NULL, 0, 0 },
	{ "", NULL, "unexpected end of JSON input", 1, 1 },
	{ "[1,", NULL, "unexpected end of JSON input", 1, 4 },
	{ "{\"a\":1,}", NULL, "invalid character '}' looking for beginning of object key string", 1, 8 },
	{ "[1,]", NULL, "invalid character ']' looking for beginning of value", 1, 4 },
	{ "{\"a\" 1}", NULL, "invalid character '1' after object key", 1, 6 },
	{ "{\"a\":1]", NULL, "invalid character ']' after object key:value pair", 1, 7 },
	{ "[1\n2]", NULL, "invalid character '2' after array element", 2, 1 },
	{ "01", NULL, "invalid character '1' after top-level value", 1, 2 },
	{ "tru", NULL, "invalid character ' ' in literal true (expecting 'e')", 1, 4 },
	{ "-x", NULL, "invalid character 'x' in numeric literal", 1, 2 },
	{ "1.", NULL, "invalid character ' ' after decimal point in numeric literal", 1, 3 },
	{ "1e+", NULL, "invalid character ' ' in exponent of numeric literal", 1, 4 },
	{ "\"\\q\"", NULL, "invalid character 'q' in string escape code", 1, 3 },
	{ "\"\\u12g4\"", NULL, "invalid character 'g' in \\u hexadecimal character escape", 1, 6 },
	{ "\"\n\"", NULL, "invalid character '\\n' in string literal", 1, 2 },
	{ "'a'", NULL, "invalid character '\\'' looking for beginning of value", 1, 1 },
	{ "\xef\xbb\xbf" "1", NULL, "invalid character 'ï' looking for beginning of value", 1, 1 },
	{ "[1e400]", NULL, "json: cannot unmarshal number 1e400 into Go value of type float64", 1, 2 },
};

static void test_rows(void **state)
{
	for (const struct row *r = rows; r < rows + ARRAY_LEN(rows); r++) {
		struct arena a = { 0 };
		AUTO_BUF out = { 0 };
		AUTO_ERR err = { 0 };
		struct value v;
		bool ok = json_parse(str_c(r->in), NULL, &a, &v, &err) && json_write(v, NULL, &out, &err);
		assert_int_equal(ok, r->out != NULL);
		same(ok ? buf_str(&out) : str_c(err.message), ok ? r->out : r->error);
		assert_int_equal(err.pos.line, r->line);
		assert_int_equal(err.pos.column, r->column);
		arena_deinit(&a);
	}
}

static void test_layouts(void **state)
{
	struct arena a = { 0 };
	AUTO_BUF out = { 0 };
	AUTO_ERR err = { 0 };
	struct value v;
	assert_true(json_parse(STR("{\"b\":[1,{\"x\":2}],\"a\":[[]],\"c\":{\"d\":{}},\"e\":\"<\"}"), NULL, &a, &v, &err));
	assert_true(json_write(v, &(struct json_write_options){ .indent = "  " }, &out, &err));
	same(buf_str(&out), "{\n  \"a\": [\n    []\n  ],\n  \"b\": [\n    1,\n    {\n      \"x\": 2\n    }\n  ],\n  \"c\": {\n    \"d\": {}\n  },\n"
	                    "  \"e\": \"\\u003c\"\n}");
	buf_clear(&out);
	assert_true(json_write(v, &(struct json_write_options){ .order = JSON_INSERTED, .html = JSON_HTML_PLAIN }, &out, &err));
	same(buf_str(&out), "{\"b\":[1,{\"x\":2}],\"a\":[[]],\"c\":{\"d\":{}},\"e\":\"<\"}");
	arena_deinit(&a);
}

static void test_ints(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct value v;
	assert_true(json_parse(STR("[9223372036854775807,9223372036854775808,1.0,-0]"), &(struct json_read_options){ .numbers = JSON_INTS }, &a, &v,
	                       &err));
	assert_int_equal(v.list->p[0].kind, VAL_INT);
	assert_true(v.list->p[0].i == INT64_MAX);
	for (int i = 1; i < 4; i++)
		assert_int_equal(v.list->p[i].kind, VAL_FLOAT);
	arena_deinit(&a);
}

static void test_limits(void **state)
{
	struct arena a = { 0 };
	AUTO_BUF deep = { 0 };
	AUTO_ERR err = { 0 }, cycle = { 0 }, nan = { 0 };
	struct value v;
	buf_add_repeat(&deep, '[', JSON_MAX_DEPTH + 1);
	assert_false(json_parse(buf_str(&deep), NULL, &a, &v, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	struct value own = value_map_new(&a);
	value_map_set(own, STR("self"), own);
	buf_clear(&deep);
	assert_false(json_write(own, NULL, &deep, &cycle));
	assert_int_equal(cycle.kind, ERR_LIMIT);
	assert_int_equal(deep.n, 0);
	assert_false(json_write(value_float(0.0 / 0.0), NULL, &deep, &nan));
	same(str_c(nan.message), "json: unsupported value: NaN");
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_layouts), cmocka_unit_test(test_ints), cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
