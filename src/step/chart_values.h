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

/* What every command of helm's takes. */
struct helm_globals {
	struct str kubeconfig, kube_context, ns, unused;
	step_words unused_list;
	int64_t unused_int;
	double unused_float;
	bool debug, ignored;
};
#define HELM_GLOBAL_FLAGS(type, member) \
	CHART_VALUES_FLAG("namespace", 'n', PFLAG_STRING, type, member.ns), CHART_VALUES_FLAG("debug", 0, PFLAG_BOOL, type, member.debug), \
		CHART_VALUES_FLAG("kubeconfig", 0, PFLAG_STRING, type, member.kubeconfig), \
		CHART_VALUES_FLAG("kube-context", 0, PFLAG_STRING, type, member.kube_context), \
		CHART_VALUES_FLAG("burst-limit", 0, PFLAG_INT, type, member.unused_int), \
		CHART_VALUES_FLAG("kube-apiserver", 0, PFLAG_STRING, type, member.unused), \
		CHART_VALUES_FLAG("kube-as-group", 0, PFLAG_ARRAY, type, member.unused_list), \
		CHART_VALUES_FLAG("kube-as-user", 0, PFLAG_STRING, type, member.unused), \
		CHART_VALUES_FLAG("kube-ca-file", 0, PFLAG_STRING, type, member.unused), \
		CHART_VALUES_FLAG("kube-insecure-skip-tls-verify", 0, PFLAG_BOOL, type, member.ignored), \
		CHART_VALUES_FLAG("kube-tls-server-name", 0, PFLAG_STRING, type, member.unused), \
		CHART_VALUES_FLAG("kube-token", 0, PFLAG_STRING, type, member.unused), \
		CHART_VALUES_FLAG("qps", 0, PFLAG_FLOAT, type, member.unused_float), \
		CHART_VALUES_FLAG("registry-config", 0, PFLAG_STRING, type, member.unused), \
		CHART_VALUES_FLAG("repository-cache", 0, PFLAG_STRING, type, member.unused), \
		CHART_VALUES_FLAG("repository-config", 0, PFLAG_STRING, type, member.unused)

/* Reads the files ("-" is standard input) and merges all into one map in `a`. Errors are helm's. */
MUST_CHECK bool chart_values_read(const struct chart_values *given, struct arena *a, struct value *out, struct err *err);

#endif
