/*
 * Entries stand in one array in order of insertion; above SMALL entries an open-addressing table of entry numbers finds them. Small maps
 * (most of a values file) are scanned: comparing eight stored hashes is cheaper than building a table. The order of keys is found when it is first asked
 * for; several threads may ask at once, as nothing is allocated for it and all write the same.
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
	}
	*m = (struct map){ 0 };
}

static void forget_order(struct map *m)
{
	atomic_store_explicit(&m->is_sorted, false, memory_order_relaxed);
}

/* What `cap` entries take, with the room for their order. */
static size_t entries_size(const struct map *m, size_t cap)
{
	return cap * (m->stride + sizeof(uint32_t));
}

static uint32_t *order_of(const struct map *m)
{
	return (uint32_t *)(m->entries + (size_t)m->cap * m->stride);
}

void map_clone(const struct map *from, struct map *to, struct arena *arena)
{
	*to = (struct map){ .n = from->n, .cap = from->n, .index_size = from->index_size, .stride = from->stride, .arena = arena };
	to->entries = arena_alloc(arena, entries_size(to, to->cap));
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
	m->entries = grow(m, m->entries, entries_size(m, m->cap), entries_size(m, cap));
	m->cap = (uint32_t)cap;
	forget_order(m);
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

static void insertion_sort(struct map *m, struct place *places)
{
	for (uint32_t i = 1; i < m->n; i++) {
		struct place p = places[i];
		uint32_t k = i;
		for (; k > 0 && place_cmp(&p, &places[k - 1], m) < 0; k--)
			places[k] = places[k - 1];
		places[k] = p;
	}
}

/* How many bytes all keys begin with alike. */
static size_t common_prefix(const struct map *m)
{
	struct str first = map_key(m, 0);
	size_t n = first.n;
	for (uint32_t i = 1; i < m->n && n > 0; i++) {
		struct str key = map_key(m, i);
		size_t same = 0;
		n = MIN(n, key.n);
		while (same < n && key.p[same] == first.p[same])
			same++;
		n = same;
	}
	return n;
}

/* The same of many: four bytes are enough, the first that are not in all keys. */
struct many {
	uint32_t head, entry;
};

static uint32_t head4_of(struct str key, size_t from)
{
	const unsigned char *p = (const unsigned char *)key.p + from;
	size_t n = key.n - from;
	if (n >= 4)
		return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	uint32_t head = 0;
	for (size_t i = 0; i < n; i++)
		head |= (uint32_t)p[i] << (24 - 8 * i);
	return head;
}

static int many_cmp(const void *a, const void *b, void *map)
{
	return str_cmp(map_key(map, ((const struct many *)a)->entry), map_key(map, ((const struct many *)b)->entry));
}

/* Sorts by heads, byte by byte from the last on, those that are alike in all left out; `room` is as long as the list. Where the result is. */
static struct many *sort_by_heads(struct many *list, struct many *room, uint32_t n)
{
	uint32_t differ = 0;
	for (uint32_t i = 1; i < n; i++)
		differ |= list[i].head ^ list[0].head;
	for (unsigned shift = 0; shift < 32; shift += 8) {
		uint32_t at[256] = { 0 };
		if (!(differ >> shift & 0xff))
			continue;
		for (uint32_t i = 0; i < n; i++)
			at[list[i].head >> shift & 0xff]++;
		for (uint32_t i = 0, next = 0, count; i < 256; i++, next += count) {
			count = at[i];
			at[i] = next;
		}
		for (uint32_t i = 0; i < n; i++)
			room[at[list[i].head >> shift & 0xff]++] = list[i];
		struct many *swap = list;
		list = room;
		room = swap;
	}
	return list;
}

static void set_order(struct map *m, uint32_t i, uint32_t entry)
{
	__atomic_store_n(&order_of(m)[i], entry, __ATOMIC_RELAXED);
}

static void sort_many(struct map *m)
{
	struct many *rooms = xreallocarray(NULL, m->n, 2 * sizeof(*rooms));
	size_t prefix = common_prefix(m);
	for (uint32_t i = 0; i < m->n; i++)
		rooms[i] = (struct many){ head4_of(map_key(m, i), prefix), i };
	struct many *list = sort_by_heads(rooms, rooms + m->n, m->n);
	/* What the heads leave open. */
	for (uint32_t i = 0, end; i < m->n; i = end) {
		for (end = i + 1; end < m->n && list[end].head == list[i].head;)
			end++;
		if (end - i > 1)
			qsort_r(list + i, end - i, sizeof(*list), many_cmp, m);
	}
	for (uint32_t i = 0; i < m->n; i++)
		set_order(m, i, list[i].entry);
	free(rooms);
}

static void sort_some(struct map *m)
{
	struct place few[SMALL * 2], *places = m->n <= ARRAY_LEN(few) ? few : xreallocarray(NULL, m->n, sizeof(*places));
	for (uint32_t i = 0; i < m->n; i++)
		places[i] = (struct place){ head_of(map_key(m, i)), i };
	if (places == few)
		insertion_sort(m, places);
	else
		qsort_r(places, m->n, sizeof(*places), place_cmp, m);
	for (uint32_t i = 0; i < m->n; i++)
		set_order(m, i, places[i].entry);
	if (places != few)
		free(places);
}

/* From so many keys on counting is faster than comparing. */
enum { MANY = 256 };

static void sort(struct map *m)
{
	if (m->n >= MANY)
		sort_many(m);
	else
		sort_some(m);
	atomic_store_explicit(&m->is_sorted, true, memory_order_release);
}

size_t map_sorted(struct map *m, size_t i)
{
	if (!atomic_load_explicit(&m->is_sorted, memory_order_acquire))
		sort(m);
	return __atomic_load_n(&order_of(m)[i], __ATOMIC_RELAXED);
}
