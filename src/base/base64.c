/*
 * base64.c: a table each way, four characters a turn. What counts as an error, and its offset, follow Go's decoder: padding is required
 * where the kind pads and refused where it does not; bits that padding leaves over are not checked.
 */
#include "base/base64.h"

static const char std_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool is_padded(enum base64_kind kind)
{
	return kind == BASE64_STD || kind == BASE64_URL;
}

static bool is_url(enum base64_kind kind)
{
	return kind == BASE64_URL || kind == BASE64_RAW_URL;
}

void base64_add(struct buf *b, struct str bytes, enum base64_kind kind)
{
	const char *alphabet = is_url(kind) ? url_alphabet : std_alphabet;
	const unsigned char *p = (const unsigned char *)bytes.p;
	char *out = buf_reserve(b, (bytes.n / 3 + 1) * 4), *start = out;
	size_t i = 0;
	for (; i + 3 <= bytes.n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
		*out++ = alphabet[v >> 18];
		*out++ = alphabet[v >> 12 & 63];
		*out++ = alphabet[v >> 6 & 63];
		*out++ = alphabet[v & 63];
	}
	size_t left = bytes.n - i;
	if (left) {
		uint32_t v = (uint32_t)p[i] << 16 | (left == 2 ? (uint32_t)p[i + 1] << 8 : 0);
		*out++ = alphabet[v >> 18];
		*out++ = alphabet[v >> 12 & 63];
		if (left == 2)
			*out++ = alphabet[v >> 6 & 63];
		for (size_t j = left; is_padded(kind) && j < 3; j++)
			*out++ = '=';
	}
	b->n += (size_t)(out - start);
}

/* The six bits of c, or -1. */
static int sextet(char c, enum base64_kind kind)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (is_url(kind) ? '-' : '+'))
		return 62;
	if (c == (is_url(kind) ? '_' : '/'))
		return 63;
	return -1;
}

static size_t skip_line_ends(struct str s, size_t i)
{
	while (i < s.n && (s.p[i] == '\n' || s.p[i] == '\r'))
		i++;
	return i;
}

/* Checks the padding whose first `=` stands at `i` behind `have` characters of a group. False with *bad at the offender. */
static bool padding_ok(struct str s, size_t i, size_t have, size_t *bad)
{
	*bad = i;
	if (have < 2)
		return false;
	i = skip_line_ends(s, i + 1);
	if (have == 2) {
		*bad = i == s.n ? i : i - 1;
		if (i == s.n || s.p[i] != '=')
			return false;
		i = skip_line_ends(s, i + 1);
	}
	*bad = i;
	return i == s.n;
}

/* Adds the bytes of a group of `have` sextets. */
static void add_group(struct buf *b, uint32_t v, size_t have)
{
	v <<= 6 * (4 - have);
	const char bytes[3] = { (char)(v >> 16), (char)(v >> 8), (char)v };
	if (have > 1)
		buf_add_bytes(b, bytes, have - 1);
}

static bool decode(struct str s, enum base64_kind kind, struct buf *b, size_t *bad)
{
	uint32_t v = 0;
	size_t have = 0, i = 0;
	for (; i < s.n; i++) {
		int bits = sextet(s.p[i], kind);
		if (bits >= 0) {
			v = v << 6 | (uint32_t)bits;
			if (++have == 4) {
				add_group(b, v, have);
				v = 0;
				have = 0;
			}
			continue;
		}
		if (s.p[i] == '\n' || s.p[i] == '\r')
			continue;
		*bad = i;
		if (s.p[i] != '=' || !is_padded(kind) || !padding_ok(s, i, have, bad))
			return false;
		add_group(b, v, have);
		return true;
	}
	*bad = i - have;
	if (have == 1 || (have && is_padded(kind)))
		return false;
	add_group(b, v, have);
	return true;
}

bool base64_decode(struct str text, enum base64_kind kind, struct buf *b, size_t *bad)
{
	size_t before = b->n, where;
	buf_reserve(b, text.n / 4 * 3 + 3);
	if (decode(text, kind, b, &where))
		return true;
	b->n = before;
	if (bad)
		*bad = where;
	return false;
}
