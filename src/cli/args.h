/*
 * args.h: reading a command line by a table of options.
 *
 * The rules and the words of the errors are those of the argument parser that users of just know: long and short options, clusters,
 * `--long=value`, counts, options that take a list until the next option, a last positional that takes all that follows, values from the
 * environment, conflicts and requirements, a tip for what is nearly an option, a usage line made from what was given. What an option is
 * lies in its row alone; this file knows none by name.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"

enum arg_kind {
	ARG_FLAG,       /* takes no value, may be given once */
	ARG_FALSEY,     /* the same, but its variable may hold any word */
	ARG_COUNT,      /* takes no value, counts */
	ARG_VALUE,      /* one value, may be given once */
	ARG_APPEND,     /* `min` values each time, any number of times */
	ARG_LIST,       /* `min` or more values, up to the next option */
	ARG_POSITIONAL, /* all that follows its first value, options or not */
	ARG_STOP,       /* ends the reading with success at once: --help */
};

/* Checks a value of its option; false with the reason in *why (static or in the arena). */
typedef bool arg_check(struct arena *a, struct str value, const char **why);

#define ARG_PEERS 4

struct arg_spec {
	const char *name;          /* long name without dashes; for the positional its own */
	char letter;               /* short name or 0 */
	uint8_t kind;              /* enum arg_kind */
	uint8_t min;               /* ARG_APPEND, ARG_LIST: fewest values */
	bool hyphens;              /* its values may begin with a hyphen */
	bool command;              /* one of those of which only one may be given */
	bool extension;            /* unknown where extensions are off */
	bool no_arguments;         /* a command that takes its own values, never the positional */
	const char *shown;         /* what follows the name in messages: " <VALUE>", "..." */
	const char *env;           /* variable that gives it where the command line does not, or NULL */
	const char *fallback;      /* value where nothing gives one, or NULL */
	const char *const *choices; /* NULL-terminated allowed values, or NULL */
	arg_check *check;
	const char *conflicts[ARG_PEERS]; /* names that it cannot be used with; either side may say so */
	const char *overrides;     /* name of which what was given earlier on the line does not count, and the other way round; its variable conflicts */
	const char *required;      /* name that must be there too, or NULL */
	const char *only_with;     /* of the commands it can be used with this one alone; NULL: with any */
	const char *help;
};

/* What was given for one row of the table. */
struct arg_seen {
	bool present;    /* on the command line or by its variable */
	bool on;         /* ARG_FLAG: its value */
	uint32_t count;  /* times given; ARG_COUNT: the value */
	VEC(struct str) values;
};

struct args {
	const struct arg_spec *table;
	size_t n;
	struct arg_seen *seen; /* by row */
	const struct arg_spec *stop; /* the ARG_STOP met, or NULL */
};

struct args_input {
	const struct arg_spec *table;
	size_t n;
	const char *program;  /* name in usage lines */
	bool extensions;      /* whether rows of that kind are known */
	int argc;
	char **argv;          /* without the program's name */
	char **environ;
};

/*
 * Reads the command line into *out, everything in `a` or borrowed from argv and environ. False with the whole message for standard error in
 * *message; the exit status is 2 then.
 */
MUST_CHECK bool args_parse(const struct args_input *in, struct arena *a, struct args *out, struct buf *message);

/* The row with this name; must exist. */
const struct arg_seen *args_get(const struct args *args, const char *name);
/* Whether the flag is set. */
bool args_on(const struct args *args, const char *name);
/* The last value given, else the row's fallback, else STR_NONE. */
struct str args_value(const struct args *args, const char *name);
/* Read a whole number, the second one without a `-`; false with the reason in *why, as arg_check. */
MUST_CHECK bool arg_natural(struct arena *a, struct str value, uint64_t *out, const char **why);
MUST_CHECK bool arg_whole(struct arena *a, struct str value, int64_t *out, const char **why);
/* The value of `name` in an environment, or NULL. */
const char *args_env(char **environ, const char *name);

#endif
