/*
 * refs.h: which ConfigMaps, Secrets and ServiceAccounts an object names, and which it makes through a controller.
 */
#ifndef VALIDATE_REFS_H
#define VALIDATE_REFS_H

#include "base/map.h"
#include "data/value.h"

struct reference {
	struct str kind;          /* ConfigMap, Secret, ServiceAccount */
	struct str namespace, name;
	struct str path;          /* of the field that names it, in the arena */
	bool optional;            /* the object says that it may be missing */
	bool made_elsewhere;      /* usually made by a person or a controller: image pull secrets, TLS certificates; or of no harm: subjects of a binding */
	bool created;             /* no need of it: a role that lets its holder create or update just this one */
};
typedef void refs_visit(void *ctx, const struct reference *r);

/* Calls `visit` for each reference of the object, in the order of its fields. */
void refs_each(struct value object, struct arena *a, refs_visit *visit, void *ctx);
/* Enters into `made` the ids of what a controller makes of this object (the Secret of a Certificate), and each ServiceAccount's namespace default. */
void refs_enter_made(struct value object, struct arena *a, struct map *made);
/* Kind, namespace and name as one key, in `a`. */
struct str refs_id(struct arena *a, struct str kind, struct str namespace, struct str name);

#endif
