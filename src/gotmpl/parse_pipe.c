/*
 * Pipelines: declarations, commands, operands. Which of `$x := …`, `$x = …` and `$x …` stands there is known only after the token behind
 * the variable, and spaces are tokens, hence the three tokens of look-ahead.
 */
#include <string.h>

#include "gotmpl/builtin.h"
#include "gotmpl/constant.h"
#include "gotmpl/gofmt.h"
#include "gotmpl/parser.h"

static bool parse_pipe_into(struct tree *t, const char *context, enum token_type end, struct node_pipe *pipe);

/* ---- Variables ---- */

static struct variable_id *variable_of(struct tree *t, struct str name)
{
	struct variable_id *v = map_find(&t->ids, name);
	if (!v) {
		uint32_t id = (uint32_t)map_len(&t->ids);
		v = map_put(&t->ids, name);
		v->id = id;
	}
	return v;
}

static const struct node_variable *new_variable(struct tree *t, const struct token *token, struct variable_id *v)
{
	struct node_variable *n = TREE_NODE(t, node_variable, NODE_VARIABLE, token);
	n->name = token->val;
	n->id = v->id;
	return n;
}

void parse_declare(struct tree *t, struct node_pipe *pipe, const struct token *token)
{
	struct variable_id *v = variable_of(t, token->val);
	pipe->decl[pipe->decl_n++] = new_variable(t, token, v);
	v->visible++;
	vec_push_in(&t->scope, t->parser->in->arena, v->id);
}

/* ---- Operands ---- */

static struct ident ident_of(struct str name)
{
	return (struct ident){ name, str_hash(name) };
}

enum { FIELDS_AT_ONCE = 16 };

/* `first`, where it is a name, and all fields that follow; both without their dots. */
static struct ident_list take_fields(struct tree *t, struct str first)
{
	struct arena *a = t->parser->in->arena;
	struct ident few[FIELDS_AT_ONCE], *p = few;
	size_t n = 0, cap = FIELDS_AT_ONCE;
	if (first.n)
		few[n++] = ident_of((struct str){ first.p + 1, first.n - 1 });
	while (tree_peek(t)->type == TOKEN_FIELD) {
		struct str name = tree_next(t)->val;
		if (n == cap) {
			struct ident *more = arena_alloc(a, cap * 2 * sizeof(*more));
			memcpy(more, p, cap * sizeof(*more));
			p = more;
			cap *= 2;
		}
		p[n++] = ident_of((struct str){ name.p + 1, name.n - 1 });
	}
	if (p == few && n) {
		p = arena_alloc(a, n * sizeof(*p));
		memcpy(p, few, n * sizeof(*p));
	}
	return (struct ident_list){ p, n };
}

static bool quoted_fail(struct tree *t, const char *before, struct str name, const char *after)
{
	AUTO_BUF b = { 0 };
	gofmt_quote(&b, name);
	return tree_fail(t, "%s%s%s", before, buf_str(&b).p, after);
}

static bool new_identifier(struct tree *t, const struct token *token, const struct node **out)
{
	const struct go_func *func = go_funcs_find(t->parser->in->funcs, token->val);
	if (!func)
		return quoted_fail(t, "function ", token->val, " not defined");
	struct node_identifier *n = TREE_NODE(t, node_identifier, NODE_IDENTIFIER, token);
	n->name = token->val;
	n->func = func;
	n->special = builtin_special(func);
	*out = &n->node;
	return true;
}

static bool use_variable(struct tree *t, const struct token *token, const struct node **out)
{
	struct variable_id *v = map_find(&t->ids, token->val);
	if (!v || !v->visible)
		return quoted_fail(t, "undefined variable ", token->val, "");
	*out = &new_variable(t, token, v)->node;
	return true;
}

static bool new_number(struct tree *t, const struct token *token, const struct node **out)
{
	struct node_number *n = TREE_NODE(t, node_number, NODE_NUMBER, token);
	struct str message;
	n->text = token->val;
	if (!constant_number(*token, t->parser->in->arena, n, &message))
		return tree_fail(t, "%.*s", STR_ARG(message));
	*out = &n->node;
	return true;
}

static bool new_string(struct tree *t, const struct token *token, const struct node **out)
{
	struct node_string *n = TREE_NODE(t, node_string, NODE_STRING, token);
	n->quoted = token->val;
	if (!constant_unquote(token->val, t->parser->in->arena, &n->text))
		return tree_fail(t, "invalid syntax");
	*out = &n->node;
	return true;
}

static bool parenthesized(struct tree *t, const struct node **out)
{
	const struct node_pipe *pipe;
	if (!tree_enter(t, "max expression depth exceeded") || !parse_pipe(t, "parenthesized pipeline", TOKEN_RIGHT_PAREN, &pipe))
		return false;
	t->parser->depth--;
	*out = &pipe->node;
	return true;
}

/* One operand without the fields behind it; *out is NULL where none begins here. */
static bool parse_term(struct tree *t, const struct node **out)
{
	const struct token *token = tree_next_nonspace(t);
	*out = NULL;
	switch (token->type) {
	case TOKEN_IDENTIFIER: return new_identifier(t, token, out);
	case TOKEN_DOT: *out = tree_node(t, sizeof(struct node), NODE_DOT, token); return true;
	case TOKEN_NIL: *out = tree_node(t, sizeof(struct node), NODE_NIL, token); return true;
	case TOKEN_VARIABLE: return use_variable(t, token, out);
	case TOKEN_FIELD: *out = &TREE_NODE(t, node_field, NODE_FIELD, token)->node; return true;
	case TOKEN_BOOL: {
		struct node_bool *n = TREE_NODE(t, node_bool, NODE_BOOL, token);
		n->b = token->val.n == 4;
		*out = &n->node;
		return true;
	}
	case TOKEN_CHAR_CONSTANT:
	case TOKEN_COMPLEX:
	case TOKEN_NUMBER: return new_number(t, token, out);
	case TOKEN_LEFT_PAREN: return parenthesized(t, out);
	case TOKEN_STRING:
	case TOKEN_RAW_STRING: return new_string(t, token, out);
	default: tree_backup(t); return true;
	}
}

/* An operand with the fields behind it, which join a field or variable and make a chain of anything else. */
static bool parse_operand(struct tree *t, const struct node **out)
{
	if (!parse_term(t, out))
		return false;
	const struct node *n = *out;
	if (!n)
		return true;
	struct str first = n->type == NODE_FIELD ? t->token[t->peeked].val : STR_NONE;
	struct token next = *tree_peek(t);
	if (next.type != TOKEN_FIELD && n->type != NODE_FIELD)
		return true;
	switch (n->type) {
	case NODE_FIELD: {
		struct node_field *field = (struct node_field *)n;
		field->fields = take_fields(t, first);
		if (field->fields.n > 1)
			field->node.pos = next.pos;
		return true;
	}
	case NODE_VARIABLE: {
		struct node_variable *variable = (struct node_variable *)n;
		variable->fields = take_fields(t, STR_NONE);
		variable->node.pos = next.pos;
		return true;
	}
	case NODE_BOOL:
	case NODE_STRING:
	case NODE_NUMBER:
	case NODE_NIL:
	case NODE_DOT: {
		AUTO_BUF text = { 0 };
		node_print(&text, n);
		take_fields(t, STR_NONE);
		return quoted_fail(t, "unexpected . after term ", buf_str(&text), "");
	}
	default: {
		struct node_chain *chain = TREE_NODE(t, node_chain, NODE_CHAIN, &next);
		chain->head = n;
		chain->fields = take_fields(t, STR_NONE);
		*out = &chain->node;
		return true;
	}
	}
}

/* ---- Commands and pipelines ---- */

static bool parse_command(struct tree *t, const struct node_command **out)
{
	struct node_command *n = TREE_NODE(t, node_command, NODE_COMMAND, tree_peek_nonspace(t));
	size_t mark = t->parser->scratch.n;
	for (;;) {
		const struct node *operand;
		tree_peek_nonspace(t);
		if (!parse_operand(t, &operand))
			return false;
		if (operand)
			vec_push_in(&t->parser->scratch, t->parser->in->arena, operand);
		const struct token *token = tree_next(t);
		if (token->type == TOKEN_SPACE)
			continue;
		if (token->type == TOKEN_RIGHT_DELIM || token->type == TOKEN_RIGHT_PAREN)
			tree_backup(t);
		else if (token->type != TOKEN_PIPE)
			return tree_unexpected(t, *token, "operand");
		break;
	}
	n->args = tree_take_list(t, mark);
	if (n->args.n == 0)
		return tree_fail(t, "empty command");
	*out = n;
	return true;
}

/* `$x :=`, `$x =`, or in a range `$i, $x :=`, where they stand. */
static bool parse_declarations(struct tree *t, const char *context, struct node_pipe *pipe)
{
	for (;;) {
		if (tree_peek_nonspace(t)->type != TOKEN_VARIABLE)
			return true;
		struct token v = *tree_next(t);
		/* The token next to the variable is remembered, in case it must be put back. */
		struct token adjacent = *tree_peek(t), next = *tree_peek_nonspace(t);
		if (next.type == TOKEN_ASSIGN || next.type == TOKEN_DECLARE) {
			pipe->is_assign = next.type == TOKEN_ASSIGN;
			tree_next_nonspace(t);
			parse_declare(t, pipe, &v);
			return true;
		}
		if (next.type != TOKEN_CHAR || !str_eq(next.val, STR(","))) {
			if (adjacent.type == TOKEN_SPACE)
				tree_backup3(t, v, adjacent);
			else
				tree_backup2(t, v);
			return true;
		}
		tree_next_nonspace(t);
		parse_declare(t, pipe, &v);
		if (strcmp(context, "range") != 0 || pipe->decl_n >= 2)
			return tree_fail(t, "too many declarations in %s", context);
		enum token_type second = tree_peek_nonspace(t)->type;
		if (second != TOKEN_VARIABLE && second != TOKEN_RIGHT_DELIM && second != TOKEN_RIGHT_PAREN)
			return tree_fail(t, "range can only initialize variables");
	}
}

static bool check_pipe(struct tree *t, const struct node_pipe *pipe, const char *context)
{
	if (pipe->commands.n == 0)
		return tree_fail(t, "missing value for %s", context);
	for (size_t i = 1; i < pipe->commands.n; i++) {
		const struct node_command *command = (const struct node_command *)pipe->commands.p[i];
		enum node_type type = command->args.p[0]->type;
		if (type == NODE_BOOL || type == NODE_DOT || type == NODE_NIL || type == NODE_NUMBER || type == NODE_STRING)
			return tree_fail(t, "non executable command in pipeline stage %zu", i + 1);
	}
	return true;
}

static bool starts_operand(enum token_type type)
{
	switch (type) {
	case TOKEN_BOOL:
	case TOKEN_CHAR_CONSTANT:
	case TOKEN_COMPLEX:
	case TOKEN_DOT:
	case TOKEN_FIELD:
	case TOKEN_IDENTIFIER:
	case TOKEN_NUMBER:
	case TOKEN_NIL:
	case TOKEN_RAW_STRING:
	case TOKEN_STRING:
	case TOKEN_VARIABLE:
	case TOKEN_LEFT_PAREN: return true;
	default: return false;
	}
}

static bool parse_pipe_into(struct tree *t, const char *context, enum token_type end, struct node_pipe *pipe)
{
	size_t mark = t->parser->scratch.n;
	if (!parse_declarations(t, context, pipe))
		return false;
	for (;;) {
		const struct token *token = tree_next_nonspace(t);
		if (token->type == end)
			break;
		if (!starts_operand(token->type))
			return tree_unexpected(t, *token, context);
		const struct node_command *command = NULL;
		tree_backup(t);
		if (!parse_command(t, &command))
			return false;
		vec_push_in(&t->parser->scratch, t->parser->in->arena, command);
	}
	pipe->commands = tree_take_list(t, mark);
	return check_pipe(t, pipe, context);
}

bool parse_pipe(struct tree *t, const char *context, enum token_type end, const struct node_pipe **out)
{
	if (end == TOKEN_RIGHT_DELIM && !t->parser->in->slowly && parse_pipe_quick(t, context, out))
		return true;
	struct node_pipe *pipe = TREE_NODE(t, node_pipe, NODE_PIPE, tree_peek_nonspace(t));
	if (!parse_pipe_into(t, context, end, pipe))
		return false;
	*out = pipe;
	return true;
}
