/*
 * sched.h: runs the step lines of a recipe as a graph: side by side where what they claim to read and write allows, in the order of the file
 * where it does not.
 */
#ifndef RUN_SCHED_H
#define RUN_SCHED_H

#include "run/node.h"
#include "run/words.h"

typedef VEC(struct node) sched_nodes;

/* Finds each line's step and makes its node; an unknown step is ERR_NOT_FOUND at its line, with a near match. Memory in `a`. */
MUST_CHECK bool sched_plan(const struct step_host *host, const words_lines *lines, struct str cwd, struct str file, struct arena *a,
			   sched_nodes *out, struct err *err);

/* Tells, for each node in the order of the lines, whether it would run and why, with what is known of its parts. Writes nothing. */
MUST_CHECK bool sched_explain(const struct step_host *host, const sched_nodes *nodes, struct buf *out, struct err *err);

/* Called for each failure but the last, which is returned. */
typedef void sched_report(void *ctx, const struct err *err);

/* Runs the nodes, as many at once as host->jobs. After a failure nothing new starts. *status is the first that is not STEP_OK. */
MUST_CHECK bool sched_run(const struct step_host *host, const sched_nodes *nodes, sched_report *report, void *ctx, enum step_status *status,
			  struct err *err);

#endif
