/*
 * A decoder walks the value once with a stack of names on the C stack (struct decode_path), which is needed only for messages. encoding/json
 * goes on after a mistake and reports the first one; nothing of a failed decode is used, so stopping at once is the same.
 *
 * Keys are visited in order of bytes: Go sees the text after sigs.k8s.io/yaml turned it into JSON, with sorted keys, and where two
 * keys differ in case only the later one wins.
 */
#include "chart/decode.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"
#include "text/gotime.h"

struct decode_path {
	const struct decode_path *up;
	struct str name;
};

struct decoder {
	struct arena *a;
	struct err *err;
};

static const char *json_kind(struct value v)
{
	switch (v.kind) {
	case VAL_BOOL: return "bool";
	case VAL_STR: return "string";
	case VAL_LIST: return "array";
	case VAL_MAP: return "object";
	default: return "number";
	}
}

static void add_path(struct buf *b, const struct decode_path *path)
{
	if (path->up) {
		add_path(b, path->up);
		buf_add_char(b, '.');
	}
	buf_add(b, path->name);
}

static bool mismatch(struct decoder *d, struct value v, const struct decode_type *t, const struct decode_path *path, const char *want)
{
	AUTO_BUF b = { 0 };
	if (path) {
		buf_addf(&b, "struct field %s.", t->name);
		add_path(&b, path);
	} else {
		buf_add(&b, STR("value"));
	}
	return err_set(d->err, ERR_SYNTAX, "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go %s of type %s",
		       json_kind(v), buf_str(&b).p, want);
}

/* strconv.FormatFloat(v, 'g', -1, 32), which is what sigs.k8s.io/yaml gives a string field for a float. */
static struct str float32_text(struct arena *a, double v)
{
	char digits[32];
	int precision = 0;
	do {
		snprintf(digits, sizeof(digits), "%.*e", precision, (double)(float)v);
	} while (strtof(digits, NULL) != (float)v && precision++ < 9);
	AUTO_BUF b = { 0 };
	num_add_float(&b, strtod(digits, NULL), 'g', -1);
	return buf_to_arena(&b, a);
}

static bool string_of(struct decoder *d, struct value v, const struct decode_type *t, const struct decode_path *path, struct str *out)
{
	switch (v.kind) {
	case VAL_NULL: return true;
	case VAL_STR: *out = value_as_str(v); return true;
	case VAL_BOOL: *out = v.b ? STR("true") : STR("false"); return true;
	case VAL_INT: *out = arena_fmt(d->a, "%lld", (long long)v.i); return true;
	case VAL_FLOAT: *out = float32_text(d->a, v.f); return true;
	default: return mismatch(d, v, t, path, "string");
	}
}

static bool decode_time(struct decoder *d, struct value v, struct str *out)
{
	static const char *const prefix = "error unmarshaling JSON: while decoding JSON";
	struct gotime ignored;
	if (v.kind != VAL_STR)
		return err_set(d->err, ERR_SYNTAX, "%s: Time.UnmarshalJSON: input is not a JSON string", prefix);
	if (!gotime_parse(STR("2006-01-02T15:04:05Z07:00"), value_as_str(v), NULL, d->a, &ignored, d->err))
		return err_wrap(d->err, "%s", prefix);
	*out = value_as_str(v);
	return true;
}

static bool decode_strings(struct decoder *d, struct value v, const struct decode_type *t, const struct decode_path *path, struct value *out)
{
	if (v.kind != VAL_LIST)
		return mismatch(d, v, t, path, "[]string");
	*out = value_list_new(d->a);
	for (size_t i = 0; i < v.list->n; i++) {
		struct str s = STR("");
		if (!string_of(d, v.list->p[i], t, path, &s))
			return false;
		value_list_add(*out, value_str(s), d->a);
	}
	return true;
}

static bool decode_string_map(struct decoder *d, struct value v, const struct decode_type *t, const struct decode_path *path,
			      struct value *out)
{
	if (v.kind != VAL_MAP)
		return mismatch(d, v, t, path, "map[string]string");
	if (out->kind != VAL_MAP)
		*out = value_map_new(d->a);
	for (size_t i = 0; i < map_len(v.map); i++) {
		size_t at = map_sorted(v.map, i);
		struct str s = STR("");
		if (!string_of(d, *value_map_at(v, at), t, path, &s))
			return false;
		value_map_set(*out, map_key(v.map, at), value_str(s));
	}
	return true;
}

static bool decode_fields(struct decoder *d, struct value v, const struct decode_type *t, const struct decode_path *path, void *out);

static bool decode_struct_list(struct decoder *d, struct value v, const struct decode_type *t, const struct decode_field *f,
			       const struct decode_path *path, decode_structs *out)
{
	if (v.kind != VAL_LIST) {
		struct str want = arena_fmt(d->a, f->kind == DECODE_STRUCTS ? "[]*%s" : "[]%s", f->type->qualified);
		return mismatch(d, v, t, path, want.p);
	}
	*out = (decode_structs){ .p = arena_alloc(d->a, sizeof(void *)) };
	for (size_t i = 0; i < v.list->n; i++) {
		void *item = NULL;
		if (v.list->p[i].kind != VAL_NULL) {
			item = arena_zalloc(d->a, f->type->size);
			if (v.list->p[i].kind != VAL_MAP)
				return mismatch(d, v.list->p[i], t, path, f->type->qualified);
			if (!decode_fields(d, v.list->p[i], f->type, path, item))
				return false;
		}
		vec_push_in(out, d->a, item);
	}
	return true;
}

static void decode_null(const struct decode_field *f, void *member)
{
	switch (f->kind) {
	case DECODE_STRING:
	case DECODE_TIME:
	case DECODE_BOOL: break;
	case DECODE_STRUCT: *(void **)member = NULL; break;
	case DECODE_STRUCTS:
	case DECODE_STRUCT_LIST: *(decode_structs *)member = (decode_structs){ 0 }; break;
	default: *(struct value *)member = value_null();
	}
}

static bool decode_member(struct decoder *d, struct value v, const struct decode_type *t, const struct decode_field *f,
			  const struct decode_path *path, void *member)
{
	if (v.kind == VAL_NULL) {
		decode_null(f, member);
		return true;
	}
	switch (f->kind) {
	case DECODE_STRING: return string_of(d, v, t, path, member);
	case DECODE_TIME: return decode_time(d, v, member);
	case DECODE_STRINGS: return decode_strings(d, v, t, path, member);
	case DECODE_STRING_MAP: return decode_string_map(d, v, t, path, member);
	case DECODE_STRUCTS:
	case DECODE_STRUCT_LIST: return decode_struct_list(d, v, t, f, path, member);
	case DECODE_BOOL:
		if (v.kind != VAL_BOOL)
			return mismatch(d, v, t, path, "bool");
		*(bool *)member = v.b;
		return true;
	case DECODE_ANYS:
		if (v.kind != VAL_LIST)
			return mismatch(d, v, t, path, "[]interface {}");
		*(struct value *)member = v;
		return true;
	case DECODE_STRUCT:
		if (v.kind != VAL_MAP)
			return mismatch(d, v, t, path, f->type->qualified);
		if (!*(void **)member)
			*(void **)member = arena_zalloc(d->a, f->type->size);
		return decode_fields(d, v, f->type, path, *(void **)member);
	}
	return true;
}

static const struct decode_field *field_find(const struct decode_type *t, struct str key)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->fields[i].name, key))
			return &t->fields[i];
	for (size_t i = 0; i < t->n; i++)
		if (str_eq_nocase(t->fields[i].name, key))
			return &t->fields[i];
	return NULL;
}

static bool decode_fields(struct decoder *d, struct value v, const struct decode_type *t, const struct decode_path *path, void *out)
{
	for (size_t i = 0; i < map_len(v.map); i++) {
		size_t at = map_sorted(v.map, i);
		const struct decode_field *f = field_find(t, map_key(v.map, at));
		if (!f)
			continue;
		struct decode_path here = { path, f->name };
		if (!decode_member(d, *value_map_at(v, at), t, f, &here, (char *)out + f->offset))
			return false;
	}
	return true;
}

bool decode_struct(struct value v, const struct decode_type *t, struct arena *a, void *out, struct err *err)
{
	struct decoder d = { a, err };
	if (v.kind == VAL_NULL)
		return true;
	if (v.kind != VAL_MAP)
		return mismatch(&d, v, t, NULL, t->qualified);
	return decode_fields(&d, v, t, NULL, out);
}
