/* closure.h: what charts depend on. Internal to pkg. */
#ifndef PKG_CLOSURE_H
#define PKG_CLOSURE_H

#include "base/arena.h"
#include "base/err.h"

/* The text of Chart.yaml in a packed chart; `path` is for messages. None: ERR_SYNTAX. Memory in `a`. */
MUST_CHECK bool pkg_packed_chart_yaml(struct str bytes, struct str path, struct arena *a, struct str *out, struct err *err);

#endif
