/* Readiness by the status that an API server shows. The rules for workloads are those of `kubectl rollout status`. */
#include "unit.h"

#include "data/yaml.h"
#include "kube/ready.h"

enum { NOT = KUBE_NOT_READY, NEVER = KUBE_NEVER_READY, YES = KUBE_READY };

static const struct {
	const char *object;
	int ready, ended; /* as a workload, as a hook */
} rows[] = {
	{ "{kind: ConfigMap}", YES, YES },
	{ "{kind: Deployment, metadata: {generation: 2}, spec: {replicas: 1}, status: {observedGeneration: 1}}", NOT, YES },
	{ "{kind: Deployment, metadata: {generation: 1}, spec: {replicas: 2}"
	  ", status: {observedGeneration: 1, updatedReplicas: 1, replicas: 2}}", NOT, YES },
	{ "{kind: Deployment, metadata: {generation: 1}, spec: {replicas: 1}"
	  ", status: {observedGeneration: 1, updatedReplicas: 1, replicas: 2}}", NOT, YES },
	{ "{kind: Deployment, metadata: {generation: 1}, spec: {replicas: 1}"
	  ", status: {observedGeneration: 1, updatedReplicas: 1, replicas: 1}}", NOT, YES },
	{ "{kind: Deployment, metadata: {generation: 1}, spec: {}"
	  ", status: {observedGeneration: 1, updatedReplicas: 1, replicas: 1, availableReplicas: 1}}", YES, YES },
	{ "{kind: Deployment, metadata: {generation: 1}, spec: {replicas: 0}, status: {observedGeneration: 1}}", YES, YES },
	{ "{kind: Deployment, metadata: {generation: 1}"
	  ", status: {observedGeneration: 1, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}}", NEVER, YES },
	{ "{kind: StatefulSet, metadata: {generation: 1}, spec: {replicas: 2}, status: {observedGeneration: 1, readyReplicas: 1}}", NOT, YES },
	{ "{kind: StatefulSet, metadata: {generation: 1}, spec: {replicas: 1}"
	  ", status: {observedGeneration: 1, readyReplicas: 1, currentRevision: a, updateRevision: b}}", NOT, YES },
	{ "{kind: StatefulSet, metadata: {generation: 1}, spec: {replicas: 1}"
	  ", status: {observedGeneration: 1, readyReplicas: 1, currentRevision: b, updateRevision: b}}", YES, YES },
	{ "{kind: StatefulSet, spec: {replicas: 3, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}}"
	  ", status: {readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}}", YES, YES },
	{ "{kind: StatefulSet, spec: {updateStrategy: {type: OnDelete}}}", YES, YES },
	{ "{kind: DaemonSet, metadata: {generation: 1}"
	  ", status: {observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1}}", NOT, YES },
	{ "{kind: DaemonSet, metadata: {generation: 1}"
	  ", status: {observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2}}", YES, YES },
	{ "{kind: Job, spec: {completions: 1}, status: {active: 1}}", NOT, NOT },
	{ "{kind: Job, status: {conditions: [{type: Complete, status: 'True'}]}}", YES, YES },
	{ "{kind: Job, status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]}}", NEVER, NEVER },
	{ "{kind: Pod, status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}", YES, NOT },
	{ "{kind: Pod, status: {phase: Pending}}", NOT, NOT },
	{ "{kind: Pod, status: {phase: Succeeded}}", YES, YES },
	{ "{kind: Pod, status: {phase: Failed}}", NEVER, NEVER },
	{ "{kind: PersistentVolumeClaim, status: {phase: Pending}}", NOT, YES },
	{ "{kind: PersistentVolumeClaim, status: {phase: Bound}}", YES, YES },
	{ "{kind: Service, spec: {type: LoadBalancer, clusterIP: 10.0.0.1}}", NOT, YES },
	{ "{kind: Service, spec: {type: LoadBalancer, clusterIP: 10.0.0.1}, status: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}}", YES, YES },
	{ "{kind: Service, spec: {type: ExternalName}}", YES, YES },
	{ "{kind: CustomResourceDefinition, status: {conditions: [{type: Established, status: 'True'}]}}", YES, YES },
	{ "{kind: CustomResourceDefinition}", NOT, YES },
	{ "{kind: CustomResourceDefinition, status: {conditions: [{type: NamesAccepted, status: 'False', reason: NameConflict}]}}", NEVER, YES },
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		struct err err = { 0 };
		struct value v;
		struct str why;
		assert_true(yaml_read(str_c(rows[i].object), &(struct yaml_options){ .numbers = YAML_INTS }, &a, &v, &err));
		int ready = kube_ready(v, &a, &why), ended = kube_hook_ended(v, &a, &why);
		if (ready != rows[i].ready || ended != rows[i].ended)
			fail_msg("row %zu: %d %d", i, ready, ended);
		arena_deinit(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
