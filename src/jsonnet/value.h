/*
 * value.h: jsonnet's values while a program runs, and what a native function does with them.
 *
 * A value (struct jv) is 64 bits, passed by value: a number as it is, or a pointer with its kind in the upper 16 bits. A slot (an element of
 * an array, a variable, a field) holds a value or a thunk that is still to be evaluated; vm_force makes a value of either. Whatever a
 * native gets as a strict argument is a value already.
 *
 * Memory: everything is on the vm's collected heap (heap.h). The collector finds references on the C stack by itself, also such that
 * point into the middle of a thing, so a native just keeps values and pointers in local variables. It must not keep the only
 * reference in memory that it got from malloc: vm_vec is the growable list for that.
 *
 * Errors: vm_raise does not return; it unwinds to where the evaluation was entered. So a native holds no resource of its own that
 * would have to be released: a growable text comes from vm_buf.
 *
 * Depth: a native that calls itself on nested data calls vm_deeper first. Everything that evaluates (vm_force, arr_get, vm_call, obj_get,
 * vm_equal …) does so by itself. The stack is large (see vm.h); beyond it the error is jsonnet's "max stack frames exceeded.".
 */
#ifndef JSONNET_VALUE_H
#define JSONNET_VALUE_H

#include "base/buf.h"
#include "base/str.h"

struct vm;
struct node;
struct frame;

struct jv {
	uint64_t bits;
};

enum jv_kind { JV_EMPTY, JV_NULL, JV_BOOL, JV_STR, JV_ARR, JV_OBJ, JV_FUN, JV_THUNK, JV_NUM = 16 };

/* Doubles are stored with this added: finite ones then never have an upper half below 16, which the kinds use. All numbers are finite. */
#define JV_NUM_BIAS ((uint64_t)JV_NUM << 48)
#define JV_POINTER_MASK (((uint64_t)1 << 48) - 1)

static inline bool jv_is_num(struct jv v)
{
	return v.bits >= JV_NUM_BIAS;
}
static inline enum jv_kind jv_kind(struct jv v)
{
	uint64_t upper = v.bits >> 48;
	return upper < JV_NUM ? (enum jv_kind)upper : JV_NUM;
}
static inline bool jv_is(struct jv v, enum jv_kind kind)
{
	return v.bits >> 48 == kind;
}
static inline void *jv_pointer(struct jv v)
{
	return (void *)(uintptr_t)(v.bits & JV_POINTER_MASK);
}
static inline struct jv jv_of(enum jv_kind kind, const void *p)
{
	return (struct jv){ (uint64_t)kind << 48 | (uint64_t)(uintptr_t)p };
}

#define JV_NOTHING ((struct jv){ 0 }) /* a slot never filled; what a native's absent optional argument may be told by */

static inline struct jv jv_null(void)
{
	return (struct jv){ (uint64_t)JV_NULL << 48 };
}
static inline struct jv jv_bool(bool b)
{
	return (struct jv){ (uint64_t)JV_BOOL << 48 | b };
}
static inline bool jv_true(struct jv v)
{
	return v.bits == ((uint64_t)JV_BOOL << 48 | 1);
}
static inline bool jv_as_bool(struct jv v)
{
	return v.bits & 1;
}
/* A finite number; results of arithmetic go through vm_num. */
static inline struct jv jv_num(double d)
{
	union {
		double d;
		uint64_t bits;
	} u = { .d = d };
	return (struct jv){ u.bits + JV_NUM_BIAS };
}
static inline double jv_as_num(struct jv v)
{
	union {
		uint64_t bits;
		double d;
	} u = { .bits = v.bits - JV_NUM_BIAS };
	return u.d;
}
/* The number, or jsonnet's error where it is NaN ("not a number") or infinite ("overflow"). */
struct jv vm_num(struct vm *vm, double d);
/* "null", "boolean", "string", "array", "object", "function", "number", as std.type names it. */
const char *jv_type_name(struct jv v);

/* --- errors and depth --- */

/* Ends the evaluation with `RUNTIME ERROR: <text>` and a trace. */
NORETURN void vm_raise(struct vm *vm, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* To be called by what recurses on the C stack by itself. */
void vm_deeper(struct vm *vm);

/* A buffer that is freed also where an error ends the evaluation. Give it back with vm_buf_done; its bytes are gone then. */
struct buf *vm_buf(struct vm *vm);
void vm_buf_done(struct vm *vm, struct buf *b);

/* --- evaluating --- */

struct jv vm_force_thunk(struct vm *vm, struct jv thunk);
/* The value of a slot's content. */
static inline struct jv vm_force(struct vm *vm, struct jv v)
{
	return jv_is(v, JV_THUNK) ? vm_force_thunk(vm, v) : v;
}
/* Something to be computed when it is first needed: fn(vm, a, b). */
typedef struct jv thunk_fn(struct vm *vm, struct jv a, struct jv b);
struct jv thunk_new(struct vm *vm, thunk_fn *fn, struct jv a, struct jv b);

/* Calls a function with n positional arguments (values or thunks); raises where it does not take them. */
struct jv vm_call(struct vm *vm, struct jv fun, const struct jv *args, size_t n);
/* How many parameters it has (std.length of a function), and how many of them have no default (what std.length is in Go). */
size_t fun_params(struct jv fun);
size_t fun_required(struct jv fun);

/* ==, deep; raises where functions are compared. */
bool vm_equal(struct vm *vm, struct jv a, struct jv b);
/* <0, 0, >0 for numbers, strings and arrays, as the operators < and > (and std.sort, std.set…) order them; raises for other types. */
int vm_compare(struct vm *vm, struct jv a, struct jv b);
/* The same as std.__compare has it: what sorting and sets use, with messages of its own for other types. */
int vm_compare_items(struct vm *vm, struct jv a, struct jv b);
/* What std.toString makes: a string itself, else its compact JSON `{"a": 1}`. A JV_STR. */
struct jv vm_to_string(struct vm *vm, struct jv v);
/* The operator +, with all its meanings. */
struct jv vm_add(struct vm *vm, struct jv a, struct jv b);

/* --- strings: UTF-8 inside, code points outside --- */

struct jv str_new(struct vm *vm, struct str bytes);
struct jv str_rune(struct vm *vm, uint32_t rune);
/* The content of buffer `b`, which is given back. */
struct jv str_from_buf(struct vm *vm, struct buf *b);
/* The bytes; joins a concatenation first. Valid while the string is referenced, from the C stack too. */
struct str str_bytes(struct vm *vm, struct jv s);
size_t str_size(struct jv s);  /* bytes */
size_t str_runes(struct vm *vm, struct jv s); /* code points */
/* Code points [from, to), clamped. */
struct jv str_sub(struct vm *vm, struct jv s, size_t from, size_t to);
/* Joined in O(1); long results share their parts. */
struct jv str_concat(struct vm *vm, struct jv a, struct jv b);
bool str_same(struct vm *vm, struct jv a, struct jv b);

/* --- arrays --- */

size_t arr_len(struct jv arr);
/* Element i, evaluated. */
struct jv arr_get(struct vm *vm, struct jv arr, size_t i);
/* Element i as it is, maybe a thunk: for handing on without evaluating. */
struct jv arr_lazy(struct vm *vm, struct jv arr, size_t i);
/* n elements, to be filled through *slots (values or thunks) before anything is evaluated. Raises where n is absurd. */
struct jv arr_new(struct vm *vm, size_t n, struct jv **slots);
/* n elements that fn(vm, a, b, i) computes, each once, when it is needed. `fn` returns a value. */
typedef struct jv arr_fn(struct vm *vm, struct jv a, struct jv b, size_t i);
struct jv arr_generated(struct vm *vm, size_t n, arr_fn *fn, struct jv a, struct jv b);
/* The numbers from `first` on, without memory for each. */
struct jv arr_range(struct vm *vm, double first, size_t n);
struct jv arr_sub(struct vm *vm, struct jv arr, size_t from, size_t to);
struct jv arr_concat(struct vm *vm, struct jv a, struct jv b);

/* A growable list on the collected heap; zeroed is empty: struct vm_vec v = { 0 }. */
struct vm_vec {
	struct slots *slots;
	size_t n;
};
void vm_vec_push(struct vm *vm, struct vm_vec *v, struct jv item);
struct jv *vm_vec_items(const struct vm_vec *v);
/* The list as an array. */
struct jv vm_vec_array(struct vm *vm, struct vm_vec *v);

/* --- objects --- */

enum visibility { VIS_DEFAULT, VIS_HIDDEN, VIS_VISIBLE }; /* `:`, `::`, `:::` */

/* Names in the order that jsonnet gives fields everywhere: by code points. */
struct obj_names {
	struct jv *p; /* strings */
	size_t n;
};
enum obj_which { OBJ_VISIBLE, OBJ_ALL };
struct obj_names obj_names(struct vm *vm, struct jv obj, enum obj_which which);
/* Whether there is such a field; OBJ_VISIBLE: one that is not hidden. `name` is a JV_STR. */
bool obj_has(struct vm *vm, struct jv obj, struct jv name, enum obj_which which);
/* The field's value, evaluated; raises "field does not exist: …". The asserts of the object are checked first, once. */
struct jv obj_get(struct vm *vm, struct jv obj, struct jv name);
/* The same without evaluating: a thunk, or a value that is there already. */
struct jv obj_lazy(struct vm *vm, struct jv obj, struct jv name);
/* The object without a field of that name: the field is gone for `self` too, while `super` below still sees it. */
struct jv obj_without(struct vm *vm, struct jv obj, struct jv name);
/* Runs the object's asserts if that was not done yet; manifesting does so. */
void obj_check(struct vm *vm, struct jv obj);

/* Builds an object from native code: fields in any order, values or thunks that do not see `self`. A name that comes twice is replaced. */
struct obj_build {
	struct vm_vec names, values, vis;
};
void obj_build_add(struct vm *vm, struct obj_build *b, struct jv name, struct jv value, enum visibility vis);
struct jv obj_build_done(struct vm *vm, struct obj_build *b);

/* --- text --- */

/* How JSON is laid out: as std.manifestJsonEx, the command and std.toString do it. */
struct manifest_style {
	struct str indent;      /* a level */
	struct str newline;     /* after `[`, before `]`, and after each comma; "" with item_sep for one line */
	struct str item_sep;    /* after an item: "," or ", " */
	struct str key_val_sep; /* ": " */
	bool short_empty;       /* `[ ]` and `{ }`; otherwise two newlines and the indent between the brackets */
};
extern const struct manifest_style manifest_ex;      /* std.manifestJson: 4 spaces */
extern const struct manifest_style manifest_output;  /* the command's: 3 spaces, `[ ]`, `{ }` */
extern const struct manifest_style manifest_compact; /* std.toString: `{"a": [1, 2]}` */
void manifest_json(struct vm *vm, struct jv v, const struct manifest_style *style, struct buf *out);
/* A string in double quotes with jsonnet's escapes. */
void manifest_string(struct str s, struct buf *out);
/* A number as jsonnet prints it. */
void manifest_number(double d, struct buf *out);

#endif
