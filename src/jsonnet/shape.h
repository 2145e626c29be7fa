/*
 * shape.h: the names of a layer's fields with their index and their order.
 */
#ifndef JSONNET_SHAPE_H
#define JSONNET_SHAPE_H

#include "jsonnet/ast.h"

/* A shape of constant names, immutable from then on. */
const struct shape *shape_constant(struct arena *a, const struct object_field *fields, uint32_t n, const struct node_object *code);

/* A shape made while a program runs: room for n fields, to be filled before shape_finish. */
struct shape *shape_new(struct vm *vm, uint32_t n, enum shape_kind kind, const struct node_object *code);
/* The fields of a shape that is being made. */
struct field *shape_fields(struct shape *s);
/* Makes the index of the first n fields. False where two names are equal: *twice is the second one's number. */
MUST_CHECK bool shape_finish(struct shape *s, uint32_t n, uint32_t *twice);
/* The number of the field of that name (fit for name_same), or -1. */
static inline int32_t shape_find(const struct shape *s, const struct jstr *name)
{
	if (!s->hash) {
		for (uint32_t i = 0; i < s->gc.n; i++)
			if (name_same(s->fields[i].name, name))
				return (int32_t)i;
		return -1;
	}
	for (uint32_t at = name->gc.n & s->mask; s->hash[at]; at = (at + 1) & s->mask)
		if (name_same(s->fields[s->hash[at] - 1].name, name))
			return (int32_t)s->hash[at] - 1;
	return -1;
}
/* Field numbers in order of names. */
const uint32_t *shape_sorted(struct vm *vm, const struct shape *s);
int name_cmp(const struct jstr *a, const struct jstr *b);

#endif
