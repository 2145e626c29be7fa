/*
 * The evaluator walks the tree; a value is a list of strings. Chains of an operator lean to the right and may be of any length: they are gone
 * through in a loop, their operands kept in a vector, and folded from the right. Nesting is capped, both by the parser and, across calls of user-defined
 * functions, here.
 */
#include "lang/eval.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "lang/builtin.h"
#include "lang/error.h"
#include "lang/file_ast.h"
#include "text/regex.h"

/* Nested evaluations, calls of functions included, that the C stack is trusted with. */
#define LANG_EVAL_DEPTH_MAX 4000

static bool truth(const struct evaluator *ev, bool b, struct lang_value *out)
{
	*out = b ? lang_value_of(ev->arena, STR("true")) : (struct lang_value){ 0 };
	return true;
}

/* Operators. */

typedef VEC(struct lang_value) value_list;

static bool fail_lengths(struct evaluator *ev, const struct lang_expr *e, const struct lang_value *l, const struct lang_value *r)
{
	const char *op = e->kind == LANG_JOIN ? "/" : "+";
	if (l->n == 0 || r->n == 0)
		return lang_fail_kind(ev->err, ERR_FAILED, &e->at, "operator `%s` cannot be applied to empty lists", op);
	AUTO_BUF b = { 0 };
	lang_show_value(l, ev->host->stderr_color, &b);
	buf_addf(&b, " %s ", op);
	lang_show_value(r, ev->host->stderr_color, &b);
	return lang_fail_kind(ev->err, ERR_FAILED, &e->at, "operator `%s` cannot be applied to lists of different lengths: %s", op, buf_text(&b));
}

/* left + right and left / right, element by element; a single string goes with each element of the other. */
static bool combine(struct evaluator *ev, const struct lang_expr *e, const struct lang_value *l, const struct lang_value *r, struct lang_value *out)
{
	struct str sep = e->kind == LANG_JOIN ? STR("/") : STR("");
	if (l->n == 0 && r->n == 0) {
		*out = (struct lang_value){ 0 };
		return true;
	}
	if (l->n == 0 || r->n == 0 || (l->n != r->n && l->n != 1 && r->n != 1))
		return fail_lengths(ev, e, l, r);
	size_t n = MAX(l->n, r->n);
	struct str *p = arena_alloc(ev->arena, n * sizeof(*p));
	for (size_t i = 0; i < n; i++) {
		struct str a = l->p[l->n == 1 ? 0 : i], b = r->p[r->n == 1 ? 0 : i];
		char *s = arena_alloc(ev->arena, a.n + sep.n + b.n + 1);
		if (a.n)
			memcpy(s, a.p, a.n);
		memcpy(s + a.n, sep.p, sep.n);
		if (b.n)
			memcpy(s + a.n + sep.n, b.p, b.n);
		s[a.n + sep.n + b.n] = '\0';
		p[i] = (struct str){ s, a.n + sep.n + b.n };
	}
	*out = (struct lang_value){ p, n };
	return true;
}

static struct lang_value append(struct arena *a, const struct lang_value *l, const struct lang_value *r)
{
	if (!l->n)
		return *r;
	if (!r->n)
		return *l;
	struct str *p = arena_alloc(a, (l->n + r->n) * sizeof(*p));
	memcpy(p, l->p, l->n * sizeof(*p));
	memcpy(p + l->n, r->p, r->n * sizeof(*p));
	return (struct lang_value){ p, l->n + r->n };
}

/* A run of ++ at once. */
static struct lang_value append_all(struct arena *a, const struct lang_value *values, size_t n_values, const struct lang_value *last)
{
	size_t n = last->n, at = 0;
	for (size_t i = 0; i < n_values; i++)
		n += values[i].n;
	struct str *p = arena_alloc(a, n * sizeof(*p));
	for (size_t i = 0; i <= n_values; i++) {
		const struct lang_value *v = i < n_values ? &values[i] : last;
		if (v->n)
			memcpy(p + at, v->p, v->n * sizeof(*p));
		at += v->n;
	}
	return (struct lang_value){ p, n };
}

static bool is_sum(const struct lang_expr *e)
{
	return e->kind == LANG_CONCAT || e->kind == LANG_JOIN || e->kind == LANG_APPEND;
}

/* A run of + and / over single strings at once, so that a long chain is not copied again and again. */
static bool join_strings(struct evaluator *ev, const struct lang_expr *e, const value_list *values, struct lang_value *out)
{
	const struct lang_expr *x = e;
	size_t n = 0;
	for (size_t i = 0; i < values->n; i++, x = x->pair.right) {
		if (values->p[i].n != 1 || (i + 1 < values->n && x->kind == LANG_APPEND))
			return false;
		n += values->p[i].p[0].n + 1;
	}
	char *s = arena_alloc(ev->arena, n + 1);
	size_t at = 0;
	x = e;
	for (size_t i = 0; i < values->n; i++, x = x->pair.right) {
		struct str piece = values->p[i].p[0];
		if (piece.n)
			memcpy(s + at, piece.p, piece.n);
		at += piece.n;
		if (i + 1 < values->n && x->kind == LANG_JOIN)
			s[at++] = '/';
	}
	s[at] = '\0';
	*out = lang_value_of(ev->arena, (struct str){ s, at });
	return true;
}

static bool eval_two(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	struct str none = STR("");
	struct lang_value left = { &none, 1 }, right;
	if ((e->pair.left && !eval_expr(ev, e->pair.left, &left)) || !eval_expr(ev, e->pair.right, &right))
		return false;
	if (e->kind != LANG_APPEND)
		return combine(ev, e, &left, &right, out);
	*out = append(ev->arena, &left, &right);
	return true;
}

static bool eval_sum(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	if (!is_sum(e->pair.right))
		return eval_two(ev, e, out);
	value_list values = { 0 };
	VEC(const struct lang_expr *) ops = { 0 };
	bool ok = true;
	for (const struct lang_expr *x = e; ok; x = x->pair.right) {
		struct lang_value v = lang_value_of(ev->arena, STR(""));
		const struct lang_expr *operand = is_sum(x) ? x->pair.left : x;
		ok = !operand || eval_expr(ev, operand, &v);
		vec_push(&values, v);
		if (!is_sum(x))
			break;
		vec_push(&ops, x);
	}
	if (ok && !join_strings(ev, e, &values, out)) {
		*out = vec_last(&values);
		for (size_t i = ops.n; i-- > 0 && ok;) {
			struct lang_value right = *out;
			if (ops.p[i]->kind != LANG_APPEND) {
				ok = combine(ev, ops.p[i], &values.p[i], &right, out);
				continue;
			}
			size_t end = i + 1;
			while (i > 0 && ops.p[i - 1]->kind == LANG_APPEND)
				i--;
			*out = append_all(ev->arena, &values.p[i], end - i, &right);
		}
	}
	vec_deinit(&values);
	vec_deinit(&ops);
	return ok;
}

static bool eval_logic(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	for (;; e = e->pair.right) {
		if (e->kind != LANG_AND && e->kind != LANG_OR)
			return eval_expr(ev, e, out);
		if (!eval_expr(ev, e->pair.left, out))
			return false;
		bool stop = e->kind == LANG_AND ? out->n == 0 : out->n > 0;
		if (stop)
			return true;
	}
}

/* A pattern is compiled once a run: a function may match it again and again. */
static bool compiled(struct evaluator *ev, const struct lang_expr *e, struct str pattern, const struct regex **out)
{
	struct lang_run *run = ev->run;
	const struct regex **known = map_find(&run->regexes, pattern);
	AUTO_ERR why = { 0 };
	if (!known && !regex_compile(&run->arena, pattern, REGEX_RUST, out, &why))
		return lang_fail_kind(ev->err, ERR_FAILED, &e->at, "%s", why.message);
	if (known)
		*out = *known;
	else
		*(const struct regex **)map_put(&run->regexes, arena_str(&run->arena, pattern)) = *out;
	return true;
}

static bool matches(struct evaluator *ev, const struct lang_expr *e, const struct lang_value *v, const struct lang_value *patterns, bool *out)
{
	*out = false;
	for (size_t i = 0; i < patterns->n; i++) {
		const struct regex *re;
		if (!compiled(ev, e, patterns->p[i], &re))
			return false;
		for (size_t j = 0; j < v->n && !*out; j++)
			*out = regex_match(re, v->p[j]);
	}
	return true;
}

static bool same(const struct lang_value *a, const struct lang_value *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!str_eq(a->p[i], b->p[i]))
			return false;
	return true;
}

static bool eval_comparison(struct evaluator *ev, const struct lang_expr *e, bool *out)
{
	struct lang_value l, r;
	if (!eval_expr(ev, e->pair.left, &l) || !eval_expr(ev, e->pair.right, &r))
		return false;
	if (e->pair.op == LANG_EQ || e->pair.op == LANG_NE) {
		*out = same(&l, &r) == (e->pair.op == LANG_EQ);
		return true;
	}
	if (!matches(ev, e, &l, &r, out))
		return false;
	*out ^= e->pair.op == LANG_NO_MATCH;
	return true;
}

static bool eval_condition(struct evaluator *ev, const struct lang_expr *e, struct lang_value *v, bool *out)
{
	if (e->kind == LANG_COMPARE) {
		if (!eval_comparison(ev, e, out))
			return false;
		return truth(ev, *out, v);
	}
	if (!eval_expr(ev, e, v))
		return false;
	*out = v->n > 0;
	return true;
}

static bool eval_assert(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	bool holds;
	struct lang_value message;
	if (!eval_condition(ev, e->cond.condition, out, &holds))
		return false;
	if (holds) {
		if (!lang_on(ev->scope->module, LANG_SET_LISTS))
			*out = lang_value_of(ev->arena, STR(""));
		return true;
	}
	if (e->cond.then) {
		if (!eval_expr(ev, e->cond.then, &message))
			return false;
		struct str text = lang_join(ev->arena, &message);
		return lang_fail_kind(ev->err, ERR_FAILED, &e->at, "assert failed: %.*s", STR_ARG(text));
	}
	AUTO_BUF b = { 0 };
	lang_show_expr(e->cond.condition, &b);
	return lang_fail_kind(ev->err, ERR_FAILED, &e->at, "assert failed: `%s`", buf_text(&b));
}

static bool eval_if(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	for (; e && e->kind == LANG_IF; e = e->cond.otherwise) {
		bool holds;
		if (!eval_condition(ev, e->cond.condition, out, &holds))
			return false;
		if (holds)
			return eval_expr(ev, e->cond.then, out);
	}
	*out = (struct lang_value){ 0 };
	return !e || eval_expr(ev, e, out);
}

/* Literals. */

static bool eval_list(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	VEC(struct str) items = { 0 };
	for (size_t i = 0; i < e->list.n; i++) {
		struct lang_value v;
		if (!eval_expr(ev, e->list.items[i], &v))
			return false;
		for (size_t j = 0; j < v.n; j++)
			vec_push_in(&items, ev->arena, v.p[j]);
	}
	*out = (struct lang_value){ items.p, items.n };
	return true;
}

static bool eval_format(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i <= e->format.n; i++) {
		buf_add(&b, e->format.texts[i].cooked);
		struct lang_value v;
		if (i == e->format.n)
			break;
		if (!eval_expr(ev, e->format.exprs[i], &v))
			return false;
		buf_add(&b, lang_join(ev->arena, &v));
	}
	/* The indentation that goes is that of the whole text, values included. */
	enum lang_quote quote = e->format.texts[0].quote;
	bool indented = quote == LANG_QUOTE_TRIPLE_SINGLE || quote == LANG_QUOTE_TRIPLE_DOUBLE;
	*out = lang_value_of(ev->arena, indented ? lang_unindent(ev->arena, buf_str(&b)) : buf_to_arena(&b, ev->arena));
	return true;
}

/* Commands. */

bool eval_command(struct evaluator *ev, const struct lang_command *command, const char *prefix, struct str *out)
{
	const struct lang_host *host = ev->host;
	if (!host->run)
		return lang_fail_kind(ev->err, ERR_FAILED, &command->at, "commands cannot be run here");
	struct str text;
	if (!host->run(host->ctx, command, ev->arena, &text, ev->err)) {
		lang_err_prefix(ev->err, prefix);
		return lang_err_place(ev->err, &command->at);
	}
	struct str fault = utf8_fault(text, ev->arena);
	if (fault.p)
		return lang_fail_kind(ev->err, ERR_FAILED, &command->at, "%s: %.*s",
		                      command->is_shell_call ? "shell command failed: could not convert process stdout to UTF-8"
							     : "backtick succeeded but stdout was not utf8",
		                      STR_ARG(fault));
	if (str_ends(text, STR("\n")))
		text.n -= str_ends(text, STR("\r\n")) ? 2 : 1;
	*out = text;
	return true;
}

static bool eval_backtick(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	if (ev->run->is_const)
		return lang_fail_kind(ev->err, ERR_DENIED, &e->at, "cannot call backticks in const context");
	if (ev->host->is_dry_run) {
		*out = lang_value_of(ev->arena, arena_fmt(ev->arena, "`%.*s`", STR_ARG(e->string.cooked)));
		return true;
	}
	struct lang_command command = {
		.text = e->string.cooked,
		.module = ev->scope->module,
		.recipe = ev->scope->recipe,
		.scope = ev->scope,
		.at = e->at,
	};
	struct str text;
	if (!eval_command(ev, &command, "backtick ", &text))
		return false;
	*out = lang_value_of(ev->arena, text);
	return true;
}

/* Names. */

static bool eval_variable(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	switch (e->variable.bind) {
	case LANG_BIND_PARAM:
		if (e->variable.index < ev->scope->n_params) {
			*out = ev->scope->params[e->variable.index];
			return true;
		}
		break;
	case LANG_BIND_CONSTANT:
		*out = lang_value_of(ev->arena, lang_constants[e->variable.index].value);
		return true;
	case LANG_BIND_ASSIGNMENT: {
		const struct lang_assignment *x = e->variable.assignment;
		if (ev->run->is_const)
			return lang_eval_const_variable(ev, e, out);
		const struct module_values *m = &ev->run->modules[x->module->index];
		if (m->known[x->slot] || lang_run_catch_up(ev->run, x, ev->err)) {
			*out = m->values[x->slot];
			return true;
		}
		break;
	}
	case LANG_BIND_NONE:
		break;
	}
	return lang_fail_kind(ev->err, ERR_FAILED, &e->at, "variable `%.*s` has not been evaluated", STR_ARG(e->variable.name));
}

static bool call_function(struct evaluator *ev, const struct lang_expr *e, const struct lang_value *args, struct lang_value *out)
{
	const struct lang_function *f = e->call.function;
	if (ev->scope->depth + 1 >= LANG_CALL_DEPTH_MAX)
		return err_set(ev->err, ERR_LIMIT, "maximum recursion depth of %d exceeded while calling function %.*s", LANG_CALL_DEPTH_MAX,
			       STR_ARG(f->name.s));
	struct lang_scope scope = *ev->scope;
	scope.params = args;
	scope.n_params = e->call.n;
	scope.depth++;
	struct evaluator inner = *ev;
	inner.scope = &scope;
	return eval_expr(&inner, f->body, out);
}

static bool eval_call(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	if (ev->run->is_const)
		return lang_fail_kind(ev->err, ERR_DENIED, &e->at, "cannot call functions in const context");
	struct lang_value *args = arena_array(ev->arena, struct lang_value, e->call.n);
	struct builtin_call c = { .ev = ev, .expr = e, .args = args, .n = e->call.n, .arena = ev->arena, .out = out, .err = ev->err };
	bool strings = !e->call.function && e->call.builtin->takes == BUILTIN_STRINGS;
	for (size_t i = 0; i < e->call.n; i++) {
		if (!eval_expr(ev, e->call.args[i], &args[i]))
			return false;
		if (strings && args[i].n != 1)
			return builtin_fail_list(&c, &args[i]);
	}
	if (e->call.function)
		return call_function(ev, e, args, out);
	if (e->call.builtin->call(&c))
		return true;
	return lang_err_place(ev->err, &e->at);
}

static bool eval_node(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	bool b;
	switch (e->kind) {
	case LANG_STRING:
		*out = (struct lang_value){ (struct str *)&e->string.cooked, 1 }; /* nobody writes to values */
		return true;
	case LANG_FORMAT:
		return eval_format(ev, e, out);
	case LANG_BACKTICK:
		return eval_backtick(ev, e, out);
	case LANG_VARIABLE:
		return eval_variable(ev, e, out);
	case LANG_CALL:
		return eval_call(ev, e, out);
	case LANG_CONCAT:
	case LANG_JOIN:
	case LANG_APPEND:
		return eval_sum(ev, e, out);
	case LANG_AND:
	case LANG_OR:
		return eval_logic(ev, e, out);
	case LANG_NOT: {
		size_t n = 0;
		for (; e->kind == LANG_NOT; e = e->pair.left)
			n++;
		return eval_expr(ev, e, out) && truth(ev, (out->n > 0) == (n % 2 == 0), out);
	}
	case LANG_COMPARE:
		return eval_comparison(ev, e, &b) && truth(ev, b, out);
	case LANG_GROUP:
		return eval_expr(ev, e->pair.left, out);
	case LANG_IF:
		return eval_if(ev, e, out);
	case LANG_ASSERT:
		return eval_assert(ev, e, out);
	case LANG_LIST:
		return eval_list(ev, e, out);
	}
	return false;
}

bool eval_expr(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out)
{
	if (ev->run->depth >= LANG_EVAL_DEPTH_MAX)
		return lang_fail_kind(ev->err, ERR_LIMIT, &e->at, "expressions are nested deeper than %d", LANG_EVAL_DEPTH_MAX);
	ev->run->depth++;
	bool ok = eval_node(ev, e, out);
	ev->run->depth--;
	return ok;
}

bool lang_eval(const struct lang_scope *scope, const struct lang_expr *expr, struct arena *a, struct lang_value *out, struct err *err)
{
	struct evaluator ev = { .scope = scope, .run = scope->run, .host = scope->run->host, .arena = a, .err = err };
	return eval_expr(&ev, expr, out);
}

bool lang_eval_attribute(const struct lang_scope *scope, const struct lang_attribute *attribute, struct arena *a, struct str *out, struct err *err)
{
	struct lang_value v;
	if (!lang_eval(scope, attribute->args[0], a, &v, err))
		return false;
	if (v.n == 1) {
		*out = v.p[0];
		return true;
	}
	AUTO_BUF b = { 0 };
	lang_show_value(&v, scope->run->host->stderr_color, &b);
	bool is_env = attribute->kind == LANG_ATTR_ENV;
	return lang_fail_kind(err, ERR_FAILED, &attribute->at, "list value %s used as %s%.*s%s", buf_text(&b), is_env ? "`" : "a `[",
			      STR_ARG(lang_attr_rows[attribute->kind].name), is_env ? "` attribute name" : "]` attribute");
}

static void add_text(struct buf *out, struct str s)
{
	for (size_t at; (at = str_find(s, STR("{{{{"))) != STR_NPOS; s = str_slice(s, at + 4, s.n)) {
		buf_add(out, str_slice(s, 0, at));
		buf_add_c(out, "{{");
	}
	buf_add(out, s);
}

bool lang_eval_line(const struct lang_scope *scope, const struct lang_line *line, struct buf *out, struct err *err)
{
	struct arena a = { 0 };
	bool ok = true;
	for (size_t i = 0; i < line->n && ok; i++) {
		struct lang_value v;
		if (!line->p[i].expr) {
			add_text(out, lang_text(&line->p[i].at));
			continue;
		}
		ok = lang_eval(scope, line->p[i].expr, &a, &v, err);
		if (ok)
			buf_add(out, lang_join(&a, &v));
	}
	arena_deinit(&a);
	return ok;
}
