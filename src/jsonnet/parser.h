/*
 * parser.h: what parse.c and parse_object.c share.
 */
#ifndef JSONNET_PARSER_H
#define JSONNET_PARSER_H

#include "base/map.h"
#include "jsonnet/ast.h"
#include "jsonnet/lex.h"

/* How deep the reference lets expressions nest; what a step of nesting counts differs by construct, as there. */
#define PARSER_MAX_DEPTH 1000

struct parser {
	struct source *source;
	struct lexer lexer;
	struct token token, next; /* the current one and the one behind it */
	uint32_t last_end;        /* where the last consumed token ended; global, as all positions in nodes */
	struct map symbols;       /* struct symbol * by name */
	struct node_object *object; /* innermost object whose parts are being parsed */
	struct node_object *outermost;
	const char *stack_limit;
	bool failed;              /* source->error is set */
	struct str late;          /* the first error that the reference finds after parsing */
	uint32_t late_begin, late_end;
};

/* All of these return NULL or false once the parse has failed. */
struct node *parse_expr(struct parser *p, unsigned depth);
struct node *parse_object(struct parser *p, uint32_t begin, unsigned depth); /* behind the `{` */
bool parse_params(struct parser *p, const char *what, struct param **params, uint32_t *n, unsigned depth); /* behind the `(` */
bool parse_bind(struct parser *p, struct bind *bind, unsigned depth);
bool parse_comp_specs(struct parser *p, struct node_comp *comp, enum token_kind close, unsigned depth);
struct node *function_node(struct parser *p, const struct param *params, uint32_t n, struct node *body, struct symbol *name);

void parse_advance(struct parser *p);
bool parse_expect(struct parser *p, enum token_kind kind, struct token *t);
/* An error at a token; `text` is in the source's arena or static. Returns NULL. */
void *parse_fail(struct parser *p, const struct token *t, struct str text);
void *parse_unexpected(struct parser *p, const struct token *t, const char *while_parsing);
struct symbol *parse_symbol(struct parser *p, struct str name);
bool parse_string(struct parser *p, const struct token *t, struct jstr **out);
static inline bool token_is_operator(const struct token *t, const char *op)
{
	return t->kind == TOK_OPERATOR && str_eq_c(t->data, op);
}

/* A zeroed node of a struct type that begins with struct node, from the position `begin` to the last consumed token. */
#define NODE(p, type, node_kind, from) ((type *)parse_node((p), sizeof(type), (node_kind), (from)))
void *parse_node(struct parser *p, size_t size, enum node_kind kind, uint32_t begin);

#endif
