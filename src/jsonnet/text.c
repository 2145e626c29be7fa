/* The forms of UTF-8 as a table; unlike base/utf8.h, which is Go's, this follows the reference where bytes are wrong. */
#include "jsonnet/text.h"

#include "base/utf8.h"

uint32_t text_decode(struct str s, size_t *len)
{
	static const struct {
		uint8_t mask, lead;
		size_t more;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xE0, 0xC0, 1 }, { 0xF0, 0xE0, 2 }, { 0xF8, 0xF0, 3 } };
	uint8_t first = (uint8_t)s.p[0];
	*len = 1;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if ((first & forms[i].mask) != forms[i].lead)
			continue;
		uint32_t rune = first & (uint8_t)~forms[i].mask;
		if (forms[i].more >= s.n)
			return UTF8_BAD;
		for (size_t k = 0; k < forms[i].more; k++) {
			uint8_t next = (uint8_t)s.p[(*len)++];
			if ((next & 0xC0) != 0x80)
				return UTF8_BAD;
			rune = rune << 6 | (next & 0x3F);
		}
		return rune;
	}
	return UTF8_BAD;
}

void text_repair(struct str s, struct buf *out)
{
	for (size_t len; s.n > 0; s = str_slice(s, len, s.n))
		buf_add_rune(out, text_decode(s, &len));
}
