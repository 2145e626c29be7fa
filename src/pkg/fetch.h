/* fetch.h: getting indexes and archives, many at once: from URLs, from files, from OCI registries. Internal to pkg. */
#ifndef PKG_FETCH_H
#define PKG_FETCH_H

#include "ext/http.h"
#include "pkg/chartfile.h"
#include "pkg/index.h"
#include "pkg/partial.h"
#include "pkg/vendor.h"

/* No library is loaded and no connection made before the first URL. */
struct pkg_fetch;
struct pkg_fetch *pkg_fetch_new(const struct pkg_vendor_options *opt);
void pkg_fetch_free(struct pkg_fetch *f);

/* Nothing packed is larger. */
#define PKG_MAX_ARCHIVE ((size_t)100 << 20)

struct pkg_get {
	struct str what;  /* for people: "redis 18.19.4" */
	struct str url;   /* http or https, or an absolute path, of a file or of a folder to pack */
	const struct http_request *auth; /* credentials and certificates in place of the repository's; NULL: none */
	const struct pkg_repository *repository; /* whose credentials and certificates; NULL: none */
	struct pkg_index *index; /* takes the text; NULL: bytes */
	bool any_text;    /* not an archive: what begins with '<' will do */
	const struct digest *expected; /* of the bytes, where one is known: what does not fit together is fetched anew once; NULL: unknown */
	struct str bytes; /* the result; in the arena */
	struct err err;   /* unset where it went well; the caller's to release */
	/* inner */
	struct pkg_fetch *fetch;
	struct arena *arena;
	void *download;
	uint32_t tries;
	struct pkg_partial part;
	struct pkg_index_cache *cache;
	int64_t waits_since; /* another process fetches the same */
	bool began, done, resumed, waits;
};
/* Gets all; each says for itself how it went. False only where the whole was cancelled or no client can be had. */
MUST_CHECK bool pkg_fetch_all(struct pkg_fetch *f, struct pkg_get *gets, size_t n, struct arena *a, struct err *err);

/* A folder as the tar that stands for it where a packed chart is wanted: the same files give the same bytes. */
MUST_CHECK bool pkg_pack_folder(struct str dir, struct arena *a, struct str *tar, struct err *err);

/* What may vouch for a chart in a registry. */
struct pkg_oci_proof {
	struct digest manifest;
	struct str provenance;  /* the .prov that Helm pushes along; or empty */
	struct str signatures;  /* the manifest of cosign's signatures where `wants_signatures`; empty: there are none */
	struct str *payloads;   /* of its layers */
	size_t count;
	bool wants_signatures;
};
/* Looks at the manifest of the chart behind oci://HOST/PATH at a version, and makes *get what brings its packed bytes: for pkg_fetch_all.
 * Where the store has them, get->bytes is set and there is nothing to bring. `proof` may be NULL. */
MUST_CHECK bool pkg_oci_look(struct pkg_fetch *f, struct str url, struct str version, const struct pkg_repository *repository, struct arena *a,
			     struct pkg_get *get, struct pkg_oci_proof *proof, struct err *err);
/* Both at once, for one chart. */
MUST_CHECK bool pkg_fetch_oci(struct pkg_fetch *f, struct str url, struct str version, const struct pkg_repository *repository,
			      struct arena *a, struct str *bytes, struct pkg_oci_proof *proof, struct err *err);

#define PKG_CHART_CONFIG "application/vnd.cncf.helm.config.v1+json"
#define PKG_CHART_PROVENANCE "application/vnd.cncf.helm.chart.provenance.v1.prov"
#define PKG_CHART_CONTENT "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
struct oci_image;
/* Pushes a chart's image to oci://HOST/PATH under the tag of `version`; *text is HOST/PATH:TAG. */
MUST_CHECK bool pkg_push_oci(struct pkg_fetch *f, struct str url, struct str version, const struct oci_image *image, struct arena *a,
			     struct str *text, struct err *err);
/* The newest version among the registry's tags that the requirement takes; none is ERR_NOT_FOUND. */
MUST_CHECK bool pkg_resolve_oci(struct pkg_fetch *f, struct str url, const struct pkg_require *r, struct arena *a, struct str *version,
				struct err *err);

/* ERR_NOT_FOUND: `what` would have to be fetched, and opt->offline says that it cannot be. Returns false. */
bool pkg_no_network(const struct pkg_vendor_options *opt, struct str what, struct err *err);
bool pkg_is_url(struct str s);
/* The path of a file:// URL, or `s` itself. */
struct str pkg_plain_path(struct str s);
/* Without user, password and query: fit for the lock. In `a`. */
struct str pkg_public_url(struct arena *a, struct str url);

#endif
