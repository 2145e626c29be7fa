/* Objects are copied as far as they change, since one object of the program's may stand in several environments. */
#include "tanka/process.h"

#include <stdlib.h>

/* Kinds that Tanka takes for cluster-wide, whatever their group. */
static const char *const cluster_wide[] = {
	"APIService", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "ComponentStatus", "CSIDriver", "CSINode",
	"CustomResourceDefinition", "MutatingWebhookConfiguration", "Namespace", "Node", "NodeMetrics", "PersistentVolume",
	"PodSecurityPolicy", "PriorityClass", "RuntimeClass", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "StorageClass",
	"SubjectAccessReview", "TokenReview", "ValidatingWebhookConfiguration", "VolumeAttachment",
};

/* In this order things are put into a cluster; kinds that are not named come last. */
static const char *const kind_order[] = {
	"Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy", "PodDisruptionBudget", "ServiceAccount", "Secret",
	"ConfigMap", "StorageClass", "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition", "ClusterRole", "ClusterRoleList",
	"ClusterRoleBinding", "ClusterRoleBindingList", "Role", "RoleList", "RoleBinding", "RoleBindingList", "Service", "DaemonSet", "Pod",
	"ReplicationController", "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob", "Ingress", "APIService",
};

static size_t find_name(const char *const *names, size_t n, struct str name)
{
	size_t i = 0;
	while (i < n && !str_eq_c(name, names[i]))
		i++;
	return i;
}

/* --- completing --- */

static struct value copy_map(struct value map, struct arena *a)
{
	struct value copy = value_map_new(a);
	for (size_t i = 0; i < value_map_len(map); i++)
		value_map_set(copy, map_key(map.map, i), *value_map_at(map, i));
	return copy;
}

static void set_namespace(struct value object, struct value metadata, struct str namespace)
{
	struct value *own = value_map_get(metadata, STR("namespace"));
	struct value *annotations = value_map_get(metadata, STR("annotations"));
	struct value *says = annotations ? value_map_get(*annotations, STR("tanka.dev/namespaced")) : NULL;
	struct str kind = value_find_str(object, "kind");
	bool namespaced = find_name(cluster_wide, ARRAY_LEN(cluster_wide), kind) == ARRAY_LEN(cluster_wide);
	if (!namespace.n)
		return;
	if (says)
		namespaced = str_eq(value_as_str(*says), STR("true"));
	if (namespaced && !(own && own->kind == VAL_STR))
		value_map_set(metadata, STR("namespace"), value_str(namespace));
	/* Tanka looks into the annotations and then removes what it finds empty. */
	if (annotations && (annotations->kind != VAL_MAP || !value_map_len(*annotations)))
		value_map_remove(metadata, STR("annotations"));
}

/* Adds those of `extra` that the metadata's map under `key` lacks. */
static void add_missing(struct value metadata, struct str key, struct value extra, struct arena *a)
{
	if (extra.kind != VAL_MAP || !value_map_len(extra))
		return;
	struct value *own = value_map_get(metadata, key);
	struct value map = own && own->kind == VAL_MAP ? copy_map(*own, a) : value_map_new(a);
	for (size_t i = 0; i < value_map_len(extra); i++)
		if (!value_map_get(map, map_key(extra.map, i)))
			value_map_set(map, map_key(extra.map, i), *value_map_at(extra, i));
	value_map_set(metadata, key, map);
}

static void set_label(struct value metadata, struct str label, struct arena *a)
{
	struct value *own = value_map_get(metadata, STR("labels"));
	struct value map = own && own->kind == VAL_MAP ? copy_map(*own, a) : value_map_new(a);
	value_map_set(map, STR("tanka.dev/environment"), value_str(label));
	value_map_set(metadata, STR("labels"), map);
}

static struct value complete(const struct tanka_env *env, struct value object, struct str label, struct arena *a)
{
	struct value copy = copy_map(object, a), metadata = copy_map(*value_map_get(object, STR("metadata")), a);
	set_namespace(object, metadata, env->spec.namespace);
	if (label.n)
		set_label(metadata, label, a);
	add_missing(metadata, STR("annotations"), env->spec.defaults.annotations, a);
	add_missing(metadata, STR("labels"), env->spec.defaults.labels, a);
	value_map_set(copy, STR("metadata"), metadata);
	return copy;
}

/* --- order --- */

static int compare_str(struct value a, struct value b, const char *path)
{
	return str_cmp(value_find_str(a, path), value_find_str(b, path));
}

static int compare(const void *left, const void *right)
{
	const struct tanka_object *l = left, *r = right;
	struct value a = l->value, b = r->value;
	size_t i = find_name(kind_order, ARRAY_LEN(kind_order), value_find_str(a, "kind"));
	size_t k = find_name(kind_order, ARRAY_LEN(kind_order), value_find_str(b, "kind"));
	if (i != k)
		return i < k ? -1 : 1;
	int c = compare_str(a, b, "kind");
	c = c ? c : compare_str(a, b, "metadata.namespace");
	c = c ? c : compare_str(a, b, "metadata.name");
	c = c ? c : compare_str(a, b, "metadata.generateName");
	/* Tanka leaves the rest to chance. */
	return c ? c : str_cmp(l->path, r->path);
}

bool tanka_process(const struct tanka_env *env, const struct tanka_filter *filter, struct arena *a, tanka_objects *out, struct err *err)
{
	tanka_objects found, objects, kept = { 0 };
	struct str label = STR("");
	if (!tanka_extract(env->data, a, &found, err))
		return err_wrap(err, "got an error while extracting env `%.*s`", STR_ARG(env->metadata.name));
	if (!tanka_unwrap(&found, a, &objects, err) || (env->spec.inject_labels && !tanka_env_label(env, a, &label, err)))
		return false;
	for (size_t i = 0; i < objects.n; i++) {
		struct tanka_object o = { objects.p[i].path, complete(env, objects.p[i].value, label, a) };
		if (!tanka_filter_has(filter, o.value))
			continue;
		if (str_eq(value_find_str(o.value, "kind"), STR("Environment")))
			return err_set(err, ERR_CONFLICT, "found a tanka Environment resource. Check that you aren't using a spec.json and inline "
							  "environments simultaneously");
		vec_push_in(&kept, a, o);
	}
	if (kept.n)
		qsort(kept.p, kept.n, sizeof(*kept.p), compare);
	*out = kept;
	return true;
}
