/*
 * image_scan.h: which images objects name: those of containers, and what looks like one anywhere else: in arguments, variables, custom resources,
 * texts of ConfigMaps.
 */
#ifndef STEP_IMAGE_SCAN_H
#define STEP_IMAGE_SCAN_H

#include "base/vec.h"
#include "data/value.h"
#include "oci/ref.h"

struct image_place {
	struct str object; /* "Deployment raibid-system/raibid-server" */
	struct str path;   /* "spec.template.spec.containers[0].image" */
};

struct image_use {
	struct str text;     /* as the objects name it */
	struct oci_ref ref;
	bool guessed;        /* no container names it: it only looks like a reference */
	VEC(struct image_place) places;
};

struct image_uses {
	struct arena *arena;
	struct map by_text; /* of struct image_use */
};

/* No image yet; all of it will be in `a`. */
void image_uses_init(struct image_uses *uses, struct arena *a);
/* Adds what the object names. A container's image that is no reference is left out and told by *bad (may be NULL), "OBJECT path: why". */
void image_uses_add(struct image_uses *uses, struct value object, struct str *bad);
static inline size_t image_uses_count(const struct image_uses *uses)
{
	return map_len(&uses->by_text);
}
/* The i-th in the order of names. */
const struct image_use *image_uses_at(struct image_uses *uses, size_t i);

#endif
