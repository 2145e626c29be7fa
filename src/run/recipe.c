/*
 * recipe.c: see recipe.h.
 *
 * Each call of a recipe is a job with a small state: asked, dependencies before, body, dependencies after. A stack of jobs that can go on takes the
 * place of recursion; a job that waits is pushed again by what it waits for. Where the stack is empty the run waits for a child. With
 * [parallel] a job pushes all its dependencies at once, so the same loop serves both.
 *
 * "Once": a set from (recipe, arguments) to its job. Dependencies that come after a recipe have a set of their own, so that they run even where they
 * ran before. A job that failed is forgotten there: another recipe that depends on it starts it anew, as just does.
 */
#include "run/recipe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "ext/jobserver.h"
#include "run/body.h"
#include "run/call.h"
#include "run/inputs.h"
#include "run/observe.h"

/* Calls that ran or are running, by recipe and arguments. */
struct ran {
	struct map jobs; /* struct job * */
};

enum job_state { JOB_NEW, JOB_PRIORS, JOB_BODY, JOB_CHILD, JOB_SUBSEQUENTS, JOB_DONE, JOB_FAILED };

/* A dependency to run, evaluated. */
struct planned {
	struct lang_call call;
	struct job *job;
};
typedef VEC(struct planned) plan;

struct job {
	struct lang_call call;
	struct str key;
	enum job_state state;
	struct ran *ran;                /* where it counts */
	const struct lang_scope *scope;
	plan plan;                      /* of the phase */
	size_t next;                    /* in the plan */
	size_t missing;                 /* dependencies that it waits for */
	bool is_planned;
	VEC(struct job *) waiters;      /* who waits for it */
	struct body *body;
	struct timespec began;
	uint32_t observed;              /* the observer's number */
	bool has_slot;                  /* of run_options.slots */
	struct err err;                 /* JOB_FAILED */
	struct run_end end;
};

struct run {
	struct lang_run *values;
	struct shells *shells;
	struct run_options options;
	struct run_hooks hooks;
	struct arena arena;
	struct ran ran;                 /* of the command line */
	VEC(struct job *) ready;
	VEC(struct job *) children;     /* jobs whose child runs */
	VEC(struct job *) queued;       /* bodies that wait for --jobs */
	VEC(pid_t) pids;                /* of `children` */
	VEC(struct job *) failed;       /* whose errors may be told by nobody */
};

static void ran_init(struct run *run, struct ran *ran)
{
	map_init(&ran->jobs, sizeof(struct job *), &run->arena);
}

struct run *run_new(struct lang_run *values, struct shells *shells, const struct run_options *options, const struct run_hooks *hooks)
{
	struct run *run = xcalloc(1, sizeof(*run));
	run->values = values;
	run->shells = shells;
	run->options = *options;
	if (hooks)
		run->hooks = *hooks;
	ran_init(run, &run->ran);
	return run;
}

void run_free(struct run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->failed.n; i++)
		err_deinit(&run->failed.p[i]->err);
	vec_deinit(&run->failed);
	vec_deinit(&run->ready);
	vec_deinit(&run->children);
	vec_deinit(&run->queued);
	vec_deinit(&run->pids);
	arena_deinit(&run->arena);
	free(run);
}

/* ---- calls ---- */

/* The job of a call: the one that there is, or a new one. */
static struct job *find_job(struct run *run, struct ran *ran, const struct lang_call *call)
{
	struct str key = call_key(call, &run->arena);
	struct job **slot = map_put(&ran->jobs, key);
	if (*slot)
		return *slot;
	struct job *job = arena_new(&run->arena, struct job);
	job->call = *call;
	job->key = key;
	job->ran = ran;
	*slot = job;
	return job;
}

/* The same; a new one is ready to go. */
static struct job *ask(struct run *run, struct ran *ran, const struct lang_call *call)
{
	size_t before = map_len(&ran->jobs);
	struct job *job = find_job(run, ran, call);
	if (map_len(&ran->jobs) > before)
		vec_push(&run->ready, job);
	return job;
}

static bool is_over(const struct job *job)
{
	return job->state == JOB_DONE || job->state == JOB_FAILED;
}

/* Ends the job and wakes who waits for it. */
static void end_job(struct run *run, struct job *job, enum job_state state)
{
	job->state = state;
	if (state == JOB_FAILED) {
		map_remove(&job->ran->jobs, job->key);
		vec_push(&run->failed, job);
	}
	for (size_t i = 0; i < job->waiters.n; i++) {
		struct job *waiter = job->waiters.p[i];
		if (--waiter->missing == 0)
			vec_push(&run->ready, waiter);
	}
}

static void fail_job(struct run *run, struct job *job, int status)
{
	if (job->end.status == 0)
		job->end.status = status;
	end_job(run, job, JOB_FAILED);
}

/* ---- dependencies ---- */

static bool plan_dependency(struct run *run, struct job *job, const struct lang_dependency *d, struct err *err)
{
	call_list calls = { 0 };
	if (!call_dependency(job->scope, d, &run->arena, &calls, err))
		return false;
	for (size_t i = 0; i < calls.n; i++)
		vec_push_in(&job->plan, &run->arena, (struct planned){ .call = calls.p[i] });
	return true;
}

static bool make_plan(struct run *run, struct job *job, size_t from, size_t to)
{
	job->plan = (plan){ 0 };
	job->next = 0;
	job->is_planned = true;
	for (size_t i = from; i < to && !run->options.no_deps; i++) {
		const struct lang_dependency *d = &job->call.recipe->deps[i];
		if (d->recipe && !plan_dependency(run, job, d, &job->err)) {
			fail_job(run, job, 1);
			return false;
		}
	}
	return true;
}

static void start_planned(struct run *run, struct job *job, struct planned *p, struct ran *ran)
{
	p->job = ask(run, ran, &p->call);
	if (is_over(p->job))
		return;
	job->missing++;
	vec_push_in(&p->job->waiters, &run->arena, job);
}

/* ---- cached recipes, which are handed over with all below them ---- */

static bool is_taken(const struct run *run, const struct lang_recipe *recipe)
{
	return run->hooks.takes && run->hooks.takes(run->hooks.ctx, recipe);
}

static bool run_cached(struct run *run, const struct lang_call *calls, size_t n, bool alone, struct run_end *end, struct err *err)
{
	run->hooks.beside(run->hooks.ctx, run->pids.p, run->pids.n);
	bool ok = run->hooks.cached(run->hooks.ctx, calls, n, alone, end, err);
	run->hooks.beside(run->hooks.ctx, NULL, 0);
	return ok;
}

static void hand_over(struct run *run, struct job *const *jobs, size_t n)
{
	struct lang_call *calls = arena_array(&run->arena, struct lang_call, n);
	for (size_t i = 0; i < n; i++)
		calls[i] = jobs[i]->call;
	bool ok = run_cached(run, calls, n, false, &jobs[0]->end, &jobs[0]->err);
	for (size_t i = 0; i < n; i++) {
		if (ok)
			end_job(run, jobs[i], JOB_DONE);
		else
			fail_job(run, jobs[i], 1);
	}
}

/* Hands over the next dependencies as far as they are such recipes. */
static bool take_batch(struct run *run, struct job *job, struct ran *ran)
{
	VEC(struct job *) jobs = { 0 };
	size_t before = job->next;
	for (; job->next < job->plan.n && is_taken(run, job->plan.p[job->next].call.recipe); job->next++) {
		struct planned *p = &job->plan.p[job->next];
		p->job = find_job(run, ran, &p->call);
		if (!is_over(p->job))
			vec_push_in(&jobs, &run->arena, p->job);
	}
	if (jobs.n > 0)
		hand_over(run, jobs.p, jobs.n);
	return job->next > before;
}

/* Takes over the failure of a dependency; of one that another recipe had started, starts it again. True where the job failed. */
static bool dependency_failed(struct run *run, struct job *job)
{
	for (size_t i = 0; i < job->next; i++) {
		struct job *d = job->plan.p[i].job;
		if (d->state != JOB_FAILED)
			continue;
		if (d->waiters.n > 0 && d->waiters.p[0] != job) {
			start_planned(run, job, &job->plan.p[i], d->ran);
			continue;
		}
		job->end = d->end;
		err_move(&job->err, &d->err);
		fail_job(run, job, 1);
		return true;
	}
	return false;
}

/* Whether the phase's dependencies have run; starts what is to start. False also where the job failed. */
static bool dependencies_done(struct run *run, struct job *job, struct ran *ran)
{
	if (dependency_failed(run, job) || job->missing > 0)
		return false;
	bool parallel = lang_has(&job->call.recipe->attributes, LANG_ATTR_PARALLEL);
	size_t before = run->ready.n;
	while (job->next < job->plan.n && (parallel || job->missing == 0)) {
		if (!take_batch(run, job, ran))
			start_planned(run, job, &job->plan.p[job->next++], ran);
		else if (dependency_failed(run, job))
			return false;
	}
	/* The stack's top goes first: the first dependency. */
	for (size_t low = before, high = run->ready.n; low + 1 < high; low++) {
		struct job *swapped = run->ready.p[low];
		run->ready.p[low] = run->ready.p[--high];
		run->ready.p[high] = swapped;
	}
	return job->missing == 0;
}

/* ---- the states ---- */

static void note(const struct run *run, const char *style, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void note(const struct run *run, const char *style, const char *fmt, ...)
{
	AUTO_BUF text = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(&text, fmt, ap);
	va_end(ap);
	run_say(&run->options, style, buf_str(&text));
}

/* Asks the user where the recipe says so. */
static bool confirm(struct run *run, struct job *job)
{
	const struct lang_recipe *recipe = job->call.recipe;
	const struct lang_attribute *attribute = lang_attr(&recipe->attributes, LANG_ATTR_CONFIRM);
	if (!attribute || run->options.yes)
		return true;
	struct str prompt = arena_fmt(&run->arena, "Run recipe `%.*s`?", STR_ARG(recipe->name.s));
	struct lang_value value;
	if (attribute->n_args > 0) {
		if (!lang_eval(lang_scope_without_env(job->scope, &run->arena), attribute->args[0], &run->arena, &value, &job->err))
			return false;
		prompt = lang_join(&run->arena, &value);
	}
	AUTO_BUF text = { 0 };
	buf_addf(&text, "%.*s ", STR_ARG(prompt));
	if (write(STDERR_FILENO, text.p, text.n) < 0)
		return err_set(&job->err, ERR_IO, "cannot ask on standard error");
	AUTO_BUF answer = { 0 };
	shells_read_line(run->shells, &answer);
	if (!utf8_valid(buf_str(&answer)))
		return err_set(&job->err, ERR_IO, "failed to read confirmation from stdin: stream did not contain valid UTF-8");
	struct str line = str_trim(buf_str(&answer));
	if (str_eq_nocase(line, STR("y")) || str_eq_nocase(line, STR("yes")))
		return true;
	return err_set(&job->err, ERR_FAILED, "recipe `%.*s` was not confirmed", STR_ARG(recipe->name.s));
}

static void begin_job(struct run *run, struct job *job)
{
	job->call.recipe = lang_run_unfold(run->values, job->call.recipe);
	if (run->options.inputs && !lang_recipe_is_pure(job->call.recipe))
		inputs_unknown(run->options.inputs);
	if (!lang_call_scope(run->values, &job->call, &run->arena, &job->scope, &job->err) || !confirm(run, job)) {
		fail_job(run, job, 1);
		return;
	}
	job->state = JOB_PRIORS;
	vec_push(&run->ready, job);
}

static void advance_priors(struct run *run, struct job *job)
{
	if (!job->is_planned && !make_plan(run, job, 0, job->call.recipe->n_priors))
		return;
	if (!dependencies_done(run, job, job->ran)) {
		return;
	}
	job->state = JOB_BODY;
	job->is_planned = false;
	vec_push(&run->ready, job);
}

static void finish_body(struct run *run, struct job *job, enum body_state state);

/* Whether an empty body's attributes have expressions that could be seen to be evaluated. */
static bool has_effects(const struct lang_recipe *recipe)
{
	return lang_has(&recipe->attributes, LANG_ATTR_WORKING_DIRECTORY) || lang_has(&recipe->attributes, LANG_ATTR_TIMESTAMP);
}

static void give_slot(struct run *run, struct job *job)
{
	if (job->has_slot)
		job_slots_give(run->options.slots);
	job->has_slot = false;
}

/* Says what is about to run, then runs the body until it waits. */
static void begin_body(struct run *run, struct job *job)
{
	const struct run_options *o = &run->options;
	const struct lang_recipe *recipe = job->call.recipe;
	if (o->jobs > 0 && run->children.n >= o->jobs) {
		vec_push(&run->queued, job);
		return;
	}
	/* The first one goes on in any case: somebody has to. */
	if (!job->has_slot)
		job->has_slot = job_slots_take(o->slots);
	if (!job->has_slot && run->children.n > 0) {
		vec_push(&run->queued, job);
		return;
	}
	if (run->hooks.caches && run->hooks.caches(run->hooks.ctx, recipe))
		give_slot(run, job); /* it takes slots of its own */
	if (run->hooks.caches && run->hooks.caches(run->hooks.ctx, recipe)) {
		if (run_cached(run, &job->call, 1, true, &job->end, &job->err)) {
			job->state = JOB_SUBSEQUENTS;
			vec_push(&run->ready, job);
		} else {
			fail_job(run, job, 1);
		}
		return;
	}
	if (o->verbosity > 0)
		note(run, "1;36", "===> running recipe `%.*s`...", STR_ARG(recipe->path));
	if (o->explain && recipe->doc.p)
		note(run, "1;36", "#### %.*s", STR_ARG(recipe->doc));
	clock_gettime(CLOCK_MONOTONIC, &job->began);
	if (recipe->n_lines == 0 && !recipe->is_script && !has_effects(recipe)) {
		finish_body(run, job, BODY_DONE);
		return;
	}
	job->body = arena_new(&run->arena, struct body);
	*job->body = (struct body){ .options = &run->options, .hooks = &run->hooks, .shells = run->shells, .recipe = recipe,
	                            .scope = job->scope, .args = job->call.args, .arena = &run->arena };
	finish_body(run, job, body_begin(job->body, &job->err) ? body_advance(job->body, &job->err) : BODY_FAILED);
}

static void add_child(struct run *run, struct job *job)
{
	job->state = JOB_CHILD;
	vec_push(&run->children, job);
	vec_push(&run->pids, job->body->child);
}

/* Tells of a body that has something of its own to do; step lines are told of one by one. */
static void observe_job(struct run *run, struct job *job)
{
	const struct lang_recipe *recipe = job->call.recipe;
	AUTO_BUF name = { 0 };
	if (!run->options.observe || run->options.dry_run || job->observed || !job->body || job->body->is_steps)
		return;
	buf_add(&name, recipe->path);
	for (size_t i = 0; i < recipe->n_params; i++)
		for (size_t k = 0; k < job->call.args[i].n; k++)
			buf_addf(&name, " %.*s", STR_ARG(job->call.args[i].p[k]));
	struct observe_task task = { .kind = OBSERVE_RECIPE, .name = buf_str(&name), .file = recipe->name.at.file->display, .line = recipe->line };
	job->observed = observe_begin(run->options.observe, &task);
}

static void observe_job_end(struct run *run, struct job *job, enum body_state state)
{
	struct observe_result result = { .how = state == BODY_FAILED ? OBSERVE_FAILED : OBSERVE_RAN };
	if (!job->observed)
		return;
	if (state == BODY_FAILED) {
		result.status = job->body->end.status;
		result.line = job->call.recipe->is_script ? 0 : job->body->line_number;
		result.err = &job->err;
	}
	observe_end(run->options.observe, job->observed, &result);
	job->observed = 0;
}

static void finish_body(struct run *run, struct job *job, enum body_state state)
{
	if (job->body && !job->body->is_steps)
		inputs_unknown(run->options.inputs);
	observe_job(run, job);
	if (state != BODY_WAITS)
		observe_job_end(run, job, state);
	if (state == BODY_WAITS) {
		add_child(run, job);
		return;
	}
	give_slot(run, job);
	if (job->body)
		body_end(job->body);
	if (run->options.time) {
		struct timespec now;
		clock_gettime(CLOCK_MONOTONIC, &now);
		double seconds = (double)(now.tv_sec - job->began.tv_sec) + (double)(now.tv_nsec - job->began.tv_nsec) / 1e9;
		note(run, "1", "---> %.*s completed in %.3fs", STR_ARG(job->call.recipe->name.s), seconds);
	}
	if (state == BODY_FAILED) {
		job->end = job->body->end;
		fail_job(run, job, 1);
		return;
	}
	job->state = JOB_SUBSEQUENTS;
	vec_push(&run->ready, job);
}

static void advance_subsequents(struct run *run, struct job *job)
{
	const struct lang_recipe *recipe = job->call.recipe;
	if (recipe->n_deps == recipe->n_priors) {
		end_job(run, job, JOB_DONE);
		return;
	}
	if (!job->is_planned) {
		job->body = NULL;
		if (!make_plan(run, job, recipe->n_priors, recipe->n_deps))
			return;
	}
	/* One set for all that follow this recipe; it is found through the first of them. */
	struct ran *ran = job->next > 0 ? job->plan.p[0].job->ran : NULL;
	if (!ran) {
		ran = arena_new(&run->arena, struct ran);
		ran_init(run, ran);
	}
	if (dependencies_done(run, job, ran))
		end_job(run, job, JOB_DONE);
}

static void advance(struct run *run, struct job *job)
{
	switch (job->state) {
	case JOB_NEW:
		begin_job(run, job);
		break;
	case JOB_PRIORS:
		advance_priors(run, job);
		break;
	case JOB_BODY:
		begin_body(run, job);
		break;
	case JOB_SUBSEQUENTS:
		advance_subsequents(run, job);
		break;
	default:
		break;
	}
}

static bool may_start(const struct run *run)
{
	return run->options.jobs == 0 || run->children.n < run->options.jobs;
}

/* Lets the body that waits the longest begin, where there is a slot for it. */
static void start_queued(struct run *run)
{
	struct job *next = run->queued.p[0];
	next->has_slot = job_slots_take(run->options.slots);
	if (!next->has_slot && run->children.n > 0)
		return;
	memmove(run->queued.p, run->queued.p + 1, --run->queued.n * sizeof(run->queued.p[0]));
	vec_push(&run->ready, next);
}

/* Waits for a child and lets its job go on, or for a slot. */
static void wait_child(struct run *run)
{
	size_t which;
	int status;
	int more = run->queued.n > 0 && may_start(run) ? job_slots_fd(run->options.slots) : -1;
	if (more < 0) {
		shells_wait(run->shells, run->pids.p, run->pids.n, &which, &status);
	} else if (!shells_wait_or(run->shells, more, run->pids.p, run->pids.n, &which, &status)) {
		start_queued(run);
		return;
	}
	struct job *job = run->children.p[which];
	run->children.p[which] = vec_last(&run->children);
	run->pids.p[which] = vec_last(&run->pids);
	run->children.n--;
	run->pids.n--;
	finish_body(run, job, body_resume(job->body, status, &job->err));
	if (run->queued.n > 0 && may_start(run))
		start_queued(run);
}

bool run_invoke(struct run *run, const struct lang_call *call, struct run_end *end, struct err *err)
{
	bool taken = is_taken(run, call->recipe);
	struct job *job = taken ? find_job(run, &run->ran, call) : ask(run, &run->ran, call);
	if (taken && !is_over(job))
		hand_over(run, &job, 1);
	while (!is_over(job)) {
		if (run->ready.n > 0)
			advance(run, run->ready.p[--run->ready.n]);
		else
			wait_child(run);
	}
	if (job->state == JOB_DONE)
		return true;
	*end = job->end;
	err_move(err, &job->err);
	return false;
}
