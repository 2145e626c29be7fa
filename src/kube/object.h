/*
 * object.h: one Kubernetes object as it is handled here: its manifest and the few fields that say which object it is.
 *
 * Everything is borrowed from the manifest's arena. The namespace is what the manifest names; what an empty one means is known only after
 * discovery (kube/discovery.h) or from the table of built-in kinds (kube/order.h).
 */
#ifndef KUBE_OBJECT_H
#define KUBE_OBJECT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "data/value.h"

struct kube_object {
	struct value value;
	struct str api_version, kind;
	struct str namespace;     /* empty: cluster-wide, or the default one */
	struct str name;          /* empty where generate_name is set */
	struct str generate_name;
	struct str release;       /* the Helm release that made it, or empty */
	struct str source;        /* the file it came from, for messages; may be empty */
};

typedef VEC(struct kube_object) kube_objects;

/*
 * Adds the object in `value` to `out` (in `a`); a List adds each of its items, null nothing. `release` and `source` are borrowed. What is not an object with apiVersion,
 * kind and metadata.name (or generateName) is ERR_SYNTAX, with the source in the message.
 */
MUST_CHECK bool kube_objects_add(kube_objects *out, struct value value, struct str release, struct str source, struct arena *a,
				 struct err *err);

/* "apps/v1" gives "apps" and "v1", "v1" gives "" and "v1". */
void kube_split_api_version(struct str api_version, struct str *group, struct str *version);

/* "Deployment raibid-system/redis" or "ClusterRole x": for messages. */
struct str kube_object_title(struct arena *a, const struct kube_object *o);
/* The group, kind, namespace and name in one str, equal for two manifests exactly if they are the same object (its version does not count). */
struct str kube_object_id(struct arena *a, const struct kube_object *o);

/* The annotation's value, or STR_NONE. */
struct str kube_annotation(struct value object, struct str name);

#endif
