/*
 * unicode.h: properties of code points (Unicode 15.0, as Go's unicode package): case, general categories, scripts, simple folding.
 *
 * The tables in unicode_tables.c are generated: src/text/gen-unicode.go.
 */
#ifndef TEXT_UNICODE_H
#define TEXT_UNICODE_H

#include "base/arena.h"

/* Simple (one to one) mappings; a code point without one maps to itself. */
uint32_t unicode_upper(uint32_t r);
uint32_t unicode_lower(uint32_t r);
uint32_t unicode_title(uint32_t r);
/* The next code point that equals r under simple case folding: following it leads round the orbit, as Go's unicode.SimpleFold. */
uint32_t unicode_fold(uint32_t r);

/* Categories as Go's package unicode has them (tables of Unicode 15, unicode_tables.c). */
bool unicode_is_letter(uint32_t r);
bool unicode_is_upper(uint32_t r);
bool unicode_is_lower(uint32_t r);
bool unicode_is_digit(uint32_t r);  /* Nd */
bool unicode_is_number(uint32_t r); /* N */
bool unicode_is_space(uint32_t r);  /* White_Space */
bool unicode_is_punct(uint32_t r);
bool unicode_is_symbol(uint32_t r);
bool unicode_is_mark(uint32_t r);
/* Go's unicode.IsGraphic and IsPrint (what %q leaves as it is). */
bool unicode_is_graphic(uint32_t r);
bool unicode_is_print(uint32_t r);

/* Ranges of code points, ascending, not touching. */
struct unicode_range {
	uint32_t lo, hi;
};
struct unicode_set {
	const struct unicode_range *p;
	size_t n;
};
/* The set of a general category ("L", "Lu", "Letter") or script ("Greek"), or of a property by its name behind `=` ("=White_Space", "=Alphabetic",
 * "=Lowercase", "=Uppercase", "=Word" as UTS 18 has it); case, spaces, `_` and `-` of the name do not count. False if
 * there is none. */
bool unicode_find_set(struct str name, struct unicode_set *out);
bool unicode_set_has(struct unicode_set set, uint32_t r);

/* strings.ToUpper and ToLower: s itself where nothing changes; invalid bytes become U+FFFD. */
struct str unicode_str_upper(struct arena *a, struct str s);
struct str unicode_str_lower(struct arena *a, struct str s);
/* strings.TrimSpace. */
struct str unicode_str_trim(struct str s);

#endif
