/*
 * Static errors: FILE:LINE:COLUMN-COLUMN Message, and the line. Go names the token that it met where C++ names only its kind, and some places are others; so
 * the text that the message is about is looked at again.
 */
#include "base/buf.h"
#include "base/utf8.h"
#include "tanka/words_parts.h"

struct place {
	struct str file;
	const struct tanka_source *source; /* NULL: of an imported file, whose text is not at hand */
	struct str line;
	int64_t number, from, to;          /* columns; to: 0 where there is no extent */
};

/* --- the text at a place --- */

static struct str line_of(struct str text, int64_t number)
{
	struct str line = STR("");
	for (int64_t i = 0; i < number; i++)
		if (!str_next_line(&text, &line))
			return STR("");
	return line;
}

static struct str text_before(const struct place *p)
{
	return str_slice(p->line, 0, (size_t)p->from - 1);
}

static struct str text_from(const struct place *p)
{
	return str_slice(p->line, (size_t)p->from - 1, p->line.n);
}

static struct str token_at(const struct place *p)
{
	return str_slice(p->line, (size_t)p->from - 1, (size_t)(p->to ? p->to : p->from + 1) - 1);
}

static bool is_letter(char c)
{
	return c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* A token as Go shows it. */
static struct str token_words(struct str t, struct arena *a)
{
	static const char operators[] = "!:~+-&|^=<>*/%";
	static const char *const keywords[] = { "assert", "else", "error", "false", "for", "function", "if", "import", "importstr", "importbin", "in", "local",
						"null", "tailstrict", "then", "self", "super", "true", NULL };
	if (!t.n)
		return STR("end of file");
	const char *kind = NULL;
	if (is_letter(*t.p))
		kind = "IDENTIFIER";
	else if (*t.p >= '0' && *t.p <= '9')
		kind = "NUMBER";
	else if (memchr(operators, *t.p, sizeof(operators) - 1))
		kind = "OPERATOR";
	for (size_t i = 0; keywords[i]; i++)
		if (str_eq_c(t, keywords[i]))
			kind = NULL;
	if (*t.p == '"' || *t.p == '\'')
		return arena_fmt(a, "(STRING_%s, \"%.*s\")", *t.p == '"' ? "DOUBLE" : "SINGLE", STR_ARG(str_slice(t, 1, MAX(t.n, 2) - 1)));
	return kind ? arena_fmt(a, "(%s, \"%.*s\")", kind, STR_ARG(t)) : arena_fmt(a, "\"%.*s\"", STR_ARG(t));
}

/* --- rules --- */

static void no_extent(struct place *p)
{
	p->to = 0;
}

/* `make` may move the place; it leaves `out` empty where the words are those of the row. */
struct rule {
	const char *pattern;
	const char *words;
	void (*make)(struct place *p, const struct str *groups, struct arena *a, struct buf *out);
};

static void twice(struct place *p, const char *words, struct buf *out)
{
	buf_addf(out, "%.*s:%lld:%lld-%lld %s", STR_ARG(p->file), (long long)p->number, (long long)p->from, (long long)p->to, words);
}

static void bad_escape(struct place *p, const struct str *g, struct arena *a UNUSED, struct buf *out)
{
	twice(p, "Unknown escape sequence in string literal: \\", out);
	buf_add(out, g[1]);
}

static void short_escape(struct place *p, const struct str *g UNUSED, struct arena *a UNUSED, struct buf *out)
{
	twice(p, "Truncated unicode escape sequence in string literal.", out);
}

static void short_pair(struct place *p, const struct str *g UNUSED, struct arena *a UNUSED, struct buf *out)
{
	twice(p, "Truncated unicode surrogate pair escape sequence in string literal.", out);
}

/* The character as a number; -1 at the end. */
static void bad_verbatim(struct place *p UNUSED, const struct str *g, struct arena *a UNUSED, struct buf *out)
{
	uint32_t rune = 0;
	if (g[1].n)
		utf8_decode(g[1], &rune);
	buf_addf(out, "Couldn't lex verbatim string, junk after '@': %d", g[1].n ? (int)rune : -1);
}

/* The character behind the mark that the number ends in. */
static void bad_number(struct place *p, const struct str *g, struct arena *a UNUSED, struct buf *out)
{
	bool is_point = str_starts(g[1], STR("decimal")), is_sign = str_starts(g[1], STR("exponent sign")), is_underscore = str_starts(g[1], STR("_"));
	const char *marks = is_point ? "." : is_sign ? "+-" : is_underscore ? "_" : "eE";
	struct str rest = text_from(p);
	size_t i = 0;
	uint32_t rune = 0xfffd;
	while (i < rest.n && !strchr(marks, rest.p[i]))
		i++;
	if (i + 1 < rest.n)
		utf8_decode(str_slice(rest, i + 1, rest.n), &rune);
	p->from += (int64_t)i + 1;
	p->to = 0;
	buf_addf(out, "Couldn't lex number, junk after %.*s: ", STR_ARG(is_underscore ? STR("'_'") : g[1]));
	if (rune >= 0x20 && rune < 0x7f)
		buf_addf(out, "'%c'", (char)rune);
	else
		buf_addf(out, "'\\u%04x'", rune);
}

static void bad_character(struct place *p, const struct str *g UNUSED, struct arena *a UNUSED, struct buf *out)
{
	uint32_t rune = 0;
	struct str rest = text_from(p);
	p->to = 0;
	if (rest.n)
		utf8_decode(rest, &rune);
	buf_add_c(out, "Could not lex the character ");
	if (rune == '\\' || rune == '\'')
		buf_addf(out, "'\\%c'", (char)rune);
	else if (rune >= 0x20 && rune < 0x7f)
		buf_addf(out, "'%c'", (char)rune);
	else if (rune < 0x80)
		buf_addf(out, "'\\x%02x'", rune);
	else
		buf_addf(out, "'\\u%04x'", rune);
}

static void unterminated_block(struct place *p, const struct str *g UNUSED, struct arena *a UNUSED, struct buf *out UNUSED)
{
	no_extent(p);
}

/* The operator behind the field's name. */
static void no_colon(struct place *p, const struct str *g, struct arena *a UNUSED, struct buf *out UNUSED)
{
	size_t at = (size_t)(p->to ? p->to : p->from + 1) - 1;
	while (at < p->line.n && p->line.p[at] == ' ')
		at++;
	if (!str_starts(str_slice(p->line, at, p->line.n), g[1]))
		return;
	p->from = (int64_t)at + 1;
	p->to = p->from + (int64_t)g[1].n;
}

static void met_token(struct place *p, const struct str *g, struct arena *a, struct buf *out)
{
	buf_addf(out, "Expected%.*s, got %.*s", STR_ARG(str_slice(g[1], 8, g[1].n)), STR_ARG(token_words(token_at(p), a)));
}

static void unexpected(struct place *p, const struct str *g, struct arena *a, struct buf *out)
{
	buf_addf(out, "Unexpected: %.*s while %.*s", STR_ARG(token_words(token_at(p), a)), STR_ARG(g[1]));
}

static void no_bracket(struct place *p, const struct str *g UNUSED, struct arena *a, struct buf *out)
{
	buf_addf(out, "Expected token \"]\" but got %.*s", STR_ARG(p->to ? token_words(token_at(p), a) : STR("end of file")));
}

static void no_parameter(struct place *p, const struct str *g UNUSED, struct arena *a, struct buf *out)
{
	buf_addf(out, "Expected token IDENTIFIER but got %.*s while parsing parameter", STR_ARG(token_words(token_at(p), a)));
}

/* What a variable is bound by is an operator of its own to Go. */
static void no_equals(struct place *p, const struct str *g UNUSED, struct arena *a, struct buf *out)
{
	const struct regex *re;
	struct str groups[WORDS_GROUPS + 1];
	bool bind = words_match(a, ".*\\blocal\\s+\\w+(\\(.*\\))?\\s*", text_before(p), &re, groups);
	buf_addf(out, "Expected %s but got %.*s", bind ? "operator =" : "token OPERATOR", STR_ARG(token_words(token_at(p), a)));
}

static void wrong_token(struct place *p, const struct str *g, struct arena *a, struct buf *out)
{
	buf_addf(out, "Expected %.*s but got %.*s", STR_ARG(g[1]), STR_ARG(token_words(token_at(p), a)));
}

static const struct rule rules[] = {
	{ "[tT]ext block syntax requires new line after \\|\\|\\|\\.", "Text block requires new line after |||.", NULL },
	{ "[tT]ext block indentation mismatch.*", "Text block not terminated with |||", NULL },
	{ "[uU]nterminated string.*|[uU]nterminated verbatim string.*", "Unterminated String", NULL },
	{ "[uU]nexpected EOF", "Unexpected EOF", unterminated_block },
	{ "[cC]ouldn't lex number, junk after ([^:]*): ?.*", NULL, bad_number },
	{ "[cC]ould not lex the character.*", NULL, bad_character },
	{ "[uU]nknown escape sequence in string literal: '(.*)'", NULL, bad_escape },
	{ "[tT]runcated unicode escape sequence in string literal\\.?", NULL, short_escape },
	{ "[iI]nvalid non-BMP Unicode escape in string literal", NULL, short_pair },
	{ "[cC]ouldn't lex verbatim string, junk after '@': ?(.*)", NULL, bad_verbatim },
	{ "[eE]xpected one of :, ::, :::, \\+:, \\+::, \\+:::, got: (.*)", "Expected one of :, ::, :::, +:, +::, +:::, got: $1", no_colon },
	{ "([eE]xpected a comma before next function (?:parameter|argument))\\.?", NULL, met_token },
	{ "[uU]nexpected: \"\\]\" while parsing index", "ast.Index requires an expression", NULL },
	{ "[eE]xpected token \"\\]\" but got \":\"", "Invalid slice: too many colons", NULL },
	{ "[uU]nexpected: .* while parsing slice", NULL, no_bracket },
	{ "[uU]nexpected: [a-zA-Z_]+ while (.*)", NULL, unexpected },
	{ "[cC]ould not parse parameter here\\.?", NULL, no_parameter },
	{ "[eE]xpected token OPERATOR but got .*", NULL, no_equals },
	{ "[eE]xpected (operator =) but got .*", NULL, wrong_token },
	{ "[eE]xpected (token IDENTIFIER) but got .*", NULL, wrong_token },
};

/* --- the message --- */

static bool starts_with_any(struct str s, const char *const *starts)
{
	for (; *starts; starts++)
		if (str_starts(s, str_c(*starts)))
			return true;
	return false;
}

static struct str first_upper(struct str s, struct arena *a)
{
	char *p = arena_cstr(a, s);
	if (*p >= 'a' && *p <= 'z')
		*p = (char)(*p - 'a' + 'A');
	return (struct str){ p, s.n };
}

static struct str plain_message(struct str s, struct arena *a)
{
	static const char *const keep_dot[] = { "can't", "Can't", "no top-level", "No top-level", NULL };
	const struct regex *re;
	struct str groups[WORDS_GROUPS + 1];
	if (!starts_with_any(s, keep_dot))
		s = str_drop_suffix(s, STR("."));
	/* A keyword is told without its kind. */
	if (words_match(a, "(.*)\\([a-z]+, (\"[a-z]+\")\\)", s, &re, groups))
		s = arena_concat(a, groups[1], groups[2]);
	return first_upper(s, a);
}

static struct str message_words(struct place *p, struct str s, struct arena *a)
{
	const struct regex *re;
	struct str groups[WORDS_GROUPS + 1];
	for (size_t i = 0; p->source && i < ARRAY_LEN(rules); i++) {
		AUTO_BUF b = { 0 };
		if (!words_match(a, rules[i].pattern, s, &re, groups))
			continue;
		if (rules[i].make)
			rules[i].make(p, groups, a, &b);
		if (b.n)
			return buf_to_arena(&b, a);
		return regex_replace(re, s, str_c(rules[i].words), REGEX_EXPAND, a);
	}
	return plain_message(s, a);
}

/* Whether the place is one behind the last token: it has no extent. */
static bool has_extent(struct str message, const struct place *p)
{
	static const char *const lexer[] = { "unterminated", "text block", "multi-line comment", "couldn't lex", "could not lex", NULL };
	struct str rest = p->source->text, text;
	for (int64_t i = 1; i < p->number; i++)
		if (!str_next_line(&rest, &text))
			return false;
	rest = str_slice(rest, (size_t)p->from - 1, rest.n);
	return str_trim(rest).n && !starts_with_any(message, lexer);
}

static bool read_place(struct str first, const struct tanka_source *sources, size_t n, struct arena *a, struct place *p, struct str *message)
{
	const struct regex *re;
	struct str g[WORDS_GROUPS + 1], from, to;
	*p = (struct place){ 0 };
	if (!words_match(a, "STATIC ERROR: (.*):(\\d+):(\\d+(?:-\\d+)?): (.*)", first, &re, g))
		return false;
	bool is_range = str_cut(g[3], '-', &from, &to);
	if (!str_to_int(g[2], &p->number) || !str_to_int(from, &p->from) || p->from < 1 || (is_range && !str_to_int(to, &p->to)))
		return false;
	p->file = g[1];
	for (size_t i = 0; i < n && !p->source; i++)
		if (str_eq(sources[i].file, p->file))
			p->source = &sources[i];
	if (p->source)
		p->line = line_of(p->source->text, p->number);
	/* Of another file the text is not at hand: what stands on one column is a token of one byte. */
	if (!is_range && (!p->source || has_extent(g[4], p)))
		p->to = p->from + 1;
	*message = g[4];
	return true;
}

struct str words_static(struct str first, struct str frames, const struct tanka_source *sources, size_t n, struct arena *a)
{
	struct place p;
	struct str message;
	AUTO_BUF b = { 0 };
	const struct regex *re;
	struct str g[WORDS_GROUPS + 1];
	/* Over several lines. */
	if (words_match(a, "STATIC ERROR: (.*:\\(\\d+:\\d+\\)-\\(\\d+:\\d+\\)): (.*)", first, &re, g))
		return arena_fmt(a, "%.*s %.*s\n\n\n\n", STR_ARG(g[1]), STR_ARG(plain_message(g[2], a)));
	if (!read_place(first, sources, n, a, &p, &message))
		return first;
	struct str words = message_words(&p, message, a);
	if (!p.source)
		buf_add_c(&b, "RUNTIME ERROR: ");
	buf_addf(&b, "%.*s:%lld:%lld", STR_ARG(p.file), (long long)p.number, (long long)p.from);
	if (p.to)
		buf_addf(&b, "-%lld", (long long)p.to);
	buf_addf(&b, " %.*s\n", STR_ARG(words));
	if (p.source)
		buf_addf(&b, "\n%.*s\n\n", STR_ARG(p.line));
	else
		buf_add(&b, frames);
	return buf_to_arena(&b, a);
}
