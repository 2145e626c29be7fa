/*
 * Files to modules. The steps and their order are those in which just finds errors: the items in turn (aliases, modules with all that is below them,
 * parameters, settings), then variables, functions, constants, settings' values, what needs `set lists`, doc comments of modules, duplicate recipes,
 * dependencies, aliases, the default recipe; at last, from the root down, what is unstable.
 */
#include "lang/builtin.h"
#include "lang/error.h"
#include "lang/eval.h"
#include "lang/file_ast.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/path.h"

/* Modules within modules. */
#define LANG_MODULE_DEPTH_MAX 1000

struct definition {
	const char *kind; /* "alias", "module", "recipe" */
	const struct lang_loc *at;
};

struct analysis {
	struct lang_tree *tree;
	struct lang_module *module;
	struct lang_file_ast *ast;
	const struct lang_item *sets[LANG_SET_COUNT];
	VEC(const struct lang_item *) set_items;
	VEC(struct lang_assignment *) assignments;
	VEC(struct lang_function *) functions;
	VEC(struct lang_recipe *) recipes;
	VEC(struct lang_alias *) aliases;
	VEC(struct lang_list_feature) features;
	struct map definitions; /* struct definition by name */
	struct map seen;        /* names of the parameters of a recipe */
	struct map unexports;
	struct map files;       /* set of paths that are in */
	unsigned unstable;
	struct lang_run *run;   /* for constants */
	struct err *err;
};

static struct arena *arena_of(struct analysis *n)
{
	return &n->tree->arena;
}

/* Where what is not needed behind the analysis is put. */
static struct arena *passing(struct analysis *n)
{
	return n->tree->unfolder ? &n->tree->items : &n->tree->arena;
}

static const char *article(const char *noun)
{
	return noun[0] == 'a' ? "an" : "a";
}

static bool fail_defined(struct analysis *n, struct str name, struct definition a, struct definition b)
{
	unsigned first = lang_loc_line(a.at), now = lang_loc_line(b.at);
	/* The one that stands lower is the second, in whatever order they were come upon. */
	if (now < first)
		return fail_defined(n, name, b, a);
	if (a.kind == b.kind)
		return lang_fail(n->err, b.at, "%s `%.*s` first defined on line %u is redefined on line %u", a.kind, STR_ARG(name), first, now);
	return lang_fail(n->err, b.at, "%s `%.*s` defined on line %u is redefined as %s %s on line %u", a.kind, STR_ARG(name), first, article(b.kind),
			 b.kind, now);
}

/* Aliases and modules; recipes come later, and stand in the module's own map. */
static bool define(struct analysis *n, const struct lang_name *name, const char *kind)
{
	const struct definition *old = map_find(&n->definitions, name->s), new = { kind, &name->at };
	if (old)
		return fail_defined(n, name->s, *old, new);
	*(struct definition *)map_put(&n->definitions, name->s) = new;
	return true;
}

static const char *const kind_alias = "alias", *const kind_module = "module", *const kind_recipe = "recipe";

/* The first pass: items. */

static bool analyze_module(struct lang_tree *tree, struct lang_module *m, struct lang_file_ast *ast, struct err *err);

static struct lang_module *new_module(struct lang_tree *tree, struct lang_module *parent, struct lang_file_ast *ast)
{
	struct arena *a = &tree->arena;
	struct lang_module *m = arena_new(a, struct lang_module);
	m->parent = parent;
	m->file = ast->file;
	m->directory = path_dir(a, ast->file->path);
	m->working_directory = parent ? m->directory : tree->working_directory;
	m->index = tree->n_modules++;
	map_init(&m->recipes, sizeof(struct lang_recipe *), a);
	map_init(&m->aliases, sizeof(struct lang_alias *), a);
	map_init(&m->assignments, sizeof(struct lang_assignment *), a);
	map_init(&m->functions, sizeof(struct lang_function *), a);
	map_init(&m->modules, sizeof(struct lang_module *), a);
	map_init(&m->absent, 0, a);
	return m;
}

static int cmp_str(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool add_module(struct analysis *n, const struct lang_item *item)
{
	const struct lang_module_item *decl = item->module;
	struct lang_module *parent = n->module;
	if (!decl->ast) {
		map_put(&parent->absent, decl->name.s);
		return true;
	}
	uint32_t depth = 0;
	for (const struct lang_module *m = parent; m; m = m->parent)
		depth++;
	if (depth > LANG_MODULE_DEPTH_MAX)
		return lang_fail_kind(n->err, ERR_LIMIT, &decl->name.at, "modules are nested deeper than %d", LANG_MODULE_DEPTH_MAX);
	if (!define(n, &decl->name, kind_module))
		return false;
	struct arena *a = arena_of(n);
	struct lang_module *m = new_module(n->tree, parent, decl->ast);
	m->name = decl->name.s;
	m->declared = decl->name;
	m->path = parent->path.n ? arena_fmt(a, "%.*s::%.*s", STR_ARG(parent->path), STR_ARG(m->name)) : m->name;
	m->attributes = *item->attributes;
	m->doc = decl->doc.n ? decl->doc : STR_NONE;
	m->is_private = str_starts(m->name, STR("_")) || lang_has(item->attributes, LANG_ATTR_PRIVATE);
	VEC(struct str) groups = { 0 };
	for (size_t i = 0; i < item->attributes->n; i++)
		if (item->attributes->p[i].kind == LANG_ATTR_GROUP)
			vec_push_in(&groups, a, item->attributes->p[i].args[0]->string.cooked);
	if (groups.n)
		qsort(groups.p, groups.n, sizeof(groups.p[0]), cmp_str);
	m->groups = groups.p;
	m->n_groups = groups.n;
	*(struct lang_module **)map_put(&parent->modules, m->name) = m;
	return analyze_module(n->tree, m, decl->ast, n->err);
}

/* Settings that exclude each other; a boolean counts only where it is on. */
static const enum lang_setting_kind exclusive[][2] = {
	{ LANG_SET_DOTENV_COMMAND, LANG_SET_DOTENV_FILENAME }, { LANG_SET_DOTENV_COMMAND, LANG_SET_DOTENV_LOAD },
	{ LANG_SET_DOTENV_COMMAND, LANG_SET_DOTENV_PATH },     { LANG_SET_DOTENV_COMMAND, LANG_SET_DOTENV_REQUIRED },
	{ LANG_SET_NO_CD, LANG_SET_WORKING_DIRECTORY },
};

static bool is_off(const struct lang_item *set)
{
	return !set || (lang_setting_rows[set->set->kind].form == SETTING_BOOL && !set->set->on);
}

static bool add_set(struct analysis *n, const struct lang_item *item)
{
	const struct lang_set *set = item->set;
	const struct lang_item *old = n->sets[set->kind];
	if (old)
		return lang_fail(n->err, &set->name.at, "setting `%.*s` first set on line %u is redefined on line %u", STR_ARG(set->name.s),
				 lang_loc_line(&old->set->name.at), lang_loc_line(&set->name.at));
	for (size_t i = 0; i < ARRAY_LEN(exclusive) && !is_off(item); i++)
		for (int side = 0; side < 2; side++) {
			const struct lang_item *other = n->sets[exclusive[i][!side]];
			if (exclusive[i][side] == set->kind && !is_off(other))
				return lang_fail(n->err, &set->name.at, "`%.*s` set on line %u is incompatible with `%.*s`", STR_ARG(other->set->name.s),
						 lang_loc_line(&other->set->name.at), STR_ARG(set->name.s));
		}
	n->sets[set->kind] = item;
	vec_push(&n->set_items, item);
	return true;
}

static bool is_option(const struct lang_param *p)
{
	return p->arg->long_option.n || p->arg->short_option.n;
}

static bool check_params(struct analysis *n, const struct lang_recipe *r)
{
	bool had_default = false;
	if (r->n_params > 1)
		map_clear(&n->seen);
	for (size_t i = 0; i < r->n_params; i++) {
		const struct lang_param *p = &r->params[i];
		if (r->n_params > 1 && map_has(&n->seen, p->name.s))
			return lang_fail(n->err, &p->name.at, "recipe `%.*s` has duplicate parameter `%.*s`", STR_ARG(r->name.s), STR_ARG(p->name.s));
		if (r->n_params > 1)
			map_put(&n->seen, p->name.s);
		if (is_option(p))
			continue;
		if (p->fallback)
			had_default = true;
		else if (had_default && (p->kind != LANG_PARAM_STAR || p->arg->min > 0))
			return lang_fail(n->err, &p->name.at, "non-default parameter `%.*s` follows default parameter", STR_ARG(p->name.s));
	}
	return true;
}

static bool add_unexport(struct analysis *n, const struct lang_name *name)
{
	if (map_has(&n->unexports, name->s))
		return lang_fail(n->err, &name->at, "variable `%.*s` is unexported multiple times", STR_ARG(name->s));
	map_put(&n->unexports, name->s);
	return true;
}

static bool add_item(struct analysis *n, struct lang_item *item)
{
	bool enabled = !item->is_disabled;
	switch (item->kind) {
	case LANG_ITEM_COMMENT:
	case LANG_ITEM_BLANK:
	case LANG_ITEM_IMPORT:
		return true;
	case LANG_ITEM_ALIAS:
		if (!enabled)
			return true;
		item->alias->module = n->module;
		vec_push(&n->aliases, item->alias);
		return define(n, &item->alias->name, kind_alias);
	case LANG_ITEM_ASSIGNMENT:
		if (enabled)
			vec_push_in(&n->assignments, passing(n), item->assignment);
		return true;
	case LANG_ITEM_FUNCTION:
		if (enabled)
			vec_push(&n->functions, item->function);
		return true;
	case LANG_ITEM_MODULE:
		return !enabled || add_module(n, item);
	case LANG_ITEM_RECIPE:
		item->recipe->module = n->module;
		item->recipe->depth = n->ast->file->depth;
		if (enabled)
			vec_push_in(&n->recipes, passing(n), item->recipe);
		return check_params(n, item->recipe);
	case LANG_ITEM_SET:
		return !enabled || add_set(n, item);
	case LANG_ITEM_UNEXPORT:
		return !enabled || add_unexport(n, item->unexport);
	}
	return true;
}

/* All files of the module, the last import of each first. */
static bool add_files(struct analysis *n, struct lang_file_ast *root)
{
	VEC(struct lang_file_ast *) stack = { 0 };
	bool ok = true;
	vec_push(&stack, root);
	map_put(&n->files, root->file->path);
	while (ok && stack.n) {
		struct lang_file_ast *ast = n->ast = stack.p[--stack.n];
		n->unstable |= ast->unstable;
		vec_reserve_in(&n->assignments, passing(n), ast->n_assignments);
		vec_reserve_in(&n->recipes, passing(n), ast->n_recipes);
		for (size_t i = 0; i < ast->n_features; i++)
			vec_push(&n->features, ast->features[i]);
		for (struct lang_item *item = ast->items; item && ok; item = item->next) {
			if (item->kind == LANG_ITEM_IMPORT && item->import->ast && !map_has(&n->files, item->import->ast->file->path)) {
				map_put(&n->files, item->import->ast->file->path);
				vec_push(&stack, item->import->ast);
			}
			ok = add_item(n, item);
		}
	}
	vec_deinit(&stack);
	return ok;
}

/* The passes behind it. */

static bool set_is_on(const struct analysis *n, enum lang_setting_kind kind)
{
	return n->sets[kind] && n->sets[kind]->set->on;
}

static bool add_assignments(struct analysis *n)
{
	struct lang_module *m = n->module;
	map_reserve(&m->assignments, n->assignments.n);
	for (size_t i = 0; i < n->assignments.n; i++) {
		struct lang_assignment *x = n->assignments.p[i], **slot = map_put(&m->assignments, x->name.s);
		x->module = m;
		x->depth = x->name.at.file->depth;
		if (*slot && !set_is_on(n, LANG_SET_ALLOW_DUPLICATE_VARIABLES))
			return lang_fail(n->err, &x->name.at, "variable `%.*s` has multiple definitions", STR_ARG(x->name.s));
		if (!*slot || (*slot)->depth >= x->depth)
			*slot = x;
		if (map_has(&n->unexports, x->name.s))
			return lang_fail(n->err, &x->name.at, "variable %.*s is both exported and unexported", STR_ARG(x->name.s));
	}
	for (size_t i = 0; i < map_len(&m->assignments); i++)
		(*(struct lang_assignment **)map_at(&m->assignments, i))->slot = (uint32_t)i;
	return true;
}

static bool add_functions(struct analysis *n)
{
	struct lang_module *m = n->module;
	for (size_t i = 0; i < n->functions.n; i++) {
		struct lang_function *f = n->functions.p[i], **old = map_find(&m->functions, f->name.s);
		if (old)
			return lang_fail(n->err, &f->name.at, "function `%.*s` first defined on line %u is redefined on line %u", STR_ARG(f->name.s),
					 lang_loc_line(&(*old)->name.at), lang_loc_line(&f->name.at));
		for (size_t j = 0; j < f->n_params; j++)
			for (size_t k = 0; k < j; k++)
				if (str_eq(f->params[j].s, f->params[k].s))
					return lang_fail(n->err, &f->params[j].at, "function `%.*s` has duplicate parameter `%.*s`", STR_ARG(f->name.s),
							 STR_ARG(f->params[j].s));
		f->module = m;
		f->slot = (uint32_t)map_len(&m->functions);
		*(struct lang_function **)map_put(&m->functions, f->name.s) = f;
	}
	return true;
}

static bool constant(struct analysis *n, struct lang_expr *e, struct lang_value *out)
{
	struct lang_names names = { .module = n->module };
	return lang_bind_expr(&names, e, n->err) && lang_eval_const(n->run, n->module, e, arena_of(n), out, n->err);
}

static bool visit_constant(void *ctx, struct lang_expr *e)
{
	struct analysis *n = ctx;
	struct lang_assignment **a = e->kind == LANG_VARIABLE ? map_find(&n->module->assignments, e->variable.name) : NULL;
	if (a)
		lang_run_use_variable(n->run, *a);
	return true;
}

static void use_attributes(struct analysis *n, const struct lang_attributes *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct lang_attribute *attr = &list->p[i];
		for (size_t j = 0; j < attr->n_args && attr->kind == LANG_ATTR_DOC; j++)
			lang_expr_walk(attr->args[j], visit_constant, n);
		for (size_t j = 0; j < attr->n_keywords && attr->kind == LANG_ATTR_ARG; j++)
			if (str_eq_c(attr->keywords[j].name.s, "help") || str_eq_c(attr->keywords[j].name.s, "pattern"))
				lang_expr_walk(attr->keywords[j].value, visit_constant, n);
	}
}

/* The variables that settings, doc comments and arguments name: their values are known before anything else is evaluated. */
static bool eval_constants(struct analysis *n)
{
	for (size_t i = 0; i < n->set_items.n; i++)
		for (size_t j = 0; j < n->set_items.p[i]->set->n_items; j++)
			lang_expr_walk(n->set_items.p[i]->set->items[j], visit_constant, n);
	for (size_t i = 0; i < n->recipes.n; i++)
		use_attributes(n, &n->recipes.p[i]->attributes);
	for (size_t i = 0; i < map_len(&n->module->modules); i++)
		use_attributes(n, &(*(struct lang_module **)map_at(&n->module->modules, i))->attributes);
	return lang_eval_const_needed(n->run, n->module, arena_of(n), n->err);
}

static bool eval_set(struct analysis *n, const struct lang_set *set)
{
	struct lang_setting *s = &n->module->settings.p[set->kind];
	enum setting_form form = lang_setting_rows[set->kind].form;
	s->is_set = true;
	s->on = set->on;
	VEC(struct str) items = { 0 };
	struct lang_value v = { 0 };
	for (size_t i = 0; i < set->n_items; i++) {
		if (!constant(n, set->items[i], &v))
			return false;
		for (size_t j = 0; j < v.n; j++)
			vec_push_in(&items, arena_of(n), v.p[j]);
	}
	if (form == SETTING_COMMAND && !items.n)
		return lang_fail(n->err, &set->name.at, "`%.*s` setting requires at least one element but evaluated to empty list", STR_ARG(set->name.s));
	if (form == SETTING_STRING && items.n != 1) {
		AUTO_BUF b = { 0 };
		lang_show_value(&v, false, &b);
		return lang_fail(n->err, &set->name.at, "list value %s assigned to `%.*s` setting", buf_text(&b), STR_ARG(set->name.s));
	}
	s->items = items.p;
	s->n_items = items.n;
	return true;
}

static bool eval_sets(struct analysis *n)
{
	for (size_t i = 0; i < n->set_items.n; i++)
		if (!eval_set(n, n->set_items.p[i]->set))
			return false;
	return true;
}

static bool check_features(struct analysis *n)
{
	for (size_t i = 0; i < n->features.n && !lang_on(n->module, LANG_SET_LISTS); i++) {
		const struct lang_list_feature *f = &n->features.p[i];
		if (f->what)
			return lang_fail(n->err, &f->at, "%s `set lists`", f->what);
		if (!map_has(&n->module->functions, f->function) && builtin_needs_lists(f->function))
			return lang_fail(n->err, &f->at, "the `%.*s()` function requires `set lists`", STR_ARG(f->function));
	}
	return true;
}

/* A line that goes on: it ends with a backslash, and is no comment that is left out. */
static bool is_continued(const struct lang_line *line, bool ignore_comments)
{
	if (!line->n || line->p[line->n - 1].expr || !str_ends(lang_fragment_text(&line->p[line->n - 1]), STR("\\")))
		return false;
	return !(ignore_comments && str_starts(lang_fragment_text(&line->p[0]), STR("#")));
}

bool lang_has_rival_sigils(struct str text)
{
	static const char sigils[] = { '@', '-', '?' };
	bool seen[ARRAY_LEN(sigils)] = { false };
	for (size_t i = 0, kind; i < text.n; i++) {
		for (kind = 0; kind < ARRAY_LEN(sigils) && sigils[kind] != text.p[i]; kind++)
			;
		if (kind == ARRAY_LEN(sigils) || seen[kind])
			break;
		seen[kind] = true;
	}
	return seen[1] && seen[2];
}

/* Lines of a shell recipe are indented alike, but those that continue one. */
static bool check_body(struct analysis *n, const struct lang_recipe *r)
{
	bool continued = false, ignore_comments = lang_on(n->module, LANG_SET_IGNORE_COMMENTS);
	for (size_t i = 0; i < r->n_lines; i++) {
		const struct lang_line *line = &r->body[i];
		struct str text = line->n ? lang_fragment_text(&line->p[0]) : STR("");
		if (!continued && text.n && (text.p[0] == ' ' || text.p[0] == '\t'))
			return lang_fail(n->err, &line->p[0].at, "recipe line has extra leading whitespace");
		if (!continued && lang_on(n->module, LANG_SET_GUARDS) && lang_has_rival_sigils(text))
			return lang_fail(n->err, &line->p[0].at, "the guard `?` and infallible `-` sigils may not be used together");
		continued = is_continued(line, ignore_comments);
	}
	return true;
}

static bool finish_kind(struct analysis *n, struct lang_recipe *r)
{
	bool script = lang_has(&r->attributes, LANG_ATTR_SCRIPT), shell = lang_has(&r->attributes, LANG_ATTR_SHELL);
	r->is_script = script || (!shell && (r->is_shebang || lang_on(n->module, LANG_SET_DEFAULT_SCRIPT)));
	static const enum lang_attr_kind for_scripts[] = { LANG_ATTR_CACHE, LANG_ATTR_EXTENSION };
	if (!r->is_script && !r->is_folded && !check_body(n, r))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(for_scripts) && !r->is_script; i++)
		if (lang_has(&r->attributes, for_scripts[i]) && !(for_scripts[i] == LANG_ATTR_CACHE && n->tree->host->has_extensions))
			return lang_fail(n->err, &r->name.at, "shell recipe `%.*s` has script recipe attribute `%.*s`", STR_ARG(r->name.s),
					 STR_ARG(lang_attr_rows[for_scripts[i]].name));
	return true;
}

/* Numbers recipes as --unsorted has them: a file's own, then those of its imports in turn. What is imported twice counts where it was first read. */
static void number_recipes(struct lang_file_ast *root)
{
	VEC(struct lang_file_ast *) stack = { 0 };
	uint32_t next = 0;
	vec_push(&stack, root);
	while (stack.n) {
		struct lang_file_ast *ast = stack.p[--stack.n];
		size_t from = stack.n;
		for (struct lang_item *item = ast->items; item; item = item->next) {
			if (item->kind == LANG_ITEM_RECIPE)
				item->recipe->order = next++;
			else if (item->kind == LANG_ITEM_IMPORT && item->import->is_first)
				vec_push(&stack, item->import->ast);
		}
		/* The first import is to be on top. */
		for (size_t i = from, j = stack.n; i + 1 < j; i++, j--) {
			struct lang_file_ast *swap = stack.p[i];
			stack.p[i] = stack.p[j - 1];
			stack.p[j - 1] = swap;
		}
	}
	vec_deinit(&stack);
}

static int cmp_order(const void *a, const void *b)
{
	const struct lang_recipe *x = *(struct lang_recipe *const *)a, *y = *(struct lang_recipe *const *)b;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Whether a recipe may have its name; of several the one in the file that fewest imports lead to counts, of these the last. */
static bool define_recipe(struct analysis *n, struct lang_recipe *r, bool may_repeat)
{
	const struct definition *other = map_find(&n->definitions, r->name.s), new = { kind_recipe, &r->name.at };
	if (other)
		return fail_defined(n, r->name.s, *other, new);
	struct lang_recipe **slot = map_put(&n->module->recipes, r->name.s);
	if (*slot && !may_repeat)
		return fail_defined(n, r->name.s, (struct definition){ kind_recipe, &(*slot)->name.at }, new);
	if (!*slot || r->depth <= (*slot)->depth)
		*slot = r;
	return true;
}

static struct lang_recipe *recipe_at(const struct lang_module *m, size_t i)
{
	return *(struct lang_recipe **)map_at(&m->recipes, i);
}

/* Puts the module's recipes into the order of the source. */
static void order_recipes(struct lang_module *m)
{
	size_t count = map_len(&m->recipes), i = 1;
	while (i < count && recipe_at(m, i - 1)->order < recipe_at(m, i)->order)
		i++;
	if (i >= count)
		return;
	struct lang_recipe **list = xcalloc(count, sizeof(*list));
	for (i = 0; i < count; i++)
		list[i] = recipe_at(m, i);
	qsort(list, count, sizeof(*list), cmp_order);
	map_clear(&m->recipes);
	for (i = 0; i < count; i++)
		*(struct lang_recipe **)map_put(&m->recipes, list[i]->name.s) = list[i];
	free(list);
}

static bool add_recipes(struct analysis *n, struct lang_file_ast *root)
{
	struct lang_module *m = n->module;
	bool may_repeat = lang_on(m, LANG_SET_ALLOW_DUPLICATE_RECIPES);
	map_reserve(&m->recipes, n->recipes.n);
	for (size_t i = 0; i < n->recipes.n; i++)
		if (!define_recipe(n, n->recipes.p[i], may_repeat) || !finish_kind(n, n->recipes.p[i]))
			return false;
	number_recipes(root);
	order_recipes(m);
	for (size_t i = 0; i < map_len(&m->recipes); i++) {
		struct lang_recipe *r = recipe_at(m, i);
		r->path = m->path.n ? arena_fmt(arena_of(n), "%.*s::%.*s", STR_ARG(m->path), STR_ARG(r->name.s)) : r->name.s;
		r->is_enabled = true;
		r->index = n->tree->n_recipes++;
	}
	return true;
}

/* An alias leads to a recipe or a module; other aliases do not count. */
static bool resolve_alias(struct analysis *n, struct lang_alias *alias)
{
	struct lang_module *m = n->module;
	for (struct str rest = lang_text(&alias->target.at), name; lang_path_next(&rest, &name);) {
		struct lang_recipe **r = rest.n == 0 ? map_find(&m->recipes, name) : NULL;
		struct lang_module **below = map_find(&m->modules, name);
		if (r) {
			alias->recipe = *r;
			return true;
		}
		if (!below && map_has(&m->absent, name))
			return true;
		if (!below) {
			AUTO_BUF b = { 0 };
			lang_path_add(&b, &alias->target);
			return lang_fail(n->err, &alias->name.at, "alias `%.*s` has an unknown target `%s`", STR_ARG(alias->name.s), buf_text(&b));
		}
		m = *below;
	}
	alias->target_module = m;
	return true;
}

static int cmp_alias(const void *a, const void *b)
{
	return str_cmp((*(struct lang_alias *const *)a)->name.s, (*(struct lang_alias *const *)b)->name.s);
}

static bool resolve_aliases(struct analysis *n)
{
	if (n->aliases.n)
		qsort(n->aliases.p, n->aliases.n, sizeof(n->aliases.p[0]), cmp_alias);
	for (size_t i = 0; i < n->aliases.n; i++) {
		struct lang_alias *alias = n->aliases.p[i];
		if (!resolve_alias(n, alias))
			return false;
		*(struct lang_alias **)map_put(&n->module->aliases, alias->name.s) = alias;
	}
	return true;
}

static bool find_default(struct analysis *n)
{
	struct lang_module *m = n->module;
	const struct lang_recipe *marked = NULL;
	for (size_t i = 0; i < map_len(&m->recipes); i++) {
		const struct lang_recipe *r = *(struct lang_recipe **)map_at(&m->recipes, i);
		if (!r->is_enabled)
			continue;
		if (!m->default_recipe && r->depth == 0)
			m->default_recipe = r;
		if (!lang_has(&r->attributes, LANG_ATTR_DEFAULT))
			continue;
		if (marked)
			return lang_fail(n->err, &r->name.at, "recipe `%.*s` has duplicate `[default]` attribute, which may only appear once per module",
					 STR_ARG(r->name.s));
		marked = r;
	}
	if (marked)
		m->default_recipe = marked;
	return true;
}

/* [doc] of the modules below, whose names are looked up here. */
static bool eval_docs(struct analysis *n)
{
	for (size_t i = 0; i < map_len(&n->module->modules); i++) {
		struct lang_module *m = *(struct lang_module **)map_at(&n->module->modules, i);
		const struct lang_attribute *doc = lang_attr(&m->attributes, LANG_ATTR_DOC);
		if (!doc)
			continue;
		m->doc = STR_NONE;
		struct lang_value v;
		if (doc->n_args && !constant(n, doc->args[0], &v))
			return false;
		if (doc->n_args)
			m->doc = lang_join(arena_of(n), &v);
	}
	return true;
}

static bool run_passes(struct analysis *n, struct lang_file_ast *ast)
{
	struct lang_module *m = n->module;
	if (!add_files(n, ast) || !add_assignments(n) || !add_functions(n) || !lang_resolve_variables(m, arena_of(n), n->err))
		return false;
	for (size_t i = 0; i < map_len(&n->unexports); i++)
		vec_push_in(&m->unexports, arena_of(n), map_key(&n->unexports, map_sorted(&n->unexports, i)));
	m->unstable = n->unstable;
	return eval_constants(n) && eval_sets(n) && check_features(n) && eval_docs(n) && add_recipes(n, ast) && lang_resolve_recipes(n->tree, m, n->run, n->err) &&
	       resolve_aliases(n) && find_default(n);
}

static bool analyze_module(struct lang_tree *tree, struct lang_module *m, struct lang_file_ast *ast, struct err *err)
{
	struct analysis n = { .tree = tree, .module = m, .err = err, .run = lang_run_new(tree, tree->host) };
	n.run->is_const = true;
	map_init(&n.definitions, sizeof(struct definition), NULL);
	map_init(&n.seen, 0, NULL);
	map_init(&n.unexports, 0, NULL);
	map_init(&n.files, 0, NULL);
	bool ok = run_passes(&n, ast);
	vec_deinit(&n.set_items);
	vec_deinit(&n.functions);
	vec_deinit(&n.aliases);
	vec_deinit(&n.features);
	map_deinit(&n.definitions);
	map_deinit(&n.seen);
	map_deinit(&n.unexports);
	map_deinit(&n.files);
	lang_run_free(n.run);
	return ok;
}

static const struct {
	enum lang_unstable bit;
	const char *what;
} unstable[] = {
	{ LANG_UNSTABLE_CACHE, "cached recipes are" },
	{ LANG_UNSTABLE_LISTS, "the `lists` setting is" },
	{ LANG_UNSTABLE_FUNCTIONS, "user-defined functions are" },
};

bool lang_check_unstable(const struct lang_tree *tree, const struct lang_module *m, struct err *err)
{
	const struct lang_host *host = tree->host;
	for (size_t i = 0; i < ARRAY_LEN(unstable) && !host->is_unstable && !lang_on(m, LANG_SET_UNSTABLE); i++)
		if (m->unstable & unstable[i].bit)
			return err_set(err, ERR_SYNTAX,
				       "%s currently unstable, invoke `%.*s` with `--unstable`, set the `JUST_UNSTABLE` environment variable, or add `set "
				       "unstable` to your `justfile` to enable unstable features",
				       unstable[i].what, STR_ARG(host->program));
	for (size_t i = 0; i < map_len(&m->modules); i++)
		if (!lang_check_unstable(tree, *(struct lang_module **)map_at(&m->modules, map_sorted((struct map *)&m->modules, i)), err))
			return false;
	return true;
}

bool lang_analyze(struct lang_tree *tree, struct lang_file_ast *ast, struct err *err)
{
	tree->root = new_module(tree, NULL, ast);
	return analyze_module(tree, tree->root, ast, err);
}
