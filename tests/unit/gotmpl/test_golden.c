/* Replays tests/golden/gotmpl: templates, data, and what Go made of them (tests/peer/gotmpl/README.md says how the files look). */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "data/json.h"
#include "golden_types.h"
#include "gotmpl/sprig.h"
#include "gotmpl/template.h"

/* Built twice: without a host, and with the real one for the files that need its cryptography. */
#ifdef WITH_HOST
#include "step/template_host.h"
#define HOST (&(struct go_host){ .crypto = &template_crypto })
#define MINE(name) (strstr((name), "crypto") != NULL)
#else
#define HOST NULL
#define MINE(name) (strstr((name), "crypto") == NULL)
#endif

struct state {
	struct arena *arena;
	const struct go_funcs *funcs, *core_funcs, *all_funcs; /* in use; of text/template; with sprig's */
	struct str file;
	size_t line;
	struct value data;
	struct str data_text;
	enum template_missing missing;
	struct template_set *set; /* with the `file` lines of the next case, or NULL */
	struct err parse_err;
	struct str got; /* of the last tmpl line */
	bool failed;
	size_t cases, wrong;
};

static struct str unquote(struct state *s, struct str text)
{
	struct value v;
	struct err err = { 0 };
	if (!str_starts(text, STR("\"")))
		return text;
	if (!json_parse(text, NULL, s->arena, &v, &err)) {
		err_deinit(&err);
		return text;
	}
	return value_as_str(v);
}

static struct template_set *set_of(struct state *s)
{
	if (!s->set)
		s->set = template_set_new(STR("set"),
					  &(struct template_options){ .funcs = s->funcs, .types = &golden_types, .missing = s->missing }, s->arena);
	return s->set;
}

static void set_result(struct state *s, bool ok, const struct buf *out, struct err *err)
{
	s->failed = !ok;
	s->got = arena_str(s->arena, ok ? buf_str(out) : str_c(err->message));
	err_deinit(err);
}

static void run_case(struct state *s, struct str text)
{
	AUTO_BUF out = { 0 };
	struct err err = { 0 };
	struct template_run run = { .arena = s->arena, .host = HOST };
	struct template_set *set = set_of(s);
	/* Functions may change their data (sprig's set): each case gets its own. */
	bool ok = json_parse(s->data_text, NULL, s->arena, &s->data, &err);
	if (s->parse_err.kind) {
		ok = false;
		err_move(&err, &s->parse_err);
	}
	ok = ok && template_parse(set, STR("t"), text, NULL, &err) &&
	     template_execute(set, STR("t"), golden_typed(s->data, s->arena), &run, &out, &err);
	set_result(s, ok, &out, &err);
	s->set = NULL;
}

static void add_file(struct state *s, struct str rest)
{
	struct str name, text;
	str_cut(rest, ' ', &name, &text);
	if (!s->parse_err.kind && !template_parse(set_of(s), name, unquote(s, text), NULL, &s->parse_err))
		return;
}

/* As a JSON string in a file cannot hold invalid UTF-8, neither does what is compared. */
static struct str valid(struct state *s, struct str text)
{
	AUTO_BUF out = { 0 };
	if (utf8_valid(text))
		return text;
	for (size_t i = 0; i < text.n;) {
		uint32_t r;
		i += utf8_decode(str_slice(text, i, text.n), &r);
		buf_add_rune(&out, r);
	}
	return buf_to_arena(&out, s->arena);
}

static void check(struct state *s, struct str want, bool failed)
{
	struct str got = valid(s, s->got);
	want = unquote(s, want);
	s->cases++;
	if (str_eq(got, want) && failed == s->failed)
		return;
	s->wrong++;
	print_error("%.*s:%zu:\n got  %s %.*s\n want %s %.*s\n", STR_ARG(s->file), s->line, s->failed ? "fail" : "want", STR_ARG(got),
		    failed ? "fail" : "want", STR_ARG(want));
}

static void set_options(struct state *s, struct str rest)
{
	s->missing = str_contains(rest, STR("missingkey=zero"))    ? MISSING_ZERO
		     : str_contains(rest, STR("missingkey=error")) ? MISSING_ERROR
								   : MISSING_DEFAULT;
	s->funcs = str_contains(rest, STR("core")) ? s->core_funcs : s->all_funcs;
}

static void replay_line(struct state *s, struct str line)
{
	struct str word, rest;
	str_cut(line, ' ', &word, &rest);
	if (str_eq_c(word, "data"))
		s->data_text = rest;
	else if (str_eq_c(word, "opt"))
		set_options(s, rest);
	else if (str_eq_c(word, "file"))
		add_file(s, rest);
	else if (str_eq_c(word, "tmpl"))
		run_case(s, unquote(s, rest));
	else if (str_eq_c(word, "want") || str_eq_c(word, "fail"))
		check(s, rest, str_eq_c(word, "fail"));
}

static void replay(struct str path, size_t *cases, size_t *wrong)
{
	struct arena arena = { 0 };
	struct str rest;
	struct err err = { 0 };
	struct state s = { .arena = &arena, .file = path, .data_text = STR("null") };
	s.core_funcs = go_funcs_new(NULL, 0, &arena);
	struct go_table tables[SPRIG_TABLES_MAX];
	size_t n = sprig_tables(tables);
	s.funcs = s.all_funcs = go_funcs_new(tables, n, &arena);
	if (!fs_read(path, VALUE_STR_MAX, &arena, &rest, &err))
		fail_msg("%s", err.message);
	/* Not str_next_line: \r belongs to the line. */
	while (rest.n) {
		struct str line;
		str_cut(rest, '\n', &line, &rest);
		s.line++;
		replay_line(&s, line);
	}
	*cases += s.cases;
	*wrong += s.wrong;
	arena_deinit(&arena);
}

static void test_all(void **state)
{
	(void)state;
	char folder[4096], path[4096 + 300];
	size_t cases = 0, wrong = 0;
	const char *src = getenv("SRCDIR"), *only = getenv("GOLDEN");
	snprintf(folder, sizeof(folder), "%s/tests/golden/gotmpl", src ? src : ".");
	DIR *dir = opendir(folder);
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		size_t n = strlen(e->d_name);
		if (n < 4 || strcmp(e->d_name + n - 4, ".txt") != 0 || !MINE(e->d_name) || (only && !strstr(e->d_name, only)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		replay(str_c(path), &cases, &wrong);
	}
	closedir(dir);
	print_message("%zu cases, %zu wrong\n", cases, wrong);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
