/*
 * A row a message: a pattern, and what tk says, with the pattern's groups. What needs more than putting groups elsewhere has a function. All of it is only
 * compiled when something has failed.
 */
#include "tanka/words.h"

#include "base/buf.h"
#include "text/regex.h"

struct rule {
	const char *pattern; /* of the whole first line, behind "RUNTIME ERROR: " */
	const char *words;   /* with $1 …; NULL: `make` */
	bool (*make)(const struct str *groups, struct buf *out);
};
enum { GROUPS = 4 };

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

/* Go looks at the left operand first, and wants the right one to be the same; arithmetic wants numbers. */
static bool operand_types(const struct str *groups, struct buf *out)
{
	struct str op = groups[1], left = groups[2], right = groups[3];
	bool is_order = op.p[0] == '<' || op.p[0] == '>';
	bool is_sum = str_eq(op, STR("+"));
	if (is_order && !is_ordered(left))
		buf_addf(out, "Unexpected type %.*s", STR_ARG(left));
	else if (is_order || (is_sum && !str_eq(left, STR("null")) && !str_eq(left, STR("boolean")) && !str_eq(left, STR("function"))))
		buf_addf(out, "Unexpected type %.*s, expected %.*s", STR_ARG(right), STR_ARG(left));
	else
		buf_addf(out, "Unexpected type %.*s, expected number", STR_ARG(str_eq(left, STR("number")) ? right : left));
	return true;
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
	{ "only functions can be called, got (\\w+)", "Unexpected type $1, expected function", NULL },
	{ "condition must be boolean, got (\\w+)\\.", "Unexpected type $1, expected boolean", NULL },
	{ "object index must be string, got (\\w+)\\.", "Unexpected type $1, expected string", NULL },
	{ "attempted index an array with string .*", "Unexpected type string, expected number", NULL },
	{ "attempted index an array with (\\w+)\\.?", "Unexpected type $1, expected number", NULL },
	{ "(?:array|string) bounds error: (.*) not within (.*)", "Index $1 out of bounds, not within $2", NULL },
	{ "couldn't manifest function in JSON output\\.", "couldn't manifest function as JSON", NULL },
	{ "overflow", "Overflow", NULL },
	{ "not a number", "Not a number", NULL },
	{ "division by zero\\.", "Division by zero.", NULL },
	{ "attempt to use super when there is no super class\\.", "Attempt to use super when there is no super class.", NULL },
	{ "cannot test equality of functions", "Cannot test equality of functions", NULL },
	{ "In comprehension, can only iterate over array\\.", "Unexpected type object, expected array", NULL },
	{ "length operates on strings, objects, and arrays, got (\\w+)", "Unexpected type $1", NULL },
	{ "(?:find|join|foldl|foldr) second parameter should be an? ?array, got (\\w+)", "Unexpected type $1, expected array", NULL },
	{ "join second parameter should be array, got (\\w+)", "Unexpected type $1, expected array", NULL },
	{ "expected (\\w+) but arr\\[.*\\] was (\\w+)", "Unexpected type $2, expected $1", NULL },
	{ "binary operator (\\S+) does not operate on (\\w+)\\.", "Unexpected type $2", NULL },
	{ "unary operator (\\S+) does not operate on type (\\w+)", NULL, unary_type },
	{ "binary operator (\\S+) requires matching types, got (\\w+) and (\\w+)\\.", NULL, operand_types },
	{ "can only index objects, strings, and arrays, got (\\w+)\\.", NULL, no_index },
	{ "Builtin function (\\w+) expected \\((.*)\\) but got \\((.*)\\)", NULL, builtin_types },
};

static bool match(struct arena *a, const char *pattern, struct str text, const struct regex **re, struct str groups[static GROUPS + 1])
{
	struct regex_span spans[GROUPS + 1];
	AUTO_ERR ignored = { 0 };
	if (!regex_compile(a, arena_fmt(a, "^(?s:%s)$", pattern), 0, re, &ignored) || !regex_find(*re, text, 0, spans, GROUPS + 1))
		return false;
	for (size_t i = 0; i <= GROUPS; i++)
		groups[i] = spans[i].from == REGEX_UNSET ? STR("") : str_slice(text, spans[i].from, spans[i].to);
	return true;
}

struct words {
	const struct tanka_source *sources;
	size_t n;
	struct str frames;
	struct arena *a;
};

static const struct tanka_source *find_source(const struct words *w, struct str file)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->sources[i].file, file))
			return &w->sources[i];
	return NULL;
}

static struct str line_of(struct str text, int64_t number)
{
	struct str line = STR("");
	for (int64_t i = 0; i < number; i++)
		if (!str_next_line(&text, &line))
			return STR("");
	return line;
}

/* The text of the call that the innermost frame is at, where it stands on one line of a text that is at hand. */
static struct str called_text(const struct words *w)
{
	const struct regex *re;
	struct str g[GROUPS + 1], frame, rest = w->frames, from, to;
	int64_t line, first, last;
	if (!str_next_line(&rest, &frame) || !match(w->a, "\t(.*):(\\d+):(\\d+-\\d+)\t.*", frame, &re, g))
		return STR("");
	const struct tanka_source *source = find_source(w, g[1]);
	if (!source || !str_cut(g[3], '-', &from, &to) || !str_to_int(g[2], &line) || !str_to_int(from, &first) || !str_to_int(to, &last))
		return STR("");
	return str_slice(line_of(source->text, line), (size_t)first - 1, (size_t)last - 1);
}

/* How many arguments the last parentheses of a call hold. Strings are passed over; 0 where it is not certain. */
static size_t count_arguments(struct str call)
{
	size_t depth = 0, count = 0;
	bool any = false;
	for (size_t i = 0; i < call.n; i++) {
		char c = call.p[i];
		if (c == '"' || c == '\'') {
			for (i++; i < call.n && call.p[i] != c; i++)
				i += call.p[i] == '\\';
			any = true;
		} else if (c == '(' || c == '[' || c == '{') {
			any = depth > 0;
			count = depth++ ? count : 0;
		} else if ((c == ')' || c == ']' || c == '}') && depth) {
			depth--;
		} else {
			count += c == ',' && depth == 1;
			any = any || c != ' ';
		}
	}
	return any && call.n && call.p[call.n - 1] == ')' ? count + 1 : 0;
}

/* "too many args" says how many are wanted; Go also says how many came. */
static bool too_many(const struct words *w, struct str text, struct str *out)
{
	const struct regex *re;
	struct str g[GROUPS + 1];
	if (!match(w->a, "too many args, function has (\\d+) parameter\\(s\\)", text, &re, g))
		return false;
	size_t came = count_arguments(called_text(w));
	if (came)
		*out = arena_fmt(w->a, "function expected %.*s positional argument(s), but got %zu", STR_ARG(g[1]), came);
	return came;
}

/* The first line behind "RUNTIME ERROR: ". */
static struct str runtime_words(const struct words *w, struct str text)
{
	const struct regex *re;
	struct str groups[GROUPS + 1], words;
	struct arena *a = w->a;
	if (too_many(w, text, &words))
		return words;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		AUTO_BUF b = { 0 };
		if (!match(a, rules[i].pattern, text, &re, groups))
			continue;
		if (rules[i].words)
			return regex_replace(re, text, str_c(rules[i].words), REGEX_EXPAND, a);
		if (rules[i].make(groups, &b))
			return buf_to_arena(&b, a);
	}
	return text;
}

/* --- static errors: FILE:LINE:COLUMN-COLUMN Message, and the line --- */

static bool starts_with_any(struct str s, const char *const *starts)
{
	for (; *starts; starts++)
		if (str_starts(s, str_c(*starts)))
			return true;
	return false;
}

static struct str static_message(struct str s, struct arena *a)
{
	static const char *const keep_dot[] = { "can't", "no top-level", NULL };
	const struct regex *re;
	struct str groups[GROUPS + 1];
	if (!starts_with_any(s, keep_dot))
		s = str_drop_suffix(s, STR("."));
	/* A keyword is told without its kind. */
	if (match(a, "(.*)\\(([a-z]+), (\"[a-z]+\")\\)", s, &re, groups))
		s = arena_concat(a, groups[1], groups[3]);
	if (str_starts(s, STR("unterminated string")))
		return STR("Unterminated String");
	char *p = arena_cstr(a, s);
	if (*p >= 'a' && *p <= 'z')
		*p = (char)(*p - 'a' + 'A');
	return (struct str){ p, s.n };
}

/* Whether the place is one behind the last token: it has no extent. */
static bool has_extent(struct str message, const struct tanka_source *source, int64_t line, int64_t column)
{
	static const char *const lexer[] = { "unterminated", "text block", "multi-line comment", "couldn't lex", "could not lex", NULL };
	struct str rest = source->text;
	struct str text;
	for (int64_t i = 1; i < line; i++)
		if (!str_next_line(&rest, &text))
			return false;
	rest = str_slice(rest, (size_t)column - 1, rest.n);
	return str_trim(rest).n && !starts_with_any(message, lexer);
}

static struct str static_words(const struct words *w, struct str first)
{
	struct arena *a = w->a;
	const struct regex *re;
	struct str g[GROUPS + 1];
	int64_t line, column;
	AUTO_BUF b = { 0 };
	if (!match(a, "STATIC ERROR: (.*):(\\d+):(\\d+(?:-\\d+)?): (.*)", first, &re, g))
		return first;
	struct str from, to;
	bool is_range = str_cut(g[3], '-', &from, &to);
	if (!str_to_int(g[2], &line) || !str_to_int(from, &column) || column < 1)
		return first;
	const struct tanka_source *source = find_source(w, g[1]);
	if (!source)
		buf_add_c(&b, "RUNTIME ERROR: ");
	buf_addf(&b, "%.*s:%.*s:%.*s", STR_ARG(g[1]), STR_ARG(g[2]), STR_ARG(g[3]));
	/* Of another file the text is not at hand: what stands on one column is a token of one byte. */
	if (!is_range && (!source || has_extent(g[4], source, line, column)))
		buf_addf(&b, "-%lld", (long long)column + 1);
	struct str message = static_message(g[4], a);
	buf_addf(&b, " %.*s\n", STR_ARG(message));
	if (source)
		buf_addf(&b, "\n%.*s\n\n", STR_ARG(line_of(source->text, line)));
	else
		buf_add(&b, w->frames);
	return buf_to_arena(&b, a);
}

/* Frames that end in a program's own text are those of its evaluation, which Go says. */
static struct str name_phase(struct str frames, struct arena *a)
{
	static const struct str phases[] = { STR_INIT("During "), STR_INIT("Top-level "), STR_INIT("Checking ") };
	struct str body = str_drop_suffix(frames, STR("\n"));
	size_t at = str_rfind_char(body, '\n');
	struct str last = at == STR_NPOS ? body : str_slice(body, at + 1, body.n);
	if (!last.n)
		return frames;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++)
		if (str_starts(str_slice(last, 1, last.n), phases[i]))
			return frames;
	return arena_fmt(a, "%.*s%s\n\tDuring evaluation\t\n", STR_ARG(body), str_ends(last, STR("\t")) ? "$" : "");
}

struct str tanka_words(struct str message, const struct tanka_source *sources, size_t n, struct arena *a)
{
	struct words w = { .sources = sources, .n = n, .a = a };
	struct str first, prefix = STR("RUNTIME ERROR: ");
	/* The message may have several lines; a frame begins with a tab. */
	size_t at = str_find(message, STR("\n\t"));
	first = str_slice(message, 0, at == STR_NPOS ? message.n : at);
	w.frames = at == STR_NPOS ? STR("") : arena_fmt(a, "%.*s\n", STR_ARG(str_slice(message, at + 1, message.n)));
	if (str_starts(first, STR("STATIC ERROR: ")))
		return static_words(&w, first);
	if (!str_starts(first, prefix))
		return arena_fmt(a, "%.*s\n%.*s", STR_ARG(first), STR_ARG(w.frames));
	struct str words = runtime_words(&w, str_slice(first, prefix.n, first.n));
	w.frames = name_phase(w.frames, a);
	return arena_fmt(a, "%.*s%.*s\n%.*s", STR_ARG(prefix), STR_ARG(words), STR_ARG(w.frames));
}
