/* Membership, emptiness and choice: has, without, uniq, empty, default, coalesce, ternary, all, any; and cutting strings into lists. */
#include "gotmpl/sprig_util.h"

#include "base/utf8.h"

static bool in_items(struct go_call *call, const struct items *items, struct value v)
{
	for (size_t i = 0; i < items->n; i++)
		if (go_deep_equal(call->types, items_at(items, i), v))
			return true;
	return false;
}

static bool need_items(struct go_call *call, struct value v, const char *what, struct items *out, struct err *err)
{
	if (v.kind == VAL_NULL)
		return fail(err, NIL_DEREFERENCE);
	if (items_of(call, v, out))
		return true;
	return err_set(err, ERR_FAILED, "Cannot find %s on type %.*s", what, STR_ARG(go_kind_name(go_kind_of(call->types, v))));
}

static bool fn_has(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	*out = value_bool(false);
	if (call->argv[1].kind == VAL_NULL)
		return true;
	if (!need_items(call, call->argv[1], "has", &items, err))
		return false;
	*out = value_bool(in_items(call, &items, call->argv[0]));
	return true;
}

static bool fn_without(struct go_call *call, struct value *out, struct err *err)
{
	struct items items, omitted = { .list = call->argv + 1, .n = call->argc - 1 };
	if (!need_items(call, call->argv[0], "without", &items, err))
		return false;
	*out = value_list_new(call->arena);
	for (size_t i = 0; i < items.n; i++)
		if (!in_items(call, &omitted, items_at(&items, i)))
			value_list_add(*out, items_at(&items, i), call->arena);
	return true;
}

static bool fn_uniq(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	struct map seen; /* strings, which are what is mostly asked for, need no comparison with all others */
	if (!need_items(call, call->argv[0], "uniq", &items, err))
		return false;
	map_init(&seen, 0, call->arena);
	*out = value_list_new(call->arena);
	for (size_t i = 0; i < items.n; i++) {
		struct value item = items_at(&items, i);
		if (item.kind == VAL_STR && item.type == GO_STRING) {
			if (map_has(&seen, value_as_str(item)))
				continue;
			map_put(&seen, value_as_str(item));
		} else if (in_items(call, &(struct items){ .list = out->list->p, .n = out->list->n }, item)) {
			continue;
		}
		value_list_add(*out, item, call->arena);
	}
	return true;
}

static bool fn_empty(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(sprig_empty(call->argv[0]));
	return true;
}

static bool fn_all(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(true);
	for (size_t i = 0; i < call->argc; i++)
		if (sprig_empty(call->argv[i]))
			*out = value_bool(false);
	return true;
}

static bool fn_any(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(false);
	for (size_t i = 0; i < call->argc; i++)
		if (!sprig_empty(call->argv[i]))
			*out = value_bool(true);
	return true;
}

static bool fn_coalesce(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = any_nil();
	for (size_t i = 0; i < call->argc; i++) {
		if (!sprig_empty(call->argv[i])) {
			*out = call->argv[i];
			break;
		}
	}
	return true;
}

static bool fn_default(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = call->argc < 2 || sprig_empty(call->argv[1]) ? call->argv[0] : call->argv[1];
	return true;
}

static bool fn_ternary(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = call->argv[2].b ? call->argv[0] : call->argv[1];
	return true;
}

/* ---- Cutting ---- */

/* strings.SplitN: at most `limit` pieces (negative: all). Without a separator after each code point. */
static struct value split(struct go_call *call, struct str s, struct str sep, int64_t limit)
{
	struct value list = go_list_new(GO_STRINGS, call->arena);
	if (limit == 0)
		return list;
	for (int64_t n = 1; limit < 0 || n < limit; n++) {
		uint32_t r;
		size_t at = sep.n > 0 ? str_find(s, sep) : utf8_decode(s, &r);
		if (at == STR_NPOS || (sep.n == 0 && at >= s.n))
			break;
		value_list_add(list, value_str(str_slice(s, 0, at)), call->arena);
		s = str_slice(s, at + sep.n, s.n);
	}
	if (sep.n > 0 || s.n > 0)
		value_list_add(list, value_str(s), call->arena);
	return list;
}

/* The pieces under the keys _0, _1 … */
static struct value numbered(struct go_call *call, struct value list)
{
	struct value map = value_map_new(call->arena);
	map.type = GO_MAP_STRING;
	for (size_t i = 0; i < value_list_len(list); i++)
		value_map_set(map, arena_fmt(call->arena, "_%zu", i), list.list->p[i]);
	return map;
}

static bool fn_split(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = numbered(call, split(call, arg_str(call, 1), arg_str(call, 0), -1));
	return true;
}

static bool fn_splitn(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = numbered(call, split(call, arg_str(call, 2), arg_str(call, 0), call->argv[1].i));
	return true;
}

static bool fn_split_list(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = split(call, arg_str(call, 1), arg_str(call, 0), -1);
	return true;
}

static const struct go_func rows[] = {
	GO_FUNC("has", fn_has, GO_P_ANY, GO_P_ANY),
	GO_FUNC("mustHas", fn_has, GO_P_ANY, GO_P_ANY),
	GO_FUNC("without", fn_without, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("mustWithout", fn_without, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("uniq", fn_uniq, GO_P_ANY),
	GO_FUNC("mustUniq", fn_uniq, GO_P_ANY),
	GO_FUNC("empty", fn_empty, GO_P_ANY),
	GO_FUNC("all", fn_all, GO_P_ANY | GO_P_MANY),
	GO_FUNC("any", fn_any, GO_P_ANY | GO_P_MANY),
	GO_FUNC("coalesce", fn_coalesce, GO_P_ANY | GO_P_MANY),
	GO_FUNC("default", fn_default, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("ternary", fn_ternary, GO_P_ANY, GO_P_ANY, GO_P_BOOL),
	GO_FUNC("split", fn_split, GO_P_STRING, GO_P_STRING),
	GO_FUNC("splitn", fn_splitn, GO_P_STRING, GO_P_INT, GO_P_STRING),
	GO_FUNC("splitList", fn_split_list, GO_P_STRING, GO_P_STRING),
};
const struct go_table fn_list_tests = GO_TABLE(rows);
