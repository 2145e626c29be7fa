/*
 * call.h: calls of recipes: which two are the same, and which calls a recipe's dependencies are.
 */
#ifndef RUN_CALL_H
#define RUN_CALL_H

#include "lang/lang.h"

/* The recipe's number and its arguments with their lengths, so that no two calls have the same key. In `a`. */
struct str call_key(const struct lang_call *call, struct arena *a);

typedef VEC(struct lang_call) call_list;
/* Adds the calls of one dependency of the recipe that `scope` is of: one, or of a mapped dependency one for each element of its starred argument. */
MUST_CHECK bool call_dependency(const struct lang_scope *scope, const struct lang_dependency *d, struct arena *a, call_list *out, struct err *err);

#endif
