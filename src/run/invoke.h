/*
 * invoke.h: words of a command line to calls of recipes: `build --release x test m::lint`.
 *
 * The first word of a call names a recipe: alone, as a path with `::`, or through submodules by words of their own; a module stands for its default recipe. The
 * words that follow are its options and arguments, as many as it takes; then the next call begins.
 */
#ifndef RUN_INVOKE_H
#define RUN_INVOKE_H

#include "lang/lang.h"

/* What one parameter was given. */
struct invoke_arg {
	struct str *values;
	size_t n;      /* 0: the default */
	size_t flags;  /* times that its flag was given; `value=` or "true" stands for each */
};

struct invocation {
	const struct lang_recipe *recipe;
	struct invoke_arg *args; /* one for each parameter */
};
typedef VEC(struct invocation) invocations;

struct invoke_options {
	bool allow_missing; /* an unknown recipe or module ends the words without an error */
	bool color;         /* of the usage hint */
	struct str program;
};

enum invoke_problem { INVOKE_OTHER, INVOKE_UNKNOWN_RECIPE };

/* Reads all words; everything in `a`. An err of kind ERR_NOT_FOUND says that the justfile lacks a recipe or module; other faults are ERR_USAGE. */
MUST_CHECK bool invoke_parse(const struct lang_tree *tree, const struct str *words, size_t n, const struct invoke_options *options,
			     struct arena *a, invocations *out, struct err *err);
/* The module that all words together name, the root where there are none; NULL where they name something else. */
const struct lang_module *invoke_module(const struct lang_tree *tree, const struct str *words, size_t n, struct arena *a);
/* The module's default recipe, if it can be called without arguments; the error says why not. */
MUST_CHECK bool invoke_default(const struct lang_module *module, const struct lang_recipe **out, struct err *err);

/* Whether the name stands for an optional module whose file is not there; then *err says so. */
bool invoke_is_absent(const struct lang_module *module, struct str name, struct err *err);

/* Finds a recipe by path as --show and --usage do: words each may hold `::`. */
MUST_CHECK bool invoke_find(const struct lang_tree *tree, const struct str *words, size_t n, const struct lang_recipe **recipe,
			    const struct lang_alias **alias, struct err *err);
typedef VEC(struct str) name_list;
/* The names of such a path as messages show it, in `a`: between spaces where they were written so. */
struct str invoke_show_path(const struct str *words, size_t n, const name_list *names, struct arena *a);
/* The names of a path: words, or one word that is split at spaces or at `::`; ERR_USAGE where they are no names. */
MUST_CHECK bool invoke_path(const struct str *words, size_t n, struct arena *a, name_list *out, struct err *err);

/* Adds "Did you mean `x`?" to an error about a name that is not there. */
void invoke_suggest_recipe(struct buf *out, const struct lang_module *module, struct str name);

#endif
