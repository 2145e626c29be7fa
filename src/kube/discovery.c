/*
 * discovery.c: the aggregated form is asked for by content type (apidiscovery.k8s.io v2, or v2beta1 before Kubernetes 1.30); a server that does not have it answers
 * in the older form, which lists groups only. Then /api/v1 and /apis/G/V are asked for, side by side, for the group versions that are needed.
 */
#include "kube/discovery.h"

#include "ext/http.h"

#define AGGREGATED                                                                        \
	STR("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"       \
	    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json")

void kube_discovery_init(struct kube_discovery *d, struct arena *a)
{
	d->arena = a;
	map_init(&d->resources, sizeof(struct kube_resource), a);
}

static struct str resource_key(struct arena *a, struct str api_version, struct str kind)
{
	return arena_fmt(a, "%.*s %.*s", STR_ARG(api_version), STR_ARG(kind));
}

static void add_resource(struct kube_discovery *d, struct str group, struct str version, struct str kind, struct str plural, bool namespaced,
			 bool defined_here)
{
	struct str api_version = group.n ? arena_fmt(d->arena, "%.*s/%.*s", STR_ARG(group), STR_ARG(version)) : arena_str(d->arena, version);
	struct str key = resource_key(d->arena, api_version, kind);
	if (!kind.n || !plural.n || map_has(&d->resources, key))
		return;
	*(struct kube_resource *)map_put(&d->resources, key) = (struct kube_resource){
		.api_version = api_version,
		.kind = arena_str(d->arena, kind),
		.plural = arena_str(d->arena, plural),
		.namespaced = namespaced,
		.defined_here = defined_here,
	};
}

static const struct list no_items;

/* The list under `key`, empty where it is missing. */
static const struct list *items_of(struct value v, const char *key)
{
	struct value *list = value_map_get(v, str_c(key));
	return list && list->kind == VAL_LIST ? list->list : &no_items;
}

bool kube_discovery_add_groups(struct kube_discovery *d, struct value answer)
{
	if (!str_eq_c(value_find_str(answer, "kind"), "APIGroupDiscoveryList"))
		return false;
	const struct list *groups = items_of(answer, "items");
	for (size_t g = 0; g < groups->n; g++) {
		struct str group = value_find_str(groups->p[g], "metadata.name");
		const struct list *versions = items_of(groups->p[g], "versions");
		for (size_t v = 0; v < versions->n; v++) {
			struct str version = value_find_str(versions->p[v], "version");
			const struct list *resources = items_of(versions->p[v], "resources");
			for (size_t r = 0; r < resources->n; r++)
				add_resource(d, group, version, value_find_str(resources->p[r], "responseKind.kind"),
					     value_find_str(resources->p[r], "resource"),
					     str_eq_c(value_find_str(resources->p[r], "scope"), "Namespaced"), false);
		}
	}
	return true;
}

void kube_discovery_add_list(struct kube_discovery *d, struct value answer)
{
	struct str group, version;
	const struct list *resources = items_of(answer, "resources");
	kube_split_api_version(value_find_str(answer, "groupVersion"), &group, &version);
	for (size_t i = 0; i < resources->n; i++) {
		struct str name = value_find_str(resources->p[i], "name");
		struct value *namespaced = value_map_get(resources->p[i], STR("namespaced"));
		if (str_find_char(name, '/') == STR_NPOS)
			add_resource(d, group, version, value_find_str(resources->p[i], "kind"), name,
				     namespaced && namespaced->kind == VAL_BOOL && namespaced->b, false);
	}
}

void kube_discovery_add_crd(struct kube_discovery *d, const struct kube_object *crd)
{
	struct value *spec = value_map_get(crd->value, STR("spec"));
	if (!spec || spec->kind != VAL_MAP)
		return;
	const struct list *versions = items_of(*spec, "versions");
	for (size_t i = 0; i < versions->n; i++) {
		struct value *served = value_map_get(versions->p[i], STR("served"));
		if (served && served->kind == VAL_BOOL && served->b)
			add_resource(d, value_find_str(*spec, "group"), value_find_str(versions->p[i], "name"),
				     value_find_str(*spec, "names.kind"), value_find_str(*spec, "names.plural"),
				     str_eq_c(value_find_str(*spec, "scope"), "Namespaced"), true);
	}
}

/* Answers that come side by side. */
struct gather {
	struct kube_discovery *d;
	size_t pending;
	bool old_form;     /* an answer was not the aggregated one */
	struct err *err;   /* the first failure */
};

static void group_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct gather *g = ctx;
	g->pending--;
	if (err->kind != ERR_NONE) {
		if (g->err->kind == ERR_NONE)
			err_move(g->err, err);
	} else if (!kube_discovery_add_groups(g->d, reply->body)) {
		g->old_form = true;
	}
}

static void list_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct gather *g = ctx;
	g->pending--;
	if (err->kind == ERR_NONE)
		kube_discovery_add_list(g->d, reply->body);
	else if (reply->status != 404 && g->err->kind == ERR_NONE)
		err_move(g->err, err); /* 404: a group that is not served; found out when its kind is looked up */
}

static bool ask(struct gather *g, struct kube_client *client, struct str path, struct str accept, kube_done *done, struct err *err)
{
	/* One more try only: whoever waits for a cluster that is not there wants to know soon. */
	if (!kube_client_start(client, &(struct kube_call){ .path = path, .accept = accept, .retries = 1 }, done, g, err))
		return false;
	g->pending++;
	return true;
}

static bool wait_all(struct gather *g, struct kube_client *client, struct err *err)
{
	size_t running;
	while (g->pending)
		if (!kube_client_run(client, 1000, &running, err)) {
			kube_client_cancel_all(client);
			return false;
		}
	return err->kind == ERR_NONE;
}

static bool load_old_form(struct gather *g, struct kube_client *client, const struct kube_object *objects, size_t count, struct err *err)
{
	struct map asked;
	map_init(&asked, 0, g->d->arena);
	for (size_t i = 0; i < count; i++) {
		struct str version = objects[i].api_version;
		if (map_has(&asked, version))
			continue;
		map_put(&asked, version);
		struct str path = arena_concat(g->d->arena, str_find_char(version, '/') == STR_NPOS ? STR("/api/") : STR("/apis/"), version);
		if (!ask(g, client, path, KUBE_JSON, list_done, err))
			return false;
	}
	return wait_all(g, client, err);
}

bool kube_discovery_load(struct kube_discovery *d, struct kube_client *client, const struct kube_object *objects, size_t count,
			 struct err *err)
{
	struct gather g = { .d = d, .err = err };
	/* The first call opens the connection that all others then share, and tells early of a cluster that cannot be reached. */
	if (!ask(&g, client, STR("/apis"), AGGREGATED, group_done, err) || !wait_all(&g, client, err) ||
	    !ask(&g, client, STR("/api"), AGGREGATED, group_done, err) || !wait_all(&g, client, err))
		return false;
	return !g.old_form || load_old_form(&g, client, objects, count, err);
}

const struct kube_resource *kube_discovery_find(const struct kube_discovery *d, struct str api_version, struct str kind)
{
	AUTO_BUF key = { 0 };
	buf_addf(&key, "%.*s %.*s", STR_ARG(api_version), STR_ARG(kind));
	return map_find(&d->resources, buf_str(&key));
}

/* Adds a hint: the same kind in other versions, else a similar kind. */
static void hint_kind(const struct kube_discovery *d, struct str kind, struct err *err)
{
	AUTO_BUF versions = { 0 };
	struct str near = STR_NONE;
	size_t best = 3;
	for (size_t i = 0; i < map_len(&d->resources); i++) {
		const struct kube_resource *r = map_at(&d->resources, i);
		if (str_eq(r->kind, kind))
			buf_addf(&versions, "%s%.*s", versions.n ? ", " : "", STR_ARG(r->api_version));
		size_t distance = str_distance(r->kind, kind, best);
		if (distance && distance < best) {
			best = distance;
			near = r->kind;
		}
	}
	if (versions.n)
		err_hint(err, "the cluster serves it in %.*s", STR_ARG(buf_str(&versions)));
	else if (near.n)
		err_hint(err, "did you mean %.*s?", STR_ARG(near));
	else
		err_hint(err, "its CustomResourceDefinition is neither in the cluster nor in this environment");
}

bool kube_discovery_get(const struct kube_discovery *d, struct str api_version, struct str kind, const struct kube_resource **out,
			struct err *err)
{
	*out = kube_discovery_find(d, api_version, kind);
	if (*out)
		return true;
	err_set(err, ERR_NOT_FOUND, "no matches for kind \"%.*s\" in version \"%.*s\"", STR_ARG(kind), STR_ARG(api_version));
	hint_kind(d, kind, err);
	return false;
}

struct str kube_resource_path(const struct kube_resource *r, struct str namespace, struct str name, struct arena *a)
{
	AUTO_BUF path = { 0 };
	bool core = str_find_char(r->api_version, '/') == STR_NPOS;
	buf_addf(&path, "%s%.*s/", core ? "/api/" : "/apis/", STR_ARG(r->api_version));
	if (r->namespaced && namespace.n) {
		buf_add_c(&path, "namespaces/");
		http_escape(&path, namespace);
		buf_add_char(&path, '/');
	}
	buf_add(&path, r->plural);
	if (name.n) {
		buf_add_char(&path, '/');
		http_escape(&path, name);
	}
	return buf_to_arena(&path, a);
}
