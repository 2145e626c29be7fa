/* Templates executed by two threads give what they give one after another: outputs, and the error that is told. */
#include "unit.h"

#include "data/yaml.h"
#include "helm/helm.h"

#define VALUES "a: 1, m: {x: 1, in: {z: 2}}, l: [1, 2], global: {g: 1}"
static const char values[] = "{" VALUES ", sub: {" VALUES ", s: 1, below: {" VALUES "}}, other: {" VALUES ", s: 2}}";

/* What templates are made of. Some read, some work for a while, some change values, contexts or their own dictionaries, a few fail. */
static const char *const parts[] = {
	"a: {{ .Values.a }}\n", "m: {{ omit .Values.m \"d\" | toJson }}\n", "g: {{ .Values.global.g }}\n", "all: {{ omit .Values \"root\" \"m\" | toJson | sha256sum }}\n",
	"name: {{ .Template.Name }}\n", "dot: {{ omit . \"Chart\" \"Capabilities\" \"Files\" \"Release\" \"Values\" \"Subcharts\" | toJson }}\n",
	"{{ range $k, $v := omit .Values \"root\" \"m\" }}{{ $k }}: {{ $v }}\n{{ end }}", "k: {{ keys .Values.m | join \"-\" }} {{ omit .Values.m \"d\" | values }}\n",
	"{{ range until 300 }}{{ include \"name\" $ }}{{ end }}\n", "{{ range until 40 }}{{ tpl \"{{ .Values.a }}\" $ }}{{ end }}\n",
	"{{ $d := dict \"x\" 1 }}{{ $_ := set $d \"in\" .Values.m }}{{ $_ := unset $d \"x\" }}d: {{ toJson $d }}\n",
	"{{ $d := deepCopy .Values.m }}{{ $_ := set $d.in \"z\" 7 }}d: {{ $d.in.z }} {{ .Values.m.in.z }}\n",
	"{{ range until 200 }}{{ include \"name\" $ }}{{ end }}{{ $_ := set .Values \"a\" (add .Values.a 1) }}a: {{ .Values.a }}\n",
	"{{ $_ := set .Values.m \"new\" (dict \"n\" .Values.a) }}\n", "{{ $_ := set .Values.m.in \"z\" \"same\" }}\n",
	"{{ if .Values.m.new }}{{ $_ := set .Values.m.new \"more\" (list .Values.a) }}{{ end }}\n", "{{ $_ := unset .Values.m \"new\" }}\n",
	"{{ $_ := mergeOverwrite .Values.m (dict \"in\" (dict \"w\" .Values.a)) }}\n", "{{ $d := merge (dict) .Values.m (dict \"in\" (dict \"v\" 1)) }}d: {{ toJson $d }}\n",
	"{{ $_ := set . \"mine\" .Values.a }}\n", "mine: {{ .mine }}\n", "{{ $_ := set .Template \"x\" .Values.a }}x: {{ .Template.x }}\n",
	"{{ range $k, $v := .Subcharts }}{{ $k }}: {{ $v.Template }} {{ $v.Values.s }}\n{{ $_ := set $v \"from\" $.Values.a }}{{ end }}", "from: {{ .from }}\n",
	"{{ $_ := set .Values \"root\" $ }}\n", "{{ $d := dict }}{{ $_ := set .Values.m \"d\" $d }}{{ $_ := set $d \"root\" (list .) }}\n",
	"{{ with .Values.root }}r: {{ .Template.Name }}{{ .mine }}{{ end }}\n", "{{ with .Values.m.d }}{{ range .root }}r: {{ .Template.Name }}{{ end }}{{ end }}\n",
	"{{ range $k, $v := .Subcharts }}{{ $k }}: {{ with $v.Template }}{{ .Name }}{{ .x }}{{ end }}\n{{ end }}",
	"{{ if eq (int .Values.a) 4 }}{{ fail \"four\" }}{{ end }}\n", "{{ if .Values.m.new }}{{ required \"none\" .Values.none }}{{ end }}\n", "{{ .Values.a.b.c }}",
	"{{ range until 400 }}{{ include \"name\" $ }}{{ end }}{{ fail \"late\" }}\n",
};

struct random {
	uint64_t state;
};

static size_t below(struct random *r, size_t n)
{
	r->state = r->state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(r->state >> 33) % n;
}

static struct chart *new_chart(const char *name, struct random *r, struct chart *parent, struct arena *a)
{
	struct chart *c = arena_new(a, struct chart);
	c->parent = parent;
	c->metadata = arena_new(a, struct chart_metadata);
	c->metadata->name = str_c(name);
	for (size_t i = 0, n = below(r, 12); i < n; i++) {
		struct buf b = { 0 };
		struct str file = arena_fmt(a, "templates/%s%zu.yaml", below(r, 6) ? "" : "deep/er/", i);
		/* Those that fail, or take all from there on from the helper, are few. */
		for (size_t k = 0, parts_n = 1 + below(r, 4); k < parts_n; k++)
			buf_add_c(&b, parts[below(r, below(r, 9) ? 19 : ARRAY_LEN(parts))]);
		vec_push_in(&c->templates, a, ((struct chart_file){ .name = file, .data = buf_to_arena(&b, a) }));
		buf_deinit(&b);
	}
	return c;
}

/* A chart with sub-charts, and so much text that two threads are worth it. */
static struct chart *new_tree(uint64_t seed, struct arena *a)
{
	enum { LONG = 64 << 10 };
	struct random r = { seed * 2 + 1 };
	struct chart *root = new_chart("root", &r, NULL, a);
	struct buf b = { 0 };
	buf_add_c(&b, "{{ define \"name\" }}{{ .Values.a }}{{ end }}");
	buf_add_repeat(&b, ' ', LONG);
	vec_push_in(&root->templates, a, ((struct chart_file){ .name = STR("templates/_long.tpl"), .data = buf_to_arena(&b, a) }));
	vec_push_in(&root->dependencies, a, new_chart("sub", &r, root, a));
	vec_push_in(&root->dependencies, a, new_chart("other", &r, root, a));
	vec_push_in(&root->dependencies.p[0]->dependencies, a, new_chart("below", &r, root->dependencies.p[0], a));
	buf_deinit(&b);
	return root;
}

/* All that a render gives, as one text in `a`. */
static struct str render(uint64_t seed, struct crew *crew, struct arena *a)
{
	struct arena side = { 0 };
	struct template_help help = { crew, &side };
	struct helm_render_options release = { .release = STR("r") };
	struct helm_kube_version kube;
	struct engine_options options = { .help = crew ? &help : NULL, .log = &release.log };
	struct value v;
	struct buf b = { 0 };
	helm_files files = { 0 };
	AUTO_ERR err = { 0 };
	assert_true(helm_kube_version_parse(HELM_KUBE_VERSION, a, &kube, &err));
	assert_true(yaml_read_map(str_c(values), &(struct yaml_options){ .rules = YAML_HELM, .numbers = YAML_FLOATS }, a, &v, &err));
	if (!engine_render(new_tree(seed, a), helm_top(&release, &kube, v, a), &options, a, &files, &err))
		buf_add_c(&b, err.message);
	for (size_t i = 0; i < files.n; i++)
		buf_addf(&b, "# %.*s\n%.*s\n", STR_ARG(files.p[i].name), STR_ARG(files.p[i].text));
	manifest_forget(&files);
	struct str all = buf_to_arena(&b, a);
	buf_deinit(&b);
	arena_adopt(a, &side);
	return all;
}

static void check(uint64_t seed)
{
	struct arena a = { 0 };
	struct crew crew;
	crew_init(&crew);
	struct str two = render(seed, &crew, &a), one = render(seed, NULL, &a);
	crew_deinit(&crew);
	if (!str_eq(one, two)) {
		enum { BEFORE = 200, LENGTH = 300 };
		size_t at = 0;
		while (at < one.n && at < two.n && one.p[at] == two.p[at])
			at++;
		at -= MIN(at, (size_t)BEFORE);
		struct str a_part = str_slice(one, at, at + LENGTH), b_part = str_slice(two, at, at + LENGTH);
		fail_msg("seed %llu: one thread: %.*s\ntwo: %.*s", (unsigned long long)seed, STR_ARG(a_part), STR_ARG(b_part));
	}
	arena_deinit(&a);
}

static void test_random(void **state)
{
	enum { CHARTS = 400 };
	(void)state;
	for (uint64_t seed = 0; seed < CHARTS; seed++)
		check(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
