/*
 * udiff.h: the difference of two texts as `diff -u` prints it.
 */
#ifndef BASE_UDIFF_H
#define BASE_UDIFF_H

#include "base/buf.h"

struct udiff_options {
	struct str old_name, new_name; /* behind "--- " and "+++ " */
	uint32_t context;              /* unchanged lines around a change; 0: 3 */
};

/*
 * Adds the difference to `out`, header lines included, and returns true; equal texts add nothing and return false. The script is a shortest one, unless the texts
 * differ so much that finding it would take too long. Runs of changes that could stand in several places stand as late as they can, as GNU diff puts
 * them.
 */
bool udiff_add(struct buf *out, struct str old, struct str new, const struct udiff_options *options);

#endif
