/*
 * case.h: upper and lower case with Unicode's full mappings, and kebab-case and its kin.
 */
#ifndef LANG_CASE_H
#define LANG_CASE_H

#include "base/buf.h"

/* One code point, which may become up to three. */
void case_add_upper(struct buf *out, uint32_t rune);
void case_add_lower(struct buf *out, uint32_t rune);
/* Whole texts; a sigma that ends a word becomes the final one. */
void case_upper(struct buf *out, struct str s);
void case_lower(struct buf *out, struct str s);

enum case_word { CASE_LOWER, CASE_UPPER, CASE_CAPITALIZED };
struct case_style {
	enum case_word first, rest; /* how the first word and the others are written */
	struct str separator;
};
/* Splits s into words and writes them in the style. */
void case_words(struct buf *out, struct str s, const struct case_style *style);

#endif
