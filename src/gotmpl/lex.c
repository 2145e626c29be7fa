/*
 * One call reads one token. Trim markers (`{{- ` and ` -}}`) never become tokens: the text before is cut shorter, the text behind starts
 * later. Lines are counted in those tokens only that can hold line ends.
 */
#include "gotmpl/lex.h"

#include <string.h>

#include "base/utf8.h"
#include "gotmpl/gofmt.h"
#include "text/unicode.h"

#define END UINT32_MAX /* what peek gives at the end of the text */

enum class { LETTER = 1, SPACE = 2, TERMINATOR = 4, WIDE = 8 };

/* Classes of bytes: letters, digits and _; white space; what may stand behind a name; the first byte of something longer. */
static const uint8_t classes[256] = {
	['_'] = LETTER, ['0' ... '9'] = LETTER, ['A' ... 'Z'] = LETTER, ['a' ... 'z'] = LETTER,
	[' '] = SPACE | TERMINATOR, ['\t'] = SPACE | TERMINATOR, ['\r'] = SPACE | TERMINATOR, ['\n'] = SPACE | TERMINATOR,
	['.'] = TERMINATOR, [','] = TERMINATOR, ['|'] = TERMINATOR, [':'] = TERMINATOR, [')'] = TERMINATOR, ['('] = TERMINATOR,
	[0x80 ... 0xff] = WIDE,
};

void lexer_init(struct lexer *l, struct str text, struct arena *arena)
{
	*l = (struct lexer){ .text = text, .arena = arena, .line = 1 };
}

static inline bool is(char c, uint8_t class)
{
	return classes[(unsigned char)c] & class;
}

/* Everything but names, numbers and punctuation may hold line ends; they are counted when the next token starts. */
static void count_lines(struct lexer *l, uint32_t from, uint32_t to)
{
	const char *p = l->text.p + from, *end = l->text.p + to;
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		l->line++;
		p++;
	}
}

static inline struct token emit(struct lexer *l, enum token_type type)
{
	struct token t = { type, l->start, l->line, { l->text.p + l->start, l->pos - l->start } };
	l->start = l->pos;
	return t;
}

static struct token emit_lines(struct lexer *l, enum token_type type)
{
	uint32_t from = l->start;
	struct token t = emit(l, type);
	count_lines(l, from, l->start);
	return t;
}

/* Reports and ends the text: what follows is TOKEN_EOF. */
static struct token fail(struct lexer *l, struct str message)
{
	struct token t = { TOKEN_ERROR, l->start, l->line, message };
	l->text.n = l->pos = l->start;
	l->inside = false;
	return t;
}

static inline struct str rest(const struct lexer *l)
{
	return (struct str){ l->text.p + l->pos, l->text.n - l->pos };
}

static inline uint32_t peek(const struct lexer *l, uint32_t *width)
{
	if (l->pos >= l->text.n) {
		*width = 0;
		return END;
	}
	unsigned char c = (unsigned char)l->text.p[l->pos];
	if (c < 0x80) {
		*width = 1;
		return c;
	}
	uint32_t r;
	*width = (uint32_t)utf8_decode(rest(l), &r);
	return r;
}

static bool is_alphanumeric(uint32_t r)
{
	if (r < 0x80)
		return is((char)r, LETTER);
	return r != END && (unicode_is_letter(r) || unicode_is_digit(r));
}

static inline bool starts_left_trim(struct str s)
{
	return s.n >= 2 && s.p[0] == '-' && is(s.p[1], SPACE);
}

enum delim { NO_DELIM, PLAIN_DELIM, TRIMMING_DELIM };

static inline enum delim right_delim(const struct lexer *l)
{
	const char *p = l->text.p + l->pos;
	size_t n = l->text.n - l->pos;
	if (n >= 2 && p[0] == '}' && p[1] == '}')
		return PLAIN_DELIM;
	return n >= 4 && is(p[0], SPACE) && p[1] == '-' && p[2] == '}' && p[3] == '}' ? TRIMMING_DELIM : NO_DELIM;
}

/* U+00E9 'é', as fmt's %#U. */
static struct str rune_name(struct lexer *l, uint32_t r)
{
	if (r == END)
		return STR("U+FFFFFFFFFFFFFFFF"); /* the lexer's end of file is -1 there */
	if (!unicode_is_print(r))
		return arena_fmt(l->arena, "U+%04X", r);
	char utf8[4];
	size_t n = utf8_encode(r, utf8);
	return arena_fmt(l->arena, "U+%04X '%.*s'", r, (int)n, utf8);
}

static void skip_space(struct lexer *l)
{
	while (l->pos < l->text.n && is(l->text.p[l->pos], SPACE))
		l->pos++;
}

static void ignore(struct lexer *l)
{
	count_lines(l, l->start, l->pos);
	l->start = l->pos;
}

/* Behind a }}: the text goes on, without leading space where the delimiter trims. */
static void leave_action(struct lexer *l, enum delim delim)
{
	if (delim == TRIMMING_DELIM)
		skip_space(l);
	ignore(l);
	l->inside = false;
}

void lexer_leave(struct lexer *l, uint32_t pos, bool trims)
{
	l->start = l->pos = pos;
	leave_action(l, trims ? TRIMMING_DELIM : PLAIN_DELIM);
}

/* At the start of a comment; true where it was whole, else *t is the error. */
static bool skip_comment(struct lexer *l, struct token *t)
{
	l->pos += 2;
	size_t end = str_find(rest(l), STR("*/"));
	if (end == STR_NPOS) {
		*t = fail(l, STR("unclosed comment"));
		return false;
	}
	l->pos += (uint32_t)end + 2;
	enum delim delim = right_delim(l);
	if (delim == NO_DELIM) {
		*t = fail(l, STR("comment ends before closing delimiter"));
		return false;
	}
	l->pos += delim == TRIMMING_DELIM ? 4 : 2;
	leave_action(l, delim);
	return true;
}

/* Where the next {{ begins, or the end. */
static uint32_t find_action(const struct lexer *l)
{
	const char *p = l->text.p + l->pos, *end = l->text.p + l->text.n;
	while (p + 1 < end && (p = memchr(p, '{', (size_t)(end - p - 1)))) {
		if (p[1] == '{')
			return (uint32_t)(p - l->text.p);
		p++;
	}
	return (uint32_t)l->text.n;
}

/* The text up to the next {{, or nothing where an action follows at once. */
static bool take_text(struct lexer *l, struct token *t)
{
	uint32_t at = find_action(l);
	if (at == l->text.n) {
		l->pos = at;
		*t = l->pos > l->start ? emit_lines(l, TOKEN_TEXT) : emit(l, TOKEN_EOF);
		return true;
	}
	struct str text = { l->text.p + l->start, at - l->start };
	if (starts_left_trim((struct str){ l->text.p + at + 2, l->text.n - at - 2 }))
		while (text.n && is(text.p[text.n - 1], SPACE))
			text.n--;
	l->pos += (uint32_t)text.n;
	if (text.n)
		*t = emit_lines(l, TOKEN_TEXT);
	l->pos = at;
	ignore(l);
	return text.n > 0;
}

static struct token next_outside(struct lexer *l)
{
	for (;;) {
		struct token t;
		if (take_text(l, &t))
			return t;
		l->pos += 2;
		bool trim = starts_left_trim(rest(l));
		uint32_t skip = trim ? 2 : 0;
		if (str_starts(str_slice(l->text, l->pos + skip, l->text.n), STR("/*"))) {
			l->pos += skip;
			ignore(l);
			if (!skip_comment(l, &t))
				return t;
			continue;
		}
		t = emit(l, TOKEN_LEFT_DELIM);
		l->pos += skip;
		ignore(l);
		l->inside = true;
		l->parens = 0;
		return t;
	}
}

static struct token take_right_delim(struct lexer *l)
{
	enum delim delim = right_delim(l);
	if (delim == TRIMMING_DELIM) {
		l->pos += 2;
		ignore(l);
	}
	l->pos += 2;
	struct token t = emit(l, TOKEN_RIGHT_DELIM);
	leave_action(l, delim);
	return t;
}

static struct token take_spaces(struct lexer *l)
{
	skip_space(l);
	/* The last of the spaces may belong to " -}}". */
	l->pos--;
	if (right_delim(l) != TRIMMING_DELIM)
		l->pos++;
	else if (l->pos == l->start)
		return take_right_delim(l);
	return emit_lines(l, TOKEN_SPACE);
}

void lexer_skip_space(struct lexer *l)
{
	uint32_t from = l->pos;
	if (!l->inside || from >= l->text.n || l->text.p[from] != ' ' || right_delim(l) != NO_DELIM)
		return;
	/* Only the plain case: one line's blanks before a word. */
	while (l->pos < l->text.n && l->text.p[l->pos] == ' ')
		l->pos++;
	if (l->pos < l->text.n && (l->text.p[l->pos] == '-' || is(l->text.p[l->pos], SPACE)))
		l->pos = from;
	l->start = l->pos;
}

/* Whether a name may end here. */
static inline bool at_terminator(const struct lexer *l)
{
	if (l->pos >= l->text.n)
		return true;
	char c = l->text.p[l->pos];
	return is(c, TERMINATOR) || (c == '}' && right_delim(l) == PLAIN_DELIM);
}

static inline void skip_alphanumeric(struct lexer *l)
{
	const char *p = l->text.p + l->pos, *end = l->text.p + l->text.n;
	for (;;) {
		while (p < end && is(*p, LETTER))
			p++;
		l->pos = (uint32_t)(p - l->text.p);
		uint32_t width;
		if (p >= end || !is(*p, WIDE) || !is_alphanumeric(peek(l, &width)))
			return;
		p += width;
	}
}

static struct token bad_character(struct lexer *l)
{
	uint32_t width, r = peek(l, &width);
	return fail(l, arena_fmt(l->arena, "bad character %.*s", STR_ARG(rune_name(l, r))));
}

/* Behind the '.' or '$'. */
static struct token take_field_or_variable(struct lexer *l, enum token_type type)
{
	if (at_terminator(l))
		return emit(l, type == TOKEN_VARIABLE ? TOKEN_VARIABLE : TOKEN_DOT);
	skip_alphanumeric(l);
	return at_terminator(l) ? emit(l, type) : bad_character(l);
}

enum token_type lexer_word_type(struct str word)
{
	const char *p = word.p;
	size_t n = word.n;
	static const struct {
		const char *word;
		enum token_type type;
	} keywords[] = {
		{ "if", TOKEN_IF }, { "end", TOKEN_END }, { "nil", TOKEN_NIL }, { "else", TOKEN_ELSE }, { "with", TOKEN_WITH },
		{ "true", TOKEN_BOOL }, { "range", TOKEN_RANGE }, { "false", TOKEN_BOOL }, { "block", TOKEN_BLOCK }, { "break", TOKEN_BREAK },
		{ "define", TOKEN_DEFINE }, { "template", TOKEN_TEMPLATE }, { "continue", TOKEN_CONTINUE },
	};
	/* Those of n letters are by_length[n] up to by_length[n + 1]. */
	static const uint8_t by_length[] = { 0, 0, 0, 1, 3, 6, 10, 11, 11, 13 };
	for (size_t i = n <= 8 ? by_length[n] : 0, end = n <= 8 ? by_length[n + 1] : 0; i < end; i++)
		if (p[0] == keywords[i].word[0] && memcmp(p, keywords[i].word, n) == 0)
			return keywords[i].type;
	return TOKEN_IDENTIFIER;
}

static struct token take_identifier(struct lexer *l)
{
	skip_alphanumeric(l);
	if (!at_terminator(l))
		return bad_character(l);
	return emit(l, lexer_word_type((struct str){ l->text.p + l->start, l->pos - l->start }));
}

static bool accept(struct lexer *l, const char *set)
{
	if (l->pos >= l->text.n || !l->text.p[l->pos] || !strchr(set, l->text.p[l->pos]))
		return false;
	l->pos++;
	return true;
}

static void accept_run(struct lexer *l, const char *set)
{
	while (accept(l, set))
		;
}

/* Anything that may be a number; strconv has the last word. False where a letter or digit follows, which is then read too. */
static bool scan_number(struct lexer *l)
{
	static const char decimal[] = "0123456789_", hex[] = "0123456789abcdefABCDEF_";
	const char *digits = decimal;
	accept(l, "+-");
	if (accept(l, "0")) {
		if (accept(l, "xX"))
			digits = hex;
		else if (accept(l, "oO"))
			digits = "01234567_";
		else if (accept(l, "bB"))
			digits = "01_";
	}
	accept_run(l, digits);
	if (accept(l, "."))
		accept_run(l, digits);
	if (digits == decimal ? accept(l, "eE") : digits == hex && accept(l, "pP")) {
		accept(l, "+-");
		accept_run(l, decimal);
	}
	accept(l, "i");
	uint32_t width;
	if (!is_alphanumeric(peek(l, &width)))
		return true;
	l->pos += width;
	return false;
}

static struct token bad_number(struct lexer *l)
{
	AUTO_BUF text = { 0 };
	gofmt_quote(&text, str_slice(l->text, l->start, l->pos));
	return fail(l, arena_fmt(l->arena, "bad number syntax: %s", buf_str(&text).p));
}

static struct token take_number(struct lexer *l)
{
	if (!scan_number(l))
		return bad_number(l);
	uint32_t width, sign = peek(l, &width);
	if (sign != '+' && sign != '-')
		return emit(l, TOKEN_NUMBER);
	if (!scan_number(l) || l->text.p[l->pos - 1] != 'i')
		return bad_number(l);
	return emit(l, TOKEN_COMPLEX);
}

/* A constant up to its closing quote; a backslash takes the next character with it. The opening quote is read. */
static struct token take_quoted(struct lexer *l, char quote, enum token_type type, const char *what)
{
	const char *p = l->text.p + l->pos, *end = l->text.p + l->text.n;
	for (; p < end && *p != '\n'; p++) {
		if (*p == quote) {
			l->pos = (uint32_t)(p + 1 - l->text.p);
			return emit(l, type);
		}
		if (*p == '\\' && p + 1 < end && p[1] != '\n')
			p++;
	}
	return fail(l, arena_fmt(l->arena, "unterminated %s", what));
}

static struct token take_raw(struct lexer *l)
{
	size_t n = str_find_char(rest(l), '`');
	if (n == STR_NPOS)
		return fail(l, STR("unterminated raw quoted string"));
	l->pos += (uint32_t)n + 1;
	return emit_lines(l, TOKEN_RAW_STRING);
}

static struct token take_paren(struct lexer *l, uint32_t r)
{
	if (r == '(') {
		l->parens++;
		return emit(l, TOKEN_LEFT_PAREN);
	}
	if (l->parens == 0)
		return fail(l, STR("unexpected right paren"));
	l->parens--;
	return emit(l, TOKEN_RIGHT_PAREN);
}

static struct token take_colon(struct lexer *l)
{
	if (!accept(l, "="))
		return fail(l, STR("expected :="));
	return emit(l, TOKEN_DECLARE);
}

static struct token take_punctuation(struct lexer *l, uint32_t r)
{
	switch (r) {
	case '=': return emit(l, TOKEN_ASSIGN);
	case ':': return take_colon(l);
	case '|': return emit(l, TOKEN_PIPE);
	case '"': return take_quoted(l, '"', TOKEN_STRING, "quoted string");
	case '`': return take_raw(l);
	case '\'': return take_quoted(l, '\'', TOKEN_CHAR_CONSTANT, "character constant");
	case '$': return take_field_or_variable(l, TOKEN_VARIABLE);
	case '(':
	case ')': return take_paren(l, r);
	}
	if (r > ' ' && r < 0x7f)
		return emit(l, TOKEN_CHAR);
	return fail(l, arena_fmt(l->arena, "unrecognized character in action: %.*s", STR_ARG(rune_name(l, r))));
}

/* `.5` is a number, and so is a lone dot at the end of the text. */
static struct token take_dot(struct lexer *l)
{
	uint32_t next = l->pos + 1;
	if (next >= l->text.n || (l->text.p[next] >= '0' && l->text.p[next] <= '9'))
		return take_number(l);
	l->pos = next;
	return take_field_or_variable(l, TOKEN_FIELD);
}

static struct token next_inside(struct lexer *l)
{
	if (l->pos >= l->text.n)
		return fail(l, STR("unclosed action"));
	char c = l->text.p[l->pos];
	if (c == '.')
		return take_dot(l);
	if (is(c, LETTER) && c > '9')
		return take_identifier(l);
	if (right_delim(l) != NO_DELIM)
		return l->parens ? fail(l, STR("unclosed left paren")) : take_right_delim(l);
	if (is(c, SPACE))
		return take_spaces(l);
	if ((c >= '0' && c <= '9') || c == '+' || c == '-')
		return take_number(l);
	uint32_t width, r = peek(l, &width);
	if (is_alphanumeric(r))
		return take_identifier(l);
	l->pos += width;
	return take_punctuation(l, r);
}

struct token lexer_next(struct lexer *l)
{
	return l->inside ? next_inside(l) : next_outside(l);
}
