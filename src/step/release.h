/*
 * release.h: a release as Helm's engine is asked for it, whether an environment.yaml declares it or a jsonnet program; and rendering one of an environment, as
 * `render` and the steps that explain it do.
 */
#ifndef STEP_RELEASE_H
#define STEP_RELEASE_H

#include "helm/helm.h"
#include "helm/print.h"
#include "step/environment.h"
#include "tanka/host.h"

/* The declaration of what a jsonnet program asked for: its `chart` is the path itself. Borrows from `chart`, but for the list in `a`. */
struct env_release release_of_chart(const struct tanka_chart *chart, struct arena *a);
/* What all renders of a release have in common: name, namespace, versions, and the world that templates see with `environ` (template_host.h), in `a`. Values, log and
 * what watches are the caller's. Borrows from `def`. */
struct helm_render_options release_options(const struct env_release *def, char *const *environ, struct arena *a);
/* Which of the documents that a render gives are part of the release. */
struct helm_print_options release_wanted(const struct env_release *def);

struct release {
	const struct environment *env;
	const struct env_release *def;
	struct str chart; /* absolute path of its folder or archive */
	struct str kept_as; /* under which its random values are kept (kept.h); empty: the environment's folder */
};

/* Finds the release's chart: charts/vendor/NAME, charts/NAME, or a path from the environment's folder. Missing: ERR_NOT_FOUND with where it was looked for. */
MUST_CHECK bool release_open(struct step_ctx *ctx, const struct environment *env, const struct env_release *def, struct release *out,
			     struct err *err);

/* Renders it with everything in ctx->arena, reporting what it reads. `sources` (may be NULL) is told where the output comes from. Close *out with helm_release_close, whatever
 * comes back. */
MUST_CHECK bool release_render(struct step_ctx *ctx, const struct release *r, struct source_map *sources, struct helm_release *out,
			       struct err *err);

/* One document of a release that is part of the environment: CRDs, manifests, and hooks, as far as the release wants them. False ends it. */
typedef bool release_visit(void *arg, struct str source, struct str text, struct err *err);
MUST_CHECK bool release_documents(const struct release *r, const struct helm_release *done, release_visit *visit, void *arg, struct err *err);

#endif
