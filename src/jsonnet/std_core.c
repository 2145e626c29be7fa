/* Functions of std that stand on the evaluator itself, and those that show how the others are written. */
#include <math.h>

#include "jsonnet/std.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

static struct jv fn_length(struct vm *vm, struct jv *args)
{
	return jv_num((double)std_len(vm, args[0]));
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

/* std.foldl(func, arr, init): init stays lazy for the first call; each result is evaluated, as in the reference. */
static struct jv fn_foldl(struct vm *vm, struct jv *args)
{
	struct jv arr = vm_force(vm, args[1]), pair[2] = { args[2], JV_NOTHING };
	std_fold_over(vm, "foldl", arr);
	size_t n = std_len(vm, arr);
	if (n == 0)
		return vm_force(vm, args[2]);
	struct jv items = std_items(vm, arr), func = vm_force(vm, args[0]);
	std_callable(vm, func);
	for (size_t i = 0; i < n; i++) {
		pair[1] = arr_lazy(vm, items, i);
		pair[0] = vm_call(vm, func, pair, 2);
	}
	return pair[0];
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
struct jv std_join(struct vm *vm, struct jv sep, struct jv arr)
{
	struct vm_vec items = { 0 };
	bool first = true;
	if (!jv_is(sep, JV_STR) && !jv_is(sep, JV_ARR))
		vm_raise(vm, "join first parameter should be string or array, got %s", jv_type_name(sep));
	if (!jv_is(arr, JV_ARR))
		vm_raise(vm, "join second parameter should be array, got %s", jv_type_name(arr));
	if (jv_is(sep, JV_STR))
		return join_strings(vm, sep, arr);
	for (size_t i = 0; i < arr_len(arr); i++) {
		struct jv item = arr_get(vm, arr, i);
		if (jv_is(item, JV_NULL))
			continue;
		if (!jv_is(item, JV_ARR))
			vm_raise(vm, "expected array but arr[%zu] was %s", i, jv_type_name(item));
		for (size_t k = 0; !first && k < arr_len(sep); k++)
			vm_vec_push(vm, &items, arr_lazy(vm, sep, k));
		first = false;
		for (size_t k = 0; k < arr_len(item); k++)
			vm_vec_push(vm, &items, arr_lazy(vm, item, k));
	}
	return vm_vec_array(vm, &items);
}

static struct jv fn_join(struct vm *vm, struct jv *args)
{
	return std_join(vm, args[0], args[1]);
}

/* std.get(o, f, default, inc_hidden) */
static struct jv fn_get(struct vm *vm, struct jv *args)
{
	std_types(vm, "objectHasEx", "osb", (struct jv[]){ args[0], args[1], args[3] });
	if (obj_has(vm, args[0], args[1], jv_as_bool(args[3]) ? OBJ_ALL : OBJ_VISIBLE))
		return obj_get(vm, args[0], args[1]);
	return vm_force(vm, args[2]);
}

/* --- the program's surroundings --- */

static struct jv fn_ext_var(struct vm *vm, struct jv *args)
{
	struct jv v;
	std_types(vm, "extVar", "s", args);
	if (!ext_var(vm, str_bytes(vm, args[0]), &v))
		vm_raise(vm, "undefined external variable: %.*s", STR_ARG(str_bytes(vm, args[0])));
	return v;
}

static struct jv fn_native(struct vm *vm, struct jv *args)
{
	std_types(vm, "native", "s", args);
	return host_native(vm, str_bytes(vm, args[0]));
}

/* std.trace(str, rest): a line "TRACE: file:line text" for the host, and rest. */
static struct jv fn_trace(struct vm *vm, struct jv *args)
{
	const struct node *at = vm->calls->at;
	struct jv text = args[0], rest = args[1];
	if (!jv_is(text, JV_STR))
		vm_raise(vm, "Builtin function trace expected string as first parameter but got %s", jv_type_name(text));
	if (!vm->options->trace)
		return rest;
	const struct source *source = at ? source_at(vm, at->begin) : NULL;
	struct buf *line = vm_buf(vm);
	buf_add_c(line, "TRACE: ");
	if (source) {
		size_t number = 1;
		for (uint32_t i = 0; i < at->begin - source->base; i++)
			number += source->text.p[i] == '\n';
		buf_addf(line, "%.*s:%zu ", STR_ARG(source->name), number);
	}
	buf_add(line, str_bytes(vm, text));
	buf_add_char(line, '\n');
	vm->options->trace(vm->options->trace_ctx, buf_str(line));
	vm_buf_done(vm, line);
	return rest;
}

/* --- types and equality --- */

#define IS(name, kind)                                                        \
	static struct jv fn_is_##name(struct vm *vm UNUSED, struct jv *args)  \
	{                                                                     \
		return jv_bool(jv_kind(args[0]) == (kind));                   \
	}
IS(array, JV_ARR)
IS(boolean, JV_BOOL)
IS(function, JV_FUN)
IS(null, JV_NULL)
IS(number, JV_NUM)
IS(object, JV_OBJ)
IS(string, JV_STR)

static struct jv fn_id(struct vm *vm UNUSED, struct jv *args)
{
	return args[0];
}

static struct jv fn_to_string(struct vm *vm, struct jv *args)
{
	return vm_to_string(vm, args[0]);
}

static struct jv fn_equals(struct vm *vm, struct jv *args)
{
	return jv_bool(vm_equal(vm, args[0], args[1]));
}

static struct jv fn_primitive_equals(struct vm *vm, struct jv *args)
{
	if (jv_kind(args[0]) != jv_kind(args[1]))
		return jv_bool(false);
	if (jv_is(args[0], JV_ARR) || jv_is(args[0], JV_OBJ) || jv_is(args[0], JV_FUN))
		vm_raise(vm, "primitiveEquals operates on primitive types, got %s", jv_type_name(args[0]));
	return jv_bool(vm_equal(vm, args[0], args[1]));
}

static struct jv fn_mod(struct vm *vm, struct jv *args)
{
	return op_mod(vm, vm->calls->at, args[0], args[1]);
}

/* --- fields --- */

static struct jv fields(struct vm *vm, struct jv obj, struct jv inc_hidden)
{
	struct jv *slots;
	std_types(vm, "objectFieldsEx", "ob", (struct jv[]){ obj, inc_hidden });
	struct obj_names names = obj_names(vm, obj, jv_true(inc_hidden) ? OBJ_ALL : OBJ_VISIBLE);
	struct jv out = arr_new(vm, names.n, &slots);
	for (size_t i = 0; i < names.n; i++)
		slots[i] = names.p[i];
	return out;
}

static struct jv fn_object_fields_ex(struct vm *vm, struct jv *args)
{
	return fields(vm, args[0], args[1]);
}

static struct jv fn_object_fields(struct vm *vm, struct jv *args)
{
	return fields(vm, args[0], jv_bool(false));
}

static struct jv fn_object_fields_all(struct vm *vm, struct jv *args)
{
	return fields(vm, args[0], jv_bool(true));
}

static struct jv has(struct vm *vm, struct jv obj, struct jv name, struct jv inc_hidden)
{
	std_types(vm, "objectHasEx", "osb", (struct jv[]){ obj, name, inc_hidden });
	return jv_bool(obj_has(vm, obj, name, jv_true(inc_hidden) ? OBJ_ALL : OBJ_VISIBLE));
}

static struct jv fn_object_has_ex(struct vm *vm, struct jv *args)
{
	return has(vm, args[0], args[1], args[2]);
}

static struct jv fn_object_has(struct vm *vm, struct jv *args)
{
	return has(vm, args[0], args[1], jv_bool(false));
}

static struct jv fn_object_has_all(struct vm *vm, struct jv *args)
{
	return has(vm, args[0], args[1], jv_bool(true));
}

/* --- arrays made of nothing --- */

static struct jv made_item(struct vm *vm, struct jv fun, struct jv unused UNUSED, size_t i)
{
	return std_call1(vm, fun, jv_num((double)i));
}

static struct jv fn_make_array(struct vm *vm, struct jv *args)
{
	std_types(vm, "makeArray", "nf", args);
	int64_t n = std_int(args[0]);
	if (n < 0 && vm_is_go(vm))
		n = 0;
	if (n < 0)
		vm_raise(vm, "makeArray requires size >= 0, got %lld", (long long)n);
	if (fun_params(args[1]) != 1 && !vm_is_go(vm))
		vm_raise(vm, "makeArray function must take 1 param, got: %zu", fun_params(args[1]));
	if (n > UINT32_MAX)
		vm_raise(vm, "array too long");
	return arr_generated(vm, (size_t)n, made_item, args[1], jv_null());
}

static struct jv fn_range(struct vm *vm, struct jv *args)
{
	std_types(vm, "range", "nn", args);
	double from = trunc(jv_as_num(args[0])), to = trunc(jv_as_num(args[1]));
	if (to - from >= UINT32_MAX)
		vm_raise(vm, "array too long");
	return arr_range(vm, from, to < from ? 0 : (size_t)(to - from) + 1);
}

const struct std_row std_core_rows[] = {
	{ "extVar", "x", fn_ext_var },
	{ "native", "name", fn_native },
	{ "trace", "str, rest", fn_trace },
	{ "isArray", "v", fn_is_array },
	{ "isBoolean", "v", fn_is_boolean },
	{ "isFunction", "v", fn_is_function },
	{ "isNull", "v", fn_is_null },
	{ "isNumber", "v", fn_is_number },
	{ "isObject", "v", fn_is_object },
	{ "isString", "v", fn_is_string },
	{ "id", "x", fn_id },
	{ "toString", "a", fn_to_string },
	{ "equals", "a, b", fn_equals },
	{ "primitiveEquals", "a, b", fn_primitive_equals },
	{ "mod", "a, b", fn_mod },
	{ "objectFieldsEx", "obj, inc_hidden", fn_object_fields_ex },
	{ "objectFields", "o", fn_object_fields },
	{ "objectFieldsAll", "o", fn_object_fields_all },
	{ "objectHasEx", "obj, f, inc_hidden", fn_object_has_ex },
	{ "objectHas", "o, f", fn_object_has },
	{ "objectHasAll", "o, f", fn_object_has_all },
	{ "makeArray", "sz, func", fn_make_array },
	{ "range", "from, to", fn_range },
	{ "length", "x", fn_length },
	{ "type", "x", fn_type },
	{ "map", "func, arr", fn_map },
	{ "foldl", "~func, ~arr, ~init", fn_foldl },
	{ "join", "sep, arr", fn_join },
	{ "get", "o, f, ~default=null, inc_hidden=true", fn_get },
	{ NULL },
};
