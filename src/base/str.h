/*
 * str.h: the one string type: a pointer and a length, borrowed from whatever holds the bytes.
 *
 * A str is valid as long as what it was cut from (an arena, a buf, a literal, a mapped file). It need not end in NUL and may
 * contain NUL bytes. C strings appear only at the system's edge: arena_cstr (arena.h) makes one.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <string.h>

#include "base/base.h"

struct str {
	const char *p;
	size_t n;
};

/* A str of a string literal, usable in constant initialisers: STR_INIT("x"); and as an expression: STR("x"). */
#define STR_INIT(lit) { (lit), sizeof(lit) - 1 }
#define STR(lit) ((struct str){ (lit), sizeof(lit) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* printf("%.*s", STR_ARG(s)); */
#define STR_ARG(s) (int)(s).n, (s).p

/* The str of a C string; NULL gives the empty str. Borrows. */
struct str str_c(const char *s);
/* The str of the bytes from `from` up to `to`. */
static inline struct str str_span(const char *from, const char *to)
{
	return (struct str){ from, (size_t)(to - from) };
}
/* Bytes [from, to) of s; both are clamped to its length. */
static inline struct str str_slice(struct str s, size_t from, size_t to)
{
	to = MIN(to, s.n);
	from = MIN(from, to);
	return (struct str){ from > 0 ? s.p + from : s.p, to - from }; /* NULL + 0 is undefined in C17 */
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
bool str_eq_c(struct str a, const char *b);
/* Equal but for the case of ASCII letters. */
bool str_eq_nocase(struct str a, struct str b);
/* Order of bytes, as Go's strings and memcmp: <0, 0, >0. */
int str_cmp(struct str a, struct str b);
/* The ending of a noun that is counted, in messages: printf("%zu file%s", n, STR_PLURAL(n)). */
#define STR_PLURAL(n) ((n) == 1 ? "" : "s")

static inline bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}
static inline bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}
bool str_contains(struct str s, struct str needle);

#define STR_NPOS ((size_t)-1)
/* Index of the first occurrence, or STR_NPOS. An empty needle is found at 0. */
size_t str_find(struct str s, struct str needle);
size_t str_find_char(struct str s, char c);
/* Index of the last occurrence, or STR_NPOS. An empty needle is found at s.n. */
size_t str_rfind(struct str s, struct str needle);
size_t str_rfind_char(struct str s, char c);

/* Cuts s at the first `sep` into *before and *after and returns true; without one *before is s, *after is empty. */
bool str_cut(struct str s, char sep, struct str *before, struct str *after);
/* Takes the next piece up to `sep` off *rest. False when nothing is left: `a,,b` gives a, "", b and `` gives none. */
bool str_next(struct str *rest, char sep, struct str *piece);
/* Takes the next line off *rest, without its \n or \r\n. False at the end. */
bool str_next_line(struct str *rest, struct str *line);

/* Without leading and trailing ASCII white space. */
struct str str_trim(struct str s);
struct str str_trim_left(struct str s);
struct str str_trim_right(struct str s);
/* s without `prefix` or `suffix` where it has it, else s. */
struct str str_drop_prefix(struct str s, struct str prefix);
struct str str_drop_suffix(struct str s, struct str suffix);

/* Whole of s as a decimal number with optional sign. False (and *out untouched) on anything else or overflow. */
MUST_CHECK bool str_to_int(struct str s, int64_t *out);

/* 64-bit hash of the bytes, stable within a process only. */
uint64_t str_hash(struct str s);

/* qsort comparison of two `struct str`. */
int str_qsort_cmp(const void *a, const void *b);

/* Number of insertions, deletions and substitutions between a and b, or `cap` if more than `cap` - 1. For "did you mean". */
size_t str_distance(struct str a, struct str b, size_t cap);

#endif
