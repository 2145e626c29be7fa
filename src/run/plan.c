/* Strings and short lists are looked up before they are added: interpreters, environments and folders are the same for most nodes of a file. */
#include "run/plan.h"

#include <stdlib.h>

void plan_maker_init(struct plan_maker *m)
{
	static const char padding[4] = { 0 };
	*m = (struct plan_maker){ 0 };
	map_init(&m->texts, sizeof(uint32_t), NULL);
	map_init(&m->lists, sizeof(uint32_t), NULL);
	map_init(&m->file_ids, sizeof(uint32_t), NULL);
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
	map_deinit(&m->file_ids);
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

uint32_t plan_add_file(struct plan_maker *m, struct str name)
{
	uint32_t *known = map_find(&m->file_ids, name);
	if (known)
		return *known;
	uint32_t id = (uint32_t)m->files.n;
	vec_push(&m->files, (struct plan_file){ .name = plan_add_own_text(m, name) });
	*(uint32_t *)map_put(&m->file_ids, arena_str(&m->arena, name)) = id;
	return id;
}

void plan_stamp_of(const struct stat *st, struct plan_stamp *out)
{
	*out = (struct plan_stamp){ (int64_t)st->st_dev, (int64_t)st->st_ino, (int64_t)st->st_size,
				    (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
				    (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec };
}
