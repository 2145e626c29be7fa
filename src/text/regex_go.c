/*
 * regex_go.c: the dialect of Go's regexp/syntax with its Perl flags: groups, classes, escapes, and its errors with the text at fault.
 */
#include "text/regex_parser.h"

#include "base/utf8.h"

static bool fail(struct parser *p, const char *what, struct str text)
{
	return err_set(p->err, ERR_SYNTAX, "error parsing regexp: %s: `%.*s`", what, STR_ARG(text));
}

static bool go_bad_utf8(struct parser *p)
{
	return fail(p, "invalid UTF-8", parser_rest(p));
}

static bool go_unclosed(struct parser *p, const struct parse_frame *frame UNUSED)
{
	return fail(p, "missing closing )", p->s);
}

static bool go_unopened(struct parser *p)
{
	return fail(p, "unexpected )", p->s);
}

static bool go_too_deep(struct parser *p)
{
	return fail(p, "expression nests too deeply", p->s);
}

static bool go_too_large(struct parser *p)
{
	return fail(p, "expression too large", p->s);
}

/* `(?P<name>` or `(?<name>`, the name beginning at `start`. */
static bool go_named_group(struct parser *p, size_t start)
{
	size_t at = p->i;
	size_t end = str_find_char(str_slice(p->s, at, p->s.n), '>');
	if (end == STR_NPOS) {
		if (!utf8_valid(parser_rest(p)))
			return go_bad_utf8(p);
		return fail(p, "invalid named capture", parser_rest(p));
	}
	struct str whole = str_slice(p->s, at, at + end + 1), name = str_slice(p->s, start, at + end);
	if (!utf8_valid(name))
		return fail(p, "invalid UTF-8", name);
	struct unicode_set word;
	bool ok = name.n > 0 && class_find_ascii(STR("word"), &word);
	for (size_t i = 0; ok && i < name.n; i++)
		ok = unicode_set_has(word, (unsigned char)name.p[i]);
	if (!ok)
		return fail(p, "invalid named capture", whole);
	p->i = at + end + 1;
	parser_open(p, parser_new_group(p, name, start), at, p->flags);
	return true;
}

static const struct {
	char letter;
	unsigned flag;
} go_flags[] = { { 'i', PARSE_FOLD }, { 'm', PARSE_MULTILINE }, { 's', PARSE_DOT_ALL }, { 'U', PARSE_UNGREEDY } };

static unsigned go_flag(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_LEN(go_flags); i++)
		if ((uint32_t)go_flags[i].letter == c)
			return go_flags[i].flag;
	return 0;
}

/* `(?flags)` or `(?flags:`. */
static bool go_flag_group(struct parser *p)
{
	size_t at = p->i;
	unsigned flags = p->flags;
	bool negative = false, seen = false;
	p->i += 2;
	while (!parser_at_end(p)) {
		uint32_t c;
		if (!parser_rune(p, &c))
			return false;
		unsigned flag = go_flag(c);
		if (flag) {
			flags = negative ? flags & ~flag : flags | flag;
			seen = true;
		} else if (c == '-' && !negative) {
			negative = true;
			seen = false;
		} else if ((c == ':' || c == ')') && (seen || !negative)) {
			if (c == ':')
				parser_open(p, 0, at, p->flags);
			p->flags = flags;
			return true;
		} else {
			break;
		}
	}
	return fail(p, "invalid or unsupported Perl syntax", parser_from(p, at));
}

static bool go_group(struct parser *p)
{
	if (parser_peek(p, 1) != '?') {
		parser_open(p, parser_new_group(p, STR(""), p->i), p->i, p->flags);
		p->i++;
		return true;
	}
	size_t left = p->s.n - p->i;
	if (left > 4 && parser_peek(p, 2) == 'P' && parser_peek(p, 3) == '<')
		return go_named_group(p, p->i + 4);
	if (left > 3 && parser_peek(p, 2) == '<')
		return go_named_group(p, p->i + 3);
	return go_flag_group(p);
}

/* `{12` …: digits without a leading zero. False where there are none; a number too large to matter is -1. */
static bool go_number(struct parser *p, int *out)
{
	size_t from = p->i;
	int value = 0;
	while (parser_peek(p, 0) >= '0' && parser_peek(p, 0) <= '9') {
		value = value >= 100000000 ? value : value * 10 + (parser_peek(p, 0) - '0');
		p->i++;
	}
	if (p->i == from || (p->s.p[from] == '0' && p->i - from > 1))
		return false;
	*out = value >= 100000000 ? -1 : value;
	return true;
}

static bool go_braces(struct parser *p, int *min, int *max, bool *counted)
{
	size_t from = p->i++;
	bool ok = go_number(p, min);
	*max = *min;
	if (ok && parser_peek(p, 0) == ',') {
		p->i++;
		if (parser_peek(p, 0) == '}') {
			*max = -1;
		} else {
			ok = go_number(p, max);
			if (ok && *max < 0)
				*min = -1; /* too large: not to be taken for "no end" */
		}
	}
	if (!ok || parser_peek(p, 0) != '}') {
		p->i = from;
		*counted = false;
		return true;
	}
	p->i++;
	*counted = true;
	if (*min < 0 || *min > 1000 || *max > 1000 || (*max >= 0 && *min > *max))
		return fail(p, "invalid repeat count", parser_from(p, from));
	return true;
}

static bool go_check_repeat(struct parser *p, size_t from, size_t before)
{
	if (before != STR_NPOS)
		return fail(p, "invalid nested repetition operator", parser_from(p, before));
	if (vec_last(&p->frames).sequence.n == 0)
		return fail(p, "missing argument to repetition operator", parser_from(p, from));
	return true;
}

/* Whether nested repetitions multiply to at most `n`: the guard against expressions that explode. */
static bool repeat_fits(const struct regex_node *node, int n)
{
	if (node->op == NODE_REPEAT) {
		int most = node->max;
		if (most == 0)
			return true;
		if (most < 0)
			most = node->min;
		if (most > n)
			return false;
		if (most > 0)
			n /= most;
	}
	for (size_t i = 0; i < node->n; i++)
		if (!repeat_fits(node->subs[i], n))
			return false;
	return true;
}

static bool go_check_repeated(struct parser *p, size_t from)
{
	const struct regex_node *node = vec_last(&vec_last(&p->frames).sequence);
	if (p->s.p[from] != '{' || (node->min < 2 && node->max < 2) || repeat_fits(node, 1000))
		return true;
	return fail(p, "invalid repeat count", parser_from(p, from));
}

/* `\x` at p->i: one code point. */
static bool go_hex(struct parser *p, uint32_t *rune)
{
	uint32_t c, value = 0;
	if (parser_at_end(p) || !parser_rune(p, &c))
		return false;
	if (c != '{') {
		int high = parser_unhex(c), low;
		if (parser_at_end(p) || !parser_rune(p, &c))
			return false;
		low = parser_unhex(c);
		*rune = (uint32_t)(high * 16 + low);
		return high >= 0 && low >= 0;
	}
	for (size_t digits = 0;; digits++) {
		if (parser_at_end(p) || !parser_rune(p, &c))
			return false;
		if (c == '}') {
			*rune = value;
			return digits > 0;
		}
		if (parser_unhex(c) < 0)
			return false;
		value = value * 16 + (uint32_t)parser_unhex(c);
		if (value > RUNE_MAX)
			return false;
	}
}

static bool go_octal(struct parser *p, uint32_t first, uint32_t *rune)
{
	unsigned char next = parser_peek(p, 0);
	if (first != '0' && (next < '0' || next > '7'))
		return false; /* a backreference */
	*rune = first - '0';
	for (int i = 1; i < 3 && parser_peek(p, 0) >= '0' && parser_peek(p, 0) <= '7'; i++)
		*rune = *rune * 8 + (uint32_t)(p->s.p[p->i++] - '0');
	return true;
}

static bool go_simple_escape(uint32_t c, uint32_t *rune)
{
	if (parser_control(c, rune))
		return true;
	*rune = c;
	return c < 0x80 && !unicode_is_letter(c) && !unicode_is_digit(c);
}

/* A backslash and what it stands for: one code point. */
static bool go_escaped_rune(struct parser *p, uint32_t *rune)
{
	size_t from = p->i++;
	uint32_t c;
	if (parser_at_end(p))
		return fail(p, "trailing backslash at end of expression", STR(""));
	if (!parser_rune(p, &c))
		return false;
	bool ok = c >= '0' && c <= '7' ? go_octal(p, c, rune) : c == 'x' ? go_hex(p, rune) : go_simple_escape(c, rune);
	if (ok)
		return true;
	if (p->err->kind != ERR_NONE) /* invalid UTF-8 within */
		return false;
	return fail(p, "invalid escape sequence", parser_from(p, from));
}

/* Takes `\pN`, `\p{Name}` or their negations, or leaves *taken false. */
static bool go_unicode_class(struct parser *p, class_ranges *out, bool *taken)
{
	unsigned char letter = parser_peek(p, 1);
	*taken = parser_peek(p, 0) == '\\' && (letter == 'p' || letter == 'P');
	if (!*taken)
		return true;
	size_t from = p->i;
	bool negated = letter == 'P';
	uint32_t c;
	p->i += 2;
	if (parser_at_end(p))
		return fail(p, "invalid character class range", parser_from(p, from));
	size_t name_at = p->i;
	if (!parser_rune(p, &c))
		return false;
	struct str name = parser_from(p, name_at);
	if (c == '{') {
		size_t end = str_find_char(parser_rest(p), '}');
		if (end == STR_NPOS) {
			p->i = from;
			if (!utf8_valid(parser_rest(p)))
				return go_bad_utf8(p);
			return fail(p, "invalid character class range", parser_rest(p));
		}
		name = str_slice(parser_rest(p), 0, end);
		p->i += end + 1;
		if (!utf8_valid(name))
			return fail(p, "invalid UTF-8", name);
	}
	if (str_starts(name, STR("^"))) {
		negated = !negated;
		name = str_slice(name, 1, name.n);
	}
	static const struct unicode_range any[] = { { 0, RUNE_MAX } }, ascii[] = { { 0, 0x7F } };
	class_ranges set = { 0 };
	struct unicode_set found;
	if (str_eq_nocase(name, STR("any")))
		class_add_set(&set, p->a, (struct unicode_set){ any, 1 });
	else if (str_eq_nocase(name, STR("ascii")))
		class_add_set(&set, p->a, (struct unicode_set){ ascii, 1 });
	else if (str_eq_nocase(name, STR("assigned")) && unicode_find_set(STR("cn"), &found))
		class_add_negated(&set, p->a, found);
	else if (!str_starts(name, STR("=")) && unicode_find_set(name, &found))
		class_add_set(&set, p->a, found);
	else
		return fail(p, "invalid character class range", parser_from(p, from));
	if (p->flags & PARSE_FOLD)
		class_fold(&set, p->a);
	if (negated)
		class_add_negated(out, p->a, class_set(&set));
	else
		class_add_set(out, p->a, class_set(&set));
	return true;
}

static void add_ascii_class(struct parser *p, class_ranges *out, struct unicode_set set, bool negated)
{
	class_ranges c = { 0 };
	class_add_set(&c, p->a, set);
	if (p->flags & PARSE_FOLD)
		class_fold(&c, p->a);
	if (negated)
		class_add_negated(out, p->a, class_set(&c));
	else
		class_add_set(out, p->a, class_set(&c));
}

/* Takes \d \D \s \S \w \W, or returns false. */
static bool go_perl_class(struct parser *p, class_ranges *out)
{
	char letter = (char)(parser_peek(p, 1) | 32);
	struct unicode_set set;
	if (parser_peek(p, 0) != '\\' || !class_find_ascii((struct str){ &letter, 1 }, &set))
		return false;
	add_ascii_class(p, out, set, parser_peek(p, 1) < 'a');
	p->i += 2;
	return true;
}

/* Takes [:name:] or [:^name:], or leaves *taken false. */
static bool go_posix_class(struct parser *p, class_ranges *out, bool *taken)
{
	size_t end = STR_NPOS;
	*taken = false;
	if (parser_peek(p, 0) != '[' || parser_peek(p, 1) != ':')
		return true;
	end = str_find(str_slice(p->s, p->i + 2, p->s.n), STR(":]"));
	if (end == STR_NPOS)
		return true;
	*taken = true;
	struct str whole = str_slice(p->s, p->i, p->i + end + 4), name = str_slice(whole, 2, whole.n - 2);
	bool negated = str_starts(name, STR("^"));
	name = str_drop_prefix(name, STR("^"));
	struct unicode_set set;
	if (name.n < 2 || !class_find_ascii(name, &set))
		return fail(p, "invalid character class range", whole);
	p->i += whole.n;
	add_ascii_class(p, out, set, negated);
	return true;
}

static bool go_class_rune(struct parser *p, size_t class_at, uint32_t *rune)
{
	if (parser_at_end(p))
		return fail(p, "missing closing ]", str_slice(p->s, class_at, p->s.n));
	return parser_peek(p, 0) == '\\' ? go_escaped_rune(p, rune) : parser_rune(p, rune);
}

static bool go_class_item(struct parser *p, size_t class_at, class_ranges *out)
{
	bool taken;
	if (!go_posix_class(p, out, &taken))
		return false;
	if (taken)
		return true;
	if (!go_unicode_class(p, out, &taken))
		return false;
	if (taken || go_perl_class(p, out))
		return true;
	size_t from = p->i;
	uint32_t lo, hi;
	if (!go_class_rune(p, class_at, &lo))
		return false;
	hi = lo;
	if (p->s.n - p->i >= 2 && parser_peek(p, 0) == '-' && parser_peek(p, 1) != ']') {
		p->i++;
		if (!go_class_rune(p, class_at, &hi))
			return false;
		if (hi < lo)
			return fail(p, "invalid character class range", parser_from(p, from));
	}
	class_add(out, p->a, lo, hi);
	return true;
}

static bool go_class(struct parser *p)
{
	size_t at = p->i++;
	enum class_sign sign = CLASS_AS_IS;
	class_ranges ranges = { 0 };
	if (parser_peek(p, 0) == '^') {
		sign = CLASS_NEGATED;
		p->i++;
	}
	for (bool first = true; parser_at_end(p) || parser_peek(p, 0) != ']' || first; first = false)
		if (!go_class_item(p, at, &ranges))
			return false;
	p->i++;
	return parser_push_class(p, &ranges, sign);
}

/* `\Q` … `\E`: literal text. */
static bool go_quoted(struct parser *p)
{
	p->i += 2;
	size_t end = str_find(parser_rest(p), STR("\\E"));
	size_t stop = end == STR_NPOS ? p->s.n : p->i + end;
	while (p->i < stop) {
		uint32_t rune;
		if (!parser_rune(p, &rune) || !parser_push_rune(p, rune))
			return false;
	}
	if (end != STR_NPOS)
		p->i += 2;
	return true;
}

static const struct {
	char letter;
	enum regex_assert assert;
} go_asserts[] = { { 'A', ASSERT_BEGIN_TEXT }, { 'z', ASSERT_END_TEXT }, { 'b', ASSERT_WORD }, { 'B', ASSERT_NOT_WORD } };

static bool go_escape(struct parser *p)
{
	unsigned char letter = parser_peek(p, 1);
	for (size_t i = 0; i < ARRAY_LEN(go_asserts); i++) {
		if (go_asserts[i].letter == (char)letter) {
			p->i += 2;
			return parser_push_assert(p, go_asserts[i].assert);
		}
	}
	if (letter == 'Q')
		return go_quoted(p);
	class_ranges ranges = { 0 };
	bool taken;
	if (!go_unicode_class(p, &ranges, &taken))
		return false;
	if (taken || go_perl_class(p, &ranges)) {
		unsigned flags = p->flags;
		p->flags &= ~(unsigned)PARSE_FOLD; /* folded already */
		bool ok = parser_push_class(p, &ranges, CLASS_AS_IS);
		p->flags = flags;
		return ok;
	}
	uint32_t rune;
	return go_escaped_rune(p, &rune) && parser_push_rune(p, rune);
}

const struct parse_dialect parse_go = {
	.group = go_group,
	.class = go_class,
	.escape = go_escape,
	.braces = go_braces,
	.check_repeat = go_check_repeat,
	.check_repeated = go_check_repeated,
	.unclosed = go_unclosed,
	.unopened = go_unopened,
	.bad_utf8 = go_bad_utf8,
	.too_deep = go_too_deep,
	.too_large = go_too_large,
};
