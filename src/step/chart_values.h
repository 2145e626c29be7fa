/* chart_values.h: the flags of helm's commands that give values to a chart: -f, --set and its kin. */
#ifndef STEP_CHART_VALUES_H
#define STEP_CHART_VALUES_H

#include "data/value.h"
#include "run/step.h"
#include "step/pflags.h"

struct chart_values {
	step_words files, set, set_string, set_file, set_json, set_literal;
};

/* Rows for a table of flags whose options struct `type` has a struct chart_values `member`. */
#define CHART_VALUES_FLAG(name, shorthand, kind, type, member) { name, shorthand, kind, offsetof(struct type, member), NULL }
#define CHART_VALUES_FLAGS(type, member) \
	CHART_VALUES_FLAG("values", 'f', PFLAG_STRINGS, type, member.files), CHART_VALUES_FLAG("set", 0, PFLAG_ARRAY, type, member.set), \
		CHART_VALUES_FLAG("set-string", 0, PFLAG_ARRAY, type, member.set_string), \
		CHART_VALUES_FLAG("set-file", 0, PFLAG_ARRAY, type, member.set_file), \
		CHART_VALUES_FLAG("set-json", 0, PFLAG_ARRAY, type, member.set_json), \
		CHART_VALUES_FLAG("set-literal", 0, PFLAG_ARRAY, type, member.set_literal)

/* Reads the files ("-" is standard input) and merges all into one map in `a`. Errors are helm's. */
MUST_CHECK bool chart_values_read(const struct chart_values *given, struct arena *a, struct value *out, struct err *err);

#endif
