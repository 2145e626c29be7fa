/*
 * map.h: the one map: from str to a value of fixed size, in order of insertion, with a sorted view.
 *
 *	struct map m;
 *	map_init(&m, sizeof(struct thing), arena);    // or NULL: on the heap, map_deinit frees
 *	struct thing *t = map_put(&m, key);           // found or new (zeroed)
 *	struct thing *f = map_find(&m, key);          // or NULL
 *	for (size_t i = 0; i < map_len(&m); i++) { map_key(&m, i); map_at(&m, i); }
 *
 * Keys are borrowed: they must outlive the map. Pointers to values hold until the next map_put of a new key or map_remove.
 * Look-up is O(1), removal O(n) (it keeps the order), the sorted view O(n log n) once until the keys change.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdatomic.h>

#include "base/arena.h"

struct map {
	char *entries;       /* cap entries of `stride` bytes: struct map_entry, then the value; then room for their numbers in order of keys */
	uint32_t *index;     /* open addressing, entry number + 1; NULL while the map is small */
	uint32_t n, cap, index_size, stride;
	atomic_bool is_sorted; /* the numbers are there */
	struct arena *arena; /* NULL: the heap */
};

struct map_entry {
	struct str key;
	uint64_t hash;
};

/* value_size may be 0 for a set. */
void map_init(struct map *m, size_t value_size, struct arena *arena);
void map_deinit(struct map *m);
/* Makes *to a copy of `from`, in `arena`: keys stay borrowed, values are copied as bytes. */
void map_clone(const struct map *from, struct map *to, struct arena *arena);
/* Makes room for n entries in all. */
void map_reserve(struct map *m, size_t n);
/* Forgets all entries, keeps the memory. */
void map_clear(struct map *m);

void *map_find(const struct map *m, struct str key);
/* The same where the key's str_hash is known, as for names in compiled templates. */
void *map_find_hashed(const struct map *m, struct str key, uint64_t hash);
bool map_has(const struct map *m, struct str key);
void *map_put(struct map *m, struct str key);
/* Removes the key; false if it was not there. */
bool map_remove(struct map *m, struct str key);

static inline size_t map_len(const struct map *m)
{
	return m->n;
}
static inline struct str map_key(const struct map *m, size_t i)
{
	return ((struct map_entry *)(m->entries + i * m->stride))->key;
}
static inline void *map_at(const struct map *m, size_t i)
{
	return m->entries + i * m->stride + sizeof(struct map_entry);
}
/* The number of the entry with the i-th smallest key, by bytes. As all that only looks it may be called by several threads at once. */
size_t map_sorted(struct map *m, size_t i);

#endif
