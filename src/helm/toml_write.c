/*
 * Within a table plain values come first, then tables and lists of tables, each part in order of keys; a list that is not made of tables alone
 * is written on one line, tables inside it too. Nulls are left out of tables and refused in lists.
 */
#include "base/num.h"
#include "base/utf8.h"
#include "helm/toml.h"

struct key {
	const struct key *up;
	struct str name;
};

struct writer {
	struct buf *out;
	size_t start; /* where the document begins in out */
	value_plain_fn *plain;
	void *plain_ctx;
	struct err *err;
};

static bool write_table(struct writer *w, struct value table, const struct key *key, int depth);

static void add_string(struct buf *out, struct str s)
{
	static const char short_escapes[] = "btnfr";
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = s.p[i];
		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c >= '\b' && c <= '\r' && c != '\v')
			buf_addf(out, "\\%c", short_escapes[c - '\b' - (c > '\v')]);
		else if (c < 0x20 || c == 0x7f)
			buf_addf(out, "\\u%04x", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static void add_key(struct buf *out, struct str s)
{
	bool bare = s.n > 0;
	for (size_t i = 0; i < s.n && bare; i++) {
		char c = s.p[i];
		bare = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
	}
	if (bare)
		buf_add(out, s);
	else
		add_string(out, s);
}

static void add_path(struct buf *out, const struct key *key)
{
	if (key->up) {
		add_path(out, key->up);
		buf_add_char(out, '.');
	}
	add_key(out, key->name);
}

static bool make_plain(struct writer *w, struct value *v)
{
	return !(v->type || v->kind == VAL_OBJECT) || !w->plain || w->plain(w->plain_ctx, v, w->err);
}

static bool is_table_list(struct value v)
{
	if (v.kind != VAL_LIST || !v.list->n)
		return false;
	for (size_t i = 0; i < v.list->n; i++)
		if (v.list->p[i].kind != VAL_MAP)
			return false;
	return true;
}

static bool is_table(struct value v)
{
	return v.kind == VAL_MAP || is_table_list(v);
}

static void add_float(struct buf *out, double f)
{
	size_t before = out->n;
	if (f != f || f - f != 0) {
		buf_add_c(out, f != f ? "nan" : f > 0 ? "inf" : "-inf");
		return;
	}
	num_add_float(out, f, 'f', -1);
	if (str_find_char((struct str){ out->p + before, out->n - before }, '.') == STR_NPOS)
		buf_add(out, STR(".0"));
}

static bool add_inline(struct writer *w, struct value v, int depth);

static bool add_inline_table(struct writer *w, struct value v, int depth)
{
	bool first = true;
	buf_add_char(w->out, '{');
	for (int tables = 0; tables < 2; tables++) {
		for (size_t i = 0; i < value_map_len(v); i++) {
			size_t at = map_sorted(v.map, i);
			struct value item = *value_map_at(v, at);
			if (!make_plain(w, &item))
				return false;
			if (item.kind == VAL_NULL || is_table(item) != (tables == 1))
				continue;
			buf_add_c(w->out, first ? "" : ", ");
			first = false;
			add_key(w->out, map_key(v.map, at));
			buf_add(w->out, STR(" = "));
			if (!add_inline(w, item, depth + 1))
				return false;
		}
	}
	buf_add_char(w->out, '}');
	return true;
}

static bool add_inline(struct writer *w, struct value v, int depth)
{
	if (depth > TOML_MAX_DEPTH)
		return err_set(w->err, ERR_LIMIT, "toml: nested deeper than %d", TOML_MAX_DEPTH);
	if (!make_plain(w, &v))
		return false;
	switch ((enum value_kind)v.kind) {
	case VAL_BOOL: buf_add_c(w->out, v.b ? "true" : "false"); return true;
	case VAL_INT: buf_addf(w->out, "%lld", (long long)v.i); return true;
	case VAL_FLOAT: add_float(w->out, v.f); return true;
	case VAL_STR: add_string(w->out, value_as_str(v)); return true;
	case VAL_MAP: return add_inline_table(w, v, depth);
	case VAL_NULL:
	case VAL_OBJECT: return err_set(w->err, ERR_SYNTAX, "toml: cannot encode array with nil element");
	case VAL_LIST: break;
	}
	buf_add_char(w->out, '[');
	for (size_t i = 0; i < v.list->n; i++) {
		buf_add_c(w->out, i ? ", " : "");
		if (!add_inline(w, v.list->p[i], depth + 1))
			return false;
	}
	buf_add_char(w->out, ']');
	return true;
}

static void indent(struct writer *w, int depth)
{
	buf_add_repeat(w->out, ' ', depth > 1 ? (size_t)(depth - 1) * 2 : 0);
}

/* An empty line, unless nothing was written yet. */
static void separate(struct writer *w)
{
	if (w->out->n > w->start)
		buf_add_char(w->out, '\n');
}

static bool write_item(struct writer *w, struct value v, const struct key *key, int depth)
{
	if (v.kind == VAL_MAP) {
		if (depth == 1)
			separate(w);
		indent(w, depth);
		buf_add_char(w->out, '[');
		add_path(w->out, key);
		buf_add(w->out, STR("]\n"));
		return write_table(w, v, key, depth);
	}
	if (!is_table_list(v)) {
		indent(w, depth);
		add_key(w->out, key->name);
		buf_add(w->out, STR(" = "));
		if (!add_inline(w, v, depth))
			return false;
		buf_add_char(w->out, '\n');
		return true;
	}
	for (size_t i = 0; i < v.list->n; i++) {
		separate(w);
		indent(w, depth);
		buf_add(w->out, STR("[["));
		add_path(w->out, key);
		buf_add(w->out, STR("]]\n"));
		if (!write_table(w, v.list->p[i], key, depth))
			return false;
	}
	return true;
}

static bool write_table(struct writer *w, struct value table, const struct key *key, int depth)
{
	if (depth > TOML_MAX_DEPTH)
		return err_set(w->err, ERR_LIMIT, "toml: nested deeper than %d", TOML_MAX_DEPTH);
	for (int tables = 0; tables < 2; tables++) {
		for (size_t i = 0; i < value_map_len(table); i++) {
			size_t at = map_sorted(table.map, i);
			struct key here = { key, map_key(table.map, at) };
			struct value v = *value_map_at(table, at);
			if (!make_plain(w, &v))
				return false;
			if (v.kind != VAL_NULL && is_table(v) == (tables == 1) && !write_item(w, v, &here, depth + 1))
				return false;
		}
	}
	return true;
}

bool toml_write(struct value v, value_plain_fn *plain, void *plain_ctx, struct buf *out, struct err *err)
{
	struct writer w = { out, out->n, plain, plain_ctx, err };
	if (!make_plain(&w, &v))
		return false;
	return v.kind == VAL_MAP ? write_table(&w, v, NULL, 0) : add_inline(&w, v, 0);
}
