/*
 * inputs.h: what a run read, told while it runs to whoever watches it (--watch).
 *
 * A run that is watched has a struct inputs; every other has NULL, and all functions take NULL and do nothing then. What is noted goes through a pipe, record by
 * record, so that what is known stays known where the run is ended in its midst. Names are absolute. Safe to be called by several threads.
 */
#ifndef RUN_INPUTS_H
#define RUN_INPUTS_H

#include "base/buf.h"
#include "store/trace.h"

struct inputs;

/* Writes to `fd`, which is borrowed. */
struct inputs *inputs_new(int fd);
/* Writes what is still to be written. Takes NULL. */
void inputs_free(struct inputs *in);

/* A file that was read, or looked for; what it is counts, and whether it is there. */
void inputs_file(struct inputs *in, struct str path);
/* A folder whose names were listed. */
void inputs_list(struct inputs *in, struct str path);
/* The files that words of a [cache] declaration name in a folder (declared.h). With INPUTS_ALL also what .gitignore leaves out. */
enum inputs_which { INPUTS_TRACKED, INPUTS_ALL };
void inputs_search(struct inputs *in, struct str directory, const struct str *words, size_t n, enum inputs_which which);
/* A file that the run writes, or a folder in which it writes. */
void inputs_output(struct inputs *in, struct str path);
/* All that a trace names; `root` is what its names are relative to. */
void inputs_trace(struct inputs *in, struct str root, const struct trace *t);
/* Something ran of which nobody knows what it reads. */
void inputs_unknown(struct inputs *in);
/* The run has come to its end: what was noted is all that there is. */
void inputs_done(struct inputs *in);

/* --- the other side --- */

enum inputs_kind { INPUTS_FILE = 'f', INPUTS_LIST = 'l', INPUTS_SEARCH = 's', INPUTS_SEARCH_ALL = 'a', INPUTS_OUTPUT = 'o', INPUTS_UNKNOWN = 'u', INPUTS_DONE = 'd' };
struct inputs_record {
	enum inputs_kind kind;
	struct str name;        /* a search's: the folder, and behind a NUL each the words */
};
/* Takes the next whole record off *rest; false where there is none. */
bool inputs_next(struct str *rest, struct inputs_record *out);

#endif
