/*
 * hook.h: Helm's hooks as far as they can be told from manifests: which objects are hooks, when they run and in what order.
 *
 * The rules are those of Helm 3.19's own behaviour: an object with the annotation helm.sh/hook is never applied with the others; one whose annotation names an event
 * that Helm does not know is left out altogether; hooks of one event run by weight, then by name.
 */
#ifndef KUBE_HOOK_H
#define KUBE_HOOK_H

#include "kube/object.h"

enum kube_event {
	KUBE_PRE_INSTALL = 1,
	KUBE_POST_INSTALL = 2,
	KUBE_PRE_UPGRADE = 4,
	KUBE_POST_UPGRADE = 8,
	KUBE_OTHER_EVENT = 16, /* delete, rollback, test: never happen here */
};

enum kube_delete_policy {
	KUBE_BEFORE_CREATION = 1, /* also where no policy is named */
	KUBE_HOOK_SUCCEEDED = 2,
	KUBE_HOOK_FAILED = 4,
};

struct kube_hook {
	const struct kube_object *object;
	uint32_t events;   /* of enum kube_event; 0: an event that Helm does not know */
	uint32_t policies; /* of enum kube_delete_policy */
	int64_t weight;
};

/* Whether it has the annotation helm.sh/hook. */
bool kube_is_hook(const struct kube_object *o);
/* Reads the annotations of a hook. */
struct kube_hook kube_hook_of(const struct kube_object *o);

typedef VEC(struct kube_hook) kube_hooks;
/* The hooks of one event and release among the objects, in the order in which they run; in `a`. */
void kube_hooks_plan(const struct kube_object *objects, size_t count, struct str release, enum kube_event event, struct arena *a,
		     kube_hooks *out);

#endif
