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
	HOOKS_EXPLAIN, /* --step why RECIPE: nodes say what they would do; nothing is written */
	HOOKS_DRY,     /* --dry-run: steps the same, cached recipes print their lines where they would run */
};

/* `options` is copied, what it points to is borrowed. hooks_free writes what state has still to write; takes NULL. */
struct hooks *hooks_new(const struct cmd_step_options *options, enum hooks_mode mode);
void hooks_free(struct hooks *h);
/* What the run that follows has: everything is borrowed and outlives the hooks or the next call. */
struct hooks_run {
	struct lang_run *values;
	struct shells *shells;
	const struct run_options *options;
	uint32_t n_recipes;
	bool keep_going, replay, why;
};
void hooks_set_run(struct hooks *h, const struct hooks_run *run);
/* A run from a stored plan, which is taken over; what differs from it is stored again. *done false: it was damaged, and nothing has been done. */
struct plan;
struct plan_stored;
struct plan_guard;
MUST_CHECK bool hooks_run_stored(struct hooks *h, const struct plan_stored *stored, const struct plan *plan, struct str path, struct run_end *end, bool *done,
				 struct err *err);
/* A run of one recipe that is cached with all below it, in two steps: *planned false where it is not, or where nothing is to be run
 * really; then nothing has been done. Once it is planned, nothing of the tasks file is needed any more. */
MUST_CHECK bool hooks_plan(struct hooks *h, const struct lang_call *call, bool *planned, struct run_end *end, struct err *err);
MUST_CHECK bool hooks_run_planned(struct hooks *h, struct run_end *end, struct err *err);
/* Stores the plan. Adds to the guard what the plan asked for. */
MUST_CHECK bool hooks_save(struct hooks *h, struct str path, struct plan_guard *guard, struct err *err);
/* The table for run_new; borrowed. */
const struct run_hooks *hooks_table(struct hooks *h);

#endif
