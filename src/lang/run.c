/*
 * Values of variables, one set a module, for one run. They are evaluated when a module is first asked for, all at once in the order that the
 * resolver found, so that no value needs another that is not there yet; with `set lazy` only those that were said to be used, those that
 * are exported and the eager ones, and what they need.
 */
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "lang/error.h"
#include "lang/eval.h"
#include "lang/file_ast.h"
#include "text/regex.h"

struct lang_run *lang_run_new(const struct lang_tree *tree, const struct lang_host *host)
{
	struct lang_run *run = xcalloc(1, sizeof(*run));
	run->tree = tree;
	run->host = host;
	map_init(&run->regexes, sizeof(const struct regex *), &run->arena);
	return run;
}

const struct lang_recipe *lang_run_unfold(struct lang_run *run, const struct lang_recipe *recipe)
{
	if (!recipe->is_folded)
		return recipe;
	if (!run->unfolded)
		run->unfolded = arena_array(&run->arena, const struct lang_recipe *, run->tree->n_recipes);
	const struct lang_recipe **whole = &run->unfolded[recipe->index];
	if (!*whole)
		*whole = lang_unfold(run->tree, recipe, &run->arena);
	return *whole;
}

const struct lang_recipe *lang_run_unfold_in(const struct lang_run *run, const struct lang_recipe *recipe, struct arena *a)
{
	return lang_unfold(run->tree, recipe, a);
}

void lang_run_free(struct lang_run *run)
{
	if (!run)
		return;
	arena_deinit(&run->arena);
	free(run);
}

/* The module's values, made at first sight. */
static struct module_values *values_of(struct lang_run *run, const struct lang_module *module)
{
	if (run->n_modules <= module->index) {
		size_t n = MAX((size_t)run->tree->n_modules, (size_t)module->index + 1);
		struct module_values *grown = arena_array(&run->arena, struct module_values, n);
		if (run->n_modules)
			memcpy(grown, run->modules, run->n_modules * sizeof(*grown));
		run->modules = grown;
		run->n_modules = n;
	}
	struct module_values *m = &run->modules[module->index];
	if (m->scope)
		return m;
	size_t n = map_len(&module->assignments);
	m->values = arena_alloc(&run->arena, n * sizeof(*m->values)); /* touched as they become known */
	m->known = arena_array(&run->arena, bool, n);
	m->needed = arena_array(&run->arena, bool, n);
	m->n = n;
	m->scope = arena_new(&run->arena, struct lang_scope);
	*m->scope = (struct lang_scope){ .run = run, .module = module };
	return m;
}

/* Overrides. */

static const struct lang_value *override_of(const struct module_values *m, const struct lang_assignment *a)
{
	return m->overrides ? m->overrides[a->slot] : NULL;
}

static const struct lang_assignment *find_variable(const struct lang_tree *tree, struct str path)
{
	const struct lang_module *m = tree->root;
	for (size_t at; (at = str_find(path, STR("::"))) != STR_NPOS; path = str_slice(path, at + 2, path.n)) {
		struct str name = str_slice(path, 0, at);
		struct lang_module **below = map_find(&m->modules, name);
		struct lang_alias **alias = map_find(&m->aliases, name);
		if (below)
			m = *below;
		else if (alias && (*alias)->target_module)
			m = (*alias)->target_module;
		else
			return NULL;
	}
	struct lang_assignment **a = map_find(&m->assignments, path);
	return a ? *a : NULL;
}

static bool fail_unknown(const struct lang_override *overrides, const bool *unknown, size_t n, size_t count, struct err *err)
{
	AUTO_BUF b = { 0 };
	size_t seen = 0;
	for (size_t i = 0; i < n; i++)
		if (unknown[i]) {
			buf_addf(&b, "%s`%.*s`", seen == 0 ? "" : count == 2 ? " and " : seen + 1 == count ? ", and " : ", ", STR_ARG(overrides[i].path));
			seen++;
		}
	return err_set(err, ERR_USAGE, "variable%s %s overridden on the command line but not present in justfile", count == 1 ? "" : "s", buf_text(&b));
}

bool lang_run_override(struct lang_run *run, const struct lang_override *overrides, size_t n, struct err *err)
{
	bool *unknown = arena_array(&run->arena, bool, n);
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		const struct lang_assignment *a = find_variable(run->tree, overrides[i].path);
		if (!a) {
			unknown[i] = true;
			count++;
			continue;
		}
		struct lang_value *v = arena_new(&run->arena, struct lang_value);
		*v = lang_value_of(&run->arena, overrides[i].value);
		struct module_values *m = values_of(run, a->module);
		if (!m->overrides)
			m->overrides = arena_array(&run->arena, const struct lang_value *, m->n);
		m->overrides[a->slot] = v;
	}
	return !count || fail_unknown(overrides, unknown, n, count, err);
}

/* A module is lazy if it or one above it says so. */
static bool is_lazy(const struct lang_module *module)
{
	for (; module; module = module->parent)
		if (lang_on(module, LANG_SET_LAZY))
			return true;
	return false;
}

/* What is needed, with `set lazy`. The walk over names has a stack of its own; functions are entered once a run. */

struct need {
	struct lang_run *run;
	VEC(const struct lang_refs *) stack;
	struct map functions; /* set, by the address of the function */
};

static void need_assignment(struct need *n, const struct lang_assignment *a)
{
	struct module_values *m = values_of(n->run, a->module);
	if (m->needed[a->slot])
		return;
	m->needed[a->slot] = true;
	if (!override_of(m, a))
		vec_push(&n->stack, &a->refs);
}

static void need_function(struct need *n, const struct lang_function *f)
{
	struct str key = arena_fmt(&n->run->arena, "%p", (const void *)f);
	if (map_has(&n->functions, key))
		return;
	map_put(&n->functions, key);
	vec_push(&n->stack, &f->refs);
}

static void need_all(struct need *n)
{
	while (n->stack.n) {
		const struct lang_refs *refs = n->stack.p[--n->stack.n];
		for (size_t i = 0; i < refs->n_assignments; i++)
			need_assignment(n, refs->assignments[i]);
		for (size_t i = 0; i < refs->n_functions; i++)
			need_function(n, refs->functions[i]);
	}
}

static bool visit_need(void *ctx, struct lang_expr *e)
{
	struct need *n = ctx;
	if (e->kind == LANG_VARIABLE && e->variable.bind == LANG_BIND_ASSIGNMENT)
		need_assignment(n, e->variable.assignment);
	if (e->kind == LANG_CALL && e->call.function)
		need_function(n, e->call.function);
	return true;
}

static void need_expr(struct need *n, const struct lang_expr *e)
{
	if (e)
		lang_expr_walk((struct lang_expr *)e, visit_need, n);
	need_all(n);
}

static void need_recipe(struct need *n, const struct lang_recipe *r)
{
	for (size_t i = 0; i < r->n_params; i++) {
		need_expr(n, r->params[i].fallback);
		need_expr(n, r->params[i].arg->value);
	}
	for (size_t i = 0; i < r->n_deps; i++)
		for (size_t j = 0; j < r->deps[i].n_args; j++)
			need_expr(n, r->deps[i].args[j].expr);
	for (size_t i = 0; i < r->attributes.n; i++) {
		const struct lang_attribute *attr = &r->attributes.p[i];
		for (size_t j = 0; j < attr->n_args; j++)
			need_expr(n, attr->args[j]);
		for (size_t j = 0; j < attr->n_keywords && attr->kind != LANG_ATTR_ARG; j++)
			need_expr(n, attr->keywords[j].value);
	}
	for (size_t i = 0; i < r->n_lines; i++)
		for (size_t j = 0; j < r->body[i].n; j++)
			need_expr(n, r->body[i].p[j].expr);
}

static struct need need_begin(struct lang_run *run)
{
	struct need n = { .run = run };
	map_init(&n.functions, 0, NULL);
	return n;
}

static void need_end(struct need *n)
{
	vec_deinit(&n->stack);
	map_deinit(&n->functions);
}

void lang_run_use_recipe(struct lang_run *run, const struct lang_recipe *recipe)
{
	if (!run->used_recipes)
		run->used_recipes = arena_array(&run->arena, bool, run->tree->n_recipes);
	struct need n = need_begin(run);
	VEC(const struct lang_recipe *) stack = { 0 };
	struct arena unfolded = { 0 };
	vec_push(&stack, recipe);
	while (stack.n) {
		const struct lang_recipe *r = stack.p[--stack.n];
		if (run->used_recipes[r->index])
			continue;
		run->used_recipes[r->index] = true;
		if (is_lazy(r->module)) {
			need_recipe(&n, lang_unfold(run->tree, r, &unfolded));
			arena_reset(&unfolded);
		}
		for (size_t i = 0; i < r->n_deps; i++) {
			const struct lang_recipe *dep = lang_recipe_dep(r, i);
			if (dep && !run->used_recipes[dep->index])
				vec_push(&stack, dep);
		}
	}
	vec_deinit(&stack);
	arena_deinit(&unfolded);
	need_end(&n);
}

void lang_run_use_variable(struct lang_run *run, const struct lang_assignment *assignment)
{
	struct need n = need_begin(run);
	need_assignment(&n, assignment);
	need_all(&n);
	need_end(&n);
	run->only_used = true;
}

void lang_run_only_used(struct lang_run *run)
{
	run->only_used = true;
}

void lang_run_use_all(struct lang_run *run, const struct lang_module *module)
{
	struct need n = need_begin(run);
	for (size_t i = 0; i < map_len(&module->assignments); i++) {
		const struct lang_assignment *a = *(struct lang_assignment **)map_at(&module->assignments, i);
		if (!a->is_private)
			need_assignment(&n, a);
	}
	need_all(&n);
	need_end(&n);
	run->only_used = true;
}

/* Evaluation. */

static bool evaluate(struct lang_run *run, struct module_values *m, const struct lang_assignment *a, struct err *err)
{
	struct evaluator ev = { .scope = m->scope, .run = run, .host = run->host, .arena = &run->arena, .err = err };
	const struct lang_value *given = override_of(m, a);
	if (given)
		m->values[a->slot] = *given;
	else if (!eval_expr(&ev, a->value, &m->values[a->slot]))
		return false;
	return m->known[a->slot] = true;
}

/* Nothing but literals, names, + and /: without lists nobody can tell when such an assignment is evaluated, nor whether. */
static bool is_plain(const struct lang_assignment *a)
{
	static const uint32_t plain =
		1U << LANG_STRING | 1U << LANG_FORMAT | 1U << LANG_VARIABLE | 1U << LANG_CONCAT | 1U << LANG_JOIN | 1U << LANG_GROUP;
	return !(a->kinds & ~plain);
}

static bool evaluate_module(struct lang_run *run, const struct lang_module *module, struct module_values *m, struct err *err)
{
	bool lazy = run->only_used || is_lazy(module), export = lang_on(module, LANG_SET_EXPORT);
	size_t n = map_len(&module->assignments);
	if (lazy) {
		struct need need = need_begin(run);
		for (size_t i = 0; i < n; i++)
			if (module->order[i]->is_eager || export || module->order[i]->is_exported)
				need_assignment(&need, module->order[i]);
		need_all(&need);
		need_end(&need);
	}
	m->leaves_plain = !lazy && !export && !lang_on(module, LANG_SET_LISTS);
	for (size_t i = 0; i < n; i++) {
		const struct lang_assignment *a = module->order[i];
		if (lazy ? !m->needed[a->slot] : m->leaves_plain && is_plain(a) && !a->is_exported)
			continue;
		if (!m->known[a->slot] && !evaluate(run, m, a, err))
			return false;
	}
	return true;
}

bool lang_run_catch_up(struct lang_run *run, const struct lang_assignment *want, struct err *err)
{
	struct module_values *m = values_of(run, want->module);
	VEC(struct {
		const struct lang_assignment *assignment;
		uint32_t next;
	}) stack = { 0 };
	bool ok = m->leaves_plain && is_plain(want);
	for (const struct lang_assignment *into = want; ok && (into || stack.n);) {
		if (into) {
			vec_push(&stack, (__typeof__(*stack.p)){ into, 0 });
			into = NULL;
		}
		const struct lang_assignment *a = vec_last(&stack).assignment;
		if (vec_last(&stack).next < a->refs.n_assignments) {
			const struct lang_assignment *r = a->refs.assignments[vec_last(&stack).next++];
			into = m->known[r->slot] ? NULL : r;
			continue;
		}
		ok = m->known[a->slot] || evaluate(run, m, a, err);
		stack.n--;
	}
	vec_deinit(&stack);
	return ok;
}

bool lang_run_module(struct lang_run *run, const struct lang_module *module, const struct lang_scope **out, struct err *err)
{
	struct module_values *m = values_of(run, module);
	if (!m->is_evaluated) {
		/* The exports of the modules above are in the environment of this one's backticks. */
		const struct lang_scope *above;
		if (module->parent && !lang_run_module(run, module->parent, &above, err))
			return false;
		m = values_of(run, module);
		if (!evaluate_module(run, module, m, err))
			return false;
		m->is_evaluated = true;
	}
	*out = m->scope;
	return true;
}

static bool run_below(struct lang_run *run, const struct lang_module *module, struct err *err)
{
	const struct lang_scope *scope;
	if (!lang_run_module(run, module, &scope, err))
		return false;
	struct map *map = (struct map *)&module->modules;
	for (size_t i = 0; i < map_len(map); i++)
		if (!run_below(run, *(struct lang_module **)map_at(map, map_sorted(map, i)), err))
			return false;
	return true;
}

bool lang_run_all(struct lang_run *run, struct err *err)
{
	return run_below(run, run->tree->root, err);
}

const struct lang_value *lang_scope_get(const struct lang_scope *scope, const struct lang_assignment *a)
{
	const struct module_values *m = &scope->run->modules[a->module->index];
	AUTO_ERR ignored = { 0 };
	bool known = m->known && (m->known[a->slot] || lang_run_catch_up(scope->run, a, &ignored));
	return known ? &m->values[a->slot] : NULL;
}

const struct lang_value *lang_scope_params(const struct lang_scope *scope)
{
	return scope->params;
}

struct str lang_working_directory(const struct lang_scope *scope)
{
	const struct lang_module *m = scope->module;
	const struct lang_recipe *r = scope->recipe;
	if (r && (lang_on(m, LANG_SET_NO_CD) || lang_has(&r->attributes, LANG_ATTR_NO_CD)))
		return scope->run->host->invocation_directory;
	struct str set = lang_setting_str(m, LANG_SET_WORKING_DIRECTORY);
	return set.p ? path_in(&scope->run->arena, m->working_directory, set) : m->working_directory;
}

/* Constants. */

bool lang_eval_const(struct lang_run *run, const struct lang_module *module, const struct lang_expr *e, struct arena *a, struct lang_value *out, struct err *err)
{
	struct evaluator ev = { .scope = values_of(run, module)->scope, .run = run, .host = run->host, .arena = a, .err = err };
	return eval_expr(&ev, e, out);
}

bool lang_eval_const_variable(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	const struct lang_assignment *want = e->variable.assignment;
	const struct module_values *m = values_of(ev->run, want->module);
	if (m->known[want->slot]) {
		*out = m->values[want->slot];
		return true;
	}
	return lang_fail_kind(ev->err, ERR_DENIED, &e->at, "cannot access non-const variable `%.*s` in const context", STR_ARG(e->variable.name));
}

bool lang_eval_const_needed(struct lang_run *run, const struct lang_module *module, struct arena *a, struct err *err)
{
	if (run->n_modules == 0) /* none was said to be used */
		return true;
	struct module_values *m = values_of(run, module);
	for (size_t i = 0; i < m->n; i++) {
		const struct lang_assignment *x = module->order[i];
		if (!m->needed[x->slot])
			continue;
		AUTO_ERR why = { 0 };
		struct evaluator ev = { .scope = m->scope, .run = run, .host = run->host, .arena = a, .err = &why };
		m->known[x->slot] = eval_expr(&ev, x->value, &m->values[x->slot]);
		if (m->known[x->slot] || why.kind == ERR_DENIED)
			continue;
		err_move(err, &why);
		return false;
	}
	return true;
}

/* Calls. */

bool lang_param_check(const struct lang_recipe *recipe, const struct lang_param *param, struct str value, struct err *err)
{
	for (size_t i = 0; i < param->arg->n_patterns; i++)
		if (regex_match(param->arg->patterns[i], value))
			return true;
	if (!param->arg->n_patterns)
		return true;
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < param->arg->n_patterns; i++)
		buf_addf(&b, "%s`%.*s`", i == 0 ? "" : param->arg->n_patterns == 2 ? " or " : i + 1 == param->arg->n_patterns ? ", or " : ", ",
			 STR_ARG(param->arg->pattern_texts[i]));
	return err_set(err, ERR_FAILED, "argument `%.*s` passed to recipe `%.*s` parameter `%.*s` does not match pattern%s %s", STR_ARG(value),
		       STR_ARG(recipe->name.s), STR_ARG(param->name.s), "", buf_text(&b));
}

/* How many values a parameter has got, defaults counted: what [arg] allows, and without a default at least one where it is not `*`. */
static bool check_number(const struct lang_recipe *r, const struct lang_param *p, size_t n, bool lists, struct err *err)
{
	if ((p->arg->has_min && n < p->arg->min) || (p->arg->has_max && n > p->arg->max))
		return err_set(err, ERR_FAILED, "recipe `%.*s` parameter `%.*s` got %zu value%s but takes at %s %llu", STR_ARG(r->name.s),
			       STR_ARG(p->name.s), n, n == 1 ? "" : "s", n < p->arg->min ? "least" : "most",
			       (unsigned long long)(n < p->arg->min ? p->arg->min : p->arg->max));
	if (lists && !n && !p->fallback && !p->arg->is_flag && !p->arg->is_multiple && p->kind != LANG_PARAM_STAR)
		return err_set(err, ERR_FAILED, "recipe `%.*s` parameter `%.*s` requires at least one element but received empty list", STR_ARG(r->name.s),
			       STR_ARG(p->name.s));
	return true;
}

static bool bind_param(struct lang_run *run, struct lang_scope *scope, const struct lang_param *p, const struct lang_value *arg, struct arena *a,
		       struct lang_value *out, struct err *err)
{
	bool lists = lang_on(scope->module, LANG_SET_LISTS);
	if (arg && arg->n) {
		*out = *arg;
	} else if (p->fallback) {
		struct evaluator ev = { .scope = scope, .run = run, .host = run->host, .arena = a, .err = err };
		if (!eval_expr(&ev, p->fallback, out))
			return false;
	} else {
		*out = (struct lang_value){ 0 };
	}
	if (!check_number(scope->recipe, p, out->n, lists, err))
		return false;
	for (size_t i = 0; i < out->n; i++)
		if (!lang_param_check(scope->recipe, p, out->p[i], err))
			return false;
	if (!lists && out->n != 1)
		*out = lang_value_of(a, lang_join(a, out));
	return true;
}

/* Evaluates the [env] attributes; each sees those before it in the environment of its commands, the parameters none. */
static bool eval_env(struct lang_scope *scope, struct arena *a, struct err *err)
{
	const struct lang_attributes *all = &scope->recipe->attributes;
	if (!lang_has(all, LANG_ATTR_ENV))
		return true;
	struct lang_pair *pairs = arena_array(a, struct lang_pair, all->n);
	scope->env = pairs;
	for (size_t i = 0; i < all->n; i++) {
		const struct lang_attribute *attr = &all->p[i];
		if (attr->kind != LANG_ATTR_ENV || attr->n_args < 2)
			continue;
		struct lang_pair *pair = &pairs[scope->n_env];
		struct lang_value value;
		if (!lang_eval_attribute(scope, attr, a, &pair->name, err) || !lang_eval(scope, attr->args[1], a, &value, err))
			return false;
		if (value.n == 0)
			continue;
		pair->value = lang_join(a, &value);
		scope->n_env++;
	}
	return true;
}

const struct lang_scope *lang_scope_without_env(const struct lang_scope *scope, struct arena *a)
{
	if (scope->n_env == 0)
		return scope;
	struct lang_scope *out = arena_new(a, struct lang_scope);
	*out = *scope;
	out->n_env = 0;
	return out;
}

bool lang_call_scope(struct lang_run *run, const struct lang_call *call, struct arena *a, const struct lang_scope **out, struct err *err)
{
	const struct lang_recipe *r = call->recipe;
	const struct lang_scope *module;
	if (!lang_run_module(run, r->module, &module, err))
		return false;
	struct lang_scope *scope = arena_new(a, struct lang_scope);
	struct lang_value *params = arena_array(a, struct lang_value, r->n_params);
	*scope = (struct lang_scope){ .run = run, .module = r->module, .recipe = r, .params = params, .is_dependency = call->is_dependency };
	if (!eval_env(scope, a, err))
		return false;
	for (size_t i = 0; i < r->n_params; i++) {
		if (!bind_param(run, scope, &r->params[i], call->args ? &call->args[i] : NULL, a, &params[i], err))
			return false;
		scope->n_params = i + 1;
	}
	*out = scope;
	return true;
}

/* Exports. */

static void export_value(struct lang_run *run, struct str name, const struct lang_value *v, lang_export_visit *visit, void *ctx)
{
	if (v->n)
		visit(ctx, name, lang_join(&run->arena, v));
}

static void export_module(struct lang_run *run, const struct lang_module *module, lang_export_visit *visit, void *ctx)
{
	if (module->parent)
		export_module(run, module->parent, visit, ctx);
	if (run->n_modules <= module->index || !run->modules[module->index].is_evaluated)
		return;
	const struct module_values *m = &run->modules[module->index];
	bool all = lang_on(module, LANG_SET_EXPORT);
	for (size_t i = 0; i < map_len(&module->assignments); i++) {
		const struct lang_assignment *a = module->order[i];
		if ((all || a->is_exported) && m->known[a->slot])
			export_value(run, a->name.s, &m->values[a->slot], visit, ctx);
	}
}

void lang_scope_exports(const struct lang_scope *scope, lang_export_visit *visit, void *ctx)
{
	export_module(scope->run, scope->module, visit, ctx);
	if (!scope->recipe || scope->depth)
		return;
	/* While defaults are evaluated the parameters are not exported yet. */
	bool all = lang_on(scope->module, LANG_SET_EXPORT), are_bound = scope->n_params == scope->recipe->n_params;
	for (size_t i = 0; are_bound && i < scope->n_params; i++)
		if (all || scope->recipe->params[i].exported)
			export_value(scope->run, scope->recipe->params[i].name.s, &scope->params[i], visit, ctx);
	for (size_t i = 0; i < scope->n_env; i++)
		visit(ctx, scope->env[i].name, scope->env[i].value);
}
