/* Quoting as Go's strconv: printable code points stay, others become \a-style, \x, \u or \U escapes. */
#include "base/utf8.h"
#include "gotmpl/gofmt.h"
#include "text/unicode.h"

static const char hex[] = "0123456789abcdef";

static void add_hex(struct buf *out, char letter, uint32_t r, int digits)
{
	buf_add_char(out, '\\');
	buf_add_char(out, letter);
	for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
		buf_add_char(out, hex[r >> shift & 0xf]);
}

enum quote_set { QUOTE_PRINT, QUOTE_ASCII };

static void add_escaped(struct buf *out, uint32_t r, char quote, enum quote_set set)
{
	if (r == (uint32_t)quote || r == '\\') {
		buf_add_char(out, '\\');
		buf_add_char(out, (char)r);
		return;
	}
	if (set == QUOTE_ASCII ? r >= 0x20 && r < 0x7f : unicode_is_print(r)) {
		buf_add_rune(out, r);
		return;
	}
	static const char names[] = "abtnvfr"; /* U+0007 to U+000D */
	if (r >= 7 && r <= 13) {
		buf_add_char(out, '\\');
		buf_add_char(out, names[r - 7]);
	} else if (r < ' ' || r == 0x7f) {
		add_hex(out, 'x', r, 2);
	} else if (r > 0x10ffff || (r >= 0xd800 && r < 0xe000)) {
		add_hex(out, 'u', UTF8_BAD, 4);
	} else if (r < 0x10000) {
		add_hex(out, 'u', r, 4);
	} else {
		add_hex(out, 'U', r, 8);
	}
}

static void add_quoted(struct buf *out, struct str s, enum quote_set set)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n;) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
			buf_add_char(out, (char)c);
			i++;
			continue;
		}
		uint32_t r;
		size_t n = utf8_decode(str_slice(s, i, s.n), &r);
		if (n == 1 && r == UTF8_BAD)
			add_hex(out, 'x', c, 2);
		else
			add_escaped(out, r, '"', set);
		i += n;
	}
	buf_add_char(out, '"');
}

void gofmt_quote(struct buf *out, struct str s)
{
	add_quoted(out, s, QUOTE_PRINT);
}

void gofmt_quote_ascii(struct buf *out, struct str s)
{
	add_quoted(out, s, QUOTE_ASCII);
}

static void add_quoted_rune(struct buf *out, uint32_t r, enum quote_set set)
{
	if (r > 0x10ffff || (r >= 0xd800 && r < 0xe000))
		r = UTF8_BAD;
	buf_add_char(out, '\'');
	add_escaped(out, r, '\'', set);
	buf_add_char(out, '\'');
}

void gofmt_quote_rune(struct buf *out, uint32_t r)
{
	add_quoted_rune(out, r, QUOTE_PRINT);
}

void gofmt_quote_rune_ascii(struct buf *out, uint32_t r)
{
	add_quoted_rune(out, r, QUOTE_ASCII);
}
