/*
 * regex_rust.c: the dialect of Rust's regex crate: Unicode classes by default, nested classes with set operations, flags x, R and u, word
 * boundaries of more kinds; and its errors, which show the pattern with carets below the fault.
 */
#include "text/regex_parser.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

#define NEST_MAX 250 /* the crate's own limit on nested groups and classes */

struct spot {
	size_t from, to;
};

/* Carets for a spot, at least one, behind `column` columns already written. */
static void add_carets(struct parser *p, struct buf *out, size_t *column, struct spot spot)
{
	size_t start = utf8_count(str_slice(p->s, 0, spot.from)), n = utf8_count(str_slice(p->s, spot.from, spot.to));
	if (start > *column)
		buf_add_repeat(out, ' ', start - *column);
	buf_add_repeat(out, '^', MAX(n, 1));
	*column = start + MAX(n, 1);
}

/* Where a place in the pattern is: line and column from 1, columns in code points. */
struct place {
	size_t line, column;
};

static struct place place_of(struct parser *p, size_t at)
{
	struct place found = { 1, 1 };
	size_t start = 0;
	for (size_t i = 0; i < at; i++)
		if (p->s.p[i] == '\n') {
			found.line++;
			start = i + 1;
		}
	found.column += utf8_count(str_slice(p->s, start, at));
	return found;
}

/* A pattern of several lines is shown with their numbers, between two rulers; a spot that spans lines is told of below. */
static bool fail_in_lines(struct parser *p, const char *what, const struct spot *spots, size_t n)
{
	AUTO_BUF text = { 0 };
	AUTO_BUF below = { 0 };
	struct str rest = p->s, line;
	size_t lines = 1, number = 0;
	for (size_t i = 0; i < p->s.n; i++)
		lines += p->s.p[i] == '\n';
	int width = snprintf(NULL, 0, "%zu", lines);
	while (str_next_line(&rest, &line)) {
		buf_addf(&text, "%*zu: %.*s\n", width, ++number, STR_ARG(line));
		size_t column = 1, marked = 0;
		for (size_t i = 0; i < n; i++) {
			struct place from = place_of(p, spots[i].from), to = place_of(p, spots[i].to);
			if (from.line != number || to.line != number)
				continue;
			if (marked++ == 0)
				buf_add_repeat(&text, ' ', (size_t)width + 2);
			size_t carets = MAX(to.column - from.column, 1);
			buf_add_repeat(&text, ' ', from.column - column);
			buf_add_repeat(&text, '^', carets);
			column = from.column + carets;
		}
		if (marked)
			buf_add_char(&text, '\n');
	}
	for (size_t i = 0; i < n; i++) {
		struct place from = place_of(p, spots[i].from), to = place_of(p, spots[i].to);
		if (from.line != to.line)
			buf_addf(&below, "on line %zu (column %zu) through line %zu (column %zu)\n", from.line, from.column, to.line, to.column - 1);
	}
	static const char ruler[] = "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~";
	return err_set(p->err, ERR_SYNTAX, "regex parse error:\n%s\n%.*s%s\n%.*serror: %s", ruler, STR_ARG(buf_str(&text)), ruler, STR_ARG(buf_str(&below)), what);
}

/* `other` is a second place of the same fault, before `spot`; none where both ends are 0. */
static bool fail_at(struct parser *p, const char *what, struct spot spot, struct spot other)
{
	AUTO_BUF marks = { 0 };
	size_t column = 0;
	bool two = other.to > 0;
	if (str_find_char(p->s, '\n') != STR_NPOS)
		return fail_in_lines(p, what, two ? (struct spot[]){ other, spot } : &spot, two ? 2 : 1);
	if (two)
		add_carets(p, &marks, &column, other);
	add_carets(p, &marks, &column, spot);
	return err_set(p->err, ERR_SYNTAX, "regex parse error:\n    %.*s\n    %.*s\nerror: %s", STR_ARG(p->s), STR_ARG(buf_str(&marks)), what);
}

static bool fail(struct parser *p, const char *what, size_t from, size_t to)
{
	return fail_at(p, what, (struct spot){ from, to }, (struct spot){ 0, 0 });
}

/* A fault of meaning, which Rust finds when the whole pattern has been read. */
static void fail_late(struct parser *p, const char *what, size_t from, size_t to)
{
	struct err *err = p->err;
	if (p->late.message)
		return;
	p->err = &p->late;
	(void)fail(p, what, from, to);
	p->err = err;
}

/* End of the code point at `at`. */
static size_t rune_end(struct parser *p, size_t at)
{
	uint32_t r;
	return at + utf8_decode(str_slice(p->s, at, p->s.n), &r);
}

static bool rust_bad_utf8(struct parser *p)
{
	return fail(p, "invalid UTF-8", p->i, p->i + 1);
}

static bool rust_unclosed(struct parser *p, const struct parse_frame *frame)
{
	return fail(p, "unclosed group", frame->at, frame->at + 1);
}

static bool rust_unopened(struct parser *p)
{
	return fail(p, "unopened group", p->i, p->i + 1);
}

static bool rust_not_ascii(struct parser *p)
{
	return fail(p, "pattern can match invalid UTF-8", p->i, p->i + 1);
}

static bool rust_too_deep(struct parser *p)
{
	return fail(p, "exceed the maximum number of nested parentheses/brackets (250)", p->i, p->i);
}

static bool rust_too_large(struct parser *p)
{
	return err_set(p->err, ERR_LIMIT, "Compiled regex exceeds size limit of 10485760 bytes.");
}

static bool name_char(uint32_t c, bool first)
{
	if (c == '_' || unicode_is_letter(c))
		return true;
	return !first && (c == '.' || c == '[' || c == ']' || unicode_is_number(c));
}

/* The group's name begins at p->i. */
static bool rust_group_name(struct parser *p, size_t at)
{
	size_t from = p->i;
	while (!parser_at_end(p) && parser_peek(p, 0) != '>') {
		size_t c_at = p->i;
		uint32_t c;
		if (!parser_rune(p, &c))
			return false;
		if (!name_char(c, c_at == from))
			return fail(p, "invalid capture group character", c_at, p->i);
	}
	if (parser_at_end(p))
		return fail(p, "unclosed capture group name", p->i, p->i);
	struct str name = parser_from(p, from);
	if (name.n == 0)
		return fail(p, "empty capture group name", from, from);
	for (size_t i = 1; i < p->names.n; i++) {
		size_t old = p->name_at.p[i];
		if (str_eq(p->names.p[i], name))
			return fail_at(p, "duplicate capture group name", (struct spot){ from, p->i }, (struct spot){ old, old + name.n });
	}
	p->i++;
	parser_open(p, parser_new_group(p, name, from), at, p->flags);
	return true;
}

static const struct {
	char letter;
	unsigned flag;
} rust_flags[] = {
	{ 'i', PARSE_FOLD },     { 'm', PARSE_MULTILINE }, { 's', PARSE_DOT_ALL },
	{ 'U', PARSE_UNGREEDY }, { 'x', PARSE_SPACE },     { 'R', PARSE_CRLF },
	{ 'u', PARSE_ASCII },
};

/* One flag letter or `-`; `seen` says where each was seen (by byte), the last slot is the minus. */
static bool rust_flag(struct parser *p, unsigned *flags, size_t seen[ARRAY_LEN(rust_flags) + 1])
{
	size_t at = p->i, minus = ARRAY_LEN(rust_flags), which;
	char c = (char)parser_peek(p, 0);
	for (which = 0; which < minus && rust_flags[which].letter != c; which++)
		;
	if (which == minus && c != '-')
		return fail(p, "unrecognized flag", at, rune_end(p, at));
	if (seen[which] > 0)
		return fail_at(p, c == '-' ? "flag negation operator repeated" : "duplicate flag", (struct spot){ at, at + 1 },
			       (struct spot){ seen[which], seen[which] + 1 });
	seen[which] = at;
	p->i++;
	if (c == '-')
		return true;
	/* `u` is on by default, and its flag here is the opposite. */
	bool on = (seen[minus] == 0) != (c == 'u');
	*flags = on ? *flags | rust_flags[which].flag : *flags & ~rust_flags[which].flag;
	return true;
}

static bool rust_flag_group(struct parser *p, size_t at)
{
	size_t seen[ARRAY_LEN(rust_flags) + 1] = { 0 }, question = p->i - 1;
	unsigned flags = p->flags;
	while (parser_peek(p, 0) != ':' && parser_peek(p, 0) != ')') {
		if (parser_at_end(p))
			return fail(p, "expected flag but got end of regex", p->i, p->i);
		if (!rust_flag(p, &flags, seen))
			return false;
	}
	bool bare = parser_peek(p, 0) == ')';
	if (p->s.p[p->i - 1] == '-')
		return fail(p, "dangling flag negation operator", p->i - 1, p->i);
	if (bare && p->i == question + 1)
		return fail(p, "repetition operator missing expression", question, question + 1);
	p->i++;
	if (bare)
		vec_last(&p->frames).after_flags = true;
	else
		parser_open(p, 0, at, p->flags);
	p->flags = flags;
	return true;
}

static bool rust_group(struct parser *p)
{
	static const char *const looks[] = { "(?=", "(?!", "(?<=", "(?<!" };
	size_t at = p->i;
	if (p->frames.n > NEST_MAX)
		return rust_too_deep(p);
	for (size_t i = 0; i < ARRAY_LEN(looks); i++)
		if (str_starts(parser_rest(p), str_c(looks[i])))
			return fail(p, "look-around, including look-ahead and look-behind, is not supported", at, at + strlen(looks[i]));
	if (parser_peek(p, 1) != '?') {
		parser_open(p, parser_new_group(p, STR(""), at), at, p->flags);
		p->i++;
		return true;
	}
	size_t name = str_starts(parser_rest(p), STR("(?P<")) ? 4 : str_starts(parser_rest(p), STR("(?<")) ? 3 : 0;
	if (name > 0) {
		p->i += name;
		return rust_group_name(p, at);
	}
	p->i += 2;
	if (parser_at_end(p))
		return fail(p, "unclosed group", at, at + 1);
	return rust_flag_group(p, at);
}

static void brace_space(struct parser *p)
{
	while (!parser_at_end(p) && unicode_is_space(parser_peek(p, 0)))
		p->i++;
}

static bool rust_number(struct parser *p, int *out)
{
	brace_space(p);
	size_t from = p->i;
	int64_t value = 0;
	while (parser_peek(p, 0) >= '0' && parser_peek(p, 0) <= '9') {
		value = MIN(value * 10 + (parser_peek(p, 0) - '0'), (int64_t)UINT32_MAX + 1);
		p->i++;
	}
	if (p->i == from)
		return fail(p, "repetition quantifier expects a valid decimal", p->i, p->i);
	if (value > UINT32_MAX)
		return fail(p, "decimal literal invalid", from, p->i);
	*out = (int)MIN(value, REGEX_SIZE_MAX + 1);
	brace_space(p);
	return true;
}

/* A repetition needs an item; said at the operator, before what follows it is looked at. */
static bool rust_has_item(struct parser *p, size_t at)
{
	struct parse_frame *frame = &vec_last(&p->frames);
	if (frame->sequence.n > 0 && !frame->after_flags)
		return true;
	return fail(p, "repetition operator missing expression", at, at + 1);
}

static bool rust_braces(struct parser *p, int *min, int *max, bool *counted)
{
	size_t from = p->i;
	if (!rust_has_item(p, from))
		return false;
	p->i++;
	*counted = true;
	brace_space(p);
	if (parser_at_end(p))
		return fail(p, "unclosed counted repetition", from, p->i);
	if (!rust_number(p, min))
		return false;
	*max = *min;
	if (parser_peek(p, 0) == ',') {
		p->i++;
		brace_space(p);
		*max = -1;
		if (!parser_at_end(p) && parser_peek(p, 0) != '}' && !rust_number(p, max))
			return false;
	}
	if (parser_peek(p, 0) != '}')
		return fail(p, "unclosed counted repetition", from, p->i);
	p->i++;
	if (*max >= 0 && *min > *max)
		return fail(p, "invalid repetition count range, the start must be <= the end", from, p->i);
	return true;
}

static bool rust_check_repeat(struct parser *p, size_t from, size_t before UNUSED)
{
	return rust_has_item(p, from);
}

static bool rust_check_repeated(struct parser *p UNUSED, size_t from UNUSED)
{
	return true;
}

/* `\x7F`, `\u{7F}`, …: p->i is behind the letter. */
static bool rust_hex(struct parser *p, size_t at, uint32_t *rune)
{
	char letter = p->s.p[p->i - 1];
	size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
	bool braced = parser_peek(p, 0) == '{';
	size_t open = p->i;
	uint64_t value = 0;
	if (braced)
		p->i++;
	size_t from = p->i;
	while (braced ? parser_peek(p, 0) != '}' : p->i - from < digits) {
		if (parser_at_end(p))
			return fail(p, "incomplete escape sequence, reached end of pattern prematurely", braced ? open : p->i, p->i);
		int digit = parser_unhex(parser_peek(p, 0));
		if (digit < 0)
			return fail(p, "invalid hexadecimal digit", p->i, rune_end(p, p->i));
		value = MIN(value * 16 + (uint64_t)digit, (uint64_t)UINT32_MAX);
		p->i++;
	}
	size_t to = p->i;
	if (braced)
		p->i++;
	if (to == from)
		return fail(p, "hexadecimal literal empty", open, p->i);
	if (value > RUNE_MAX || (value >= 0xD800 && value <= 0xDFFF))
		return fail(p, "hexadecimal literal is not a Unicode scalar value", from, to);
	*rune = (uint32_t)value;
	return true;
}

/* The property or category that `\p` names, folded; false if there is none. */
static bool rust_property(struct parser *p, struct str name, class_ranges *out)
{
	static const struct unicode_range any[] = { { 0, RUNE_MAX } }, ascii[] = { { 0, 0x7F } };
	struct str key, value, property;
	struct unicode_set set;
	size_t sign = str_find_char(name, '=');
	if (sign == STR_NPOS)
		sign = str_find_char(name, ':');
	key = str_slice(name, 0, sign == STR_NPOS ? 0 : sign);
	value = sign == STR_NPOS ? name : str_slice(name, sign + 1, name.n);
	static const char *const keys[] = { "", "gc", "sc", "scx", "General_Category", "Script", "Script_Extensions" };
	bool known = false;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		known = known || str_eq_nocase(key, str_c(keys[i]));
	if (!known || str_starts(value, STR("=")))
		return false;
	static const char *const aliases[][2] = { { "lower", "=lowercase" }, { "upper", "=uppercase" }, { "alpha", "=alphabetic" },
						  { "space", "=whitespace" }, { "wspace", "=whitespace" } };
	property = arena_concat(p->a, STR("="), value);
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (str_eq_nocase(value, str_c(aliases[i][0])))
			property = str_c(aliases[i][1]);
	if (str_eq_nocase(value, STR("any")))
		set = (struct unicode_set){ any, 1 };
	else if (str_eq_nocase(value, STR("ascii")))
		set = (struct unicode_set){ ascii, 1 };
	else if (str_eq_nocase(value, STR("assigned")) && unicode_find_set(STR("cn"), &set)) {
		class_add_negated(out, p->a, set);
		return true;
	} else if (!unicode_find_set(value, &set) && (str_eq_nocase(value, STR("word")) || !unicode_find_set(property, &set)))
		return false;
	class_add_set(out, p->a, set);
	return true;
}

/* `\p…` with p->i behind the letter. */
static bool rust_unicode_class(struct parser *p, size_t at, class_ranges *out)
{
	bool negated = p->s.p[p->i - 1] == 'P';
	if (parser_at_end(p))
		return fail(p, "incomplete escape sequence, reached end of pattern prematurely", p->i, p->i);
	struct str name = str_slice(p->s, p->i, rune_end(p, p->i));
	p->i += name.n;
	if (str_eq(name, STR("{"))) {
		size_t end = str_find_char(parser_rest(p), '}');
		if (end == STR_NPOS) {
			p->i = p->s.n;
			return fail(p, "incomplete escape sequence, reached end of pattern prematurely", p->i, p->i);
		}
		name = str_slice(parser_rest(p), 0, end);
		p->i += end + 1;
	}
	size_t unequal = str_find(name, STR("!="));
	if (unequal != STR_NPOS) {
		negated = !negated;
		name = arena_fmt(p->a, "%.*s%.*s", (int)unequal, name.p, STR_ARG(str_slice(name, unequal + 1, name.n)));
	}
	class_ranges set = { 0 };
	if (!rust_property(p, name, &set))
		fail_late(p, "Unicode property not found", at, p->i);
	class_normalize(&set);
	if (p->flags & PARSE_FOLD)
		class_fold(&set, p->a);
	if (negated)
		class_add_negated(out, p->a, class_set(&set));
	else
		class_add_set(out, p->a, class_set(&set));
	return true;
}

/* Takes \d \D \s \S \w \W, or returns false. */
static bool rust_perl_class(struct parser *p, class_ranges *out)
{
	static const struct {
		char letter;
		struct str ascii, unicode;
	} rows[] = {
		{ 'd', STR_INIT("digit"), STR_INIT("nd") },
		{ 's', STR_INIT("space"), STR_INIT("=whitespace") },
		{ 'w', STR_INIT("word"), STR_INIT("=word") },
	};
	unsigned char letter = parser_peek(p, 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct unicode_set set;
		if ((char)(letter | 32) != rows[i].letter)
			continue;
		if (!(p->flags & PARSE_ASCII ? class_find_ascii(rows[i].ascii, &set) : unicode_find_set(rows[i].unicode, &set)))
			return false;
		if (letter < 'a')
			class_add_negated(out, p->a, set);
		else
			class_add_set(out, p->a, set);
		p->i += 2;
		return true;
	}
	return false;
}

static bool rust_plain_escape(uint32_t c, uint32_t *rune)
{
	if (parser_control(c, rune))
		return true;
	*rune = c;
	return c < 0x80 && c != '<' && c != '>' && !unicode_is_letter(c) && !unicode_is_digit(c);
}

/* A backslash and what it stands for where that is one code point. */
static bool rust_escaped_rune(struct parser *p, uint32_t *rune)
{
	size_t at = p->i++;
	uint32_t c;
	if (parser_at_end(p))
		return fail(p, "incomplete escape sequence, reached end of pattern prematurely", at, p->i);
	if (!parser_rune(p, &c))
		return false;
	if (c >= '0' && c <= '9')
		return fail(p, "backreferences are not supported", at, p->i);
	if (c == 'x' || c == 'u' || c == 'U')
		return rust_hex(p, at, rune);
	if (rust_plain_escape(c, rune))
		return true;
	return fail(p, "unrecognized escape sequence", at, p->i);
}

static const struct rust_assert {
	struct str text;
	enum regex_assert unicode, ascii;
} rust_asserts[] = {
	/* The longest first. */
	{ STR_INIT("\\b{start-half}"), ASSERT_WORD_START_HALF, ASSERT_WORD_START_HALF },
	{ STR_INIT("\\b{end-half}"), ASSERT_WORD_END_HALF, ASSERT_WORD_END_HALF },
	{ STR_INIT("\\b{start}"), ASSERT_WORD_START, ASSERT_WORD_START },
	{ STR_INIT("\\b{end}"), ASSERT_WORD_END, ASSERT_WORD_END },
	{ STR_INIT("\\<"), ASSERT_WORD_START, ASSERT_WORD_START },
	{ STR_INIT("\\>"), ASSERT_WORD_END, ASSERT_WORD_END },
	{ STR_INIT("\\b"), ASSERT_UWORD, ASSERT_WORD },
	{ STR_INIT("\\B"), ASSERT_NOT_UWORD, ASSERT_NOT_WORD },
	{ STR_INIT("\\A"), ASSERT_BEGIN_TEXT, ASSERT_BEGIN_TEXT },
	{ STR_INIT("\\z"), ASSERT_END_TEXT, ASSERT_END_TEXT },
};

/* `\b{…}` with a name that is none of the known; a `{` that begins no name is a repetition's. */
static bool rust_check_boundary(struct parser *p)
{
	if (!str_starts(parser_rest(p), STR("\\b{")))
		return true;
	size_t from = p->i + 3, to = from;
	if (from == p->s.n)
		return fail(p, "found either the beginning of a special word boundary or a bounded repetition on a \\b with an opening brace, but no closing brace", p->i, from);
	while (to < p->s.n && (((p->s.p[to] | 32) >= 'a' && (p->s.p[to] | 32) <= 'z') || p->s.p[to] == '-'))
		to++;
	if (to == from)
		return true;
	if (to == p->s.n || p->s.p[to] != '}')
		return fail(p, "special word boundary assertion is either unclosed or contains an invalid character", from - 1, to);
	return fail(p, "unrecognized special word boundary assertion, valid choices are: start, end, start-half or end-half", from, to);
}

/* The class from `at` to here is complete: without Unicode it may hold ASCII alone. */
static bool rust_push_set(struct parser *p, size_t at, class_ranges *ranges)
{
	class_normalize(ranges);
	if ((p->flags & PARSE_ASCII) && ranges->n > 0 && vec_last(ranges).hi > 0x7F)
		return fail(p, "pattern can match invalid UTF-8", at, p->i);
	return parser_push_class(p, ranges, CLASS_AS_IS);
}

/* Takes the assertion that is here; *out is NULL where there is none. */
static bool rust_take_assert(struct parser *p, const struct rust_assert **out)
{
	*out = NULL;
	for (size_t i = 0; i < ARRAY_LEN(rust_asserts); i++) {
		if (!str_starts(parser_rest(p), rust_asserts[i].text))
			continue;
		if (str_eq(rust_asserts[i].text, STR("\\b")) && !rust_check_boundary(p))
			return false;
		p->i += rust_asserts[i].text.n;
		*out = &rust_asserts[i];
		return true;
	}
	return true;
}

static bool rust_escape(struct parser *p)
{
	size_t at = p->i;
	const struct rust_assert *found;
	if (!rust_take_assert(p, &found))
		return false;
	if (found)
		return parser_push_assert(p, p->flags & PARSE_ASCII ? found->ascii : found->unicode);
	class_ranges ranges = { 0 };
	if (rust_perl_class(p, &ranges))
		return rust_push_set(p, at, &ranges);
	if ((parser_peek(p, 1) | 32) == 'p') {
		p->i += 2;
		return rust_unicode_class(p, at, &ranges) && rust_push_set(p, at, &ranges);
	}
	uint32_t rune;
	if (!rust_escaped_rune(p, &rune))
		return false;
	if ((p->flags & PARSE_ASCII) && rune > 0x7F && p->s.p[at + 1] == 'x' && rune <= 0xFF)
		return fail(p, "pattern can match invalid UTF-8", at, p->i);
	return parser_push_rune(p, rune);
}

/* ---- Bracketed classes ---- */

static void class_space(struct parser *p)
{
	while ((p->flags & PARSE_SPACE) && !parser_at_end(p)) {
		if (parser_peek(p, 0) == '#') {
			while (!parser_at_end(p) && parser_peek(p, 0) != '\n')
				p->i++;
		} else if (unicode_is_space(parser_peek(p, 0))) {
			p->i++;
		} else {
			return;
		}
	}
}

static bool rust_unclosed_class(struct parser *p, struct spot open)
{
	return fail(p, "unclosed character class", open.from, open.to);
}

/* One end of a range, an escape class, or an assertion, which may not be there. */
enum primary { PRIMARY_RUNE, PRIMARY_CLASS, PRIMARY_ASSERT };

static bool rust_class_primary(struct parser *p, class_ranges *out, uint32_t *rune, enum primary *what)
{
	const struct rust_assert *found;
	size_t at = p->i;
	*what = PRIMARY_CLASS;
	if (parser_peek(p, 0) != '\\') {
		*what = PRIMARY_RUNE;
		return parser_rune(p, rune);
	}
	if (rust_perl_class(p, out))
		return true;
	if ((parser_peek(p, 1) | 32) == 'p') {
		p->i += 2;
		return rust_unicode_class(p, at, out);
	}
	if (!rust_take_assert(p, &found))
		return false;
	*what = found ? PRIMARY_ASSERT : PRIMARY_RUNE;
	if (found)
		return true;
	return rust_escaped_rune(p, rune);
}

/* `open`: how the class begins. */
static bool rust_class_range(struct parser *p, struct spot open, class_ranges *out)
{
	size_t at = p->i;
	uint32_t lo, hi;
	enum primary left, right;
	if (!rust_class_primary(p, out, &lo, &left))
		return false;
	size_t end = p->i;
	class_space(p);
	if (parser_at_end(p))
		return rust_unclosed_class(p, open);
	size_t skipped = p->i;
	bool range = parser_peek(p, 0) == '-' && parser_peek(p, 1) != ']' && parser_peek(p, 1) != '-';
	if (!range && left == PRIMARY_ASSERT)
		return fail(p, "invalid escape sequence found in character class", at, end);
	if (!range) {
		if (left == PRIMARY_RUNE)
			class_add(out, p->a, lo, lo);
		return true;
	}
	p->i = skipped + 1;
	class_space(p);
	if (parser_at_end(p))
		return rust_unclosed_class(p, open);
	size_t second = p->i;
	if (!rust_class_primary(p, out, &hi, &right))
		return false;
	if (left != PRIMARY_RUNE)
		return fail(p, "invalid range boundary, must be a literal", at, end);
	if (right != PRIMARY_RUNE)
		return fail(p, "invalid range boundary, must be a literal", second, p->i);
	if (hi < lo)
		return fail(p, "invalid character class range, the start must be <= the end", at, p->i);
	class_add(out, p->a, lo, hi);
	return true;
}

/* Takes [:name:]; false where what stands here is not one (it is a nested class then). */
static bool rust_posix_class(struct parser *p, class_ranges *out)
{
	struct str rest = parser_rest(p);
	if (!str_starts(rest, STR("[:")))
		return false;
	size_t end = str_find(str_slice(rest, 2, rest.n), STR(":]"));
	if (end == STR_NPOS)
		return false;
	struct str name = str_slice(rest, 2, 2 + end);
	bool negated = str_starts(name, STR("^"));
	struct unicode_set set;
	name = str_drop_prefix(name, STR("^"));
	if (name.n < 2 || !class_find_ascii(name, &set))
		return false;
	class_ranges c = { 0 };
	class_add_set(&c, p->a, set);
	if (p->flags & PARSE_FOLD)
		class_fold(&c, p->a);
	if (negated)
		class_add_negated(out, p->a, class_set(&c));
	else
		class_add_set(out, p->a, class_set(&c));
	p->i += end + 4;
	return true;
}

/* left = left `op` right; op 0 is the first operand. */
static void class_apply(struct parser *p, class_ranges *left, char op, class_ranges *right)
{
	class_normalize(right);
	if (p->flags & PARSE_FOLD)
		class_fold(right, p->a);
	class_ranges common = *left, negated = { 0 };
	switch (op) {
	case '&':
		class_intersect(left, p->a, class_set(right));
		break;
	case '-':
		class_add_negated(&negated, p->a, class_set(right));
		class_intersect(left, p->a, class_set(&negated));
		break;
	case '~': { /* in one of them only */
		class_ranges both = { 0 };
		class_intersect(&common, p->a, class_set(right));
		class_add_set(&both, p->a, class_set(left));
		class_add_set(&both, p->a, class_set(right));
		class_normalize(&both);
		class_add_negated(&negated, p->a, class_set(&common));
		class_intersect(&both, p->a, class_set(&negated));
		*left = both;
		break;
	}
	default:
		*left = *right;
	}
}

static bool rust_set(struct parser *p, unsigned depth, class_ranges *out);

/* One item of a class: a nested one, a named one, a range. */
static bool rust_class_item(struct parser *p, struct spot open, unsigned depth, class_ranges *out)
{
	if (parser_peek(p, 0) != '[')
		return rust_class_range(p, open, out);
	if (rust_posix_class(p, out))
		return true;
	class_ranges nested = { 0 };
	if (!rust_set(p, depth + 1, &nested))
		return false;
	class_add_set(out, p->a, class_set(&nested));
	return true;
}

/* `[`, `^`, and the `-` and `]` that are literal because they come first. `open` is all that; nothing but its beginning where a `-` is the last of the pattern. */
static bool rust_set_open(struct parser *p, class_ranges *operand, struct spot *open)
{
	open->from = p->i;
	p->i++;
	class_space(p);
	bool negated = parser_peek(p, 0) == '^';
	if (negated)
		p->i++;
	class_space(p);
	bool literal = false;
	while (parser_peek(p, 0) == '-') {
		class_add(operand, p->a, '-', '-');
		p->i++;
		literal = true;
		class_space(p);
	}
	if (!literal && parser_peek(p, 0) == ']') {
		class_add(operand, p->a, ']', ']');
		p->i++;
		class_space(p);
	}
	open->to = literal && parser_at_end(p) ? open->from : p->i;
	return negated;
}

static bool rust_set(struct parser *p, unsigned depth, class_ranges *out)
{
	struct spot open;
	if (depth > NEST_MAX)
		return rust_too_deep(p);
	class_ranges left = { 0 }, operand = { 0 };
	char op = 0;
	bool negated = rust_set_open(p, &operand, &open);
	for (;;) {
		class_space(p);
		if (parser_at_end(p))
			return rust_unclosed_class(p, open);
		char c = (char)parser_peek(p, 0);
		if (c == ']')
			break;
		if ((c == '&' || c == '-' || c == '~') && (char)parser_peek(p, 1) == c) {
			class_apply(p, &left, op, &operand);
			op = c;
			operand = (class_ranges){ 0 };
			p->i += 2;
			continue;
		}
		if (!rust_class_item(p, open, depth, &operand))
			return false;
	}
	p->i++;
	class_apply(p, &left, op, &operand);
	if (negated)
		class_negate(&left, p->a);
	*out = left;
	return true;
}

static bool rust_class(struct parser *p)
{
	class_ranges ranges = { 0 };
	size_t at = p->i;
	return rust_set(p, 0, &ranges) && rust_push_set(p, at, &ranges);
}

const struct parse_dialect parse_rust = {
	.group = rust_group,
	.class = rust_class,
	.escape = rust_escape,
	.braces = rust_braces,
	.check_repeat = rust_check_repeat,
	.check_repeated = rust_check_repeated,
	.unclosed = rust_unclosed,
	.unopened = rust_unopened,
	.bad_utf8 = rust_bad_utf8,
	.not_ascii = rust_not_ascii,
	.too_deep = rust_too_deep,
	.too_large = rust_too_large,
};
