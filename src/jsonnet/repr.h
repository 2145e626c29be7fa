/*
 * repr.h: how values look in memory. For the evaluator; natives keep to value.h.
 *
 * Frames: a call of a function, an iteration of a comprehension and an object's layer each have one. It holds all variables that are bound
 * below it down to the next frame, also those of `local` inside arguments, elements and fields: such an expression is evaluated at most once for each
 * frame, so its variables need no memory of their own, and a thunk is no more than its code and a frame.
 *
 * Objects: a list of layers, the topmost last; `+` makes a sum that is flattened when a field is first asked for. A layer is a shape (names and
 * code, mostly made by the compiler), the frame it was written in, and an instance: the frame whose slots are `self`, the fields' values, then the variables
 * of the object and of its fields.
 */
#ifndef JSONNET_REPR_H
#define JSONNET_REPR_H

#include "jsonnet/heap.h"
#include "jsonnet/value.h"

struct node_function;
struct node_object;
struct std_fun;
struct jsonnet_native;

/* --- strings --- */

enum str_state { STR_FLAT, STR_ROPE, STR_AT };
#define RUNES_UNKNOWN UINT32_MAX

/* gc.n: hash, 0 while unknown. */
struct jstr {
	struct gc gc;
	uint32_t size, runes;
	union {
		char data[1];            /* STR_FLAT */
		struct {
			struct jstr *left, *right; /* STR_ROPE */
		};
		struct {
			const char *at;  /* STR_AT: a rope that was joined: bytes in `bytes` */
			struct gc *bytes;
		};
	};
};

static inline struct jstr *jv_str(struct jv v)
{
	return jv_pointer(v);
}
static inline struct jv str_jv(const struct jstr *s)
{
	return jv_of(JV_STR, s);
}
void str_flatten(struct vm *vm, struct jstr *s);
static inline struct str jstr_bytes(struct vm *vm, struct jstr *s)
{
	if (s->gc.state == STR_ROPE)
		str_flatten(vm, s);
	return (struct str){ s->gc.state == STR_FLAT ? s->data : s->at, s->size };
}
/* A string that lives in an arena with its hash and length known, for constants shared by threads. */
struct jstr *jstr_constant(struct arena *a, struct str bytes);
uint32_t bytes_hash32(struct str bytes);
static inline uint32_t jstr_hash(struct vm *vm, struct jstr *s)
{
	if (!s->gc.n)
		s->gc.n = bytes_hash32(jstr_bytes(vm, s));
	return s->gc.n;
}
/* Equal names: both flat, with hashes known. */
static inline bool name_same(const struct jstr *a, const struct jstr *b)
{
	return a == b || (a->gc.n == b->gc.n && a->size == b->size &&
			  !memcmp(a->gc.state == STR_FLAT ? a->data : a->at, b->gc.state == STR_FLAT ? b->data : b->at, a->size));
}
/* Makes a string fit for name_same. */
static inline struct jstr *jstr_name(struct vm *vm, struct jv v)
{
	struct jstr *s = jv_str(v);
	if (!s->gc.n || s->gc.state == STR_ROPE)
		jstr_hash(vm, s), jstr_bytes(vm, s);
	return s;
}

/* --- arrays --- */

/* gc.n: slots in use. The room behind them may be taken by an append to the array that ends there. */
struct slots {
	struct gc gc;
	uint32_t cap;
	struct jv v[];
};

struct arr_gen {
	struct gc gc;
	arr_fn *fn; /* NULL: numbers from `a` on, and the array has no slots */
	struct jv a, b;
};

/* gc.n: length. Element i is slots->v[off + i]; where that is empty, gen makes it from off + i. */
struct jarr {
	struct gc gc;
	struct slots *slots;
	struct arr_gen *gen;
	uint32_t off;
};

static inline struct jarr *jv_arr(struct jv v)
{
	return jv_pointer(v);
}
struct slots *slots_new(struct vm *vm, size_t n, size_t cap);
struct jv arr_of_slots(struct vm *vm, struct slots *s, size_t n);

/* --- frames, thunks, functions --- */

/* gc.n: number of slots. */
struct frame {
	struct gc gc;
	struct frame *up;
	struct jv slot[];
};

/* The first slots of an object's instance. */
enum { INST_SELF, INST_LAYER, INST_FIELDS };

enum thunk_state { THUNK_CODE, THUNK_NATIVE, THUNK_DONE };

struct jthunk {
	struct gc gc;
	union {
		const struct node *code; /* THUNK_CODE, with `frame` */
		thunk_fn *fn;            /* THUNK_NATIVE, of a and b */
		struct jv value;         /* THUNK_DONE */
	};
	union {
		struct frame *frame;
		struct jv a;
	};
	struct jv b; /* not there in a THUNK_CODE */
};
#define THUNK_CODE_SIZE offsetof(struct jthunk, b)

static inline struct jthunk *jv_thunk(struct jv v)
{
	return jv_pointer(v);
}

enum fun_state { FUN_CODE, FUN_STD, FUN_HOST };

struct jfun {
	struct gc gc;
	union {
		const struct node_function *code;
		const struct std_fun *std;
		const struct jsonnet_native *host;
	};
	struct frame *frame; /* FUN_CODE: where it was written */
};

static inline struct jfun *jv_fun(struct jv v)
{
	return jv_pointer(v);
}

/* --- objects --- */

struct field {
	struct jstr *name; /* flat, hash known */
	const struct node *body; /* NULL: the layer holds values */
	uint32_t slot; /* number among the fields as written */
	uint8_t vis;
	bool plus;
};

/* Where the values of a layer come from. */
enum shape_kind {
	SHAPE_LITERAL, /* layer->frame is the frame it was written in, inst is made when it is needed */
	SHAPE_COMP,    /* layer->envs has a frame a field */
	SHAPE_VALUES,  /* layer->envs has the values */
	SHAPE_WITHOUT, /* hides the field of its one name in the fields[0].slot layers below it (std.objectRemoveKey) */
};

/* gc.state: kind; gc.n: number of fields. */
struct shape {
	struct gc gc;
	uint32_t mask;            /* of `hash`, which has mask + 1 places: field number + 1, or 0 */
	bool all_visible;         /* no field is hidden */
	const struct field *fields;
	const uint32_t *hash;
	const uint32_t *sorted;   /* field numbers by name */
	const struct node_object *code; /* NULL for values */
};

struct layer {
	const struct shape *shape;
	union {
		struct frame *frame;
		struct slots *envs;
	};
	union {
		struct frame *inst;  /* SHAPE_LITERAL */
		struct slots *cache; /* SHAPE_COMP: values of the fields */
	};
};

struct layers {
	struct gc gc; /* n: how many */
	struct layer p[];
};

/* All fields of an object of several layers. */
struct merged_field {
	struct jstr *name;
	uint32_t layer, field; /* the topmost */
	uint8_t vis;
};
struct merged {
	struct gc gc; /* GC_BYTES: shapes keep the names. n: number of fields, in order of names */
	uint32_t mask, n_visible;
	uint32_t *hash;
	struct merged_field p[];
};

enum obj_state { OBJ_FLAT, OBJ_SUM };
enum { OBJ_HAS_ASSERTS = 1, OBJ_CHECKED = 2 };

/* gc.n: layers; gc.flags: asserts. */
struct jobj {
	struct gc gc;
	union {
		struct {
			struct layer *layers; /* &one, or in `many` */
			struct merged *merged;
		};
		struct {
			struct jobj *left, *right; /* OBJ_SUM */
		};
	};
	union {
		struct layer one;    /* not there in a sum */
	};
};
#define OBJ_SUM_SIZE offsetof(struct jobj, one)

static inline struct jobj *jv_obj(struct jv v)
{
	return jv_pointer(v);
}

#endif
