/*
 * objects.h: an environment rendered into memory: the files that `render` would write, without writing any. For steps that ask what an environment
 * holds, also with another
 * chart in place of one.
 */
#ifndef STEP_OBJECTS_H
#define STEP_OBJECTS_H

#include "step/environment.h"
#include "step/rendered.h"

/* A chart to render with in place of the one that a release finds. */
struct chart_swap {
	struct str from, to; /* absolute folders */
	size_t swapped;      /* releases that it concerned */
};

/* Renders all releases and manifests of the environment. `swap` may be NULL. Memory in ctx->arena. */
MUST_CHECK bool environment_render(struct step_ctx *ctx, const struct environment *env, struct chart_swap *swap, rendered_files *out,
				   struct err *err);

#endif
