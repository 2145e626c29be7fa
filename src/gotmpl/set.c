/*
 * Sets of templates. A clone looks in its own map first and then in its parent's; a chain is as long as clones are nested (tpl within
 * tpl), which is rarely more than two.
 */
#include "gotmpl/set.h"

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

bool template_parse(struct template_set *set, struct str name, struct str text, const struct template **t, struct err *err)
{
	struct parse_input in = {
		.file = arena_str(set->arena, name),
		.text = text.n ? text : STR(""),
		.funcs = set->options.funcs,
		.arena = set->arena,
	};
	struct map defined;
	map_init(&defined, sizeof(struct template *), NULL);
	bool ok = parse_text(&in, &defined, err);
	if (ok && t)
		*t = *(const struct template *const *)map_find(&defined, name);
	for (size_t i = 0; ok && i < map_len(&defined); i++) {
		const struct template *made = *(const struct template **)map_at(&defined, i);
		/* What is empty does not replace what is there. */
		if (made->empty && template_find(set, made->name))
			continue;
		*(const struct template **)map_put(&set->templates, made->name) = made;
	}
	map_deinit(&defined);
	return ok;
}
