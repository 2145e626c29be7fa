/*
 * lock.h: charts.lock, the pins as a text for review and git: one group of lines a chart, sorted by folder, so that merges are easy.
 *
 *	version: 1
 *	charts:
 *	  - directory: redis
 *	    chart: bitnami/redis
 *	    version: 18.19.4
 *	    source: https://charts.bitnami.com/bitnami/redis-18.19.4.tgz
 *	    archive: sha256:…
 *	    tree: sha256:…
 *
 *	files:
 *	  - path: crds/gateway.yaml
 *	    source: https://…/gateway.yaml
 *	    digest: sha256:…
 *
 * `verified` follows where a signature was asked for and found good.
 *
 * `archive` is the digest of the packed chart, `tree` that of the unpacked folder (pkg/tree.h).
 */
#ifndef PKG_LOCK_H
#define PKG_LOCK_H

#include "base/buf.h"
#include "base/err.h"
#include "base/sha256.h"
#include "base/vec.h"

struct pkg_pin {
	struct str directory, chart, version, source;
	struct digest archive, tree;
	struct str verified; /* by what: "pgp sha256:KEYRING FINGERPRINT", "cosign sha256:KEY"; empty: by nothing. Not kept in the database */
};
typedef VEC(struct pkg_pin) pkg_pins;

struct pkg_lock {
	pkg_pins charts;
	pkg_pins files; /* directory is the path, archive and tree are both the digest; chart and version are empty */
};

/* Reads the text; `name` is for errors. Memory in `a`. */
MUST_CHECK bool pkg_lock_parse(struct str name, struct str text, struct arena *a, struct pkg_lock *out, struct err *err);
/* Writes it, sorted. */
void pkg_lock_write(struct pkg_lock *lock, struct buf *out);

/* The pin of the folder, or NULL; whether two pins say the same. */
struct pkg_pin *pkg_pin_find(const pkg_pins *pins, struct str directory);
bool pkg_pin_eq(const struct pkg_pin *a, const struct pkg_pin *b);

#endif
