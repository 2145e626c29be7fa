/*
 * cmd.h: what a command of the program is: a row with a function, and the context that all of them share.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include <time.h>

#include "cli/commands.h"
#include "cli/cmd_step.h"
#include "cli/hooks.h"
#include "cli/options.h"
#include "cli/search.h"
#include "lang/lang.h"
#include "run/inputs.h"
#include "run/recipe.h"

struct cli {
	struct options options;
	int argc;
	char **argv;
	char **environ;
	struct arena arena;           /* lives as long as the program */
	struct str invocation_directory;
	struct lang_host host;
	bool stdout_color, stderr_color;
	struct search_where where;

	/* Once a tasks file is open (cli_open). */
	struct search search;
	struct lang_tree tree;
	struct shells *shells;
	struct lang_run *values;
	bool folds;                   /* to be set before it is opened: its recipes are only run, so that those of a long file may be folded (lang.h) */

	struct timespec began;        /* the run, before the tasks file was read */
	struct map asked;             /* variables that the tasks file and its environment files asked for */
	VEC(struct str) looked;       /* environment files that were looked for */
	struct commands commands;     /* that it runs before any recipe */
	bool asks_why;                /* --step why RECIPE */
	struct job_slots *slots;          /* of jobs that are shared with make; NULL: they are not */
	struct inputs *inputs;        /* --watch: who is told what the run reads; NULL: nobody */
	const atomic_bool *is_cut;    /* --watch: set where the run is ended because it is to begin anew; may be NULL */
	struct observe *observe;      /* who is told of the run; NULL: nobody */
	struct hooks *hooks;          /* step lines and cached recipes; NULL where extensions are off */
};

/* How a command ends: false with err, or true; *status is the exit status either way (1 where it is not set on failure). */
struct cmd_end {
	int status;
	bool silent; /* of a failure: no message */
};

typedef bool cmd_fn(struct cli *cli, struct cmd_end *end, struct err *err);

enum cmd_needs { CMD_NOTHING, CMD_FILE };

struct cmd {
	const char *name; /* of its option */
	cmd_fn *run;
	enum cmd_needs needs;
};

/* The row of an option's name; without a name the one that runs recipes. */
const struct cmd *cmd_find(const char *name);

/* Opens the tasks file: finds, reads, analyzes. */
MUST_CHECK bool cli_open(struct cli *cli, struct err *err);
/* Opens the next file above the open one instead. ERR_NOT_FOUND where there is none; the open one stays then. */
MUST_CHECK bool cli_open_above(struct cli *cli, struct err *err);
/* Frees what was read of it, and what cli_prepare made; that is all that a run from a plan needs. */
void cli_close_tree(struct cli *cli);
/* Closes it, so that another can be opened. */
void cli_close(struct cli *cli);
/* Makes ready for evaluation: environment files, overrides. Needs an open file. */
MUST_CHECK bool cli_prepare(struct cli *cli, struct err *err);
/* Remembers that the tasks file asked for a variable. */
void cli_note_variable(struct cli *cli, struct str name);
/* The same without environment files. */
MUST_CHECK bool cli_prepare_shells(struct cli *cli, struct err *err);
/* Back to an open file: the next run prepares, and evaluates, anew. */
void cli_unprepare(struct cli *cli);
/* What the command line says of steps. */
struct cmd_step_options cli_step_options(const struct cli *cli);
/* The exit status of an evaluation that failed: that of its command. */
int cli_failed_status(const struct cli *cli);
/* Runs the command line now and whenever something changes that it read; `run` is one such run, done in a process of its own. Returns the exit status. */
typedef int cmd_watch_run(struct cli *cli);
int cmd_watch(struct cli *cli, cmd_watch_run *run);
/* Prints on standard output; a closed pipe is fine. */
MUST_CHECK bool cli_print(const struct buf *text, struct err *err);

cmd_fn cmd_run, cmd_list, cmd_show, cmd_summary, cmd_dump, cmd_json, cmd_fmt, cmd_evaluate, cmd_variables, cmd_choose, cmd_command, cmd_complete, cmd_edit,
	cmd_init, cmd_completions, cmd_man, cmd_usage, cmd_groups, cmd_clean, cmd_changelog, cmd_step_option, cmd_steps_option, cmd_print_builtin;

/* Runs these words as recipes, as the command line's own. */
MUST_CHECK bool cmd_run_words(struct cli *cli, const struct str *words, size_t n, struct cmd_end *end, struct err *err);
/* Runs a built-in step: its name and its arguments. The tasks file is open: `why RECIPE` asks its recipe. */
MUST_CHECK bool cmd_step_words(struct cli *cli, const str_list *words, struct cmd_end *end, struct err *err);
/* Walks to the submodule that the words name. */
MUST_CHECK bool cmd_find_module(struct cli *cli, const str_list *words, const struct lang_module **out, struct err *err);
typedef VEC(const struct lang_recipe *) list_recipes;
/* The module's public recipes and its groups, each once, by name or by place, in `a`. */
void list_public_recipes(const struct cli *cli, const struct lang_module *module, struct arena *a, list_recipes *out);
void list_public_groups(struct cli *cli, const struct lang_module *module, struct arena *a, str_list *out);
/* The list of one module, as --list and --default-list print it. */
MUST_CHECK bool list_module(struct cli *cli, const struct lang_module *module, struct err *err);
/* The program's help, the manual page and the version. */
MUST_CHECK bool help_print(const struct options *options, struct err *err);

#endif
