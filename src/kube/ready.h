/*
 * ready.h: whether a live object has reached what its manifest asks for: pure functions of the object as the API server shows it.
 *
 * Workloads are judged as `kubectl rollout status` does, Jobs, Pods, claims and services as `helm install --wait` does.
 */
#ifndef KUBE_READY_H
#define KUBE_READY_H

#include "base/arena.h"
#include "data/value.h"

enum kube_readiness {
	KUBE_READY,
	KUBE_NOT_READY,
	KUBE_NEVER_READY, /* it has failed: waiting is in vain */
};

/* *why (in `a`) says what is missing or what failed, e.g. "1 of 3 updated replicas are available". Kinds without a notion of readiness are ready. */
enum kube_readiness kube_ready(struct value object, struct arena *a, struct str *why);
/* The same for a hook, as Helm runs it: Jobs and Pods until they have ended, all else at once. */
enum kube_readiness kube_hook_ended(struct value object, struct arena *a, struct str *why);
/* Whether kube_ready has a rule for this kind, so that watching it makes sense. */
bool kube_can_wait_for(struct str kind);

#endif
