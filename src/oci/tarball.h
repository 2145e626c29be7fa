/*
 * tarball.h: an image layout in one tar file, as `docker save`, skopeo's oci-archive and `ctr image import` have it: oci-layout, index.json, blobs/sha256/HEX.
 *
 * Writing puts the entries in order and says nothing of now, so that the same blobs give the same file. Reading maps the file; a blob's bytes are a
 * view into it and are
 * hashed before they are handed out.
 */
#ifndef OCI_TARBALL_H
#define OCI_TARBALL_H

#include "data/value.h"
#include "oci/image.h"

/* Puts the layout folder `dir` into the file at `path`, whole or not at all: oci-layout, index.json and of its blobs those in `wanted` (a set of hex digests). */
MUST_CHECK bool oci_tarball_write(struct str dir, struct map *wanted, struct str path, struct err *err);

struct oci_tarball;
/* Opens the file and reads its index.json. What is no layout is ERR_SYNTAX. */
MUST_CHECK bool oci_tarball_open(struct str path, struct oci_tarball **out, struct err *err);
void oci_tarball_close(struct oci_tarball *t);
/* The parsed index.json: VAL_MAP. */
struct value oci_tarball_index(const struct oci_tarball *t);
/* A blob's bytes, valid until the close. Missing: ERR_NOT_FOUND; other bytes than named: ERR_INTEGRITY with both digests. */
MUST_CHECK bool oci_tarball_blob(struct oci_tarball *t, const struct digest *digest, struct str *bytes, struct err *err);

#endif
