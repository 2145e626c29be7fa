/*
 * deploy.h: what apply and diff share: their options, the target that these choose, and the set of objects out of a rendered folder.
 */
#ifndef STEP_DEPLOY_H
#define STEP_DEPLOY_H

#include "kube/target.h"
#include "step/options.h"

struct deploy_options {
	struct str environment; /* folder of the environment: its last part names the record, its images are pinned */
	struct str kubeconfig, context, namespace, timeout, dry_run;
	bool embedded, force_conflicts, prune, no_hooks, wait;
};

/* The rows of both steps' tables. */
#define DEPLOY_OPTIONS                                                                                             \
	{ "--environment", NULL, STEP_VALUE, offsetof(struct deploy_options, environment) },                       \
	{ "--kubeconfig", NULL, STEP_VALUE, offsetof(struct deploy_options, kubeconfig) },                         \
	{ "--context", NULL, STEP_VALUE, offsetof(struct deploy_options, context) },                               \
	{ "--namespace", "-n", STEP_VALUE, offsetof(struct deploy_options, namespace) },                           \
	{ "--embedded", NULL, STEP_FLAG, offsetof(struct deploy_options, embedded) },                              \
	{ "--force-conflicts", NULL, STEP_FLAG, offsetof(struct deploy_options, force_conflicts) },                \
	{ "--prune", NULL, STEP_FLAG, offsetof(struct deploy_options, prune) }

#define DEPLOY_HELP                                                                                                \
	"      --environment DIR  The environment that the objects are of; default: the folder's name\n"          \
	"      --kubeconfig FILE  In place of KUBECONFIG and ~/.kube/config\n"                                     \
	"      --context NAME     A context of the kubeconfig; default: its current one\n"                         \
	"  -n, --namespace NAME   For objects that name none; default: the context's\n"                            \
	"      --embedded         Record only, whatever cluster is configured\n"                                   \
	"      --force-conflicts  Take over fields that others manage\n"

struct deploy {
	struct step_ctx *ctx;
	const struct deploy_options *options;
	struct str path;           /* of the rendered objects */
	struct kube_target *target;
	struct kube_set set;       /* objects after deploy_load */
};

/* The project's state as targets want it: where what was applied is recorded. */
struct kube_state deploy_state(const struct step_host *host);
/* Opens the target; says on the way if there is no cluster. End with deploy_close. */
MUST_CHECK bool deploy_open(struct step_ctx *ctx, const struct deploy_options *options, struct str path, struct deploy *out, struct err *err);
void deploy_close(struct deploy *d);
/* A digest of everything that deploy_load would read, told by the files' stamps: what tells a second run that nothing changed. Into d->set. */
MUST_CHECK bool deploy_fingerprint(struct deploy *d, struct err *err);
/* Reads the objects and names built images by digest. */
MUST_CHECK bool deploy_load(struct deploy *d, struct err *err);
/* Tells the step's output of results as they come. */
struct kube_watcher deploy_watcher(struct deploy *d);

#endif
