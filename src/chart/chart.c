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

/* Packed charts that take longer to read into fresh memory than waiting for a ready page. */
enum { HUGE_PACKED = 256 << 10 };

struct loader {
	const struct chart_options *options;
	const struct chart_tree *tree;
	struct arena *a;
	struct err *err;
};

static bool load_files(struct loader *l, const chart_files *files, struct chart *parent, int depth, struct chart **out);

static void warn(struct loader *l, struct str line)
{
	if (l->options && l->options->warn)
		l->options->warn(l->options->warn_ctx, line);
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
	return chart_lock_check(text, l->a, l->err) || err_wrap(l->err, "cannot load %s", name);
}

static bool load_chart_lock(struct loader *l, struct chart *c, struct chart_file *f)
{
	(void)c;
	return load_lock(l, f->data, "Chart.lock");
}

static bool load_values(struct loader *l, struct chart *c, struct chart_file *f)
{
	struct yaml_options yaml = { .rules = YAML_HELM, .numbers = YAML_FLOATS };
	c->values_text = f->data;
	if (!yaml_read_map(f->data, &yaml, l->a, &c->values, l->err))
		return err_wrap(l->err, "cannot load values.yaml");
	return true;
}

static bool is_v1(const struct chart *c)
{
	return c->metadata && str_eq(c->metadata->api_version, STR("v1"));
}

/* requirements.yaml and requirements.lock, which Helm 2 had: read in all charts, kept as files only in those of v1. */
static bool load_requirements(struct loader *l, struct chart *c, struct chart_file *f)
{
	if (!is_v1(c))
		warn(l, STR("load.go:120: Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating "
			    "dependencies to Chart.yaml."));
	if (!c->metadata)
		c->metadata = arena_new(l->a, struct chart_metadata);
	if (!chart_metadata_parse(f->data, l->a, c->metadata, l->err))
		return err_wrap(l->err, "cannot load requirements.yaml");
	if (is_v1(c))
		vec_push_in(&c->files, l->a, *f);
	return true;
}

static bool load_requirements_lock(struct loader *l, struct chart *c, struct chart_file *f)
{
	if (!load_lock(l, f->data, "requirements.lock"))
		return false;
	if (!c->metadata)
		c->metadata = arena_new(l->a, struct chart_metadata);
	if (!is_v1(c))
		warn(l, STR("load.go:138: Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to "
			    "Chart.lock."));
	else
		vec_push_in(&c->files, l->a, *f);
	return true;
}

/* A file of charts/: it belongs to the sub-chart that the next part of its name gives. */
static void sort_out_subchart(struct loader *l, struct map *groups, const struct chart_file *f)
{
	struct chart_file file = *f;
	struct str group, rest;
	file.name = str_drop_prefix(f->name, STR("charts/"));
	str_cut(file.name, '/', &group, &rest);
	if (!group.n || group.p[0] == '_' || group.p[0] == '.')
		return;
	vec_push_in((chart_files *)map_put(groups, group), l->a, file);
}

static bool load_schema(struct loader *l, struct chart *c, struct chart_file *f)
{
	(void)l;
	c->schema = f->data;
	return true;
}

/* The files that say what a chart is. */
static const struct definition {
	struct str name;
	bool (*load)(struct loader *l, struct chart *c, struct chart_file *f);
} definitions[] = {
	{ STR_INIT("Chart.lock"), load_chart_lock },
	{ STR_INIT("values.yaml"), load_values },
	{ STR_INIT("requirements.yaml"), load_requirements },
	{ STR_INIT("requirements.lock"), load_requirements_lock },
	{ STR_INIT("values.schema.json"), load_schema },
};

static bool read_file(struct loader *l, struct chart_file *f)
{
	return chart_file_read(l->tree, f, l->a, l->err);
}

static bool sort_out(struct loader *l, struct chart *c, struct map *groups, struct chart_file *f)
{
	if (str_eq(f->name, STR("Chart.yaml")))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(definitions); i++)
		if (str_eq(f->name, definitions[i].name))
			return read_file(l, f) && definitions[i].load(l, c, f);
	if (str_starts(f->name, STR("templates/")))
		vec_push_in(&c->templates, l->a, *f);
	else if (str_starts(f->name, STR("charts/")) && !str_eq(path_ext(f->name), STR(".prov")))
		sort_out_subchart(l, groups, f);
	else
		vec_push_in(&c->files, l->a, *f);
	return true;
}

/* ---- Sub-charts ---- */

static bool check_gzip(struct str bytes, struct err *err)
{
	if (str_starts(bytes, STR("\x1f\x8b\x08")))
		return true;
	return err_set(err, ERR_SYNTAX, !bytes.n ? "EOF" : bytes.n < 10 ? "unexpected EOF" : "gzip: invalid header");
}

static bool load_packed(struct loader *l, struct str name, const chart_files *files, struct chart *parent, int depth, struct chart **out)
{
	struct chart_file *f = &files->p[0];
	chart_files unpacked = { 0 };
	if (!str_eq(f->name, name))
		return err_set(l->err, ERR_SYNTAX, "error unpacking subchart tar in %.*s: expected %.*s, got %.*s", STR_ARG(chart_name(parent)),
			       STR_ARG(name), STR_ARG(f->name));
	if (!read_file(l, f))
		return false;
	return check_gzip(f->data, l->err) && source_read_archive(f->data, f->name, l->tree->archives, l->a, &unpacked, l->err) && load_files(l, &unpacked, parent, depth, out);
}

static bool load_unpacked(struct loader *l, const chart_files *files, struct chart *parent, int depth, struct chart **out)
{
	chart_files inner = { 0 };
	for (size_t i = 0; i < files->n; i++) {
		struct str group, rest;
		struct chart_file file = files->p[i];
		if (!str_cut(file.name, '/', &group, &rest))
			continue;
		file.name = rest;
		vec_push_in(&inner, l->a, file);
	}
	return load_files(l, &inner, parent, depth, out);
}

/* The `at`-th of the groups. */
static bool load_subchart(struct loader *l, struct chart *parent, const struct map *groups, size_t at, int depth, struct chart **out)
{
	struct str name = map_key(groups, at);
	const chart_files *files = map_at(groups, at);
	bool is_packed = str_eq(path_ext(name), STR(".tgz"));
	if (is_packed ? load_packed(l, name, files, parent, depth, out) : load_unpacked(l, files, parent, depth, out))
		return true;
	return err_wrap(l->err, "error unpacking subchart %.*s in %.*s", STR_ARG(name), STR_ARG(chart_name(parent)));
}

/* The charts below the root, loaded by two threads. */
struct subcharts {
	struct loader *l;
	struct chart *parent;
	const struct map *groups;
	struct subchart {
		size_t at; /* in the groups */
		struct chart *made;
		struct source_turn turn;
	} *all;
	struct arena *arenas[CREW_SIZE];
};

static bool load_in_turn(void *ctx, size_t i, enum crew_who who)
{
	struct subcharts *work = ctx;
	struct subchart *sub = &work->all[i];
	struct loader l = *work->l;
	l.a = work->arenas[who];
	l.err = &sub->turn.err;
	l.options = source_turn_begin(&sub->turn, l.options, l.a);
	sub->turn.ok = load_subchart(&l, work->parent, work->groups, sub->at, 1, &sub->made);
	return true;
}

static bool load_side_by_side(struct loader *l, struct chart *c, struct map *groups)
{
	size_t n = map_len(groups);
	struct arena side = { 0 };
	struct subcharts work = { .l = l, .parent = c, .groups = groups, .all = arena_array(l->a, struct subchart, n), .arenas = { l->a, &side } };
	for (size_t i = 0; i < n; i++)
		work.all[i].at = map_sorted(groups, i);
	source_side_arena(l->a, &side);
	crew_share(l->options->crew, n, load_in_turn, &work);
	arena_adopt(l->a, &side);
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		if (source_turn_end(&work.all[i].turn, l->options, &ok, l->err))
			vec_push_in(&c->dependencies, l->a, work.all[i].made);
	}
	return ok;
}

static bool load_subcharts(struct loader *l, struct chart *c, struct map *groups, int depth)
{
	if (depth == 1 && l->options && l->options->crew && map_len(groups) > 1)
		return load_side_by_side(l, c, groups);
	for (size_t i = 0; i < map_len(groups); i++) {
		struct chart *sub;
		if (!load_subchart(l, c, groups, map_sorted(groups, i), depth, &sub))
			return false;
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
		if (str_eq(files->p[i].name, STR("Chart.yaml")) && !(read_file(l, &files->p[i]) && load_metadata(l, c, files->p[i].data)))
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

static struct chart_archives *archives_new(void)
{
	struct chart_archives *archives = xcalloc(1, sizeof(*archives));
	archives->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	return archives;
}

/* What charts are made of; of a folder nothing is read yet, unless all is wanted at once. */
static bool read_source(struct loader *l, struct str path, struct chart_tree *tree, chart_files *files)
{
	struct str bytes;
	struct stat st;
	bool is_there = fs_stat(path, FS_FOLLOW, &st);
	if (is_there && S_ISDIR(st.st_mode)) {
		if (!source_list_folder(path, l->options, l->a, &tree->folder, files, l->err))
			return false;
		for (size_t i = 0; i < files->n && !(l->options && l->options->read_later); i++)
			if (!read_file(l, &files->p[i]))
				return false;
		return true;
	}
	/* So much is read faster into memory that is ready, even after waiting for that. */
	if (is_there && (size_t)st.st_size >= HUGE_PACKED && l->options && l->options->crew)
		crew_wait(l->options->crew);
	if (!fs_read(path, CHART_MAX_BYTES, l->a, &bytes, l->err) || !source_check_archive(path, bytes, l->err))
		return false;
	if (l->options && l->options->crew && bytes.n >= CHART_LARGE_PACKED)
		crew_wait(l->options->crew);
	return source_read_archive(bytes, path, tree->archives, l->a, files, l->err);
}

bool chart_load(struct str path, const struct chart_options *options, struct arena *a, struct chart_tree *out, struct err *err)
{
	struct chart_tree tree = { .archives = archives_new() };
	struct loader l = { options, &tree, a, err };
	if (!read_source(&l, path, &tree, &tree.files) || !load_files(&l, &tree.files, NULL, 0, &tree.root)) {
		chart_close(&tree);
		return false;
	}
	*out = tree;
	return true;
}

bool chart_again(const struct chart_tree *from, const struct chart_options *options, struct arena *a, struct chart_tree *out, struct err *err)
{
	struct chart_tree tree = { .archives = archives_new(), .files = from->files };
	struct loader l = { options, &tree, a, err };
	if (!load_files(&l, &tree.files, NULL, 0, &tree.root)) {
		chart_close(&tree);
		return false;
	}
	*out = tree;
	return true;
}

bool chart_file_read(const struct chart_tree *tree, struct chart_file *file, struct arena *a, struct err *err)
{
	return file->data.p || !tree->folder || source_read_file(tree->folder, file, a, err);
}

static bool read_unread(const struct chart_tree *tree, struct chart *c, struct arena *a, struct err *err)
{
	chart_files *lists[] = { &c->templates, &c->files };
	for (size_t k = 0; k < ARRAY_LEN(lists); k++)
		for (size_t i = 0; i < lists[k]->n; i++)
			if (!chart_file_read(tree, &lists[k]->p[i], a, err))
				return false;
	for (size_t i = 0; i < c->dependencies.n; i++)
		if (!read_unread(tree, c->dependencies.p[i], a, err))
			return false;
	return true;
}

bool chart_read_all(const struct chart_tree *tree, struct arena *a, struct err *err)
{
	return read_unread(tree, tree->root, a, err);
}

void chart_close(struct chart_tree *tree)
{
	if (!tree->archives)
		return;
	for (size_t i = 0; i < tree->archives->readers.n; i++)
		arc_close(tree->archives->readers.p[i]);
	vec_deinit(&tree->archives->readers);
	free(tree->archives);
	source_close_folder(tree->folder);
	*tree = (struct chart_tree){ 0 };
}

/* ---- Unpacking ---- */

/* The name in Chart.yaml; of several the last counts. */
static bool packed_name(const chart_files *files, struct arena *a, struct str *name, struct err *err)
{
	*name = STR("");
	for (size_t i = 0; i < files->n; i++) {
		struct chart_metadata m = { 0 };
		if (!str_eq(files->p[i].name, STR("Chart.yaml")))
			continue;
		if (!chart_metadata_parse(files->p[i].data, a, &m, err))
			return err_wrap(err, "cannot load Chart.yaml");
		*name = m.name;
	}
	return name->n || err_set(err, ERR_SYNTAX, "chart name not specified");
}

/* `name` below `dir`, wherever it wants to lead. */
static struct str path_below(struct arena *a, struct str dir, struct str name)
{
	return arena_concat(a, dir, path_clean(a, arena_concat(a, STR("/"), name)));
}

static bool write_unpacked(const chart_files *files, struct str folder, struct arena *a, struct err *err)
{
	for (size_t i = 0; i < files->n; i++) {
		struct str path = path_below(a, folder, files->p[i].name);
		if (!fs_mkdirs(path_dir(a, path), 0755, err) || !fs_write(path, files->p[i].data, 0644, FS_NO_SYNC, err))
			return false;
	}
	return true;
}

bool chart_expand(struct str bytes, struct str name, struct str dir, struct arena *a, struct str *folder, struct err *err)
{
	struct chart_tree tree = { .archives = archives_new() };
	chart_files files = { 0 };
	struct str chart;
	bool ok = check_gzip(bytes, err) && source_read_archive(bytes, name, tree.archives, a, &files, err) &&
		  packed_name(&files, a, &chart, err);
	if (ok)
		*folder = path_below(a, dir, chart);
	ok = ok && write_unpacked(&files, *folder, a, err);
	chart_close(&tree);
	return ok;
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
