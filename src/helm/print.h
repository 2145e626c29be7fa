/*
 * print.h: a rendered release as the text that `helm template` prints.
 */
#ifndef HELM_PRINT_H
#define HELM_PRINT_H

#include "base/buf.h"
#include "helm/helm.h"

struct helm_print_options {
	bool include_crds, no_hooks, skip_tests;
};

/* Adds CRDs, manifests, and hooks, each as a document with its source. */
void helm_print(const struct helm_release *release, const struct helm_print_options *options, struct buf *out);

#endif
