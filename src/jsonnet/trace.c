/*
 * The calls lie on the C stack, so they are read before the error unwinds it; what takes long, the places and Go's names, is made afterwards.
 *
 * Go names a line by the tree alone. No node keeps such a name: it is found again by walking the program from its root to the node.
 */
#include "jsonnet/trace.h"

#include "jsonnet/cache.h"

/* --- C++: names of calls --- */

static struct str name_str(const struct jstr *s)
{
	return (struct str){ s->gc.state == STR_FLAT ? s->data : s->at, s->size };
}

static struct str bracketed(struct vm *vm, const char *what, const struct symbol *s)
{
	return arena_fmt(&vm->arena, "%s <%.*s>", what, STR_ARG(name_str(s->name)));
}

/* Go calls a thing as the text does; C++ by the variable that it is asked for through. */
static struct str object_name(struct vm *vm, const struct node *at)
{
	const struct node *target = NULL;
	if (at && at->kind == NODE_FIELD)
		target = ((const struct node_field *)at)->target;
	else if (at && at->kind == NODE_INDEX)
		target = ((const struct node_two *)at)->a;
	if (target && target->kind == NODE_VAR)
		return bracketed(vm, "object", ((const struct node_var *)target)->symbol);
	return target && target->kind == NODE_SELF && target->flag ? STR("object <$>") : STR("object <anonymous>");
}

static struct str function_name(struct vm *vm, const struct call *c)
{
	const struct jfun *f = c->what;
	const struct symbol *name = f->gc.state == FUN_CODE ? f->code->name : NULL;
	if (f->gc.state == FUN_STD)
		return arena_fmt(&vm->arena, "builtin function <%.*s>", STR_ARG(f->std->name));
	if (c->at && c->at->kind == NODE_CALL) {
		const struct node *callee = ((const struct node_call *)c->at)->callee;
		if (callee->kind == NODE_VAR && callee->flag) /* a parameter */
			name = ((const struct node_var *)callee)->symbol;
	}
	return name ? bracketed(vm, "function", name) : STR("function <anonymous>");
}

static struct str call_name(struct vm *vm, const struct call *c)
{
	switch (c->kind) {
	case CALL_FUNCTION:
		return function_name(vm, c);
	case CALL_THUNK:
		if (c->at && c->at->kind == NODE_VAR)
			return bracketed(vm, "thunk", ((const struct node_var *)c->at)->symbol);
		return c->at && c->at->kind == NODE_IMPORT ? STR("thunk <import>") : STR_NONE;
	case CALL_ELEMENT:
		return STR("thunk <array_element>");
	case CALL_OBJECT:
		return object_name(vm, c->at);
	case CALL_ASSERT:
		return STR("thunk <object_assert>");
	case CALL_TOP:
		return STR("function <top_level>");
	case CALL_PARAM:
		return bracketed(vm, "thunk", c->what);
	case CALL_COMP:
		return STR("function <anonymous>");
	case CALL_COMP_OVER:
		return STR("thunk <a>");
	default:
		return STR_NONE;
	}
}

/* --- gathering --- */

/* Whether the call has a line in the trace at all. */
static bool is_line(const struct vm *vm, const struct call *c)
{
	switch (c->kind) {
	case CALL_NATIVE:
		return false;
	case CALL_FIELD:
	case CALL_ITEM:
		return true;
	case CALL_COMP_OVER:
		return !vm_is_go(vm);
	default:
		/* What Go makes into data has no place: the field is told. */
		return !vm_is_go(vm) || c->at || c->kind == CALL_ASSERT;
	}
}

void trace_gather(struct vm *vm, const struct node *at)
{
	struct arena *a = &vm->arena;
	const struct call *first = vm->calls;
	uint32_t max = vm->options->max_trace;
	size_t n = 0, i = 0;
	if (!at && first && first->kind == CALL_NATIVE)
		at = first->at;
	bool inner = !vm_is_go(vm) || at, outer = vm_is_go(vm);
	n += inner + outer;
	for (const struct call *c = first; c; c = c->up)
		n += is_line(vm, c);
	size_t from = max && n > max ? max / 2 : n, to = max && n > max ? n - (max - max / 2) : n;
	vm->trace = (trace_lines){ 0 };
	vm->trace_cut = from;
	if (inner)
		vec_push_in(&vm->trace, a, (struct trace_line){ .at = at });
	i += inner;
	/* In C++ a call names the line before its own. */
	for (const struct call *c = first; c; c = c->up) {
		if (!is_line(vm, c))
			continue;
		if (!vm_is_go(vm) && (i - 1 < from || i - 1 >= to))
			vec_last(&vm->trace).name = call_name(vm, c);
		if (i < from || i >= to)
			vec_push_in(&vm->trace, a, (struct trace_line){ .at = c->at, .what = c->what, .kind = c->kind });
		i++;
	}
	if (outer)
		vec_push_in(&vm->trace, a, (struct trace_line){ .kind = CALL_NATIVE });
}

/* --- Go: names of places --- */

enum part { PART_NONE, PART_TOP, PART_THUNK, PART_FUNCTION, PART_OBJECT };

/* What a part of a program is called. `name` may be NULL. */
struct context {
	const struct context *up; /* PART_THUNK */
	const struct symbol *name;
	enum part part;
};

struct search {
	const struct node *wanted;
	struct buf *name;
	const struct node *place; /* what to show as its place */
};

static void add_context(const struct context *c, struct buf *out)
{
	struct str name = c->name ? name_str(c->name->name) : STR("anonymous");
	switch (c->part) {
	case PART_NONE:
		return;
	case PART_TOP:
		buf_add_char(out, '$');
		return;
	case PART_FUNCTION:
		buf_addf(out, "function <%.*s>", STR_ARG(name));
		return;
	case PART_OBJECT:
		buf_addf(out, "object <%.*s>", STR_ARG(name));
		return;
	case PART_THUNK:
		buf_add_c(out, "thunk ");
		if (c->name)
			buf_addf(out, "<%.*s> ", STR_ARG(name));
		buf_add_c(out, "from <");
		add_context(c->up, out);
		buf_add_char(out, '>');
	}
}

/* What Go writes in terms of other things has no name. */
static bool is_rewritten(enum node_kind kind)
{
	return kind == NODE_MOD || kind == NODE_IN || kind == NODE_SLICE || kind == NODE_ARRAY_COMP || kind == NODE_OBJECT_COMP;
}

static bool search(struct search *s, const struct node *n, const struct context *c);

static struct context inside(const struct context *c, enum part part, const struct symbol *name)
{
	return (struct context){ c, name, c->part == PART_NONE ? PART_NONE : part };
}

static bool search_thunk(struct search *s, const struct node *n, const struct context *c)
{
	struct context thunk = inside(c, PART_THUNK, NULL);
	return search(s, n, &thunk);
}

static bool search_function(struct search *s, const struct node_function *f, const struct context *c, const struct symbol *name)
{
	struct context body = inside(c, PART_FUNCTION, name);
	for (uint32_t i = 0; i < f->node.n; i++)
		if (search(s, f->params[i].value, &body))
			return true;
	return search(s, f->body, &body);
}

/* The clause of an assert stands as the place of its `yes`. */
static bool search_assert(struct search *s, const struct node *n, const struct context *c)
{
	if (!search(s, n, c))
		return false;
	if (((const struct node_if *)n)->no == s->wanted)
		s->place = ((const struct node_if *)n)->yes;
	return true;
}

static bool search_object(struct search *s, const struct node_object *o, const struct context *c, const struct symbol *name)
{
	struct context in = inside(c, PART_OBJECT, name);
	for (uint32_t i = 0; o->node.kind == NODE_OBJECT_COMP && i < o->comp->node.n; i++)
		if (search(s, o->comp->specs[i].value, c))
			return true;
	for (uint32_t i = 0; i < o->node.n; i++)
		if (search(s, o->fields[i].name, c) || search(s, o->fields[i].body, &in))
			return true;
	for (uint32_t i = 0; i < o->n_locals; i++)
		if (search(s, o->locals[i].value, &in))
			return true;
	for (uint32_t i = 0; i < o->n_asserts; i++)
		if (search_assert(s, o->asserts[i], &in))
			return true;
	return false;
}

static bool search_local(struct search *s, const struct node_local *l, const struct context *c)
{
	for (uint32_t i = 0; i < l->node.n; i++) {
		const struct bind *b = &l->binds[i];
		struct context thunk = inside(c, PART_THUNK, b->name);
		bool found;
		if (b->value->kind == NODE_FUNCTION)
			found = search_function(s, (const struct node_function *)b->value, c, b->name);
		else if (b->value->kind == NODE_OBJECT && b->value != s->wanted)
			found = search_object(s, (const struct node_object *)b->value, &thunk, b->name);
		else
			found = search(s, b->value, &thunk);
		if (found)
			return true;
	}
	return search(s, l->body, c);
}

static bool search_comp(struct search *s, const struct node_comp *comp, const struct context *c)
{
	const struct node *body = comp->body;
	for (uint32_t i = 0; i < comp->node.n; i++)
		if (search(s, comp->specs[i].value, c))
			return true;
	/* With one `for` the body was made a function of it. */
	if (comp->node.n == 1)
		body = ((const struct node_function *)body)->body;
	return search_thunk(s, body, c);
}

static bool search_call(struct search *s, const struct node_call *call, const struct context *c)
{
	if (search(s, call->callee, c))
		return true;
	for (uint32_t i = 0; i < call->node.n; i++)
		if (search_thunk(s, call->args[i].value, c))
			return true;
	return false;
}

static bool search_list(struct search *s, struct node *const *items, uint32_t n, const struct context *c)
{
	for (uint32_t i = 0; i < n; i++)
		if (search_thunk(s, items[i], c))
			return true;
	return false;
}

static bool search_children(struct search *s, const struct node *n, const struct context *c)
{
	struct context nothing = { .part = PART_NONE };
	switch (n->kind) {
	case NODE_CONST: case NODE_OVERFLOW: case NODE_SELF: case NODE_VAR: case NODE_STD: case NODE_ASSERT_FAILED:
	case NODE_IMPORT: case NODE_IMPORTSTR: case NODE_IMPORTBIN:
		return false;
	case NODE_FIELD:
		return search(s, ((const struct node_field *)n)->target, &nothing);
	case NODE_INDEX:
		return search(s, ((const struct node_two *)n)->a, &nothing) || search(s, ((const struct node_two *)n)->b, c);
	case NODE_CALL:
		return search_call(s, (const struct node_call *)n, c);
	case NODE_STD_CALL:
		return search_list(s, ((const struct node_std_call *)n)->args, n->n, c);
	case NODE_FUNCTION:
		return search_function(s, (const struct node_function *)n, c, NULL);
	case NODE_LOCAL:
		return search_local(s, (const struct node_local *)n, c);
	case NODE_IF: {
		const struct node_if *i = (const struct node_if *)n;
		return search(s, i->cond, c) || search(s, i->yes, c) || search(s, i->no, c);
	}
	case NODE_ARRAY:
		return search_list(s, ((const struct node_array *)n)->items, n->n, c);
	case NODE_ARRAY_COMP:
		return search_comp(s, (const struct node_comp *)n, c);
	case NODE_OBJECT: case NODE_OBJECT_COMP:
		return search_object(s, (const struct node_object *)n, c, NULL);
	case NODE_SLICE: {
		const struct node_slice *l = (const struct node_slice *)n;
		return search(s, l->target, c) || search(s, l->from, c) || search(s, l->to, c) || search(s, l->step, c);
	}
	default:
		return search(s, ((const struct node_two *)n)->a, c) || search(s, ((const struct node_two *)n)->b, c);
	}
}

static bool search(struct search *s, const struct node *n, const struct context *c)
{
	if (!n)
		return false;
	bool found = n == s->wanted || search_children(s, n, c);
	if (n == s->wanted) {
		s->place = n;
		if (!is_rewritten(n->kind) && !(n->kind == NODE_ERROR && n->flag) && n->kind != NODE_ASSERT_FAILED)
			add_context(c, s->name);
	} else if (found && n->kind == NODE_IF && ((const struct node_if *)n)->no == s->wanted && s->wanted->flag == ASSERT_OF_EXPRESSION) {
		s->place = n;
	}
	return found;
}

/* --- printing --- */

static void print_go(struct vm *vm, const struct trace_line *l, struct buf *out)
{
	AUTO_BUF name = { 0 };
	const struct context top = { .part = PART_TOP };
	struct search s = { .wanted = l->at, .name = &name, .place = l->at };
	const struct source *source = l->at ? cache_source_at(vm->cache, l->at->begin) : NULL;
	if (l->kind == CALL_FIELD) {
		buf_add_c(out, "Field ");
		manifest_string(name_str(l->what), out);
	} else if (l->kind == CALL_ITEM) {
		buf_addf(out, "Array element %zu", (size_t)(uintptr_t)l->what);
	} else if (source) {
		if (source->root)
			(void)search(&s, source->root, &top);
		source_place_go(source, s.place->begin - source->base, s.place->end - source->base, out);
	} else {
		buf_add_c(out, l->kind == CALL_ASSERT ? "Checking object assertions" : vm->phase);
	}
	buf_add_char(out, '\t');
	buf_add(out, l->kind == CALL_PLUS ? STR("+:") : buf_str(&name));
}

static void print_cpp(struct vm *vm, const struct trace_line *l, struct buf *out)
{
	const struct source *source = l->at ? cache_source_at(vm->cache, l->at->begin) : NULL;
	if (source)
		source_place(source, l->at->begin - source->base, l->at->end - source->base, out);
	else
		buf_add_c(out, vm->outside);
	buf_addf(out, "\t%.*s", STR_ARG(l->name));
}

void trace_print(struct vm *vm, struct buf *out)
{
	for (size_t i = 0; i < vm->trace.n; i++) {
		if (i && i == vm->trace_cut)
			buf_add_c(out, "\n\t...");
		buf_add_c(out, "\n\t");
		if (vm_is_go(vm))
			print_go(vm, &vm->trace.p[i], out);
		else
			print_cpp(vm, &vm->trace.p[i], out);
	}
}
