/*
 * jsonnetfile.h: jsonnetfile.json and jsonnetfile.lock.json, in the format of jsonnet-bundler (https://github.com/jsonnet-bundler/jsonnet-bundler),
 * version 1; version 0,
 * which has a name in each dependency, is read as well. Keys that are not known are left alone in a jsonnetfile and not written to a lock, as jb has it.
 */
#ifndef PKG_JSONNETFILE_H
#define PKG_JSONNETFILE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

struct pkg_dep {
	bool is_local;
	struct str remote;  /* git, as the lock writes it: https://HOST/PATH.git, ssh://git@HOST/PATH.git */
	struct str subdir;  /* cleaned; may be empty */
	struct str local;   /* directory, as written */
	struct str version; /* branch, tag or commit; in a lock the commit */
	struct str sum;     /* base64 of SHA-256; in a lock */
	struct str name;    /* for the short import; may be empty */
	bool single;        /* without what it depends on itself */
	struct str package; /* where it is below vendor/: "github.com/grafana/jsonnet-libs/ksonnet-util"; of a local one its short name */
};
typedef VEC(struct pkg_dep) pkg_deps;

struct pkg_jsonnetfile {
	pkg_deps deps;
	bool legacy_imports; /* short names as links: vendor/ksonnet-util */
};

/* `file` is for errors. Memory in `a`. A remote that may not be fetched, a folder that leads out, a package twice are ERR_SYNTAX. */
MUST_CHECK bool pkg_jsonnetfile_parse(struct str file, struct str text, struct arena *a, struct pkg_jsonnetfile *out, struct err *err);
/* Sorts by package and writes a lock, byte for byte as jb does. */
void pkg_jsonnetfile_write_lock(pkg_deps *deps, struct buf *out);
/* The short name: `name`, else the last part of subdir or remote, or of the local folder. */
struct str pkg_dep_short_name(const struct pkg_dep *d);
const struct pkg_dep *pkg_dep_find(const pkg_deps *deps, struct str package);

#endif
