/*
 * tree.h: a vendored folder as one digest of its content, and as a stamp that says cheaply whether it can have changed.
 *
 * The digest is of the sorted list of entries: path, kind (file, executable file, link) and the digest of the bytes or of the link's target. Folders count by
 * what they hold; modes but for the owner's x, owners and times do not count. The stamp is of path, kind, inode, size, mtime and ctime of everything below.
 */
#ifndef PKG_TREE_H
#define PKG_TREE_H

#include "base/err.h"
#include "base/sha256.h"

/* Digest of the tree's content. Devices and the like are ERR_INTEGRITY; a missing folder ERR_NOT_FOUND. */
MUST_CHECK bool pkg_tree_digest(struct str dir, struct digest *out, struct err *err);

struct pkg_stamp {
	struct digest digest;
	int64_t newest_ns; /* the latest change of any entry, since 1970 */
};
/* One lstat an entry, no file is opened. *exists is false where the folder is missing. */
MUST_CHECK bool pkg_tree_stamp(struct str dir, struct pkg_stamp *out, bool *exists, struct err *err);
/* Whether the stamp can be trusted to change with the next change: nothing below changed within the file system's last tick. */
bool pkg_stamp_is_settled(const struct pkg_stamp *stamp);

/* How much is taken from outside; 0: the limit of docs/vendor.md. */
struct pkg_limits {
	uint64_t archive; /* bytes of a packed chart or a file */
	uint64_t total, file; /* bytes unpacked: in all, of one file */
	uint64_t entries, ratio;
	uint64_t stall; /* seconds that a server may send nothing */
};
/* Sets one by "NAME=NUMBER", the number of bytes with K, M or G behind it. ERR_USAGE names those that there are. */
MUST_CHECK bool pkg_limits_set(struct pkg_limits *limits, struct str word, struct err *err);
/* How long a server may send nothing, in milliseconds. */
uint32_t pkg_limits_stall(const struct pkg_limits *limits);
/* The most bytes of a packed chart or file. */
size_t pkg_limits_archive(const struct pkg_limits *limits);
/* Adds to an ERR_LIMIT how it is raised. Returns false. */
bool pkg_limits_hint(struct err *err);

/* Unpacks a packed chart or bundle, whose entries lie below one folder, into the folder `dir`; `where` is for messages. Limits and refusals: docs/vendor.md. */
MUST_CHECK bool pkg_tree_unpack(struct str bytes, struct str where, struct str dir, const struct pkg_limits *limits, struct err *err);
/* Puts the folder `aside` in the place of `dir`, whose parents are made; the old one is gone only when the new one stands. Both on one file system. */
MUST_CHECK bool pkg_tree_swap(struct str aside, struct str dir, struct err *err);

#endif
