/*
 * tanka_host.h: the world of Tanka's environments (tanka/host.h) put together: files, charts rendered in process, kustomize from the path.
 */
#ifndef STEP_TANKA_HOST_H
#define STEP_TANKA_HOST_H

#include "run/step.h"
#include "tanka/host.h"

/* Collects what goes to standard error; safe for several threads. */
struct tanka_log;
struct tanka_log *tanka_log_new(struct arena *a);
/* Adds what has come so far to `out` and forgets it. */
void tanka_log_take(struct tanka_log *log, struct buf *out);
void tanka_log_deinit(struct tanka_log *log);

/* A host that reads and keeps nothing in mind, for the commands that print. Lives in `a`. */
struct tanka_host *tanka_host_plain(struct arena *a, struct str cwd, char *const *environ, struct tanka_log *log);
/* Such a host then renders equal charts once for all environments (chart_share.h). `share` outlives it. */
struct chart_share;
void tanka_host_share(struct tanka_host *host, struct chart_share *share);

/* How many charts a step's host was asked for, and how many of them it had to render. */
struct tanka_counts {
	size_t charts, rendered;
	bool remember;                  /* set: what was asked for goes to `asked` too, in the step's arena */
	VEC(struct tanka_chart) asked;
};
/* A host that reports everything to the step, each chart being a part of it (run/step.h). `counts` outlives it. Random values of charts are kept under
 * `environment` (kept.h). */
struct tanka_host *tanka_host_step(struct step_ctx *ctx, struct str environment, struct tanka_counts *counts);
/* Such a host then renders another chart in place of one (objects.h). `swap` outlives it; NULL: none. */
struct chart_swap;
void tanka_host_swap(struct tanka_host *host, struct chart_swap *swap);

#endif
