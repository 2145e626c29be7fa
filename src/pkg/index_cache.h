/*
 * index_cache.h: what was kept of an index, with its ETag and date, so that the next run asks for it only if it changed. Notes in the user's store;
 * losing one costs a download.
 * Internal to pkg.
 */
#ifndef PKG_INDEX_CACHE_H
#define PKG_INDEX_CACHE_H

#include "ext/http.h"
#include "pkg/chartfile.h"
#include "pkg/index.h"
#include "store/store.h"

/* For one index; what is remembered is taken where it has all the names that `index` wants. Lives in `a`. */
struct pkg_index_cache;
struct pkg_index_cache *index_cache_open(struct store *store, struct str url, const struct pkg_repository *repository, const struct pkg_index *index,
					 struct arena *a);
/* Adds If-None-Match or If-Modified-Since where something is remembered. */
void index_cache_ask(struct pkg_index_cache *c, struct http_request *req);
/* After a 304: feeds what is remembered. */
MUST_CHECK bool index_cache_feed(struct pkg_index_cache *c, struct pkg_index *index, struct err *err);
/* After a 200: remembers what the index has kept. */
void index_cache_save(struct pkg_index_cache *c, const struct pkg_index *index, const struct http_response *resp);

#endif
