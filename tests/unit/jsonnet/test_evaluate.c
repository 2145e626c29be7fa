/* What callers of jsonnet.h count on, beyond the language (test_golden.c): traces, natives, imports, modes, limits, threads, the collector. */
#include "unit.h"

#include <pthread.h>

#include "data/json.h"
#include "jsonnet/jsonnet.h"

static struct arena arena;

/* The program's output, or its error. */
static struct str run(const char *text, struct jsonnet_options o)
{
	struct jsonnet_program p = { .file = STR("t.jsonnet"), .text = str_c(text) };
	struct jsonnet_documents d;
	AUTO_ERR err = { 0 };
	o.max_trace = o.max_trace ? o.max_trace : JSONNET_MAX_TRACE;
	if (!jsonnet_manifest(&p, JSONNET_JSON, &o, &arena, &d, &err))
		return arena_str(&arena, str_c(err.message));
	return str_drop_suffix(d.p[0].text, STR("\n"));
}

/* Messages and traces as the C++ implementation 0.22 prints them. */
static void test_traces(void **state)
{
	(void)state;
	static const struct {
		const char *program, *want;
	} rows[] = {
		{ "local f(x) = error x; f('m')", "RUNTIME ERROR: m\n\tt.jsonnet:1:14-21\tfunction <f>\n\tt.jsonnet:1:23-29\t" },
		{ "{a: {b: error 'x'}}",
		  "RUNTIME ERROR: x\n\tt.jsonnet:1:9-18\tobject <anonymous>\n\tt.jsonnet:1:5-19\tobject <anonymous>\n\tDuring manifestation\t" },
		{ "local a = error 'x'; a", "RUNTIME ERROR: x\n\tt.jsonnet:1:11-20\tthunk <a>\n\tt.jsonnet:1:22\t" },
		{ "local x = {a: error 'q'}; x.a", "RUNTIME ERROR: q\n\tt.jsonnet:1:15-24\tobject <x>\n\tt.jsonnet:1:27-30\t" },
		{ "{assert self.a == 2 : 'bad', a: 1}.a", "RUNTIME ERROR: bad\n\tt.jsonnet:1:23-28\tthunk <object_assert>\n\tt.jsonnet:1:1-37\t" },
		{ "std.length(error 'x')", "RUNTIME ERROR: x\n\tt.jsonnet:1:12-21\t\n\tt.jsonnet:1:1-22\t" },
		{ "function(x) x", "RUNTIME ERROR: function parameter x not bound in call.\n\tTop-level function\t" },
		{ "{\n  a: 1 +\n    {} }", "RUNTIME ERROR: binary operator + requires matching types, got number and object.\n"
					   "\tt.jsonnet:(2:6)-(3:7)\tobject <anonymous>\n\tDuring manifestation\t" },
		{ "x", "STATIC ERROR: t.jsonnet:1:1: Unknown variable: x" },
		{ "{a: 1, a: 2}", "STATIC ERROR: t.jsonnet:1:8: duplicate field: a" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		same(run(rows[i].program, (struct jsonnet_options){ .dialect = JSONNET_CPP }), rows[i].want);
}

/* As the Go implementation prints them. */
static void test_go_traces(void **state)
{
	(void)state;
	static const struct {
		const char *program, *want;
	} rows[] = {
		{ "error \"x\"", "x\n\tt.jsonnet:1:1-10\t$\n\tDuring evaluation\t" },
		{ "{a: [1, {b: error \"x\"}]}",
		  "x\n\tt.jsonnet:1:13-22\tobject <anonymous>\n\tField \"b\"\t\n\tArray element 1\t\n\tField \"a\"\t\n\tDuring manifestation\t" },
		{ "local f(x) = error \"x\"; {a: f(1)}",
		  "x\n\tt.jsonnet:1:14-23\tfunction <f>\n\tt.jsonnet:1:29-33\tobject <anonymous>\n\tField \"a\"\t\n\tDuring manifestation\t" },
		{ "local f(x) = x; f(error \"x\")",
		  "x\n\tt.jsonnet:1:19-28\tthunk from <$>\n\tt.jsonnet:1:14-15\tfunction <f>\n\tt.jsonnet:1:17-29\t$\n\tDuring evaluation\t" },
		{ "local x = error \"x\", y = x; {a: y}",
		  "x\n\tt.jsonnet:1:11-20\tthunk <x> from <$>\n\tt.jsonnet:1:26-27\tthunk <y> from <$>\n\tt.jsonnet:1:33-34\tobject <anonymous>\n\tField \"a\"\t\n\tDuring manifestation\t" },
		{ "{local x = error \"x\", a: x}",
		  "x\n\tt.jsonnet:1:12-21\tobject <anonymous>\n\tt.jsonnet:1:26-27\tobject <anonymous>\n\tField \"a\"\t\n\tDuring manifestation\t" },
		{ "local q = {z: error \"x\"}; {b: q.z}",
		  "x\n\tt.jsonnet:1:15-24\tobject <q>\n\tt.jsonnet:1:31-34\tobject <anonymous>\n\tField \"b\"\t\n\tDuring manifestation\t" },
		{ "{a: 1} + {a+: error \"x\"}",
		  "x\n\tt.jsonnet:1:15-24\tobject <anonymous>\n\tt.jsonnet:1:15-24\t+:\n\tField \"a\"\t\n\tDuring manifestation\t" },
		{ "{a: {assert false: \"x\"}}",
		  "x\n\tt.jsonnet:1:6-23\t\n\tChecking object assertions\t\n\tField \"a\"\t\n\tDuring manifestation\t" },
		{ "assert false: \"x\"; 1",
		  "x\n\tt.jsonnet:1:1-21\t\n\tDuring evaluation\t" },
		{ "local o={assert error \"q\", a:1}; {z: o.a}",
		  "q\n\tt.jsonnet:1:17-26\tobject <o>\n\tt.jsonnet:1:38-41\tobject <anonymous>\n\tField \"z\"\t\n\tDuring manifestation\t" },
		{ "[[error \"x\"]]",
		  "x\n\tt.jsonnet:1:3-12\tthunk from <thunk from <$>>\n\tArray element 0\t\n\tArray element 0\t\n\tDuring manifestation\t" },
		{ "{b: {z:error \"x\"}.z}",
		  "x\n\tt.jsonnet:1:8-17\t\n\tt.jsonnet:1:5-20\tobject <anonymous>\n\tField \"b\"\t\n\tDuring manifestation\t" },
		{ "[1 for x in error \"e\"]",
		  "e\n\tt.jsonnet:1:13-22\t$\n\tt.jsonnet:1:1-23\t\n\tDuring evaluation\t" },
		{ "{[\"a\"]: error x for x in [\"x\"]}",
		  "x\n\tt.jsonnet:1:9-16\tobject <anonymous>\n\tField \"a\"\t\n\tDuring manifestation\t" },
		{ "{a: \"a\" + {x: error \"x\"}}",
		  "x\n\tt.jsonnet:1:15-24\tobject <anonymous>\n\tField \"x\"\t\n\tt.jsonnet:1:5-25\tobject <anonymous>\n\tField \"a\"\t\n\tDuring manifestation\t" },
		{ "{a: std.length(error \"x\")}",
		  "x\n\tt.jsonnet:1:16-25\tthunk from <object <anonymous>>\n\tt.jsonnet:1:5-26\tobject <anonymous>\n\tField \"a\"\t\n\tDuring manifestation\t" },
		{ "local f(x) = if x == 0 then error \"x\" else f(x - 1) tailstrict; {a: f(3)}",
		  "x\n\tt.jsonnet:1:29-38\tfunction <f>\n\tt.jsonnet:1:44-52\tfunction <f>\n\tt.jsonnet:1:69-73\tobject <anonymous>\n\tField \"a\"\t\n\tDuring manifestation\t" },
		{ "function(x=error \"d\") x",
		  "d\n\tt.jsonnet:1:12-21\tfunction <anonymous>\n\tt.jsonnet:1:23-24\tfunction <anonymous>\n\tTop-level function call\t" },
		{ "local x = {y: error \"m\"}; x.y.z",
		  "m\n\tt.jsonnet:1:15-24\tobject <x>\n\tt.jsonnet:1:27-30\t\n\tDuring evaluation\t" },
		{ "local k = {new(n):: {m: {name: n}}}; {d: k.new(error \"x\")}",
		  "x\n\tt.jsonnet:1:48-57\tthunk from <object <anonymous>>\n\tt.jsonnet:1:32-33\tobject <anonymous>\n\tField \"name\"\t\n\tField \"m\"\t\n\tField \"d\"\t\n\tDuring manifestation\t" },
		{ "local f(x, y=error \"x\") = y; f(1)",
		  "x\n\tt.jsonnet:1:14-23\tfunction <f>\n\tt.jsonnet:1:27-28\tfunction <f>\n\tt.jsonnet:1:30-34\t$\n\tDuring evaluation\t" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		same(run(rows[i].program, (struct jsonnet_options){ 0 }), arena_fmt(&arena, "RUNTIME ERROR: %s", rows[i].want).p);
}

static void test_trace_is_cut(void **state)
{
	(void)state;
	struct jsonnet_options o = { .max_trace = 4, .dialect = JSONNET_CPP };
	same(run("local f(x) = f(x + 1) + 1; f(0)", o),
	     "RUNTIME ERROR: max stack frames exceeded.\n\tt.jsonnet:1:14-22\tfunction <f>\n\tt.jsonnet:1:14-22\tfunction <f>\n\t...\n"
	     "\tt.jsonnet:1:14-22\tfunction <f>\n\tt.jsonnet:1:28-32\t");
}

/* --- natives and variables --- */

static bool native_swap(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	if (args[0].kind == VAL_NULL)
		return err_set(err, ERR_FAILED, "%s wants no null", (const char *)ctx);
	*out = value_list_new(a);
	value_list_add(*out, args[1], a);
	value_list_add(*out, args[0], a);
	return true;
}

static void test_natives(void **state)
{
	(void)state;
	static const struct jsonnet_native natives[] = { { "swap", "first, second", native_swap, "swap" } };
	struct jsonnet_options o = { .natives = natives, .n_natives = 1 };
	same(run("std.toString(std.native('swap')({a: [1, 'x']}, second=true))", o), "\"[true, {\\\"a\\\": [1, \\\"x\\\"]}]\"");
	same(run("std.native('none')", o), "null");
	same(run("std.length(std.native('swap'))", o), "2");
	same(run("std.native('swap')(null, 1)", o), "RUNTIME ERROR: swap wants no null\n\tt.jsonnet:1:1-28\t$\n\tDuring evaluation\t");
	same(run("std.native('swap')(1)", o), "RUNTIME ERROR: function parameter second not bound in call.\n\tt.jsonnet:1:1-22\t$\n\tDuring evaluation\t");
	same(run("std.native('swap')(function(x) x, 1)", o), "RUNTIME ERROR: couldn't manifest function in JSON output.\n\tt.jsonnet:1:1-37\t$\n\tDuring evaluation\t");
	same(run("std.native('swap')(std.native('swap')(1, 2), 3)[1]", o), "[\n   2,\n   1\n]");
}

static void test_variables(void **state)
{
	(void)state;
	struct value data = value_map_new(&arena);
	value_map_set(data, STR("k"), value_int(7));
	struct jsonnet_var ext[] = { { .name = STR("s"), .text = STR("1+1") },
				     { .name = STR("c"), .text = STR("1+1"), .kind = JSONNET_CODE },
				     { .name = STR("v"), .kind = JSONNET_VALUE, .value = data },
				     { .name = STR("bad"), .text = STR("1 +"), .kind = JSONNET_CODE },
				     { .name = STR("s"), .text = STR("last") } };
	struct jsonnet_var tla[] = { { .name = STR("a"), .text = STR("error 'unused'"), .kind = JSONNET_CODE }, { .name = STR("b"), .text = STR("B") } };
	struct jsonnet_options o = { .ext = { ext, ARRAY_LEN(ext) }, .tla = { tla, ARRAY_LEN(tla) } };
	same(run("std.extVar('s')", o), "\"last\"");
	same(run("std.extVar('c') + std.extVar('v').k", o), "9");
	same(run("std.extVar('bad')", o), "STATIC ERROR: <extvar:bad>:1:4: unexpected end of file.\n\tt.jsonnet:1:1-18\t$\n\tDuring evaluation\t");
	same(run("std.extVar('none')", o), "RUNTIME ERROR: undefined external variable: none\n\tt.jsonnet:1:1-19\t$\n\tDuring evaluation\t");
	same(run("function(a, b, c='C') b + c", o), "\"BC\"");
	same(run("function(a) 1", o), "RUNTIME ERROR: function has no parameter b\n\tTop-level function call\t");
	same(run("function(a, b) a", o), "RUNTIME ERROR: unused\n\ttla:a:1:1-15\t$\n\tt.jsonnet:1:16-17\tfunction <anonymous>\n\tTop-level function call\t");
	same(run("{not: 'a function'}", o), "{\n   \"not\": \"a function\"\n}");
}

/* --- imports --- */

struct files {
	int reads;
};

static bool import(void *ctx, struct str from, struct str import_path, struct arena *a, struct str *path, struct str *bytes, struct err *err)
{
	struct files *f = ctx;
	f->reads++;
	*path = arena_concat(a, from, import_path);
	if (str_eq_c(import_path, "lib.libsonnet"))
		*bytes = STR("{ twice(x):: x * 2, deep: (import 'sub/deep.libsonnet').v, text: importstr 'text' }");
	else if (str_eq_c(*path, "sub/deep.libsonnet"))
		*bytes = STR("{ v: import 'value' }");
	else if (str_eq_c(*path, "sub/value"))
		*bytes = STR("42");
	else if (str_eq_c(import_path, "text"))
		*bytes = STR("a\xff\n");
	else if (str_eq_c(import_path, "broken"))
		*bytes = STR("{ a: 1");
	else
		return err_set(err, ERR_NOT_FOUND, "nothing of that name");
	return true;
}

static void test_imports(void **state)
{
	(void)state;
	struct files files = { 0 };
	struct jsonnet_options o = { .import = import, .import_ctx = &files };
	same(run("local l = import 'lib.libsonnet', m = import 'lib.libsonnet'; [l.twice(3), m.deep]", o), "[\n   6,\n   42\n]");
	assert_int_equal(files.reads, 3);
	same(run("(import 'lib.libsonnet').text", o), "\"a\xef\xbf\xbd\\n\"");
	same(run("std.toString(importbin 'text')", o), "\"[97, 255, 10]\"");
	same(run("import 'broken'", o), "STATIC ERROR: broken:1:7: expected a comma before next field.\n\tt.jsonnet:1:1-16\t$\n\tDuring evaluation\t");
	same(run("import 'none'", o), "RUNTIME ERROR: couldn't open import \"none\": nothing of that name\n\tt.jsonnet:1:1-14\t$\n\tDuring evaluation\t");
	same(run("[] + [1 for x in [import 'none']]", o), "[\n   1\n]");
}

/* --- values and modes --- */

static void test_expr(void **state)
{
	(void)state;
	struct jsonnet_program p = { .file = STR("t.jsonnet"), .text = STR("{ a: [1, { b: 'x' }], h:: 5 }"), .expr = STR("main.a[1].b + main.h") };
	struct value v;
	AUTO_ERR err = { 0 };
	assert_true(jsonnet_evaluate(&p, &(struct jsonnet_options){ 0 }, &arena, &v, &err));
	same(value_as_str(v), "x5");
	p.expr = STR("");
	assert_true(jsonnet_evaluate(&p, &(struct jsonnet_options){ 0 }, &arena, &v, &err));
	assert_int_equal(value_map_len(v), 1);
	assert_true(value_find(v, "a")->list->p[0].kind == VAL_FLOAT);
}

static void test_modes(void **state)
{
	(void)state;
	static const struct {
		enum jsonnet_mode mode;
		const char *program, *want;
	} rows[] = {
		{ JSONNET_STRING, "'a\\nb'", "=a\nb\n" },
		{ JSONNET_STRING, "1", "RUNTIME ERROR: expected string result, got: number" },
		{ JSONNET_STREAM, "[1, {}]", "=---\n1\n---\n{ }\n...\n" },
		{ JSONNET_STREAM, "[]", "=" },
		{ JSONNET_STREAM_STRING, "['a']", "=---\na\n...\n" },
		{ JSONNET_MULTI, "{b: 1, a: [], h:: error 'no'}", "a=[ ]\nb=1\n" },
		{ JSONNET_MULTI_STRING, "{'d/x.txt': 'text'}", "d/x.txt=text\n" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct jsonnet_program p = { .file = STR("t"), .text = str_c(rows[i].program) };
		struct jsonnet_documents d;
		AUTO_ERR err = { 0 };
		AUTO_BUF b = { 0 };
		if (jsonnet_manifest(&p, rows[i].mode, &(struct jsonnet_options){ .max_trace = 1 }, &arena, &d, &err))
			for (size_t k = 0; k < d.n; k++)
				buf_addf(&b, "%.*s=%.*s", STR_ARG(d.p[k].name), STR_ARG(d.p[k].text));
		else
			buf_add(&b, str_slice(str_c(err.message), 0, str_find_char(str_c(err.message), '\n')));
		same(buf_str(&b), rows[i].want);
	}
}

/* --- limits --- */

static void test_limits(void **state)
{
	(void)state;
	static const struct {
		const char *program, *want; /* the error's beginning, or the output */
		enum err_kind kind;
	} rows[] = {
		{ "local f(n) = if n == 0 then 0 else 1 + f(n - 1); f(400)", "400", ERR_NONE },
		{ "local f(n) = 1 + f(n - 1); f(1)", "RUNTIME ERROR: max stack frames exceeded.", ERR_FAILED },
		{ "local x = [x]; x", "RUNTIME ERROR: max stack frames exceeded.", ERR_FAILED },
		{ "{a: self.a}.a", "RUNTIME ERROR: max stack frames exceeded.", ERR_FAILED },
		{ "local f(n, a) = if n == 0 then a else f(n - 1, a + n) tailstrict; f(300000, 0)", "45000150000", ERR_NONE },
		{ "std.foldl(function(a, i) a + i, std.range(1, 300000), 0)", "45000150000", ERR_NONE },
		{ "std.length(std.foldl(function(a, i) a + 'x' + i, std.range(1, 100000), ''))", "588895", ERR_NONE },
		{ "std.length(std.foldl(function(a, i) a + [i], std.range(1, 100000), []))", "100000", ERR_NONE },
		{ "std.makeArray(1e8, function(i) i * 2)[12345678]", "RUNTIME ERROR: out of memory: the limit is 256 MiB.", ERR_LIMIT },
		{ "std.makeArray(1e7, function(i) i * 2)[1234567]", "2469134", ERR_NONE },
		{ "std.range(0, 1e8)[77]", "77", ERR_NONE },
		{ "local b(n) = if n == 0 then [1] else local s = b(n - 1); s + s; b(40)", "RUNTIME ERROR: out of memory", ERR_LIMIT },
		{ "local f(x) = f(x) tailstrict; f(1)", "RUNTIME ERROR: out of time: the limit is 1 s.", ERR_LIMIT },
	};
	struct jsonnet_options o = { .max_memory = (size_t)256 << 20, .max_seconds = 1 };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct jsonnet_program p = { .file = STR("t"), .text = str_c(rows[i].program) };
		struct jsonnet_documents d;
		AUTO_ERR err = { 0 };
		bool ok = jsonnet_manifest(&p, JSONNET_JSON, &o, &arena, &d, &err);
		struct str got = ok ? str_drop_suffix(d.p[0].text, STR("\n")) : str_c(err.message);
		same(str_slice(got, 0, strlen(rows[i].want)), rows[i].want);
		assert_int_equal(ok ? ERR_NONE : err.kind, rows[i].kind);
	}
}

/* A stack that --max-stack makes deeper than any default. */
static void test_deep(void **state)
{
	(void)state;
	same(run("local f(n) = if n == 0 then 0 else 1 + f(n - 1); f(50000)", (struct jsonnet_options){ .max_stack = 60000 }), "50000");
	AUTO_BUF b = { 0 };
	for (int i = 0; i < 100000; i++)
		buf_add_c(&b, i ? "+1" : "1");
	same(run(buf_str(&b).p, (struct jsonnet_options){ 0 }), "100000");
	buf_clear(&b);
	buf_add_repeat(&b, '[', 100000);
	same(str_slice(run(buf_str(&b).p, (struct jsonnet_options){ 0 }), 0, 26), "STATIC ERROR: t.jsonnet:1:");
}

static void test_cancel(void **state)
{
	(void)state;
	static atomic_bool cancel = true;
	same(str_slice(run("std.foldl(function(a, i) a + [i], std.range(1, 1e6), [])", (struct jsonnet_options){ .cancel = &cancel }), 0, 24),
	     "RUNTIME ERROR: cancelled");
}

/* --- threads --- */

static void *evaluate_many(void *cache)
{
	for (int i = 0; i < 20; i++) {
		struct arena a = { 0 };
		struct jsonnet_program p = { .file = STR("t"), .text = STR("(import 'lib.libsonnet').deep + std.length(std.range(1, 1000))") };
		struct files files = { 0 };
		struct jsonnet_options o = { .cache = cache, .import = import, .import_ctx = &files };
		struct value v;
		AUTO_ERR err = { 0 };
		bool ok = jsonnet_evaluate(&p, &o, &a, &v, &err);
		double got = ok ? v.f : 0;
		arena_deinit(&a);
		if (got != 1042)
			return "wrong";
	}
	return NULL;
}

static void test_threads(void **state)
{
	(void)state;
	struct jsonnet_cache *cache = jsonnet_cache_new();
	pthread_t threads[4];
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, evaluate_many, cache), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		void *wrong;
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	jsonnet_cache_free(cache);
}

static int clear(void **state)
{
	(void)state;
	arena_deinit(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_traces), cmocka_unit_test(test_go_traces),	  cmocka_unit_test(test_trace_is_cut), cmocka_unit_test(test_natives), cmocka_unit_test(test_variables),
		cmocka_unit_test(test_imports),	  cmocka_unit_test(test_expr),	       cmocka_unit_test(test_modes),   cmocka_unit_test(test_limits),
		cmocka_unit_test(test_deep),	  cmocka_unit_test(test_cancel),       cmocka_unit_test(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, clear);
}
