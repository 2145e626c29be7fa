/* parser.h: the state of parsing one text, shared by parse.c (what stands in lists) and parse_pipe.c (what stands in pipelines). */
#ifndef GOTMPL_PARSER_H
#define GOTMPL_PARSER_H

#include <string.h>

#include "base/vec.h"
#include "gotmpl/lex.h"
#include "gotmpl/set.h"

/* How deeply parentheses or control structures may nest; Go has 10000 for parentheses. The executor recurses as deeply. */
#define PARSE_MAX_DEPTH 1000

/* One text; definitions and blocks within it share it. */
struct parser {
	const struct parse_input *in;
	struct lexer lexer;
	struct map *defined;
	struct err *err;
	unsigned depth;
	VEC(const void *) scratch; /* nodes of the lists being read, innermost last */
};

/*
 * One template within the text. As in Go each has its own look-ahead of up to three tokens, token[0] being the newest; errors are
 * reported on that token's line.
 */
struct tree {
	struct parser *parser;
	struct str name;
	struct token token[3];
	unsigned peeked;
	uint32_t action_line; /* where the current action began, 0 outside */
	unsigned range_depth;
	struct map ids;       /* of struct variable_id: all names of variables so far */
	VEC(uint32_t) scope;  /* ids declared and visible */
};

struct variable_id {
	uint32_t id;
	uint32_t visible; /* how many times it stands in scope */
};

/* Tokens are borrowed until the next one is read. */
static inline const struct token *tree_next(struct tree *t)
{
	if (t->peeked > 0)
		t->peeked--;
	else
		t->token[0] = lexer_next(&t->parser->lexer);
	return &t->token[t->peeked];
}
static inline void tree_backup(struct tree *t)
{
	t->peeked++;
}
static inline const struct token *tree_peek(struct tree *t)
{
	if (t->peeked == 0) {
		t->token[0] = lexer_next(&t->parser->lexer);
		t->peeked = 1;
	}
	return &t->token[t->peeked - 1];
}
static inline const struct token *tree_next_nonspace(struct tree *t)
{
	const struct token *token;
	if (t->peeked == 0)
		lexer_skip_space(&t->parser->lexer);
	do
		token = tree_next(t);
	while (token->type == TOKEN_SPACE);
	return token;
}
static inline const struct token *tree_peek_nonspace(struct tree *t)
{
	const struct token *token = tree_next_nonspace(t);
	tree_backup(t);
	return token;
}
/* Puts back one token, or two, before the one that was peeked. */
void tree_backup2(struct tree *t, struct token t1);
void tree_backup3(struct tree *t, struct token t2, struct token t1);

/* Report "template: FILE:LINE: …"; return false. */
bool tree_fail(struct tree *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool tree_unexpected(struct tree *t, struct token token, const char *context);
MUST_CHECK bool tree_enter(struct tree *t, const char *message);

/* Lists are collected on the scratch stack and copied when their length is known: `mark` is scratch.n from before. */
struct node_list tree_take_list(struct tree *t, size_t mark);

/* The pipeline up to the token `end`, which is read. `context` names it in errors. */
MUST_CHECK bool parse_pipe(struct tree *t, const char *context, enum token_type end, const struct node_pipe **out);
/* The same for what is plain, from the bytes: false, and nothing changed, where the parser is to read it. */
MUST_CHECK bool parse_pipe_quick(struct tree *t, const char *context, const struct node_pipe **out);
/* Declares the variable at `token`, and forgets those declared since there were n. */
void parse_declare(struct tree *t, struct node_pipe *pipe, const struct token *token);
void parse_pop_scope(struct tree *t, size_t n);
/* A new node of `size` bytes at the token. */
static inline void *tree_node(struct tree *t, size_t size, enum node_type type, const struct token *at)
{
	struct node *n = arena_alloc(t->parser->in->arena, size);
	memset(n, 0, size);
	*n = (struct node){ at->pos, type & 0xff, at->line & 0xffffff };
	return n;
}
#define TREE_NODE(t, type, kind, at) ((struct type *)tree_node((t), sizeof(struct type), (kind), (at)))

#endif
