/* Decoding by the table of the Unicode standard, 3.9, table 3-7. */
#include "base/utf8.h"

#include <string.h>

#include "base/bytes16.h"

static bool continuation(struct str s, size_t i)
{
	return i < s.n && ((unsigned char)s.p[i] & 0xC0) == 0x80;
}

size_t utf8_decode(struct str s, uint32_t *rune)
{
	if (s.n == 0)
		return 0;
	const unsigned char *p = (const unsigned char *)s.p;
	uint32_t c = p[0];
	*rune = UTF8_BAD;
	if (c < 0x80) {
		*rune = c;
		return 1;
	}
	if (c >= 0xC2 && c <= 0xDF && continuation(s, 1)) {
		*rune = (c & 0x1F) << 6 | (p[1] & 0x3F);
		return 2;
	}
	if (c >= 0xE0 && c <= 0xEF && continuation(s, 1) && continuation(s, 2)) {
		uint32_t r = (c & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
		if (r < 0x800 || (r >= 0xD800 && r <= 0xDFFF))
			return 1;
		*rune = r;
		return 3;
	}
	if (c >= 0xF0 && c <= 0xF4 && continuation(s, 1) && continuation(s, 2) && continuation(s, 3)) {
		uint32_t r = (c & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
		if (r < 0x10000 || r > 0x10FFFF)
			return 1;
		*rune = r;
		return 4;
	}
	return 1;
}

size_t utf8_encode(uint32_t r, char *out)
{
	if (r > 0x10FFFF || (r >= 0xD800 && r <= 0xDFFF))
		r = UTF8_BAD;
	if (r < 0x80) {
		out[0] = (char)r;
		return 1;
	}
	if (r < 0x800) {
		out[0] = (char)(0xC0 | r >> 6);
		out[1] = (char)(0x80 | (r & 0x3F));
		return 2;
	}
	if (r < 0x10000) {
		out[0] = (char)(0xE0 | r >> 12);
		out[1] = (char)(0x80 | (r >> 6 & 0x3F));
		out[2] = (char)(0x80 | (r & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | r >> 18);
	out[1] = (char)(0x80 | (r >> 12 & 0x3F));
	out[2] = (char)(0x80 | (r >> 6 & 0x3F));
	out[3] = (char)(0x80 | (r & 0x3F));
	return 4;
}

bool utf8_valid(struct str s)
{
	while (s.n) {
		/* Most text is ASCII. */
		size_t ascii = 0;
		uint64_t eight;
		while (s.n - ascii >= 2 * BYTES16 && !bytes16_any((bytes16_load(s.p + ascii) | bytes16_load(s.p + ascii + BYTES16)) >= 0x80))
			ascii += 2 * BYTES16;
		while (s.n - ascii >= sizeof(eight) && (memcpy(&eight, s.p + ascii, sizeof(eight)), (eight & 0x8080808080808080u) == 0))
			ascii += sizeof(eight);
		if (ascii > 0) {
			s = str_slice(s, ascii, s.n);
			continue;
		}
		uint32_t r;
		size_t n = utf8_decode(s, &r);
		if (n == 1 && r == UTF8_BAD)
			return false;
		s = str_slice(s, n, s.n);
	}
	return true;
}

size_t utf8_count(struct str s)
{
	size_t count = 0;
	for (uint32_t r; s.n; count++)
		s = str_slice(s, utf8_decode(s, &r), s.n);
	return count;
}

/* The length of the bad sequence that s begins with, 0 if the text ends within it: its bytes are those that could have begun a code point. */
static size_t bad_length(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t want = p[0] >= 0xF0 && p[0] <= 0xF4 ? 4 : p[0] >= 0xE0 && p[0] < 0xF0 ? 3 : p[0] >= 0xC2 && p[0] < 0xE0 ? 2 : 1, have = 1;
	for (; have < want && have < s.n; have++) {
		unsigned char lo = 0x80, hi = 0xBF;
		if (have == 1) {
			lo = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : lo;
			hi = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : hi;
		}
		if (p[have] < lo || p[have] > hi)
			break;
	}
	return have == s.n && have < want ? 0 : have;
}

struct str utf8_fault(struct str s, struct arena *a)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t rune;
		struct str rest = str_slice(s, i, s.n);
		size_t n = utf8_decode(rest, &rune);
		if (rune == UTF8_BAD && n == 1) {
			size_t length = bad_length(rest);
			return length ? arena_fmt(a, "invalid utf-8 sequence of %zu bytes from index %zu", length, i)
				      : arena_fmt(a, "incomplete utf-8 byte sequence from index %zu", i);
		}
		i += n;
	}
	return STR_NONE;
}
