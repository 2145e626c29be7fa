/*
 * commands.h: the commands that a tasks file runs before its first recipe (in variables, for the environment), as what a stored plan depends on.
 *
 * They run as in just, each time and in order, whether the tasks file is read or a plan answers: commands_hold runs those that the plan was made with, and says whether they
 * printed the same. Where one did not, the tasks file is read after all, and what has run is not run again: commands_answer gives what it printed.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "base/sha256.h"
#include "run/plan_file.h"

struct cli;
struct shell_child;

struct commands {
	VEC(struct plan_command) ran; /* as the tasks file was evaluated */
	VEC(struct command_answer {
		struct digest asked;
		struct str output;
	}) answers;                   /* of those that commands_hold ran */
	size_t next;                  /* of the answers */
};

/* For shells_options; ctx is the struct cli. */
void commands_ran(void *ctx, const struct shell_child *child, struct str out);
bool commands_answer(void *ctx, const struct shell_child *child, struct str *out);

/* Runs the guard's commands; false where one fails or prints something else. */
bool commands_hold(struct cli *cli, const struct plan_guard *guard);

#endif
