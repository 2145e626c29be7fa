/*
 * inflate.h: deflate (RFC 1951) from memory to memory, for those who read the beginning while the rest is still being made.
 */
#ifndef EXT_INFLATE_H
#define EXT_INFLATE_H

#include <stdatomic.h>

#include "base/str.h"

enum inflate_result {
	INFLATE_OK,
	INFLATE_DAMAGED, /* no deflate, or cut off */
	INFLATE_FULL,    /* there is more than `room` */
};

/* Told after each INFLATE_STEP bytes or so: `n` bytes are there and do not change any more. */
typedef void inflate_told(void *ctx, size_t n);
enum { INFLATE_STEP = 16 << 10 };

struct inflate_to {
	char *p;
	size_t room;
	inflate_told *told; /* NULL: nobody waits */
	void *ctx;
};

/* One stream at the beginning of `bytes`: *used of them; *n bytes of content. Both are set in any case. */
enum inflate_result inflate(struct str bytes, const struct inflate_to *to, size_t *used, size_t *n);

#endif
