/*
 * vec.h: the one typed vector.
 *
 *	VEC(struct str) names = { 0 };
 *	vec_push(&names, STR("x"));          // on the heap; vec_deinit frees
 *	vec_push_in(&names, arena, STR("x")); // in an arena; never vec_deinit
 *	for (size_t i = 0; i < names.n; i++) use(names.p[i]);
 *
 * A vector keeps to one of the two kinds of memory for life. Zeroed is empty.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC(type)                \
	struct {                 \
		type *p;         \
		size_t n, cap;   \
	}

#define vec_push(v, ...)                                                                                       \
	do {                                                                                                   \
		if ((v)->n == (v)->cap)                                                                        \
			(v)->p = vec_grow((v)->p, &(v)->cap, sizeof(*(v)->p), NULL);                           \
		(v)->p[(v)->n++] = (__VA_ARGS__);                                                              \
	} while (0)

#define vec_push_in(v, arena, ...)                                                                             \
	do {                                                                                                   \
		if ((v)->n == (v)->cap)                                                                        \
			(v)->p = vec_grow((v)->p, &(v)->cap, sizeof(*(v)->p), (arena));                        \
		(v)->p[(v)->n++] = (__VA_ARGS__);                                                              \
	} while (0)

/* Makes room for `more` items where there is less, at least twice as much as there was. */
#define vec_reserve_in(v, arena, more) ((v)->p = vec_reserve((v)->p, &(v)->cap, (v)->n + (more), sizeof(*(v)->p), (arena)))

#define vec_deinit(v)                                    \
	do {                                             \
		free((v)->p);                            \
		(v)->p = NULL;                           \
		(v)->n = (v)->cap = 0;                   \
	} while (0)

#define vec_last(v) ((v)->p[(v)->n - 1])

/* Doubles the room for items of `size` bytes; in `arena` where it is not NULL. For the macros above. */
void *vec_grow(void *p, size_t *cap, size_t size, struct arena *arena);

void *vec_reserve(void *p, size_t *cap, size_t want, size_t size, struct arena *arena);

#endif
