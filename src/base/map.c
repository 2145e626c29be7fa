/*
 * Entries stand in one array in order of insertion; above SMALL entries an open-addressing table of entry numbers finds them. Small maps
 * (most of a values file) are scanned: comparing eight stored hashes is cheaper than building a table.
 */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL = 8 };

static struct map_entry *entry_at(const struct map *m, size_t i)
{
	return (struct map_entry *)(m->entries + i * m->stride);
}

static void *grow(struct map *m, void *p, size_t old, size_t n)
{
	return m->arena ? arena_grow(m->arena, p, old, n) : xrealloc(p, n);
}

void map_init(struct map *m, size_t value_size, struct arena *arena)
{
	size_t stride = (sizeof(struct map_entry) + value_size + 7) & ~(size_t)7;
	*m = (struct map){ .stride = (uint32_t)stride, .arena = arena };
}

void map_deinit(struct map *m)
{
	if (!m->arena) {
		free(m->entries);
		free(m->index);
		free(m->order);
	}
	*m = (struct map){ 0 };
}

static void forget_order(struct map *m)
{
	if (!m->arena)
		free(m->order);
	m->order = NULL;
}

void map_clone(const struct map *from, struct map *to, struct arena *arena)
{
	*to = *from;
	to->arena = arena;
	to->order = NULL;
	to->cap = from->n;
	to->entries = arena_alloc(arena, (size_t)from->n * from->stride);
	if (from->n)
		memcpy(to->entries, from->entries, (size_t)from->n * from->stride);
	if (from->index) {
		to->index = arena_alloc(arena, from->index_size * sizeof(*from->index));
		memcpy(to->index, from->index, from->index_size * sizeof(*from->index));
	}
}

void map_clear(struct map *m)
{
	m->n = 0;
	if (m->index)
		memset(m->index, 0, m->index_size * sizeof(*m->index));
	forget_order(m);
}

static void index_add(struct map *m, uint32_t i)
{
	uint32_t mask = m->index_size - 1, slot = (uint32_t)entry_at(m, i)->hash & mask;
	while (m->index[slot])
		slot = (slot + 1) & mask;
	m->index[slot] = i + 1;
}

static void index_build(struct map *m, uint32_t size)
{
	if (m->index_size < size) {
		m->index = grow(m, m->arena ? NULL : m->index, 0, size * sizeof(*m->index));
		m->index_size = size;
	}
	memset(m->index, 0, m->index_size * sizeof(*m->index));
	for (uint32_t i = 0; i < m->n; i++)
		index_add(m, i);
}

static bool find_entry(const struct map *m, struct str key, uint64_t hash, uint32_t *found)
{
	if (!m->index) {
		for (uint32_t i = 0; i < m->n; i++) {
			struct map_entry *e = entry_at(m, i);
			if (e->hash == hash && str_eq(e->key, key)) {
				*found = i;
				return true;
			}
		}
		return false;
	}
	uint32_t mask = m->index_size - 1;
	for (uint32_t slot = (uint32_t)hash & mask; m->index[slot]; slot = (slot + 1) & mask) {
		struct map_entry *e = entry_at(m, m->index[slot] - 1);
		if (e->hash == hash && str_eq(e->key, key)) {
			*found = m->index[slot] - 1;
			return true;
		}
	}
	return false;
}

void *map_find_hashed(const struct map *m, struct str key, uint64_t hash)
{
	uint32_t i;
	return m->n && find_entry(m, key, hash, &i) ? map_at(m, i) : NULL;
}

void *map_find(const struct map *m, struct str key)
{
	if (m->index)
		return map_find_hashed(m, key, str_hash(key));
	/* Of a few keys the length and first byte tell nearly all apart, sooner than a hash. */
	for (uint32_t i = 0; i < m->n; i++) {
		struct str known = entry_at(m, i)->key;
		if (known.n == key.n && (!key.n || (known.p[0] == key.p[0] && memcmp(known.p, key.p, key.n) == 0)))
			return map_at(m, i);
	}
	return NULL;
}

bool map_has(const struct map *m, struct str key)
{
	return map_find(m, key) != NULL;
}

static void make_room(struct map *m, size_t cap)
{
	if (cap > UINT32_MAX / 4)
		base_die("map of %zu entries", cap);
	m->entries = grow(m, m->entries, (size_t)m->cap * m->stride, cap * m->stride);
	m->cap = (uint32_t)cap;
}

void map_reserve(struct map *m, size_t n)
{
	if (n > m->cap)
		make_room(m, n);
	uint32_t size = SMALL * 4;
	while (size < n * 2)
		size *= 2;
	if (n > SMALL && m->index_size < size)
		index_build(m, size);
}

void *map_put(struct map *m, struct str key)
{
	uint64_t hash = str_hash(key);
	uint32_t i;
	if (find_entry(m, key, hash, &i))
		return map_at(m, i);
	if (m->n == m->cap)
		make_room(m, m->cap ? (size_t)m->cap * 2 : 4);
	i = m->n++;
	struct map_entry *e = entry_at(m, i);
	memset(e, 0, m->stride);
	*e = (struct map_entry){ key, hash };
	forget_order(m);
	if (m->index && m->n * 2 <= m->index_size)
		index_add(m, i);
	else if (m->n > SMALL)
		index_build(m, MAX(m->index_size * 2, (uint32_t)SMALL * 4));
	return map_at(m, i);
}

bool map_remove(struct map *m, struct str key)
{
	uint32_t i;
	if (m->n == 0 || !find_entry(m, key, str_hash(key), &i))
		return false;
	memmove(entry_at(m, i), entry_at(m, i + 1), (size_t)(m->n - i - 1) * m->stride);
	m->n--;
	forget_order(m);
	if (m->index)
		index_build(m, m->index_size);
	return true;
}

/* An entry with the first bytes of its key as a number: most comparisons need no more. */
struct place {
	uint64_t head;
	uint32_t entry;
};

static uint64_t head_of(struct str key)
{
	uint64_t head = 0;
	for (size_t i = 0; i < sizeof(head); i++)
		head = head << 8 | (i < key.n ? (unsigned char)key.p[i] : 0);
	return head;
}

static int place_cmp(const void *a, const void *b, void *map)
{
	const struct place *x = a, *y = b;
	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	return str_cmp(map_key(map, x->entry), map_key(map, y->entry));
}

static void sort(struct map *m)
{
	struct place *places = xreallocarray(NULL, m->n, sizeof(*places));
	for (uint32_t i = 0; i < m->n; i++)
		places[i] = (struct place){ head_of(map_key(m, i)), i };
	qsort_r(places, m->n, sizeof(*places), place_cmp, m);
	m->order = grow(m, NULL, 0, m->n * sizeof(*m->order));
	for (uint32_t i = 0; i < m->n; i++)
		m->order[i] = places[i].entry;
	free(places);
}

size_t map_sorted(struct map *m, size_t i)
{
	if (!m->order)
		sort(m);
	return m->order[i];
}
