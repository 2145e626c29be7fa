/*
 * Where a pod's template stands in each kind, which fields inside it name other objects, and which other kinds name some: three tables. A path in them is
 * keys joined with dots; `[]` after a key goes into each item of a list.
 */
#include "validate/refs.h"

struct walk {
	struct arena *a;
	struct str namespace;
	refs_visit *visit;
	void *ctx;
};

/* Kinds that hold a pod's spec, and where. */
static const struct { struct str kind; const char *spec; } pod_specs[] = {
	{ STR_INIT("Pod"), "spec" },
	{ STR_INIT("Deployment"), "spec.template.spec" },
	{ STR_INIT("StatefulSet"), "spec.template.spec" },
	{ STR_INIT("DaemonSet"), "spec.template.spec" },
	{ STR_INIT("ReplicaSet"), "spec.template.spec" },
	{ STR_INIT("ReplicationController"), "spec.template.spec" },
	{ STR_INIT("Job"), "spec.template.spec" },
	{ STR_INIT("CronJob"), "spec.jobTemplate.spec.template.spec" },
	{ STR_INIT("ScaledJob"), "spec.jobTargetRef.template.spec" },
	{ STR_INIT("Rollout"), "spec.template.spec" },
};

struct ref_rule {
	struct str kind;      /* of what is named */
	const char *holder;   /* path to the map that holds the name; "" is the start itself */
	struct str key;       /* under which the name stands */
	bool made_elsewhere;
};

static const struct ref_rule pod_rules[] = {
	{ STR_INIT("ServiceAccount"), "", STR_INIT("serviceAccountName"), false },
	{ STR_INIT("Secret"), "imagePullSecrets[]", STR_INIT("name"), true },
	{ STR_INIT("ConfigMap"), "volumes[].configMap", STR_INIT("name"), false },
	{ STR_INIT("Secret"), "volumes[].secret", STR_INIT("secretName"), false },
	{ STR_INIT("ConfigMap"), "volumes[].projected.sources[].configMap", STR_INIT("name"), false },
	{ STR_INIT("Secret"), "volumes[].projected.sources[].secret", STR_INIT("name"), false },
	{ STR_INIT("ConfigMap"), "containers[].envFrom[].configMapRef", STR_INIT("name"), false },
	{ STR_INIT("Secret"), "containers[].envFrom[].secretRef", STR_INIT("name"), false },
	{ STR_INIT("ConfigMap"), "containers[].env[].valueFrom.configMapKeyRef", STR_INIT("name"), false },
	{ STR_INIT("Secret"), "containers[].env[].valueFrom.secretKeyRef", STR_INIT("name"), false },
	{ STR_INIT("ConfigMap"), "initContainers[].envFrom[].configMapRef", STR_INIT("name"), false },
	{ STR_INIT("Secret"), "initContainers[].envFrom[].secretRef", STR_INIT("name"), false },
	{ STR_INIT("ConfigMap"), "initContainers[].env[].valueFrom.configMapKeyRef", STR_INIT("name"), false },
	{ STR_INIT("Secret"), "initContainers[].env[].valueFrom.secretKeyRef", STR_INIT("name"), false },
};

/* Other kinds, from the object's root. */
static const struct { struct str kind; struct ref_rule rule; } object_rules[] = {
	{ STR_INIT("Ingress"), { STR_INIT("Secret"), "spec.tls[]", STR_INIT("secretName"), true } },
	{ STR_INIT("ServiceAccount"), { STR_INIT("Secret"), "imagePullSecrets[]", STR_INIT("name"), true } },
	{ STR_INIT("TriggerAuthentication"), { STR_INIT("Secret"), "spec.secretTargetRef[]", STR_INIT("name"), false } },
	{ STR_INIT("TriggerAuthentication"), { STR_INIT("ConfigMap"), "spec.configMapTargetRef[]", STR_INIT("name"), false } },
	{ STR_INIT("GitRepository"), { STR_INIT("Secret"), "spec.secretRef", STR_INIT("name"), false } },
	{ STR_INIT("HelmRepository"), { STR_INIT("Secret"), "spec.secretRef", STR_INIT("name"), false } },
};

/* What controllers make: the kind, the field with the name (or the object's own name), and what is made. */
static const struct { struct str kind; const char *field; struct str makes; } makers[] = {
	{ STR_INIT("Certificate"), "spec.secretName", STR_INIT("Secret") },
	{ STR_INIT("ExternalSecret"), "spec.target.name", STR_INIT("Secret") },
	{ STR_INIT("ExternalSecret"), "metadata.name", STR_INIT("Secret") },
	{ STR_INIT("SealedSecret"), "metadata.name", STR_INIT("Secret") },
	{ STR_INIT("VaultStaticSecret"), "spec.destination.name", STR_INIT("Secret") },
};

struct str refs_id(struct arena *a, struct str kind, struct str namespace, struct str name)
{
	return arena_fmt(a, "%.*s %.*s/%.*s", STR_ARG(kind), STR_ARG(namespace), STR_ARG(name));
}

static void take(const struct walk *w, struct value holder, struct str path, const struct ref_rule *rule)
{
	struct value *name = value_map_get(holder, rule->key), *optional = value_map_get(holder, STR("optional"));
	struct value *ns = value_map_get(holder, STR("namespace"));
	if (!name || name->kind != VAL_STR || name->len == 0)
		return;
	struct reference r = {
		.kind = rule->kind,
		.namespace = ns && ns->kind == VAL_STR && ns->len ? value_as_str(*ns) : w->namespace,
		.name = value_as_str(*name),
		.path = arena_fmt(w->a, "%.*s%s%.*s", STR_ARG(path), path.n ? "." : "", STR_ARG(rule->key)),
		.optional = optional && optional->kind == VAL_BOOL && optional->b,
		.made_elsewhere = rule->made_elsewhere,
	};
	w->visit(w->ctx, &r);
}

/* Goes down `rest` from `v`; depth is that of the rule, not of the input. */
static void descend(const struct walk *w, struct value v, struct str path, struct str rest, const struct ref_rule *rule)
{
	struct str key;
	if (!str_next(&rest, '.', &key)) {
		take(w, v, path, rule);
		return;
	}
	bool each = str_ends(key, STR("[]"));
	key = str_drop_suffix(key, STR("[]"));
	struct value *next = value_map_get(v, key);
	if (!next)
		return;
	path = arena_fmt(w->a, "%.*s%s%.*s", STR_ARG(path), path.n ? "." : "", STR_ARG(key));
	if (!each) {
		descend(w, *next, path, rest, rule);
		return;
	}
	for (size_t i = 0; next->kind == VAL_LIST && i < next->list->n; i++)
		descend(w, next->list->p[i], arena_fmt(w->a, "%.*s[%zu]", STR_ARG(path), i), rest, rule);
}

static void subjects(const struct walk *w, struct value object)
{
	struct value *list = value_map_get(object, STR("subjects"));
	/* A server takes a binding whose subject is not there, and charts do name what an option left out. */
	static const struct ref_rule rule = { STR_INIT("ServiceAccount"), "", STR_INIT("name"), true };
	for (size_t i = 0; list && list->kind == VAL_LIST && i < list->list->n; i++)
		if (str_eq(value_find_str(list->list->p[i], "kind"), STR("ServiceAccount")))
			take(w, list->list->p[i], arena_fmt(w->a, "subjects[%zu]", i), &rule);
}

static bool lists(struct value list, const char *word)
{
	for (size_t i = 0; list.kind == VAL_LIST && i < list.list->n; i++)
		if (list.list->p[i].kind == VAL_STR && str_eq_c(value_as_str(list.list->p[i]), word))
			return true;
	return false;
}

static struct value field(struct value map, const char *key)
{
	struct value *v = value_map_get(map, str_c(key));
	return v ? *v : value_null();
}

/* Rules with resourceNames: a controller that may update one Secret by name is who makes it. */
static void role_names(const struct walk *w, struct value object)
{
	static const struct { const char *resource; struct str kind; } kinds[] = { { "secrets", STR_INIT("Secret") },
										   { "configmaps", STR_INIT("ConfigMap") } };
	struct value rules = field(object, "rules");
	for (size_t i = 0; rules.kind == VAL_LIST && i < rules.list->n; i++) {
		struct value rule = rules.list->p[i], names = field(rule, "resourceNames"), verbs = field(rule, "verbs");
		bool writes = lists(verbs, "update") || lists(verbs, "create") || lists(verbs, "patch") || lists(verbs, "*");
		for (size_t k = 0; writes && k < ARRAY_LEN(kinds); k++) {
			if (!lists(field(rule, "resources"), kinds[k].resource))
				continue;
			for (size_t n = 0; names.kind == VAL_LIST && n < names.list->n; n++) {
				struct reference r = { .kind = kinds[k].kind, .namespace = w->namespace, .created = true };
				r.name = names.list->p[n].kind == VAL_STR ? value_as_str(names.list->p[n]) : STR("");
				w->visit(w->ctx, &r);
			}
		}
	}
}

void refs_each(struct value object, struct arena *a, refs_visit *visit, void *ctx)
{
	struct str kind = value_find_str(object, "kind");
	struct walk w = { a, value_find_str(object, "metadata.namespace"), visit, ctx };
	for (size_t i = 0; i < ARRAY_LEN(pod_specs); i++) {
		struct value *spec = str_eq(kind, pod_specs[i].kind) ? value_find(object, pod_specs[i].spec) : NULL;
		for (size_t k = 0; spec && k < ARRAY_LEN(pod_rules); k++)
			descend(&w, *spec, str_c(pod_specs[i].spec), str_c(pod_rules[k].holder), &pod_rules[k]);
	}
	for (size_t i = 0; i < ARRAY_LEN(object_rules); i++)
		if (str_eq(kind, object_rules[i].kind))
			descend(&w, object, STR(""), str_c(object_rules[i].rule.holder), &object_rules[i].rule);
	if (str_eq(kind, STR("RoleBinding")) || str_eq(kind, STR("ClusterRoleBinding")))
		subjects(&w, object);
	if (str_eq(kind, STR("Role")) || str_eq(kind, STR("ClusterRole")))
		role_names(&w, object);
}

void refs_enter_made(struct value object, struct arena *a, struct map *made)
{
	struct str kind = value_find_str(object, "kind"), ns = value_find_str(object, "metadata.namespace");
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		struct str name = str_eq(kind, makers[i].kind) ? value_find_str(object, makers[i].field) : STR_NONE;
		if (name.n)
			map_put(made, refs_id(a, makers[i].makes, ns, name));
	}
	/* Each namespace gets a service account and a CA bundle from Kubernetes itself. */
	if (str_eq(kind, STR("Namespace"))) {
		struct str name = value_find_str(object, "metadata.name");
		map_put(made, refs_id(a, STR("ServiceAccount"), name, STR("default")));
		map_put(made, refs_id(a, STR("ConfigMap"), name, STR("kube-root-ca.crt")));
	}
}
