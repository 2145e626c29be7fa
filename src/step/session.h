/*
 * session.h: one run of the program as far as steps are concerned: output, state, store and the table, opened at first use and shared by every
 * step script that the run comes to.
 *
 *	struct step_session *s = step_session_new(&options);
 *	ok = step_session_script(s, &(struct step_script){ .text = body, .file = name, .line = 12, .cwd = dir }, &status, err);
 *	step_session_free(s);
 */
#ifndef STEP_SESSION_H
#define STEP_SESSION_H

#include "base/buf.h"
#include "run/out.h"
#include "run/step.h"

struct step_session;

struct step_session_options {
	struct str root;      /* absolute folder of the root tasks file */
	char *const *environ; /* borrowed */
	struct out_options out;
	int jobs;             /* 0: one for each processor */
	bool force, no_cache, why;
	struct job_slots *slots;  /* borrowed; of jobs that are shared with make; may be NULL */
	struct inputs *inputs; /* borrowed; who is told what steps read; may be NULL */
	atomic_bool *cancel;  /* borrowed; set by whoever handles signals */
	void (*report)(void *ctx, const struct err *err); /* prints failures but the one that is returned */
	void *report_ctx;
};

/* `options` is copied, the root too. Touches nothing: see above. */
struct step_session *step_session_new(const struct step_session_options *options);
/* Writes what state has still to write. Takes NULL. */
void step_session_free(struct step_session *s);

struct step_script {
	struct str text;
	struct str file; /* where it comes from, for messages */
	uint32_t line;   /* of the text's first line in that file */
	struct str cwd;  /* absolute */
};
/* Runs the lines of a script as a graph. *status is STEP_OK or the first verdict; false with err for the first failure. */
MUST_CHECK bool step_session_script(struct step_session *s, const struct step_script *script, enum step_status *status, struct err *err);
/* Runs one step: `words` begin with its name, `cwd` is absolute. An unknown one is ERR_NOT_FOUND with a near match. */
MUST_CHECK bool step_session_words(struct step_session *s, const step_words *words, struct str cwd, enum step_status *status, struct err *err);

/* What the session gives to its steps; for cached recipes, which share its state and store. Borrowed. */
const struct step_host *step_session_host(const struct step_session *s);

/* Adds to `out`, for each line of the script, whether it would run and why. Runs and writes nothing. */
MUST_CHECK bool step_session_explain(struct step_session *s, const struct step_script *script, struct buf *out, struct err *err);

/* The folder that `dir` (absolute) belongs to where no tasks file says so: the nearest one upward that holds .raibid, charts/ or
 * environments/, else dir itself. In `a`. */
struct str step_find_root(struct arena *a, struct str dir);

/* The exit status for an error of this kind (design's table). */
int step_exit_code(enum err_kind kind);

#endif
