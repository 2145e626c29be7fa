/*
 * Arrays: a window on slots. Parts of one share its slots; an append to an array that ends where its slots are used up to takes the room behind them, so
 * building an array by `a + [x]` costs no more than a vector.
 */
#include "jsonnet/vm.h"

#define ARR_MAX ((size_t)1 << 31)

static void check_size(struct vm *vm, size_t n)
{
	if (n > ARR_MAX)
		vm_raise(vm, "array too long");
}

struct slots *slots_new(struct vm *vm, size_t n, size_t cap)
{
	check_size(vm, cap);
	struct slots *s = heap_alloc_zeroed(&vm->heap, sizeof(*s) + cap * sizeof(struct jv) + HEAP_BEHIND, GC_SLOTS);
	s->gc.n = (uint32_t)n;
	s->cap = (uint32_t)cap;
	return s;
}

struct jv arr_of_slots(struct vm *vm, struct slots *s, size_t n)
{
	struct jarr *a = heap_alloc(&vm->heap, sizeof(*a), GC_ARR);
	a->gc.n = (uint32_t)n;
	a->slots = s;
	a->gen = NULL;
	a->off = 0;
	return jv_of(JV_ARR, a);
}

struct jv arr_new(struct vm *vm, size_t n, struct jv **slots)
{
	struct slots *s = slots_new(vm, n, n);
	*slots = s->v;
	return arr_of_slots(vm, s, n);
}

static struct jv with_gen(struct vm *vm, size_t n, struct slots *s, arr_fn *fn, struct jv a, struct jv b)
{
	struct arr_gen *gen = heap_alloc(&vm->heap, sizeof(*gen), GC_ARR_GEN);
	gen->fn = fn;
	gen->a = a;
	gen->b = b;
	struct jv arr = arr_of_slots(vm, s, n);
	jv_arr(arr)->gen = gen;
	return arr;
}

struct jv arr_generated(struct vm *vm, size_t n, arr_fn *fn, struct jv a, struct jv b)
{
	return with_gen(vm, n, slots_new(vm, n, n), fn, a, b);
}

struct jv arr_range(struct vm *vm, double first, size_t n)
{
	check_size(vm, n);
	return with_gen(vm, n, NULL, NULL, jv_num(first), JV_NOTHING);
}

size_t arr_len(struct jv arr)
{
	return jv_arr(arr)->gc.n;
}

struct jv array_get_at(struct vm *vm, const struct node *at, struct jv arr, size_t i)
{
	struct jarr *a = jv_arr(arr);
	if (!a->slots)
		return jv_num(jv_as_num(a->gen->a) + (double)(a->off + i));
	struct jv *slot = &a->slots->v[a->off + i];
	if (slot->bits == 0) {
		struct call call;
		vm_enter(vm, &call, CALL_ELEMENT, at, NULL);
		struct jv v = vm_force(vm, a->gen->fn(vm, a->gen->a, a->gen->b, a->off + i));
		vm_leave(vm, &call);
		return *slot = v;
	}
	if (jv_is(*slot, JV_THUNK)) {
		struct jv v = force_as(vm, CALL_ELEMENT, at, *slot);
		return *slot = v;
	}
	return *slot;
}

struct jv arr_get(struct vm *vm, struct jv arr, size_t i)
{
	/* Natives that make a text of nested values come by here. */
	if (vm->bufs_used)
		vm_check_text(vm, vm->bufs.p[vm->bufs_used - 1]->n);
	return array_get_at(vm, vm->calls ? vm->calls->at : NULL, arr, i);
}

static struct jv force_item(struct vm *vm, struct jv arr, struct jv i)
{
	return arr_get(vm, arr, (size_t)jv_as_num(i));
}

struct jv arr_lazy(struct vm *vm, struct jv arr, size_t i)
{
	struct jarr *a = jv_arr(arr);
	if (!a->slots)
		return arr_get(vm, arr, i);
	struct jv *slot = &a->slots->v[a->off + i];
	if (slot->bits == 0)
		return thunk_new(vm, force_item, arr, jv_num((double)i));
	if (jv_is(*slot, JV_THUNK) && jv_thunk(*slot)->gc.state == THUNK_DONE)
		return *slot = jv_thunk(*slot)->value;
	return *slot;
}

struct jv arr_sub(struct vm *vm, struct jv arr, size_t from, size_t to)
{
	const struct jarr *a = jv_arr(arr);
	to = MIN(to, a->gc.n);
	from = MIN(from, to);
	if (from == 0 && to == a->gc.n)
		return arr;
	struct jv out = arr_of_slots(vm, a->slots, to - from);
	jv_arr(out)->gen = a->gen;
	jv_arr(out)->off = a->off + (uint32_t)from;
	return out;
}

static void copy_items(struct vm *vm, struct jv arr, struct jv *to)
{
	const struct jarr *a = jv_arr(arr);
	if (a->slots && !a->gen)
		memcpy(to, a->slots->v + a->off, a->gc.n * sizeof(*to));
	else
		for (size_t i = 0; i < a->gc.n; i++)
			to[i] = arr_lazy(vm, arr, i);
}

struct jv arr_concat(struct vm *vm, struct jv a, struct jv b)
{
	struct jarr *x = jv_arr(a), *y = jv_arr(b);
	size_t n = (size_t)x->gc.n + y->gc.n;
	if (!x->gc.n || !y->gc.n)
		return x->gc.n ? a : b;
	check_size(vm, n);
	struct slots *s = x->slots;
	bool append = s && !x->gen && s->gc.n == x->off + x->gc.n && s->cap - s->gc.n >= y->gc.n;
	if (!append) {
		/* Room to grow only for what already grew: most concatenations are made once. */
		size_t grows = s && !x->gen && s->cap > 4 && s->gc.n == x->off + x->gc.n && y->gc.n < x->gc.n ? x->gc.n : 0;
		s = slots_new(vm, n, MIN(n + grows, ARR_MAX));
		s->gc.n = (uint32_t)n;
		copy_items(vm, a, s->v);
	} else {
		s->gc.n += y->gc.n;
	}
	struct jv out = arr_of_slots(vm, s, n);
	jv_arr(out)->off = append ? x->off : 0;
	copy_items(vm, b, s->v + jv_arr(out)->off + x->gc.n);
	return out;
}

/* --- the growable list --- */

void vm_vec_push(struct vm *vm, struct vm_vec *v, struct jv item)
{
	if (!v->slots || v->n == v->slots->cap) {
		struct slots *bigger = slots_new(vm, v->n, v->n ? v->n * 2 : 8);
		if (v->n)
			memcpy(bigger->v, v->slots->v, v->n * sizeof(item));
		v->slots = bigger;
	}
	v->slots->v[v->n++] = item;
	v->slots->gc.n = (uint32_t)v->n;
}

struct jv *vm_vec_items(const struct vm_vec *v)
{
	return v->slots ? v->slots->v : NULL;
}

struct jv vm_vec_array(struct vm *vm, struct vm_vec *v)
{
	struct jv *none;
	if (!v->slots)
		return arr_new(vm, 0, &none);
	v->slots->cap = (uint32_t)v->n; /* nobody appends to what was handed out */
	return arr_of_slots(vm, v->slots, v->n);
}
