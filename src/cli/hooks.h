/*
 * hooks.h: what raibid-run adds to just's way of running recipes: step lines in process, and recipes that are cached by content.
 *
 * The session of steps is opened when the first such recipe is come to, so that plain recipes pay nothing for it.
 */
#ifndef CLI_HOOKS_H
#define CLI_HOOKS_H

#include "cli/cmd_step.h"
#include "run/recipe.h"

struct hooks;

enum hooks_mode {
	HOOKS_RUN,
	HOOKS_EXPLAIN, /* --step why RECIPE, --dry-run: steps say what they would do; nothing is written */
};

struct hooks *hooks_new(const struct cmd_step_options *options, enum hooks_mode mode);
void hooks_free(struct hooks *h);
/* The table for run_new; borrowed. */
const struct run_hooks *hooks_table(struct hooks *h);

#endif
