/*
 * open.c: an open tasks file: found, read, analyzed; ready for evaluation where a command needs values.
 *
 * --list and its like never evaluate, so they never read environment files and never block signals: cli_prepare does both, on demand.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "cli/builtin.h"
#include "cli/cmd.h"
#include "run/observe.h"
#include "run/shell.h"

/* The hosts' two functions that need shells get the context that the others get. */
static bool module_env(void *ctx, const struct lang_module *module, struct str name, struct str *out)
{
	struct cli *cli = ctx;
	cli_note_variable(cli, name);
	if (cli->shells)
		return shells_module_env(cli->shells, module, name, out);
	return cli->host.getenv(cli, name, out);
}

static bool backtick(void *ctx, const struct lang_command *command, struct arena *a, struct str *out, struct err *err)
{
	struct cli *cli = ctx;
	return shells_backtick(cli->shells, command, a, out, err);
}

void cli_note_variable(struct cli *cli, struct str name)
{
	if (cli->asked.stride == 0)
		map_init(&cli->asked, 0, &cli->arena);
	if (!map_has(&cli->asked, name))
		map_put(&cli->asked, arena_str(&cli->arena, name));
}

/* More than what sharing takes itself. */
#define SHARE_HEAD ((size_t)64)

static void tell_sources(struct cli *cli)
{
	str_list rivals = { 0 };
	if (!cli->inputs)
		return;
	search_rivals(&cli->where, &cli->search, &cli->arena, &rivals);
	for (size_t i = 0; i < rivals.n; i++)
		inputs_file(cli->inputs, rivals.p[i]);
	inputs_file(cli->inputs, cli->search.path);
	for (size_t i = 0; i < cli->tree.files.n; i++)
		inputs_file(cli->inputs, cli->tree.files.p[i]->path);
	for (size_t i = 0; i < cli->tree.missed.n; i++)
		inputs_file(cli->inputs, cli->tree.missed.p[i]);
}

/* Of a shorter file the memory is not worth the time. */
enum { FOLD_FROM = 256 << 10 };

static bool open_found(struct cli *cli, struct err *err)
{
	cli->host.module_env = module_env;
	cli->host.run = backtick;
	struct lang_load_options load = {
		.path = cli->search.path,
		.text = cli->search.text,
		.working_directory = cli->search.working_directory,
		.overrides = cli->options.overrides.p,
		.n_overrides = cli->options.overrides.n,
		.fold_from = cli->folds ? FOLD_FROM : 0,
	};
	/* The tree of a long text goes on behind it, in the same huge page. */
	if (arena_room(&cli->search.memory) >= FS_LONG)
		arena_share(&cli->search.memory, &cli->tree.arena, arena_room(&cli->search.memory) - SHARE_HEAD);
	bool ok = lang_load(&cli->tree, &load, &cli->host, err);
	tell_sources(cli);
	return ok;
}

/* Where there is no tasks file the built-in one serves, as if it stood in the working folder. */
static bool open_builtin(struct cli *cli, struct err *err)
{
	cli->search = (struct search){ .path = path_in(&cli->arena, cli->invocation_directory, STR("tasks.just")),
	                               .working_directory = cli->invocation_directory, .from = cli->invocation_directory, .text = str_c(builtin_tasks), .is_builtin = true };
	bool ok = open_found(cli, err);
	for (size_t i = 0; i < cli->tree.files.n; i++)
		cli->tree.files.p[i]->display = STR("the built-in tasks file");
	return ok;
}

bool cli_open(struct cli *cli, struct err *err)
{
	const struct options *o = &cli->options;
	if (search_find(&cli->where, &cli->arena, &cli->search, err))
		return open_found(cli, err);
	if (err->kind != ERR_NOT_FOUND || !o->extensions || o->justfile.p || o->global_justfile || o->justfile_names.n > 0)
		return false;
	err_deinit(err);
	return open_builtin(cli, err);
}

bool cli_open_above(struct cli *cli, struct err *err)
{
	struct search next;
	if (!search_above(&cli->where, &cli->search, &cli->arena, &next, err))
		return false;
	cli_close(cli);
	cli->search = next;
	return open_found(cli, err);
}

void cli_close_tree(struct cli *cli)
{
	cli_unprepare(cli);
	lang_tree_deinit(&cli->tree);
	search_forget_text(&cli->search);
}

void cli_close(struct cli *cli)
{
	hooks_free(cli->hooks);
	cli->hooks = NULL;
	cli_close_tree(cli);
	search_end(&cli->search);
}

void cli_unprepare(struct cli *cli)
{
	lang_run_free(cli->values);
	cli->values = NULL;
	shells_free(cli->shells);
	cli->shells = NULL;
}

static void note_looked(void *ctx, struct str path)
{
	struct cli *cli = ctx;
	vec_push_in(&cli->looked, &cli->arena, arena_str(&cli->arena, path));
}

static void note_asked(void *ctx, struct str name)
{
	cli_note_variable(ctx, name);
}

bool cli_prepare_shells(struct cli *cli, struct err *err)
{
	const struct options *o = &cli->options;
	struct shells_options options = {
		.tree = &cli->tree,
		.environ = cli->environ,
		.invocation_directory = cli->invocation_directory,
		.shell = o->shell,
		.shell_args = o->shell_args.p,
		.n_shell_args = o->shell_args.n,
		.shell_args_given = o->shell_args_given,
		.no_dotenv = o->no_dotenv,
		.dry_run = o->dry_run,
		.quiet = o->quiet,
		.slots = cli->slots,
		.inputs = cli->inputs, .is_group = o->watch,
		.looked = note_looked, .asked = note_asked, .answer = commands_answer, .ran = commands_ran, .told_ctx = cli,
		.dotenv_filenames = o->dotenv_filenames.p, .n_dotenv_filenames = o->dotenv_filenames.n,
		.dotenv_paths = o->dotenv_paths.p, .n_dotenv_paths = o->dotenv_paths.n,
		.dotenv_commands = o->dotenv_commands.p, .n_dotenv_commands = o->dotenv_commands.n,
	};
	cli->values = lang_run_new(&cli->tree, &cli->host);
	if (!lang_run_override(cli->values, o->overrides.p, o->overrides.n, err))
		return false;
	cli->shells = shells_new(&options);
	return true;
}

bool cli_prepare(struct cli *cli, struct err *err)
{
	return cli_prepare_shells(cli, err) && shells_load_dotenv(cli->shells, err);
}

/* Where CI folds lines, what runs side by side must not mix. */
static enum out_mode cli_output(const struct cli *cli)
{
	return cli->options.output == OUT_AUTO && observe_has_groups(cli->observe) ? OUT_GROUP : cli->options.output;
}

struct cmd_step_options cli_step_options(const struct cli *cli)
{
	const struct options *o = &cli->options;
	return (struct cmd_step_options){
		.environ = cli->environ,
		.root = cli->search.working_directory,
		.observe = cli->observe,
		.output = cli_output(cli),
		.verbose = o->verbosity > 0, .quiet = o->quiet, .force = o->force, .no_cache = o->no_cache, .why = o->why,
		.color = cli->stderr_color,
		.slots = cli->slots, .inputs = cli->inputs, .is_cut = cli->is_cut,
		.jobs = (int)MIN(o->jobs, (uint64_t)INT_MAX),
	};
}

int cli_failed_status(const struct cli *cli)
{
	int status = cli->shells ? shells_failed_status(cli->shells) : 0;
	return status ? status : 1;
}

bool cli_print(const struct buf *text, struct err *err)
{
	errno = 0;
	if (fflush(stdout) == 0 && fs_write_fd(STDOUT_FILENO, (struct str){ text->p, text->n }))
		return true;
	if (errno == EPIPE)
		return true;
	return err_set(err, ERR_IO, "I/O error writing to stdout: %s (os error %d)", strerror(errno), errno);
}
