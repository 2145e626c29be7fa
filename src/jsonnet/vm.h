/*
 * vm.h: the state of one evaluation, and what the evaluator's files share. Natives keep to value.h.
 *
 * Evaluating recurses on the C stack: a stack of the vm's own, large and reserved, not committed (vm_run). Two limits stand before its end: jsonnet's own count
 * of calls (--max-stack), which every call, forced thunk and field adds to, and the address of the stack itself. Both end in "max stack
 * frames exceeded.".
 */
#ifndef JSONNET_VM_H
#define JSONNET_VM_H

#include <setjmp.h>
#include <time.h>

#include "base/map.h"
#include "base/vec.h"
#include "jsonnet/ast.h"
#include "jsonnet/heap.h"
#include "jsonnet/jsonnet.h"
#include "jsonnet/repr.h"
#include "jsonnet/std_table.h"

/* The longest text that is made of a value: more than it would hold in memory several times over. */
#define VM_TEXT_MAX ((size_t)1 << 30)

enum call_kind {
	CALL_FUNCTION, /* what: the struct jfun */
	CALL_THUNK,
	CALL_ELEMENT,
	CALL_OBJECT,
	CALL_ASSERT,
	CALL_PARAM,    /* what: the symbol of a parameter */
	CALL_TOP,      /* the program's function, called with the top-level arguments */
	CALL_NATIVE,   /* not a frame of the trace: only tells where a native stands */
	CALL_GO,       /* only in Go's traces: a value to text, the name of a comprehension's field */
	CALL_FIELD,    /* a field to data; what: its name, a jstr */
	CALL_ITEM,     /* an element to data; what: its number */
	CALL_PLUS,     /* both parts of `a+: b`, in Go's traces */
	CALL_COMP,     /* what a comprehension goes over */
	CALL_COMP_OVER,
};

/* What is being evaluated, innermost first; they lie on the C stack. */
struct call {
	struct call *up;
	const struct node *at; /* where from; NULL: from vm->outside */
	const void *what;
	enum call_kind kind;
};

/* A line of the trace of an error (trace.h). */
struct trace_line {
	const struct node *at;
	const void *what;
	struct str name;
	enum call_kind kind;
};
typedef VEC(struct trace_line) trace_lines;

struct vm {
	struct heap heap;
	const struct jsonnet_options *options;
	struct jsonnet_cache *cache;
	const struct std_table *std;
	struct call *calls;
	uint32_t depth, max_depth;
	const char *outside;      /* how a trace names what is in no file: "During manifestation" */
	const char *phase;        /* the same as Go's traces end */
	trace_lines trace;        /* of the error */
	size_t trace_cut;         /* before which of them lines are left out */
	const char *stack_limit;  /* lowest address that evaluating may reach */
	char *stack_end;          /* where the C stack began */
	jmp_buf escape;           /* where vm_raise goes */
	struct buf error;         /* its text */
	enum err_kind error_kind;
	VEC(struct buf *) bufs;   /* all of them; the first `bufs_used` are lent */
	size_t bufs_used;
	VEC(struct arena *) lent; /* of calls of the host's natives that are under way */
	struct arena arena;       /* for what lives as long as the vm and is not collected */
	struct map imports;       /* struct source * or bytes by folder and path, see import.c */
	VEC(struct jv) modules;   /* values of imported files by number of source */
	VEC(struct jv) roots;     /* other values to keep */
	struct map natives;       /* index in roots of the function, by name */
	struct map ext;           /* index in roots of external variables, by name */
	struct jstr *ascii[128];  /* strings of one character */
	struct str_index {
		const struct jstr *s; /* NULL: free. Forgotten by each collection */
		VEC(uint32_t) at;     /* where each STR_INDEX_STEPth code point begins */
	} indexed[4];             /* long texts that are not ASCII, lately asked for a code point */
	unsigned next_indexed;
	struct timespec deadline;
	uint32_t ticks;
};

static inline bool vm_is_go(const struct vm *vm)
{
	return vm->options->dialect == JSONNET_GO;
}

/* Makes a vm and runs fn(vm, arg) on its stack. What `fn` raises becomes err. */
typedef void vm_fn(struct vm *vm, void *arg);
MUST_CHECK bool vm_run(const struct jsonnet_options *options, vm_fn *fn, void *arg, struct err *err);

/* vm_raise with the node where it happened. */
NORETURN void vm_raise_at(struct vm *vm, const struct node *at, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Ends the evaluation with the static error of a source that `at` imports, or the host gives (NULL). Go tells how it came to that. */
NORETURN void vm_raise_static(struct vm *vm, const struct node *at, struct str text);
/* Ends the evaluation with a text that is complete. */
NORETURN void vm_raise_text(struct vm *vm, enum err_kind kind, struct str text);

/* Goes a call deeper; vm_leave takes it back. */
static inline void vm_enter(struct vm *vm, struct call *c, enum call_kind kind, const struct node *at, const void *what)
{
	*c = (struct call){ vm->calls, at, what, kind };
	if (vm->depth >= vm->max_depth || (const char *)c < vm->stack_limit)
		vm_raise_at(vm, at, "max stack frames exceeded.");
	vm->calls = c;
	vm->depth++;
}
static inline void vm_leave(struct vm *vm, const struct call *c)
{
	vm->calls = c->up;
	vm->depth--;
}

/* Ends the evaluation where the text being made is too long. */
void vm_check_text(struct vm *vm, size_t n);

/* --- eval.c, call.c --- */

/* A tail-strict call that is left to whoever runs the function's body. */
struct tail {
	const struct node *at;
	const struct jfun *fun;
	struct frame *frame;
};
/* The value of an expression. Where `tail` is not NULL, the result may be JV_NOTHING: then the call in *tail is to be made. */
struct jv eval_tail(struct vm *vm, const struct node *n, struct frame *f, struct tail *tail);
static inline struct jv eval(struct vm *vm, const struct node *n, struct frame *f)
{
	return eval_tail(vm, n, f, NULL);
}
/* The expression as the content of a slot: its value where that costs nothing and cannot fail, or a thunk. */
struct jv eval_lazy(struct vm *vm, const struct node *n, struct frame *f);
struct jv eval_call(struct vm *vm, const struct node_call *n, struct frame *f, struct tail *tail);
struct jv eval_std_call(struct vm *vm, const struct node_std_call *n, struct frame *f);
struct jv call_at(struct vm *vm, const struct node *at, struct jv fun, const struct jv *args, size_t n);
/* With arguments by name too: the program's own call with the top-level arguments. */
struct jv call_named(struct vm *vm, struct jv fun, const struct str *names, const struct jv *args, size_t n);
/* The value of a slot's content; `kind` and `at` are for the trace. */
struct jv force_as(struct vm *vm, enum call_kind kind, const struct node *at, struct jv v);
/* Element i, evaluated for the index expression `at`. */
struct jv array_get_at(struct vm *vm, const struct node *at, struct jv arr, size_t i);
struct frame *frame_new(struct vm *vm, struct frame *up, uint32_t n_slots);
struct jv closure_new(struct vm *vm, const struct node_function *code, struct frame *f);

/* --- ops.c --- */

struct jv op_binary(struct vm *vm, const struct node *at, enum node_kind op, struct jv a, struct jv b);
struct jv op_unary(struct vm *vm, const struct node *at, enum node_kind op, struct jv a);
struct jv op_index(struct vm *vm, const struct node *at, struct jv target, struct jv index);
struct jv op_slice(struct vm *vm, const struct node *at, struct jv target, const struct jv parts[3]);
struct jv op_mod(struct vm *vm, const struct node *at, struct jv a, struct jv b);

/* --- object.c, comp.c --- */

struct jv object_new(struct vm *vm, const struct node_object *n, struct frame *f);
struct jv object_comp(struct vm *vm, const struct node_object *n, struct frame *f);
struct jv array_comp(struct vm *vm, const struct node_comp *n, struct frame *f);
/* One layer of any shape. */
struct jv object_of(struct vm *vm, const struct shape *shape, void *frame_or_envs);
struct jv object_add(struct vm *vm, struct jv a, struct jv b);
struct jv object_get_at(struct vm *vm, const struct node *at, struct jv obj, struct jstr *name);
/* The same; *body becomes the expression that the value comes from, where there is one. */
struct jv object_get_body(struct vm *vm, const struct node *at, struct jv obj, struct jstr *name, const struct node **body);
/* A field of the layers below that of `inst`; *found says whether there is one (NULL: raises where there is none). */
struct jv object_super(struct vm *vm, const struct node *at, struct frame *inst, struct jstr *name);
bool object_super_has(struct vm *vm, struct frame *inst, struct jstr *name);
void object_check_at(struct vm *vm, const struct node *at, struct jv obj);

/* --- import.c --- */

struct jv import_at(struct vm *vm, const struct node_import *n);
/* The value of a source; parses it first. `at` may be NULL. */
struct jv import_source(struct vm *vm, const struct node *at, struct source *source);
/* A snippet as a source of the cache. */
struct source *import_snippet(struct vm *vm, struct str name, struct str text);
/* Finds and reads a file as an import of the current folder would. */
struct source *import_file(struct vm *vm, struct str path);
struct jv import_string(struct vm *vm, struct str path);
/* A string of bytes from outside: what is no UTF-8 becomes U+FFFD. */
struct jv text_value(struct vm *vm, struct str bytes);
/* The source that a global position is in, or NULL. */
const struct source *source_at(struct vm *vm, uint32_t position);

/* --- convert.c --- */

/* An arena for a call, freed also where an error ends the evaluation; the last one lent is given back first. */
struct arena *vm_arena(struct vm *vm);
void vm_arena_done(struct vm *vm);
/* To and from the data model. Strings and containers are copied. */
struct value jv_to_value(struct vm *vm, struct jv v, struct arena *a);
struct jv jv_from_value(struct vm *vm, struct value v);
/* Calls a native of the host. */
struct jv host_call(struct vm *vm, const struct jsonnet_native *native, const struct jv *args, size_t n);
/* The function that std.native(name) gives, or null. */
struct jv host_native(struct vm *vm, struct str name);
/* std.extVar. False where there is none of the name. */
bool ext_var(struct vm *vm, struct str name, struct jv *out);
/* The value of a variable from the options, or a thunk of its code. `label` is how messages name the code, with `*` for the variable's name. Raises where the code is wrong. */
struct jv var_lazy(struct vm *vm, const char *label, const struct jsonnet_var *var);

#endif
