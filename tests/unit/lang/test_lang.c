/*
 * The language against rows that just made (tests/golden/lang/rows, written by tests/peer/just/golden.py): the file as --dump and --json print it, all
 * variables as --evaluate prints them, or the error. Each file is the same folded (fold_check.h).
 */
#include "unit.h"
#include "fold_check.h"

#include <stdio.h>

#include "base/fs.h"
#include "base/path.h"
#include "lang/lang.h"

static struct str unquote(struct arena *a, struct str s)
{
	static const char letters[][2] = { { 'n', '\n' }, { 't', '\t' }, { 'r', '\r' }, { '\\', '\\' } };
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\') {
			p[n++] = s.p[i];
			continue;
		}
		char c = s.p[++i];
		if (c == 'x') {
			char hex[3] = { s.p[i + 1], s.p[i + 2], '\0' };
			p[n++] = (char)strtol(hex, NULL, 16);
			i += 2;
			continue;
		}
		for (size_t k = 0; k < ARRAY_LEN(letters); k++)
			if (letters[k][0] == c)
				p[n++] = letters[k][1];
	}
	p[n] = '\0';
	return (struct str){ p, n };
}

static bool no_env(void *ctx, struct str name, struct str *out)
{
	(void)ctx;
	(void)name;
	(void)out;
	return false;
}

static void add_variables(struct lang_run *run, const struct lang_module *m, const struct lang_scope *scope, struct buf *out)
{
	struct map *map = (struct map *)&m->assignments;
	size_t width = 0;
	(void)run;
	for (size_t i = 0; i < map_len(map); i++) {
		const struct lang_assignment *x = *(struct lang_assignment **)map_at(map, i);
		width = x->is_private ? width : MAX(width, x->name.s.n);
	}
	for (size_t i = 0; i < map_len(map); i++) {
		const struct lang_assignment *x = *(struct lang_assignment **)map_at(map, map_sorted(map, i));
		const struct lang_value *v = lang_scope_get(scope, x);
		if (x->is_private || !v)
			continue;
		buf_addf(out, "%-*.*s := ", (int)width, STR_ARG(x->name.s));
		lang_show_value(v, false, out);
		buf_add_char(out, '\n');
	}
}

static bool produce(struct str mode, struct str text, const struct lang_host *host, struct buf *out, struct err *err)
{
	struct lang_tree tree = { 0 };
	const struct lang_scope *scope;
	bool ok = lang_load(&tree, &(struct lang_load_options){ .path = STR("/nowhere/justfile"), .text = text }, host, err);
	if (ok && str_eq_c(mode, "dump"))
		lang_dump(&tree, NULL, out);
	if (ok && str_eq_c(mode, "json")) {
		lang_dump_json(&tree, out);
		buf_add_char(out, '\n');
	}
	if (ok && str_eq_c(mode, "evaluate")) {
		struct lang_run *run = lang_run_new(&tree, host);
		lang_run_use_all(run, tree.root);
		ok = lang_run_module(run, tree.root, &scope, err);
		if (ok)
			add_variables(run, tree.root, scope, out);
		lang_run_free(run);
	}
	lang_tree_deinit(&tree);
	return ok;
}

static bool check_row(struct str row, struct arena *a)
{
	struct str mode, text, status, want;
	str_cut(row, '\t', &mode, &row);
	str_cut(row, '\t', &text, &row);
	str_cut(row, '\t', &status, &want);
	struct lang_host host = { .getenv = no_env, .program = STR("just"), .version = STR("1.59.0"), .invocation_directory = STR("/nowhere") };
	AUTO_BUF out = { 0 };
	AUTO_ERR err = { 0 };
	text = unquote(a, text);
	bool ok = produce(mode, text, &host, &out, &err);
	if (!ok)
		lang_err_render(&err, &(struct lang_style){ 0 }, &out);
	AUTO_BUF whole = { 0 };
	AUTO_BUF folded = { 0 };
	if (!check_fold(text, &host, &whole, &folded)) {
		print_error("folded:\n%.*s\nwhole:\n%.*s\n", STR_ARG(buf_str(&folded)), STR_ARG(buf_str(&whole)));
		return false;
	}
	if (ok == str_eq_c(status, "0") && str_eq(buf_str(&out), unquote(a, want)))
		return true;
	print_error("%.*s of:\n%.*s\ngot:\n%.*s\nwant:\n%.*s\n", STR_ARG(mode), STR_ARG(text), STR_ARG(buf_str(&out)), STR_ARG(unquote(a, want)));
	return false;
}

static void test_rows(void **state)
{
	(void)state;
	struct arena a = { 0 }, row_arena = { 0 };
	AUTO_ERR err = { 0 };
	struct str rows, row;
	const char *top = getenv("SRCDIR");
	assert_true(fs_read(path_join(&a, str_c(top ? top : "."), STR("tests/golden/lang/rows")), 0, &a, &rows, &err));
	size_t bad = 0, n = 0;
	while (str_next_line(&rows, &row)) {
		n++;
		bad += !check_row(row, &row_arena);
		arena_reset(&row_arena);
	}
	arena_deinit(&row_arena);
	arena_deinit(&a);
	assert_true(n > 500);
	assert_int_equal(bad, 0);
}

/* Long chains take no stack, and no time that grows faster than they do. */
static void test_chains(void **state)
{
	(void)state;
	static const struct {
		const char *head, *piece, *tail;
		size_t n;
	} rows[] = {
		{ "a := 'x'", " + 'x'", "\n", 100000 },
		{ "a := 'x'", " / 'x'", "\n", 100000 },
		{ "set unstable\nset lists\na := ", "!", "'x'\n", 100000 },
		{ "set unstable\nset lists\na := []", " || []", "\n", 255 }, /* as many as just takes */
		{ "set unstable\nset lists\na := []", " && []", "\n", 100000 },
		{ "set unstable\nset lists\na := []", " ++ ['x']", "\n", 100000 },
		{ "a := ", "if 'a' == 'b' { 'c' } else ", "{ 'd' }\n", 20000 },
	};
	struct lang_host host = { .program = STR("just"), .version = STR("1.59.0") };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_BUF text = { 0 };
		AUTO_BUF out = { 0 };
		AUTO_ERR err = { 0 };
		buf_add_c(&text, rows[i].head);
		for (size_t k = 0; k < rows[i].n; k++)
			buf_add_c(&text, rows[i].piece);
		buf_add_c(&text, rows[i].tail);
		static const char *const modes[] = { "dump", "json", "evaluate" };
		for (size_t k = 0; k < ARRAY_LEN(modes); k++)
			assert_true(produce(str_c(modes[k]), buf_str(&text), &host, &out, &err));
	}
}

static void test_long_graphs(void **state)
{
	(void)state;
	struct lang_host host = { .program = STR("just"), .version = STR("1.59.0") };
	static const char *const ends[] = { "r100000:\n", "r100000 := 'x'\n" };
	for (size_t i = 0; i < 2; i++) {
		AUTO_BUF text = { 0 };
		AUTO_BUF out = { 0 };
		AUTO_ERR err = { 0 };
		for (int k = 0; k < 100000; k++)
			buf_addf(&text, i ? "r%d := r%d\n" : "r%d: r%d\n", k, k + 1);
		buf_add_c(&text, ends[i]);
		assert_true(produce(STR("evaluate"), buf_str(&text), &host, &out, &err));
	}
}

/* A long file is cut into tokens a stretch at a time: wherever a stretch ends, the items are those of a short file, and what is no token at its end is still told of
 * before what the parser finds at its beginning. */
static void test_stretches(void **state)
{
	(void)state;
	struct lang_host host = { .program = STR("just"), .version = STR("1.59.0") };
	static const char *const items[] = {
		"# doc\n[no-cd]\n[private]\na%d x='1' *y: && _b\n    echo {{ x }}\n\n    more \\\n      done\n\n",
		"a%d:\n\n",
		"# a comment\n\n",
		"a%d := 'x' + \"y\"\n",
		"[confirm('really?')]\na%d:\n    #!/bin/sh\n\n    echo\n\n",
	};
	AUTO_BUF text = { 0 };
	AUTO_BUF out = { 0 };
	buf_add_c(&text, "_b:\n\n");
	for (int k = 0; k < 6000; k++)
		buf_addf(&text, items[(size_t)k % ARRAY_LEN(items)], k);
	buf_add_c(&text, "last:\n");
	AUTO_ERR err = { 0 };
	if (!produce(STR("dump"), buf_str(&text), &host, &out, &err))
		print_error("%s", err.message);
	assert_true(str_eq(buf_str(&out), buf_str(&text)));
	for (int is_late = 0; is_late < 2; is_late++) {
		AUTO_BUF bad = { 0 };
		AUTO_ERR what = { 0 };
		buf_addf(&bad, "a b c\n%.*s%s", (int)text.n, text.p, is_late ? "\x01\n" : "");
		assert_false(produce(STR("dump"), buf_str(&bad), &host, &out, &what));
		assert_true(str_starts(str_c(what.message), is_late ? STR("unknown start of token") : STR("expected ")));
		assert_int_equal(what.pos.line > 2, is_late);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_long_graphs),
		cmocka_unit_test(test_stretches),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
