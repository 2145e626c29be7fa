/*
 * tk.h: the commands that speak tk's own command line: show, eval, export, env. Output, errors and exit status are tk's.
 *
 * cli calls them at once, without a session; as steps of a tasks file they run the same way.
 */
#ifndef STEP_TK_H
#define STEP_TK_H

#include "base/buf.h"
#include "run/step.h"
#include "step/pflags.h"
#include "tanka/load.h"

/* What the process knows. */
struct tk_env {
	char *const *environ;
	struct str cwd;       /* absolute */
	int jobs;             /* processors to use, at least 1 */
	const atomic_bool *cancel; /* may be NULL */
	/* Shows the question and reads one line; NULL: nobody answers. */
	bool (*ask)(void *ctx, struct str question, struct str *answer, struct arena *a);
	void *ask_ctx;
};

/* Runs the command with the words after its name; adds what tk writes to standard output and standard error to the bufs. Returns the exit status. */
typedef int tk_command(const step_words *args, const struct tk_env *env, struct buf *out, struct buf *log);
tk_command tk_show, tk_eval, tk_export, tk_env_command;

/* --- for the commands' own files --- */

struct tk_vars {
	step_words ext_str, ext_code, ext_str_file, ext_code_file, tla_str, tla_code, tla_str_file, tla_code_file;
	int64_t max_stack;
	struct str implementation, log_level;
	bool help;
};

#define TK_LIST_FLAG(type, name, letter, member) { name, letter, PFLAG_ARRAY, offsetof(type, vars.member), NULL }
/* The rows of every command that evaluates; `type` has a member `struct tk_vars vars`. */
#define TK_VARS_FLAGS(type)                                                                  \
	TK_LIST_FLAG(type, "ext-str", 'V', ext_str),                                         \
	TK_LIST_FLAG(type, "ext-code", 0, ext_code),                                         \
	TK_LIST_FLAG(type, "ext-str-file", 0, ext_str_file),                                 \
	TK_LIST_FLAG(type, "ext-code-file", 0, ext_code_file),                               \
	TK_LIST_FLAG(type, "tla-str", 'A', tla_str),                                         \
	TK_LIST_FLAG(type, "tla-code", 0, tla_code),                                         \
	TK_LIST_FLAG(type, "tla-str-file", 0, tla_str_file),                                 \
	TK_LIST_FLAG(type, "tla-code-file", 0, tla_code_file),                               \
	{ "max-stack", 0, PFLAG_INT, offsetof(type, vars.max_stack), NULL },                 \
	{ "jsonnet-implementation", 0, PFLAG_STRING, offsetof(type, vars.implementation), NULL }, \
	{ "log-level", 0, PFLAG_STRING, offsetof(type, vars.log_level), NULL },              \
	{ "help", 'h', PFLAG_BOOL, offsetof(type, vars.help), NULL }

#define TK_VARS_HELP                                                                                           \
	"  -V, --ext-str KEY=VALUE    External variable; --ext-code, --ext-str-file, --ext-code-file\n"        \
	"  -A, --tla-str KEY=VALUE    Top-level argument; --tla-code, --tla-str-file, --tla-code-file\n"       \
	"      --max-stack N          Frames that a program may nest; default: 500\n"

/* One command at work. */
struct tk {
	const struct tk_env *env;
	struct arena *a;
	struct tanka_log *messages;
	struct tanka_host *host;
	struct tanka_options options;
	struct buf *out;
	struct err *err;
	VEC(struct arena *) arenas; /* of tk_arena */
};

/* An arena of its own for a thread, which lives as long as the command. */
struct arena *tk_arena(struct tk *tk);

/* Refuses a --log-level that tk's log does not know; ours has no levels. */
MUST_CHECK bool tk_log_level(struct tk *tk, struct str level);

typedef bool tk_work(struct tk *tk, const step_words *args);
/* Runs `work` with all that it needs; prints its error as tk does. */
int tk_run(tk_work *work, const step_words *args, const struct tk_env *env, struct buf *out, struct buf *log);

/* What the words of a command are. */
struct tk_usage {
	const struct pflag *flags;
	const char *line;     /* "show <path> [flags]" */
	const struct step_def *def;
	size_t least, most;   /* operands */
};
/* Reads the words. *done where --help was asked for and printed. */
MUST_CHECK bool tk_parse(struct tk *tk, const struct tk_usage *usage, const step_words *args, void *opts, const bool *help,
			 step_words *operands, bool *done);
/* Takes variables into tk->options. */
MUST_CHECK bool tk_take_vars(struct tk *tk, const struct tk_vars *vars);
MUST_CHECK bool tk_filter(struct tk *tk, const step_words *targets, struct tanka_filter *out);

/* tk's variables out of KEY=VALUE words, added to `ext` or `tla`, which live in `a`. For render too. */
struct tk_var_list {
	VEC(struct jsonnet_var) ext, tla;
};
MUST_CHECK bool tk_vars_parse(const struct tk_vars *vars, struct arena *a, struct tk_var_list *out, struct err *err);

#endif
