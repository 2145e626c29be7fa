/*
 * regex_class.c: sets of code points as sorted ranges.
 *
 * A class is built by adding ranges in any order; normalizing sorts and merges them. Folding walks only the few thousand code points that
 * have a case at all, so that `(?i)[^x]` costs no more than `(?i)[a-z]`.
 */
#include "text/regex_internal.h"

#include <stdlib.h>

#include "text/unicode_tables.h"

void class_add(class_ranges *c, struct arena *a, uint32_t lo, uint32_t hi)
{
	/* Text comes mostly in runs: extend the last range where that is all it takes. */
	if (c->n > 0 && lo >= vec_last(c).lo && lo <= vec_last(c).hi + 1) {
		if (hi > vec_last(c).hi)
			vec_last(c).hi = hi;
		return;
	}
	vec_push_in(c, a, (struct unicode_range){ lo, hi });
}

void class_add_set(class_ranges *c, struct arena *a, struct unicode_set set)
{
	for (size_t i = 0; i < set.n; i++)
		class_add(c, a, set.p[i].lo, set.p[i].hi);
}

void class_add_negated(class_ranges *c, struct arena *a, struct unicode_set set)
{
	uint32_t next = 0;
	for (size_t i = 0; i < set.n; i++) {
		if (set.p[i].lo > next)
			class_add(c, a, next, set.p[i].lo - 1);
		next = set.p[i].hi + 1;
	}
	if (next <= RUNE_MAX)
		class_add(c, a, next, RUNE_MAX);
}

static int by_lo(const void *l, const void *r)
{
	const struct unicode_range *a = l, *b = r;
	return a->lo != b->lo ? (a->lo < b->lo ? -1 : 1) : (a->hi > b->hi) - (a->hi < b->hi);
}

void class_normalize(class_ranges *c)
{
	if (c->n < 2)
		return;
	qsort(c->p, c->n, sizeof(*c->p), by_lo);
	size_t out = 0;
	for (size_t i = 1; i < c->n; i++) {
		if (c->p[i].lo <= c->p[out].hi + 1) {
			c->p[out].hi = MAX(c->p[out].hi, c->p[i].hi);
			continue;
		}
		c->p[++out] = c->p[i];
	}
	c->n = out + 1;
}

void class_negate(class_ranges *c, struct arena *a)
{
	class_ranges out = { 0 };
	class_add_negated(&out, a, class_set(c));
	*c = out;
}

void class_intersect(class_ranges *c, struct arena *a, struct unicode_set with)
{
	class_ranges out = { 0 };
	for (size_t i = 0, j = 0; i < c->n && j < with.n;) {
		uint32_t lo = MAX(c->p[i].lo, with.p[j].lo), hi = MIN(c->p[i].hi, with.p[j].hi);
		if (lo <= hi)
			class_add(&out, a, lo, hi);
		if (c->p[i].hi < with.p[j].hi)
			i++;
		else
			j++;
	}
	*c = out;
}

/* Adds the orbit of r to `out` if r is in `set`. */
static void fold_one(class_ranges *out, struct arena *a, struct unicode_set set, uint32_t r)
{
	if (!unicode_set_has(set, r))
		return;
	for (uint32_t f = unicode_fold(r); f != r; f = unicode_fold(f))
		if (!unicode_set_has(set, f))
			class_add(out, a, f, f);
}

void class_fold(class_ranges *c, struct arena *a)
{
	if (c->n == 1 && c->p[0].lo == 0 && c->p[0].hi == RUNE_MAX)
		return;
	class_ranges more = { 0 };
	struct unicode_set set = class_set(c);
	for (uint32_t r = 'A'; r <= 'Z'; r++) {
		fold_one(&more, a, set, r);
		fold_one(&more, a, set, r + 32);
	}
	for (size_t i = 0; i < unicode_case_runs_n; i++) {
		const struct unicode_case_run *run = &unicode_case_runs[i];
		for (uint32_t r = run->lo; r <= run->hi; r += run->stride)
			fold_one(&more, a, set, r);
	}
	for (size_t i = 0; i < unicode_folds_n; i++)
		fold_one(&more, a, set, unicode_folds[i].from);
	class_add_set(c, a, class_set(&more));
	class_normalize(c);
}

#define SET(...)                                                                                                                       \
	{                                                                                                                              \
		(const struct unicode_range[]){ __VA_ARGS__ }, sizeof((struct unicode_range[]){ __VA_ARGS__ }) / sizeof(struct unicode_range) \
	}

static const struct {
	struct str name;
	struct unicode_set set;
} ascii_classes[] = {
	{ STR_INIT("alnum"), SET({ '0', '9' }, { 'A', 'Z' }, { 'a', 'z' }) },
	{ STR_INIT("alpha"), SET({ 'A', 'Z' }, { 'a', 'z' }) },
	{ STR_INIT("ascii"), SET({ 0, 0x7F }) },
	{ STR_INIT("blank"), SET({ '\t', '\t' }, { ' ', ' ' }) },
	{ STR_INIT("cntrl"), SET({ 0, 0x1F }, { 0x7F, 0x7F }) },
	{ STR_INIT("digit"), SET({ '0', '9' }) },
	{ STR_INIT("graph"), SET({ '!', '~' }) },
	{ STR_INIT("lower"), SET({ 'a', 'z' }) },
	{ STR_INIT("print"), SET({ ' ', '~' }) },
	{ STR_INIT("punct"), SET({ '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' }) },
	{ STR_INIT("space"), SET({ '\t', '\r' }, { ' ', ' ' }) },
	{ STR_INIT("upper"), SET({ 'A', 'Z' }) },
	{ STR_INIT("word"), SET({ '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' }) },
	{ STR_INIT("xdigit"), SET({ '0', '9' }, { 'A', 'F' }, { 'a', 'f' }) },
	{ STR_INIT("d"), SET({ '0', '9' }) },
	{ STR_INIT("s"), SET({ '\t', '\n' }, { '\f', '\r' }, { ' ', ' ' }) },
	{ STR_INIT("w"), SET({ '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' }) },
};

bool class_find_ascii(struct str name, struct unicode_set *out)
{
	for (size_t i = 0; i < ARRAY_LEN(ascii_classes); i++) {
		if (str_eq(ascii_classes[i].name, name)) {
			*out = ascii_classes[i].set;
			return true;
		}
	}
	return false;
}
