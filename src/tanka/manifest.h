/*
 * manifest.h: from a program's value to Kubernetes objects: finding them, checking their form, taking lists apart. Words and rules are Tanka's.
 */
#ifndef TANKA_MANIFEST_H
#define TANKA_MANIFEST_H

#include "base/vec.h"
#include "data/value.h"

/* How deep a value may be nested where objects are looked for. */
#define TANKA_MAX_DEPTH 10000

struct tanka_object {
	struct str path;    /* where it was found: ".redis.deployment" */
	struct value value; /* VAL_MAP */
};
typedef VEC(struct tanka_object) tanka_objects;

/*
 * Finds every object with apiVersion and kind in `data`, in order of keys; below one none is looked for. What is neither an object, a collection of such nor null is
 * ERR_SYNTAX "found invalid Kubernetes object (at .a.b): …" with the object around it.
 */
MUST_CHECK bool tanka_extract(struct value data, struct arena *a, tanka_objects *out, struct err *err);
/* Puts the items of each object that has an array `items` in its place, and so on. */
MUST_CHECK bool tanka_unwrap(const tanka_objects *objects, struct arena *a, tanka_objects *out, struct err *err);
/* Checks that the object has apiVersion, kind, metadata.name, and labels and annotations that are strings. Error: "NAME has missing or invalid fields: …". */
MUST_CHECK bool tanka_verify(struct value object, struct str name, struct err *err);

#endif
