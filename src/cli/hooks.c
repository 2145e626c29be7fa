/* A thin layer: steps go to the session (step/session.h), [cache] to run/cached.h. */
#include "cli/hooks.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/path.h"
#include "run/cached.h"
#include "store/state.h"

struct hooks {
	struct cmd_step_options options;
	enum hooks_mode mode;
	struct run_hooks table;
	struct step_session *session;
	/* When the cached recipes that run now began; with [parallel] there may be several. */
	VEC(struct { const struct lang_scope *scope; struct cached_start start; }) began;
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
	fwrite(text.p, 1, text.n, stdout);
	return true;
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
	struct step_script script = { .text = body->script, .file = body->recipe->file->display, .line = 1, .cwd = body->directory };
	enum step_status verdict = STEP_OK;
	if (!open_session(h, err))
		return false;
	if (h->mode == HOOKS_EXPLAIN) {
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
	*status = step_exit_code(failed.kind);
	err_deinit(&failed);
	return true;
}

static struct cached_body cached_of(const struct run_body *body)
{
	return (struct cached_body){ .recipe = body->recipe, .scope = body->scope, .directory = body->directory, .script = body->script,
				     .environ = body->environ };
}

static bool cache_begin(void *ctx, const struct run_body *body, bool *fresh, struct err *err)
{
	struct hooks *h = ctx;
	struct cached_body cached = cached_of(body);
	struct cached_start start;
	if (!open_session(h, err) || !cached_begin(step_session_host(h->session), &cached, &start, fresh, err))
		return false;
	if (!*fresh)
		vec_push(&h->began, (__typeof__(*h->began.p)){ body->scope, start });
	return true;
}

static bool cache_end(void *ctx, const struct run_body *body, struct err *err)
{
	struct hooks *h = ctx;
	struct cached_body cached = cached_of(body);
	struct cached_start start = { 0 };
	for (size_t i = 0; i < h->began.n; i++)
		if (h->began.p[i].scope == body->scope)
			start = h->began.p[i].start;
	state_look_again(step_session_host(h->session)->state);
	return cached_end(step_session_host(h->session), &cached, &start, err);
}

struct hooks *hooks_new(const struct cmd_step_options *options, enum hooks_mode mode)
{
	struct hooks *h = xcalloc(1, sizeof(*h));
	h->options = *options;
	h->mode = mode;
	h->table = (struct run_hooks){ .ctx = h, .is_steps = is_steps, .steps = steps, .cache_begin = cache_begin, .cache_end = cache_end };
	return h;
}

void hooks_free(struct hooks *h)
{
	if (!h)
		return;
	step_session_free(h->session);
	vec_deinit(&h->began);
	free(h);
}

const struct run_hooks *hooks_table(struct hooks *h)
{
	return &h->table;
}
