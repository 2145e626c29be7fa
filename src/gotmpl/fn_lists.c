/*
 * Lists: making them, and taking them apart. Sprig does it with reflection on any slice; struct items is that. Results are []interface {} but
 * where said; an empty one is nil where sprig returns nil, which JSON shows.
 */
#include "gotmpl/sprig_util.h"

#include <math.h>
#include <stdlib.h>

/* The items of argument `i`, or the error of a nil or of what is no slice. */
static bool arg_items(struct go_call *call, size_t i, const char *what, struct items *out, struct err *err)
{
	struct value v = call->argv[i];
	if (v.kind == VAL_NULL)
		return fail(err, NIL_DEREFERENCE);
	if (items_of(call, v, out))
		return true;
	return err_set(err, ERR_FAILED, "%s type %.*s", what, STR_ARG(go_kind_name(go_kind_of(call->types, v))));
}

static struct value nil_list(struct go_call *call)
{
	struct value v = value_list_new(call->arena);
	v.extra = GO_NIL;
	return v;
}

/* Items [from, to) as a new list. */
static struct value copy_items(struct go_call *call, const struct items *items, size_t from, size_t to)
{
	struct value list = value_list_new(call->arena);
	for (size_t i = from; i < to; i++)
		value_list_add(list, items_at(items, i), call->arena);
	return list;
}

static bool fn_list(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = copy_items(call, &(struct items){ .list = call->argv, .n = call->argc }, 0, call->argc);
	return true;
}

static bool fn_first(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	if (!arg_items(call, 0, "Cannot find first on", &items, err))
		return false;
	*out = items.n > 0 ? items_at(&items, 0) : any_nil();
	return true;
}

static bool fn_last(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	if (!arg_items(call, 0, "Cannot find last on", &items, err))
		return false;
	*out = items.n > 0 ? items_at(&items, items.n - 1) : any_nil();
	return true;
}

static bool fn_rest(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	if (!arg_items(call, 0, "Cannot find rest on", &items, err))
		return false;
	*out = items.n > 0 ? copy_items(call, &items, 1, items.n) : nil_list(call);
	return true;
}

static bool fn_initial(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	if (!arg_items(call, 0, "Cannot find initial on", &items, err))
		return false;
	*out = items.n > 0 ? copy_items(call, &items, 0, items.n - 1) : nil_list(call);
	return true;
}

static bool fn_append(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	if (!arg_items(call, 0, "Cannot push on", &items, err))
		return false;
	*out = copy_items(call, &items, 0, items.n);
	value_list_add(*out, call->argv[1], call->arena);
	return true;
}

static bool fn_prepend(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	if (!arg_items(call, 0, "Cannot prepend on", &items, err))
		return false;
	*out = value_list_new(call->arena);
	value_list_add(*out, call->argv[1], call->arena);
	for (size_t i = 0; i < items.n; i++)
		value_list_add(*out, items_at(&items, i), call->arena);
	return true;
}

static bool fn_concat(struct go_call *call, struct value *out, struct err *err)
{
	struct value list = nil_list(call);
	for (size_t i = 0; i < call->argc; i++) {
		struct items items;
		if (call->argv[i].kind == VAL_NULL)
			return fail(err, NIL_DEREFERENCE);
		if (!items_of(call, call->argv[i], &items))
			return err_set(err, ERR_FAILED, "Cannot concat type %.*s as list",
				       STR_ARG(go_kind_name(go_kind_of(call->types, call->argv[i]))));
		for (size_t k = 0; k < items.n; k++)
			value_list_add(list, items_at(&items, k), call->arena);
	}
	if (value_list_len(list) > 0)
		list.extra = 0;
	*out = list;
	return true;
}

static bool fn_reverse(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	if (!arg_items(call, 0, "Cannot find reverse on", &items, err))
		return false;
	*out = value_list_new(call->arena);
	for (size_t i = items.n; i > 0; i--)
		value_list_add(*out, items_at(&items, i - 1), call->arena);
	return true;
}

static bool fn_compact(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	if (!arg_items(call, 0, "Cannot compact on", &items, err))
		return false;
	*out = value_list_new(call->arena);
	for (size_t i = 0; i < items.n; i++)
		if (!sprig_empty(items_at(&items, i)))
			value_list_add(*out, items_at(&items, i), call->arena);
	return true;
}

/* What the slices of a slice keep: its own type. */
static bool fn_slice(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	struct value v = call->argv[0];
	if (v.kind == VAL_NULL)
		return fail(err, NIL_DEREFERENCE);
	if (!items_of(call, v, &items))
		return err_set(err, ERR_FAILED, "list should be type of slice or array but %.*s",
			       STR_ARG(go_kind_name(go_kind_of(call->types, v))));
	if (items.n == 0) {
		*out = any_nil();
		return true;
	}
	int64_t from = call->argc > 1 ? cast_int64(call, call->argv[1]) : 0;
	int64_t to = call->argc > 2 ? cast_int64(call, call->argv[2]) : (int64_t)items.n;
	if (from < 0 || to < from || to > (int64_t)items.n)
		return fail(err, "reflect.Value.Slice: slice index out of bounds");
	if (items.list == NULL) {
		*out = value_str(str_slice(items.bytes, (size_t)from, (size_t)to));
	} else {
		*out = copy_items(call, &items, (size_t)from, (size_t)to);
	}
	out->type = v.type;
	return true;
}

static bool fn_chunk(struct go_call *call, struct value *out, struct err *err)
{
	struct items items;
	int64_t size = call->argv[0].i;
	if (call->argv[1].kind == VAL_NULL)
		return fail(err, NIL_DEREFERENCE);
	if (!items_of(call, call->argv[1], &items))
		return err_set(err, ERR_FAILED, "Cannot chunk type %.*s", STR_ARG(go_kind_name(go_kind_of(call->types, call->argv[1]))));
	/* In floats, as sprig counts; a size of 0 gives infinitely many. */
	double count = floor(((double)items.n - 1) / (double)size) + 1;
	if (!(count >= 0 && count <= (double)SPRIG_MAX_ITEMS))
		return fail(err, "runtime error: makeslice: len out of range");
	*out = go_list_new(GO_LISTS, call->arena);
	if (count > 0 && size < 0)
		return fail(err, "runtime error: makeslice: len out of range");
	for (size_t i = 0; i < (size_t)count; i++) {
		size_t from = i * (size_t)size;
		value_list_add(*out, copy_items(call, &items, from, MIN(from + (size_t)size, items.n)), call->arena);
	}
	return true;
}

/* ---- Strings and lists ---- */

static bool fn_join(struct go_call *call, struct value *out, struct err *err)
{
	struct value list = sprig_strings(call, call->argv[1]);
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < value_list_len(list); i++) {
		if (i > 0)
			buf_add(&b, arg_str(call, 0));
		buf_add(&b, value_as_str(list.list->p[i]));
	}
	return give(call, &b, out, err);
}

static bool fn_to_strings(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = sprig_strings(call, call->argv[0]);
	return true;
}

static int cmp_strings(const void *l, const void *r)
{
	return str_cmp(value_as_str(*(const struct value *)l), value_as_str(*(const struct value *)r));
}

/* A []string is sorted in place, as sprig does it. */
static bool fn_sort_alpha(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	struct items items;
	if (items_of(call, call->argv[0], &items)) {
		*out = sprig_strings(call, call->argv[0]);
		if (out->list->n > 1)
			qsort(out->list->p, out->list->n, sizeof(struct value), cmp_strings);
		return true;
	}
	*out = go_list_new(GO_STRINGS, call->arena);
	value_list_add(*out, value_str(sprig_strval(call, call->argv[0])), call->arena);
	return true;
}

static const struct go_func rows[] = {
	GO_FUNC("list", fn_list, GO_P_ANY | GO_P_MANY),
	GO_FUNC("tuple", fn_list, GO_P_ANY | GO_P_MANY),
	GO_FUNC("first", fn_first, GO_P_ANY),
	GO_FUNC("mustFirst", fn_first, GO_P_ANY),
	GO_FUNC("last", fn_last, GO_P_ANY),
	GO_FUNC("mustLast", fn_last, GO_P_ANY),
	GO_FUNC("rest", fn_rest, GO_P_ANY),
	GO_FUNC("mustRest", fn_rest, GO_P_ANY),
	GO_FUNC("initial", fn_initial, GO_P_ANY),
	GO_FUNC("mustInitial", fn_initial, GO_P_ANY),
	GO_FUNC("append", fn_append, GO_P_ANY, GO_P_ANY),
	GO_FUNC("mustAppend", fn_append, GO_P_ANY, GO_P_ANY),
	GO_FUNC("push", fn_append, GO_P_ANY, GO_P_ANY),
	GO_FUNC("mustPush", fn_append, GO_P_ANY, GO_P_ANY),
	GO_FUNC("prepend", fn_prepend, GO_P_ANY, GO_P_ANY),
	GO_FUNC("mustPrepend", fn_prepend, GO_P_ANY, GO_P_ANY),
	GO_FUNC("concat", fn_concat, GO_P_ANY | GO_P_MANY),
	GO_FUNC("reverse", fn_reverse, GO_P_ANY),
	GO_FUNC("mustReverse", fn_reverse, GO_P_ANY),
	GO_FUNC("compact", fn_compact, GO_P_ANY),
	GO_FUNC("mustCompact", fn_compact, GO_P_ANY),
	GO_FUNC("slice", fn_slice, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("mustSlice", fn_slice, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("chunk", fn_chunk, GO_P_INT, GO_P_ANY),
	GO_FUNC("mustChunk", fn_chunk, GO_P_INT, GO_P_ANY),
	GO_FUNC("join", fn_join, GO_P_STRING, GO_P_ANY),
	GO_FUNC("toStrings", fn_to_strings, GO_P_ANY),
	GO_FUNC("sortAlpha", fn_sort_alpha, GO_P_ANY),
};
const struct go_table fn_lists = GO_TABLE(rows);
