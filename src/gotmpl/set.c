/*
 * Sets of templates. A clone looks in its own map first and then in its parent's; a chain is as long as clones are nested (tpl within
 * tpl), which is rarely more than two.
 */
#include "gotmpl/set.h"

#include <pthread.h>
#include <stdatomic.h>

struct template_set *template_set_new(struct str name, const struct template_options *options, struct arena *a)
{
	struct template_set *set = arena_new(a, struct template_set);
	set->name = arena_str(a, name);
	set->options = *options;
	set->arena = a;
	if (!set->options.funcs)
		set->options.funcs = go_funcs_new(NULL, 0, a);
	map_init(&set->templates, sizeof(const struct template *), a);
	return set;
}

struct template_set *template_set_clone(const struct template_set *parent, struct arena *a)
{
	struct template_set *set = arena_new(a, struct template_set);
	set->name = parent->name;
	set->options = parent->options;
	set->parent = parent;
	set->arena = a;
	map_init(&set->templates, sizeof(const struct template *), a);
	return set;
}

void template_set_missing(struct template_set *set, enum template_missing missing)
{
	set->options.missing = missing;
}

const struct template *set_find(const struct template_set *set, const struct ident *name)
{
	for (; set; set = set->parent) {
		const struct template *const *t = map_find_hashed(&set->templates, name->name, name->hash);
		if (t)
			return *t;
	}
	return NULL;
}

const struct template *template_find(const struct template_set *set, struct str name)
{
	return set_find(set, &(struct ident){ name, str_hash(name) });
}

struct str template_name(const struct template *t)
{
	return t->name;
}

size_t template_names(const struct template_set *set, struct arena *a, struct str **names)
{
	struct map all;
	map_init(&all, 0, a);
	for (; set; set = set->parent)
		for (size_t i = 0; i < map_len(&set->templates); i++)
			map_put(&all, map_key(&set->templates, i));
	size_t n = map_len(&all);
	*names = arena_array(a, struct str, n);
	for (size_t i = 0; i < n; i++)
		(*names)[i] = map_key(&all, map_sorted(&all, i));
	return n;
}

/* ---- Parsing ---- */

/* What one text defines, before it is in a set: a map of struct template *. */
static bool parse_unit(const struct template_set *set, const struct template_source *source, struct arena *a, struct map *unit,
		       struct err *err)
{
	struct parse_input in = {
		.file = arena_str(a, source->name),
		.text = source->text.n ? source->text : STR(""),
		.funcs = set->options.funcs,
		.arena = a,
	};
	map_init(unit, sizeof(struct template *), a);
	return parse_text(&in, unit, err);
}

/* Puts the templates into the set; what is empty does not replace what is there. */
static void add_unit(struct template_set *set, const struct map *unit)
{
	for (size_t i = 0; i < map_len(unit); i++) {
		const struct template *made = *(const struct template **)map_at(unit, i);
		if (!made->empty || !template_find(set, made->name))
			*(const struct template **)map_put(&set->templates, made->name) = made;
	}
}

bool template_parse(struct template_set *set, struct str name, struct str text, const struct template **t, struct err *err)
{
	struct map unit;
	if (!parse_unit(set, &(struct template_source){ name, text }, set->arena, &unit, err))
		return false;
	if (t)
		*t = *(const struct template *const *)map_find(&unit, name);
	add_unit(set, &unit);
	return true;
}

/* What the threads share: they take the texts in turn, each into an arena of its own. */
struct work {
	const struct template_set *set;
	const struct template_source *sources;
	struct map *units;
	size_t n;
	atomic_size_t next;
};

struct worker {
	struct work *work;
	struct arena *arena;
	size_t failed; /* the text that it stopped at; work->n where all was well */
	struct err *err;
};

static void *parse_texts(void *arg)
{
	struct worker *w = arg;
	struct work *work = w->work;
	w->failed = work->n;
	for (size_t i; (i = atomic_fetch_add(&work->next, 1)) < work->n;) {
		if (!parse_unit(work->set, &work->sources[i], w->arena, &work->units[i], w->err)) {
			w->failed = i;
			break;
		}
	}
	return NULL;
}

/* Below so many bytes a thread costs more than it saves. */
enum { SHARE_MIN = 64 << 10 };

static size_t count_bytes(const struct template_source *sources, size_t n)
{
	size_t all = 0;
	for (size_t i = 0; i < n; i++)
		all += sources[i].text.n;
	return all;
}

bool template_parse_all(struct template_set *set, const struct template_source *sources, size_t n, size_t *failed, struct err *err)
{
	struct work work = { set, sources, arena_array(set->arena, struct map, n), n, 0 };
	struct arena arena = { 0 };
	AUTO_ERR err2 = { 0 };
	AUTO_ERR err1 = { 0 };
	struct worker here = { &work, set->arena, n, &err1 }, there = { &work, &arena, n, &err2 };
	pthread_t thread;
	size_t bytes = count_bytes(sources, n);
	/* A tree is about as large as its text, and this thread parses half of them. */
	if (arena_room(set->arena) > bytes)
		arena_share(set->arena, &arena, bytes / 2);
	bool threaded = n > 1 && bytes >= SHARE_MIN && pthread_create(&thread, NULL, parse_texts, &there) == 0;
	parse_texts(&here);
	if (threaded)
		pthread_join(thread, NULL);
	/* Texts are handed out in order, so that all before the first failure are parsed. */
	*failed = MIN(here.failed, there.failed);
	for (size_t i = 0; i < *failed; i++)
		add_unit(set, &work.units[i]);
	arena_adopt(set->arena, &arena);
	if (*failed < n)
		err_move(err, here.failed < there.failed ? &err1 : &err2);
	return *failed == n;
}
