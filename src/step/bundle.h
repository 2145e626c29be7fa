/*
 * bundle.h: a bundle file: all that a deployment needs where there is no network, as an image layout in a tar (oci/tarball.h). index.json names each
 * thing with what it is:
 *
 *	run.raibid.kind    chart, file, bundle (jsonnet), image, built (made from the environment's images.yaml)
 *	run.raibid.name    the chart's name, the file's path, the package, or the image as the objects name it
 *	run.raibid.version, run.raibid.source
 *
 * and, of the whole, run.raibid.environment: what it was made of.
 *
 * Other tools find images by org.opencontainers.image.ref.name and io.containerd.image.name.
 */
#ifndef STEP_BUNDLE_H
#define STEP_BUNDLE_H

#include "oci/copy.h"
#include "oci/tarball.h"
#include "pkg/archives.h"
#include "run/step.h"

#define BUNDLE_ENVIRONMENT "run.raibid.environment"

struct bundle_entry {
	struct str kind, name, version, source;
	struct oci_descriptor descriptor;
};

struct bundle {
	struct oci_tarball *tar;
	struct str environment; /* that it was made of, below environments/; empty: it does not say */
	VEC(struct bundle_entry) entries; /* in the step's arena */
};

/* Opens the file (relative to ctx->cwd) and reads its index, in the step's arena; the step is told nothing. Close it with bundle_close. */
MUST_CHECK bool bundle_open(struct step_ctx *ctx, struct str path, struct bundle *out, struct err *err);
void bundle_close(struct bundle *b);
/* Puts the charts, files and jsonnet bundles into the user's store, where vendoring finds them. */
MUST_CHECK bool bundle_import(const struct bundle *b, const struct pkg_vendor_options *opt, struct arena *a, struct err *err);
/* A blob of the bundle as oci_fetch wants it; ctx is its tar. */
MUST_CHECK bool bundle_blob(void *ctx, const struct digest *digest, struct arena *a, struct str *bytes, struct err *err);

#endif
