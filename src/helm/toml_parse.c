/*
 * A recursive descent over the bytes. Which tables may still be given keys is kept apart from the values, in sets of containers: a table that was named by a
 * header must not be named again, one that an inline table or list made must not be opened at all.
 */
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "gotmpl/gofmt.h"
#include "helm/toml.h"

struct parser {
	struct str text;
	size_t at;
	struct arena *a;
	struct err *err;
	struct str last_key; /* whose value is being read, for messages */
	struct map headers;  /* tables that had a header, by address */
	struct map closed;   /* inline tables and lists of values, by address */
};

static uint32_t line_at(const struct parser *p)
{
	uint32_t line = 1;
	for (size_t i = 0; i < p->at && i < p->text.n; i++)
		line += p->text.p[i] == '\n';
	return line;
}

static bool fail(struct parser *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
static bool fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	err_vset(p->err, ERR_SYNTAX, fmt, ap);
	va_end(ap);
	if (p->last_key.p)
		return err_wrap(p->err, "toml: line %u (last key \"%.*s\")", line_at(p), STR_ARG(p->last_key));
	return err_wrap(p->err, "toml: line %u", line_at(p));
}

static int peek(const struct parser *p)
{
	return p->at < p->text.n ? (unsigned char)p->text.p[p->at] : -1;
}

static bool take(struct parser *p, struct str s)
{
	if (!str_starts(str_slice(p->text, p->at, p->text.n), s))
		return false;
	p->at += s.n;
	return true;
}

static void skip_blanks(struct parser *p)
{
	while (peek(p) == ' ' || peek(p) == '\t')
		p->at++;
}

static void skip_comment(struct parser *p)
{
	if (peek(p) == '#')
		while (peek(p) >= 0 && peek(p) != '\n')
			p->at++;
}

/* White space, newlines and comments. */
static void skip_lines(struct parser *p)
{
	for (;;) {
		skip_blanks(p);
		skip_comment(p);
		if (peek(p) != '\n' && peek(p) != '\r')
			return;
		p->at++;
	}
}

/* The next character in quotes, as messages show it. */
static const char *shown(struct parser *p)
{
	AUTO_BUF b = { 0 };
	uint32_t rune = 0;
	if (p->at < p->text.n)
		utf8_decode(str_slice(p->text, p->at, p->text.n), &rune);
	struct value v = { .kind = VAL_INT, .i = rune };
	gofmt_printf(&b, NULL, STR("%q"), &v, 1);
	return buf_to_arena(&b, p->a).p;
}

/* ---- Strings ---- */

static bool add_escape(struct parser *p, struct buf *b)
{
	static const char names[] = "btnfr\"\\e", values[] = "\b\t\n\f\r\"\\\x1b";
	int c = peek(p);
	const char *known = c > 0 ? strchr(names, c) : NULL;
	int digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
	if (known) {
		p->at++;
		buf_add_char(b, values[known - names]);
		return true;
	}
	if (!digits)
		return fail(p, "invalid escape in string '\\%c'", c > 0 ? c : ' ');
	uint32_t rune = 0;
	p->at++;
	for (int i = 0; i < digits; i++, p->at++) {
		c = peek(p);
		if (c >= '0' && c <= '9')
			rune = rune * 16 + (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			rune = rune * 16 + (uint32_t)((c | 32) - 'a' + 10);
		else
			return fail(p, "expected %d hexadecimal digits after '\\%c'", digits, digits == 4 ? 'u' : 'U');
	}
	buf_add_rune(b, rune);
	return true;
}

/* Behind a backslash at the end of a line of a long string: the newline and all white space after it. False if there is none. */
static bool skip_line_end(struct parser *p)
{
	size_t from = p->at;
	skip_blanks(p);
	if (peek(p) != '\n' && peek(p) != '\r') {
		p->at = from;
		return false;
	}
	while (peek(p) == '\n' || peek(p) == '\r' || peek(p) == ' ' || peek(p) == '\t')
		p->at++;
	return true;
}

/* A string whose opening `quote` was seen; keys may not span lines. */
static bool parse_string(struct parser *p, struct str *out)
{
	char quote = (char)peek(p);
	char triple[4] = { quote, quote, quote, 0 };
	bool is_long = take(p, str_c(triple));
	AUTO_BUF b = { 0 };
	if (!is_long)
		p->at++;
	else if (!take(p, STR("\n")))
		(void)take(p, STR("\r\n"));
	for (;;) {
		int c = peek(p);
		if (c < 0)
			return fail(p, "unexpected EOF; expected '%s'", is_long ? triple : (quote == '"' ? "\"" : "'"));
		if (c == '\n' && !is_long)
			return fail(p, "strings cannot contain newlines");
		if (is_long ? take(p, str_c(triple)) : take(p, (struct str){ &quote, 1 }))
			break;
		p->at++;
		if (c == '\\' && quote == '"') {
			if (!(is_long && skip_line_end(p)) && !add_escape(p, &b))
				return false;
		} else {
			buf_add_char(&b, (char)c);
		}
	}
	/* Up to two quotes may stand before the closing three. */
	for (int i = 0; is_long && i < 2 && peek(p) == quote; i++, p->at++)
		buf_add_char(&b, quote);
	*out = buf_to_arena(&b, p->a);
	return true;
}

/* ---- Values ---- */

static bool parse_value(struct parser *p, struct value *out, int depth);
static bool parse_pair(struct parser *p, struct value table, int depth);

static void close_container(struct parser *p, const void *container)
{
	map_put(&p->closed, arena_fmt(p->a, "%p", container));
}

static bool is_closed(struct parser *p, const void *container)
{
	return map_has(&p->closed, arena_fmt(p->a, "%p", container));
}

static bool parse_array(struct parser *p, struct value *out, int depth)
{
	struct value list = value_list_new(p->a), item;
	p->at++;
	for (;;) {
		skip_lines(p);
		if (take(p, STR("]")))
			break;
		if (!parse_value(p, &item, depth + 1))
			return false;
		value_list_add(list, item, p->a);
		skip_lines(p);
		if (take(p, STR("]")))
			break;
		if (!take(p, STR(",")))
			return fail(p, "expected a comma (',') or array terminator (']'), but got %s", peek(p) < 0 ? "end of file" : shown(p));
	}
	close_container(p, list.list);
	*out = list;
	return true;
}

static bool parse_inline_table(struct parser *p, struct value *out, int depth)
{
	struct value table = value_map_new(p->a);
	p->at++;
	skip_blanks(p);
	while (!take(p, STR("}"))) {
		if (!parse_pair(p, table, depth + 1))
			return false;
		skip_blanks(p);
		if (take(p, STR("}")))
			break;
		if (!take(p, STR(",")))
			return fail(p, "expected a comma (',') or inline table terminator ('}'), but got %s",
				    peek(p) < 0 ? "end of file" : shown(p));
		skip_blanks(p);
	}
	close_container(p, table.map);
	*out = table;
	return true;
}

static bool is_date(struct str s)
{
	return (s.n >= 10 && s.p[4] == '-' && s.p[7] == '-') || (s.n >= 8 && s.p[2] == ':' && s.p[5] == ':');
}

static struct str without_underscores(struct parser *p, struct str s)
{
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '_')
			buf_add_char(&b, s.p[i]);
	return buf_to_arena(&b, p->a);
}

static bool has_leading_zero(struct str digits)
{
	if (digits.n && (digits.p[0] == '+' || digits.p[0] == '-'))
		digits = str_slice(digits, 1, digits.n);
	return digits.n > 1 && digits.p[0] == '0' && digits.p[1] >= '0' && digits.p[1] <= '9';
}

static bool parse_number(struct parser *p, struct str word, struct value *out)
{
	struct str digits = without_underscores(p, word), unsigned_digits = str_drop_prefix(str_drop_prefix(digits, STR("+")), STR("-"));
	int64_t i;
	double f;
	bool based = str_starts(digits, STR("0x")) || str_starts(digits, STR("0o")) || str_starts(digits, STR("0b"));
	bool all_digits = unsigned_digits.n > 0;
	for (size_t k = 0; k < unsigned_digits.n; k++)
		all_digits = all_digits && unsigned_digits.p[k] >= '0' && unsigned_digits.p[k] <= '9';
	if (all_digits && has_leading_zero(digits))
		return fail(p, "Invalid integer \"%.*s\": cannot have leading zeroes", STR_ARG(word));
	if ((based && num_parse_int(digits, 0, &i)) || (all_digits && num_parse_int(digits, 10, &i))) {
		*out = value_int(i);
		return true;
	}
	if (all_digits)
		return fail(p, "%.*s is out of range for int64", STR_ARG(word));
	if (!based && num_parse_float(digits, &f)) {
		*out = value_float(f);
		return true;
	}
	return fail(p, "expected value but found \"%.*s\" instead", STR_ARG(word));
}

static bool parse_bare_value(struct parser *p, struct value *out)
{
	size_t from = p->at;
	while (peek(p) >= 0 && !strchr(" \t\r\n,]}#=", peek(p)))
		p->at++;
	struct str word = str_slice(p->text, from, p->at);
	if (!word.n && peek(p) < 0)
		return fail(p, "unexpected EOF; expected value");
	if (!word.n)
		return fail(p, "expected value but found %s instead", shown(p));
	if (str_eq(word, STR("true")) || str_eq(word, STR("false"))) {
		*out = value_bool(word.n == 4);
		return true;
	}
	if (!is_date(word))
		return parse_number(p, word, out);
	/* A blank may stand for the T between date and time. */
	if (word.n == 10 && peek(p) == ' ' && p->at + 1 < p->text.n && p->text.p[p->at + 1] >= '0' && p->text.p[p->at + 1] <= '9') {
		for (p->at++; peek(p) >= 0 && !strchr(" \t\r\n,]}#", peek(p));)
			p->at++;
		word = arena_str(p->a, str_slice(p->text, from, p->at));
		((char *)word.p)[10] = 'T';
	}
	*out = value_str(word);
	return true;
}

static bool parse_value(struct parser *p, struct value *out, int depth)
{
	struct str s;
	if (depth > TOML_MAX_DEPTH)
		return err_set(p->err, ERR_LIMIT, "toml: nested deeper than %d", TOML_MAX_DEPTH);
	switch (peek(p)) {
	case '"':
	case '\'':
		if (!parse_string(p, &s))
			return false;
		*out = value_str(s);
		return true;
	case '[': return parse_array(p, out, depth);
	case '{': return parse_inline_table(p, out, depth);
	default: return parse_bare_value(p, out);
	}
}

/* ---- Keys and tables ---- */

static bool is_bare(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool parse_key_part(struct parser *p, struct str *out)
{
	size_t from = p->at;
	if (peek(p) == '"' || peek(p) == '\'')
		return parse_string(p, out);
	while (is_bare(peek(p)))
		p->at++;
	*out = str_slice(p->text, from, p->at);
	if (!out->n && (peek(p) == '=' || peek(p) == '.' || peek(p) == ']'))
		return fail(p, "unexpected %s: key name appears blank", shown(p));
	if (!out->n)
		return fail(p, "bare keys cannot contain %s", shown(p));
	return true;
}

/* The table under `key`, made where it is missing; of a list of tables the last one. */
static bool enter(struct parser *p, struct value *table, struct str key)
{
	struct value *has = value_map_get(*table, key);
	struct value next;
	if (!has) {
		next = value_map_new(p->a);
		value_map_set(*table, key, next);
	} else if (has->kind == VAL_LIST && has->list->n && !is_closed(p, has->list)) {
		next = has->list->p[has->list->n - 1];
	} else {
		next = *has;
	}
	if (next.kind != VAL_MAP || is_closed(p, next.map))
		return fail(p, "Key '%.*s' has already been defined.", STR_ARG(key));
	*table = next;
	return true;
}

/* a.b.c: enters a and b, gives c. */
static bool parse_key(struct parser *p, struct value *table, struct str *last)
{
	int depth = 0;
	for (;;) {
		skip_blanks(p);
		if (!parse_key_part(p, last))
			return false;
		skip_blanks(p);
		if (peek(p) != '.')
			return true;
		p->at++;
		if (++depth > TOML_MAX_DEPTH)
			return err_set(p->err, ERR_LIMIT, "toml: nested deeper than %d", TOML_MAX_DEPTH);
		if (!enter(p, table, *last))
			return false;
	}
}

static bool parse_pair(struct parser *p, struct value table, int depth)
{
	struct str key;
	struct value v;
	struct str outer = p->last_key;
	p->last_key = STR_NONE;
	if (!parse_key(p, &table, &key))
		return false;
	if (peek(p) < 0)
		return fail(p, "unexpected EOF; expected key separator '='");
	if (peek(p) != '=')
		return fail(p, "expected '.' or '=', but got %s instead", shown(p));
	p->at++;
	p->last_key = key;
	skip_blanks(p);
	if (!parse_value(p, &v, depth))
		return false;
	if (value_map_get(table, key))
		return fail(p, "Key '%.*s' has already been defined.", STR_ARG(key));
	value_map_set(table, key, v);
	p->last_key = outer;
	return true;
}

static bool parse_header(struct parser *p, struct value root, struct value *table)
{
	struct str last;
	bool is_list = take(p, STR("[["));
	*table = root;
	if (!is_list)
		p->at++;
	p->last_key = STR_NONE;
	if (!parse_key(p, table, &last))
		return false;
	if (!take(p, is_list ? STR("]]") : STR("]")))
		return fail(p, "expected '.' or ']' to end table name, but got %s instead", shown(p));
	if (!is_list) {
		if (!enter(p, table, last))
			return false;
		struct str id = arena_fmt(p->a, "%p", (void *)table->map);
		if (map_has(&p->headers, id))
			return fail(p, "Key '%.*s' has already been defined.", STR_ARG(last));
		map_put(&p->headers, id);
		return true;
	}
	struct value *has = value_map_get(*table, last);
	if (has && (has->kind != VAL_LIST || is_closed(p, has->list)))
		return fail(p, "Key '%.*s' has already been defined.", STR_ARG(last));
	struct value list = has ? *has : value_list_new(p->a);
	if (!has)
		value_map_set(*table, last, list);
	*table = value_map_new(p->a);
	value_list_add(list, *table, p->a);
	return true;
}

bool toml_parse(struct str text, struct arena *a, struct value *out, struct err *err)
{
	struct parser p = { .text = text, .a = a, .err = err };
	struct value root = value_map_new(a), table = root;
	map_init(&p.headers, 0, a);
	map_init(&p.closed, 0, a);
	for (skip_lines(&p); peek(&p) >= 0; skip_lines(&p)) {
		if (peek(&p) == '[' ? !parse_header(&p, root, &table) : !parse_pair(&p, table, 0))
			return false;
		skip_blanks(&p);
		skip_comment(&p);
		if (peek(&p) >= 0 && peek(&p) != '\n' && peek(&p) != '\r')
			return fail(&p, "expected a top-level item to end with a newline, comment, or EOF, but got %s instead", shown(&p));
	}
	*out = root;
	return true;
}
