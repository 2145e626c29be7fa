/*
 * words.h: a step script into lines of words: sh's rules for quotes without any expansion.
 *
 * Single quotes keep all; in double quotes a backslash keeps its meaning before $ ` " \ and newline (POSIX 2.2.3); elsewhere it takes the next
 * character as it is; backslash newline joins lines; # at the start of a word begins a comment. $, globs, pipes, redirections, ; and & have no
 * meaning here: unquoted | & ; < > ( ) ` and $ are errors rather than surprises.
 */
#ifndef RUN_WORDS_H
#define RUN_WORDS_H

#include "base/buf.h"
#include "run/step.h"

struct words_line {
	step_words words; /* at least one */
	uint32_t line;    /* where it begins in the script, from 1 */
};
typedef VEC(struct words_line) words_lines;

/* Splits the script `text`; `file` and `first_line` (the number of the text's first line in that file) place errors. Memory in `a`. */
MUST_CHECK bool words_split(struct str text, struct str file, uint32_t first_line, struct arena *a, words_lines *out, struct err *err);
/* Adds a line that splits into these words again, quoted where it must be. */
void words_add(struct buf *out, const step_words *words);

#endif
