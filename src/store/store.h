/*
 * store.h: blobs by digest, in one folder shared by all projects of the user and safe for several processes at once.
 *
 * A blob is a read-only file named by the SHA-256 of its bytes; it is written to a temporary name and renamed, so a name holds the whole blob or
 * nothing. What is read is hashed again: a damaged blob is removed and reported as missing would be, and its maker runs again.
 *
 * A store opened with a key is private (the project's own, below .raibid): its blobs are named by a keyed digest and encrypted, so that
 * neither names nor bytes tell what a Secret holds.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/sha256.h"

struct store;

/* `dir` is made when the first blob is put; nothing is touched before. `key` (32 bytes, copied) makes it private; empty: plain. */
struct store *store_new(struct str dir, struct str key);
void store_free(struct store *s);
/* $XDG_CACHE_HOME/raibid-run, or HOME/.cache/raibid-run; where neither is an absolute path, the project's own: store/ in its folder of state. In `a`. */
struct str store_default_dir(struct arena *a, struct str xdg_cache_home, struct str home, struct str state_dir);

/* Its folder. Borrowed. */
struct str store_dir(const struct store *s);

/* The name that these bytes have in this store. */
struct digest store_digest(const struct store *s, struct str bytes);
/* Keeps the bytes; nothing is written where the blob is there already. */
MUST_CHECK bool store_put(struct store *s, struct str bytes, struct digest *digest, struct err *err);
/* Keeps the content of a file. */
MUST_CHECK bool store_put_file(struct store *s, struct str path, struct digest *digest, struct err *err);
/* The same for what may be lost by a kill before the store is freed, because its maker still has it: bytes up to this many are kept as rows of results.db, some together,
 * which costs no file each. */
enum { STORE_SMALL_MAX = 16 << 10 };
MUST_CHECK bool store_put_small(struct store *s, struct str bytes, struct digest *digest, struct err *err);
/* Keeps a file's content, hashed as it is copied; *st is its stat, the same before and after. One that changes meanwhile is ERR_CONFLICT. Plain stores only. */
MUST_CHECK bool store_keep_file(struct store *s, struct str path, struct digest *digest, struct stat *st, struct err *err);
/* What is known by a key that is no digest of it (results.db), for all projects of the user. Written
 * some together, at the latest when the store is freed. One that is not there is ERR_NOT_FOUND. */
MUST_CHECK bool store_put_result(struct store *s, const struct digest *key, struct str bytes, struct err *err);
MUST_CHECK bool store_get_result(struct store *s, const struct digest *key, struct arena *a, struct str *bytes, struct err *err);
bool store_has(struct store *s, const struct digest *digest);
/* The blob's bytes in `a`. Missing or damaged (then removed): ERR_NOT_FOUND. */
MUST_CHECK bool store_get(struct store *s, const struct digest *digest, struct arena *a, struct str *bytes, struct err *err);
/* Writes the blob to `path` (atomically, folder made) with `mode`: a copy, never a hard link, so that an edit does not reach the store. */
MUST_CHECK bool store_restore(struct store *s, const struct digest *digest, struct str path, mode_t mode, struct err *err);

/* --- notes: a few bytes under a name, for what is not named by its content (which blob a URL gave). Each may be lost or replaced at any time; plain stores only. --- */

#define STORE_MAX_NOTE ((size_t)64 << 20)
MUST_CHECK bool store_note_put(struct store *s, struct str name, struct str bytes, struct err *err);
/* The note in `a`; false where there is none that can be read. */
bool store_note_find(struct store *s, struct str name, struct arena *a, struct str *bytes);

#endif
