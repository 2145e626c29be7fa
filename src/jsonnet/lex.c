/* Each kind of token has its function. A byte that is none of jsonnet's ends the lexing with an error. */
#include "jsonnet/lex.h"

#include "base/buf.h"
#include "base/utf8.h"

static const char *const kind_names[] = {
	[TOK_END] = "end of file",
	[TOK_BRACE_L] = "\"{\"", [TOK_BRACE_R] = "\"}\"", [TOK_BRACKET_L] = "\"[\"", [TOK_BRACKET_R] = "\"]\"",
	[TOK_PAREN_L] = "\"(\"", [TOK_PAREN_R] = "\")\"", [TOK_COMMA] = "\",\"", [TOK_DOLLAR] = "\"$\"", [TOK_DOT] = "\".\"",
	[TOK_SEMICOLON] = "\";\"",
	[TOK_IDENTIFIER] = "IDENTIFIER", [TOK_NUMBER] = "NUMBER", [TOK_OPERATOR] = "OPERATOR", [TOK_STRING_DOUBLE] = "STRING_DOUBLE",
	[TOK_STRING_SINGLE] = "STRING_SINGLE", [TOK_STRING_BLOCK] = "STRING_BLOCK", [TOK_VERBATIM_DOUBLE] = "VERBATIM_STRING_DOUBLE",
	[TOK_VERBATIM_SINGLE] = "VERBATIM_STRING_SINGLE",
	[TOK_ASSERT] = "assert", [TOK_ELSE] = "else", [TOK_ERROR] = "error", [TOK_FALSE] = "false", [TOK_FOR] = "for",
	[TOK_FUNCTION] = "function", [TOK_IF] = "if", [TOK_IMPORT] = "import", [TOK_IMPORTSTR] = "importstr",
	[TOK_IMPORTBIN] = "importbin", [TOK_IN] = "in", [TOK_LOCAL] = "local", [TOK_NULL] = "null", [TOK_SELF] = "self",
	[TOK_SUPER] = "super", [TOK_TAILSTRICT] = "tailstrict", [TOK_THEN] = "then", [TOK_TRUE] = "true",
};

const char *lex_kind_name(enum token_kind kind)
{
	return kind_names[kind];
}

struct str lex_show(const struct token *t, struct arena *a)
{
	if (t->kind == TOK_OPERATOR)
		return arena_fmt(a, "\"%.*s\"", STR_ARG(t->data));
	if (t->data.n)
		return arena_fmt(a, "(%s, \"%.*s\")", kind_names[t->kind], STR_ARG(t->data));
	return str_c(kind_names[t->kind]);
}

static char peek(const struct lexer *l, uint32_t ahead)
{
	return l->at + ahead < l->text.n ? l->text.p[l->at + ahead] : 0;
}

static bool fail(struct lexer *l, uint32_t begin, struct str text)
{
	l->error = text;
	l->error_begin = begin;
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

static bool is_operator(char c)
{
	return c && strchr("!$:~+-&|^=<>*/%", c);
}

/* --- white space and comments --- */

static bool skip_blank(struct lexer *l)
{
	while (l->at < l->text.n) {
		char c = l->text.p[l->at];
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			l->at++;
		} else if (c == '#' || (c == '/' && peek(l, 1) == '/')) {
			size_t eol = str_find_char(str_slice(l->text, l->at, l->text.n), '\n');
			l->at = eol == STR_NPOS ? (uint32_t)l->text.n : l->at + (uint32_t)eol;
		} else if (c == '/' && peek(l, 1) == '*') {
			size_t end = str_find(str_slice(l->text, l->at + 2, l->text.n), STR("*/"));
			if (end == STR_NPOS)
				return fail(l, l->at, STR("multi-line comment has no terminating */."));
			l->at += (uint32_t)end + 4;
		} else {
			break;
		}
	}
	return true;
}

/* --- numbers --- */

static bool junk(struct lexer *l, const struct token *t, const char *where)
{
	/* At the end of the text the reference prints a NUL there, which ends its message. */
	return fail(l, t->begin, arena_fmt(l->a, "couldn't lex number, junk after %s: %.*s", where, l->at < l->text.n, l->text.p + l->at));
}

static bool digits(struct lexer *l)
{
	if (!is_digit(peek(l, 0)))
		return false;
	/* An underscore may stand between two digits; one that does not is left where it is. */
	while (is_digit(peek(l, 0)) || (peek(l, 0) == '_' && is_digit(peek(l, 1))))
		l->at++;
	return true;
}

/* Whether an underscore follows that is not between digits. */
static bool stray_underscore(struct lexer *l, const struct token *t)
{
	if (peek(l, 0) != '_')
		return false;
	l->at++;
	return !junk(l, t, "_");
}

static bool lex_number(struct lexer *l, struct token *t)
{
	t->kind = TOK_NUMBER;
	if (peek(l, 0) == '0' && peek(l, 1) == '_')
		return fail(l, t->begin, STR("couldn't lex number, _ not allowed after leading 0"));
	if (peek(l, 0) == '0')
		l->at++;
	else if (digits(l) && stray_underscore(l, t))
		return false;
	if (peek(l, 0) == '.') {
		l->at++;
		if (!digits(l))
			return junk(l, t, "decimal point");
		if (stray_underscore(l, t))
			return false;
	}
	if (peek(l, 0) == 'e' || peek(l, 0) == 'E') {
		const char *where = "'E'";
		l->at++;
		if (peek(l, 0) == '+' || peek(l, 0) == '-') {
			l->at++;
			where = "exponent sign";
		}
		if (!digits(l))
			return junk(l, t, where);
		if (stray_underscore(l, t))
			return false;
	}
	return true;
}

/* --- strings --- */

static bool lex_quoted(struct lexer *l, struct token *t)
{
	char quote = peek(l, 0);
	t->kind = quote == '"' ? TOK_STRING_DOUBLE : TOK_STRING_SINGLE;
	for (l->at++; l->at < l->text.n && l->text.p[l->at] != quote; l->at++)
		if (l->text.p[l->at] == '\\' && l->at + 1 < l->text.n)
			l->at++;
	if (l->at >= l->text.n)
		return fail(l, t->begin, STR("unterminated string"));
	t->data = str_slice(l->text, t->begin + 1, l->at++);
	return true;
}

static bool lex_verbatim(struct lexer *l, struct token *t)
{
	char quote = peek(l, 1);
	if (quote != '"' && quote != '\'')
		return fail(l, t->begin,
			    arena_fmt(l->a, "couldn't lex verbatim string, junk after '@': %.*s", l->at + 1 < l->text.n, l->text.p + l->at + 1));
	t->kind = quote == '"' ? TOK_VERBATIM_DOUBLE : TOK_VERBATIM_SINGLE;
	AUTO_BUF out = { 0 };
	for (l->at += 2; l->at < l->text.n; l->at++) {
		if (l->text.p[l->at] == quote && peek(l, 1) != quote)
			break;
		buf_add_char(&out, l->text.p[l->at]);
		l->at += l->text.p[l->at] == quote;
	}
	if (l->at >= l->text.n)
		return fail(l, t->begin, STR("unterminated verbatim string"));
	l->at++;
	t->data = buf_to_arena(&out, l->a);
	return true;
}

/* How much of the line at l->at begins as `indent` does: all of it, or 0. */
static uint32_t indent_of(const struct lexer *l, struct str indent)
{
	return str_starts(str_slice(l->text, l->at, l->text.n), indent) ? (uint32_t)indent.n : 0;
}

static void blank_lines(struct lexer *l, struct buf *out)
{
	for (; peek(l, 0) == '\n' || (peek(l, 0) == '\r' && peek(l, 1) == '\n'); l->at++)
		buf_add_char(out, peek(l, 0));
}

static const char *describe_indent(struct lexer *l, struct str ws)
{
	size_t tabs = 0;
	for (size_t i = 0; i < ws.n; i++)
		tabs += ws.p[i] == '\t';
	AUTO_BUF b = { 0 };
	if (ws.n - tabs || !ws.n)
		buf_addf(&b, "%zu space%s", ws.n - tabs, ws.n - tabs == 1 ? "" : "s");
	if (tabs)
		buf_addf(&b, "%s%zu tab%s", b.n ? " and " : "", tabs, tabs == 1 ? "" : "s");
	return arena_cstr(l->a, buf_str(&b));
}

static bool end_block(struct lexer *l, struct token *t, struct str indent)
{
	uint32_t from = l->at;
	while (peek(l, 0) == ' ' || peek(l, 0) == '\t')
		l->at++;
	if (str_starts(str_slice(l->text, l->at, l->text.n), STR("|||"))) {
		l->at += 3;
		return true;
	}
	struct str found = str_slice(l->text, from, l->at);
	if (!found.n || l->at >= l->text.n)
		return fail(l, t->begin, STR("text block not terminated with |||"));
	return fail(l, t->begin, arena_fmt(l->a, "text block indentation mismatch: expected at least %s, found %s", describe_indent(l, indent),
					   describe_indent(l, found)));
}

static bool lex_block(struct lexer *l, struct token *t)
{
	AUTO_BUF out = { 0 };
	t->kind = TOK_STRING_BLOCK;
	l->at += 3;
	bool chomp = peek(l, 0) == '-';
	l->at += chomp;
	while (peek(l, 0) == ' ' || peek(l, 0) == '\t' || peek(l, 0) == '\r')
		l->at++;
	if (peek(l, 0) != '\n')
		return fail(l, t->begin, STR("text block syntax requires new line after |||."));
	l->at++;
	blank_lines(l, &out);
	uint32_t from = l->at;
	while (peek(l, 0) == ' ' || peek(l, 0) == '\t')
		l->at++;
	struct str indent = str_slice(l->text, from, l->at);
	l->at = from;
	if (!indent.n)
		return fail(l, t->begin, STR("text block's first line must start with whitespace."));
	do {
		struct str rest = str_slice(l->text, l->at + indent.n, l->text.n);
		size_t eol = str_find_char(rest, '\n');
		if (eol == STR_NPOS)
			return fail(l, t->begin, STR("unexpected EOF"));
		buf_add(&out, str_slice(rest, 0, eol + 1));
		l->at += (uint32_t)(indent.n + eol + 1);
		blank_lines(l, &out);
	} while (indent_of(l, indent));
	if (!end_block(l, t, indent))
		return false;
	t->data = buf_to_arena(&out, l->a);
	if (chomp)
		t->data.n--;
	return true;
}

/* --- names and operators --- */

static bool lex_name(struct lexer *l, struct token *t)
{
	while (is_name(peek(l, 0)))
		l->at++;
	t->data = str_slice(l->text, t->begin, l->at);
	t->kind = TOK_IDENTIFIER;
	if (t->data.n >= 2 && t->data.n <= 10)
		for (enum token_kind k = TOK_ASSERT; k <= TOK_TRUE; k++)
			if (kind_names[k][0] == t->data.p[0] && str_eq_c(t->data, kind_names[k]))
				t->kind = k;
	return true;
}

/* The longest run of operator characters, up to a comment or `|||`; a run of several does not end in one of + - ~ ! $. */
static bool lex_operator(struct lexer *l, struct token *t)
{
	while (is_operator(peek(l, 0))) {
		struct str rest = str_slice(l->text, l->at, l->text.n);
		if (str_starts(rest, STR("//")) || str_starts(rest, STR("/*")) || (l->at > t->begin && str_starts(rest, STR("|||"))))
			break;
		l->at++;
	}
	while (l->at > t->begin + 1 && strchr("+-~!$", l->text.p[l->at - 1]))
		l->at--;
	t->data = str_slice(l->text, t->begin, l->at);
	t->kind = TOK_OPERATOR;
	if (str_eq(t->data, STR("$"))) {
		t->kind = TOK_DOLLAR;
		t->data = STR_NONE;
	}
	return true;
}

static bool bad_char(struct lexer *l)
{
	unsigned char c = (unsigned char)l->text.p[l->at];
	if (c >= 0x20 && c < 0x80)
		return fail(l, l->at, arena_fmt(l->a, "Could not lex the character '%c'", c));
	return fail(l, l->at, arena_fmt(l->a, "Could not lex the character code %u", c));
}

bool lex_next(struct lexer *l, struct token *t)
{
	static const char marks[] = "{}[](),.;";
	static const enum token_kind mark_kinds[] = { TOK_BRACE_L, TOK_BRACE_R, TOK_BRACKET_L, TOK_BRACKET_R, TOK_PAREN_L, TOK_PAREN_R,
						      TOK_COMMA, TOK_DOT, TOK_SEMICOLON };
	bool ok = true;
	if (!skip_blank(l))
		return false;
	*t = (struct token){ .begin = l->at };
	if (l->at >= l->text.n) {
		t->end = l->at + 1;
		return true;
	}
	char c = l->text.p[l->at];
	const char *mark = c ? strchr(marks, c) : NULL;
	if (mark) {
		t->kind = mark_kinds[mark - marks];
		l->at++;
	} else if (is_digit(c)) {
		ok = lex_number(l, t);
		t->data = str_slice(l->text, t->begin, l->at);
	} else if (is_name(c)) {
		ok = lex_name(l, t);
	} else if (c == '"' || c == '\'') {
		ok = lex_quoted(l, t);
	} else if (c == '@') {
		ok = lex_verbatim(l, t);
	} else if (str_starts(str_slice(l->text, l->at, l->text.n), STR("|||"))) {
		ok = lex_block(l, t);
	} else if (is_operator(c)) {
		ok = lex_operator(l, t);
	} else {
		return bad_char(l);
	}
	t->end = l->at;
	return ok;
}

/* --- escapes --- */

static bool hex4(struct str raw, size_t at, struct arena *a, uint32_t *out, struct str *error)
{
	*out = 0;
	for (size_t i = at; i < at + 4; i++) {
		if (i >= raw.n) {
			*error = STR("Truncated unicode escape sequence in string literal.");
			return false;
		}
		char c = raw.p[i];
		uint32_t digit;
		if (is_digit(c))
			digit = (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			digit = (uint32_t)((c | 32) - 'a' + 10);
		else {
			*error = arena_fmt(a, "Malformed unicode escape character, should be hex: '%c'", c);
			return false;
		}
		*out = *out << 4 | digit;
	}
	return true;
}

static bool unescape_unicode(struct str raw, size_t *i, struct arena *a, struct buf *out, struct str *error)
{
	uint32_t rune, low;
	if (!hex4(raw, *i, a, &rune, error))
		return false;
	*i += 4;
	if (rune >= 0xd800 && rune <= 0xdfff) {
		if (*i + 6 > raw.n || raw.p[*i] != '\\' || raw.p[*i + 1] != 'u') {
			*error = STR("Invalid non-BMP Unicode escape in string literal");
			return false;
		}
		if (!hex4(raw, *i + 2, a, &low, error))
			return false;
		*i += 6;
		if (rune > 0xdbff || low < 0xdc00 || low > 0xdfff) {
			*error = STR("Invalid UTF-16 bytes");
			return false;
		}
		rune = 0x10000 + ((rune & 0x3ff) << 10 | (low & 0x3ff));
	}
	buf_add_rune(out, rune);
	return true;
}

bool lex_unescape(struct str raw, struct arena *a, struct str *out, struct str *error)
{
	static const char names[] = "\"'\\/bfnrt", meant[] = "\"'\\/\b\f\n\r\t";
	AUTO_BUF b = { 0 };
	if (str_find_char(raw, '\\') == STR_NPOS) {
		*out = raw;
		return true;
	}
	for (size_t i = 0; i < raw.n;) {
		char c = raw.p[i++];
		if (c != '\\') {
			buf_add_char(&b, c);
			continue;
		}
		c = i < raw.n ? raw.p[i++] : 0;
		const char *name = c ? strchr(names, c) : NULL;
		if (name) {
			buf_add_char(&b, meant[name - names]);
		} else if (c == 'u') {
			if (!unescape_unicode(raw, &i, a, &b, error))
				return false;
		} else {
			*error = arena_fmt(a, "Unknown escape sequence in string literal: '%c'", c);
			return false;
		}
	}
	*out = buf_to_arena(&b, a);
	return true;
}
