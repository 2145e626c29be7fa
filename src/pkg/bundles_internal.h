/*
 * bundles_internal.h: what the files of jsonnet bundles share:
 *	bundles.c        the lock, the walk over all that is asked for, links, the commit of a run
 *	bundle_settle.c  one package: which commit it is to be, whether it is there, where its files come from
 */
#ifndef PKG_BUNDLES_INTERNAL_H
#define PKG_BUNDLES_INTERNAL_H

#include "pkg/bundles.h"
#include "pkg/git.h"
#include "pkg/jsonnetfile.h"
#include "pkg/pins.h"

/* Folders below vendor/ in which fetched packages wait begin so. */
#define BUNDLE_ASIDE ".raibid-"

struct bundle {
	struct pkg_dep dep;     /* as asked for; dep.version is the ref */
	struct str from;        /* who asks, for people */
	struct str read_dir;    /* where its files are while this run works */
	struct str final_dir;   /* where they are in the end */
	struct str commit, sum;
	struct pkg_known known; /* what the database shall say */
	bool present;           /* its folder holds the pinned content */
	bool settled, recorded; /* recorded: the database says so already */
	struct str aside;       /* fetched there; empty: it is in place */
	struct str old_commit;
	bool changed_by_hand;
};

struct bundling {
	const struct pkg_vendor_options *opt;
	struct arena *arena;
	struct str root, vendor_dir, lock_path, lock_name, left_name;
	struct pkg_jsonnetfile file, lock;
	bool has_lock, holds, missing;
	pkg_knowns known, left; /* left: what was vendored once, is not wanted any more, and was not pruned yet */
	VEC(struct bundle *) items;
	struct pkg_git *git;
	size_t downloaded;
};

/* Tells the user by one of b->opt->ui's functions. */
void bundle_say(const struct bundling *b, void (*how)(void *ctx, const char *text), const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The sum of contents that a row of the database was made with; empty where it has none. */
struct str bundle_row_sum(const struct pkg_known *row);
/* Whether the run's words name the package, by whichever of its names, or none at all. */
bool bundle_is_named(const struct bundling *b, const struct pkg_dep *d);
/* The lock's entry, where it answers what is asked for now; else NULL. */
const struct pkg_dep *bundle_lock(const struct bundling *b, const struct bundle *it);
/* Whether its repository has to be asked which commit is meant. */
bool bundle_asks(const struct bundling *b, const struct bundle *it);
/* Whether this user has ever fetched the item's commit, and still has it. */
bool bundle_is_stored(struct bundling *b, const struct bundle *it);

/* Finds out which commit a package of a repository is to be, and whether that is there. Without one it waits for the run that holds the folder. */
MUST_CHECK bool bundle_choose(struct bundling *b, struct bundle *it, struct err *err);
/* Gets its files, aside, unless they are there; it->settled says whether it has them. */
MUST_CHECK bool bundle_settle(struct bundling *b, struct bundle *it, struct err *err);

#endif
