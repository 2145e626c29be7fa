/*
 * golden.h: replays tests/golden/AREA: text files of lines, each a word and what belongs to it. What a line sets or runs is the test's; finding the files, texts in quotes, comparing
 * and counting are here. SRCDIR names the source folder; GOLDEN picks the files whose names hold it.
 */
#ifndef UNIT_GOLDEN_H
#define UNIT_GOLDEN_H

#include <dirent.h>
#include <stdio.h>

#include "base/fs.h"
#include "data/json.h"

struct golden {
	struct arena *arena; /* of the file that is replayed */
	struct str path;
	size_t line;
	struct str got; /* of the last case, and whether it failed */
	bool failed;
	size_t cases, wrong; /* of all files */
};

/* The text of a JSON string; one that is none stays as it is. */
static inline struct str golden_unquote(const struct golden *g, struct str text)
{
	struct value v;
	AUTO_ERR err = { 0 };
	return str_starts(text, STR("\"")) && json_parse(text, NULL, g->arena, &v, &err) ? value_as_str(v) : text;
}

/* Compares what the last case gave with `want`, in quotes or not; `failed`: it should be an error's text. */
static inline void golden_check(struct golden *g, struct str want, bool failed)
{
	want = golden_unquote(g, want);
	g->cases++;
	if (str_eq(g->got, want) && failed == g->failed)
		return;
	g->wrong++;
	print_error("%.*s:%zu:\n got  %s %.*s\n want %s %.*s\n", STR_ARG(g->path), g->line, g->failed ? "fail" : "want", STR_ARG(g->got),
		    failed ? "fail" : "want", STR_ARG(want));
}

/* The next line of `rest`; not str_next_line: \r belongs to the line. False at the end. */
static inline bool golden_next(struct golden *g, struct str *rest, struct str *word, struct str *arguments)
{
	struct str line;
	if (!rest->n)
		return false;
	str_cut(*rest, '\n', &line, rest);
	str_cut(line, ' ', word, arguments);
	g->line++;
	return true;
}

/* Calls `replay` with the text of each file of the area that `takes` (NULL: all), and fails where a case came out wrong. */
static inline void golden_replay(const char *area, bool (*takes)(const char *name), void (*replay)(struct golden *g, struct str text))
{
	struct golden g = { 0 };
	char folder[4096], path[4096 + 300];
	const char *src = getenv("SRCDIR"), *only = getenv("GOLDEN");
	snprintf(folder, sizeof(folder), "%s/tests/golden/%s", src ? src : ".", area);
	DIR *dir = opendir(folder);
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		struct arena arena = { 0 };
		struct str text;
		struct err err = { 0 };
		if (!str_ends(str_c(e->d_name), STR(".txt")) || (takes && !takes(e->d_name)) || (only && !strstr(e->d_name, only)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		g.arena = &arena;
		g.path = str_c(path);
		g.line = 0;
		if (!fs_read(g.path, VALUE_STR_MAX, &arena, &text, &err))
			fail_msg("%s", err.message);
		replay(&g, text);
		arena_deinit(&arena);
	}
	closedir(dir);
	print_message("%zu cases, %zu wrong\n", g.cases, g.wrong);
	assert_true(g.cases > 0 || only);
	assert_int_equal(g.wrong, 0);
}

#endif
