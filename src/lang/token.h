/*
 * token.h: the pieces that a tasks file is cut into.
 *
 * The kinds are in order of their names in just's own messages, since a message lists what it expected in that order.
 */
#ifndef LANG_TOKEN_H
#define LANG_TOKEN_H

#include "base/err.h"
#include "lang/ast.h"

enum token_kind {
	TOKEN_AND,            /* && */
	TOKEN_ASTERISK,
	TOKEN_AT,
	TOKEN_BACKTICK,
	TOKEN_BANG,
	TOKEN_BANG_EQUALS,
	TOKEN_BANG_TILDE,
	TOKEN_OR,             /* || */
	TOKEN_BRACE_L,
	TOKEN_BRACE_R,
	TOKEN_BRACKET_L,
	TOKEN_BRACKET_R,
	TOKEN_BYTE_ORDER_MARK,
	TOKEN_COLON,
	TOKEN_COLON_COLON,
	TOKEN_COLON_EQUALS,
	TOKEN_COMMA,
	TOKEN_COMMENT,
	TOKEN_DEDENT,
	TOKEN_DOLLAR,
	TOKEN_EOF,
	TOKEN_EOL,
	TOKEN_EQUALS,
	TOKEN_EQUALS_EQUALS,
	TOKEN_EQUALS_TILDE,
	TOKEN_FORMAT_CONTINUE, /* }}…{{ */
	TOKEN_FORMAT_END,      /* }}…' */
	TOKEN_FORMAT_START,    /* '…{{ */
	TOKEN_IDENTIFIER,
	TOKEN_INDENT,
	TOKEN_INTERPOLATION_END,
	TOKEN_INTERPOLATION_START,
	TOKEN_PAREN_L,
	TOKEN_PAREN_R,
	TOKEN_PLUS,
	TOKEN_PLUS_PLUS,
	TOKEN_QUESTION,
	TOKEN_SLASH,
	TOKEN_STRING,
	TOKEN_TEXT,
	TOKEN_KINDS
};

struct token {
	uint32_t offset, length, line; /* line from 0 */
	uint8_t kind;
	uint8_t quote; /* enum lang_quote of strings, backticks and format strings */
	bool is_plain; /* of strings and backticks: what stands between the quotes is the value */
};

struct token_list {
	struct token *p;
	size_t n;
};

/* "identifier", "'('", …, as messages name a kind. */
const char *token_kind_name(enum token_kind kind);
/* Length of a quote's delimiter: 1 or 3. */
size_t token_quote_length(enum lang_quote quote);

static inline struct lang_loc token_loc(const struct lang_file *file, const struct token *t)
{
	return (struct lang_loc){ file, t->offset, t->length };
}
static inline struct str token_text(const struct lang_file *file, const struct token *t)
{
	return str_slice(file->text, t->offset, t->offset + t->length);
}

/*
 * Cuts a file into tokens, white space left out, a stretch of whole items at a time: so a long file needs no more memory for its tokens than a short one.
 *
 *	struct token_lexer *l = token_lexer_new(file);
 *	ok = token_next(l, &tokens, err);   // until TOKEN_EOF
 *	token_lexer_free(l);
 */
struct token_lexer;
struct token_lexer *token_lexer_new(const struct lang_file *file);
/* Begins anew, with a piece of the file that holds whole items. */
struct lang_fold;
void token_lexer_begin(struct token_lexer *l, const struct lang_file *file, const struct lang_fold *piece);
void token_lexer_free(struct token_lexer *l);
/*
 * The next stretch: it ends with TOKEN_EOF, or where an item or an attribute may begin; there one more token stands behind the last, which is none that could
 * go on with the item. Tokens live until the next call. Files larger than LANG_FILE_MAX are ERR_LIMIT; other errors are ERR_SYNTAX. After TOKEN_EOF or an error there is no
 * next one.
 */
#define LANG_FILE_MAX ((size_t)256 << 20)
MUST_CHECK bool token_next(struct token_lexer *l, struct token_list *out, struct err *err);

#endif
