/*
 * dependency.h: which of a chart's sub-charts take part in a release, under which names, and what they give to their parent's values.
 *
 * https://helm.sh/docs/topics/charts/#chart-dependencies: alias, condition, tags, import-values in both forms.
 */
#ifndef HELM_DEPENDENCY_H
#define HELM_DEPENDENCY_H

#include "helm/coalesce.h"

/* Whether every dependency that the chart declares is in its charts/; the error (ERR_NOT_FOUND) is Helm's and names the missing ones. */
MUST_CHECK bool dependency_check(const struct chart *c, struct err *err);

/* Removes the disabled dependencies of the tree, names the others, and gives the parents what they import: changes `c`. */
MUST_CHECK bool dependency_process(const struct coalesce_ctx *ctx, struct chart *c, struct value values, struct err *err);

/* Whether `version` is within `range`; false where either cannot be read. */
bool dependency_is_in_range(struct str range, struct str version);

#endif
