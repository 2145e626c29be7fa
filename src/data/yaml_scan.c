/* Sixteen bytes at a time; the rest, less than that, one by one. */
#include "data/yaml_scan.h"

#include "base/utf8.h"

/* Code points beyond ASCII must be valid, and none of C1 controls, line separators, byte order mark and other marks. */
static bool is_plain_rune(uint32_t rune, size_t n)
{
	return !(rune == UTF8_BAD && n == 1) && rune >= 0xa0 && rune != 0x2028 && rune != 0x2029 && rune != 0xfeff && rune != 0xfffe && rune != 0xffff;
}

bool yaml_scan_is_plain(struct str s)
{
	enum { FIRST = ' ', COUNT = 0x7f - FIRST };
	for (size_t i = 0; i < s.n;) {
		if (i + BYTES16 <= s.n) {
			/* All that is no printable ASCII character and no line end. */
			bytes16 v = bytes16_load(s.p + i);
			uint32_t odd = bytes16_mask((v - FIRST >= COUNT) & ~(v == '\n'));
			i += odd ? bytes16_first(odd) : BYTES16;
			if (!odd)
				continue;
		}
		unsigned char c = (unsigned char)s.p[i];
		uint32_t rune;
		size_t n = 1;
		if (c >= 0x80 && (n = utf8_decode(str_slice(s, i, s.n), &rune), !is_plain_rune(rune, n)))
			return false;
		if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
			return false;
		i += n;
	}
	return true;
}

bool yaml_scan_has_marks(struct str s)
{
	bytes16_hits marks = { 0 };
	size_t i = 0;
	for (; i + BYTES16 <= s.n; i += BYTES16) {
		bytes16 v = bytes16_load(s.p + i);
		marks |= (v == '\t') | (v == ':') | (v == '#');
	}
	bool has = bytes16_any(marks);
	for (; i < s.n; i++)
		has |= yaml_scan_is_mark(s.p[i]);
	return has;
}

size_t yaml_scan_quoted(struct str s, size_t i, char quote)
{
	for (; i + BYTES16 <= s.n; i += BYTES16) {
		bytes16 v = bytes16_load(s.p + i);
		uint32_t hits = bytes16_mask((v == (unsigned char)quote) | (v == '\\') | (v == '\t'));
		if (hits)
			return i + bytes16_first(hits);
	}
	while (i < s.n && s.p[i] != quote && s.p[i] != '\\' && s.p[i] != '\t')
		i++;
	return i;
}
