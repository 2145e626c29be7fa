/*
 * state.h: .raibid/state.db: what this project knows from run to run: stamps of files and traces of runs.
 *
 * The folder .raibid (0700, with a .gitignore of its own) is made when something is first recorded; looking does not make it. A damaged database is set aside
 * (state.db.damaged) with a warning and a new one begun: all it holds can be made again.
 *
 * A stamp remembers a file's digest by device, inode, size, mtime and ctime, so that an unchanged file costs one stat. A file whose mtime or
 * ctime is not clearly older than the moment of hashing is hashed but not remembered: it could change again within the same tick of the
 * file system's clock.
 *
 * All functions may be called from any thread; the state serialises them.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include <sys/stat.h>

#include "ext/db.h"
#include "store/trace.h"

struct state;

/* For the project at `root` (absolute). Touches nothing. `warn` (may be NULL) is told what was set aside. */
typedef void state_warn(void *ctx, const char *message);
struct state *state_new(struct str root, state_warn *warn, void *ctx);
/* Writes what is still to be written; errors are only warned of: state is a cache. */
void state_free(struct state *s);

/* From now on nothing is written, not even what has been learnt: for commands that only tell. A step beside them that has something to record ends this. */
void state_freeze(struct state *s);
/* The same for a while, until state_thaw: for a command that mostly finds nothing to do, and then leaves nothing behind. Returns whether it was frozen before: then it stays so. */
bool state_freeze_for_now(struct state *s);
void state_thaw(struct state *s);

/* --- files --- */

/* Digest of a regular file's content by its stamp, or by hashing. *exists is false where there is nothing at the path; a folder or other special file gives
 * ERR_IO. Looks at nothing twice in one run unless state_forget_file or state_look_again says so. */
MUST_CHECK bool state_file(struct state *s, struct str path, struct digest *digest, bool *exists, struct err *err);
/* The same where the caller has just taken the file's stat, which gives *st back as it was while the bytes were read. STATE_HASH reads them without asking for
 * stamps of earlier runs. *is_settled: whether a later change would show in the stat; only then the stamp is kept for the next run. */
enum state_effort { STATE_STAMPS, STATE_HASH };
MUST_CHECK bool state_digest(struct state *s, struct str path, enum state_effort effort, struct stat *st, struct digest *digest, bool *is_settled,
			     struct err *err);
/* Whether a change after now would give the file another stat than this one. */
bool state_is_settled(const struct stat *st);
/* The path has just been written or removed by us: look again next time. */
void state_forget_file(struct state *s, struct str path);
/* Others may have written anything since (a shell recipe ran): every file costs a stat again, and only what changed is hashed again. */
void state_look_again(struct state *s);
/* Digest of the names and kinds in a folder; *exists false where it is none. */
MUST_CHECK bool state_list(struct state *s, struct str path, struct digest *digest, bool *exists, struct err *err);

/* --- traces --- */

struct state_record {
	struct str name;     /* of the node, for people: "render environments/local" */
	struct digest key;   /* of its command */
	struct str trace;    /* encoded */
	int64_t duration_ms;
	int64_t ended_at;    /* seconds since 1970 */
};
enum { STATE_RECORDS_KEPT = 4 }; /* newest runs kept for each key */

typedef VEC(struct state_record) state_records;
/* The kept records of a key, newest first; in `a`. None: empty. Does not create the database. */
MUST_CHECK bool state_find(struct state *s, const struct digest *key, struct arena *a, state_records *out, struct err *err);
/* The newest record of that name whatever its key, for explaining a changed command; *found false where there is none. */
MUST_CHECK bool state_find_name(struct state *s, struct str name, struct arena *a, struct state_record *out, bool *found, struct err *err);
/* The newest record of each name that begins with `prefix`, in order of names; for telling about a node's parts. */
MUST_CHECK bool state_find_under(struct state *s, struct str prefix, struct arena *a, state_records *out, struct err *err);
/* Records a run that went well. */
MUST_CHECK bool state_put(struct state *s, const struct state_record *record, struct err *err);

/* Whether this process has recorded a run. */
bool state_has_put(struct state *s);

/* Tells each kept record's duration, those of one key oldest first. */
typedef void state_duration(void *ctx, const struct digest *key, int64_t ms);
MUST_CHECK bool state_durations(struct state *s, state_duration *visit, void *ctx, struct err *err);
/* --- looking after it --- */

/* Tells each kept record's trace, encoded. */
typedef void state_trace(void *ctx, struct str trace);
MUST_CHECK bool state_each_trace(struct state *s, state_trace *visit, void *ctx, struct err *err);
/* Tells the archive of each pin (pkg/pins.c), where there are any. */
typedef void state_pin(void *ctx, const struct digest *archive);
MUST_CHECK bool state_each_pin(struct state *s, state_pin *visit, void *ctx, struct err *err);
struct state_count {
	uint64_t records, names, bytes; /* bytes: of the database file */
};
MUST_CHECK bool state_measure(struct state *s, struct state_count *out, struct err *err);
/* Forgets records made before `before` (seconds since 1970) but the newest of each name, and of those whichever `holds` says no of; *n of them. */
typedef bool state_holds(void *ctx, const struct state_record *record);
MUST_CHECK bool state_prune(struct state *s, int64_t before, state_holds *holds, void *ctx, uint64_t *n, struct err *err);
/* Whether the database is sound; one that is not is set aside as any that a read finds damaged. */
MUST_CHECK bool state_verify(struct state *s, bool *sound, struct err *err);

/* Whether another process has recorded something since the last call. */
bool state_changed(struct state *s);
/* Makes the folder .raibid. */
MUST_CHECK bool state_make_dir(struct state *s, struct err *err);

/* --- for modules with tables of their own in the same file (pins, applied objects) --- */

/* Takes the connection until state_unlock: to look, to change what is there, or to make it first. *db is NULL where the file is not there and may not be made. */
enum state_open { STATE_LOOK, STATE_CHANGE, STATE_CREATE };
MUST_CHECK bool state_lock(struct state *s, enum state_open how, struct db **db, struct err *err);
void state_unlock(struct state *s);

/* The project's key (32 random bytes in .raibid/key, mode 0600), made at first use; for keyed digests and sealing of secrets. */
MUST_CHECK bool state_key(struct state *s, struct str *key, struct err *err);
/* The project's private store (.raibid/private, sealed with the key), opened at first use. Borrowed. */
struct store;
MUST_CHECK bool state_private_store(struct state *s, struct store **out, struct err *err);
/* Absolute path of .raibid. */
struct str state_dir(const struct state *s);

#endif
