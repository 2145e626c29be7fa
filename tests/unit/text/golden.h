/* golden.h: rows of tests/golden/text: fields separated by tabs, bytes as \xNN. See tests/peer/text/main.go, which prints them. */
#ifndef UNIT_TEXT_GOLDEN_H
#define UNIT_TEXT_GOLDEN_H

#include "unit.h"

#include "base/fs.h"
#include "text/regex.h"

typedef VEC(struct str) golden_fields;
/* Checks a row: compares, and says what differs; returns whether all was as expected. */
typedef bool golden_check(const golden_fields *row, struct arena *a);

static struct str golden_unquote(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 3 < s.n) {
			char hex[3] = { s.p[i + 2], s.p[i + 3], '\0' };
			p[n++] = (char)strtoul(hex, NULL, 16);
			i += 3;
		} else {
			p[n++] = s.p[i];
		}
	}
	return (struct str){ p, n };
}

static void golden_run(const char *name, golden_check *check)
{
	struct arena file = { 0 }, a = { 0 };
	struct str text, line;
	AUTO_ERR err = { 0 };
	const char *top = getenv("SRCDIR");
	struct str path = arena_fmt(&file, "%s/tests/golden/text/%s", top ? top : ".", name);
	if (!fs_read(path, 0, &file, &text, &err))
		fail_msg("%s", err.message);
	size_t rows = 0, wrong = 0;
	while (str_next_line(&text, &line)) {
		golden_fields row = { 0 };
		for (size_t tab; (tab = str_find_char(line, '\t')) != STR_NPOS; line = str_slice(line, tab + 1, line.n))
			vec_push_in(&row, &a, golden_unquote(&a, str_slice(line, 0, tab)));
		vec_push_in(&row, &a, golden_unquote(&a, line));
		rows++;
		wrong += !check(&row, &a);
		arena_reset(&a);
	}
	arena_deinit(&a);
	arena_deinit(&file);
	if (wrong > 0 || rows == 0)
		fail_msg("%s: %zu of %zu rows differ", name, wrong, rows);
}

/* Says which row differs and how. */
static bool golden_same(const golden_fields *row, struct str got, struct str want)
{
	if (str_eq(got, want))
		return true;
	print_error("%.*s:", STR_ARG(row->p[0]));
	for (size_t i = 1; i < row->n && i < 4; i++)
		print_error(" '%.*s'", (int)MIN(row->p[i].n, 60), row->p[i].p);
	print_error("\n  got  %.*s\n  want %.*s\n", STR_ARG(got), STR_ARG(want));
	return false;
}

#endif
