/* Strings and short lists are looked up before they are added: interpreters, environments and folders are the same for most nodes of a file. Files are found by an index of
 * numbers alone: their names stand among the strings. */
#include "run/plan.h"

#include <stdlib.h>

enum { FILE_INDEX_FIRST = 64 }; /* a power of two */

void plan_maker_init(struct plan_maker *m)
{
	static const char padding[4] = { 0 };
	*m = (struct plan_maker){ 0 };
	map_init(&m->texts, sizeof(uint32_t), NULL);
	map_init(&m->lists, sizeof(uint32_t), NULL);
	buf_add_bytes(&m->strings, padding, sizeof(padding)); /* number 0 is none */
	vec_push(&m->words, 0);
}

void plan_maker_deinit(struct plan_maker *m)
{
	vec_deinit(&m->nodes);
	vec_deinit(&m->files);
	vec_deinit(&m->refs);
	vec_deinit(&m->words);
	vec_deinit(&m->order);
	buf_deinit(&m->strings);
	map_deinit(&m->texts);
	map_deinit(&m->lists);
	free(m->file_index);
	arena_deinit(&m->arena);
}

struct plan plan_view(const struct plan_maker *m)
{
	return (struct plan){ .nodes = m->nodes.p, .files = m->files.p, .refs = m->refs.p, .words = m->words.p, .strings = m->strings.p,
			      .order = m->order.p, .n_nodes = (uint32_t)m->nodes.n, .n_files = (uint32_t)m->files.n,
			      .n_order = (uint32_t)m->order.n, .n_refs = (uint32_t)m->refs.n, .n_words = (uint32_t)m->words.n,
			      .n_strings = (uint32_t)m->strings.n };
}

plan_text plan_add_own_text(struct plan_maker *m, struct str s)
{
	uint32_t at = (uint32_t)m->strings.n, n = (uint32_t)s.n;
	buf_add_bytes(&m->strings, &n, sizeof(n));
	buf_add(&m->strings, s);
	buf_add_char(&m->strings, '\0');
	return at;
}

plan_text plan_add_text(struct plan_maker *m, struct str s)
{
	if (!s.p)
		return 0;
	uint32_t *known = map_find(&m->texts, s);
	if (known)
		return *known;
	plan_text at = plan_add_own_text(m, s);
	*(uint32_t *)map_put(&m->texts, arena_str(&m->arena, s)) = at;
	return at;
}

plan_list plan_add_own_list(struct plan_maker *m, const uint32_t *items, uint32_t n)
{
	if (n == 0)
		return 0;
	uint32_t at = (uint32_t)m->words.n;
	vec_push(&m->words, n);
	for (uint32_t i = 0; i < n; i++)
		vec_push(&m->words, items[i]);
	return at;
}

plan_list plan_add_list(struct plan_maker *m, const uint32_t *items, uint32_t n)
{
	if (n == 0)
		return 0;
	struct str key = { (const char *)items, n * sizeof(*items) };
	uint32_t *known = map_find(&m->lists, key);
	if (known)
		return *known;
	plan_list at = plan_add_own_list(m, items, n);
	*(uint32_t *)map_put(&m->lists, arena_str(&m->arena, key)) = at;
	return at;
}

/* The place of the name in the index: it is there, or the place is free. */
static struct plan_place *file_place(const struct plan_maker *m, struct str name, uint32_t hash)
{
	uint32_t mask = m->file_index_size - 1, slot = hash & mask;
	struct plan p = { .strings = m->strings.p };
	for (struct plan_place *at; (at = &m->file_index[slot])->number; slot = (slot + 1) & mask)
		if (at->hash == hash && str_eq(plan_str(&p, m->files.p[at->number - 1].name), name))
			break;
	return &m->file_index[slot];
}

static void grow_file_index(struct plan_maker *m)
{
	struct plan_place *old = m->file_index;
	uint32_t n = m->file_index_size, mask = n ? 2 * n - 1 : FILE_INDEX_FIRST - 1;
	m->file_index_size = mask + 1;
	m->file_index = xcalloc(m->file_index_size, sizeof(*m->file_index));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t slot = old[i].hash & mask;
		while (old[i].number && m->file_index[slot].number)
			slot = (slot + 1) & mask;
		if (old[i].number)
			m->file_index[slot] = old[i];
	}
	free(old);
}

void plan_expect_file(const struct plan_maker *m, struct str name)
{
	if (m->file_index)
		__builtin_prefetch(&m->file_index[(uint32_t)str_hash(name) & (m->file_index_size - 1)]);
}

bool plan_find_file(const struct plan_maker *m, struct str name, uint32_t *id)
{
	uint32_t found = m->file_index ? file_place(m, name, (uint32_t)str_hash(name))->number : 0;
	*id = found - 1;
	return found != 0;
}

uint32_t plan_add_file(struct plan_maker *m, struct str name)
{
	uint32_t hash = (uint32_t)str_hash(name);
	if (2 * m->files.n >= m->file_index_size)
		grow_file_index(m);
	struct plan_place *place = file_place(m, name, hash);
	if (place->number == 0) {
		plan_text text = plan_add_own_text(m, name);
		vec_push(&m->files, (struct plan_file){ .name = text });
		*place = (struct plan_place){ (uint32_t)m->files.n, hash };
	}
	return place->number - 1;
}

void plan_stamp_of(const struct stat *st, struct plan_stamp *out)
{
	*out = (struct plan_stamp){ (int64_t)st->st_dev, (int64_t)st->st_ino, (int64_t)st->st_size,
				    (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
				    (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec };
}
