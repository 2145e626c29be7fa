/* Calls: of functions of the program, of std, of the host's natives. */
#include "jsonnet/vm.h"

static struct str symbol_str(const struct symbol *s)
{
	return (struct str){ s->name->data, s->name->size };
}

/* --- the program's own functions --- */

/* Runs a body, and the bodies of the tail-strict calls that it ends in. */
static struct jv run_code(struct vm *vm, enum call_kind kind, const struct node *at, const struct jfun *fun, struct frame *frame)
{
	struct call call, last;
	struct tail tail;
	vm_enter(vm, &call, kind, at, fun);
	struct jv v = eval_tail(vm, fun->code->body, frame, &tail);
	if (!v.bits) {
		/* A trace shows the last of them. */
		vm_enter(vm, &last, CALL_FUNCTION, tail.at, tail.fun);
		do {
			last.at = tail.at;
			last.what = tail.fun;
			v = eval_tail(vm, tail.fun->code->body, tail.frame, &tail);
		} while (!v.bits);
		vm_leave(vm, &last);
	}
	vm_leave(vm, &call);
	return v;
}

NORETURN static void raise_unbound(struct vm *vm, const struct node *at, struct str name)
{
	vm_raise_at(vm, at, "function parameter %.*s not bound in call.", STR_ARG(name));
}

static void fill_defaults(struct vm *vm, const struct node *at, const struct node_function *code, struct frame *frame)
{
	for (uint32_t i = 0; i < code->node.n; i++) {
		if (frame->slot[i].bits)
			continue;
		if (!code->params[i].value)
			raise_unbound(vm, at, symbol_str(code->params[i].name));
		frame->slot[i] = eval_lazy(vm, code->params[i].value, frame);
	}
}

NORETURN static void raise_too_many(struct vm *vm, const struct node *at, size_t n, size_t given)
{
	if (vm_is_go(vm))
		vm_raise_at(vm, at, "function expected %zu positional argument(s), but got %zu", n, given);
	vm_raise_at(vm, at, "too many args, function has %zu parameter(s)", n);
}

static size_t positional(const struct node_call *n)
{
	size_t count = 0;
	for (uint32_t i = 0; i < n->node.n; i++)
		count += !n->args[i].name;
	return count;
}

/* The number of the parameter that an argument is for. */
static uint32_t param_of(struct vm *vm, const struct node *at, const struct node_function *code, struct str name)
{
	for (uint32_t i = 0; i < code->node.n; i++)
		if (str_eq(symbol_str(code->params[i].name), name))
			return i;
	vm_raise_at(vm, at, "function has no parameter %.*s", STR_ARG(name));
}

static void check_unbound(struct vm *vm, const struct node *at, struct jv slot, struct str name)
{
	if (slot.bits)
		vm_raise_at(vm, at, "binding parameter a second time: %.*s", STR_ARG(name));
}

/* An argument of a tail-strict call. */
static struct jv eval_strict(struct vm *vm, const struct node_call *n, const struct symbol *param, const struct node *arg, struct frame *f)
{
	struct call call;
	vm_enter(vm, &call, CALL_PARAM, &n->node, param);
	struct jv v = eval(vm, arg, f);
	vm_leave(vm, &call);
	return v;
}

static struct jv call_code(struct vm *vm, const struct node_call *n, const struct jfun *fun, struct frame *f, struct tail *tail)
{
	const struct node_function *code = fun->code;
	struct frame *frame = frame_new(vm, fun->frame, code->n_slots);
	bool strict = n->node.flag & CALL_TAILSTRICT;
	struct call call;
	if (n->node.n > code->node.n && !n->args[code->node.n].name)
		raise_too_many(vm, &n->node, code->node.n, positional(n));
	if (strict)
		vm_enter(vm, &call, CALL_FUNCTION, &n->node, fun);
	for (uint32_t i = 0; i < n->node.n; i++) {
		uint32_t k = i;
		if (n->args[i].name) {
			k = param_of(vm, &n->node, code, symbol_str(n->args[i].name));
			check_unbound(vm, &n->node, frame->slot[k], symbol_str(n->args[i].name));
		}
		frame->slot[k] = strict ? eval_strict(vm, n, code->params[k].name, n->args[i].value, f) : eval_lazy(vm, n->args[i].value, f);
	}
	fill_defaults(vm, &n->node, code, frame);
	if (strict)
		vm_leave(vm, &call);
	if (strict && tail) {
		tail->at = &n->node;
		tail->fun = fun;
		tail->frame = frame;
		return JV_NOTHING;
	}
	return run_code(vm, CALL_FUNCTION, &n->node, fun, frame);
}

/* --- std and natives --- */

/* Where a parameter of these gets its argument from. */
struct slot_source {
	const struct node *node; /* with the caller's frame */
	struct jv value;
};

static bool is_given(const struct slot_source *s)
{
	return s->node || s->value.bits;
}

/* The end of a call of std, whose arguments have been evaluated within it. */
static struct jv run_std(struct vm *vm, struct call *call, const struct std_fun *fun, struct jv *args)
{
	call->kind = CALL_NATIVE;
	if (fun->go_types && vm_is_go(vm))
		std_check_go(vm, fun, args);
	struct jv v = fun->fn(vm, args);
	vm_leave(vm, call);
	return v;
}

static struct jv call_std(struct vm *vm, const struct node *at, const struct std_fun *fun, const struct slot_source *given, struct frame *f)
{
	struct jv args[STD_MAX_PARAMS];
	struct call call;
	for (uint32_t i = 0; i < fun->n_params; i++)
		if (!is_given(&given[i]) && !fun->params[i].has_default)
			raise_unbound(vm, at, vm_is_go(vm) ? fun->params[i].go_name : fun->params[i].name);
	vm_enter(vm, &call, CALL_THUNK, at, NULL);
	for (uint32_t i = 0; i < fun->n_params; i++) {
		const struct std_param *p = &fun->params[i];
		if (given[i].node)
			args[i] = p->lazy ? eval_lazy(vm, given[i].node, f) : eval(vm, given[i].node, f);
		else if (given[i].value.bits)
			args[i] = p->lazy ? given[i].value : vm_force(vm, given[i].value);
		else
			args[i] = p->value;
	}
	return run_std(vm, &call, fun, args);
}

/* Parameters of a host's native are a text: "name, chart, opts". */
static struct str next_param(struct str *rest)
{
	struct str name = STR("");
	if (!str_next(rest, ',', &name))
		return STR_NONE;
	return str_trim(name);
}

static uint32_t host_param_count(const struct jsonnet_native *native)
{
	struct str rest = str_c(native->params);
	uint32_t n = 0;
	while (next_param(&rest).p)
		n++;
	return n;
}

static struct jv call_host(struct vm *vm, const struct node *at, const struct jsonnet_native *native, const struct slot_source *given, struct frame *f)
{
	struct jv args[STD_MAX_PARAMS];
	struct call call;
	struct str rest = str_c(native->params);
	uint32_t n = host_param_count(native);
	for (uint32_t i = 0; i < n; i++) {
		struct str name = next_param(&rest);
		if (!is_given(&given[i]))
			raise_unbound(vm, at, name);
	}
	vm_enter(vm, &call, CALL_THUNK, at, NULL);
	for (uint32_t i = 0; i < n; i++)
		args[i] = given[i].node ? eval(vm, given[i].node, f) : vm_force(vm, given[i].value);
	call.kind = vm_is_go(vm) ? CALL_GO : CALL_NATIVE;
	struct jv v = host_call(vm, native, args, n);
	vm_leave(vm, &call);
	return v;
}

static uint32_t native_param_of(struct vm *vm, const struct node *at, const struct jfun *fun, struct str name)
{
	if (fun->gc.state == FUN_STD) {
		for (uint32_t i = 0; i < fun->std->n_params; i++)
			if (str_eq(vm_is_go(vm) ? fun->std->params[i].go_name : fun->std->params[i].name, name))
				return i;
	} else {
		struct str rest = str_c(fun->host->params), param;
		for (uint32_t i = 0; (param = next_param(&rest)).p; i++)
			if (str_eq(param, name))
				return i;
	}
	vm_raise_at(vm, at, "function has no parameter %.*s", STR_ARG(name));
}

static struct jv call_native(struct vm *vm, const struct node *at, const struct jfun *fun, const struct slot_source *given, struct frame *f)
{
	return fun->gc.state == FUN_STD ? call_std(vm, at, fun->std, given, f) : call_host(vm, at, fun->host, given, f);
}

size_t fun_params(struct jv fun)
{
	const struct jfun *f = jv_fun(fun);
	switch (f->gc.state) {
	case FUN_CODE:
		return f->code->node.n;
	case FUN_STD:
		return f->std->n_params;
	default:
		return host_param_count(f->host);
	}
}

size_t fun_required(struct jv fun)
{
	const struct jfun *f = jv_fun(fun);
	size_t n = 0;
	if (f->gc.state == FUN_CODE)
		for (uint32_t i = 0; i < f->code->node.n; i++)
			n += !f->code->params[i].value;
	else if (f->gc.state == FUN_STD)
		for (uint32_t i = 0; i < f->std->n_params; i++)
			n += !f->std->params[i].has_default;
	else
		n = host_param_count(f->host);
	return n;
}

static __attribute__((noinline)) struct jv call_native_nodes(struct vm *vm, const struct node_call *n, struct jv callee, struct frame *f)
{
	struct slot_source given[STD_MAX_PARAMS] = { 0 };
	size_t params = fun_params(callee);
	if (n->node.n > params && !n->args[params].name)
		raise_too_many(vm, &n->node, params, positional(n));
	for (uint32_t i = 0; i < n->node.n; i++) {
		uint32_t k = i;
		if (n->args[i].name) {
			struct str name = symbol_str(n->args[i].name);
			k = native_param_of(vm, &n->node, jv_fun(callee), name);
			if (given[k].node)
				vm_raise_at(vm, &n->node, "binding parameter a second time: %.*s", STR_ARG(name));
		}
		given[k].node = n->args[i].value;
	}
	return call_native(vm, &n->node, jv_fun(callee), given, f);
}

struct jv eval_call(struct vm *vm, const struct node_call *n, struct frame *f, struct tail *tail)
{
	struct jv callee = eval(vm, n->callee, f);
	if (!jv_is(callee, JV_FUN))
		vm_raise_at(vm, &n->node, "only functions can be called, got %s", jv_type_name(callee));
	if (jv_fun(callee)->gc.state == FUN_CODE)
		return call_code(vm, n, jv_fun(callee), f, tail);
	return call_native_nodes(vm, n, callee, f);
}

struct jv eval_std_call(struct vm *vm, const struct node_std_call *n, struct frame *f)
{
	const struct std_fun *fun = n->fun;
	struct jv args[STD_MAX_PARAMS];
	struct call call;
	vm_enter(vm, &call, CALL_THUNK, &n->node, NULL);
	for (uint32_t i = 0; i < fun->n_params; i++) {
		const struct node *arg = n->args[i];
		if (!arg)
			args[i] = fun->params[i].value;
		else
			args[i] = fun->params[i].lazy ? eval_lazy(vm, arg, f) : eval(vm, arg, f);
	}
	return run_std(vm, &call, fun, args);
}

/* --- calls from native code --- */

struct jv call_at(struct vm *vm, const struct node *at, struct jv fun, const struct jv *args, size_t n)
{
	if (!at && vm->calls)
		at = vm->calls->at;
	if (!jv_is(fun, JV_FUN))
		vm_raise_at(vm, at, "only functions can be called, got %s", jv_type_name(fun));
	const struct jfun *f = jv_fun(fun);
	size_t params = fun_params(fun);
	if (n > params)
		raise_too_many(vm, at, params, n);
	if (f->gc.state == FUN_CODE) {
		struct frame *frame = frame_new(vm, f->frame, f->code->n_slots);
		memcpy(frame->slot, args, n * sizeof(*args));
		if (n < params)
			fill_defaults(vm, at, f->code, frame);
		return run_code(vm, CALL_FUNCTION, at, f, frame);
	}
	struct slot_source given[STD_MAX_PARAMS] = { 0 };
	for (size_t i = 0; i < n; i++)
		given[i].value = args[i];
	return call_native(vm, at, f, given, NULL);
}

struct jv vm_call(struct vm *vm, struct jv fun, const struct jv *args, size_t n)
{
	return call_at(vm, NULL, fun, args, n);
}

struct jv call_named(struct vm *vm, struct jv fun, const struct str *names, const struct jv *args, size_t n)
{
	const struct jfun *f = jv_fun(fun);
	struct jv v;
	vm->outside = "Top-level function";
	vm->phase = "Top-level function call";
	if (f->gc.state == FUN_CODE) {
		struct frame *frame = frame_new(vm, f->frame, f->code->n_slots);
		for (size_t i = 0; i < n; i++)
			frame->slot[param_of(vm, NULL, f->code, names[i])] = args[i];
		fill_defaults(vm, NULL, f->code, frame);
		v = run_code(vm, CALL_TOP, NULL, f, frame);
	} else {
		struct slot_source given[STD_MAX_PARAMS] = { 0 };
		for (size_t i = 0; i < n; i++)
			given[native_param_of(vm, NULL, f, names[i])].value = args[i];
		v = call_native(vm, NULL, f, given, NULL);
	}
	vm->outside = "During manifestation";
	return v;
}
