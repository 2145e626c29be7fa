/* Nothing here touches the disk before a step runs: a session that runs no step costs a few allocations. */
#include "step/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"
#include "run/sched.h"
#include "step/cache.h"
#include "step/step.h"
#include "store/keep.h"
#include "store/state.h"
#include "store/store.h"

struct step_session {
	struct arena arena;
	struct step_session_options opt;
	struct step_host host;
};

static void warn(void *ctx, const char *message)
{
	struct step_session *s = ctx;
	out_warn(s->host.out, "%s", message);
}

static int processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (int)MIN(n, 64) : 1;
}

struct step_session *step_session_new(const struct step_session_options *options)
{
	struct step_session *s = xcalloc(1, sizeof(*s));
	s->opt = *options;
	s->opt.root = arena_str(&s->arena, options->root);
	struct state *state = state_new(s->opt.root, warn, s);
	struct str cache = store_default_dir(&s->arena, env_get(options->environ, STR("XDG_CACHE_HOME")), env_get(options->environ, STR("HOME")), state_dir(state));
	s->host = (struct step_host){
		.root = s->opt.root,
		.environ = options->environ,
		.out = out_new(&options->out),
		.state = state,
		.store = store_new(cache, STR_NONE),
		.cancel = options->cancel,
		.jobs = options->jobs > 0 ? options->jobs : processors(),
		.force = options->force,
		.no_cache = options->no_cache,
		.why = options->why,
		.verbose = options->out.verbose,
		.inputs = options->inputs,
		.slots = options->slots,
		.steps = step_table,
	};
	return s;
}

void step_session_free(struct step_session *s)
{
	if (!s)
		return;
	if (state_has_put(s->host.state)) {
		keep_register(s->host.store, s->host.root);
		cache_tidy(&s->host);
	}
	state_free(s->host.state);
	store_free(s->host.store);
	out_free(s->host.out);
	arena_deinit(&s->arena);
	free(s);
}

static bool run_lines(struct step_session *s, const words_lines *lines, struct str cwd, struct str file, struct arena *a,
		      enum step_status *status, struct err *err)
{
	sched_nodes nodes;
	*status = STEP_OK;
	return sched_plan(&s->host, lines, cwd, file, a, &nodes, err) &&
	       sched_run(&s->host, &nodes, s->opt.report, s->opt.report_ctx, status, err) && out_check(s->host.out, err);
}

bool step_session_script(struct step_session *s, const struct step_script *script, enum step_status *status, struct err *err)
{
	struct arena a = { 0 };
	words_lines lines;
	bool ok = words_split(script->text, script->file, script->line, &a, &lines, err) &&
		  run_lines(s, &lines, script->cwd, script->file, &a, status, err);
	arena_deinit(&a);
	return ok;
}

bool step_session_words(struct step_session *s, const step_words *words, struct str cwd, enum step_status *status, struct err *err)
{
	struct arena a = { 0 };
	words_lines lines = { 0 };
	vec_push_in(&lines, &a, (struct words_line){ *words, 0 });
	bool ok = run_lines(s, &lines, cwd, STR_NONE, &a, status, err);
	arena_deinit(&a);
	return ok;
}

const struct step_host *step_session_host(const struct step_session *s)
{
	return &s->host;
}

bool step_session_explain(struct step_session *s, const struct step_script *script, struct buf *out, struct err *err)
{
	struct arena a = { 0 };
	words_lines lines;
	sched_nodes nodes;
	bool ok = words_split(script->text, script->file, script->line, &a, &lines, err) &&
		  sched_plan(&s->host, &lines, script->cwd, script->file, &a, &nodes, err) && sched_explain(&s->host, &nodes, out, err);
	arena_deinit(&a);
	return ok;
}

struct str step_find_root(struct arena *a, struct str dir)
{
	static const struct str marks[] = { STR_INIT(".raibid"), STR_INIT("charts"), STR_INIT("environments") };
	for (struct str at = dir;; at = path_dir(a, at)) {
		for (size_t i = 0; i < ARRAY_LEN(marks); i++)
			if (fs_is_dir(path_join(a, at, marks[i])))
				return at;
		if (at.n <= 1)
			return dir;
	}
}

int step_exit_code(enum err_kind kind)
{
	switch (kind) {
	case ERR_USAGE: return STEP_USAGE;
	case ERR_TIMEOUT: return STEP_NOT_READY;
	case ERR_CONFLICT: return STEP_CONFLICT;
	case ERR_INTEGRITY: return STEP_INTEGRITY;
	case ERR_CANCELLED: return 130;
	default: return STEP_FAILED;
	}
}
