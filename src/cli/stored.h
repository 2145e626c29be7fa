/*
 * stored.h: runs that a stored plan answers (run/plan_file.h), without reading the tasks file.
 *
 * A plan belongs to a question: the program's build, the words of the command line, the folder, the variables that are options. It is used where the tasks files
 * it was made from have the stamps, and the variables that it asked for the values, that they had. What could have come out otherwise is never stored: tasks files with
 * commands in variables, environment files, modules, optional imports.
 */
#ifndef CLI_STORED_H
#define CLI_STORED_H

#include "cli/cmd.h"

/* Answers the command line by a stored plan: *done says whether there was one. To be asked before the tasks file is opened. */
MUST_CHECK bool stored_run(struct cli *cli, struct cmd_end *end, bool *done, struct err *err);
/* After a run of one recipe: leaves its plan, where there is one to leave. Failing costs the next run time and nothing else. */
void stored_save(struct cli *cli, const struct lang_recipe *asked);
/* What run_new and the engine get from the command line. */
void stored_options(const struct cli *cli, struct run_options *options, struct hooks_run *run);

#endif
