/* The same types as in tests/peer/gotmpl/types.go, with the same fields and methods. */
#include "golden_types.h"

#include <ctype.h>
#include <stdio.h>

#include "gotmpl/gofmt.h"

/* ---- Person, Version, error ---- */

struct person {
	struct object object;
	struct value tags, extra;
};

static bool person_greet(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = value_str(arena_fmt(call->arena, "%.*s, Ann", STR_ARG(value_as_str(call->argv[0]))));
	return true;
}

static bool person_sum(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	int64_t sum = 0;
	for (size_t i = 0; i < call->argc; i++)
		sum += call->argv[i].i;
	*out = go_int(sum);
	return true;
}

static bool person_fail(struct go_call *call, struct value *out, struct err *err)
{
	(void)call;
	(void)out;
	return err_set(err, ERR_FAILED, "it failed");
}

static const struct go_func person_methods[] = {
	GO_FUNC("Greet", person_greet, GO_P_STRING),
	GO_FUNC("Sum", person_sum, GO_P_INT, GO_P_INT | GO_P_MANY),
	{ STR_INIT("Fail"), person_fail, { 0 } },
};

static const struct go_field person_fields[] = {
	{ STR_INIT("Name"), false }, { STR_INIT("Age"), false }, { STR_INIT("Tags"), false }, { STR_INIT("Extra"), false },
	{ STR_INIT("hidden"), false },
};

static struct value person_field(const struct object *o, size_t i, struct arena *a)
{
	(void)a;
	const struct person *p = (const struct person *)o;
	const struct value values[] = { value_str(STR("Ann")), go_int(42), p->tags, p->extra, go_int(7) };
	return values[i];
}

static const struct object_ops person_ops[] = {
	{ .type = STR_INIT("main.Person"), .kind = GO_KIND_STRUCT, .methods = person_methods, .method_count = ARRAY_LEN(person_methods),
	  .fields = person_fields, .field_count = ARRAY_LEN(person_fields), .field = person_field },
	{ .type = STR_INIT("*main.Person"), .kind = GO_KIND_PTR, .methods = person_methods, .method_count = ARRAY_LEN(person_methods),
	  .fields = person_fields, .field_count = ARRAY_LEN(person_fields), .field = person_field },
};

static struct value new_person(bool pointer, struct arena *a)
{
	struct person *p = arena_new(a, struct person);
	p->object.ops = &person_ops[pointer];
	p->tags = go_list_new(GO_STRINGS, a);
	value_list_add(p->tags, value_str(STR("a")), a);
	value_list_add(p->tags, value_str(STR("b")), a);
	p->extra = value_map_new(a);
	value_map_set(p->extra, STR("k"), value_float(1.5));
	return go_object(&p->object);
}

static const struct go_field version_fields[] = { { STR_INIT("Major"), false }, { STR_INIT("Minor"), false } };

static struct value version_field(const struct object *o, size_t i, struct arena *a)
{
	(void)o;
	(void)a;
	return go_int(i ? 22 : 1);
}

static void version_string(const struct object *o, struct buf *out)
{
	(void)o;
	buf_add_c(out, "v1.22");
}

static bool version_method_string(struct go_call *call, struct value *out, struct err *err)
{
	(void)call;
	(void)err;
	*out = value_str(STR("v1.22"));
	return true;
}

static bool version_equal(const struct object *a, const struct object *b)
{
	return a->ops == b->ops;
}

static const struct go_func version_methods[] = { { STR_INIT("String"), version_method_string, { 0 } } };

static const struct object_ops version_ops = {
	.type = STR_INIT("main.Version"),
	.kind = GO_KIND_STRUCT,
	.methods = version_methods,
	.method_count = ARRAY_LEN(version_methods),
	.fields = version_fields,
	.field_count = ARRAY_LEN(version_fields),
	.field = version_field,
	.string = version_string,
	.equal = version_equal,
};

struct error {
	struct object object;
	struct str text;
};

static void error_string(const struct object *o, struct buf *out)
{
	buf_add(out, ((const struct error *)o)->text);
}

static bool error_error(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = value_str(((const struct error *)call->self.object)->text);
	return true;
}

static const struct go_func error_methods[] = { { STR_INIT("Error"), error_error, { 0 } } };

static const struct go_field error_fields[] = { { STR_INIT("s"), false } };

static struct value error_field(const struct object *o, size_t i, struct arena *a)
{
	(void)i;
	(void)a;
	return value_str(((const struct error *)o)->text);
}

static const struct object_ops error_ops = {
	.type = STR_INIT("*errors.errorString"),
	.kind = GO_KIND_PTR,
	.fields = error_fields,
	.field_count = ARRAY_LEN(error_fields),
	.field = error_field,
	.methods = error_methods,
	.method_count = ARRAY_LEN(error_methods),
	.string = error_string,
};

/* ---- Values, Set ---- */

static bool values_upper(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	AUTO_BUF text = { 0 };
	const struct value *v = value_map_get(call->self, value_as_str(call->argv[0]));
	gofmt_value(&text, call->types, v ? *v : value_null());
	for (size_t i = 0; i < text.n; i++)
		text.p[i] = (char)toupper((unsigned char)text.p[i]);
	*out = value_str(buf_to_arena(&text, call->arena));
	return true;
}

static bool set_has(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	bool has = false;
	for (size_t i = 0; i < value_list_len(call->self); i++)
		has = has || str_eq(value_as_str(call->self.list->p[i]), value_as_str(call->argv[0]));
	*out = value_bool(has);
	return true;
}

static const struct go_func values_methods[] = { GO_FUNC("Upper", values_upper, GO_P_STRING) };
static const struct go_func set_methods[] = { GO_FUNC("Has", set_has, GO_P_STRING) };

enum { TYPE_VALUES = GO_NAMED, TYPE_SET };

static const struct go_named named[] = {
	{ STR_INIT("main.Values"), GO_MAP_ANY, values_methods, ARRAY_LEN(values_methods), NULL },
	{ STR_INIT("main.Set"), GO_STRINGS, set_methods, ARRAY_LEN(set_methods), NULL },
};
const struct go_types golden_types = { named, ARRAY_LEN(named) };

/* ---- Conversion ---- */

static struct value ints_of(struct value list, struct arena *a)
{
	struct value out = go_list_new(GO_INTS, a);
	for (size_t i = 0; i < value_list_len(list); i++)
		value_list_add(out, go_int((int64_t)list.list->p[i].f), a);
	return out;
}

static struct value as(struct value v, uint8_t type)
{
	v.type = type;
	return v;
}

static struct value nil_of(struct value v)
{
	v.extra = GO_NIL;
	return v;
}

static struct value make(struct str type, struct value v, struct arena *a)
{
	static const struct {
		const char *name;
		uint8_t type;
	} ints[] = {
		{ "int", GO_INT }, { "int8", GO_INT8 }, { "int16", GO_INT16 }, { "int32", GO_INT32 }, { "int64", GO_INT64 },
		{ "uint", GO_UINT }, { "uint8", GO_UINT8 }, { "uint16", GO_UINT16 }, { "uint32", GO_UINT32 }, { "uint64", GO_UINT64 },
		{ "duration", GO_DURATION }, { "month", GO_MONTH }, { "weekday", GO_WEEKDAY },
	};
	for (size_t i = 0; i < ARRAY_LEN(ints); i++)
		if (str_eq_c(type, ints[i].name))
			return (struct value){ .kind = VAL_INT, .type = ints[i].type, .i = (int64_t)v.f };
	if (str_eq_c(type, "float32"))
		return (struct value){ .kind = VAL_FLOAT, .type = GO_FLOAT32, .f = (float)v.f };
	if (str_eq_c(type, "bytes"))
		return as(v, GO_BYTES);
	if (str_eq_c(type, "strings"))
		return as(v, GO_STRINGS);
	if (str_eq_c(type, "set"))
		return as(v, TYPE_SET);
	if (str_eq_c(type, "ints"))
		return ints_of(v, a);
	if (str_eq_c(type, "mapstring"))
		return as(v, GO_MAP_STRING);
	if (str_eq_c(type, "maps"))
		return as(v, GO_MAPS);
	if (str_eq_c(type, "values"))
		return as(v, TYPE_VALUES);
	if (str_eq_c(type, "nilmap"))
		return nil_of(value_map_new(a));
	if (str_eq_c(type, "nillist"))
		return nil_of(value_list_new(a));
	if (str_eq_c(type, "person") || str_eq_c(type, "*person"))
		return new_person(type.p[0] == '*', a);
	if (str_eq_c(type, "version")) {
		struct object *o = arena_new(a, struct object);
		o->ops = &version_ops;
		return go_object(o);
	}
	struct error *e = arena_new(a, struct error);
	*e = (struct error){ { &error_ops }, value_as_str(v) };
	return go_object(&e->object);
}

struct value golden_typed(struct value v, struct arena *a)
{
	if (v.kind == VAL_LIST)
		for (size_t i = 0; i < value_list_len(v); i++)
			v.list->p[i] = golden_typed(v.list->p[i], a);
	if (v.kind != VAL_MAP)
		return v;
	for (size_t i = 0; i < value_map_len(v); i++)
		*value_map_at(v, i) = golden_typed(*value_map_at(v, i), a);
	const struct value *type = value_map_get(v, STR("$go")), *inner = value_map_get(v, STR("v"));
	return type ? make(value_as_str(*type), inner ? *inner : value_null(), a) : v;
}
