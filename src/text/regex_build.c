/*
 * regex_build.c: from the tree to a program of choices, saves, assertions and sets.
 *
 * Nodes are emitted from the end backward: each is told which instruction follows it, so nothing needs patching but the loop's own
 * choice. The order of the two ways of a choice is the expression's preference. A loop whose body can be empty is built as an optional
 * plus loop, which keeps that order right (the way Go's compiler documents for `(|a)*`).
 */
#include "text/regex_internal.h"

#include <assert.h>

#include "base/utf8.h"

struct builder {
	struct arena *a;
	VEC(struct regex_inst) insts;
	VEC(struct regex_class) classes;
	uint32_t asserts;
};

static uint32_t emit(struct builder *b, enum regex_op op, uint32_t next, uint32_t arg)
{
	vec_push_in(&b->insts, b->a, (struct regex_inst){ op, next, arg });
	return (uint32_t)b->insts.n - 1;
}

static uint32_t emit_choice(struct builder *b, bool lazy, uint32_t body, uint32_t next)
{
	return lazy ? emit(b, OP_ALT, next, body) : emit(b, OP_ALT, body, next);
}

static uint32_t emit_class(struct builder *b, struct regex_node *node, uint32_t next)
{
	if (node->class_at == 0) {
		struct regex_class c = { .set = node->set };
		for (size_t i = 0; i < node->set.n && node->set.p[i].lo < 128; i++)
			for (uint32_t r = node->set.p[i].lo; r <= MIN(node->set.p[i].hi, 127); r++)
				c.ascii[r >> 6] |= (uint64_t)1 << (r & 63);
		vec_push_in(&b->classes, b->a, c);
		node->class_at = (uint32_t)b->classes.n;
	}
	return emit(b, OP_CLASS, next, node->class_at - 1);
}

static uint32_t emit_node(struct builder *b, struct regex_node *node, uint32_t next);

/* The body and behind it the choice between once more and on; *body is the body's entry. Returns the choice. */
static uint32_t emit_loop(struct builder *b, struct regex_node *sub, bool lazy, uint32_t next, uint32_t *body)
{
	uint32_t loop = emit(b, OP_ALT, 0, 0);
	*body = emit_node(b, sub, loop);
	b->insts.p[loop].next = lazy ? next : *body;
	b->insts.p[loop].arg = lazy ? *body : next;
	return loop;
}

static uint32_t emit_plus(struct builder *b, struct regex_node *sub, bool lazy, uint32_t next)
{
	uint32_t body;
	emit_loop(b, sub, lazy, next, &body);
	return body;
}

static uint32_t emit_star(struct builder *b, struct regex_node *sub, bool lazy, uint32_t next)
{
	uint32_t body;
	if (sub->nullable)
		return emit_choice(b, lazy, emit_plus(b, sub, lazy, next), next);
	return emit_loop(b, sub, lazy, next, &body);
}

static uint32_t emit_repeat(struct builder *b, struct regex_node *node, uint32_t next)
{
	struct regex_node *sub = node->subs[0];
	int min = node->min;
	if (node->max < 0) {
		if (min == 0)
			return emit_star(b, sub, node->lazy, next);
		next = emit_plus(b, sub, node->lazy, next);
		min--;
	} else {
		/* x{2,4} is xx(x(x)?)?: each optional one is left only by the way behind all. */
		uint32_t out = next;
		for (int i = min; i < node->max; i++)
			next = emit_choice(b, node->lazy, emit_node(b, sub, next), out);
	}
	for (int i = 0; i < min; i++)
		next = emit_node(b, sub, next);
	return next;
}

static uint32_t emit_node(struct builder *b, struct regex_node *node, uint32_t next)
{
	switch ((enum regex_node_op)node->op) {
	case NODE_EMPTY:
		return next;
	case NODE_NEVER:
		return emit(b, OP_NEVER, 0, 0);
	case NODE_RUNE:
		return emit(b, OP_RUNE, next, node->value);
	case NODE_CLASS:
		return emit_class(b, node, next);
	case NODE_ASSERT:
		b->asserts |= node->value;
		return emit(b, OP_ASSERT, next, node->value);
	case NODE_GROUP:
		next = emit(b, OP_SAVE, next, node->value * 2 + 1);
		return emit(b, OP_SAVE, emit_node(b, node->subs[0], next), node->value * 2);
	case NODE_REPEAT:
		return emit_repeat(b, node, next);
	case NODE_CONCAT:
		for (size_t i = node->n; i > 0; i--)
			next = emit_node(b, node->subs[i - 1], next);
		return next;
	case NODE_ALTERNATE: {
		uint32_t rest = emit_node(b, node->subs[node->n - 1], next);
		for (size_t i = node->n - 1; i > 0; i--)
			rest = emit(b, OP_ALT, emit_node(b, node->subs[i - 1], next), rest);
		return rest;
	}
	}
	assert(!"node op");
	return next;
}

/* The literal text that every match begins with. */
static void find_prefix(struct builder *b, struct regex *re)
{
	size_t n = 0, cap = 0;
	char *p = NULL;
	uint32_t at = re->start;
	for (;;) {
		const struct regex_inst *in = &re->insts[at];
		if (in->op == OP_RUNE) {
			if (n + 4 > cap) {
				p = arena_grow(b->a, p, cap, cap * 2 + 16);
				cap = cap * 2 + 16;
			}
			/* U+FFFD also matches invalid bytes: no literal text. */
			if (in->arg == UTF8_BAD)
				break;
			n += utf8_encode(in->arg, p + n);
		} else if (in->op != OP_SAVE) {
			break;
		}
		at = in->next;
	}
	re->prefix = (struct str){ p, n };
	re->whole_prefix = n > 0 && re->insts[at].op == OP_MATCH && re->groups == 1;
}

static void add_first(struct regex *re, uint32_t lo, uint32_t hi)
{
	for (uint32_t r = lo; r <= MIN(hi, 127); r++)
		re->first[r >> 6] |= (uint64_t)1 << (r & 63);
	if (hi > 127) /* any lead byte, and invalid ones */
		re->first[2] = re->first[3] = ~(uint64_t)0;
}

/* Which bytes can begin a match; none is known where the empty text may match. Also whether all ways begin with \A. */
static void find_first(struct builder *b, struct regex *re)
{
	bool *seen = arena_array(b->a, bool, re->n);
	VEC(uint32_t) todo = { 0 };
	re->can_skip = true;
	re->anchored = true;
	vec_push_in(&todo, b->a, re->start);
	while (todo.n > 0) {
		uint32_t at = todo.p[--todo.n];
		if (seen[at])
			continue;
		seen[at] = true;
		const struct regex_inst *in = &re->insts[at];
		switch ((enum regex_op)in->op) {
		case OP_MATCH:
			re->can_skip = re->anchored = false;
			break;
		case OP_NEVER:
			break;
		case OP_ALT:
			vec_push_in(&todo, b->a, in->arg);
			vec_push_in(&todo, b->a, in->next);
			break;
		case OP_ASSERT:
			if (in->arg == ASSERT_BEGIN_TEXT)
				break; /* only at the beginning, which needs no skipping */
			vec_push_in(&todo, b->a, in->next);
			break;
		case OP_SAVE:
			vec_push_in(&todo, b->a, in->next);
			break;
		case OP_RUNE:
			re->anchored = false;
			add_first(re, in->arg, in->arg);
			break;
		case OP_CLASS:
			re->anchored = false;
			for (size_t i = 0; i < re->classes[in->arg].set.n; i++)
				add_first(re, re->classes[in->arg].set.p[i].lo, re->classes[in->arg].set.p[i].hi);
			break;
		}
	}
}

void regex_build(struct arena *a, const struct regex_tree *tree, struct regex *out)
{
	struct builder b = { .a = a };
	uint32_t match = emit(&b, OP_MATCH, 0, 0);
	out->start = emit_node(&b, tree->root, match);
	out->insts = b.insts.p;
	out->n = (uint32_t)b.insts.n;
	out->classes = b.classes.p;
	out->asserts = b.asserts;
	out->names = tree->names.p;
	out->groups = tree->names.n;
	find_prefix(&b, out);
	find_first(&b, out);
}
