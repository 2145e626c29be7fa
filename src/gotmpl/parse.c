/*
 * A text to templates: lists of text and actions, control structures, definitions. It follows Go's parser token by token, since its
 * error messages tell which token stood where; what Go reports by panic comes back here as false with err set.
 *
 * `define` and `block` are trees of their own, with their own variables and look-ahead, that read from the same lexer.
 */
#include "gotmpl/parser.h"

#include "gotmpl/constant.h"
#include "gotmpl/gofmt.h"

/* ---- Tokens ---- */

void tree_backup2(struct tree *t, struct token t1)
{
	t->token[1] = t1;
	t->peeked = 2;
}

void tree_backup3(struct tree *t, struct token t2, struct token t1)
{
	t->token[1] = t1;
	t->token[2] = t2;
	t->peeked = 3;
}

/* ---- Errors ---- */

bool tree_fail(struct tree *t, const char *fmt, ...)
{
	struct parser *p = t->parser;
	AUTO_BUF text = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(&text, fmt, ap);
	va_end(ap);
	err_set(p->err, ERR_SYNTAX, "template: %.*s:%u: %s", STR_ARG(p->in->file), t->token[0].line, buf_str(&text).n ? text.p : "");
	return err_at(p->err, p->in->file, t->token[0].line, 0);
}

/* Go's String() of a token. */
static void print_token(struct buf *out, struct token token)
{
	if (token.type == TOKEN_EOF) {
		buf_add_c(out, "EOF");
	} else if (token.type == TOKEN_ERROR) {
		buf_add(out, token.val);
	} else if (token.type > TOKEN_KEYWORD) {
		buf_addf(out, "<%.*s>", STR_ARG(token.val));
	} else {
		struct value v = value_str(token.val);
		gofmt_printf(out, NULL, token.val.n > 10 ? STR("%.10q...") : STR("%q"), &v, 1);
	}
}

bool tree_unexpected(struct tree *t, struct token token, const char *context)
{
	AUTO_BUF text = { 0 };
	print_token(&text, token);
	if (token.type != TOKEN_ERROR)
		return tree_fail(t, "unexpected %.*s in %s", STR_ARG(buf_str(&text)), context);
	if (t->action_line && t->action_line != token.line) {
		if (!str_ends(token.val, STR(" action")))
			buf_add_c(&text, " in action");
		buf_addf(&text, " started at %.*s:%u", STR_ARG(t->parser->in->file), t->action_line);
	}
	return tree_fail(t, "%.*s", STR_ARG(buf_str(&text)));
}

static bool expect(struct tree *t, enum token_type type, const char *context)
{
	const struct token *token = tree_next_nonspace(t);
	return token->type == type || tree_unexpected(t, *token, context);
}

bool tree_enter(struct tree *t, const char *message)
{
	if (t->parser->depth >= PARSE_MAX_DEPTH) {
		tree_fail(t, "%s", message);
		t->parser->err->kind = ERR_LIMIT;
		return false;
	}
	t->parser->depth++;
	return true;
}

/* ---- Lists ---- */

struct node_list tree_take_list(struct tree *t, size_t mark)
{
	struct parser *p = t->parser;
	struct node_list list = { NULL, p->scratch.n - mark };
	if (list.n) {
		list.p = arena_alloc(p->in->arena, list.n * sizeof(*list.p));
		memcpy(list.p, p->scratch.p + mark, list.n * sizeof(*list.p));
	}
	p->scratch.n = mark;
	return list;
}

static const struct node_list *new_list(struct tree *t, size_t mark)
{
	struct node_list *list = arena_alloc(t->parser->in->arena, sizeof(*list));
	*list = tree_take_list(t, mark);
	return list;
}

/* What ended a list: an {{end}} or {{else}}, or a node for it. */
enum item { ITEM_NODE, ITEM_END, ITEM_ELSE };

static bool parse_item(struct tree *t, enum item *item, const struct node **node);
static bool parse_list(struct tree *t, const struct node_list **list, enum item *end);

static void tree_init(struct tree *t, struct parser *p)
{
	*t = (struct tree){ .parser = p };
	map_init(&t->ids, sizeof(struct variable_id), p->in->arena);
	struct variable_id *dollar = map_put(&t->ids, STR("$"));
	dollar->visible = 1;
}

/* Forgets the variables declared since there were n. */
void parse_pop_scope(struct tree *t, size_t n)
{
	while (t->scope.n > n) {
		struct variable_id *v = map_at(&t->ids, vec_last(&t->scope));
		v->visible--;
		t->scope.n--;
	}
}

static bool is_empty(const struct node_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->p[i]->type != NODE_TEXT)
			return false;
		struct str text = ((const struct node_text *)list->p[i])->text;
		if (str_trim(text).n)
			return false;
	}
	return true;
}

/* Adds the finished template to what the text defines. One with content may not be defined twice within a text. */
static bool add_template(struct tree *t, const struct node_list *root)
{
	struct parser *p = t->parser;
	struct template **slot = map_find(p->defined, t->name);
	bool empty = is_empty(root);
	if (slot && !(*slot)->empty) {
		if (empty)
			return true;
		AUTO_BUF name = { 0 };
		gofmt_quote(&name, t->name);
		return tree_fail(t, "template: multiple definition of template %s", buf_str(&name).p);
	}
	struct template *made = arena_new(p->in->arena, struct template);
	*made = (struct template){ t->name, p->in->file, p->in->text, root, (uint32_t)map_len(&t->ids), empty };
	*(struct template **)map_put(p->defined, t->name) = made;
	return true;
}

/* The body of a define or block up to its end, by a tree that is already at its start. */
static bool parse_body(struct tree *t, struct tree *outer, const char *context)
{
	const struct node_list *root;
	enum item end;
	if (!tree_enter(t, "definitions are nested too deeply") || !parse_list(t, &root, &end))
		return false;
	t->parser->depth--;
	if (end != ITEM_END)
		return tree_fail(outer, "unexpected {{else}} in %s", context);
	return add_template(t, root);
}

static bool parse_name(struct tree *t, struct token token, const char *context, struct str *name)
{
	if (token.type != TOKEN_STRING && token.type != TOKEN_RAW_STRING)
		return tree_unexpected(t, token, context);
	return constant_unquote(token.val, t->parser->in->arena, name) || tree_fail(t, "invalid syntax");
}

static bool parse_definition(struct parser *p)
{
	static const char context[] = "define clause";
	struct tree t;
	tree_init(&t, p);
	return parse_name(&t, *tree_next_nonspace(&t), context, &t.name) && expect(&t, TOKEN_RIGHT_DELIM, context) &&
	       parse_body(&t, &t, context);
}

static bool new_template_call(struct tree *t, struct token at, struct str name, const struct node_pipe *pipe, const struct node **out)
{
	struct node_template *n = TREE_NODE(t, node_template, NODE_TEMPLATE, &at);
	n->name = (struct ident){ name, str_hash(name) };
	n->pipe = pipe;
	*out = &n->node;
	return true;
}

static bool parse_block(struct tree *t, const struct node **out)
{
	static const char context[] = "block clause";
	struct token token = *tree_next_nonspace(t);
	const struct node_pipe *pipe;
	struct tree block;
	struct str name;
	if (!parse_name(t, token, context, &name) || !parse_pipe(t, context, TOKEN_RIGHT_DELIM, &pipe))
		return false;
	tree_init(&block, t->parser);
	block.name = name;
	return parse_body(&block, t, context) && new_template_call(t, token, name, pipe, out);
}

static bool parse_template_call(struct tree *t, const struct node **out)
{
	static const char context[] = "template clause";
	struct token token = *tree_next_nonspace(t);
	const struct node_pipe *pipe = NULL;
	struct str name;
	if (!parse_name(t, token, context, &name))
		return false;
	if (tree_next_nonspace(t)->type != TOKEN_RIGHT_DELIM) {
		tree_backup(t);
		if (!parse_pipe(t, context, TOKEN_RIGHT_DELIM, &pipe))
			return false;
	}
	return new_template_call(t, token, name, pipe, out);
}

static bool parse_jump(struct tree *t, struct token at, enum node_type type, const struct node **out)
{
	const char *text = type == NODE_BREAK ? "{{break}}" : "{{continue}}";
	if (!expect(t, TOKEN_RIGHT_DELIM, text))
		return false;
	if (t->range_depth == 0)
		return tree_fail(t, "%s outside {{range}}", text);
	*out = tree_node(t, sizeof(struct node), type, &at);
	return true;
}

static bool parse_control(struct tree *t, enum node_type type, const struct node **out);

/* What follows {{else}}: for if and with another of the same kind may stand in the same delimiters. */
static bool parse_else(struct tree *t, enum node_type type, const struct node_list **out)
{
	enum token_type same = type == NODE_IF ? TOKEN_IF : TOKEN_WITH;
	if (type != NODE_RANGE && tree_peek(t)->type == same) {
		tree_next(t);
		const struct node **one = arena_new(t->parser->in->arena, const struct node *);
		struct node_list *list = arena_new(t->parser->in->arena, struct node_list);
		*list = (struct node_list){ one, 1 };
		*out = list;
		return parse_control(t, type, one);
	}
	enum item end;
	if (!parse_list(t, out, &end))
		return false;
	return end == ITEM_END || tree_fail(t, "expected end; found {{else}}");
}

static bool parse_control(struct tree *t, enum node_type type, const struct node **out)
{
	const char *context = type == NODE_IF ? "if" : type == NODE_WITH ? "with" : "range";
	size_t scope = t->scope.n;
	const struct node_pipe *pipe;
	if (!tree_enter(t, "control structures are nested too deeply") || !parse_pipe(t, context, TOKEN_RIGHT_DELIM, &pipe))
		return false;
	struct node_branch *n = arena_new(t->parser->in->arena, struct node_branch);
	n->node = (struct node){ pipe->node.pos, type & 0xff, pipe->node.line };
	n->pipe = pipe;
	enum item end;
	t->range_depth += type == NODE_RANGE;
	if (!parse_list(t, &n->list, &end))
		return false;
	t->range_depth -= type == NODE_RANGE;
	if (end == ITEM_ELSE && !parse_else(t, type, &n->else_list))
		return false;
	parse_pop_scope(t, scope);
	t->parser->depth--;
	*out = &n->node;
	return true;
}

static bool parse_action(struct tree *t, enum item *item, const struct node **out)
{
	struct token token = *tree_next_nonspace(t);
	*item = ITEM_NODE;
	switch (token.type) {
	case TOKEN_BLOCK: return parse_block(t, out);
	case TOKEN_BREAK: return parse_jump(t, token, NODE_BREAK, out);
	case TOKEN_CONTINUE: return parse_jump(t, token, NODE_CONTINUE, out);
	case TOKEN_ELSE: {
		*item = ITEM_ELSE;
		enum token_type next = tree_peek_nonspace(t)->type;
		return next == TOKEN_IF || next == TOKEN_WITH || expect(t, TOKEN_RIGHT_DELIM, "else");
	}
	case TOKEN_END: *item = ITEM_END; return expect(t, TOKEN_RIGHT_DELIM, "end");
	case TOKEN_IF: return parse_control(t, NODE_IF, out);
	case TOKEN_WITH: return parse_control(t, NODE_WITH, out);
	case TOKEN_RANGE: return parse_control(t, NODE_RANGE, out);
	case TOKEN_TEMPLATE: return parse_template_call(t, out);
	default: break;
	}
	tree_backup(t);
	struct node_action *n = TREE_NODE(t, node_action, NODE_ACTION, tree_peek(t));
	*out = &n->node;
	return parse_pipe(t, "command", TOKEN_RIGHT_DELIM, &n->pipe);
}

static bool parse_item(struct tree *t, enum item *item, const struct node **out)
{
	struct token token = *tree_next_nonspace(t);
	if (token.type == TOKEN_TEXT) {
		struct node_text *n = TREE_NODE(t, node_text, NODE_TEXT, &token);
		n->text = token.val;
		*out = &n->node;
		*item = ITEM_NODE;
		return true;
	}
	if (token.type != TOKEN_LEFT_DELIM)
		return tree_unexpected(t, token, "input");
	t->action_line = token.line;
	if (!parse_action(t, item, out))
		return false;
	t->action_line = 0;
	return true;
}

static bool parse_list(struct tree *t, const struct node_list **out, enum item *end)
{
	size_t mark = t->parser->scratch.n;
	while (tree_peek_nonspace(t)->type != TOKEN_EOF) {
		const struct node *n;
		if (!parse_item(t, end, &n))
			return false;
		if (*end != ITEM_NODE) {
			*out = new_list(t, mark);
			return true;
		}
		vec_push_in(&t->parser->scratch, t->parser->in->arena, n);
	}
	return tree_fail(t, "unexpected EOF");
}

/* ---- The whole text ---- */

static bool parse_top(struct tree *t)
{
	size_t mark = t->parser->scratch.n;
	while (tree_peek(t)->type != TOKEN_EOF) {
		if (tree_peek(t)->type == TOKEN_LEFT_DELIM) {
			struct token delim = *tree_next(t);
			if (tree_next_nonspace(t)->type == TOKEN_DEFINE) {
				if (!parse_definition(t->parser))
					return false;
				continue;
			}
			tree_backup2(t, delim);
		}
		const struct node *n;
		enum item item;
		if (!parse_item(t, &item, &n))
			return false;
		if (item != ITEM_NODE)
			return tree_fail(t, "unexpected %s", item == ITEM_END ? "{{end}}" : "{{else}}");
		vec_push_in(&t->parser->scratch, t->parser->in->arena, n);
	}
	return add_template(t, new_list(t, mark));
}

bool parse_text(const struct parse_input *in, struct map *defined, struct err *err)
{
	struct parser p = { .in = in, .defined = defined, .err = err };
	if (in->text.n >= VALUE_STR_MAX)
		return err_set(err, ERR_LIMIT, "template: %.*s: longer than 4 GiB", STR_ARG(in->file));
	lexer_init(&p.lexer, in->text, in->arena);
	struct tree t;
	tree_init(&t, &p);
	t.name = in->file;
	return parse_top(&t);
}
