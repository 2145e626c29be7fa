/* From a set to a plan: namespaces, doubles, order; discovery's two forms and its paths; reports; differences with secrets. */
#include "unit.h"

#include "data/yaml.h"
#include "kube/diff.h"
#include "kube/plan.h"

static struct value yaml(struct arena *a, const char *text)
{
	struct err err = { 0 };
	struct value v;
	if (!yaml_read(str_c(text), &(struct yaml_options){ .numbers = YAML_INTS }, a, &v, &err))
		fail_msg("%s", err.message);
	return v;
}

static void add(kube_objects *out, struct arena *a, const char *text, const char *source)
{
	struct err err = { 0 };
	if (!kube_objects_add(out, yaml(a, text), STR(""), str_c(source), a, &err))
		fail_msg("%s", err.message);
}

static void test_namespaces(void **state)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	kube_objects objects = { 0 };
	struct kube_plan plan;
	add(&objects, &a, "{apiVersion: example.com/v1, kind: Wide, metadata: {name: w}}", "");
	add(&objects, &a, "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: m}},"
			  " {apiVersion: v1, kind: ConfigMap, metadata: {name: m, namespace: other}}]}", "");
	add(&objects, &a, "{apiVersion: v1, kind: Namespace, metadata: {name: nn}}", "");
	add(&objects, &a, "{apiVersion: batch/v1, kind: Job, metadata: {name: h, annotations: {helm.sh/hook: test}}}", "");
	add(&objects, &a, "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: wides.example.com},"
			  " spec: {group: example.com, scope: Cluster, names: {kind: Wide, plural: wides}, versions: [{name: v1, served: true}]}}", "");
	const struct kube_set set = { .environment = STR("e"), .objects = objects.p, .count = objects.n };
	assert_true(kube_plan_build(&set, STR("ns"), NULL, &a, &plan, &err));
	static const char *const titles[] = { "Namespace nn", "ConfigMap ns/m", "ConfigMap other/m", "CustomResourceDefinition wides.example.com", "Wide w" };
	assert_int_equal(plan.count, ARRAY_LEN(titles));
	for (size_t i = 0; i < plan.count; i++)
		same(plan.items[i].title, titles[i]);
	assert_int_equal(plan.hook_count, 1);
	same(plan.hooks[0].namespace, "ns");
	same(value_find_str(plan.items[1].manifest, "metadata.namespace"), "ns");
	assert_null(value_find(objects.p[1].value, "metadata.namespace")); /* the object itself stays as it was */
	assert_true(map_has(&plan.by_id, STR("/ConfigMap/ns/m")));
	add(&objects, &a, "{apiVersion: v1, kind: ConfigMap, metadata: {name: m, namespace: ns}}", "second.yaml");
	const struct kube_set twice = { .environment = STR("e"), .objects = objects.p, .count = objects.n };
	assert_false(kube_plan_build(&twice, STR("ns"), NULL, &a, &plan, &err));
	same(str_c(err.message), "ConfigMap ns/m is in this environment twice");
	err_deinit(&err);
	arena_deinit(&a);
}

static void test_discovery(void **state)
{
	struct arena a = { 0 };
	struct kube_discovery d;
	kube_discovery_init(&d, &a);
	assert_false(kube_discovery_add_groups(&d, yaml(&a, "{kind: APIGroupList, groups: []}")));
	assert_true(kube_discovery_add_groups(
		&d, yaml(&a, "{kind: APIGroupDiscoveryList, items: [{metadata: {name: apps}, versions: [{version: v1, resources: ["
			     "{resource: deployments, responseKind: {kind: Deployment}, scope: Namespaced}]}]}, {metadata: {}, versions: [{version: v1,"
			     " resources: [{resource: nodes, responseKind: {kind: Node}, scope: Cluster}]}]}]}")));
	kube_discovery_add_list(&d, yaml(&a, "{kind: APIResourceList, groupVersion: rbac.authorization.k8s.io/v1, resources: ["
					     "{name: roles, kind: Role, namespaced: true}, {name: roles/status, kind: Role, namespaced: true}]}"));
	static const struct {
		const char *version, *kind, *namespace, *name, *path;
	} rows[] = {
		{ "apps/v1", "Deployment", "n", "web", "/apis/apps/v1/namespaces/n/deployments/web" },
		{ "apps/v1", "Deployment", "n", "", "/apis/apps/v1/namespaces/n/deployments" },
		{ "apps/v1", "Deployment", "", "", "/apis/apps/v1/deployments" },
		{ "v1", "Node", "ignored", "a", "/api/v1/nodes/a" },
		{ "rbac.authorization.k8s.io/v1", "Role", "n", "system:x/y", "/apis/rbac.authorization.k8s.io/v1/namespaces/n/roles/system%3Ax%2Fy" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct kube_resource *r = kube_discovery_find(&d, str_c(rows[i].version), str_c(rows[i].kind));
		assert_non_null(r);
		same(kube_resource_path(r, str_c(rows[i].namespace), str_c(rows[i].name), &a), rows[i].path);
	}
	static const struct {
		const char *version, *kind, *hint;
	} missing[] = {
		{ "apps/v1beta1", "Deployment", "the cluster serves it in apps/v1" },
		{ "apps/v1", "Deploymnt", "did you mean Deployment?" },
		{ "example.com/v1", "Zebra", "its CustomResourceDefinition is neither in the cluster nor in this environment" },
	};
	for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
		const struct kube_resource *r;
		AUTO_ERR err = { 0 };
		assert_false(kube_discovery_get(&d, str_c(missing[i].version), str_c(missing[i].kind), &r, &err));
		assert_int_equal(err.kind, ERR_NOT_FOUND);
		same(str_c(err.hint), missing[i].hint);
	}
	arena_deinit(&a);
}

static void test_report(void **state)
{
	struct kube_report r = { 0 };
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	kube_report_add(&r, NULL, KUBE_CREATED, STR("ConfigMap a"), NULL);
	kube_report_add(&r, NULL, KUBE_UNCHANGED, STR("ConfigMap b"), NULL);
	assert_true(kube_report_check(&r, &err));
	same(kube_report_summary(&r, &a), "2 objects: 1 created, 1 unchanged");
	struct kube_item item = { .title = STR("ConfigMap c") };
	AUTO_ERR late = { 0 };
	kube_item_end(&item, &r, NULL, KUBE_CREATED, NULL);
	err_set(&late, ERR_TIMEOUT, "not ready");
	kube_item_end(&item, &r, NULL, KUBE_FAILED, &late); /* a second end replaces the first */
	same(kube_report_summary(&r, &a), "3 objects: 1 created, 1 unchanged, 1 failed");
	assert_int_equal(r.results.n, 3);
	assert_false(kube_report_check(&r, &err));
	assert_int_equal(err.kind, ERR_TIMEOUT);
	same(str_c(err.message), "1 object failed:\n  ConfigMap c: not ready");
	kube_report_deinit(&r);
	arena_deinit(&a);
}

static void test_diff(void **state)
{
	static const struct {
		const char *live, *wanted, *want;
	} rows[] = {
		{ "{apiVersion: v1, kind: ConfigMap, data: {a: x}}", "{kind: ConfigMap, data: {a: x}, apiVersion: v1}", "" },
		{ "{kind: X, metadata: {managedFields: [1]}}", "{kind: X, metadata: {}}", "" },
		{ "{kind: X, a: 1}", "{kind: X, a: 2}", "@@ -1,2 +1,2 @@\n-a: 1\n+a: 2\n kind: X\n" },
		{ "{apiVersion: v1, kind: Secret, data: {a: b2xk, b: c2FtZQ==, c: eA==}}", "{apiVersion: v1, kind: Secret, data: {a: bmV3, b: c2FtZQ==, d: eA==}}",
		  "@@ -1,6 +1,6 @@\n apiVersion: v1\n data:\n-  a: '*** (before)'\n+  a: '*** (after)'\n   b: '***'\n-  c: '***'\n+  d: '***'\n kind: Secret\n" },
		{ "null", "{kind: X}", "@@ -0,0 +1 @@\n+kind: X\n" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_BUF got = { 0 }, want = { 0 };
		AUTO_ERR err = { 0 };
		bool differs;
		assert_true(kube_diff_add(yaml(&a, rows[i].live), yaml(&a, rows[i].wanted), STR("v1.X.n.x"), &a, &got, &differs, &err));
		assert_int_equal(differs, *rows[i].want != 0);
		if (differs)
			buf_add_c(&want, "diff -u -N LIVE/v1.X.n.x MERGED/v1.X.n.x\n--- LIVE/v1.X.n.x\n+++ MERGED/v1.X.n.x\n");
		buf_add_c(&want, rows[i].want);
		same(buf_str(&got), want.n ? buf_str(&want).p : "");
		arena_deinit(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_namespaces), cmocka_unit_test(test_discovery), cmocka_unit_test(test_report),
					    cmocka_unit_test(test_diff) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
