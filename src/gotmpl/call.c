/*
 * Calls of functions and methods: number and types of arguments as Go's evalCall, evalArg and validateType check them. Literals are
 * converted to the parameter's type (5 may be an int or a float64); everything else must have it.
 */
#include <stdlib.h>

#include "gotmpl/builtin.h"
#include "gotmpl/exec.h"
#include "gotmpl/gofmt.h"
#include "gotmpl/kept.h"
#include "gotmpl/sprig.h"
#include "gotmpl/types.h"

/* What a literal may be where the parameter has this type. */
enum literal { LITERAL_NONE, LITERAL_ANY, LITERAL_BOOL, LITERAL_INT, LITERAL_UINT, LITERAL_FLOAT, LITERAL_STRING };

struct param_row {
	struct str name;
	enum literal literal;
	uint8_t kind, type; /* of values that fit */
	bool nil; /* nil fits */
};

static const struct param_row params[GO_P_COUNT] = {
	[GO_P_ANY] = { STR_INIT("interface {}"), LITERAL_ANY, 0, 0, true },
	[GO_P_VALUE] = { STR_INIT("reflect.Value"), LITERAL_ANY, 0, 0, true },
	[GO_P_BOOL] = { STR_INIT("bool"), LITERAL_BOOL, VAL_BOOL, 0, false },
	[GO_P_INT] = { STR_INIT("int"), LITERAL_INT, VAL_INT, GO_INT, false },
	[GO_P_INT64] = { STR_INIT("int64"), LITERAL_INT, VAL_INT, GO_INT64, false },
	[GO_P_UINT32] = { STR_INIT("uint32"), LITERAL_UINT, VAL_INT, GO_UINT32, false },
	[GO_P_FLOAT64] = { STR_INIT("float64"), LITERAL_FLOAT, VAL_FLOAT, GO_FLOAT64, false },
	[GO_P_STRING] = { STR_INIT("string"), LITERAL_STRING, VAL_STR, GO_STRING, false },
	[GO_P_BYTES] = { STR_INIT("[]uint8"), LITERAL_NONE, VAL_STR, GO_BYTES, true },
	[GO_P_RUNE] = { STR_INIT("int32"), LITERAL_INT, VAL_INT, GO_INT32, false },
	[GO_P_MAP] = { STR_INIT("map[string]interface {}"), LITERAL_NONE, VAL_MAP, GO_MAP_ANY, true },
	[GO_P_LIST] = { STR_INIT("[]interface {}"), LITERAL_NONE, VAL_LIST, GO_ANYS, true },
	[GO_P_STRINGS] = { STR_INIT("[]string"), LITERAL_NONE, VAL_LIST, GO_STRINGS, true },
	[GO_P_DURATION] = { STR_INIT("time.Duration"), LITERAL_INT, VAL_INT, GO_DURATION, false },
	[GO_P_TIME] = { STR_INIT("time.Time"), LITERAL_NONE, VAL_OBJECT, 0, false },
	[GO_P_CERT] = { STR_INIT("sprig.certificate"), LITERAL_NONE, VAL_OBJECT, 0, false },
};

struct str static_type(const struct template_exec *x, struct value v)
{
	return v.extra & GO_IFACE ? STR("interface {}") : go_type_name(x->types, v);
}

/* Named types fit only where they are named forms of what is unnamed itself: chartutil.Values is a map[string]interface {}, but no named int is an int. */
static bool fits(const struct template_exec *x, const struct param_row *row, struct value v)
{
	if (v.kind != row->kind)
		return false;
	if (v.kind == VAL_OBJECT)
		return str_eq(v.object->ops->type, row->name);
	if (v.type == row->type)
		return true;
	bool unnamed = v.kind == VAL_MAP || v.kind == VAL_LIST || row->type == GO_BYTES;
	return unnamed && v.type >= GO_NAMED && go_under(x->types, v) == row->type;
}

static struct value typed_nil(struct template_exec *x, const struct param_row *row)
{
	struct value v = value_null();
	if (row->kind == VAL_MAP)
		v = value_map_new(x->arena);
	else if (row->kind == VAL_LIST)
		v = value_list_new(x->arena);
	else if (row->kind == VAL_STR)
		v = value_str(STR(""));
	else
		return v;
	v.type = row->type;
	v.extra = GO_NIL;
	return v;
}

bool call_check(struct template_exec *x, enum go_param param, struct value v, struct value *out)
{
	const struct param_row *row = &params[param];
	*out = v;
	if (param == GO_P_VALUE || param == GO_P_END) {
		if (v.kind != VAL_NULL && param == GO_P_VALUE)
			out->extra &= (uint16_t)~GO_IFACE;
		return true;
	}
	if (param == GO_P_ANY) {
		out->extra &= (uint16_t)~(GO_IFACE | GO_ADDRESS);
		return true;
	}
	if (v.kind == VAL_NULL && !(v.extra & GO_IFACE)) {
		if (!row->nil)
			return exec_fail(x, "invalid value; expected %.*s", STR_ARG(row->name));
		*out = typed_nil(x, row);
		return true;
	}
	if (fits(x, row, v)) {
		out->extra &= (uint16_t)~GO_IFACE;
		return true;
	}
	struct str got = v.kind == VAL_NULL ? STR("interface {}") : go_type_name(x->types, v);
	return exec_fail(x, "wrong type for value; expected %.*s; got %.*s", STR_ARG(row->name), STR_ARG(got));
}

static bool node_fail(struct template_exec *x, const char *fmt, const struct node *n)
{
	AUTO_BUF text = { 0 };
	node_print(&text, n);
	return exec_fail(x, fmt, (int)text.n, text.p);
}

static bool literal_arg(struct template_exec *x, const struct param_row *row, const struct node *n, struct value *out)
{
	const struct node_number *number = n->type == NODE_NUMBER ? (const struct node_number *)n : NULL;
	switch (row->literal) {
	case LITERAL_BOOL:
		if (n->type != NODE_BOOL)
			return node_fail(x, "expected bool; found %.*s", n);
		*out = value_bool(((const struct node_bool *)n)->b);
		return true;
	case LITERAL_STRING:
		if (n->type != NODE_STRING)
			return node_fail(x, "expected string; found %.*s", n);
		*out = value_str(((const struct node_string *)n)->text);
		return true;
	case LITERAL_INT:
		if (!number || !number->is_int)
			return node_fail(x, "expected integer; found %.*s", n);
		*out = (struct value){ .kind = VAL_INT, .type = row->type, .i = number->i };
		return true;
	case LITERAL_UINT:
		if (!number || !number->is_uint)
			return node_fail(x, "expected unsigned integer; found %.*s", n);
		*out = (struct value){ .kind = VAL_INT, .type = row->type, .i = (int64_t)(uint32_t)number->u };
		return true;
	case LITERAL_FLOAT:
		if (!number || !number->is_float)
			return node_fail(x, "expected float; found %.*s", n);
		*out = value_float(number->f);
		return true;
	case LITERAL_ANY: return eval_any(x, value_null(), n, out);
	case LITERAL_NONE: break;
	}
	AUTO_BUF text = { 0 };
	node_print(&text, n);
	return exec_fail(x, "can't handle %.*s for arg of type %.*s", STR_ARG(buf_str(&text)), STR_ARG(row->name));
}

bool eval_arg(struct template_exec *x, struct value dot, enum go_param param, const struct node *n, struct value *out)
{
	exec_at(x, n);
	switch (n->type) {
	case NODE_NIL:
		if (!params[param].nil)
			return exec_fail(x, "cannot assign nil to %.*s", STR_ARG(params[param].name));
		*out = typed_nil(x, &params[param]);
		return true;
	case NODE_BOOL:
	case NODE_NUMBER:
	case NODE_STRING: return literal_arg(x, &params[param], n, out);
	default: {
		struct value v;
		return eval_any(x, dot, n, &v) && call_check(x, param, v, out);
	}
	}
}

/* How many parameters a row has without a variadic one, and that one's type (or GO_P_END). */
static size_t fixed_params(const struct go_func *f, enum go_param *rest)
{
	size_t n = 0;
	while (n < GO_PARAMS_MAX && f->params[n] && !(f->params[n] & GO_P_MANY))
		n++;
	*rest = n < GO_PARAMS_MAX ? (enum go_param)(f->params[n] & ~GO_P_MANY) : GO_P_END;
	return n;
}

static bool check_count(struct template_exec *x, const struct callee *callee, size_t fixed, bool variadic, size_t args, size_t all)
{
	if (variadic && all < fixed)
		return exec_fail(x, "wrong number of args for %.*s: want at least %zu got %zu", STR_ARG(callee->name), fixed, args);
	if (!variadic && all != fixed)
		return exec_fail(x, "wrong number of args for %.*s: want %zu got %zu", STR_ARG(callee->name), fixed, all);
	return true;
}

static bool invoke(struct template_exec *x, const struct callee *callee, const struct value *argv, size_t argc, struct value *out)
{
	struct go_call call = {
		.argv = argv,
		.argc = argc,
		.self = callee->self,
		.arena = x->arena,
		.types = x->types,
		.user = x->run->user,
		.host = x->run->host,
		.set = x->set,
		.exec = x,
	};
	struct value result;
	if (x->run->reads) {
		exec_look(x, callee->self);
		x->run->reads->call(x->run->reads->ctx, callee->func, argv, argc);
	}
	if (x->run->trace)
		x->run->trace->call(x->run->trace->ctx, callee->func, argv, argc);
	bool kept = callee->func->random && call.host && call.host->keep;
	if (!(kept ? kept_call(callee->func, &call, &result, x->err) : callee->func->fn(&call, &result, x->err))) {
		exec_at(x, callee->node);
		return exec_wrap(x, "error calling %.*s", STR_ARG(callee->name));
	}
	if (result.kind == VAL_NULL && callee->func->params[0] != GO_P_VALUE)
		result.extra |= GO_IFACE;
	*out = result;
	return true;
}

enum { ARGS_ON_STACK = 8 };

bool call_func(struct template_exec *x, struct value dot, const struct callee *callee, struct words words, struct value *out)
{
	size_t args = words.args && words.args->n ? words.args->n - 1 : 0;
	size_t all = args + (words.final != NULL);
	enum go_param rest;
	size_t fixed = fixed_params(callee->func, &rest);
	if (!check_count(x, callee, fixed, rest != GO_P_END, args, all))
		return false;
	struct value few[ARGS_ON_STACK];
	struct value *argv = all <= ARGS_ON_STACK ? few : arena_alloc(x->arena, all * sizeof(*argv));
	for (size_t i = 0; i < args; i++) {
		enum go_param param = i < fixed ? (enum go_param)callee->func->params[i] : rest;
		if (!eval_arg(x, dot, param, words.args->p[i + 1], &argv[i]))
			return false;
	}
	if (words.final) {
		enum go_param param = args < fixed ? (enum go_param)callee->func->params[args] : rest;
		if (!call_check(x, param, *words.final, &argv[args]))
			return false;
	}
	return invoke(x, callee, argv, all, out);
}

bool call_and_or(struct template_exec *x, struct value dot, const struct node_identifier *n, struct words words, struct value *out)
{
	size_t args = words.args && words.args->n ? words.args->n - 1 : 0;
	struct callee callee = { .func = n->func, .name = n->name };
	if (!check_count(x, &callee, 1, true, args, args + (words.final != NULL)))
		return false;
	bool stops_at = n->special == SPECIAL_OR;
	for (size_t i = 0; i < args; i++) {
		if (!eval_arg(x, dot, GO_P_VALUE, words.args->p[i + 1], out))
			return false;
		exec_look(x, *out);
		if (go_truth(*out) == stops_at)
			return true;
	}
	return !words.final || call_check(x, GO_P_VALUE, *words.final, out);
}
