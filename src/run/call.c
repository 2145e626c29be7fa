/* Taken out of recipe.c: the engine of cached recipes asks the same questions. */
#include "run/call.h"

#include "base/buf.h"

struct str call_key(const struct lang_call *call, struct arena *a)
{
	AUTO_BUF key = { 0 };
	buf_add_bytes(&key, &call->recipe->index, sizeof(call->recipe->index));
	for (size_t i = 0; i < call->recipe->n_params; i++) {
		const struct lang_value *value = &call->args[i];
		size_t n = value->n || value->p ? value->n : SIZE_MAX;
		buf_add_bytes(&key, &n, sizeof(n));
		for (size_t j = 0; j < value->n; j++) {
			buf_add_bytes(&key, &value->p[j].n, sizeof(value->p[j].n));
			buf_add(&key, value->p[j]);
		}
	}
	return buf_to_arena(&key, a);
}

static void add_call(const struct lang_dependency *d, const struct lang_value *values, struct arena *a, call_list *out)
{
	const struct lang_recipe *recipe = d->recipe;
	struct lang_value *args = arena_array(a, struct lang_value, recipe->n_params + 1);
	bool lists = lang_on(recipe->module, LANG_SET_LISTS);
	size_t n = 0;
	for (size_t i = 0; i < recipe->n_params && n < d->n_args; i++) {
		if (recipe->params[i].kind == LANG_PARAM_ONE || lists) {
			args[i] = values[n++];
			continue;
		}
		VEC(struct str) rest = { 0 };
		for (; n < d->n_args; n++) {
			for (size_t j = 0; j < values[n].n; j++)
				vec_push_in(&rest, a, values[n].p[j]);
		}
		args[i] = (struct lang_value){ rest.p, rest.n };
	}
	vec_push_in(out, a, (struct lang_call){ .recipe = recipe, .is_dependency = true, .args = args });
}

bool call_dependency(const struct lang_scope *scope, const struct lang_dependency *d, struct arena *a, call_list *out, struct err *err)
{
	struct lang_value *values = arena_array(a, struct lang_value, d->n_args + 1);
	size_t mapped = d->n_args;
	scope = lang_scope_without_env(scope, a);
	for (size_t i = 0; i < d->n_args; i++) {
		if (!lang_eval(scope, d->args[i].expr, a, &values[i], err))
			return false;
		if (values[i].n == 0)
			values[i].p = NULL;
		if (d->args[i].is_mapped)
			mapped = i;
	}
	if (!d->is_mapped || mapped == d->n_args) {
		add_call(d, values, a, out);
		return true;
	}
	struct lang_value all = values[mapped];
	for (size_t i = 0; i < all.n; i++) {
		values[mapped] = (struct lang_value){ &all.p[i], 1 };
		add_call(d, values, a, out);
	}
	return true;
}
