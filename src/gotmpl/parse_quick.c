/*
 * The plainest pipelines, read straight from the bytes: on one line, of fields, variables, functions, strings, small whole numbers and parentheses. Nearly all
 * that charts hold are such, and they cost a third of what tokens with three of look-ahead cost. Every doubt is left to the parser (parse_pipe.c),
 * errors among them: so a mistake here can only be to accept what it refuses, or to build another tree; tests/unit/gotmpl/test_parse_quick.c compares
 * both on random changes of texts.
 */
#include "gotmpl/builtin.h"
#include "gotmpl/constant.h"
#include "gotmpl/parser.h"

/* What may stand in names, and what may stand behind a whole operand. */
enum { NAME = 1, DIGIT = 2, BEHIND = 4 };
static const uint8_t classes[256] = {
	['_'] = NAME, ['a' ... 'z'] = NAME, ['A' ... 'Z'] = NAME, ['0' ... '9'] = NAME | DIGIT, [' '] = BEHIND, ['|'] = BEHIND, [')'] = BEHIND,
};

struct quick {
	struct tree *t;
	struct arena *a;
	const char *p, *end, *text;
	uint32_t line;
};

static inline bool is(const struct quick *q, const char *p, uint8_t class)
{
	return p < q->end && (classes[(unsigned char)*p] & class);
}

static inline const char *skip(const struct quick *q, const char *p, uint8_t class)
{
	while (p < q->end && (classes[(unsigned char)*p] & class))
		p++;
	return p;
}

static inline void skip_spaces(struct quick *q)
{
	while (q->p < q->end && *q->p == ' ')
		q->p++;
}

/* Whether an operand may end before p. */
static inline bool ends_at(const struct quick *q, const char *p)
{
	return is(q, p, BEHIND) || (q->end - p >= 2 && p[0] == '}' && p[1] == '}');
}

static inline void *node_at(struct quick *q, size_t size, enum node_type type, const char *at)
{
	struct token token = { .pos = (uint32_t)(at - q->text), .line = q->line };
	return tree_node(q->t, size, type, &token);
}

/* ---- Operands ---- */

enum { FIELDS = 16 };

/* `.a.b`: false where it does not end as it should. */
static bool take_fields(struct quick *q, struct ident_list *out)
{
	struct ident fields[FIELDS];
	size_t n = 0;
	while (q->p < q->end && *q->p == '.') {
		const char *from = q->p + 1, *to = skip(q, from, NAME);
		if (to == from || is(q, from, DIGIT) || n == FIELDS)
			return false;
		struct str name = str_span(from, to);
		fields[n++] = (struct ident){ name, str_hash(name) };
		q->p = to;
	}
	*out = (struct ident_list){ arena_alloc(q->a, n * sizeof(*fields)), n };
	memcpy((void *)(uintptr_t)out->p, fields, n * sizeof(*fields));
	return ends_at(q, q->p);
}

static bool take_dot(struct quick *q, const struct node **out)
{
	const char *at = q->p;
	if (ends_at(q, at + 1)) {
		*out = node_at(q, sizeof(struct node), NODE_DOT, at);
		q->p++;
		return true;
	}
	struct node_field *n = node_at(q, sizeof(*n), NODE_FIELD, at);
	*out = &n->node;
	if (!take_fields(q, &n->fields))
		return false;
	/* Go places a chain of fields at its second. */
	if (n->fields.n > 1)
		n->node.pos += (uint32_t)n->fields.p[0].name.n + 1;
	return true;
}

static bool take_variable(struct quick *q, const struct node **out)
{
	const char *at = q->p;
	q->p = skip(q, at + 1, NAME);
	struct str name = str_span(at, q->p);
	const struct variable_id *v = map_find(&q->t->ids, name);
	if (!v || !v->visible)
		return false;
	struct node_variable *n = node_at(q, sizeof(*n), NODE_VARIABLE, at);
	n->name = name;
	n->id = v->id;
	*out = &n->node;
	if (q->p == q->end || *q->p != '.')
		return ends_at(q, q->p);
	n->node.pos = (uint32_t)(q->p - q->text);
	return take_fields(q, &n->fields);
}

static bool take_word(struct quick *q, const struct node **out)
{
	const char *at = q->p;
	q->p = skip(q, at, NAME);
	struct str name = str_span(at, q->p);
	if (!ends_at(q, q->p))
		return false;
	switch (lexer_word_type(name)) {
	case TOKEN_BOOL: {
		struct node_bool *n = node_at(q, sizeof(*n), NODE_BOOL, at);
		n->b = name.n == 4;
		*out = &n->node;
		return true;
	}
	case TOKEN_IDENTIFIER: break;
	default: return false;
	}
	const struct go_func *func = go_funcs_find(q->t->parser->in->funcs, name);
	if (!func)
		return false;
	struct node_identifier *n = node_at(q, sizeof(*n), NODE_IDENTIFIER, at);
	n->name = name;
	n->func = func;
	n->special = builtin_special(func);
	*out = &n->node;
	return true;
}

static bool take_string(struct quick *q, const struct node **out)
{
	const char *at = q->p, *p = at + 1;
	for (; p < q->end && *p != '"' && *p != '\n'; p++)
		if (*p == '\\' && ++p == q->end)
			return false;
	if (p >= q->end || *p != '"' || !ends_at(q, p + 1))
		return false;
	struct node_string *n = node_at(q, sizeof(*n), NODE_STRING, at);
	q->p = p + 1;
	n->quoted = str_span(at, q->p);
	*out = &n->node;
	return constant_unquote(n->quoted, q->a, &n->text);
}

static bool take_number(struct quick *q, const struct node **out)
{
	const char *at = q->p;
	struct token token = { TOKEN_NUMBER, (uint32_t)(at - q->text), q->line, STR_NONE };
	struct str message;
	q->p = skip(q, at, DIGIT);
	token.val = str_span(at, q->p);
	if (!ends_at(q, q->p))
		return false;
	struct node_number *n = TREE_NODE(q->t, node_number, NODE_NUMBER, &token);
	n->text = token.val;
	*out = &n->node;
	return constant_number(token, q->a, n, &message);
}

static bool take_pipe(struct quick *q, struct node_pipe *pipe);

static bool take_parens(struct quick *q, const struct node **out)
{
	struct parser *p = q->t->parser;
	if (p->depth >= PARSE_MAX_DEPTH)
		return false;
	p->depth++;
	q->p++;
	skip_spaces(q);
	struct node_pipe *pipe = node_at(q, sizeof(*pipe), NODE_PIPE, q->p);
	*out = &pipe->node;
	bool ok = take_pipe(q, pipe) && q->p < q->end && *q->p == ')';
	p->depth--;
	if (!ok)
		return false;
	q->p++;
	if (q->p == q->end || *q->p != '.')
		return ends_at(q, q->p);
	struct node_chain *chain = node_at(q, sizeof(*chain), NODE_CHAIN, q->p);
	chain->head = &pipe->node;
	*out = &chain->node;
	return take_fields(q, &chain->fields);
}

static bool take_operand(struct quick *q, const struct node **out)
{
	switch (*q->p) {
	case '.': return take_dot(q, out);
	case '$': return take_variable(q, out);
	case '"': return take_string(q, out);
	case '(': return take_parens(q, out);
	case '0' ... '9': return take_number(q, out);
	default: return is(q, q->p, NAME) && take_word(q, out);
	}
}

/* ---- Pipelines ---- */

/* Whether a delimiter begins here: `}}`, or `-}}` behind a space. */
static bool at_delim(const struct quick *q)
{
	const char *p = q->p;
	if (q->end - p >= 2 && p[0] == '}' && p[1] == '}')
		return true;
	return q->end - p >= 3 && p[0] == '-' && p[1] == '}' && p[2] == '}' && p > q->text && p[-1] == ' ';
}

/* Up to a bar, parenthesis or delimiter, which is left. */
static bool take_command(struct quick *q, const struct node_command **out)
{
	struct parser *p = q->t->parser;
	struct node_command *n = node_at(q, sizeof(*n), NODE_COMMAND, q->p);
	size_t mark = p->scratch.n;
	while (q->p < q->end && *q->p != '|' && *q->p != ')' && !at_delim(q)) {
		const struct node *operand;
		if (!take_operand(q, &operand))
			return false;
		vec_push_in(&p->scratch, q->a, operand);
		skip_spaces(q);
	}
	n->args = tree_take_list(q->t, mark);
	*out = n;
	return n->args.n > 0;
}

static bool may_be_piped_to(const struct node_command *n)
{
	enum node_type type = n->args.p[0]->type;
	return type != NODE_BOOL && type != NODE_DOT && type != NODE_NIL && type != NODE_NUMBER && type != NODE_STRING;
}

/* Commands up to a parenthesis or delimiter, which is left; spaces are behind. */
static bool take_pipe(struct quick *q, struct node_pipe *pipe)
{
	struct parser *p = q->t->parser;
	size_t mark = p->scratch.n;
	const struct node_command *command;
	for (;;) {
		if (!take_command(q, &command) || (p->scratch.n > mark && !may_be_piped_to(command)))
			return false;
		vec_push_in(&p->scratch, q->a, command);
		if (q->p == q->end || *q->p != '|')
			break;
		q->p++;
		skip_spaces(q);
	}
	pipe->commands = tree_take_list(q->t, mark);
	return true;
}

/* `$x := `, `$x = `, and in a range `$i, $x := `; nothing else that begins with a variable is touched. */
static bool take_declarations(struct quick *q, bool is_range, struct node_pipe *pipe)
{
	struct quick look = *q;
	struct str names[2];
	size_t n = 0;
	for (;;) {
		const char *at = look.p;
		if (at == look.end || *at != '$')
			return n == 0;
		look.p = skip(&look, at + 1, NAME);
		names[n++] = str_span(at, look.p);
		skip_spaces(&look);
		if (!is_range || n == 2 || look.p == look.end || *look.p != ',')
			break;
		look.p++;
		skip_spaces(&look);
	}
	size_t left = (size_t)(look.end - look.p);
	bool declares = left >= 2 && look.p[0] == ':' && look.p[1] == '=';
	bool assigns = left >= 2 && look.p[0] == '=' && look.p[1] == ' ' && look.p[-1] == ' ';
	if (!declares && !assigns)
		return n == 1;
	pipe->is_assign = assigns;
	for (size_t i = 0; i < n; i++) {
		struct token token = { TOKEN_VARIABLE, (uint32_t)(names[i].p - q->text), q->line, names[i] };
		parse_declare(q->t, pipe, &token);
	}
	q->p = look.p + (declares ? 2 : 1);
	skip_spaces(q);
	return true;
}

bool parse_pipe_quick(struct tree *t, const char *context, const struct node_pipe **out)
{
	struct lexer *l = &t->parser->lexer;
	size_t scope = t->scope.n, mark = t->parser->scratch.n;
	struct quick q = { .t = t, .a = t->parser->in->arena, .text = l->text.p, .end = l->text.p + l->text.n, .line = l->line };
	bool has_paren = t->peeked && t->token[0].type == TOKEN_LEFT_PAREN;
	if (t->peeked > 1 || !l->inside || l->parens != has_paren)
		return false;
	q.p = q.text + l->pos;
	if (t->peeked) {
		/* What was read of an action to see what it is; its line is the lexer's, or there was an end of line in between. */
		if (t->token[0].line != l->line)
			return false;
		q.p = q.text + t->token[0].pos;
	}
	skip_spaces(&q);
	struct node_pipe *pipe = node_at(&q, sizeof(*pipe), NODE_PIPE, q.p);
	if (!take_declarations(&q, strcmp(context, "range") == 0, pipe) || !take_pipe(&q, pipe) || !at_delim(&q)) {
		parse_pop_scope(t, scope);
		t->parser->scratch.n = mark;
		return false;
	}
	bool trims = *q.p == '-';
	t->token[0] = (struct token){ TOKEN_RIGHT_DELIM, (uint32_t)(q.p + trims - q.text), q.line, { q.p + trims, 2 } };
	t->peeked = 0;
	l->parens = 0;
	lexer_leave(l, t->token[0].pos + 2, trims);
	*out = pipe;
	return true;
}
