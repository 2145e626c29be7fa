/*
 * record.h: what each environment last applied to each target, in the project's state database.
 *
 * It tells an upgrade from an installation, and what has vanished from an environment and may be
 * pruned. The embedded target keeps the objects themselves here, Secrets only as keyed digests.
 */
#ifndef KUBE_RECORD_H
#define KUBE_RECORD_H

#include "base/map.h"
#include "base/vec.h"
#include "ext/db.h"
#include "kube/target.h"

/* One object that was applied. */
struct kube_record_row {
	struct str id;               /* kube_object_id */
	struct str api_version, kind, namespace, name, release;
	struct str uid;              /* of the live object; empty: not known, the apply may have been cut short */
	struct str resource_version; /* after our last apply */
	struct str applied_at;       /* time of our entry in metadata.managedFields; empty: it owns no field */
	struct str digest;           /* embedded: hex, of the body */
	struct str body;             /* embedded: the object as JSON; otherwise empty. Read only on demand */
};

/* The row of an object that may be on the target from now on; the rest is not known yet. Borrows from it. */
struct kube_item;
struct kube_record_row kube_record_row_of(const struct kube_item *item);

struct kube_record {
	struct map rows;             /* of struct kube_record_row, by id */
	struct map releases;         /* names: the releases that were installed */
	struct str fingerprint;      /* of the set, where the last apply had no failure */
	struct str namespace;        /* of the set: what was asked for, for objects that name none */
};

/* The name of a target in the record. */
#define KUBE_RECORD_EMBEDDED STR("embedded")

/* An empty record in `a`. */
void kube_record_init(struct kube_record *r, struct arena *a);
/* Loads into `a`. A missing database or environment gives an empty record. Bodies are left out unless asked for. */
enum kube_record_bodies { KUBE_WITHOUT_BODIES, KUBE_WITH_BODIES };
MUST_CHECK bool kube_record_load(const struct kube_state *state, struct str environment, struct str target, enum kube_record_bodies bodies,
				 struct arena *a, struct kube_record *out, struct err *err);
/* Replaces the environment's record in one transaction that survives a loss of power. A row whose body is NULL keeps the stored one. */
MUST_CHECK bool kube_record_save(const struct kube_state *state, struct str environment, struct str target, const struct kube_record *r,
				 struct err *err);
/* The stored fingerprint and number of rows, without reading the rows; *found is false where the environment was never applied. */
MUST_CHECK bool kube_record_peek(const struct kube_state *state, struct str environment, struct str target, struct arena *a,
				 struct str *fingerprint, size_t *objects, bool *found, struct err *err);

/* An environment as one target had it after the last apply that changed the record. */
struct kube_applied {
	struct str target;      /* URL of the API server, or KUBE_RECORD_EMBEDDED */
	struct str fingerprint; /* empty: something failed, or was left behind */
	struct str namespace;
	size_t objects;
	int64_t ended_at;       /* seconds since 1970 */
};
typedef VEC(struct kube_applied) kube_applieds;
/* The targets that the environment was applied to, the latest first; none where it never was. */
MUST_CHECK bool kube_record_list(const struct kube_state *state, struct str environment, struct arena *a, kube_applieds *out, struct err *err);

#endif
