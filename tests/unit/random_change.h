/* random_change.h: texts changed at random, the same in every run: for tests that hold a quick reader against the full one. */
#ifndef UNIT_RANDOM_CHANGE_H
#define UNIT_RANDOM_CHANGE_H

#include "base/buf.h"

struct random_state {
	uint64_t seed; /* any */
};

static inline uint32_t random_below(struct random_state *r, size_t n)
{
	r->seed = r->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((r->seed >> 33) % n);
}

/* Replaces, removes or adds one byte; new ones are of `bytes`. `b` must not be empty. */
static inline void random_change(struct random_state *r, struct str bytes, struct buf *b)
{
	size_t at = random_below(r, b->n), n = b->n - at;
	switch (random_below(r, 3)) {
	case 0:
		b->p[at] = bytes.p[random_below(r, bytes.n)];
		break;
	case 1:
		memmove(b->p + at, b->p + at + 1, n - 1);
		b->n--;
		break;
	default:
		buf_add_char(b, ' ');
		memmove(b->p + at + 1, b->p + at, n);
		b->p[at] = random_below(r, 2) ? ' ' : bytes.p[random_below(r, bytes.n)];
	}
}

#endif
