/*
 * Names, kinds, truth and equality of values. One table a kind of value is indexed by the type byte; named types refer to the unnamed one
 * beneath, so that only go_type_name and method look-up know of them.
 */
#include "gotmpl/types.h"

#include <string.h>

struct type_row {
	struct str name;
	enum go_kind kind;
};

static const struct type_row int_types[] = {
	[GO_INT64] = { STR_INIT("int64"), GO_KIND_INT64 },
	[GO_INT] = { STR_INIT("int"), GO_KIND_INT },
	[GO_INT8] = { STR_INIT("int8"), GO_KIND_INT8 },
	[GO_INT16] = { STR_INIT("int16"), GO_KIND_INT16 },
	[GO_INT32] = { STR_INIT("int32"), GO_KIND_INT32 },
	[GO_UINT] = { STR_INIT("uint"), GO_KIND_UINT },
	[GO_UINT8] = { STR_INIT("uint8"), GO_KIND_UINT8 },
	[GO_UINT16] = { STR_INIT("uint16"), GO_KIND_UINT16 },
	[GO_UINT32] = { STR_INIT("uint32"), GO_KIND_UINT32 },
	[GO_UINT64] = { STR_INIT("uint64"), GO_KIND_UINT64 },
	[GO_UINTPTR] = { STR_INIT("uintptr"), GO_KIND_UINTPTR },
	[GO_DURATION] = { STR_INIT("time.Duration"), GO_KIND_INT64 },
	[GO_MONTH] = { STR_INIT("time.Month"), GO_KIND_INT },
	[GO_WEEKDAY] = { STR_INIT("time.Weekday"), GO_KIND_INT },
};

static const struct type_row float_types[] = {
	[GO_FLOAT64] = { STR_INIT("float64"), GO_KIND_FLOAT64 },
	[GO_FLOAT32] = { STR_INIT("float32"), GO_KIND_FLOAT32 },
};

static const struct type_row string_types[] = {
	[GO_STRING] = { STR_INIT("string"), GO_KIND_STRING },
	[GO_BYTES] = { STR_INIT("[]uint8"), GO_KIND_SLICE },
};

static const struct type_row list_types[] = {
	[GO_ANYS] = { STR_INIT("[]interface {}"), GO_KIND_SLICE },
	[GO_STRINGS] = { STR_INIT("[]string"), GO_KIND_SLICE },
	[GO_INTS] = { STR_INIT("[]int"), GO_KIND_SLICE },
	[GO_INT64S] = { STR_INIT("[]int64"), GO_KIND_SLICE },
	[GO_FLOAT64S] = { STR_INIT("[]float64"), GO_KIND_SLICE },
	[GO_BOOLS] = { STR_INIT("[]bool"), GO_KIND_SLICE },
	[GO_MAPS] = { STR_INIT("[]map[string]interface {}"), GO_KIND_SLICE },
	[GO_LISTS] = { STR_INIT("[][]interface {}"), GO_KIND_SLICE },
	[GO_STRINGSS] = { STR_INIT("[][]string"), GO_KIND_SLICE },
};

static const struct type_row map_types[] = {
	[GO_MAP_ANY] = { STR_INIT("map[string]interface {}"), GO_KIND_MAP },
	[GO_MAP_STRING] = { STR_INIT("map[string]string"), GO_KIND_MAP },
	[GO_MAP_BYTES] = { STR_INIT("map[string][]uint8"), GO_KIND_MAP },
	[GO_MAP_INT] = { STR_INIT("map[string]int"), GO_KIND_MAP },
	[GO_MAP_BOOL] = { STR_INIT("map[string]bool"), GO_KIND_MAP },
};

static const struct type_row null_types[] = { { STR_INIT("<nil>"), GO_KIND_INVALID } };
static const struct type_row bool_types[] = { { STR_INIT("bool"), GO_KIND_BOOL } };

static const struct {
	const struct type_row *rows;
	size_t n;
} by_kind[] = {
	[VAL_NULL] = { null_types, ARRAY_LEN(null_types) },
	[VAL_BOOL] = { bool_types, ARRAY_LEN(bool_types) },
	[VAL_INT] = { int_types, ARRAY_LEN(int_types) },
	[VAL_FLOAT] = { float_types, ARRAY_LEN(float_types) },
	[VAL_STR] = { string_types, ARRAY_LEN(string_types) },
	[VAL_LIST] = { list_types, ARRAY_LEN(list_types) },
	[VAL_MAP] = { map_types, ARRAY_LEN(map_types) },
};

const struct go_named *go_named_of(const struct go_types *types, struct value v)
{
	if (v.type < GO_NAMED || v.kind == VAL_OBJECT || !types || (size_t)(v.type - GO_NAMED) >= types->count)
		return NULL;
	return &types->named[v.type - GO_NAMED];
}

uint8_t go_under(const struct go_types *types, struct value v)
{
	const struct go_named *named = go_named_of(types, v);
	if (named)
		return named->under;
	return v.type < GO_NAMED ? v.type : 0;
}

static const struct type_row *row_of(const struct go_types *types, struct value v)
{
	uint8_t type = go_under(types, v);
	return &by_kind[v.kind].rows[type < by_kind[v.kind].n ? type : 0];
}

struct str go_type_name(const struct go_types *types, struct value v)
{
	if (v.kind == VAL_OBJECT)
		return v.object->ops->type;
	const struct go_named *named = go_named_of(types, v);
	return named ? named->name : row_of(types, v)->name;
}

enum go_kind go_kind_of(const struct go_types *types, struct value v)
{
	return v.kind == VAL_OBJECT ? v.object->ops->kind : row_of(types, v)->kind;
}

struct str go_kind_name(enum go_kind kind)
{
	static const struct str names[] = {
		[GO_KIND_INVALID] = STR_INIT("invalid"), [GO_KIND_BOOL] = STR_INIT("bool"), [GO_KIND_INT] = STR_INIT("int"),
		[GO_KIND_INT8] = STR_INIT("int8"), [GO_KIND_INT16] = STR_INIT("int16"), [GO_KIND_INT32] = STR_INIT("int32"),
		[GO_KIND_INT64] = STR_INIT("int64"), [GO_KIND_UINT] = STR_INIT("uint"), [GO_KIND_UINT8] = STR_INIT("uint8"),
		[GO_KIND_UINT16] = STR_INIT("uint16"), [GO_KIND_UINT32] = STR_INIT("uint32"), [GO_KIND_UINT64] = STR_INIT("uint64"),
		[GO_KIND_UINTPTR] = STR_INIT("uintptr"), [GO_KIND_FLOAT32] = STR_INIT("float32"), [GO_KIND_FLOAT64] = STR_INIT("float64"),
		[GO_KIND_COMPLEX128] = STR_INIT("complex128"), [GO_KIND_FUNC] = STR_INIT("func"), [GO_KIND_INTERFACE] = STR_INIT("interface"),
		[GO_KIND_MAP] = STR_INIT("map"), [GO_KIND_PTR] = STR_INIT("ptr"), [GO_KIND_SLICE] = STR_INIT("slice"),
		[GO_KIND_STRING] = STR_INIT("string"), [GO_KIND_STRUCT] = STR_INIT("struct"),
	};
	return names[kind];
}

bool go_kind_is_unsigned(enum go_kind kind)
{
	return kind >= GO_KIND_UINT && kind <= GO_KIND_UINTPTR;
}

struct str go_element_type(const struct go_types *types, struct value v)
{
	static const struct str list_elements[] = {
		[GO_ANYS] = STR_INIT("interface {}"), [GO_STRINGS] = STR_INIT("string"), [GO_INTS] = STR_INIT("int"),
		[GO_INT64S] = STR_INIT("int64"), [GO_FLOAT64S] = STR_INIT("float64"), [GO_BOOLS] = STR_INIT("bool"),
		[GO_MAPS] = STR_INIT("map[string]interface {}"), [GO_LISTS] = STR_INIT("[]interface {}"), [GO_STRINGSS] = STR_INIT("[]string"),
	};
	static const struct str map_elements[] = {
		[GO_MAP_ANY] = STR_INIT("interface {}"), [GO_MAP_STRING] = STR_INIT("string"), [GO_MAP_BYTES] = STR_INIT("[]uint8"),
		[GO_MAP_INT] = STR_INIT("int"), [GO_MAP_BOOL] = STR_INIT("bool"),
	};
	uint8_t type = go_under(types, v);
	return v.kind == VAL_MAP ? map_elements[type] : list_elements[type];
}

static const struct value empty_string = { .kind = VAL_STR, .s = "" };

struct value go_zero_element(const struct go_types *types, struct value map)
{
	switch ((enum go_map_type)go_under(types, map)) {
	case GO_MAP_ANY: return (struct value){ .kind = VAL_NULL, .extra = GO_IFACE };
	case GO_MAP_STRING: return empty_string;
	case GO_MAP_BYTES: return (struct value){ .kind = VAL_STR, .type = GO_BYTES, .extra = GO_NIL, .s = "" };
	case GO_MAP_INT: return go_int(0);
	case GO_MAP_BOOL: return value_bool(false);
	}
	return value_null();
}

struct value go_list_new(enum go_list_type type, struct arena *a)
{
	struct value v = value_list_new(a);
	v.type = type;
	return v;
}

static bool object_truth(const struct object *o)
{
	if (o->ops->kind != GO_KIND_COMPLEX128)
		return true;
	const struct go_complex *c = (const struct go_complex *)o;
	return c->re != 0 || c->im != 0;
}

bool go_truth(struct value v)
{
	switch ((enum value_kind)v.kind) {
	case VAL_NULL: return false;
	case VAL_BOOL: return v.b;
	case VAL_INT: return v.i != 0;
	case VAL_FLOAT: return v.f != 0;
	case VAL_STR: return v.len != 0;
	case VAL_LIST: return value_list_len(v) != 0;
	case VAL_MAP: return value_map_len(v) != 0;
	case VAL_OBJECT: return object_truth(v.object);
	}
	return false;
}

/* Deeper structures count as equal: reflect.DeepEqual assumes so of cycles, which are the only way to get here. */
#define EQUAL_MAX_DEPTH 1000

static bool deep_equal(const struct go_types *types, struct value a, struct value b, unsigned depth);

static bool lists_equal(const struct go_types *types, const struct list *a, const struct list *b, unsigned depth)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; a != b && i < a->n; i++)
		if (!deep_equal(types, a->p[i], b->p[i], depth))
			return false;
	return true;
}

static bool maps_equal(const struct go_types *types, const struct map *a, const struct map *b, unsigned depth)
{
	if (map_len(a) != map_len(b))
		return false;
	for (size_t i = 0; a != b && i < map_len(a); i++) {
		const struct value *other = map_find(b, map_key(a, i));
		if (!other || !deep_equal(types, *(const struct value *)map_at(a, i), *other, depth))
			return false;
	}
	return true;
}

static bool objects_equal(const struct go_types *types, const struct object *a, const struct object *b, unsigned depth)
{
	if (a == b)
		return true;
	if (a->ops != b->ops)
		return false;
	if (!a->ops->field)
		return a->ops->equal && a->ops->equal(a, b);
	struct arena scratch = { 0 };
	bool equal = true;
	for (size_t i = 0; equal && i < a->ops->field_count; i++)
		equal = deep_equal(types, a->ops->field(a, i, &scratch), b->ops->field(b, i, &scratch), depth);
	arena_deinit(&scratch);
	return equal;
}

static bool deep_equal(const struct go_types *types, struct value a, struct value b, unsigned depth)
{
	if (a.kind != b.kind || (a.kind != VAL_OBJECT && a.type != b.type) || (a.extra & GO_NIL) != (b.extra & GO_NIL))
		return false;
	if (depth > EQUAL_MAX_DEPTH)
		return true;
	switch ((enum value_kind)a.kind) {
	case VAL_NULL: return true;
	case VAL_BOOL: return a.b == b.b;
	case VAL_INT: return a.i == b.i;
	case VAL_FLOAT: return a.f == b.f;
	case VAL_STR: return str_eq(value_as_str(a), value_as_str(b));
	case VAL_LIST: return lists_equal(types, a.list, b.list, depth + 1);
	case VAL_MAP: return maps_equal(types, a.map, b.map, depth + 1);
	case VAL_OBJECT: return objects_equal(types, a.object, b.object, depth + 1);
	}
	return false;
}

bool go_deep_equal(const struct go_types *types, struct value a, struct value b)
{
	return deep_equal(types, a, b, 0);
}
