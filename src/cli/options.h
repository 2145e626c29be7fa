/*
 * options.h: what the command line asks for: the table of options and the plain struct made from it.
 *
 * One row an option; parsing, its errors, help, the manual page and the completions all follow the table. The rows that just has behave as
 * just's; those marked as extensions are raibid-run's own and unknown where the program is called `just`.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/args.h"
#include "lang/lang.h"
#include "run/out.h"

extern const struct arg_spec options_table[];
extern const size_t options_count;

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum alias_style { ALIAS_LEFT, ALIAS_RIGHT, ALIAS_SEPARATE };

typedef VEC(struct str) str_list;

struct options {
	const char *program;       /* "just" or "raibid-run" */
	bool extensions;
	struct args args;
	const char *command;       /* name of the command's row, or NULL: run recipes */
	str_list command_values;   /* the command's own values; for those that take paths see `arguments` */

	/* Where the file is. */
	struct str justfile;       /* --justfile; p is NULL where it is not given */
	struct str working_directory;
	struct str search_directory; /* from `folder/recipe`; p is NULL otherwise */
	struct str ceiling;
	str_list justfile_names;
	bool global_justfile;

	/* Running. */
	str_list arguments;        /* recipes and their arguments */
	VEC(struct lang_override) overrides;
	bool dry_run, quiet, yes, unstable, no_deps, no_dotenv, one, time, timestamp, explain, highlight, allow_missing;
	bool default_list, check, unsorted, list_submodules, no_aliases, shell_command, no_cache;
	uint32_t verbosity;
	uint64_t jobs;             /* 0: not given */
	struct str shell;          /* p is NULL where it is not given */
	str_list shell_args;
	bool shell_args_given;     /* --shell-arg or --clear-shell-args */
	str_list dotenv_filenames, dotenv_paths, dotenv_commands;
	struct str timestamp_format, tempdir, chooser;

	/* Showing. */
	enum color_mode color;
	enum alias_style alias_style;
	struct str command_color, list_heading, list_prefix, indentation, dump_format, evaluate_format;
	str_list groups;

	/* raibid-run's own; the steps' layer gives them their meaning. */
	struct str events, trace_file, summary_file;
	enum out_mode output;
	bool force, why, keep_going, replay, watch;
};

struct options_input {
	int argc;
	char **argv, **environ;
	const char *program;
	bool extensions;
};

/* Reads the command line. False with the message for standard error; *status is the exit status then. */
MUST_CHECK bool options_read(const struct options_input *in, struct arena *a, struct options *out, struct buf *message, int *status);

#endif
