/*
 * partial.h: a download that outlives its run: a file in the user's store, named by its URL, locked while somebody works on it. A run that was ended
 * in the middle leaves it, and
 * the next asks for the rest; two runs that want the same thing at once fetch it once. Internal to pkg.
 */
#ifndef PKG_PARTIAL_H
#define PKG_PARTIAL_H

#include "store/store.h"

struct pkg_partial {
	struct store *store;   /* NULL: the file is in memory only */
	struct str url, path;
	struct str validator;  /* what the bytes that are there belong to: an ETag or date; empty: there are none to go on with */
	uint64_t size;         /* of those bytes */
	int fd;                /* -1: not open */
};

/* Opens and locks the file for a URL; *busy where another process holds it (then it is not open). Memory in `a`. */
MUST_CHECK bool pkg_partial_open(struct store *store, struct str url, struct arena *a, struct pkg_partial *out, bool *busy, struct err *err);
/* The answer has begun: its bytes belong to this validator. */
void pkg_partial_begin(struct pkg_partial *p, struct str validator);
/* The bytes are whole: keeps them in the store and a note of which digest the URL had, for whoever waits; removes the file. */
void pkg_partial_done(struct pkg_partial *p, struct str bytes);
/* Lets go: what can be gone on with stays. */
void pkg_partial_close(struct pkg_partial *p);
/* Throws away what is there, to begin anew. */
void pkg_partial_restart(struct pkg_partial *p);

/* What a URL gave to any process since `since_ns` (of pkg_partial_now); false where nothing is known. */
bool pkg_partial_find(struct store *store, struct str url, int64_t since_ns, struct arena *a, struct str *bytes);
int64_t pkg_partial_now(void);

#endif
