/*
 * step.h: what a built-in step is, and how it tells what it read and wrote.
 *
 * A step is a row of a table (src/step/step.h) that the scheduler runs in process: `render environments/local --out rendered/local`. Nothing is
 * declared beforehand: while it works, a step reports each file that it read, each that it looked for and did not find, each folder it listed,
 * each variable it asked for and each file that it wrote. That record is what decides, before the next run, whether it has to run at all.
 *
 * A step runs on a thread of its own. It may use only what its context hands it; the context's functions are safe to call from it and
 * from workers that it starts itself, unless said otherwise.
 */
#ifndef RUN_STEP_H
#define RUN_STEP_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sha256.h"
#include "base/vec.h"

struct inputs;
struct out;
struct out_step;
struct state;
struct store;
struct job_slots;
struct step_def;
struct step_record;

typedef VEC(struct str) step_words;

/* What one run of the program gives to all its steps. Everything is borrowed and outlives the steps. */
struct step_host {
	struct str root;      /* absolute folder of the root tasks file: state, lock and relative paths belong to it */
	char *const *environ; /* as main got it, with the tasks file's exports */
	struct out *out;
	struct state *state;  /* .raibid/state.db: opened at first use, see store/state.h */
	struct store *store;  /* blobs shared by all projects of the user */
	atomic_bool *cancel;  /* set on Ctrl-C: a step that may take long looks at it and returns ERR_CANCELLED */
	int jobs;             /* how many workers a step may start, at least 1 */
	bool force;           /* --force: do not take results, but record them */
	bool no_cache;        /* --no-cache: neither take nor record */
	bool why;             /* --why: say of each line why it runs or does not */
	bool verbose;
	struct job_slots *slots;  /* of jobs that are shared with make; may be NULL */
	struct inputs *inputs; /* who is told what steps read; may be NULL */
	const struct step_def *const *steps; /* the table, ended by NULL */
};

/* One step at work. */
struct step_ctx {
	const struct step_host *host;
	struct arena *arena;        /* lives until the step has ended; only for the step's own thread */
	struct str cwd;             /* absolute folder that relative arguments start from */
	struct out_step *out;       /* this step's line and log, see run/out.h */
	struct step_record *record; /* what it read and wrote so far */
};

/* How a step ended when nothing went wrong with it; becomes the exit status (design's table). */
enum step_status { STEP_OK = 0, STEP_FAILED = 1, STEP_USAGE = 2, STEP_DIFFERENCES = 3, STEP_NOT_READY = 4, STEP_CONFLICT = 5,
	STEP_INTEGRITY = 6 };

/* Runs the step with the words after its name. False with err for a failure; *status (STEP_OK before the call) for a verdict such as
 * STEP_DIFFERENCES. Only STEP_OK is recorded. */
typedef bool step_fn(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err);

/* Folders and files that a step with these arguments will read and write, relative to the root, so that lines of one recipe that do not touch each other's can run
 * side by side. Paths go into ctx->arena. What a step cannot tell it leaves out and sets *alone: then it runs by itself. */
struct step_claims {
	step_words reads, writes;
	bool alone;
};
typedef void step_claims_fn(struct step_ctx *ctx, const step_words *args, struct step_claims *claims);

enum step_cache {
	STEP_CACHED, /* the record decides whether it runs */
	STEP_ALWAYS, /* asks the outside world: runs each time */
	STEP_PRINTS, /* the same, and what it prints is all that there is to say: no line tells of it */
};

struct step_def {
	struct str name;
	const char *usage;   /* "ENV [--out DIR]" */
	const char *summary; /* one line for help and --list */
	enum step_cache cache;
	step_fn *run;
	step_claims_fn *claims; /* NULL: alone */
	/* Whether a file that stands where an output belongs may be overwritten; NULL: always. Asked before a recorded output is put back. */
	bool (*owns)(struct str path);
	const char *options; /* text for `--step NAME --help`, a line an option */
};

/* The row of that name, or NULL. `near` (may be NULL) gets the most similar name where there is none. */
const struct step_def *step_find(const struct step_def *const *table, struct str name, struct str *near);

/* --- what a step reports; paths are absolute or relative to ctx->cwd --- */

/* Reads a whole file into `a` and reports it. A missing file is reported as missed and gives ERR_NOT_FOUND. */
MUST_CHECK bool step_read(struct step_ctx *ctx, struct str path, struct arena *a, struct str *bytes, struct err *err);
/* Reports a file that was read by other means (an engine's own loader). Its present content is what counts. */
MUST_CHECK bool step_did_read(struct step_ctx *ctx, struct str path, struct err *err);
/* Reports that `path` was looked for and is not there. */
void step_did_miss(struct step_ctx *ctx, struct str path);
/* Reports that the names in a folder were listed. */
MUST_CHECK bool step_did_list(struct step_ctx *ctx, struct str path, struct err *err);
/* Reports every file and listing of a whole tree (a chart folder). Links inside are reported by their target text. */
MUST_CHECK bool step_did_read_tree(struct step_ctx *ctx, struct str path, struct err *err);
/* The variable's value, or STR_NONE; reported either way. */
struct str step_env(struct step_ctx *ctx, struct str name);
/* Reports a file that the step has just written, for restoring it. With STEP_SECRET its bytes never reach the shared store and its digest is keyed. */
enum step_secrecy { STEP_PLAIN, STEP_SECRET };
MUST_CHECK bool step_did_write(struct step_ctx *ctx, struct str path, enum step_secrecy secrecy, struct err *err);
/* Reports that the step has settled which names are in a folder of its outputs: if others are there next time, it runs again. */
MUST_CHECK bool step_did_settle(struct step_ctx *ctx, struct str path, struct err *err);
/* Writes a file atomically, making its folder, unless it already holds these bytes; then reports it. */
MUST_CHECK bool step_write(struct step_ctx *ctx, struct str path, struct str bytes, enum step_secrecy secrecy, struct err *err);
/* `path` as people and records name it: relative to the root where it lies inside. In ctx->arena. */
struct str step_name_of(struct step_ctx *ctx, struct str path);
/* The result must not be taken again: `reason` is what `why` says. */
void step_uncacheable(struct step_ctx *ctx, struct str reason);

/* Whether the user has asked to stop; sets ERR_CANCELLED. */
MUST_CHECK bool step_check_cancel(struct step_ctx *ctx, struct err *err);

/*
 * A part of a step that is cached on its own (one release of a render): `make` builds its bytes, reporting through the ctx that it is
 * given; where a recorded part of the same name and key has unchanged inputs its bytes are taken instead. The reports count for the whole step too. May be called from the
 * step's workers, each call with an arena of its own. *cached (may be NULL) says which.
 */
typedef bool step_part_fn(struct step_ctx *part, void *arg, struct str *bytes, struct err *err);
struct step_part {
	struct str name;       /* "release redis" */
	struct digest key;     /* of everything that `make` is given besides what it reports */
	enum step_secrecy secrecy;
	step_part_fn *make;
	void *arg;
};
MUST_CHECK bool step_part_get(struct step_ctx *ctx, const struct step_part *part, struct arena *a, struct str *bytes, bool *cached,
			      struct err *err);

#endif
