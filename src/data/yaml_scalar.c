/*
 * Scalars by go-yaml's rules, as measured on sigs.k8s.io/yaml 1.6 (yaml.v2) and yaml.v3. The first byte decides what a text can be at all,
 * so that most strings cost one look at a table. Words (true, yes, null, .inf) are rows; numbers are read as strconv does once the
 * underscores are out.
 */
#include "data/yaml_scalar.h"

#include <math.h>
#include <string.h>

#include "base/enc.h"
#include "base/num.h"
#include "base/utf8.h"

enum { OLD_ONLY = 1 }; /* a boolean in YAML 1.1, and to yaml.v2 */

static const struct word {
	struct str text;
	enum yaml_type type;
	uint8_t flags;
	double number; /* a float's value, or 1 for true */
} words[] = {
	{ STR_INIT("~"), YAML_TYPE_NULL, 0, 0 },
	{ STR_INIT("null"), YAML_TYPE_NULL, 0, 0 },
	{ STR_INIT("Null"), YAML_TYPE_NULL, 0, 0 },
	{ STR_INIT("NULL"), YAML_TYPE_NULL, 0, 0 },
	{ STR_INIT("true"), YAML_TYPE_BOOL, 0, 1 },
	{ STR_INIT("True"), YAML_TYPE_BOOL, 0, 1 },
	{ STR_INIT("TRUE"), YAML_TYPE_BOOL, 0, 1 },
	{ STR_INIT("false"), YAML_TYPE_BOOL, 0, 0 },
	{ STR_INIT("False"), YAML_TYPE_BOOL, 0, 0 },
	{ STR_INIT("FALSE"), YAML_TYPE_BOOL, 0, 0 },
	{ STR_INIT("y"), YAML_TYPE_BOOL, OLD_ONLY, 1 },
	{ STR_INIT("Y"), YAML_TYPE_BOOL, OLD_ONLY, 1 },
	{ STR_INIT("yes"), YAML_TYPE_BOOL, OLD_ONLY, 1 },
	{ STR_INIT("Yes"), YAML_TYPE_BOOL, OLD_ONLY, 1 },
	{ STR_INIT("YES"), YAML_TYPE_BOOL, OLD_ONLY, 1 },
	{ STR_INIT("on"), YAML_TYPE_BOOL, OLD_ONLY, 1 },
	{ STR_INIT("On"), YAML_TYPE_BOOL, OLD_ONLY, 1 },
	{ STR_INIT("ON"), YAML_TYPE_BOOL, OLD_ONLY, 1 },
	{ STR_INIT("n"), YAML_TYPE_BOOL, OLD_ONLY, 0 },
	{ STR_INIT("N"), YAML_TYPE_BOOL, OLD_ONLY, 0 },
	{ STR_INIT("no"), YAML_TYPE_BOOL, OLD_ONLY, 0 },
	{ STR_INIT("No"), YAML_TYPE_BOOL, OLD_ONLY, 0 },
	{ STR_INIT("NO"), YAML_TYPE_BOOL, OLD_ONLY, 0 },
	{ STR_INIT("off"), YAML_TYPE_BOOL, OLD_ONLY, 0 },
	{ STR_INIT("Off"), YAML_TYPE_BOOL, OLD_ONLY, 0 },
	{ STR_INIT("OFF"), YAML_TYPE_BOOL, OLD_ONLY, 0 },
	{ STR_INIT(".nan"), YAML_TYPE_FLOAT, 0, NAN },
	{ STR_INIT(".NaN"), YAML_TYPE_FLOAT, 0, NAN },
	{ STR_INIT(".NAN"), YAML_TYPE_FLOAT, 0, NAN },
	{ STR_INIT(".inf"), YAML_TYPE_FLOAT, 0, INFINITY },
	{ STR_INIT(".Inf"), YAML_TYPE_FLOAT, 0, INFINITY },
	{ STR_INIT(".INF"), YAML_TYPE_FLOAT, 0, INFINITY },
	{ STR_INIT("+.inf"), YAML_TYPE_FLOAT, 0, INFINITY },
	{ STR_INIT("+.Inf"), YAML_TYPE_FLOAT, 0, INFINITY },
	{ STR_INIT("+.INF"), YAML_TYPE_FLOAT, 0, INFINITY },
	{ STR_INIT("-.inf"), YAML_TYPE_FLOAT, 0, -INFINITY },
	{ STR_INIT("-.Inf"), YAML_TYPE_FLOAT, 0, -INFINITY },
	{ STR_INIT("-.INF"), YAML_TYPE_FLOAT, 0, -INFINITY },
};
enum { LONGEST_WORD = 5 };

static bool find_word(struct str text, enum yaml_rules rules, struct yaml_scalar *out)
{
	if (text.n > LONGEST_WORD)
		return false;
	for (const struct word *w = words; w < words + ARRAY_LEN(words); w++) {
		if (!str_eq(w->text, text) || (rules == YAML_V3 && w->flags & OLD_ONLY))
			continue;
		*out = (struct yaml_scalar){ .type = w->type };
		if (w->type == YAML_TYPE_BOOL)
			out->b = w->number != 0;
		else if (w->type == YAML_TYPE_FLOAT)
			out->f = w->number;
		return true;
	}
	return false;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool looks_like_float(struct str s)
{
	size_t i = 0, before = 0, after = 0;
	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		i++;
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		before++;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
			after++;
	if (before + after == 0)
		return false;
	if (i < s.n && (s.p[i] | 0x20) == 'e') {
		i++;
		if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
			i++;
		size_t digits = i;
		while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
		if (i == digits)
			return false;
	}
	return i == s.n;
}

/* strconv.ParseUint of base 0 for what is above int64; `s` has neither sign nor underscores. */
static bool parse_big(struct str s, uint64_t *out)
{
	unsigned base = 10;
	size_t i = 0;
	if (s.n > 1 && s.p[0] == '0') {
		char c = s.p[1] | 0x20;
		base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
		i = c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
	}
	uint64_t v = 0;
	if (i == s.n)
		return false;
	for (; i < s.n; i++) {
		char c = s.p[i];
		unsigned d = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (c | 0x20) >= 'a' ? (unsigned)((c | 0x20) - 'a' + 10) : 99;
		if (d >= base || __builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)d, &v))
			return false;
	}
	*out = v;
	return true;
}

static bool parse_number(struct str text, struct yaml_scalar *out)
{
	char room[512];
	struct str s = { room, 0 };
	if (text.n > sizeof(room))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '_')
			room[s.n++] = text.p[i];
	if (s.n == 0)
		return false;
	/* Behind a leading point strconv gets the text as it is, and refuses underscores. */
	if (text.p[0] == '.' && s.n != text.n)
		return false;
	if (num_parse_int(s, 0, &out->i)) {
		out->type = YAML_TYPE_INT;
		return true;
	}
	if (s.p[0] >= '0' && s.p[0] <= '9' && parse_big(s, &out->u)) {
		out->type = YAML_TYPE_UINT;
		return true;
	}
	if (looks_like_float(s) && num_parse_float(s, &out->f)) {
		out->type = YAML_TYPE_FLOAT;
		return true;
	}
	return false;
}

/* What a first byte allows: words, numbers (and times), or both. */
enum { WORD = 1, NUMBER = 2 };
static const uint8_t hints[256] = {
	['0' ... '9'] = NUMBER, ['-'] = WORD | NUMBER, ['+'] = WORD | NUMBER, ['.'] = WORD | NUMBER,
	['y'] = WORD, ['Y'] = WORD, ['n'] = WORD, ['N'] = WORD, ['t'] = WORD, ['T'] = WORD,
	['f'] = WORD, ['F'] = WORD, ['o'] = WORD, ['O'] = WORD, ['~'] = WORD,
};

struct yaml_scalar yaml_scalar_plain(struct str text, enum yaml_rules rules, struct arena *a)
{
	struct yaml_scalar s = { .type = YAML_TYPE_NULL };
	if (text.n == 0)
		return s;
	uint8_t hint = hints[(unsigned char)text.p[0]];
	if (hint & WORD && find_word(text, rules, &s))
		return s;
	if (hint & NUMBER) {
		if (rules == YAML_V3 && yaml_time(text, a, &s.text)) {
			s.type = YAML_TYPE_TIME;
			return s;
		}
		if (parse_number(text, &s))
			return s;
	}
	return (struct yaml_scalar){ .type = YAML_TYPE_STR, .text = text };
}

bool yaml_plain_is_str(struct str text, enum yaml_rules rules)
{
	if (text.n == 0)
		return false;
	uint8_t hint = hints[(unsigned char)text.p[0]];
	struct yaml_scalar s;
	return !(hint & WORD && find_word(text, rules, &s)) && !(hint & NUMBER && (yaml_is_time(text) || parse_number(text, &s)));
}

/* The decoded bytes as they look after the way through JSON: what is not UTF-8 becomes U+FFFD. */
static bool binary_scalar(struct str text, struct arena *a, struct yaml_scalar *out, struct buf *message)
{
	AUTO_BUF bytes = { 0 };
	AUTO_BUF clean = { 0 };
	if (!enc_unbase64(&bytes, text, ENC_BASE64, NULL)) {
		buf_add_c(message, "!!binary value contains invalid base64 data");
		return false;
	}
	struct str rest = buf_str(&bytes);
	while (rest.n) {
		uint32_t rune;
		size_t n = utf8_decode(rest, &rune);
		buf_add_rune(&clean, rune);
		rest = str_slice(rest, n, rest.n);
	}
	*out = (struct yaml_scalar){ .type = YAML_TYPE_STR, .text = buf_to_arena(&clean, a) };
	return true;
}

static const struct {
	const char *tag;
	enum yaml_type type;
} tags[] = {
	{ "!!null", YAML_TYPE_NULL }, { "!!bool", YAML_TYPE_BOOL }, { "!!int", YAML_TYPE_INT }, { "!!int", YAML_TYPE_UINT },
	{ "!!float", YAML_TYPE_FLOAT }, { "!!str", YAML_TYPE_STR }, { "!!timestamp", YAML_TYPE_TIME },
};

static const char *type_tag(enum yaml_type type)
{
	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (tags[i].type == type)
			return tags[i].tag;
	return "";
}

static struct str short_tag(struct str tag, struct arena *a)
{
	struct str prefix = STR("tag:yaml.org,2002:");
	return str_starts(tag, prefix) ? arena_concat(a, STR("!!"), str_drop_prefix(tag, prefix)) : tag;
}

static bool tagged_scalar(const struct yaml_node *n, enum yaml_rules rules, struct arena *a, struct yaml_scalar *out, struct buf *message)
{
	struct str tag = short_tag(n->tag, a), time;
	if (str_eq_c(tag, "!!binary"))
		return binary_scalar(n->text, a, out, message);
	bool known = false;
	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		known |= str_eq_c(tag, tags[i].tag);
	struct yaml_scalar s = { .type = YAML_TYPE_STR, .text = n->text };
	if (!known || str_eq_c(tag, "!!str") || str_eq_c(tag, "!!merge")) {
		*out = s;
		return true;
	}
	if (str_eq_c(tag, "!!timestamp") && yaml_time(n->text, a, &time)) {
		s = (struct yaml_scalar){ .type = YAML_TYPE_TIME, .text = rules == YAML_V3 ? time : n->text };
		*out = s;
		return true;
	}
	s = yaml_scalar_plain(n->text, rules, a);
	const char *is = type_tag(s.type);
	if (str_eq_c(tag, "!!float") && (s.type == YAML_TYPE_INT || s.type == YAML_TYPE_UINT)) {
		double f = s.type == YAML_TYPE_INT ? (double)s.i : (double)s.u;
		s = (struct yaml_scalar){ .type = YAML_TYPE_FLOAT, .f = f };
	} else if (!str_eq_c(tag, is)) {
		buf_addf(message, "cannot decode %s `%.*s` as a %.*s", is, STR_ARG(n->text), STR_ARG(tag));
		return false;
	}
	*out = s;
	return true;
}

bool yaml_scalar_node(const struct yaml_node *n, enum yaml_rules rules, struct arena *a, struct yaml_scalar *out, struct buf *message)
{
	bool lone = rules == YAML_V3 && str_eq_c(n->tag, "!");
	if (n->tag.n && !lone)
		return tagged_scalar(n, rules, a, out, message);
	*out = n->untyped ? (struct yaml_scalar){ .type = YAML_TYPE_STR, .text = n->text } : yaml_scalar_plain(n->text, rules, a);
	return true;
}
