/* JSON Schema: the rows that helm's validator answered (tests/peer/schema/main.go), and what it does not: caps, references that would be fetched. */
#include "unit.h"

#include "base/fs.h"
#include "data/json.h"
#include "validate/json_schema.h"

static void answer(struct str schema, struct str value, struct arena *a, struct buf *out)
{
	AUTO_ERR err = { 0 };
	const struct json_schema *compiled;
	struct value v;
	assert_true(json_parse(value, NULL, a, &v, &err));
	if (!json_schema_compile(schema, a, &compiled, &err)) {
		buf_add_c(out, err.message);
		return;
	}
	bool fits = json_schema_check(compiled, v, out);
	assert_int_equal(fits, out->n == 0);
}

static void test_golden(void **state)
{
	struct arena file = { 0 }, a = { 0 };
	AUTO_ERR err = { 0 };
	struct str text, line;
	const char *top = getenv("SRCDIR");
	struct str path = arena_fmt(&file, "%s/tests/golden/validate/schema.jsonl", top ? top : ".");
	if (!fs_read(path, 0, &file, &text, &err))
		fail_msg("%s", err.message);
	size_t rows = 0, wrong = 0;
	for (; str_next_line(&text, &line); rows++) {
		AUTO_BUF got = { 0 };
		AUTO_ERR bad = { 0 };
		struct value row;
		assert_true(json_parse(line, NULL, &a, &row, &bad));
		struct str schema = value_find_str(row, "schema"), value = value_find_str(row, "value"), want = value_find_str(row, "out");
		answer(schema, value, &a, &got);
		if (!str_eq(buf_str(&got), want)) {
			print_error("%.*s of %.*s\n  got  %.*s\n  want %.*s\n", STR_ARG(schema), STR_ARG(value), STR_ARG(buf_str(&got)), STR_ARG(want));
			wrong++;
		}
		arena_reset(&a);
	}
	arena_deinit(&a);
	arena_deinit(&file);
	if (wrong || !rows)
		fail_msg("%zu of %zu rows differ", wrong, rows);
}

static const struct {
	const char *schema, *value, *out;
} rows[] = {
	/* Helm's order is random here; ours is that of the keys. */
	{ "{\"properties\":{\"b\":{\"type\":\"string\"},\"a\":{\"type\":\"string\"}}}", "{\"b\":1,\"a\":2}",
	  "- at '/a': got number, want string\n- at '/b': got number, want string\n" },
	{ "{\"additionalProperties\":false}", "{\"b\":1,\"a\":2}", "- at '': additional properties 'a', 'b' not allowed\n" },
	{ "{\"$ref\":\"https://example.com/x.json\"}", "1",
	  "failing loading \"https://example.com/x.json\": schemas are not fetched while charts are rendered" },
};

static void test_own(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_BUF out = { 0 };
		answer(str_c(rows[i].schema), str_c(rows[i].value), &a, &out);
		same(buf_str(&out), rows[i].out);
		arena_deinit(&a);
	}
}

static void test_depth(void **state)
{
	struct arena a = { 0 };
	AUTO_BUF schema = { 0 };
	AUTO_BUF value = { 0 };
	AUTO_BUF out = { 0 };
	for (int i = 0; i < 2000; i++)
		buf_add_c(&schema, "{\"not\":");
	buf_add_c(&schema, "{}");
	buf_add_repeat(&schema, '}', 2000);
	buf_add_repeat(&value, '[', 2000);
	buf_add_repeat(&value, ']', 2000);
	answer(buf_str(&schema), STR("1"), &a, &out);
	assert_true(str_contains(buf_str(&out), STR("nested deeper than")));
	buf_clear(&out);
	answer(STR("{\"items\":{\"$ref\":\"#\"}}"), buf_str(&value), &a, &out);
	assert_true(str_contains(buf_str(&out), STR("nested deeper than")));
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_golden), cmocka_unit_test(test_own), cmocka_unit_test(test_depth) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
