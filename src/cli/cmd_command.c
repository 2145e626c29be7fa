/* cmd_command.c: commands that start a program: --command, --choose, --edit. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"
#include "base/utf8.h"
#include "cli/cmd.h"
#include "run/invoke.h"
#include "run/shell.h"
#include "run/usage.h"

/* `exit status: 3` or `signal: 9 (SIGKILL)` */
static struct str how_it_ended(struct cli *cli, int status)
{
	if (!WIFSIGNALED(status))
		return arena_fmt(&cli->arena, "exit status: %d", WEXITSTATUS(status));
	return arena_fmt(&cli->arena, "signal: %d (%s)%s", WTERMSIG(status), signal_name(WTERMSIG(status)),
	                 WCOREDUMP(status) ? " (core dumped)" : "");
}

static int status_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct str ticked(struct cli *cli, const struct str *words, size_t n)
{
	AUTO_BUF text = { 0 };
	for (size_t i = 0; i < n; i++)
		buf_addf(&text, "%s`%.*s`", i ? " " : "", STR_ARG(words[i]));
	return buf_to_arena(&text, &cli->arena);
}

/* The words of --command, or the shell with them. */
static const char **command_argv(struct cli *cli, const str_list *words)
{
	struct shell_words shell = shells_words(cli->shells, cli->tree.root);
	const char **argv = arena_array(&cli->arena, const char *, shell.n + words->n + 2);
	size_t n = 0;
	for (size_t i = 0; cli->options.shell_command && i < shell.n; i++)
		argv[n++] = arena_cstr(&cli->arena, shell.p[i]);
	for (size_t i = 0; i < words->n; i++)
		argv[n++] = arena_cstr(&cli->arena, words->p[i]);
	return argv;
}

bool cmd_command(struct cli *cli, struct cmd_end *end, struct err *err)
{
	const str_list *words = &cli->options.command_values;
	const struct lang_module *root = cli->tree.root;
	const struct lang_scope *scope;
	if (!cli_prepare(cli, err) || (lang_run_only_used(cli->values), !lang_run_all(cli->values, err)) || !lang_run_module(cli->values, root, &scope, err)) {
		end->status = cli_failed_status(cli);
		return false;
	}
	struct shell_child child = {
		.argv = command_argv(cli, words),
		.environ = shells_environ(cli->shells, root, scope, NULL, 0, &cli->arena),
		.directory = arena_cstr(&cli->arena, root->working_directory), /* whatever the setting says */
	};
	pid_t pid;
	int code = shells_start(cli->shells, &child, &pid), status;
	if (code != 0)
		return err_set(err, ERR_IO, "failed to invoke %.*s: %.*s", STR_ARG(ticked(cli, words->p, words->n)),
		               STR_ARG(os_error(&cli->arena, code)));
	size_t which;
	shells_wait(cli->shells, &pid, 1, &which, &status);
	int signal = shells_signal(cli->shells);
	if (status == 0 && signal == 0)
		return true;
	if (status == 0) {
		end->status = 128 + signal;
		return err_set(err, ERR_CANCELLED, "interrupted by %s", signal_name(signal));
	}
	end->status = status_code(status);
	return err_set(err, ERR_FAILED, "command %.*s failed: %.*s", STR_ARG(ticked(cli, words->p, words->n)),
	               STR_ARG(how_it_ended(cli, status)));
}

/* ---- --choose ---- */

static bool can_choose(const struct lang_recipe *recipe)
{
	if (recipe->is_private || !recipe->is_enabled || lang_min_args(recipe) > 0)
		return false;
	for (size_t i = 0; i < recipe->n_params; i++) {
		if (usage_is_option(&recipe->params[i]) && !usage_is_optional(&recipe->params[i]) && !recipe->params[i].arg->is_flag)
			return false;
	}
	return true;
}

static void add_choices(const struct lang_module *module, bool unsorted, struct buf *out)
{
	struct map *recipes = (struct map *)&module->recipes, *modules = (struct map *)&module->modules;
	for (size_t i = 0; i < map_len(recipes); i++) {
		const struct lang_recipe *r = *(struct lang_recipe **)map_at(recipes, unsorted ? i : map_sorted(recipes, i));
		if (can_choose(r))
			buf_addf(out, "%.*s\n", STR_ARG(r->path));
	}
	for (size_t i = 0; i < map_len(modules); i++) {
		const struct lang_module *sub = *(struct lang_module **)map_at(modules, unsorted ? i : map_sorted(modules, i));
		if (!sub->is_private)
			add_choices(sub, unsorted, out);
	}
}

static struct str default_chooser(struct cli *cli)
{
	return arena_fmt(&cli->arena, "fzf --multi --preview '%s --unstable --color always --show {}'", cli->options.program);
}

static bool ask_chooser(struct cli *cli, struct str chooser, struct str choices, struct buf *answer, struct cmd_end *end, struct err *err)
{
	const struct lang_module *root = cli->tree.root;
	struct shell_words shell = shells_words(cli->shells, root);
	const char **argv = arena_array(&cli->arena, const char *, shell.n + 2);
	for (size_t i = 0; i < shell.n; i++)
		argv[i] = arena_cstr(&cli->arena, shell.p[i]);
	argv[shell.n] = arena_cstr(&cli->arena, chooser);
	/* The default chooser previews recipes by calling us: it must find the same file. */
	struct shell_pair file = { STR("JUST_JUSTFILE"), cli->search.path };
	bool is_default = !cli->options.chooser.p;
	struct shell_child child = {
		.argv = argv,
		.environ = shells_environ(cli->shells, root, NULL, &file, is_default, &cli->arena),
		.directory = arena_cstr(&cli->arena, root->working_directory), /* whatever the setting says */
		.is_exposed = true,
	};
	int status, code = shells_capture(cli->shells, &child, &choices, answer, &status);
	if (code != 0)
		return err_set(err, ERR_IO, "chooser `%s %s %.*s` invocation failed: %.*s", argv[0], shell.n > 1 ? argv[1] : "", STR_ARG(chooser),
		               STR_ARG(os_error(&cli->arena, code)));
	if (status == 0)
		return true;
	end->status = status_code(status);
	return err_set(err, ERR_FAILED, "chooser `%.*s` failed: %.*s", STR_ARG(chooser), STR_ARG(how_it_ended(cli, status)));
}

/* Cuts a line of the answer at white space. */
static void split_words(struct cli *cli, struct str line, str_list *out)
{
	for (struct str rest = str_trim(line); rest.n > 0; rest = str_trim_left(rest)) {
		size_t n = 0;
		while (n < rest.n && !strchr(" \t\r\n\v\f", rest.p[n]))
			n++;
		vec_push_in(out, &cli->arena, str_slice(rest, 0, n));
		rest = str_slice(rest, n, rest.n);
	}
}

/* Bytes that are no UTF-8 become U+FFFD. */
static struct str as_text(struct cli *cli, struct str bytes)
{
	AUTO_BUF text = { 0 };
	while (bytes.n > 0) {
		uint32_t rune;
		size_t n = utf8_decode(bytes, &rune);
		buf_add_rune(&text, rune);
		bytes = str_slice(bytes, n, bytes.n);
	}
	return buf_to_arena(&text, &cli->arena);
}

/* Each line is a run of its own; an empty one is the default recipe. */
static bool run_chosen(struct cli *cli, struct str answer, struct cmd_end *end, struct err *err)
{
	struct str line;
	while (str_next_line(&answer, &line)) {
		str_list words = { 0 };
		split_words(cli, line, &words);
		cli_unprepare(cli);
		if (!cmd_run_words(cli, words.p, words.n, end, err))
			return false;
	}
	return true;
}

bool cmd_choose(struct cli *cli, struct cmd_end *end, struct err *err)
{
	AUTO_BUF choices = { 0 }, answer = { 0 };
	add_choices(cli->tree.root, cli->options.unsorted, &choices);
	if (choices.n == 0)
		return err_set(err, ERR_USAGE, "justfile contains no choosable recipes");
	if (!cli_prepare_shells(cli, err))
		return false;
	struct str chooser = cli->options.chooser.p ? cli->options.chooser : default_chooser(cli);
	if (!ask_chooser(cli, chooser, buf_str(&choices), &answer, end, err))
		return false;
	return run_chosen(cli, as_text(cli, buf_str(&answer)), end, err);
}

/* ---- --edit ---- */

bool cmd_edit(struct cli *cli, struct cmd_end *end, struct err *err)
{
	if (!search_file(&cli->where, &cli->arena, &cli->search, err))
		return false;
	const char *visual = args_env(cli->environ, "VISUAL"), *editor = args_env(cli->environ, "EDITOR");
	const char *name = visual ? visual : editor ? editor : "vim";
	const char *argv[] = { name, arena_cstr(&cli->arena, cli->search.path), NULL };
	struct shells_options options = { .tree = &cli->tree, .environ = cli->environ };
	cli->shells = shells_new(&options);
	struct shell_child child = { .argv = argv, .environ = cli->environ,
	                             .directory = arena_cstr(&cli->arena, cli->search.working_directory), .is_exposed = true };
	pid_t pid;
	size_t which;
	int status, code = shells_start(cli->shells, &child, &pid);
	if (code != 0)
		return err_set(err, ERR_IO, "editor `%s` invocation failed: %.*s", name, STR_ARG(os_error(&cli->arena, code)));
	shells_wait(cli->shells, &pid, 1, &which, &status);
	if (status == 0)
		return true;
	end->status = status_code(status);
	return err_set(err, ERR_FAILED, "editor `%s` failed: %.*s", name, STR_ARG(how_it_ended(cli, status)));
}
