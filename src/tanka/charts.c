/*
 * helmTemplate and kustomizeBuild: options by table, the tool's text back into objects, each under the name that a template gives it.
 *
 * A tool's text is decoded as Tanka does, with yaml.v3's rules, so that dates and octal numbers come out as there.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/yaml.h"
#include "tanka/manifest.h"
#include "tanka/names.h"
#include "tanka/natives.h"

static const struct str DEFAULT_NAME = STR_INIT("{{ print .kind \"_\" .metadata.name | snakecase }}");

struct helm_opts {
	struct str called_from, name_format;
	struct tanka_chart chart;
};

#define OPT(key, k, member, shown) { .name = STR_INIT(key), .kind = k, .offset = offsetof(struct helm_opts, member), .path = shown }
static const struct gojson_field helm_fields[] = {
	OPT("calledFrom", GOJSON_STR, called_from, NULL),
	OPT("nameFormat", GOJSON_STR, name_format, NULL),
	OPT("values", GOJSON_MAP, chart.values, "TemplateOpts.Values"),
	OPT("apiVersions", GOJSON_STRS, chart.api_versions, "TemplateOpts.APIVersions"),
	OPT("includeCRDs", GOJSON_BOOL, chart.include_crds, "TemplateOpts.IncludeCRDs"),
	OPT("skipTests", GOJSON_BOOL, chart.skip_tests, "TemplateOpts.SkipTests"),
	OPT("kubeVersion", GOJSON_STR, chart.kube_version, "TemplateOpts.KubeVersion"),
	OPT("namespace", GOJSON_STR, chart.namespace, "TemplateOpts.Namespace"),
	OPT("noHooks", GOJSON_BOOL, chart.no_hooks, "TemplateOpts.NoHooks"),
};
static const struct gojson_type helm_opts_type = { "helm", "JsonnetOpts", helm_fields, ARRAY_LEN(helm_fields) };
/* The first two are kustomizeBuild's too. */
static const struct gojson_type kustomize_opts_type = { "kustomize", "JsonnetOpts", helm_fields, 2 };

static bool want_str(struct value v, const char *which, struct err *err)
{
	if (v.kind == VAL_STR)
		return true;
	return err_set(err, ERR_FAILED, "%s must be of 'string' type, got '%s' instead", which, gojson_type_name(v));
}

/* --- text to objects --- */

static bool read_objects(struct str text, const char *tool, struct arena *a, struct value *out, struct err *err)
{
	const struct yaml_options options = { .rules = YAML_V3 };
	struct value docs, objects = value_list_new(a);
	if (!yaml_read_all(text, &options, a, &docs, err))
		return err_wrap(err, "Parsing %s output", tool);
	for (size_t i = 0; i < docs.list->n; i++) {
		struct value v = docs.list->p[i];
		if (v.kind == VAL_NULL)
			continue;
		if (v.kind != VAL_MAP) {
			err_set(err, ERR_FAILED, "json: cannot unmarshal %s into Go value of type manifest.Manifest",
				v.kind == VAL_LIST ? "array" : v.kind == VAL_STR ? "string" : v.kind == VAL_BOOL ? "bool" : "number");
			return err_wrap(err, "Parsing %s output", tool);
		}
		if (!tanka_verify(v, STR("Resource"), err))
			return err_wrap(err, "Parsing %s output", tool);
		value_list_add(objects, v, a);
	}
	*out = objects;
	return true;
}

static bool name_objects(const struct tanka_host *host, struct value objects, struct str format, struct arena *a, struct value *out,
			 struct err *err)
{
	struct tanka_namer *namer;
	struct value map = value_map_new(a);
	if (!format.n)
		format = DEFAULT_NAME;
	if (!tanka_namer_new(host, format, value_null(), a, &namer, err))
		return err_wrap(err, "parsing name format");
	for (size_t i = 0; i < objects.list->n; i++) {
		struct str name;
		if (!tanka_namer_name(namer, objects.list->p[i], &name, err))
			return false;
		if (value_map_get(map, name))
			return err_set(err, ERR_FAILED, "Two resources share the same name '%.*s'. Please adapt the name template '%.*s'.",
				       STR_ARG(name), STR_ARG(format));
		value_map_set(map, name, objects.list->p[i]);
	}
	*out = map;
	return true;
}

/* --- the natives --- */

/* The folder is looked at here for the message alone; reading it is the tool's work, and so is reporting it. */
static bool is_there(const struct tanka_host *host, struct str path, struct arena *a, struct str *why)
{
	struct stat st;
	if (fs_stat(path, FS_FOLLOW, &st))
		return true;
	*why = arena_fmt(a, "stat %.*s: %s", STR_ARG(path), errno == ENOTDIR ? "not a directory" : "no such file or directory");
	(void)host->is_file(host->ctx, path);
	return false;
}

bool tanka_helm_template(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	const struct tanka_host *host = ctx;
	struct helm_opts opts = { .chart = { .include_crds = true } };
	struct str text, why;
	struct value objects;
	if (!want_str(args[0], "first argument 'name'", err) || !want_str(args[1], "second argument 'chart'", err) ||
	    !gojson_decode(&helm_opts_type, args[2], a, &opts, err))
		return false;
	if (!opts.called_from.n)
		return err_set(err, ERR_FAILED,
			       "helmTemplate: 'opts.calledFrom' is unset or empty.\n"
			       "Tanka needs this to find your charts. See https://tanka.dev/helm#optscalledfrom-unset");
	opts.chart.name = value_as_str(args[0]);
	struct str dir = path_in(a, host->cwd, path_dir(a, opts.called_from));
	opts.chart.path = path_join(a, dir, value_as_str(args[1]));
	if (!is_there(host, opts.chart.path, a, &why))
		/* Tanka itself says it twice. */
		return err_set(err, ERR_FAILED,
			       "helmTemplate: Failed to find a chart at '': helmTemplate: Failed to find a chart at '%.*s': %.*s. "
			       "See https://tanka.dev/helm#failed-to-find-chart. See https://tanka.dev/helm#failed-to-find-chart",
			       STR_ARG(opts.chart.path), STR_ARG(why));
	if (!host->helm(host->ctx, &opts.chart, a, &text, err))
		return err_wrap(err, "Expanding Helm Chart");
	return read_objects(text, "Helm", a, &objects, err) && name_objects(host, objects, opts.name_format, a, out, err);
}

bool tanka_kustomize_build(void *ctx, const struct value *args, struct arena *a, struct value *out, struct err *err)
{
	const struct tanka_host *host = ctx;
	struct helm_opts opts = { 0 };
	struct str text, why;
	struct value objects;
	if (!want_str(args[0], "argument 'path'", err) || !gojson_decode(&kustomize_opts_type, args[1], a, &opts, err))
		return false;
	if (!opts.called_from.n)
		return err_set(err, ERR_FAILED,
			       "kustomizeBuild: 'opts.calledFrom' is unset or empty.\n"
			       "Tanka needs this to find your Kustomize. See https://tanka.dev/kustomize#optscalledfrom-unset");
	struct str dir = path_in(a, host->cwd, path_dir(a, opts.called_from));
	struct str path = path_join(a, dir, value_as_str(args[0]));
	if (!is_there(host, path, a, &why))
		return err_set(err, ERR_FAILED,
			       "kustomizeBuild: Failed to find kustomization at '%.*s': %.*s. "
			       "See https://tanka.dev/kustomize#failed-to-find-kustomization",
			       STR_ARG(path), STR_ARG(why));
	if (!host->kustomize(host->ctx, path, a, &text, err))
		return err_wrap(err, "Expanding Kustomize");
	return read_objects(text, "Kustomize", a, &objects, err) && name_objects(host, objects, opts.name_format, a, out, err);
}
