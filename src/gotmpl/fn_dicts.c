/* Dictionaries. Where Go walks a map in random order (keys, values) the order here is that of the keys. */
#include "gotmpl/sprig_util.h"
#include "gotmpl/template.h"

/* Deep copies; nil, and objects, are shared. */
static bool copy(struct go_call *call, struct value v, unsigned depth, struct value *out, struct err *err)
{
	*out = v;
	if (depth > SPRIG_MAX_DEPTH)
		return err_set(err, ERR_LIMIT, "deepCopy: more than %d levels", SPRIG_MAX_DEPTH);
	if (v.kind == VAL_LIST && !(v.extra & GO_NIL)) {
		*out = value_list_new(call->arena);
		out->type = v.type;
		for (size_t i = 0; i < value_list_len(v); i++) {
			struct value item;
			if (!copy(call, v.list->p[i], depth + 1, &item, err))
				return false;
			value_list_add(*out, item, call->arena);
		}
	} else if (v.kind == VAL_MAP && !(v.extra & GO_NIL)) {
		*out = value_map_new(call->arena);
		out->type = v.type;
		for (size_t i = 0; i < value_map_len(v); i++) {
			struct value item;
			if (!copy(call, *value_map_at(v, i), depth + 1, &item, err))
				return false;
			value_map_set(*out, map_key(v.map, i), item);
		}
	}
	return true;
}

static bool fn_deep_copy(struct go_call *call, struct value *out, struct err *err)
{
	if (call->argv[0].kind == VAL_NULL)
		return fail(err, "reflect: call of reflect.Value.Type on zero Value");
	return copy(call, call->argv[0], 0, out, err);
}

static bool fn_dict(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_map_new(call->arena);
	for (size_t i = 0; i < call->argc; i += 2)
		value_map_set(*out, sprig_strval(call, call->argv[i]), i + 1 < call->argc ? call->argv[i + 1] : value_str(STR("")));
	return true;
}

static bool fn_get(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	const struct value *v = value_map_get(call->argv[0], arg_str(call, 1));
	*out = v ? *v : value_str(STR(""));
	return true;
}

static bool fn_has_key(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(value_map_get(call->argv[0], arg_str(call, 1)) != NULL);
	return true;
}

/* Whether putting b where a is changes nothing: the same text or number, or the very same list or map. */
static bool is_same(struct value a, struct value b)
{
	if (a.kind != b.kind || a.type != b.type || a.extra != b.extra)
		return false;
	switch ((enum value_kind)a.kind) {
	case VAL_NULL: return true;
	case VAL_LIST: return a.list == b.list;
	case VAL_MAP: return a.map == b.map;
	case VAL_FLOAT: return a.i == b.i; /* 0 is not -0 */
	default: return value_equal(a, b);
	}
}

/* What is put in, and its key, may live shorter than the map only if the map does not outlive the execution: template.h says that it must not. */
static bool fn_set(struct go_call *call, struct value *out, struct err *err)
{
	if (call->argv[0].extra & GO_NIL)
		return fail(err, "assignment to entry in nil map");
	const struct value *old = value_map_get(call->argv[0], arg_str(call, 1));
	*out = call->argv[0];
	out->type = GO_MAP_ANY;
	if (old && is_same(*old, call->argv[2]))
		return true;
	if (!template_may_change(call, call->argv[0].map, err))
		return false;
	value_map_set(call->argv[0], arg_str(call, 1), call->argv[2]);
	return true;
}

static bool fn_unset(struct go_call *call, struct value *out, struct err *err)
{
	*out = call->argv[0];
	out->type = GO_MAP_ANY;
	if (!value_map_get(call->argv[0], arg_str(call, 1)))
		return true;
	if (!template_may_change(call, call->argv[0].map, err))
		return false;
	value_map_remove(call->argv[0], arg_str(call, 1));
	return true;
}

static bool fn_keys(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = go_list_new(GO_STRINGS, call->arena);
	for (size_t i = 0; i < call->argc; i++)
		for (size_t k = 0; k < value_map_len(call->argv[i]); k++)
			value_list_add(*out, value_str(map_key(call->argv[i].map, map_sorted(call->argv[i].map, k))), call->arena);
	return true;
}

static bool fn_values(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_list_new(call->arena);
	for (size_t k = 0; k < value_map_len(call->argv[0]); k++)
		value_list_add(*out, *value_map_at(call->argv[0], map_sorted(call->argv[0].map, k)), call->arena);
	return true;
}

static bool fn_pluck(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_list_new(call->arena);
	for (size_t i = 1; i < call->argc; i++) {
		const struct value *v = value_map_get(call->argv[i], arg_str(call, 0));
		if (v)
			value_list_add(*out, *v, call->arena);
	}
	return true;
}

static bool fn_pick(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_map_new(call->arena);
	for (size_t i = 1; i < call->argc; i++) {
		const struct value *v = value_map_get(call->argv[0], arg_str(call, i));
		if (v)
			value_map_set(*out, arg_str(call, i), *v);
	}
	return true;
}

static bool fn_omit(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	struct map omitted;
	map_init(&omitted, 0, call->arena);
	for (size_t i = 1; i < call->argc; i++)
		map_put(&omitted, arg_str(call, i));
	*out = value_map_new(call->arena);
	for (size_t k = 0; k < value_map_len(call->argv[0]); k++) {
		struct str key = map_key(call->argv[0].map, k);
		if (!map_has(&omitted, key))
			value_map_set(*out, key, *value_map_at(call->argv[0], k));
	}
	return true;
}

/* What Go says of a type assertion that does not hold. */
static bool bad_conversion(struct go_call *call, struct value v, const char *want, struct err *err)
{
	struct str got = v.kind == VAL_NULL ? STR("nil") : go_type_name(call->types, v);
	return err_set(err, ERR_FAILED, "interface conversion: interface {} is %.*s, not %s", STR_ARG(got), want);
}

static bool is_plain_map(struct value v)
{
	return v.kind == VAL_MAP && v.type == GO_MAP_ANY;
}

/* dig KEY… DEFAULT DICT */
static bool fn_dig(struct go_call *call, struct value *out, struct err *err)
{
	if (call->argc < 3)
		return fail(err, "dig needs at least three arguments");
	size_t keys = call->argc - 2;
	struct value dict = call->argv[keys + 1];
	if (!is_plain_map(dict))
		return bad_conversion(call, dict, "map[string]interface {}", err);
	for (size_t i = 0; i < keys; i++)
		if (call->argv[i].kind != VAL_STR || call->argv[i].type != GO_STRING)
			return bad_conversion(call, call->argv[i], "string", err);
	for (size_t i = 0; i < keys; i++) {
		const struct value *v = value_map_get(dict, arg_str(call, i));
		if (v == NULL) {
			*out = call->argv[keys];
			return true;
		}
		if (i + 1 < keys && !is_plain_map(*v))
			return bad_conversion(call, *v, "map[string]interface {}", err);
		dict = *v;
	}
	*out = dict;
	return true;
}

static const struct go_func rows[] = {
	GO_FUNC("dict", fn_dict, GO_P_ANY | GO_P_MANY),
	GO_FUNC("get", fn_get, GO_P_MAP, GO_P_STRING),
	GO_FUNC("set", fn_set, GO_P_MAP, GO_P_STRING, GO_P_ANY),
	GO_FUNC("unset", fn_unset, GO_P_MAP, GO_P_STRING),
	GO_FUNC("hasKey", fn_has_key, GO_P_MAP, GO_P_STRING),
	GO_FUNC("keys", fn_keys, GO_P_MAP | GO_P_MANY),
	GO_FUNC("values", fn_values, GO_P_MAP),
	GO_FUNC("pluck", fn_pluck, GO_P_STRING, GO_P_MAP | GO_P_MANY),
	GO_FUNC("pick", fn_pick, GO_P_MAP, GO_P_STRING | GO_P_MANY),
	GO_FUNC("omit", fn_omit, GO_P_MAP, GO_P_STRING | GO_P_MANY),
	GO_FUNC("dig", fn_dig, GO_P_ANY | GO_P_MANY),
	GO_FUNC("deepCopy", fn_deep_copy, GO_P_ANY),
	GO_FUNC("mustDeepCopy", fn_deep_copy, GO_P_ANY),
};
const struct go_table fn_dicts = GO_TABLE(rows);
