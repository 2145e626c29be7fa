/*
 * std_util.h: what the families of std share.
 *
 * The reference writes most of std in jsonnet itself. A wrong argument therefore meets not a check but whatever operator touches it first, and the error
 * is that operator's. These functions are those operators: the length, an index, arithmetic and order, each with the words of its errors. All take
 * evaluated values.
 */
#ifndef JSONNET_STD_UTIL_H
#define JSONNET_STD_UTIL_H

#include "jsonnet/value.h"

/* std.length(v) of a string (code points), array, object or function; raises for others. */
size_t std_len(struct vm *vm, struct jv v);
/* v[i], evaluated: of an array or string; raises for others, as indexing does. i is within its length. */
struct jv std_at(struct vm *vm, struct jv v, size_t i);
/* The same, not evaluated where v is an array. */
struct jv std_at_lazy(struct vm *vm, struct jv v, size_t i);

/* Go's folds take strings and arrays only, and say so. */
void std_fold_over(struct vm *vm, const char *name, struct jv v);

/* The list of a string's characters, or the array itself; for others as many elements as their length says, which raise what indexing raises. */
struct jv std_items(struct vm *vm, struct jv v);
/* The elements from `from` on of a string or an array. */
struct jv std_tail(struct vm *vm, struct jv v, size_t from);

/* "binary operator <op> requires matching types, …", or "… does not operate on strings." where they match. */
NORETURN void std_bad_binary(struct vm *vm, const char *op, struct jv a, struct jv b);
/* Both operands of an arithmetic operator, checked. */
void std_numbers(struct vm *vm, const char *op, struct jv a, struct jv b, double *x, double *y);
/* <0, 0, >0 as the operator `op` ("<", ">=" …) sees them; raises in its name. */
int std_order(struct vm *vm, const char *op, struct jv a, struct jv b);
/* std.__compare. */
int std_compare(struct vm *vm, struct jv a, struct jv b);
/* std.__compare_array, which takes whatever has a length and an index. */
int std_compare_items(struct vm *vm, struct jv a, struct jv b);
/* How keys are compared that sort and minArray order by: as by std.__compare, in Go as by `<`. */
int std_key_order(struct vm *vm, struct jv a, struct jv b);
/* The value must be a function, for a call that is to come: "only functions can be called, got …". */
void std_callable(struct vm *vm, struct jv f);
struct jv std_call1(struct vm *vm, struct jv f, struct jv arg);

/* Go takes whole numbers of 32 bits only where it counts, and says so; C++ cuts. */
void std_whole(struct vm *vm, struct jv v);
/* A number cut to an integer as C++ casts it, clamped to what fits. */
int64_t std_int(struct jv v);

/* std.format(format, vals), which the operator % is for strings. */
struct jv std_format(struct vm *vm, struct jv format, struct jv vals);
/* std.join(sep, arr) (std_core.c). */
struct jv std_join(struct vm *vm, struct jv sep, struct jv arr);
/* A string in double quotes as std.escapeStringJson writes it. Like the reference it does not take a NUL, which an index of a string gives as "". */
void std_add_quoted(struct vm *vm, struct buf *out, struct jv s);
/* A number as std.manifestJsonEx and manifestYamlDoc write it: in Go the shortest digits, never an exponent. */
void std_add_number(struct vm *vm, struct buf *out, double d);

#endif
