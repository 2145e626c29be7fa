/* To and from the data model, and what the options give: variables and natives. */
#include <stdlib.h>

#include "jsonnet/vm.h"

/* --- to values of the data model --- */

static struct value convert(struct vm *vm, struct jv v, struct arena *a);

static struct value convert_array(struct vm *vm, struct jv arr, struct arena *a)
{
	struct value list = value_list_new(a);
	struct call call;
	for (size_t i = 0; i < arr_len(arr); i++) {
		vm_enter(vm, &call, CALL_ITEM, NULL, (const void *)(uintptr_t)i);
		value_list_add(list, convert(vm, array_get_at(vm, NULL, arr, i), a), a);
		vm_leave(vm, &call);
	}
	return list;
}

static struct value convert_object(struct vm *vm, struct jv obj, struct arena *a)
{
	struct value map = value_map_new(a);
	struct call call;
	object_check_at(vm, NULL, obj);
	struct obj_names names = obj_names(vm, obj, OBJ_VISIBLE);
	for (size_t i = 0; i < names.n; i++) {
		struct jstr *name = jv_str(names.p[i]);
		vm_enter(vm, &call, CALL_FIELD, NULL, name);
		value_map_set(map, arena_str(a, jstr_bytes(vm, name)), convert(vm, object_get_at(vm, NULL, obj, name), a));
		vm_leave(vm, &call);
	}
	return map;
}

static struct value convert(struct vm *vm, struct jv v, struct arena *a)
{
	vm_check_text(vm, a->total / 4); /* data takes a few times the room of its text */
	switch (jv_kind(v)) {
	case JV_NULL:
		return value_null();
	case JV_BOOL:
		return value_bool(jv_as_bool(v));
	case JV_STR:
		return value_str(arena_str(a, str_bytes(vm, v)));
	case JV_ARR:
		return convert_array(vm, v, a);
	case JV_OBJ:
		return convert_object(vm, v, a);
	case JV_FUN:
		vm_raise(vm, "couldn't manifest function in JSON output.");
	default:
		return value_float(jv_as_num(v));
	}
}

struct value jv_to_value(struct vm *vm, struct jv v, struct arena *a)
{
	return convert(vm, v, a);
}

/* --- from them --- */

struct jv jv_from_value(struct vm *vm, struct value v)
{
	struct obj_build fields = { 0 };
	struct jv *slots, arr;
	vm_deeper(vm);
	switch ((enum value_kind)v.kind) {
	case VAL_BOOL:
		return jv_bool(v.b);
	case VAL_INT:
		return jv_num((double)v.i);
	case VAL_FLOAT:
		return vm_num(vm, v.f);
	case VAL_STR:
		return str_new(vm, value_as_str(v));
	case VAL_LIST:
		arr = arr_new(vm, v.list->n, &slots);
		for (size_t i = 0; i < v.list->n; i++)
			slots[i] = jv_from_value(vm, v.list->p[i]);
		return arr;
	case VAL_MAP:
		for (size_t i = 0; i < map_len(v.map); i++)
			obj_build_add(vm, &fields, str_new(vm, map_key(v.map, i)), jv_from_value(vm, *value_map_at(v, i)), VIS_DEFAULT);
		return obj_build_done(vm, &fields);
	default:
		return jv_null();
	}
}

/* --- natives of the host --- */

struct arena *vm_arena(struct vm *vm)
{
	vec_push(&vm->lent, xcalloc(1, sizeof(struct arena)));
	return vec_last(&vm->lent);
}

void vm_arena_done(struct vm *vm)
{
	struct arena *a = vm->lent.p[--vm->lent.n];
	arena_deinit(a);
	free(a);
}

struct jv host_call(struct vm *vm, const struct jsonnet_native *native, const struct jv *args, size_t n)
{
	struct value values[STD_MAX_PARAMS], out = value_null();
	struct arena *a = vm_arena(vm);
	struct err err = { 0 };
	for (size_t i = 0; i < n; i++)
		values[i] = jv_to_value(vm, args[i], a);
	if (!native->fn(native->ctx, values, a, &out, &err)) {
		struct str message = arena_str(&vm->arena, str_c(err.message));
		err_deinit(&err);
		vm_raise(vm, "%.*s", STR_ARG(message));
	}
	struct jv v = jv_from_value(vm, out);
	vm_arena_done(vm);
	return v;
}

struct jv host_native(struct vm *vm, struct str name)
{
	size_t *known = map_find(&vm->natives, name);
	if (known)
		return vm->roots.p[*known];
	for (size_t i = 0; i < vm->options->n_natives; i++) {
		const struct jsonnet_native *native = &vm->options->natives[i];
		if (!str_eq_c(name, native->name))
			continue;
		struct jfun *f = heap_alloc(&vm->heap, sizeof(*f), GC_FUN);
		f->gc.state = FUN_HOST;
		f->host = native;
		f->frame = NULL;
		if (fun_params(jv_of(JV_FUN, f)) > STD_MAX_PARAMS)
			base_die("native '%s' has more than %d parameters", native->name, STD_MAX_PARAMS);
		*(size_t *)map_put(&vm->natives, str_c(native->name)) = vm->roots.n;
		vec_push(&vm->roots, jv_of(JV_FUN, f));
		return jv_of(JV_FUN, f);
	}
	return jv_null();
}

/* --- variables --- */

/* The value of a program, not evaluated yet. */
static struct jv source_lazy(struct vm *vm, struct source *s)
{
	if (!s->root)
		vm_raise_static(vm, NULL, s->error);
	return eval_lazy(vm, s->root, frame_new(vm, NULL, s->n_slots));
}

/* Evaluates what stands in no call. */
static struct jv eval_root(struct vm *vm, struct jv v)
{
	return jv_is(v, JV_THUNK) ? eval(vm, jv_thunk(v)->code, jv_thunk(v)->frame) : v;
}

struct jv var_lazy(struct vm *vm, const char *label, const struct jsonnet_var *var)
{
	struct str name = str_c(label), before, behind;
	str_cut(name, '*', &before, &behind);
	name = arena_fmt(&vm->arena, "%.*s%.*s%.*s", STR_ARG(before), STR_ARG(var->name), STR_ARG(behind));
	switch (var->kind) {
	case JSONNET_STR:
		return text_value(vm, var->text);
	case JSONNET_STR_FILE:
		return import_string(vm, var->text);
	case JSONNET_CODE:
		return source_lazy(vm, import_snippet(vm, name, var->text));
	case JSONNET_CODE_FILE:
		return source_lazy(vm, import_file(vm, var->text));
	default:
		return jv_from_value(vm, var->value);
	}
}

bool ext_var(struct vm *vm, struct str name, struct jv *out)
{
	size_t *known = map_find(&vm->ext, name);
	if (known) {
		*out = vm->roots.p[*known];
		return true;
	}
	for (size_t i = vm->options->ext.n; i-- > 0;) {
		const struct jsonnet_var *var = &vm->options->ext.p[i];
		if (!str_eq(var->name, name))
			continue;
		struct call call;
		vm_enter(vm, &call, vm_is_go(vm) ? CALL_GO : CALL_NATIVE, vm->calls ? vm->calls->at : NULL, NULL);
		*out = eval_root(vm, var_lazy(vm, "<extvar:*>", var));
		vm_leave(vm, &call);
		*(size_t *)map_put(&vm->ext, var->name) = vm->roots.n;
		vec_push(&vm->roots, *out);
		return true;
	}
	return false;
}
