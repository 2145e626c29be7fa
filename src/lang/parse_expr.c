/*
 * Expressions by recursive descent, from the loosest operator inward: || && comparison + / ++ and values. Chains of one level lean to the right, as
 * in just; they are built in a loop, so that only nesting takes stack, and that is capped.
 */
#include "lang/parser.h"

#include <string.h>

#define SIZE_WITH(member) (offsetof(struct lang_expr, member) + sizeof(((struct lang_expr *)0)->member))

static const uint8_t sizes[] = {
	[LANG_STRING] = SIZE_WITH(string),
	[LANG_FORMAT] = SIZE_WITH(format),
	[LANG_BACKTICK] = SIZE_WITH(string),
	[LANG_VARIABLE] = SIZE_WITH(variable),
	[LANG_CALL] = SIZE_WITH(call),
	[LANG_CONCAT] = SIZE_WITH(pair),
	[LANG_JOIN] = SIZE_WITH(pair),
	[LANG_APPEND] = SIZE_WITH(pair),
	[LANG_AND] = SIZE_WITH(pair),
	[LANG_OR] = SIZE_WITH(pair),
	[LANG_NOT] = SIZE_WITH(pair),
	[LANG_COMPARE] = SIZE_WITH(pair),
	[LANG_GROUP] = SIZE_WITH(pair),
	[LANG_IF] = SIZE_WITH(cond),
	[LANG_ASSERT] = SIZE_WITH(cond),
	[LANG_LIST] = SIZE_WITH(list),
};

static inline struct lang_expr *node(struct parser *p, enum lang_expr_kind kind, const struct token *t)
{
	struct lang_expr *e = arena_zalloc_known(p->arena, sizes[kind]);
	p->kinds |= (uint32_t)1 << kind;
	e->kind = (uint8_t)kind;
	e->at = parser_loc(p, t);
	return e;
}

void parser_feature(struct parser *p, const struct lang_loc *at, const char *what)
{
	vec_push(&p->features, (struct lang_list_feature){ .at = *at, .what = what });
}

/* Where an expression begins. */
static const struct lang_loc *leftmost(const struct lang_expr *e)
{
	while ((e->kind == LANG_CONCAT || e->kind == LANG_JOIN || e->kind == LANG_APPEND || e->kind == LANG_AND || e->kind == LANG_OR ||
		e->kind == LANG_COMPARE) &&
	       e->pair.left)
		e = e->pair.left;
	return &e->at;
}

/* Drops the comparison e itself, or those that && and || join in it, from the features noted since `before`. */
static void forget_comparisons(struct parser *p, const struct lang_expr *e, size_t before)
{
	for (; e; e = e->kind == LANG_COMPARE ? NULL : e->pair.right) {
		if (e->kind == LANG_AND || e->kind == LANG_OR)
			forget_comparisons(p, e->pair.left, before);
		else if (e->kind != LANG_COMPARE)
			return;
		for (size_t i = before; i < p->features.n && e->kind == LANG_COMPARE; i++) {
			struct lang_list_feature *f = &p->features.p[i];
			if (f->at.offset != e->at.offset)
				continue;
			memmove(f, f + 1, (p->features.n - i - 1) * sizeof(*f));
			p->features.n--;
			break;
		}
	}
}

/* The condition of if and assert: without lists it must be a comparison, which is then no feature of its own. */
static bool parse_condition(struct parser *p, struct lang_expr **out)
{
	size_t before = p->features.n;
	if (!parser_expr(p, out))
		return false;
	const struct lang_expr *e = *out;
	forget_comparisons(p, e, before);
	if (e->kind != LANG_COMPARE)
		parser_feature(p, leftmost(e), "`if` and `assert` conditions other than comparisons require");
	return true;
}

static inline bool parse_string_token(struct parser *p, const struct token *t, bool expand, struct lang_string *out)
{
	size_t q = t->is_plain ? 1 : token_quote_length(t->quote);
	*out = (struct lang_string){
		.raw = p->file->text.p + t->offset + q,
		.raw_length = t->length - 2 * (uint32_t)q,
		.quote = t->quote,
		.expand = expand,
	};
	out->cooked = lang_string_raw(out);
	if (t->is_plain && !expand)
		return true;
	struct lang_loc at = parser_loc(p, t);
	return lang_string_cook(out, &at, p->host, p->arena, p->err);
}

bool parser_string(struct parser *p, struct lang_string *out, struct lang_loc *at)
{
	bool expand = false;
	if (parser_is(p, TOKEN_IDENTIFIER)) {
		const struct token *t = parser_next(p);
		if (!parser_is_word(p, t, STR("x"))) {
			struct str word = parser_text(p, t);
			*at = parser_loc(p, t);
			return lang_fail(p->err, at, "expected keyword `x` but found identifier `%.*s`", STR_ARG(word));
		}
		parser_take(p);
		expand = true;
	}
	const struct token *t;
	if (!parser_expect(p, TOKEN_STRING, &t))
		return false;
	*at = parser_loc(p, t);
	return parse_string_token(p, t, expand, out);
}

/* One text of a format string: between its quote or braces. */
static struct lang_string format_text(struct parser *p, const struct token *t, size_t left, size_t right)
{
	return (struct lang_string){
		.raw = p->file->text.p + t->offset + left,
		.raw_length = t->length - (uint32_t)(left + right),
		.quote = t->quote,
	};
}

static bool cook_format(struct parser *p, struct lang_string *texts, size_t n)
{
	size_t q = token_quote_length(texts[0].quote);
	for (size_t i = 0; i < n; i++) {
		size_t left = i == 0 ? q : 2, right = i + 1 == n ? q : 2;
		struct lang_loc at = { p->file, (uint32_t)(texts[i].raw - p->file->text.p - left), texts[i].raw_length + (uint32_t)(left + right) };
		if (!lang_format_cook(&texts[i], &at, p->arena, p->err))
			return false;
	}
	return true;
}

/* f'…': the `f` has been taken. */
static bool parse_format(struct parser *p, const struct token *f, struct lang_expr **out)
{
	struct lang_expr *e = node(p, LANG_FORMAT, f);
	VEC(struct lang_string) texts = { 0 };
	VEC(struct lang_expr *) exprs = { 0 };
	const struct token *t = parser_take(p);
	size_t q = token_quote_length(t->quote);
	if (t->kind == TOKEN_STRING) {
		vec_push_in(&texts, p->arena, format_text(p, t, q, q));
	} else {
		vec_push_in(&texts, p->arena, format_text(p, t, q, 2));
		for (;;) {
			struct lang_expr *x;
			if (!parser_expr(p, &x))
				return false;
			vec_push_in(&exprs, p->arena, x);
			if ((t = parser_accept(p, TOKEN_FORMAT_CONTINUE))) {
				vec_push_in(&texts, p->arena, format_text(p, t, 2, 2));
				continue;
			}
			if (!parser_expect(p, TOKEN_FORMAT_END, &t))
				return false;
			vec_push_in(&texts, p->arena, format_text(p, t, 2, q));
			break;
		}
	}
	if (!cook_format(p, texts.p, texts.n))
		return false;
	e->format.texts = texts.p;
	e->format.exprs = exprs.p;
	e->format.n = exprs.n;
	*out = e;
	return true;
}

static bool parse_backtick(struct parser *p, struct lang_expr **out)
{
	const struct token *t = parser_take(p);
	struct lang_expr *e = node(p, LANG_BACKTICK, t);
	if (!parse_string_token(p, t, false, &e->string))
		return false;
	if (str_starts(e->string.cooked, STR("#!")))
		return lang_fail(p->err, &e->at, "backticks may not start with `#!`");
	*out = e;
	return true;
}

/* Expressions and commas up to `close`, which is taken. */
static bool parse_sequence(struct parser *p, enum token_kind close, struct lang_expr ***out, size_t *n)
{
	size_t from = p->exprs.n;
	while (!parser_is(p, close)) {
		struct lang_expr *e;
		if (!parser_expr(p, &e))
			return false;
		vec_push(&p->exprs, e);
		if (!parser_accept(p, TOKEN_COMMA))
			break;
	}
	const struct token *t;
	parser_finish_from(p, &p->exprs, from, *out, *n);
	return parser_expect(p, close, &t);
}

static bool parse_assert(struct parser *p, const struct token *word, struct lang_expr **out)
{
	struct lang_expr *e = node(p, LANG_ASSERT, word);
	const struct token *t;
	if (!parser_expect(p, TOKEN_PAREN_L, &t) || !parse_condition(p, &e->cond.condition))
		return false;
	if (parser_accept(p, TOKEN_COMMA) && !parser_expr(p, &e->cond.then))
		return false;
	*out = e;
	return parser_expect(p, TOKEN_PAREN_R, &t);
}

/* What begins with a name: a variable, a call, assert, x'…' and f'…'. */
static bool parse_named(struct parser *p, struct lang_expr **out)
{
	const struct token *t = parser_next(p), *then = t + 1;
	if (parser_is_word(p, t, STR("x")) && parser_adjacent(t, TOKEN_STRING)) {
		struct lang_expr *e = node(p, LANG_STRING, then);
		*out = e;
		return parser_string(p, &e->string, &e->at);
	}
	if (parser_is_word(p, t, STR("f")) && (parser_adjacent(t, TOKEN_STRING) || parser_adjacent(t, TOKEN_FORMAT_START))) {
		parser_take(p);
		return parse_format(p, t, out);
	}
	parser_take(p);
	if (parser_is_word(p, t, STR("assert")))
		return parse_assert(p, t, out);
	struct str name = parser_text(p, t);
	if (!parser_is(p, TOKEN_PAREN_L)) {
		struct lang_expr *e = node(p, LANG_VARIABLE, t);
		e->variable.name = name;
		*out = e;
		return true;
	}
	parser_take(p);
	struct lang_expr *e = node(p, LANG_CALL, t);
	e->call.name = name;
	if (!parse_sequence(p, TOKEN_PAREN_R, &e->call.args, &e->call.n))
		return false;
	*out = e;
	vec_push(&p->features, (struct lang_list_feature){ .at = e->at, .function = name });
	return true;
}

static bool parse_literal(struct parser *p, struct lang_expr **out)
{
	const struct token *t = parser_take(p);
	struct lang_expr *e = *out = node(p, LANG_STRING, t);
	return parse_string_token(p, t, false, &e->string);
}

static bool parse_plain(struct parser *p, struct lang_expr **out)
{
	struct lang_expr *e;
	if (parser_is(p, TOKEN_STRING))
		return parse_literal(p, out);
	if (parser_is(p, TOKEN_BACKTICK))
		return parse_backtick(p, out);
	if (parser_is(p, TOKEN_IDENTIFIER))
		return parse_named(p, out);
	const struct token *t = parser_next(p);
	if (parser_accept(p, TOKEN_PAREN_L)) {
		*out = e = node(p, LANG_GROUP, t);
		const struct token *end;
		return parser_expr(p, &e->pair.left) && parser_expect(p, TOKEN_PAREN_R, &end);
	}
	if (parser_accept(p, TOKEN_BRACKET_L)) {
		*out = e = node(p, LANG_LIST, t);
		parser_feature(p, &e->at, "list literals require");
		return parse_sequence(p, TOKEN_BRACKET_R, &e->list.items, &e->list.n);
	}
	return parser_unexpected(p);
}

bool parser_value(struct parser *p, struct lang_expr **out)
{
	if (parser_next(p)->kind == TOKEN_STRING)
		return parse_literal(p, out);
	/* `!!!x`: each operator hangs below the one before. */
	struct lang_expr **slot = out;
	const struct token *t;
	while ((t = parser_accept(p, TOKEN_BANG))) {
		struct lang_expr *e = node(p, LANG_NOT, t);
		parser_feature(p, &e->at, "negation operator requires");
		*slot = e;
		slot = &e->pair.left;
	}
	return parse_plain(p, slot);
}

static bool parse_if(struct parser *p, struct lang_expr **out)
{
	/* `else if` goes on in the loop, the new one hanging in the `otherwise` of the last. */
	struct lang_expr **slot = out;
	const struct token *t;
	for (;;) {
		struct lang_expr *e = node(p, LANG_IF, parser_take(p));
		*slot = e;
		if (!parse_condition(p, &e->cond.condition) || !parser_expect(p, TOKEN_BRACE_L, &t) || !parser_expr(p, &e->cond.then) ||
		    !parser_expect(p, TOKEN_BRACE_R, &t))
			return false;
		if (!parser_is_word(p, parser_next(p), STR("else"))) {
			parser_feature(p, &e->at, "`if` without `else` requires");
			return true;
		}
		parser_take(p);
		if (parser_is_word(p, parser_next(p), STR("if"))) {
			slot = &e->cond.otherwise;
			continue;
		}
		return parser_expect(p, TOKEN_BRACE_L, &t) && parser_expr(p, &e->cond.otherwise) && parser_expect(p, TOKEN_BRACE_R, &t);
	}
}

/* Tokens that go on with an expression, by level: in most expressions none does. */
static const uint64_t sums = PARSER_KIND(TOKEN_SLASH) | PARSER_KIND(TOKEN_PLUS) | PARSER_KIND(TOKEN_PLUS_PLUS);
static const uint64_t comparisons =
	PARSER_KIND(TOKEN_EQUALS_EQUALS) | PARSER_KIND(TOKEN_BANG_EQUALS) | PARSER_KIND(TOKEN_EQUALS_TILDE) | PARSER_KIND(TOKEN_BANG_TILDE);

static struct lang_expr *sum_node(struct parser *p)
{
	const struct token *t = parser_take(p);
	if (t->kind == TOKEN_PLUS)
		return node(p, LANG_CONCAT, t);
	return node(p, t->kind == TOKEN_SLASH ? LANG_JOIN : LANG_APPEND, t);
}

/* + ++ and / are of one level and lean to the right. */
static bool parse_sum(struct parser *p, struct lang_expr **out)
{
	struct lang_expr **slot = out;
	for (;;) {
		const struct token *t = parser_next(p);
		if (parser_is_word(p, t, STR("if")))
			return parse_if(p, slot);
		if (parser_accept(p, TOKEN_SLASH)) {
			struct lang_expr *e = node(p, LANG_JOIN, t);
			*slot = e;
			slot = &e->pair.right;
			continue;
		}
		struct lang_expr *left;
		if (!parser_value(p, &left))
			return false;
		if (!parser_is_any(p, sums)) {
			*slot = left;
			return true;
		}
		struct lang_expr *e = sum_node(p);
		if (e->kind == LANG_APPEND)
			parser_feature(p, &e->at, "list concatenation operator `++` requires");
		e->pair.left = left;
		*slot = e;
		slot = &e->pair.right;
	}
}

static enum lang_comparison comparison_of(const struct token *t)
{
	switch (t->kind) {
	case TOKEN_EQUALS_EQUALS: return LANG_EQ;
	case TOKEN_BANG_EQUALS: return LANG_NE;
	case TOKEN_EQUALS_TILDE: return LANG_MATCH;
	default: return LANG_NO_MATCH;
	}
}

static bool parse_comparison(struct parser *p, struct lang_expr **out)
{
	struct lang_expr *left;
	if (!parse_sum(p, &left))
		return false;
	if (!parser_is_any(p, comparisons)) {
		*out = left;
		return true;
	}
	const struct token *t = parser_take(p);
	struct lang_expr *e = node(p, LANG_COMPARE, t);
	e->pair.left = left;
	e->pair.op = comparison_of(t);
	parser_feature(p, &e->at, "comparison operators require");
	*out = e;
	return parse_sum(p, &e->pair.right);
}

/* One level deeper. */
static bool enter(struct parser *p)
{
	if (p->depth == LANG_EXPR_DEPTH_MAX) {
		struct lang_loc at = parser_loc(p, parser_next(p));
		return lang_fail_kind(p->err, ERR_LIMIT, &at, "parsing recursion depth exceeded");
	}
	p->depth++;
	return true;
}

/* A chain of && or ||. Each || counts as a level, since just recurses there. */
static inline bool parse_chain(struct parser *p, enum token_kind token, enum lang_expr_kind kind, bool (*below)(struct parser *, struct lang_expr **),
			struct lang_expr **out)
{
	uint32_t depth = p->depth;
	for (struct lang_expr **slot = out;;) {
		struct lang_expr *left;
		if ((token == TOKEN_OR && !enter(p)) || !below(p, &left))
			return false;
		const struct token *t = parser_accept(p, token);
		if (!t) {
			*slot = left;
			p->depth = depth;
			return true;
		}
		struct lang_expr *e = node(p, kind, t);
		parser_feature(p, &e->at, "logical operators require");
		e->pair.left = left;
		*slot = e;
		slot = &e->pair.right;
	}
}

static bool parse_and(struct parser *p, struct lang_expr **out)
{
	return parse_chain(p, TOKEN_AND, LANG_AND, parse_comparison, out);
}

bool parser_expr(struct parser *p, struct lang_expr **out)
{
	return parse_chain(p, TOKEN_OR, LANG_OR, parse_and, out);
}
