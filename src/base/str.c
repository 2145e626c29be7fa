/* Views of bytes. Nothing here allocates, but for the two rows of str_distance. */
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes16.h"

struct str str_c(const char *s)
{
	return s ? (struct str){ s, strlen(s) } : STR_NONE;
}

bool str_eq_c(struct str a, const char *b)
{
	return str_eq(a, str_c(b));
}

bool str_eq_nocase(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

int str_cmp(struct str a, struct str b)
{
	size_t n = MIN(a.n, b.n);
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool str_contains(struct str s, struct str needle)
{
	return str_find(s, needle) != STR_NPOS;
}

/*
 * Where `needle`, of 2 up to SHORT_NEEDLE bytes, begins in s: 64 places at once are held against its first and last byte. memmem goes byte by byte, and
 * texts are long where needles are short.
 */
enum { SHORT_NEEDLE = 16 };

static inline bytes16_hits find_hits(const char *p, char first, char last, size_t gap)
{
	return (bytes16_load(p) == (unsigned char)first) & (bytes16_load(p + gap) == (unsigned char)last);
}

static size_t find_short(struct str s, struct str needle)
{
	enum { STEP = 4 * BYTES16 };
	const size_t gap = needle.n - 1, end = s.n - gap;
	const char first = needle.p[0], last = needle.p[gap];
	size_t i = 0;
	for (; i + STEP <= end; i += STEP) {
		const char *p = s.p + i;
		if (!bytes16_any(find_hits(p, first, last, gap) | find_hits(p + BYTES16, first, last, gap) |
				 find_hits(p + 2 * BYTES16, first, last, gap) | find_hits(p + 3 * BYTES16, first, last, gap)))
			continue;
		for (size_t k = i; k < i + STEP; k++)
			if (s.p[k] == first && memcmp(s.p + k, needle.p, needle.n) == 0)
				return k;
	}
	for (; i < end; i++)
		if (s.p[i] == first && memcmp(s.p + i, needle.p, needle.n) == 0)
			return i;
	return STR_NPOS;
}

size_t str_find(struct str s, struct str needle)
{
	if (needle.n == 0)
		return 0;
	if (s.n < needle.n)
		return STR_NPOS;
	if (needle.n > 1 && needle.n <= SHORT_NEEDLE)
		return find_short(s, needle);
	const char *hit = memmem(s.p, s.n, needle.p, needle.n);
	return hit ? (size_t)(hit - s.p) : STR_NPOS;
}

size_t str_find_char(struct str s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
	return hit ? (size_t)(hit - s.p) : STR_NPOS;
}

size_t str_rfind(struct str s, struct str needle)
{
	if (needle.n > s.n)
		return STR_NPOS;
	for (size_t i = s.n - needle.n + 1; i-- > 0;)
		if (needle.n == 0 || memcmp(s.p + i, needle.p, needle.n) == 0)
			return i;
	return STR_NPOS;
}

size_t str_rfind_char(struct str s, char c)
{
	const char *hit = s.n ? memrchr(s.p, c, s.n) : NULL;
	return hit ? (size_t)(hit - s.p) : STR_NPOS;
}

bool str_cut(struct str s, char sep, struct str *before, struct str *after)
{
	size_t i = str_find_char(s, sep);
	if (i == STR_NPOS) {
		*before = s;
		*after = STR_NONE;
		return false;
	}
	*before = str_slice(s, 0, i);
	*after = str_slice(s, i + 1, s.n);
	return true;
}

bool str_next(struct str *rest, char sep, struct str *piece)
{
	if (!rest->p)
		return false;
	if (!str_cut(*rest, sep, piece, rest)) {
		*rest = STR_NONE;
		return piece->n > 0;
	}
	/* A trailing separator leaves one last empty piece, told from the end by its non-NULL pointer. */
	return true;
}

bool str_next_line(struct str *rest, struct str *line)
{
	if (rest->n == 0)
		return false;
	size_t i = str_find_char(*rest, '\n');
	if (i == STR_NPOS) {
		*line = *rest;
		*rest = str_slice(*rest, rest->n, rest->n);
		return true;
	}
	*line = str_slice(*rest, 0, i);
	*rest = str_slice(*rest, i + 1, rest->n);
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim_left(struct str s)
{
	while (s.n && is_space(s.p[0]))
		s = str_slice(s, 1, s.n);
	return s;
}

struct str str_trim_right(struct str s)
{
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str str_trim(struct str s)
{
	return str_trim_left(str_trim_right(s));
}

struct str str_drop_prefix(struct str s, struct str prefix)
{
	return str_starts(s, prefix) ? str_slice(s, prefix.n, s.n) : s;
}

struct str str_drop_suffix(struct str s, struct str suffix)
{
	return str_ends(s, suffix) ? str_slice(s, 0, s.n - suffix.n) : s;
}

bool str_to_int(struct str s, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
	int64_t v = 0;
	if (i == s.n)
		return false;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		int64_t digit = s.p[i] - '0';
		if (__builtin_mul_overflow(v, (int64_t)10, &v) ||
		    __builtin_add_overflow(v, negative ? -digit : digit, &v))
			return false;
	}
	*out = v;
	return true;
}

uint64_t str_hash(struct str s)
{
	/* Eight bytes a round of multiply and fold (wyhash's mixing step): short keys are the common case. */
	const uint64_t k0 = 0x9e3779b97f4a7c15u, k1 = 0xd6e8feb86659fd93u;
	uint64_t h = k0 ^ s.n, word;
	const char *p = s.p;
	size_t n = s.n;
	for (; n > 8; p += 8, n -= 8) {
		memcpy(&word, p, 8);
		__uint128_t m = (__uint128_t)(h ^ word) * k1;
		h = (uint64_t)m ^ (uint64_t)(m >> 64);
	}
	/* The last bytes by loads that overlap. */
	word = 0;
	if (n >= 4) {
		uint32_t left, right;
		memcpy(&left, p, 4);
		memcpy(&right, p + n - 4, 4);
		word = (uint64_t)left << 32 | right;
	} else if (n) {
		word = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 | (unsigned char)p[n - 1];
	}
	__uint128_t m = (__uint128_t)(h ^ word ^ k1) * k0;
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

int str_qsort_cmp(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

size_t str_distance(struct str a, struct str b, size_t cap)
{
	if (a.n > b.n ? a.n - b.n >= cap : b.n - a.n >= cap)
		return cap;
	size_t *row = xreallocarray(NULL, b.n + 1, sizeof(*row));
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t substitute = diagonal + (a.p[i - 1] != b.p[j - 1]);
			diagonal = row[j];
			row[j] = MIN(MIN(row[j] + 1, row[j - 1] + 1), substitute);
		}
	}
	size_t d = row[b.n];
	free(row);
	return MIN(d, cap);
}
