/*
 * Names to what they mean. For each assignment and function the names in its expression are listed once, in the order of the text, bad ones included;
 * a depth-first walk over these lists then finds the order of evaluation, circles, and the first bad name in the order in which just comes upon it. The
 * walk keeps its own stack, so that a chain of variables may be of any length.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/builtin.h"
#include "lang/error.h"
#include "lang/file_ast.h"

bool lang_expr_walk(struct lang_expr *e, lang_expr_visit *visit, void *ctx)
{
	while (e) {
		if (!visit(ctx, e))
			return false;
		struct lang_expr *next = NULL;
		switch (e->kind) {
		case LANG_STRING:
		case LANG_BACKTICK:
		case LANG_VARIABLE:
			break;
		case LANG_FORMAT:
			for (size_t i = 0; i < e->format.n; i++)
				if (!lang_expr_walk(e->format.exprs[i], visit, ctx))
					return false;
			break;
		case LANG_CALL:
			for (size_t i = 0; i < e->call.n; i++)
				if (!lang_expr_walk(e->call.args[i], visit, ctx))
					return false;
			break;
		case LANG_CONCAT:
		case LANG_JOIN:
		case LANG_APPEND:
		case LANG_AND:
		case LANG_OR:
		case LANG_COMPARE:
			if (e->pair.left && !lang_expr_walk(e->pair.left, visit, ctx))
				return false;
			next = e->pair.right;
			break;
		case LANG_NOT:
		case LANG_GROUP:
			next = e->pair.left;
			break;
		case LANG_IF:
		case LANG_ASSERT:
			if (!lang_expr_walk(e->cond.condition, visit, ctx))
				return false;
			if (e->kind == LANG_IF && !lang_expr_walk(e->cond.then, visit, ctx))
				return false;
			next = e->kind == LANG_IF ? e->cond.otherwise : e->cond.then;
			break;
		case LANG_LIST:
			for (size_t i = 0; i < e->list.n; i++)
				if (!lang_expr_walk(e->list.items[i], visit, ctx))
					return false;
			break;
		}
		e = next;
	}
	return true;
}

static bool find_param(const struct lang_names *names, struct str name, uint32_t *index)
{
	for (size_t i = 0; i < names->n_params; i++) {
		struct str param = names->params ? names->params[i].name.s : names->names[i].s;
		if (str_eq(param, name)) {
			*index = (uint32_t)i;
			return true;
		}
	}
	return false;
}

/* Parameters hide assignments, those hide constants. False where nothing has the name. */
static bool bind_variable(const struct lang_names *names, struct lang_expr *e)
{
	struct str name = e->variable.name;
	if (find_param(names, name, &e->variable.index)) {
		e->variable.bind = LANG_BIND_PARAM;
		return true;
	}
	struct lang_assignment **a = map_find(&names->module->assignments, name);
	if (a) {
		e->variable.bind = LANG_BIND_ASSIGNMENT;
		e->variable.assignment = *a;
		return true;
	}
	if (lang_constant_find(name, &e->variable.index)) {
		e->variable.bind = LANG_BIND_CONSTANT;
		return true;
	}
	return false;
}

static bool bind_call(const struct lang_names *names, struct lang_expr *e)
{
	struct lang_function **f = map_find(&names->module->functions, e->call.name);
	if (f)
		e->call.function = *f;
	else
		e->call.builtin = builtin_find(e->call.name);
	return e->call.function || e->call.builtin;
}

static bool fail_variable(const struct lang_expr *e, struct err *err)
{
	return lang_fail(err, &e->at, "variable `%.*s` not defined", STR_ARG(e->variable.name));
}

static bool check_call(const struct lang_expr *e, struct err *err)
{
	struct str name = e->call.name;
	if (!e->call.function && !e->call.builtin)
		return lang_fail(err, &e->at, "call to undefined function `%.*s`", STR_ARG(name));
	size_t min = e->call.function ? e->call.function->n_params : e->call.builtin->min;
	size_t max = e->call.function ? min : e->call.builtin->max, n = e->call.n;
	if (n >= min && n <= max)
		return true;
	char takes[64];
	if (max == SIZE_MAX)
		snprintf(takes, sizeof(takes), "%zu or more", min);
	else if (min == max)
		snprintf(takes, sizeof(takes), "%zu", min);
	else
		snprintf(takes, sizeof(takes), "%zu to %zu", min, max);
	return lang_fail(err, &e->at, "function `%.*s` called with %zu argument%s but takes %s", STR_ARG(name), n, n == 1 ? "" : "s", takes);
}

struct binding {
	const struct lang_names *names;
	struct err *err;
};

static bool visit_bind(void *ctx, struct lang_expr *e)
{
	struct binding *b = ctx;
	if (e->kind == LANG_VARIABLE)
		return bind_variable(b->names, e) || fail_variable(e, b->err);
	if (e->kind == LANG_CALL) {
		bind_call(b->names, e);
		return check_call(e, b->err);
	}
	return true;
}

bool lang_bind_expr(const struct lang_names *names, struct lang_expr *e, struct err *err)
{
	return lang_expr_walk(e, visit_bind, &(struct binding){ names, err });
}

/* Assignments and functions of a module. */

enum state { NEW, OPEN, DONE };

/* One thing that the walk goes through: an assignment or a function, with the names of its expression. */
struct subject {
	struct lang_assignment *assignment;
	struct lang_function *function;
	struct lang_expr **names; /* variables and calls, in order */
	uint32_t n_names;
	uint8_t state;            /* enum state */
};

struct resolution {
	struct lang_module *module;
	struct subject *assignments, *functions; /* by slot */
	VEC(struct frame {
		struct subject *subject;
		size_t next;
	}) stack;
	VEC(struct lang_expr *) found; /* the names of a subject while they are listed */
	size_t n_order;
	struct arena *arena;
	struct err *err;
};

struct listing {
	struct resolution *r;
	struct lang_names names;
};

static bool visit_list(void *ctx, struct lang_expr *e)
{
	struct listing *l = ctx;
	if (e->kind == LANG_VARIABLE)
		bind_variable(&l->names, e);
	else if (e->kind == LANG_CALL)
		bind_call(&l->names, e);
	else
		return true;
	vec_push(&l->r->found, e);
	return true;
}

static void list_names(struct resolution *r, struct subject *s, struct lang_expr *e)
{
	struct listing l = { .r = r, .names = { .module = r->module } };
	if (s->function) {
		l.names.names = s->function->params;
		l.names.n_params = s->function->n_params;
	}
	r->found.n = 0;
	lang_expr_walk(e, visit_list, &l);
	size_t n = r->found.n;
	if (!n)
		return;
	s->n_names = (uint32_t)n;
	s->names = arena_alloc(r->arena, n * sizeof(*s->names));
	memcpy(s->names, r->found.p, n * sizeof(*s->names));
	struct lang_refs *refs = s->function ? &s->function->refs : &s->assignment->refs;
	refs->assignments = arena_alloc(r->arena, n * sizeof(*refs->assignments));
	refs->functions = arena_alloc(r->arena, n * sizeof(*refs->functions));
	for (size_t i = 0; i < n; i++) {
		const struct lang_expr *name = s->names[i];
		if (name->kind == LANG_VARIABLE && name->variable.bind == LANG_BIND_ASSIGNMENT)
			refs->assignments[refs->n_assignments++] = name->variable.assignment;
		if (name->kind == LANG_CALL && name->call.function)
			refs->functions[refs->n_functions++] = name->call.function;
	}
}

/* The assignments on the stack from `s` on, and `s` again: `a -> b -> a`. */
static bool fail_circle(struct resolution *r, const struct subject *s)
{
	AUTO_BUF b = { 0 };
	bool in = false;
	size_t n = 0;
	for (size_t i = 0; i < r->stack.n; i++) {
		const struct subject *on = r->stack.p[i].subject;
		in |= on == s;
		if (!in || !on->assignment)
			continue;
		buf_addf(&b, "%.*s -> ", STR_ARG(on->assignment->name.s));
		n++;
	}
	const struct lang_name *name = &s->assignment->name;
	if (n == 1)
		return lang_fail(r->err, &name->at, "variable `%.*s` is defined in terms of itself", STR_ARG(name->s));
	return lang_fail(r->err, &name->at, "variable `%.*s` depends on its own value: `%s%.*s`", STR_ARG(name->s), buf_text(&b), STR_ARG(name->s));
}

static void open_subject(struct resolution *r, struct subject *s)
{
	s->state = OPEN;
	vec_push(&r->stack, (struct frame){ s, 0 });
}

/* Follows one name of a subject; *into is what has to be gone through first. Calls in functions are checked later, by check_calls. */
static bool follow(struct resolution *r, const struct subject *from, struct lang_expr *e, struct subject **into)
{
	*into = NULL;
	struct subject *s = NULL;
	if (e->kind == LANG_VARIABLE) {
		if (e->variable.bind == LANG_BIND_NONE)
			return fail_variable(e, r->err);
		if (e->variable.bind == LANG_BIND_ASSIGNMENT)
			s = &r->assignments[e->variable.assignment->slot];
	} else {
		if (from->assignment && !check_call(e, r->err))
			return false;
		if (e->call.function)
			s = &r->functions[e->call.function->slot];
	}
	if (!s || s->state == DONE)
		return true;
	if (s->state == OPEN)
		return s->function ? true : fail_circle(r, s);
	*into = s;
	return true;
}

static bool resolve_from(struct resolution *r, struct subject *root)
{
	if (root->state != NEW)
		return true;
	open_subject(r, root);
	while (r->stack.n) {
		struct frame *top = &vec_last(&r->stack);
		struct subject *s = top->subject, *into = NULL;
		if (top->next < s->n_names) {
			if (!follow(r, s, s->names[top->next++], &into))
				return false;
			if (into)
				open_subject(r, into);
			continue;
		}
		s->state = DONE;
		if (s->assignment)
			r->module->order[r->n_order++] = s->assignment;
		r->stack.n--;
	}
	return true;
}

static bool check_calls(const struct subject *function, struct err *err)
{
	for (size_t i = 0; i < function->n_names; i++)
		if (function->names[i]->kind == LANG_CALL && !check_call(function->names[i], err))
			return false;
	return true;
}

bool lang_resolve_variables(struct lang_module *m, struct arena *a, struct err *err)
{
	size_t n = map_len(&m->assignments), n_functions = map_len(&m->functions);
	struct resolution r = { .module = m, .arena = a, .err = err };
	r.assignments = arena_array(a, struct subject, n);
	r.functions = arena_array(a, struct subject, n_functions);
	m->order = arena_array(a, const struct lang_assignment *, n);
	for (size_t i = 0; i < n; i++) {
		struct lang_assignment *x = *(struct lang_assignment **)map_at(&m->assignments, i);
		r.assignments[i].assignment = x;
		if (x->kinds & (1U << LANG_VARIABLE | 1U << LANG_CALL))
			list_names(&r, &r.assignments[i], x->value);
	}
	for (size_t i = 0; i < n_functions; i++) {
		struct lang_function *f = *(struct lang_function **)map_at(&m->functions, i);
		r.functions[i].function = f;
		list_names(&r, &r.functions[i], f->body);
	}
	bool ok = true;
	for (size_t i = 0; i < n && ok; i++)
		ok = resolve_from(&r, &r.assignments[map_sorted(&m->assignments, i)]);
	for (size_t i = 0; i < n_functions && ok; i++)
		ok = resolve_from(&r, &r.functions[map_sorted(&m->functions, i)]);
	for (size_t i = 0; i < n_functions && ok; i++)
		ok = check_calls(&r.functions[map_sorted(&m->functions, i)], err);
	vec_deinit(&r.stack);
	vec_deinit(&r.found);
	return ok;
}
