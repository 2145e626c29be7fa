/*
 * resolve.h: what the fields of a kubeconfig's cluster and user mean. Used by config.c only.
 */
#ifndef KUBE_RESOLVE_H
#define KUBE_RESOLVE_H

#include "kube/config.h"

/* Fill the cluster's and the user's part of `c`, which has their names. A NULL user is an anonymous one. Errors are ERR_USAGE or ERR_SYNTAX and name the entry and its
 * file. */
MUST_CHECK bool kube_resolve_cluster(const struct kube_named *cluster, struct arena *a, struct kube_config *c, struct err *err);
MUST_CHECK bool kube_resolve_user(const struct kube_named *user, struct arena *a, struct kube_config *c, struct err *err);

#endif
