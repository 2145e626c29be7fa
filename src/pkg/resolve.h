/* resolve.h: which release a requirement gets, and where its archive is. Internal to pkg. */
#ifndef PKG_RESOLVE_H
#define PKG_RESOLVE_H

#include "pkg/fetch.h"

/* A place that lists charts: a repository, or the mirror in place of all; a folder too, with or without an index. */
struct pkg_source {
	const struct pkg_repository *repository; /* NULL: the mirror */
	struct str base;         /* URL or folder, without a slash at its end */
	bool plain;              /* no index: files NAME-VERSION.tgz, and in the folder of a file:// repository charts NAME */
	struct pkg_index *index; /* NULL: not read yet */
	struct err err;          /* why the index could not be read */
	VEC(struct str) names;   /* wanted from it */
};
typedef VEC(struct pkg_source) pkg_sources;

struct pkg_found {
	struct str version, url;
	struct digest digest;
	bool has_digest;
	bool is_folder; /* url is the path of a chart that is not packed */
};

/* Reads the indexes of the sources that have none yet, all at once. A mirror without an index becomes plain. Each says in its err how it went. */
MUST_CHECK bool pkg_sources_read(struct pkg_fetch *f, pkg_sources *sources, struct arena *a, struct err *err);
void pkg_sources_free(pkg_sources *sources);

/* The newest release that the requirement takes, or the one of `version` where that is not empty. A miss is ERR_NOT_FOUND and names what there is. */
MUST_CHECK bool pkg_resolve(struct pkg_source *s, const struct pkg_require *r, struct str version, struct arena *a, struct pkg_found *out,
			    struct err *err);
/* Whether `a` is the higher version of the two; any version is higher than none. */
bool pkg_is_newer(struct str a, struct str than);
/* The newest release whatever the requirement says, pre-releases left out; `found` is false where there is none. */
MUST_CHECK bool pkg_resolve_latest(struct pkg_source *s, struct str name, struct arena *a, struct str *version, bool *found, struct err *err);

#endif
