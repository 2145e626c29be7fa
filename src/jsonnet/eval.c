/*
 * Walks the tree. What has a tail (local, if, assert, a tail-strict call) loops; the rest recurses on the vm's stack, which vm_enter and the check below
 * guard.
 *
 * A slot gets a thunk only where evaluating could fail, take long or not end: constants, variables, functions, object literals and arithmetic on numbers that are known
 * already are evaluated at once (eval_lazy).
 */
#include "jsonnet/shape.h"
#include "jsonnet/vm.h"

struct frame *frame_new(struct vm *vm, struct frame *up, uint32_t n_slots)
{
	struct frame *f = heap_alloc(&vm->heap, sizeof(*f) + n_slots * sizeof(struct jv), GC_FRAME);
	f->gc.n = n_slots;
	f->up = up;
	memset(f->slot, 0, n_slots * sizeof(struct jv));
	return f;
}

static inline struct frame *frame_up(struct frame *f, unsigned depth)
{
	for (; depth; depth--)
		f = f->up;
	return f;
}

/* --- thunks --- */

static struct jv run_thunk(struct vm *vm, struct jthunk *t)
{
	return t->gc.state == THUNK_CODE ? eval(vm, t->code, t->frame) : vm_force(vm, t->fn(vm, t->a, t->b));
}

struct jv force_as(struct vm *vm, enum call_kind kind, const struct node *at, struct jv v)
{
	if (!jv_is(v, JV_THUNK))
		return v;
	struct jthunk *t = jv_thunk(v);
	struct call call;
	if (t->gc.state == THUNK_DONE)
		return t->value;
	vm_enter(vm, &call, kind, at, t);
	struct jv value = run_thunk(vm, t);
	vm_leave(vm, &call);
	t->gc.state = THUNK_DONE;
	t->value = value;
	t->frame = NULL;
	return value;
}

struct jv vm_force_thunk(struct vm *vm, struct jv thunk)
{
	return force_as(vm, CALL_THUNK, vm->calls ? vm->calls->at : NULL, thunk);
}

struct jv thunk_new(struct vm *vm, thunk_fn *fn, struct jv a, struct jv b)
{
	struct jthunk *t = heap_alloc(&vm->heap, sizeof(*t), GC_THUNK);
	t->gc.state = THUNK_NATIVE;
	t->fn = fn;
	t->a = a;
	t->b = b;
	return jv_of(JV_THUNK, t);
}

static struct jv thunk_code(struct vm *vm, const struct node *n, struct frame *f)
{
	struct jthunk *t = heap_alloc(&vm->heap, THUNK_CODE_SIZE, GC_THUNK);
	t->gc.state = THUNK_CODE;
	t->code = n;
	t->frame = f;
	return jv_of(JV_THUNK, t);
}

struct jv closure_new(struct vm *vm, const struct node_function *code, struct frame *f)
{
	struct jfun *fun = heap_alloc(&vm->heap, sizeof(*fun), GC_FUN);
	fun->gc.state = FUN_CODE;
	fun->code = code;
	fun->frame = f;
	return jv_of(JV_FUN, fun);
}

/* --- what needs no thunk --- */

#define QUICK_DEPTH 4

/* A number that is known already or follows from such ones by arithmetic. */
static bool quick_number(const struct node *n, struct frame *f, int depth, double *out)
{
	double a, b;
	switch (n->kind) {
	case NODE_CONST:
		if (!jv_is_num(((const struct node_const *)n)->value))
			return false;
		*out = jv_as_num(((const struct node_const *)n)->value);
		return true;
	case NODE_VAR: {
		struct jv v = frame_up(f, n->depth)->slot[n->n];
		if (jv_is(v, JV_THUNK) && jv_thunk(v)->gc.state == THUNK_DONE)
			v = jv_thunk(v)->value;
		if (!jv_is_num(v))
			return false;
		*out = jv_as_num(v);
		return true;
	}
	case NODE_ADD:
	case NODE_SUB:
	case NODE_MUL: {
		const struct node_two *t = (const struct node_two *)n;
		if (depth == 0 || !quick_number(t->a, f, depth - 1, &a) || !quick_number(t->b, f, depth - 1, &b))
			return false;
		*out = n->kind == NODE_ADD ? a + b : n->kind == NODE_SUB ? a - b : a * b;
		return *out - *out == 0;
	}
	default:
		return false;
	}
}

static struct jv lazy_array(struct vm *vm, const struct node_array *n, struct frame *f)
{
	struct jv *slots, arr = arr_new(vm, n->node.n, &slots);
	for (uint32_t i = 0; i < n->node.n; i++)
		slots[i] = eval_lazy(vm, n->items[i], f);
	return arr;
}

struct jv eval_lazy(struct vm *vm, const struct node *n, struct frame *f)
{
	double d;
	switch (n->kind) {
	case NODE_CONST:
		return ((const struct node_const *)n)->value;
	case NODE_VAR: {
		struct jv v = frame_up(f, n->depth)->slot[n->n];
		if (!jv_is(v, JV_THUNK) && v.bits)
			return v;
		if (v.bits && jv_thunk(v)->gc.state == THUNK_DONE)
			return jv_thunk(v)->value;
		return thunk_code(vm, n, f); /* its own: a trace shows the way through both */
	}
	case NODE_SELF:
		return frame_up(f, n->depth)->slot[INST_SELF];
	case NODE_FUNCTION:
		return closure_new(vm, (const struct node_function *)n, f);
	case NODE_OBJECT:
		if (((const struct node_object *)n)->shape)
			return object_of(vm, ((const struct node_object *)n)->shape, f);
		return thunk_code(vm, n, f);
	case NODE_ARRAY:
		if (n->n <= 16)
			return lazy_array(vm, (const struct node_array *)n, f);
		return thunk_code(vm, n, f);
	case NODE_ADD:
	case NODE_SUB:
	case NODE_MUL:
		if (quick_number(n, f, QUICK_DEPTH, &d))
			return jv_num(d);
		return thunk_code(vm, n, f);
	default:
		return thunk_code(vm, n, f);
	}
}

/* --- single nodes --- */

static __attribute__((noinline)) struct jv eval_var_thunk(struct vm *vm, const struct node *n, struct jv *slot)
{
	if (slot->bits == 0)
		vm_raise_at(vm, n, "max stack frames exceeded.");
	struct jv v = force_as(vm, CALL_THUNK, n, *slot);
	return *slot = v;
}

static __attribute__((noinline)) struct jv eval_field(struct vm *vm, const struct node_field *n, struct frame *f)
{
	struct jv target = eval(vm, n->target, f);
	if (jv_is(target, JV_OBJ))
		return object_get_at(vm, &n->node, target, n->name);
	return op_index(vm, &n->node, target, str_jv(n->name));
}

static __attribute__((noinline)) struct jv eval_index(struct vm *vm, const struct node_two *n, struct frame *f)
{
	struct jv target = eval(vm, n->a, f);
	if (jv_is(target, JV_OBJ))
		object_check_at(vm, &n->node, target);
	struct jv index = eval(vm, n->b, f);
	return op_index(vm, &n->node, target, index);
}

static __attribute__((noinline)) struct jv eval_super(struct vm *vm, const struct node_two *n, struct frame *f)
{
	struct frame *inst = frame_up(f, n->node.depth);
	if (n->node.kind == NODE_IN_SUPER) {
		struct jv name = eval(vm, n->a, f);
		if (!jv_is(name, JV_STR))
			vm_raise_at(vm, &n->node, "left hand side of e in super must be string, got %s.", jv_type_name(name));
		return jv_bool(object_super_has(vm, inst, jstr_name(vm, name)));
	}
	struct jv name = eval(vm, n->b, f);
	if (!jv_is(name, JV_STR))
		vm_raise_at(vm, &n->node, "super index must be string, got %s.", jv_type_name(name));
	return object_super(vm, &n->node, inst, jstr_name(vm, name));
}

static const struct node *eval_local(struct vm *vm, const struct node_local *n, struct frame *f)
{
	for (uint32_t i = 0; i < n->node.n; i++)
		f->slot[n->binds[i].slot] = JV_NOTHING; /* a second round must not see the first one's */
	for (uint32_t i = 0; i < n->node.n; i++)
		f->slot[n->binds[i].slot] = eval_lazy(vm, n->binds[i].value, f);
	return n->body;
}

NORETURN static void raise_error(struct vm *vm, const struct node_two *n, struct frame *f)
{
	if (n->node.kind == NODE_ASSERT_FAILED)
		vm_raise_at(vm, &n->node, n->node.flag == ASSERT_OF_OBJECT ? "Object assertion failed." : "Assertion failed.");
	struct jv v = eval(vm, n->a, f);
	struct call call;
	vm_enter(vm, &call, CALL_NATIVE, &n->node, NULL);
	struct jv text = vm_to_string(vm, v);
	vm_leave(vm, &call);
	vm_raise_at(vm, &n->node, "%.*s", STR_ARG(str_bytes(vm, text)));
}

static __attribute__((noinline)) struct jv eval_logic(struct vm *vm, const struct node_two *n, struct frame *f)
{
	struct jv a = eval(vm, n->a, f);
	if (jv_is(a, JV_BOOL) && jv_as_bool(a) == (n->node.kind == NODE_OR))
		return a;
	struct jv b = eval(vm, n->b, f);
	if (jv_is(a, JV_BOOL) && jv_is(b, JV_BOOL))
		return b;
	return op_binary(vm, &n->node, n->node.kind, a, b);
}

static __attribute__((noinline)) struct jv eval_slice(struct vm *vm, const struct node_slice *n, struct frame *f)
{
	struct jv parts[3] = { jv_null(), jv_null(), jv_null() };
	struct jv target = eval(vm, n->target, f);
	if (n->from)
		parts[0] = eval(vm, n->from, f);
	if (n->to)
		parts[1] = eval(vm, n->to, f);
	if (n->step)
		parts[2] = eval(vm, n->step, f);
	return op_slice(vm, &n->node, target, parts);
}

static __attribute__((noinline)) struct jv eval_std(struct vm *vm)
{
	return object_of(vm, vm->std->shape, vm->std->values);
}

static inline struct jv number_or_overflow(struct vm *vm, const struct node *n, double d)
{
	if (d - d != 0)
		vm_raise_at(vm, n, "overflow");
	return jv_num(d);
}

static inline struct jv eval_binary(struct vm *vm, const struct node_two *n, struct frame *f)
{
	struct jv a = eval(vm, n->a, f), b = eval(vm, n->b, f);
	if (jv_is_num(a) && jv_is_num(b)) {
		double x = jv_as_num(a), y = jv_as_num(b);
		switch (n->node.kind) {
		case NODE_ADD:
			return number_or_overflow(vm, &n->node, x + y);
		case NODE_SUB:
			return number_or_overflow(vm, &n->node, x - y);
		case NODE_MUL:
			return number_or_overflow(vm, &n->node, x * y);
		case NODE_LT:
			return jv_bool(x < y);
		case NODE_LE:
			return jv_bool(x <= y);
		case NODE_GT:
			return jv_bool(x > y);
		case NODE_GE:
			return jv_bool(x >= y);
		case NODE_EQ:
			return jv_bool(x == y);
		case NODE_NE:
			return jv_bool(x != y);
		default:
			break;
		}
	}
	return op_binary(vm, &n->node, n->node.kind, a, b);
}

static __attribute__((noinline)) struct jv eval_rare(struct vm *vm, const struct node *n, struct frame *f)
{
	switch (n->kind) {
	case NODE_OVERFLOW:
		vm_raise_at(vm, n, vm_is_go(vm) ? "number overflow" : "overflow");
	case NODE_STD:
		return eval_std(vm);
	case NODE_ERROR:
	case NODE_ASSERT_FAILED:
		raise_error(vm, (const struct node_two *)n, f);
	case NODE_ARRAY:
		return lazy_array(vm, (const struct node_array *)n, f);
	case NODE_ARRAY_COMP:
		return array_comp(vm, (const struct node_comp *)n, f);
	case NODE_OBJECT_COMP:
		return object_comp(vm, (const struct node_object *)n, f);
	case NODE_IMPORT:
	case NODE_IMPORTSTR:
	case NODE_IMPORTBIN:
		return import_at(vm, (const struct node_import *)n);
	case NODE_SLICE:
		return eval_slice(vm, (const struct node_slice *)n, f);
	default:
		return op_unary(vm, n, n->kind, eval(vm, ((const struct node_two *)n)->a, f));
	}
}

struct jv eval_tail(struct vm *vm, const struct node *n, struct frame *f, struct tail *tail)
{
	if ((const char *)__builtin_frame_address(0) < vm->stack_limit)
		vm_raise_at(vm, n, "max stack frames exceeded.");
	for (;;) {
		switch (n->kind) {
		case NODE_CONST:
			return ((const struct node_const *)n)->value;
		case NODE_VAR: {
			struct jv *slot = &frame_up(f, n->depth)->slot[n->n];
			if (jv_is(*slot, JV_THUNK) || slot->bits == 0)
				return eval_var_thunk(vm, n, slot);
			return *slot;
		}
		case NODE_SELF:
			return frame_up(f, n->depth)->slot[INST_SELF];
		case NODE_FIELD:
			return eval_field(vm, (const struct node_field *)n, f);
		case NODE_INDEX:
			return eval_index(vm, (const struct node_two *)n, f);
		case NODE_SUPER_FIELD:
		case NODE_IN_SUPER:
			return eval_super(vm, (const struct node_two *)n, f);
		case NODE_CALL:
			return eval_call(vm, (const struct node_call *)n, f, tail);
		case NODE_STD_CALL:
			return eval_std_call(vm, (const struct node_std_call *)n, f);
		case NODE_FUNCTION:
			return closure_new(vm, (const struct node_function *)n, f);
		case NODE_OBJECT:
			return object_new(vm, (const struct node_object *)n, f);
		case NODE_LOCAL:
			n = eval_local(vm, (const struct node_local *)n, f);
			continue;
		case NODE_IF: {
			const struct node_if *i = (const struct node_if *)n;
			struct jv cond = eval(vm, i->cond, f);
			if (!jv_is(cond, JV_BOOL))
				vm_raise_at(vm, n, "condition must be boolean, got %s.", jv_type_name(cond));
			n = jv_as_bool(cond) ? i->yes : i->no;
			if (!n)
				return jv_null();
			continue;
		}
		case NODE_AND:
		case NODE_OR:
			return eval_logic(vm, (const struct node_two *)n, f);
		case NODE_ADD: case NODE_SUB: case NODE_MUL: case NODE_DIV: case NODE_MOD: case NODE_SHL: case NODE_SHR:
		case NODE_BITAND: case NODE_BITOR: case NODE_BITXOR: case NODE_LT: case NODE_LE: case NODE_GT: case NODE_GE:
		case NODE_EQ: case NODE_NE: case NODE_IN:
			return eval_binary(vm, (const struct node_two *)n, f);
		default:
			return eval_rare(vm, n, f);
		}
	}
}
