/* lex.h: tokens of template text. Outside {{ }} all is text; inside, spaces are tokens too, since `.a .b` and `.a.b` differ. */
#ifndef GOTMPL_LEX_H
#define GOTMPL_LEX_H

#include "base/arena.h"

enum token_type {
	TOKEN_ERROR, /* val is the message */
	TOKEN_BOOL,
	TOKEN_CHAR, /* a printable character of no other meaning, such as ',' */
	TOKEN_CHAR_CONSTANT,
	TOKEN_COMPLEX,
	TOKEN_ASSIGN,  /* = */
	TOKEN_DECLARE, /* := */
	TOKEN_EOF,
	TOKEN_FIELD, /* .name, dot included */
	TOKEN_IDENTIFIER,
	TOKEN_LEFT_DELIM,
	TOKEN_LEFT_PAREN,
	TOKEN_NUMBER,
	TOKEN_PIPE,
	TOKEN_RAW_STRING,
	TOKEN_RIGHT_DELIM,
	TOKEN_RIGHT_PAREN,
	TOKEN_SPACE,
	TOKEN_STRING,
	TOKEN_TEXT,
	TOKEN_VARIABLE,
	TOKEN_KEYWORD, /* those after it are keywords */
	TOKEN_BLOCK,
	TOKEN_BREAK,
	TOKEN_CONTINUE,
	TOKEN_DOT,
	TOKEN_DEFINE,
	TOKEN_ELSE,
	TOKEN_END,
	TOKEN_IF,
	TOKEN_NIL,
	TOKEN_RANGE,
	TOKEN_TEMPLATE,
	TOKEN_WITH,
};

struct token {
	enum token_type type;
	uint32_t pos, line; /* of its first byte; line from 1 */
	struct str val;     /* borrowed from the text */
};

struct lexer {
	struct str text;
	struct arena *arena; /* for messages */
	uint32_t pos, start;
	uint32_t line; /* at start */
	unsigned parens;
	bool inside; /* between {{ and }} */
};

/* Starts reading `text`, at most UINT32_MAX - 1 bytes. */
void lexer_init(struct lexer *l, struct str text, struct arena *arena);
/* Passes over a TOKEN_SPACE, if one comes next. */
void lexer_skip_space(struct lexer *l);
/* Goes on behind an action's delimiter, which ends at `pos`; nothing of it held a line end. */
void lexer_leave(struct lexer *l, uint32_t pos, bool trims);
/* Which keyword a word is, or TOKEN_IDENTIFIER. */
enum token_type lexer_word_type(struct str word);
/* The next token; TOKEN_EOF at the end and after a TOKEN_ERROR. */
struct token lexer_next(struct lexer *l);

#endif
