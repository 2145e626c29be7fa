/* work.h: one run of vendoring: what each requirement has, needs and gets. Internal to pkg: vendor.c plans and commits, bring.c gets the bytes, closure.c
 * finds what the charts themselves depend on. */
#ifndef PKG_WORK_H
#define PKG_WORK_H

#include "pkg/fetch.h"
#include "pkg/pins.h"
#include "pkg/resolve.h"

enum item_state {
	ITEM_DONE,    /* the folder holds the pinned tree, and the database knows it */
	ITEM_RECORD,  /* the folder holds the pinned tree; only the database is to be told */
	ITEM_FETCH,   /* the pinned bytes are to be brought */
	ITEM_RESOLVE, /* not pinned yet, or to be updated */
};

struct item {
	const struct pkg_require *require;
	struct item *parent;        /* the chart in whose charts/ it goes; NULL: the chartfile requires it */
	uint32_t depth;             /* of parents */
	enum item_state state;
	struct pkg_known known;     /* the pin (old for ITEM_RESOLVE, or zeroed) and then the new one; the stamp */
	bool pinned;                /* known.pin is the lock's: its digests must be met */
	bool changed_by_hand;       /* a folder is there, with another content than pinned */
	struct digest expected;     /* of the archive, from the index */
	bool has_expected, from_store, by_source, got;
	struct str url;             /* where the archive is, as for pkg_get */
	const struct http_request *auth; /* what a registry wants for it, as for pkg_get */
	struct str bytes;           /* the archive */
	struct str aside;           /* unpacked there */
	struct str from;            /* URL or path that the archive came from in this run; empty: the store */
	struct str old_version;     /* what it was before an update; empty: nothing */
	bool unpacked;              /* aside holds it, and its own dependencies are items too */
	bool closure_moves;         /* an update: its dependencies may come out newer, so its tree need not be the pinned one */
	bool stands;                /* closure_moves: its folder holds the pinned tree */
};

struct work {
	const struct pkg_vendor_options *opt;
	struct arena *arena;
	struct pkg_chartfile file;
	struct str lock_path, lock_name, shown; /* shown: the folder of the charts, for people */
	bool has_lock, rewrite;     /* rewrite: the lock or the database is behind */
	pkg_pins lock, file_lock;   /* of charts, of plain files */
	pkg_knowns known, known_files; /* the database's */
	struct plain_file *files;   /* as many as the chartfile has, see files.c */
	VEC(struct item *) items;   /* the chartfile's in its order, then what those depend on */
	VEC(struct pkg_repository *) repositories; /* that only charts name */
	size_t downloaded;
	struct pkg_fetch *fetch;
	struct pkg_git *git;        /* made at first use */
	pkg_sources sources;
};

/* Brings the bytes of all items that need them and unpacks them aside, checked. */
MUST_CHECK bool work_bring(struct work *w, struct err *err);
/* The source that a requirement belongs to: its repository or the mirror; made at first use. The name is added to what is wanted from it. */
struct pkg_source *work_source(struct work *w, const struct pkg_require *r);
/* Where the lock pins this very version of the item's chart, the item takes that pin: an update that finds nothing newer. */
bool work_keeps_pin(struct work *w, struct item *it, struct str version);
/* Sets the state of a pinned item by what its folder holds: by its stamp or, where that does not vouch for it, by its content. */
MUST_CHECK bool work_look_at_folder(struct work *w, struct item *it, struct err *err);
/* Absolute folder of an item. */
struct str work_dir(const struct work *w, const struct item *it);
/* The lock's pins of what lies in the folder `directory`/charts. */
bool work_is_below(struct str directory, struct str parent);
/* Plain files (files.c): are they as pinned; bring the others' bytes; put them in place; tell what differs. */
struct plain_file {
	const struct pkg_file *file;
	struct pkg_pin pin;
	bool pinned, done;
	struct str bytes;
};
MUST_CHECK bool work_look_at_files(struct work *w, struct err *err);
bool work_files_are_done(const struct work *w);
MUST_CHECK bool work_bring_files(struct work *w, struct err *err);
MUST_CHECK bool work_commit_files(struct work *w, struct pkg_vendor_result *out, struct err *err);
MUST_CHECK bool work_check_files(struct work *w, struct pkg_vendor_result *out, struct err *err);
/* Whether --update names the file, by its path or the last part of it. */
bool work_names_file(const struct pkg_vendor_options *opt, const struct pkg_file *f);
/* Adds a line to what differs. */
void work_differ(struct work *w, struct pkg_vendor_result *out, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* err_set of an INTEGRITY error with both digests. */
bool work_other_bytes(const char *what, struct str where, const struct digest *want, const struct digest *got, struct err *err);

/* Signatures (verify.c). Whether the pin lacks what the chartfile asks for now; and the check of an archive at hand, which says in the pin what vouched for it. */
bool work_wants_proof(struct work *w, const struct item *it);
MUST_CHECK bool work_prove(struct work *w, struct item *it, struct err *err);

/* Gets what the items in git will be asked for, several repositories side by side (gitcharts.c). */
MUST_CHECK bool work_prepare_git(struct work *w, struct err *err);
/* The same for work_newest_git, of all items. */
MUST_CHECK bool work_prepare_newest_git(struct work *w, struct err *err);
/* Resolves and fetches an item whose repository is in git. */
MUST_CHECK bool work_bring_git(struct work *w, struct item *it, struct err *err);
/* The newest version of all and the newest in the range, by the tags; or what is at the ref. */
MUST_CHECK bool work_newest_git(struct work *w, const struct pkg_require *r, struct pkg_newer *n, struct err *err);
/* "bitnami/redis 18.19.4", for people. */
struct str work_label(const struct work *w, const struct item *it);
/* Takes the archive of that digest from the store of all projects, if it is there. */
bool work_take_from_store(struct work *w, struct item *it, const struct digest *digest);
/* Makes items of the dependencies that the chart of `it`, just unpacked, names and does not contain. */
MUST_CHECK bool work_close(struct work *w, struct item *it, struct err *err);
/* Makes items of the dependencies that the lock pins for the chart of `it` and its folder names, without fetching any. */
MUST_CHECK bool work_list_dependencies(struct work *w, struct item *it, struct err *err);
/* What the differences between two folders of one chart are, in lines; empty where there is nothing to say. */
struct str work_changes(struct work *w, struct str old_dir, struct str new_dir);
void work_log(const struct work *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
void work_note(const struct work *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The most that charts may depend on in all, and how deep. */
enum { WORK_MAX_ITEMS = 1000, WORK_MAX_DEPTH = 16 };

/* Names of what is unpacked aside or moved away begin with this. */
#define WORK_ASIDE ".raibid-"

#endif
