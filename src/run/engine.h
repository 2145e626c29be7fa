/*
 * engine.h: recipes with [cache] as a graph: which have to run is decided from the leaves up before any of them does, and those run side by side, the longest
 * remaining chain first.
 *
 * The runner (recipe.h) runs plain recipes exactly as just does and hands over, in that order, what is cached as far down as it goes: a recipe whose
 * dependencies are all cached in turn is given here as a whole. What a cached recipe prints is kept: it comes out in one piece, that of the oldest recipe
 * at work as it is printed, and can be shown again when the result is taken from the cache.
 *
 *	struct engine *e = engine_new(&options);
 *	ok = engine_run(e, calls, n, &end, err);     // any number of times; no node runs twice
 *	engine_free(e);
 */
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include <sys/types.h>

#include "run/observe.h"
#include "run/out.h"
#include "run/recipe.h"
#include "run/step.h"

struct engine;

enum engine_mode {
	ENGINE_RUN,
	ENGINE_WHY, /* says what would run, and why; writes nothing */
	ENGINE_DRY, /* prints the lines of what would run; writes nothing */
};

/* What happens, for whoever counts or draws it. */
enum engine_fate { ENGINE_RAN, ENGINE_CACHED, ENGINE_RESTORED, ENGINE_FAILED, ENGINE_SKIPPED };
struct engine_event {
	uint32_t node;             /* its number: begin and end of one have the same */
	struct str recipe, shown;  /* its path; the same with arguments */
	struct str file;
	uint32_t line;
	bool begins;               /* else it has ended, as `fate` says */
	enum engine_fate fate;
	int status;
	uint32_t duration_ms;      /* ENGINE_CACHED, ENGINE_RESTORED: of the run that was spared */
	struct str why;            /* begins: the first difference, in words */
	const struct err *err;     /* ENGINE_FAILED; may be NULL */
};
typedef void engine_watch(void *ctx, const struct engine_event *event);

struct engine_options {
	const struct step_host *host;  /* root, state, store, jobs, force, no_cache, environ */
	struct lang_run *values;
	struct shells *shells;
	const struct run_options *run;
	uint32_t n_recipes;            /* of the tree */
	enum engine_mode mode;
	bool keep_going;               /* after a failure go on with what does not depend on it */
	bool replay;                   /* show again what cached recipes had printed */
	bool why;                      /* say why each runs or does not */
	enum out_mode output;
	struct observe *observe;       /* for groups of lines; may be NULL */
	engine_watch *watch;           /* may be NULL */
	void *watch_ctx;
	void (*report)(void *ctx, const struct err *err); /* prints failures but the one that is returned */
	void *report_ctx;
};

/* `options` is copied, what it points to is borrowed. */
struct engine *engine_new(const struct engine_options *options);
/* Writes what is still to be written. Takes NULL. */
void engine_free(struct engine *e);

/* Whether the body of a recipe is the engine's to run: it has [cache] and is no step lines, which keep records of their own. */
bool engine_caches(const struct lang_recipe *recipe);

/* Whether its body is step lines. */
bool engine_is_steps(const struct lang_recipe *recipe);

/* Whether engine_takes could say yes, without an engine. */
bool engine_may_take(const struct lang_recipe *recipe);
/* Whether a recipe and all that it depends on can be handed over: each is cached or has no body, at least one is cached, and the text of each is known
 * before any of them runs. */
bool engine_takes(struct engine *e, const struct lang_recipe *recipe);

/* Brings the calls' results about. With `alone` their dependencies are not looked at: they ran already. On failure *end as run_invoke has it. */
enum engine_depth { ENGINE_CLOSURE, ENGINE_ALONE };
MUST_CHECK bool engine_run(struct engine *e, const struct lang_call *calls, size_t n, enum engine_depth depth, struct run_end *end, struct err *err);

/* Says which children of plain recipes run beside the next engine_run: with --jobs they count. Borrowed until the next call. */
void engine_beside(struct engine *e, const pid_t *pids, size_t n);

/* The same in two steps, of whole closures: between them the tree, values and shells may be freed, if nothing else is to be run. */
MUST_CHECK bool engine_plan(struct engine *e, const struct lang_call *calls, size_t n, struct run_end *end, struct err *err);
void engine_forget_tree(struct engine *e);
MUST_CHECK bool engine_run_planned(struct engine *e, struct run_end *end, struct err *err);

/* --- a run from a stored plan (plan_file.h), instead of engine_run --- */

/* Takes over both. */
struct plan;
struct plan_stored;
struct plan_guard;
void engine_use_stored(struct engine *e, const struct plan_stored *stored, const struct plan *plan);
/* Brings about what the plan is for. *usable false: it was damaged, and nothing has been done. */
MUST_CHECK bool engine_run_stored(struct engine *e, struct run_end *end, bool *usable, struct err *err);
/* Leaves the plan of the only engine_run or engine_plan, or of engine_run_stored where anything differs from what is stored. The guard is completed with the
 * variables that the recipes name; NULL: that of the stored plan. */
MUST_CHECK bool engine_save(struct engine *e, struct str path, struct plan_guard *guard, struct err *err);

#endif
