/*
 * values.h: looking things up in a table of values by a path with dots, as Helm's Values type does.
 */
#ifndef HELM_VALUES_H
#define HELM_VALUES_H

#include "base/err.h"
#include "data/value.h"

/* The table at `path`; every part must be a table. Error: ERR_NOT_FOUND `"part" is not a table`. */
MUST_CHECK bool values_table(struct value values, struct str path, struct value *out, struct err *err);
/* What stands at `path` and is no table. Errors: ERR_NOT_FOUND `"key" is not a value`, ERR_USAGE for an empty path. */
MUST_CHECK bool values_at(struct value values, struct str path, struct value *out, struct err *err);

#endif
