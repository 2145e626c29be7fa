/* Functions of std that stand on the evaluator itself. */
#include <math.h>

#include "jsonnet/std.h"
#include "jsonnet/vm.h"

/* --- types --- */

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

static struct jv fn_type(struct vm *vm, struct jv *args)
{
	return str_new(vm, str_c(jv_type_name(args[0])));
}

#define IS(name, kind)                                                       \
	static struct jv fn_is_##name(struct vm *vm UNUSED, struct jv *args) \
	{                                                                    \
		return jv_bool(jv_kind(args[0]) == (kind));                  \
	}
IS(array, JV_ARR)
IS(boolean, JV_BOOL)
IS(function, JV_FUN)
IS(null, JV_NULL)
IS(number, JV_NUM)
IS(object, JV_OBJ)
IS(string, JV_STR)

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
	if (jv_kind(args[0]) >= JV_ARR && !jv_is_num(args[0]))
		vm_raise(vm, "primitiveEquals operates on primitive types, got %s", jv_type_name(args[0]));
	return jv_bool(vm_equal(vm, args[0], args[1]));
}

static struct jv fn_compare(struct vm *vm, struct jv *args)
{
	return jv_num(vm_compare_items(vm, args[0], args[1]));
}

static struct jv fn_compare_array(struct vm *vm, struct jv *args)
{
	return jv_num(vm_compare(vm, args[0], args[1]));
}

static struct jv fn_mod(struct vm *vm, struct jv *args)
{
	return op_mod(vm, NULL, args[0], args[1]);
}

/* --- arrays --- */

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

static struct jv make_item(struct vm *vm, struct jv fun, struct jv unused UNUSED, size_t i)
{
	struct jv index = jv_num((double)i);
	return vm_call(vm, fun, &index, 1);
}

static struct jv fn_make_array(struct vm *vm, struct jv *args)
{
	std_types(vm, "makeArray", "nf", args);
	double n = trunc(jv_as_num(args[0]));
	if (n < 0)
		vm_raise(vm, "makeArray requires size >= 0, got %g", n);
	if (n > UINT32_MAX)
		vm_raise(vm, "array too long");
	return arr_generated(vm, (size_t)n, make_item, args[1], jv_null());
}

static struct jv fn_range(struct vm *vm, struct jv *args)
{
	std_types(vm, "range", "nn", args);
	double from = trunc(jv_as_num(args[0])), to = trunc(jv_as_num(args[1]));
	if (to - from >= UINT32_MAX)
		vm_raise(vm, "array too long");
	return arr_range(vm, from, to < from ? 0 : (size_t)(to - from) + 1);
}

/* std.foldl(func, arr, init): what comes in between is evaluated at once, which the program cannot tell from laziness but by what it costs. */
static struct jv fn_foldl(struct vm *vm, struct jv *args)
{
	struct jv pair[2] = { args[2], JV_NOTHING };
	bool is_str = jv_is(args[1], JV_STR);
	size_t n;
	if (is_str)
		n = str_runes(vm, args[1]);
	else if (jv_is(args[1], JV_ARR))
		n = arr_len(args[1]);
	else
		n = (size_t)jv_as_num(fn_length(vm, &args[1]));
	for (size_t i = 0; i < n; i++) {
		if (!is_str && !jv_is(args[1], JV_ARR))
			vm_raise(vm, "can only index objects, strings, and arrays, got %s.", jv_type_name(args[1]));
		pair[1] = is_str ? str_sub(vm, args[1], i, i + 1) : arr_lazy(vm, args[1], i);
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

static struct jv join_arrays(struct vm *vm, struct jv sep, struct jv arr)
{
	struct vm_vec items = { 0 };
	bool first = true;
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

/* std.join(sep, arr): elements that are null are left out. */
static struct jv fn_join(struct vm *vm, struct jv *args)
{
	if (!jv_is(args[0], JV_STR) && !jv_is(args[0], JV_ARR))
		vm_raise(vm, "join first parameter should be string or array, got %s", jv_type_name(args[0]));
	if (!jv_is(args[1], JV_ARR))
		vm_raise(vm, "join second parameter should be array, got %s", jv_type_name(args[1]));
	return jv_is(args[0], JV_STR) ? join_strings(vm, args[0], args[1]) : join_arrays(vm, args[0], args[1]);
}

/* --- objects --- */

static struct jv has(struct vm *vm, struct jv obj, struct jv name, struct jv all)
{
	std_types(vm, "objectHasEx", "osb", (struct jv[]){ obj, name, all });
	return jv_bool(obj_has(vm, obj, name, jv_as_bool(all) ? OBJ_ALL : OBJ_VISIBLE));
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

static struct jv fields(struct vm *vm, struct jv obj, struct jv all)
{
	struct jv *slots;
	std_types(vm, "objectFieldsEx", "ob", (struct jv[]){ obj, all });
	struct obj_names names = obj_names(vm, obj, jv_as_bool(all) ? OBJ_ALL : OBJ_VISIBLE);
	struct jv arr = arr_new(vm, names.n, &slots);
	if (names.n)
		memcpy(slots, names.p, names.n * sizeof(*slots));
	return arr;
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

/* std.get(o, f, default, inc_hidden) */
static struct jv fn_get(struct vm *vm, struct jv *args)
{
	if (jv_as_bool(has(vm, args[0], args[1], args[3])))
		return obj_get(vm, args[0], args[1]);
	return vm_force(vm, args[2]);
}

/* --- the world --- */

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

/* "TRACE: main.jsonnet:12 text" */
static struct jv fn_trace(struct vm *vm, struct jv *args)
{
	const struct node *at = vm->calls->at;
	if (!jv_is(args[0], JV_STR))
		vm_raise(vm, "Builtin function trace expected string as first parameter but got %s", jv_type_name(args[0]));
	if (vm->options->trace) {
		const struct source *s = at ? source_at(vm, at->begin) : NULL;
		struct buf *b = vm_buf(vm);
		buf_add_c(b, "TRACE: ");
		if (s) {
			uint32_t line = 1, begin = at->begin - s->base;
			for (uint32_t i = 0; i < begin; i++)
				line += s->text.p[i] == '\n';
			buf_addf(b, "%.*s:%u", STR_ARG(s->name), line);
		}
		buf_addf(b, " %.*s\n", STR_ARG(str_bytes(vm, args[0])));
		vm->options->trace(vm->options->trace_ctx, buf_str(b));
		vm_buf_done(vm, b);
	}
	return vm_force(vm, args[1]);
}

/* --- JSON --- */

static struct jv manifest(struct vm *vm, struct jv v, const struct manifest_style *style)
{
	struct buf *out = vm_buf(vm);
	manifest_json(vm, v, style, out);
	return str_from_buf(vm, out);
}

static struct jv fn_manifest_json_ex(struct vm *vm, struct jv *args)
{
	struct manifest_style style = manifest_ex;
	struct jv indent = vm_to_string(vm, args[1]), newline = vm_to_string(vm, args[2]), sep = vm_to_string(vm, args[3]);
	style.indent = str_bytes(vm, indent);
	style.newline = str_bytes(vm, newline);
	style.key_val_sep = str_bytes(vm, sep);
	return manifest(vm, args[0], &style);
}

static struct jv fn_manifest_json(struct vm *vm, struct jv *args)
{
	return manifest(vm, args[0], &manifest_ex);
}

static struct jv fn_manifest_json_minified(struct vm *vm, struct jv *args)
{
	struct manifest_style style = manifest_ex;
	style.indent = style.newline = STR("");
	style.key_val_sep = STR(":");
	return manifest(vm, args[0], &style);
}

const struct std_row std_core_rows[] = {
	{ "length", "x", fn_length },
	{ "type", "x", fn_type },
	{ "isArray", "v", fn_is_array },
	{ "isBoolean", "v", fn_is_boolean },
	{ "isFunction", "v", fn_is_function },
	{ "isNull", "v", fn_is_null },
	{ "isNumber", "v", fn_is_number },
	{ "isObject", "v", fn_is_object },
	{ "isString", "v", fn_is_string },
	{ "toString", "a", fn_to_string },
	{ "equals", "a, b", fn_equals },
	{ "primitiveEquals", "x, y", fn_primitive_equals },
	{ "__compare", "v1, v2", fn_compare },
	{ "__compare_array", "arr1, arr2", fn_compare_array },
	{ "mod", "a, b", fn_mod },
	{ "map", "func, arr", fn_map },
	{ "makeArray", "sz, func", fn_make_array },
	{ "range", "from, to", fn_range },
	{ "foldl", "func, arr, ~init", fn_foldl },
	{ "join", "sep, arr", fn_join },
	{ "objectHasEx", "obj, fname, hidden", fn_object_has_ex },
	{ "objectHas", "o, f", fn_object_has },
	{ "objectHasAll", "o, f", fn_object_has_all },
	{ "objectFieldsEx", "obj, hidden", fn_object_fields_ex },
	{ "objectFields", "o", fn_object_fields },
	{ "objectFieldsAll", "o", fn_object_fields_all },
	{ "get", "o, f, ~default=null, inc_hidden=true", fn_get },
	{ "extVar", "x", fn_ext_var },
	{ "native", "name", fn_native },
	{ "trace", "str, ~rest", fn_trace },
	{ "manifestJson", "value", fn_manifest_json },
	{ "manifestJsonEx", "value, indent, newline='\n', key_val_sep=': '", fn_manifest_json_ex },
	{ "manifestJsonMinified", "value", fn_manifest_json_minified },
	{ NULL },
};
