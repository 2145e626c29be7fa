/*
 * chartfile.h: charts/chartfile.yaml, in Tanka's schema (https://tanka.dev/helm#chartfile): which charts a project wants, from where.
 *
 * Read strictly: an unknown key, a repository that is not defined, two requirements with one folder are errors at file:line:column. Beyond
 * Tanka, a requirement's version may be a range with Helm's rules.
 */
#ifndef PKG_CHARTFILE_H
#define PKG_CHARTFILE_H

#include "base/buf.h"
#include "base/sha256.h"
#include "data/schema.h"
#include "text/semver.h"

/* A folder of a git repository. */
struct pkg_git_place {
	struct str remote; /* "https://HOST/REPO" */
	struct str path;   /* below it; may be empty */
	struct str ref;    /* branch, tag or commit; may be empty */
};

/* What vouches for a chart besides its digest. Ours, not Tanka's. */
struct pkg_verify {
	struct str keyring;    /* absolute path: OpenPGP keys for the .prov file; or empty */
	struct str cosign_key; /* absolute path: a public key in PEM for cosign's signature; or empty */
};

struct pkg_repository {
	struct str name, url;               /* url without a slash at its end */
	struct str place;                   /* the same, but file:// as an absolute path */
	struct str ca_file, cert_file, key_file; /* absolute, or empty */
	struct str username, password;
	struct pkg_verify verify;           /* for all its charts */
	bool is_oci;
	const struct pkg_git_place *git;    /* of git+…; else NULL */
};

struct pkg_require {
	struct str repo_name, name;      /* of "bitnami/redis" */
	struct str version;              /* as written */
	const struct semver_range *range;
	bool exact;                      /* `version` is one version, no range */
	struct str directory;            /* below the chartfile's directory; a cleaned local path */
	const struct pkg_repository *repository;
	struct pkg_verify verify;        /* its own, else its repository's */
	const struct yaml_node *node;
};

/* A plain file (a CRD, a schema) by URL. Ours, not Tanka's. */
struct pkg_file {
	struct str url;
	struct str path;   /* from the chartfile's folder, cleaned */
	struct str sha256; /* as written, or empty */
	struct digest digest;
	bool has_digest;
	const struct pkg_repository *repository; /* whose url begins the file's, or NULL */
	const struct yaml_node *node;
};

struct pkg_chartfile {
	struct schema_file file;
	struct str path, dir;            /* absolute; dir is the folder it lies in */
	struct str vendor_dir;           /* absolute: where the charts go */
	struct str vendor_name;          /* the same as written: "vendor" */
	VEC(struct pkg_repository) repositories;
	VEC(struct pkg_require) requires;
	VEC(struct pkg_file) files;
};

/* Decodes `text`, the content of the file at `path` (absolute); `name` is shown in errors. Memory in `a`. */
MUST_CHECK bool pkg_chartfile_parse(struct str path, struct str name, struct str text, struct arena *a, struct pkg_chartfile *out,
				    struct err *err);

/* Whether `version` is what the requirement asks for: the same version where it is exact, else within its range. */
bool pkg_require_takes(const struct pkg_require *r, struct str version);

/* Makes the requirement one of `version`, a version or a range. ERR_USAGE where it is neither. */
MUST_CHECK bool pkg_require_set_version(struct pkg_require *r, struct str version, struct arena *a, struct err *err);

/* Edits of the text, for `vendor add` and `vendor remove`: all else, comments included, stays. `spec` is "repo/chart@version[:dir]".
 * Errors: ERR_USAGE for a bad spec or an unknown repository, ERR_CONFLICT for a chart that is there already, ERR_NOT_FOUND for one that is not. */
MUST_CHECK bool pkg_chartfile_add(const struct pkg_chartfile *f, struct str spec, struct buf *out, struct err *err);
MUST_CHECK bool pkg_chartfile_remove(const struct pkg_chartfile *f, struct str chart, struct buf *out, struct err *err);

#endif
