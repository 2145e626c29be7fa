/* vendor.h: what other steps need of vendoring: its options for this project. */
#ifndef STEP_VENDOR_H
#define STEP_VENDOR_H

#include "pkg/vendor.h"
#include "run/step.h"

/* The options of a `vendor` without words: the project's chartfile and jsonnetfile, the user's store, credentials and certificates. Everything lives as long as ctx. */
void vendor_options_of(struct step_ctx *ctx, struct pkg_vendor_options *out);
/* What `vendor --check` finds: how much is vendored, in words ("4 charts, 1 bundle"), and a line for each difference from the lock. Memory in ctx->arena. */
MUST_CHECK bool vendor_compare(struct step_ctx *ctx, const struct pkg_vendor_options *opt, struct str *counts, step_words *differences, struct err *err);
/* `vendor diff CHART VERSION [ENVIRONMENT…]`: what that version would change in the rendered environments (all, where none is named). STEP_DIFFERENCES where anything would. */
MUST_CHECK bool vendor_diff(struct step_ctx *ctx, const struct pkg_vendor_options *opt, const step_words *words, enum step_status *status,
			    struct err *err);
/* The folder of docker's config.json; empty where there is none. */
struct str docker_config_of(struct step_ctx *ctx);

#endif
