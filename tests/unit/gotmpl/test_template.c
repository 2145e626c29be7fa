/* The engine's interface: sets and clones, calls back into the engine, limits, where output comes from. */
#include "unit.h"

#include "gotmpl/gofmt.h"
#include "gotmpl/template.h"

struct fixture {
	struct arena arena;
	struct buf out;
	struct err err;
	struct template_set *set;
	struct template_run run;
};

static bool fn_include(struct go_call *call, struct value *out, struct err *err)
{
	return template_call(call, call->set, value_as_str(call->argv[0]), call->argv[1], out, err);
}

static bool fn_tpl(struct go_call *call, struct value *out, struct err *err)
{
	const struct template *t;
	struct template_set *set = template_set_clone(call->set, call->arena);
	return template_parse(set, STR("tpl"), value_as_str(call->argv[0]), &t, err) &&
	       template_call_parsed(call, set, t, call->argv[1], out, err);
}

static bool fn_fail(struct go_call *call, struct value *out, struct err *err)
{
	(void)out;
	return err_set(err, ERR_FAILED, "%.*s", STR_ARG(value_as_str(call->argv[0])));
}

static const struct go_func rows[] = {
	GO_FUNC("include", fn_include, GO_P_STRING, GO_P_ANY),
	GO_FUNC("tpl", fn_tpl, GO_P_STRING, GO_P_ANY),
	GO_FUNC("fail", fn_fail, GO_P_STRING),
};
static const struct go_table table = GO_TABLE(rows);

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));
	f->set = template_set_new(STR("set"), &(struct template_options){ .funcs = go_funcs_new(&table, 1, &f->arena) }, &f->arena);
	f->run.arena = &f->arena;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	buf_deinit(&f->out);
	err_deinit(&f->err);
	arena_deinit(&f->arena);
	test_free(f);
	return 0;
}

static void parse(struct fixture *f, const char *name, const char *text)
{
	if (!template_parse(f->set, str_c(name), str_c(text), NULL, &f->err))
		fail_msg("%s", f->err.message);
}

static void expect_output(struct fixture *f, const char *name, const char *want)
{
	buf_clear(&f->out);
	if (!template_execute(f->set, str_c(name), value_str(STR("dot")), &f->run, &f->out, &f->err))
		fail_msg("%s", f->err.message);
	same(buf_str(&f->out), want);
}

static void expect_error(struct fixture *f, const char *name, enum err_kind kind, const char *want)
{
	buf_clear(&f->out);
	assert_false(template_execute(f->set, str_c(name), value_str(STR("dot")), &f->run, &f->out, &f->err));
	same(str_c(f->err.message), want);
	assert_int_equal(f->err.kind, kind);
}

static void test_include(void **state)
{
	struct fixture *f = *state;
	parse(f, "a", "{{define \"x\"}}[{{.}}{{$}}]{{end}}{{$y := 1}}{{include \"x\" . | printf \"%s!\"}}{{$y}}");
	expect_output(f, "a", "[dotdot]!1");
}

static void test_tpl_sees_caller_and_hides_its_own(void **state)
{
	struct fixture *f = *state;
	parse(f, "a", "{{define \"x\"}}outer{{end}}{{tpl `{{define \"x\"}}inner{{end}}{{include \"x\" .}}` .}} {{include \"x\" .}} "
		      "{{tpl `{{include \"x\" .}} {{tpl \"{{ . }}\" .}}` .}}");
	expect_output(f, "a", "inner outer outer dot");
	assert_non_null(template_find(f->set, STR("a")));
}

static void test_nested_error(void **state)
{
	struct fixture *f = *state;
	parse(f, "b.yaml", "{{define \"x\"}}\n  {{fail .}}{{end}}");
	parse(f, "a.yaml", "text\n{{ include \"x\" . }}");
	expect_error(f, "a.yaml", ERR_FAILED,
		     "template: a.yaml:2:3: executing \"a.yaml\" at <include \"x\" .>: error calling include: template: b.yaml:2:4: executing "
		     "\"x\" at <fail .>: error calling fail: dot");
	same(str_c(f->err.pos.file), "b.yaml");
	assert_int_equal(f->err.pos.line, 2);
	assert_int_equal(f->err.pos.column, 5);
	same(buf_str(&f->out), "text\n");
}

static void test_missing_template(void **state)
{
	struct fixture *f = *state;
	expect_error(f, "zz", ERR_NOT_FOUND, "template: no template \"zz\" associated with template \"set\"");
	err_deinit(&f->err);
	parse(f, "a", "{{include \"zz\" .}}");
	expect_error(f, "a", ERR_NOT_FOUND,
		     "template: a:1:2: executing \"a\" at <include \"zz\" .>: error calling include: template: no template \"zz\" associated with "
		     "template \"set\"");
}

static void test_endless_recursion(void **state)
{
	struct fixture *f = *state;
	parse(f, "a", "{{template \"a\" .}}");
	expect_error(f, "a", ERR_LIMIT, "template: a:1:11: executing \"a\" at <{{template \"a\" .}}>: exceeded maximum template depth (100000)");
}

/* Helm counts 1000 includes of one name: they must fit the C stack's share. */
static void test_deep_include(void **state)
{
	struct fixture *f = *state;
	parse(f, "a", "{{if lt (len .) 1003}}{{with $x := printf \"%s.\" .}}{{include \"a\" $x | printf \"%s\"}}{{end}}{{else}}deep{{end}}");
	expect_output(f, "a", "deep");
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	parse(f, "a", "{{range 1000000000000}}x{{end}}");
	f->run.max_output = 1000;
	expect_error(f, "a", ERR_LIMIT, "template: a:1:23: executing \"a\" at <x>: the output is larger than its limit");
	err_deinit(&f->err);
	f->run.max_output = 0;
	f->run.max_steps = 1000;
	expect_error(f, "a", ERR_LIMIT, "template: a:1:23: executing \"a\" at <x>: the execution takes more steps than its limit");
}

static void test_parse_limits(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF text = { 0 };
	buf_add_c(&text, "{{");
	buf_add_repeat(&text, '(', 100000);
	assert_false(template_parse(f->set, STR("a"), buf_str(&text), NULL, &f->err));
	same(str_c(f->err.message), "template: a:1: max expression depth exceeded");
	assert_int_equal(f->err.kind, ERR_LIMIT);
}

/* Enough texts that two threads share them: order decides which definition holds and which error is told. */
static void test_parse_all(void **state)
{
	struct fixture *f = *state;
	enum { N = 200 };
	struct template_source sources[N];
	size_t failed;
	AUTO_BUF filler = { 0 };
	buf_add_repeat(&filler, '.', 2000);
	struct crew crew;
	struct arena side = { 0 };
	struct template_help help = { &crew, &side };
	crew_init(&crew);
	for (int i = 0; i < N; i++)
		sources[i] = (struct template_source){
			arena_fmt(&f->arena, "f%d", i),
			arena_fmt(&f->arena, "{{define \"x\"}}%d{{end}}{{template \"x\"}}%s", i, buf_str(&filler).p),
		};
	/* The same text under two names is two templates, and errors in each are its own. */
	for (int i = 10; i < 20; i++)
		sources[i].text = STR("{{define \"y\"}}y{{end}}{{template \"y\"}}{{ index . 1 }}");
	assert_true(template_parse_all(f->set, sources, N, NULL, NULL, &failed, &f->err));
	assert_true(template_parse_all(f->set, sources, N, &help, NULL, &failed, &f->err));
	assert_true(template_execute(f->set, STR("f3"), value_null(), &f->run, &f->out, &f->err));
	same(str_slice(buf_str(&f->out), 0, 4), "199.");
	for (int i = 10; i < 20; i++) {
		assert_false(template_execute(f->set, sources[i].name, value_null(), &f->run, &f->out, &f->err));
		assert_true(str_starts(str_c(f->err.message), arena_fmt(&f->arena, "template: f%d:1:41: executing \"f%d\"", i, i)));
		err_deinit(&f->err);
	}
	sources[198].text = STR("{{ bad }}");
	assert_false(template_parse_all(f->set, sources, N, &help, NULL, &failed, &f->err));
	assert_int_equal(failed, 198);
	same(str_c(f->err.message), "template: f198:1: function \"bad\" not defined");
	err_deinit(&f->err);
	err_deinit(&f->err);
	for (int i = 5; i < 50; i++)
		sources[i].text = STR("{{ worse }}");
	for (int i = 0; i < 20; i++) {
		assert_false(template_parse_all(f->set, sources, N, i % 2 ? &help : NULL, NULL, &failed, &f->err));
		assert_int_equal(failed, 5);
		same(str_c(f->err.message), "template: f5:1: function \"worse\" not defined");
		err_deinit(&f->err);
	}
	crew_deinit(&crew);
	arena_adopt(&f->arena, &side);
}

/* Item i is the text of source N - 1 - i; behind them all is one that is no source. */
struct unread {
	struct template_source *sources;
	struct str texts[20];
	size_t broken; /* cannot be read */
};

static bool read_item(void *ctx, size_t item, struct arena *a, size_t *source)
{
	struct unread *u = ctx;
	*source = item < ARRAY_LEN(u->texts) ? ARRAY_LEN(u->texts) - 1 - item : TEMPLATE_NO_SOURCE;
	if (*source != TEMPLATE_NO_SOURCE)
		u->sources[*source].text = arena_str(a, u->texts[*source]);
	return item != u->broken;
}

static void test_reading(void **state)
{
	struct fixture *f = *state;
	enum { N = 20 };
	struct template_source sources[N];
	struct unread unread = { .sources = sources, .broken = SIZE_MAX };
	struct template_reading reading = { N + 1, read_item, &unread };
	struct crew crew;
	struct arena side = { 0 };
	struct template_help help = { &crew, &side };
	size_t failed;
	crew_init(&crew);
	for (int i = 0; i < N; i++) {
		sources[i] = (struct template_source){ .name = arena_fmt(&f->arena, "r%d", i) };
		unread.texts[i] = arena_fmt(&f->arena, "{{define \"x\"}}%d{{end}}{{template \"x\"}}", i);
	}
	assert_true(template_parse_all(f->set, sources, N, &help, &reading, &failed, &f->err));
	assert_true(template_execute(f->set, STR("r3"), value_null(), &f->run, &f->out, &f->err));
	same(buf_str(&f->out), "19");
	unread.texts[4] = unread.texts[9] = STR("{{ bad }}");
	assert_false(template_parse_all(f->set, sources, N, &help, &reading, &failed, &f->err));
	assert_int_equal(failed, 4);
	same(str_c(f->err.message), "template: r4:1: function \"bad\" not defined");
	err_deinit(&f->err);
	unread.broken = N;
	assert_false(template_parse_all(f->set, sources, N, &help, &reading, &failed, &f->err));
	assert_true(failed == TEMPLATE_NO_SOURCE && !f->err.message);
	crew_deinit(&crew);
	arena_adopt(&f->arena, &side);
}

static void note_text(void *ctx, const struct buf *out, size_t from, struct str file, uint32_t line)
{
	buf_addf(ctx, "%.*s:%u '%.*s'\n", STR_ARG(file), line, (int)(out->n - from), out->p + from);
}

static void note_begin(void *ctx)
{
	buf_add_c(ctx, "(");
}

static void note_end(void *ctx, const struct buf *out, size_t from, struct value v, struct str file, uint32_t line)
{
	(void)v;
	buf_add_c(ctx, ")");
	note_text(ctx, out, from, file, line);
}

static void note_read(void *ctx, const struct map *map, struct str key)
{
	(void)map;
	buf_addf(ctx, ".%.*s", STR_ARG(key));
}

static void note_use(void *ctx, struct value v)
{
	(void)v;
	buf_add_c(ctx, "$");
}

static void note_call(void *ctx, const struct go_func *func, const struct value *argv, size_t argc)
{
	(void)argv;
	buf_addf(ctx, "%.*s/%zu ", STR_ARG(func->name), argc);
}

/* What stands between the parentheses ran within the action that ends there. */
static void test_trace(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF log = { 0 };
	struct template_trace trace = { note_text, note_begin, note_end, note_read, note_use, note_call, &log };
	struct value dot = value_map_new(&f->arena);
	value_map_set(dot, STR("a"), value_str(STR("A")));
	parse(f, "b", "{{define \"x\"}}in {{.a}}{{end}}");
	parse(f, "a", "one\n{{.a}}\n{{template \"x\" .}}{{- $v := .a }}\n\n{{ include \"x\" . | printf \"%s!\" }}\n  {{- /* c */ -}}\n\n two\nthree");
	f->run.trace = &trace;
	if (!template_execute(f->set, STR("a"), dot, &f->run, &f->out, &f->err))
		fail_msg("%s", f->err.message);
	same(buf_str(&f->out), "one\nA\nin A\n\nin A!two\nthree");
	same(buf_str(&log), "a:1 'one\n'\n(.a)a:2 'A'\na:2 '\n'\n$b:1 'in '\n(.a)b:1 'A'\n(.a)a:3 ''\na:3 '\n\n'\n"
			    "($include/2 b:1 'in '\n(.a)b:1 'A'\nprintf/2 )a:5 'in A!'\na:8 'two\nthree'\n");
}

static void test_fmt_of_what_holds_itself(void **state)
{
	struct fixture *f = *state;
	struct value map = value_map_new(&f->arena);
	value_map_set(map, STR("self"), map);
	assert_false(gofmt_value(&f->out, NULL, map));
	assert_false(go_deep_equal(NULL, map, value_map_new(&f->arena)));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_include), TEST(test_tpl_sees_caller_and_hides_its_own), TEST(test_nested_error), TEST(test_missing_template),
		TEST(test_endless_recursion), TEST(test_deep_include), TEST(test_limits), TEST(test_parse_limits), TEST(test_parse_all), TEST(test_reading), TEST(test_trace),
		TEST(test_fmt_of_what_holds_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
