/* Functions of std on objects, and the comparisons. What is built from an object's fields keeps them unevaluated. */
#include "jsonnet/std.h"
#include "jsonnet/std_util.h"

/* The names of an object's fields; what is no object meets the check of std.objectFieldsEx. */
static struct obj_names names_of(struct vm *vm, struct jv obj, enum obj_which which)
{
	std_types(vm, "objectFieldsEx", "ob", (struct jv[]){ obj, jv_bool(which == OBJ_ALL) });
	return obj_names(vm, obj, which);
}

static struct jv values(struct vm *vm, struct jv obj, enum obj_which which)
{
	struct jv *slots;
	struct obj_names names = names_of(vm, obj, which);
	struct jv out = arr_new(vm, names.n, &slots);
	for (size_t i = 0; i < names.n; i++)
		slots[i] = obj_lazy(vm, obj, names.p[i]);
	return out;
}

static struct jv fn_object_values(struct vm *vm, struct jv *args)
{
	return values(vm, args[0], OBJ_VISIBLE);
}

static struct jv fn_object_values_all(struct vm *vm, struct jv *args)
{
	return values(vm, args[0], OBJ_ALL);
}

static struct jv key_values(struct vm *vm, struct jv obj, enum obj_which which)
{
	struct jv *slots, key = str_new(vm, STR("key")), value = str_new(vm, STR("value"));
	struct obj_names names = names_of(vm, obj, which);
	struct jv out = arr_new(vm, names.n, &slots);
	for (size_t i = 0; i < names.n; i++) {
		struct obj_build b = { 0 };
		obj_build_add(vm, &b, key, names.p[i], VIS_DEFAULT);
		obj_build_add(vm, &b, value, obj_lazy(vm, obj, names.p[i]), VIS_DEFAULT);
		slots[i] = obj_build_done(vm, &b);
	}
	return out;
}

static struct jv fn_object_keys_values(struct vm *vm, struct jv *args)
{
	return key_values(vm, args[0], OBJ_VISIBLE);
}

static struct jv fn_object_keys_values_all(struct vm *vm, struct jv *args)
{
	return key_values(vm, args[0], OBJ_ALL);
}

/* `pair` is the name and the value of a field. */
static struct jv call_pair(struct vm *vm, struct jv fun, struct jv pair)
{
	struct jv args[2] = { arr_lazy(vm, pair, 0), arr_lazy(vm, pair, 1) };
	return vm_call(vm, fun, args, 2);
}

static struct jv fn_map_with_key(struct vm *vm, struct jv *args)
{
	struct obj_build b = { 0 };
	if (!jv_is(args[0], JV_FUN))
		vm_raise(vm, "std.mapWithKey first param must be function, got %s", jv_type_name(args[0]));
	struct jv obj = vm_force(vm, args[1]);
	if (!jv_is(obj, JV_OBJ))
		vm_raise(vm, "std.mapWithKey second param must be object, got %s", jv_type_name(obj));
	struct obj_names names = obj_names(vm, obj, OBJ_VISIBLE);
	for (size_t i = 0; i < names.n; i++) {
		struct jv *slots, pair = arr_new(vm, 2, &slots);
		slots[0] = names.p[i];
		slots[1] = obj_lazy(vm, obj, names.p[i]);
		obj_build_add(vm, &b, names.p[i], thunk_new(vm, call_pair, args[0], pair), VIS_DEFAULT);
	}
	return obj_build_done(vm, &b);
}

static struct jv fn_object_remove_key(struct vm *vm, struct jv *args)
{
	std_types(vm, "objectRemoveKey", "os", args);
	return obj_without(vm, args[0], args[1]);
}

/* --- std.mergePatch, RFC 7396 --- */

static struct jv merge_patch(struct vm *vm, struct jv target, struct jv patch);

static struct jv merge_later(struct vm *vm, struct jv target, struct jv patch)
{
	patch = vm_force(vm, patch);
	return merge_patch(vm, vm_force(vm, target), patch);
}

static struct jv merge_patch(struct vm *vm, struct jv target, struct jv patch)
{
	struct obj_build b = { 0 };
	vm_deeper(vm);
	if (!jv_is(patch, JV_OBJ))
		return patch;
	bool has_target = jv_is(target, JV_OBJ);
	struct obj_names names = obj_names(vm, patch, OBJ_VISIBLE);
	if (has_target) {
		struct obj_names old = obj_names(vm, target, OBJ_VISIBLE);
		for (size_t i = 0; i < old.n; i++)
			if (!obj_has(vm, patch, old.p[i], OBJ_VISIBLE))
				obj_build_add(vm, &b, old.p[i], obj_lazy(vm, target, old.p[i]), VIS_DEFAULT);
	}
	for (size_t i = 0; i < names.n; i++) {
		struct jv value = obj_get(vm, patch, names.p[i]);
		if (jv_is(value, JV_NULL))
			continue;
		bool both = has_target && obj_has(vm, target, names.p[i], OBJ_VISIBLE);
		struct jv before = both ? obj_lazy(vm, target, names.p[i]) : jv_null();
		obj_build_add(vm, &b, names.p[i], thunk_new(vm, merge_later, before, value), VIS_DEFAULT);
	}
	return obj_build_done(vm, &b);
}

static struct jv fn_merge_patch(struct vm *vm, struct jv *args)
{
	struct jv patch = vm_force(vm, args[1]);
	if (!jv_is(patch, JV_OBJ))
		return patch;
	return merge_patch(vm, vm_force(vm, args[0]), patch);
}

/* --- std.prune --- */

static bool has_content(struct vm *vm, struct jv v)
{
	if (jv_is(v, JV_NULL))
		return false;
	return !(jv_is(v, JV_ARR) || jv_is(v, JV_OBJ)) || std_len(vm, v) > 0;
}

static struct jv prune(struct vm *vm, struct jv v)
{
	vm_deeper(vm);
	if (jv_is(v, JV_ARR)) {
		struct vm_vec out = { 0 };
		for (size_t i = 0; i < arr_len(v); i++) {
			struct jv item = prune(vm, arr_get(vm, v, i));
			if (has_content(vm, item))
				vm_vec_push(vm, &out, item);
		}
		return vm_vec_array(vm, &out);
	}
	if (jv_is(v, JV_OBJ)) {
		struct obj_build b = { 0 };
		struct obj_names names = obj_names(vm, v, OBJ_VISIBLE);
		for (size_t i = 0; i < names.n; i++) {
			struct jv item = prune(vm, obj_get(vm, v, names.p[i]));
			if (has_content(vm, item))
				obj_build_add(vm, &b, names.p[i], item, VIS_DEFAULT);
		}
		return obj_build_done(vm, &b);
	}
	return v;
}

static struct jv fn_prune(struct vm *vm, struct jv *args)
{
	return prune(vm, args[0]);
}

/* --- comparisons --- */

static struct jv fn_xor(struct vm *vm, struct jv *args)
{
	return jv_bool(!vm_equal(vm, args[0], args[1]));
}

static struct jv fn_xnor(struct vm *vm, struct jv *args)
{
	return jv_bool(vm_equal(vm, args[0], args[1]));
}

/* How std.assertEqual shows a value: a string quoted, all else as text. */
static struct jv shown(struct vm *vm, struct jv v)
{
	if (!jv_is(v, JV_STR))
		return vm_to_string(vm, v);
	struct buf *out = vm_buf(vm);
	std_add_quoted(vm, out, v);
	return str_from_buf(vm, out);
}

static struct jv fn_assert_equal(struct vm *vm, struct jv *args)
{
	if (vm_equal(vm, args[0], args[1]))
		return jv_bool(true);
	struct jv a = shown(vm, args[0]), b = shown(vm, args[1]);
	vm_raise(vm, "Assertion failed. %.*s != %.*s", STR_ARG(str_bytes(vm, a)), STR_ARG(str_bytes(vm, b)));
}

static struct jv fn_compare(struct vm *vm, struct jv *args)
{
	int order = std_compare(vm, args[0], args[1]);
	return jv_num(order < 0 ? -1 : order > 0);
}

static struct jv fn_compare_array(struct vm *vm, struct jv *args)
{
	return jv_num(std_compare_items(vm, args[0], args[1]));
}

static struct jv fn_array_less(struct vm *vm, struct jv *args)
{
	return jv_bool(std_compare_items(vm, args[0], args[1]) < 0);
}

static struct jv fn_array_greater(struct vm *vm, struct jv *args)
{
	return jv_bool(std_compare_items(vm, args[0], args[1]) > 0);
}

static struct jv fn_array_less_or_equal(struct vm *vm, struct jv *args)
{
	return jv_bool(std_compare_items(vm, args[0], args[1]) <= 0);
}

static struct jv fn_array_greater_or_equal(struct vm *vm, struct jv *args)
{
	return jv_bool(std_compare_items(vm, args[0], args[1]) >= 0);
}

const struct std_row std_objects_rows[] = {
	{ "objectValues", "o", fn_object_values },
	{ "objectValuesAll", "o", fn_object_values_all },
	{ "objectKeysValues", "o", fn_object_keys_values },
	{ "objectKeysValuesAll", "o", fn_object_keys_values_all },
	{ "objectRemoveKey", "obj, key", fn_object_remove_key },
	{ "mapWithKey", "func, ~obj", fn_map_with_key },
	{ "mergePatch", "~target, ~patch", fn_merge_patch },
	{ "prune", "a", fn_prune },
	{ "xor", "x, y", fn_xor },
	{ "xnor", "x, y", fn_xnor },
	{ "assertEqual", "a, b", fn_assert_equal },
	{ "__compare", "v1, v2", fn_compare },
	{ "__compare_array", "arr1, arr2", fn_compare_array },
	{ "__array_less", "arr1, arr2", fn_array_less },
	{ "__array_greater", "arr1, arr2", fn_array_greater },
	{ "__array_less_or_equal", "arr1, arr2", fn_array_less_or_equal },
	{ "__array_greater_or_equal", "arr1, arr2", fn_array_greater_or_equal },
	{ NULL },
};
