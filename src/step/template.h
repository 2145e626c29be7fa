/*
 * template.h: `helm template` with helm's own flags, output, errors and exit status.
 *
 * Besides the step of that name, cli calls it at once for `raibid-run --step template`, without a session: it prints and keeps nothing.
 */
#ifndef STEP_TEMPLATE_H
#define STEP_TEMPLATE_H

#include "base/buf.h"
#include "run/step.h"

/* What the process knows. All of it may be empty. */
struct template_env {
	struct str path;      /* PATH */
	struct str ns;        /* HELM_NAMESPACE */
	char *const *environ; /* for KUBECONFIG and HOME: the namespace of the kubeconfig's context is the default; NULL: not looked at */
	bool follow_links;
	bool is_last; /* the process ends after this: nothing is given back before */
};

/* Takes what helm writes to standard error, and to standard output in pieces; all is borrowed for the call. Returns the exit status. */
typedef int template_print_fn(void *ctx, int status, struct str log, const struct str *pieces, size_t n);
/* For a step that runs such a command: ctx is its struct step_ctx. */
template_print_fn template_print_step;

/* Runs the command with the words after `template`; `print`, called once at the end, gets what it writes and its exit status. Returns what `print`
 * returns. */
int template_command(const step_words *args, const struct template_env *env, template_print_fn *print, void *ctx);

#endif
