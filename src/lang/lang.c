/* The entrance: loading, finding things by name, suggesting names. */
#include "lang/lang.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/utf8.h"
#include "lang/file_ast.h"

/* Variables that do not exist cannot be given a value, whatever is done with the file. */
static bool check_overrides(const struct lang_tree *tree, const struct lang_load_options *options, struct err *err)
{
	if (options->n_overrides == 0)
		return true;
	struct lang_run *values = lang_run_new(tree, tree->host);
	bool ok = lang_run_override(values, options->overrides, options->n_overrides, err);
	lang_run_free(values);
	return ok;
}

bool lang_load(struct lang_tree *tree, const struct lang_load_options *options, const struct lang_host *host, struct err *err)
{
	tree->host = host;
	struct arena *a = &tree->arena;
	if (options->fold_from > 0)
		tree->unfolder = lang_unfolder_new();
	tree->working_directory =
		options->working_directory.n ? arena_str(a, options->working_directory) : path_dir(a, path_clean(a, options->path));
	if (!lang_load_files(tree, options, &tree->ast, err) || !lang_analyze(tree, tree->ast, err))
		return false;
	if (options->fold_from > 0) {
		arena_deinit(&tree->items);
		tree->ast = NULL;
	}
	return check_overrides(tree, options, err) && lang_check_unstable(tree, tree->root, err);
}

void lang_tree_deinit(struct lang_tree *tree)
{
	lang_unfolder_free(tree->unfolder);
	arena_deinit(&tree->items);
	arena_deinit(&tree->arena);
	*tree = (struct lang_tree){ 0 };
}

const struct lang_module *lang_find_submodule(const struct lang_module *module, struct str name)
{
	struct lang_module *const *below = map_find(&module->modules, name);
	if (below)
		return *below;
	struct lang_alias *const *alias = map_find(&module->aliases, name);
	return alias ? (*alias)->target_module : NULL;
}

const struct lang_recipe *lang_find_recipe(const struct lang_module *module, struct str name)
{
	struct lang_recipe **r = map_find(&module->recipes, name);
	if (r)
		return *r;
	struct lang_alias **alias = map_find(&module->aliases, name);
	return alias ? (*alias)->recipe : NULL;
}

/* ---- paths ---- */

static bool is_name_part(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool lang_path_next(struct str *rest, struct str *name)
{
	const char *p = rest->p, *end = rest->p + rest->n;
	while (p < end && !is_name_part(*p)) /* `::`, white space */
		p++;
	const char *from = p;
	while (p < end && is_name_part(*p))
		p++;
	*name = str_span(from, p);
	*rest = str_span(p, end);
	return name->n > 0;
}

void lang_path_add(struct buf *b, const struct lang_path *path)
{
	size_t n = 0;
	for (struct str rest = lang_text(&path->at), name; lang_path_next(&rest, &name);) {
		if (n++)
			buf_add_c(b, "::");
		buf_add(b, name);
	}
}

struct lang_loc lang_path_end(const struct lang_path *path)
{
	struct str text = lang_text(&path->at);
	size_t n = 0;
	while (n < text.n && is_name_part(text.p[text.n - 1 - n]))
		n++;
	return (struct lang_loc){ path->at.file, path->at.offset + path->at.length - (uint32_t)n, (uint32_t)n };
}

/* ---- what is absent ---- */

/* The part of a path that leads to an optional module without a file; p is NULL where none does. */
static struct str absent_part(const struct lang_module *m, const struct lang_path *path, struct arena *a)
{
	AUTO_BUF part = { 0 };
	for (struct str rest = lang_text(&path->at), name; lang_path_next(&rest, &name);) {
		buf_addf(&part, "%s%.*s", part.n ? "::" : "", STR_ARG(name));
		struct lang_module *const *below = map_find(&m->modules, name);
		if (!below && map_has(&m->absent, name))
			return buf_to_arena(&part, a);
		if (!below)
			break;
		m = *below;
	}
	return STR_NONE;
}

/* Recipes still to look at, and what was found. */
struct absent_search {
	VEC(const struct lang_recipe *) open;
	struct map seen, found;
};

static void open_disabled(struct absent_search *s, const struct lang_recipe *recipe)
{
	struct str key = { (const char *)&recipe->index, sizeof(recipe->index) };
	if (recipe->is_enabled || map_has(&s->seen, key))
		return;
	map_put(&s->seen, key);
	vec_push(&s->open, recipe);
}

static void note_absent(struct absent_search *s, struct str part)
{
	if (part.p)
		map_put(&s->found, part);
}

struct lang_absent lang_find_absent(const struct lang_module *module, struct str name, struct arena *a)
{
	struct lang_recipe *const *recipe = map_find(&module->recipes, name);
	struct lang_alias *const *alias = recipe ? NULL : map_find(&module->aliases, name);
	const struct lang_recipe *from = recipe ? *recipe : alias ? (*alias)->recipe : NULL;
	struct absent_search s = { 0 };
	map_init(&s.seen, 0, NULL);
	map_init(&s.found, 0, NULL);
	if (from)
		open_disabled(&s, from);
	else if (alias && !(*alias)->target_module)
		note_absent(&s, absent_part(module, &(*alias)->target, a));
	while (s.open.n > 0) {
		const struct lang_recipe *at = s.open.p[--s.open.n];
		for (size_t i = 0; i < at->n_deps; i++) {
			if (lang_recipe_dep(at, i))
				open_disabled(&s, lang_recipe_dep(at, i));
			else
				note_absent(&s, absent_part(at->module, &at->deps[i].path, a));
		}
	}
	struct lang_absent out = { arena_array(a, struct str, map_len(&s.found)), map_len(&s.found) };
	for (size_t i = 0; i < out.n; i++)
		out.p[i] = map_key(&s.found, map_sorted(&s.found, i));
	vec_deinit(&s.open);
	map_deinit(&s.seen);
	map_deinit(&s.found);
	return out;
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
		if (p->arg->long_option.n || p->arg->short_option.n || p->fallback)
			continue;
		n += p->kind == LANG_PARAM_ONE ? 1 : p->kind == LANG_PARAM_PLUS ? MAX(p->arg->min, 1) : p->arg->min;
	}
	return n;
}

size_t lang_max_args(const struct lang_recipe *recipe)
{
	size_t n = 0;
	for (size_t i = 0; i < recipe->n_params; i++) {
		const struct lang_param *p = &recipe->params[i];
		if (p->arg->long_option.n || p->arg->short_option.n)
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

/* A code point counts as one letter: names are ASCII, so any other letter of what was typed stands for one that no name has. */
static struct str one_byte_a_letter(struct str s, struct buf *out)
{
	while (s.n > 0) {
		uint32_t rune;
		size_t n = utf8_decode(s, &rune);
		buf_add_char(out, rune < 0x80 ? (char)rune : '\x7f');
		s = str_slice(s, n, s.n);
	}
	return buf_str(out);
}

static void consider(struct nearest *n, struct str name, struct str target)
{
	AUTO_BUF typed = { 0 };
	size_t d = str_distance(one_byte_a_letter(n->name, &typed), name, SUGGESTION_DISTANCE);
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
		if (!r->is_private && r->is_enabled)
			consider(&n, r->name.s, STR_NONE);
	}
	for (size_t i = 0; i < map_len(aliases); i++) {
		const struct lang_alias *a = *(struct lang_alias **)map_at(aliases, map_sorted(aliases, i));
		if (!a->is_private && a->recipe && a->recipe->is_enabled)
			consider(&n, a->name.s, a->recipe->name.s);
	}
	*out = n.best;
	return n.distance < SUGGESTION_DISTANCE;
}

bool lang_suggest_variable(const struct lang_module *module, struct str name, struct lang_suggestion *out)
{
	struct nearest n = { .name = name, .distance = SUGGESTION_DISTANCE };
	struct map *maps[] = { (struct map *)&module->assignments, (struct map *)&module->modules };
	for (size_t j = 0; j < ARRAY_LEN(maps); j++) {
		for (size_t i = 0; i < map_len(maps[j]); i++)
			consider(&n, map_key(maps[j], map_sorted(maps[j], i)), STR_NONE);
	}
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
