/*
 * tk_many.h: several environments at once: finding them, and telling all their failures.
 */
#ifndef STEP_TK_MANY_H
#define STEP_TK_MANY_H

#include "step/tk.h"

/* Failures as tk tells them. Owned. */
struct tk_failures {
	struct buf text;
};
/* Adds one of the thing at `path`. */
void tk_failures_add(struct tk_failures *f, struct str path, const struct err *err);
void tk_failures_deinit(struct tk_failures *f);
/* False with err set where there are any: "Errors occurred during parallel processing: …". Ends `f`. */
bool tk_failures_tell(struct tk_failures *f, struct err *err);

/* The environments at or below `path` that the label selector (or none) leaves, sorted by name. Their data is not evaluated. Memory in tk->a. */
MUST_CHECK bool tk_find_envs(struct tk *tk, struct str path, struct str selector, tanka_found_list *out);

#endif
