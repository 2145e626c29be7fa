/*
 * ready.c: one function a kind, in a table.
 */
#include "kube/ready.h"

typedef enum kube_readiness ready_fn(struct value object, struct arena *a, struct str *why);

/* The number at the path, or `otherwise` where it is missing. */
static int64_t number(struct value o, const char *path, int64_t otherwise)
{
	struct value *v = value_find(o, path);
	if (v && v->kind == VAL_FLOAT)
		return (int64_t)v->f;
	return v && v->kind == VAL_INT ? v->i : otherwise;
}

/* The condition of that type, or null. */
static struct value condition(struct value o, const char *type)
{
	struct value *list = value_find(o, "status.conditions");
	for (size_t i = 0; list && list->kind == VAL_LIST && i < list->list->n; i++)
		if (str_eq_c(value_find_str(list->list->p[i], "type"), type))
			return list->list->p[i];
	return value_null();
}

static bool condition_is(struct value o, const char *type, const char *status)
{
	return str_eq_c(value_find_str(condition(o, type), "status"), status);
}

/* "Reason: message" of a condition, for a failure. */
static struct str condition_text(struct value o, const char *type, struct arena *a)
{
	struct value c = condition(o, type);
	struct str reason = value_find_str(c, "reason"), message = value_find_str(c, "message");
	if (!reason.n)
		return message;
	return message.n ? arena_fmt(a, "%.*s: %.*s", STR_ARG(reason), STR_ARG(message)) : reason;
}

static enum kube_readiness not_yet(struct str *why, struct str text)
{
	*why = text;
	return KUBE_NOT_READY;
}

/* Whether the controller has not seen the newest manifest yet. */
static bool unseen(struct value o, struct str *why)
{
	*why = STR("its controller has not seen the new specification yet");
	return number(o, "status.observedGeneration", 0) < number(o, "metadata.generation", 0);
}

static enum kube_readiness deployment_ready(struct value o, struct arena *a, struct str *why)
{
	if (unseen(o, why))
		return KUBE_NOT_READY;
	if (str_eq_c(value_find_str(condition(o, "Progressing"), "reason"), "ProgressDeadlineExceeded")) {
		*why = STR("it exceeded its progress deadline");
		return KUBE_NEVER_READY;
	}
	int64_t want = number(o, "spec.replicas", 1), updated = number(o, "status.updatedReplicas", 0);
	int64_t all = number(o, "status.replicas", 0), available = number(o, "status.availableReplicas", 0);
	if (updated < want)
		return not_yet(why, arena_fmt(a, "%ld of %ld replicas have been updated", (long)updated, (long)want));
	if (all > updated)
		return not_yet(why, arena_fmt(a, "%ld old replicas are pending termination", (long)(all - updated)));
	if (available < updated)
		return not_yet(why, arena_fmt(a, "%ld of %ld updated replicas are available", (long)available, (long)updated));
	return KUBE_READY;
}

static enum kube_readiness stateful_set_ready(struct value o, struct arena *a, struct str *why)
{
	struct str strategy = value_find_str(o, "spec.updateStrategy.type");
	if (str_eq_c(strategy, "OnDelete"))
		return KUBE_READY;
	if (unseen(o, why))
		return KUBE_NOT_READY;
	int64_t want = number(o, "spec.replicas", 1), ready = number(o, "status.readyReplicas", 0);
	int64_t partition = number(o, "spec.updateStrategy.rollingUpdate.partition", 0);
	int64_t updated = number(o, "status.updatedReplicas", 0);
	if (ready < want)
		return not_yet(why, arena_fmt(a, "%ld of %ld pods are ready", (long)ready, (long)want));
	if (partition > 0) {
		if (updated < want - partition)
			return not_yet(why, arena_fmt(a, "%ld of %ld pods of its partition have been updated", (long)updated,
						      (long)(want - partition)));
		return KUBE_READY;
	}
	struct str update = value_find_str(o, "status.updateRevision"), current = value_find_str(o, "status.currentRevision");
	if (!str_eq(update, current))
		return not_yet(why, arena_fmt(a, "%ld of %ld pods have been updated", (long)updated, (long)want));
	return KUBE_READY;
}

static enum kube_readiness daemon_set_ready(struct value o, struct arena *a, struct str *why)
{
	if (str_eq_c(value_find_str(o, "spec.updateStrategy.type"), "OnDelete"))
		return KUBE_READY;
	if (unseen(o, why))
		return KUBE_NOT_READY;
	int64_t want = number(o, "status.desiredNumberScheduled", 0), updated = number(o, "status.updatedNumberScheduled", 0);
	int64_t available = number(o, "status.numberAvailable", 0);
	if (updated < want)
		return not_yet(why, arena_fmt(a, "%ld of %ld pods have been updated", (long)updated, (long)want));
	if (available < want)
		return not_yet(why, arena_fmt(a, "%ld of %ld updated pods are available", (long)available, (long)want));
	return KUBE_READY;
}

static enum kube_readiness replica_set_ready(struct value o, struct arena *a, struct str *why)
{
	if (unseen(o, why))
		return KUBE_NOT_READY;
	int64_t want = number(o, "spec.replicas", 1), ready = number(o, "status.readyReplicas", 0);
	return ready >= want ? KUBE_READY : not_yet(why, arena_fmt(a, "%ld of %ld pods are ready", (long)ready, (long)want));
}

static enum kube_readiness job_ready(struct value o, struct arena *a, struct str *why)
{
	struct value *suspend = value_find(o, "spec.suspend");
	if (condition_is(o, "Failed", "True")) {
		*why = condition_text(o, "Failed", a);
		return KUBE_NEVER_READY;
	}
	if (condition_is(o, "Complete", "True"))
		return KUBE_READY;
	if (suspend && suspend->kind == VAL_BOOL && suspend->b)
		return not_yet(why, STR("it is suspended"));
	return not_yet(why, arena_fmt(a, "%ld of %ld completions, %ld active, %ld failed", (long)number(o, "status.succeeded", 0),
				      (long)number(o, "spec.completions", 1), (long)number(o, "status.active", 0),
				      (long)number(o, "status.failed", 0)));
}

/* A pod that shall run. */
static enum kube_readiness pod_ready(struct value o, struct arena *a, struct str *why)
{
	struct str phase = value_find_str(o, "status.phase");
	if (str_eq_c(phase, "Failed")) {
		*why = STR("the pod failed");
		return KUBE_NEVER_READY;
	}
	if (str_eq_c(phase, "Succeeded") || condition_is(o, "Ready", "True"))
		return KUBE_READY;
	return not_yet(why, arena_fmt(a, "its phase is %.*s", STR_ARG(phase.n ? phase : STR("unknown"))));
}

/* A pod that shall end. */
static enum kube_readiness pod_ended(struct value o, struct arena *a, struct str *why)
{
	struct str phase = value_find_str(o, "status.phase");
	if (str_eq_c(phase, "Succeeded"))
		return KUBE_READY;
	if (str_eq_c(phase, "Failed")) {
		*why = STR("the pod failed");
		return KUBE_NEVER_READY;
	}
	return not_yet(why, arena_fmt(a, "its phase is %.*s", STR_ARG(phase.n ? phase : STR("unknown"))));
}

static enum kube_readiness claim_ready(struct value o, struct arena *a, struct str *why)
{
	struct str phase = value_find_str(o, "status.phase");
	if (str_eq_c(phase, "Bound"))
		return KUBE_READY;
	if (str_eq_c(phase, "Lost")) {
		*why = STR("its volume is lost");
		return KUBE_NEVER_READY;
	}
	return not_yet(why, arena_fmt(a, "its phase is %.*s", STR_ARG(phase.n ? phase : STR("unknown"))));
}

static enum kube_readiness service_ready(struct value o, struct arena *a UNUSED, struct str *why)
{
	struct str type = value_find_str(o, "spec.type");
	struct value *external = value_find(o, "spec.externalIPs"), *ingress = value_find(o, "status.loadBalancer.ingress");
	if (str_eq_c(type, "ExternalName"))
		return KUBE_READY;
	if (!value_find_str(o, "spec.clusterIP").n)
		return not_yet(why, STR("it has no cluster IP yet"));
	if (!str_eq_c(type, "LoadBalancer") || (external && external->kind == VAL_LIST && external->list->n))
		return KUBE_READY;
	if (!ingress || ingress->kind != VAL_LIST || !ingress->list->n)
		return not_yet(why, STR("its load balancer has no address yet"));
	return KUBE_READY;
}

static enum kube_readiness crd_ready(struct value o, struct arena *a, struct str *why)
{
	if (condition_is(o, "Established", "True"))
		return KUBE_READY;
	if (condition_is(o, "NamesAccepted", "False")) {
		*why = condition_text(o, "NamesAccepted", a);
		return KUBE_NEVER_READY;
	}
	return not_yet(why, STR("it is not established yet"));
}

static enum kube_readiness api_service_ready(struct value o, struct arena *a, struct str *why)
{
	return condition_is(o, "Available", "True") ? KUBE_READY : not_yet(why, condition_text(o, "Available", a));
}

static const struct {
	struct str kind;
	ready_fn *ready;
	ready_fn *ended; /* as a hook; NULL: at once */
} rules[] = {
	{ STR_INIT("APIService"), api_service_ready, NULL },
	{ STR_INIT("CustomResourceDefinition"), crd_ready, NULL },
	{ STR_INIT("DaemonSet"), daemon_set_ready, NULL },
	{ STR_INIT("Deployment"), deployment_ready, NULL },
	{ STR_INIT("Job"), job_ready, job_ready },
	{ STR_INIT("PersistentVolumeClaim"), claim_ready, NULL },
	{ STR_INIT("Pod"), pod_ready, pod_ended },
	{ STR_INIT("ReplicaSet"), replica_set_ready, NULL },
	{ STR_INIT("ReplicationController"), replica_set_ready, NULL },
	{ STR_INIT("Service"), service_ready, NULL },
	{ STR_INIT("StatefulSet"), stateful_set_ready, NULL },
};

enum kube_readiness kube_ready(struct value object, struct arena *a, struct str *why)
{
	struct str kind = value_find_str(object, "kind");
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (str_eq(rules[i].kind, kind))
			return rules[i].ready(object, a, why);
	return KUBE_READY;
}

enum kube_readiness kube_hook_ended(struct value object, struct arena *a, struct str *why)
{
	struct str kind = value_find_str(object, "kind");
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (str_eq(rules[i].kind, kind) && rules[i].ended)
			return rules[i].ended(object, a, why);
	return KUBE_READY;
}

bool kube_can_wait_for(struct str kind)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (str_eq(rules[i].kind, kind))
			return true;
	return false;
}
