/*
 * declared.h: which files a [cache] declaration names now: files, folders (their files, but those that .gitignore leaves out), patterns, and `!` in front of
 * what is not meant.
 */
#ifndef RUN_DECLARED_H
#define RUN_DECLARED_H

#include "run/step.h"

/* Whether the word is a pattern rather than a name. */
bool declared_is_pattern(struct str word);
/* The folder before the first part with a wild card, "." where there is none. */
struct str declared_fixed_part(struct str pattern);

struct declared {
	struct str root, directory; /* of the project and where the recipe runs, absolute */
	const struct str *words;    /* as written */
	size_t n;
	const struct str *without;  /* files that are not meant though they lie in a folder: the recipe's own outputs, absolute */
	size_t n_without;
	bool all;                   /* also what .gitignore leaves out: outputs mostly are */
	bool may_miss;              /* a plain name that does not exist names nothing, else it is ERR_NOT_FOUND in just's words */
};
/* The files, relative to the root where they lie inside it; sorted, each once. A symbolic link is named as itself. Memory in `a`. */
MUST_CHECK bool declared_find(const struct declared *d, struct arena *a, step_words *out, struct err *err);

#endif
