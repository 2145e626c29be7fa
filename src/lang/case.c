/*
 * Case with full mappings (one code point to up to three), as Rust's strings have it, and the splitting of words that just's case functions do.
 *
 * Words end at whatever is neither letter nor number, before an upper case letter that follows a lower case one, and before the last of several upper case
 * ones if a lower case one follows: XMLHttp is XML and Http.
 */
#include "lang/case.h"

#include "base/utf8.h"
#include "text/unicode.h"

/* Code points whose upper case is more than one (Unicode's SpecialCasing.txt, unconditional). */
static const struct {
	uint32_t rune, upper[3];
} special[] = {
	{ 0x00DF, { 0x0053, 0x0053 } }, { 0x0149, { 0x02BC, 0x004E } }, { 0x01F0, { 0x004A, 0x030C } },
	{ 0x0390, { 0x0399, 0x0308, 0x0301 } }, { 0x03B0, { 0x03A5, 0x0308, 0x0301 } }, { 0x0587, { 0x0535, 0x0552 } },
	{ 0x1E96, { 0x0048, 0x0331 } }, { 0x1E97, { 0x0054, 0x0308 } }, { 0x1E98, { 0x0057, 0x030A } },
	{ 0x1E99, { 0x0059, 0x030A } }, { 0x1E9A, { 0x0041, 0x02BE } }, { 0x1F50, { 0x03A5, 0x0313 } },
	{ 0x1F52, { 0x03A5, 0x0313, 0x0300 } }, { 0x1F54, { 0x03A5, 0x0313, 0x0301 } }, { 0x1F56, { 0x03A5, 0x0313, 0x0342 } },
	{ 0x1F80, { 0x1F08, 0x0399 } }, { 0x1F81, { 0x1F09, 0x0399 } }, { 0x1F82, { 0x1F0A, 0x0399 } },
	{ 0x1F83, { 0x1F0B, 0x0399 } }, { 0x1F84, { 0x1F0C, 0x0399 } }, { 0x1F85, { 0x1F0D, 0x0399 } },
	{ 0x1F86, { 0x1F0E, 0x0399 } }, { 0x1F87, { 0x1F0F, 0x0399 } }, { 0x1F88, { 0x1F08, 0x0399 } },
	{ 0x1F89, { 0x1F09, 0x0399 } }, { 0x1F8A, { 0x1F0A, 0x0399 } }, { 0x1F8B, { 0x1F0B, 0x0399 } },
	{ 0x1F8C, { 0x1F0C, 0x0399 } }, { 0x1F8D, { 0x1F0D, 0x0399 } }, { 0x1F8E, { 0x1F0E, 0x0399 } },
	{ 0x1F8F, { 0x1F0F, 0x0399 } }, { 0x1F90, { 0x1F28, 0x0399 } }, { 0x1F91, { 0x1F29, 0x0399 } },
	{ 0x1F92, { 0x1F2A, 0x0399 } }, { 0x1F93, { 0x1F2B, 0x0399 } }, { 0x1F94, { 0x1F2C, 0x0399 } },
	{ 0x1F95, { 0x1F2D, 0x0399 } }, { 0x1F96, { 0x1F2E, 0x0399 } }, { 0x1F97, { 0x1F2F, 0x0399 } },
	{ 0x1F98, { 0x1F28, 0x0399 } }, { 0x1F99, { 0x1F29, 0x0399 } }, { 0x1F9A, { 0x1F2A, 0x0399 } },
	{ 0x1F9B, { 0x1F2B, 0x0399 } }, { 0x1F9C, { 0x1F2C, 0x0399 } }, { 0x1F9D, { 0x1F2D, 0x0399 } },
	{ 0x1F9E, { 0x1F2E, 0x0399 } }, { 0x1F9F, { 0x1F2F, 0x0399 } }, { 0x1FA0, { 0x1F68, 0x0399 } },
	{ 0x1FA1, { 0x1F69, 0x0399 } }, { 0x1FA2, { 0x1F6A, 0x0399 } }, { 0x1FA3, { 0x1F6B, 0x0399 } },
	{ 0x1FA4, { 0x1F6C, 0x0399 } }, { 0x1FA5, { 0x1F6D, 0x0399 } }, { 0x1FA6, { 0x1F6E, 0x0399 } },
	{ 0x1FA7, { 0x1F6F, 0x0399 } }, { 0x1FA8, { 0x1F68, 0x0399 } }, { 0x1FA9, { 0x1F69, 0x0399 } },
	{ 0x1FAA, { 0x1F6A, 0x0399 } }, { 0x1FAB, { 0x1F6B, 0x0399 } }, { 0x1FAC, { 0x1F6C, 0x0399 } },
	{ 0x1FAD, { 0x1F6D, 0x0399 } }, { 0x1FAE, { 0x1F6E, 0x0399 } }, { 0x1FAF, { 0x1F6F, 0x0399 } },
	{ 0x1FB2, { 0x1FBA, 0x0399 } }, { 0x1FB3, { 0x0391, 0x0399 } }, { 0x1FB4, { 0x0386, 0x0399 } },
	{ 0x1FB6, { 0x0391, 0x0342 } }, { 0x1FB7, { 0x0391, 0x0342, 0x0399 } }, { 0x1FBC, { 0x0391, 0x0399 } },
	{ 0x1FC2, { 0x1FCA, 0x0399 } }, { 0x1FC3, { 0x0397, 0x0399 } }, { 0x1FC4, { 0x0389, 0x0399 } },
	{ 0x1FC6, { 0x0397, 0x0342 } }, { 0x1FC7, { 0x0397, 0x0342, 0x0399 } }, { 0x1FCC, { 0x0397, 0x0399 } },
	{ 0x1FD2, { 0x0399, 0x0308, 0x0300 } }, { 0x1FD3, { 0x0399, 0x0308, 0x0301 } }, { 0x1FD6, { 0x0399, 0x0342 } },
	{ 0x1FD7, { 0x0399, 0x0308, 0x0342 } }, { 0x1FE2, { 0x03A5, 0x0308, 0x0300 } }, { 0x1FE3, { 0x03A5, 0x0308, 0x0301 } },
	{ 0x1FE4, { 0x03A1, 0x0313 } }, { 0x1FE6, { 0x03A5, 0x0342 } }, { 0x1FE7, { 0x03A5, 0x0308, 0x0342 } },
	{ 0x1FF2, { 0x1FFA, 0x0399 } }, { 0x1FF3, { 0x03A9, 0x0399 } }, { 0x1FF4, { 0x038F, 0x0399 } },
	{ 0x1FF6, { 0x03A9, 0x0342 } }, { 0x1FF7, { 0x03A9, 0x0342, 0x0399 } }, { 0x1FFC, { 0x03A9, 0x0399 } },
	{ 0xFB00, { 0x0046, 0x0046 } }, { 0xFB01, { 0x0046, 0x0049 } }, { 0xFB02, { 0x0046, 0x004C } },
	{ 0xFB03, { 0x0046, 0x0046, 0x0049 } }, { 0xFB04, { 0x0046, 0x0046, 0x004C } }, { 0xFB05, { 0x0053, 0x0054 } },
	{ 0xFB06, { 0x0053, 0x0054 } }, { 0xFB13, { 0x0544, 0x0546 } }, { 0xFB14, { 0x0544, 0x0535 } },
	{ 0xFB15, { 0x0544, 0x053B } }, { 0xFB16, { 0x054E, 0x0546 } }, { 0xFB17, { 0x0544, 0x053D } },
};

void case_add_upper(struct buf *out, uint32_t rune)
{
	size_t lo = 0, hi = ARRAY_LEN(special);
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (special[mid].rune < rune)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == ARRAY_LEN(special) || special[lo].rune != rune) {
		buf_add_rune(out, unicode_upper(rune));
		return;
	}
	for (size_t i = 0; i < 3 && special[lo].upper[i]; i++)
		buf_add_rune(out, special[lo].upper[i]);
}

void case_add_lower(struct buf *out, uint32_t rune)
{
	if (rune == 0x130) {
		buf_add_rune(out, 'i');
		buf_add_rune(out, 0x307);
		return;
	}
	buf_add_rune(out, unicode_lower(rune));
}

#define SIGMA 0x3A3u
#define FINAL_SIGMA 0x3C2u

static bool is_cased(uint32_t r)
{
	return unicode_is_upper(r) || unicode_is_lower(r) || unicode_title(r) != r;
}

static bool is_ignorable(uint32_t r)
{
	return unicode_is_mark(r) || r == '\'' || r == '.' || r == ':' || r == '^' || r == '`' || r == 0xAD || r == 0xB7 || r == 0x2019;
}

/* Whether the next cased code point counts: ignorable ones are skipped. */
static bool begins_cased(struct str s)
{
	for (uint32_t r; s.n;) {
		s = str_slice(s, utf8_decode(s, &r), s.n);
		if (!is_ignorable(r))
			return is_cased(r);
	}
	return false;
}

void case_lower(struct buf *out, struct str s)
{
	bool cased_before = false;
	for (size_t i = 0; i < s.n;) {
		uint32_t r;
		i += utf8_decode(str_slice(s, i, s.n), &r);
		if (r == SIGMA && cased_before && !begins_cased(str_slice(s, i, s.n)))
			buf_add_rune(out, FINAL_SIGMA);
		else
			case_add_lower(out, r);
		if (!is_ignorable(r))
			cased_before = is_cased(r);
	}
}

void case_upper(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t r;
		i += utf8_decode(str_slice(s, i, s.n), &r);
		case_add_upper(out, r);
	}
}

/* Words. */

static void add_lower_word(struct buf *out, struct str word)
{
	for (size_t i = 0; i < word.n;) {
		uint32_t r;
		i += utf8_decode(str_slice(word, i, word.n), &r);
		if (r == SIGMA && i == word.n)
			buf_add_rune(out, FINAL_SIGMA);
		else
			case_add_lower(out, r);
	}
}

static void add_capitalized(struct buf *out, struct str word)
{
	uint32_t r;
	size_t n = utf8_decode(word, &r);
	if (!n)
		return;
	case_add_upper(out, r);
	add_lower_word(out, str_slice(word, n, word.n));
}

static void add_word(struct buf *out, const struct case_style *style, struct str word, size_t index)
{
	if (index)
		buf_add(out, style->separator);
	enum case_word how = index ? style->rest : style->first;
	if (how == CASE_UPPER)
		case_upper(out, word);
	else if (how == CASE_LOWER)
		add_lower_word(out, word);
	else
		add_capitalized(out, word);
}

enum mode { MODE_BOUNDARY, MODE_LOWER, MODE_UPPER };

struct splitter {
	struct buf *out;
	const struct case_style *style;
	size_t words;
};

/* A stretch of letters and numbers. */
static void split_stretch(struct splitter *sp, struct str s)
{
	size_t begin = 0;
	enum mode mode = MODE_BOUNDARY;
	for (size_t i = 0; i < s.n;) {
		uint32_t c, next;
		size_t n = utf8_decode(str_slice(s, i, s.n), &c);
		if (i + n == s.n) {
			add_word(sp->out, sp->style, str_slice(s, begin, s.n), sp->words++);
			break;
		}
		utf8_decode(str_slice(s, i + n, s.n), &next);
		enum mode now = unicode_is_lower(c) ? MODE_LOWER : unicode_is_upper(c) ? MODE_UPPER : mode;
		if (now == MODE_LOWER && unicode_is_upper(next)) {
			add_word(sp->out, sp->style, str_slice(s, begin, i + n), sp->words++);
			begin = i + n;
			mode = MODE_BOUNDARY;
		} else if (mode == MODE_UPPER && unicode_is_upper(c) && unicode_is_lower(next)) {
			add_word(sp->out, sp->style, str_slice(s, begin, i), sp->words++);
			begin = i;
			mode = MODE_BOUNDARY;
		} else {
			mode = now;
		}
		i += n;
	}
}

void case_words(struct buf *out, struct str s, const struct case_style *style)
{
	struct splitter sp = { .out = out, .style = style };
	size_t begin = 0;
	for (size_t i = 0; i <= s.n;) {
		uint32_t r = 0;
		size_t n = utf8_decode(str_slice(s, i, s.n), &r);
		if (n && (unicode_is_letter(r) || unicode_is_number(r))) {
			i += n;
			continue;
		}
		if (i > begin)
			split_stretch(&sp, str_slice(s, begin, i));
		if (!n)
			break;
		i += n;
		begin = i;
	}
}
