/*
 * plan_file.h: a plan as a file of the project's (.raibid/plans/), used as it lies in memory.
 *
 * A run that brought a whole target about leaves its plan, so that the next one with the same words neither reads the tasks file nor asks the database where nothing has
 * changed. The file is a cache and nothing else: it holds what the guard says it was made from (tasks files by stamp, variables by value), and one that does
 * not fit, or is damaged, is as good as none. state.db remains what counts: a node that the plan cannot vouch for is looked up there.
 */
#ifndef RUN_PLAN_FILE_H
#define RUN_PLAN_FILE_H

#include "base/err.h"
#include "run/plan.h"

/* What a plan was made from besides the question that it answers. */
struct plan_source {
	struct str path; /* absolute */
	struct plan_stamp stamp; /* zeroed: it is not there */
};
struct plan_variable {
	struct str name, value; /* p of the value is NULL: not set */
};
/* A command that the tasks file runs before any recipe. Words, and what its environment has besides the program's own ("NAME=VALUE", or "NAME" for what is taken away), each with a
 * NUL behind it. */
struct plan_command {
	struct str argv, overlay, directory;
	struct digest output;
	uint32_t is_quiet;
};
struct plan_guard {
	struct digest question; /* of the command line, the working folder, the program */
	VEC(struct plan_source) sources;
	VEC(struct plan_variable) variables;
	VEC(struct plan_command) commands; /* in order; they are run anew, and must print the same */
};

/* An open plan file. Zeroed: none. */
struct plan_stored {
	void *map;
	size_t size;
	struct plan_guard guard; /* borrows from the map; its lists are owned */
	const uint32_t *roots;   /* the nodes that were asked for */
	uint32_t n_roots;
};
/* False where there is none that can be used, whatever the reason. Does not look at the guard's sources and variables. */
bool plan_file_open(struct str path, const struct digest *question, struct plan_stored *out, struct plan *plan);
/* Whether its texts are what was written: to be asked before any of them is executed. plan_file_open has looked at the rest. */
bool plan_file_is_sound(const struct plan_stored *s);
void plan_file_close(struct plan_stored *s);

/* What is written of each node and file instead of what the plan says. */
struct plan_patch {
	void *ctx;
	void (*node)(void *ctx, uint32_t i, struct plan_node *n, struct digest *result);
	void (*file)(void *ctx, uint32_t i, struct plan_file *f, struct plan_known *known);
};
/* Writes the plan beside the final name, then renames; where another process is at it, does nothing. */
MUST_CHECK bool plan_file_save(struct str path, const struct plan *plan, const struct plan_patch *patch, const struct plan_guard *guard,
			       const uint32_t *roots, uint32_t n_roots, struct err *err);

#endif
