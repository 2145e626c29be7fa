/*
 * parser.h: what the files of the parser share.
 *
 * The parser keeps the set of kinds that it has asked for since it last took a token: that set is what an error says it expected.
 */
#ifndef LANG_PARSER_H
#define LANG_PARSER_H

#include "lang/error.h"
#include "lang/file_ast.h"
#include "lang/token.h"

/* As just: how deep expressions nest. */
#define LANG_EXPR_DEPTH_MAX 256

struct parser {
	struct lang_file *file;
	const struct lang_host *host;
	struct token_lexer *lexer;
	struct token_list tokens; /* a stretch of the file, of whole items */
	size_t at;
	uint64_t expected; /* bit per kind */
	uint32_t depth;
	uint32_t kinds;    /* of expressions made since it was cleared: bit per enum lang_expr_kind */
	struct arena *arena, *items; /* of items themselves */
	struct err *err;
	struct lang_file_ast *ast;
	struct lang_item **last, **end; /* where the last item hangs, NULL before the first; where the next will */
	/* Lists while they grow, on the heap and used again and again; what is finished is copied to the arena at its size. */
	VEC(struct lang_name) names;
	VEC(struct lang_expr *) exprs;  /* nested lists take turns: each knows where it began */
	VEC(struct lang_attribute) attributes;
	VEC(struct lang_keyword) keywords;
	VEC(struct lang_param) params;
	VEC(struct lang_fragment) parts;
	VEC(struct lang_line) lines;
	VEC(struct lang_dependency) deps;
	VEC(struct lang_list_feature) features;
	bool folds;              /* recipes that can be are folded */
	uint32_t comment_line;   /* of the last comment */
	struct lang_fold doc;    /* the doc comment of the item; length 0: none */
	const struct str *interpreter; /* that of the last folded recipe which has one */
};

/* The list's items from number `from` on in the arena; the list is as long as before them then. */
#define parser_finish_from(p, list, from, out_p, out_n)                                                   \
	do {                                                                                              \
		size_t count_ = (list)->n - (from);                                                       \
		(out_p) = count_ ? arena_alloc((p)->arena, count_ * sizeof(*(list)->p)) : NULL;           \
		if (count_)                                                                               \
			memcpy((out_p), (list)->p + (from), count_ * sizeof(*(list)->p));                 \
		(out_n) = (uint32_t)count_;                                                               \
		(list)->n = (from);                                                                       \
	} while (0)
#define parser_finish(p, list, out_p, out_n) parser_finish_from(p, list, 0, out_p, out_n)

static inline const struct token *parser_next(const struct parser *p)
{
	return &p->tokens.p[p->at];
}
static inline struct lang_loc parser_loc(const struct parser *p, const struct token *t)
{
	return token_loc(p->file, t);
}
static inline struct str parser_text(const struct parser *p, const struct token *t)
{
	return token_text(p->file, t);
}
static inline const struct token *parser_take(struct parser *p)
{
	p->expected = 0;
	const struct token *t = &p->tokens.p[p->at];
	if (t->kind != TOKEN_EOF)
		p->at++;
	return t;
}
/* Whether the next token is of the kind; remembers that it was asked for. */
static inline bool parser_is(struct parser *p, enum token_kind kind)
{
	p->expected |= (uint64_t)1 << kind;
	return parser_next(p)->kind == kind;
}
/* A bit of parser.expected. */
#define PARSER_KIND(kind) ((uint64_t)1 << (kind))
/* Whether the next token is of one of the kinds, given as bits; remembers that all were asked for. */
static inline bool parser_is_any(struct parser *p, uint64_t kinds)
{
	p->expected |= kinds;
	return kinds >> parser_next(p)->kind & 1;
}
static inline const struct token *parser_accept(struct parser *p, enum token_kind kind)
{
	return parser_is(p, kind) ? parser_take(p) : NULL;
}
/* Whether the tokens from the next on are of these kinds, `n` of them. */
static inline bool parser_are(const struct parser *p, const enum token_kind *kinds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p->at + i >= p->tokens.n || p->tokens.p[p->at + i].kind != kinds[i])
			return false;
	return true;
}
#define PARSER_ARE(p, ...)                                                                             \
	parser_are((p), (const enum token_kind[]){ __VA_ARGS__ },                                      \
		   sizeof((enum token_kind[]){ __VA_ARGS__ }) / sizeof(enum token_kind))

/* Whether a token of the kind follows t without white space between. */
static inline bool parser_adjacent(const struct token *t, enum token_kind kind)
{
	return t[1].kind == kind && t[1].offset == t->offset + t->length;
}

/* "expected …, but found …" at the next token. Returns false. */
bool parser_unexpected(struct parser *p);
MUST_CHECK bool parser_expect(struct parser *p, enum token_kind kind, const struct token **out);
MUST_CHECK bool parser_name(struct parser *p, struct lang_name *out);
/* name::name::… */
MUST_CHECK bool parser_path(struct parser *p, struct lang_path *out);
static inline bool parser_is_word(const struct parser *p, const struct token *t, struct str word)
{
	return t->kind == TOKEN_IDENTIFIER && str_eq(parser_text(p, t), word);
}

/* Where an item or an attribute begins: sees to it that all of it has been cut into tokens. Tokens that were pointed to are gone. */
MUST_CHECK bool parser_fill(struct parser *p);
/* The item's notes, made where it has none. */
struct lang_notes *parser_notes(struct parser *p, struct lang_item *item);

/* Notes something that needs `set lists`. */
void parser_feature(struct parser *p, const struct lang_loc *at, const char *what);

MUST_CHECK bool parser_expr(struct parser *p, struct lang_expr **out);
/* An expression without operators, as a default is. */
MUST_CHECK bool parser_value(struct parser *p, struct lang_expr **out);
/* A string literal, x'…' included; *at is where its quotes are. */
MUST_CHECK bool parser_string(struct parser *p, struct lang_string *out, struct lang_loc *at);
/* [a, b] … lines; *brackets is the first `[`, untouched if there is none. */
MUST_CHECK bool parser_bracketed(struct parser *p, struct lang_item *item, struct lang_loc *brackets);
static inline MUST_CHECK bool parser_attributes(struct parser *p, struct lang_item *item, struct lang_loc *brackets)
{
	return !parser_is(p, TOKEN_BRACKET_L) || parser_bracketed(p, item, brackets);
}
/* The end of an item's line, with the comment that may stand there. parse.c */
MUST_CHECK bool parser_eol(struct parser *p, struct lang_item *item);
/* Whether all attributes of the item may stand at such a place; `noun` and `name` are for the message. */
MUST_CHECK bool parser_check_places(struct parser *p, const struct lang_item *item, unsigned place, const char *noun, struct str name,
				    const struct lang_loc *at);
/* A recipe, from its name on; *blank is set where its body ends with empty lines. parse_recipe.c */
MUST_CHECK bool parser_recipe(struct parser *p, struct lang_item *item, struct str doc, bool *blank);

/* Makes the item's recipe a folded one if that can be; `from` is the item's first token, `mark` where the arena stood there. fold.c */
void parser_fold(struct parser *p, struct lang_item *item, const struct token *from, struct arena_mark mark);
extern const struct lang_attributes parser_no_attributes;
/* The next item that is no comment and no empty line. parse.c */
MUST_CHECK bool parser_item(struct parser *p, bool *done);
void parser_deinit(struct parser *p);

/* The checks of [arg] and [cache] that need nothing but their own arguments: arg.c. */
MUST_CHECK bool parser_check_arg(struct parser *p, const struct lang_attribute *attr);
MUST_CHECK bool parser_check_cache(struct parser *p, const struct lang_attribute *attr);

#endif
