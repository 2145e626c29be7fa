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
	return m->n ? map_find_hashed(m, key, str_hash(key)) : NULL;
}

bool map_has(const struct map *m, struct str key)
{
	return map_find(m, key) != NULL;
}

void *map_put(struct map *m, struct str key)
{
	uint64_t hash = str_hash(key);
	uint32_t i;
	if (find_entry(m, key, hash, &i))
		return map_at(m, i);
	if (m->n == m->cap) {
		uint32_t cap = m->cap ? m->cap * 2 : 4;
		if (cap > UINT32_MAX / 4)
			base_die("map of %u entries", m->n);
		m->entries = grow(m, m->entries, (size_t)m->cap * m->stride, (size_t)cap * m->stride);
		m->cap = cap;
	}
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

static int order_cmp(const void *a, const void *b, void *map)
{
	return str_cmp(map_key(map, *(const uint32_t *)a), map_key(map, *(const uint32_t *)b));
}

size_t map_sorted(struct map *m, size_t i)
{
	if (!m->order) {
		m->order = grow(m, NULL, 0, m->n * sizeof(*m->order));
		for (uint32_t k = 0; k < m->n; k++)
			m->order[k] = k;
		qsort_r(m->order, m->n, sizeof(*m->order), order_cmp, m);
	}
	return m->order[i];
}
