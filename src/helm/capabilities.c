/*
 * .Capabilities without a cluster: a version, and the API versions that the client library compiled into Helm 3.19 knows, in its order.
 */
#include "helm/objects.h"

#include "base/num.h"

const struct str helm_default_api_versions[] = {
	STR_INIT("v1"),
	STR_INIT("admissionregistration.k8s.io/v1"),
	STR_INIT("admissionregistration.k8s.io/v1alpha1"),
	STR_INIT("admissionregistration.k8s.io/v1beta1"),
	STR_INIT("internal.apiserver.k8s.io/v1alpha1"),
	STR_INIT("apps/v1"),
	STR_INIT("apps/v1beta1"),
	STR_INIT("apps/v1beta2"),
	STR_INIT("authentication.k8s.io/v1"),
	STR_INIT("authentication.k8s.io/v1alpha1"),
	STR_INIT("authentication.k8s.io/v1beta1"),
	STR_INIT("authorization.k8s.io/v1"),
	STR_INIT("authorization.k8s.io/v1beta1"),
	STR_INIT("autoscaling/v1"),
	STR_INIT("autoscaling/v2"),
	STR_INIT("autoscaling/v2beta1"),
	STR_INIT("autoscaling/v2beta2"),
	STR_INIT("batch/v1"),
	STR_INIT("batch/v1beta1"),
	STR_INIT("certificates.k8s.io/v1"),
	STR_INIT("certificates.k8s.io/v1beta1"),
	STR_INIT("certificates.k8s.io/v1alpha1"),
	STR_INIT("coordination.k8s.io/v1alpha2"),
	STR_INIT("coordination.k8s.io/v1beta1"),
	STR_INIT("coordination.k8s.io/v1"),
	STR_INIT("discovery.k8s.io/v1"),
	STR_INIT("discovery.k8s.io/v1beta1"),
	STR_INIT("events.k8s.io/v1"),
	STR_INIT("events.k8s.io/v1beta1"),
	STR_INIT("extensions/v1beta1"),
	STR_INIT("flowcontrol.apiserver.k8s.io/v1"),
	STR_INIT("flowcontrol.apiserver.k8s.io/v1beta1"),
	STR_INIT("flowcontrol.apiserver.k8s.io/v1beta2"),
	STR_INIT("flowcontrol.apiserver.k8s.io/v1beta3"),
	STR_INIT("networking.k8s.io/v1"),
	STR_INIT("networking.k8s.io/v1beta1"),
	STR_INIT("node.k8s.io/v1"),
	STR_INIT("node.k8s.io/v1alpha1"),
	STR_INIT("node.k8s.io/v1beta1"),
	STR_INIT("policy/v1"),
	STR_INIT("policy/v1beta1"),
	STR_INIT("rbac.authorization.k8s.io/v1"),
	STR_INIT("rbac.authorization.k8s.io/v1beta1"),
	STR_INIT("rbac.authorization.k8s.io/v1alpha1"),
	STR_INIT("resource.k8s.io/v1"),
	STR_INIT("resource.k8s.io/v1beta2"),
	STR_INIT("resource.k8s.io/v1beta1"),
	STR_INIT("resource.k8s.io/v1alpha3"),
	STR_INIT("scheduling.k8s.io/v1alpha1"),
	STR_INIT("scheduling.k8s.io/v1beta1"),
	STR_INIT("scheduling.k8s.io/v1"),
	STR_INIT("storage.k8s.io/v1beta1"),
	STR_INIT("storage.k8s.io/v1"),
	STR_INIT("storage.k8s.io/v1alpha1"),
	STR_INIT("storagemigration.k8s.io/v1alpha1"),
	STR_INIT("apiextensions.k8s.io/v1beta1"),
	STR_INIT("apiextensions.k8s.io/v1"),
};
const size_t helm_default_api_version_count = ARRAY_LEN(helm_default_api_versions);

/* ---- The cluster's version ---- */

static const struct helm_kube_version *kube_of(const struct object *o)
{
	return (const struct helm_kube_version *)o;
}

static struct value kube_field(const struct object *o, size_t i, struct arena *a)
{
	const struct str *fields[] = { &kube_of(o)->version, &kube_of(o)->major, &kube_of(o)->minor };
	(void)a;
	return value_str(*fields[i]);
}

static bool kube_version_fn(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = value_str(kube_of(call->self.object)->version);
	return true;
}

static void add_kube_version(const struct object *o, struct buf *out)
{
	buf_add(out, kube_of(o)->version);
}

/* The struct without its methods, as plain data. */
static struct value fields_plain(const struct object *o, struct arena *a)
{
	struct value map = value_map_new(a);
	for (size_t i = 0; i < o->ops->field_count; i++)
		value_map_set(map, o->ops->fields[i].name, o->ops->field(o, i, a));
	return map;
}

static const struct go_field kube_fields[] = { { STR_INIT("Version"), false }, { STR_INIT("Major"), false }, { STR_INIT("Minor"), false } };
static const struct go_func kube_methods[] = {
	GO_FUNC("String", kube_version_fn),
	GO_FUNC("GitVersion", kube_version_fn),
};
static const struct object_ops kube_ops = {
	.type = STR_INIT("chartutil.KubeVersion"), .kind = GO_KIND_STRUCT, .fields = kube_fields, .field_count = ARRAY_LEN(kube_fields),
	.methods = kube_methods, .method_count = ARRAY_LEN(kube_methods), .field = kube_field, .plain = fields_plain,
	.pointer_string = add_kube_version,
};

/* One decimal number off the front of *s. */
static bool take_number(struct str *s, uint64_t *out)
{
	size_t n = 0;
	uint64_t v = 0;
	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9') {
		if (v > (UINT64_MAX - 9) / 10)
			return false;
		v = v * 10 + (uint64_t)(s->p[n++] - '0');
	}
	*s = str_slice(*s, n, s->n);
	*out = v;
	return n > 0;
}

bool helm_kube_version_parse(struct str s, struct arena *a, struct helm_kube_version *out, struct err *err)
{
	struct str rest = str_drop_prefix(str_trim_left(s), STR("v"));
	uint64_t parts[2] = { 0 }, part;
	size_t n = 0;
	AUTO_BUF text = { 0 };
	while (take_number(&rest, &part)) {
		buf_addf(&text, "%c%llu", n ? '.' : 'v', (unsigned long long)part);
		if (n < ARRAY_LEN(parts))
			parts[n] = part;
		n++;
		if (rest.n < 2 || rest.p[0] != '.' || rest.p[1] < '0' || rest.p[1] > '9')
			break;
		rest = str_slice(rest, 1, rest.n);
	}
	if (!n)
		return err_set(err, ERR_USAGE, "could not parse \"%.*s\" as version", STR_ARG(s));
	if (n < 2)
		return err_set(err, ERR_USAGE, "illegal version string \"%.*s\"", STR_ARG(s));
	*out = (struct helm_kube_version){
		.object = { &kube_ops },
		.version = buf_to_arena(&text, a),
		.major = arena_fmt(a, "%llu", (unsigned long long)parts[0]),
		.minor = arena_fmt(a, "%llu", (unsigned long long)parts[1]),
	};
	return true;
}

/* ---- Helm's own version ---- */

static struct value build_field(const struct object *o, size_t i, struct arena *a)
{
	static const struct str texts[] = { STR_INIT("v3.19.0"), STR_INIT(""), STR_INIT("clean"), STR_INIT("go1.26.8") };
	(void)o;
	(void)a;
	return value_str(texts[i]);
}

static struct value build_plain(const struct object *o, struct arena *a)
{
	static const char *const json[] = { "version", "git_commit", "git_tree_state", "go_version" };
	struct value map = value_map_new(a);
	for (size_t i = 0; i < ARRAY_LEN(json); i++)
		if (build_field(o, i, a).len)
			value_map_set(map, str_c(json[i]), build_field(o, i, a));
	return map;
}

static const struct go_field build_fields[] = {
	{ STR_INIT("Version"), false }, { STR_INIT("GitCommit"), false }, { STR_INIT("GitTreeState"), false }, { STR_INIT("GoVersion"), false },
};
static const struct object_ops build_ops = {
	.type = STR_INIT("version.BuildInfo"), .kind = GO_KIND_STRUCT, .fields = build_fields, .field_count = ARRAY_LEN(build_fields),
	.field = build_field, .plain = build_plain,
};
static const struct object build_info = { &build_ops };

/* ---- Both, and the API versions ---- */

struct capabilities {
	struct object object;
	struct value kube, versions;
};

static struct value capabilities_field(const struct object *o, size_t i, struct arena *a)
{
	const struct capabilities *c = (const struct capabilities *)o;
	(void)a;
	switch (i) {
	case 0: return c->kube;
	case 1: return c->versions;
	default: return go_object(&build_info);
	}
}

static const struct go_field capabilities_fields[] = {
	{ STR_INIT("KubeVersion"), false }, { STR_INIT("APIVersions"), false }, { STR_INIT("HelmVersion"), false },
};
static const struct object_ops capabilities_ops = {
	.type = STR_INIT("*chartutil.Capabilities"), .kind = GO_KIND_PTR, .fields = capabilities_fields,
	.field_count = ARRAY_LEN(capabilities_fields), .field = capabilities_field, .plain = fields_plain,
};

struct value helm_capabilities_object(const struct helm_kube_version *kube, const struct str *extra, size_t extra_count, struct arena *a)
{
	struct capabilities *c = arena_new(a, struct capabilities);
	struct helm_kube_version *version = arena_new(a, struct helm_kube_version);
	*version = *kube;
	c->object.ops = &capabilities_ops;
	c->kube = go_object(&version->object);
	c->versions = value_list_new(a);
	for (size_t i = 0; i < helm_default_api_version_count; i++)
		value_list_add(c->versions, value_str(helm_default_api_versions[i]), a);
	for (size_t i = 0; i < extra_count; i++)
		value_list_add(c->versions, value_str(extra[i]), a);
	c->versions.type = HELM_VERSIONS;
	return go_object(&c->object);
}
