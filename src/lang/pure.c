/*
 * Which recipes can be evaluated ahead of their turn: those whose text is a function of the tasks file, the arguments and the environment alone. What asks files,
 * commands, the clock or chance is listed here by name; a function that is not in the list is one of strings.
 */
#include "lang/builtin.h"
#include "lang/file_ast.h"

/* How deep functions of the user's are followed; what lies deeper counts as impure. */
enum { FOLLOW_MAX = 16 };

struct purity {
	bool is_pure, allows_commands;
	int depth;
};

static bool asks_outside(struct str function)
{
	static const struct str names[] = {
		STR_INIT("blake3_file"), STR_INIT("canonicalize"), STR_INIT("choose"), STR_INIT("datetime"), STR_INIT("datetime_utc"),
		STR_INIT("error"), STR_INIT("just_pid"), STR_INIT("path_exists"), STR_INIT("read"), STR_INIT("require"), STR_INIT("sha256_file"),
		STR_INIT("shell"), STR_INIT("uuid"), STR_INIT("which"),
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(names[i], function))
			return true;
	return false;
}

static bool visit(void *ctx, struct lang_expr *e)
{
	struct purity *p = ctx;
	bool is_call = e->kind == LANG_CALL && e->call.builtin;
	bool is_command = e->kind == LANG_BACKTICK || (is_call && str_eq_c(e->call.builtin->name, "shell"));
	if (is_command ? !p->allows_commands : is_call && asks_outside(e->call.builtin->name))
		p->is_pure = false;
	if (e->kind == LANG_CALL && !e->call.builtin && e->call.function) {
		p->depth++;
		if (p->depth > FOLLOW_MAX)
			p->is_pure = false;
		else if (!lang_expr_walk(e->call.function->body, visit, p))
			return false;
		p->depth--;
	}
	return p->is_pure;
}

static bool is_pure_but(struct lang_expr *e, enum lang_purity purity)
{
	struct purity p = { .is_pure = true, .allows_commands = purity == LANG_COMMANDS_COUNT_NOT };
	return !e || (lang_expr_walk(e, visit, &p) && p.is_pure);
}

static bool is_pure(struct lang_expr *e)
{
	return is_pure_but(e, LANG_ALL_COUNTS);
}

static bool attributes_are_pure(const struct lang_attributes *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct lang_attribute *a = &all->p[i];
		for (size_t k = 0; k < a->n_args; k++)
			if (!is_pure(a->args[k]))
				return false;
		for (size_t k = 0; k < a->n_keywords; k++)
			if (!is_pure(a->keywords[k].value))
				return false;
	}
	return true;
}

bool lang_recipe_is_pure(const struct lang_recipe *r)
{
	if (r->is_folded)
		return r->is_pure;
	for (size_t i = 0; i < r->n_params; i++)
		if (!is_pure(r->params[i].fallback) || !is_pure(r->params[i].arg->value))
			return false;
	for (size_t i = 0; i < r->n_deps; i++)
		for (size_t k = 0; k < r->deps[i].n_args; k++)
			if (!is_pure(r->deps[i].args[k].expr))
				return false;
	for (size_t i = 0; i < r->n_lines; i++)
		for (size_t k = 0; k < r->body[i].n; k++)
			if (!is_pure(r->body[i].p[k].expr))
				return false;
	return attributes_are_pure(&r->attributes);
}

static bool module_is_pure(const struct lang_module *m, enum lang_purity purity)
{
	for (size_t i = 0; i < map_len(&m->assignments); i++)
		if (!is_pure_but((*(struct lang_assignment **)map_at(&m->assignments, i))->value, purity))
			return false;
	for (size_t i = 0; i < map_len(&m->modules); i++)
		if (!module_is_pure(*(struct lang_module **)map_at(&m->modules, i), purity))
			return false;
	return true;
}

bool lang_values_are_pure(const struct lang_tree *tree, enum lang_purity purity)
{
	return module_is_pure(tree->root, purity);
}
