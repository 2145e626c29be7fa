/*
 * A scalar is looked at once: which styles could hold it. Then it is written in the first of wanted, single quoted and double quoted that
 * can. All of it follows libyaml's emitter, whose port go-yaml is, in what it prints.
 */
#include "data/yaml_emit.h"

#include <string.h>

#include "base/bytes16.h"
#include "base/utf8.h"

void yaml_emit_open(struct yaml_emitter *e, const struct yaml_layout *layout, struct buf *out)
{
	*e = (struct yaml_emitter){ .out = out, .layout = layout, .indent = -1, .whitespace = true, .indention = true };
}

static void put_break(struct yaml_emitter *e)
{
	buf_add_char(e->out, '\n');
	e->column = 0;
}

void yaml_emit_indent(struct yaml_emitter *e)
{
	int indent = MAX(e->indent, 0);
	if (!e->indention || e->column > indent || (e->column == indent && !e->whitespace))
		put_break(e);
	if (e->column < indent) {
		buf_add_repeat(e->out, ' ', (size_t)(indent - e->column));
		e->column = indent;
	}
	e->whitespace = true;
	e->indention = true;
}

void yaml_emit_close(struct yaml_emitter *e)
{
	e->indent = -1;
	yaml_emit_indent(e);
}

void yaml_emit_indicator(struct yaml_emitter *e, const char *text, unsigned flags)
{
	if (flags & YAML_NEEDS_BLANK && !e->whitespace) {
		buf_add_char(e->out, ' ');
		e->column++;
	}
	struct str s = str_c(text);
	buf_add(e->out, s);
	e->column += (int)s.n;
	e->whitespace = flags & YAML_IS_BLANK;
	e->indention = e->indention && flags & YAML_KEEPS_INDENT;
}

/* Code points by what the emitter cares about. */
enum class { PRINTABLE, SPACE, BREAK, TAB, SPECIAL };

static enum class class_of(uint32_t r)
{
	if (r == ' ')
		return SPACE;
	if (r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029)
		return BREAK;
	if (r == '\t')
		return TAB;
	if (r < 0x20 || (r >= 0x7f && r < 0xa0) || r == 0xfeff || r == 0xfffe || r == 0xffff)
		return SPECIAL;
	return PRINTABLE;
}

/* The class of a byte that is a code point; those of longer ones are not asked for. */
static const uint8_t byte_class[256] = {
	[0 ... 8] = SPECIAL, ['\t'] = TAB, ['\n'] = BREAK, [11] = SPECIAL, [12] = SPECIAL, ['\r'] = BREAK, [14 ... 31] = SPECIAL, [' '] = SPACE,
	[0x7f] = SPECIAL,
};

/* Decodes the code point at s.p[i]; most are a byte. */
static inline size_t next_rune(struct str s, size_t i, uint32_t *r, enum class *c)
{
	unsigned char byte = (unsigned char)s.p[i];
	if (byte < 0x80) {
		*r = byte;
		*c = (enum class)byte_class[byte];
		return 1;
	}
	size_t n = utf8_decode(str_slice(s, i, s.n), r);
	*c = class_of(*r);
	return n;
}

/* Whether every code point is a byte and every break a \n: then runs between blanks and breaks can be written as they are. */
static bool is_simple_text(struct str s)
{
	bool odd = false;
	for (size_t i = 0; i < s.n; i++)
		odd |= ((unsigned char)s.p[i] >= 0x80) | (s.p[i] == '\r');
	return !odd;
}

/* Whether a code point may stand in a text that is not double quoted. \n may, \r and NEL may not. */
static bool is_printable(const struct yaml_emitter *e, uint32_t r)
{
	switch (class_of(r)) {
	case PRINTABLE: return r <= 0xffff;
	case TAB: return e->layout->v3;
	case SPACE: return true;
	case BREAK: return r != '\r' && r != 0x85;
	default: return false;
	}
}

static bool is_blank_or_end(struct str s, size_t i)
{
	uint32_t r;
	if (utf8_decode(str_slice(s, i, s.n), &r) == 0)
		return true;
	enum class c = class_of(r);
	return c == SPACE || c == TAB || c == BREAK;
}

/* What a scalar holds, and from that: the styles that can hold it. */
struct analysis {
	bool multiline, plain, single, block;
};

struct traits {
	bool indicators, special, breaks, tabs;
	bool leading_space, leading_break, trailing_space, trailing_break, break_space, space_break;
};

/* Characters that begin something else where a plain scalar is expected. */
static bool is_indicator(struct str s, size_t i, uint32_t r, bool after_blank)
{
	if (i == 0) {
		switch (r) {
		case '#': case ',': case '[': case ']': case '{': case '}': case '&': case '*': case '!': case '|': case '>': case '\'': case '"':
		case '%': case '@': case '`':
			return true;
		case '?': case ':': case '-':
			return is_blank_or_end(s, 1);
		default:
			return false;
		}
	}
	if (r == ':')
		return is_blank_or_end(s, i + 1);
	return r == '#' && after_blank;
}

static void look(const struct yaml_emitter *e, struct str s, struct traits *t)
{
	enum class before = SPACE;
	bool first = true;
	t->indicators = str_starts(s, STR("---")) || str_starts(s, STR("..."));
	for (size_t i = 0, n; i < s.n; i += n, first = false) {
		uint32_t r;
		enum class c;
		n = next_rune(s, i, &r, &c);
		bool last = i + n == s.n;
		if (first || r == ':' || r == '#')
			t->indicators |= is_indicator(s, i, r, first || before == SPACE || before == TAB || before == BREAK);
		if (c != PRINTABLE || r >= 0x80)
			t->special |= !is_printable(e, r);
		t->tabs |= c == TAB;
		if (c == SPACE) {
			t->leading_space |= first;
			t->trailing_space |= last;
			t->break_space |= !first && before == BREAK;
		} else if (c == BREAK) {
			t->breaks = true;
			t->leading_break |= first;
			t->trailing_break |= last;
			t->space_break |= !first && before == SPACE;
		}
		before = c;
	}
}

/* Whether s is one line of ASCII without ": " or " #" anywhere: then only its ends can mean something. */
static bool is_quiet(struct str s)
{
	bytes16_hits odd = { 0 };
	size_t i = 0;
	for (; i + BYTES16 <= s.n; i += BYTES16) {
		bytes16 v = bytes16_load(s.p + i);
		odd |= (v < 0x20) | (v >= 0x7f) | (v == ':') | (v == '#');
	}
	bool any = bytes16_any(odd);
	for (; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		any |= (c < 0x20) | (c >= 0x7f) | (c == ':') | (c == '#');
	}
	return !any;
}

static struct analysis analyse_quiet(struct str s)
{
	bool space_before = s.p[0] == ' ', space_behind = s.p[s.n - 1] == ' ';
	bool starts = is_indicator(s, 0, (unsigned char)s.p[0], true) || str_starts(s, STR("---")) || str_starts(s, STR("..."));
	return (struct analysis){ .plain = !space_before && !space_behind && !starts, .single = true, .block = !space_behind };
}

static struct analysis analyse(const struct yaml_emitter *e, struct str s)
{
	struct traits t = { 0 };
	if (s.n == 0)
		return (struct analysis){ .plain = true, .single = true };
	if (is_quiet(s))
		return analyse_quiet(s);
	look(e, s, &t);
	struct analysis a = { .multiline = t.breaks, .plain = true, .single = true, .block = true };
	if (t.leading_space || t.leading_break || t.trailing_space || t.trailing_break || t.breaks || t.indicators)
		a.plain = false;
	if (t.trailing_space)
		a.block = false;
	if (t.break_space || t.tabs)
		a.plain = a.single = false;
	if (t.space_break || t.special)
		a.plain = a.single = a.block = false;
	return a;
}

bool yaml_emit_simple(const struct yaml_emitter *e, struct str s)
{
	return s.n <= 128 && !analyse(e, s).multiline;
}

static void put_bytes(struct yaml_emitter *e, const char *p, size_t n)
{
	buf_add_bytes(e->out, p, n);
	e->column++;
}

/* The bytes up to the first of `stops`, each a column. Returns how many. */
static size_t put_run(struct yaml_emitter *e, struct str s, const char *stops)
{
	size_t n = s.n;
	for (; *stops; stops++) {
		const char *stop = memchr(s.p, *stops, n);
		n = stop ? (size_t)(stop - s.p) : n;
	}
	buf_add_bytes(e->out, s.p, n);
	e->column += (int)n;
	return n;
}

/* A line break of the text: \n is the emitter's own, others stand as they are. */
static void put_text_break(struct yaml_emitter *e, const char *p, size_t n)
{
	if (*p == '\n')
		put_break(e);
	else
		buf_add_bytes(e->out, p, n);
	e->column = 0;
}

static bool space_at(struct str s, size_t i)
{
	return i < s.n && s.p[i] == ' ';
}

/* Whether the line is to be folded at a blank. */
static bool is_too_long(const struct yaml_emitter *e, enum yaml_context context)
{
	return context == YAML_IN_VALUE && e->layout->width && e->column > e->layout->width;
}

static void write_plain(struct yaml_emitter *e, struct str s, enum yaml_context context)
{
	if (s.n && !e->whitespace)
		put_bytes(e, " ", 1);
	e->whitespace = false;
	e->indention = false;
	if (!e->layout->width || context == YAML_IN_SIMPLE_KEY || str_find_char(s, ' ') == STR_NPOS) {
		buf_add(e->out, s);
		e->column += (int)utf8_count(s);
		return;
	}
	bool spaces = false, simple = is_simple_text(s);
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t r;
		enum class c;
		n = next_rune(s, i, &r, &c);
		if (simple && r != ' ')
			n = put_run(e, str_slice(s, i, s.n), " ");
		else if (r == ' ' && !spaces && is_too_long(e, context) && !space_at(s, i + 1))
			yaml_emit_indent(e);
		else
			put_bytes(e, s.p + i, n);
		spaces = r == ' ';
		if (!spaces)
			e->indention = false;
	}
	e->whitespace = false;
	e->indention = false;
}

static void write_single(struct yaml_emitter *e, struct str s, enum yaml_context context)
{
	yaml_emit_indicator(e, "'", YAML_NEEDS_BLANK);
	bool spaces = false, breaks = false, simple = is_simple_text(s);
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t r;
		enum class c;
		n = next_rune(s, i, &r, &c);
		if (r == ' ') {
			if (!spaces && is_too_long(e, context) && i > 0 && i < s.n - 1 && !space_at(s, i + 1))
				yaml_emit_indent(e);
			else
				put_bytes(e, s.p + i, n);
			spaces = true;
		} else if (c == BREAK) {
			if (!breaks && r == '\n')
				put_break(e);
			put_text_break(e, s.p + i, n);
			e->indention = true;
			breaks = true;
		} else {
			if (breaks)
				yaml_emit_indent(e);
			if (r == '\'')
				put_bytes(e, "'", 1);
			if (simple && r != '\'')
				n = put_run(e, str_slice(s, i, s.n), " \n'");
			else
				put_bytes(e, s.p + i, n);
			e->indention = false;
			spaces = breaks = false;
		}
	}
	yaml_emit_indicator(e, "'", 0);
}

static void write_escape(struct yaml_emitter *e, uint32_t r)
{
	static const struct {
		uint32_t rune;
		char letter;
	} named[] = {
		{ 0, '0' }, { '\a', 'a' }, { '\b', 'b' }, { '\t', 't' }, { '\n', 'n' }, { '\v', 'v' }, { '\f', 'f' }, { '\r', 'r' },
		{ 0x1b, 'e' }, { '"', '"' }, { '\\', '\\' }, { 0x85, 'N' }, { 0xa0, '_' }, { 0x2028, 'L' }, { 0x2029, 'P' },
	};
	size_t before = e->out->n, i = 0;
	while (i < ARRAY_LEN(named) && named[i].rune != r)
		i++;
	if (i < ARRAY_LEN(named))
		buf_addf(e->out, "\\%c", named[i].letter);
	else if (r <= 0xff)
		buf_addf(e->out, "\\x%02X", r);
	else if (r <= 0xffff)
		buf_addf(e->out, "\\u%04X", r);
	else
		buf_addf(e->out, "\\U%08X", r);
	e->column += (int)(e->out->n - before);
}

static void write_double(struct yaml_emitter *e, struct str s, enum yaml_context context)
{
	yaml_emit_indicator(e, "\"", YAML_NEEDS_BLANK);
	bool spaces = false;
	/* The ports look for a byte order mark at the beginning of the text whichever code point they are at. */
	bool escape_all = str_starts(s, STR("\xef\xbb\xbf"));
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t r;
		n = utf8_decode(str_slice(s, i, s.n), &r);
		if (escape_all || !is_printable(e, r) || class_of(r) == BREAK || r == '\t' || r == '"' || r == '\\') {
			write_escape(e, r);
			spaces = false;
		} else if (r == ' ') {
			if (!spaces && is_too_long(e, context) && i > 0 && i < s.n - 1) {
				yaml_emit_indent(e);
				if (space_at(s, i + 1))
					put_bytes(e, "\\", 1);
			} else {
				put_bytes(e, s.p + i, n);
			}
			spaces = true;
		} else {
			put_bytes(e, s.p + i, n);
			spaces = false;
		}
	}
	yaml_emit_indicator(e, "\"", 0);
}

/* Bytes of the last code point that ends at `end`, and whether it is a break. */
static size_t last_break(struct str s, size_t end)
{
	size_t i = end;
	uint32_t r;
	if (i == 0)
		return 0;
	do
		i--;
	while (i > 0 && ((unsigned char)s.p[i] & 0xC0) == 0x80);
	utf8_decode(str_slice(s, i, end), &r);
	return class_of(r) == BREAK ? end - i : 0;
}

/* The digit where the text begins with blanks, and what happens to the breaks at its end. */
static void write_hints(struct yaml_emitter *e, struct str s)
{
	char digit[2] = { (char)('0' + e->layout->indent), 0 };
	uint32_t r;
	utf8_decode(s, &r);
	if (class_of(r) == SPACE || class_of(r) == BREAK)
		yaml_emit_indicator(e, digit, 0);
	size_t last = last_break(s, s.n);
	if (last == 0)
		yaml_emit_indicator(e, "-", 0);
	else if (last == s.n || last_break(s, s.n - last))
		yaml_emit_indicator(e, "+", 0);
}

static void write_literal(struct yaml_emitter *e, struct str s)
{
	yaml_emit_indicator(e, "|", YAML_NEEDS_BLANK);
	write_hints(e, s);
	if (!e->layout->eats_break) {
		put_break(e);
		e->indention = true;
	}
	e->whitespace = true;
	bool breaks = true, simple = is_simple_text(s);
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t r;
		enum class c;
		n = next_rune(s, i, &r, &c);
		if (c == BREAK) {
			put_text_break(e, s.p + i, n);
			e->indention = true;
			breaks = true;
			continue;
		}
		if (breaks)
			yaml_emit_indent(e);
		if (simple)
			n = put_run(e, str_slice(s, i, s.n), "\n");
		else
			put_bytes(e, s.p + i, n);
		e->indention = false;
		breaks = false;
	}
}

void yaml_emit_scalar(struct yaml_emitter *e, struct str s, enum yaml_want want, enum yaml_context context)
{
	struct analysis a = analyse(e, s);
	if (want == YAML_WANT_LITERAL && a.block && context == YAML_IN_VALUE)
		write_literal(e, s);
	else if (want != YAML_WANT_PLAIN || (context == YAML_IN_SIMPLE_KEY && a.multiline))
		write_double(e, s, context);
	else if (a.plain && (s.n || context == YAML_IN_VALUE))
		write_plain(e, s, context);
	else if (a.single)
		write_single(e, s, context);
	else
		write_double(e, s, context);
}
