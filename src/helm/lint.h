/*
 * lint.h: what is wrong with a chart, as `helm lint` (https://helm.sh/docs/helm/helm_lint/) finds it: Chart.yaml, values.yaml and its schema,
 * the templates with what they give, and the dependencies.
 */
#ifndef HELM_LINT_H
#define HELM_LINT_H

#include "helm/helm.h"

enum lint_severity { LINT_INFO = 1, LINT_WARNING, LINT_ERROR };

struct lint_message {
	enum lint_severity severity;
	struct str path; /* what it is about: "Chart.yaml", "templates/x.yaml"; may be empty */
	struct str text;
};
typedef VEC(struct lint_message) lint_messages;

struct lint_options {
	struct str dir;   /* absolute folder of the chart */
	struct str shown; /* the folder as the user named it */
	struct value values; /* the user's: VAL_MAP */
	struct str ns;
	struct str kube_version; /* empty: HELM_KUBE_VERSION */
	bool skip_schema_validation;
	const struct go_host *host;
	struct helm_log log;
};

/* Adds what is found, in Helm's order, to `out`, in `a`. An error is one of ours (a limit), not one of the chart. */
void helm_lint(const struct lint_options *options, struct arena *a, lint_messages *out);

/* ---- Its parts; `out` and `a` as above ---- */

struct linter {
	const struct lint_options *options;
	struct arena *a;
	lint_messages *out;
};
/* Adds a message; false, so that a rule can end with it. */
bool lint_say(struct linter *l, enum lint_severity severity, struct str path, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The text of an error that is a finding; it is emptied. */
bool lint_say_err(struct linter *l, enum lint_severity severity, struct str path, struct err *err);

/* The string as Go's %q quotes it, in l->a. */
struct str lint_quoted(struct linter *l, struct str s);

/* The rules for Chart.yaml, and for values and templates, which are rendered for it; all that they find is added to l->out. */
void lint_chartfile(struct linter *l);
void lint_templates(struct linter *l);
/* Adds what Kubernetes says of such a name for an object of that kind, as its field errors read; nothing where it is well formed. */
void lint_object_name(struct str kind, struct str name, struct buf *out);
/* "apps/v1beta1 Deployment is deprecated in v1.8+, …" where that is so in the cluster's version. */
bool lint_is_deprecated(struct str api_version, struct str kind, const struct helm_kube_version *kube, struct buf *out);

#endif
