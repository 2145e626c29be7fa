/*
 * diff.h: the difference of two states of one object as `kubectl diff` shows it. Shared by both targets.
 */
#ifndef KUBE_DIFF_H
#define KUBE_DIFF_H

#include "base/buf.h"
#include "base/err.h"
#include "kube/plan.h"

/* The name under which the object is shown: "apps.v1.Deployment.default.web". */
struct str kube_diff_name(struct arena *a, const struct kube_object *o, struct str namespace);
/*
 * Adds the difference between `live` and `wanted` to `out`; either may be null. metadata.managedFields is left out; values of Secrets are
 * masked so that one sees which differ. Nothing is added where they are equal; *differs says so.
 */
MUST_CHECK bool kube_diff_add(struct value live, struct value wanted, struct str name, struct arena *a, struct buf *out, bool *differs,
			      struct err *err);
/* Sorts by that name, which is the order in which kubectl shows them, and sets each diff_name. */
void kube_diff_sort(kube_item_list *items, struct arena *a);
/* The object without managedFields; its own maps stay as they are. */
struct value kube_without_managed(struct value object, struct arena *a);

#endif
