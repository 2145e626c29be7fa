/* Hooks: annotations to a plan. The orders and what is left out are Helm 3.19's, seen by installing a chart with these hooks. */
#include "unit.h"

#include "base/buf.h"
#include "data/yaml.h"
#include "kube/hook.h"

static struct kube_object object(struct arena *a, const char *kind, const char *name, const char *annotations)
{
	struct err err = { 0 };
	kube_objects out = { 0 };
	struct value v;
	struct str text = arena_fmt(a, "apiVersion: v1\nkind: %s\nmetadata: {name: %s, annotations: {%s}}\n", kind, name, annotations);
	assert_true(yaml_read(text, NULL, a, &v, &err));
	assert_true(kube_objects_add(&out, v, STR("r"), STR(""), a, &err));
	return out.p[0];
}

static void test_annotations(void **state)
{
	static const struct {
		const char *annotations;
		bool hook;
		uint32_t events, policies;
		int weight;
	} rows[] = {
		{ "a: b", false, 0, 0, 0 },
		{ "helm.sh/hook: pre-install", true, KUBE_PRE_INSTALL, KUBE_BEFORE_CREATION, 0 },
		{ "helm.sh/hook: ' PRE-Install,post-upgrade '", true, KUBE_PRE_INSTALL | KUBE_POST_UPGRADE, KUBE_BEFORE_CREATION, 0 },
		{ "helm.sh/hook: 'pre-install,nope'", true, 0, 0, 0 },
		{ "helm.sh/hook: ''", true, 0, 0, 0 },
		{ "helm.sh/hook: test", true, KUBE_OTHER_EVENT, KUBE_BEFORE_CREATION, 0 },
		{ "helm.sh/hook: post-install, helm.sh/hook-weight: '-5'", true, KUBE_POST_INSTALL, KUBE_BEFORE_CREATION, -5 },
		{ "helm.sh/hook: post-install, helm.sh/hook-weight: x", true, KUBE_POST_INSTALL, KUBE_BEFORE_CREATION, 0 },
		{ "helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: 'hook-succeeded, Hook-Failed'", true, KUBE_PRE_UPGRADE,
		  KUBE_HOOK_SUCCEEDED | KUBE_HOOK_FAILED, 0 },
		{ "helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: nonsense", true, KUBE_PRE_UPGRADE, 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		struct kube_object o = object(&a, "Job", "x", rows[i].annotations);
		assert_int_equal(kube_is_hook(&o), rows[i].hook);
		struct kube_hook h = rows[i].hook ? kube_hook_of(&o) : (struct kube_hook){ 0 };
		if (h.events != rows[i].events || h.policies != rows[i].policies || h.weight != rows[i].weight)
			fail_msg("row %zu: events %u policies %u weight %ld", i, h.events, h.policies, (long)h.weight);
		arena_deinit(&a);
	}
}

static void test_order(void **state)
{
	struct arena a = { 0 };
	const struct kube_object objects[] = {
		object(&a, "ConfigMap", "a-cm", "helm.sh/hook: pre-install"),
		object(&a, "Secret", "z-sec", "helm.sh/hook: pre-install"),
		object(&a, "ServiceAccount", "m-sa", "helm.sh/hook: pre-install"),
		object(&a, "ConfigMap", "w-cm", "helm.sh/hook: 'pre-install, post-upgrade', helm.sh/hook-weight: '-5'"),
		object(&a, "ConfigMap", "b-cm", "helm.sh/hook: pre-install"),
		object(&a, "ConfigMap", "bad-cm", "helm.sh/hook: pre-instal"),
		object(&a, "ConfigMap", "badw-cm", "helm.sh/hook: PRE-INSTALL, helm.sh/hook-weight: x"),
		object(&a, "ConfigMap", "normal", "x: z"),
	};
	static const struct {
		enum kube_event event;
		const char *release, *want;
	} rows[] = {
		{ KUBE_PRE_INSTALL, "r", "w-cm a-cm b-cm badw-cm m-sa z-sec " },
		{ KUBE_POST_UPGRADE, "r", "w-cm " },
		{ KUBE_POST_INSTALL, "r", "" },
		{ KUBE_PRE_INSTALL, "other", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_BUF got = { 0 };
		kube_hooks plan = { 0 };
		kube_hooks_plan(objects, ARRAY_LEN(objects), str_c(rows[i].release), rows[i].event, &a, &plan);
		for (size_t k = 0; k < plan.n; k++)
			buf_addf(&got, "%.*s ", STR_ARG(plan.p[k].object->name));
		same(buf_str(&got), rows[i].want);
	}
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_annotations), cmocka_unit_test(test_order) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
