/*
 * fs.h: files and folders: whole reads, atomic writes, trees.
 *
 * Paths are str and need not end in NUL; a path with a NUL inside is ERR_IO. Errors name the path and the system's reason; a missing
 * file or folder is ERR_NOT_FOUND, a refused one ERR_IO.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

/* Reads the whole file into `a`, with a NUL behind it. More than `limit` bytes is ERR_LIMIT; 0 means FS_READ_LIMIT. */
#define FS_READ_LIMIT ((size_t)1 << 30)
MUST_CHECK bool fs_read(struct str path, size_t limit, struct arena *a, struct str *out, struct err *err);
/* The same of a text that more will be made of: from FS_LONG on it begins a huge page of the arena, and what is made of it goes on there. */
#define FS_LONG ((size_t)64 << 10)
MUST_CHECK bool fs_read_text(struct str path, size_t limit, struct arena *a, struct str *out, struct err *err);
/* Reads `fd` to its end; `name` is for messages. */
MUST_CHECK bool fs_read_fd(int fd, struct str name, size_t limit, struct arena *a, struct str *out, struct err *err);

/* Writes all of it, if need be in pieces. False leaves errno. */
MUST_CHECK bool fs_write_fd(int fd, struct str bytes);

enum fs_sync { FS_NO_SYNC, FS_SYNC };
/*
 * Writes a file so that its name holds either the old or the whole new bytes: to a temporary name in the same folder, fsync with FS_SYNC,
 * rename. The folder must exist. On failure the temporary file is gone.
 */
MUST_CHECK bool fs_write(struct str path, struct str bytes, mode_t mode, enum fs_sync sync, struct err *err);

/* Writes a file that is not there yet (else ERR_CONFLICT), its mode less the umask: cheaper than fs_write where there are many. On failure it is gone, and a kill leaves the whole
 * file or none where the file system has files without names. */
MUST_CHECK bool fs_create(struct str path, struct str bytes, mode_t mode, struct err *err);

/* Whether fs_write gives its temporary files such names; *of is then the name that was to be written. */
bool fs_is_temporary(struct str name, struct str *of);
/* Removes what writes of `path` that were killed have left beside it. Only for who knows that nobody else is writing it. */
void fs_sweep(struct str path);

/* What its waiting for a lock is to somebody. */
struct fs_wait {
	void (*begins)(void *ctx);                   /* told once, where another process has the lock; or NULL */
	bool (*goes_on)(void *ctx, struct err *err); /* asked whenever a signal comes: false, with an error, ends the waiting; NULL: it goes on */
	void *ctx;
};
/* Takes the lock on a folder by which processes take turns at what is in it, waiting for whoever has it; it ends with the descriptor *fd, which the caller closes.
 * Where the file system has no locks nobody waits. `wait` may be NULL. */
MUST_CHECK bool fs_lock_folder(struct str path, const struct fs_wait *wait, int *fd, struct err *err);

/* Makes the folder and its parents; existing ones are fine. */
MUST_CHECK bool fs_mkdirs(struct str path, mode_t mode, struct err *err);
/* Removes a file, link or whole tree without following links; a missing one is fine. */
MUST_CHECK bool fs_remove_tree(struct str path, struct err *err);
/* Renames; both on one file system. */
MUST_CHECK bool fs_rename(struct str from, struct str to, struct err *err);
/* A new empty folder `prefix`XXXXXX with mode 0700; its name is in `a`. */
MUST_CHECK bool fs_mkdtemp(struct str prefix, struct arena *a, struct str *out, struct err *err);

/* Links are followed; what cannot be looked at is none. */
bool fs_exists(struct str path);
bool fs_is_dir(struct str path);
bool fs_is_file(struct str path);

enum fs_kind { FS_FILE, FS_DIR, FS_LINK, FS_OTHER };
struct fs_entry {
	struct str name; /* in the arena */
	enum fs_kind kind; /* of the entry itself: a link is FS_LINK */
};
typedef VEC(struct fs_entry) fs_entries;
/* Entries of a folder without `.` and `..`, sorted by bytes. */
MUST_CHECK bool fs_list(struct str path, struct arena *a, fs_entries *out, struct err *err);

/* Calls `visit` for each entry below `root`, parents first, siblings sorted by bytes; `path` is relative to root. Links are not followed.
 * `visit` returns false with err set to stop. Deeper than 200 levels is ERR_LIMIT. */
typedef bool fs_visit(void *ctx, struct str path, const struct stat *st, struct err *err);
MUST_CHECK bool fs_walk(struct str root, fs_visit *visit, void *ctx, struct err *err);

/* Absolute path of the working folder, as the kernel has it. */
MUST_CHECK bool fs_getcwd(struct arena *a, struct str *out, struct err *err);
/* stat, or lstat with FS_NOFOLLOW; false with errno where it fails, without an err. */
enum fs_follow { FS_FOLLOW, FS_NOFOLLOW };
bool fs_stat(struct str path, enum fs_follow follow, struct stat *st);

#endif
