/* why_field.h: `why Deployment/app.spec.replicas`: where a field of an environment's object comes from. */
#ifndef STEP_WHY_FIELD_H
#define STEP_WHY_FIELD_H

#include "run/step.h"

/* Whether the word names a field of an object ([NAMESPACE/]KIND/NAME.FIELD) or a line of a rendered file (FILE.yaml:LINE), and no recipe or step: those have no slash. */
bool why_field_is(struct str word);
/* Prints the answer. `args` are the words after `why`: the field, and --env ENVIRONMENT. */
MUST_CHECK bool why_field(struct step_ctx *ctx, const step_words *args, struct err *err);

#endif
