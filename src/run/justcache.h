/*
 * justcache.h: recipes with [cache] as just itself caches them, for where the program goes by that name.
 *
 * An invocation's key is the BLAKE3 hash of a JSON object that says all that just looks at (its manual, "Cached Recipes"); an entry is a file
 * .justcache/HASH.json beside the tasks file. One that is not empty skips the invocation. Entries are locked, so that two programs do not run the same
 * invocation at once.
 */
#ifndef RUN_JUSTCACHE_H
#define RUN_JUSTCACHE_H

#include "run/recipe.h"

struct justcache_call {
	const struct lang_recipe *recipe;
	const struct lang_scope *scope;
	struct str directory;                /* where the body runs, absolute */
	char *const *environ;                /* what it will see */
	const struct str *lines;             /* of the evaluated body */
	const struct str *interpreter;       /* its words; of a shebang n is 0 */
	size_t n_interpreter;
	struct str extension;                /* p is NULL: none */
	const char *const *positional;       /* ends with NULL; NULL where there are none */
	const struct lang_tree *tree;
};

/* An entry, locked from begin to end. */
struct justcache {
	int fd;
	struct str key_json; /* as -vv shows it, several lines */
	struct str hash;     /* hexadecimal */
	struct str *outputs; /* as written */
	size_t n_outputs;
};

/* Computes the key and opens the entry; *hit says that the invocation need not run. Memory in `a`; release with justcache_end. */
MUST_CHECK bool justcache_begin(const struct justcache_call *call, struct arena *a, struct justcache *out, bool *hit, struct err *err);
/* Records that the invocation ran well. A missing output is an error. */
MUST_CHECK bool justcache_done(const struct justcache_call *call, const struct justcache *entry, struct err *err);
/* Releases the lock; fine on a zeroed one. */
void justcache_end(struct justcache *entry);

/* Removes the entries of recipes whose path begins with `path` (names joined by `::`; empty: all). *found false: there is no cache. */
MUST_CHECK bool justcache_clean(struct str folder, struct str path, bool *found, size_t *removed, struct err *err);

#endif
