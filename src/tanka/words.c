/*
 * A row a message: a pattern, and what tk says, with the pattern's groups. What needs more than putting groups elsewhere has a function. All of it is only
 * compiled when something has failed.
 */
#include "tanka/words.h"

#include "base/buf.h"
#include "base/num.h"
#include "tanka/words_parts.h"

struct rule {
	const char *pattern; /* of the whole first line, behind "RUNTIME ERROR: " */
	const char *words;   /* with $1 …; NULL: `make` */
	bool (*make)(const struct str *groups, struct buf *out);
};

/* "Unexpected type number, expected string" for the first argument that is not what was expected. */
static bool builtin_types(const struct str *groups, struct buf *out)
{
	struct str wanted = groups[2], got = groups[3], want, is;
	while (str_next(&wanted, ',', &want) && str_next(&got, ',', &is)) {
		want = str_trim(want);
		is = str_trim(is);
		if (str_eq(want, is))
			continue;
		buf_addf(out, "Unexpected type %.*s, expected %.*s", STR_ARG(is), STR_ARG(want));
		return true;
	}
	return false;
}

static bool is_ordered(struct str type)
{
	return str_eq(type, STR("number")) || str_eq(type, STR("string")) || str_eq(type, STR("array"));
}

static bool is_one_of(struct str s, const char *const *list)
{
	for (; *list; list++)
		if (str_eq_c(s, *list))
			return true;
	return false;
}

/* Both operands of an operator, as Go looks at them: the left one first; the right one is to be the same, or a number, or a boolean. */
static bool operand_types(const struct str *groups, struct buf *out)
{
	static const char *const orders[] = { "<", "<=", ">", ">=", NULL }, *const logic[] = { "&&", "||", NULL };
	static const char *const no_sums[] = { "null", "boolean", "function", NULL };
	struct str op = groups[1], left = groups[2], right = groups[3];
	bool is_sum = str_eq(op, STR("+"));
	if ((is_one_of(op, orders) && !is_ordered(left)) || (is_sum && is_one_of(left, no_sums))) {
		buf_addf(out, "Unexpected type %.*s", STR_ARG(left));
	} else if (is_sum || is_one_of(op, orders)) {
		buf_addf(out, "Unexpected type %.*s, expected %.*s", STR_ARG(right), STR_ARG(left));
	} else {
		const char *want = is_one_of(op, logic) ? "boolean" : "number";
		buf_addf(out, "Unexpected type %.*s, expected %s", STR_ARG(str_eq_c(left, want) ? right : left), want);
	}
	return true;
}

static bool same_types(const struct str *groups, struct buf *out)
{
	const struct str both[] = { groups[0], groups[1], groups[2], groups[2] };
	return operand_types(both, out);
}

static bool add_float(const char *before, struct str number, char fmt, int precision, struct buf *out)
{
	double d;
	if (!num_parse_float(number, &d))
		return false;
	buf_add_c(out, before);
	num_add_float(out, d, fmt, precision);
	return true;
}

static bool codepoint(const struct str *groups, struct buf *out)
{
	return add_float("Invalid unicode codepoint, got ", groups[1], 'g', -1, out);
}

static bool negative_codepoint(const struct str *groups, struct buf *out)
{
	return add_float("Codepoints must be >= 0, got ", groups[1], 'g', -1, out);
}

static bool whole_number(const struct str *groups, struct buf *out)
{
	return add_float("Expected an integer, but got ", groups[1], 'g', -1, out);
}

static bool substr_types(const struct str *groups, struct buf *out)
{
	static const char *const places[] = { "first", "second", "third" };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *want = i ? "number" : "string";
		if (str_eq_c(groups[i + 1], want))
			continue;
		buf_addf(out, "substr %s parameter should be a %s, got %.*s", places[i], want, STR_ARG(groups[i + 1]));
		return true;
	}
	return false;
}

static bool no_index(const struct str *groups, struct buf *out)
{
	static const struct {
		const char *type, *go;
	} names[] = { { "number", "Number" }, { "boolean", "Boolean" }, { "null", "Null" }, { "function", "Function" } };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_c(groups[1], names[i].type))
			buf_addf(out, "Value non indexable: *jsonnet.value%s", names[i].go);
	return out->n > 0;
}

static bool unary_type(const struct str *groups, struct buf *out)
{
	buf_addf(out, "Unexpected type %.*s, expected %s", STR_ARG(groups[2]), str_eq(groups[1], STR("!")) ? "boolean" : "number");
	return true;
}

static const struct rule rules[] = {
	{ "field does not exist: (.*)", "Field does not exist: $1", NULL },
	{ "undefined external variable: (.*)", "Undefined external variable: $1", NULL },
	{ "function parameter (.*) not bound in call\\.", "Missing argument: $1", NULL },
	{ "binding parameter a second time: (.*)", "Argument $1 already provided", NULL },
	{ "duplicate field name: (.*)", "Duplicate field name: $1", NULL },
	{ "field must be string, got: (\\w+)", "Field name must be string, got $1", NULL },
	{ "only functions can be called, got (\\w+)", "Unexpected type $1, expected function", NULL },
	{ "condition must be boolean, got (\\w+)\\.", "Unexpected type $1, expected boolean", NULL },
	{ "Assertion failed\\.", "Assertion failed", NULL },
	{ "(?:object|super) index must be string, got (\\w+)\\.", "Unexpected type $1, expected string", NULL },
	{ "(?:array|string) index must be (?:a )?number, got (\\w+)\\.", "Unexpected type $1, expected number", NULL },
	{ "attempted index an array with string .*", "Unexpected type string, expected number", NULL },
	{ "(?:array|string) bounds error: (.*) not within (.*)", "Index $1 out of bounds, not within $2", NULL },
	{ "couldn't manifest function in JSON output\\.", "couldn't manifest function as JSON", NULL },
	{ "number overflow", "overflow", NULL },
	{ "overflow", "Overflow", NULL },
	{ "not a number", "Not a number", NULL },
	{ "division by zero\\.", "Division by zero.", NULL },
	{ "shift by negative exponent\\.", "Shift by negative exponent.", NULL },
	{ "attempt to use super when there is no super class\\.", "Attempt to use super when there is no super class.", NULL },
	{ "cannot test equality of functions", "Cannot test equality of functions", NULL },
	{ "In comprehension, can only iterate over array\\.", "Unexpected type object, expected array", NULL },
	{ "length operates on strings, objects, and arrays, got (\\w+)", "Unexpected type $1", NULL },
	{ "find second parameter should be an array, got \\w+", NULL, NULL },
	{ "(?:find|join|foldl|foldr) second parameter should be an? ?array, got (\\w+)", "Unexpected type $1, expected array", NULL },
	{ "join second parameter should be array, got (\\w+)", "Unexpected type $1, expected array", NULL },
	{ "expected (\\w+) but arr\\[.*\\] was (\\w+)", "Unexpected type $2, expected $1", NULL },
	{ "filter function must return boolean, got: (\\w+)", "Unexpected type $1, expected boolean", NULL },
	{ "std\\.flatMap on .*, provided function must return an? (\\w+), got (\\w+)", "Unexpected type $2, expected $1", NULL },
	{ "Builtin function trace expected string as first parameter but got (\\w+)", "Unexpected type $1, expected string", NULL },
	{ "Builtin function substr expected .* but got \\((\\w+), (\\w+), (\\w+)\\)", NULL, substr_types },
	{ "codepoints must be >= 0, got (.*)", NULL, negative_codepoint },
	{ "invalid unicode codepoint, got (.*)", NULL, codepoint },
	{ "Expected an integer, but got (.*)", NULL, whole_number },
	{ "std.splitLimit(R?) second parameter must have length 1 or greater, got (.*)", "std.splitLimit$1 second parameter should have length 1 or greater, got $2", NULL },
	{ "Not an integer: \"(.*)\"", "$1 is not a base 10 integer", NULL },
	{ "the left hand side of the 'in' operator should be a string,  got (\\w+)", "Unexpected type $1, expected string", NULL },
	{ "the right hand side of the 'in' operator should be an object, got (\\w+)", "Unexpected type $1, expected object", NULL },
	{ "left hand side of e in super must be string, got (\\w+)\\.", "Unexpected type $1, expected string", NULL },
	{ "binary operator (\\S+) does not operate on (\\w+?)s?\\.", NULL, same_types },
	{ "unary operator (\\S+) does not operate on type (\\w+)", NULL, unary_type },
	{ "unary operator (\\S+) does not operate on (\\w+?)s?\\.", NULL, unary_type },
	{ "binary operator (\\S+) requires matching types, got (\\w+) and (\\w+)\\.", NULL, operand_types },
	{ "can only index objects, strings, and arrays, got (\\w+)\\.", NULL, no_index },
	{ "Builtin function (\\w+) expected \\((.*)\\) but got \\((.*)\\)", NULL, builtin_types },
};

/* The first line behind "RUNTIME ERROR: ". */
static struct str runtime_words(struct str text, struct arena *a)
{
	const struct regex *re;
	struct str groups[WORDS_GROUPS + 1];
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		AUTO_BUF b = { 0 };
		if (!words_match(a, rules[i].pattern, text, &re, groups))
			continue;
		if (rules[i].words)
			return regex_replace(re, text, str_c(rules[i].words), REGEX_EXPAND, a);
		if (!rules[i].make)
			return text;
		if (rules[i].make(groups, &b))
			return buf_to_arena(&b, a);
	}
	return text;
}

bool words_match(struct arena *a, const char *pattern, struct str text, const struct regex **re, struct str groups[static WORDS_GROUPS + 1])
{
	struct regex_span spans[WORDS_GROUPS + 1];
	AUTO_ERR ignored = { 0 };
	if (!regex_compile(a, arena_fmt(a, "^(?s:%s)$", pattern), 0, re, &ignored) || !regex_find(*re, text, 0, spans, WORDS_GROUPS + 1))
		return false;
	for (size_t i = 0; i <= WORDS_GROUPS; i++)
		groups[i] = spans[i].from == REGEX_UNSET ? STR("") : str_slice(text, spans[i].from, spans[i].to);
	return true;
}

struct str tanka_words(struct str message, const struct tanka_source *sources, size_t n, struct arena *a)
{
	struct str first, frames, prefix = STR("RUNTIME ERROR: ");
	/* The message may have several lines; a frame begins with a tab. */
	size_t at = str_find(message, STR("\n\t"));
	first = str_slice(message, 0, at == STR_NPOS ? message.n : at);
	frames = at == STR_NPOS ? STR("") : arena_fmt(a, "%.*s\n", STR_ARG(str_slice(message, at + 1, message.n)));
	if (str_starts(first, STR("STATIC ERROR: ")))
		return words_static(first, frames, sources, n, a);
	if (!str_starts(first, prefix))
		return arena_fmt(a, "%.*s\n%.*s", STR_ARG(first), STR_ARG(frames));
	struct str words = runtime_words(str_slice(first, prefix.n, first.n), a);
	return arena_fmt(a, "%.*s%.*s\n%.*s", STR_ARG(prefix), STR_ARG(words), STR_ARG(frames));
}
