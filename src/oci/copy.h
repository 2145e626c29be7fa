/*
 * copy.h: whole images, indexes with all their platforms included, byte for byte: from a registry into a layout folder, and from any place into a
 * registry. Blobs go through
 * files, so that their size does not matter; a blob that broke off is continued by the next run.
 */
#ifndef OCI_COPY_H
#define OCI_COPY_H

#include "oci/registry.h"

struct oci_descriptor {
	struct str media_type;
	struct digest digest;
	uint64_t size;
};

/* Copies what `ref` names, or of an index only the manifest of `only` (NULL: all), into the layout folder `dir` (blobs/sha256 in it is made).
 * Hex digests of everything that belongs
 * to it are added to `blobs` (keys live in `a`). Blobs that are there already are not fetched again. */
MUST_CHECK bool oci_registry_save(struct oci_registry *r, const struct oci_ref *ref, const struct oci_platform *only, struct str dir,
				  struct map *blobs, struct arena *a, struct oci_descriptor *out, struct err *err);

/* Sends the image or index `top` and all below it to `ref`'s path, under its tag; bytes come from `get`. *sent (may be NULL) counts blobs. */
MUST_CHECK bool oci_registry_push_tree(struct oci_registry *r, const struct oci_ref *ref, const struct oci_descriptor *top, oci_fetch *get, void *ctx,
				       size_t *sent, struct err *err);

/* Writes a blob into a layout folder; one that is there stays. */
MUST_CHECK bool oci_layout_put(struct str dir, struct str bytes, struct digest *digest, struct err *err);

#endif
