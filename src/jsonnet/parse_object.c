/* Objects, and the `for` and `if` of comprehensions. */
#include "jsonnet/parser.h"

#define FAIL(p, t, lit) parse_fail((p), (t), STR(lit))

bool parse_comp_specs(struct parser *p, struct node_comp *comp, enum token_kind close, unsigned depth)
{
	VEC(struct comp_spec) specs = { 0 };
	struct arena *a = &p->source->arena;
	do {
		struct comp_spec spec = { 0 };
		struct token name;
		if (p->token.kind == TOK_FOR) {
			parse_advance(p);
			if (!parse_expect(p, TOK_IDENTIFIER, &name) || !parse_expect(p, TOK_IN, NULL))
				return false;
			spec.name = parse_symbol(p, name.data);
		} else {
			parse_advance(p);
		}
		if (!(spec.value = parse_expr(p, depth + 1)))
			return false;
		vec_push_in(&specs, a, spec);
	} while (p->token.kind == TOK_FOR || p->token.kind == TOK_IF);
	if (p->token.kind != close)
		return parse_fail(p, &p->token, arena_fmt(a, "expected for, if or %s after for clause, got: %.*s", lex_kind_name(close),
							  STR_ARG(lex_show(&p->token, a))));
	parse_advance(p);
	comp->specs = specs.p;
	comp->node.n = (uint32_t)specs.n;
	return !p->failed;
}

/* What an object's parts are gathered in. */
struct parts {
	VEC(struct object_field) fields;
	VEC(struct bind) locals;
	VEC(struct node *) asserts;
	struct map names, local_names; /* constant names and locals, to find the second of two */
	struct node_object *outer, *outermost; /* around this one */
	bool hidden; /* some field is hidden */
};

static bool parse_visibility(struct parser *p, struct object_field *f, const struct token *name, struct token *op)
{
	if (!parse_expect(p, TOK_OPERATOR, op))
		return false;
	struct str s = op->data;
	f->plus = str_starts(s, STR("+"));
	if (f->plus)
		s = str_slice(s, 1, s.n);
	if (str_eq(s, STR(":")))
		f->vis = VIS_DEFAULT;
	else if (str_eq(s, STR("::")))
		f->vis = VIS_HIDDEN;
	else if (str_eq(s, STR(":::")))
		f->vis = VIS_VISIBLE;
	else
		return parse_fail(p, name, arena_fmt(&p->source->arena, "expected one of :, ::, :::, +:, +::, +:::, got: %.*s", STR_ARG(op->data)));
	return true;
}

static bool field_name(struct parser *p, struct parts *o, struct object_field *f, unsigned depth)
{
	struct token t = p->token;
	parse_advance(p);
	if (t.kind == TOK_BRACKET_L) {
		/* A computed name does not see the object that it is in. */
		struct node_object *object = p->object, *outermost = p->outermost;
		p->object = o->outer;
		p->outermost = o->outermost;
		f->name = parse_expr(p, depth + 2);
		p->object = object;
		p->outermost = outermost;
		return f->name && parse_expect(p, TOK_BRACKET_R, NULL);
	}
	if (t.kind == TOK_IDENTIFIER)
		f->constant = parse_symbol(p, t.data)->name;
	else if (!parse_string(p, &t, &f->constant))
		return false;
	if (p->failed)
		return false;
	if (map_has(&o->names, (struct str){ f->constant->data, f->constant->size }))
		return parse_fail(p, &t, arena_fmt(&p->source->arena, "duplicate field: %.*s", (int)f->constant->size, f->constant->data));
	map_put(&o->names, (struct str){ f->constant->data, f->constant->size });
	return true;
}

static bool parse_field(struct parser *p, struct node_object *object, struct parts *o, unsigned depth)
{
	struct object_field f = { 0 };
	struct param *params = NULL;
	struct token op;
	uint32_t n = 0;
	bool method = false;
	struct token first = p->token;
	if (!field_name(p, o, &f, depth))
		return false;
	if (p->token.kind == TOK_PAREN_L) {
		method = true;
		parse_advance(p);
		if (!parse_params(p, "method", &params, &n, depth + 2))
			return false;
	}
	if (!parse_visibility(p, &f, &first, &op))
		return false;
	if (method && f.plus)
		return parse_fail(p, &first, arena_fmt(&p->source->arena, "cannot use +: syntax sugar in a method: %.*s",
						    f.constant ? (int)f.constant->size : 0, f.constant ? f.constant->data : ""));
	o->hidden |= f.vis != VIS_DEFAULT;
	if (!(f.body = parse_expr(p, depth + 2)))
		return false;
	if (method)
		f.body = function_node(p, params, n, f.body, NULL);
	if (f.plus)
		object->uses_self = true;
	vec_push_in(&o->fields, &p->source->arena, f);
	return true;
}

static bool parse_object_local(struct parser *p, struct parts *o, unsigned depth)
{
	struct bind b;
	parse_advance(p);
	struct token name = p->token;
	if (!parse_bind(p, &b, depth + 2))
		return false;
	if (map_has(&o->local_names, name.data))
		return parse_fail(p, &name, arena_fmt(&p->source->arena, "duplicate local var: %.*s", STR_ARG(name.data)));
	map_put(&o->local_names, name.data);
	vec_push_in(&o->locals, &p->source->arena, b);
	return true;
}

/* `assert c : m` is kept as `if c then null else error m`. */
static bool parse_object_assert(struct parser *p, struct parts *o, unsigned depth)
{
	struct node *cond, *message = NULL;
	uint32_t begin = p->token.begin + p->source->base;
	parse_advance(p);
	if (!(cond = parse_expr(p, depth + 2)))
		return false;
	if (token_is_operator(&p->token, ":")) {
		parse_advance(p);
		if (!(message = parse_expr(p, depth + 2)))
			return false;
	}
	struct node_if *n = NODE(p, struct node_if, NODE_IF, cond->begin);
	struct node_two *error = NODE(p, struct node_two, message ? NODE_ERROR : NODE_ASSERT_FAILED, message ? message->begin : cond->begin);
	n->node.end = cond->end;
	error->node.end = message ? message->end : cond->end;
	error->node.flag = ASSERT_OF_OBJECT;
	error->a = message;
	n->cond = cond;
	n->no = &error->node;
	n->yes = (struct node *)NODE(p, struct node_const, NODE_CONST, begin);
	((struct node_const *)n->yes)->value = jv_null();
	vec_push_in(&o->asserts, &p->source->arena, &n->node);
	return true;
}

static bool finish_comp(struct parser *p, struct node_object *object, struct parts *o, unsigned depth)
{
	struct token at = p->token;
	object->node.kind = NODE_OBJECT_COMP;
	if (o->fields.n != 1)
		return FAIL(p, &at, "object comprehension can only have one field.");
	if (o->hidden)
		return FAIL(p, &at, "object comprehensions cannot have hidden fields.");
	if (o->asserts.n)
		return FAIL(p, &at, "object comprehension cannot have asserts.");
	if (!o->fields.p[0].name)
		return FAIL(p, &at, "object comprehensions can only have [e] fields.");
	object->comp = NODE(p, struct node_comp, NODE_ARRAY_COMP, object->node.begin);
	p->object = o->outer;
	p->outermost = o->outermost;
	return parse_comp_specs(p, object->comp, TOK_BRACE_R, depth + 1);
}

static bool parse_member(struct parser *p, struct node_object *object, struct parts *o, unsigned depth)
{
	switch (p->token.kind) {
	case TOK_BRACKET_L:
	case TOK_IDENTIFIER:
	case TOK_STRING_DOUBLE:
	case TOK_STRING_SINGLE:
	case TOK_STRING_BLOCK:
	case TOK_VERBATIM_DOUBLE:
	case TOK_VERBATIM_SINGLE:
		return parse_field(p, object, o, depth);
	case TOK_LOCAL:
		return parse_object_local(p, o, depth);
	case TOK_ASSERT:
		return parse_object_assert(p, o, depth);
	default:
		return parse_unexpected(p, &p->token, "parsing field definition");
	}
}

/* Members up to the `}`. */
static bool parse_members(struct parser *p, struct node_object *object, struct parts *o, unsigned depth)
{
	bool comma = true;
	while (p->token.kind != TOK_BRACE_R) {
		if (p->token.kind == TOK_FOR)
			return finish_comp(p, object, o, depth);
		if (!comma)
			return FAIL(p, &p->token, "expected a comma before next field.");
		if (!parse_member(p, object, o, depth))
			return false;
		comma = p->token.kind == TOK_COMMA;
		if (comma)
			parse_advance(p);
	}
	parse_advance(p);
	return !p->failed;
}

struct node *parse_object(struct parser *p, uint32_t begin, unsigned depth)
{
	struct node_object *outer = p->object, *outermost = p->outermost;
	struct node_object *object = NODE(p, struct node_object, NODE_OBJECT, begin);
	struct parts o = { .outer = outer, .outermost = outermost };
	map_init(&o.names, 0, NULL);
	map_init(&o.local_names, 0, NULL);
	p->object = object;
	if (!outermost)
		p->outermost = object;
	bool ok = parse_members(p, object, &o, depth);
	map_deinit(&o.names);
	map_deinit(&o.local_names);
	p->object = outer;
	p->outermost = outermost;
	if (!ok)
		return NULL;
	object->node.end = p->last_end;
	object->node.n = (uint32_t)o.fields.n;
	object->fields = o.fields.p;
	object->locals = o.locals.p;
	object->n_locals = (uint32_t)o.locals.n;
	object->asserts = o.asserts.p;
	object->n_asserts = (uint32_t)o.asserts.n;
	return &object->node;
}
