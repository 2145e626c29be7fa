/*
 * bytes16.h: sixteen bytes looked at together, by the compiler's vectors. For the few loops that pass over every byte of every text.
 *
 *	for (; stop - p >= BYTES16; p += BYTES16)
 *		if ((mask = bytes16_mask(bytes16_load(p) == '\n')))
 *			return p + bytes16_first(mask);
 *	…                                                    // the rest byte by byte
 */
#ifndef BASE_BYTES16_H
#define BASE_BYTES16_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { BYTES16 = 16 };

typedef unsigned char bytes16 __attribute__((vector_size(BYTES16)));
/* What comparing gives: all bits of a byte or none. */
typedef signed char bytes16_hits __attribute__((vector_size(BYTES16)));

static inline bytes16 bytes16_load(const char *p)
{
	bytes16 v;
	memcpy(&v, p, sizeof(v));
	return v;
}

/* Bit i is that of byte i. */
static inline uint32_t bytes16_mask(bytes16_hits hits)
{
#ifdef __SSE2__
	return (uint32_t)__builtin_ia32_pmovmskb128((char __attribute__((vector_size(BYTES16))))hits);
#else
	uint32_t mask = 0;
	for (int i = 0; i < BYTES16; i++)
		mask |= (uint32_t)(hits[i] != 0) << i;
	return mask;
#endif
}

static inline bool bytes16_any(bytes16_hits hits)
{
#ifdef __SSE2__
	return bytes16_mask(hits) != 0;
#else
	uint64_t half[2];
	memcpy(half, &hits, sizeof(half));
	return half[0] | half[1];
#endif
}

/* The number of the first byte of a mask that is not 0. */
static inline unsigned bytes16_first(uint32_t mask)
{
	return (unsigned)__builtin_ctz(mask);
}

#endif
