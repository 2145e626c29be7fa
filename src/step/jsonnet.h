/*
 * jsonnet.h: the jsonnet command of the C++ implementation, with its options, output, messages and exit status.
 *
 * Besides the step of that name, cli calls it at once for `raibid-run --step jsonnet`, without a session.
 */
#ifndef STEP_JSONNET_H
#define STEP_JSONNET_H

#include <stdatomic.h>

#include "step/template.h"

/* What the process knows. */
struct jsonnet_env {
	char *const *environ;      /* JSONNET_PATH; variables of --ext-str NAME */
	const atomic_bool *cancel; /* may be NULL */
};

/* Runs the command with the words after `jsonnet`; `print`, called once at the end, gets what it writes and its exit status. Returns what
 * `print` returns. */
int jsonnet_command(const step_words *args, const struct jsonnet_env *env, template_print_fn *print, void *ctx);

#endif
