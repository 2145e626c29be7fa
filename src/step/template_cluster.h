/*
 * template_cluster.h: the cluster behind `template --validate` and `--dry-run=server`: its version and kinds for .Capabilities, its objects for `lookup`.
 *
 * https://helm.sh/docs/chart_template_guide/functions_and_pipelines/#using-the-lookup-function. The connection is opened by the first question.
 */
#ifndef STEP_TEMPLATE_CLUSTER_H
#define STEP_TEMPLATE_CLUSTER_H

#include "helm/helm.h"
#include "kube/config.h"

struct template_cluster;

/* Everything in `a`, until template_cluster_close. Touches nothing yet. */
struct template_cluster *template_cluster_new(const struct kube_config_options *config, struct str context, struct arena *a);
/* Takes NULL. */
void template_cluster_close(struct template_cluster *c);

/* The server's version ("v1.34.0"), and "GROUP/VERSION" and "GROUP/VERSION/KIND" of all that it serves, as .Capabilities has them. Errors begin with helm's "Kubernetes cluster
 * unreachable". */
MUST_CHECK bool template_cluster_capabilities(struct template_cluster *c, struct str *version, helm_strs *api_versions, struct err *err);

/* A helm_lookup_fn; ctx is the cluster. An unknown kind is an error, a missing object an empty map. */
MUST_CHECK bool template_cluster_lookup(void *ctx, struct str api_version, struct str kind, struct str ns, struct str name, struct arena *a,
					struct value *out, struct err *err);

/* Whether the cluster serves the kind of each document, which is all that helm checks here on a server that validates fields itself. What is missing is in
 * one error. */
MUST_CHECK bool template_cluster_validate(struct template_cluster *c, const helm_manifests *manifests, struct err *err);

#endif
