/*
 * parallel.h: the same work on many items by a few threads, for what is pure and heavy.
 */
#ifndef RUN_PARALLEL_H
#define RUN_PARALLEL_H

#include "base/err.h"

/* Does item `i`; whatever it writes belongs to that item alone. */
typedef bool parallel_fn(void *ctx, size_t i, struct err *err);

/* Calls `fn` for 0 to n - 1, in any order, on at most `jobs` threads, the calling one among them. After a failure no new item begins; the failure of the smallest item that
 * failed is returned, so that the message is the same each time. */
MUST_CHECK bool parallel_for(int jobs, size_t n, parallel_fn *fn, void *ctx, struct err *err);

#endif
