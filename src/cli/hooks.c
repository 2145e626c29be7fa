/* A thin layer: steps go to the session (step/session.h), [cache] to the engine (run/engine.h). */
#include "cli/hooks.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/path.h"
#include "cli/cmd.h"
#include "run/engine.h"
#include "run/observe.h"
#include "store/state.h"

struct hooks {
	struct cmd_step_options options;
	enum hooks_mode mode;
	struct run_hooks table;
	struct step_session *session;
	struct hooks_run run;
	struct engine *engine;
	VEC(uint32_t) told; /* the observer's number of each of the engine's nodes; 0: none yet */
};

/* Between two calls shell recipes may have written any file. */
static bool open_session(struct hooks *h, struct err *err)
{
	if (h->session)
		state_look_again(step_session_host(h->session)->state);
	return h->session || cmd_step_session(&h->options, &h->session, err);
}

/* `raibid-run --steps`, by any path. */
static bool is_steps(void *ctx, const struct str *words, size_t n)
{
	(void)ctx;
	return n == 2 && str_eq(path_base(words[0]), STR("raibid-run")) && str_eq(words[1], STR("--steps"));
}

static bool explain(struct hooks *h, const struct step_script *script, struct err *err)
{
	AUTO_BUF text = { 0 };
	if (!step_session_explain(h->session, script, &text, err))
		return false;
	return cli_print(&text, err);
}

/* Recipes run with the fatal signals blocked and taken where a child is waited for (run/shell.c); a step in process has its handler instead. */
static void listen_to_signals(sigset_t *before)
{
	sigset_t fatal;
	sigemptyset(&fatal);
	sigaddset(&fatal, SIGHUP);
	sigaddset(&fatal, SIGINT);
	sigaddset(&fatal, SIGQUIT);
	sigaddset(&fatal, SIGTERM);
	pthread_sigmask(SIG_UNBLOCK, &fatal, before);
}

static bool steps(void *ctx, const struct run_body *body, int *status, struct err *err)
{
	struct hooks *h = ctx;
	struct step_script script = { .text = body->script, .file = body->recipe->name.at.file->display, .line = 1, .cwd = body->directory };
	enum step_status verdict = STEP_OK;
	if (!open_session(h, err))
		return false;
	if (h->mode != HOOKS_RUN) {
		*status = 0;
		return explain(h, &script, err);
	}
	struct err failed = { 0 };
	sigset_t before;
	listen_to_signals(&before);
	bool ok = step_session_script(h->session, &script, &verdict, &failed);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ok) {
		*status = (int)verdict;
		return true;
	}
	/* The step's own error, and its own exit status: just's "Recipe … failed" would add nothing. */
	cmd_step_print_err(&failed, &h->options);
	*status = cmd_step_exit_code(failed.kind);
	err_deinit(&failed);
	return true;
}

/* --- cached recipes --- */

static bool caches(void *ctx, const struct lang_recipe *recipe)
{
	(void)ctx;
	return engine_caches(recipe);
}

static void report(void *ctx, const struct err *err)
{
	struct hooks *h = ctx;
	cmd_step_print_err(err, &h->options);
}

/* Hands on what happens to cached recipes to whoever is told of the run. */
static void watch(void *ctx, const struct engine_event *event)
{
	static const enum observe_how hows[] = {
		[ENGINE_RAN] = OBSERVE_RAN, [ENGINE_CACHED] = OBSERVE_WAS_CACHED, [ENGINE_RESTORED] = OBSERVE_RESTORED,
		[ENGINE_FAILED] = OBSERVE_FAILED, [ENGINE_SKIPPED] = OBSERVE_SKIPPED,
	};
	struct hooks *h = ctx;
	struct observe_task task = { .kind = OBSERVE_CACHED, .name = event->shown, .file = event->file, .line = event->line, .why = event->why };
	while (h->told.n <= event->node)
		vec_push(&h->told, 0);
	uint32_t *id = &h->told.p[event->node];
	if (*id == 0)
		*id = observe_begin(h->options.observe, &task);
	if (event->begins)
		return;
	bool taken = event->fate == ENGINE_CACHED || event->fate == ENGINE_RESTORED;
	struct observe_result result = { .how = hows[event->fate], .status = event->status, .saved_ms = taken ? event->duration_ms : 0, .err = event->err };
	observe_end(h->options.observe, *id, &result);
	*id = 0;
}

/* The engine is made when the first cached recipe is come to. */
static bool open_engine(struct hooks *h, struct err *err)
{
	if (h->engine)
		return true;
	if (!open_session(h, err))
		return false;
	struct engine_options o = { .host = step_session_host(h->session), .values = h->run.values, .shells = h->run.shells, .run = h->run.options,
				    .n_recipes = h->run.n_recipes, .mode = h->mode == HOOKS_RUN ? ENGINE_RUN : h->mode == HOOKS_DRY ? ENGINE_DRY : ENGINE_WHY,
				    .keep_going = h->run.keep_going, .replay = h->run.replay, .why = h->run.why, .output = h->options.output, .observe = h->options.observe,
				    .watch = h->options.observe ? watch : NULL, .watch_ctx = h, .report = report, .report_ctx = h };
	h->engine = engine_new(&o);
	return true;
}

static bool takes(void *ctx, const struct lang_recipe *recipe)
{
	struct hooks *h = ctx;
	AUTO_ERR err = { 0 };
	return !h->run.options->no_deps && engine_may_take(recipe) && open_engine(h, &err) && engine_takes(h->engine, recipe);
}

static bool cached(void *ctx, const struct lang_call *calls, size_t n, bool alone, struct run_end *end, struct err *err)
{
	struct hooks *h = ctx;
	*end = (struct run_end){ .status = 1 };
	if (!open_engine(h, err))
		return false;
	return engine_run(h->engine, calls, n, alone ? ENGINE_ALONE : ENGINE_CLOSURE, end, err);
}

static void beside(void *ctx, const pid_t *pids, size_t n)
{
	struct hooks *h = ctx;
	AUTO_ERR err = { 0 };
	if (h->engine || (n > 0 && open_engine(h, &err))) /* what it fails by is told when something is to be run */
		engine_beside(h->engine, pids, n);
}

bool hooks_run_stored(struct hooks *h, const struct plan_stored *stored, const struct plan *plan, struct str path, struct run_end *end, bool *done,
		      struct err *err)
{
	AUTO_ERR ignored = { 0 };
	if (!open_engine(h, err))
		return false;
	engine_use_stored(h->engine, stored, plan);
	bool ok = engine_run_stored(h->engine, end, done, err);
	if (*done && !engine_save(h->engine, path, NULL, &ignored))
		err_deinit(&ignored);
	return ok;
}

bool hooks_plan(struct hooks *h, const struct lang_call *call, bool *planned, struct run_end *end, struct err *err)
{
	*planned = h->mode == HOOKS_RUN && takes(h, call->recipe);
	if (!*planned)
		return true;
	if (!engine_plan(h->engine, call, 1, end, err))
		return false;
	engine_forget_tree(h->engine);
	h->run.values = NULL;
	h->run.shells = NULL;
	return true;
}

bool hooks_run_planned(struct hooks *h, struct run_end *end, struct err *err)
{
	return engine_run_planned(h->engine, end, err);
}

bool hooks_save(struct hooks *h, struct str path, struct plan_guard *guard, struct err *err)
{
	return engine_save(h->engine, path, guard, err);
}

void hooks_set_run(struct hooks *h, const struct hooks_run *run)
{
	engine_free(h->engine);
	h->engine = NULL;
	h->told.n = 0;
	h->run = *run;
}

struct hooks *hooks_new(const struct cmd_step_options *options, enum hooks_mode mode)
{
	struct hooks *h = xcalloc(1, sizeof(*h));
	h->options = *options;
	h->mode = mode;
	h->table = (struct run_hooks){ .ctx = h, .is_steps = is_steps, .steps = steps, .caches = caches, .takes = takes, .cached = cached, .beside = beside };
	return h;
}

void hooks_free(struct hooks *h)
{
	if (!h)
		return;
	engine_free(h->engine);
	step_session_free(h->session);
	vec_deinit(&h->told);
	free(h);
}

const struct run_hooks *hooks_table(struct hooks *h)
{
	return &h->table;
}
