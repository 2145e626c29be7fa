/*
 * lex.h: jsonnet text to tokens, one at a time.
 *
 * Positions are offsets into the text. Errors have the words and places of the C++ implementation.
 */
#ifndef JSONNET_LEX_H
#define JSONNET_LEX_H

#include "base/arena.h"

enum token_kind {
	TOK_END,
	/* punctuation */
	TOK_BRACE_L, TOK_BRACE_R, TOK_BRACKET_L, TOK_BRACKET_R, TOK_PAREN_L, TOK_PAREN_R, TOK_COMMA, TOK_DOLLAR, TOK_DOT, TOK_SEMICOLON,
	/* with text */
	TOK_IDENTIFIER, TOK_NUMBER, TOK_OPERATOR, TOK_STRING_DOUBLE, TOK_STRING_SINGLE, TOK_STRING_BLOCK, TOK_VERBATIM_DOUBLE,
	TOK_VERBATIM_SINGLE,
	/* keywords */
	TOK_ASSERT, TOK_ELSE, TOK_ERROR, TOK_FALSE, TOK_FOR, TOK_FUNCTION, TOK_IF, TOK_IMPORT, TOK_IMPORTSTR, TOK_IMPORTBIN, TOK_IN,
	TOK_LOCAL, TOK_NULL, TOK_SELF, TOK_SUPER, TOK_TAILSTRICT, TOK_THEN, TOK_TRUE,
};

struct token {
	enum token_kind kind;
	uint32_t begin, end; /* offsets */
	struct str data;     /* identifier, number, operator; a string's raw text between its quotes, a text block's final text */
};

struct lexer {
	struct str text;
	uint32_t at;
	struct arena *a; /* for text blocks */
	struct str error; /* set where lex_next returns false */
	uint32_t error_begin;
};

/* The next token. False: lexer->error says what is wrong at error_begin. */
MUST_CHECK bool lex_next(struct lexer *l, struct token *t);
/* As messages name the kind: `"{"`, `IDENTIFIER`, `if`, `end of file`. */
const char *lex_kind_name(enum token_kind kind);
/* As messages show the token: `(NUMBER, "1")`. In `a`. */
struct str lex_show(const struct token *t, struct arena *a);
/* What a quoted string's raw text stands for, into *out. False with *error where an escape is wrong. */
MUST_CHECK bool lex_unescape(struct str raw, struct arena *a, struct str *out, struct str *error);

#endif
