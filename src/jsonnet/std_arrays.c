/* Functions of std on arrays (and on strings where the reference indexes them alike). Elements stay unevaluated wherever nobody has to look at them. */
#include "jsonnet/std.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

static bool is_true(struct vm *vm, struct jv item)
{
	if (!jv_is(item, JV_BOOL))
		vm_raise(vm, "element \"%.*s\" of type %s is not a boolean", STR_ARG(str_bytes(vm, vm_to_string(vm, item))),
			 jv_type_name(item));
	return jv_true(item);
}

static struct jv fn_all(struct vm *vm, struct jv *args)
{
	if (!jv_is(args[0], JV_ARR))
		vm_raise(vm, "all() parameter should be an array, got %s", jv_type_name(args[0]));
	for (size_t i = 0; i < arr_len(args[0]); i++)
		if (!is_true(vm, arr_get(vm, args[0], i)))
			return jv_bool(false);
	return jv_bool(true);
}

static struct jv fn_any(struct vm *vm, struct jv *args)
{
	if (!jv_is(args[0], JV_ARR))
		vm_raise(vm, "any() parameter should be an array, got %s", jv_type_name(args[0]));
	for (size_t i = 0; i < arr_len(args[0]); i++)
		if (is_true(vm, arr_get(vm, args[0], i)))
			return jv_bool(true);
	return jv_bool(false);
}

static struct jv sum_of(struct vm *vm, struct jv arr)
{
	struct jv sum = jv_num(0);
	size_t n = std_len(vm, arr);
	for (size_t i = 0; i < n; i++) {
		struct jv item = std_at(vm, arr, i);
		if (vm_is_go(vm) && !jv_is_num(item))
			vm_raise(vm, "Unexpected type %s, expected number", jv_type_name(item));
		sum = vm_add(vm, sum, item);
	}
	return sum;
}

static struct jv fn_sum(struct vm *vm, struct jv *args)
{
	return sum_of(vm, args[0]);
}

static struct jv fn_avg(struct vm *vm, struct jv *args)
{
	double sum, n;
	size_t len = std_len(vm, args[0]);
	if (len == 0)
		vm_raise(vm, "Cannot calculate average of an empty array.");
	std_numbers(vm, "/", sum_of(vm, args[0]), jv_num((double)len), &sum, &n);
	return vm_num(vm, sum / n);
}

/* How many elements equal x; all are looked at, and x only if there is one. */
static size_t count_equal(struct vm *vm, struct jv arr, struct jv lazy_x)
{
	size_t found = 0;
	for (size_t i = 0; i < arr_len(arr); i++) {
		struct jv item = arr_get(vm, arr, i);
		found += vm_equal(vm, item, vm_force(vm, lazy_x));
	}
	return found;
}

static struct jv fn_count(struct vm *vm, struct jv *args)
{
	if (!jv_is(args[0], JV_ARR))
		vm_raise(vm, "Builtin function filter expected (function, array) but got (function, %s)", jv_type_name(args[0]));
	return jv_num((double)count_equal(vm, args[0], args[1]));
}

static struct jv fn_contains(struct vm *vm, struct jv *args)
{
	if (!jv_is(args[0], JV_ARR))
		vm_raise(vm, "In comprehension, can only iterate over array.");
	for (size_t i = 0; i < arr_len(args[0]); i++) {
		struct jv item = arr_get(vm, args[0], i);
		if (vm_equal(vm, item, vm_force(vm, args[1])))
			return jv_bool(true);
	}
	return jv_bool(false);
}

static struct jv fn_member(struct vm *vm, struct jv *args)
{
	if (jv_is(args[0], JV_ARR) && vm_is_go(vm))
		return fn_contains(vm, args);
	if (jv_is(args[0], JV_ARR))
		return jv_bool(count_equal(vm, args[0], args[1]) > 0);
	if (!jv_is(args[0], JV_STR))
		vm_raise(vm, "std.member first argument must be an array or a string");
	struct jv x = vm_force(vm, args[1]);
	if (!jv_is(x, JV_STR) && vm_is_go(vm))
		vm_raise(vm, "Unexpected type %s, expected string", jv_type_name(x));
	if (!jv_is(x, JV_STR))
		vm_raise(vm, "findSubstr first parameter should be a string, got %s", jv_type_name(x));
	return jv_bool((str_size(x) > 0 || vm_is_go(vm)) && str_contains(str_bytes(vm, args[0]), str_bytes(vm, x)));
}

static void check_find(struct vm *vm, struct jv arr)
{
	if (!jv_is(arr, JV_ARR))
		vm_raise(vm, "find second parameter should be an array, got %s", jv_type_name(arr));
}

static struct jv fn_find(struct vm *vm, struct jv *args)
{
	struct vm_vec out = { 0 };
	check_find(vm, args[1]);
	for (size_t i = 0; i < arr_len(args[1]); i++) {
		struct jv item = arr_get(vm, args[1], i);
		if (vm_equal(vm, item, vm_force(vm, args[0])))
			vm_vec_push(vm, &out, jv_num((double)i));
	}
	return vm_vec_array(vm, &out);
}

/* `items` without its element `at`. */
static struct jv without(struct vm *vm, struct jv items, size_t at)
{
	struct jv *slots;
	size_t n = arr_len(items), k = 0;
	struct jv out = arr_new(vm, n - 1, &slots);
	for (size_t i = 0; i < n; i++)
		if (i != at)
			slots[k++] = arr_lazy(vm, items, i);
	return out;
}

/* Nothing is removed by what is not an index. */
static struct jv fn_remove_at(struct vm *vm, struct jv *args)
{
	struct jv items = std_items(vm, args[0]);
	size_t n = arr_len(items);
	if (n == 0)
		return items;
	struct jv at = vm_force(vm, args[1]);
	double d = jv_is_num(at) ? jv_as_num(at) : -1;
	if (!(d >= 0 && d < (double)n) || d != (double)(size_t)d)
		return items;
	return without(vm, items, (size_t)d);
}

static struct jv fn_remove(struct vm *vm, struct jv *args)
{
	size_t first = SIZE_MAX;
	check_find(vm, args[0]);
	for (size_t i = 0; i < arr_len(args[0]); i++) {
		struct jv item = arr_get(vm, args[0], i);
		if (vm_equal(vm, item, vm_force(vm, args[1])) && first == SIZE_MAX)
			first = i;
	}
	return first == SIZE_MAX ? args[0] : without(vm, args[0], first);
}

static struct jv fn_reverse(struct vm *vm, struct jv *args)
{
	if (vm_is_go(vm))
		std_types(vm, "reverse", "a", args);
	struct jv *slots, items = std_items(vm, args[0]);
	size_t n = arr_len(items);
	struct jv out = arr_new(vm, n, &slots);
	for (size_t i = 0; i < n; i++)
		slots[i] = arr_lazy(vm, items, n - 1 - i);
	return out;
}

/* std.filter: the predicate is called at once, elements stay as they are. */
static struct jv filter(struct vm *vm, struct jv func, struct jv arr)
{
	struct vm_vec out = { 0 };
	if (fun_params(func) != 1 && !vm_is_go(vm))
		vm_raise(vm, "filter function takes 1 parameter.");
	for (size_t i = 0; i < arr_len(arr); i++) {
		struct jv item = arr_lazy(vm, arr, i), keep = vm_call(vm, func, &item, 1);
		if (!jv_is(keep, JV_BOOL))
			vm_raise(vm, "filter function must return boolean, got: %s", jv_type_name(keep));
		if (jv_true(keep))
			vm_vec_push(vm, &out, item);
	}
	return vm_vec_array(vm, &out);
}

static struct jv fn_filter(struct vm *vm, struct jv *args)
{
	std_types(vm, "filter", "fa", args);
	return filter(vm, args[0], args[1]);
}

static struct jv call_item(struct vm *vm, struct jv fun, struct jv arr, size_t i)
{
	return std_call1(vm, fun, arr_lazy(vm, arr, i));
}

static struct jv fn_filter_map(struct vm *vm, struct jv *args)
{
	static const char *const place[] = { "first", "second" };
	for (size_t i = 0; i < 2; i++) {
		args[i] = vm_force(vm, args[i]);
		if (!jv_is(args[i], JV_FUN))
			vm_raise(vm, "std.filterMap %s param must be function, got %s", place[i], jv_type_name(args[i]));
	}
	struct jv arr = vm_force(vm, args[2]);
	if (!jv_is(arr, JV_ARR))
		vm_raise(vm, "std.filterMap third param must be array, got %s", jv_type_name(arr));
	struct jv kept = filter(vm, args[0], arr);
	return arr_generated(vm, arr_len(kept), call_item, args[1], kept);
}

static struct jv call_with_index(struct vm *vm, struct jv fun, struct jv arr, size_t i)
{
	struct jv pair[2] = { jv_num((double)i), std_at_lazy(vm, arr, i) };
	return vm_call(vm, fun, pair, 2);
}

static struct jv fn_map_with_index(struct vm *vm, struct jv *args)
{
	if (!jv_is(args[0], JV_FUN))
		vm_raise(vm, "std.mapWithIndex first param must be function, got %s", jv_type_name(args[0]));
	struct jv arr = vm_force(vm, args[1]);
	if (!jv_is(arr, JV_ARR) && !jv_is(arr, JV_STR))
		vm_raise(vm, "std.mapWithIndex second param must be array, got %s", jv_type_name(arr));
	struct jv items = std_items(vm, arr);
	return arr_generated(vm, arr_len(items), call_with_index, args[0], items);
}

static struct jv flat_map_string(struct vm *vm, struct jv func, struct jv s)
{
	struct jv items = std_items(vm, s);
	struct buf *out = vm_buf(vm);
	for (size_t i = 0; i < arr_len(items); i++) {
		struct jv part = std_call1(vm, func, arr_lazy(vm, items, i));
		if (!jv_is(part, JV_STR))
			vm_raise(vm, "std.flatMap on strings, provided function must return a string, got %s", jv_type_name(part));
		buf_add(out, str_bytes(vm, part));
	}
	return str_from_buf(vm, out);
}

static void push_all(struct vm *vm, struct vm_vec *out, struct jv arr)
{
	for (size_t i = 0; i < arr_len(arr); i++)
		vm_vec_push(vm, out, arr_lazy(vm, arr, i));
}

static struct jv fn_flat_map(struct vm *vm, struct jv *args)
{
	struct vm_vec out = { 0 };
	if (!jv_is(args[0], JV_FUN))
		vm_raise(vm, "std.flatMap first param must be function, got %s", jv_type_name(args[0]));
	struct jv arr = vm_force(vm, args[1]);
	if (jv_is(arr, JV_STR))
		return flat_map_string(vm, args[0], arr);
	if (!jv_is(arr, JV_ARR))
		vm_raise(vm, "std.flatMap second param must be array / string, got %s", jv_type_name(arr));
	for (size_t i = 0; i < arr_len(arr); i++) {
		struct jv part = std_call1(vm, args[0], arr_lazy(vm, arr, i));
		if (!jv_is(part, JV_ARR))
			vm_raise(vm, "std.flatMap on arrays, provided function must return an array, got %s", jv_type_name(part));
		push_all(vm, &out, part);
	}
	return vm_vec_array(vm, &out);
}

/* The sum of all elements, beginning with []: where one is no array, `+` decides. */
static struct jv fn_flatten_arrays(struct vm *vm, struct jv *args)
{
	struct vm_vec out = { 0 };
	std_fold_over(vm, "foldl", args[0]);
	size_t n = std_len(vm, args[0]);
	for (size_t i = 0; i < n; i++) {
		struct jv item = std_at(vm, args[0], i);
		if (jv_is(item, JV_ARR)) {
			push_all(vm, &out, item);
			continue;
		}
		struct jv sum = vm_add(vm, vm_vec_array(vm, &out), item);
		for (i++; i < n; i++)
			sum = vm_add(vm, sum, std_at(vm, args[0], i));
		return sum;
	}
	return vm_vec_array(vm, &out);
}

static void flatten_deep(struct vm *vm, struct vm_vec *out, struct jv v)
{
	vm_deeper(vm);
	if (!jv_is(v, JV_ARR)) {
		vm_vec_push(vm, out, v);
		return;
	}
	for (size_t i = 0; i < arr_len(v); i++)
		flatten_deep(vm, out, arr_get(vm, v, i));
}

static struct jv fn_flatten_deep_array(struct vm *vm, struct jv *args)
{
	struct vm_vec out = { 0 };
	flatten_deep(vm, &out, args[0]);
	return vm_vec_array(vm, &out);
}

static struct jv fn_foldr(struct vm *vm, struct jv *args)
{
	struct jv arr = vm_force(vm, args[1]), pair[2] = { JV_NOTHING, args[2] };
	std_fold_over(vm, "foldr", arr);
	size_t n = std_len(vm, arr);
	if (n == 0)
		return vm_force(vm, args[2]);
	struct jv items = std_items(vm, arr), func = vm_force(vm, args[0]);
	std_callable(vm, func);
	for (size_t i = n; i-- > 0;) {
		pair[0] = arr_lazy(vm, items, i);
		pair[1] = vm_call(vm, func, pair, 2);
	}
	return pair[1];
}

static bool is_from_start(struct jv v)
{
	return jv_is_num(v) && jv_as_num(v) >= 0;
}

/* The arguments are evaluated in the reference's order: a bad step shows before an indexable that fails. The rest is the operator's. */
static struct jv fn_slice(struct vm *vm, struct jv *args)
{
	struct jv step = vm_force(vm, args[3]), target, *slots;
	if (jv_is_num(step) && jv_as_num(step) == 0)
		vm_raise(vm, "got 0 but step must be greater than 0");
	if (jv_is_num(step) && jv_as_num(step) < 0) {
		args[1] = vm_force(vm, args[1]);
		args[2] = vm_force(vm, args[2]);
		bool known = (jv_is(args[1], JV_NULL) || is_from_start(args[1])) && is_from_start(args[2]);
		target = known ? arr_new(vm, 0, &slots) : vm_force(vm, args[0]);
	} else {
		target = vm_force(vm, args[0]);
	}
	struct jv index = vm_force(vm, args[1]), end = vm_force(vm, args[2]);
	return op_slice(vm, vm->calls->at, target, (struct jv[]){ index, end, step });
}

/* --- the least and the greatest --- */

static struct jv extreme(struct vm *vm, struct jv *args, int sign)
{
	size_t n = std_len(vm, args[0]);
	if (n == 0) {
		if (jv_is(args[2], JV_EMPTY))
			vm_raise(vm, "Expected at least one element in array. Got none");
		return vm_force(vm, args[2]);
	}
	struct jv best = std_at_lazy(vm, args[0], 0), key = JV_NOTHING, func = vm_force(vm, args[1]);
	bool identity = jv_is(func, JV_EMPTY);
	for (size_t i = 0; i < n; i++) {
		struct jv item = std_at_lazy(vm, args[0], i);
		if (i == 0)
			key = identity ? vm_force(vm, item) : std_call1(vm, func, item);
		if (i == 0 && vm_is_go(vm))
			continue; /* the reference compares the first one with itself */
		struct jv other = identity ? vm_force(vm, item) : std_call1(vm, func, item);
		if (std_key_order(vm, key, other) * sign > 0) {
			best = item;
			key = other;
		}
	}
	return vm_force(vm, best);
}

static struct jv fn_min_array(struct vm *vm, struct jv *args)
{
	return extreme(vm, args, 1);
}

static struct jv fn_max_array(struct vm *vm, struct jv *args)
{
	return extreme(vm, args, -1);
}

const struct std_row std_arrays_rows[] = {
	{ "all", "arr", fn_all },
	{ "any", "arr", fn_any },
	{ "sum", "arr", fn_sum },
	{ "avg", "arr", fn_avg },
	{ "count", "arr, ~x", fn_count },
	{ "member", "arr, ~x", fn_member },
	{ "contains", "arr, ~elem", fn_contains },
	{ "find", "~value, arr", fn_find },
	{ "removeAt", "arr, ~at", fn_remove_at },
	{ "remove", "arr, ~elem", fn_remove },
	{ "reverse", "arr", fn_reverse },
	{ "filter", "func, arr", fn_filter },
	{ "filterMap", "~filter_func, ~map_func, ~arr", fn_filter_map },
	{ "mapWithIndex", "func, ~arr", fn_map_with_index },
	{ "flatMap", "func, ~arr", fn_flat_map },
	{ "flattenArrays", "arrs", fn_flatten_arrays },
	{ "flattenDeepArray", "value", fn_flatten_deep_array },
	{ "foldr", "~func, ~arr, ~init", fn_foldr },
	{ "slice", "~indexable, ~index, ~end, ~step", fn_slice },
	{ "minArray", "arr, ~keyF=?, ~onEmpty=?", fn_min_array },
	{ "maxArray", "arr, ~keyF=?, ~onEmpty=?", fn_max_array },
	{ NULL },
};
