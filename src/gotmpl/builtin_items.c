/* index, slice, len and call: parts and sizes of lists, maps and strings. Some messages are those of Go's reflect, whose panics users see. */
#include "gotmpl/builtin.h"
#include "gotmpl/gofmt.h"
#include "gotmpl/types.h"

/* What a pointer to it is called without its star. */
static struct str pointee_type(const struct go_call *call, struct value v)
{
	return str_drop_prefix(go_type_name(call->types, v), STR("*"));
}

/* An index of at most `max`, which is one too many for index itself, as in Go. */
static bool take_index(const struct go_call *call, struct value v, size_t max, size_t *out, struct err *err)
{
	if (v.kind == VAL_NULL)
		return err_set(err, ERR_FAILED, "cannot index slice/array with nil");
	if (v.kind != VAL_INT)
		return err_set(err, ERR_FAILED, "cannot index slice/array with type %.*s", STR_ARG(go_type_name(call->types, v)));
	if (v.i < 0 || (uint64_t)v.i > max)
		return err_set(err, ERR_FAILED, "index out of range: %lld", (long long)v.i);
	*out = (size_t)v.i;
	return true;
}

static bool index_map(const struct go_call *call, struct value map, struct value key, struct value *out, struct err *err)
{
	if (key.kind == VAL_NULL)
		return err_set(err, ERR_FAILED, "value is nil; should be of type string");
	if (key.kind != VAL_STR || key.type != GO_STRING)
		return err_set(err, ERR_FAILED, "value has type %.*s; should be string", STR_ARG(go_type_name(call->types, key)));
	const struct value *v = value_map_get(map, value_as_str(key));
	*out = v ? *v : go_zero_element(call->types, map);
	if (go_under(call->types, map) == GO_MAP_ANY)
		out->extra |= GO_IFACE;
	return true;
}

static bool index_one(const struct go_call *call, struct value item, struct value key, struct value *out, struct err *err)
{
	size_t i;
	switch ((enum value_kind)item.kind) {
	case VAL_NULL: return err_set(err, ERR_FAILED, "index of nil pointer");
	case VAL_MAP: return index_map(call, item, key, out, err);
	case VAL_LIST:
		if (!take_index(call, key, value_list_len(item), &i, err))
			return false;
		if (i == value_list_len(item))
			return err_set(err, ERR_FAILED, "reflect: slice index out of range");
		*out = item.list->p[i];
		if (go_under(call->types, item) == GO_ANYS)
			out->extra |= GO_IFACE;
		return true;
	case VAL_STR:
		if (!take_index(call, key, item.len, &i, err))
			return false;
		if (i == item.len)
			return err_set(err, ERR_FAILED, "reflect: %s index out of range", item.type == GO_BYTES ? "slice" : "string");
		*out = (struct value){ .kind = VAL_INT, .type = GO_UINT8, .i = (unsigned char)item.s[i] };
		return true;
	default: return err_set(err, ERR_FAILED, "can't index item of type %.*s", STR_ARG(pointee_type(call, item)));
	}
}

static bool fn_index(struct go_call *call, struct value *out, struct err *err)
{
	struct value item = call->argv[0];
	if (item.kind == VAL_NULL)
		return err_set(err, ERR_FAILED, "index of untyped nil");
	for (size_t i = 1; i < call->argc; i++)
		if (!index_one(call, item, call->argv[i], &item, err))
			return false;
	*out = item;
	return true;
}

static bool fn_slice(struct go_call *call, struct value *out, struct err *err)
{
	struct value item = call->argv[0];
	size_t indexes = call->argc - 1;
	bool is_string = item.kind == VAL_STR && item.type != GO_BYTES;
	if (item.kind == VAL_NULL)
		return err_set(err, ERR_FAILED, "slice of untyped nil");
	if (indexes > 3)
		return err_set(err, ERR_FAILED, "too many slice indexes: %zu", indexes);
	if (item.kind != VAL_LIST && item.kind != VAL_STR)
		return err_set(err, ERR_FAILED, "can't slice item of type %.*s", STR_ARG(pointee_type(call, item)));
	if (is_string && indexes == 3)
		return err_set(err, ERR_FAILED, "cannot 3-index slice a string");
	size_t n = item.kind == VAL_STR ? item.len : value_list_len(item);
	size_t at[3] = { 0, n, n };
	for (size_t i = 0; i < indexes; i++)
		if (!take_index(call, call->argv[i + 1], n, &at[i], err))
			return false;
	for (size_t i = 1; i < MAX(indexes, (size_t)2); i++)
		if (at[i - 1] > at[i])
			return err_set(err, ERR_FAILED, "invalid slice index: %zu > %zu", at[i - 1], at[i]);
	*out = item;
	if (item.kind == VAL_STR) {
		out->s = item.s + at[0];
		out->len = (uint32_t)(at[1] - at[0]);
		return true;
	}
	struct list *list = arena_new(call->arena, struct list);
	*list = (struct list){ item.list->p + at[0], at[1] - at[0], at[1] - at[0] };
	out->list = list;
	return true;
}

static bool fn_len(struct go_call *call, struct value *out, struct err *err)
{
	struct value v = call->argv[0];
	switch ((enum value_kind)v.kind) {
	case VAL_NULL:
		return v.extra & GO_IFACE ? err_set(err, ERR_FAILED, "len of nil pointer")
					  : err_set(err, ERR_FAILED, "reflect: call of reflect.Value.Type on zero Value");
	case VAL_STR: *out = go_int(v.len); return true;
	case VAL_LIST: *out = go_int((int64_t)value_list_len(v)); return true;
	case VAL_MAP: *out = go_int((int64_t)value_map_len(v)); return true;
	default: return err_set(err, ERR_FAILED, "len of type %.*s", STR_ARG(pointee_type(call, v)));
	}
}

/* There are no values of function type here: call can only say so. call->self is the callee as written, if it was not piped in. */
static bool fn_call(struct go_call *call, struct value *out, struct err *err)
{
	(void)out;
	struct value v = call->argv[0];
	struct str type = go_type_name(call->types, v), name = value_as_str(call->self);
	if (v.kind == VAL_NULL)
		return err_set(err, ERR_FAILED, "call of nil");
	if (call->self.kind != VAL_STR)
		name = v.kind == VAL_STR && v.type == GO_STRING ? value_as_str(v) : arena_fmt(call->arena, "<%.*s Value>", STR_ARG(type));
	return err_set(err, ERR_FAILED, "non-function %.*s of type %.*s", STR_ARG(name), STR_ARG(type));
}

bool builtin_is_call(const struct go_func *func)
{
	return func->fn == fn_call;
}

static const struct go_func rows[] = {
	GO_FUNC("index", fn_index, GO_P_VALUE, GO_P_VALUE | GO_P_MANY),
	GO_FUNC("slice", fn_slice, GO_P_VALUE, GO_P_VALUE | GO_P_MANY),
	GO_FUNC("len", fn_len, GO_P_VALUE),
	GO_FUNC("call", fn_call, GO_P_VALUE, GO_P_VALUE | GO_P_MANY),
};
const struct go_table builtin_items = GO_TABLE(rows);
