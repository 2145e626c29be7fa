/*
 * Sets of templates. A clone looks in its own map first and then in its parent's; a chain is as long as clones are nested (tpl within
 * tpl), which is rarely more than two.
 */
#include "gotmpl/set.h"

#include <pthread.h>
#include <stdlib.h>

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

/* What one text defines, before it is in a set. */
struct unit {
	struct map defined; /* of struct template *, on the heap */
};

static bool parse_unit(const struct template_set *set, struct str name, struct str text, struct arena *a, struct unit *unit,
		       struct err *err)
{
	struct parse_input in = {
		.file = arena_str(a, name),
		.text = text.n ? text : STR(""),
		.funcs = set->options.funcs,
		.arena = a,
	};
	map_init(&unit->defined, sizeof(struct template *), NULL);
	return parse_text(&in, &unit->defined, err);
}

/* Puts the templates into the set; what is empty does not replace what is there. */
static void add_unit(struct template_set *set, const struct unit *unit)
{
	for (size_t i = 0; i < map_len(&unit->defined); i++) {
		const struct template *made = *(const struct template **)map_at(&unit->defined, i);
		if (!made->empty || !template_find(set, made->name))
			*(const struct template **)map_put(&set->templates, made->name) = made;
	}
}

bool template_parse(struct template_set *set, struct str name, struct str text, const struct template **t, struct err *err)
{
	struct unit unit;
	bool ok = parse_unit(set, name, text, set->arena, &unit, err);
	if (ok && t)
		*t = *(const struct template *const *)map_find(&unit.defined, name);
	if (ok)
		add_unit(set, &unit);
	map_deinit(&unit.defined);
	return ok;
}

/* A run of texts for one thread, which shares only what does not change: the texts and the table of functions. */
struct share {
	const struct template_set *set;
	const struct template_source *sources;
	struct unit *units;
	size_t n, done; /* done < n: the text that failed */
	struct arena *arena;
	struct err *err;
};

static void *parse_share(void *arg)
{
	struct share *s = arg;
	for (s->done = 0; s->done < s->n; s->done++)
		if (!parse_unit(s->set, s->sources[s->done].name, s->sources[s->done].text, s->arena, &s->units[s->done], s->err))
			break;
	return NULL;
}

/* Below this a thread costs more than it saves. */
enum { SHARE_MIN = 64 << 10 };

/* How many of the texts make up the first half of the bytes. */
static size_t first_half(const struct template_source *sources, size_t n)
{
	size_t all = 0, half = 0, i = 0;
	for (i = 0; i < n; i++)
		all += sources[i].text.n;
	if (all < SHARE_MIN)
		return n;
	for (i = 0; i < n && half < all / 2; i++)
		half += sources[i].text.n;
	return i;
}

static void free_units(struct unit *units, size_t n)
{
	for (size_t i = 0; i < n; i++)
		map_deinit(&units[i].defined);
	free(units);
}

bool template_parse_all(struct template_set *set, const struct template_source *sources, size_t n, size_t *failed, struct err *err)
{
	struct unit *units = xcalloc(n + 1, sizeof(*units));
	struct arena other = { 0 };
	AUTO_ERR other_err = { 0 };
	size_t half = first_half(sources, n);
	struct share first = { set, sources, units, half, 0, set->arena, err };
	struct share second = { set, sources + half, units + half, n - half, 0, &other, &other_err };
	pthread_t thread;
	bool threaded = second.n && pthread_create(&thread, NULL, parse_share, &second) == 0;
	parse_share(&first);
	if (threaded)
		pthread_join(thread, NULL);
	else
		parse_share(&second);
	size_t good = first.done < first.n ? first.done : half + second.done;
	if (first.done == first.n && second.done < second.n)
		err_move(err, &other_err);
	for (size_t i = 0; i < good; i++)
		add_unit(set, &units[i]);
	arena_adopt(set->arena, &other);
	free_units(units, n);
	*failed = good;
	return good == n;
}
