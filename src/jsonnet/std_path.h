/*
 * std_path.h: where in a value a manifestation is, for its errors: a list on the C stack that is only turned into text when it is needed.
 */
#ifndef JSONNET_STD_PATH_H
#define JSONNET_STD_PATH_H

#include "jsonnet/value.h"

struct step {
	const struct step *up; /* NULL: at the top */
	struct jv at;          /* a field's name, or an index */
};

/* Raises "Tried to manifest <what> at ["a", 0]", in Go "<tried> to manifest <what> at [a 0]". */
NORETURN void std_cannot_manifest(struct vm *vm, const char *tried, const char *what, const struct step *path);

#endif
