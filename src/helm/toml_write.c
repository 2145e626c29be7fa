/*
 * Within a table plain values come first, then tables and lists of tables, each part in order of keys, or for a Go struct in order of its fields;
 * a list that is not made of tables alone is written on one line, tables inside it too. Nulls are left out of tables and refused in lists.
 */
#include "base/enc.h"
#include "base/num.h"
#include "base/utf8.h"
#include "gotmpl/gofmt.h"
#include "helm/objects.h"
#include "helm/toml.h"

struct key {
	const struct key *up;
	struct str name;
};

struct writer {
	struct buf *out;
	size_t start; /* where the document begins in out */
	struct arena *a;
	struct err *err;
};

/* What a table holds, in the order in which it is written. */
struct entry {
	struct str name;
	struct value v;
	bool comma; /* follows it in an inline table */
};
typedef VEC(struct entry) entries;

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

/* An object that marshals itself as a text (a version, a time): its text, else STR_NONE. */
static struct str as_text(const struct writer *w, struct value v)
{
	if (v.kind != VAL_OBJECT || !v.object->ops->plain)
		return STR_NONE;
	struct value plain = v.object->ops->plain(v.object, w->a);
	return plain.kind == VAL_STR ? value_as_str(plain) : STR_NONE;
}

static bool is_nil(struct value v)
{
	return v.kind == VAL_NULL || (v.kind != VAL_OBJECT && v.extra & GO_NIL);
}

static bool is_single_table(const struct writer *w, struct value v)
{
	return !is_nil(v) && (v.kind == VAL_MAP || (v.kind == VAL_OBJECT && !as_text(w, v).p));
}

static bool is_table(const struct writer *w, struct value v)
{
	if (v.kind != VAL_LIST || is_nil(v) || !v.list->n)
		return is_single_table(w, v);
	for (size_t i = 0; i < v.list->n; i++)
		if (!is_single_table(w, v.list->p[i]))
			return false;
	return true;
}

/* ---- What a table holds ---- */

/* The fields under their Go names, those of an embedded struct as if they were the struct's own. The library puts commas by the place of the outermost
 * field (`outer`), not by what is written: `total` is the place after which there is none. */
static void add_fields(struct writer *w, const struct object *o, const size_t *outer, size_t total, bool tables, entries *out)
{
	for (size_t i = 0; i < o->ops->field_count; i++) {
		const struct go_field *f = &o->ops->fields[i];
		struct value v = o->ops->field(o, i, w->a);
		size_t place = outer ? *outer : i;
		if (f->embedded && v.kind == VAL_OBJECT)
			add_fields(w, v.object, &place, total, tables, out);
		else if (go_field_exported(f) && is_table(w, v) == tables && !is_nil(v))
			vec_push_in(out, w->a, (struct entry){ f->name, v, place + 1 != total });
	}
}

static size_t count_fields(struct writer *w, const struct object *o)
{
	size_t n = 0;
	for (size_t i = 0; i < o->ops->field_count; i++) {
		struct value v = o->ops->field(o, i, w->a);
		n += o->ops->fields[i].embedded && v.kind == VAL_OBJECT ? count_fields(w, v.object) : go_field_exported(&o->ops->fields[i]);
	}
	return n;
}

/* The items of one part; nulls take part in the count for the commas. */
static void add_items(struct writer *w, struct map *map, bool tables, entries *out)
{
	size_t last = STR_NPOS, more = 0;
	for (size_t i = 0; i < map_len(map); i++) {
		size_t at = map_sorted(map, i);
		struct value v = *(struct value *)map_at(map, at);
		if (is_table(w, v) != tables) {
			more += !tables;
			continue;
		}
		last = is_nil(v) ? STR_NPOS : out->n;
		if (!is_nil(v))
			vec_push_in(out, w->a, (struct entry){ map_key(map, at), v, true });
	}
	if (last != STR_NPOS && !more)
		out->p[last].comma = false;
}

static void list_entries(struct writer *w, struct value table, entries *out)
{
	for (int tables = 0; tables < 2; tables++) {
		if (table.kind == VAL_OBJECT && table.object->ops->field)
			add_fields(w, table.object, NULL, count_fields(w, table.object), tables, out);
		else if (table.kind == VAL_MAP)
			add_items(w, table.map, tables, out);
	}
}

/* ---- Writing ---- */

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
	entries all = { 0 };
	list_entries(w, v, &all);
	buf_add_char(w->out, '{');
	for (size_t i = 0; i < all.n; i++) {
		add_key(w->out, all.p[i].name);
		buf_add(w->out, STR(" = "));
		if (!add_inline(w, all.p[i].v, depth + 1))
			return false;
		buf_add_c(w->out, all.p[i].comma ? ", " : "");
	}
	buf_add_char(w->out, '}');
	return true;
}

/* A time is a type of TOML's own; other objects that have a text give a string. */
static bool add_object(struct writer *w, struct value v, int depth)
{
	struct str text = as_text(w, v);
	if (!text.p)
		return add_inline_table(w, v, depth);
	if (str_eq(v.object->ops->type, STR("time.Time")))
		buf_add(w->out, text);
	else
		add_string(w->out, text);
	return true;
}

static void add_int(struct buf *out, struct value v)
{
	AUTO_BUF text = { 0 };
	if (v.type == GO_DURATION) {
		gofmt_duration(&text, v.i);
		add_string(out, buf_str(&text));
	} else if (v.type == GO_UINT64 || v.type == GO_UINT || v.type == GO_UINTPTR) {
		buf_addf(out, "%llu", (unsigned long long)v.i);
	} else {
		buf_addf(out, "%lld", (long long)v.i);
	}
}

static void add_bytes(struct buf *out, struct str s)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < s.n; i++)
		buf_addf(out, "%s%u", i ? ", " : "", (unsigned char)s.p[i]);
	buf_add_char(out, ']');
}

static bool add_inline(struct writer *w, struct value v, int depth)
{
	if (depth > TOML_MAX_DEPTH)
		return err_set(w->err, ERR_LIMIT, "toml: nested deeper than %d", TOML_MAX_DEPTH);
	if (is_nil(v))
		return err_set(w->err, ERR_SYNTAX, "toml: cannot encode array with nil element");
	switch ((enum value_kind)v.kind) {
	case VAL_BOOL: buf_add_c(w->out, v.b ? "true" : "false"); return true;
	case VAL_INT: add_int(w->out, v); return true;
	case VAL_FLOAT: add_float(w->out, v.f); return true;
	case VAL_STR:
		if (v.type == GO_BYTES)
			add_bytes(w->out, value_as_str(v));
		else
			add_string(w->out, value_as_str(v));
		return true;
	case VAL_MAP: return add_inline_table(w, v, depth);
	case VAL_OBJECT: return add_object(w, v, depth);
	case VAL_NULL:
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
	if (is_single_table(w, v)) {
		if (depth == 1)
			separate(w);
		indent(w, depth);
		buf_add_char(w->out, '[');
		add_path(w->out, key);
		buf_add(w->out, STR("]\n"));
		return write_table(w, v, key, depth);
	}
	if (!is_table(w, v)) {
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
	entries all = { 0 };
	if (depth > TOML_MAX_DEPTH)
		return err_set(w->err, ERR_LIMIT, "toml: nested deeper than %d", TOML_MAX_DEPTH);
	list_entries(w, table, &all);
	for (size_t i = 0; i < all.n; i++) {
		struct key here = { key, all.p[i].name };
		if (!write_item(w, all.p[i].v, &here, depth + 1))
			return false;
	}
	return true;
}

bool toml_write(struct value v, struct arena *a, struct buf *out, struct err *err)
{
	struct writer w = { out, out->n, a, err };
	if (is_nil(v)) /* of a type: skipped */
		return true;
	if (is_single_table(&w, v))
		return write_table(&w, v, NULL, 0);
	if (is_table(&w, v))
		return err_set(err, ERR_SYNTAX, "toml: top-level values must be Go maps or structs");
	return add_inline(&w, v, 0);
}
