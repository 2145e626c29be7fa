/*
 * cached.h: recipes with [cache(inputs = …, outputs = …, extra = …)], as nodes with traces of their own.
 *
 * The attribute is just's own (its manual, "Cached Recipes"); here inputs may also be globs and folders, `!` in front excludes, and missing or changed
 * outputs come back from the store. What the key covers: the recipe's path, its evaluated body, interpreter and arguments, the variables that it exports, PATH, the
 * working folder, and `extra`. Inputs are compared by content, as the set of files that the declaration names now.
 */
#ifndef RUN_CACHED_H
#define RUN_CACHED_H

#include <time.h>

#include "lang/lang.h"
#include "run/record.h"

/* One invocation of such a recipe. Everything is borrowed. */
struct cached_body {
	const struct lang_recipe *recipe;
	const struct lang_scope *scope;
	struct str directory;   /* where the body runs, absolute */
	struct str script;      /* the evaluated body */
	char *const *environ;   /* what it will see */
};

/* What a body began with. */
struct cached_start {
	struct timespec at;
	struct digest inputs; /* of their names and contents */
};

/* Looks whether a recorded run holds and, if so, puts its outputs in place: *fresh. An input that does not exist is ERR_NOT_FOUND, in just's words.
 * *start is for cached_end. */
MUST_CHECK bool cached_begin(const struct step_host *host, const struct cached_body *body, struct cached_start *start, bool *fresh,
			      struct err *err);
/* After the body ran well: records what it was made from and keeps its outputs. A missing output is ERR_FAILED, in
 * just's words. Nothing is recorded where an input changed while it ran. */
MUST_CHECK bool cached_end(const struct step_host *host, const struct cached_body *body, const struct cached_start *start,
			   struct err *err);

#endif
