/* Rendering again gives what rendering gives, and executes only what it must. */
#include "unit.h"

#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/yaml.h"
#include "helm/helm.h"

static const char *const files[][2] = {
	{ "Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n- {name: s, version: 1.0.0, condition: s.on}\n" },
	{ "values.yaml", "a: 1\nm: {x: 1, y: 2}\nl: [1, 2]\nbig: {k: {z: 1}}\nwrit: {in: 1}\ns: {on: true, v: 1}\nt: '{{ .Values.a }}'\nnone: {}\n" },
	{ "templates/_h.tpl", "{{ define \"name\" }}{{ .Values.a }}{{ end }}{{ define \"inner\" }}{{ .ctx.Values.m.x }}{{ end }}" },
	{ "templates/field.yaml", "v: {{ .Values.m.x }}\n" },
	{ "templates/absent.yaml", "v: {{ .Values.m.new }}{{ .Values.late }}\n" },
	{ "templates/include.yaml", "v: {{ include \"name\" . }}\n" },
	{ "templates/passed.yaml", "v: {{ include \"inner\" (dict \"ctx\" $ \"m\" .Values.m) }}\n" },
	{ "templates/whole.yaml", "v: {{ .Values.m | toJson | quote }}\n" },
	{ "templates/range.yaml", "{{ range $k, $v := .Values.m }}{{ $k }}: {{ $v }}\n{{ end }}" },
	{ "templates/list.yaml", "v: {{ index .Values.l 0 }}\n" },
	{ "templates/get.yaml", "v: {{ get .Values.m \"y\" }}\nw: {{ index .Values \"big\" \"k\" \"z\" }}\n" },
	{ "templates/has.yaml", "v: {{ hasKey .Values.m \"new\" }}\n" },
	{ "templates/empty.yaml", "{{ if .Values.none }}v: {{ .Values.none.x }}{{ end }}\n" },
	{ "templates/tpl.yaml", "v: {{ tpl .Values.t . }}\n" },
	{ "templates/a-write.yaml", "{{ $_ := set .Values.writ \"out\" (add .Values.writ.in .Values.a) }}v: {{ .Values.writ.out }}\n" },
	{ "templates/0-reads-written.yaml", "v: {{ .Values.writ.out }}\n" },
	{ "templates/context.yaml", "v: {{ $.Values | toJson | sha256sum }}\n" },
	{ "templates/constant.yaml", "v: {{ .Release.Name }}\n" },
	{ "templates/NOTES.txt", "{{ .Values.big.k.z }}" },
	{ "charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 1.0.0\n" },
	{ "charts/s/values.yaml", "v: 0\nw: 0\n" },
	{ "charts/s/templates/x.yaml", "v: {{ .Values.v }}{{ .Values.global }}\n" },
};

/* Values laid over the chart's, one render after another, and how many templates it takes: of those that changed, and of the three
 * that write, or read what is written. */
static const struct {
	const char *values;
	size_t executed;
} steps[] = {
	{ "{}", 17 },
	{ "{}", 3 },
	{ "m: {x: 2}", 7 },
	{ "m: {x: 2, new: 1}", 7 },
	{ "l: [3]", 10 },
	{ "none: {x: 1}", 5 },
	{ "none: {x: 2}", 4 },
	{ "{}", 4 },
	{ "big: {k: {z: 5}}", 5 },
	{ "big: 7", 1 }, /* an error */
	{ "big: {k: {z: 5}}", 9 },
	{ "s: {on: false}", 5 },
	{ "s: {v: 9}", 4 },
	{ "global: {g: 1}", 4 },
	{ "a: 5\nlate: yes", 7 },
	{ "a: 5\nt: 'x{{ .Values.m.y }}'", 5 },
	{ "writ: {in: 9}", 5 },
	{ "m: null", 3 },
	{ "m: {x: 1}", 15 },
};

/* Ways to read a value other than by naming it: a template each. */
static const char *const readers[] = {
	"index .Values.m \"x\"", "index .Values \"m\" \"x\"", "index . \"Values\" \"m\" \"x\"", "(index .Values \"m\").x", "index .Values.lm 0 \"p\"",
	"(index .Values.lm 0).p", "index .Values.l 1", "get .Values \"a\"", "(get .Values \"m\").x", "get (get .Values \"m\") \"x\"",
	"dig \"m\" \"x\" \"none\" .Values", "dig \"x\" \"none\" .Values.m", "dig \"m\" \"in\" \"z\" 7 .Values", ".Values | dig \"m\" \"x\" 3",
	"hasKey .Values \"late\"", "hasKey .Values.m \"late\"", "hasKey (get .Values \"m\") \"late\"", "pluck \"x\" .Values.m", "pick .Values.m \"x\"",
	"omit .Values.m \"x\"", "keys .Values.m | sortAlpha", "values .Values.in | len", "len .Values.l", "first .Values.l", "last .Values.l", "slice .Values.l 1",
	"has 2 .Values.l", "without .Values.l 2", "default \"d\" .Values.late", "coalesce .Values.late .Values.a", "ternary .Values.a 0 true",
	"eq (toJson .Values.l) \"[1,2]\"", "printf \"%v\" .Values.m", "deepCopy .Values.m", "merge (dict) .Values.m", "kindOf .Values.late", "empty .Values.late",
	"include \"in\" .Values", "include \"in\" (dict \"m\" .Values.m)", "tpl \"{{ index .Values \\\"m\\\" \\\"x\\\" }}\" .",
	"with (index .Values \"m\") }}{{ .x }}{{ end", "range $k, $v := get .Values \"m\" }}{{ $k }}{{ $v }}{{ end", "range index .Values \"l\" }}{{ . }}{{ end",
	"$m := .Values.m }}{{ $m.x", "$v := index .Values \"m\" }}{{ dig \"x\" 0 $v", "if hasKey .Values \"late\" }}yes{{ else }}no{{ end", "and .Values.late .Values.a",
	"or .Values.late .Values.a", "not .Values.late", "concat .Values.l (list 1)", "append .Values.l 1", "tuple .Values.m .Values.l", "dict \"k\" .Values.m",
	"toYaml (list .Values.m) | quote", "get .Values.global \"g\"", "dig \"global\" \"g\" 0 .Values", "fromYaml (toYaml .Values.m)", "index (list .Values.m) 0 \"x\"",
};

static const char *const changes[] = {
	"{}", "m: {x: 2}", "m: {x: 2, late: 1}", "late: 1", "late: {x: 1}", "l: [3, 2]", "l: [1, 2, 2]", "lm: [{p: 9}]", "lm: [{q: 1, p: 1}]", "a: 9", "m: {in: {z: 5}}",
	"in: {k: 2, j: 3}", "global: {g: 4}", "global: {g: 5, h: 1}", "m: {x: null}", "m: 3", "m: {x: 1}", "{}",
};

static struct str make_chart(struct arena *a)
{
	char dir[] = "/tmp/session.XXXXXX";
	AUTO_ERR err = { 0 };
	assert_non_null(mkdtemp(dir));
	struct str root = arena_str(a, str_c(dir));
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct str path = path_join(a, root, str_c(files[i][0]));
		assert_true(fs_mkdirs(path_dir(a, path), 0755, &err));
		assert_true(fs_write(path, str_c(files[i][1]), 0644, FS_NO_SYNC, &err));
	}
	return root;
}

static void add_release(struct buf *b, const struct helm_release *r, const struct err *err)
{
	if (err->message)
		buf_addf(b, "error: %s\n", err->message);
	const helm_manifests *lists[] = { &r->manifests, &r->hooks };
	for (size_t k = 0; !err->message && k < 2; k++)
		for (size_t i = 0; i < lists[k]->n; i++)
			buf_addf(b, "%.*s: %.*s\n", STR_ARG(lists[k]->p[i].source), STR_ARG(lists[k]->p[i].text));
	for (size_t i = 0; !err->message && i < r->notes.n; i++)
		buf_addf(b, "%.*s: %.*s\n", STR_ARG(r->notes.p[i].name), STR_ARG(r->notes.p[i].text));
}

static void check_step(struct helm_session *s, struct str chart, const struct helm_render_options *options, size_t i)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 }, fresh_err = { 0 };
	AUTO_BUF got = { 0 }, want = { 0 };
	struct helm_render_options o = *options;
	struct helm_release again, fresh;
	struct value values;
	/* Read twice, since a render may keep parts of what it is given. */
	static struct arena kept[3];
	struct arena *keep = &kept[i % 3];
	arena_reset(keep);
	assert_true(yaml_read_map(str_c(steps[i].values), NULL, keep, &values, &err));
	assert_true(yaml_read_map(str_c(steps[i].values), NULL, &a, &o.values, &err));
	(void)!helm_session_render(s, values, &again, &err);
	(void)!helm_render(chart, &o, &a, &fresh, &fresh_err);
	add_release(&got, &again, &err);
	add_release(&want, &fresh, &fresh_err);
	same(buf_str(&got), buf_str(&want).p);
	assert_int_equal(helm_session_executed(s), steps[i].executed);
	helm_release_close(&fresh);
	arena_deinit(&a);
	if (i + 1 == ARRAY_LEN(steps))
		for (size_t k = 0; k < 3; k++)
			arena_deinit(&kept[k]);
}

static void test_session(void **unused)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct helm_render_options options = { .release = STR("r") };
	struct helm_session *s;
	(void)unused;
	struct str chart = make_chart(&a);
	assert_true(helm_session_open(chart, &options, &s, &err));
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		check_step(s, chart, &options, i);
	helm_session_close(s);
	assert_true(fs_remove_tree(chart, &err));
	assert_false(helm_session_open(STR("/nonexistent"), &options, &s, &err));
	helm_session_close(NULL);
	arena_deinit(&a);
}

/* One template a chart, so that a failure of one says nothing of the others. */
static void check_reader(const char *reader)
{
	struct arena a = { 0 }, kept = { 0 };
	AUTO_ERR err = { 0 };
	char dir[] = "/tmp/session.XXXXXX";
	struct helm_render_options options = { .release = STR("r") };
	struct helm_session *s;
	const char *const chart[][2] = {
		{ "Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n" },
		{ "values.yaml", "a: 1\nm: {x: 1, in: {z: 1}}\nl: [1, 2]\nlm: [{p: 1}]\nin: {k: 1}\nglobal: {}\n" },
		{ "templates/_h.tpl", "{{ define \"in\" }}{{ index . \"m\" \"x\" }}{{ end }}" },
		{ "templates/x.yaml", arena_fmt(&a, "v: |-\n  {{ %s }}\n", reader).p },
	};
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_LEN(chart); i++) {
		struct str path = path_join(&a, str_c(dir), str_c(chart[i][0]));
		assert_true(fs_mkdirs(path_dir(&a, path), 0755, &err) && fs_write(path, str_c(chart[i][1]), 0644, FS_NO_SYNC, &err));
	}
	assert_true(helm_session_open(str_c(dir), &options, &s, &err));
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		struct helm_release again, fresh;
		struct helm_render_options o = options;
		struct value values;
		AUTO_ERR again_err = { 0 }, fresh_err = { 0 };
		AUTO_BUF got = { 0 }, want = { 0 };
		assert_true(yaml_read_map(str_c(changes[i]), NULL, &kept, &values, &err) && yaml_read_map(str_c(changes[i]), NULL, &a, &o.values, &err));
		(void)!helm_session_render(s, values, &again, &again_err);
		(void)!helm_render(str_c(dir), &o, &a, &fresh, &fresh_err);
		buf_addf(&got, "%s, %s\n", reader, changes[i]);
		buf_addf(&want, "%s, %s\n", reader, changes[i]);
		add_release(&got, &again, &again_err);
		add_release(&want, &fresh, &fresh_err);
		same(buf_str(&got), buf_str(&want).p);
		helm_release_close(&fresh);
	}
	helm_session_close(s);
	assert_true(fs_remove_tree(str_c(dir), &err));
	arena_deinit(&a);
	arena_deinit(&kept);
}

static void test_readers(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(readers); i++)
		check_reader(readers[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_session), cmocka_unit_test(test_readers) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
