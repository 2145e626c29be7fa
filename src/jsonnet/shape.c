/* Up to SMALL fields are compared one by one; above there is an index with open addressing, at most half full. */
#include "jsonnet/shape.h"

#include <stdlib.h>

#include "jsonnet/vm.h"

#define SMALL 4

static struct str name_bytes(const struct jstr *s)
{
	return (struct str){ s->gc.state == STR_FLAT ? s->data : s->at, s->size };
}

int name_cmp(const struct jstr *a, const struct jstr *b)
{
	return str_cmp(name_bytes(a), name_bytes(b));
}

static uint32_t hash_size(uint32_t n)
{
	uint32_t size = 8;
	while (size < n * 2)
		size *= 2;
	return size;
}

static bool fill_hash(uint32_t *hash, uint32_t mask, const struct field *fields, uint32_t n, uint32_t *twice)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = fields[i].name->gc.n & mask;
		for (; hash[at]; at = (at + 1) & mask) {
			if (name_same(fields[hash[at] - 1].name, fields[i].name)) {
				*twice = i;
				return false;
			}
		}
		hash[at] = i + 1;
	}
	return true;
}

static int cmp_numbers(const void *a, const void *b, void *fields)
{
	const struct field *f = fields;
	return name_cmp(f[*(const uint32_t *)a].name, f[*(const uint32_t *)b].name);
}

static void sort_numbers(uint32_t *sorted, const struct field *fields, uint32_t n)
{
	bool ordered = true;
	for (uint32_t i = 0; i < n; i++) {
		sorted[i] = i;
		ordered = ordered && (i == 0 || name_cmp(fields[i - 1].name, fields[i].name) < 0);
	}
	if (!ordered)
		qsort_r(sorted, n, sizeof(*sorted), cmp_numbers, (void *)(uintptr_t)fields);
}

const struct shape *shape_constant(struct arena *a, const struct object_field *from, uint32_t n, const struct node_object *code)
{
	struct shape *s = arena_new(a, struct shape);
	struct field *fields = arena_array(a, struct field, n);
	uint32_t *sorted = arena_array(a, uint32_t, n);
	s->gc = (struct gc){ .type = GC_SHAPE, .state = SHAPE_LITERAL, .n = n };
	s->code = code;
	s->all_visible = true;
	for (uint32_t i = 0; i < n; i++) {
		fields[i] = (struct field){ .name = from[i].constant, .body = from[i].body, .vis = from[i].vis, .plus = from[i].plus, .slot = i };
		s->all_visible = s->all_visible && from[i].vis != VIS_HIDDEN;
	}
	sort_numbers(sorted, fields, n);
	s->fields = fields;
	s->sorted = sorted;
	if (n > SMALL) {
		uint32_t size = hash_size(n), twice;
		uint32_t *hash = arena_array(a, uint32_t, size);
		s->mask = size - 1;
		if (fill_hash(hash, s->mask, fields, n, &twice))
			s->hash = hash;
	}
	return s;
}

struct shape *shape_new(struct vm *vm, uint32_t n, enum shape_kind kind, const struct node_object *code)
{
	uint32_t size = n > SMALL ? hash_size(n) : 0;
	size_t fields_size = (size_t)n * sizeof(struct field);
	struct shape *s = heap_alloc(&vm->heap, sizeof(*s) + fields_size + (size_t)size * sizeof(uint32_t) + HEAP_BEHIND, GC_SHAPE);
	s->gc.state = (uint8_t)kind;
	s->gc.n = 0;
	s->mask = size ? size - 1 : 0;
	s->all_visible = true;
	s->fields = (struct field *)(s + 1);
	s->hash = size ? (uint32_t *)(void *)((char *)(s + 1) + fields_size) : NULL;
	s->sorted = NULL;
	s->code = code;
	memset(s + 1, 0, fields_size + (size_t)size * sizeof(uint32_t));
	return s;
}

struct field *shape_fields(struct shape *s)
{
	return (struct field *)(s + 1);
}

bool shape_finish(struct shape *s, uint32_t n, uint32_t *twice)
{
	s->gc.n = n;
	for (uint32_t i = 0; i < n; i++)
		s->all_visible = s->all_visible && s->fields[i].vis != VIS_HIDDEN;
	if (s->hash)
		return fill_hash((uint32_t *)(uintptr_t)s->hash, s->mask, s->fields, n, twice);
	for (uint32_t i = 1; i < n; i++) {
		for (uint32_t k = 0; k < i; k++) {
			if (name_same(s->fields[i].name, s->fields[k].name)) {
				*twice = i;
				return false;
			}
		}
	}
	return true;
}

const uint32_t *shape_sorted(struct vm *vm, const struct shape *s)
{
	if (!s->sorted) {
		/* Only a shape made by this evaluation has no order yet. */
		struct shape *own = (struct shape *)(uintptr_t)s;
		struct gc *block = heap_alloc(&vm->heap, sizeof(*block) + MAX(s->gc.n, 1) * sizeof(uint32_t) + HEAP_BEHIND, GC_BYTES);
		uint32_t *sorted = (uint32_t *)(block + 1);
		sort_numbers(sorted, s->fields, s->gc.n);
		own->sorted = sorted;
	}
	return s->sorted;
}
