/* Growth for the vector macros. */
#include "base/vec.h"

void *vec_grow(void *p, size_t *cap, size_t size, struct arena *arena)
{
	size_t old = *cap, more = old ? old * 2 : 8;
	*cap = more;
	if (arena)
		return arena_grow(arena, p, old * size, more * size);
	return xreallocarray(p, more, size);
}

void *vec_reserve(void *p, size_t *cap, size_t want, size_t size, struct arena *arena)
{
	size_t old = *cap;
	if (want <= old)
		return p;
	*cap = MAX(want, old * 2);
	if (arena)
		return arena_grow(arena, p, old * size, *cap * size);
	return xreallocarray(p, *cap, size);
}
