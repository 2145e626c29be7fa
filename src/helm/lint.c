/* The rules that are about whole files and the charts around: values.yaml, dependencies. Words and order are Helm 3.19's. */
#include "helm/lint.h"

#include "base/fs.h"
#include "base/path.h"
#include "data/yaml.h"
#include "gotmpl/gofmt.h"
#include "helm/coalesce.h"
#include "helm/schema.h"
#include "helm/values.h"

bool lint_say(struct linter *l, enum lint_severity severity, struct str path, const char *fmt, ...)
{
	AUTO_BUF text = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(&text, fmt, ap);
	va_end(ap);
	vec_push_in(l->out, l->a, (struct lint_message){ severity, path, buf_to_arena(&text, l->a) });
	return false;
}

bool lint_say_err(struct linter *l, enum lint_severity severity, struct str path, struct err *err)
{
	lint_say(l, severity, path, "%s", err->message);
	err_deinit(err);
	return false;
}

struct str lint_quoted(struct linter *l, struct str s)
{
	AUTO_BUF quoted = { 0 };
	gofmt_quote(&quoted, s);
	return buf_to_arena(&quoted, l->a);
}

/* ---- values.yaml ---- */

static bool check_schema(struct linter *l, struct value values)
{
	struct str schema, path = path_join(l->a, l->options->dir, STR("values.schema.json"));
	AUTO_ERR err = { 0 };
	if (!fs_exists(path))
		return true;
	if (!fs_read(path, CHART_MAX_FILE_BYTES, l->a, &schema, &err))
		return lint_say_err(l, LINT_ERROR, STR("values.yaml"), &err);
	if (!schema_check_single(schema, values, &err))
		return lint_say_err(l, LINT_ERROR, STR("values.yaml"), &err);
	return true;
}

static bool lint_values(struct linter *l)
{
	struct str text, file = STR("values.yaml"), path = path_join(l->a, l->options->dir, file);
	struct yaml_options yaml = { .rules = YAML_HELM, .numbers = YAML_FLOATS };
	struct coalesce_ctx ctx = { l->a, &l->options->log };
	struct value values;
	AUTO_ERR err = { 0 };
	if (!fs_exists(path))
		return lint_say(l, LINT_INFO, file, "file does not exist");
	if (!fs_read(path, CHART_MAX_FILE_BYTES, l->a, &text, &err) || !yaml_read_map(text, &yaml, l->a, &values, &err)) {
		/* Helm decodes this file into a named type here, and says so. */
		struct str said = str_c(err.message), type = STR("of type map[string]interface {}");
		if (str_ends(said, type))
			said = arena_concat(l->a, str_slice(said, 0, said.n - type.n), STR("of type chartutil.Values"));
		return lint_say(l, LINT_ERROR, file, "unable to parse YAML: %.*s", STR_ARG(said));
	}
	struct value all = values_copy(l->options->values.kind == VAL_MAP ? l->options->values : value_map_new(l->a), l->a);
	coalesce_tables(&ctx, all, values.kind == VAL_MAP ? values : value_map_new(l->a), COALESCE_DROP_NULLS);
	return check_schema(l, all);
}

/* ---- Dependencies ---- */

static bool has_chart(const struct chart *c, struct str name)
{
	for (size_t i = 0; i < c->dependencies.n; i++)
		if (str_eq(chart_name(c->dependencies.p[i]), name))
			return true;
	return false;
}

static bool has_requirement(const struct chart_metadata *m, struct str name)
{
	for (size_t i = 0; i < m->dependencies.n; i++)
		if (str_eq(chart_dependency_at(m, i)->name, name))
			return true;
	return false;
}

struct names {
	struct buf text;
	size_t n;
};

static void add_name(struct names *names, struct str name)
{
	buf_addf(&names->text, "%s%.*s", names->n++ ? "," : "", STR_ARG(name));
}

static void lint_missing(struct linter *l, const struct chart *c)
{
	struct names undeclared = { 0 }, absent = { 0 };
	for (size_t i = 0; i < c->dependencies.n; i++)
		if (!has_requirement(c->metadata, chart_name(c->dependencies.p[i])))
			add_name(&undeclared, chart_name(c->dependencies.p[i]));
	for (size_t i = 0; i < c->metadata->dependencies.n; i++)
		if (!has_chart(c, chart_dependency_at(c->metadata, i)->name))
			add_name(&absent, chart_dependency_at(c->metadata, i)->name);
	if (undeclared.n)
		lint_say(l, LINT_ERROR, l->options->dir, "chart metadata is missing these dependencies: %.*s", STR_ARG(buf_str(&undeclared.text)));
	if (absent.n)
		lint_say(l, LINT_WARNING, l->options->dir, "chart directory is missing these dependencies: %.*s", STR_ARG(buf_str(&absent.text)));
	buf_deinit(&undeclared.text);
	buf_deinit(&absent.text);
}

static void lint_dependencies(struct linter *l)
{
	struct chart_tree tree = { 0 };
	AUTO_ERR err = { 0 };
	/* Helm loads the chart once more for this, and so says all that is to be said of its files twice. */
	struct chart_options options = { .warn = l->options->log.line, .warn_ctx = l->options->log.ctx };
	if (chart_load(l->options->dir, &options, l->a, &tree, &err))
		lint_missing(l, tree.root);
	else
		lint_say(l, LINT_ERROR, STR(""), "unable to load chart\n\t%s", err.message);
	chart_close(&tree);
}

void helm_lint(const struct lint_options *options, struct arena *a, lint_messages *out)
{
	struct linter l = { options, a, out };
	lint_chartfile(&l);
	(void)lint_values(&l);
	lint_templates(&l);
	lint_dependencies(&l);
}
