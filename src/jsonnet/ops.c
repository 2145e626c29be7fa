/* Operators, comparison and indexing, with the reference's words where they do not apply. */
#include <math.h>

#include "base/libm.h"
#include "base/num.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

static const char *const op_names[] = {
	[NODE_NOT] = "!", [NODE_MINUS] = "-", [NODE_PLUS] = "+", [NODE_BITNOT] = "~", [NODE_AND] = "&&", [NODE_OR] = "||", [NODE_ADD] = "+",
	[NODE_SUB] = "-", [NODE_MUL] = "*", [NODE_DIV] = "/", [NODE_MOD] = "%", [NODE_SHL] = "<<", [NODE_SHR] = ">>", [NODE_BITAND] = "&",
	[NODE_BITOR] = "|", [NODE_BITXOR] = "^", [NODE_LT] = "<", [NODE_LE] = "<=", [NODE_GT] = ">", [NODE_GE] = ">=", [NODE_EQ] = "==",
	[NODE_NE] = "!=", [NODE_IN] = "in",
};

const char *jv_type_name(struct jv v)
{
	switch (jv_kind(v)) {
	case JV_NULL:
		return "null";
	case JV_BOOL:
		return "boolean";
	case JV_STR:
		return "string";
	case JV_ARR:
		return "array";
	case JV_OBJ:
		return "object";
	case JV_FUN:
		return "function";
	default:
		return "number";
	}
}

static const char *plural(struct jv v)
{
	switch (jv_kind(v)) {
	case JV_NULL:
		return "null";
	case JV_BOOL:
		return "booleans";
	case JV_STR:
		return "strings";
	case JV_ARR:
		return "arrays";
	case JV_OBJ:
		return "objects";
	case JV_FUN:
		return "functions";
	default:
		return "numbers";
	}
}

static struct jv number_at(struct vm *vm, const struct node *at, double d)
{
	if (isnan(d))
		vm_raise_at(vm, at, "not a number");
	if (isinf(d))
		vm_raise_at(vm, at, "overflow");
	return jv_num(d);
}

struct jv vm_num(struct vm *vm, double d)
{
	return number_at(vm, NULL, d);
}

/* --- equality and order --- */

static bool equal_arrays(struct vm *vm, struct jv a, struct jv b)
{
	size_t n = arr_len(a);
	if (n != arr_len(b))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!vm_equal(vm, arr_get(vm, a, i), arr_get(vm, b, i)))
			return false;
	return true;
}

static bool equal_objects(struct vm *vm, struct jv a, struct jv b)
{
	struct obj_names x = obj_names(vm, a, OBJ_VISIBLE), y = obj_names(vm, b, OBJ_VISIBLE);
	if (x.n != y.n)
		return false;
	for (size_t i = 0; i < x.n; i++)
		if (!str_same(vm, x.p[i], y.p[i]))
			return false;
	for (size_t i = 0; i < x.n; i++)
		if (!vm_equal(vm, obj_get(vm, a, x.p[i]), obj_get(vm, b, x.p[i])))
			return false;
	return true;
}

bool vm_equal(struct vm *vm, struct jv a, struct jv b)
{
	if (jv_is_num(a) || jv_is_num(b))
		return jv_is_num(a) && jv_is_num(b) && jv_as_num(a) == jv_as_num(b);
	if (jv_kind(a) != jv_kind(b))
		return false;
	switch (jv_kind(a)) {
	case JV_NULL:
		return true;
	case JV_BOOL:
		return a.bits == b.bits;
	case JV_STR:
		return str_same(vm, a, b);
	case JV_FUN:
		vm_raise(vm, "cannot test equality of functions");
	default:
		break;
	}
	struct call call;
	vm_enter(vm, &call, CALL_NATIVE, vm->calls ? vm->calls->at : NULL, NULL);
	bool same = jv_is(a, JV_ARR) ? equal_arrays(vm, a, b) : equal_objects(vm, a, b);
	vm_leave(vm, &call);
	return same;
}

int vm_compare_items(struct vm *vm, struct jv a, struct jv b)
{
	if (vm_is_go(vm))
		return std_order(vm, "<", a, b);
	if (jv_kind(a) != jv_kind(b))
		vm_raise(vm, "Comparison requires matching types. Got %s and %s", jv_type_name(a), jv_type_name(b));
	if (!jv_is_num(a) && !jv_is(a, JV_STR) && !jv_is(a, JV_ARR)) {
		if (jv_is(a, JV_NULL))
			vm_raise(vm, "binary operator < does not operate on null.");
		vm_raise(vm, "Values of type %s are not comparable.", jv_type_name(a));
	}
	return vm_compare(vm, a, b);
}

static int compare_arrays(struct vm *vm, const struct node *at, struct jv a, struct jv b)
{
	size_t n = MIN(arr_len(a), arr_len(b));
	struct call call;
	/* C++ tells no place. */
	vm_enter(vm, &call, CALL_NATIVE, at && vm_is_go(vm) ? at : vm->calls ? vm->calls->at : NULL, NULL);
	for (size_t i = 0; i < n; i++) {
		int cmp = vm_compare_items(vm, arr_get(vm, a, i), arr_get(vm, b, i));
		if (cmp) {
			vm_leave(vm, &call);
			return cmp;
		}
	}
	vm_leave(vm, &call);
	return arr_len(a) < arr_len(b) ? -1 : arr_len(a) > arr_len(b);
}

static int compare_at(struct vm *vm, const struct node *at, const char *op, struct jv a, struct jv b)
{
	if (jv_is_num(a) && jv_is_num(b))
		return jv_as_num(a) < jv_as_num(b) ? -1 : jv_as_num(a) > jv_as_num(b);
	if (jv_is(a, JV_STR) && jv_is(b, JV_STR))
		return str_cmp(str_bytes(vm, a), str_bytes(vm, b));
	if (jv_is(a, JV_ARR) && jv_is(b, JV_ARR))
		return compare_arrays(vm, at, a, b);
	if (jv_kind(a) != jv_kind(b))
		vm_raise_at(vm, at, "binary operator %s requires matching types, got %s and %s.", op, jv_type_name(a), jv_type_name(b));
	vm_raise_at(vm, at, "binary operator %s does not operate on %s.", op, plural(a));
}

int vm_compare(struct vm *vm, struct jv a, struct jv b)
{
	return compare_at(vm, NULL, "<", a, b);
}

/* --- arithmetic --- */

#define SAFE_INTEGER 9007199254740991.0

static int64_t to_int64(double d)
{
	return d >= -9223372036854775808.0 && d < 9223372036854775808.0 ? (int64_t)d : INT64_MIN;
}

static int64_t safe_integer(struct vm *vm, const struct node *at, double d)
{
	if ((d < -SAFE_INTEGER || d > SAFE_INTEGER) && vm_is_go(vm)) {
		struct buf *b = vm_buf(vm);
		num_add_float(b, d, 'g', -1);
		vm_raise_at(vm, at, "Bitwise operator argument %.*s outside of range [-9007199254740991, 9007199254740991]", STR_ARG(buf_str(b)));
	}
	if (d < -SAFE_INTEGER || d > SAFE_INTEGER)
		vm_raise_at(vm, at, "numeric value outside safe integer range for bitwise operation.");
	return (int64_t)d;
}

static struct jv shift(struct vm *vm, const struct node *at, enum node_kind op, double x, double y)
{
	if (y < 0)
		vm_raise_at(vm, at, "shift by negative exponent.");
	int64_t value = safe_integer(vm, at, x), by = safe_integer(vm, at, y) % 64;
	if (op == NODE_SHR)
		return jv_num((double)(value >> by));
	if (by > 0 && !vm_is_go(vm) && (value >= (int64_t)1 << (63 - by) || value < -((int64_t)1 << (63 - by))))
		vm_raise_at(vm, at, "numeric value outside safe integer range for bitwise operation.");
	return jv_num((double)(int64_t)((uint64_t)value << by));
}

static struct jv arithmetic(struct vm *vm, const struct node *at, enum node_kind op, double x, double y)
{
	switch (op) {
	case NODE_ADD:
		return number_at(vm, at, x + y);
	case NODE_SUB:
		return number_at(vm, at, x - y);
	case NODE_MUL:
		return number_at(vm, at, x * y);
	case NODE_DIV:
		if (y == 0)
			vm_raise_at(vm, at, "division by zero.");
		return number_at(vm, at, x / y);
	case NODE_SHL:
	case NODE_SHR:
		return shift(vm, at, op, x, y);
	case NODE_BITAND:
		return jv_num((double)(safe_integer(vm, at, x) & safe_integer(vm, at, y)));
	case NODE_BITOR:
		return jv_num((double)(safe_integer(vm, at, x) | safe_integer(vm, at, y)));
	case NODE_BITXOR:
		return jv_num((double)(safe_integer(vm, at, x) ^ safe_integer(vm, at, y)));
	default:
		vm_raise_at(vm, at, "binary operator %s does not operate on numbers.", op_names[op]);
	}
}

NORETURN static void raise_binary(struct vm *vm, const struct node *at, enum node_kind op, struct jv a, struct jv b)
{
	if (jv_kind(a) != jv_kind(b))
		vm_raise_at(vm, at, "binary operator %s requires matching types, got %s and %s.", op_names[op], jv_type_name(a), jv_type_name(b));
	vm_raise_at(vm, at, "binary operator %s does not operate on %s.", op_names[op], plural(a));
}

/* a + b where one is a string: the other one's text. */
static struct jv add_text(struct vm *vm, const struct node *at, struct jv a, struct jv b)
{
	struct call call;
	if (jv_is(a, JV_STR) && jv_is(b, JV_STR))
		return str_concat(vm, a, b);
	const struct node_two *t = at && at->kind == NODE_ADD ? (const struct node_two *)at : NULL;
	vm_enter(vm, &call, CALL_NATIVE, t && !vm_is_go(vm) ? (jv_is(a, JV_STR) ? t->b : t->a) : at, NULL);
	struct jv left = vm_to_string(vm, a), right = vm_to_string(vm, b);
	vm_leave(vm, &call);
	return str_concat(vm, left, right);
}

static struct jv add(struct vm *vm, const struct node *at, struct jv a, struct jv b)
{
	if (jv_is(a, JV_STR) || jv_is(b, JV_STR))
		return add_text(vm, at, a, b);
	if (jv_is_num(a) && jv_is_num(b))
		return arithmetic(vm, at, NODE_ADD, jv_as_num(a), jv_as_num(b));
	if (jv_is(a, JV_OBJ) && jv_is(b, JV_OBJ))
		return object_add(vm, a, b);
	if (jv_is(a, JV_ARR) && jv_is(b, JV_ARR))
		return arr_concat(vm, a, b);
	raise_binary(vm, at, NODE_ADD, a, b);
}

struct jv vm_add(struct vm *vm, struct jv a, struct jv b)
{
	return add(vm, NULL, a, b);
}

struct jv op_mod(struct vm *vm, const struct node *at, struct jv a, struct jv b)
{
	if (jv_is_num(a) && jv_is_num(b)) {
		if (jv_as_num(b) == 0)
			vm_raise_at(vm, at, "division by zero.");
		return number_at(vm, at, libm_fmod(jv_as_num(a), jv_as_num(b)));
	}
	if (!jv_is(a, JV_STR))
		vm_raise_at(vm, at, "Operator %% cannot be used on types %s and %s.", jv_type_name(a), jv_type_name(b));
	const struct std_fun *format = std_table_find(vm->std, STR("format"));
	struct jv args[2] = { a, b };
	struct call call;
	if (!format)
		vm_raise_at(vm, at, "std.format is missing");
	vm_enter(vm, &call, CALL_NATIVE, at, NULL);
	struct jv v = format->fn(vm, args);
	vm_leave(vm, &call);
	return v;
}

static struct jv op_in(struct vm *vm, const struct node *at, struct jv name, struct jv obj)
{
	if (!jv_is(name, JV_STR) && (!vm_is_go(vm) || jv_is(obj, JV_OBJ)))
		vm_raise_at(vm, at, "the left hand side of the 'in' operator should be a string,  got %s", jv_type_name(name));
	if (!jv_is(obj, JV_OBJ))
		vm_raise_at(vm, at, "the right hand side of the 'in' operator should be an object, got %s", jv_type_name(obj));
	return jv_bool(obj_has(vm, obj, name, OBJ_ALL));
}

static bool equal_at(struct vm *vm, const struct node *at, struct jv a, struct jv b)
{
	struct call call;
	if (jv_kind(a) != jv_kind(b) || jv_kind(a) < JV_ARR || jv_is_num(a))
		return vm_equal(vm, a, b);
	vm_enter(vm, &call, CALL_NATIVE, at, NULL);
	bool same = vm_equal(vm, a, b);
	vm_leave(vm, &call);
	return same;
}

struct jv op_binary(struct vm *vm, const struct node *at, enum node_kind op, struct jv a, struct jv b)
{
	switch (op) {
	case NODE_ADD:
		return add(vm, at, a, b);
	case NODE_MOD:
		return op_mod(vm, at, a, b);
	case NODE_EQ:
		return jv_bool(equal_at(vm, at, a, b));
	case NODE_NE:
		return jv_bool(!equal_at(vm, at, a, b));
	case NODE_LT:
		return jv_bool(compare_at(vm, at, "<", a, b) < 0);
	case NODE_LE:
		return jv_bool(compare_at(vm, at, "<=", a, b) <= 0);
	case NODE_GT:
		return jv_bool(compare_at(vm, at, ">", a, b) > 0);
	case NODE_GE:
		return jv_bool(compare_at(vm, at, ">=", a, b) >= 0);
	case NODE_IN:
		return op_in(vm, at, a, b);
	default:
		if (jv_is_num(a) && jv_is_num(b))
			return arithmetic(vm, at, op, jv_as_num(a), jv_as_num(b));
		raise_binary(vm, at, op, a, b);
	}
}

struct jv op_unary(struct vm *vm, const struct node *at, enum node_kind op, struct jv a)
{
	if (jv_is_num(a) && op != NODE_NOT) {
		double d = jv_as_num(a);
		return jv_num(op == NODE_MINUS ? -d : op == NODE_PLUS ? d : (double)~to_int64(d));
	}
	if (jv_is(a, JV_BOOL) && op == NODE_NOT)
		return jv_bool(!jv_as_bool(a));
	if (jv_is_num(a) || jv_is(a, JV_BOOL))
		vm_raise_at(vm, at, "unary operator %s does not operate on %s.", op_names[op], plural(a));
	vm_raise_at(vm, at, "unary operator %s does not operate on type %s", op_names[op], jv_type_name(a));
}

/* --- indexing --- */

/* Go's cast to an int: what does not fit is the least of them. */
static double go_index(double d)
{
	return d >= -0x1p63 && d < 0x1p63 ? trunc(d) : -0x1p63;
}

static struct jv index_array(struct vm *vm, const struct node *at, struct jv target, struct jv index)
{
	if (jv_is(index, JV_STR))
		vm_raise_at(vm, at, "attempted index an array with string \"%.*s\".", STR_ARG(str_bytes(vm, index)));
	if (!jv_is_num(index))
		vm_raise_at(vm, at, "array index must be number, got %s.", jv_type_name(index));
	double d = vm_is_go(vm) ? go_index(jv_as_num(index)) : jv_as_num(index);
	if (d != floor(d))
		vm_raise_at(vm, at, "array index was not integer: %g", d);
	if (d < 0 || d >= (double)arr_len(target))
		vm_raise_at(vm, at, vm_is_go(vm) ? "array bounds error: %.0f not within [0, %zu)" : "array bounds error: %g not within [0, %zu)", d,
			    arr_len(target));
	return array_get_at(vm, at, target, (size_t)d);
}

static struct jv index_string(struct vm *vm, const struct node *at, struct jv target, struct jv index)
{
	if (!jv_is_num(index))
		vm_raise_at(vm, at, "string index must be a number, got %s.", jv_type_name(index));
	double d = vm_is_go(vm) ? go_index(jv_as_num(index)) : trunc(jv_as_num(index));
	size_t n = str_runes(vm, target);
	if (d < 0 || d >= (double)n)
		vm_raise_at(vm, at, "string bounds error: %.0f not within [0, %zu)", d, n);
	return str_sub(vm, target, (size_t)d, (size_t)d + 1);
}

struct jv op_index(struct vm *vm, const struct node *at, struct jv target, struct jv index)
{
	switch (jv_kind(target)) {
	case JV_OBJ:
		if (!jv_is(index, JV_STR))
			vm_raise_at(vm, at, "object index must be string, got %s.", jv_type_name(index));
		return object_get_at(vm, at, target, jstr_name(vm, index));
	case JV_ARR:
		return index_array(vm, at, target, index);
	case JV_STR:
		return index_string(vm, at, target, index);
	default:
		vm_raise_at(vm, at, "can only index objects, strings, and arrays, got %s.", jv_type_name(target));
	}
}

/* A number as std.toString prints it. */
static const char *whole_text(struct vm *vm, double d)
{
	struct buf *b = vm_buf(vm);
	manifest_number(d, b);
	const char *text = arena_cstr(&vm->arena, buf_str(b));
	vm_buf_done(vm, b);
	return text;
}

/* --- slices, as std.slice --- */

static double slice_part(struct vm *vm, const struct node *at, struct jv v, double none, double n, bool step)
{
	if (jv_is(v, JV_NULL))
		return none;
	if (!jv_is_num(v))
		vm_raise_at(vm, at, "binary operator %s requires matching types, got %s and number.", step ? ">=" : "<", jv_type_name(v));
	double d = jv_as_num(v);
	return !step && d < 0 ? MAX(0, n + d) : d;
}

struct jv op_slice(struct vm *vm, const struct node *at, struct jv target, const struct jv parts[3])
{
	bool is_str = jv_is(target, JV_STR);
	double n = is_str ? (double)str_runes(vm, target) : jv_is(target, JV_ARR) ? (double)arr_len(target) : 0;
	double step = slice_part(vm, at, parts[2], 1, n, true);
	if (step > 0 && !is_str && !jv_is(target, JV_ARR))
		vm_raise_at(vm, at, "std.slice accepts a string or an array, but got: %s", jv_type_name(target));
	double from = slice_part(vm, at, parts[0], 0, n, false), to = slice_part(vm, at, parts[1], n, n, false);
	if (step < 0)
		vm_raise_at(vm, at, "got [%s:%s:%s] but negative steps are not supported", whole_text(vm, from), whole_text(vm, to),
			    whole_text(vm, step));
	if (step == 0)
		vm_raise_at(vm, at, "got %s but step must be greater than 0", whole_text(vm, step));
	if (!is_str && !jv_is(target, JV_ARR))
		vm_raise_at(vm, at, "std.slice accepts a string or an array, but got: %s", jv_type_name(target));
	if (to > n)
		to = n;
	if (from >= to)
		return is_str ? str_new(vm, STR("")) : arr_sub(vm, target, 0, 0);
	if (step == 1 && from == floor(from))
		return is_str ? str_sub(vm, target, (size_t)from, (size_t)ceil(to)) : arr_sub(vm, target, (size_t)from, (size_t)ceil(to));
	struct vm_vec items = { 0 };
	struct jv text = str_new(vm, STR(""));
	for (double i = from; i < to; i += step) {
		struct jv index = jv_num(i);
		if (is_str)
			text = str_concat(vm, text, index_string(vm, at, target, index));
		else if (i != floor(i) && !vm_is_go(vm))
			vm_raise_at(vm, at, "array index was not integer: %g", i);
		else
			vm_vec_push(vm, &items, arr_lazy(vm, target, (size_t)i));
	}
	return is_str ? text : vm_vec_array(vm, &items);
}
