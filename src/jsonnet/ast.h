/*
 * ast.h: a parsed file. Immutable once resolved, so that evaluations in several threads share it.
 *
 * A node is a struct that begins with struct node. Positions are global: each file of a cache begins at its own offset (`base`), so that a position
 * alone tells file, line and column. Variables are resolved to a number of frames to go up and a slot (repr.h tells what has a frame).
 */
#ifndef JSONNET_AST_H
#define JSONNET_AST_H

#include "base/arena.h"
#include "base/vec.h"
#include "jsonnet/repr.h"

enum node_kind {
	NODE_CONST,    /* node_const */
	NODE_OVERFLOW, /* a number too large */
	NODE_SELF,     /* depth; `$` too */
	NODE_VAR,      /* node_var */
	NODE_STD,      /* the object std */
	NODE_STD_CALL, /* node_std_call: std.f(…) where std is not shadowed */
	NODE_FIELD,    /* node_field: e.name */
	NODE_INDEX,    /* node_two */
	NODE_SUPER_FIELD, /* node_two: b is the name's expression, depth leads to the object */
	NODE_IN_SUPER, /* node_two: a in super */
	NODE_CALL,     /* node_call */
	NODE_FUNCTION, /* node_function */
	NODE_LOCAL,    /* node_local */
	NODE_IF,       /* node_if */
	NODE_ERROR,    /* node_two: a; flag: ASSERT_…, or 0 */
	NODE_ASSERT_FAILED, /* the error of an assert without a message; flag: ASSERT_… */
	NODE_ARRAY,    /* node_array */
	NODE_ARRAY_COMP, /* node_comp */
	NODE_OBJECT,   /* node_object */
	NODE_OBJECT_COMP, /* node_object, node_comp */
	NODE_IMPORT,   /* node_import */
	NODE_IMPORTSTR,
	NODE_IMPORTBIN,
	NODE_SLICE,    /* node_slice */
	/* node_two; a only for the unary ones */
	NODE_NOT, NODE_MINUS, NODE_PLUS, NODE_BITNOT,
	NODE_AND, NODE_OR,
	NODE_ADD, NODE_SUB, NODE_MUL, NODE_DIV, NODE_MOD, NODE_SHL, NODE_SHR, NODE_BITAND, NODE_BITOR, NODE_BITXOR,
	NODE_LT, NODE_LE, NODE_GT, NODE_GE, NODE_EQ, NODE_NE, NODE_IN,
};

struct node {
	uint8_t kind;
	uint8_t flag;
	uint16_t depth; /* frames to go up */
	uint32_t n;     /* slot, or a count */
	uint32_t begin, end; /* global positions */
};

/* Which assert an error is of. That of an object has its clause's place in the `yes` of its NODE_IF, the other one's NODE_IF is all of it. */
enum { ASSERT_OF_OBJECT = 1, ASSERT_OF_EXPRESSION = 2 };

/* A name within a file; while resolving, what it is bound to. */
struct symbol {
	struct jstr *name;
	struct binding *bound;
};

struct node_const {
	struct node node;
	struct jv value;
};
struct node_var {
	struct node node; /* depth, n: the slot, flag: a parameter */
	struct symbol *symbol;
};
struct node_two {
	struct node node;
	struct node *a, *b;
};
struct node_field {
	struct node node;
	struct node *target;
	struct jstr *name;
};
struct node_if {
	struct node node;
	struct node *cond, *yes, *no; /* no: NULL is null */
};
struct node_slice {
	struct node node;
	struct node *target, *from, *to, *step; /* NULL where left out */
};

/* One argument; a named one has a symbol. */
struct arg {
	struct symbol *name;
	struct node *value;
};
enum { CALL_TAILSTRICT = 1, CALL_NAMED = 2 };
struct node_call {
	struct node node; /* n: arguments, flag: CALL_… */
	struct node *callee;
	struct arg *args;
};
struct node_std_call {
	struct node node;
	const struct std_fun *fun;
	struct node **args; /* one a parameter; NULL: its default */
	struct node *callee;
};

struct param {
	struct symbol *name;
	struct node *value; /* default, or NULL */
};
struct node_function {
	struct node node; /* n: parameters, which take the first slots */
	struct param *params;
	struct node *body;
	uint32_t n_slots;
	struct symbol *name; /* as bound, or NULL */
};

struct bind {
	struct symbol *name;
	struct node *value;
	uint32_t slot;
	uint32_t begin, end;
};
struct node_local {
	struct node node; /* n: binds */
	struct bind *binds;
	struct node *body;
};

struct node_array {
	struct node node; /* n: items */
	struct node **items;
};

struct comp_spec {
	struct symbol *name; /* NULL: an `if` */
	struct node *value;
	uint32_t n_slots; /* of the frame that a `for` makes; its variable is slot 0 */
};
struct node_comp {
	struct node node; /* n: specs */
	struct comp_spec *specs;
	struct node *body;
};

struct object_field {
	struct node *name; /* computed, or NULL: constant */
	struct jstr *constant;
	struct node *body;
	uint8_t vis;
	bool plus;
};
struct node_object {
	struct node node; /* n: fields */
	struct object_field *fields;
	struct bind *locals;
	struct node **asserts;
	uint32_t n_locals, n_asserts;
	uint32_t n_slots; /* of an instance */
	const struct shape *shape; /* NULL: names are computed when it is made */
	bool uses_self;
	struct node_comp *comp; /* NODE_OBJECT_COMP */
};

struct node_import {
	struct node node;
	struct str path;
};

/* A file or a snippet. */
struct source {
	struct str name;  /* as messages show it */
	struct str path;  /* as it was opened; empty for a snippet */
	struct str folder;/* with a `/` at the end, or empty: where its imports start from */
	struct str text;
	uint32_t base;    /* global position of its first byte */
	struct arena arena;
	struct node *root; /* NULL: `error` says why */
	uint32_t n_slots; /* of the file's frame */
	struct str error; /* the whole message, a static error */
	struct source *next;
	uint32_t number;  /* in its cache */
};

struct std_table;

/* Parses and resolves `source` (name, text and base are set) into source->root or source->error. On a large stack: it recurses. `stack_limit` is the lowest
 * address that it may reach. */
void source_parse(struct source *source, const struct std_table *std, const char *stack_limit);

/* parse.c */
struct parser;
/* The tree as it was written, or NULL with source->error set. */
struct node *parse_program(struct source *source, const char *stack_limit);
/* resolve.c: variables to slots. False with source->error set. */
MUST_CHECK bool resolve_source(struct source *source, struct node *root, const struct std_table *std, const char *stack_limit);
/* Sets source->error to "STATIC ERROR: <place>: text" for global positions begin to end. */
void source_fail(struct source *source, uint32_t begin, uint32_t end, struct str text);

/* "file:1:2-5", "file:(1:2)-(3:4)": a place as messages show it; positions are within the source. Go has an end for a place of one character, too. */
void source_place(const struct source *source, uint32_t begin, uint32_t end, struct buf *out);
void source_place_go(const struct source *source, uint32_t begin, uint32_t end, struct buf *out);

#endif
