/* Without any kubeconfig helm asks localhost:8080, as kubectl does, and fails there; so do we. */
#include "step/template_cluster.h"

#include "data/yaml.h"
#include "kube/discovery.h"

struct template_cluster {
	struct arena *a;
	struct kube_config_options options;
	struct str context;
	struct kube_config config;
	struct kube_client *client;
	struct kube_discovery discovery;
	bool discovered;
};

struct template_cluster *template_cluster_new(const struct kube_config_options *config, struct str context, struct arena *a)
{
	struct template_cluster *c = arena_new(a, struct template_cluster);
	c->a = a;
	c->options = *config;
	c->context = context;
	return c;
}

void template_cluster_close(struct template_cluster *c)
{
	if (c)
		kube_client_free(c->client);
}

static bool connect(struct template_cluster *c, struct err *err)
{
	bool found;
	if (c->client)
		return true;
	if (!kube_config_load(&c->options, c->context, c->a, &c->config, &found, err))
		return false;
	if (!found)
		c->config = (struct kube_config){ .server = STR("http://localhost:8080"), .namespace = STR("default") };
	return kube_client_new(&c->config, c->options.environ, &c->client, err);
}

static bool discover(struct template_cluster *c, struct err *err)
{
	if (c->discovered)
		return true;
	kube_discovery_init(&c->discovery, c->a);
	if (!connect(c, err) || !kube_discovery_load(&c->discovery, c->client, NULL, 0, err))
		return false;
	c->discovered = true;
	return true;
}

bool template_cluster_capabilities(struct template_cluster *c, struct str *version, helm_strs *api_versions, struct err *err)
{
	struct kube_call call = { .path = STR("/version"), .retries = 1 };
	struct value answer;
	struct map seen;
	if (!connect(c, err) || !kube_client_do(c->client, &call, c->a, &answer, err) || !discover(c, err))
		return err_wrap(err, "Kubernetes cluster unreachable");
	*version = value_find_str(answer, "gitVersion");
	map_init(&seen, 0, c->a);
	for (size_t i = 0; i < map_len(&c->discovery.resources); i++) {
		const struct kube_resource *r = map_at(&c->discovery.resources, i);
		if (!map_has(&seen, r->api_version)) {
			map_put(&seen, r->api_version);
			vec_push_in(api_versions, c->a, r->api_version);
		}
		vec_push_in(api_versions, c->a, arena_fmt(c->a, "%.*s/%.*s", STR_ARG(r->api_version), STR_ARG(r->kind)));
	}
	return true;
}

bool template_cluster_lookup(void *ctx, struct str api_version, struct str kind, struct str ns, struct str name, struct arena *a,
			     struct value *out, struct err *err)
{
	struct template_cluster *c = ctx;
	const struct kube_resource *r;
	AUTO_ERR why = { 0 };
	if (!discover(c, &why) || !kube_discovery_get(&c->discovery, api_version, kind, &r, &why)) {
		struct str group, version;
		kube_split_api_version(api_version, &group, &version);
		return err_set(err, why.kind, "unable to get apiresource from unstructured: %.*s/%.*s, Kind=%.*s: %s", STR_ARG(group), STR_ARG(version),
			       STR_ARG(kind), why.message);
	}
	struct kube_call call = { .path = kube_resource_path(r, ns, name, a) };
	if (kube_client_do(c->client, &call, a, out, &why))
		return true;
	if (why.kind != ERR_NOT_FOUND)
		return err_set(err, why.kind, "%s", why.message);
	*out = value_map_new(a);
	return true;
}

static struct str namespace_of(const struct helm_manifest *m, struct arena *a)
{
	struct value v;
	AUTO_ERR ignored = { 0 };
	return yaml_read(m->text, NULL, a, &v, &ignored) ? value_find_str(v, "metadata.namespace") : STR("");
}

bool template_cluster_validate(struct template_cluster *c, const helm_manifests *manifests, struct err *err)
{
	static const char failed[] = "unable to build kubernetes objects from release manifest";
	AUTO_BUF findings = { 0 };
	size_t n = 0;
	if (!discover(c, err))
		return err_wrap(err, "%s", failed);
	for (size_t i = 0; i < manifests->n; i++) {
		const struct helm_manifest *m = &manifests->p[i];
		const struct kube_resource *r;
		AUTO_ERR why = { 0 };
		if (kube_discovery_get(&c->discovery, m->api_version, m->kind, &r, &why))
			continue;
		buf_addf(&findings, "%sresource mapping not found for name: \"%.*s\" namespace: \"%.*s\" from \"\": %s\nensure CRDs are installed first",
			 n++ ? ", " : "", STR_ARG(m->name), STR_ARG(namespace_of(m, c->a)), why.message);
	}
	if (!n)
		return true;
	return err_set(err, ERR_FAILED, "%s: %s%.*s%s", failed, n > 1 ? "[" : "", STR_ARG(buf_str(&findings)), n > 1 ? "]" : "");
}
