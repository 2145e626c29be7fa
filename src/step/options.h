/*
 * options.h: the words of a step line into options and operands, by a table; the same for every step of ours. (Steps that speak helm's or
 * tk's own command line parse their words themselves.)
 */
#ifndef STEP_OPTIONS_H
#define STEP_OPTIONS_H

#include "run/step.h"

enum step_option_kind {
	STEP_FLAG,  /* --name: sets a bool */
	STEP_VALUE, /* --name VALUE or --name=VALUE: sets a struct str; the last one counts */
	STEP_LIST,  /* the same, adds to a step_words */
};

struct step_option {
	const char *name;  /* with its dashes: "--out" */
	const char *alias; /* a short form, or NULL */
	enum step_option_kind kind;
	size_t offset;     /* of the member in the options struct */
};

/*
 * Fills the members of `opts` and collects operands; `--` ends options. An unknown option, a missing value, fewer than `least` or more than `most`
 * operands are ERR_USAGE with the step's usage as hint. The table ends with a row without a name.
 */
MUST_CHECK bool step_options(const struct step_def *def, const struct step_option *table, const step_words *args, size_t least, size_t most,
			     struct arena *a, void *opts, step_words *operands, struct err *err);

#endif
