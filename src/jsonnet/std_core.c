/* Functions of std that stand on the evaluator itself, and those that show how the others are written. */
#include "jsonnet/std.h"

static struct jv fn_length(struct vm *vm, struct jv *args)
{
	switch (jv_kind(args[0])) {
	case JV_STR:
		return jv_num((double)str_runes(vm, args[0]));
	case JV_ARR:
		return jv_num((double)arr_len(args[0]));
	case JV_OBJ:
		return jv_num((double)obj_names(vm, args[0], OBJ_VISIBLE).n);
	case JV_FUN:
		return jv_num((double)fun_params(args[0]));
	default:
		vm_raise(vm, "length operates on strings, objects, and arrays, got %s", jv_type_name(args[0]));
	}
}

static struct jv fn_type(struct vm *vm UNUSED, struct jv *args)
{
	return str_new(vm, str_c(jv_type_name(args[0])));
}

static struct jv map_item(struct vm *vm, struct jv fun, struct jv arr, size_t i)
{
	struct jv item = jv_is(arr, JV_STR) ? str_sub(vm, arr, i, i + 1) : arr_lazy(vm, arr, i);
	return vm_call(vm, fun, &item, 1);
}

/* std.map(func, arr): an array whose elements are computed one by one, when they are needed. */
static struct jv fn_map(struct vm *vm, struct jv *args)
{
	if (!jv_is(args[0], JV_FUN))
		vm_raise(vm, "std.map first param must be function, got %s", jv_type_name(args[0]));
	if (jv_is(args[1], JV_STR))
		return arr_generated(vm, str_runes(vm, args[1]), map_item, args[0], args[1]);
	if (!jv_is(args[1], JV_ARR))
		vm_raise(vm, "std.map second param must be array / string, got %s", jv_type_name(args[1]));
	return arr_generated(vm, arr_len(args[1]), map_item, args[0], args[1]);
}

/* std.foldl(func, arr, init): init is lazy, so is each intermediate result in the reference; here it is evaluated at once where it cannot tell. */
static struct jv fn_foldl(struct vm *vm, struct jv *args)
{
	struct jv pair[2] = { args[2], JV_NOTHING };
	size_t n;
	if (jv_is(args[1], JV_STR))
		n = str_runes(vm, args[1]);
	else if (jv_is(args[1], JV_ARR))
		n = arr_len(args[1]);
	else
		vm_raise(vm, "length operates on strings, objects, and arrays, got %s", jv_type_name(args[1]));
	for (size_t i = 0; i < n; i++) {
		pair[1] = jv_is(args[1], JV_STR) ? str_sub(vm, args[1], i, i + 1) : arr_lazy(vm, args[1], i);
		pair[0] = vm_call(vm, args[0], pair, 2);
	}
	return vm_force(vm, pair[0]);
}

static struct jv join_strings(struct vm *vm, struct jv sep, struct jv arr)
{
	struct buf *out = vm_buf(vm);
	bool first = true;
	for (size_t i = 0; i < arr_len(arr); i++) {
		struct jv item = arr_get(vm, arr, i);
		if (jv_is(item, JV_NULL))
			continue;
		if (!jv_is(item, JV_STR))
			vm_raise(vm, "expected string but arr[%zu] was %s", i, jv_type_name(item));
		if (!first)
			buf_add(out, str_bytes(vm, sep));
		first = false;
		buf_add(out, str_bytes(vm, item));
	}
	return str_from_buf(vm, out);
}

/* std.join(sep, arr): elements that are null are left out. */
static struct jv fn_join(struct vm *vm, struct jv *args)
{
	struct vm_vec items = { 0 };
	bool first = true;
	if (!jv_is(args[0], JV_STR) && !jv_is(args[0], JV_ARR))
		vm_raise(vm, "join first parameter should be string or array, got %s", jv_type_name(args[0]));
	if (!jv_is(args[1], JV_ARR))
		vm_raise(vm, "join second parameter should be array, got %s", jv_type_name(args[1]));
	if (jv_is(args[0], JV_STR))
		return join_strings(vm, args[0], args[1]);
	for (size_t i = 0; i < arr_len(args[1]); i++) {
		struct jv item = arr_get(vm, args[1], i);
		if (jv_is(item, JV_NULL))
			continue;
		if (!jv_is(item, JV_ARR))
			vm_raise(vm, "expected array but arr[%zu] was %s", i, jv_type_name(item));
		for (size_t k = 0; !first && k < arr_len(args[0]); k++)
			vm_vec_push(vm, &items, arr_lazy(vm, args[0], k));
		first = false;
		for (size_t k = 0; k < arr_len(item); k++)
			vm_vec_push(vm, &items, arr_lazy(vm, item, k));
	}
	return vm_vec_array(vm, &items);
}

/* std.get(o, f, default, inc_hidden) */
static struct jv fn_get(struct vm *vm, struct jv *args)
{
	std_types(vm, "objectHasEx", "osb", (struct jv[]){ args[0], args[1], args[3] });
	if (obj_has(vm, args[0], args[1], jv_as_bool(args[3]) ? OBJ_ALL : OBJ_VISIBLE))
		return obj_get(vm, args[0], args[1]);
	return vm_force(vm, args[2]);
}

static struct jv fn_manifest_json_ex(struct vm *vm, struct jv *args)
{
	struct manifest_style style = manifest_ex;
	struct buf *out = vm_buf(vm);
	style.indent = str_bytes(vm, args[1]);
	style.newline = str_bytes(vm, args[2]);
	style.key_val_sep = str_bytes(vm, args[3]);
	manifest_json(vm, args[0], &style, out);
	return str_from_buf(vm, out);
}

const struct std_row std_core_rows[] = {
	{ "length", "x", fn_length },
	{ "type", "x", fn_type },
	{ "map", "func, arr", fn_map },
	{ "foldl", "func, arr, ~init", fn_foldl },
	{ "join", "sep, arr", fn_join },
	{ "get", "o, f, ~default=null, inc_hidden=true", fn_get },
	{ "manifestJsonEx", "value, indent, newline='\\n', key_val_sep=': '", fn_manifest_json_ex },
	{ NULL },
};
