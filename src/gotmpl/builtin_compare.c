/*
 * eq, ne, lt, le, gt, ge, and the truth functions. Integers compare whatever their size and sign, everything else only with its own kind;
 * lists, maps and structs are equal to nil at most. `and` and `or` are evaluated by the executor (call_and_or): their rows are there to
 * be found and counted.
 */
#include "gotmpl/builtin.h"
#include "gotmpl/gofmt.h"
#include "gotmpl/types.h"

enum basic { BASIC_NONE, BASIC_BOOL, BASIC_INT, BASIC_UINT, BASIC_FLOAT, BASIC_COMPLEX, BASIC_STRING };

static enum basic basic_kind(const struct go_call *call, struct value v)
{
	enum go_kind kind = go_kind_of(call->types, v);
	if (kind == GO_KIND_BOOL)
		return BASIC_BOOL;
	if (kind >= GO_KIND_INT && kind <= GO_KIND_INT64)
		return BASIC_INT;
	if (go_kind_is_unsigned(kind))
		return BASIC_UINT;
	if (kind == GO_KIND_FLOAT32 || kind == GO_KIND_FLOAT64)
		return BASIC_FLOAT;
	if (kind == GO_KIND_COMPLEX128)
		return BASIC_COMPLEX;
	return kind == GO_KIND_STRING ? BASIC_STRING : BASIC_NONE;
}

static bool incompatible(const struct go_call *call, struct value a, struct value b, struct err *err)
{
	return err_set(err, ERR_FAILED, "incompatible types for comparison: %.*s and %.*s", STR_ARG(go_type_name(call->types, a)),
		       STR_ARG(go_type_name(call->types, b)));
}

/* -1, 0 or 1 of integers of which at least one is unsigned. */
static int compare_ints(struct value a, enum basic a_kind, struct value b, enum basic b_kind)
{
	bool a_negative = a_kind == BASIC_INT && a.i < 0, b_negative = b_kind == BASIC_INT && b.i < 0;
	if (a_negative != b_negative)
		return a_negative ? -1 : 1;
	if (a_negative)
		return a.i < b.i ? -1 : a.i > b.i;
	return (uint64_t)a.i < (uint64_t)b.i ? -1 : (uint64_t)a.i > (uint64_t)b.i;
}

static bool is_integer(enum basic kind)
{
	return kind == BASIC_INT || kind == BASIC_UINT;
}

/* Whether Go's == is defined: not where a struct holds a slice or map. */
static bool is_comparable(struct value v, struct arena *a)
{
	if (v.kind != VAL_OBJECT)
		return v.kind < VAL_STR || (v.kind == VAL_STR && v.type == GO_STRING);
	const struct object_ops *ops = v.object->ops;
	if (ops->kind != GO_KIND_STRUCT || ops->equal)
		return ops->kind == GO_KIND_PTR || ops->equal;
	for (size_t i = 0; i < ops->field_count; i++)
		if (!is_comparable(ops->field(v.object, i, a), a))
			return false;
	return true;
}

/* a == b where neither is of a basic kind. */
static bool equal_others(const struct go_call *call, struct value a, struct value b, bool *equal, struct err *err)
{
	AUTO_BUF text = { 0 };
	if (a.kind == VAL_NULL || b.kind == VAL_NULL) {
		bool a_nil = a.kind == VAL_NULL || a.extra & GO_NIL, b_nil = b.kind == VAL_NULL || b.extra & GO_NIL;
		*equal = a_nil == b_nil;
		return true;
	}
	struct str a_type = go_type_name(call->types, a), b_type = go_type_name(call->types, b);
	if (go_kind_of(call->types, a) != go_kind_of(call->types, b)) {
		struct value args[] = { a, value_str(a_type), value_str(b_type), b };
		gofmt_printf(&text, call->types, STR("non-comparable types %s: %v, %s: %v"), args, 4);
		return err_set(err, ERR_FAILED, "%s", buf_str(&text).p);
	}
	if ((a.extra | b.extra) & GO_NIL) {
		*equal = (a.extra & GO_NIL) == (b.extra & GO_NIL);
		return true;
	}
	if (!is_comparable(b, call->arena)) {
		struct value args[] = { b, value_str(b_type) };
		gofmt_printf(&text, call->types, STR("non-comparable type %s: %v"), args, 2);
		return err_set(err, ERR_FAILED, "%s", buf_str(&text).p);
	}
	const struct object_ops *ops = a.object->ops;
	*equal = a.object == b.object;
	if (!*equal && ops == b.object->ops && ops->equal)
		*equal = ops->equal(a.object, b.object);
	else if (!*equal && ops == b.object->ops && ops->kind == GO_KIND_STRUCT)
		*equal = go_deep_equal(call->types, a, b);
	return true;
}

static bool equal(const struct go_call *call, struct value a, struct value b, bool *out, struct err *err)
{
	enum basic a_kind = basic_kind(call, a), b_kind = basic_kind(call, b);
	if (is_integer(a_kind) && is_integer(b_kind)) {
		*out = compare_ints(a, a_kind, b, b_kind) == 0;
		return true;
	}
	if (a_kind != b_kind) {
		*out = false;
		return a.kind == VAL_NULL || b.kind == VAL_NULL || incompatible(call, a, b, err);
	}
	switch (a_kind) {
	case BASIC_BOOL: *out = a.b == b.b; return true;
	case BASIC_FLOAT: *out = a.f == b.f; return true;
	case BASIC_STRING: *out = str_eq(value_as_str(a), value_as_str(b)); return true;
	case BASIC_COMPLEX: *out = a.object->ops->equal(a.object, b.object); return true;
	default: return equal_others(call, a, b, out, err);
	}
}

static bool fn_eq(struct go_call *call, struct value *out, struct err *err)
{
	bool found = false;
	if (call->argc < 2)
		return err_set(err, ERR_FAILED, "missing argument for comparison");
	for (size_t i = 1; i < call->argc && !found; i++)
		if (!equal(call, call->argv[0], call->argv[i], &found, err))
			return false;
	*out = value_bool(found);
	return true;
}

static bool fn_ne(struct go_call *call, struct value *out, struct err *err)
{
	bool same;
	if (!equal(call, call->argv[0], call->argv[1], &same, err))
		return false;
	*out = value_bool(!same);
	return true;
}

static bool less(const struct go_call *call, struct value a, struct value b, bool *out, struct err *err)
{
	enum basic a_kind = basic_kind(call, a), b_kind = basic_kind(call, b);
	if (a_kind == BASIC_NONE || b_kind == BASIC_NONE)
		return err_set(err, ERR_FAILED, "invalid type for comparison");
	if (is_integer(a_kind) && is_integer(b_kind)) {
		*out = compare_ints(a, a_kind, b, b_kind) < 0;
		return true;
	}
	if (a_kind != b_kind)
		return incompatible(call, a, b, err);
	if (a_kind == BASIC_BOOL || a_kind == BASIC_COMPLEX)
		return err_set(err, ERR_FAILED, "invalid type for comparison");
	*out = a_kind == BASIC_FLOAT ? a.f < b.f : str_cmp(value_as_str(a), value_as_str(b)) < 0;
	return true;
}

/* a < b or a == b, as Go computes it: a NaN is neither. */
static bool less_or_equal(const struct go_call *call, bool *out, struct err *err)
{
	return less(call, call->argv[0], call->argv[1], out, err) && (*out || equal(call, call->argv[0], call->argv[1], out, err));
}

static bool fn_lt(struct go_call *call, struct value *out, struct err *err)
{
	bool is;
	if (!less(call, call->argv[0], call->argv[1], &is, err))
		return false;
	*out = value_bool(is);
	return true;
}

static bool fn_le(struct go_call *call, struct value *out, struct err *err)
{
	bool is;
	if (!less_or_equal(call, &is, err))
		return false;
	*out = value_bool(is);
	return true;
}

static bool fn_gt(struct go_call *call, struct value *out, struct err *err)
{
	bool is;
	if (!less_or_equal(call, &is, err))
		return false;
	*out = value_bool(!is);
	return true;
}

static bool fn_ge(struct go_call *call, struct value *out, struct err *err)
{
	bool is;
	if (!less(call, call->argv[0], call->argv[1], &is, err))
		return false;
	*out = value_bool(!is);
	return true;
}

static bool fn_and(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = call->argv[call->argc - 1];
	for (size_t i = 0; i < call->argc && go_truth(*out); i++)
		*out = call->argv[i];
	return true;
}

static bool fn_or(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = call->argv[0];
	for (size_t i = 1; i < call->argc && !go_truth(*out); i++)
		*out = call->argv[i];
	return true;
}

static bool fn_not(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = value_bool(!go_truth(call->argv[0]));
	return true;
}

static const struct go_func rows[] = {
	GO_FUNC("eq", fn_eq, GO_P_VALUE, GO_P_VALUE | GO_P_MANY),
	GO_FUNC("ne", fn_ne, GO_P_VALUE, GO_P_VALUE),
	GO_FUNC("lt", fn_lt, GO_P_VALUE, GO_P_VALUE),
	GO_FUNC("le", fn_le, GO_P_VALUE, GO_P_VALUE),
	GO_FUNC("gt", fn_gt, GO_P_VALUE, GO_P_VALUE),
	GO_FUNC("ge", fn_ge, GO_P_VALUE, GO_P_VALUE),
	GO_FUNC("and", fn_and, GO_P_VALUE, GO_P_VALUE | GO_P_MANY),
	GO_FUNC("or", fn_or, GO_P_VALUE, GO_P_VALUE | GO_P_MANY),
	GO_FUNC("not", fn_not, GO_P_VALUE),
};
const struct go_table builtin_compare = GO_TABLE(rows);

enum special builtin_special(const struct go_func *func)
{
	if (func->fn == fn_and)
		return SPECIAL_AND;
	if (func->fn == fn_or)
		return SPECIAL_OR;
	return builtin_is_call(func) ? SPECIAL_CALL : SPECIAL_NONE;
}
