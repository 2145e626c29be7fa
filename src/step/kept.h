/*
 * kept.h: random values of an environment's charts (passwords, keys, certificates), kept from render to render.
 *
 * A chart that makes a password with randAlphaNum makes another one at each render, and each deploy would change it. Rendering an environment gives
 * such functions what they gave the last time (helm/engine.h, struct engine_keep). The values are in the project's state, sealed with its key; each by
 * environment, release and use. Renewing them is a deed of its own: it forgets them and writes .raibid/rotated/…, a file that each render reads, so that no recorded
 * result from before holds any more.
 */
#ifndef STEP_KEPT_H
#define STEP_KEPT_H

#include "helm/engine.h"
#include "run/step.h"

struct kept {
	struct state *state;
	struct str environment, release;
	struct engine_keep keep; /* what the render is given */
};

/* For one release; `environment` is the folder as records name it. Strings are borrowed. Reports to the step that its result depends on when the values were last
 * renewed. */
MUST_CHECK bool kept_init(struct kept *k, struct step_ctx *ctx, struct str environment, struct str release, struct err *err);

/* The releases of an environment of which values are kept, in order of bytes. Memory in ctx->arena. */
MUST_CHECK bool kept_releases(struct step_ctx *ctx, struct str environment, step_words *out, struct err *err);

/* Forgets what is kept for the releases of an environment. */
MUST_CHECK bool kept_rotate(struct step_ctx *ctx, struct str environment, const step_words *releases, struct err *err);

#endif
