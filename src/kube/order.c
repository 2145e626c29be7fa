/*
 * order.c: two tables. Objects of one kind keep their order, hence the merge sort (qsort is not stable).
 */
#include "kube/order.h"

#include <stdlib.h>

/* Helm's install order, as `helm template` prints a chart with an object of each kind. */
static const struct str install_order[] = {
	STR_INIT("PriorityClass"), STR_INIT("Namespace"), STR_INIT("NetworkPolicy"), STR_INIT("ResourceQuota"),
	STR_INIT("LimitRange"), STR_INIT("PodSecurityPolicy"), STR_INIT("PodDisruptionBudget"), STR_INIT("ServiceAccount"),
	STR_INIT("Secret"), STR_INIT("SecretList"), STR_INIT("ConfigMap"), STR_INIT("StorageClass"),
	STR_INIT("PersistentVolume"), STR_INIT("PersistentVolumeClaim"), STR_INIT("CustomResourceDefinition"),
	STR_INIT("ClusterRole"), STR_INIT("ClusterRoleList"), STR_INIT("ClusterRoleBinding"),
	STR_INIT("ClusterRoleBindingList"), STR_INIT("Role"), STR_INIT("RoleList"), STR_INIT("RoleBinding"),
	STR_INIT("RoleBindingList"), STR_INIT("Service"), STR_INIT("DaemonSet"), STR_INIT("Pod"),
	STR_INIT("ReplicationController"), STR_INIT("ReplicaSet"), STR_INIT("Deployment"),
	STR_INIT("HorizontalPodAutoscaler"), STR_INIT("StatefulSet"), STR_INIT("Job"), STR_INIT("CronJob"),
	STR_INIT("IngressClass"), STR_INIT("Ingress"), STR_INIT("APIService"),
};

static const struct {
	struct str group, kind;
} global_kinds[] = {
	{ STR_INIT(""), STR_INIT("ComponentStatus") },
	{ STR_INIT(""), STR_INIT("Namespace") },
	{ STR_INIT(""), STR_INIT("Node") },
	{ STR_INIT(""), STR_INIT("PersistentVolume") },
	{ STR_INIT("admissionregistration.k8s.io"), STR_INIT("MutatingAdmissionPolicy") },
	{ STR_INIT("admissionregistration.k8s.io"), STR_INIT("MutatingAdmissionPolicyBinding") },
	{ STR_INIT("admissionregistration.k8s.io"), STR_INIT("MutatingWebhookConfiguration") },
	{ STR_INIT("admissionregistration.k8s.io"), STR_INIT("ValidatingAdmissionPolicy") },
	{ STR_INIT("admissionregistration.k8s.io"), STR_INIT("ValidatingAdmissionPolicyBinding") },
	{ STR_INIT("admissionregistration.k8s.io"), STR_INIT("ValidatingWebhookConfiguration") },
	{ STR_INIT("apiextensions.k8s.io"), STR_INIT("CustomResourceDefinition") },
	{ STR_INIT("apiregistration.k8s.io"), STR_INIT("APIService") },
	{ STR_INIT("authentication.k8s.io"), STR_INIT("SelfSubjectReview") },
	{ STR_INIT("authentication.k8s.io"), STR_INIT("TokenReview") },
	{ STR_INIT("authorization.k8s.io"), STR_INIT("SelfSubjectAccessReview") },
	{ STR_INIT("authorization.k8s.io"), STR_INIT("SelfSubjectRulesReview") },
	{ STR_INIT("authorization.k8s.io"), STR_INIT("SubjectAccessReview") },
	{ STR_INIT("certificates.k8s.io"), STR_INIT("CertificateSigningRequest") },
	{ STR_INIT("certificates.k8s.io"), STR_INIT("ClusterTrustBundle") },
	{ STR_INIT("flowcontrol.apiserver.k8s.io"), STR_INIT("FlowSchema") },
	{ STR_INIT("flowcontrol.apiserver.k8s.io"), STR_INIT("PriorityLevelConfiguration") },
	{ STR_INIT("internal.apiserver.k8s.io"), STR_INIT("StorageVersion") },
	{ STR_INIT("networking.k8s.io"), STR_INIT("IngressClass") },
	{ STR_INIT("networking.k8s.io"), STR_INIT("IPAddress") },
	{ STR_INIT("networking.k8s.io"), STR_INIT("ServiceCIDR") },
	{ STR_INIT("node.k8s.io"), STR_INIT("RuntimeClass") },
	{ STR_INIT("policy"), STR_INIT("PodSecurityPolicy") },
	{ STR_INIT("rbac.authorization.k8s.io"), STR_INIT("ClusterRole") },
	{ STR_INIT("rbac.authorization.k8s.io"), STR_INIT("ClusterRoleBinding") },
	{ STR_INIT("resource.k8s.io"), STR_INIT("DeviceClass") },
	{ STR_INIT("resource.k8s.io"), STR_INIT("ResourceSlice") },
	{ STR_INIT("scheduling.k8s.io"), STR_INIT("PriorityClass") },
	{ STR_INIT("storage.k8s.io"), STR_INIT("CSIDriver") },
	{ STR_INIT("storage.k8s.io"), STR_INIT("CSINode") },
	{ STR_INIT("storage.k8s.io"), STR_INIT("StorageClass") },
	{ STR_INIT("storage.k8s.io"), STR_INIT("VolumeAttachment") },
	{ STR_INIT("storage.k8s.io"), STR_INIT("VolumeAttributesClass") },
	{ STR_INIT("storagemigration.k8s.io"), STR_INIT("StorageVersionMigration") },
};

/* Place in Helm's table, or its length. */
static size_t kind_rank(struct str kind)
{
	size_t i = 0;
	while (i < ARRAY_LEN(install_order) && !str_eq(install_order[i], kind))
		i++;
	return i;
}

int kube_kind_cmp(struct str a, struct str b)
{
	size_t left = kind_rank(a), right = kind_rank(b);
	if (left != right)
		return left < right ? -1 : 1;
	return left == ARRAY_LEN(install_order) ? str_cmp(a, b) : 0;
}

/* Merges [from, mid) and [mid, to) of `p` by way of `scratch`; `sign` -1 sorts the other way round. */
static void merge(const struct kube_object **p, const struct kube_object **scratch, size_t from, size_t mid, size_t to, int sign)
{
	size_t left = from, right = mid;
	for (size_t i = from; i < to; i++) {
		bool take_left = right == to || (left < mid && sign * kube_kind_cmp(p[left]->kind, p[right]->kind) <= 0);
		scratch[i] = take_left ? p[left++] : p[right++];
	}
	for (size_t i = from; i < to; i++)
		p[i] = scratch[i];
}

static void sort(const struct kube_object **objects, size_t count, int sign)
{
	const struct kube_object **scratch = xcalloc(count + 1, sizeof(*scratch));
	for (size_t width = 1; width < count; width *= 2)
		for (size_t from = 0; from + width < count; from += 2 * width)
			merge(objects, scratch, from, from + width, MIN(from + 2 * width, count), sign);
	free(scratch);
}

void kube_sort_install(const struct kube_object **objects, size_t count)
{
	sort(objects, count, 1);
}

void kube_sort_remove(const struct kube_object **objects, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		const struct kube_object *o = objects[i];
		objects[i] = objects[count - 1 - i];
		objects[count - 1 - i] = o;
	}
	sort(objects, count, -1);
}

bool kube_is_namespace(const struct kube_object *o)
{
	return str_eq_c(o->kind, "Namespace") && str_eq_c(o->api_version, "v1");
}

bool kube_is_crd(const struct kube_object *o)
{
	return str_eq_c(o->kind, "CustomResourceDefinition") && str_starts(o->api_version, STR("apiextensions.k8s.io/"));
}

bool kube_kind_is_global(struct str api_version, struct str kind)
{
	struct str group, version;
	kube_split_api_version(api_version, &group, &version);
	for (size_t i = 0; i < ARRAY_LEN(global_kinds); i++)
		if (str_eq(global_kinds[i].kind, kind) && str_eq(global_kinds[i].group, group))
			return true;
	return false;
}
