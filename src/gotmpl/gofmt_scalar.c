/*
 * Integers, strings and characters under width, precision and flags. Signs and prefixes are put together first, then written between
 * their padding, so that nothing is formatted backwards into a guess of a buffer. Floats are in gofmt_float.c.
 */
#include <string.h>

#include "base/utf8.h"
#include "gotmpl/gofmt_pp.h"
#include "text/unicode.h"

static void pad_by(struct pp *p, size_t have, char c)
{
	if (p->f.has_width && (size_t)p->f.width > have)
		buf_add_repeat(p->out, c, (size_t)p->f.width - have);
}

void pp_pad(struct pp *p, struct str s)
{
	if (!p->f.has_width || p->f.width == 0) {
		buf_add(p->out, s);
		return;
	}
	size_t n = utf8_count(s);
	if (!p->f.minus)
		pad_by(p, n, p->f.zero ? '0' : ' ');
	buf_add(p->out, s);
	if (p->f.minus)
		pad_by(p, n, ' ');
}

/* Pads with spaces even under the flag 0. */
static void pad_spaces(struct pp *p, struct str s)
{
	bool zero = p->f.zero;
	p->f.zero = false;
	pp_pad(p, s);
	p->f.zero = zero;
}

static size_t digits_of(uint64_t u, unsigned base, const char *alphabet, char out[64])
{
	size_t n = 64;
	do {
		out[--n] = alphabet[u % base];
		u /= base;
	} while (u);
	memmove(out, out + n, 64 - n);
	return 64 - n;
}

void pp_integer(struct pp *p, struct pp_int i, unsigned base, uint32_t verb)
{
	bool negative = i.is_signed && (int64_t)i.bits < 0;
	uint64_t u = negative ? -i.bits : i.bits;
	size_t prec = 0;
	if (p->f.has_prec) {
		prec = (size_t)p->f.prec;
		if (prec == 0 && u == 0) { /* prints nothing but padding */
			pad_by(p, 0, ' ');
			return;
		}
	} else if (p->f.zero && !p->f.minus && p->f.has_width) {
		prec = (size_t)p->f.width;
		if (prec && (negative || p->f.plus || p->f.space))
			prec--;
	}
	char digits[64], prefix[6];
	size_t n = digits_of(u, base, verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef", digits), prefix_n = 0;
	size_t zeros = prec > n ? prec - n : 0;
	if (negative)
		prefix[prefix_n++] = '-';
	else if (p->f.plus)
		prefix[prefix_n++] = '+';
	else if (p->f.space)
		prefix[prefix_n++] = ' ';
	if (verb == 'O') {
		prefix[prefix_n++] = '0';
		prefix[prefix_n++] = 'o';
	}
	if (p->f.sharp && base == 8 && !zeros && digits[0] != '0')
		prefix[prefix_n++] = '0';
	if (p->f.sharp && (base == 2 || base == 16)) {
		prefix[prefix_n++] = '0';
		prefix[prefix_n++] = base == 2 ? 'b' : verb == 'X' ? 'X' : 'x';
	}
	if (!p->f.minus)
		pad_by(p, prefix_n + zeros + n, ' ');
	buf_add_bytes(p->out, prefix, prefix_n);
	buf_add_repeat(p->out, '0', zeros);
	buf_add_bytes(p->out, digits, n);
	if (p->f.minus)
		pad_by(p, prefix_n + zeros + n, ' ');
}

void pp_unicode(struct pp *p, uint64_t u)
{
	char digits[64];
	size_t n = digits_of(u, 16, "0123456789ABCDEF", digits);
	size_t prec = p->f.has_prec && p->f.prec > 4 ? (size_t)p->f.prec : 4;
	AUTO_BUF text = { 0 };
	buf_add_c(&text, "U+");
	if (prec > n)
		buf_add_repeat(&text, '0', prec - n);
	buf_add_bytes(&text, digits, n);
	if (p->f.sharp && u <= 0x10ffff && unicode_is_print((uint32_t)u)) {
		buf_add_c(&text, " '");
		buf_add_rune(&text, (uint32_t)u);
		buf_add_char(&text, '\'');
	}
	pad_spaces(p, buf_str(&text));
}

void pp_char(struct pp *p, uint64_t c)
{
	char utf8[4];
	size_t n = utf8_encode(c > 0x10ffff ? UTF8_BAD : (uint32_t)c, utf8);
	pp_pad(p, (struct str){ utf8, n });
}

void pp_quoted_char(struct pp *p, uint64_t c)
{
	uint32_t r = c > 0x10ffff ? UTF8_BAD : (uint32_t)c;
	AUTO_BUF text = { 0 };
	if (p->f.plus)
		gofmt_quote_rune_ascii(&text, r);
	else
		gofmt_quote_rune(&text, r);
	pp_pad(p, buf_str(&text));
}

/* The first `prec` code points. */
static struct str truncated(const struct pp *p, struct str s)
{
	if (!p->f.has_prec)
		return s;
	size_t i = 0;
	uint32_t r;
	for (int n = 0; n < p->f.prec && i < s.n; n++)
		i += utf8_decode(str_slice(s, i, s.n), &r);
	return str_slice(s, 0, i);
}

void pp_string(struct pp *p, struct str s)
{
	pp_pad(p, truncated(p, s));
}

/* strconv.CanBackquote: one line, valid, no control characters but tab, no backquote, no byte order mark. */
static bool can_backquote(struct str s)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t r;
		n = utf8_decode(str_slice(s, i, s.n), &r);
		if (n > 1 ? r == 0xfeff : r == UTF8_BAD || (r < ' ' && r != '\t') || r == '`' || r == 0x7f)
			return false;
	}
	return true;
}

void pp_quoted(struct pp *p, struct str s)
{
	s = truncated(p, s);
	AUTO_BUF text = { 0 };
	if (p->f.sharp && can_backquote(s)) {
		buf_add_char(&text, '`');
		buf_add(&text, s);
		buf_add_char(&text, '`');
	} else if (p->f.plus) {
		gofmt_quote_ascii(&text, s);
	} else {
		gofmt_quote(&text, s);
	}
	pp_pad(p, buf_str(&text));
}

void pp_hex(struct pp *p, struct str s, const char *digits)
{
	size_t n = p->f.has_prec ? MIN(s.n, (size_t)p->f.prec) : s.n;
	if (n == 0) {
		pad_by(p, 0, p->f.zero && !p->f.minus ? '0' : ' ');
		return;
	}
	size_t each = p->f.sharp && p->f.space ? 4 : 2;
	size_t width = n * each + (p->f.space ? n - 1 : p->f.sharp ? 2 : 0);
	if (!p->f.minus)
		pad_by(p, width, p->f.zero ? '0' : ' ');
	for (size_t i = 0; i < n; i++) {
		if (p->f.space && i)
			buf_add_char(p->out, ' ');
		if (p->f.sharp && (p->f.space || i == 0)) {
			buf_add_char(p->out, '0');
			buf_add_char(p->out, digits[16]);
		}
		buf_add_char(p->out, digits[(unsigned char)s.p[i] >> 4]);
		buf_add_char(p->out, digits[s.p[i] & 0xf]);
	}
	if (p->f.minus)
		pad_by(p, width, ' ');
}
