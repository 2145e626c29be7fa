/*
 * node.h: the tree of a parsed template. Nodes live in the set's arena and never change. Every name that is looked up at run time
 * carries its hash, every function is found at parse time, every constant is a value already.
 */
#ifndef GOTMPL_NODE_H
#define GOTMPL_NODE_H

#include "base/buf.h"
#include "gotmpl/func.h"

enum node_type {
	/* what stands in lists */
	NODE_TEXT, NODE_ACTION, NODE_IF, NODE_WITH, NODE_RANGE, NODE_TEMPLATE, NODE_BREAK, NODE_CONTINUE,
	NODE_PIPE, NODE_COMMAND,
	/* operands */
	NODE_FIELD, NODE_CHAIN, NODE_IDENTIFIER, NODE_VARIABLE, NODE_DOT, NODE_NIL, NODE_BOOL, NODE_NUMBER, NODE_STRING,
};

struct node {
	uint32_t pos;       /* byte in the file */
	uint32_t type : 8;  /* enum node_type */
	uint32_t line : 24; /* from 1 */
};

struct node_list {
	const struct node **p;
	size_t n;
};

struct ident {
	struct str name;
	uint64_t hash; /* str_hash */
};

struct ident_list {
	const struct ident *p;
	size_t n;
};

struct node_text {
	struct node node;
	struct str text;
};

struct node_field { /* .a.b */
	struct node node;
	struct ident_list fields;
};

struct node_variable { /* $x.a.b */
	struct node node;
	uint32_t id; /* of the name within its template; `$` is 0 */
	struct str name; /* with the $ */
	struct ident_list fields;
};

struct node_chain { /* (pipe).a.b */
	struct node node;
	const struct node *head;
	struct ident_list fields;
};

/* and, or and call are not called like others. */
enum special { SPECIAL_NONE, SPECIAL_AND, SPECIAL_OR, SPECIAL_CALL };

struct node_identifier {
	struct node node;
	struct str name;
	const struct go_func *func;
	enum special special;
};

struct node_bool {
	struct node node;
	bool b;
};

struct node_string {
	struct node node;
	struct str quoted; /* as written */
	struct str text;
};

struct node_number {
	struct node node;
	struct str text;
	bool is_int, is_uint, is_float, is_complex;
	int64_t i;
	uint64_t u;
	double f, imaginary; /* of a complex number: real part and imaginary part */
	/* What it is where any type will do; VAL_NULL where `error` says why it has none. */
	struct value ideal;
	const char *error; /* "overflows int", or NULL */
};

struct node_command {
	struct node node;
	struct node_list args;
};

struct node_pipe {
	struct node node;
	bool is_assign; /* = rather than := */
	uint8_t decl_n;
	const struct node_variable *decl[2];
	struct node_list commands; /* struct node_command */
};

struct node_action {
	struct node node;
	const struct node_pipe *pipe;
};

struct node_branch { /* if, with, range */
	struct node node;
	const struct node_pipe *pipe;
	const struct node_list *list, *else_list; /* else_list may be NULL */
};

struct node_template {
	struct node node;
	struct ident name;
	const struct node_pipe *pipe; /* NULL: no dot */
};

/* One named template. */
struct template {
	struct str name;
	struct str file, text; /* what it was parsed from */
	const struct node_list *root;
	uint32_t variable_n;   /* distinct names of variables, `$` included */
	bool empty;            /* nothing but space and comments; such a one does not replace another */
};

/* Go's String() of a node: what errors show between < and >. */
void node_print(struct buf *out, const struct node *n);

#endif
