/* Replays tests/golden/gotmpl: templates, data, and what Go made of them (tests/peer/gotmpl/README.md says how the files look). */
#include "unit.h"

#include "base/utf8.h"
#include "golden.h"
#include "golden_types.h"
#include "gotmpl/sprig.h"
#include "gotmpl/template.h"

/* Built twice: without a host, and with the real one for the files that need its cryptography. */
#ifdef WITH_HOST
#include "step/template_host.h"
#define HOST (&(struct go_host){ .crypto = &template_crypto })
#define WANTS_HOST true
#else
#define HOST NULL
#define WANTS_HOST false
#endif

struct state {
	struct golden *golden;
	struct arena *arena; /* the golden's */
	const struct go_funcs *funcs, *core_funcs, *all_funcs; /* in use; of text/template; with sprig's */
	struct value data;
	struct str data_text;
	enum template_missing missing;
	struct template_set *set; /* with the `file` lines of the next case, or NULL */
	struct err parse_err;
};

static struct template_set *set_of(struct state *s)
{
	if (!s->set)
		s->set = template_set_new(STR("set"),
					  &(struct template_options){ .funcs = s->funcs, .types = &golden_types, .missing = s->missing }, s->arena);
	return s->set;
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
	s->golden->failed = !ok;
	s->golden->got = valid(s, arena_str(s->arena, ok ? buf_str(&out) : str_c(err.message)));
	err_deinit(&err);
	s->set = NULL;
}

static void add_file(struct state *s, struct str rest)
{
	struct str name, text;
	str_cut(rest, ' ', &name, &text);
	if (!s->parse_err.kind && !template_parse(set_of(s), name, golden_unquote(s->golden, text), NULL, &s->parse_err))
		return;
}

static void set_options(struct state *s, struct str rest)
{
	s->missing = str_contains(rest, STR("missingkey=zero"))    ? MISSING_ZERO
		     : str_contains(rest, STR("missingkey=error")) ? MISSING_ERROR
								   : MISSING_DEFAULT;
	s->funcs = str_contains(rest, STR("core")) ? s->core_funcs : s->all_funcs;
}

static void replay_line(struct state *s, struct str word, struct str rest)
{
	if (str_eq_c(word, "data"))
		s->data_text = rest;
	else if (str_eq_c(word, "opt"))
		set_options(s, rest);
	else if (str_eq_c(word, "file"))
		add_file(s, rest);
	else if (str_eq_c(word, "tmpl"))
		run_case(s, golden_unquote(s->golden, rest));
	else if (str_eq_c(word, "want") || str_eq_c(word, "fail"))
		golden_check(s->golden, rest, str_eq_c(word, "fail"));
}

static void replay(struct golden *g, struct str text)
{
	struct str word, rest;
	struct go_table tables[SPRIG_TABLES_MAX];
	size_t n = sprig_tables(tables);
	struct state s = { .golden = g, .arena = g->arena, .data_text = STR("null") };
	s.core_funcs = go_funcs_new(NULL, 0, g->arena);
	s.funcs = s.all_funcs = go_funcs_new(tables, n, g->arena);
	while (golden_next(g, &text, &word, &rest))
		replay_line(&s, word, rest);
}

static bool takes(const char *name)
{
	return (strstr(name, "crypto") != NULL) == WANTS_HOST;
}

static void test_all(void **state)
{
	(void)state;
	golden_replay("gotmpl", takes, replay);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
