/*
 * words.h: what the evaluator says of a failure, in the words of the go-jsonnet that is within tk.
 *
 * The evaluator speaks as the C++ jsonnet does. Both say the same of most things, but not with the same words; users and scripts of tk know its own. Messages are translated
 * by patterns; one that no pattern knows stays as it is.
 */
#ifndef TANKA_WORDS_H
#define TANKA_WORDS_H

#include "base/arena.h"
#include "base/err.h"

/* A text that tk was given itself, not by an import: the program, and variables that are code. Static errors in them show the line. */
struct tanka_source {
	struct str file, text;
};

/* The whole message, its frames included, with the newline (or two) that tk's own ends in. In `a`. */
struct str tanka_words(struct str message, const struct tanka_source *sources, size_t n, struct arena *a);

#endif
