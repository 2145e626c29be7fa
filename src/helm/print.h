/*
 * print.h: a rendered release as the text that `helm template` prints, in pieces that borrow what the render made: only who wants one text joins them.
 */
#ifndef HELM_PRINT_H
#define HELM_PRINT_H

#include "helm/helm.h"

struct helm_print_options {
	bool include_crds, no_hooks, skip_tests;
};

/* One document with its source. Pieces are added to *out, in `a`, as by all of these. */
void helm_print_document(struct str source, struct str text, struct arena *a, helm_strs *out);
/* CRDs and manifests. */
void helm_print_manifests(const struct helm_release *release, const struct helm_print_options *options, struct arena *a, helm_strs *out);
/* What comes behind them: they are trimmed as a whole and end in a newline, then the hooks follow. */
void helm_print_hooks(const struct helm_release *release, const struct helm_print_options *options, struct arena *a, helm_strs *out);
/* Whether the hook is among them. */
bool helm_print_has_hook(const struct helm_print_options *options, const struct helm_manifest *hook);
/* The pieces as one text in `a`. */
struct str helm_print_join(const helm_strs *pieces, struct arena *a);

#endif
