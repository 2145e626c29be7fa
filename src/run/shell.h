/*
 * shell.h: commands on behalf of recipes: which shell, which folder, which environment, and how a child's end is read.
 *
 * Fatal signals (HUP, INT, QUIT, TERM) are blocked while a struct shells exists and are taken where it waits: a child that runs is waited
 * for, TERM is passed on to it, and the run ends afterwards. With no child at work the first such signal ends the program at once.
 */
#ifndef RUN_SHELL_H
#define RUN_SHELL_H

#include <sys/types.h>

#include "lang/lang.h"

struct shell_child;
struct shells_options {
	const struct lang_tree *tree;
	char *const *environ;           /* as main got it */
	struct str invocation_directory;
	struct str shell;               /* --shell; p is NULL where it is not given */
	const struct str *shell_args;
	size_t n_shell_args;
	bool shell_args_given;
	/* Environment files. */
	bool no_dotenv;
	bool dry_run, quiet;
	const struct str *dotenv_filenames, *dotenv_paths, *dotenv_commands;
	size_t n_dotenv_filenames, n_dotenv_paths, n_dotenv_commands;
	struct inputs *inputs;          /* who is told of environment files and commands; may be NULL */
	/* Who is told of each environment file that is looked for, and of each variable that the meaning of one depends on; may be NULL. */
	void (*looked)(void *ctx, struct str path);
	void (*asked)(void *ctx, struct str name);
	/* What is known of a command of the tasks file that need not be run again, and who is told of those that went well; may be NULL. */
	bool (*answer)(void *ctx, const struct shell_child *child, struct str *out);
	void (*ran)(void *ctx, const struct shell_child *child, struct str out);
	void *told_ctx;
	struct job_slots *slots;            /* of jobs: MAKEFLAGS of children, put back before the program ends at once; may be NULL */
	bool is_group;                  /* whoever ends the program ends its process group: TERM is not passed on */
};

struct shells;

/* `options` is copied, what it points to is borrowed. Blocks the fatal signals until shells_free, which takes NULL. */
struct shells *shells_new(const struct shells_options *options);
void shells_free(struct shells *s);

/* Loads the environment files of the tree's modules, parents first. */
MUST_CHECK bool shells_load_dotenv(struct shells *s, struct err *err);

/* The two functions of struct lang_host that need processes and environments; ctx is the struct shells. */
bool shells_module_env(void *ctx, const struct lang_module *module, struct str name, struct str *out);
bool shells_backtick(void *ctx, const struct lang_command *command, struct arena *a, struct str *out, struct err *err);

/* The exit status of the last command of these that failed; 0 if none did. */
int shells_failed_status(const struct shells *s);

/* The words that a module's shell begins with: `sh -cu`. */
struct shell_words {
	const struct str *p;
	size_t n;
};
struct shell_words shells_words(const struct shells *s, const struct lang_module *module);
/* Where the module's recipes run by default; absolute. */
struct str shells_directory(const struct shells *s, const struct lang_module *module, struct arena *a);

/* The environment of a command run in a scope, as execve takes it, with `extra` set last; in `a`. */
struct shell_pair {
	struct str name, value;
};
char **shells_environ(struct shells *s, const struct lang_module *module, const struct lang_scope *scope,
		      const struct shell_pair *extra, size_t n_extra, struct arena *a);

/* The same told as what is laid over the program's own environment, in order: a value without pointer takes the name away. */
typedef void shells_visit(void *ctx, struct str name, struct str value);
void shells_overlay(struct shells *s, const struct lang_module *module, const struct lang_scope *scope, shells_visit *visit,
		    void *ctx);

/* What shells_start and the like return where a word has a NUL byte. */
#define SHELL_NUL (-1)
/* A word for a child: a C string in `a`, or a mark where it has a NUL byte, with which no child starts. */
const char *shell_word(struct str word, struct arena *a);

/* Whether sh would do nothing with the text but split it at blanks: then whoever knows its first word can do without a shell. */
bool shell_is_plain(struct str text);

/* A child to start. */
struct shell_child {
	const char *const *argv; /* ends with NULL */
	char *const *environ;
	const char *directory;   /* NULL: the program's own */
	bool is_quiet;           /* its output and errors are thrown away */
	bool is_exposed;         /* while it is waited for, a fatal signal ends the program at once: so just has it with its chooser and editor */
};
/* Starts it with the program's own streams. 0, or the errno of the failure. A fatal signal that waits ends the program. */
int shells_start(struct shells *s, const struct shell_child *child, pid_t *pid);
/* Whether such a child could be started; like a start, obeys a fatal signal that waits. */
bool shells_can_start(struct shells *s, const struct shell_child *child);
/* Waits until one of the `n` children has ended: *which and its status as waitpid gives it. */
void shells_wait(struct shells *s, const pid_t *pids, size_t n, size_t *which, int *status);
/* The same, or until `fd` polls readable: false then. */
bool shells_wait_or(struct shells *s, int fd, const pid_t *pids, size_t n, size_t *which, int *status);
/* Runs a child with its standard output read into `out`; 0 or errno. `input` (may be NULL) is fed to its standard input. */
int shells_capture(struct shells *s, const struct shell_child *child, const struct str *input, struct buf *out, int *status);
/* The first signal that came while a child ran, 0 if none; forgets it with shells_forget_signal. */
int shells_signal(const struct shells *s);
void shells_forget_signal(struct shells *s);
/* Reads one line of standard input without its end; false at its end. A fatal signal ends the program. */
bool shells_read_line(struct shells *s, struct buf *out);
/* "SIGINT" */
const char *signal_name(int signal);
/* Why a shell could not be started, to go behind "because": "just could not find the shell". */
const char *shell_fault(int code);
/* "No such file or directory (os error 2)" in `a`. */
struct str os_error(struct arena *a, int code);

#endif
