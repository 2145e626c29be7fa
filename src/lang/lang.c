/* The entrance: loading, finding things by name, suggesting names. */
#include "lang/lang.h"

#include <string.h>

#include "base/path.h"
#include "lang/file_ast.h"

bool lang_load(struct lang_tree *tree, const struct lang_load_options *options, const struct lang_host *host, struct err *err)
{
	tree->host = host;
	struct arena *a = &tree->arena;
	tree->working_directory =
		options->working_directory.n ? arena_str(a, options->working_directory) : path_dir(a, path_clean(a, options->path));
	return lang_load_files(tree, options, &tree->ast, err) && lang_analyze(tree, tree->ast, err);
}

void lang_tree_deinit(struct lang_tree *tree)
{
	arena_deinit(&tree->arena);
	*tree = (struct lang_tree){ 0 };
}

const struct lang_module *lang_find_module(const struct lang_tree *tree, const struct str *path, size_t n)
{
	const struct lang_module *m = tree->root;
	for (size_t i = 0; i < n; i++) {
		struct lang_module **below = map_find(&m->modules, path[i]);
		struct lang_alias **alias = map_find(&m->aliases, path[i]);
		if (below)
			m = *below;
		else if (alias && (*alias)->target_module)
			m = (*alias)->target_module;
		else
			return NULL;
	}
	return m;
}

const struct lang_recipe *lang_find_recipe(const struct lang_module *module, struct str name)
{
	struct lang_recipe **r = map_find(&module->recipes, name);
	if (r)
		return *r;
	struct lang_alias **alias = map_find(&module->aliases, name);
	return alias ? (*alias)->recipe : NULL;
}

struct str lang_setting_str(const struct lang_module *m, enum lang_setting_kind kind)
{
	const struct lang_setting *s = &m->settings.p[kind];
	return s->n_items ? s->items[0] : STR_NONE;
}

size_t lang_min_args(const struct lang_recipe *recipe)
{
	size_t n = 0;
	for (size_t i = 0; i < recipe->n_params; i++) {
		const struct lang_param *p = &recipe->params[i];
		if (p->long_option.n || p->short_option.n || p->fallback)
			continue;
		n += p->kind == LANG_PARAM_ONE ? 1 : p->kind == LANG_PARAM_PLUS ? MAX(p->min, 1) : p->min;
	}
	return n;
}

size_t lang_max_args(const struct lang_recipe *recipe)
{
	size_t n = 0;
	for (size_t i = 0; i < recipe->n_params; i++) {
		const struct lang_param *p = &recipe->params[i];
		if (p->long_option.n || p->short_option.n)
			continue;
		if (p->kind != LANG_PARAM_ONE)
			return SIZE_MAX;
		n++;
	}
	return n;
}

/* Names further off than this are not suggested. */
#define SUGGESTION_DISTANCE 3

struct nearest {
	struct str name;
	struct lang_suggestion best;
	size_t distance;
};

static void consider(struct nearest *n, struct str name, struct str target)
{
	size_t d = str_distance(n->name, name, SUGGESTION_DISTANCE);
	if (d >= n->distance)
		return;
	n->distance = d;
	n->best = (struct lang_suggestion){ name, target };
}

bool lang_suggest_recipe(const struct lang_module *module, struct str name, struct lang_suggestion *out)
{
	struct nearest n = { .name = name, .distance = SUGGESTION_DISTANCE };
	struct map *recipes = (struct map *)&module->recipes, *aliases = (struct map *)&module->aliases;
	for (size_t i = 0; i < map_len(recipes); i++) {
		const struct lang_recipe *r = *(struct lang_recipe **)map_at(recipes, map_sorted(recipes, i));
		if (!r->is_private)
			consider(&n, r->name.s, STR_NONE);
	}
	for (size_t i = 0; i < map_len(aliases); i++) {
		const struct lang_alias *a = *(struct lang_alias **)map_at(aliases, map_sorted(aliases, i));
		if (!a->is_private && a->recipe)
			consider(&n, a->name.s, a->recipe->name.s);
	}
	*out = n.best;
	return n.distance < SUGGESTION_DISTANCE;
}

bool lang_suggest_variable(const struct lang_module *module, struct str name, struct lang_suggestion *out)
{
	struct nearest n = { .name = name, .distance = SUGGESTION_DISTANCE };
	struct map *map = (struct map *)&module->assignments;
	for (size_t i = 0; i < map_len(map); i++)
		consider(&n, map_key(map, map_sorted(map, i)), STR_NONE);
	*out = n.best;
	return n.distance < SUGGESTION_DISTANCE;
}

bool lang_suggest_module(const struct lang_module *module, struct str name, struct lang_suggestion *out)
{
	struct nearest n = { .name = name, .distance = SUGGESTION_DISTANCE };
	struct map *map = (struct map *)&module->modules;
	for (size_t i = 0; i < map_len(map); i++)
		consider(&n, map_key(map, map_sorted(map, i)), STR_NONE);
	*out = n.best;
	return n.distance < SUGGESTION_DISTANCE;
}
