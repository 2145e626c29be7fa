/*
 * utf8.h: code points in and out of UTF-8, with the rules of Go's unicode/utf8 (no surrogates, no overlong forms, at most 0x10FFFF).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/arena.h"

#define UTF8_BAD 0xFFFDu /* U+FFFD, what an invalid byte decodes to */

/* Decodes the first code point of s into *rune and returns its length in bytes; an invalid byte gives UTF8_BAD and 1; an empty s gives 0. */
size_t utf8_decode(struct str s, uint32_t *rune);
/* Writes 1 to 4 bytes to `out` and returns how many; an invalid rune is written as U+FFFD. */
size_t utf8_encode(uint32_t rune, char *out);
/* Whether all of s is valid. */
bool utf8_valid(struct str s);
/* What is wrong with s, in `a` and in Rust's words, which just prints; STR_NONE where all is valid. */
struct str utf8_fault(struct str s, struct arena *a);
/* Number of code points, each invalid byte counting as one. */
size_t utf8_count(struct str s);
/* Columns that s takes on a terminal (wide East Asian and pictures 2, combining 0; some sequences are counted as one). */
size_t utf8_width(struct str s);

#endif
