/*
 * regex_parse.c: the part of the parser that both dialects share: alternatives, sequences, groups, repetition, literals.
 *
 * Open groups are frames on a stack, not calls, so that a pattern's depth costs no C stack; what the tree's height may be is capped, so
 * later passes may recurse over it.
 */
#include "text/regex_parser.h"

#include <string.h>

#include "base/utf8.h"

static struct regex_node *node_new(struct parser *p, enum regex_node_op op)
{
	struct regex_node *node = arena_new(p->a, struct regex_node);
	node->op = (uint8_t)op;
	node->height = 1;
	node->size = 1;
	return node;
}

bool parser_rune(struct parser *p, uint32_t *rune)
{
	size_t n = utf8_decode(parser_rest(p), rune);
	if (n == 1 && *rune == UTF8_BAD)
		return p->dialect->bad_utf8(p);
	p->i += n;
	return true;
}

bool parser_control(uint32_t letter, uint32_t *rune)
{
	static const char letters[] = "afnrtv", controls[] = "\a\f\n\r\t\v";
	const char *at = letter && letter < 0x80 ? strchr(letters, (int)letter) : NULL;
	if (at)
		*rune = (uint32_t)controls[at - letters];
	return at;
}

int parser_unhex(uint32_t c)
{
	if (c >= '0' && c <= '9')
		return (int)c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f' && c < 0x80)
		return (int)(c | 32) - 'a' + 10;
	return -1;
}

bool parser_push(struct parser *p, struct regex_node *node)
{
	if (node->height > REGEX_DEPTH_MAX)
		return p->dialect->too_deep(p);
	if (node->size > REGEX_SIZE_MAX)
		return p->dialect->too_large(p);
	struct parse_frame *frame = &vec_last(&p->frames);
	frame->after_flags = false;
	vec_push_in(&frame->sequence, p->a, node);
	return true;
}

bool parser_push_class(struct parser *p, class_ranges *ranges, enum class_sign sign)
{
	class_normalize(ranges);
	if (p->flags & PARSE_FOLD)
		class_fold(ranges, p->a);
	if (sign == CLASS_NEGATED)
		class_negate(ranges, p->a);
	struct regex_node *node = node_new(p, ranges->n > 0 ? NODE_CLASS : NODE_NEVER);
	node->set = class_set(ranges);
	return parser_push(p, node);
}

bool parser_push_rune(struct parser *p, uint32_t rune)
{
	if ((p->flags & PARSE_FOLD) && unicode_fold(rune) != rune) {
		class_ranges orbit = { 0 };
		class_add(&orbit, p->a, rune, rune);
		return parser_push_class(p, &orbit, CLASS_AS_IS);
	}
	struct regex_node *node = node_new(p, NODE_RUNE);
	node->value = rune;
	return parser_push(p, node);
}

bool parser_push_assert(struct parser *p, enum regex_assert assert)
{
	struct regex_node *node = node_new(p, NODE_ASSERT);
	node->value = assert;
	node->nullable = true;
	return parser_push(p, node);
}

uint32_t parser_new_group(struct parser *p, struct str name, size_t at)
{
	vec_push_in(&p->names, p->a, arena_str(p->a, name));
	vec_push_in(&p->name_at, p->a, at);
	return (uint32_t)p->names.n - 1;
}

void parser_open(struct parser *p, uint32_t group, size_t at, unsigned outer)
{
	vec_push_in(&p->frames, p->a, (struct parse_frame){ .flags = outer, .group = group, .at = at });
}

/* The list as one node: itself where it is one. */
static struct regex_node *node_join(struct parser *p, enum regex_node_op op, const node_list *list)
{
	if (list->n == 1)
		return list->p[0];
	struct regex_node *node = node_new(p, list->n > 0 ? op : NODE_EMPTY);
	node->subs = list->p;
	node->n = list->n;
	node->nullable = op == NODE_CONCAT || list->n == 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct regex_node *sub = list->p[i];
		node->size += sub->size + (op == NODE_ALTERNATE);
		node->height = (uint16_t)MAX(node->height, sub->height + 1);
		node->nullable = op == NODE_CONCAT ? node->nullable && sub->nullable : node->nullable || sub->nullable;
	}
	return node;
}

static void end_alternative(struct parser *p, struct parse_frame *frame)
{
	vec_push_in(&frame->alternatives, p->a, node_join(p, NODE_CONCAT, &frame->sequence));
	frame->sequence = (node_list){ 0 };
	frame->after_flags = false;
}

static struct regex_node *frame_node(struct parser *p, struct parse_frame *frame)
{
	end_alternative(p, frame);
	return node_join(p, NODE_ALTERNATE, &frame->alternatives);
}

static bool close_group(struct parser *p)
{
	if (p->frames.n == 1)
		return p->dialect->unopened(p);
	p->i++;
	struct parse_frame frame = vec_last(&p->frames);
	struct regex_node *node = frame_node(p, &frame);
	p->frames.n--;
	p->flags = frame.flags;
	if (frame.group > 0) {
		struct regex_node *group = node_new(p, NODE_GROUP);
		group->value = frame.group;
		group->subs = arena_new(p->a, struct regex_node *);
		group->subs[0] = node;
		group->n = 1;
		group->height = (uint16_t)(node->height + 1);
		group->nullable = node->nullable;
		group->size = node->size + 2;
		node = group;
	}
	return parser_push(p, node);
}

/* Wraps the last item in a repetition. The caller has made sure that there is one. */
static bool repeat_last(struct parser *p, int min, int max, bool lazy)
{
	struct parse_frame *frame = &vec_last(&p->frames);
	struct regex_node *sub = frame->sequence.p[--frame->sequence.n];
	struct regex_node *node = node_new(p, NODE_REPEAT);
	node->lazy = lazy;
	node->min = min;
	node->max = max;
	node->subs = arena_new(p->a, struct regex_node *);
	node->subs[0] = sub;
	node->n = 1;
	node->height = (uint16_t)(sub->height + 1);
	node->nullable = min == 0 || sub->nullable;
	node->size = sub->size * MAX(1, MAX(min, max)) + 2 + MAX(0, max - min);
	return parser_push(p, node);
}

static bool parse_repeat(struct parser *p)
{
	size_t from = p->i, before = p->repeat_end == p->i ? p->repeat_from : STR_NPOS;
	char op = p->s.p[p->i];
	int min = op == '+', max = op == '?' ? 1 : -1;
	if (op == '{') {
		bool counted = false;
		if (!p->dialect->braces(p, &min, &max, &counted))
			return false;
		if (!counted) {
			p->i++;
			return parser_push_rune(p, '{');
		}
	} else {
		p->i++;
	}
	bool lazy = p->flags & PARSE_UNGREEDY;
	if (parser_peek(p, 0) == '?') {
		p->i++;
		lazy = !lazy;
	}
	if (!p->dialect->check_repeat(p, from, before))
		return false;
	p->repeat_from = from;
	p->repeat_end = p->i;
	return repeat_last(p, min, max, lazy) && p->dialect->check_repeated(p, from);
}

static bool parse_dot(struct parser *p)
{
	class_ranges c = { 0 };
	if (p->flags & PARSE_ASCII)
		return p->dialect->not_ascii(p);
	p->i++;
	if (!(p->flags & PARSE_DOT_ALL)) {
		class_add(&c, p->a, '\n', '\n');
		if (p->flags & PARSE_CRLF)
			class_add(&c, p->a, '\r', '\r');
	}
	class_negate(&c, p->a);
	unsigned flags = p->flags;
	p->flags &= ~(unsigned)PARSE_FOLD;
	bool ok = parser_push_class(p, &c, CLASS_AS_IS);
	p->flags = flags;
	return ok;
}

static bool parse_anchor(struct parser *p)
{
	bool begin = p->s.p[p->i++] == '^';
	if (!(p->flags & PARSE_MULTILINE))
		return parser_push_assert(p, begin ? ASSERT_BEGIN_TEXT : ASSERT_END_TEXT);
	if (p->flags & PARSE_CRLF)
		return parser_push_assert(p, begin ? ASSERT_BEGIN_CRLF : ASSERT_END_CRLF);
	return parser_push_assert(p, begin ? ASSERT_BEGIN_LINE : ASSERT_END_LINE);
}

static void skip_space(struct parser *p)
{
	while (!parser_at_end(p)) {
		uint32_t r;
		size_t n = utf8_decode(parser_rest(p), &r);
		if (r == '#') {
			while (!parser_at_end(p) && parser_peek(p, 0) != '\n')
				p->i++;
			continue;
		}
		if (!unicode_is_space(r))
			return;
		p->i += n;
	}
}

static bool parse_item(struct parser *p)
{
	char c = p->s.p[p->i];
	if (c == '*' || c == '+' || c == '?' || c == '{')
		return parse_repeat(p);
	uint32_t rune;
	switch (c) {
	case '(':
		return p->dialect->group(p);
	case ')':
		return close_group(p);
	case '|':
		p->i++;
		end_alternative(p, &vec_last(&p->frames));
		return true;
	case '[':
		return p->dialect->class(p);
	case '\\':
		return p->dialect->escape(p);
	case '.':
		return parse_dot(p);
	case '^':
	case '$':
		return parse_anchor(p);
	default:
		return parser_rune(p, &rune) && parser_push_rune(p, rune);
	}
}

static bool parse_all(struct parser *p, unsigned flags)
{
	while (!parser_at_end(p)) {
		if (p->flags & PARSE_SPACE) {
			skip_space(p);
			if (parser_at_end(p))
				break;
		}
		uint32_t rune;
		bool ok = flags & REGEX_LITERAL ? parser_rune(p, &rune) && parser_push_rune(p, rune) : parse_item(p);
		if (!ok)
			return false;
	}
	return p->frames.n == 1 || p->dialect->unclosed(p, &vec_last(&p->frames));
}

bool regex_parse(struct arena *a, struct str pattern, unsigned flags, struct regex_tree *out, struct err *err)
{
	struct parser p = { .a = a, .s = pattern, .err = err, .repeat_end = STR_NPOS };
	p.dialect = flags & REGEX_RUST ? &parse_rust : &parse_go;
	if (flags & REGEX_IGNORE_CASE)
		p.flags |= PARSE_FOLD;
	parser_new_group(&p, STR(""), 0);
	parser_open(&p, 0, 0, 0);
	bool ok = parse_all(&p, flags);
	if (ok)
		out->root = frame_node(&p, &p.frames.p[0]);
	if (ok && out->root->height > REGEX_DEPTH_MAX)
		ok = p.dialect->too_deep(&p);
	if (ok && p.late.message) {
		err_move(err, &p.late);
		return false;
	}
	err_deinit(&p.late);
	if (!ok)
		return false;
	if (out->root->size > REGEX_SIZE_MAX)
		return p.dialect->too_large(&p);
	out->names = p.names;
	return true;
}
