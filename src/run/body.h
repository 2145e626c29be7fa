/*
 * body.h: the body of one recipe at work: line by line in the shell, or whole by an interpreter.
 *
 * A body is advanced until it waits for a child; the run's loop gives it the child's end and advances it again, so that several bodies can
 * be at work at once.
 */
#ifndef RUN_BODY_H
#define RUN_BODY_H

#include "run/justcache.h"
#include "run/recipe.h"

enum body_state { BODY_WAITS, BODY_DONE, BODY_FAILED };

struct body {
	const struct run_options *options;
	const struct run_hooks *hooks;
	struct shells *shells;
	const struct lang_recipe *recipe;
	const struct lang_scope *scope;
	const struct lang_value *args; /* as the call gave them */
	struct arena *arena;       /* lives as long as the body */

	/* Made by body_begin. */
	char **environ;
	const char *directory;     /* NULL: the program's own */
	struct str directory_name; /* the same, always set */
	const char **shell_argv;   /* of a line; the command goes to [n_shell] */
	size_t n_shell;
	struct str timestamp_format;
	bool timestamp;
	uint32_t continues;        /* bit of each signal after which a child that ended well lets the run go on */

	/* Where it is. */
	size_t next;               /* line */
	uint32_t line_number;      /* from 1, of the last line read */
	bool infallible, guard;
	bool is_fast;              /* the child was started without the shell */
	pid_t child;
	struct str script_dir;     /* removed at the end */
	struct run_body hooked;
	bool is_steps;             /* step lines, which are told of one by one */
	struct justcache_call cache_call;
	struct justcache cache;    /* its fd is 0 where there is none */

	/* How it failed. */
	struct run_end end;
};

/* A body evaluated ahead of its run: what would be executed, in what way. In the body's arena. */
struct body_line {
	struct str text;
	uint32_t number;   /* in the file, from 1; of a script how many lines stand before it */
	bool is_echoed, is_infallible, is_guard;
};
struct body_text {
	bool is_script;    /* one line: the script, not padded */
	struct body_line *lines;
	size_t n_lines;
	const char **before; /* words before the line or the script; none for a shebang's */
	size_t n_before;
	const char **behind; /* words behind it */
	size_t n_behind;
};
/* Needs the fields above the first gap; sets directory_name and env besides. The body cannot be run afterwards. */
MUST_CHECK bool body_describe(struct body *b, struct body_text *out, struct err *err);

/* The fields above the first gap must be set. */
MUST_CHECK bool body_begin(struct body *b, struct err *err);
/* Goes on until a child is started (b->child) or the body has ended. */
enum body_state body_advance(struct body *b, struct err *err);
/* Takes the end of b->child, then goes on. */
enum body_state body_resume(struct body *b, int status, struct err *err);
/* Removes what it left on disk. */
void body_end(struct body *b);

#endif
