/* What each kind of thing refers to. Slots may hold plain pointers to frames (object comprehensions), so they are marked as words. */
#include "jsonnet/vm.h"

static inline void mark_value(struct heap *h, struct jv v)
{
	if (v.bits < JV_NUM_BIAS)
		heap_mark(h, jv_pointer(v));
}

static void mark_values(struct heap *h, const struct jv *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mark_value(h, v[i]);
}

static void mark_thunk(struct heap *h, const struct jthunk *t)
{
	switch (t->gc.state) {
	case THUNK_DONE:
		mark_value(h, t->value);
		break;
	case THUNK_CODE:
		heap_mark(h, t->frame);
		break;
	default:
		mark_value(h, t->a);
		mark_value(h, t->b);
	}
}

static void mark_object(struct heap *h, struct jobj *o)
{
	if (o->gc.state == OBJ_SUM) {
		heap_mark(h, o->left);
		heap_mark(h, o->right);
		return;
	}
	heap_mark(h, o->merged);
	if (o->layers != &o->one) {
		heap_mark(h, (char *)o->layers - offsetof(struct layers, p));
		return;
	}
	heap_mark(h, (void *)(uintptr_t)o->one.shape);
	heap_mark(h, o->one.frame);
	heap_mark(h, o->one.inst);
}

static void mark_shape(struct heap *h, const struct shape *s)
{
	for (uint32_t i = 0; i < s->gc.n; i++)
		heap_mark(h, s->fields[i].name);
	if (s->sorted)
		heap_mark(h, (char *)(uintptr_t)s->sorted - sizeof(struct gc));
}

void mark_children(struct heap *h, struct gc *thing)
{
	switch ((enum gc_type)thing->type) {
	case GC_STR: {
		struct jstr *s = (struct jstr *)thing;
		if (s->gc.state == STR_ROPE) {
			heap_mark(h, s->left);
			heap_mark(h, s->right);
		} else if (s->gc.state == STR_AT) {
			heap_mark(h, s->bytes);
		}
		break;
	}
	case GC_ARR:
		heap_mark(h, ((struct jarr *)thing)->slots);
		heap_mark(h, ((struct jarr *)thing)->gen);
		break;
	case GC_SLOTS:
		mark_values(h, ((struct slots *)thing)->v, thing->n);
		break;
	case GC_ARR_GEN:
		mark_value(h, ((struct arr_gen *)thing)->a);
		mark_value(h, ((struct arr_gen *)thing)->b);
		break;
	case GC_THUNK:
		mark_thunk(h, (struct jthunk *)thing);
		break;
	case GC_FRAME:
		heap_mark(h, ((struct frame *)thing)->up);
		mark_values(h, ((struct frame *)thing)->slot, thing->n);
		break;
	case GC_OBJ:
		mark_object(h, (struct jobj *)thing);
		break;
	case GC_LAYERS:
		for (uint32_t i = 0; i < thing->n; i++) {
			const struct layer *l = &((struct layers *)thing)->p[i];
			heap_mark(h, (void *)(uintptr_t)l->shape);
			heap_mark(h, l->frame);
			heap_mark(h, l->inst);
		}
		break;
	case GC_SHAPE:
		mark_shape(h, (struct shape *)thing);
		break;
	case GC_FUN:
		heap_mark(h, ((struct jfun *)thing)->frame);
		break;
	case GC_BYTES:
	case GC_FREE:
		break;
	}
}
