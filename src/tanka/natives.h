/*
 * natives.h: the functions that Tanka gives to programs by std.native (https://tanka.dev/jsonnet/native): a table for the evaluator.
 */
#ifndef TANKA_NATIVES_H
#define TANKA_NATIVES_H

#include "jsonnet/jsonnet.h"
#include "tanka/host.h"

/* The table, in `a`; calls go to `host`, which outlives it. *n is its length. */
const struct jsonnet_native *tanka_natives(const struct tanka_host *host, struct arena *a, size_t *n);

/* helmTemplate and kustomizeBuild (charts.c); arguments as the evaluator gives them. */
bool tanka_helm_template(void *host, const struct value *args, struct arena *a, struct value *out, struct err *err);
bool tanka_kustomize_build(void *host, const struct value *args, struct arena *a, struct value *out, struct err *err);

#endif
