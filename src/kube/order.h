/*
 * order.h: in which order objects are applied and removed, and which built-in kinds have no namespace.
 *
 * The order is Helm's for installing, as `helm template` of 3.19 prints it: kinds that it knows by its table, the others behind them by name.
 */
#ifndef KUBE_ORDER_H
#define KUBE_ORDER_H

#include "kube/object.h"

/* Sorts by kind, keeping the order of equal ones. `count` pointers. */
void kube_sort_install(const struct kube_object **objects, size_t count);
/* The reverse: what depends goes before what it depends on. */
void kube_sort_remove(const struct kube_object **objects, size_t count);
/* Whether a goes before b (<0), after it (>0), or beside it (0). */
int kube_kind_cmp(struct str a, struct str b);

/* Whether the object must exist before all others: a Namespace or a CustomResourceDefinition. */
bool kube_is_namespace(const struct kube_object *o);
bool kube_is_crd(const struct kube_object *o);

/* Whether a kind of a group that Kubernetes itself serves is cluster-wide; kinds that it does not know count as namespaced. For use without a
 * cluster to ask. */
bool kube_kind_is_global(struct str api_version, struct str kind);

#endif
