/*
 * cmd_step.h: `raibid-run --step NAME ARGS…` and `raibid-run --steps FILE`, and the session that step recipes share with them.
 */
#ifndef CLI_CMD_STEP_H
#define CLI_CMD_STEP_H

#include "step/session.h"

/* What the command line says of steps. Everything is borrowed. */
struct cmd_step_options {
	char *const *environ;
	struct str root;    /* folder of the root tasks file; empty: found from the working folder */
	struct observe *observe; /* who is told of it all; may be NULL */
	enum out_mode output;
	bool verbose, quiet, force, no_cache, why;
	bool color;         /* standard error is coloured */
	int jobs;           /* 0: one for each processor */
	struct job_slots *slots; /* of jobs that are shared with make; may be NULL */
	struct inputs *inputs; /* who is told what steps read; may be NULL */
	const atomic_bool *is_cut; /* set where the run is ended because it is to begin anew: nothing is said then; may be NULL */
};

/* A new session whose progress goes to standard error and results to standard output. SIGINT and SIGTERM ask its steps to stop from now on. */
MUST_CHECK bool cmd_step_session(const struct cmd_step_options *options, struct step_session **out, struct err *err);

/* The exit status for an error of this kind; of one that a signal has caused, that of the signal. */
int cmd_step_exit_code(enum err_kind kind);
/* Prints a step's error on standard error. */
void cmd_step_print_err(const struct err *err, const struct cmd_step_options *options);

/* Whether a step keeps no state, so that nobody need look for the folder of the tasks file. */
bool cmd_step_is_rootless(struct str name);
/* The words after --step. Returns the exit status; errors are printed. */
int cmd_step(const struct cmd_step_options *options, int argc, char **argv);
/* The script of a `[script]` recipe that real just has handed over. */
int cmd_steps(const struct cmd_step_options *options, const char *file);

#endif
