/*
 * Lists and control structures. Text goes straight into the output; variables live on one stack that is cut back where Go cuts its own:
 * at the end of if, with and range, and after each turn of a loop.
 */
#include "gotmpl/exec.h"

#include <stdlib.h>
#include <string.h>

#include "gotmpl/gofmt.h"
#include "gotmpl/types.h"

/* ---- Errors ---- */

/* "FILE:LINE:COLUMN: executing "NAME" at <NODE>: " of the current node; the column counts bytes from 0. */
static void print_place(const struct template_exec *x, struct buf *out, uint32_t *column)
{
	const struct template *t = x->frame.t;
	const struct node *n = x->frame.node;
	size_t start = str_rfind_char(str_slice(t->text, 0, n->pos), '\n');
	*column = n->pos - (start == STR_NPOS ? 0 : (uint32_t)start + 1);
	buf_addf(out, "%.*s:%u:%u: executing ", STR_ARG(t->file), n->line, *column);
	gofmt_quote(out, t->name);
	buf_add_c(out, " at <");
	node_print(out, n);
	buf_add_char(out, '>');
}

bool exec_wrap(struct template_exec *x, const char *fmt, ...)
{
	AUTO_BUF text = { 0 };
	uint32_t column = 0;
	print_place(x, &text, &column);
	buf_add_c(&text, ": ");
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(&text, fmt, ap);
	va_end(ap);
	err_wrap(x->err, "template: %.*s", STR_ARG(buf_str(&text)));
	return err_at(x->err, x->frame.t->file, x->frame.node->line, column + 1);
}

bool exec_fail(struct template_exec *x, const char *fmt, ...)
{
	AUTO_BUF text = { 0 };
	uint32_t column = 0;
	print_place(x, &text, &column);
	buf_add_c(&text, ": ");
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(&text, fmt, ap);
	va_end(ap);
	err_set(x->err, ERR_FAILED, "template: %.*s", STR_ARG(buf_str(&text)));
	return err_at(x->err, x->frame.t->file, x->frame.node->line, column + 1);
}

static bool limit_fail(struct template_exec *x, const char *what)
{
	exec_fail(x, "%s", what);
	x->err->kind = ERR_LIMIT;
	return false;
}

bool exec_deeper(struct template_exec *x)
{
	const char *here = __builtin_frame_address(0);
	size_t used = (size_t)(here < x->stack_base ? x->stack_base - here : here - x->stack_base);
	return used <= EXEC_STACK_MAX || limit_fail(x, "exceeded maximum template depth (100000)");
}

/* ---- Variables ---- */

void exec_push(struct template_exec *x, uint32_t id, struct value v)
{
	if (x->var_n == x->var_cap) {
		x->var_cap = x->var_cap ? x->var_cap * 2 : 64;
		x->vars = xreallocarray(x->vars, x->var_cap, sizeof(*x->vars));
	}
	uint32_t *top = &x->tops[x->frame.top + id];
	x->vars[x->var_n++] = (struct variable){ v, id, *top };
	*top = (uint32_t)x->var_n;
}

void exec_pop(struct template_exec *x, size_t to)
{
	while (x->var_n > to) {
		const struct variable *v = &x->vars[--x->var_n];
		x->tops[x->frame.top + v->id] = v->hidden;
	}
}

struct variable *exec_variable(struct template_exec *x, uint32_t id)
{
	uint32_t top = x->tops[x->frame.top + id];
	return top ? &x->vars[top - 1] : NULL;
}

/* ---- Output ---- */

/* What a node wrote since `from`: counted, and a text told to who watches. */
static bool note_output(struct template_exec *x, const struct node *n, size_t from)
{
	x->written += x->out->n - from;
	if (x->run->max_output && x->written > x->run->max_output)
		return limit_fail(x, "the output is larger than its limit");
	const struct template_trace *trace = x->run->trace;
	if (trace && n->type == NODE_TEXT && x->out->n > from)
		trace->text(trace->ctx, x->out, from, x->frame.t->file, n->line);
	return true;
}

static bool print_value(struct template_exec *x, const struct node *n, struct value v)
{
	size_t from = x->out->n;
	exec_at(x, n);
	exec_look(x, v);
	if (v.kind == VAL_STR && v.type == GO_STRING)
		buf_add(x->out, value_as_str(v));
	else if (v.kind == VAL_NULL)
		buf_add(x->out, STR("<no value>"));
	else if (!gofmt_printable(x->out, x->types, v))
		return limit_fail(x, "a value is nested too deeply to be printed");
	return note_output(x, n, from);
}

/* ---- Control ---- */

enum walk { WALK_ON, WALK_BREAK, WALK_CONTINUE, WALK_FAIL };

static enum walk walk_list(struct template_exec *x, struct value dot, const struct node_list *list);

static enum walk walk_branch(struct template_exec *x, struct value dot, const struct node_branch *n)
{
	size_t mark = x->var_n;
	struct value v;
	enum walk walk = WALK_ON;
	if (!eval_pipe(x, dot, n->pipe, &v))
		return WALK_FAIL;
	exec_look(x, v);
	if (go_truth(v))
		walk = walk_list(x, n->node.type == NODE_WITH ? v : dot, n->list);
	else if (n->else_list)
		walk = walk_list(x, dot, n->else_list);
	exec_pop(x, mark);
	return walk;
}

struct loop {
	const struct node_branch *n;
	size_t mark; /* variables before the body's own */
};

/* One turn; false ends the loop, with *walk saying how. */
static bool turn(struct template_exec *x, const struct loop *loop, struct value key, struct value item, enum walk *walk)
{
	const struct node_pipe *pipe = loop->n->pipe;
	if (pipe->decl_n && !pipe->is_assign) {
		x->vars[loop->mark - 1].value = item;
		if (pipe->decl_n > 1)
			x->vars[loop->mark - 2].value = key;
	} else if (pipe->decl_n) {
		/* eval_pipe has assigned the whole already, so the variables are there. */
		exec_variable(x, pipe->decl[0]->id)->value = pipe->decl_n > 1 ? key : item;
		if (pipe->decl_n > 1)
			exec_variable(x, pipe->decl[1]->id)->value = item;
	}
	*walk = walk_list(x, item, loop->n->list);
	exec_pop(x, loop->mark);
	if (*walk == WALK_CONTINUE)
		*walk = WALK_ON;
	return *walk == WALK_ON;
}

static enum walk range_list(struct template_exec *x, const struct loop *loop, struct value list)
{
	/* A slice's length and place are fixed at the start, whatever the body does. */
	const struct value *p = list.list->p;
	size_t n = list.list->n;
	uint16_t extra = go_under(x->types, list) == GO_ANYS ? GO_IFACE : 0;
	enum walk walk = WALK_ON;
	for (size_t i = 0; i < n; i++) {
		struct value item = p[i];
		item.extra |= extra;
		if (!turn(x, loop, go_int((int64_t)i), item, &walk))
			break;
	}
	return walk;
}

static enum walk range_bytes(struct template_exec *x, const struct loop *loop, struct value bytes)
{
	enum walk walk = WALK_ON;
	for (size_t i = 0; i < bytes.len; i++) {
		struct value item = { .kind = VAL_INT, .type = GO_UINT8, .i = (unsigned char)bytes.s[i] };
		if (!turn(x, loop, go_int((int64_t)i), item, &walk))
			break;
	}
	return walk;
}

static enum walk range_int(struct template_exec *x, const struct loop *loop, struct value count)
{
	enum walk walk = WALK_ON;
	if (loop->n->pipe->decl_n > 1) {
		AUTO_BUF text = { 0 };
		gofmt_value(&text, x->types, count);
		exec_fail(x, "can't use %.*s to iterate over more than one variable", STR_ARG(buf_str(&text)));
		return WALK_FAIL;
	}
	for (int64_t i = 0; i < count.i; i++) {
		struct value item = count;
		item.i = i;
		if (!turn(x, loop, value_null(), item, &walk))
			break;
	}
	return walk;
}

struct map_item {
	struct str key;
	struct value value;
};

/* Keys and values as they are at the start, in order of keys: the body may change the map. */
static enum walk range_map(struct template_exec *x, const struct loop *loop, struct value map)
{
	size_t n = value_map_len(map);
	struct map_item *items = arena_alloc(x->arena, n * sizeof(*items));
	uint16_t extra = go_under(x->types, map) == GO_MAP_ANY ? GO_IFACE : 0;
	for (size_t i = 0; i < n; i++) {
		size_t at = map_sorted(map.map, i);
		items[i] = (struct map_item){ map_key(map.map, at), *value_map_at(map, at) };
		items[i].value.extra |= extra;
	}
	enum walk walk = WALK_ON;
	for (size_t i = 0; i < n; i++)
		if (!turn(x, loop, value_str(items[i].key), items[i].value, &walk))
			break;
	return walk;
}

static bool is_iterable_empty(struct value v)
{
	return v.kind == VAL_NULL || (v.kind == VAL_LIST && v.list->n == 0) || (v.kind == VAL_MAP && value_map_len(v) == 0) ||
	       (v.kind == VAL_INT && v.i <= 0) || (v.kind == VAL_STR && v.type == GO_BYTES && v.len == 0);
}

static enum walk range_over(struct template_exec *x, const struct loop *loop, struct value v)
{
	if (v.kind == VAL_LIST)
		return range_list(x, loop, v);
	if (v.kind == VAL_MAP)
		return range_map(x, loop, v);
	if (v.kind == VAL_INT)
		return range_int(x, loop, v);
	if (v.kind == VAL_STR && go_under(x->types, v) == GO_BYTES)
		return range_bytes(x, loop, v);
	AUTO_BUF text = { 0 };
	v.extra &= (uint16_t)~GO_ADDRESS; /* the message is made of a copy */
	gofmt_printable(&text, x->types, v);
	exec_fail(x, "range can't iterate over %.*s", STR_ARG(buf_str(&text)));
	return WALK_FAIL;
}

static enum walk walk_range(struct template_exec *x, struct value dot, const struct node_branch *n)
{
	size_t mark = x->var_n;
	struct value v;
	enum walk walk = WALK_ON;
	if (!eval_pipe(x, dot, n->pipe, &v))
		return WALK_FAIL;
	exec_look(x, v);
	bool two_for_int = v.kind == VAL_INT && n->pipe->decl_n > 1;
	if (!is_iterable_empty(v) || two_for_int) {
		struct loop loop = { n, x->var_n };
		walk = range_over(x, &loop, v);
		if (walk == WALK_BREAK)
			walk = WALK_ON;
	} else if (n->else_list) {
		walk = walk_list(x, dot, n->else_list);
	}
	exec_pop(x, mark);
	return walk;
}

/* ---- Templates ---- */

static bool run_template(struct template_exec *x, const struct template *t, struct value dot)
{
	struct frame outer = x->frame;
	size_t mark = x->var_n;
	x->frame = (struct frame){ .t = t, .top = x->top_n };
	x->top_n += t->variable_n;
	if (x->top_n > x->top_cap) {
		x->top_cap = MAX(x->top_n, x->top_cap ? x->top_cap * 2 : 256);
		x->tops = xreallocarray(x->tops, x->top_cap, sizeof(*x->tops));
	}
	memset(x->tops + x->frame.top, 0, t->variable_n * sizeof(*x->tops));
	exec_push(x, 0, dot);
	bool ok = walk_list(x, dot, t->root) == WALK_ON;
	x->var_n = mark;
	x->top_n = x->frame.top;
	x->frame = outer;
	return ok;
}

static bool walk_template(struct template_exec *x, struct value dot, const struct node_template *n)
{
	const struct template *t = set_find(x->set, &n->name);
	struct value inner = value_null();
	if (!t) {
		AUTO_BUF name = { 0 };
		gofmt_quote(&name, n->name.name);
		return exec_fail(x, "template %s not defined", buf_str(&name).p);
	}
	if (!exec_deeper(x) || (n->pipe && !eval_pipe(x, dot, n->pipe, &inner)))
		return false;
	return run_template(x, t, inner);
}

static bool walk_action(struct template_exec *x, struct value dot, const struct node *n)
{
	const struct node_pipe *pipe = ((const struct node_action *)n)->pipe;
	const struct template_trace *trace = x->run->trace;
	size_t from = x->out->n;
	struct value v;
	if (trace)
		trace->begin(trace->ctx);
	if (!eval_pipe(x, dot, pipe, &v) || (!pipe->decl_n && !print_value(x, n, v)))
		return false;
	if (trace)
		trace->end(trace->ctx, x->out, from, v, x->frame.t->file, n->line);
	return true;
}

static enum walk walk_node(struct template_exec *x, struct value dot, const struct node *n)
{
	exec_at(x, n);
	switch (n->type) {
	case NODE_TEXT: {
		size_t from = x->out->n;
		buf_add(x->out, ((const struct node_text *)n)->text);
		return note_output(x, n, from) ? WALK_ON : WALK_FAIL;
	}
	case NODE_ACTION: return walk_action(x, dot, n) ? WALK_ON : WALK_FAIL;
	case NODE_IF:
	case NODE_WITH: return walk_branch(x, dot, (const struct node_branch *)n);
	case NODE_RANGE: return walk_range(x, dot, (const struct node_branch *)n);
	case NODE_TEMPLATE: return walk_template(x, dot, (const struct node_template *)n) ? WALK_ON : WALK_FAIL;
	case NODE_BREAK: return WALK_BREAK;
	case NODE_CONTINUE: return WALK_CONTINUE;
	default: break;
	}
	return WALK_FAIL; /* nothing else stands in a list */
}

static enum walk walk_list(struct template_exec *x, struct value dot, const struct node_list *list)
{
	enum walk walk = WALK_ON;
	x->steps += list->n + 1;
	if (x->steps > x->max_steps)
		return limit_fail(x, "the execution takes more steps than its limit") ? WALK_ON : WALK_FAIL;
	if (x->run->guard && atomic_load_explicit(&x->run->guard->stop, memory_order_relaxed)) {
		err_set(x->err, ERR_CANCELLED, "the execution was stopped");
		return WALK_FAIL;
	}
	for (size_t i = 0; walk == WALK_ON && i < list->n; i++)
		walk = walk_node(x, dot, list->p[i]);
	return walk;
}

/* ---- Calls from outside ---- */

static bool not_found(const struct template_set *set, struct str name, struct err *err)
{
	AUTO_BUF quoted = { 0 };
	gofmt_quote(&quoted, name);
	buf_add_c(&quoted, " associated with template ");
	gofmt_quote(&quoted, set->name);
	return err_set(err, ERR_NOT_FOUND, "template: no template %s", buf_str(&quoted).p);
}

bool template_execute(const struct template_set *set, struct str name, struct value data, const struct template_run *run, struct buf *out,
		      struct err *err)
{
	const struct template *t = template_find(set, name);
	if (!t)
		return not_found(set, name, err);
	struct template_exec x = {
		.set = set,
		.types = set->options.types,
		.missing = set->options.missing,
		.run = run,
		.arena = run->arena,
		.out = out,
		.err = err,
		.max_steps = run->max_steps ? run->max_steps : UINT64_MAX,
		.stack_base = __builtin_frame_address(0),
	};
	bool ok = run_template(&x, t, data);
	free(x.vars);
	free(x.tops);
	buf_deinit(&x.included);
	return ok;
}

bool template_may_change(const struct go_call *call, const struct map *map, struct err *err)
{
	struct template_guard *guard = call->exec ? call->exec->run->guard : NULL;
	return !guard || map->arena == call->arena || guard->change(guard->ctx, map, err);
}

/* What a function's call into a template changes. */
struct included {
	const struct template_set *set;
	const struct go_types *types;
	enum template_missing missing;
	struct buf *out;
	struct err *err;
	struct frame frame;
	size_t var_n, top_n;
};

/* Included templates write behind each other into one buffer, from which the finished text is taken. */
bool template_call_parsed(struct go_call *call, const struct template_set *set, const struct template *t, struct value data,
			  struct value *out, struct err *err)
{
	struct template_exec *x = call->exec;
	struct included outer = { x->set, x->types, x->missing, x->out, x->err, x->frame, x->var_n, x->top_n };
	size_t start = x->included.n;
	x->err = err;
	bool ok = exec_deeper(x);
	x->set = set;
	x->types = set->options.types;
	x->missing = set->options.missing;
	x->out = &x->included;
	data.extra &= (uint16_t)~GO_IFACE;
	ok = ok && run_template(x, t, data);
	if (ok && x->included.n - start > VALUE_STR_MAX)
		ok = err_set(err, ERR_LIMIT, "an included template's output is longer than a string may be");
	if (ok)
		*out = value_str(arena_str(x->arena, str_slice(buf_str(&x->included), start, x->included.n)));
	x->included.n = start;
	x->set = outer.set;
	x->types = outer.types;
	x->missing = outer.missing;
	x->out = outer.out;
	x->err = outer.err;
	x->frame = outer.frame;
	x->var_n = outer.var_n;
	x->top_n = outer.top_n;
	return ok;
}

bool template_call(struct go_call *call, const struct template_set *set, struct str name, struct value data, struct value *out,
		   struct err *err)
{
	const struct template *t = template_find(set, name);
	return t ? template_call_parsed(call, set, t, data, out, err) : not_found(set, name, err);
}
