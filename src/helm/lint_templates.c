/*
 * Rules about templates: the chart is loaded and rendered as a release "test-release"; then each .yaml template's output is looked at, document
 * by document. The first document that is no YAML ends it, as in Helm.
 */
#include "base/fs.h"
#include "base/path.h"
#include "chart/decode.h"
#include "data/yaml.h"
#include "helm/coalesce.h"
#include "helm/dependency.h"
#include "helm/lint.h"
#include "helm/lint_stream.h"
#include "helm/schema.h"

static const struct str folder = STR_INIT("templates/");

/* What is read of a document. */
struct object_meta {
	struct str ns, name;
};
struct object_head {
	struct str api_version, kind;
	struct object_meta *metadata;
};
#define NAMED(type, name, member, kind, of) { STR_INIT(name), kind, offsetof(struct type, member), of }
static const struct decode_field meta_fields[] = {
	NAMED(object_meta, "Namespace", ns, DECODE_STRING, NULL),
	NAMED(object_meta, "Name", name, DECODE_STRING, NULL),
};
static const struct decode_type meta_type = { "K8sYamlMetadata", "rules.k8sYamlMetadata", sizeof(struct object_meta), meta_fields,
					      ARRAY_LEN(meta_fields) };
static const struct decode_field head_fields[] = {
	NAMED(object_head, "apiVersion", api_version, DECODE_STRING, NULL),
	NAMED(object_head, "Kind", kind, DECODE_STRING, NULL),
	NAMED(object_head, "Metadata", metadata, DECODE_STRUCT, &meta_type),
};
static const struct decode_type head_type = { "K8sYamlStruct", "rules.K8sYamlStruct", sizeof(struct object_head), head_fields,
					      ARRAY_LEN(head_fields) };

/* The same of a List's items. */
struct list_item_meta {
	struct value annotations; /* VAL_MAP of VAL_STR, or null */
};
struct list_item {
	struct list_item_meta *metadata;
};
struct object_list {
	decode_structs items; /* struct list_item */
};
#define ITEM_META "struct { Annotations map[string]string }"
static const struct decode_field item_meta_fields[] = { NAMED(list_item_meta, "Annotations", annotations, DECODE_STRING_MAP, NULL) };
static const struct decode_type item_meta_type = { "", ITEM_META, sizeof(struct list_item_meta), item_meta_fields, ARRAY_LEN(item_meta_fields) };
static const struct decode_field item_fields[] = { NAMED(list_item, "Metadata", metadata, DECODE_STRUCT, &item_meta_type) };
static const struct decode_type item_type = { "", "struct { Metadata " ITEM_META " }", sizeof(struct list_item), item_fields,
					      ARRAY_LEN(item_fields) };
static const struct decode_field list_fields[] = { NAMED(object_list, "Items", items, DECODE_STRUCT_LIST, &item_type) };
static const struct decode_type list_type = { "", "struct { Items []struct { Metadata " ITEM_META " } }", sizeof(struct object_list), list_fields,
					      ARRAY_LEN(list_fields) };

struct template_linter {
	struct linter *l;
	struct str name;      /* "templates/x.yaml" */
	struct str rendered;  /* all of the file's output */
	const struct helm_kube_version *kube;
};

/* ---- One document ---- */

static void check_name(const struct template_linter *t, struct str kind, struct str name)
{
	AUTO_BUF why = { 0 };
	lint_object_name(kind, name, &why);
	if (why.n)
		lint_say(t->l, LINT_WARNING, t->name, "object name does not conform to Kubernetes naming requirements: %.*s: %.*s",
			 STR_ARG(lint_quoted(t->l, name)), STR_ARG(buf_str(&why)));
}

static void check_selector(const struct template_linter *t, struct str kind, struct str name)
{
	static const char *const kinds[] = { "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet" };
	bool needs = false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		needs |= str_eq_c(kind, kinds[i]);
	if (needs && !str_contains(t->rendered, STR("matchLabels")) && !str_contains(t->rendered, STR("matchExpressions")))
		lint_say(t->l, LINT_ERROR, t->name, "a %.*s must contain matchLabels or matchExpressions, and %.*s does not", STR_ARG(kind),
			 STR_ARG(lint_quoted(t->l, name)));
}

/* Helm reads the whole file again for this, which gives its first document. */
static void check_list(const struct template_linter *t, struct str kind)
{
	const struct yaml_options yaml = { .rules = YAML_HELM, .numbers = YAML_INTS };
	struct object_list all = { 0 };
	struct value v;
	AUTO_ERR err = { 0 };
	if (!str_eq(kind, STR("List")))
		return;
	if (!yaml_read(t->rendered, &yaml, t->l->a, &v, &err) || !decode_struct(v, &list_type, t->l->a, &all, &err)) {
		lint_say(t->l, LINT_ERROR, t->name, "unable to parse YAML: %s", err.message);
		return;
	}
	for (size_t i = 0; i < all.items.n; i++) {
		const struct list_item *item = all.items.p[i];
		if (item && item->metadata && value_map_get(item->metadata->annotations, STR("helm.sh/resource-policy"))) {
			lint_say(t->l, LINT_ERROR, t->name, "Annotation 'helm.sh/resource-policy' within List objects are ignored");
			return;
		}
	}
}

static void lint_object(const struct template_linter *t, const struct object_head *head)
{
	static const struct object_meta none = { 0 };
	AUTO_BUF why = { 0 };
	struct str name = (head->metadata ? head->metadata : &none)->name;
	check_name(t, head->kind, name);
	if (lint_is_deprecated(head->api_version, head->kind, t->kube, &why))
		lint_say(t->l, LINT_WARNING, t->name, "%.*s", STR_ARG(buf_str(&why)));
	check_selector(t, head->kind, name);
	check_list(t, head->kind);
}

/* ---- One file ---- */

static void check_extension(struct linter *l, struct str name)
{
	static const char *const known[] = { ".yaml", ".yml", ".tpl", ".txt" };
	struct str extension = path_ext(name);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq_c(extension, known[i]))
			return;
	lint_say(l, LINT_ERROR, name, "file extension '%.*s' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt", STR_ARG(extension));
}

/* A line of the template itself that makes a hook of Helm 2's: "helm.sh/hook" with or without quotes, a colon, white space, crd-install. */
static bool has_crd_hook(struct str text)
{
	static const struct str key = STR_INIT("helm.sh/hook");
	for (size_t at; (at = str_find(text, key)) != STR_NPOS;) {
		text = str_slice(text, at + key.n, text.n);
		struct str rest = str_drop_prefix(text, STR("\""));
		if (!str_starts(rest, STR(":")))
			continue;
		struct str value = str_trim_left(str_slice(rest, 1, rest.n));
		if (value.n + 1 < rest.n && str_starts(value, STR("crd-install")))
			return true;
	}
	return false;
}

/* What Helm 3 no longer has, looked for in the template's own text. */
static void check_source(struct linter *l, struct str name, struct str source)
{
	if (has_crd_hook(source))
		lint_say(l, LINT_WARNING, name,
			 "manifest is a crd-install hook. This hook is no longer supported in v3 and all CRDs should also exist the crds/ directory at the "
			 "top level of the chart");
	if (str_contains(source, STR(".Release.Time")))
		lint_say(l, LINT_ERROR, name, ".Release.Time has been removed in v3, please replace with the `now` function in your templates");
}

static void check_indent(const struct template_linter *t)
{
	struct str rest = t->rendered, line;
	while (str_next(&rest, '\n', &line)) {
		line = str_trim_right(line);
		if (!line.n)
			continue;
		if (line.p[0] == ' ' || line.p[0] == '\t')
			lint_say(t->l, LINT_WARNING, t->name, "document starts with an illegal indent: %.*s, which may cause parsing problems",
				 STR_ARG(lint_quoted(t->l, line)));
		return;
	}
}

/* False where a document cannot be read, which ends all. */
static bool lint_file(struct linter *l, struct str name, struct str rendered, const struct helm_kube_version *kube)
{
	struct template_linter t = { l, name, rendered, kube };
	struct lint_stream stream;
	if (!helm_trim(rendered).n)
		return true;
	check_indent(&t);
	lint_stream_init(&stream, rendered, l->a);
	for (;;) {
		struct object_head head = { 0 };
		bool empty = false;
		AUTO_ERR err = { 0 };
		switch (lint_stream_next(&stream, &head_type, &head, &empty, &err)) {
		case LINT_END: return true;
		case LINT_BROKEN: return lint_say(l, LINT_ERROR, name, "unable to parse YAML: %s", err.message);
		case LINT_DOCUMENT: break;
		}
		if (!empty)
			lint_object(&t, &head);
	}
}

/* ---- The chart ---- */

/* Whether the chart renders; its output goes into `out`. */
static bool render(struct linter *l, struct chart *root, const struct helm_kube_version *kube, helm_files *out)
{
	const struct lint_options *o = l->options;
	struct coalesce_ctx ctx = { l->a, &o->log };
	struct helm_render_options release = { .release = STR("test-release"), .ns = o->ns };
	struct engine_options engine = { .host = o->host, .log = &o->log, .lint = true };
	struct value values;
	AUTO_ERR err = { 0 };
	/* Trouble with values is the business of the rules about them. */
	if (!dependency_process(&ctx, root, o->values, &err) || !coalesce_chart(&ctx, root, o->values, COALESCE_DROP_NULLS, &values, &err) ||
	    /* Helm's linter does it twice: the second time the defaults' own nulls go too. */
	    !coalesce_chart(&ctx, root, values, COALESCE_DROP_NULLS, &values, &err))
		return false;
	if (!o->skip_schema_validation && !schema_check_values(root, values, &err))
		return lint_say_err(l, LINT_ERROR, folder, &err);
	if (!engine_render(root, helm_top(&release, kube, values, l->a), &engine, l->a, out, &err))
		return lint_say_err(l, LINT_ERROR, folder, &err);
	return true;
}

static void lint_files(struct linter *l, const struct chart *root, const struct helm_kube_version *kube, const helm_files *files)
{
	struct map outputs; /* struct str by name */
	map_init(&outputs, sizeof(struct str), l->a);
	for (size_t i = 0; i < files->n; i++)
		*(struct str *)map_put(&outputs, files->p[i].name) = files->p[i].text;
	for (size_t i = 0; i < root->templates.n; i++) {
		struct str name = root->templates.p[i].name;
		const struct str *text = map_find(&outputs, path_join(l->a, chart_name(root), name));
		check_extension(l, name);
		check_source(l, name, root->templates.p[i].data);
		if (str_eq(path_ext(name), STR(".yaml")) && text && !lint_file(l, name, *text, kube))
			return;
	}
}

static bool load_and_lint(struct linter *l, struct chart_tree *tree)
{
	const struct lint_options *o = l->options;
	struct chart_options options = { .warn = o->log.line, .warn_ctx = o->log.ctx };
	struct helm_kube_version kube;
	helm_files files = { 0 };
	AUTO_ERR err = { 0 };
	if (!helm_kube_version_parse(o->kube_version.n ? o->kube_version : HELM_KUBE_VERSION, l->a, &kube, &err) ||
	    !chart_load(o->dir, &options, l->a, tree, &err))
		return lint_say_err(l, LINT_ERROR, folder, &err);
	if (!render(l, tree->root, &kube, &files))
		return false;
	lint_files(l, tree->root, &kube, &files);
	return true;
}

void lint_templates(struct linter *l)
{
	struct chart_tree tree = { 0 };
	struct str path = path_join(l->a, l->options->dir, STR("templates"));
	if (fs_exists(path) && !fs_is_dir(path)) {
		lint_say(l, LINT_WARNING, folder, "not a directory");
		return;
	}
	(void)load_and_lint(l, &tree);
	chart_close(&tree);
}
