/*
 * A recursive descent with precedences. The reference lexes the whole text before it parses; here a parse error looks at the rest of
 * the text for an error of the lexer, which then goes first. Errors that the reference finds while desugaring (escapes, `$` outside of an object) wait until
 * the parse is done.
 */
#include "jsonnet/parser.h"

#include "base/num.h"
#include "base/utf8.h"
#include "jsonnet/text.h"

/* --- errors, tokens, nodes --- */

static void add_place(const struct source *source, uint32_t begin, uint32_t end, bool one_has_end, struct buf *out)
{
	uint32_t line[2] = { 1, 1 }, column[2] = { 1, 1 }, at[2] = { begin, end };
	for (int k = 0; k < 2; k++) {
		uint32_t start = 0, to = (uint32_t)MIN(at[k], source->text.n);
		for (const char *nl = source->text.p; to && (nl = memchr(nl, '\n', (size_t)(source->text.p + to - nl))); start = (uint32_t)(++nl - source->text.p))
			line[k]++;
		column[k] = at[k] - start + 1;
	}
	buf_addf(out, "%.*s:", STR_ARG(source->name));
	if (line[0] != line[1])
		buf_addf(out, "(%u:%u)-(%u:%u)", line[0], column[0], line[1], column[1]);
	else if (column[0] + 1 >= column[1] && !one_has_end)
		buf_addf(out, "%u:%u", line[0], column[0]);
	else
		buf_addf(out, "%u:%u-%u", line[0], column[0], MAX(column[1], column[0] + 1));
}

void source_place(const struct source *source, uint32_t begin, uint32_t end, struct buf *out)
{
	add_place(source, begin, end, false, out);
}

void source_place_go(const struct source *source, uint32_t begin, uint32_t end, struct buf *out)
{
	add_place(source, begin, end, true, out);
}

void source_fail(struct source *source, uint32_t begin, uint32_t end, struct str text)
{
	AUTO_BUF b = { 0 };
	buf_add_c(&b, "STATIC ERROR: ");
	source_place(source, begin - source->base, end - source->base, &b);
	buf_addf(&b, ": %.*s", STR_ARG(text));
	source->error = buf_to_arena(&b, &source->arena);
}

static void lexer_failed(struct parser *p)
{
	p->failed = true;
	source_fail(p->source, p->lexer.error_begin + p->source->base, p->lexer.error_begin + p->source->base, p->lexer.error);
}

void *parse_fail(struct parser *p, const struct token *t, struct str text)
{
	struct token rest;
	if (p->failed)
		return NULL;
	p->failed = true;
	source_fail(p->source, t->begin + p->source->base, t->end + p->source->base, text);
	do {
		if (!lex_next(&p->lexer, &rest)) {
			lexer_failed(p);
			break;
		}
	} while (rest.kind != TOK_END);
	return NULL;
}

void *parse_unexpected(struct parser *p, const struct token *t, const char *while_parsing)
{
	struct arena *a = &p->source->arena;
	return parse_fail(p, t, arena_fmt(a, "unexpected: %s while %s", lex_kind_name(t->kind), while_parsing));
}

static void late_error(struct parser *p, const struct token *t, struct str text)
{
	if (p->late.p)
		return;
	p->late = text;
	p->late_begin = t->begin + p->source->base;
	p->late_end = t->end + p->source->base;
}

/* Consumes the current token. */
void parse_advance(struct parser *p)
{
	p->last_end = p->token.end + p->source->base;
	p->token = p->next;
	if (!p->failed && p->next.kind != TOK_END && !lex_next(&p->lexer, &p->next)) {
		lexer_failed(p);
		p->next = p->token = (struct token){ .kind = TOK_END };
	}
}

bool parse_expect(struct parser *p, enum token_kind kind, struct token *t)
{
	if (p->token.kind != kind) {
		struct arena *a = &p->source->arena;
		parse_fail(p, &p->token, arena_fmt(a, "expected token %s but got %.*s", lex_kind_name(kind), STR_ARG(lex_show(&p->token, a))));
		return false;
	}
	if (t)
		*t = p->token;
	parse_advance(p);
	return !p->failed;
}

void *parse_node(struct parser *p, size_t size, enum node_kind kind, uint32_t begin)
{
	struct node *n = arena_zalloc(&p->source->arena, size);
	n->kind = (uint8_t)kind;
	n->begin = begin;
	n->end = p->last_end;
	return n;
}

struct symbol *parse_symbol(struct parser *p, struct str name)
{
	struct symbol **s = map_put(&p->symbols, name);
	if (!*s) {
		*s = arena_new(&p->source->arena, struct symbol);
		(*s)->name = jstr_constant(&p->source->arena, name);
	}
	return *s;
}

static bool is_string(enum token_kind kind)
{
	return kind >= TOK_STRING_DOUBLE && kind <= TOK_VERBATIM_SINGLE;
}

/* The string that a token of one of the five kinds stands for; equal ones are one. */
/* A literal's bytes as text. Elsewhere in a source only comments may have bytes that are no UTF-8. */
static struct str literal_text(struct parser *p, struct str bytes)
{
	AUTO_BUF b = { 0 };
	if (utf8_valid(bytes))
		return bytes;
	text_repair(bytes, &b);
	return buf_to_arena(&b, &p->source->arena);
}

bool parse_string(struct parser *p, const struct token *t, struct jstr **out)
{
	struct str data = literal_text(p, t->data), bytes = data, error;
	if ((t->kind == TOK_STRING_DOUBLE || t->kind == TOK_STRING_SINGLE) && !lex_unescape(data, &p->source->arena, &bytes, &error)) {
		late_error(p, t, error);
		bytes = STR("");
	}
	*out = parse_symbol(p, bytes)->name;
	return true;
}

static struct node *constant(struct parser *p, struct jv v, uint32_t begin)
{
	struct node_const *n = NODE(p, struct node_const, NODE_CONST, begin);
	n->value = v;
	return &n->node;
}

static struct node *two(struct parser *p, enum node_kind kind, uint32_t begin, struct node *a, struct node *b)
{
	struct node_two *n = NODE(p, struct node_two, kind, begin);
	n->a = a;
	n->b = b;
	return &n->node;
}

/* --- functions, binds, arguments --- */

struct node *function_node(struct parser *p, const struct param *params, uint32_t n, struct node *body, struct symbol *name)
{
	struct node_function *f = NODE(p, struct node_function, NODE_FUNCTION, body->begin);
	f->node.n = n;
	f->params = (struct param *)params;
	f->body = body;
	f->name = name;
	f->node.end = body->end;
	return &f->node;
}

/* One parameter. As in the reference what is no name is parsed as an expression, and refused (*bad) at the end of the list. */
static bool parse_param(struct parser *p, struct param *param, struct node **bad, unsigned depth)
{
	if (p->token.kind == TOK_IDENTIFIER && token_is_operator(&p->next, "=")) {
		param->name = parse_symbol(p, p->token.data);
		parse_advance(p);
		parse_advance(p);
		return (param->value = parse_expr(p, depth));
	}
	struct node *n = parse_expr(p, depth);
	if (n && n->kind == NODE_VAR)
		param->name = ((struct node_var *)n)->symbol;
	else if (n && !*bad)
		*bad = n;
	return n;
}

bool parse_params(struct parser *p, const char *what, struct param **params, uint32_t *n, unsigned depth)
{
	VEC(struct param) list = { 0 };
	struct node *bad = NULL;
	bool comma = true;
	while (p->token.kind != TOK_PAREN_R) {
		struct param param = { 0 };
		if (!comma)
			return parse_fail(p, &p->token, arena_fmt(&p->source->arena, "expected a comma before next %s parameter.", what));
		if (!parse_param(p, &param, &bad, depth))
			return false;
		vec_push_in(&list, &p->source->arena, param);
		comma = p->token.kind == TOK_COMMA;
		if (comma)
			parse_advance(p);
	}
	if (bad)
		return parse_fail(p, &(struct token){ .begin = bad->begin - p->source->base, .end = bad->end - p->source->base },
				  STR("could not parse parameter here."));
	parse_advance(p);
	*params = list.p;
	*n = (uint32_t)list.n;
	return !p->failed;
}

/* `name = e` or `name(params) = e` */
bool parse_bind(struct parser *p, struct bind *bind, unsigned depth)
{
	struct token name;
	struct param *params = NULL;
	uint32_t n = 0;
	bool is_function = false;
	if (!parse_expect(p, TOK_IDENTIFIER, &name))
		return false;
	*bind = (struct bind){ .name = parse_symbol(p, name.data), .begin = name.begin + p->source->base, .end = name.end + p->source->base };
	if (p->token.kind == TOK_PAREN_L) {
		is_function = true;
		parse_advance(p);
		if (!parse_params(p, "function", &params, &n, depth + 1))
			return false;
	}
	struct token op;
	if (!parse_expect(p, TOK_OPERATOR, &op))
		return false;
	if (!token_is_operator(&op, "="))
		return parse_fail(p, &op, arena_fmt(&p->source->arena, "expected operator = but got %.*s", STR_ARG(op.data)));
	if (!(bind->value = parse_expr(p, depth + 1)))
		return false;
	if (is_function)
		bind->value = function_node(p, params, n, bind->value, bind->name);
	else if (bind->value->kind == NODE_FUNCTION)
		((struct node_function *)bind->value)->name = bind->name;
	return true;
}

static struct node *parse_local(struct parser *p, uint32_t begin, unsigned depth)
{
	VEC(struct bind) binds = { 0 };
	do {
		struct bind b;
		struct token name;
		parse_advance(p);
		name = p->token;
		if (!parse_bind(p, &b, depth + 3))
			return NULL;
		for (size_t i = 0; i < binds.n; i++)
			if (binds.p[i].name == b.name)
				return parse_fail(p, &name, arena_fmt(&p->source->arena, "duplicate local var: %.*s", STR_ARG(name.data)));
		vec_push_in(&binds, &p->source->arena, b);
	} while (p->token.kind == TOK_COMMA);
	if (p->token.kind != TOK_SEMICOLON) {
		struct arena *a = &p->source->arena;
		return parse_fail(p, &p->token, arena_fmt(a, "expected , or ; but got %.*s", STR_ARG(lex_show(&p->token, a))));
	}
	parse_advance(p);
	struct node *body = parse_expr(p, depth + 2);
	if (!body)
		return NULL;
	struct node_local *n = NODE(p, struct node_local, NODE_LOCAL, begin);
	n->node.n = (uint32_t)binds.n;
	n->binds = binds.p;
	n->body = body;
	return &n->node;
}

static bool parse_args(struct parser *p, struct node_call *call, unsigned depth)
{
	VEC(struct arg) list = { 0 };
	bool comma = true;
	while (p->token.kind != TOK_PAREN_R) {
		struct arg arg = { 0 };
		struct token first = p->token;
		if (!comma)
			return parse_fail(p, &p->token, STR("expected a comma before next function argument."));
		if (first.kind == TOK_IDENTIFIER && token_is_operator(&p->next, "=")) {
			arg.name = parse_symbol(p, first.data);
			call->node.flag |= CALL_NAMED;
			parse_advance(p);
			parse_advance(p);
		}
		if (!(arg.value = parse_expr(p, depth)))
			return false;
		if (!arg.name && call->node.flag & CALL_NAMED && !p->late.p) {
			late_error(p, &first, STR("Positional argument after a named argument is not allowed"));
			p->late_begin = arg.value->begin;
			p->late_end = arg.value->end;
		}
		vec_push_in(&list, &p->source->arena, arg);
		comma = p->token.kind == TOK_COMMA;
		if (comma)
			parse_advance(p);
	}
	parse_advance(p);
	call->args = list.p;
	call->node.n = (uint32_t)list.n;
	return !p->failed;
}

/* --- what begins an expression --- */

static struct node *parse_if(struct parser *p, uint32_t begin, unsigned depth)
{
	struct node *cond, *yes, *no = NULL;
	parse_advance(p);
	if (!(cond = parse_expr(p, depth + 2)) || !parse_expect(p, TOK_THEN, NULL) || !(yes = parse_expr(p, depth + 2)))
		return NULL;
	if (p->token.kind == TOK_ELSE) {
		parse_advance(p);
		if (!(no = parse_expr(p, depth + 2)))
			return NULL;
	}
	struct node_if *n = NODE(p, struct node_if, NODE_IF, begin);
	n->cond = cond;
	n->yes = yes;
	n->no = no;
	return &n->node;
}

/* `assert c : m; e` is `if c then e else error m`. */
static struct node *parse_assert(struct parser *p, uint32_t begin, unsigned depth)
{
	struct node *cond, *message = NULL, *rest;
	parse_advance(p);
	if (!(cond = parse_expr(p, depth + 2)))
		return NULL;
	if (token_is_operator(&p->token, ":")) {
		parse_advance(p);
		if (!(message = parse_expr(p, depth + 2)))
			return NULL;
	}
	if (!parse_expect(p, TOK_SEMICOLON, NULL) || !(rest = parse_expr(p, depth + 2)))
		return NULL;
	struct node_if *n = NODE(p, struct node_if, NODE_IF, begin);
	n->cond = cond;
	n->yes = rest;
	n->no = message ? two(p, NODE_ERROR, begin, message, NULL) : two(p, NODE_ASSERT_FAILED, begin, NULL, NULL);
	n->no->flag = ASSERT_OF_EXPRESSION;
	return &n->node;
}

static struct node *parse_function(struct parser *p, uint32_t begin, unsigned depth)
{
	struct param *params;
	uint32_t n;
	struct node *body;
	parse_advance(p);
	if (p->token.kind != TOK_PAREN_L) {
		struct arena *a = &p->source->arena;
		return parse_fail(p, &p->token, arena_fmt(a, "expected ( but got %.*s", STR_ARG(lex_show(&p->token, a))));
	}
	parse_advance(p);
	if (!parse_params(p, "function", &params, &n, depth + 2) || !(body = parse_expr(p, depth + 2)))
		return NULL;
	struct node *f = function_node(p, params, n, body, NULL);
	f->begin = begin;
	return f;
}

static struct node *parse_import(struct parser *p, uint32_t begin, enum node_kind kind, unsigned depth)
{
	parse_advance(p);
	struct token first = p->token;
	struct node *path = parse_expr(p, depth + 2);
	if (!path)
		return NULL;
	struct token all = { .begin = path->begin - p->source->base, .end = p->last_end - p->source->base };
	if (first.kind == TOK_STRING_BLOCK)
		return parse_fail(p, &all, STR("Cannot use text blocks in import statements."));
	if (path->kind != NODE_CONST || !jv_is(((struct node_const *)path)->value, JV_STR) || !is_string(first.kind))
		return parse_fail(p, &all, STR("computed imports are not allowed."));
	struct node_import *n = NODE(p, struct node_import, kind, begin);
	struct jstr *s = jv_str(((struct node_const *)path)->value);
	n->path = (struct str){ s->data, s->size };
	return &n->node;
}

static struct node *parse_array(struct parser *p, uint32_t begin, unsigned depth)
{
	VEC(struct node *) items = { 0 };
	bool comma = true;
	while (p->token.kind != TOK_BRACKET_R) {
		struct node *item;
		if (p->token.kind == TOK_FOR && items.n == 1) {
			struct node_comp *comp = NODE(p, struct node_comp, NODE_ARRAY_COMP, begin);
			comp->body = items.p[0];
			if (!parse_comp_specs(p, comp, TOK_BRACKET_R, depth + 1))
				return NULL;
			comp->node.end = p->last_end;
			return &comp->node;
		}
		if (!comma)
			return parse_fail(p, &p->token, STR("expected a comma before next array element."));
		if (!(item = parse_expr(p, depth + 1)))
			return NULL;
		vec_push_in(&items, &p->source->arena, item);
		comma = p->token.kind == TOK_COMMA;
		if (comma)
			parse_advance(p);
	}
	parse_advance(p);
	struct node_array *n = NODE(p, struct node_array, NODE_ARRAY, begin);
	n->node.n = (uint32_t)items.n;
	n->items = items.p;
	return &n->node;
}

static struct node *parse_super(struct parser *p, uint32_t begin, unsigned depth)
{
	struct token super = p->token, name;
	struct node *index;
	parse_advance(p);
	if (p->object)
		p->object->uses_self = true;
	if (p->token.kind == TOK_DOT) {
		parse_advance(p);
		if (!parse_expect(p, TOK_IDENTIFIER, &name))
			return NULL;
		index = constant(p, str_jv(parse_symbol(p, name.data)->name), name.begin + p->source->base);
	} else if (p->token.kind == TOK_BRACKET_L) {
		parse_advance(p);
		if (!(index = parse_expr(p, depth + 1)) || !parse_expect(p, TOK_BRACKET_R, NULL))
			return NULL;
	} else {
		return parse_fail(p, &super, STR("expected . or [ after super."));
	}
	struct node *n = two(p, NODE_SUPER_FIELD, begin, NULL, index);
	n->end = super.end + p->source->base; /* the reference's place is the word itself */
	return n;
}

static struct node *parse_number(struct parser *p, uint32_t begin)
{
	double d;
	AUTO_BUF digits = { 0 };
	struct str s = p->token.data;
	if (str_find_char(s, '_') != STR_NPOS) {
		for (size_t i = 0; i < s.n; i++)
			if (s.p[i] != '_')
				buf_add_char(&digits, s.p[i]);
		s = buf_str(&digits);
	}
	parse_advance(p);
	if (!num_parse_float(s, &d) || d - d != 0)
		return NODE(p, struct node, NODE_OVERFLOW, begin);
	return constant(p, jv_num(d), begin);
}

static struct node *parse_terminal(struct parser *p, unsigned depth)
{
	struct token t = p->token;
	uint32_t begin = t.begin + p->source->base;
	struct node *n;
	struct jstr *s;
	if (depth >= PARSER_MAX_DEPTH)
		return parse_fail(p, &t, STR("Exceeded maximum parse depth limit."));
	if (t.kind == TOK_NUMBER)
		return parse_number(p, begin);
	if (is_string(t.kind)) {
		parse_advance(p);
		return parse_string(p, &t, &s) ? constant(p, str_jv(s), begin) : NULL;
	}
	switch (t.kind) {
	case TOK_BRACE_L:
		parse_advance(p);
		return parse_object(p, begin, depth);
	case TOK_BRACKET_L:
		parse_advance(p);
		return parse_array(p, begin, depth);
	case TOK_PAREN_L:
		parse_advance(p);
		n = parse_expr(p, depth + 1);
		return n && parse_expect(p, TOK_PAREN_R, NULL) ? n : NULL;
	case TOK_FALSE:
	case TOK_TRUE:
		parse_advance(p);
		return constant(p, jv_bool(t.kind == TOK_TRUE), begin);
	case TOK_NULL:
		parse_advance(p);
		return constant(p, jv_null(), begin);
	case TOK_DOLLAR:
	case TOK_SELF:
		parse_advance(p);
		if (t.kind == TOK_DOLLAR && !p->outermost)
			late_error(p, &t, STR("No top-level object found."));
		if (p->object)
			(t.kind == TOK_SELF ? p->object : p->outermost)->uses_self = true;
		n = NODE(p, struct node, NODE_SELF, begin);
		n->flag = t.kind == TOK_DOLLAR;
		return n;
	case TOK_SUPER:
		return parse_super(p, begin, depth);
	case TOK_IDENTIFIER:
		parse_advance(p);
		break;
	case TOK_END:
		return parse_fail(p, &t, STR("unexpected end of file."));
	default:
		return parse_unexpected(p, &t, "parsing terminal");
	}
	struct node_var *v = NODE(p, struct node_var, NODE_VAR, begin);
	v->symbol = parse_symbol(p, t.data);
	return &v->node;
}

/* --- what follows one --- */

static struct node *parse_slice(struct parser *p, uint32_t begin, struct node *target, unsigned depth)
{
	struct node *parts[3] = { NULL, NULL, NULL };
	int i = 0;
	bool slice = false, any = false;
	for (;;) {
		if (p->token.kind == TOK_BRACKET_R)
			break;
		if (token_is_operator(&p->token, ":") && i < 2) {
			slice = true;
			i++;
			parse_advance(p);
		} else if (token_is_operator(&p->token, "::") && i == 0) {
			slice = true;
			i = 2;
			parse_advance(p);
		} else if (!parts[i] && !(i && !slice)) {
			if (any && !slice)
				return parse_unexpected(p, &p->token, "parsing slice");
			any = true;
			if (!(parts[i] = parse_expr(p, depth + 1)))
				return NULL;
		} else {
			break;
		}
	}
	if (!slice && !any)
		return parse_unexpected(p, &p->token, "parsing index");
	if ((!slice || i < 2) && p->token.kind != TOK_BRACKET_R)
		return parse_unexpected(p, &p->token, "parsing slice");
	if (!parse_expect(p, TOK_BRACKET_R, NULL))
		return NULL;
	if (!slice)
		return two(p, NODE_INDEX, begin, target, parts[0]);
	struct node_slice *n = NODE(p, struct node_slice, NODE_SLICE, begin);
	n->target = target;
	n->from = parts[0];
	n->to = parts[1];
	n->step = parts[2];
	return &n->node;
}

static struct node *field_of(struct parser *p, uint32_t begin, struct node *target, struct jstr *name)
{
	struct node_field *n = NODE(p, struct node_field, NODE_FIELD, begin);
	n->target = target;
	n->name = name;
	return &n->node;
}

static struct node *parse_call(struct parser *p, uint32_t begin, struct node *callee, unsigned depth)
{
	struct node_call *n = NODE(p, struct node_call, NODE_CALL, begin);
	n->callee = callee;
	if (!parse_args(p, n, depth + 1))
		return NULL;
	n->node.end = p->last_end;
	if (p->token.kind == TOK_TAILSTRICT) {
		n->node.flag |= CALL_TAILSTRICT;
		parse_advance(p);
	}
	return &n->node;
}

/* `.name`, `[…]`, `(…)` and `{…}` behind an expression. */
static struct node *parse_postfix(struct parser *p, uint32_t begin, struct node *n, unsigned depth)
{
	struct token t;
	while (n) {
		switch (p->token.kind) {
		case TOK_DOT:
			parse_advance(p);
			if (!parse_expect(p, TOK_IDENTIFIER, &t))
				return NULL;
			n = field_of(p, begin, n, parse_symbol(p, t.data)->name);
			break;
		case TOK_BRACKET_L:
			parse_advance(p);
			n = parse_slice(p, begin, n, depth);
			if (n && n->kind == NODE_INDEX) {
				struct node_const *c = (struct node_const *)((struct node_two *)n)->b;
				if (c->node.kind == NODE_CONST && jv_is(c->value, JV_STR))
					n = field_of(p, begin, ((struct node_two *)n)->a, jv_str(c->value));
			}
			break;
		case TOK_PAREN_L:
			parse_advance(p);
			n = parse_call(p, begin, n, depth);
			break;
		case TOK_BRACE_L: {
			uint32_t brace = p->token.begin + p->source->base;
			parse_advance(p);
			struct node *object = parse_object(p, brace, depth);
			n = object ? two(p, NODE_ADD, begin, n, object) : NULL;
			break;
		}
		default:
			return n;
		}
	}
	return NULL;
}

struct operator {
	const char *text;
	uint8_t kind;
	int8_t precedence; /* the lower the tighter */
};

static const struct operator binaries[] = {
	{ "*", NODE_MUL, 5 }, { "/", NODE_DIV, 5 }, { "%", NODE_MOD, 5 }, { "+", NODE_ADD, 6 }, { "-", NODE_SUB, 6 },
	{ "<<", NODE_SHL, 7 }, { ">>", NODE_SHR, 7 }, { ">", NODE_GT, 8 }, { ">=", NODE_GE, 8 }, { "<", NODE_LT, 8 },
	{ "<=", NODE_LE, 8 }, { "==", NODE_EQ, 9 }, { "!=", NODE_NE, 9 }, { "&", NODE_BITAND, 10 }, { "^", NODE_BITXOR, 11 },
	{ "|", NODE_BITOR, 12 }, { "&&", NODE_AND, 13 }, { "||", NODE_OR, 14 },
};
static const struct operator in_operator = { "in", NODE_IN, 8 };
#define MAX_PRECEDENCE 15
#define UNARY_PRECEDENCE 4

/* The binary operator at the current token. NULL where the expression ends there, or with an error set. */
static const struct operator *peek_binary(struct parser *p)
{
	const struct token *t = &p->token;
	if (t->kind == TOK_IN)
		return &in_operator;
	if (t->kind != TOK_OPERATOR || token_is_operator(t, ":") || token_is_operator(t, "::"))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(binaries); i++)
		if (token_is_operator(t, binaries[i].text))
			return &binaries[i];
	return parse_fail(p, t, arena_fmt(&p->source->arena, "not a binary operator: %.*s", STR_ARG(t->data)));
}

static struct node *parse_level(struct parser *p, int precedence, unsigned depth);

static struct node *parse_unary(struct parser *p, uint32_t begin, unsigned depth)
{
	static const struct operator unaries[] = { { "!", NODE_NOT, 0 }, { "-", NODE_MINUS, 0 }, { "+", NODE_PLUS, 0 }, { "~", NODE_BITNOT, 0 } };
	const struct operator *op = NULL;
	for (size_t i = 0; i < ARRAY_LEN(unaries); i++)
		if (token_is_operator(&p->token, unaries[i].text))
			op = &unaries[i];
	if (!op)
		return parse_fail(p, &p->token, arena_fmt(&p->source->arena, "not a unary operator: %.*s", STR_ARG(p->token.data)));
	parse_advance(p);
	struct node *operand = parse_level(p, UNARY_PRECEDENCE, depth + 2);
	if (!operand)
		return NULL;
	if (op->kind == NODE_MINUS && operand->kind == NODE_CONST && jv_is_num(((struct node_const *)operand)->value))
		return constant(p, jv_num(-jv_as_num(((struct node_const *)operand)->value)), begin);
	return two(p, op->kind, begin, operand, NULL);
}

/* `e in super` */
static bool at_in_super(const struct parser *p)
{
	return p->token.kind == TOK_IN && p->next.kind == TOK_SUPER;
}

static struct node *parse_in_super(struct parser *p, uint32_t begin, struct node *left, bool *done)
{
	parse_advance(p);
	parse_advance(p);
	*done = p->token.kind != TOK_DOT && p->token.kind != TOK_BRACKET_L;
	if (*done) {
		if (p->object)
			p->object->uses_self = true;
		return two(p, NODE_IN_SUPER, begin, left, NULL);
	}
	return NULL;
}

/* Binary operators that bind at least as tightly as `precedence`. */
static struct node *parse_level(struct parser *p, int precedence, unsigned depth)
{
	uint32_t begin = p->token.begin + p->source->base;
	struct node *left;
	if (p->failed)
		return NULL;
	if (depth >= PARSER_MAX_DEPTH || (const char *)__builtin_frame_address(0) < p->stack_limit)
		return parse_fail(p, &p->token, STR("Exceeded maximum parse depth limit."));
	switch (p->token.kind) {
	case TOK_ASSERT:
		return parse_assert(p, begin, depth);
	case TOK_ERROR:
		parse_advance(p);
		left = parse_expr(p, depth + 2);
		return left ? two(p, NODE_ERROR, begin, left, NULL) : NULL;
	case TOK_IF:
		return parse_if(p, begin, depth);
	case TOK_FUNCTION:
		return parse_function(p, begin, depth);
	case TOK_IMPORT:
		return parse_import(p, begin, NODE_IMPORT, depth);
	case TOK_IMPORTSTR:
		return parse_import(p, begin, NODE_IMPORTSTR, depth);
	case TOK_IMPORTBIN:
		return parse_import(p, begin, NODE_IMPORTBIN, depth);
	case TOK_LOCAL:
		return parse_local(p, begin, depth);
	case TOK_OPERATOR:
		left = parse_unary(p, begin, depth);
		break;
	default:
		left = parse_postfix(p, begin, parse_terminal(p, depth + 1), depth + 1);
	}
	while (left && !p->failed) {
		const struct operator *op = peek_binary(p);
		if (!op || op->precedence > precedence)
			break;
		if (at_in_super(p)) {
			bool done;
			struct parser before = *p;
			struct node *n = parse_in_super(p, begin, left, &done);
			if (done) {
				left = n;
				continue;
			}
			*p = before; /* `e in super.f` */
		}
		parse_advance(p);
		struct node *right = parse_level(p, op->precedence - 1, depth + 2);
		left = right ? two(p, op->kind, begin, left, right) : NULL;
	}
	return p->failed ? NULL : left;
}

struct node *parse_expr(struct parser *p, unsigned depth)
{
	return parse_level(p, MAX_PRECEDENCE, depth);
}

/* --- the whole text --- */

struct node *parse_program(struct source *source, const char *stack_limit)
{
	struct parser p = { .source = source, .lexer = { .text = source->text, .a = &source->arena }, .stack_limit = stack_limit };
	struct node *root = NULL;
	map_init(&p.symbols, sizeof(struct symbol *), &source->arena);
	if (lex_next(&p.lexer, &p.token) && (p.token.kind == TOK_END || lex_next(&p.lexer, &p.next))) {
		root = parse_expr(&p, 0);
		if (root && p.token.kind != TOK_END)
			root = parse_fail(&p, &p.token, arena_fmt(&source->arena, "did not expect: %.*s", STR_ARG(lex_show(&p.token, &source->arena))));
	} else {
		lexer_failed(&p);
	}
	if (root && p.late.p) {
		source_fail(source, p.late_begin, p.late_end, p.late);
		root = NULL;
	}
	return p.failed ? NULL : root;
}
