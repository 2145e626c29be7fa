/*
 * main.c: the program's entry: which name it was called by, what is asked for, how failures are shown.
 *
 * Called `just` (by a link) everything that just does not have is off. The terminal, argv and the environment are read here and handed down.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"
#include "cli/cmd.h"
#include "ext/jobserver.h"
#include "run/observe.h"

static void print_error(const struct cli *cli, const struct err *err)
{
	AUTO_BUF text = { 0 };
	lang_err_render(err, &(struct lang_style){ .color = cli->stderr_color }, &text);
	fwrite(text.p, 1, text.n, stderr);
}

/* NO_COLOR counts where nothing else was said. */
static bool wants_color(const struct cli *cli, int fd)
{
	if (cli->options.color != COLOR_AUTO)
		return cli->options.color == COLOR_ALWAYS;
	const char *no_color = args_env(cli->environ, "NO_COLOR"), *term = args_env(cli->environ, "TERM");
	return isatty(fd) && !(no_color && no_color[0]) && !(term && strcmp(term, "dumb") == 0);
}

static bool host_getenv(void *ctx, struct str name, struct str *out)
{
	struct cli *cli = ctx;
	struct arena a = { 0 };
	cli_note_variable(cli, name);
	const char *value = args_env(cli->environ, arena_cstr(&a, name));
	arena_deinit(&a);
	if (value)
		*out = str_c(value);
	return value != NULL;
}

static void set_up_host(struct cli *cli)
{
	const struct options *o = &cli->options;
	/* The link's text is the path with all links resolved. */
	char link[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", link, sizeof(link));
	cli->host = (struct lang_host){
		.ctx = cli,
		.getenv = host_getenv,
		.program = str_c(o->program),
		.version = STR("1.59.0"),
		.executable = n > 0 ? arena_str(&cli->arena, (struct str){ link, (size_t)n }) : str_c(cli->argv[0]),
		.invocation_directory = cli->invocation_directory,
		.jobs = o->jobs > 0 ? arena_fmt(&cli->arena, "%llu", (unsigned long long)o->jobs) : STR_NONE,
		.stdout_color = cli->stdout_color,
		.stderr_color = cli->stderr_color,
		.is_dry_run = o->dry_run,
		/* just prints a summary of unstable features too. */
		.is_unstable = o->unstable || (o->command && strcmp(o->command, "summary") == 0),
		.has_extensions = o->extensions,
	};
}

/* The working folder as the user sees it: PWD where it names the same place. */
static bool find_invocation_directory(struct cli *cli, struct err *err)
{
	return fs_getcwd(&cli->arena, &cli->invocation_directory, err);
}

static int finish(struct cli *cli, const struct cmd_end *end, const struct err *err)
{
	bool is_cut = cli->is_cut && atomic_load(cli->is_cut);
	if (!end->silent && !cli->options.quiet && !is_cut)
		print_error(cli, err);
	if (!end->silent)
		observe_error(cli->observe, err);
	return end->status ? end->status : 1;
}

static bool open_observe(struct cli *cli, struct err *err)
{
	const struct options *o = &cli->options;
	struct observe_options options = { .environ = cli->environ, .events = o->events, .trace_file = o->trace_file, .summary_file = o->summary_file,
					   .ci = observe_find_ci(cli->environ), .fd_out = STDOUT_FILENO, .fd_err = STDERR_FILENO };
	return !o->extensions || observe_new(&options, &cli->observe, err);
}

static void warn(void *ctx, const char *text)
{
	const struct cli *cli = ctx;
	if (!cli->options.quiet)
		fprintf(stderr, "%swarning%s: %s\n", cli->stderr_color ? "\x1b[1;33m" : "", cli->stderr_color ? "\x1b[0m" : "", text);
}

static int run_command(struct cli *cli)
{
	AUTO_ERR err = { 0 };
	struct cmd_end end = { 0 };
	const struct cmd *cmd = cmd_find(cli->options.command);
	if (cli->options.extensions && !cli->options.dry_run)
		cli->slots = job_slots_new(&(struct job_slots_options){ env_get(cli->environ, STR("MAKEFLAGS")), cli->options.jobs, warn, cli });
	bool ok = open_observe(cli, &err) && find_invocation_directory(cli, &err);
	if (ok) {
		set_up_host(cli);
		cli->where = (struct search_where){ &cli->options, cli->invocation_directory, cli->environ };
		ok = (cmd->needs == CMD_NOTHING || cli_open(cli, &err)) && cmd->run(cli, &end, &err);
	}
	int status = ok ? end.status : finish(cli, &end, &err);
	cli_close(cli);
	job_slots_free(cli->slots);
	cli->slots = NULL;
	observe_end_run(cli->observe, status);
	return status;
}

/* Standard streams that are closed become /dev/null, so that no file takes their place. */
static void open_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(1);
	}
}

enum asked { ASKED_NOTHING, ASKED_SCRIPT, ASKED_WORDS, ASKED_WRONGLY };

/*
 * $JUST_COMPLETE, by which just's own completions ask it: a shell's start file may hold `eval "$(JUST_COMPLETE=bash just)"`, and that must never run a recipe. It gets our
 * script; words behind `--`, which scripts of just's ask about, get no candidates, since ours do not ask so. *shell is the shell's name.
 */
static enum asked completion_asked(int argc, char **argv, char **environ, struct str *shell)
{
	static const struct str shells[] = { STR_INIT("bash"), STR_INIT("elvish"), STR_INIT("fish"), STR_INIT("powershell"), STR_INIT("zsh") };
	const char *value = args_env(environ, "JUST_COMPLETE");
	if (!value || !value[0] || strcmp(value, "0") == 0)
		return ASKED_NOTHING;
	*shell = path_base(str_c(value));
	size_t dot = str_rfind_char(*shell, '.');
	*shell = str_slice(*shell, 0, dot == STR_NPOS || dot == 0 ? shell->n : dot);
	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		if (!str_eq(*shell, shells[i]))
			continue;
		*shell = shells[i];
		for (int k = 1; k + 1 < argc; k++)
			if (strcmp(argv[k], "--") == 0)
				return ASKED_WORDS;
		return ASKED_SCRIPT;
	}
	fprintf(stderr, "error: unknown shell `%.*s`, expected one of `bash`, `elvish`, `fish`, `powershell`, `zsh`", STR_ARG(*shell));
	return ASKED_WRONGLY;
}

int main(int argc, char **argv)
{
	extern char **environ;
	struct cli cli = { .argc = argc, .argv = argv, .environ = environ };
	struct str name = path_base(str_c(argc > 0 ? argv[0] : "raibid-run"));
	bool is_just = str_eq(name, STR("just"));
	struct options_input in = { argc - 1, argv + 1, environ, is_just ? "just" : "raibid-run", !is_just };
	AUTO_BUF message = { 0 };
	int status = 0;
	open_standard_streams();
	struct str shell = STR_NONE;
	enum asked asked = completion_asked(argc, argv, environ, &shell);
	if (asked == ASKED_WORDS || asked == ASKED_WRONGLY)
		return asked == ASKED_WRONGLY ? 2 : 0;
	char *script[] = { "--completions", (char *)shell.p, NULL };
	if (asked == ASKED_SCRIPT) {
		in.argc = 2;
		in.argv = script;
	}
	signal(SIGPIPE, SIG_IGN); /* writes fail instead; children get the default back */
	if (argc < 1)
		in.argc = 0;
	if (!options_read(&in, &cli.arena, &cli.options, &message, &status)) {
		fwrite(message.p, 1, message.n, stderr); /* in spite of --quiet, which is not known to be meant yet */
	} else if (cli.options.args.stop) {
		AUTO_ERR err = { 0 };
		/* just does not look whether these two could be written. */
		status = help_print(&cli.options, &err) || is_just ? 0 : 1;
		if (status)
			print_error(&cli, &err);
	} else {
		cli.stdout_color = wants_color(&cli, STDOUT_FILENO);
		cli.stderr_color = wants_color(&cli, STDERR_FILENO);
		status = cli.options.watch ? cmd_watch(&cli, run_command) : run_command(&cli);
	}
	arena_deinit(&cli.arena);
	return status;
}
