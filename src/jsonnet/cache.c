/*
 * A source is found by its path, its name and its text. Whoever asks first parses, while holding the source's own lock; others that need it wait there. Nothing in a parsed source
 * changes any more, so it is read without a lock.
 */
#include "jsonnet/cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "jsonnet/jsonnet.h"

struct entry {
	struct source source;
	struct str given;   /* the text before what is invalid in it was replaced */
	struct entry *same; /* another text of the same path and name */
	pthread_mutex_t lock;
	bool parsed;
};

struct jsonnet_cache {
	pthread_mutex_t lock;    /* of all below */
	struct arena arena;
	struct map entries;      /* struct entry * by path and name */
	VEC(struct entry *) list; /* by base */
	uint64_t next_base;
	struct std_table std;
};

struct jsonnet_cache *jsonnet_cache_new(void)
{
	struct jsonnet_cache *c = xcalloc(1, sizeof(*c));
	pthread_mutex_init(&c->lock, NULL);
	map_init(&c->entries, sizeof(struct entry *), &c->arena);
	c->next_base = 1;
	std_table_init(&c->std);
	return c;
}

void jsonnet_cache_free(struct jsonnet_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->list.n; i++) {
		arena_deinit(&c->list.p[i]->source.arena);
		pthread_mutex_destroy(&c->list.p[i]->lock);
		free(c->list.p[i]);
	}
	vec_deinit(&c->list);
	std_table_deinit(&c->std);
	arena_deinit(&c->arena);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

const struct std_table *cache_std(struct jsonnet_cache *c)
{
	return &c->std;
}

static struct entry *add_entry(struct jsonnet_cache *c, struct str path, struct str folder, struct str name, struct str text)
{
	struct entry *e = xcalloc(1, sizeof(*e));
	struct source *s = &e->source;
	pthread_mutex_init(&e->lock, NULL);
	s->path = arena_str(&s->arena, path);
	s->name = arena_str(&s->arena, name);
	s->folder = arena_str(&s->arena, folder);
	s->text = arena_str(&s->arena, text);
	/* A byte replaced makes the text longer. */
	e->given = s->text.n == text.n ? s->text : arena_str(&s->arena, text);
	s->number = (uint32_t)c->list.n;
	s->base = (uint32_t)c->next_base;
	c->next_base += s->text.n + 2;
	vec_push(&c->list, e);
	return e;
}

static void parse_entry(struct jsonnet_cache *c, struct entry *e, const char *stack_limit)
{
	struct source *s = &e->source;
	struct node *root = parse_program(s, stack_limit);
	if (root && !resolve_source(s, root, &c->std, stack_limit))
		s->root = NULL;
	e->parsed = true;
}

struct source *cache_get(struct jsonnet_cache *c, struct str path, struct str folder, struct str name, struct str text, const char *stack_limit)
{
	AUTO_BUF key = { 0 };
	buf_add(&key, path);
	buf_add_char(&key, 0);
	buf_add(&key, name);
	pthread_mutex_lock(&c->lock);
	struct entry **found = map_find(&c->entries, buf_str(&key)), *first = found ? *found : NULL, *e = first;
	while (e && !str_eq(e->given, text))
		e = e->same;
	if (!e && c->next_base + text.n * 3 < UINT32_MAX) {
		e = add_entry(c, path, folder, name, text);
		e->same = first;
		*(struct entry **)map_put(&c->entries, arena_str(&c->arena, buf_str(&key))) = e;
	}
	pthread_mutex_unlock(&c->lock);
	if (!e)
		return NULL;
	pthread_mutex_lock(&e->lock);
	if (!e->parsed)
		parse_entry(c, e, stack_limit);
	pthread_mutex_unlock(&e->lock);
	return &e->source;
}

struct source *cache_source_at(struct jsonnet_cache *c, uint32_t position)
{
	struct source *s = NULL;
	pthread_mutex_lock(&c->lock);
	size_t low = 0, high = c->list.n;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (c->list.p[mid]->source.base <= position)
			low = mid + 1;
		else
			high = mid;
	}
	if (low > 0)
		s = &c->list.p[low - 1]->source;
	pthread_mutex_unlock(&c->lock);
	return s;
}
