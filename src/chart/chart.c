/*
 * Loading sorts a flat list of files into a chart by their names alone, as Helm does, and does the same again for the files below charts/NAME. Nested
 * packed charts are opened the same way, to a depth of CHART_MAX_DEPTH: an archive that holds itself would never end.
 */
#include "chart/chart.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/path.h"
#include "chart/source.h"
#include "data/yaml.h"
#include "ext/archive.h"

struct loader {
	const struct chart_options *options;
	struct chart_archives *archives;
	struct arena *a;
	struct err *err;
};

static bool load_files(struct loader *l, const chart_files *files, struct chart *parent, int depth, struct chart **out);

static void warn(struct loader *l, const char *line)
{
	if (l->options && l->options->warn)
		l->options->warn(l->options->warn_ctx, str_c(line));
}

/* ---- The chart's own files ---- */

static bool load_metadata(struct loader *l, struct chart *c, struct str text)
{
	if (!c->metadata)
		c->metadata = arena_new(l->a, struct chart_metadata);
	if (!chart_metadata_parse(text, l->a, c->metadata, l->err))
		return err_wrap(l->err, "cannot load Chart.yaml");
	/* Helm 2 knew no apiVersion. */
	if (!c->metadata->api_version.n)
		c->metadata->api_version = STR("v1");
	return true;
}

static bool load_lock(struct loader *l, struct str text, const char *name)
{
	struct value lock;
	struct yaml_options yaml = { .rules = YAML_HELM, .numbers = YAML_INTS };
	if (!yaml_read(text, &yaml, l->a, &lock, l->err))
		return err_wrap(l->err, "cannot load %s", name);
	return true;
}

static bool load_values(struct loader *l, struct chart *c, struct str text)
{
	struct yaml_options yaml = { .rules = YAML_HELM, .numbers = YAML_FLOATS };
	c->values_text = text;
	if (!yaml_read_map(text, &yaml, l->a, &c->values, l->err))
		return err_wrap(l->err, "cannot load values.yaml");
	return true;
}

static bool is_v1(const struct chart *c)
{
	return c->metadata && str_eq(c->metadata->api_version, STR("v1"));
}

/* requirements.yaml and requirements.lock, which Helm 2 had: read in all charts, kept as files only in those of v1. */
static bool load_requirements(struct loader *l, struct chart *c, const struct chart_file *f)
{
	if (!is_v1(c))
		warn(l, "load.go:120: Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating "
			"dependencies to Chart.yaml.");
	if (!c->metadata)
		c->metadata = arena_new(l->a, struct chart_metadata);
	if (!chart_metadata_parse(f->data, l->a, c->metadata, l->err))
		return err_wrap(l->err, "cannot load requirements.yaml");
	if (is_v1(c))
		vec_push_in(&c->files, l->a, *f);
	return true;
}

static bool load_requirements_lock(struct loader *l, struct chart *c, const struct chart_file *f)
{
	if (!load_lock(l, f->data, "requirements.lock"))
		return false;
	if (!is_v1(c))
		warn(l, "load.go:138: Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to "
			"Chart.lock.");
	else
		vec_push_in(&c->files, l->a, *f);
	return true;
}

/* A file of charts/: it belongs to the sub-chart that the next part of its name gives. */
static void sort_out_subchart(struct loader *l, struct map *groups, const struct chart_file *f)
{
	struct chart_file file = { str_drop_prefix(f->name, STR("charts/")), f->data };
	struct str group, rest;
	str_cut(file.name, '/', &group, &rest);
	if (!group.n || group.p[0] == '_' || group.p[0] == '.')
		return;
	vec_push_in((chart_files *)map_put(groups, group), l->a, file);
}

static bool sort_out(struct loader *l, struct chart *c, struct map *groups, const struct chart_file *f)
{
	if (str_eq(f->name, STR("Chart.yaml")))
		return true;
	if (str_eq(f->name, STR("Chart.lock")))
		return load_lock(l, f->data, "Chart.lock");
	if (str_eq(f->name, STR("values.yaml")))
		return load_values(l, c, f->data);
	if (str_eq(f->name, STR("requirements.yaml")))
		return load_requirements(l, c, f);
	if (str_eq(f->name, STR("requirements.lock")))
		return load_requirements_lock(l, c, f);
	if (str_eq(f->name, STR("values.schema.json")))
		c->schema = f->data;
	else if (str_starts(f->name, STR("templates/")))
		vec_push_in(&c->templates, l->a, *f);
	else if (str_starts(f->name, STR("charts/")) && !str_eq(path_ext(f->name), STR(".prov")))
		sort_out_subchart(l, groups, f);
	else
		vec_push_in(&c->files, l->a, *f);
	return true;
}

/* ---- Sub-charts ---- */

static bool load_packed(struct loader *l, struct str name, const chart_files *files, struct chart *parent, int depth, struct chart **out)
{
	const struct chart_file *f = &files->p[0];
	chart_files unpacked = { 0 };
	if (!str_eq(f->name, name))
		return err_set(l->err, ERR_SYNTAX, "error unpacking subchart tar in %.*s: expected %.*s, got %.*s", STR_ARG(chart_name(parent)),
			       STR_ARG(name), STR_ARG(f->name));
	if (!str_starts(f->data, STR("\x1f\x8b\x08")))
		return err_set(l->err, ERR_SYNTAX, f->data.n < 10 ? "unexpected EOF" : "gzip: invalid header");
	return source_read_archive(f->data, f->name, l->archives, l->a, &unpacked, l->err) && load_files(l, &unpacked, parent, depth, out);
}

static bool load_unpacked(struct loader *l, const chart_files *files, struct chart *parent, int depth, struct chart **out)
{
	chart_files inner = { 0 };
	for (size_t i = 0; i < files->n; i++) {
		struct str group, rest;
		if (str_cut(files->p[i].name, '/', &group, &rest))
			vec_push_in(&inner, l->a, (struct chart_file){ rest, files->p[i].data });
	}
	return load_files(l, &inner, parent, depth, out);
}

static bool load_subcharts(struct loader *l, struct chart *c, struct map *groups, int depth)
{
	for (size_t i = 0; i < map_len(groups); i++) {
		size_t at = map_sorted(groups, i);
		struct str name = map_key(groups, at);
		const chart_files *files = map_at(groups, at);
		struct chart *sub;
		bool is_packed = str_eq(path_ext(name), STR(".tgz"));
		if (is_packed ? !load_packed(l, name, files, c, depth, &sub) : !load_unpacked(l, files, c, depth, &sub))
			return err_wrap(l->err, "error unpacking subchart %.*s in %.*s", STR_ARG(name), STR_ARG(chart_name(c)));
		vec_push_in(&c->dependencies, l->a, sub);
	}
	return true;
}

static bool load_files(struct loader *l, const chart_files *files, struct chart *parent, int depth, struct chart **out)
{
	struct chart *c = arena_new(l->a, struct chart);
	struct map groups; /* files of charts/ by the sub-chart that they belong to */
	if (depth > CHART_MAX_DEPTH)
		return err_set(l->err, ERR_LIMIT, "charts are nested deeper than %d", CHART_MAX_DEPTH);
	c->parent = parent;
	map_init(&groups, sizeof(chart_files), l->a);
	for (size_t i = 0; i < files->n; i++)
		if (str_eq(files->p[i].name, STR("Chart.yaml")) && !load_metadata(l, c, files->p[i].data))
			return false;
	for (size_t i = 0; i < files->n; i++)
		if (!sort_out(l, c, &groups, &files->p[i]))
			return false;
	if (!c->metadata)
		return err_set(l->err, ERR_SYNTAX, "Chart.yaml file is missing");
	if (!chart_metadata_validate(c->metadata, l->a, l->err) || !load_subcharts(l, c, &groups, depth + 1))
		return false;
	*out = c;
	return true;
}

/* ---- Entrance ---- */

static bool read_source(struct loader *l, struct str path, chart_files *files)
{
	struct str bytes;
	if (fs_is_dir(path))
		return source_read_folder(path, l->options, l->a, files, l->err);
	return fs_read(path, CHART_MAX_BYTES, l->a, &bytes, l->err) && source_check_archive(path, bytes, l->err) &&
	       source_read_archive(bytes, path, l->archives, l->a, files, l->err);
}

bool chart_load(struct str path, const struct chart_options *options, struct arena *a, struct chart_tree *out, struct err *err)
{
	struct chart_tree tree = { .archives = xcalloc(1, sizeof(*tree.archives)) };
	struct loader l = { options, tree.archives, a, err };
	chart_files files = { 0 };
	if (!read_source(&l, path, &files) || !load_files(&l, &files, NULL, 0, &tree.root)) {
		chart_close(&tree);
		return false;
	}
	*out = tree;
	return true;
}

void chart_close(struct chart_tree *tree)
{
	if (!tree->archives)
		return;
	for (size_t i = 0; i < tree->archives->readers.n; i++)
		arc_close(tree->archives->readers.p[i]);
	vec_deinit(&tree->archives->readers);
	free(tree->archives);
	*tree = (struct chart_tree){ 0 };
}

/* ---- Questions ---- */

struct str chart_full_path(const struct chart *c, struct arena *a)
{
	if (!c->parent)
		return chart_name(c);
	struct str parent = chart_full_path(c->parent, a);
	return arena_fmt(a, "%.*s/charts/%.*s", STR_ARG(parent), STR_ARG(chart_name(c)));
}

bool chart_is_library(const struct chart *c)
{
	return str_eq_nocase(c->metadata->type, STR("library"));
}

static bool is_manifest(struct str name)
{
	struct str ext = path_ext(name);
	return str_eq_nocase(ext, STR(".yaml")) || str_eq_nocase(ext, STR(".yml")) || str_eq_nocase(ext, STR(".json"));
}

void chart_find_crds(const struct chart *c, struct arena *a, chart_crds *out)
{
	struct str path = chart_full_path(c, a);
	for (size_t i = 0; i < c->files.n; i++) {
		const struct chart_file *f = &c->files.p[i];
		if (str_starts(f->name, STR("crds/")) && is_manifest(f->name))
			vec_push_in(out, a, (struct chart_crd){ f->name, path_join(a, path, f->name), f->data });
	}
	for (size_t i = 0; i < c->dependencies.n; i++)
		chart_find_crds(c->dependencies.p[i], a, out);
}
