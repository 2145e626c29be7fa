/* golden_types.h: values of Go types for the golden cases: the counterpart of tests/peer/gotmpl/types.go. */
#ifndef GOLDEN_TYPES_H
#define GOLDEN_TYPES_H

#include "gotmpl/func.h"

extern const struct go_types golden_types;

/* v with each {"$go": TYPE, "v": VALUE} replaced by a value of that type. */
struct value golden_typed(struct value v, struct arena *a);

#endif
