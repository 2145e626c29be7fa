/* Identity of objects, install order. */
#include "unit.h"

#include "data/yaml.h"
#include "kube/order.h"
#include "kube/target.h"

static void test_order(void **state)
{
	static const struct {
		const char *a, *b;
		int sign;
	} rows[] = {
		{ "Namespace", "ConfigMap", -1 }, { "Service", "Deployment", -1 }, { "Deployment", "Service", 1 },
		{ "PriorityClass", "Namespace", -1 }, { "APIService", "ScaledJob", -1 },
		{ "ScaledJob", "GitRepository", 1 }, { "Secret", "Secret", 0 }, { "GitRepository", "GitRepository", 0 },
		{ "ValidatingWebhookConfiguration", "Ingress", 1 }, { "MutatingWebhookConfiguration", "Lease", 1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int got = kube_kind_cmp(str_c(rows[i].a), str_c(rows[i].b));
		assert_int_equal((got > 0) - (got < 0), rows[i].sign);
	}
}

static void test_sort(void **state)
{
	static const char *const kinds[] = { "Deployment", "Zeta", "ConfigMap", "Alpha", "Namespace", "ConfigMap", "Service" };
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g" };
	struct kube_object objects[ARRAY_LEN(kinds)];
	const struct kube_object *p[ARRAY_LEN(kinds)];
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		objects[i] = (struct kube_object){ .kind = str_c(kinds[i]), .name = str_c(names[i]) };
		p[i] = &objects[i];
	}
	AUTO_BUF order = { 0 };
	kube_sort_install(p, ARRAY_LEN(p));
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		buf_add(&order, p[i]->name);
	same(buf_str(&order), "ecfgadb");
	buf_clear(&order);
	kube_sort_remove(p, ARRAY_LEN(p));
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		buf_add(&order, p[i]->name);
	same(buf_str(&order), "bdagfce");
}

static void test_global(void **state)
{
	assert_true(kube_kind_is_global(STR("v1"), STR("Namespace")));
	assert_true(kube_kind_is_global(STR("rbac.authorization.k8s.io/v1"), STR("ClusterRole")));
	assert_false(kube_kind_is_global(STR("rbac.authorization.k8s.io/v1"), STR("Role")));
	assert_false(kube_kind_is_global(STR("example.com/v1"), STR("Namespace")));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_order), cmocka_unit_test(test_sort), cmocka_unit_test(test_global) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
