/* exec.h: the state of an execution, shared by exec.c (lists and control), eval.c (expressions) and call.c (arguments and calls). */
#ifndef GOTMPL_EXEC_H
#define GOTMPL_EXEC_H

#include "gotmpl/node.h"
#include "gotmpl/set.h"

/*
 * Variables of all running templates stand on one stack. A look-up by name finds the newest one of that name in the running template:
 * frame.top[id] is its place + 1 (0: none), and each remembers the one that it hides.
 */
struct variable {
	struct value value;
	uint32_t id, hidden;
};

struct frame {
	const struct template *t;
	const struct node *node; /* what is being evaluated: errors point to it */
	size_t top;              /* offset in template_exec.tops */
};

struct template_exec {
	const struct template_set *set;
	const struct go_types *types;
	enum template_missing missing;
	const struct template_run *run;
	struct arena *arena;
	struct buf *out;
	struct buf included; /* output of the templates that functions called, innermost last */
	struct err *err;
	struct frame frame;
	struct variable *vars;
	size_t var_n, var_cap;
	uint32_t *tops;
	size_t top_n, top_cap;
	size_t written;         /* bytes of output so far, included templates counted where they run */
	uint64_t steps, max_steps; /* nodes executed */
	const char *stack_base; /* address near which the C stack began */
};

/*
 * Go's maximum is 100000 templates deep, which takes Go more memory than a C stack has: ours is this many bytes of stack, some 3000
 * templates. Whoever executes templates on a thread gives it the 8 MiB that the main one has.
 */
#define EXEC_STACK_MAX ((size_t)6 << 20)

/* Sets the error "template: FILE:LINE:COLUMN: executing "NAME" at <NODE>: …"; returns false. */
bool exec_fail(struct template_exec *x, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Puts the same before an error that is set, with `what` between. */
bool exec_wrap(struct template_exec *x, const char *fmt, ...) PRINTF_LIKE(2, 3);
static inline void exec_at(struct template_exec *x, const struct node *n)
{
	x->frame.node = n;
}
/* Tells who watches that the value, where it holds others, decides something as a whole. */
static inline void exec_look(const struct template_exec *x, struct value v)
{
	if (x->run->reads && (v.kind == VAL_MAP || v.kind == VAL_LIST))
		x->run->reads->look(x->run->reads->ctx, v);
}
/* False, with the error set, where templates call each other without end. */
MUST_CHECK bool exec_deeper(struct template_exec *x);

void exec_push(struct template_exec *x, uint32_t id, struct value v);
void exec_pop(struct template_exec *x, size_t to);
/* The visible variable of that id, or NULL. */
struct variable *exec_variable(struct template_exec *x, uint32_t id);

/* The value of a pipeline; nil interfaces come out as no value. Declared variables are pushed. */
MUST_CHECK bool eval_pipe(struct template_exec *x, struct value dot, const struct node_pipe *pipe, struct value *out);

/* What an expression is given besides its node: the command's words (NULL, or the first is the expression itself) and the value piped in. */
struct words {
	const struct node_list *args;
	const struct value *final;
};

/* An operand as an argument for a parameter. `param` GO_P_END takes anything as it is. */
MUST_CHECK bool eval_arg(struct template_exec *x, struct value dot, enum go_param param, const struct node *n, struct value *out);
/* An operand whatever its type; literals give their own. */
MUST_CHECK bool eval_any(struct template_exec *x, struct value dot, const struct node *n, struct value *out);
/* Makes v fit the parameter or reports why it does not. */
MUST_CHECK bool call_check(struct template_exec *x, enum go_param param, struct value v, struct value *out);

struct callee {
	const struct go_func *func;
	struct value self;
	const struct node *node; /* where a failure of the function itself is reported */
	struct str name;
};
MUST_CHECK bool call_func(struct template_exec *x, struct value dot, const struct callee *callee, struct words words, struct value *out);
/* The built-in and / or, which evaluate only as far as they must. */
MUST_CHECK bool call_and_or(struct template_exec *x, struct value dot, const struct node_identifier *n, struct words words,
			    struct value *out);
/* Go's name of the static type of v: "interface {}" for what came out of one. */
struct str static_type(const struct template_exec *x, struct value v);

#endif
