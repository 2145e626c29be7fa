/*
 * cmd_run.c: recipes from the command line.
 *
 * All words are read before anything runs, so that a misspelled second recipe costs nothing. Where the first names no recipe here and the file says
 * `set fallback`, the next file above is tried with the same words.
 */
#include <stdio.h>

#include "base/path.h"
#include "cli/cmd.h"
#include "cli/stored.h"
#include "run/invoke.h"
#include "step/step.h"

/* Values of a parameter as the language takes them: those given, or one for each flag. */
static bool bind(struct cli *cli, const struct lang_scope *scope, const struct lang_param *param, const struct invoke_arg *arg,
		 struct lang_value *out, struct err *err)
{
	*out = (struct lang_value){ arg->values, arg->n };
	if (arg->flags == 0)
		return true;
	struct lang_value each = lang_value_of(&cli->arena, STR("true"));
	if (param->arg->value && !lang_eval(scope, param->arg->value, &cli->arena, &each, err))
		return false;
	VEC(struct str) all = { 0 };
	for (size_t i = 0; i < arg->flags; i++) {
		for (size_t j = 0; j < each.n; j++)
			vec_push_in(&all, &cli->arena, each.p[j]);
	}
	*out = (struct lang_value){ all.p, all.n };
	return true;
}

static bool bind_all(struct cli *cli, const struct invocation *one, struct lang_call *call, struct cmd_end *end, struct err *err)
{
	const struct lang_recipe *recipe = one->recipe;
	const struct lang_scope *scope;
	struct lang_value *args = arena_array(&cli->arena, struct lang_value, recipe->n_params + 1);
	*call = (struct lang_call){ .recipe = recipe, .args = args };
	if (!lang_run_module(cli->values, recipe->module, &scope, err)) {
		end->status = cli_failed_status(cli);
		return false;
	}
	for (size_t i = 0; i < recipe->n_params; i++) {
		if (!bind(cli, scope, &recipe->params[i], &one->args[i], &args[i], err))
			return false;
	}
	return true;
}

static bool failed(const struct cli *cli, const struct run_end *ended, struct cmd_end *end)
{
	end->status = ended->status > 1 ? ended->status : cli_failed_status(cli);
	end->silent = ended->silent;
	return false;
}

static bool run_one(struct cli *cli, struct run *run, const struct invocation *one, struct cmd_end *end, struct err *err)
{
	struct lang_call call;
	struct run_end ended = { 0 };
	return bind_all(cli, one, &call, end, err) && (run_invoke(run, &call, &ended, err) || failed(cli, &ended, end));
}

/* A recipe that is cached with all below it: it is planned, the tasks file is closed, which may be most of the memory, and the plan is run; as it is by
 * the next run with the same words, which does not open the file. */
static bool run_planned(struct cli *cli, const struct invocation *one, bool *done, struct cmd_end *end, struct err *err)
{
	struct lang_call call;
	struct run_end ended = { 0 };
	struct stored_leaving leaving;
	*done = false;
	if (!bind_all(cli, one, &call, end, err))
		return false;
	if (!hooks_plan(cli->hooks, &call, done, &ended, err))
		return failed(cli, &ended, end);
	if (!*done)
		return true;
	stored_prepare(cli, &leaving);
	cli_close_tree(cli);
	bool ok = hooks_run_planned(cli->hooks, &ended, err);
	stored_leave(cli, &leaving);
	return ok || failed(cli, &ended, end);
}

static const char *command_color(struct str name)
{
	static const struct { struct str name; const char *code; } colors[] = {
		{ STR_INIT("black"), "30" }, { STR_INIT("blue"), "34" }, { STR_INIT("cyan"), "36" }, { STR_INIT("green"), "32" },
		{ STR_INIT("purple"), "35" }, { STR_INIT("red"), "31" }, { STR_INIT("yellow"), "33" },
	};
	for (size_t i = 0; i < ARRAY_LEN(colors); i++) {
		if (str_eq(colors[i].name, name))
			return colors[i].code;
	}
	return NULL;
}

void stored_options(const struct cli *cli, struct run_options *options, struct hooks_run *run)
{
	const struct options *o = &cli->options;
	*options = (struct run_options){
		.dry_run = o->dry_run, .quiet = o->quiet, .yes = o->yes, .no_deps = o->no_deps, .time = o->time, .timestamp = o->timestamp,
		.explain = o->explain, .verbosity = o->quiet ? 0 : o->verbosity, .color = cli->stderr_color, .highlight = o->highlight,
		.command_color = command_color(o->command_color), .timestamp_format = o->timestamp_format, .jobs = o->jobs, .observe = cli->observe, .tempdir = o->tempdir,
		.slots = cli->slots, .inputs = cli->inputs,
		.cache_tree = o->extensions || o->no_cache ? NULL : &cli->tree,
	};
	*run = (struct hooks_run){ cli->values, cli->shells, options, cli->tree.n_recipes, o->keep_going, o->replay || o->verbosity > 0, o->why };
}

static bool run_all(struct cli *cli, const invocations *all, struct cmd_end *end, struct err *err)
{
	const struct options *o = &cli->options;
	struct run_options options;
	struct hooks_run given;
	if (!cli->values && !cli_prepare(cli, err)) {
		end->status = cli_failed_status(cli);
		return false;
	}
	if (cli->inputs && !lang_values_are_pure(&cli->tree, LANG_ALL_COUNTS))
		inputs_unknown(cli->inputs);
	for (size_t i = 0; i < all->n; i++)
		lang_run_use_recipe(cli->values, all->p[i].recipe);
	if (all->n > 0 && !lang_run_all(cli->values, err)) {
		end->status = cli_failed_status(cli);
		return false;
	}
	if (o->extensions && !cli->hooks) {
		struct cmd_step_options steps = cli_step_options(cli);
		cli->hooks = hooks_new(&steps, cli->asks_why ? HOOKS_EXPLAIN : o->dry_run ? HOOKS_DRY : HOOKS_RUN);
	}
	stored_options(cli, &options, &given);
	if (cli->hooks)
		hooks_set_run(cli->hooks, &given);
	bool ok = true, done = false;
	if (cli->hooks && all->n == 1 && !cli->inputs)
		ok = run_planned(cli, &all->p[0], &done, end, err);
	if (done || !ok) {
		hooks_set_run(cli->hooks, &(struct hooks_run){ 0 });
		return ok;
	}
	struct run *run = run_new(cli->values, cli->shells, &options, cli->hooks ? hooks_table(cli->hooks) : NULL);
	for (size_t i = 0; i < all->n && ok; i++)
		ok = run_one(cli, run, &all->p[i], end, err);
	run_free(run);
	if (cli->hooks)
		hooks_set_run(cli->hooks, &(struct hooks_run){ 0 });
	return ok;
}

static bool run_default(struct cli *cli, struct cmd_end *end, struct err *err)
{
	struct invocation one = { 0 };
	if (!invoke_default(cli->tree.root, &one.recipe, err))
		return false;
	one.args = arena_array(&cli->arena, struct invoke_arg, one.recipe->n_params + 1);
	invocations all = { &one, 1, 1 };
	return run_all(cli, &all, end, err);
}

static bool run_several(struct cli *cli, const invocations *all, struct cmd_end *end, struct err *err)
{
	if (cli->options.one && all->n > 1)
		return err_set(err, ERR_USAGE, "expected 1 command-line recipe invocation but found %zu", all->n);
	return run_all(cli, all, end, err);
}

bool cmd_run_words(struct cli *cli, const struct str *words, size_t n, struct cmd_end *end, struct err *err)
{
	invocations all = { 0 };
	struct invoke_options options = { .color = cli->stderr_color, .program = cli->host.program };
	if (n == 0)
		return run_default(cli, end, err);
	return invoke_parse(&cli->tree, words, n, &options, &cli->arena, &all, err) && run_several(cli, &all, end, err);
}

/* The module that the words name, if it is to be listed rather than run. */
static const struct lang_module *to_list(struct cli *cli, const str_list *words)
{
	const struct lang_module *module = invoke_module(&cli->tree, words->p, words->n, &cli->arena);
	return module && (cli->options.default_list || lang_on(module, LANG_SET_DEFAULT_LIST)) ? module : NULL;
}

/* Whether words that the file at hand has no recipe for are looked for above it. */
static bool may_go_up(const struct cli *cli)
{
	return cli->search.is_found_upward && lang_on(cli->tree.root, LANG_SET_FALLBACK);
}

/* Opens the next file above for words that this one has no recipe for, if there is one, and says so, seen from the folder of the first one; else *err stays or
 * is the fault of that file. */
static bool go_up(struct cli *cli, struct str first, struct err *err)
{
	AUTO_ERR above = { 0 };
	struct str up;
	if (err->kind != ERR_NOT_FOUND || !may_go_up(cli))
		return false;
	if (!cli_open_above(cli, &above)) {
		if (above.kind != ERR_NOT_FOUND) {
			err_deinit(err);
			err_move(err, &above);
		}
		return false;
	}
	err_deinit(err);
	if (cli->options.verbosity > 0 && path_rel(&cli->arena, first, cli->search.path, &up))
		fprintf(stderr, "Trying %.*s\n", STR_ARG(up));
	return true;
}

static bool list_or_run(struct cli *cli, const str_list *words, struct cmd_end *end, struct err *err)
{
	struct str first = path_dir(&cli->arena, cli->search.path);
	for (;;) {
		invocations all = { 0 };
		struct invoke_options options = { cli->options.allow_missing && !may_go_up(cli), cli->stderr_color, cli->host.program };
		const struct lang_module *listed = to_list(cli, words);
		if (listed) {
			lang_unfold_all(&cli->tree);
			return list_module(cli, listed, err);
		}
		if (words->n == 0)
			return run_default(cli, end, err);
		if (invoke_parse(&cli->tree, words->p, words->n, &options, &cli->arena, &all, err))
			return run_several(cli, &all, end, err);
		if (!go_up(cli, first, err))
			return false;
	}
}

/* Whether the first word is a built-in step that no recipe and no module hides. */
static bool is_bare_step(const struct cli *cli)
{
	const str_list *words = &cli->options.arguments;
	const struct lang_module *root = cli->tree.root;
	if (!cli->options.extensions || words->n == 0 || !step_find(step_table, words->p[0], NULL))
		return false;
	return !lang_find_recipe(root, words->p[0]) && !lang_find_submodule(root, words->p[0]);
}

bool cmd_run(struct cli *cli, struct cmd_end *end, struct err *err)
{
	bool done;
	if (!stored_run(cli, end, &done, err))
		return false;
	if (done)
		return true;
	cli->folds = true;
	if (!cli_open(cli, err))
		return false;
	if (is_bare_step(cli))
		return cmd_step_words(cli, &cli->options.arguments, end, err);
	return list_or_run(cli, &cli->options.arguments, end, err);
}
