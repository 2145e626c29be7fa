/*
 * Recipes to the recipes that they depend on, in alphabetical order and depth first, with a stack of its own: a chain of dependencies may be of any
 * length. When all dependencies of a recipe are done, its own expressions are bound, in the order in which just comes upon their errors: parameters,
 * arguments of dependencies, attributes, body.
 */
#include <stdlib.h>
#include <string.h>

#include "lang/error.h"
#include "lang/eval.h"
#include "lang/file_ast.h"
#include "text/regex.h"

enum state { NEW, OPEN, DONE };

struct frame {
	struct lang_recipe *recipe;
	size_t next;
};

struct resolution {
	struct lang_tree *tree;
	struct lang_module *module;
	struct lang_run *run; /* for constants */
	uint8_t *states;      /* of the module's recipes, whose numbers begin with `first` */
	uint32_t first;
	VEC(struct frame) stack;
	struct arena unfolded; /* for a moment */
	struct err *err;
};

/* The recipe that a path names, aliases not followed. *absent: the path leads into an optional module without a file. */
static struct lang_recipe *find_recipe(struct lang_module *m, const struct lang_path *path, bool *absent)
{
	struct str rest = lang_text(&path->at), name;
	*absent = false;
	while (lang_path_next(&rest, &name) && rest.n > 0) {
		struct lang_module **below = map_find(&m->modules, name);
		*absent = !below && map_has(&m->absent, name);
		if (!below)
			return NULL;
		m = *below;
	}
	struct lang_recipe **r = map_find(&m->recipes, name);
	return r ? *r : NULL;
}

static bool fail_circle(struct resolution *r, const struct lang_recipe *from, const struct lang_path *path, const struct lang_recipe *to)
{
	struct str name = to->name.s;
	struct lang_loc at = lang_path_end(path);
	if (to == from)
		return lang_fail(r->err, &at, "recipe `%.*s` depends on itself", STR_ARG(name));
	AUTO_BUF b = { 0 };
	bool in = false;
	for (size_t i = 0; i < r->stack.n; i++) {
		const struct lang_recipe *on = r->stack.p[i].recipe;
		in |= on == to;
		if (in)
			buf_addf(&b, "%.*s -> ", STR_ARG(on->name.s));
	}
	return lang_fail(r->err, &at, "recipe `%.*s` has circular dependency `%s%.*s`", STR_ARG(from->name.s), buf_text(&b), STR_ARG(name));
}

/* Parameters and the values of their flags see the parameters before them. */
static bool bind_params(struct resolution *r, const struct lang_recipe *recipe)
{
	struct lang_names names = { .module = r->module, .params = recipe->params };
	for (size_t i = 0; i < recipe->n_params; i++) {
		const struct lang_param *p = &recipe->params[i];
		names.n_params = i;
		if (p->fallback && !lang_bind_expr(&names, p->fallback, r->err))
			return false;
		if (p->arg->value && !lang_bind_expr(&names, p->arg->value, r->err))
			return false;
	}
	return true;
}

static size_t required(const struct lang_recipe *recipe)
{
	size_t n = 0;
	for (size_t i = 0; i < recipe->n_params; i++) {
		const struct lang_param *p = &recipe->params[i];
		n += !p->fallback && (p->kind != LANG_PARAM_STAR || p->arg->min > 0);
	}
	return n;
}

static bool check_arity(struct resolution *r, const struct lang_dependency *dep)
{
	const struct lang_recipe *to = dep->recipe;
	size_t n = dep->n_args, min = required(to), max = to->n_params;
	bool variadic = to->n_params && to->params[to->n_params - 1].kind != LANG_PARAM_ONE;
	if (variadic && !lang_on(r->module, LANG_SET_LISTS))
		max = SIZE_MAX;
	if (n >= min && n <= max)
		return true;
	const char *how = min == max ? "" : n < min ? "at least " : "at most ";
	size_t bound = n < min ? min : max;
	struct lang_loc at = lang_path_end(&dep->path);
	AUTO_BUF name = { 0 };
	lang_path_add(&name, &dep->path);
	return lang_fail(r->err, &at, "dependency `%s` got %zu argument%s but takes %s%zu argument%s", buf_text(&name), n, n == 1 ? "" : "s", how,
			 bound, bound == 1 ? "" : "s");
}

static bool bind_dependencies(struct resolution *r, const struct lang_recipe *recipe)
{
	struct lang_names names = { .module = r->module, .params = recipe->params, .n_params = recipe->n_params };
	for (size_t i = 0; i < recipe->n_deps; i++) {
		const struct lang_dependency *dep = &recipe->deps[i];
		if (dep->is_mapped && !lang_on(r->module, LANG_SET_LISTS)) {
			struct lang_loc at = lang_path_end(&dep->path);
			return lang_fail(r->err, &at, "mapped dependencies require `set lists`");
		}
		for (size_t j = 0; j < dep->n_args; j++)
			if (!lang_bind_expr(&names, dep->args[j].expr, r->err))
				return false;
	}
	for (size_t i = 0; i < recipe->n_deps; i++)
		if (!check_arity(r, &recipe->deps[i]))
			return false;
	return true;
}

static bool constant(struct resolution *r, struct lang_expr *e, struct lang_value *out)
{
	struct lang_names names = { .module = r->module };
	return lang_bind_expr(&names, e, r->err) && lang_eval_const(r->run, r->module, e, &r->tree->arena, out, r->err);
}

static bool compile_pattern(struct resolution *r, const struct lang_keyword *k, struct str text, const struct regex **out)
{
	struct arena *a = &r->tree->arena;
	AUTO_ERR why = { 0 };
	/* By itself first: the message shows it as it was written, and it must not close the group around it. */
	if (regex_compile(a, text, REGEX_RUST, out, &why) &&
	    regex_compile(a, arena_fmt(a, "^(?:%.*s)$", STR_ARG(text)), REGEX_RUST, out, &why))
		return true;
	lang_fail(r->err, &k->name.at, "failed to parse argument pattern");
	return err_hint(r->err, "caused by: %s", why.message);
}

/* A parameter that an [arg] is about has one for itself. */
static struct lang_arg *own_arg(const struct lang_param *p)
{
	return (struct lang_arg *)p->arg;
}

/* help and pattern of [arg]. */
static bool bind_arg(struct resolution *r, struct lang_recipe *recipe, const struct lang_attribute *attr)
{
	struct lang_arg *arg = NULL;
	for (size_t i = 0; i < recipe->n_params; i++)
		if (recipe->params[i].arg->attribute == attr)
			arg = own_arg(&recipe->params[i]);
	struct arena *a = &r->tree->arena;
	struct lang_value v;
	const struct lang_keyword *help = lang_keyword_find(attr, STR("help")), *pattern = lang_keyword_find(attr, STR("pattern"));
	if (help) {
		if (!constant(r, help->value, &v))
			return false;
		if (arg && v.n)
			arg->help = lang_join(a, &v);
	}
	if (!pattern)
		return true;
	if (!constant(r, pattern->value, &v))
		return false;
	if (!arg)
		return true;
	arg->patterns = arena_array(a, const struct regex *, v.n);
	arg->pattern_texts = v.p;
	arg->n_patterns = v.n;
	for (size_t i = 0; i < v.n; i++)
		if (!compile_pattern(r, pattern, v.p[i], &arg->patterns[i]))
			return false;
	return true;
}

static bool bind_attributes(struct resolution *r, struct lang_recipe *recipe)
{
	struct lang_names bare = { .module = r->module };
	struct lang_names full = { .module = r->module, .params = recipe->params, .n_params = recipe->n_params };
	for (size_t i = 0; i < recipe->attributes.n; i++) {
		struct lang_attribute *attr = &recipe->attributes.p[i];
		struct lang_value v;
		switch (attr->kind) {
		case LANG_ATTR_ARG:
			if (!bind_arg(r, recipe, attr))
				return false;
			break;
		case LANG_ATTR_DOC:
			recipe->doc = STR_NONE;
			if (attr->n_args && !constant(r, attr->args[0], &v))
				return false;
			if (attr->n_args)
				recipe->doc = lang_join(&r->tree->arena, &v);
			break;
		case LANG_ATTR_CACHE:
			for (const struct str *key = lang_attr_rows[LANG_ATTR_CACHE].keys; key->n; key++) {
				const struct lang_keyword *k = lang_keyword_find(attr, *key);
				if (k && !lang_bind_expr(&full, k->value, r->err))
					return false;
			}
			for (const struct str *key = lang_attr_rows[LANG_ATTR_CACHE].own_keys; key->n; key++) {
				const struct lang_keyword *k = lang_keyword_find(attr, *key);
				if (k && k->value && !lang_bind_expr(&full, k->value, r->err))
					return false;
			}
			break;
		default:
			for (size_t j = 0; j < attr->n_args; j++)
				if (!lang_bind_expr(attr->kind == LANG_ATTR_ENV ? &bare : &full, attr->args[j], r->err))
					return false;
		}
	}
	return true;
}

static bool is_after(const struct lang_attribute *a, struct str a_help, const struct lang_attribute *b, struct str b_help)
{
	int order = !a_help.p != !b_help.p ? (a_help.p ? 1 : -1) : str_cmp(a_help, b_help);
	return order ? order > 0 : lang_arg_cmp(a, b) > 0;
}

/* [arg]s are in the order of their help texts, which are known only now; flags stay behind them. The array is the recipe's own from here on: --dump prints
 * the file's. */
static void sort_by_help(struct resolution *r, struct lang_recipe *recipe)
{
	struct lang_attributes *list = &recipe->attributes;
	struct lang_attribute *p = arena_array(&r->tree->arena, struct lang_attribute, list->n);
	struct str *helps = arena_array(&r->tree->arena, struct str, list->n);
	size_t from = 0; /* the first [arg] that is no flag */
	for (size_t i = 0; i < list->n; i++) {
		struct str help = STR_NONE;
		bool sorts = false;
		for (size_t j = 0; j < recipe->n_params && list->p[i].kind == LANG_ATTR_ARG; j++)
			if (recipe->params[j].arg->attribute == &list->p[i] && !recipe->params[j].arg->is_flag) {
				help = recipe->params[j].arg->help;
				sorts = true;
			}
		size_t at = i;
		while (sorts && at > from && is_after(&p[at - 1], helps[at - 1], &list->p[i], help))
			at--;
		memmove(&p[at + 1], &p[at], (i - at) * sizeof(p[0]));
		memmove(&helps[at + 1], &helps[at], (i - at) * sizeof(helps[0]));
		p[at] = list->p[i];
		helps[at] = help;
		from = sorts ? from : i + 1;
	}
	list->p = p;
	for (size_t j = 0; j < recipe->n_params; j++)
		for (size_t i = 0; i < list->n && recipe->params[j].arg->attribute; i++)
			if (p[i].kind == LANG_ATTR_ARG && str_eq(p[i].args[0]->string.cooked, recipe->params[j].name.s))
				own_arg(&recipe->params[j])->attribute = &p[i];
}

static bool bind_body(struct resolution *r, const struct lang_recipe *recipe)
{
	struct lang_names names = { .module = r->module, .params = recipe->params, .n_params = recipe->n_params };
	for (size_t i = 0; i < recipe->n_lines; i++)
		for (size_t j = 0; j < recipe->body[i].n; j++) {
			struct lang_expr *e = recipe->body[i].p[j].expr;
			if (e && !lang_bind_expr(&names, e, r->err))
				return false;
		}
	return true;
}

static bool bind_whole(struct resolution *r, struct lang_recipe *recipe)
{
	if (!bind_params(r, recipe) || !bind_dependencies(r, recipe) || !bind_attributes(r, recipe) || !bind_body(r, recipe))
		return false;
	if (lang_has(&recipe->attributes, LANG_ATTR_ARG))
		sort_by_help(r, recipe);
	recipe->doc = recipe->doc.p ? str_trim(recipe->doc) : recipe->doc;
	if (!recipe->doc.n)
		recipe->doc = STR_NONE;
	return true;
}

bool lang_bind_unfolded(struct lang_tree *tree, struct lang_recipe *recipe, struct err *err)
{
	/* Nothing of it asks for constants. */
	struct resolution r = { .tree = tree, .module = (struct lang_module *)recipe->module, .err = err };
	recipe->doc = recipe->comment;
	return bind_whole(&r, recipe);
}

/* A folded recipe is unfolded for a moment where it has names, or where something that it depends on wants arguments; else nothing of it can be wrong. */
static bool bind_folded(struct resolution *r, struct lang_recipe *recipe)
{
	bool is_plain = !recipe->has_names;
	for (size_t i = 0; i < recipe->n_deps && is_plain; i++)
		is_plain = required(recipe->needs[i].recipe) == 0;
	recipe->is_pure = true;
	if (is_plain)
		return true;
	struct lang_recipe *whole;
	arena_reset(&r->unfolded);
	if (!lang_unfold_into(r->tree, recipe, &r->unfolded, &whole, r->err))
		return false;
	recipe->is_pure = lang_recipe_is_pure(whole);
	return true;
}

static bool bind_recipe(struct resolution *r, struct lang_recipe *recipe)
{
	if (!recipe->is_folded)
		recipe->doc = recipe->comment;
	for (size_t i = 0; i < recipe->n_deps; i++)
		if (!lang_recipe_dep(recipe, i) || !lang_recipe_dep(recipe, i)->is_enabled)
			recipe->is_enabled = false;
	if (!recipe->is_enabled)
		return true;
	return recipe->is_folded ? bind_folded(r, recipe) : bind_whole(r, recipe);
}

static uint8_t *state_of(struct resolution *r, const struct lang_recipe *recipe)
{
	return &r->states[recipe->index - r->first];
}

static void open_recipe(struct resolution *r, struct lang_recipe *recipe)
{
	*state_of(r, recipe) = OPEN;
	vec_push(&r->stack, (struct frame){ recipe, 0 });
}

/* Where the name of a dependency stands that has not been found yet. */
static struct lang_path path_of(const struct lang_recipe *recipe, size_t i)
{
	if (!recipe->is_folded)
		return recipe->deps[i].path;
	return (struct lang_path){ { recipe->name.at.file, recipe->needs[i].place.offset, recipe->needs[i].place.length } };
}

/* Finds one dependency; *into is a recipe of this module that has to be done first. */
static bool follow(struct resolution *r, struct lang_recipe *recipe, size_t i, struct lang_recipe **into)
{
	*into = NULL;
	bool absent;
	struct lang_path path = path_of(recipe, i);
	struct lang_recipe *to = find_recipe(r->module, &path, &absent);
	if (absent)
		return true;
	if (!to) {
		struct lang_loc at = lang_path_end(&path);
		AUTO_BUF b = { 0 };
		lang_path_add(&b, &path);
		return lang_fail(r->err, &at, "recipe `%.*s` has unknown dependency `%s`", STR_ARG(recipe->name.s), buf_text(&b));
	}
	if (recipe->is_folded)
		recipe->needs[i].recipe = to;
	else
		recipe->deps[i].recipe = to;
	if (to->module != r->module)
		return true;
	uint8_t state = *state_of(r, to);
	if (state == OPEN)
		return fail_circle(r, recipe, &path, to);
	if (state == NEW)
		*into = to;
	return true;
}

static bool resolve_from(struct resolution *r, struct lang_recipe *root)
{
	if (*state_of(r, root) != NEW)
		return true;
	open_recipe(r, root);
	while (r->stack.n) {
		struct frame *top = &vec_last(&r->stack);
		struct lang_recipe *recipe = top->recipe, *into;
		if (top->next < recipe->n_deps) {
			if (!follow(r, recipe, top->next++, &into))
				return false;
			if (into)
				open_recipe(r, into);
			continue;
		}
		if (!bind_recipe(r, recipe))
			return false;
		*state_of(r, recipe) = DONE;
		r->stack.n--;
	}
	return true;
}

bool lang_resolve_recipes(struct lang_tree *tree, struct lang_module *module, struct lang_run *run, struct err *err)
{
	struct resolution r = { .tree = tree, .module = module, .run = run, .err = err };
	size_t n = map_len(&module->recipes);
	r.states = xcalloc(n, 1);
	r.first = n > 0 ? (*(struct lang_recipe **)map_at(&module->recipes, 0))->index : 0;
	bool ok = true;
	for (size_t i = 0; i < n && ok; i++)
		ok = resolve_from(&r, *(struct lang_recipe **)map_at(&module->recipes, map_sorted(&module->recipes, i)));
	vec_deinit(&r.stack);
	arena_deinit(&r.unfolded);
	free(r.states);
	return ok;
}
