/* spec.json, objects out of values, filters, order, the ways of printing: rows whose results tk printed (tests/peer/tanka.test asks it again). */
#include "unit.h"

#include "data/json.h"
#include "tanka/output.h"
#include "tanka/words.h"

static struct value json(const char *text, struct arena *a)
{
	AUTO_ERR err = { 0 };
	struct value v;
	if (!json_parse(str_c(text), NULL, a, &v, &err))
		fail_msg("%s: %s", text, err.message);
	return v;
}

static struct str compact(struct value v, struct arena *a)
{
	AUTO_BUF b = { 0 };
	AUTO_ERR err = { 0 };
	assert_true(json_write(v, &(struct json_write_options){ .order = JSON_INSERTED }, &b, &err));
	return buf_to_arena(&b, a);
}

static void test_spec(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "{}", "{\"apiVersion\":\"tanka.dev/v1alpha1\",\"kind\":\"Environment\",\"metadata\":{},\"spec\":{\"namespace\":\"default\",\"resourceDefaults\":{},\"expectVersions\":{}}}" },
		{ "null", "{\"apiVersion\":\"tanka.dev/v1alpha1\",\"kind\":\"Environment\",\"metadata\":{},\"spec\":{\"namespace\":\"default\",\"resourceDefaults\":{},\"expectVersions\":{}}}" },
		{ "{\"SPEC\":{\"ApiServer\":\"x:6443\",\"injectLabels\":true},\"metadata\":{\"labels\":{\"b\":\"1\",\"a\":null}},\"other\":1}",
		  "{\"apiVersion\":\"tanka.dev/v1alpha1\",\"kind\":\"Environment\",\"metadata\":{\"labels\":{\"a\":\"\",\"b\":\"1\"}},\"spec\":{\"apiServer\":\"https://x:6443\",\"namespace\":\"default\",\"injectLabels\":true,\"resourceDefaults\":{},\"expectVersions\":{}}}" },
		{ "{\"server\":\"q\",\"team\":\"t\"}",
		  "{\"apiVersion\":\"tanka.dev/v1alpha1\",\"kind\":\"Environment\",\"metadata\":{\"labels\":{\"team\":\"t\"}},\"spec\":{\"apiServer\":\"https://q\",\"namespace\":\"default\",\"resourceDefaults\":{},\"expectVersions\":{}}}" },
		{ "[]", "parsing spec.json: json: cannot unmarshal array into Go value of type v1alpha1.Environment" },
		{ "{\"spec\":{\"namespace\":1}}", "parsing spec.json: json: cannot unmarshal number into Go struct field Spec.spec.namespace of type string" },
		{ "{\"spec\":{\"contextNames\":[1]}}", "parsing spec.json: json: cannot unmarshal number into Go struct field Spec.spec.contextNames of type string" },
		{ "{\"spec\":{\"resourceDefaults\":{\"labels\":1}}}", "parsing spec.json: json: cannot unmarshal number into Go struct field ResourceDefaults.spec.resourceDefaults.labels of type map[string]string" },
		{ "{\"metadata\":[]}", "parsing spec.json: json: cannot unmarshal array into Go struct field Environment.metadata of type v1alpha1.Metadata" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct tanka_env env;
		if (tanka_env_decode(json(rows[i].in, &a), &a, &env, &err))
			same(compact(tanka_env_value(&env, &a), &a), rows[i].out);
		else
			same(str_c(err.message), rows[i].out);
		arena_deinit(&a);
	}
}

static void test_label(void **state)
{
	static const struct { const char *fields, *label; } rows[] = {
		{ "[]", "11cf48bbe383f5d7a6648cd97b2e45df616ec4d61247add9" },
		{ "[\".metadata.name\",\".spec.namespace\"]", "04f4b40886d0f929f7285850dc944b6b6150f3aedefee75d" },
		{ "[\".spec.nothing\"]", "failed to get name label: failed to retrieve field values for label: there is no field '.spec.nothing'" },
		{ "[\".metadata\"]", "failed to get name label: failed to retrieve field values for label: could not get struct value at path: unsupported value type" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct tanka_env env;
		struct str label;
		struct value spec = json(arena_fmt(&a, "{\"spec\":{\"tankaEnvLabelFromFields\":%s}}", rows[i].fields).p, &a);
		assert_true(tanka_env_decode(spec, &a, &env, &err));
		env.metadata.name = STR("environments/dev");
		env.metadata.namespace = STR("environments/dev/main.jsonnet");
		same(tanka_env_label(&env, &a, &label, &err) ? label : str_c(err.message), rows[i].label);
		arena_deinit(&a);
	}
}

static void test_version(void **state)
{
	static const struct { const char *want, *err; } rows[] = {
		{ "", NULL }, { ">0.1", NULL }, { "0.38.x", NULL },
		{ ">1", "current version 'v0.38.0' does not satisfy the version required by the environment: '>1'. You likely need to use another version of Tanka" },
		{ "zz", "parsing version constraint: 'improper constraint: zz'. Please check 'spec.expectVersions.tanka'" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct tanka_env env = tanka_env_new();
		env.spec.expect.tanka = str_c(rows[i].want);
		if (tanka_env_check_version(&env, &a, &err))
			assert_null(rows[i].err);
		else
			same(str_c(err.message), rows[i].err);
		arena_deinit(&a);
	}
}

#define OBJECT(kind, name) "{\"apiVersion\":\"v1\",\"kind\":\"" kind "\",\"metadata\":{\"name\":\"" name "\"}}"

static void test_extract(void **state)
{
	static const struct { const char *in, *paths; } rows[] = {
		{ "null", "" }, { "{}", "" }, { "[]", "" },
		{ OBJECT("A", "x"), "." },
		{ "{\"b\":" OBJECT("A", "x") ",\"a\":[" OBJECT("A", "y") "],\"c\":null}", ".a.[0] .b" },
		{ "{\"__ksonnet\":1,\"a\":" OBJECT("A", "x") "}", ".a" },
		{ "{\"l\":{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[" OBJECT("A", "x") ",{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[" OBJECT("A", "y") "]}]}}",
		  ".l.items[0] .l.items[1].items[0]" },
		{ "1", "found invalid Kubernetes object (at .): %!s(<nil>)\n\n{}\n" },
		{ "{\"a\":{\"b\":[{\"c\":1}]}}", "found invalid Kubernetes object (at .a.b.[0]): missing attribute \"apiVersion\"\n\nc: 1\n" },
		{ "{\"a\":[true]}", "found invalid Kubernetes object (at .a): missing attribute \"apiVersion\"\n\na:\n    - true\n" },
		{ "{\"a\":[null]}", "found invalid Kubernetes object (at .a): missing attribute \"apiVersion\"\n\na:\n    - null\n" },
		{ "{\"apiVersion\":\"v1\",\"kind\":1}", "found invalid Kubernetes object (at .): attribute \"kind\" is not a string, it is a float64\n\napiVersion: v1\nkind: 1\n" },
		{ "{\"apiVersion\":\"\",\"kind\":\"A\"}", "found invalid Kubernetes object (at .): attribute \"apiVersion\" is empty\n\napiVersion: \"\"\nkind: A\n" },
		{ "{\"apiVersion\":\"v1\",\"kind\":\"A\",\"metadata\":{\"labels\":{\"a\":1},\"annotations\":[]}}",
		  ". has missing or invalid fields:\n  - metadata.annotations: must be object, but got '[]interface {}' instead\n  - metadata.labels: contains non-string field 'a' of type 'float64'\n"
		  "  - metadata.name: missing or not of string type\n\nPlease check below object:\n  apiVersion: v1\n  kind: A\n  metadata:\n    annotations: []\n    labels:\n      a: 1" },
		{ "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[1]}", "unwrapped list item is not an object, but 'map[string]interface {}'" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		tanka_objects found, all;
		struct str text = STR("");
		if (tanka_extract(json(rows[i].in, &a), &a, &found, &err) && tanka_unwrap(&found, &a, &all, &err)) {
			for (size_t k = 0; k < all.n; k++)
				text = arena_fmt(&a, "%.*s%s%.*s", STR_ARG(text), k ? " " : "", STR_ARG(all.p[k].path));
		} else {
			text = str_c(err.message);
		}
		same(text, rows[i].paths);
		arena_deinit(&a);
	}
}

/* A value nested deeper than the limit is an error, not an overflow of the stack. */
static void test_depth(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	tanka_objects found;
	struct value v = value_null();
	(void)state;
	for (size_t i = 0; i <= TANKA_MAX_DEPTH; i++) {
		struct value list = value_list_new(&a);
		value_list_add(list, v, &a);
		v = list;
	}
	assert_false(tanka_extract(v, &a, &found, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	arena_deinit(&a);
}

static void test_process(void **state)
{
	static const struct { const char *spec, *data, *yaml; } rows[] = {
		{ "{}", "[" OBJECT("Zed", "z") "," OBJECT("Secret", "s") "," OBJECT("Namespace", "n") "]",
		  "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: \"n\"\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  namespace: default\n---\n"
		  "apiVersion: v1\nkind: Zed\nmetadata:\n  name: z\n  namespace: default\n" },
		{ "{\"spec\":{\"namespace\":\"\",\"resourceDefaults\":{\"labels\":{\"a\":\"1\",\"b\":\"2\"}}}}",
		  "{\"apiVersion\":\"v1\",\"kind\":\"A\",\"metadata\":{\"name\":\"x\",\"labels\":{\"a\":\"9\"}}}",
		  "apiVersion: v1\nkind: A\nmetadata:\n  labels:\n    a: \"9\"\n    b: \"2\"\n  name: x\n" },
		{ "{\"spec\":{\"namespace\":\"q\"}}", "[{\"apiVersion\":\"v1\",\"kind\":\"A\",\"metadata\":{\"name\":\"x\",\"annotations\":{\"tanka.dev/namespaced\":\"false\"}}}]",
		  "apiVersion: v1\nkind: A\nmetadata:\n  annotations:\n    tanka.dev/namespaced: \"false\"\n  name: x\n" },
		{ "{}", "[1]", "got an error while extracting env `e`: found invalid Kubernetes object (at .): %!s(<nil>)\n\n{}\n" },
	};
	const struct tanka_filter all = { 0 };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		AUTO_BUF yaml = { 0 };
		struct tanka_env env;
		tanka_objects objects;
		assert_true(tanka_env_decode(json(rows[i].spec, &a), &a, &env, &err));
		env.metadata.name = STR("e");
		env.data = json(rows[i].data, &a);
		struct str before = compact(env.data, &a);
		bool ok = tanka_process(&env, &all, &a, &objects, &err);
		for (size_t k = 0; ok && k < objects.n; k++) {
			if (k)
				buf_add_c(&yaml, "---\n");
			ok = tanka_print_yaml(&objects.p[k], &yaml, &err);
		}
		same(ok ? buf_str(&yaml) : str_c(err.message), rows[i].yaml);
		/* The program's value may stand in other environments, too: it stays as it is. */
		same(compact(env.data, &a), before.p);
		arena_deinit(&a);
	}
}

static void test_filter(void **state)
{
	static const struct { const char *targets[3], *kept; } rows[] = {
		{ { 0 }, "a b s" },
		{ { "configmap/a" }, "a" },
		{ { "ConfigMap/.*" }, "a b" },
		{ { "ConfigMap" }, "" },
		{ { "configmap/a", "secret/.*" }, "a s" },
		{ { "!configmap/a" }, "b s" },
		{ { "!configmap/a", "configmap/.*" }, "b" }, /* tk: b s */
		{ { "[" }, "Error Parsing Regexp: Missing Closing ]: `[$`.\nSee https://tanka.dev/output-filtering/#regular-expressions for details on regular expressions." },
	};
	static const char *const objects[] = { OBJECT("ConfigMap", "a"), OBJECT("ConfigMap", "b"), OBJECT("Secret", "s") };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct tanka_filter filter;
		tanka_strs targets = { 0 };
		struct str text = STR("");
		for (size_t k = 0; rows[i].targets[k]; k++)
			vec_push_in(&targets, &a, str_c(rows[i].targets[k]));
		if (!tanka_filter_parse(&targets, &a, &filter, &err)) {
			same(str_c(err.message), rows[i].kept);
		} else {
			for (size_t k = 0; k < ARRAY_LEN(objects); k++) {
				struct value o = json(objects[k], &a);
				if (tanka_filter_has(&filter, o))
					text = arena_fmt(&a, "%.*s%s%.*s", STR_ARG(text), text.n ? " " : "", STR_ARG(value_find_str(o, "metadata.name")));
			}
			same(text, rows[i].kept);
		}
		arena_deinit(&a);
	}
}

static void test_selector(void **state)
{
	static const struct { const char *selector, *labels; int has; } rows[] = {
		{ "", "{}", 1 }, { "a", "{\"a\":\"b\"}", 1 }, { "a", "{}", 0 }, { "!a", "{}", 1 }, { "!a", "{\"a\":\"\"}", 0 },
		{ "a=b", "{\"a\":\"b\"}", 1 }, { "a==b,c!=d", "{\"a\":\"b\"}", 1 }, { "a!=b", "{\"a\":\"b\"}", 0 }, { "a=", "{\"a\":\"\"}", 1 },
		{ "a in (b, c)", "{\"a\":\"c\"}", 1 }, { "a notin (b,c)", "{\"a\":\"c\"}", 0 }, { "a notin (b)", "{}", 1 },
		{ "a in (b),x/y.z=1", "{\"a\":\"b\",\"x/y.z\":\"1\"}", 1 },
		{ "=", "", -1 }, { "!!", "", -1 }, { "a,", "", -1 }, { "a in b", "", -1 }, { "a in (b", "", -1 }, { "a b", "", -1 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		tanka_selector selector;
		bool ok = tanka_selector_parse(str_c(rows[i].selector), &a, &selector, &err);
		int got = !ok ? -1 : tanka_selector_has(&selector, json(rows[i].labels, &a));
		if (got != rows[i].has)
			fail_msg("%s on %s: %d", rows[i].selector, rows[i].labels, got);
		if (!ok)
			same(str_c(err.message), arena_fmt(&a, "Could not parse selector (-l) %s", rows[i].selector).p);
		arena_deinit(&a);
	}
}

static void test_list(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	tanka_found_list found = { 0 };
	struct tanka_found one = { .env = tanka_env_new() };
	AUTO_BUF table = { 0 }, names = { 0 }, text = { 0 };
	(void)state;
	one.env.metadata.name = STR("environments/dev");
	one.env.spec.api_server = STR("https://1.2.3.4");
	vec_push_in(&found, &a, one);
	assert_true(tanka_print_list(&found, TANKA_TABLE, &a, &table, &err));
	same(buf_str(&table), "NAME                NAMESPACE    SERVER             \nenvironments/dev    default      https://1.2.3.4    \n");
	assert_true(tanka_print_list(&found, TANKA_NAMES, &a, &names, &err));
	same(buf_str(&names), "environments/dev\n");
	assert_true(tanka_print_inline(&one.env, &a, &text, &err));
	same(buf_str(&text), "{\n  apiVersion: 'tanka.dev/v1alpha1',\n  kind: 'Environment',\n  metadata: {\n    name: 'environments/dev',\n  },\n  spec: {\n    apiServer: 'https://1.2.3.4',\n"
			     "    namespace: 'default',\n    resourceDefaults: {},\n    expectVersions: {},\n  },\n  data: {},\n}\n");
	arena_deinit(&a);
}

/* What the evaluator says, and what tk says of the same program. */
static void test_words(void **state)
{
	static const struct { const char *program, *in, *out; } rows[] = {
		{ "x", "RUNTIME ERROR: m", "RUNTIME ERROR: m\n" },
		{ "error 'm'", "RUNTIME ERROR: m\n\tmain.jsonnet:1:1-10\t$\n\tDuring evaluation\t", "RUNTIME ERROR: m\n\tmain.jsonnet:1:1-10\t$\n\tDuring evaluation\t\n" },
		{ "", "RUNTIME ERROR: two\nlines\n\tmain.jsonnet:1:1-10\tobject <anonymous>\n\tDuring manifestation\t",
		  "RUNTIME ERROR: two\nlines\n\tmain.jsonnet:1:1-10\tobject <anonymous>\n\tDuring manifestation\t\n" },
		{ "", "RUNTIME ERROR: field does not exist: a.b", "RUNTIME ERROR: Field does not exist: a.b\n" },
		{ "", "RUNTIME ERROR: function parameter x not bound in call.", "RUNTIME ERROR: Missing argument: x\n" },
		{ "", "RUNTIME ERROR: array bounds error: 5 not within [0, 2)", "RUNTIME ERROR: Index 5 out of bounds, not within [0, 2)\n" },
		{ "", "RUNTIME ERROR: binary operator + requires matching types, got number and object.", "RUNTIME ERROR: Unexpected type object, expected number\n" },
		{ "", "RUNTIME ERROR: binary operator + requires matching types, got array and number.", "RUNTIME ERROR: Unexpected type number, expected array\n" },
		{ "", "RUNTIME ERROR: binary operator - requires matching types, got string and number.", "RUNTIME ERROR: Unexpected type string, expected number\n" },
		{ "", "RUNTIME ERROR: binary operator < requires matching types, got object and number.", "RUNTIME ERROR: Unexpected type object\n" },
		{ "", "RUNTIME ERROR: can only index objects, strings, and arrays, got null.", "RUNTIME ERROR: Value non indexable: *jsonnet.valueNull\n" },
		{ "", "RUNTIME ERROR: unary operator ! does not operate on type number", "RUNTIME ERROR: Unexpected type number, expected boolean\n" },
		{ "", "RUNTIME ERROR: Builtin function f expected (object, string) but got (object, array)", "RUNTIME ERROR: Unexpected type array, expected string\n" },
		{ "", "RUNTIME ERROR: binary operator && requires matching types, got number and boolean.",
		  "RUNTIME ERROR: Unexpected type number, expected boolean\n" },
		{ "", "RUNTIME ERROR: binary operator + does not operate on booleans.",
		  "RUNTIME ERROR: Unexpected type boolean\n" },
		{ "", "RUNTIME ERROR: binary operator - does not operate on strings.",
		  "RUNTIME ERROR: Unexpected type string, expected number\n" },
		{ "", "RUNTIME ERROR: invalid unicode codepoint, got 1114112",
		  "RUNTIME ERROR: Invalid unicode codepoint, got 1.114112e+06\n" },
		{ "{if: 1}", "STATIC ERROR: main.jsonnet:1:2-4: unexpected: if while parsing field definition",
		  "main.jsonnet:1:2-4 Unexpected: \"if\" while parsing field definition\n\n{if: 1}\n\n" },
		{ "{1:2}", "STATIC ERROR: main.jsonnet:1:2: unexpected: NUMBER while parsing field definition",
		  "main.jsonnet:1:2-3 Unexpected: (NUMBER, \"1\") while parsing field definition\n\n{1:2}\n\n" },
		{ "local x 1; x", "STATIC ERROR: main.jsonnet:1:9: expected token OPERATOR but got (NUMBER, \"1\")",
		  "main.jsonnet:1:9-10 Expected operator = but got (NUMBER, \"1\")\n\nlocal x 1; x\n\n" },
		{ "{a=1}", "STATIC ERROR: main.jsonnet:1:2: expected one of :, ::, :::, +:, +::, +:::, got: =",
		  "main.jsonnet:1:3-4 Expected one of :, ::, :::, +:, +::, +:::, got: =\n\n{a=1}\n\n" },
		{ "1.e5", "STATIC ERROR: main.jsonnet:1:1: couldn't lex number, junk after decimal point: e",
		  "main.jsonnet:1:3 Couldn't lex number, junk after decimal point: 'e'\n\n1.e5\n\n" },
		{ "\"\\q\"", "STATIC ERROR: main.jsonnet:1:1-5: Unknown escape sequence in string literal: 'q'",
		  "main.jsonnet:1:1-5 main.jsonnet:1:1-5 Unknown escape sequence in string literal: \\q\n\n\"\\q\"\n\n" },
		{ "f(x 1)", "STATIC ERROR: main.jsonnet:1:5: expected a comma before next function argument.",
		  "main.jsonnet:1:5-6 Expected a comma before next function argument, got (NUMBER, \"1\")\n\nf(x 1)\n\n" },
		{ "self", "STATIC ERROR: main.jsonnet:1:1-5: Can't use self outside of an object.",
		  "main.jsonnet:1:1-5 Can't use self outside of an object.\n\nself\n\n" },
		{ "1 ? 2", "STATIC ERROR: main.jsonnet:1:3: Could not lex the character '?'",
		  "main.jsonnet:1:3 Could not lex the character '?'\n\n1 ? 2\n\n" },
		{ "a\nb + x\n", "STATIC ERROR: main.jsonnet:2:5: Unknown variable: x", "main.jsonnet:2:5-6 Unknown variable: x\n\nb + x\n\n" },
		{ "foo", "STATIC ERROR: main.jsonnet:1:1-4: Unknown variable: foo", "main.jsonnet:1:1-4 Unknown variable: foo\n\nfoo\n\n" },
		{ "1 +\n", "STATIC ERROR: main.jsonnet:2:1: unexpected end of file.", "main.jsonnet:2:1 Unexpected end of file\n\n\n\n" },
		{ "'abc\n", "STATIC ERROR: main.jsonnet:1:1: unterminated string", "main.jsonnet:1:1 Unterminated String\n\n'abc\n\n" },
		{ "a.error", "STATIC ERROR: main.jsonnet:1:3-8: expected token IDENTIFIER but got (error, \"error\")", "main.jsonnet:1:3-8 Expected token IDENTIFIER but got \"error\"\n\na.error\n\n" },
		{ "x", "STATIC ERROR: lib.jsonnet:1:5: Unknown variable: x\n\tmain.jsonnet:1:1-9\t$\n\tDuring evaluation\t",
		  "RUNTIME ERROR: lib.jsonnet:1:5-6 Unknown variable: x\n\tmain.jsonnet:1:1-9\t$\n\tDuring evaluation\t\n" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		const struct tanka_source source = { STR("main.jsonnet"), str_c(rows[i].program) };
		same(tanka_words(str_c(rows[i].in), &source, 1, &a), rows[i].out);
		arena_deinit(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spec), cmocka_unit_test(test_label), cmocka_unit_test(test_version), cmocka_unit_test(test_extract),
		cmocka_unit_test(test_depth), cmocka_unit_test(test_process), cmocka_unit_test(test_filter), cmocka_unit_test(test_selector),
		cmocka_unit_test(test_list), cmocka_unit_test(test_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
