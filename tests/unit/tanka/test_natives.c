/* The natives by rows: arguments and result as JSON, or the error's text. What tk gave (tests/peer/tanka.test asks it again). */
#include "unit.h"

#include "data/json.h"
#include "host.h"
#include "tanka/natives.h"

static struct str call(struct fake_host *f, const char *name, const char *args, struct arena *a)
{
	AUTO_ERR err = { 0 };
	AUTO_BUF b = { 0 };
	struct value v, out;
	struct tanka_host host = fake_host(f);
	size_t n;
	const struct jsonnet_native *rows = tanka_natives(&host, a, &n);
	if (!json_parse(str_c(args), NULL, a, &v, &err))
		fail_msg("%s: %s", args, err.message);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		if (!rows[i].fn(rows[i].ctx, v.list->p, a, &out, &err))
			return arena_fmt(a, "error: %s", err.message);
		assert_true(json_write(out, &(struct json_write_options){ .html = JSON_HTML_PLAIN }, &b, &err));
		return buf_to_arena(&b, a);
	}
	fail_msg("no native %s", name);
	return STR_NONE;
}

static void test_plain(void **state)
{
	static const struct { const char *name, *args, *out; } rows[] = {
		{ "parseJson", "[\"{\\\"a\\\":[1,2.5,1e3,null]}\"]", "{\"a\":[1,2.5,1000,null]}" },
		{ "parseJson", "[\"{\"]", "error: unexpected end of JSON input" },
		{ "parseJson", "[1]", "error: native function \"parseJson\" panicked: interface conversion: interface {} is float64, not string" },
		{ "parseJson", "[null]", "error: native function \"parseJson\" panicked: interface conversion: interface {} is nil, not string" },
		{ "parseYaml", "[\"a: yes\\n---\\nb: 017\\nc: 0o17\\nd: 2020-01-01\\ne: 12:30\\nf: 1_000\\n---\\n---\\n- x\"]",
		  "[{\"a\":\"yes\"},{\"b\":15,\"c\":15,\"d\":\"2020-01-01T00:00:00Z\",\"e\":\"12:30\",\"f\":1000},null,[\"x\"]]" },
		{ "parseYaml", "[\"\"]", "[]" },
		{ "parseYaml", "[\"a: [\"]", "error: parsing yaml: yaml: line 1: did not find expected node content" },
		{ "parseYaml", "[\"a: .inf\"]", "error: converting yaml to json: json: unsupported value: +Inf" },
		{ "parseYaml", "[\"a: 1\\na: 2\"]", "error: parsing yaml: yaml: unmarshal errors:\n  line 2: mapping key \"a\" already defined at line 1" },
		{ "parseYaml", "[\"1: a\\ntrue: b\"]", "error: converting yaml to json: json: unsupported type: map[interface {}]interface {}" },
		{ "manifestJsonFromJson", "[\"{\\\"b\\\":1,\\\"a\\\":[1,{},[]],\\\"c\\\":\\\"<&>\\\", \\\"d\\\" : 1.50 } \",3]",
		  "\"{\\n   \\\"b\\\": 1,\\n   \\\"a\\\": [\\n      1,\\n      {},\\n      []\\n   ],\\n   \\\"c\\\": \\\"<&>\\\",\\n   \\\"d\\\": 1.50\\n}\\n\"" },
		{ "manifestJsonFromJson", "[\"{\\\"b\\\":\\\"a\\\\\\\"{b\\\"}\",0]", "\"{\\n\\\"b\\\": \\\"a\\\\\\\"{b\\\"\\n}\\n\"" },
		{ "manifestJsonFromJson", "[\"{}\",-1]", "error: native function \"manifestJsonFromJson\" panicked: strings: negative Repeat count" },
		{ "manifestJsonFromJson", "[\"{}\",1e9]", "error: manifestJsonFromJson: more than 1000 spaces of indentation" },
		{ "manifestJsonFromJson", "[\"{}\",\"2\"]", "error: native function \"manifestJsonFromJson\" panicked: interface conversion: interface {} is string, not float64" },
		{ "manifestJsonFromJson", "[\"[]\",1.7]", "\"[]\\n\"" },
		{ "manifestYamlFromJson", "[\"{\\\"b\\\":1,\\\"a\\\":[1,{}],\\\"d\\\":1e6,\\\"f\\\":\\\"a\\\\nb\\\\n\\\"}\"]", "\"a:\\n    - 1\\n    - {}\\nb: 1\\nd: 1e+06\\nf: |\\n    a\\n    b\\n\"" },
		{ "manifestYamlFromJson", "[\"x\"]", "error: invalid character 'x' looking for beginning of value" },
		{ "escapeStringRegex", "[\"a.b*c[d]{}\"]", "\"a\\\\.b\\\\*c\\\\[d\\\\]\\\\{\\\\}\"" },
		{ "regexMatch", "[\"a.c\",\"xabcx\"]", "true" },
		{ "regexMatch", "[\"(\",\"x\"]", "error: error parsing regexp: missing closing ): `(`" },
		{ "regexSubst", "[\"(a)(b)\",\"xabx\",\"$2-${1}-$1x\"]", "\"xb-a-x\"" },
		{ "regexSubst", "[\"a\",\"b\",{}]", "error: native function \"regexSubst\" panicked: interface conversion: interface {} is map[string]interface {}, not string" },
		{ "sha256", "[\"foo\"]", "\"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\"" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		struct fake_host f = { 0 };
		same(call(&f, rows[i].name, rows[i].args, &a), rows[i].out);
		arena_deinit(&a);
	}
}

#define DOC(kind, name) "---\n# Source: c/templates/a.yaml\napiVersion: v1\nkind: " kind "\nmetadata: {name: '" name "'}\n"
#define HELM(opts) "[\"rel\",\"/\",{\"calledFrom\":\"/x.jsonnet\"" opts "}]"
#define OF(kind, name) "{\"apiVersion\":\"v1\",\"kind\":\"" kind "\",\"metadata\":{\"name\":\"" name "\"}}"

static void test_charts(void **state)
{
	static const struct { const char *text, *args, *out; } rows[] = {
		{ DOC("ConfigMap", "FooBar-1") "---\n---\n# nothing\n", HELM(""), "{\"config_map_foo_bar_1\":" OF("ConfigMap", "FooBar-1") "}" },
		{ DOC("A", "x") DOC("A", "X"), HELM(",\"nameFormat\":\"{{.metadata.name}}\""), "{\"X\":" OF("A", "X") ",\"x\":" OF("A", "x") "}" },
		{ DOC("A", "x") DOC("A", "X"), HELM(""), "error: Two resources share the same name 'a_x'. Please adapt the name template '{{ print .kind \"_\" .metadata.name | snakecase }}'." },
		{ DOC("A", "x"), HELM(",\"nameFormat\":\"{{env \\\"NAME\\\"}}-{{expandenv \\\"$NAME.${NAME}$\\\"}}\""), "{\"value-value.value$\":" OF("A", "x") "}" },
		{ DOC("A", "x"), HELM(",\"nameFormat\":\"{{\""), "error: parsing name format: template: :1: unclosed action" },
		{ DOC("A", "x"), HELM(",\"nameFormat\":\"{{.metadata.name.x}}\""), "error: template: :1:11: executing \"\" at <.metadata.name.x>: can't evaluate field x in type interface {}" },
		{ "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: A\nkind: List\n", HELM(""), "{\"list_<_nil_>\":{\"apiVersion\":\"v1\",\"items\":[{\"apiVersion\":\"v1\",\"kind\":\"A\"}],\"kind\":\"List\"}}" },
		{ "kind: A\n", HELM(""), "error: Parsing Helm output: Resource has missing or invalid fields:\n  - apiVersion: missing or not of string type\n  - metadata: missing or not an object\n  - metadata.name: missing or not of string type\n\nPlease check below object:\n  kind: A" },
		{ "a: [", HELM(""), "error: Parsing Helm output: yaml: line 1: did not find expected node content" },
		{ NULL, HELM(""), "error: Expanding Helm Chart: exit status 1" },
		{ "", "[1,2,3]", "error: first argument 'name' must be of 'string' type, got 'float64' instead" },
		{ "", "[\"a\",2,3]", "error: second argument 'chart' must be of 'string' type, got 'float64' instead" },
		{ "", "[\"a\",\"b\",[1]]", "error: json: cannot unmarshal array into Go value of type helm.JsonnetOpts" },
		{ "", "[\"a\",\"b\",{}]", "error: helmTemplate: 'opts.calledFrom' is unset or empty.\nTanka needs this to find your charts. See https://tanka.dev/helm#optscalledfrom-unset" },
		{ "", HELM(",\"NameSpace\":5"), "error: json: cannot unmarshal number into Go struct field JsonnetOpts.TemplateOpts.Namespace of type string" },
		{ "", HELM(",\"values\":[1]"), "error: json: cannot unmarshal array into Go struct field JsonnetOpts.TemplateOpts.Values of type map[string]interface {}" },
		{ "", "[\"a\",\"nope\",{\"calledFrom\":\"/x/y\"}]",
		  "error: helmTemplate: Failed to find a chart at '': helmTemplate: Failed to find a chart at '/x/nope': stat /x/nope: no such file or directory. "
		  "See https://tanka.dev/helm#failed-to-find-chart. See https://tanka.dev/helm#failed-to-find-chart" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		struct fake_host f = { .text = rows[i].text };
		same(call(&f, "helmTemplate", rows[i].args, &a), rows[i].out);
		arena_deinit(&a);
	}
}

static void test_options(void **state)
{
	struct arena a = { 0 };
	struct fake_host f = { .text = "" };
	(void)state;
	same(call(&f, "helmTemplate", HELM(""), &a), "{}");
	assert_true(f.chart.include_crds && !f.chart.skip_tests && !f.chart.no_hooks);
	same(call(&f, "helmTemplate", HELM(",\"includeCrds\":false,\"skipTests\":true,\"noHooks\":true,\"kubeVersion\":\"1.29\",\"namespace\":\"n\",\"apiVersions\":[\"a\",\"b\"]"), &a), "{}");
	assert_true(!f.chart.include_crds && f.chart.skip_tests && f.chart.no_hooks && f.chart.api_versions.n == 2);
	same(f.chart.namespace, "n");
	same(f.chart.kube_version, "1.29");
	same(f.chart.name, "rel");
	same(f.chart.path, "/");
	arena_deinit(&a);
}

/* The default key of a name: what tk made of charts with such objects. */
static void test_keys(void **state)
{
	static const struct { const char *name, *key; } rows[] = {
		{ "FooBar-1", "foo_bar_1" }, { "x.y.z", "x.y.z" }, { "a__b", "a__b" }, { "ABCDef", "abc_def" }, { "123abc", "123abc" }, { "-x-", "_x_" },
		{ "v1beta1.external.metrics.k8s.io", "v_1beta1.external.metrics.k_8s.io" }, { "\xc3\xbcn\xc3\xaf" "Code", "\xc3\xbcn\xc3\xaf_code" },
		{ "system:node-Proxier", "system:node_proxier" }, { "a b", "a_b" }, { "HTTPServer2go", "http_server_2go" }, { "x9y", "x_9y" }, { "K8s", "k_8s" },
		{ "a.B-C_d", "a.b_c_d" }, { "UPPER", "upper" }, { "mixedCASEName", "mixed_case_name" }, { "1.2.3", "1.2.3" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		struct fake_host f = { .text = arena_fmt(&a, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '%s'}\n", rows[i].name).p };
		struct str got = call(&f, "helmTemplate", HELM(""), &a), want = arena_fmt(&a, "{\"config_map_%s\":", rows[i].key);
		if (!str_starts(got, want))
			fail_msg("%s: %.*s, not %.*s", rows[i].name, STR_ARG(got), STR_ARG(want));
		arena_deinit(&a);
	}
}

static void test_kustomize(void **state)
{
	static const struct { const char *text, *args, *out; } rows[] = {
		{ DOC("A", "x"), "[\"/\",{\"calledFrom\":\"/x\"}]", "{\"a_x\":" OF("A", "x") "}" },
		{ NULL, "[\"/\",{\"calledFrom\":\"/x\"}]", "error: Expanding Kustomize: exit status 1" },
		{ "", "[1,2]", "error: argument 'path' must be of 'string' type, got 'float64' instead" },
		{ "", "[\"a\",2]", "error: json: cannot unmarshal number into Go value of type kustomize.JsonnetOpts" },
		{ "", "[\"a\",{}]", "error: kustomizeBuild: 'opts.calledFrom' is unset or empty.\nTanka needs this to find your Kustomize. See https://tanka.dev/kustomize#optscalledfrom-unset" },
		{ "", "[\"nope\",{\"calledFrom\":\"/x/y\"}]", "error: kustomizeBuild: Failed to find kustomization at '/x/nope': stat /x/nope: no such file or directory. See https://tanka.dev/kustomize#failed-to-find-kustomization" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		struct fake_host f = { .text = rows[i].text };
		same(call(&f, "kustomizeBuild", rows[i].args, &a), rows[i].out);
		arena_deinit(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain), cmocka_unit_test(test_charts), cmocka_unit_test(test_options), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_kustomize),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
