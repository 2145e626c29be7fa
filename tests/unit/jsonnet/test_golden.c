/* Replays tests/golden/jsonnet: programs and what the C++ implementation made of them (tests/peer/jsonnet/README.md says how the files look). */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/vec.h"
#include "data/json.h"
#include "jsonnet/jsonnet.h"
#include "step/jsonnet_host.h"

struct file {
	struct str name, text;
};

struct state {
	struct arena *arena; /* of the whole file of cases */
	struct str path;
	size_t line;
	VEC(struct file) files;
	VEC(struct jsonnet_var) ext, tla;
	bool fresh; /* a case came since the last file or variable */
	struct jsonnet_cache *cache;
	struct str got;
	bool failed;
	size_t cases, wrong;
};

static struct str unquote(struct state *s, struct str text)
{
	struct value v;
	struct err err = { 0 };
	if (!str_starts(text, STR("\"")) || !str_ends(text, STR("\"")))
		return text;
	if (!json_parse(text, NULL, s->arena, &v, &err)) {
		err_deinit(&err);
		return text;
	}
	return v.kind == VAL_STR ? value_as_str(v) : text;
}

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
	s->failed = !jsonnet_manifest(&program, JSONNET_JSON, &o, s->arena, &docs, &err);
	if (s->failed) {
		struct str rest;
		str_cut(arena_str(s->arena, str_c(err.message)), '\n', &s->got, &rest);
	} else {
		s->got = str_drop_suffix(docs.p[0].text, STR("\n"));
	}
	err_deinit(&err);
}

static void check(struct state *s, struct str want, bool failed)
{
	want = unquote(s, want);
	s->cases++;
	if (str_eq(s->got, want) && failed == s->failed)
		return;
	s->wrong++;
	print_error("%.*s:%zu:\n got  %s %.*s\n want %s %.*s\n", STR_ARG(s->path), s->line, s->failed ? "fail" : "want", STR_ARG(s->got),
		    failed ? "fail" : "want", STR_ARG(want));
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
	var.text = unquote(s, var.text);
	if (str_eq_c(word, "file"))
		vec_push_in(&s->files, s->arena, (struct file){ var.name, var.text });
	else if (str_starts(word, STR("ext")))
		vec_push_in(&s->ext, s->arena, var);
	else
		vec_push_in(&s->tla, s->arena, var);
}

static void replay_line(struct state *s, struct str line)
{
	struct str word, rest;
	str_cut(line, ' ', &word, &rest);
	if (str_eq_c(word, "expr") || str_eq_c(word, "goexpr")) {
		run_case(s, unquote(s, rest), word.p[0] == 'g' ? JSONNET_GO : JSONNET_CPP);
		s->fresh = true;
	} else if (str_eq_c(word, "want") || str_eq_c(word, "fail")) {
		check(s, rest, str_eq_c(word, "fail"));
	} else if (word.n > 0 && word.p[0] != '#' && !str_starts(word, STR("go"))) {
		add(s, word, rest);
	}
}

static void replay(struct str path, size_t *cases, size_t *wrong)
{
	struct arena arena = { 0 };
	struct str rest, line;
	struct err err = { 0 };
	struct state s = { .arena = &arena, .path = path, .cache = jsonnet_cache_new() };
	if (!fs_read(path, VALUE_STR_MAX, &arena, &rest, &err))
		fail_msg("%s", err.message);
	for (; rest.n; replay_line(&s, line)) {
		str_cut(rest, '\n', &line, &rest);
		s.line++;
	}
	*cases += s.cases;
	*wrong += s.wrong;
	jsonnet_cache_free(s.cache);
	arena_deinit(&arena);
}

static void test_all(void **state)
{
	(void)state;
	char folder[4096], path[4096 + 300];
	size_t cases = 0, wrong = 0;
	const char *src = getenv("SRCDIR"), *only = getenv("GOLDEN");
	snprintf(folder, sizeof(folder), "%s/tests/golden/jsonnet", src ? src : ".");
	DIR *dir = opendir(folder);
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		size_t n = strlen(e->d_name);
		if (n < 4 || strcmp(e->d_name + n - 4, ".txt") != 0 || (only && !strstr(e->d_name, only)))
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
