/*
 * The one user of libyaml's header. go-yaml is a port of libyaml, so the events are the same; what differs is done here: the text is
 * handed over in go-yaml's pieces of 512 bytes (the reader checks a whole piece before the scanner sees it, which decides which of
 * two errors shows), and messages get go-yaml's idea of the line. Trees are built with a stack of open nodes, not by recursion.
 */
#include "data/yaml_stream.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/vec.h"

enum { PIECE = 512 };

struct open_node {
	struct yaml_node *node, *last; /* the node and its newest child */
};

struct yaml_stream {
	yaml_parser_t parser;
	struct str text;
	size_t given; /* bytes that the parser has taken */
	const struct yaml_options *options;
	struct arena *arena;
	struct map anchors; /* name to struct yaml_node *, of the current document */
	VEC(struct open_node) open;
	bool ended;
};

static int give_piece(void *data, unsigned char *room, size_t size, size_t *n)
{
	struct yaml_stream *s = data;
	*n = MIN(MIN(size, (size_t)PIECE), s->text.n - s->given);
	memcpy(room, s->text.p + s->given, *n);
	s->given += *n;
	return 1;
}

bool yaml_fail(struct err *err, enum err_kind kind, const struct yaml_options *options, struct str text, uint32_t line, uint32_t column,
	       const char *message)
{
	err_set(err, kind, "%s%s", options->file.n ? "" : "yaml: ", message);
	err_at(err, options->file, line, column);
	if (options->file.n)
		err_excerpt(err, text, 1);
	return false;
}

/*
 * The line that go-yaml prints, 0 for none: of the problem, or else of its context (yaml.v3 the other way round), counted from 0, but from
 * 1 for scanner errors; and never line 0.
 */
static size_t go_line(const yaml_parser_t *p, enum yaml_rules rules)
{
	size_t first = p->problem_mark.line, second = p->context_mark.line;
	if (p->error == YAML_READER_ERROR)
		return 0;
	if (rules == YAML_V3) {
		first = p->context_mark.line;
		second = p->problem_mark.line;
	}
	size_t line = first ? first : second;
	return line && p->error == YAML_SCANNER_ERROR ? line + 1 : line;
}

static bool parser_failed(struct yaml_stream *s, struct err *err)
{
	const yaml_parser_t *p = &s->parser;
	if (p->error == YAML_MEMORY_ERROR)
		base_die("out of memory");
	AUTO_BUF message = { 0 };
	size_t line = go_line(p, s->options->rules);
	if (line && !s->options->file.n)
		buf_addf(&message, "line %zu: ", line);
	buf_add_c(&message, p->problem ? p->problem : "unknown problem parsing YAML content");
	const yaml_mark_t *at = p->error == YAML_READER_ERROR ? &p->mark : &p->problem_mark;
	return yaml_fail(err, ERR_SYNTAX, s->options, s->text, (uint32_t)at->line + 1, (uint32_t)at->column + 1, buf_str(&message).p);
}

bool yaml_stream_new(struct str text, const struct yaml_options *options, struct arena *a, struct yaml_stream **out, struct err *err)
{
	if (text.n > YAML_MAX_SIZE)
		return err_set(err, ERR_LIMIT, "YAML text of more than %zu bytes", YAML_MAX_SIZE);
	struct yaml_stream *s = xcalloc(1, sizeof(*s));
	*s = (struct yaml_stream){ .text = text.p ? text : STR(""), .options = options, .arena = a };
	if (!yaml_parser_initialize(&s->parser))
		base_die("out of memory");
	yaml_parser_set_input(&s->parser, give_piece, s);
	map_init(&s->anchors, sizeof(struct yaml_node *), NULL);
	*out = s;
	return true;
}

void yaml_stream_free(struct yaml_stream *s)
{
	if (!s)
		return;
	yaml_parser_delete(&s->parser);
	map_deinit(&s->anchors);
	vec_deinit(&s->open);
	free(s);
}

static struct str copy_text(struct arena *a, const yaml_char_t *p, size_t n)
{
	return arena_str(a, (struct str){ (const char *)p, n });
}

static struct str copy_name(struct arena *a, const yaml_char_t *p)
{
	return p ? copy_text(a, p, strlen((const char *)p)) : STR_NONE;
}

static enum yaml_style scalar_style(const yaml_event_t *e)
{
	switch (e->data.scalar.style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE: return YAML_STYLE_SINGLE;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return YAML_STYLE_DOUBLE;
	case YAML_LITERAL_SCALAR_STYLE: return YAML_STYLE_LITERAL;
	case YAML_FOLDED_SCALAR_STYLE: return YAML_STYLE_FOLDED;
	default: return YAML_STYLE_PLAIN;
	}
}

/* What a node is, from its event; anchors are registered by the caller. */
static void fill_node(struct yaml_stream *s, const yaml_event_t *e, struct yaml_node *n, const yaml_char_t **anchor)
{
	*anchor = NULL;
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		n->kind = YAML_NODE_SCALAR;
		n->style = scalar_style(e);
		n->text = copy_text(s->arena, e->data.scalar.value, e->data.scalar.length);
		n->tag = copy_name(s->arena, e->data.scalar.tag);
		n->untyped = !n->tag.n && n->style != YAML_STYLE_PLAIN;
		*anchor = e->data.scalar.anchor;
		break;
	case YAML_SEQUENCE_START_EVENT:
		n->kind = YAML_NODE_LIST;
		n->style = e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE ? YAML_STYLE_FLOW : YAML_STYLE_BLOCK;
		n->tag = copy_name(s->arena, e->data.sequence_start.tag);
		*anchor = e->data.sequence_start.anchor;
		break;
	case YAML_MAPPING_START_EVENT:
		n->kind = YAML_NODE_MAP;
		n->style = e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE ? YAML_STYLE_FLOW : YAML_STYLE_BLOCK;
		n->tag = copy_name(s->arena, e->data.mapping_start.tag);
		*anchor = e->data.mapping_start.anchor;
		break;
	default:
		n->kind = YAML_NODE_ALIAS;
		n->text = copy_name(s->arena, e->data.alias.anchor);
		break;
	}
}

static bool find_target(struct yaml_stream *s, struct yaml_node *alias, struct err *err)
{
	struct yaml_node **target = map_find(&s->anchors, alias->text);
	if (!target) {
		AUTO_BUF message = { 0 };
		buf_addf(&message, "unknown anchor '%.*s' referenced", STR_ARG(alias->text));
		return yaml_fail(err, ERR_SYNTAX, s->options, s->text, alias->line, alias->column, buf_str(&message).p);
	}
	alias->target = *target;
	return true;
}

/* In go-yaml a `?` ends a plain scalar within brackets, and nothing can follow there but an error: `[why? so]`. */
static bool check_question(struct yaml_stream *s, const yaml_event_t *e, const struct yaml_node *n, struct err *err)
{
	const struct yaml_node *parent = s->open.n ? vec_last(&s->open).node : NULL;
	if (n->kind != YAML_NODE_SCALAR || n->style != YAML_STYLE_PLAIN || !parent || parent->style != YAML_STYLE_FLOW)
		return true;
	size_t at = str_find_char(n->text, '?');
	if (at == STR_NPOS)
		return true;
	AUTO_BUF message = { 0 };
	if (e->end_mark.line && !s->options->file.n)
		buf_addf(&message, "line %zu: ", e->end_mark.line);
	buf_addf(&message, "did not find expected ',' or '%c'", parent->kind == YAML_NODE_LIST ? ']' : '}');
	return yaml_fail(err, ERR_SYNTAX, s->options, s->text, n->line, n->column + (uint32_t)at, buf_str(&message).p);
}

static bool add_node(struct yaml_stream *s, const yaml_event_t *e, struct yaml_node **root, struct err *err)
{
	struct yaml_node *n = arena_new(s->arena, struct yaml_node);
	const yaml_char_t *anchor;
	n->line = (uint32_t)e->start_mark.line + 1;
	n->column = (uint32_t)e->start_mark.column + 1;
	fill_node(s, e, n, &anchor);
	if (anchor) {
		n->anchor = copy_name(s->arena, anchor);
		*(struct yaml_node **)map_put(&s->anchors, n->anchor) = n;
	}
	if (n->kind == YAML_NODE_ALIAS && !find_target(s, n, err))
		return false;
	if (!check_question(s, e, n, err))
		return false;
	if (s->open.n) {
		struct open_node *parent = &vec_last(&s->open);
		*(parent->last ? &parent->last->next : &parent->node->child) = n;
		parent->last = n;
		parent->node->n++;
	} else {
		*root = n;
	}
	if (n->kind != YAML_NODE_LIST && n->kind != YAML_NODE_MAP)
		return true;
	if (s->open.n >= YAML_MAX_DEPTH)
		return yaml_fail(err, ERR_LIMIT, s->options, s->text, n->line, n->column, "exceeded max depth of 10000");
	vec_push(&s->open, (struct open_node){ n, NULL });
	return true;
}

/* go-yaml takes YAML 1.1 only. */
static bool check_version(struct yaml_stream *s, const yaml_event_t *e, struct err *err)
{
	const yaml_version_directive_t *version = e->data.document_start.version_directive;
	if (!version || (version->major == 1 && version->minor == 1))
		return true;
	AUTO_BUF message = { 0 };
	if (e->start_mark.line && !s->options->file.n)
		buf_addf(&message, "line %zu: ", e->start_mark.line);
	buf_add_c(&message, "found incompatible YAML document");
	return yaml_fail(err, ERR_SYNTAX, s->options, s->text, (uint32_t)e->start_mark.line + 1, 1, buf_str(&message).p);
}

static bool read_event(struct yaml_stream *s, const yaml_event_t *e, struct yaml_node **root, bool *done, struct err *err)
{
	switch (e->type) {
	case YAML_STREAM_END_EVENT:
		s->ended = true;
		*done = true;
		return true;
	case YAML_DOCUMENT_START_EVENT: return check_version(s, e, err);
	case YAML_DOCUMENT_END_EVENT:
		*done = true;
		return true;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		s->open.n--;
		return true;
	case YAML_SCALAR_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
	case YAML_ALIAS_EVENT:
		return add_node(s, e, root, err);
	default:
		return true;
	}
}

/* `--- ` with nothing behind it is a plain empty scalar in libyaml: no node for us. */
static bool is_nothing(const struct yaml_node *n)
{
	return n && n->kind == YAML_NODE_SCALAR && n->style == YAML_STYLE_PLAIN && n->text.n == 0 && !n->untyped && !n->tag.n;
}

bool yaml_stream_next(struct yaml_stream *s, struct yaml_node **root, bool *more, struct err *err)
{
	struct yaml_node *found = NULL;
	map_clear(&s->anchors);
	for (bool done = s->ended; !done;) {
		yaml_event_t e;
		if (!yaml_parser_parse(&s->parser, &e))
			return parser_failed(s, err);
		bool ok = read_event(s, &e, &found, &done, err);
		yaml_event_delete(&e);
		if (!ok)
			return false;
	}
	*more = !s->ended;
	*root = is_nothing(found) ? NULL : found;
	return true;
}
