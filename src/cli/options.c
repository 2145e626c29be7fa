/*
 * options.c: the table and the step from it to struct options.
 *
 * Rows stand in the order in which variables of the environment are read and in which equally near names are preferred. The words before
 * the recipes are read here too: NAME=VALUE is an override, and the first word may name a folder (`folder/recipe`).
 */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "cli/options.h"
#include "run/invoke.h"

static bool check_jobs(struct arena *a, struct str value, const char **why)
{
	uint64_t n;
	if (!arg_natural(a, value, &n, why))
		return false;
	*why = "number would be zero for non-zero type";
	return n != 0;
}

static bool check_indentation(struct arena *a, struct str value, const char **why)
{
	(void)a;
	size_t tabs = 0, spaces = 0;
	for (size_t i = 0; i < value.n; i++) {
		tabs += value.p[i] == '\t';
		spaces += value.p[i] == ' ';
	}
	*why = value.n == 0 ? "indentation must not be empty"
	                    : tabs + spaces < value.n ? "indentation must be spaces or tabs" : "indentation may not be mixed";
	return value.n > 0 && tabs + spaces == value.n && (tabs == 0 || spaces == 0);
}

static const char *const alias_styles[] = { "left", "right", "separate", NULL };
static const char *const colors[] = { "always", "auto", "never", NULL };
static const char *const command_colors[] = { "black", "blue", "cyan", "green", "purple", "red", "yellow", NULL };
static const char *const dump_formats[] = { "json", "just", NULL };
static const char *const evaluate_formats[] = { "just", "shell", NULL };
static const char *const outputs[] = { "auto", "stream", "group", "prefix", NULL };
static const char *const shells[] = { "bash", "elvish", "fish", "nushell", "powershell", "zsh", NULL };

const struct arg_spec options_table[] = {
	{ "alias-style", 0, ARG_VALUE, .shown = " <ALIAS_STYLE>", .env = "JUST_ALIAS_STYLE", .fallback = "right", .choices = alias_styles,
	  .conflicts = { "no-aliases" }, .help = "Where --list shows the aliases of a recipe" },
	{ "allow-missing", 0, ARG_FLAG, .env = "JUST_ALLOW_MISSING", .help = "Do nothing where a recipe or module does not exist" },
	{ "ceiling", 0, ARG_VALUE, .shown = " <CEILING>", .env = "JUST_CEILING",
	  .help = "Look for a tasks file no further up than this folder" },
	{ "check", 0, ARG_FLAG, .required = "fmt", .help = "With --fmt: change nothing, print what would change and exit with 1" },
	{ "chooser", 0, ARG_VALUE, .shown = " <CHOOSER>", .env = "JUST_CHOOSER", .help = "Command that --choose offers the recipes with" },
	{ "clear-shell-args", 0, ARG_FLAG, .overrides = "shell-arg", .help = "Give the shell no arguments of its own" },
	{ "color", 0, ARG_VALUE, .shown = " <COLOR>", .env = "JUST_COLOR", .fallback = "auto", .choices = colors,
	  .help = "When to print in colour" },
	{ "command-color", 0, ARG_VALUE, .shown = " <COMMAND_COLOR>", .env = "JUST_COMMAND_COLOR", .choices = command_colors,
	  .help = "Colour of the echoed lines" },
	{ "complete-aliases", 0, ARG_FLAG, .env = "JUST_COMPLETE_ALIASES", .help = "Offer aliases in completions too" },
	{ "cygpath", 0, ARG_VALUE, .shown = " <CYGPATH>", .env = "JUST_CYGPATH", .fallback = "cygpath",
	  .help = "Program that converts paths on Windows" },
	{ "default-list", 0, ARG_FLAG, .env = "JUST_DEFAULT_LIST", .help = "List the recipes where none is named" },
	{ "dotenv-command", 0, ARG_APPEND, 1, .shown = " <COMMAND>", .env = "JUST_DOTENV_COMMAND",
	  .conflicts = { "dotenv-filename", "dotenv-path", "no-dotenv" }, .help = "Load variables from what this command prints" },
	{ "dotenv-filename", 'F', ARG_APPEND, 1, .shown = " <DOTENV_FILENAME>", .conflicts = { "dotenv-path" },
	  .help = "Look for variables in files of this name instead of `.env`" },
	{ "dotenv-path", 'E', ARG_APPEND, 1, .shown = " <DOTENV_PATH>", .help = "Load variables from this file" },
	{ "dry-run", 'n', ARG_FLAG, .env = "JUST_DRY_RUN", .conflicts = { "quiet" }, .help = "Print the lines of recipes without running them" },
	{ "dump-format", 0, ARG_VALUE, .shown = " <FORMAT>", .env = "JUST_DUMP_FORMAT", .fallback = "just", .choices = dump_formats,
	  .conflicts = { "json" }, .help = "Form in which --dump prints the tasks file" },
	{ "evaluate-format", 0, ARG_VALUE, .shown = " <FORMAT>", .env = "JUST_EVALUATE_FORMAT", .fallback = "just",
	  .choices = evaluate_formats, .help = "Form in which --evaluate prints variables" },
	{ "explain", 0, ARG_FLAG, .env = "JUST_EXPLAIN", .help = "Print each recipe's comment before it runs" },
	{ "global-justfile", 'g', ARG_FLAG, .conflicts = { "justfile", "working-directory" }, .help = "Use the user's own tasks file" },
	{ "group", 0, ARG_APPEND, 1, .shown = " <GROUP>", .env = "JUST_GROUP", .required = "list", .help = "List only the recipes of this group" },
	{ "highlight", 0, ARG_FLAG, .overrides = "no-highlight", .env = "JUST_HIGHLIGHT", .help = "Print echoed lines in bold" },
	{ "indentation", 0, ARG_VALUE, .shown = " <INDENTATION>", .env = "JUST_INDENTATION", .hyphens = false, .check = check_indentation,
	  .help = "Indent the bodies of recipes with this" },
	{ "jobs", 0, ARG_VALUE, .shown = " <N>", .env = "JUST_JOBS", .check = check_jobs, .help = "Run at most this many recipes at a time" },
	{ "justfile", 'f', ARG_VALUE, .shown = " <JUSTFILE>", .env = "JUST_JUSTFILE", .help = "Use this tasks file; `-` is standard input" },
	{ "justfile-name", 0, ARG_APPEND, 1, .shown = " <NAME>", .env = "JUST_JUSTFILE_NAME",
	  .help = "Look for tasks files of these names, separated by commas" },
	{ "list-heading", 0, ARG_VALUE, .shown = " <TEXT>", .env = "JUST_LIST_HEADING", .fallback = "Available recipes:\n",
	  .help = "Text before the list" },
	{ "list-prefix", 0, ARG_VALUE, .shown = " <TEXT>", .env = "JUST_LIST_PREFIX", .fallback = "    ", .help = "Text before each line of the list" },
	{ "list-submodules", 0, ARG_FLAG, .env = "JUST_LIST_SUBMODULES", .required = "list", .help = "List what is in submodules too" },
	{ "no-aliases", 0, ARG_FLAG, .env = "JUST_NO_ALIASES", .help = "List no aliases" },
	{ "no-cache", 0, ARG_FLAG, .env = "JUST_NO_CACHE", .help = "Neither take nor record results of earlier runs" },
	{ "no-deps", 0, ARG_FLAG, .env = "JUST_NO_DEPS", .help = "Do not run what a recipe depends on" },
	{ "no-dotenv", 0, ARG_FLAG, .env = "JUST_NO_DOTENV", .help = "Load no `.env` file" },
	{ "no-highlight", 0, ARG_FLAG, .env = "JUST_NO_HIGHLIGHT", .help = "Do not print echoed lines in bold" },
	{ "one", 0, ARG_FLAG, .env = "JUST_ONE", .help = "Refuse more than one recipe on the command line" },
	{ "quiet", 'q', ARG_FLAG, .env = "JUST_QUIET", .help = "Print nothing of its own" },
	{ "set", 0, ARG_APPEND, 2, .shown = " <VARIABLE> <VALUE>", .help = "Give a variable another value" },
	{ "shell", 0, ARG_VALUE, .shown = " <SHELL>", .help = "Run lines with this shell" },
	{ "shell-arg", 0, ARG_APPEND, 1, .hyphens = true, .shown = " <SHELL_ARG>", .help = "Argument that the shell gets before the line" },
	{ "shell-command", 0, ARG_FLAG, .required = "command", .help = "Run the words of --command by the shell" },
	{ "tempdir", 0, ARG_VALUE, .shown = " <TEMPDIR>", .env = "JUST_TEMPDIR", .help = "Folder for scripts while they run" },
	{ "time", 0, ARG_FLAG, .env = "JUST_TIME", .help = "Print how long each recipe took" },
	{ "timestamp", 0, ARG_FLAG, .env = "JUST_TIMESTAMP", .help = "Print the time before each echoed line" },
	{ "timestamp-format", 0, ARG_VALUE, .shown = " <TIMESTAMP_FORMAT>", .env = "JUST_TIMESTAMP_FORMAT", .fallback = "%H:%M:%S",
	  .help = "Form of that time" },
	{ "unsorted", 'u', ARG_FLAG, .env = "JUST_UNSORTED", .help = "List in the order of the file" },
	{ "unstable", 0, ARG_FALSEY, .env = "JUST_UNSTABLE", .help = "Allow features that may still change" },
	{ "verbose", 'v', ARG_COUNT, .shown = "...", .env = "JUST_VERBOSE", .help = "Say more; may be repeated" },
	{ "working-directory", 'd', ARG_VALUE, .shown = " <WORKING_DIRECTORY>", .env = "JUST_WORKING_DIRECTORY",
	  .help = "Run recipes in this folder" },
	{ "yes", 0, ARG_FLAG, .env = "JUST_YES", .help = "Answer every confirmation with yes" },
	{ "events", 0, ARG_VALUE, .extension = true, .shown = " <FILE>", .help = "Write an event of each step to FILE, a JSON object a line; `-` is standard output" },
	{ "output", 0, ARG_VALUE, .extension = true, .shown = " <MODE>", .env = "RAIBID_OUTPUT", .fallback = "auto", .choices = outputs,
	  .help = "How what runs side by side is shown: as it comes, in pieces, or each line with its name" },
	{ "summary-file", 0, ARG_VALUE, .extension = true, .shown = " <FILE>", .env = "RAIBID_SUMMARY_FILE",
	  .help = "Write what ran, what was unchanged and the time saved to FILE: JSON, or Markdown for a name in .md" },
	{ "trace-file", 0, ARG_VALUE, .extension = true, .shown = " <FILE>", .env = "RAIBID_TRACE_FILE",
	  .help = "Write when what ran to FILE, for chrome://tracing or ui.perfetto.dev" },
	{ "force", 0, ARG_FLAG, .extension = true, .help = "Run steps and cached recipes even where nothing changed" },
	{ "keep-going", 0, ARG_FLAG, .extension = true, .help = "After a failure go on with the cached recipes that do not depend on it" },
	{ "replay", 0, ARG_FLAG, .extension = true, .help = "Show again what cached recipes had printed; with -v always" },
	{ "watch", 0, ARG_FLAG, .extension = true, .conflicts = { "dry-run" }, .only_with = "step",
	  .help = "Run again whenever a file changes that the run read, until Ctrl-C" },
	{ "why", 0, ARG_FLAG, .extension = true, .help = "Say why each step runs or does not" },
	{ "changelog", 0, ARG_FLAG, .command = true, .help = "Print what changed in each version" },
	{ "choose", 0, ARG_FLAG, .command = true, .help = "Pick recipes in a chooser and run them" },
	{ "clean", 0, ARG_LIST, 0, .command = true, .no_arguments = true, .shown = " [<RECIPE_PATH>...]",
	  .help = "Forget the results of all recipes, or of those below RECIPE_PATH" },
	{ "command", 'c', ARG_LIST, 1, .hyphens = true, .command = true, .shown = " <COMMAND>...",
	  .help = "Run a command with the folder and the environment of a recipe" },
	{ "completions", 0, ARG_VALUE, .command = true, .shown = " <SHELL>", .choices = shells, .help = "Print the completions for a shell" },
	{ "dump", 0, ARG_FLAG, .command = true, .help = "Print the tasks file" },
	{ "edit", 'e', ARG_FLAG, .command = true, .help = "Open the tasks file in $VISUAL, $EDITOR or vim" },
	{ "evaluate", 0, ARG_FLAG, .command = true, .help = "Print all variables with their values, or the value of one" },
	{ "fmt", 0, ARG_FLAG, .command = true, .help = "Format the tasks file in place" },
	{ "groups", 0, ARG_FLAG, .command = true, .help = "List the groups of recipes" },
	{ "init", 0, ARG_FLAG, .command = true, .help = "Write a first tasks file into the project's root" },
	{ "json", 0, ARG_FLAG, .command = true, .help = "Print the tasks file as JSON" },
	{ "list", 'l', ARG_LIST, 0, .command = true, .no_arguments = true, .shown = " [<MODULE>...]", .help = "List the recipes, or those of MODULE" },
	{ "man", 0, ARG_FLAG, .command = true, .help = "Print the manual page" },
	{ "show", 's', ARG_LIST, 1, .command = true, .no_arguments = true, .shown = " <RECIPE_PATH>...", .help = "Print a recipe" },
	{ "summary", 0, ARG_FLAG, .command = true, .help = "Print the names of the recipes in one line" },
	{ "usage", 0, ARG_LIST, 0, .command = true, .no_arguments = true, .shown = " [<PATH>...]", .help = "Print how recipes are called" },
	{ "variables", 0, ARG_FLAG, .command = true, .help = "Print the names of the variables" },
	{ "complete", 0, ARG_LIST, 0, .hyphens = true, .command = true, .extension = true, .shown = " [<WORD>...]",
	  .help = "Print what the last WORD may become, a candidate a line; the completions of the shells ask this" },
	{ "print-builtin", 0, ARG_FLAG, .command = true, .extension = true, .help = "Print the tasks file that serves where there is none" },
	{ "step", 0, ARG_LIST, 1, .hyphens = true, .command = true, .extension = true, .shown = " <NAME> [ARGUMENTS]...",
	  .help = "Run a built-in step; all words that follow are its own" },
	{ "steps", 0, ARG_LIST, 1, .hyphens = true, .command = true, .extension = true, .shown = " <FILE> [ARGUMENTS]...",
	  .help = "Run the step lines of FILE" },
	{ "help", 'h', ARG_STOP, .help = "Print this help" },
	{ "version", 'V', ARG_STOP, .help = "Print the version" },
	{ "ARGUMENTS", 0, ARG_POSITIONAL, .shown = "...", .help = "Variables (NAME=VALUE) and recipes to run, the first one of the file by default" },
};
const size_t options_count = ARRAY_LEN(options_table);

static bool option_given(const struct args *args, const char *name)
{
	return args_get(args, name)->present;
}

static struct str value_if_given(const struct args *args, const char *name)
{
	return option_given(args, name) ? args_value(args, name) : STR_NONE;
}

static void copy_list(const struct args *args, const char *name, struct arena *a, str_list *out)
{
	const struct arg_seen *seen = args_get(args, name);
	for (size_t i = 0; i < seen->values.n; i++)
		vec_push_in(out, a, seen->values.p[i]);
}

static size_t index_of(const char *const *words, struct str word)
{
	size_t i = 0;
	while (words[i] && !str_eq_c(word, words[i]))
		i++;
	return i;
}

static void read_flags(struct options *o)
{
	const struct args *args = &o->args;
	struct { const char *name; bool *to; } flags[] = {
		{ "dry-run", &o->dry_run }, { "quiet", &o->quiet }, { "yes", &o->yes }, { "unstable", &o->unstable },
		{ "no-deps", &o->no_deps }, { "no-dotenv", &o->no_dotenv }, { "one", &o->one }, { "time", &o->time },
		{ "timestamp", &o->timestamp }, { "explain", &o->explain }, { "allow-missing", &o->allow_missing },
		{ "default-list", &o->default_list }, { "check", &o->check }, { "unsorted", &o->unsorted },
		{ "list-submodules", &o->list_submodules }, { "no-aliases", &o->no_aliases }, { "shell-command", &o->shell_command },
		{ "no-cache", &o->no_cache }, { "global-justfile", &o->global_justfile }, { "force", &o->force }, { "why", &o->why },
		{ "keep-going", &o->keep_going }, { "replay", &o->replay }, { "watch", &o->watch },
	};
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		*flags[i].to = args_on(args, flags[i].name);
	o->highlight = !args_on(args, "no-highlight");
	o->verbosity = args_get(args, "verbose")->count;
}

static void read_texts(struct options *o)
{
	const struct args *args = &o->args;
	struct { const char *name; struct str *to; } texts[] = {
		{ "justfile", &o->justfile }, { "working-directory", &o->working_directory }, { "ceiling", &o->ceiling },
		{ "shell", &o->shell }, { "tempdir", &o->tempdir }, { "chooser", &o->chooser },
		{ "command-color", &o->command_color }, { "indentation", &o->indentation }, { "events", &o->events },
		{ "trace-file", &o->trace_file }, { "summary-file", &o->summary_file },
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i].to = value_if_given(args, texts[i].name);
	o->timestamp_format = args_value(args, "timestamp-format");
	o->list_heading = args_value(args, "list-heading");
	o->list_prefix = args_value(args, "list-prefix");
	o->dump_format = args_value(args, "dump-format");
	o->evaluate_format = args_value(args, "evaluate-format");
	o->output = (enum out_mode)index_of(outputs, args_value(args, "output"));
	static const enum color_mode modes[] = { COLOR_ALWAYS, COLOR_AUTO, COLOR_NEVER };
	o->color = modes[index_of(colors, args_value(args, "color"))];
	o->alias_style = (enum alias_style)index_of(alias_styles, args_value(args, "alias-style"));
	uint64_t jobs;
	const char *why;
	if (option_given(args, "jobs") && arg_natural(NULL, args_value(args, "jobs"), &jobs, &why))
		o->jobs = jobs;
}

static void read_lists(struct options *o, struct arena *a)
{
	const struct args *args = &o->args;
	copy_list(args, "dotenv-filename", a, &o->dotenv_filenames);
	copy_list(args, "dotenv-path", a, &o->dotenv_paths);
	copy_list(args, "dotenv-command", a, &o->dotenv_commands);
	copy_list(args, "group", a, &o->groups);
	copy_list(args, "shell-arg", a, &o->shell_args);
	o->shell_args_given = o->shell_args.n > 0 || args_on(args, "clear-shell-args");
	const struct arg_seen *names = args_get(args, "justfile-name");
	for (size_t i = 0; i < names->values.n; i++) {
		struct str rest = names->values.p[i], name;
		while (str_cut(rest, ',', &name, &rest), true) {
			vec_push_in(&o->justfile_names, a, name);
			if (rest.p == NULL || rest.n == 0)
				break;
		}
	}
}

static void read_command(struct options *o, struct arena *a)
{
	for (size_t i = 0; i < options_count; i++) {
		if (!options_table[i].command || !o->args.seen[i].present)
			continue;
		o->command = options_table[i].name;
		copy_list(&o->args, o->command, a, &o->command_values);
	}
}

/* Whether the word is a path of names: a::b, as an override's left side. */
static bool is_name_path(struct str s)
{
	bool start = true;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		bool more = (c >= '0' && c <= '9') || c == '-';
		if (letter || (more && !start)) {
			start = false;
		} else if (c == ':' && i + 1 < s.n && s.p[i + 1] == ':' && !start) {
			i++;
			start = true;
		} else {
			return false;
		}
	}
	return !start;
}

static bool add_override(struct options *o, struct arena *a, struct str path, struct str value, struct buf *message)
{
	if (!is_name_path(path)) {
		buf_addf(message, "invalid override path `%.*s`", STR_ARG(path));
		return false;
	}
	for (size_t i = 0; i < o->overrides.n; i++) {
		if (str_eq(o->overrides.p[i].path, path)) {
			o->overrides.p[i].value = value;
			return true;
		}
	}
	vec_push_in(&o->overrides, a, (struct lang_override){ path, value });
	return true;
}

/* By the module's path, name by name, then by the variable. */
static int override_cmp(const void *left, const void *right)
{
	struct str a = ((const struct lang_override *)left)->path, b = ((const struct lang_override *)right)->path;
	for (;;) {
		size_t m = str_find(a, STR("::")), n = str_find(b, STR("::"));
		if (m == STR_NPOS || n == STR_NPOS)
			return m != n ? (m == STR_NPOS ? -1 : 1) : str_cmp(a, b);
		int order = str_cmp(str_slice(a, 0, m), str_slice(b, 0, n));
		if (order != 0)
			return order;
		a = str_slice(a, m + 2, a.n);
		b = str_slice(b, n + 2, b.n);
	}
}

/* Whether the command's own values are read as the words of a run are: overrides, folder, names. */
static bool takes_paths(const struct options *o)
{
	for (size_t i = 0; o->command && i < options_count; i++) {
		if (strcmp(options_table[i].name, o->command) == 0)
			return options_table[i].no_arguments;
	}
	return false;
}

/* Words: overrides first, then recipes; the first recipe may be prefixed by the folder to search from. */
static bool read_words(struct options *o, struct arena *a, struct buf *message)
{
	const struct arg_seen *words = args_get(&o->args, takes_paths(o) ? o->command : "ARGUMENTS"), *set = args_get(&o->args, "set");
	for (size_t i = 0; i + 1 < set->values.n; i += 2) {
		if (!add_override(o, a, set->values.p[i], set->values.p[i + 1], message))
			return false;
	}
	size_t i = 0;
	for (; i < words->values.n; i++) {
		struct str word = words->values.p[i], name, value;
		if (str_find_char(word, '=') == STR_NPOS)
			break;
		str_cut(word, '=', &name, &value);
		if (!add_override(o, a, name, value, message))
			return false;
	}
	if (i < words->values.n) {
		struct str word = words->values.p[i];
		size_t slash = str_rfind_char(word, '/');
		if (str_eq(word, STR(".")) || str_eq(word, STR(".."))) {
			o->search_directory = word;
			i++;
		} else if (slash != STR_NPOS) {
			o->search_directory = str_slice(word, 0, slash + 1);
			word = str_slice(word, slash + 1, word.n);
			if (word.n > 0)
				vec_push_in(&o->arguments, a, word);
			i++;
		}
	}
	for (; i < words->values.n; i++)
		vec_push_in(&o->arguments, a, words->values.p[i]);
	if (o->search_directory.p && (o->global_justfile || o->justfile.p || o->working_directory.p)) {
		buf_add_c(message, "path-prefixed recipes may not be used with `--global-justfile`, `--working-directory`, or `--justfile`");
		return false;
	}
	name_list path = { 0 };
	AUTO_ERR err = { 0 };
	bool checked = takes_paths(o) && o->arguments.n > 0;
	if (checked && !invoke_path(o->arguments.p, o->arguments.n, a, &path, &err)) {
		buf_add_c(message, err.message);
		return false;
	}
	if (o->command && strcmp(o->command, "show") == 0 && path.n == 0) {
		buf_add_c(message, "`--show` requires recipe");
		return false;
	}
	if (o->overrides.n > 1)
		qsort(o->overrides.p, o->overrides.n, sizeof(o->overrides.p[0]), override_cmp);
	return true;
}

/* Commands that go without recipes; the name is the one that their message shows. */
static const struct { const char *command, *shown; } bare_commands[] = {
	{ "changelog", "changelog" }, { "completions", "completions" }, { "dump", "dump" }, { "edit", "edit" }, { "fmt", "format" },
	{ "groups", "groups" }, { "init", "init" }, { "json", "dump" }, { "man", "man" }, { "summary", "summary" },
	{ "variables", "variables" }, { "print-builtin", "print-builtin" },
};

/* `a`, `b`, and `c` */
static void add_ticked(struct buf *out, const struct str *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *before = i == 0 ? "" : n == 2 ? " and " : i + 1 == n ? ", and " : ", ";
		buf_addf(out, "%s`%.*s`", before, STR_ARG(items[i]));
	}
}

static bool check_bare(const struct options *o, struct arena *a, struct buf *message)
{
	if (o->command && strcmp(o->command, "evaluate") == 0 && o->arguments.n > 1) {
		buf_addf(message, "`--evaluate` used with unexpected argument%s: ", o->arguments.n == 2 ? "" : "s");
		add_ticked(message, o->arguments.p + 1, o->arguments.n - 1);
		return false;
	}
	size_t row = 0;
	while (o->command && row < ARRAY_LEN(bare_commands) && strcmp(bare_commands[row].command, o->command) != 0)
		row++;
	if (!o->command || row == ARRAY_LEN(bare_commands) || o->overrides.n + o->arguments.n == 0)
		return true;
	buf_addf(message, "`--%s` used with unexpected ", bare_commands[row].shown);
	if (o->overrides.n > 0) {
		str_list pairs = { 0 };
		for (size_t i = 0; i < o->overrides.n; i++)
			vec_push_in(&pairs, a, arena_fmt(a, "%.*s=%.*s", STR_ARG(o->overrides.p[i].path), STR_ARG(o->overrides.p[i].value)));
		buf_add_c(message, "overrides: ");
		add_ticked(message, pairs.p, pairs.n);
	}
	if (o->arguments.n > 0) {
		bool many = o->arguments.n > 1 || o->overrides.n > 0;
		buf_addf(message, "%sargument%s: ", o->overrides.n > 0 ? "; and " : "", many ? "s" : "");
		add_ticked(message, o->arguments.p, o->arguments.n);
	}
	return false;
}

bool options_read(const struct options_input *in, struct arena *a, struct options *o, struct buf *message, int *status)
{
	*o = (struct options){ .program = in->program, .extensions = in->extensions };
	struct args_input input = { options_table, options_count, in->program, in->extensions, in->argc, in->argv, in->environ };
	*status = 2;
	if (!args_parse(&input, a, &o->args, message))
		return false;
	if (o->args.stop)
		return true;
	read_flags(o);
	read_texts(o);
	read_lists(o, a);
	read_command(o, a);
	*status = 1;
	AUTO_BUF text = { 0 };
	if (read_words(o, a, &text) && check_bare(o, a, &text))
		return true;
	buf_addf(message, "error: %.*s\n", STR_ARG(buf_str(&text)));
	return false;
}
