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
};

/* Runs the command with the words after `template`; adds what helm writes to standard output and standard error to the bufs. Returns the
 * exit status. */
int template_command(const step_words *args, const struct template_env *env, struct buf *out, struct buf *log);

#endif
