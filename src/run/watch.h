/*
 * watch.h: the files that a run is watched for (--watch), what happened to them, and whether that is a reason to run again.
 *
 * Where all that a run read is known (inputs.h) exactly that is watched: files, also those that it looked for and did not find, and the names in folders that it listed.
 * Else it is every file below the project's folder that .gitignore does not leave out, but editors' own, and besides the files that are known.
 *
 * A change while nothing runs is always a reason. One that comes while a run is under way may be the run's own:
 *
 * - A change while no process of the run was on a processor (activity.h) is somebody else's. It ends the run.
 * - Where the inputs are known, so does a change to one of them, but to those that a node of the run writes: they are the run's.
 * - Any other is kept until the run ends and then is a reason; of a file that was there before also where the run sleeps for WATCH_QUIET_MS.
 * - A file that was written in a moment in which the run wrote or started something, and so again in a later run, is a product of the run: that is no reason any more,
 *   until somebody changes the file while nothing runs, or while the run sleeps. Of runs that had to be ended it takes three in a row. Of files with new names each time (a
 *   date in the name) the folder is remembered in their place.
 * - What has the bytes that it had before has not changed.
 * - After WATCH_CHAIN_MAX runs in a row that had no other reason than such changes, all of them are products.
 *
 * So a recipe that writes a log or builds something runs at most once more than needed; an edit is never missed while nothing runs; and an edit in the midst of a run
 * leads to another one.
 */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include "base/err.h"
#include "run/activity.h"

enum { WATCH_QUIET_MS = 1000, WATCH_CHAIN_MAX = 8 };

struct watch;

enum watch_way { WATCH_HEARS, WATCH_LOOKS /* every file, now and then: where the system tells nothing */ };
/* Begins with everything below `folder`, absolute. Where the system does not tell of changes it looks instead. */
struct watch *watch_new(struct str folder, enum watch_way way);
/* Takes NULL. */
void watch_free(struct watch *w);

/* A descriptor that polls readable when there is something to take, or -1; and after how many milliseconds something should be taken anyway, or -1. */
int watch_fd(const struct watch *w);
int watch_pause(const struct watch *w);
/* Looks at what may have changed. True where something did, since the last call. */
bool watch_take(struct watch *w);
/* Why it looks though it was to hear, once; NULL: nothing to tell. Valid until the next call of anything. */
const char *watch_warning(struct watch *w);

/* --- while nothing runs --- */

/* Whether there is a reason to run; *why in words, valid until the next call of anything. */
bool watch_has_changed(struct watch *w, struct str *why);

/* --- while a run is under way --- */

/* A run begins: what changes from now on may be its own doing. */
void watch_run_begins(struct watch *w);
/* What the run did in the time in which what was taken since the last call may have happened. */
void watch_run_did(struct watch *w, enum activity_did did);
/* Whether the run should be ended; `sleeps`: it does nothing for WATCH_QUIET_MS. */
bool watch_wants_end(struct watch *w, bool sleeps, struct str *why);
/* The run has ended, by itself or not. `records` is what it told of its inputs. Whether it has to run again. */
enum watch_end { WATCH_ENDED, WATCH_WAS_ENDED };
bool watch_run_ends(struct watch *w, struct str records, enum watch_end how, struct str *why);

/* What is watched, in words: "14 files", "everything below …". Valid until the next call of anything. */
struct str watch_what(struct watch *w);

#endif
