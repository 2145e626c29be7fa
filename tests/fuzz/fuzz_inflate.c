/*
 * Inflating: the first two bytes say how much room there is, the rest is the stream. What comes out is told in order and does not change any more; it fits into
 * just as much room, and not into a byte less.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ext/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What has been told, in a copy. */
struct told {
	const char *from;
	char *copy;
	size_t n;
};

static void keep(void *ctx, size_t n)
{
	struct told *t = ctx;
	if (n < t->n)
		base_die("less is there than before");
	memcpy(t->copy + t->n, t->from + t->n, n - t->n);
	t->n = n;
}

/* Into memory of exactly that size, so that a sanitizer sees what is written beyond. */
static enum inflate_result run(struct str packed, size_t room, size_t *n)
{
	char *out = xmalloc(room + 1), *copy = xmalloc(room + 1);
	struct told told = { .from = out, .copy = copy };
	size_t used;
	out = xrealloc(out, room ? room : 1);
	told.from = out;
	enum inflate_result r = inflate(packed, &(struct inflate_to){ out, room, keep, &told }, &used, n);
	if (used > packed.n || *n > room || told.n != *n || memcmp(out, copy, *n) != 0)
		base_die("inflate says what is not so");
	free(out);
	free(copy);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n, again;
	if (size < 2)
		return 0;
	size_t room = data[0] | (size_t)data[1] << 8;
	struct str packed = { (const char *)data + 2, size - 2 };
	if (run(packed, room, &n) != INFLATE_OK)
		return 0;
	if (run(packed, n, &again) != INFLATE_OK || again != n)
		base_die("it does not fit into its own size");
	if (n && run(packed, n - 1, &again) != INFLATE_FULL)
		base_die("it fits into less than its size");
	return 0;
}
