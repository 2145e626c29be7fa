/*
 * pflags.h: command lines as Go's spf13/pflag reads them, for the steps that speak helm's own.
 *
 * Options and operands may mix, `--` ends options, `--name=value` or `--name value`, short options may be joined (-gn NAME). Errors are pflag's.
 */
#ifndef STEP_PFLAGS_H
#define STEP_PFLAGS_H

#include "run/step.h"

enum pflag_kind {
	PFLAG_BOOL,    /* bool */
	PFLAG_STRING,  /* struct str; the last one counts */
	PFLAG_OPT,     /* struct str; without `=value` it is `given` */
	PFLAG_ARRAY,   /* step_words: one word each time */
	PFLAG_STRINGS, /* step_words: a list with commas each time, as a line of CSV */
	PFLAG_PAIRS,   /* step_words: a list with commas of key=value */
	PFLAG_INT,     /* int64_t */
	PFLAG_FLOAT,   /* double */
	PFLAG_DURATION, /* struct str, checked to be a duration */
	PFLAG_PROGRAM, /* struct str: the path of a program, looked for in PATH */
};

struct pflag {
	const char *name;   /* without dashes */
	char shorthand;     /* 0: none */
	enum pflag_kind kind;
	size_t offset;      /* of the member in the options struct */
	const char *given;  /* of PFLAG_OPT */
};

struct pflags {
	const struct pflag *table; /* ended by a row without a name */
	struct str path; /* PATH's value, for PFLAG_PROGRAM */
};

/* Fills the members of `opts`, collects operands. Errors: ERR_USAGE "unknown flag: --x" and the like. */
MUST_CHECK bool pflags_parse(const struct pflags *flags, const step_words *args, struct arena *a, void *opts, step_words *operands,
			     struct err *err);

#endif
