/*
 * recipe.h: running recipes exactly as just runs them.
 *
 * A run takes invocations (a recipe with its arguments), runs what each depends on first and what follows it last, each recipe with the same
 * arguments once, and hands the lines of a body to the shell or a whole body to an interpreter. Children inherit the terminal, the
 * process group and standard streams untouched. Bodies that are raibid-run's own (step lines, cached recipes) go to hooks.
 *
 * Nothing recurses: a chain of dependencies may be as long as memory allows. With [parallel] several children run at once.
 */
#ifndef RUN_RECIPE_H
#define RUN_RECIPE_H

#include "lang/lang.h"
#include "run/shell.h"

struct run;

/* How the run behaves; everything is borrowed and outlives the run. */
struct run_options {
	bool dry_run, quiet, yes, no_deps, time, timestamp, explain;
	uint32_t verbosity;
	bool color;                /* standard error is coloured */
	bool highlight;
	const char *command_color; /* digits of the colour of echoed lines, or NULL */
	struct str timestamp_format;
	uint64_t jobs;             /* most recipes at a time, 0: no limit */
	struct observe *observe;   /* who is told of recipes; may be NULL */
	struct job_slots *slots;       /* of jobs that are shared with make; may be NULL */
	struct inputs *inputs;     /* who is told what the run reads; may be NULL */
	struct str tempdir;        /* p is NULL where it is not given */
	const struct lang_tree *cache_tree; /* keep the results of [cache] as just does, beside this tree's file; NULL: the hooks' way */
};

/* How a run failed: the exit status, and whether the recipe wants no message. */
struct run_end {
	int status;
	bool silent;
};

/* A body in raibid-run's own hands. Returns false with err, or true with the exit status. */
struct run_body {
	const struct lang_recipe *recipe;
	const struct lang_scope *scope;
	struct str directory;      /* where the body runs */
	char *const *environ;
	struct str script;         /* the evaluated body, padded so that its lines have the numbers of the file */
};
struct run_hooks {
	void *ctx;
	/* Whether the interpreter (its words) is raibid-run itself. NULL: never. */
	bool (*is_steps)(void *ctx, const struct str *words, size_t n);
	/* Runs a body of step lines. */
	bool (*steps)(void *ctx, const struct run_body *body, int *status, struct err *err);
	/* Whether a recipe's body is not run here but handed over; and whether with all that it depends on. NULL: never. */
	bool (*caches)(void *ctx, const struct lang_recipe *recipe);
	bool (*takes)(void *ctx, const struct lang_recipe *recipe);
	/* Runs calls of such recipes: their bodies alone, or with all that they depend on. */
	bool (*cached)(void *ctx, const struct lang_call *calls, size_t n, bool alone, struct run_end *end, struct err *err);
	/* Says beside which children of plain recipes the next of them run: they count for --jobs. Borrowed until the next call. */
	void (*beside)(void *ctx, const pid_t *pids, size_t n);
};

/* `shells` is the runner of commands, with its environments; it must outlive the run. */
struct run *run_new(struct lang_run *values, struct shells *shells, const struct run_options *options, const struct run_hooks *hooks);
void run_free(struct run *run);

/* Runs one invocation from the command line; those of one run share what ran. On failure *end says how. */
MUST_CHECK bool run_invoke(struct run *run, const struct lang_call *call, struct run_end *end, struct err *err);

/* Prints a line of the run's own on standard error in a style: SGR parameters ("1;36"), or NULL for none. */
void run_say(const struct run_options *options, const char *style, struct str text);

#endif
