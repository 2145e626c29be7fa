/*
 * Variables to slots. A level is what has a frame at run time: a function, an iteration, an object. A symbol knows what it is bound to at the moment,
 * so that finding a variable costs nothing; leaving a scope takes its bindings back.
 */
#include "jsonnet/ast.h"
#include "jsonnet/shape.h"
#include "jsonnet/std_table.h"

struct binding {
	struct binding *shadowed;
	uint32_t level, slot;
	bool is_param;
};

struct resolver {
	struct source *source;
	const struct std_table *std;
	const char *stack_limit;
	uint32_t level;      /* number of the current one */
	uint32_t *n_slots;   /* of the current one */
	uint32_t self, dollar; /* levels of the objects; NONE */
	const struct node *local; /* whose variables are being resolved, or NULL */
	bool failed;
};
#define NONE UINT32_MAX

static void resolve(struct resolver *r, struct node **at);

static void fail(struct resolver *r, uint32_t begin, uint32_t end, const char *fmt, struct jstr *name)
{
	struct arena *a = &r->source->arena;
	if (r->failed)
		return;
	r->failed = true;
	source_fail(r->source, begin, end, name ? arena_fmt(a, fmt, (int)name->size, name->data) : str_c(fmt));
}

static void bind(struct resolver *r, struct symbol *s, uint32_t slot)
{
	struct binding *b = arena_new(&r->source->arena, struct binding);
	*b = (struct binding){ s->bound, r->level, slot, false };
	s->bound = b;
}

static void unbind(struct symbol *s)
{
	s->bound = s->bound->shadowed;
}

/* Enters a level whose slots are counted in *n_slots; gives back what `leave` needs. */
static uint32_t *enter(struct resolver *r, uint32_t *n_slots)
{
	uint32_t *outer = r->n_slots;
	r->level++;
	r->n_slots = n_slots;
	return outer;
}

static void leave(struct resolver *r, uint32_t *outer)
{
	r->level--;
	r->n_slots = outer;
}

static void resolve_binds(struct resolver *r, struct bind *binds, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		binds[i].slot = (*r->n_slots)++;
		bind(r, binds[i].name, binds[i].slot);
	}
	for (uint32_t i = 0; i < n; i++)
		resolve(r, &binds[i].value);
}

static void unbind_all(struct bind *binds, uint32_t n)
{
	for (uint32_t i = n; i-- > 0;)
		unbind(binds[i].name);
}

static void resolve_function(struct resolver *r, struct node_function *f)
{
	uint32_t *outer = enter(r, &f->n_slots);
	f->n_slots = f->node.n;
	for (uint32_t i = 0; i < f->node.n; i++) {
		struct binding *b = f->params[i].name->bound;
		const struct node *at = f->name && r->local ? r->local : &f->node;
		if (b && b->level == r->level)
			fail(r, at->begin, at->end, "Duplicate function parameter: %.*s", f->params[i].name->name);
		bind(r, f->params[i].name, i);
		f->params[i].name->bound->is_param = true;
	}
	for (uint32_t i = 0; i < f->node.n; i++)
		if (f->params[i].value)
			resolve(r, &f->params[i].value);
	resolve(r, &f->body);
	for (uint32_t i = f->node.n; i-- > 0;)
		unbind(f->params[i].name);
	leave(r, outer);
}

/* [e for x in a]: e becomes a function of x. */
static bool is_simple(const struct node_comp *c)
{
	return c->node.n == 1;
}

static void resolve_simple_comp(struct resolver *r, struct node_comp *c)
{
	struct arena *a = &r->source->arena;
	struct node_function *f = arena_new(a, struct node_function);
	f->node = (struct node){ .kind = NODE_FUNCTION, .n = 1, .begin = c->node.begin, .end = c->node.end };
	f->params = arena_new(a, struct param);
	f->params->name = c->specs->name;
	f->body = c->body;
	resolve(r, &c->specs->value);
	resolve_function(r, f);
	c->body = &f->node;
}

/* Resolves specs and then what `inner` does within them. */
static void resolve_specs(struct resolver *r, struct node_comp *c, uint32_t i, void (*inner)(struct resolver *r, void *arg), void *arg)
{
	if (i == c->node.n) {
		inner(r, arg);
		return;
	}
	struct comp_spec *spec = &c->specs[i];
	resolve(r, &spec->value);
	if (!spec->name) {
		resolve_specs(r, c, i + 1, inner, arg);
		return;
	}
	uint32_t *outer = enter(r, &spec->n_slots);
	spec->n_slots = 1;
	bind(r, spec->name, 0);
	resolve_specs(r, c, i + 1, inner, arg);
	unbind(spec->name);
	leave(r, outer);
}

static void resolve_comp_body(struct resolver *r, void *arg)
{
	resolve(r, &((struct node_comp *)arg)->body);
}

/* What sees `self`: locals, asserts, bodies. */
static void resolve_inside(struct resolver *r, struct node_object *o)
{
	uint32_t self = r->self, dollar = r->dollar;
	uint32_t *outer = enter(r, &o->n_slots);
	o->n_slots = INST_FIELDS + o->node.n;
	r->self = r->level;
	if (dollar == NONE)
		r->dollar = r->level;
	resolve_binds(r, o->locals, o->n_locals);
	for (uint32_t i = 0; i < o->n_asserts; i++)
		resolve(r, &o->asserts[i]);
	for (uint32_t i = 0; i < o->node.n; i++)
		resolve(r, &o->fields[i].body);
	unbind_all(o->locals, o->n_locals);
	r->self = self;
	r->dollar = dollar;
	leave(r, outer);
}

static void resolve_object(struct resolver *r, struct node_object *o)
{
	bool constant = true;
	for (uint32_t i = 0; i < o->node.n; i++) {
		if (o->fields[i].name)
			resolve(r, &o->fields[i].name);
		constant = constant && !o->fields[i].name;
	}
	resolve_inside(r, o);
	if (constant && !r->failed)
		o->shape = shape_constant(&r->source->arena, o->fields, o->node.n, o);
}

static void resolve_comp_object(struct resolver *r, void *arg)
{
	struct node_object *o = arg;
	resolve(r, &o->fields[0].name);
	/* A body that does not see the object needs no instance: it is an expression of the iteration. */
	if (o->uses_self || o->n_locals) {
		o->uses_self = true;
		resolve_inside(r, o);
	} else {
		uint32_t dollar = r->dollar;
		resolve(r, &o->fields[0].body);
		r->dollar = dollar;
	}
}

static uint16_t depth_to(struct resolver *r, uint32_t level)
{
	return (uint16_t)(r->level - level);
}

static void resolve_var(struct resolver *r, struct node **at)
{
	struct node_var *v = (struct node_var *)*at;
	struct binding *b = v->symbol->bound;
	if (b) {
		v->node.depth = depth_to(r, b->level);
		v->node.n = b->slot;
		v->node.flag = b->is_param;
	} else if (v->symbol->name->size == 3 && !memcmp(v->symbol->name->data, "std", 3)) {
		v->node.kind = NODE_STD;
	} else {
		fail(r, v->node.begin, v->node.end, "Unknown variable: %.*s", v->symbol->name);
	}
}

static void resolve_field(struct resolver *r, struct node **at)
{
	struct node_field *f = (struct node_field *)*at;
	resolve(r, &f->target);
	if (f->target->kind == NODE_STD && f->name->size == 8 && !memcmp(f->name->data, "thisFile", 8)) {
		struct node_const *c = arena_new(&r->source->arena, struct node_const);
		c->node = f->node;
		c->node.kind = NODE_CONST;
		c->value = str_jv(jstr_constant(&r->source->arena, r->source->name));
		*at = &c->node;
	}
}

/* std.f(…) with arguments that fit, by names that both dialects know, becomes a direct call. */
static void resolve_std_call(struct resolver *r, struct node **at, struct node_call *call)
{
	struct node_field *f = (struct node_field *)call->callee;
	if (f->node.kind != NODE_FIELD || f->target->kind != NODE_STD)
		return;
	const struct std_fun *fun = std_table_find(r->std, (struct str){ f->name->data, f->name->size });
	if (!fun || call->node.n > fun->n_params || !fun->fn)
		return;
	struct node **args = arena_array(&r->source->arena, struct node *, fun->n_params);
	for (uint32_t i = 0; i < call->node.n; i++) {
		uint32_t k = i;
		const struct symbol *name = call->args[i].name;
		if (name)
			for (k = 0; k < fun->n_params && !str_eq((struct str){ name->name->data, name->name->size }, fun->params[k].name);)
				k++;
		if (k == fun->n_params || args[k] || (name && !str_eq(fun->params[k].name, fun->params[k].go_name)))
			return;
		args[k] = call->args[i].value;
	}
	for (uint32_t k = 0; k < fun->n_params; k++)
		if (!args[k] && !fun->params[k].has_default)
			return;
	struct node_std_call *n = arena_new(&r->source->arena, struct node_std_call);
	n->node = call->node;
	n->node.kind = NODE_STD_CALL;
	n->node.n = fun->n_params;
	n->fun = fun;
	n->args = args;
	n->callee = call->callee;
	*at = &n->node;
}

static void resolve_call(struct resolver *r, struct node **at)
{
	struct node_call *call = (struct node_call *)*at;
	resolve(r, &call->callee);
	for (uint32_t i = 0; i < call->node.n; i++)
		resolve(r, &call->args[i].value);
	resolve_std_call(r, at, call);
}

static void resolve_self(struct resolver *r, struct node *n)
{
	uint32_t level = n->flag ? r->dollar : r->self;
	if (level == NONE)
		fail(r, n->begin, n->end, "Can't use self outside of an object.", NULL);
	else
		n->depth = depth_to(r, level);
}

static void resolve_super(struct resolver *r, struct node_two *n)
{
	if (n->a)
		resolve(r, &n->a);
	if (r->self == NONE)
		fail(r, n->node.begin, n->node.end, "Can't use super outside of an object.", NULL);
	else
		n->node.depth = depth_to(r, r->self);
	if (n->b)
		resolve(r, &n->b);
}

static void resolve_optional(struct resolver *r, struct node **at)
{
	if (*at)
		resolve(r, at);
}

static void resolve_slice(struct resolver *r, struct node_slice *s)
{
	resolve(r, &s->target);
	resolve_optional(r, &s->from);
	resolve_optional(r, &s->to);
	resolve_optional(r, &s->step);
}

static void resolve_others(struct resolver *r, struct node *n)
{
	switch (n->kind) {
	case NODE_FUNCTION:
		resolve_function(r, (struct node_function *)n);
		break;
	case NODE_LOCAL: {
		struct node_local *l = (struct node_local *)n;
		const struct node *outer = r->local;
		r->local = n;
		resolve_binds(r, l->binds, n->n);
		r->local = outer;
		resolve(r, &l->body);
		unbind_all(l->binds, n->n);
		break;
	}
	case NODE_IF: {
		struct node_if *i = (struct node_if *)n;
		resolve(r, &i->cond);
		resolve(r, &i->yes);
		resolve_optional(r, &i->no);
		break;
	}
	case NODE_ARRAY:
		for (uint32_t i = 0; i < n->n; i++)
			resolve(r, &((struct node_array *)n)->items[i]);
		break;
	case NODE_ARRAY_COMP:
		if (is_simple((struct node_comp *)n))
			resolve_simple_comp(r, (struct node_comp *)n);
		else
			resolve_specs(r, (struct node_comp *)n, 0, resolve_comp_body, n);
		break;
	case NODE_OBJECT:
		resolve_object(r, (struct node_object *)n);
		break;
	case NODE_OBJECT_COMP:
		resolve_specs(r, ((struct node_object *)n)->comp, 0, resolve_comp_object, n);
		break;
	case NODE_SLICE:
		resolve_slice(r, (struct node_slice *)n);
		break;
	default:
		resolve_optional(r, &((struct node_two *)n)->a);
		resolve_optional(r, &((struct node_two *)n)->b);
	}
}

static void resolve(struct resolver *r, struct node **at)
{
	struct node *n = *at;
	if (r->failed)
		return;
	if ((const char *)__builtin_frame_address(0) < r->stack_limit) {
		fail(r, n->begin, n->end, "Exceeded maximum parse depth limit.", NULL);
		return;
	}
	switch (n->kind) {
	case NODE_CONST:
	case NODE_OVERFLOW:
	case NODE_STD:
	case NODE_ASSERT_FAILED:
	case NODE_IMPORT:
	case NODE_IMPORTSTR:
	case NODE_IMPORTBIN:
		break;
	case NODE_VAR:
		resolve_var(r, at);
		break;
	case NODE_SELF:
		resolve_self(r, n);
		break;
	case NODE_SUPER_FIELD:
	case NODE_IN_SUPER:
		resolve_super(r, (struct node_two *)n);
		break;
	case NODE_FIELD:
		resolve_field(r, at);
		break;
	case NODE_CALL:
		resolve_call(r, at);
		break;
	default:
		resolve_others(r, n);
	}
}

bool resolve_source(struct source *source, struct node *root, const struct std_table *std, const char *stack_limit)
{
	struct resolver r = { .source = source, .std = std, .stack_limit = stack_limit, .self = NONE, .dollar = NONE };
	r.n_slots = &source->n_slots;
	resolve(&r, &root);
	if (r.failed)
		return false;
	source->root = root;
	return true;
}
