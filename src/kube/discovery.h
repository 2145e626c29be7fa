/*
 * discovery.h: which kinds a cluster serves, under which paths, and whether they live in namespaces.
 *
 * One table, filled from the server's aggregated discovery (two requests), from the older form group by group where the server has no other, and from
 * CustomResourceDefinitions that are about to be applied.
 */
#ifndef KUBE_DISCOVERY_H
#define KUBE_DISCOVERY_H

#include "kube/client.h"
#include "kube/object.h"

struct kube_resource {
	struct str api_version, kind;
	struct str plural;
	bool namespaced;
	bool defined_here; /* by a CustomResourceDefinition of the set, not (yet) by the server */
};

struct kube_discovery {
	struct arena *arena;
	struct map resources; /* of struct kube_resource, by "group/version Kind" */
};

/* Knows nothing yet; all of it will be in `a`. */
void kube_discovery_init(struct kube_discovery *d, struct arena *a);
/* Asks the server. The older form is asked only for the group versions of `objects`. */
MUST_CHECK bool kube_discovery_load(struct kube_discovery *d, struct kube_client *client, const struct kube_object *objects, size_t count,
				    struct err *err);
/* Adds the kinds that a CustomResourceDefinition defines; those that the server has stay as they are. */
void kube_discovery_add_crd(struct kube_discovery *d, const struct kube_object *crd);
/* Adds an answer of /api or /apis in the aggregated form; false where it is none. */
bool kube_discovery_add_groups(struct kube_discovery *d, struct value answer);
/* Adds an answer of /api/v1 or /apis/G/V. */
void kube_discovery_add_list(struct kube_discovery *d, struct value answer);

/* NULL where the kind is not known. */
const struct kube_resource *kube_discovery_find(const struct kube_discovery *d, struct str api_version, struct str kind);
/* ERR_NOT_FOUND with kubectl's words and, as a hint, the versions that are served, or a kind of a similar name. */
MUST_CHECK bool kube_discovery_get(const struct kube_discovery *d, struct str api_version, struct str kind, const struct kube_resource **out,
				   struct err *err);

/* "/apis/apps/v1/namespaces/NS/deployments/NAME"; without the name where it is empty, without the namespace where that is empty or the kind is cluster-wide. */
struct str kube_resource_path(const struct kube_resource *r, struct str namespace, struct str name, struct arena *a);

#endif
