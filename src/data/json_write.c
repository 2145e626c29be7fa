/*
 * One pass over the value into the buffer. The string loop copies runs of plain bytes at once: a table says which bytes stop it. Recursion
 * is capped at JSON_MAX_DEPTH, which also ends maps that hold themselves (a template can build such).
 */
#include "data/json.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"

struct writer {
	const struct json_write_options *options;
	struct buf *out;
	uint32_t depth;
	struct err *err;
};

/* Bytes that may not stand for themselves in a string; 2: only where HTML is escaped. */
static const uint8_t stops[256] = {
	[0 ... 0x1f] = 1, ['"'] = 1, ['\\'] = 1, ['<'] = 2, ['>'] = 2, ['&'] = 2, [0x80 ... 0xff] = 1,
};

static void add_escaped(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"': case '\\': buf_addf(out, "\\%c", c); break;
	case '\b': buf_add_c(out, "\\b"); break;
	case '\f': buf_add_c(out, "\\f"); break;
	case '\n': buf_add_c(out, "\\n"); break;
	case '\r': buf_add_c(out, "\\r"); break;
	case '\t': buf_add_c(out, "\\t"); break;
	default: buf_addf(out, "\\u%04x", c); break;
	}
}

/* Adds the code point at s.p and returns its length. Line separators are escaped for JavaScript's sake, bad bytes are U+FFFD's escape. */
static size_t add_wide(struct buf *out, struct str s)
{
	uint32_t rune;
	size_t n = utf8_decode(s, &rune);
	if (rune == UTF8_BAD && n == 1)
		buf_add_c(out, "\\ufffd");
	else if (rune == 0x2028 || rune == 0x2029)
		buf_addf(out, "\\u%04x", rune);
	else
		buf_add_bytes(out, s.p, n);
	return n;
}

void json_write_str(struct str s, enum json_html html, struct buf *out)
{
	const uint8_t level = html == JSON_HTML_ESCAPED ? 1 : 2;
	buf_reserve(out, s.n + 2);
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n;) {
		size_t run = i;
		while (run < s.n && (!stops[(unsigned char)s.p[run]] || stops[(unsigned char)s.p[run]] > (3 - level)))
			run++;
		buf_add_bytes(out, s.p + i, run - i);
		i = run;
		if (i == s.n)
			break;
		if ((unsigned char)s.p[i] < 0x80)
			add_escaped(out, (unsigned char)s.p[i++]);
		else
			i += add_wide(out, str_slice(s, i, s.n));
	}
	buf_add_char(out, '"');
}

void json_write_float(double v, struct buf *out)
{
	double size = fabs(v);
	if (size == 0 || (size >= 1e-6 && size < 1e21)) {
		if (size < 1e15 && size == (double)(int64_t)size && (size != 0 || !signbit(v)))
			buf_addf(out, "%lld", (long long)v);
		else
			num_add_float(out, v, 'f', -1);
		return;
	}
	num_add_float(out, v, 'e', -1);
	/* e-09 becomes e-9. */
	char *tail = out->p + out->n - 4;
	if (tail[0] == 'e' && tail[1] == '-' && tail[2] == '0') {
		tail[2] = tail[3];
		out->n--;
	}
}

static bool write_value(struct writer *w, struct value v);

static void line(struct writer *w)
{
	if (!w->options->indent)
		return;
	buf_add_char(w->out, '\n');
	if (w->options->prefix)
		buf_add_c(w->out, w->options->prefix);
	for (uint32_t i = 0; i < w->depth; i++)
		buf_add_c(w->out, w->options->indent);
}

static bool enter(struct writer *w)
{
	if (++w->depth > JSON_MAX_DEPTH)
		return err_set(w->err, ERR_LIMIT, "json: value nested deeper than %d levels, or holding itself", JSON_MAX_DEPTH);
	return true;
}

static bool write_list(struct writer *w, const struct list *list)
{
	if (!enter(w))
		return false;
	buf_add_char(w->out, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_add_char(w->out, ',');
		line(w);
		if (!write_value(w, list->p[i]))
			return false;
	}
	w->depth--;
	if (list->n)
		line(w);
	buf_add_char(w->out, ']');
	return true;
}

static bool write_map(struct writer *w, struct map *map, enum json_order order)
{
	if (!enter(w))
		return false;
	buf_add_char(w->out, '{');
	for (size_t i = 0; i < map_len(map); i++) {
		size_t entry = order == JSON_SORTED ? map_sorted(map, i) : i;
		if (i)
			buf_add_char(w->out, ',');
		line(w);
		json_write_str(map_key(map, entry), w->options->html, w->out);
		buf_add_c(w->out, w->options->indent ? ": " : ":");
		if (!write_value(w, *(struct value *)map_at(map, entry)))
			return false;
	}
	w->depth--;
	if (map_len(map))
		line(w);
	buf_add_char(w->out, '}');
	return true;
}

static bool write_float(struct writer *w, double v)
{
	if (isfinite(v)) {
		json_write_float(v, w->out);
		return true;
	}
	return err_set(w->err, ERR_SYNTAX, "json: unsupported value: %s", isnan(v) ? "NaN" : v < 0 ? "-Inf" : "+Inf");
}

static bool write_value(struct writer *w, struct value v)
{
	bool is_struct = v.kind == VAL_OBJECT;
	if (w->options->plain && (v.kind == VAL_OBJECT || v.type || v.extra) && !w->options->plain(w->options->plain_ctx, &v, w->err))
		return false;
	switch ((enum value_kind)v.kind) {
	case VAL_OBJECT:
	case VAL_NULL: buf_add_c(w->out, "null"); return true;
	case VAL_BOOL: buf_add_c(w->out, v.b ? "true" : "false"); return true;
	case VAL_INT: buf_addf(w->out, "%lld", (long long)v.i); return true;
	case VAL_FLOAT: return write_float(w, v.f);
	case VAL_STR: json_write_str(value_as_str(v), w->options->html, w->out); return true;
	case VAL_LIST: return write_list(w, v.list);
	/* Fields of a struct stand as Go declares them. */
	case VAL_MAP: return write_map(w, v.map, is_struct ? JSON_INSERTED : w->options->order);
	}
	return true;
}

bool json_write(struct value v, const struct json_write_options *options, struct buf *out, struct err *err)
{
	static const struct json_write_options none = { 0 };
	struct writer w = { .options = options ? options : &none, .out = out, .err = err };
	size_t before = out->n;
	if (write_value(&w, v))
		return true;
	out->n = before;
	return false;
}
