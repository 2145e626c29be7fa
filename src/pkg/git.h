/*
 * git.h: trees of git repositories, fetched through the system's git. Internal to pkg.
 *
 * Nothing is ever checked out: objects are fetched into a bare repository of the run and read from there, so no hook, filter, attribute or submodule
 * of the other side
 * is looked at. Only https, ssh, file and (with a warning by the caller) http are spoken; GIT_* of the environment does not reach git, and git asks
 * nobody for a password.
 */
#ifndef PKG_GIT_H
#define PKG_GIT_H

#include "base/vec.h"
#include "pkg/chartfile.h"
#include "pkg/vendor.h"

/* "git+https://HOST/REPO[//PATH][?ref=REF]" in parts. ERR_SYNTAX says what is wrong: another transport, a credential, parts that git could take for options. */
MUST_CHECK bool pkg_git_parse(struct str url, struct arena *a, struct pkg_git_place *out, struct err *err);
/* The URL of a place, as pkg_git_parse reads it. */
struct str pkg_git_url(struct arena *a, const struct pkg_git_place *place);
/* Whether `s` is the whole name of a commit: 40 hexadecimal digits. */
bool pkg_git_is_commit(struct str s);

/* The repositories of a run. Nothing is started before the first question. */
struct pkg_git;
struct pkg_git *pkg_git_new(const struct pkg_vendor_options *opt);
/* Removes what was fetched. */
void pkg_git_free(struct pkg_git *g);

/* Credentials and certificates for a remote come from `repository`, which may be NULL. */

struct pkg_git_ref {
	struct str name, commit; /* "v1.2.3" */
};
typedef VEC(struct pkg_git_ref) pkg_git_refs;
/* Something that will be asked for: the commit, or where that is empty the refs (tags, branches) of a repository. */
struct pkg_git_want {
	struct str remote;
	const struct pkg_repository *repository; /* whose credentials count; or NULL */
	struct str commit;
	struct str what; /* who wants it, to name where it fails; may be empty */
};
/*
 * Gets all of it, several repositories side by side, so that the functions below find it here. What is here already costs nothing. The first failure is
 * returned when all others are done.
 */
MUST_CHECK bool pkg_git_prepare(struct pkg_git *g, const struct pkg_git_want *wants, size_t n, struct err *err);
/* All tags with the commits they lead to. */
MUST_CHECK bool pkg_git_tags(struct pkg_git *g, struct str remote, const struct pkg_repository *repository, struct arena *a, pkg_git_refs *out,
			     struct err *err);
/* The commit that a tag, a branch, a whole name of a commit or, where it is empty, HEAD stands for. Unknown: ERR_NOT_FOUND. */
MUST_CHECK bool pkg_git_commit(struct pkg_git *g, struct str remote, const struct pkg_repository *repository, struct str ref, struct arena *a,
			       struct str *commit, struct err *err);
/* What is below `path` ("": all) at the commit, packed as a tar whose entries begin with `prefix`/. No such folder: ERR_NOT_FOUND. A submodule in it: ERR_INTEGRITY. */
MUST_CHECK bool pkg_git_pack(struct pkg_git *g, struct str remote, const struct pkg_repository *repository, struct str commit, struct str path,
			     struct str prefix, struct arena *a, struct str *tar, struct err *err);
/* Whether there is a file of that path at the commit. */
MUST_CHECK bool pkg_git_has_file(struct pkg_git *g, struct str remote, const struct pkg_repository *repository, struct str commit, struct str path,
				 bool *has, struct err *err);

#endif
