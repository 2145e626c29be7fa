/*
 * bundles.h: jsonnet bundles: brings the folder vendor/ beside a jsonnetfile.json to what that file asks for and jsonnetfile.lock.json says, as jb does.
 *
 * A bundle is a folder of a git repository, at vendor/HOST/PATH/SUBDIR, or a local folder, a link. The lock pins a commit and a sum of contents; the database
 * remembers, as for charts, the digest of the tree and a stamp. What bundles depend on themselves (their own jsonnetfile.json) comes too; where two ask for one
 * package, the nearer to the root counts. Folders of vendor/ that are not known here are left alone.
 */
#ifndef PKG_BUNDLES_H
#define PKG_BUNDLES_H

#include "pkg/vendor.h"

/* Brings the bundles of opt->jsonnetfile. Adds to `out`: bundles, bundles_changed, downloaded, updates. Errors as pkg_vendor. */
MUST_CHECK bool pkg_bundles(const struct pkg_vendor_options *opt, struct arena *a, struct pkg_vendor_result *out, struct err *err);
/* Compares jsonnetfile, lock, database and every byte of the bundles; changes nothing, asks nobody. Adds to out->differences. */
MUST_CHECK bool pkg_bundles_check(const struct pkg_vendor_options *opt, struct arena *a, struct pkg_vendor_result *out, struct err *err);
/* Adds the bundles whose branch or tag leads to another commit now. */
MUST_CHECK bool pkg_bundles_outdated(const struct pkg_vendor_options *opt, struct arena *a, pkg_newers *out, struct err *err);
/* Whether a name given to --update is one of a bundle: its package, its short name. */
MUST_CHECK bool pkg_bundles_know(const struct pkg_vendor_options *opt, struct str name, struct arena *a, bool *known, struct err *err);
/* The sum of a folder's contents in jb's way: SHA-256 of all files' bytes one after another, in the order of a walk, as base64. In `a`. */
MUST_CHECK bool pkg_bundle_sum(struct str dir, struct arena *a, struct str *sum, struct err *err);

#endif
