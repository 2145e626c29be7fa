/* A walk along the tables; the path of the member at hand is kept for messages. */
#include "tanka/gojson.h"

struct decoder {
	struct arena *a;
	struct err *err;
};

/* Where the decoder is: the struct whose member it fills, and that member's path from the top. */
struct place {
	const char *owner;
	struct str path;
};

static const char *json_kind(struct value v)
{
	static const char *const names[] = { "null", "bool", "number", "number", "string", "array", "object", "object" };
	return names[v.kind];
}

const char *gojson_type_name(struct value v)
{
	static const char *const names[] = { "<nil>", "bool", "float64", "float64", "string", "[]interface {}", "map[string]interface {}", "object" };
	return names[v.kind];
}

static bool refuse(struct decoder *d, const struct place *at, struct value v, const char *type)
{
	if (!at->owner)
		return err_set(d->err, ERR_SYNTAX, "json: cannot unmarshal %s into Go value of type %s", json_kind(v), type);
	return err_set(d->err, ERR_SYNTAX, "json: cannot unmarshal %s into Go struct field %s.%.*s of type %s", json_kind(v), at->owner,
		       STR_ARG(at->path), type);
}

static bool decode_strs(struct decoder *d, const struct place *at, struct value v, tanka_strs *out)
{
	tanka_strs strs = { 0 };
	if (v.kind != VAL_LIST)
		return refuse(d, at, v, "[]string");
	for (size_t i = 0; i < v.list->n; i++) {
		struct value item = v.list->p[i];
		if (item.kind != VAL_STR && item.kind != VAL_NULL)
			return refuse(d, at, item, "string");
		vec_push_in(&strs, d->a, item.kind == VAL_STR ? value_as_str(item) : STR(""));
	}
	*out = strs;
	return true;
}

static bool decode_str_map(struct decoder *d, const struct place *at, struct value v, struct value *out)
{
	struct value map = value_map_new(d->a);
	if (v.kind != VAL_MAP)
		return refuse(d, at, v, "map[string]string");
	for (size_t i = 0; i < value_map_len(v); i++) {
		struct value item = *value_map_at(v, i);
		if (item.kind != VAL_STR && item.kind != VAL_NULL)
			return refuse(d, at, item, "string");
		value_map_set(map, map_key(v.map, i), item.kind == VAL_STR ? item : value_str(STR("")));
	}
	*out = map;
	return true;
}

static bool decode_struct(struct decoder *d, const struct place *at, const struct gojson_type *type, struct value v, void *out);

static bool decode_field(struct decoder *d, const struct place *at, const struct gojson_field *f, struct value v, char *out)
{
	void *member = out + f->offset;
	if (f->kind == GOJSON_ANY) {
		*(struct value *)member = v;
		return true;
	}
	if (v.kind == VAL_NULL)
		return true;
	switch (f->kind) {
	case GOJSON_STR:
		if (v.kind != VAL_STR)
			return refuse(d, at, v, "string");
		*(struct str *)member = value_as_str(v);
		return true;
	case GOJSON_BOOL:
		if (v.kind != VAL_BOOL)
			return refuse(d, at, v, "bool");
		*(bool *)member = v.b;
		return true;
	case GOJSON_MAP:
		if (v.kind != VAL_MAP)
			return refuse(d, at, v, "map[string]interface {}");
		*(struct value *)member = v;
		return true;
	case GOJSON_STRS: return decode_strs(d, at, v, member);
	case GOJSON_STR_MAP: return decode_str_map(d, at, v, member);
	case GOJSON_STRUCT: return decode_struct(d, at, f->type, v, member);
	default: return true;
	}
}

static const struct gojson_field *find_field(const struct gojson_type *type, struct str key)
{
	for (size_t i = 0; i < type->n; i++)
		if (str_eq(type->fields[i].name, key))
			return &type->fields[i];
	for (size_t i = 0; i < type->n; i++)
		if (str_eq_nocase(type->fields[i].name, key))
			return &type->fields[i];
	return NULL;
}

static bool decode_struct(struct decoder *d, const struct place *at, const struct gojson_type *type, struct value v, void *out)
{
	if (v.kind != VAL_MAP)
		return refuse(d, at, v, arena_fmt(d->a, "%s.%s", type->package, type->name).p);
	for (size_t i = 0; i < value_map_len(v); i++) {
		const struct gojson_field *f = find_field(type, map_key(v.map, i));
		if (!f)
			continue;
		struct str name = f->path ? str_c(f->path) : f->name;
		struct place inner = { type->name, at->path.n ? arena_fmt(d->a, "%.*s.%.*s", STR_ARG(at->path), STR_ARG(name)) : name };
		if (!decode_field(d, &inner, f, *value_map_at(v, i), out))
			return false;
	}
	return true;
}

bool gojson_decode(const struct gojson_type *type, struct value v, struct arena *a, void *out, struct err *err)
{
	struct decoder d = { a, err };
	struct place top = { 0 };
	return v.kind == VAL_NULL || decode_struct(&d, &top, type, v, out);
}
