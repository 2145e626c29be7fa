/*
 * vendor.h: brings a project's charts to what the chartfile asks for and the lock says.
 *
 * The chartfile wants charts; the lock (charts.lock beside it) pins each by version and content; .raibid/state.db is the lock's index and remembers
 * stamps, so that a run with nothing to do reads no chart and asks no server. A chart whose pin still fits is brought from the store, the mirror or
 * its source and must have exactly the pinned bytes; one without a pin is resolved and pinned. Everything is unpacked aside and checked before the first
 * folder is replaced: a failure leaves all as it was.
 */
#ifndef PKG_VENDOR_H
#define PKG_VENDOR_H

#include "base/vec.h"
#include "pkg/lock.h"
#include "pkg/tree.h"
#include "store/state.h"
#include "store/store.h"

/* What vendoring tells while it works. Called on the caller's thread only. */
struct pkg_ui {
	void *ctx;
	void (*doing)(void *ctx, const char *text);
	void (*log)(void *ctx, const char *text);
	void (*note)(void *ctx, const char *text); /* seen in any case */
	void *(*begin)(void *ctx, struct str name); /* a download; what it returns goes to the next two */
	void (*bytes)(void *download, uint64_t done, uint64_t total);
	void (*end)(void *download, bool ok);
	bool (*cancelled)(void *ctx);
};

enum pkg_trust { PKG_TRUST_NEITHER, PKG_TRUST_LOCK, PKG_TRUST_STATE };

struct pkg_vendor_options {
	struct str chartfile; /* absolute path */
	struct str name;      /* of the chartfile, for messages and as key in the database: relative to the project */
	struct str jsonnetfile; /* absolute path of jsonnetfile.json, for pkg/bundles.h */
	struct str jsonnetfile_name; /* the same for messages and as key, as `name` */
	struct str root;      /* absolute: plain files stay below it */
	struct str mirror;    /* URL or absolute folder in place of all repositories; empty: none */
	struct pkg_limits limits;
	struct str offline;   /* what stands in for the network, for people: "bundle.tar"; empty: the network is there */
	enum pkg_trust trust; /* which one counts where lock and database disagree */
	bool update;          /* newer versions within ranges, for `names` or, where there are none, for all */
	const struct str *names;
	size_t name_count;
	bool prune;           /* remove charts from the folder that are not required */
	struct str ca_file;   /* for repositories that name none */
	struct str docker_config;
	char *const *environ;
	struct str user;      /* who, for the table of pins */
	struct state *state;  /* borrowed, as the rest */
	struct store *store;
	struct pkg_ui ui;
};

/* Holds a folder of vendored things, which it makes if need be, against other runs of ours until the descriptor *fd is closed. Says so where it has to wait. */
MUST_CHECK bool pkg_hold(const struct pkg_vendor_options *opt, struct str dir, int *fd, struct err *err);

/* A chart that came out at another version than it had been pinned at. */
struct pkg_update {
	struct str chart, from, to;
	struct str changes; /* what changed in it, in lines; may be empty */
};

struct pkg_vendor_result {
	size_t charts, changed, downloaded, removed;
	size_t files;
	size_t bundles, bundles_changed;
	VEC(struct pkg_update) updates;
	VEC(struct str) differences; /* of pkg_vendor_check: a line each; in the arena */
};

/* Vendors. Memory of the result in `a`. Errors besides those of files and network: ERR_SYNTAX (chartfile, lock, index), ERR_INTEGRITY (other bytes
 * than pinned, with both digests; lock and database disagree), ERR_NOT_FOUND (chart, version). */
MUST_CHECK bool pkg_vendor(const struct pkg_vendor_options *opt, struct arena *a, struct pkg_vendor_result *out, struct err *err);
/* Compares chartfile, lock, database and every byte of the folders; changes nothing, asks nobody. */
MUST_CHECK bool pkg_vendor_check(const struct pkg_vendor_options *opt, struct arena *a, struct pkg_vendor_result *out, struct err *err);

/* A row of the table of pins in the database. */
struct pkg_pin_row {
	struct str chartfile, user;
	struct pkg_pin pin;
	int64_t vendored_at; /* seconds since 1970 */
};
typedef VEC(struct pkg_pin_row) pkg_pin_rows;
/* All pins of the project, sorted; none where there is no database. */
MUST_CHECK bool pkg_pins_list(struct state *state, struct arena *a, pkg_pin_rows *out, struct err *err);

struct pkg_newer {
	struct str chart, version, latest, latest_in_range; /* version as pinned, or empty */
};
typedef VEC(struct pkg_newer) pkg_newers;
/* What the repositories have that is newer than the pins. */
MUST_CHECK bool pkg_vendor_outdated(const struct pkg_vendor_options *opt, struct arena *a, pkg_newers *out, struct err *err);

/* Brings one of the chartfile's charts, by a name as for --update, at another version below the folder `into`, and changes nothing of the
 * project: *dir is where it is then, *now where
 * the project has its own. What it depends on comes along. */
MUST_CHECK bool pkg_vendor_try(const struct pkg_vendor_options *opt, struct str name, struct str version, struct str into, struct arena *a,
			       struct str *dir, struct str *now, struct err *err);

/* Sends the packed chart at `path` to `url`, oci://HOST/PATH, as Helm does: PATH/NAME, its version the tag. *ref says where it is then, with its
 * digest. Of the options only those of connections and ui count. */
MUST_CHECK bool pkg_push(const struct pkg_vendor_options *opt, struct str path, struct str url, struct arena *a, struct str *ref,
			 struct err *err);

#endif
