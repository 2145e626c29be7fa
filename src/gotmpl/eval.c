/*
 * Expressions: pipelines, commands, fields, variables. It follows Go's evaluator step by step in which node is "at", because that is the
 * place that an error names.
 *
 * Go tells apart a value of static type interface{} that is nil (a key with null) and no value at all (a missing key): here VAL_NULL with
 * and without GO_IFACE. Elements of map[string]interface{} and []interface{} carry GO_IFACE; the end of a pipeline takes it off.
 */
#include "gotmpl/builtin.h"
#include "gotmpl/exec.h"
#include "gotmpl/gofmt.h"
#include "gotmpl/types.h"

static bool not_a_function(struct template_exec *x, struct words words)
{
	if ((!words.args || words.args->n <= 1) && !words.final)
		return true;
	AUTO_BUF text = { 0 };
	node_print(&text, words.args->p[0]);
	return exec_fail(x, "can't give argument to non-function %.*s", STR_ARG(buf_str(&text)));
}

/* ---- Fields ---- */

static const struct go_func *find_method(const struct template_exec *x, struct value v, struct str name)
{
	const struct go_func *rows = NULL;
	size_t n = 0;
	const struct go_named *named = go_named_of(x->types, v);
	if (v.kind == VAL_OBJECT) {
		rows = v.object->ops->methods;
		n = v.object->ops->method_count;
	} else if (named) {
		rows = named->methods;
		n = named->method_count;
	} else if (go_time_methods(v)) {
		rows = go_time_methods(v)->rows;
		n = go_time_methods(v)->n;
	}
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

enum { EMBEDDED_MAX = 8 };

/* A field of a struct or of a struct embedded in it. */
static bool find_struct_field(struct template_exec *x, const struct object *o, struct str name, unsigned depth, struct value *out)
{
	const struct object_ops *ops = o->ops;
	for (size_t i = 0; i < ops->field_count; i++)
		if (str_eq(ops->fields[i].name, name)) {
			*out = ops->field(o, i, x->arena);
			if (out->kind == VAL_NULL)
				out->extra = GO_IFACE;
			else if (out->kind == VAL_OBJECT && ops->kind == GO_KIND_PTR)
				out->extra |= GO_ADDRESS;
			return true;
		}
	for (size_t i = 0; depth < EMBEDDED_MAX && i < ops->field_count; i++) {
		if (!ops->fields[i].embedded)
			continue;
		struct value inner = ops->field(o, i, x->arena);
		if (inner.kind == VAL_OBJECT && find_struct_field(x, inner.object, name, depth + 1, out))
			return true;
	}
	return false;
}

static bool is_exported(struct str name)
{
	return name.n && !(name.p[0] >= 'a' && name.p[0] <= 'z') && name.p[0] != '_';
}

static bool missing_key(struct template_exec *x, struct value map, struct str name, struct value *out)
{
	switch (x->missing) {
	case MISSING_DEFAULT: *out = value_null(); return true;
	case MISSING_ZERO: *out = go_zero_element(x->types, map); return true;
	case MISSING_ERROR: break;
	}
	AUTO_BUF text = { 0 };
	gofmt_quote(&text, name);
	return exec_fail(x, "map has no entry for key %s", buf_str(&text).p);
}

static bool map_field(struct template_exec *x, const struct ident *field, struct words words, struct value map, struct value *out)
{
	if ((words.args && words.args->n > 1) || words.final)
		return exec_fail(x, "%.*s is not a method but has arguments", STR_ARG(field->name));
	const struct value *v = map_find_hashed(map.map, field->name, field->hash);
	if (x->run->trace)
		x->run->trace->read(x->run->trace->ctx, map.map, field->name);
	if (x->run->reads)
		x->run->reads->read(x->run->reads->ctx, map.map, &field->name, field->hash);
	if (!v)
		return missing_key(x, map, field->name, out);
	*out = *v;
	if (go_under(x->types, map) == GO_MAP_ANY)
		out->extra |= GO_IFACE;
	return true;
}

static bool no_receiver(struct template_exec *x, struct str name, struct value receiver, struct value *out)
{
	if (receiver.extra & GO_IFACE)
		return exec_fail(x, "nil pointer evaluating interface {}.%.*s", STR_ARG(name));
	*out = value_null();
	if (x->missing != MISSING_ERROR)
		return true;
	AUTO_BUF text = { 0 };
	gofmt_quote(&text, name);
	return exec_fail(x, "nil data; no entry for key %s", buf_str(&text).p);
}

static bool eval_field(struct template_exec *x, struct value dot, const struct ident *field, const struct node *n, struct words words,
		       struct value receiver, struct value *out)
{
	if (receiver.kind == VAL_MAP && receiver.type < GO_NAMED)
		return map_field(x, field, words, receiver, out);
	if (receiver.kind == VAL_NULL)
		return no_receiver(x, field->name, receiver, out);
	const struct go_func *method = find_method(x, receiver, field->name);
	if (method) {
		struct callee callee = { method, receiver, n, field->name };
		callee.self.extra = 0;
		return call_func(x, dot, &callee, words, out);
	}
	if (receiver.kind == VAL_MAP)
		return map_field(x, field, words, receiver, out);
	if (receiver.kind == VAL_OBJECT && receiver.object->ops->field &&
	    find_struct_field(x, receiver.object, field->name, 0, out)) {
		if (!is_exported(field->name))
			return exec_fail(x, "%.*s is an unexported field of struct type %.*s", STR_ARG(field->name),
					 STR_ARG(static_type(x, receiver)));
		if ((words.args && words.args->n > 1) || words.final)
			return exec_fail(x, "%.*s has arguments but cannot be invoked as function", STR_ARG(field->name));
		return true;
	}
	return exec_fail(x, "can't evaluate field %.*s in type %.*s", STR_ARG(field->name), STR_ARG(static_type(x, receiver)));
}

/* .a.b.c of receiver; only the last may be a method with the command's words. */
static bool eval_fields(struct template_exec *x, struct value dot, struct ident_list fields, const struct node *n, struct words words,
			struct value receiver, struct value *out)
{
	for (size_t i = 0; i + 1 < fields.n; i++)
		if (!eval_field(x, dot, &fields.p[i], n, (struct words){ 0 }, receiver, &receiver))
			return false;
	return eval_field(x, dot, &fields.p[fields.n - 1], n, words, receiver, out);
}

static bool eval_variable(struct template_exec *x, struct value dot, const struct node_variable *n, struct words words, struct value *out)
{
	exec_at(x, &n->node);
	const struct variable *v = exec_variable(x, n->id);
	if (!v)
		return exec_fail(x, "undefined variable: %.*s", STR_ARG(n->name));
	if (n->fields.n)
		return eval_fields(x, dot, n->fields, &n->node, words, v->value, out);
	*out = v->value;
	if (x->run->trace)
		x->run->trace->use(x->run->trace->ctx, *out);
	return not_a_function(x, words);
}

static bool eval_chain(struct template_exec *x, struct value dot, const struct node_chain *n, struct words words, struct value *out)
{
	exec_at(x, &n->node);
	struct value head;
	return eval_any(x, dot, n->head, &head) && eval_fields(x, dot, n->fields, &n->node, words, head, out);
}

/* `at` is what is blamed where the function fails: the whole command, or the name alone where it stands as an argument. */
static bool eval_function(struct template_exec *x, struct value dot, const struct node_identifier *n, const struct node *at,
			  struct words words, struct value *out)
{
	exec_at(x, &n->node);
	if (n->special == SPECIAL_AND || n->special == SPECIAL_OR)
		return call_and_or(x, dot, n, words, out);
	struct callee callee = { .func = n->func, .node = at, .name = n->name };
	if (n->special == SPECIAL_CALL && words.args && words.args->n > 1) {
		/* Its errors name the function as written. */
		AUTO_BUF text = { 0 };
		node_print(&text, words.args->p[1]);
		callee.self = value_str(buf_to_arena(&text, x->arena));
	}
	return call_func(x, dot, &callee, words, out);
}

static bool eval_number(struct template_exec *x, const struct node_number *n, struct value *out)
{
	if (n->error)
		return exec_fail(x, "%.*s %s", STR_ARG(n->text), n->error);
	*out = n->ideal;
	return true;
}

static bool eval_word(struct template_exec *x, struct value dot, const struct node *n, const struct node *command, struct words words,
		      struct value *out)
{
	switch (n->type) {
	case NODE_FIELD:
		exec_at(x, n);
		return eval_fields(x, dot, ((const struct node_field *)n)->fields, n, words, dot, out);
	case NODE_CHAIN: return eval_chain(x, dot, (const struct node_chain *)n, words, out);
	case NODE_IDENTIFIER: return eval_function(x, dot, (const struct node_identifier *)n, command, words, out);
	case NODE_VARIABLE: return eval_variable(x, dot, (const struct node_variable *)n, words, out);
	case NODE_PIPE: return not_a_function(x, words) && eval_pipe(x, dot, (const struct node_pipe *)n, out);
	default: break;
	}
	exec_at(x, n);
	if (!not_a_function(x, words))
		return false;
	switch (n->type) {
	case NODE_DOT:
		*out = dot;
		if (x->run->trace)
			x->run->trace->use(x->run->trace->ctx, dot);
		return true;
	case NODE_BOOL: *out = value_bool(((const struct node_bool *)n)->b); return true;
	case NODE_STRING: *out = value_str(((const struct node_string *)n)->text); return true;
	case NODE_NUMBER: return eval_number(x, (const struct node_number *)n, out);
	default: return exec_fail(x, "nil is not a command");
	}
}

bool eval_any(struct template_exec *x, struct value dot, const struct node *n, struct value *out)
{
	return eval_word(x, dot, n, n, (struct words){ 0 }, out);
}

static bool assign(struct template_exec *x, const struct node_variable *n, struct value v)
{
	struct variable *variable = exec_variable(x, n->id);
	if (!variable)
		return exec_fail(x, "undefined variable: %.*s", STR_ARG(n->name));
	variable->value = v;
	return true;
}

bool eval_pipe(struct template_exec *x, struct value dot, const struct node_pipe *pipe, struct value *out)
{
	struct value v = value_null(), piped;
	exec_at(x, &pipe->node);
	for (size_t i = 0; i < pipe->commands.n; i++) {
		const struct node_command *command = (const struct node_command *)pipe->commands.p[i];
		struct words words = { &command->args, i ? &piped : NULL };
		if (!eval_word(x, dot, command->args.p[0], &command->node, words, &v))
			return false;
		v.extra &= (uint16_t)~GO_IFACE;
		piped = v;
	}
	for (size_t i = 0; i < pipe->decl_n; i++) {
		if (!pipe->is_assign)
			exec_push(x, pipe->decl[i]->id, v);
		else if (!assign(x, pipe->decl[i], v))
			return false;
	}
	*out = v;
	return true;
}
