/* Findings on small sets of manifests: one row a set, with the text of all findings. */
#include "unit.h"

#include "data/yaml.h"
#include "validate/manifest.h"
#include "validate/names.h"

#define NS "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
#define POD(spec) "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a}\nspec: " spec "\n"
#define CM(name) "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: " name ", namespace: a}\n"

static struct str check(const char *yaml, struct arena *a)
{
	AUTO_ERR err = { 0 };
	struct value docs;
	struct manifest m[8];
	findings found;
	struct str text = STR("");
	if (!yaml_read_all(str_c(yaml), &(struct yaml_options){ .numbers = YAML_INTS }, a, &docs, &err))
		fail_msg("%s", err.message);
	for (size_t i = 0; i < docs.list->n; i++)
		m[i] = (struct manifest){ .value = docs.list->p[i], .file = STR("f"), .document = (uint32_t)i + 1 };
	manifest_check(m, docs.list->n, NULL, a, &found);
	for (size_t i = 0; i < found.n; i++)
		text = arena_fmt(a, "%.*s%s %u %.*s: %.*s\n", STR_ARG(text), found.p[i].severity == FINDING_ERROR ? "E" : "W",
				 found.p[i].manifest->document, STR_ARG(found.p[i].path), STR_ARG(found.p[i].message));
	return text;
}

static void test_check(void **state)
{
	static const struct { const char *yaml, *findings; } rows[] = {
		{ NS POD("{containers: []}"), "" },
		{ "a: 1", "E 1 apiVersion: is missing\nE 1 kind: is missing\nE 1 metadata: is missing\n" },
		{ "[1]", "E 1 : the document is a list, not an object\n" },
		{ "apiVersion: v1\nkind: pod\nmetadata: {name: x}", "E 1 kind: 'pod' is no kind\n" },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: A_b}",
		  "E 1 metadata.name: 'A_b' is no name for a Pod: only lower case letters, digits, '-' and '.' are allowed\n" },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: 1}", "E 1 metadata.name: is a int, not a string\n" },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {generateName: x-}", "" },
		{ "apiVersion: v1\nkind: Service\nmetadata: {name: 1x}",
		  "E 1 metadata.name: '1x' is no name for a Service: it must begin with a letter\n" },
		{ "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'system:x'}", "" },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {a: 1, 'b c': d, e: '-'}}",
		  "E 1 metadata.labels[a]: is a int, not a string\n"
		  "E 1 metadata.labels[b c]: is no valid key: its name part may hold only letters, digits, '-', '_' and '.'\n"
		  "E 1 metadata.labels[e]: '-' is no valid label value: only letters, digits, '-', '_' and '.' are allowed, with a letter or digit at both ends\n" },
		{ POD("{}"), "E 1 metadata.namespace: namespace 'a' is not in the set\n" },
		{ NS CM("x") CM("x"), "E 3 metadata.name: the same object stands in f (document 2)\n" },
		{ NS POD("{containers: [{envFrom: [{configMapRef: {name: x}}]}]}") CM("x"), "" },
		{ NS POD("{containers: [{}, {envFrom: [{configMapRef: {name: x}}]}]}"),
		  "E 2 spec.containers[1].envFrom[0].configMapRef.name: ConfigMap 'x' is not in namespace 'a' of the set\n" },
		{ NS POD("{containers: [{envFrom: [{configMapRef: {name: x, optional: true}}]}]}"),
		  "W 2 spec.containers[0].envFrom[0].configMapRef.name: optional ConfigMap 'x' is not in namespace 'a' of the set\n" },
		{ NS POD("{serviceAccountName: default, imagePullSecrets: [{name: r}]}"),
		  "W 2 spec.imagePullSecrets[0].name: Secret 'r' is not in namespace 'a' of the set\n" },
		{ NS POD("{volumes: [{secret: {secretName: c}}, {secret: {secretName: d}}]}")
		  "---\napiVersion: v1\nkind: Pod\nmetadata: {name: q, namespace: a}\nspec: {volumes: [{secret: {secretName: c, optional: true}}]}\n"
		  "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: a}\n"
		  "rules: [{resources: [secrets], resourceNames: [d], verbs: [update]}]\n",
		  "W 2 spec.volumes[0].secret.secretName: Secret 'c' is not in namespace 'a' of the set\n"
		  "W 2 spec.volumes[1].secret.secretName: Secret 'd' is not in namespace 'a' of the set\n"
		  "W 3 spec.volumes[0].secret.secretName: optional Secret 'c' is not in namespace 'a' of the set\n" },
		{ NS "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r, namespace: a}\n"
		  "subjects: [{kind: ServiceAccount, name: x, namespace: a}, {kind: User, name: y}]\n",
		  "W 2 subjects[0].name: ServiceAccount 'x' is not in namespace 'a' of the set\n" },
		{ NS POD("{volumes: [{secret: {secretName: tls}}]}")
		  "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c, namespace: a}\nspec: {secretName: tls}\n", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		same(check(rows[i].yaml, &a), rows[i].findings);
		arena_deinit(&a);
	}
}

static void test_names(void **state)
{
	static const struct { const char *name; bool label, subdomain, qualified, value; } rows[] = {
		{ "a", true, true, true, true },         { "a-b", true, true, true, true },    { "a.b", false, true, true, true },
		{ "A", false, false, true, true },       { "-a", false, false, false, false }, { "a-", false, false, false, false },
		{ "a..b", false, false, true, true },    { "a/b", false, false, true, false }, { "a.b/c", false, false, true, false },
		{ "A/b", false, false, false, false },   { "a/", false, false, false, false }, { "a_b", false, false, true, true },
		{ "", false, false, false, true },
		{ "a123456789b123456789c123456789d123456789e123456789f123456789g123", false, true, false, false },
	};
	const char *why;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str s = str_c(rows[i].name);
		if (names_dns_label(s, &why) != rows[i].label || names_dns_subdomain(s, &why) != rows[i].subdomain ||
		    names_qualified(s, &why) != rows[i].qualified || names_label_value(s, &why) != rows[i].value)
			fail_msg("'%s'", rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_check), cmocka_unit_test(test_names) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
