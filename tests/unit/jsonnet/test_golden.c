/* Replays tests/golden/jsonnet: programs and what the C++ implementation made of them (tests/peer/jsonnet/README.md says how the files look). */
#include "unit.h"

#include "base/vec.h"
#include "golden.h"
#include "jsonnet/jsonnet.h"
#include "step/jsonnet_host.h"

struct file {
	struct str name, text;
};

struct state {
	struct golden *golden;
	struct arena *arena; /* of the whole file of cases */
	VEC(struct file) files;
	VEC(struct jsonnet_var) ext, tla;
	bool fresh; /* a case came since the last file or variable */
	struct jsonnet_cache *cache;
};

static bool import(void *ctx, struct str from UNUSED, struct str name, struct arena *a, struct str *path, struct str *bytes, struct err *err)
{
	struct state *s = ctx;
	for (size_t i = s->files.n; i-- > 0;) {
		if (!str_eq(s->files.p[i].name, name))
			continue;
		*path = name;
		*bytes = arena_str(a, s->files.p[i].text);
		return true;
	}
	return err_set(err, ERR_NOT_FOUND, "couldn't open import");
}

static void run_case(struct state *s, struct str text, enum jsonnet_dialect dialect)
{
	struct jsonnet_documents docs;
	struct err err = { 0 };
	struct jsonnet_options o = {
		.cache = s->cache,
		.ext = { s->ext.p, s->ext.n },
		.tla = { s->tla.p, s->tla.n },
		.import = import,
		.import_ctx = s,
		.dialect = dialect,
		.hash = jsonnet_host_hash,
	};
	struct jsonnet_program program = { .file = STR("t"), .text = text.p ? text : STR("") };
	s->golden->failed = !jsonnet_manifest(&program, JSONNET_JSON, &o, s->arena, &docs, &err);
	if (s->golden->failed) {
		struct str rest;
		str_cut(arena_str(s->arena, str_c(err.message)), '\n', &s->golden->got, &rest);
	} else {
		s->golden->got = str_drop_suffix(docs.p[0].text, STR("\n"));
	}
	err_deinit(&err);
}

/* A file or a variable after a case begins a new set. */
static void renew(struct state *s)
{
	if (s->fresh)
		s->files.n = s->ext.n = s->tla.n = 0;
	s->fresh = false;
}

static void add(struct state *s, struct str word, struct str rest)
{
	struct jsonnet_var var = { .kind = str_ends(word, STR("code")) ? JSONNET_CODE : JSONNET_STR };
	renew(s);
	str_cut(rest, ' ', &var.name, &var.text);
	var.text = golden_unquote(s->golden, var.text);
	if (str_eq_c(word, "file"))
		vec_push_in(&s->files, s->arena, (struct file){ var.name, var.text });
	else if (str_starts(word, STR("ext")))
		vec_push_in(&s->ext, s->arena, var);
	else
		vec_push_in(&s->tla, s->arena, var);
}

static void replay_line(struct state *s, struct str word, struct str rest)
{
	if (str_eq_c(word, "expr") || str_eq_c(word, "goexpr")) {
		run_case(s, golden_unquote(s->golden, rest), word.p[0] == 'g' ? JSONNET_GO : JSONNET_CPP);
		s->fresh = true;
	} else if (str_eq_c(word, "want") || str_eq_c(word, "fail")) {
		golden_check(s->golden, rest, str_eq_c(word, "fail"));
	} else if (word.n > 0 && word.p[0] != '#' && !str_starts(word, STR("go"))) {
		add(s, word, rest);
	}
}

static void replay(struct golden *g, struct str text)
{
	struct str word, rest;
	struct state s = { .golden = g, .arena = g->arena, .cache = jsonnet_cache_new() };
	while (golden_next(g, &text, &word, &rest))
		replay_line(&s, word, rest);
	jsonnet_cache_free(s.cache);
}

static void test_all(void **state)
{
	(void)state;
	golden_replay("jsonnet", NULL, replay);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
