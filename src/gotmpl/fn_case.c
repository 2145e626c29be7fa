/*
 * Cases of letters and forms of names. snakecase and kebabcase cut a name into words first: runs of capitals, of other letters, of digits,
 * of connectors (space, `_`, `-`); the last capital before small letters belongs to them. A number goes with the word before it, unless small
 * letters follow: then it begins a word with them (http2xx: http_2xx, but Bld4Floor: bld4_floor).
 */
#include "gotmpl/sprig_util.h"

#include <sys/random.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "text/unicode.h"

static uint32_t next_rune(struct str *s)
{
	uint32_t r = 0;
	*s = str_slice(*s, utf8_decode(*s, &r), s->n);
	return r;
}

/* What separates words for strings.Title. */
static bool separates(uint32_t r)
{
	if (r < 0x80)
		return !unicode_is_letter(r) && !unicode_is_digit(r) && r != '_';
	return !unicode_is_letter(r) && !unicode_is_digit(r) && unicode_is_space(r);
}

static bool fn_title(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	uint32_t before = ' ';
	for (struct str s = arg_str(call, 0); s.n > 0;) {
		uint32_t r = next_rune(&s);
		buf_add_rune(&b, separates(before) ? unicode_title(r) : r);
		before = r;
	}
	return give(call, &b, out, err);
}

/* The first letter of each word between spaces in small. */
static bool fn_untitle(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	bool first = true;
	for (struct str s = arg_str(call, 0); s.n > 0;) {
		uint32_t r = next_rune(&s);
		buf_add_rune(&b, first ? unicode_lower(r) : r);
		first = unicode_is_space(r);
	}
	return give(call, &b, out, err);
}

static bool fn_swapcase(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	bool first = true;
	for (struct str s = arg_str(call, 0); s.n > 0;) {
		uint32_t r = next_rune(&s), lower = unicode_lower(r);
		bool is_title = r >= 0x80 && lower != r && unicode_upper(r) != r;
		if (unicode_is_upper(r) || is_title)
			r = lower;
		else if (unicode_is_lower(r))
			r = first ? unicode_title(r) : unicode_upper(r);
		buf_add_rune(&b, r);
		first = unicode_is_space(r);
	}
	return give(call, &b, out, err);
}

/* The library takes each byte for a code point, and with it the result's spelling where there is a space to remove. */
static bool fn_nospace(struct go_call *call, struct value *out, struct err *err)
{
	struct str s = arg_str(call, 0);
	AUTO_BUF b = { 0 };
	size_t kept = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (unicode_is_space((unsigned char)s.p[i]))
			continue;
		buf_add_rune(&b, (unsigned char)s.p[i]);
		kept++;
	}
	if (kept == s.n) {
		*out = call->argv[0];
		return true;
	}
	return give(call, &b, out, err);
}

/* Bytes again, as above. */
static bool fn_initials(struct go_call *call, struct value *out, struct err *err)
{
	struct str s = arg_str(call, 0);
	AUTO_BUF b = { 0 };
	bool first = true;
	for (size_t i = 0; i < s.n; i++) {
		bool space = unicode_is_space((unsigned char)s.p[i]);
		if (first && !space)
			buf_add_rune(&b, (unsigned char)s.p[i]);
		first = space;
	}
	return give(call, &b, out, err);
}

static bool connects(uint32_t r)
{
	return r == '-' || r == '_' || unicode_is_space(r);
}

static bool fn_camelcase(struct go_call *call, struct value *out, struct err *err)
{
	struct str s = arg_str(call, 0);
	AUTO_BUF b = { 0 };
	uint32_t r = 0;
	if (s.n == 0) {
		*out = call->argv[0];
		return true;
	}
	/* Connectors in front stay. */
	while (s.n > 0 && connects(r = next_rune(&s)))
		buf_add_rune(&b, r);
	bool start = true, capitals = false; /* of a word; within its leading capitals */
	for (;;) {
		uint32_t next = 0;
		bool more = s.n > 0;
		if (more)
			next = next_rune(&s);
		if (start) {
			capitals = unicode_is_upper(r);
			buf_add_rune(&b, unicode_upper(r));
			start = false;
		} else if (connects(r)) {
			start = more && !connects(next); /* the last one before a word goes */
			if (!start)
				buf_add_rune(&b, r);
		} else {
			capitals = capitals && unicode_is_upper(r);
			buf_add_rune(&b, capitals ? unicode_lower(r) : r);
		}
		if (!more)
			break;
		r = next;
	}
	return give(call, &b, out, err);
}

enum word_kind { WORD_CONNECTOR, WORD_PUNCT, WORD_NUMBER, WORD_UPPER, WORD_LOWER, WORD_OTHER };
struct word {
	enum word_kind kind;
	struct str text;
};
typedef VEC(struct word) word_list;

static enum word_kind kind_of(uint32_t r)
{
	if (connects(r))
		return WORD_CONNECTOR;
	if (unicode_is_upper(r))
		return WORD_UPPER;
	if (unicode_is_lower(r) || (unicode_lower(r) != r && unicode_is_letter(r))) /* also title case */
		return WORD_LOWER;
	if (unicode_is_number(r))
		return WORD_NUMBER;
	return unicode_is_punct(r) ? WORD_PUNCT : WORD_OTHER;
}

/* The next word off *s. */
static struct word next_word(struct str *s)
{
	struct str whole = *s, rest = *s;
	enum word_kind kind = kind_of(next_rune(&rest));
	size_t end = whole.n - rest.n, last = 0; /* last: where the last code point of the run began */
	size_t runes = 1;
	while (rest.n > 0) {
		size_t at = whole.n - rest.n;
		enum word_kind next = kind_of(next_rune(&rest));
		if (next != kind) {
			/* Capitals before small letters: the last one is theirs; a single one begins their word. */
			if (kind == WORD_UPPER && next == WORD_LOWER && runes > 1) {
				end = last;
			} else if (kind == WORD_UPPER && next == WORD_LOWER) {
				for (end = at; end < whole.n;) {
					uint32_t r;
					size_t n = utf8_decode(str_slice(whole, end, whole.n), &r);
					if (kind_of(r) != WORD_LOWER)
						break;
					end += n;
				}
			}
			break;
		}
		last = at;
		end = whole.n - rest.n;
		runes++;
	}
	*s = str_slice(whole, end, whole.n);
	return (struct word){ kind, str_slice(whole, 0, end) };
}

static bool loose(enum word_kind kind)
{
	return kind == WORD_CONNECTOR || kind == WORD_PUNCT;
}

static bool delimited(struct go_call *call, char connector, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	word_list words = { 0 };
	for (struct str s = arg_str(call, 0); s.n > 0;)
		vec_push_in(&words, call->arena, next_word(&s));
	bool group = false; /* in a word that began with a number */
	for (size_t i = 0; i < words.n; i++) {
		struct word w = words.p[i];
		enum word_kind before = i > 0 ? words.p[i - 1].kind : WORD_CONNECTOR;
		bool small_next = i + 1 < words.n && words.p[i + 1].kind == WORD_LOWER;
		if (w.kind == WORD_CONNECTOR) {
			buf_add_repeat(&b, connector, utf8_count(w.text));
			group = false;
			continue;
		}
		bool goes_on = group && (w.kind == WORD_LOWER || w.kind == WORD_NUMBER);
		bool attached = w.kind == WORD_NUMBER && !loose(before) && !small_next;
		if (!goes_on && !attached && !loose(before) && !loose(w.kind))
			buf_add_char(&b, connector);
		group = goes_on || (w.kind == WORD_NUMBER && !attached);
		buf_add(&b, w.kind == WORD_UPPER ? unicode_str_lower(call->arena, w.text) : w.text);
	}
	return give(call, &b, out, err);
}

static bool fn_snakecase(struct go_call *call, struct value *out, struct err *err)
{
	return delimited(call, '_', out, err);
}

static bool fn_kebabcase(struct go_call *call, struct value *out, struct err *err)
{
	return delimited(call, '-', out, err);
}

/* A random order of the code points (Fisher and Yates). */
static bool fn_shuffle(struct go_call *call, struct value *out, struct err *err)
{
	VEC(uint32_t) runes = { 0 };
	AUTO_BUF b = { 0 };
	for (struct str s = arg_str(call, 0); s.n > 0;)
		vec_push_in(&runes, call->arena, next_rune(&s));
	for (size_t i = runes.n; i > 1; i--) {
		uint64_t random;
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return fail(err, "no random bytes from the system");
		size_t other = (size_t)(random % i);
		uint32_t swap = runes.p[i - 1];
		runes.p[i - 1] = runes.p[other];
		runes.p[other] = swap;
	}
	for (size_t i = 0; i < runes.n; i++)
		buf_add_rune(&b, runes.p[i]);
	return give(call, &b, out, err);
}

static const struct go_func rows[] = {
	GO_FUNC("title", fn_title, GO_P_STRING),         GO_FUNC("untitle", fn_untitle, GO_P_STRING),
	GO_FUNC("swapcase", fn_swapcase, GO_P_STRING),   GO_FUNC("nospace", fn_nospace, GO_P_STRING),
	GO_FUNC("initials", fn_initials, GO_P_STRING),   GO_FUNC("camelcase", fn_camelcase, GO_P_STRING),
	GO_FUNC("snakecase", fn_snakecase, GO_P_STRING), GO_FUNC("kebabcase", fn_kebabcase, GO_P_STRING),
	GO_RANDOM("shuffle", fn_shuffle, GO_P_STRING),
};
const struct go_table fn_case = GO_TABLE(rows);
