/*
 * The lexer goes through a file once, byte by byte. What a line is cut into depends on a little state: a stack of indentations (a recipe's body is what
 * is indented below a line that had a colon), the open delimiters (inside of them line ends are white space), and the open interpolations, whose
 * insides are lexed as at top level. Errors come in the order of the text.
 */
#include "lang/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes16.h"
#include "base/utf8.h"
#include "lang/error.h"

/* Stands for the `{{` of a format string among the open delimiters. */
#define FORMAT_BRACES 'f'

struct delimiter {
	char open;
	uint32_t line;
};

/* Tokens of a stretch, but for what goes on behind them. */
enum { STRETCH = 512 };

/* A format string whose interpolation is open. */
struct format {
	enum lang_quote quote;
};

struct token_lexer {
	const struct lang_file *file;
	struct str text;
	size_t at, line_start; /* next byte; start of its line */
	size_t begun_line;     /* start of the line whose indentation was looked at last */
	uint32_t line;
	size_t token_at;
	uint32_t token_line;
	VEC(struct token) tokens;
	VEC(struct str) indentation;      /* the innermost last; the first is "" */
	VEC(struct delimiter) delimiters;
	VEC(struct format) formats;
	bool in_interpolation;            /* of a recipe body */
	struct token interpolation;       /* where it began */
	size_t interpolation_delimiters;
	bool body, body_pending;
	struct err *err;
};

static const struct {
	const char *name;
} kinds[TOKEN_KINDS] = {
	[TOKEN_AND] = { "'&&'" },
	[TOKEN_ASTERISK] = { "'*'" },
	[TOKEN_AT] = { "'@'" },
	[TOKEN_BACKTICK] = { "backtick" },
	[TOKEN_BANG] = { "'!'" },
	[TOKEN_BANG_EQUALS] = { "'!='" },
	[TOKEN_BANG_TILDE] = { "'!~'" },
	[TOKEN_OR] = { "'||'" },
	[TOKEN_BRACE_L] = { "'{'" },
	[TOKEN_BRACE_R] = { "'}'" },
	[TOKEN_BRACKET_L] = { "'['" },
	[TOKEN_BRACKET_R] = { "']'" },
	[TOKEN_BYTE_ORDER_MARK] = { "byte order mark" },
	[TOKEN_COLON] = { "':'" },
	[TOKEN_COLON_COLON] = { "'::'" },
	[TOKEN_COLON_EQUALS] = { "':='" },
	[TOKEN_COMMA] = { "','" },
	[TOKEN_COMMENT] = { "comment" },
	[TOKEN_DEDENT] = { "dedent" },
	[TOKEN_DOLLAR] = { "'$'" },
	[TOKEN_EOF] = { "end of file" },
	[TOKEN_EOL] = { "end of line" },
	[TOKEN_EQUALS] = { "'='" },
	[TOKEN_EQUALS_EQUALS] = { "'=='" },
	[TOKEN_EQUALS_TILDE] = { "'=~'" },
	[TOKEN_FORMAT_CONTINUE] = { "format string continue" },
	[TOKEN_FORMAT_END] = { "format string end" },
	[TOKEN_FORMAT_START] = { "format string" },
	[TOKEN_IDENTIFIER] = { "identifier" },
	[TOKEN_INDENT] = { "indent" },
	[TOKEN_INTERPOLATION_END] = { "'}}'" },
	[TOKEN_INTERPOLATION_START] = { "'{{'" },
	[TOKEN_PAREN_L] = { "'('" },
	[TOKEN_PAREN_R] = { "')'" },
	[TOKEN_PLUS] = { "'+'" },
	[TOKEN_PLUS_PLUS] = { "'++'" },
	[TOKEN_QUESTION] = { "?" },
	[TOKEN_SLASH] = { "'/'" },
	[TOKEN_STRING] = { "string" },
	[TOKEN_TEXT] = { "text" },
};

const char *token_kind_name(enum token_kind kind)
{
	return kinds[kind].name;
}

static const struct str quotes[] = {
	[LANG_QUOTE_SINGLE] = STR_INIT("'"),
	[LANG_QUOTE_DOUBLE] = STR_INIT("\""),
	[LANG_QUOTE_TRIPLE_SINGLE] = STR_INIT("'''"),
	[LANG_QUOTE_TRIPLE_DOUBLE] = STR_INIT("\"\"\""),
	[LANG_QUOTE_BACKTICK] = STR_INIT("`"),
	[LANG_QUOTE_TRIPLE_BACKTICK] = STR_INIT("```"),
};

size_t token_quote_length(enum lang_quote quote)
{
	return quotes[quote].n;
}

static inline bool at_end(const struct token_lexer *l)
{
	return l->at == l->text.n;
}

/* The byte `ahead` places on; NUL behind the end (a NUL inside is an unknown token anyhow). */
static inline char peek(const struct token_lexer *l, size_t ahead)
{
	return l->at + ahead < l->text.n ? l->text.p[l->at + ahead] : '\0';
}

static inline bool rest_starts(const struct token_lexer *l, struct str s)
{
	return l->text.n - l->at >= s.n && !memcmp(l->text.p + l->at, s.p, s.n);
}

static inline void advance(struct token_lexer *l)
{
	if (l->text.p[l->at++] == '\n') {
		l->line++;
		l->line_start = l->at;
	}
}

static inline void begin(struct token_lexer *l)
{
	l->token_at = l->at;
	l->token_line = l->line;
}

static inline struct token current(const struct token_lexer *l)
{
	return (struct token){
		.offset = (uint32_t)l->token_at,
		.length = (uint32_t)(l->at - l->token_at),
		.line = l->token_line,
	};
}

static inline void emit(struct token_lexer *l, enum token_kind kind)
{
	vec_push(&l->tokens, (struct token){ .offset = (uint32_t)l->token_at, .length = (uint32_t)(l->at - l->token_at), .line = l->token_line, .kind = (uint8_t)kind });
	begin(l);
}

/* An error at the token that is being read. */
static bool fail(struct token_lexer *l, const char *message)
{
	struct token t = current(l);
	struct lang_loc at = token_loc(l->file, &t);
	return lang_fail(l->err, &at, "%s", message);
}

/* Spaces and tabs made visible, as messages about indentation show them. */
static void add_visible(struct buf *b, struct str whitespace)
{
	for (size_t i = 0; i < whitespace.n; i++)
		buf_add_c(b, whitespace.p[i] == '\t' ? "␉" : "␠");
}

enum indent { INDENT_BLANK, INDENT_CONTINUE, INDENT_DECREASE, INDENT_INCONSISTENT, INDENT_INCREASE, INDENT_MIXED };

static bool is_mixed(struct str whitespace)
{
	for (size_t i = 1; i < whitespace.n; i++)
		if (whitespace.p[i] != whitespace.p[0])
			return true;
	return false;
}

static enum indent line_indent(const struct token_lexer *l, struct str whitespace)
{
	struct str rest = str_slice(l->text, l->at + whitespace.n, l->text.n);
	struct str now = vec_last(&l->indentation);
	if (rest.n == 0 || rest.p[0] == '\n' || str_starts(rest, STR("\r\n")))
		return INDENT_BLANK;
	if (str_eq(whitespace, now))
		return INDENT_CONTINUE;
	for (size_t i = 0; i < l->indentation.n; i++)
		if (str_eq(l->indentation.p[i], whitespace))
			return INDENT_DECREASE;
	if (l->body && str_starts(whitespace, now))
		return INDENT_CONTINUE;
	if (l->body || whitespace.n < now.n)
		return is_mixed(str_slice(whitespace, 0, now.n)) ? INDENT_MIXED : INDENT_INCONSISTENT;
	if (is_mixed(whitespace))
		return INDENT_MIXED;
	return str_starts(whitespace, now) ? INDENT_INCREASE : INDENT_INCONSISTENT;
}

static void dedent(struct token_lexer *l)
{
	l->indentation.n--;
	l->body = l->body_pending = false;
	emit(l, TOKEN_DEDENT);
}

static bool bad_indent(struct token_lexer *l, enum indent what, struct str whitespace)
{
	/* In a body only as much as stands in place of its indentation is looked at. */
	if (what == INDENT_MIXED && l->indentation.n > 1)
		whitespace = str_slice(whitespace, 0, vec_last(&l->indentation).n);
	l->at += whitespace.n;
	AUTO_BUF b = { 0 };
	if (what == INDENT_MIXED) {
		buf_add_c(&b, "found a mix of tabs and spaces in leading whitespace: `");
		add_visible(&b, whitespace);
		buf_add_c(&b, "`\nleading whitespace may consist of tabs or spaces, but not both");
	} else {
		buf_add_c(&b, "recipe line has inconsistent leading whitespace, started with `");
		add_visible(&b, vec_last(&l->indentation));
		buf_add_c(&b, "` but found line with `");
		add_visible(&b, whitespace);
		buf_add_c(&b, "`");
	}
	return fail(l, buf_text(&b));
}

static bool lex_line_start(struct token_lexer *l)
{
	const char *from = l->text.p + l->at, *p = from, *end = l->text.p + l->text.n;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	struct str whitespace = str_span(from, p);
	size_t n = whitespace.n;
	/* Nearly all lines: indented as the one before, and not empty. */
	if (p < end && *p != '\n' && *p != '\r' && str_eq(whitespace, vec_last(&l->indentation))) {
		l->at += n;
		begin(l);
		return true;
	}
	enum indent what = line_indent(l, whitespace);
	switch (what) {
	case INDENT_BLANK:
		l->at += n;
		begin(l);
		return true;
	case INDENT_CONTINUE:
		l->at += vec_last(&l->indentation).n;
		begin(l);
		return true;
	case INDENT_DECREASE:
		while (!str_eq(vec_last(&l->indentation), whitespace))
			dedent(l);
		l->at += n;
		begin(l);
		return true;
	case INDENT_INCREASE:
		l->at += n;
		vec_push(&l->indentation, whitespace);
		emit(l, TOKEN_INDENT);
		l->body = l->body_pending;
		return true;
	case INDENT_INCONSISTENT:
	case INDENT_MIXED:
		break;
	}
	return bad_indent(l, what, whitespace);
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static inline bool is_name_part(char c)
{
	static const bool parts[256] = { ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['_'] = true, ['-'] = true };
	return parts[(unsigned char)c];
}

/* White space within a line. */
static void skip_blanks(struct token_lexer *l)
{
	const char *p = l->text.p + l->at, *end = l->text.p + l->text.n;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	l->at = (size_t)(p - l->text.p);
}

static bool single(struct token_lexer *l, enum token_kind kind)
{
	l->at++;
	emit(l, kind);
	return true;
}

static bool twice(struct token_lexer *l, enum token_kind kind)
{
	l->at += 2;
	emit(l, kind);
	return true;
}

/* The first character is there; the second must be the same. */
static bool lex_digraph(struct token_lexer *l, char second, enum token_kind kind)
{
	if (peek(l, 1) == second)
		return twice(l, kind);
	advance(l);
	begin(l);
	char message[64];
	if (at_end(l)) {
		strcpy(message, "expected character `?` but found end-of-file");
		message[20] = second;
	} else {
		struct str rest = str_slice(l->text, l->at, l->text.n);
		uint32_t rune;
		l->at += utf8_decode(rest, &rune);
		strcpy(message, "expected character `?`");
		message[20] = second;
	}
	return fail(l, message);
}

/* Whether line ends are white space. */
static bool is_inside(const struct token_lexer *l)
{
	return l->delimiters.n || l->in_interpolation || l->formats.n;
}

static bool lex_eol(struct token_lexer *l)
{
	if (peek(l, 0) == '\r') {
		advance(l);
		if (peek(l, 0) != '\n')
			return fail(l, "unpaired carriage return");
	}
	advance(l);
	if (is_inside(l))
		begin(l);
	else
		emit(l, TOKEN_EOL);
	return true;
}

/* A backslash outside of strings joins the next line. */
static bool lex_escape(struct token_lexer *l)
{
	advance(l);
	if (at_end(l))
		return l->at--, l->token_at = l->at, l->at++, fail(l, "expected escape sequence but found end-of-file");
	if (peek(l, 0) == '\n' || (peek(l, 0) == '\r' && peek(l, 1) == '\n')) {
		if (peek(l, 0) == '\r')
			advance(l);
		advance(l);
		skip_blanks(l);
		begin(l);
		return true;
	}
	if (peek(l, 0) == '\r') {
		begin(l);
		advance(l);
		return fail(l, "unpaired carriage return");
	}
	uint32_t rune;
	size_t n = utf8_decode(str_slice(l->text, l->at, l->text.n), &rune);
	AUTO_BUF b = { 0 };
	buf_addf(&b, "`\\%.*s` is not a valid escape sequence", (int)n, l->text.p + l->at);
	return fail(l, buf_text(&b));
}

static bool lex_open(struct token_lexer *l, enum token_kind kind)
{
	vec_push(&l->delimiters, (struct delimiter){ peek(l, 0), l->line });
	return single(l, kind);
}

static bool lex_close(struct token_lexer *l, char open, enum token_kind kind)
{
	char close = peek(l, 0);
	size_t floor = l->in_interpolation ? l->interpolation_delimiters : 0;
	AUTO_BUF b = { 0 };
	if (l->delimiters.n <= floor) {
		advance(l);
		buf_addf(&b, "unexpected closing delimiter `%c`", close);
		return fail(l, buf_text(&b));
	}
	struct delimiter d = l->delimiters.p[--l->delimiters.n];
	if (d.open == open)
		return single(l, kind);
	advance(l);
	const char *opened = d.open == FORMAT_BRACES ? "{{" : (const char[]){ d.open, '\0' };
	buf_addf(&b, "mismatched closing delimiter `%c`, did you mean to close the `%s` on line %u?", close, opened, d.line + 1);
	return fail(l, buf_text(&b));
}

static enum lang_quote quote_at(const struct token_lexer *l)
{
	switch (peek(l, 0)) {
	case '\'':
		return rest_starts(l, STR("'''")) ? LANG_QUOTE_TRIPLE_SINGLE : LANG_QUOTE_SINGLE;
	case '"':
		return rest_starts(l, STR("\"\"\"")) ? LANG_QUOTE_TRIPLE_DOUBLE : LANG_QUOTE_DOUBLE;
	default:
		return rest_starts(l, STR("```")) ? LANG_QUOTE_TRIPLE_BACKTICK : LANG_QUOTE_BACKTICK;
	}
}

/* An error that covers only the first `n` bytes of the token. */
static bool fail_at_start(struct token_lexer *l, size_t n, const char *message)
{
	struct token t = current(l);
	t.length = (uint32_t)n;
	struct lang_loc at = token_loc(l->file, &t);
	return lang_fail(l->err, &at, "%s", message);
}

/* Whether the quote that begins here belongs to an `f` directly before it. */
static bool is_format(const struct token_lexer *l)
{
	if (!l->tokens.n)
		return false;
	const struct token *t = &vec_last(&l->tokens);
	return t->kind == TOKEN_IDENTIFIER && t->length == 1 && t->offset + 1 == l->at && l->text.p[t->offset] == 'f';
}

/* To the end of a text without escapes, if it has one. */
static void skip_plain(struct token_lexer *l, char delimiter)
{
	const char *from = l->text.p + l->at, *end = memchr(from, delimiter, l->text.n - l->at);
	if (!end)
		return;
	while ((from = memchr(from, '\n', (size_t)(end - from)))) {
		l->line++;
		l->line_start = (size_t)(++from - l->text.p);
	}
	l->at = (size_t)(end - l->text.p);
}

/*
 * Goes on to the end of a string that has begun, `opening` bytes being its start. A format string's text ends at `{{` too, which opens an
 * interpolation: `start` and `end` are the kinds of the token in the two cases.
 */
static bool lex_text(struct token_lexer *l, enum lang_quote quote, size_t opening, bool format, enum token_kind start, enum token_kind end)
{
	bool cooked = quote == LANG_QUOTE_DOUBLE || quote == LANG_QUOTE_TRIPLE_DOUBLE;
	struct str delimiter = quotes[quote];
	l->at += opening;
	enum token_kind kind = end;
	if (!format && !cooked && delimiter.n == 1)
		skip_plain(l, delimiter.p[0]);
	for (bool escaped = false;;) {
		/* Most bytes are text. */
		for (char c; !escaped && !at_end(l) && (c = peek(l, 0)) != delimiter.p[0] && c != '\\' && c != '{';)
			advance(l);
		if (at_end(l))
			return fail_at_start(l, opening, delimiter.p[0] == '`' ? "unterminated backtick" : "unterminated string");
		if (cooked && !escaped && peek(l, 0) == '\\') {
			escaped = true;
			advance(l);
			continue;
		}
		if (escaped) {
			escaped = false;
			advance(l);
			continue;
		}
		if (format && rest_starts(l, STR("{{{{"))) {
			l->at += 4;
			continue;
		}
		if (format && rest_starts(l, STR("{{"))) {
			l->at += 2;
			kind = start;
			break;
		}
		if (rest_starts(l, delimiter)) {
			l->at += delimiter.n;
			break;
		}
		advance(l);
	}
	emit(l, kind);
	vec_last(&l->tokens).quote = (uint8_t)quote;
	if (kind == TOKEN_FORMAT_START || kind == TOKEN_FORMAT_CONTINUE)
		vec_push(&l->delimiters, (struct delimiter){ FORMAT_BRACES, l->line });
	if (kind == TOKEN_FORMAT_START)
		vec_push(&l->formats, (struct format){ quote });
	else if (kind == TOKEN_FORMAT_END)
		l->formats.n--;
	return true;
}

static bool lex_string(struct token_lexer *l)
{
	enum lang_quote quote = quote_at(l);
	bool backtick = peek(l, 0) == '`';
	bool format = !backtick && is_format(l);
	return lex_text(l, quote, quotes[quote].n, format, TOKEN_FORMAT_START, backtick ? TOKEN_BACKTICK : TOKEN_STRING);
}

/* Where the line goes on behind `from` ends, a carriage return before the line end not counted. */
static size_t line_end(const struct token_lexer *l, size_t from)
{
	const char *p = l->text.p + from, *newline = memchr(p, '\n', l->text.n - from);
	if (!newline)
		return l->text.n;
	return (size_t)(newline - l->text.p) - (newline > p && newline[-1] == '\r');
}

static bool lex_comment(struct token_lexer *l)
{
	l->at = line_end(l, l->at);
	emit(l, TOKEN_COMMENT);
	return true;
}

static bool lex_name(struct token_lexer *l)
{
	const char *p = l->text.p + l->at, *end = l->text.p + l->text.n;
	while (p < end && is_name_part(*p))
		p++;
	l->at = (size_t)(p - l->text.p);
	emit(l, TOKEN_IDENTIFIER);
	return true;
}

static bool lex_unknown(struct token_lexer *l)
{
	uint32_t rune;
	size_t n = utf8_decode(str_slice(l->text, l->at, l->text.n), &rune);
	AUTO_BUF b = { 0 };
	if (rune == 0)
		buf_addf(&b, "unknown start of token '%c'", LANG_NUL);
	else
		buf_addf(&b, "unknown start of token '%.*s'", (int)n, l->text.p + l->at);
	if (!(rune > 0x20 && rune < 0x7f))
		buf_addf(&b, " (U+%04X)", rune);
	l->at += n;
	return fail(l, buf_text(&b));
}

static bool lex_colon(struct token_lexer *l)
{
	if (peek(l, 1) == '=')
		return twice(l, TOKEN_COLON_EQUALS);
	if (peek(l, 1) == ':')
		return twice(l, TOKEN_COLON_COLON);
	l->body_pending = true;
	return single(l, TOKEN_COLON);
}

static bool lex_normal(struct token_lexer *l)
{
	char c = peek(l, 0), d = peek(l, 1);
	switch (c) {
	case ' ':
	case '\t':
		skip_blanks(l);
		begin(l);
		return true;
	case '!':
		return d == '=' ? twice(l, TOKEN_BANG_EQUALS) : d == '~' ? twice(l, TOKEN_BANG_TILDE) : single(l, TOKEN_BANG);
	case '#':
		return lex_comment(l);
	case '$':
		return single(l, TOKEN_DOLLAR);
	case '&':
		return lex_digraph(l, '&', TOKEN_AND);
	case '|':
		return lex_digraph(l, '|', TOKEN_OR);
	case '(':
		return lex_open(l, TOKEN_PAREN_L);
	case ')':
		return lex_close(l, '(', TOKEN_PAREN_R);
	case '[':
		return lex_open(l, TOKEN_BRACKET_L);
	case ']':
		return lex_close(l, '[', TOKEN_BRACKET_R);
	case '{':
		return lex_open(l, TOKEN_BRACE_L);
	case '}':
		return lex_close(l, '{', TOKEN_BRACE_R);
	case '*':
		return single(l, TOKEN_ASTERISK);
	case '+':
		return d == '+' ? twice(l, TOKEN_PLUS_PLUS) : single(l, TOKEN_PLUS);
	case ',':
		return single(l, TOKEN_COMMA);
	case '/':
		return single(l, TOKEN_SLASH);
	case ':':
		return lex_colon(l);
	case '=':
		return d == '=' ? twice(l, TOKEN_EQUALS_EQUALS) : d == '~' ? twice(l, TOKEN_EQUALS_TILDE) : single(l, TOKEN_EQUALS);
	case '?':
		return single(l, TOKEN_QUESTION);
	case '@':
		return single(l, TOKEN_AT);
	case '\\':
		return lex_escape(l);
	case '\n':
	case '\r':
		return lex_eol(l);
	case '`':
	case '"':
	case '\'':
		return lex_string(l);
	default:
		if (is_name_start(c))
			return lex_name(l);
		if (!rest_starts(l, STR("\xEF\xBB\xBF")))
			return lex_unknown(l);
		l->at += 3;
		emit(l, TOKEN_BYTE_ORDER_MARK);
		return true;
	}
}

/* What the first byte of a token tells of it; RARE: not all, or there is more to do. */
enum first { RARE, NAME, QUOTE, SINGLE, COLON, HASH, NEWLINE };

static const uint8_t firsts[256] = {
	['a' ... 'z'] = NAME, ['A' ... 'Z'] = NAME, ['_'] = NAME, ['"'] = QUOTE, ['\''] = QUOTE, ['`'] = QUOTE, ['$'] = SINGLE, ['*'] = SINGLE,
	[','] = SINGLE, ['/'] = SINGLE, ['?'] = SINGLE, ['@'] = SINGLE, ['+'] = SINGLE, ['='] = SINGLE, [':'] = COLON, ['#'] = HASH, ['\n'] = NEWLINE,
};

static const uint8_t singles[128] = {
	['$'] = TOKEN_DOLLAR, ['*'] = TOKEN_ASTERISK, [','] = TOKEN_COMMA, ['/'] = TOKEN_SLASH, ['?'] = TOKEN_QUESTION, ['@'] = TOKEN_AT,
	['+'] = TOKEN_PLUS, ['='] = TOKEN_EQUALS,
};

/* Behind the literal that begins at p, where it stands in one line between single quotes and has no backslash; else NULL. */
static inline const char *plain_string(const struct token_lexer *l, const char *p, const char *end, struct token *t)
{
	char quote = *p;
	bool is_triple = end - p >= 3 && p[1] == quote && p[2] == quote;
	if (is_triple || (quote != '`' && p > l->text.p && p[-1] == 'f'))
		return NULL;
	for (p++; p < end && *p != quote; p++)
		if (*p == '\n' || *p == '\\')
			return NULL;
	t->kind = quote == '`' ? TOKEN_BACKTICK : TOKEN_STRING;
	t->quote = quote == '`' ? LANG_QUOTE_BACKTICK : quote == '"' ? LANG_QUOTE_DOUBLE : LANG_QUOTE_SINGLE;
	t->is_plain = true;
	return p < end ? p + 1 : NULL;
}

/* Behind the token that begins at p, or NULL where it is rare. */
static inline const char *plain_token(struct token_lexer *l, const char *p, const char *end, struct token *t)
{
	char second;
	switch ((enum first)firsts[(unsigned char)*p]) {
	case NAME:
		for (p++; p < end && is_name_part(*p); p++)
			;
		t->kind = TOKEN_IDENTIFIER;
		return p;
	case QUOTE:
		return plain_string(l, p, end, t);
	case SINGLE:
		second = end - p > 1 ? p[1] : '\0';
		t->kind = singles[(unsigned char)*p];
		/* `++`, `==`, `=~`; of others it may be part of the next token. */
		return second == '+' || second == '=' || second == '~' ? NULL : p + 1;
	case COLON:
		second = end - p > 1 ? p[1] : '\0';
		t->kind = second == '=' ? TOKEN_COLON_EQUALS : second == ':' ? TOKEN_COLON_COLON : TOKEN_COLON;
		l->body_pending |= t->kind == TOKEN_COLON;
		return t->kind == TOKEN_COLON ? p + 1 : p + 2;
	case HASH:
		t->kind = TOKEN_COMMENT;
		return l->text.p + line_end(l, (size_t)(p - l->text.p));
	case NEWLINE:
		t->kind = TOKEN_EOL;
		return is_inside(l) ? NULL : p + 1;
	case RARE:
		break;
	}
	return NULL;
}

/* Tokens of a line up to one that is rare, or to the line's end: what lex_normal makes of them, without its detours. */
static bool lex_plain(struct token_lexer *l)
{
	const char *text = l->text.p, *start = text + l->at, *p = start, *end = text + l->text.n;
	const uint32_t line = l->line;
	if (l->tokens.n == l->tokens.cap)
		l->tokens.p = vec_grow(l->tokens.p, &l->tokens.cap, sizeof(*l->tokens.p), NULL);
	struct token *t = l->tokens.p + l->tokens.n, *full = l->tokens.p + l->tokens.cap;
	while (p < end && t < full) {
		if (*p == ' ' || *p == '\t') {
			p++;
			continue;
		}
		struct token next = { .offset = (uint32_t)(p - text), .line = line };
		const char *to = plain_token(l, p, end, &next);
		if (!to)
			break;
		next.length = (uint32_t)(to - p);
		p = to;
		*t++ = next;
		if (next.kind == TOKEN_EOL)
			break;
	}
	l->tokens.n = (size_t)(t - l->tokens.p);
	l->at = (size_t)(p - text);
	if (p > start && p[-1] == '\n') {
		l->line++;
		l->line_start = l->at;
	}
	begin(l);
	return p > start || lex_normal(l);
}

/* Inside {{ }}: at `}}` with nothing open in between it ends. */
static bool lex_interpolation(struct token_lexer *l)
{
	if (l->formats.n) {
		if (!rest_starts(l, STR("}}")) || vec_last(&l->delimiters).open != FORMAT_BRACES)
			return lex_plain(l);
		l->delimiters.n--;
		return lex_text(l, vec_last(&l->formats).quote, 2, true, TOKEN_FORMAT_CONTINUE, TOKEN_FORMAT_END);
	}
	if (rest_starts(l, STR("}}")) && l->delimiters.n == l->interpolation_delimiters) {
		l->in_interpolation = false;
		return twice(l, TOKEN_INTERPOLATION_END);
	}
	return lex_plain(l);
}

/* The first `{` or line end from p on, or `end`. */
static const char *brace_or_newline(const char *p, const char *end)
{
	for (; end - p >= BYTES16; p += BYTES16) {
		bytes16 bytes = bytes16_load(p);
		uint32_t hits = bytes16_mask((bytes == '{') | (bytes == '\n'));
		if (hits)
			return p + bytes16_first(hits);
	}
	while (p < end && *p != '{' && *p != '\n')
		p++;
	return p;
}

/* A piece of a recipe's line: text up to an interpolation or the end of the line. */
static bool lex_body(struct token_lexer *l)
{
	const char *text = l->text.p, *end = text + l->text.n, *p = text + l->at;
	while ((p = brace_or_newline(p, end)) < end && *p == '{') {
		size_t braces = 1;
		while (braces < 4 && end - p > (ptrdiff_t)braces && p[braces] == '{')
			braces++;
		if (braces == 2 || braces == 3)
			break;
		p += braces;
	}
	l->at = (size_t)(p - text);
	if (p < end && *p == '\n' && l->at > l->token_at && p[-1] == '\r')
		l->at--;
	if (l->at > l->token_at)
		emit(l, TOKEN_TEXT);
	if (at_end(l))
		return true;
	if (peek(l, 0) == '{') {
		twice(l, TOKEN_INTERPOLATION_START);
		l->interpolation = vec_last(&l->tokens);
		l->in_interpolation = true;
		l->interpolation_delimiters = l->delimiters.n;
		return true;
	}
	if (peek(l, 0) == '\r')
		l->at++;
	advance(l);
	emit(l, TOKEN_EOL);
	return true;
}

static bool lex_stretch(struct token_lexer *l)
{
	for (;;) {
		if (l->at == l->line_start && l->at != l->begun_line && !is_inside(l)) {
			l->begun_line = l->at;
			begin(l);
			if (!lex_line_start(l))
				return false;
			if (l->tokens.n >= STRETCH && l->indentation.n == 1 && !at_end(l))
				return true;
		}
		if (at_end(l))
			break;
		bool ok = l->in_interpolation || l->formats.n ? lex_interpolation(l) : l->body ? lex_body(l) : lex_plain(l);
		if (!ok)
			return false;
	}
	if (l->in_interpolation) {
		struct lang_loc at = token_loc(l->file, &l->interpolation);
		return lang_fail(l->err, &at, "unterminated interpolation");
	}
	begin(l);
	while (l->indentation.n > 1)
		dedent(l);
	emit(l, TOKEN_EOF);
	return true;
}

void token_lexer_begin(struct token_lexer *l, const struct lang_file *file, const struct lang_fold *piece)
{
	l->file = file;
	l->text = str_slice(file->text, 0, (size_t)piece->offset + piece->length);
	l->at = l->line_start = piece->offset;
	l->line = piece->line;
	l->begun_line = STR_NPOS;
	l->tokens.n = l->indentation.n = l->delimiters.n = l->formats.n = 0;
	l->in_interpolation = l->body = l->body_pending = false;
	vec_push(&l->indentation, STR(""));
}

struct token_lexer *token_lexer_new(const struct lang_file *file)
{
	struct token_lexer *l = xcalloc(1, sizeof(*l));
	l->file = file;
	l->text = file->text;
	l->begun_line = STR_NPOS;
	vec_push(&l->indentation, STR(""));
	return l;
}

void token_lexer_free(struct token_lexer *l)
{
	vec_deinit(&l->tokens);
	vec_deinit(&l->indentation);
	vec_deinit(&l->delimiters);
	vec_deinit(&l->formats);
	free(l);
}

bool token_next(struct token_lexer *l, struct token_list *out, struct err *err)
{
	if (l->text.n > LANG_FILE_MAX)
		return err_set(err, ERR_LIMIT, "%.*s: file is larger than %zu MiB", STR_ARG(l->file->display), LANG_FILE_MAX >> 20);
	l->err = err;
	l->tokens.n = 0;
	if (!lex_stretch(l))
		return false;
	emit(l, TOKEN_EOL);
	*out = (struct token_list){ l->tokens.p, l->tokens.n - 1 };
	return true;
}
