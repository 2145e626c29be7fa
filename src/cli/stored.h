/*
 * stored.h: runs that a stored plan answers (run/plan_file.h), without reading the tasks file.
 *
 * A plan belongs to a question: the program's build, the words of the command line, the folder, the variables that are options. It is used where the tasks files
 * it was made from, with modules and environment files, have the stamps, what was looked for besides is as little there, and the variables that it asked for have the values that
 * they had. Commands in variables and for the environment run each time, and have to print the same (commands.h). What could have come out otherwise is never stored: tasks files
 * whose variables ask files, the clock or chance.
 */
#ifndef CLI_STORED_H
#define CLI_STORED_H

#include "cli/cmd.h"
#include "run/plan_file.h"

/* Answers the command line by a stored plan: *done says whether there was one. To be asked before the tasks file is opened. */
MUST_CHECK bool stored_run(struct cli *cli, struct cmd_end *end, bool *done, struct err *err);
/* A plan that is to be left: what it is made from is looked at while the tasks file is open, and it is written after the run. Failing costs the next run time and nothing else. */
struct stored_leaving {
	bool may; /* there is something to be left */
	struct plan_guard guard;
};
void stored_prepare(struct cli *cli, struct stored_leaving *l);
/* Frees it too. */
void stored_leave(struct cli *cli, struct stored_leaving *l);
/* What run_new and the engine get from the command line. */
void stored_options(const struct cli *cli, struct run_options *options, struct hooks_run *run);

#endif
