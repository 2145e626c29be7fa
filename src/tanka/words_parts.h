/*
 * words_parts.h: what words.c and words_static.c share.
 */
#ifndef TANKA_WORDS_PARTS_H
#define TANKA_WORDS_PARTS_H

#include "tanka/words.h"
#include "text/regex.h"

enum { WORDS_GROUPS = 4 };

/* Whether the pattern matches all of `text`; groups that took no part are empty. */
bool words_match(struct arena *a, const char *pattern, struct str text, const struct regex **re, struct str groups[static WORDS_GROUPS + 1]);

/* A static error: `first` is "STATIC ERROR: FILE:LINE:COLUMN-COLUMN: message". */
struct str words_static(struct str first, struct str frames, const struct tanka_source *sources, size_t n, struct arena *a);

#endif
