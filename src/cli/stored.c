/* The plan's file is named by the question's digest, and holds it. Only the newest are kept. */
#include "cli/stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"
#include "run/node.h"
#include "run/plan_file.h"

enum { PLANS_KEPT = 16 };

static struct digest question_of(const struct cli *cli)
{
	struct sha256 h;
	char colors[] = { cli->stdout_color ? '1' : '0', cli->stderr_color ? '1' : '0' };
	sha256_init(&h);
	sha256_add_field(&h, STR("raibid-run plan 1"));
	node_add_program(&h);
	sha256_add_field(&h, cli->invocation_directory);
	sha256_add_field(&h, (struct str){ colors, sizeof(colors) });
	for (int i = 1; i < cli->argc; i++)
		sha256_add_field(&h, str_c(cli->argv[i]));
	sha256_add_field(&h, STR("environment"));
	for (char **v = cli->environ; *v; v++)
		if (strncmp(*v, "JUST_", 5) == 0 || strncmp(*v, "RAIBID_", 7) == 0)
			sha256_add_field(&h, str_c(*v));
	return sha256_end(&h);
}

static struct str plans_folder(struct cli *cli)
{
	return path_join(&cli->arena, cli->search.working_directory, STR(".raibid/plans"));
}

static struct str plan_path(struct cli *cli, const struct digest *question)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(question, hex);
	return arena_fmt(&cli->arena, "%.*s/%.32s", STR_ARG(plans_folder(cli)), hex);
}

static bool guard_holds(const struct cli *cli, const struct plan_guard *g)
{
	for (size_t i = 0; i < g->sources.n; i++) {
		struct stat st;
		struct plan_stamp now = { 0 };
		if (fs_stat(g->sources.p[i].path, FS_FOLLOW, &st))
			plan_stamp_of(&st, &now);
		if (!plan_stamp_eq(&now, &g->sources.p[i].stamp))
			return false;
	}
	for (size_t i = 0; i < g->variables.n; i++) {
		struct str now = env_get(cli->environ, g->variables.p[i].name), then = g->variables.p[i].value;
		if ((now.p == NULL) != (then.p == NULL) || !str_eq(now, then))
			return false;
	}
	return g->sources.n > 0 && str_eq(g->sources.p[0].path, cli->search.path);
}

/* A run that is watched reads the tasks file, and tells of all that it reads. */
static bool may_be_stored(const struct options *o)
{
	return o->extensions && !o->watch && !o->command && !o->dry_run && !o->force && !o->no_cache;
}

bool stored_run(struct cli *cli, struct cmd_end *end, bool *done, struct err *err)
{
	AUTO_ERR ignored = { 0 };
	struct plan_stored stored;
	struct plan plan;
	struct run_options options;
	struct hooks_run run;
	*done = false;
	clock_gettime(CLOCK_REALTIME, &cli->began);
	if (!may_be_stored(&cli->options) || !search_locate(&cli->where, &cli->arena, &cli->search, &ignored) || cli->search.is_copied ||
	    cli->search.is_builtin)
		return true;
	struct digest question = question_of(cli);
	struct str path = plan_path(cli, &question);
	if (!plan_file_open(path, &question, &stored, &plan))
		return true;
	if (!guard_holds(cli, &stored.guard) || !fs_is_file(path_join(&cli->arena, cli->search.working_directory, STR(".raibid/state.db"))) ||
	    !commands_hold(cli, &stored.guard)) {
		plan_file_close(&stored);
		return true;
	}
	stored_options(cli, &options, &run);
	struct cmd_step_options steps = cli_step_options(cli);
	cli->hooks = hooks_new(&steps, HOOKS_RUN);
	hooks_set_run(cli->hooks, &run);
	struct run_end ended = { 0 };
	bool ok = hooks_run_stored(cli->hooks, &stored, &plan, path, &ended, done, err);
	if (!ok) {
		end->status = ended.status;
		end->silent = ended.silent;
	}
	hooks_free(cli->hooks);
	cli->hooks = NULL;
	return ok;
}

/* --- saving --- */

/* Whether the same words give the same plan as long as all that was read, or looked for, the variables, and what commands print are the same. */
static bool is_constant(const struct cli *cli)
{
	return !cli->search.is_copied && !cli->search.is_builtin && lang_values_are_pure(&cli->tree, LANG_COMMANDS_COUNT_NOT);
}

static bool add_source(struct cli *cli, struct plan_guard *g, struct str path)
{
	struct stat st;
	struct plan_source s = { .path = arena_str(&cli->arena, path) };
	if (fs_stat(path, FS_FOLLOW, &st)) {
		plan_stamp_of(&st, &s.stamp);
		/* A file changed since the run began, or just before, may not be the one that was read; and what was not there may have been made since. */
		int64_t began = (int64_t)cli->began.tv_sec * 1000000000 + cli->began.tv_nsec - 50000000;
		if (s.stamp.mtime >= began || s.stamp.ctime >= began || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
			return false;
	}
	vec_push(&g->sources, s);
	return true;
}

static bool add_sources(struct cli *cli, struct plan_guard *g)
{
	for (size_t i = 0; i < cli->tree.files.n; i++)
		if (!add_source(cli, g, cli->tree.files.p[i]->path))
			return false;
	for (size_t i = 0; i < cli->tree.looked.n; i++)
		if (!add_source(cli, g, cli->tree.looked.p[i]))
			return false;
	for (size_t i = 0; i < cli->looked.n; i++)
		if (!add_source(cli, g, cli->looked.p[i]))
			return false;
	return true;
}

static void add_variables(const struct cli *cli, struct plan_guard *g)
{
	for (size_t i = 0; i < map_len(&cli->asked); i++) {
		struct str name = map_key(&cli->asked, i);
		vec_push(&g->variables, (struct plan_variable){ name, env_get(cli->environ, name) });
	}
}

static int by_age(const void *a, const void *b)
{
	const struct { struct timespec at; struct str path; } *x = a, *y = b;
	return x->at.tv_sec != y->at.tv_sec ? (x->at.tv_sec > y->at.tv_sec) - (x->at.tv_sec < y->at.tv_sec)
					    : (x->at.tv_nsec > y->at.tv_nsec) - (x->at.tv_nsec < y->at.tv_nsec);
}

/* Removes the oldest. */
static void prune(struct cli *cli)
{
	fs_entries entries;
	AUTO_ERR ignored = { 0 };
	struct str folder = plans_folder(cli);
	if (!fs_list(folder, &cli->arena, &entries, &ignored) || entries.n <= PLANS_KEPT)
		return;
	struct { struct timespec at; struct str path; } *all = arena_alloc(&cli->arena, entries.n * sizeof(*all));
	for (size_t i = 0; i < entries.n; i++) {
		struct stat st = { 0 };
		all[i].path = path_join(&cli->arena, folder, entries.p[i].name);
		fs_stat(all[i].path, FS_NOFOLLOW, &st);
		all[i].at = st.st_mtim;
	}
	qsort(all, entries.n, sizeof(*all), by_age);
	for (size_t i = 0; i + PLANS_KEPT < entries.n; i++)
		unlink(arena_cstr(&cli->arena, all[i].path));
}

void stored_prepare(struct cli *cli, struct stored_leaving *l)
{
	*l = (struct stored_leaving){ 0 };
	l->may = may_be_stored(&cli->options) && is_constant(cli) && add_sources(cli, &l->guard);
	if (!l->may)
		return;
	add_variables(cli, &l->guard);
	for (size_t i = 0; i < cli->commands.ran.n; i++)
		vec_push(&l->guard.commands, cli->commands.ran.p[i]);
	l->guard.question = question_of(cli);
}

void stored_leave(struct cli *cli, struct stored_leaving *l)
{
	AUTO_ERR ignored = { 0 };
	if (l->may && fs_mkdirs(plans_folder(cli), 0700, &ignored) && hooks_save(cli->hooks, plan_path(cli, &l->guard.question), &l->guard, &ignored))
		prune(cli);
	vec_deinit(&l->guard.sources);
	vec_deinit(&l->guard.variables);
	vec_deinit(&l->guard.commands);
}
