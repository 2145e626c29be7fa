/*
 * archives.h: all that the locks of a project pin, as the bytes that were fetched: packed charts with their dependencies, plain files, jsonnet
 * bundles. For carrying them to where there
 * is no network: what is kept in the store there is found by the digests of the locks.
 */
#ifndef PKG_ARCHIVES_H
#define PKG_ARCHIVES_H

#include "pkg/vendor.h"

enum pkg_kind { PKG_CHART, PKG_FILE, PKG_BUNDLE };
/* "chart", "file", "bundle", and back; false for another word. */
const char *pkg_kind_name(enum pkg_kind kind);
MUST_CHECK bool pkg_kind_find(struct str name, enum pkg_kind *out);

struct pkg_archive {
	enum pkg_kind kind;
	struct str name, version; /* "redis" and "18.19.4"; of a bundle its package and commit; of a file its path */
	struct str source;        /* as in the lock; of a bundle git+URL//PATH?ref=COMMIT */
	struct digest digest;
	struct str bytes;
};
typedef VEC(struct pkg_archive) pkg_archives;

/* From the store, else from the sources, checked against the locks. Memory in `a`. */
MUST_CHECK bool pkg_archives_load(const struct pkg_vendor_options *opt, struct arena *a, pkg_archives *out, struct err *err);
/* Puts one into the store, so that vendoring finds it. */
MUST_CHECK bool pkg_archive_keep(const struct pkg_vendor_options *opt, const struct pkg_archive *archive, struct err *err);

/* The image that stands for an archive in a registry or a layout: as Helm has it for a packed chart, else an artifact of our own. Memory in `a`. */
struct oci_image;
MUST_CHECK bool pkg_archive_image(const struct pkg_archive *archive, struct arena *a, struct oci_image *out, struct err *err);

#endif
