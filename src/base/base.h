/*
 * base.h: what every file of raibid-run may count on: attributes, sizes, checked allocation.
 *
 * Out of memory aborts here, so no caller tests an allocation. Sizes that come from untrusted input never
 * reach these functions unchecked: a caller caps them first and reports ERR_LIMIT (see err.h).
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The result says whether the call worked; ignoring it is a bug. */
#define MUST_CHECK __attribute__((warn_unused_result))
/* Argument `f` is a printf format, its arguments start at `a`. */
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Ends the process with a message on standard error: only for exhausted memory and our own bugs. */
NORETURN void base_die(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* malloc, calloc and realloc that never return NULL for n > 0. Release with free. */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
/* realloc to `n` items of `size` bytes; overflow of the product aborts. */
void *xreallocarray(void *p, size_t n, size_t size);
/* Copy of the first `n` bytes at `p` with a NUL behind them. */
char *xstrndup(const char *p, size_t n);

/* Closes *fd if it is not negative. For AUTO_FD. */
void base_close_fd(int *fd);
/* A file descriptor closed at the end of its scope: AUTO_FD fd = open(…). */
#define AUTO_FD __attribute__((cleanup(base_close_fd))) int
/* Hands the descriptor to the caller: returns it and leaves -1 behind. */
int take_fd(int *fd);

/* Frees *(void **)p. For AUTO_FREE. */
void base_free_ptr(void *p);
/* Heap memory freed at the end of its scope; only where a C library demands a malloc'd string. */
#define AUTO_FREE __attribute__((cleanup(base_free_ptr)))

#endif
