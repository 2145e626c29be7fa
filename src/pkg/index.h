/*
 * index.h: a Helm repository's index.yaml, read as a stream: of 50 MB only the entries of the charts that are asked for are kept.
 *
 *	struct pkg_index *x = pkg_index_new(names, n);
 *	… pkg_index_feed(x, piece, err) …          // the sink of a download, or pieces of a file
 *	ok = pkg_index_end(x, err) && pkg_index_find(x, STR("redis"), a, &releases, err);
 */
#ifndef PKG_INDEX_H
#define PKG_INDEX_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

/* Beyond these the error is ERR_LIMIT. */
#define PKG_INDEX_MAX_LINE ((size_t)16 << 20)
#define PKG_INDEX_MAX_KEPT ((size_t)64 << 20) /* entries of the wanted charts; of an index in JSON or braces: all of it */

struct pkg_index;

/* The names are copied. */
struct pkg_index *pkg_index_new(const struct str *names, size_t n);
void pkg_index_free(struct pkg_index *x);
/* The wanted names in one str, a blank between each. In `a`. */
struct str pkg_index_names(const struct pkg_index *x, struct arena *a);
/* The next piece of the text. A page of HTML is ERR_SYNTAX at once. */
MUST_CHECK bool pkg_index_feed(struct pkg_index *x, struct str bytes, struct err *err);
/* Forgets all text, for another attempt. */
void pkg_index_reset(struct pkg_index *x);
/* After the last piece. A text without `entries` is ERR_SYNTAX. */
MUST_CHECK bool pkg_index_end(struct pkg_index *x, struct err *err);

/* Adds what was kept as the text of a smaller index, which gives the same answers about these names when it is fed again. False where it is not worth keeping. */
bool pkg_index_extract(const struct pkg_index *x, struct buf *out);

struct pkg_release {
	struct str version, url, digest; /* url as written, absolute or relative to the index; digest may be empty */
};
typedef VEC(struct pkg_release) pkg_releases;
/* The releases of a chart in the index's order; entries without version or url are left out. An unknown chart is ERR_NOT_FOUND with the nearest name. */
MUST_CHECK bool pkg_index_find(struct pkg_index *x, struct str name, struct arena *a, pkg_releases *out, struct err *err);

#endif
