/*
 * Decoders walk the text once, in groups (4 digits of base64, 8 of base32), and report the offset that Go does: that of the byte that cannot
 * be there, of the start of padding that does not fit, or of the end where digits are missing.
 */
#include "base/enc.h"

#include <string.h>

static const char HEX[] = "0123456789abcdef";
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64_URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char BASE32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static bool bad(struct buf *out, size_t keep, size_t offset, size_t *at)
{
	out->n = keep;
	if (at)
		*at = offset;
	return false;
}

void enc_hex(struct buf *out, struct str bytes)
{
	char *p = buf_reserve(out, bytes.n * 2);
	for (size_t i = 0; i < bytes.n; i++) {
		*p++ = HEX[(uint8_t)bytes.p[i] >> 4];
		*p++ = HEX[(uint8_t)bytes.p[i] & 15];
	}
	out->n += bytes.n * 2;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool enc_unhex(struct buf *out, struct str text, size_t *at)
{
	size_t keep = out->n;
	for (size_t i = 0; i < text.n; i += 2) {
		int high = hex_value(text.p[i]);
		if (high < 0)
			return bad(out, keep, i, at);
		int low = i + 1 < text.n ? hex_value(text.p[i + 1]) : -1;
		if (low < 0)
			return bad(out, keep, i + 1, at);
		buf_add_char(out, (char)(high << 4 | low));
	}
	return true;
}

void enc_base64(struct buf *out, struct str bytes, enum enc_base64 kind)
{
	const char *digits = kind >= ENC_BASE64_URL ? BASE64_URL : BASE64;
	bool pad = kind == ENC_BASE64 || kind == ENC_BASE64_URL;
	const uint8_t *s = (const uint8_t *)bytes.p;
	char *start = buf_reserve(out, (bytes.n + 2) / 3 * 4), *p = start;
	size_t n = bytes.n;
	for (; n >= 3; n -= 3, s += 3) {
		*p++ = digits[s[0] >> 2];
		*p++ = digits[(s[0] & 3) << 4 | s[1] >> 4];
		*p++ = digits[(s[1] & 15) << 2 | s[2] >> 6];
		*p++ = digits[s[2] & 63];
	}
	if (n) {
		*p++ = digits[s[0] >> 2];
		*p++ = digits[(s[0] & 3) << 4 | (n == 2 ? s[1] >> 4 : 0)];
		if (n == 2)
			*p++ = digits[(s[1] & 15) << 2];
		else if (pad)
			*p++ = '=';
		if (pad)
			*p++ = '=';
	}
	out->n += (size_t)(p - start);
}

/* Value of a digit by table; 0xFF for all other bytes. */
static void decode_table(uint8_t table[256], const char *digits)
{
	memset(table, 0xFF, 256);
	for (int i = 0; digits[i]; i++)
		table[(uint8_t)digits[i]] = (uint8_t)i;
}

static bool is_newline(char c)
{
	return c == '\n' || c == '\r';
}

static size_t skip_newlines(struct str text, size_t i)
{
	while (i < text.n && is_newline(text.p[i]))
		i++;
	return i;
}

/* What follows the first `=` at `i` of a group that has `have` digits: the second one where have is 2, then only newlines. */
static bool base64_padding(struct str text, size_t i, int have, size_t *at)
{
	size_t first = i++;
	if (have < 2) {
		*at = first;
		return false;
	}
	if (have == 2) {
		i = skip_newlines(text, i);
		if (i == text.n) {
			*at = text.n; /* padding is cut short */
			return false;
		}
		if (text.p[i] != '=') {
			*at = i - 1;
			return false;
		}
		i++;
	}
	i = skip_newlines(text, i);
	*at = i; /* garbage behind the padding */
	return i == text.n;
}

bool enc_unbase64(struct buf *out, struct str text, enum enc_base64 kind, size_t *at)
{
	uint8_t table[256];
	decode_table(table, kind >= ENC_BASE64_URL ? BASE64_URL : BASE64);
	bool pad = kind == ENC_BASE64 || kind == ENC_BASE64_URL;
	size_t keep = out->n, offset = 0;
	uint32_t group = 0;
	int have = 0;
	buf_reserve(out, text.n / 4 * 3 + 3);
	for (size_t i = 0; i < text.n; i++) {
		uint8_t v = table[(uint8_t)text.p[i]];
		if (v != 0xFF) {
			group = group << 6 | v;
			if (++have == 4) {
				char bytes[3] = { (char)(group >> 16), (char)(group >> 8), (char)group };
				buf_add_bytes(out, bytes, 3);
				have = 0;
			}
			continue;
		}
		if (is_newline(text.p[i]))
			continue;
		if (!pad || text.p[i] != '=')
			return bad(out, keep, i, at);
		if (!base64_padding(text, i, have, &offset))
			return bad(out, keep, offset, at);
		pad = false; /* seen */
		break;
	}
	/* Too few digits: Go reports where the unfinished group would begin, not counting what follows it. */
	if (have == 1 || (have && pad))
		return bad(out, keep, text.n - (size_t)have, at);
	group <<= 6 * (4 - have);
	if (have >= 2)
		buf_add_char(out, (char)(group >> 16));
	if (have == 3)
		buf_add_char(out, (char)(group >> 8));
	return true;
}

void enc_base32(struct buf *out, struct str bytes)
{
	static const int digits_of[] = { 0, 2, 4, 5, 7, 8 };
	for (size_t i = 0; i < bytes.n; i += 5) {
		size_t n = MIN(bytes.n - i, (size_t)5);
		uint64_t v = 0;
		for (size_t k = 0; k < 5; k++)
			v = v << 8 | (k < n ? (uint8_t)bytes.p[i + k] : 0);
		for (int k = 0; k < 8; k++)
			buf_add_char(out, k < digits_of[n] ? BASE32[v >> (35 - 5 * k) & 31] : '=');
	}
}

/* Digits in a group of 8 to whole bytes; 0: no such group. */
static const uint8_t base32_bytes[9] = { 0, 0, 1, 0, 2, 3, 0, 4, 5 };

/* Whether `rest`, what follows the first `=` of a group with `have` digits, ends the text; `end` is the offset behind it all. */
static bool base32_padding(struct str rest, size_t end, size_t have, size_t *at)
{
	size_t want = 7 - have;
	if (rest.n < want) {
		*at = end;
		return false;
	}
	for (size_t k = 0; k < want; k++) {
		if (rest.p[k] != '=') {
			*at = end - rest.n + k - 1;
			return false;
		}
	}
	*at = end - rest.n - 1;
	return base32_bytes[have] != 0; /* and Go looks no further */
}

static void add_base32_group(struct buf *out, uint64_t group, size_t have)
{
	group <<= 5 * (8 - have);
	for (int k = 0; k < base32_bytes[have]; k++)
		buf_add_char(out, (char)(group >> (32 - 8 * k)));
}

static bool unbase32(struct buf *out, struct str text, size_t *at)
{
	uint8_t table[256];
	decode_table(table, BASE32);
	uint64_t group = 0;
	size_t have = 0, i = 0;
	for (; i < text.n; i++) {
		uint8_t v = table[(uint8_t)text.p[i]];
		size_t left = text.n - i - 1;
		*at = i;
		if (text.p[i] == '=' && have >= 2 && left < 8) {
			if (!base32_padding(str_slice(text, i + 1, text.n), text.n, have, at))
				return false;
			add_base32_group(out, group, have);
			return true;
		}
		if (v == 0xFF)
			return false;
		group = group << 5 | v;
		if (++have == 8) {
			add_base32_group(out, group, have);
			group = have = 0;
		}
	}
	*at = i - have;
	return have == 0;
}

bool enc_unbase32(struct buf *out, struct str text, size_t *at)
{
	AUTO_BUF plain = { 0 }; /* Go strips newlines first and counts without them */
	size_t keep = out->n, offset = 0;
	for (size_t i = 0; i < text.n; i++)
		if (!is_newline(text.p[i]))
			buf_add_char(&plain, text.p[i]);
	return unbase32(out, buf_str(&plain), &offset) || bad(out, keep, offset, at);
}
