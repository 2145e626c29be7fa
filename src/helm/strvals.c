/*
 * A scanner that stops at one of a set of bytes, and a parser that recurses at `.` and `[`: into a table (parse_key) or a list (parse_item). A
 * key ends the recursion with a value, and the caller goes on with the next key behind the comma.
 *
 * Reaching the end of the text is no error for the grammar, but it ends all levels at once, as in Helm: hence the three outcomes of
 * enum outcome. The oddities (an empty key is read and dropped; `a={}` is a list with one empty string) are Helm's, too.
 */
#include "helm/strvals.h"

#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/utf8.h"
#include "data/json.h"
#include "gotmpl/gofmt.h"
#include "text/unicode.h"

enum outcome { DONE, ENDED, FAILED };

struct parser {
	const struct strvals_options *options;
	struct arena *a;
	struct str rest;
	struct err *err;
};

static enum outcome fail(struct parser *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
static enum outcome fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	err_vset(p->err, ERR_SYNTAX, fmt, ap);
	va_end(ap);
	return FAILED;
}

static const char *quoted(struct parser *p, struct str s)
{
	AUTO_BUF b = { 0 };
	gofmt_quote(&b, s);
	return buf_to_arena(&b, p->a).p;
}

static enum outcome parse_key(struct parser *p, struct value table, int depth);
static enum outcome parse_item(struct parser *p, struct list *list, int64_t i, int depth);

static bool is_literal(const struct parser *p)
{
	return p->options->form == STRVALS_LITERAL;
}

/* Reads up to one of `stops`, which it takes and returns; 0 at the end. A backslash takes the next character as it is, except in literals. */
static char scan(struct parser *p, const char *stops, struct str *out)
{
	AUTO_BUF b = { 0 };
	char stop = 0;
	size_t i = 0;
	while (i < p->rest.n) {
		char c = p->rest.p[i++];
		if (c && strchr(stops, c)) {
			stop = c;
			break;
		}
		if (c != '\\' || is_literal(p)) {
			buf_add_char(&b, c);
		} else if (i < p->rest.n) {
			buf_add_char(&b, p->rest.p[i++]);
		}
	}
	p->rest = str_slice(p->rest, i, p->rest.n);
	*out = buf_to_arena(&b, p->a);
	return stop;
}

static void set(struct value table, struct str key, struct value v)
{
	if (key.n)
		value_map_set(table, key, v);
}

/* ---- Values ---- */

static struct value typed(struct str s)
{
	int64_t i;
	if (str_eq_nocase(s, STR("true")))
		return value_bool(true);
	if (str_eq_nocase(s, STR("false")))
		return value_bool(false);
	if (str_eq_nocase(s, STR("null")))
		return value_null();
	if (str_eq(s, STR("0")))
		return value_int(0);
	if (s.n && s.p[0] != '0' && num_parse_int(s, 10, &i))
		return value_int(i);
	return value_str(s);
}

static enum outcome make_value(struct parser *p, struct str s, struct value *out)
{
	struct str text;
	switch (p->options->form) {
	case STRVALS_TYPED:
		*out = typed(s);
		return DONE;
	case STRVALS_FILE:
		if (!p->options->read(p->options->ctx, s, p->a, &text, p->err))
			return FAILED;
		*out = value_str(text);
		return DONE;
	default:
		*out = value_str(s);
		return DONE;
	}
}

/* {a,b,c}, whose { has been taken. */
static enum outcome parse_list(struct parser *p, struct value *out)
{
	struct value list = value_list_new(p->a), item;
	struct str s;
	char stop;
	do {
		stop = scan(p, ",}", &s);
		if (!stop)
			return fail(p, "list must terminate with '}'");
		if (make_value(p, s, &item) == FAILED)
			return FAILED;
		value_list_add(list, item, p->a);
	} while (stop != '}');
	if (p->rest.n && p->rest.p[0] == ',')
		p->rest = str_slice(p->rest, 1, p->rest.n);
	*out = list;
	return DONE;
}

/* Takes white space and a comma; true if nothing else stood before the next value. */
static bool skip_empty(struct parser *p)
{
	while (p->rest.n) {
		uint32_t rune;
		size_t n = utf8_decode(p->rest, &rune);
		if (rune != ',' && !unicode_is_space(rune))
			return false;
		p->rest = str_slice(p->rest, n, p->rest.n);
		if (rune == ',')
			return true;
	}
	return true;
}

/* Length of the JSON value at the beginning of s, as far as brackets and quotes tell; the JSON reader judges it. */
static size_t json_length(struct str s)
{
	size_t i = 0, depth = 0;
	bool in_string = false;
	while (i < s.n && strchr(" \t\r\n", s.p[i]))
		i++;
	for (; i < s.n; i++) {
		char c = s.p[i];
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"' && (in_string = false, !depth))
				return i + 1;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth <= 1)
				return depth ? i + 1 : i;
			depth--;
		} else if (!depth && strchr(", \t\r\n", c)) {
			return i;
		}
	}
	return s.n;
}

static enum outcome parse_json_value(struct parser *p, struct value *out)
{
	*out = value_null();
	if (skip_empty(p))
		return DONE;
	size_t n = MIN(json_length(p->rest), p->rest.n);
	if (!json_parse(str_slice(p->rest, 0, n), NULL, p->a, out, p->err))
		return FAILED;
	p->rest = str_slice(p->rest, n, p->rest.n);
	skip_empty(p);
	return DONE;
}

/* What stands behind `=`. ENDED: nothing did. */
static enum outcome parse_value(struct parser *p, struct value *out)
{
	struct str s;
	if (p->options->form == STRVALS_JSON)
		return parse_json_value(p, out);
	if (is_literal(p)) {
		scan(p, "", &s);
		*out = value_str(s);
		return DONE;
	}
	if (!p->rest.n) {
		*out = value_str(STR(""));
		return ENDED;
	}
	if (p->rest.p[0] == '{') {
		p->rest = str_slice(p->rest, 1, p->rest.n);
		return parse_list(p, out);
	}
	scan(p, ",", &s);
	return make_value(p, s, out);
}

/* ---- Keys ---- */

static const char *go_type(struct value v)
{
	static const char *const names[] = { "nil", "bool", "int64", "float64", "string", "[]interface {}", "map[string]interface {}", "object" };
	return names[v.kind];
}

static enum outcome wrong_type(struct parser *p, struct value v, const char *want)
{
	return fail(p, "unable to parse key: interface conversion: interface {} is %s, not %s", go_type(v), want);
}

/* The number between [ and ], whose [ has been taken. */
static enum outcome parse_index(struct parser *p, int64_t *out)
{
	struct str s;
	if (!scan(p, "]", &s))
		return fail(p, "error parsing index: EOF");
	if (num_parse_int(s, 10, out))
		return DONE;
	bool digits = s.n > 0;
	for (size_t i = 0; i < s.n; i++)
		digits = digits && ((s.p[i] >= '0' && s.p[i] <= '9') || (i == 0 && s.n > 1 && strchr("+-", s.p[i])));
	return fail(p, "error parsing index: strconv.Atoi: parsing %s: %s", quoted(p, s), digits ? "value out of range" : "invalid syntax");
}

static enum outcome set_index(struct parser *p, struct list *list, int64_t i, struct value v)
{
	if (i > STRVALS_MAX_INDEX)
		return fail(p, "index of %lld is greater than maximum supported index of %d", (long long)i, STRVALS_MAX_INDEX);
	struct value as_value = { .kind = VAL_LIST, .list = list };
	while (list->n <= (size_t)i)
		value_list_add(as_value, (struct value){ .kind = VAL_NULL }, p->a);
	list->p[i] = v;
	return DONE;
}

static enum outcome parse_key_list(struct parser *p, struct value table, struct str key, int depth)
{
	int64_t i;
	if (parse_index(p, &i) == FAILED)
		return FAILED;
	struct value list = value_list_new(p->a);
	struct value *has = value_map_get(table, key);
	if (has && has->kind != VAL_LIST)
		return wrong_type(p, *has, "[]interface {}");
	if (has)
		list = *has;
	enum outcome result = parse_item(p, list.list, i, depth);
	set(table, key, list);
	return result;
}

static enum outcome parse_key_table(struct parser *p, struct value table, struct str key, int depth)
{
	if (depth + 1 > STRVALS_MAX_DEPTH)
		return fail(p, "value name nested level is greater than maximum supported nested level of %d", STRVALS_MAX_DEPTH);
	struct value inner = value_map_new(p->a);
	struct value *has = value_map_get(table, key);
	if (has && has->kind != VAL_MAP)
		return wrong_type(p, *has, "map[string]interface {}");
	if (has)
		inner = *has;
	enum outcome result = parse_key(p, inner, depth + 1);
	if (result == DONE && !value_map_len(inner))
		return fail(p, "key map %s has no value", quoted(p, key));
	if (value_map_len(inner))
		set(table, key, inner);
	return result;
}

/* One KEY=VALUE, of which `table` gets the value. ENDED: the text was at its end. */
static enum outcome parse_key(struct parser *p, struct value table, int depth)
{
	struct str key;
	struct value v;
	enum outcome result;
	switch (scan(p, is_literal(p) ? "=[." : "=[,.", &key)) {
	case '=':
		result = parse_value(p, &v);
		if (result != FAILED)
			set(table, key, v);
		return result;
	case '[':
		return parse_key_list(p, table, key, depth);
	case '.':
		return parse_key_table(p, table, key, depth);
	case ',':
		return fail(p, "key %s has no value (cannot end with ,)", quoted(p, key));
	default:
		return key.n ? fail(p, "key %s has no value", quoted(p, key)) : ENDED;
	}
}

/* ---- Lists ---- */

static enum outcome parse_item_list(struct parser *p, struct list *list, int64_t i, int depth)
{
	int64_t next;
	if (parse_index(p, &next) == FAILED)
		return FAILED;
	struct value inner = value_list_new(p->a);
	if ((size_t)i < list->n && list->p[i].kind != VAL_NULL) {
		if (list->p[i].kind != VAL_LIST)
			return wrong_type(p, list->p[i], "[]interface {}");
		inner = list->p[i];
	}
	enum outcome result = parse_item(p, inner.list, next, depth + 1);
	return result == DONE ? set_index(p, list, i, inner) : result;
}

static enum outcome parse_item_table(struct parser *p, struct list *list, int64_t i, int depth)
{
	struct value inner = value_map_new(p->a);
	if ((size_t)i < list->n && list->p[i].kind == VAL_MAP)
		inner = list->p[i];
	else if ((size_t)i < list->n)
		list->p[i] = inner;
	enum outcome result = parse_key(p, inner, depth);
	return result == DONE ? set_index(p, list, i, inner) : result;
}

static enum outcome bad_index_end(struct parser *p, struct str key)
{
	AUTO_BUF b = { 0 };
	while (key.n) {
		uint32_t rune;
		size_t n = utf8_decode(key, &rune);
		struct value v = { .kind = VAL_INT, .i = rune };
		if (b.n)
			buf_add_char(&b, ' ');
		gofmt_printf(&b, NULL, STR("%q"), &v, 1);
		key = str_slice(key, n, key.n);
	}
	return fail(p, "unexpected data at end of array index: [%.*s]", STR_ARG(buf_str(&b)));
}

/* What stands behind [i]. */
static enum outcome parse_item(struct parser *p, struct list *list, int64_t i, int depth)
{
	struct str key;
	struct value v;
	enum outcome result;
	if (i < 0)
		return fail(p, "negative %lld index not allowed", (long long)i);
	if (depth > STRVALS_MAX_DEPTH * 2)
		return fail(p, "list index nested level is greater than maximum supported nested level of %d", STRVALS_MAX_DEPTH * 2);
	char stop = scan(p, "[.=", &key);
	if (key.n)
		return bad_index_end(p, key);
	switch (stop) {
	case '=':
		result = parse_value(p, &v);
		return result == FAILED ? FAILED : set_index(p, list, i, v);
	case '[':
		return parse_item_list(p, list, i, depth);
	case '.':
		return parse_item_table(p, list, i, depth);
	default:
		return ENDED;
	}
}

bool strvals_parse(struct str text, const struct strvals_options *options, struct arena *a, struct value table, struct err *err)
{
	struct parser p = { options, a, text, err };
	enum outcome result;
	do {
		result = parse_key(&p, table, 0);
	} while (result == DONE);
	return result == ENDED;
}
