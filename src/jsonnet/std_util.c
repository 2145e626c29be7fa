/* Operators with their errors, for functions that the reference writes in jsonnet. */
#include "jsonnet/std_util.h"

#include <math.h>

#include "base/utf8.h"
#include "jsonnet/vm.h"

size_t std_len(struct vm *vm, struct jv v)
{
	switch (jv_kind(v)) {
	case JV_STR:
		return str_runes(vm, v);
	case JV_ARR:
		return arr_len(v);
	case JV_OBJ:
		return obj_names(vm, v, OBJ_VISIBLE).n;
	case JV_FUN:
		return vm_is_go(vm) ? fun_required(v) : fun_params(v);
	default:
		vm_raise(vm, "length operates on strings, objects, and arrays, got %s", jv_type_name(v));
	}
}

void std_fold_over(struct vm *vm, const char *name, struct jv v)
{
	if (vm_is_go(vm) && !jv_is(v, JV_STR) && !jv_is(v, JV_ARR))
		vm_raise(vm, "%s second parameter should be string or array, got %s", name, jv_type_name(v));
}

NORETURN static void bad_index(struct vm *vm, struct jv v)
{
	if (jv_is(v, JV_OBJ))
		vm_raise(vm, "object index must be string, got number.");
	vm_raise(vm, "can only index objects, strings, and arrays, got %s.", jv_type_name(v));
}

struct jv std_at(struct vm *vm, struct jv v, size_t i)
{
	if (jv_is(v, JV_ARR))
		return arr_get(vm, v, i);
	return std_at_lazy(vm, v, i);
}

struct jv std_at_lazy(struct vm *vm, struct jv v, size_t i)
{
	if (jv_is(v, JV_ARR))
		return arr_lazy(vm, v, i);
	if (jv_is(v, JV_STR))
		return str_sub(vm, v, i, i + 1);
	bad_index(vm, v);
}

static struct jv bad_item(struct vm *vm, struct jv v, struct jv unused UNUSED, size_t i UNUSED)
{
	bad_index(vm, v);
}

struct jv std_items(struct vm *vm, struct jv v)
{
	struct jv *slots;
	size_t n;
	if (jv_is(v, JV_ARR))
		return v;
	n = std_len(vm, v);
	if (n > 0 && !jv_is(v, JV_STR))
		return arr_generated(vm, n, bad_item, v, jv_null());
	struct jv list = arr_new(vm, n, &slots);
	if (!n)
		return list;
	struct str rest = str_bytes(vm, v);
	for (size_t i = 0; i < n; i++) {
		uint32_t rune;
		size_t len = utf8_decode(rest, &rune);
		slots[i] = str_new(vm, str_slice(rest, 0, len));
		rest = str_slice(rest, len, rest.n);
	}
	return list;
}

struct jv std_tail(struct vm *vm, struct jv v, size_t from)
{
	if (jv_is(v, JV_ARR))
		return arr_sub(vm, v, from, arr_len(v));
	if (jv_is(v, JV_STR))
		return str_sub(vm, v, from, str_runes(vm, v));
	vm_raise(vm, "std.slice accepts a string or an array, but got: %s", jv_type_name(v));
}

void std_bad_binary(struct vm *vm, const char *op, struct jv a, struct jv b)
{
	const char *left = jv_type_name(a), *right = jv_type_name(b);
	if (jv_kind(a) != jv_kind(b))
		vm_raise(vm, "binary operator %s requires matching types, got %s and %s.", op, left, right);
	vm_raise(vm, "binary operator %s does not operate on %s%s.", op, left, jv_is(a, JV_NULL) ? "" : "s");
}

void std_numbers(struct vm *vm, const char *op, struct jv a, struct jv b, double *x, double *y)
{
	if (!jv_is_num(a) || !jv_is_num(b))
		std_bad_binary(vm, op, a, b);
	*x = jv_as_num(a);
	*y = jv_as_num(b);
}

int std_order(struct vm *vm, const char *op, struct jv a, struct jv b)
{
	if (jv_is_num(a) && jv_is_num(b)) {
		double x = jv_as_num(a), y = jv_as_num(b);
		return x < y ? -1 : x > y;
	}
	if (jv_kind(a) != jv_kind(b) || !(jv_is(a, JV_STR) || jv_is(a, JV_ARR)))
		std_bad_binary(vm, op, a, b);
	return vm_compare(vm, a, b);
}

int std_compare(struct vm *vm, struct jv a, struct jv b)
{
	if (jv_kind(a) != jv_kind(b))
		vm_raise(vm, "Comparison requires matching types. Got %s and %s", jv_type_name(a), jv_type_name(b));
	if (jv_is(a, JV_FUN) || jv_is(a, JV_OBJ) || jv_is(a, JV_BOOL))
		vm_raise(vm, "Values of type %s are not comparable.", jv_type_name(a));
	return jv_is(a, JV_ARR) ? std_compare_items(vm, a, b) : std_order(vm, "<", a, b);
}

int std_compare_items(struct vm *vm, struct jv a, struct jv b)
{
	size_t n = std_len(vm, a), m = std_len(vm, b);
	vm_deeper(vm);
	for (size_t i = 0; i < MIN(n, m); i++) {
		struct jv item = std_at(vm, a, i);
		int order = std_compare(vm, item, std_at(vm, b, i));
		if (order)
			return order < 0 ? -1 : 1;
	}
	return n < m ? -1 : n > m;
}

int std_key_order(struct vm *vm, struct jv a, struct jv b)
{
	return vm_is_go(vm) ? std_order(vm, "<", a, b) : std_compare(vm, a, b);
}

void std_callable(struct vm *vm, struct jv f)
{
	if (!jv_is(f, JV_FUN))
		vm_raise(vm, "only functions can be called, got %s", jv_type_name(f));
}

struct jv std_call1(struct vm *vm, struct jv f, struct jv arg)
{
	std_callable(vm, f);
	return vm_call(vm, f, &arg, 1);
}

void std_whole(struct vm *vm, struct jv v)
{
	double d = jv_as_num(v);
	if (vm_is_go(vm) && (d != trunc(d) || d < INT32_MIN || d > INT32_MAX))
		vm_raise(vm, "Expected an integer, but got %.17g", d);
}

int64_t std_int(struct jv v)
{
	double d = jv_as_num(v);
	if (d >= 9.2e18)
		return INT64_MAX;
	if (d <= -9.2e18)
		return INT64_MIN;
	return (int64_t)d;
}
