/*
 * Objects: layers, the look-up of fields, the values of an instance.
 *
 * With few layers a look-up asks them one by one, from the top; with more the object gets an index of all its fields when it is first asked.
 */
#include "jsonnet/shape.h"
#include "jsonnet/vm.h"

#include <stdlib.h>

#define FEW_LAYERS 8

/* --- making --- */

struct jv object_of(struct vm *vm, const struct shape *shape, void *frame_or_envs)
{
	struct jobj *o = heap_alloc(&vm->heap, sizeof(*o), GC_OBJ);
	o->gc.state = OBJ_FLAT;
	o->gc.n = 1;
	o->gc.flags = shape->code && shape->code->n_asserts ? OBJ_HAS_ASSERTS : 0;
	o->layers = &o->one;
	o->merged = NULL;
	o->one.shape = shape;
	o->one.frame = frame_or_envs;
	o->one.inst = NULL;
	return jv_of(JV_OBJ, o);
}

NORETURN static void raise_twice(struct vm *vm, const struct node *at, const struct jstr *name)
{
	vm_raise_at(vm, at, "duplicate field name: \"%.*s\"", (int)name->size, name->gc.state == STR_FLAT ? name->data : name->at);
}

/* The name that an expression computes, or NULL for null: no field. */
static struct jstr *computed_name(struct vm *vm, const struct node *at, const struct node *name, struct frame *f)
{
	struct jv v = eval(vm, name, f);
	if (jv_is(v, JV_NULL))
		return NULL;
	if (!jv_is(v, JV_STR) && at->kind == NODE_OBJECT_COMP)
		vm_raise_at(vm, at, "field must be string, got: %s", jv_type_name(v));
	if (!jv_is(v, JV_STR) && vm_is_go(vm))
		vm_raise_at(vm, at, "Field name must be string, got %s", jv_type_name(v));
	if (!jv_is(v, JV_STR))
		vm_raise_at(vm, at, "field name was not a string.");
	return jstr_name(vm, v);
}

struct jv object_new(struct vm *vm, const struct node_object *n, struct frame *f)
{
	uint32_t count = 0, twice;
	if (n->shape)
		return object_of(vm, n->shape, f);
	struct shape *s = shape_new(vm, n->node.n, SHAPE_LITERAL, n);
	struct field *fields = shape_fields(s);
	for (uint32_t i = 0; i < n->node.n; i++) {
		const struct object_field *from = &n->fields[i];
		struct jstr *name = from->name ? computed_name(vm, &n->node, from->name, f) : from->constant;
		if (name) {
			fields[count++] = (struct field){ .name = name, .body = from->body, .vis = from->vis, .plus = from->plus, .slot = i };
			s->gc.n = count; /* what the collector sees */
		}
	}
	if (!shape_finish(s, count, &twice))
		raise_twice(vm, &n->node, fields[twice].name);
	return object_of(vm, s, f);
}

/* --- comprehensions --- */

struct comp {
	const struct node_comp *code;
	const struct node *at;
	struct vm_vec out;   /* array: items; object: frames or values */
	struct vm_vec names; /* object */
	const struct node_object *object;
};

static void comp_item(struct vm *vm, struct comp *c, struct frame *f)
{
	if (!c->object) {
		vm_vec_push(vm, &c->out, eval_lazy(vm, c->code->body, f));
		return;
	}
	struct call call;
	if (vm_is_go(vm))
		vm_enter(vm, &call, CALL_GO, c->at, NULL);
	struct jstr *name = computed_name(vm, c->at, c->object->fields[0].name, f);
	if (vm_is_go(vm))
		vm_leave(vm, &call);
	if (!name)
		return;
	vm_vec_push(vm, &c->names, str_jv(name));
	if (c->object->uses_self)
		vm_vec_push(vm, &c->out, jv_of(JV_EMPTY, f));
	else
		vm_vec_push(vm, &c->out, eval_lazy(vm, c->object->fields[0].body, f));
}

NORETURN static void raise_no_array(struct vm *vm, const struct node *at, struct jv v)
{
	if (vm_is_go(vm))
		vm_raise_at(vm, at, "Unexpected type %s, expected array", jv_type_name(v));
	vm_raise_at(vm, at, "In comprehension, can only iterate over array.");
}

/* What a comprehension goes over, or whether it does. */
static struct jv comp_over(struct vm *vm, const struct node *at, const struct node *value, struct frame *f)
{
	struct call comp, over;
	vm_enter(vm, &comp, CALL_COMP, at, NULL);
	vm_enter(vm, &over, CALL_COMP_OVER, at, NULL);
	struct jv v = eval(vm, value, f);
	vm_leave(vm, &over);
	vm_leave(vm, &comp);
	return v;
}

static void comp_run(struct vm *vm, struct comp *c, uint32_t i, struct frame *f)
{
	if (i == c->code->node.n) {
		comp_item(vm, c, f);
		return;
	}
	const struct comp_spec *spec = &c->code->specs[i];
	struct jv v = comp_over(vm, c->at, spec->value, f);
	vm_deeper(vm);
	if (!spec->name) {
		if (!jv_is(v, JV_BOOL))
			vm_raise_at(vm, c->at, "condition must be boolean, got %s.", jv_type_name(v));
		if (jv_as_bool(v))
			comp_run(vm, c, i + 1, f);
		return;
	}
	if (!jv_is(v, JV_ARR))
		raise_no_array(vm, c->at, v);
	for (size_t k = 0; k < arr_len(v); k++) {
		struct frame *inner = frame_new(vm, f, spec->n_slots);
		inner->slot[0] = arr_lazy(vm, v, k);
		comp_run(vm, c, i + 1, inner);
	}
}

static struct jv simple_item(struct vm *vm, struct jv fun, struct jv arr, size_t i)
{
	struct frame *f = frame_new(vm, jv_fun(fun)->frame, jv_fun(fun)->code->n_slots);
	f->slot[0] = arr_lazy(vm, arr, i);
	return eval(vm, jv_fun(fun)->code->body, f);
}

struct jv array_comp(struct vm *vm, const struct node_comp *n, struct frame *f)
{
	struct comp c = { .code = n, .at = &n->node };
	if (n->node.n > 1) {
		comp_run(vm, &c, 0, f);
		return vm_vec_array(vm, &c.out);
	}
	struct jv v = comp_over(vm, &n->node, n->specs->value, f);
	if (!jv_is(v, JV_ARR))
		raise_no_array(vm, &n->node, v);
	if (!arr_len(v))
		return v;
	return arr_generated(vm, arr_len(v), simple_item, closure_new(vm, (const struct node_function *)n->body, f), v);
}

struct jv object_comp(struct vm *vm, const struct node_object *n, struct frame *f)
{
	struct comp c = { .code = n->comp, .at = &n->node, .object = n };
	uint32_t twice;
	comp_run(vm, &c, 0, f);
	uint32_t count = (uint32_t)c.names.n;
	const struct object_field *from = &n->fields[0];
	struct shape *s = shape_new(vm, count, n->uses_self ? SHAPE_COMP : SHAPE_VALUES, n);
	struct field *fields = shape_fields(s);
	for (uint32_t i = 0; i < count; i++)
		fields[i] = (struct field){ .name = jv_str(vm_vec_items(&c.names)[i]), .body = n->uses_self ? from->body : NULL,
					    .plus = from->plus, .vis = from->vis, .slot = i };
	if (!shape_finish(s, count, &twice))
		raise_twice(vm, &n->node, fields[twice].name);
	if (!c.out.slots)
		c.out.slots = slots_new(vm, 0, 0);
	return object_of(vm, s, c.out.slots);
}

/* --- layers --- */

struct jv object_add(struct vm *vm, struct jv a, struct jv b)
{
	struct jobj *o = heap_alloc(&vm->heap, OBJ_SUM_SIZE, GC_OBJ);
	o->left = jv_obj(a);
	o->right = jv_obj(b);
	o->gc.state = OBJ_SUM;
	o->gc.flags = (o->left->gc.flags | o->right->gc.flags) & OBJ_HAS_ASSERTS;
	if (__builtin_add_overflow(o->left->gc.n, o->right->gc.n, &o->gc.n))
		vm_raise(vm, "too many objects are added");
	return jv_of(JV_OBJ, o);
}

static void flatten(struct vm *vm, struct jobj *o)
{
	struct layers *l = heap_alloc(&vm->heap, sizeof(*l) + o->gc.n * sizeof(struct layer) + HEAP_BEHIND, GC_LAYERS);
	VEC(struct jobj *) wait = { 0 };
	struct jobj *at = o;
	uint32_t end = o->gc.n;
	l->gc.n = o->gc.n;
	for (;;) {
		while (at->gc.state == OBJ_SUM) {
			vec_push(&wait, at->left);
			at = at->right;
		}
		for (uint32_t i = at->gc.n; i-- > 0;) {
			l->p[--end] = at->layers[i];
			l->p[end].inst = NULL;
		}
		if (!wait.n)
			break;
		at = wait.p[--wait.n];
	}
	vec_deinit(&wait);
	o->gc.state = OBJ_FLAT;
	o->layers = l->p;
	o->merged = NULL;
}

static inline void make_flat(struct vm *vm, struct jobj *o)
{
	if (o->gc.state == OBJ_SUM)
		flatten(vm, o);
}

/* --- the index of all fields --- */

static int cmp_merged(const void *a, const void *b)
{
	return name_cmp(((const struct merged_field *)a)->name, ((const struct merged_field *)b)->name);
}

static struct merged_field *merged_find(const struct merged *m, const struct jstr *name)
{
	for (uint32_t at = name->gc.n & m->mask; m->hash[at]; at = (at + 1) & m->mask)
		if (name_same(m->p[m->hash[at] - 1].name, name))
			return (struct merged_field *)(uintptr_t)&m->p[m->hash[at] - 1];
	return NULL;
}

static void merged_index(struct merged *m)
{
	memset(m->hash, 0, ((size_t)m->mask + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < m->gc.n; i++) {
		uint32_t at = m->p[i].name->gc.n & m->mask;
		while (m->hash[at])
			at = (at + 1) & m->mask;
		m->hash[at] = i + 1;
	}
}

/* The name of a field as a key, for the names that are hidden in the layers that are left. */
static struct str name_key(const struct jstr *name)
{
	return (struct str){ name->gc.state == STR_FLAT ? name->data : name->at, name->size };
}

/* Notes down to which layer a name is hidden; wider than what is noted, since layers are taken from the top. */
static void hide_name(struct map *hidden, const struct field *f, uint32_t number)
{
	uint32_t known = (uint32_t)map_len(hidden), *until = map_put(hidden, name_key(f->name));
	if (map_len(hidden) > known || number - f->slot < *until)
		*until = number - f->slot;
}

static bool is_hidden(const struct map *hidden, const struct field *f, uint32_t number)
{
	const uint32_t *until = map_len(hidden) ? map_find(hidden, name_key(f->name)) : NULL;
	return until && number >= *until;
}

/* Adds the fields of a layer below those that are there: they count only where the name is new, but give visibility where nobody above says it. */
static void merge_layer(struct merged *m, const struct layer *layer, uint32_t number, struct map *hidden)
{
	const struct shape *s = layer->shape;
	if (s->gc.state == SHAPE_WITHOUT) {
		hide_name(hidden, s->fields, number);
		return;
	}
	for (uint32_t i = 0; i < s->gc.n; i++) {
		const struct field *f = &s->fields[i];
		if (is_hidden(hidden, f, number))
			continue;
		struct merged_field *have = merged_find(m, f->name);
		if (have) {
			if (have->vis == VIS_DEFAULT)
				have->vis = f->vis;
			continue;
		}
		uint32_t at = f->name->gc.n & m->mask;
		while (m->hash[at])
			at = (at + 1) & m->mask;
		m->p[m->gc.n] = (struct merged_field){ f->name, number, i, f->vis };
		m->hash[at] = ++m->gc.n;
	}
}

static struct merged *merge(struct vm *vm, struct jobj *o)
{
	size_t n = 0, size = 8;
	if (o->merged)
		return o->merged;
	for (uint32_t i = 0; i < o->gc.n; i++)
		n += o->layers[i].shape->gc.n;
	while (size < n * 2)
		size *= 2;
	if (size > UINT32_MAX)
		vm_raise(vm, "too many fields");
	struct merged *m = heap_alloc(&vm->heap, sizeof(*m) + n * sizeof(*m->p) + size * sizeof(uint32_t) + HEAP_BEHIND, GC_BYTES);
	m->hash = (uint32_t *)(void *)((char *)(m + 1) + n * sizeof(*m->p));
	m->mask = (uint32_t)size - 1;
	memset(m->hash, 0, size * sizeof(uint32_t));
	m->gc.n = 0;
	struct map hidden;
	map_init(&hidden, sizeof(uint32_t), NULL);
	for (uint32_t i = o->gc.n; i-- > 0;)
		merge_layer(m, &o->layers[i], i, &hidden);
	map_deinit(&hidden);
	m->n_visible = 0;
	for (uint32_t i = 0; i < m->gc.n; i++)
		m->n_visible += m->p[i].vis != VIS_HIDDEN;
	qsort(m->p, m->gc.n, sizeof(*m->p), cmp_merged);
	merged_index(m);
	return o->merged = m;
}

/* --- finding --- */

/* The topmost field of that name below layer `limit`. */
static bool find_below(const struct jobj *o, const struct jstr *name, uint32_t limit, uint32_t *layer, uint32_t *field)
{
	for (uint32_t i = limit; i-- > 0;) {
		const struct shape *s = o->layers[i].shape;
		int32_t k = shape_find(s, name);
		if (k >= 0 && s->gc.state == SHAPE_WITHOUT) {
			i -= s->fields->slot;
		} else if (k >= 0) {
			*layer = i;
			*field = (uint32_t)k;
			return true;
		}
	}
	return false;
}

static bool find(struct vm *vm, struct jobj *o, const struct jstr *name, uint32_t *layer, uint32_t *field)
{
	make_flat(vm, o);
	if (o->gc.n <= FEW_LAYERS && !o->merged)
		return find_below(o, name, o->gc.n, layer, field);
	const struct merged_field *m = merged_find(merge(vm, o), name);
	if (!m)
		return false;
	*layer = m->layer;
	*field = m->field;
	return true;
}

/* --- values --- */

static struct frame *instance(struct vm *vm, struct jobj *o, uint32_t number)
{
	struct layer *l = &o->layers[number];
	if (l->inst)
		return l->inst;
	const struct node_object *code = l->shape->code;
	struct frame *f = frame_new(vm, l->frame, code->n_slots);
	f->slot[INST_SELF] = jv_of(JV_OBJ, o);
	f->slot[INST_LAYER] = jv_num(number);
	l->inst = f; /* before its variables: they see it */
	for (uint32_t i = 0; i < code->n_locals; i++)
		f->slot[code->locals[i].slot] = eval_lazy(vm, code->locals[i].value, f);
	return f;
}

/* The frame for a field of a comprehension, of which each field has its own. */
static struct frame *comp_instance(struct vm *vm, struct jobj *o, uint32_t number, uint32_t field)
{
	const struct layer *l = &o->layers[number];
	const struct node_object *code = l->shape->code;
	struct frame *f = frame_new(vm, jv_pointer(l->envs->v[field]), code->n_slots);
	f->slot[INST_SELF] = jv_of(JV_OBJ, o);
	f->slot[INST_LAYER] = jv_num(number);
	for (uint32_t i = 0; i < code->n_locals; i++)
		f->slot[code->locals[i].slot] = eval_lazy(vm, code->locals[i].value, f);
	return f;
}

static struct jv run_plus(struct vm *vm, const struct field *field, struct frame *inst)
{
	struct call call;
	if (vm_is_go(vm))
		vm_enter(vm, &call, CALL_PLUS, field->body, NULL);
	struct jv v;
	if (object_super_has(vm, inst, field->name)) {
		struct jv below = object_super(vm, vm_is_go(vm) ? NULL : field->body, inst, field->name);
		v = op_binary(vm, vm_is_go(vm) ? NULL : field->body, NODE_ADD, below, eval(vm, field->body, inst));
	} else {
		v = eval(vm, field->body, inst);
	}
	if (vm_is_go(vm))
		vm_leave(vm, &call);
	return v;
}

static struct jv run_field(struct vm *vm, const struct node *at, struct jobj *o, const struct field *field, struct frame *inst)
{
	struct call call;
	struct jv v;
	vm_enter(vm, &call, CALL_OBJECT, at, o);
	if (field->plus) {
		v = run_plus(vm, field, inst);
	} else {
		v = eval(vm, field->body, inst);
	}
	vm_leave(vm, &call);
	return v;
}

/* Where the value of a field is kept once it is known; makes the instance if need be. */
static struct jv *field_slot(struct vm *vm, struct jobj *o, uint32_t layer, uint32_t field, struct frame **inst)
{
	struct layer *l = &o->layers[layer];
	switch (l->shape->gc.state) {
	case SHAPE_VALUES:
		return &l->envs->v[field];
	case SHAPE_COMP:
		if (!l->cache)
			l->cache = slots_new(vm, l->shape->gc.n, l->shape->gc.n);
		return &l->cache->v[field];
	default:
		*inst = instance(vm, o, layer);
		return &(*inst)->slot[INST_FIELDS + l->shape->fields[field].slot];
	}
}

static struct jv field_value(struct vm *vm, const struct node *at, struct jobj *o, uint32_t layer, uint32_t field)
{
	struct frame *inst = NULL;
	const struct field *f = &o->layers[layer].shape->fields[field];
	if (f->body && f->body->kind == NODE_CONST && !f->plus)
		return ((const struct node_const *)f->body)->value;
	struct jv *slot = field_slot(vm, o, layer, field, &inst);
	if (!f->body) {
		if (!jv_is(*slot, JV_THUNK))
			return *slot;
		struct jv v = force_as(vm, CALL_OBJECT, at, *slot);
		return *slot = v;
	}
	if (slot->bits)
		return *slot;
	if (!inst)
		inst = comp_instance(vm, o, layer, field);
	struct jv v = run_field(vm, at, o, f, inst);
	return *slot = v;
}

static void run_asserts(struct vm *vm, const struct node *at, struct jobj *o)
{
	make_flat(vm, o);
	o->gc.flags |= OBJ_CHECKED;
	for (uint32_t i = o->gc.n; i-- > 0;) {
		const struct node_object *code = o->layers[i].shape->code;
		for (uint32_t k = 0; code && k < code->n_asserts; k++) {
			struct call call;
			struct frame *inst = instance(vm, o, i);
			vm_enter(vm, &call, CALL_ASSERT, at, o);
			eval(vm, code->asserts[k], inst);
			vm_leave(vm, &call);
		}
	}
}

void object_check_at(struct vm *vm, const struct node *at, struct jv obj)
{
	struct jobj *o = jv_obj(obj);
	if ((o->gc.flags & (OBJ_HAS_ASSERTS | OBJ_CHECKED)) == OBJ_HAS_ASSERTS)
		run_asserts(vm, at, o);
}

struct jv object_get_at(struct vm *vm, const struct node *at, struct jv obj, struct jstr *name)
{
	struct jobj *o = jv_obj(obj);
	uint32_t layer, field;
	object_check_at(vm, at, obj);
	if (!find(vm, o, name, &layer, &field))
		vm_raise_at(vm, at, "field does not exist: %.*s", STR_ARG(jstr_bytes(vm, name)));
	return field_value(vm, at, o, layer, field);
}

struct jv object_get_body(struct vm *vm, const struct node *at, struct jv obj, struct jstr *name, const struct node **body)
{
	struct jobj *o = jv_obj(obj);
	uint32_t layer, field;
	if (!find(vm, o, name, &layer, &field))
		vm_raise_at(vm, at, "field does not exist: %.*s", STR_ARG(jstr_bytes(vm, name)));
	if (o->layers[layer].shape->fields[field].body)
		*body = o->layers[layer].shape->fields[field].body;
	return field_value(vm, at, o, layer, field);
}

static uint32_t inst_layer(const struct frame *inst)
{
	return (uint32_t)jv_as_num(inst->slot[INST_LAYER]);
}

struct jv object_super(struct vm *vm, const struct node *at, struct frame *inst, struct jstr *name)
{
	struct jobj *o = jv_obj(inst->slot[INST_SELF]);
	uint32_t layer, field, limit = inst_layer(inst);
	if (limit == 0)
		vm_raise_at(vm, at, "attempt to use super when there is no super class.");
	if (!find_below(o, name, limit, &layer, &field))
		vm_raise_at(vm, at, "field does not exist: %.*s", STR_ARG(jstr_bytes(vm, name)));
	return field_value(vm, at, o, layer, field);
}

bool object_super_has(struct vm *vm UNUSED, struct frame *inst, struct jstr *name)
{
	uint32_t layer, field;
	return find_below(jv_obj(inst->slot[INST_SELF]), name, inst_layer(inst), &layer, &field);
}

/* --- what natives use --- */

struct obj_names obj_names(struct vm *vm, struct jv obj, enum obj_which which)
{
	struct jobj *o = jv_obj(obj);
	struct slots *out;
	size_t n = 0;
	make_flat(vm, o);
	if (o->gc.n == 1) {
		const struct shape *s = o->layers->shape;
		const uint32_t *sorted = shape_sorted(vm, s);
		out = slots_new(vm, s->gc.n, s->gc.n);
		for (uint32_t i = 0; i < s->gc.n; i++)
			if (which == OBJ_ALL || s->fields[sorted[i]].vis != VIS_HIDDEN)
				out->v[n++] = str_jv(s->fields[sorted[i]].name);
	} else {
		const struct merged *m = merge(vm, o);
		out = slots_new(vm, m->gc.n, m->gc.n);
		for (uint32_t i = 0; i < m->gc.n; i++)
			if (which == OBJ_ALL || m->p[i].vis != VIS_HIDDEN)
				out->v[n++] = str_jv(m->p[i].name);
	}
	return (struct obj_names){ out->v, n };
}

static bool is_visible(struct vm *vm, struct jobj *o, const struct jstr *name)
{
	if (o->gc.n > FEW_LAYERS)
		return merged_find(merge(vm, o), name)->vis != VIS_HIDDEN;
	for (uint32_t i = o->gc.n; i-- > 0;) {
		const struct shape *s = o->layers[i].shape;
		int32_t k = shape_find(s, name);
		if (k >= 0 && s->gc.state == SHAPE_WITHOUT)
			i -= s->fields->slot;
		else if (k >= 0 && s->fields[k].vis != VIS_DEFAULT)
			return s->fields[k].vis == VIS_VISIBLE;
	}
	return true;
}

bool obj_has(struct vm *vm, struct jv obj, struct jv name, enum obj_which which)
{
	uint32_t layer, field;
	struct jstr *s = jstr_name(vm, name);
	return find(vm, jv_obj(obj), s, &layer, &field) && (which == OBJ_ALL || is_visible(vm, jv_obj(obj), s));
}

struct jv obj_get(struct vm *vm, struct jv obj, struct jv name)
{
	return object_get_at(vm, vm->calls && vm->calls->kind == CALL_NATIVE ? vm->calls->at : NULL, obj, jstr_name(vm, name));
}

static struct jv get_later(struct vm *vm, struct jv obj, struct jv name)
{
	return obj_get(vm, obj, name);
}

struct jv obj_lazy(struct vm *vm, struct jv obj, struct jv name)
{
	struct jobj *o = jv_obj(obj);
	struct jstr *s = jstr_name(vm, name);
	uint32_t layer, field;
	if ((o->gc.flags & (OBJ_HAS_ASSERTS | OBJ_CHECKED)) != OBJ_HAS_ASSERTS && find(vm, o, s, &layer, &field)) {
		const struct layer *l = &o->layers[layer];
		const struct field *f = &l->shape->fields[field];
		if (f->body && f->body->kind == NODE_CONST && !f->plus)
			return ((const struct node_const *)f->body)->value;
		if (!f->body)
			return l->envs->v[field];
		if (l->shape->gc.state == SHAPE_LITERAL && l->inst && l->inst->slot[INST_FIELDS + f->slot].bits)
			return l->inst->slot[INST_FIELDS + f->slot];
	}
	return thunk_new(vm, get_later, obj, name);
}

void obj_check(struct vm *vm, struct jv obj)
{
	object_check_at(vm, NULL, obj);
}

struct jv obj_without(struct vm *vm, struct jv obj, struct jv name)
{
	uint32_t twice;
	struct shape *s = shape_new(vm, 1, SHAPE_WITHOUT, NULL);
	shape_fields(s)[0] = (struct field){ .name = jstr_name(vm, name), .slot = jv_obj(obj)->gc.n };
	if (!shape_finish(s, 1, &twice))
		vm_raise(vm, "too many fields");
	return object_add(vm, obj, object_of(vm, s, NULL));
}

/* --- the builder --- */

void obj_build_add(struct vm *vm, struct obj_build *b, struct jv name, struct jv value, enum visibility vis)
{
	jstr_name(vm, name);
	vm_vec_push(vm, &b->names, name);
	vm_vec_push(vm, &b->values, value);
	vm_vec_push(vm, &b->vis, jv_num(vis));
}

/* The last of equal names counts; to find them, names are put in order. */
static uint32_t drop_doubles(struct vm *vm, struct obj_build *b)
{
	struct map seen;
	uint32_t n = 0;
	map_init(&seen, sizeof(uint32_t), NULL);
	for (size_t i = 0; i < b->names.n; i++) {
		struct jv name = b->names.slots->v[i];
		uint32_t before = (uint32_t)map_len(&seen);
		uint32_t *at = map_put(&seen, str_bytes(vm, name));
		if (map_len(&seen) > before)
			*at = n++;
		b->names.slots->v[*at] = name;
		b->values.slots->v[*at] = b->values.slots->v[i];
		b->vis.slots->v[*at] = b->vis.slots->v[i];
	}
	map_deinit(&seen);
	return n;
}

struct jv obj_build_done(struct vm *vm, struct obj_build *b)
{
	uint32_t n = (uint32_t)b->names.n, twice;
	for (;;) {
		struct shape *s = shape_new(vm, n, SHAPE_VALUES, NULL);
		struct field *fields = shape_fields(s);
		for (uint32_t i = 0; i < n; i++)
			fields[i] = (struct field){ .name = jv_str(b->names.slots->v[i]), .slot = i,
						    .vis = (uint8_t)jv_as_num(b->vis.slots->v[i]) };
		if (shape_finish(s, n, &twice))
			return object_of(vm, s, b->values.slots ? b->values.slots : slots_new(vm, 0, 0));
		n = drop_doubles(vm, b);
	}
}
