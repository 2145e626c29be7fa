/* The chart is reported before it is read: what changes in between is noticed as a change after the step began. */
#include "step/release.h"

#include "base/fs.h"
#include "base/path.h"
#include "helm/print.h"
#include "run/out.h"
#include "step/kept.h"
#include "step/template_host.h"

bool release_open(struct step_ctx *ctx, const struct environment *env, const struct env_release *r, struct release *out, struct err *err)
{
	struct arena *a = ctx->arena;
	bool is_path = str_find_char(r->chart, '/') != STR_NPOS || str_ends(r->chart, STR(".tgz"));
	struct str tried = is_path ? path_in(a, env->dir, r->chart)
				   : arena_fmt(a, "%.*s/charts/vendor/%.*s", STR_ARG(ctx->host->root), STR_ARG(r->chart));
	if (!is_path && !fs_exists(tried)) {
		/* A chart of the project's own stands beside the vendored ones. */
		step_did_miss(ctx, tried);
		struct str own = arena_fmt(a, "%.*s/charts/%.*s", STR_ARG(ctx->host->root), STR_ARG(r->chart));
		if (fs_is_file(path_join(a, own, STR("Chart.yaml"))))
			tried = own;
	}
	if (!fs_exists(tried)) {
		schema_fail(&env->file, r->node, err, "release '%.*s': there is no chart at '%.*s'", STR_ARG(r->name), STR_ARG(tried));
		err->kind = ERR_NOT_FOUND;
		return err_hint(err, is_path ? "a path is relative to the environment's folder" : "run `raibid-run vendor` to fetch it");
	}
	*out = (struct release){ .env = env, .def = r, .chart = tried };
	return true;
}

struct env_release release_of_chart(const struct tanka_chart *chart, struct arena *a)
{
	struct env_release r = {
		.name = chart->name,
		.chart = chart->path,
		.namespace = chart->namespace,
		.kube_version = chart->kube_version,
		.values = chart->values,
		.include_crds = chart->include_crds,
		.no_hooks = chart->no_hooks,
		.skip_tests = chart->skip_tests,
	};
	for (size_t i = 0; i < chart->api_versions.n; i++)
		vec_push_in(&r.api_versions, a, chart->api_versions.p[i]);
	return r;
}

struct helm_render_options release_options(const struct env_release *def, char *const *environ, struct arena *a)
{
	return (struct helm_render_options){
		.release = def->name,
		.ns = def->namespace,
		.kube_version = def->kube_version,
		.api_versions = def->api_versions.p,
		.api_version_count = def->api_versions.n,
		.engine.host = template_host_new(a, environ),
	};
}

struct helm_print_options release_wanted(const struct env_release *def)
{
	return (struct helm_print_options){ .include_crds = def->include_crds, .no_hooks = def->no_hooks, .skip_tests = def->skip_tests };
}

static bool read_values(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err)
{
	return step_read(ctx, path, a, text, err);
}

static bool make_values(struct step_ctx *part, const struct release *rel, struct value *out, struct err *err)
{
	const struct env_release *r = rel->def;
	struct str *files = arena_array(part->arena, struct str, r->values_files.n);
	for (size_t i = 0; i < r->values_files.n; i++)
		files[i] = path_in(part->arena, rel->env->dir, r->values_files.p[i]);
	struct helm_value_options opt = { .files = files, .file_count = r->values_files.n, .read = read_values, .read_ctx = part };
	if (!helm_values(&opt, part->arena, out, err))
		return false;
	if (r->values.kind == VAL_MAP)
		*out = helm_values_merge(*out, r->values, part->arena);
	return true;
}

static void log_line(void *ctx, struct str line)
{
	struct step_ctx *part = ctx;
	out_log(part->out, "%.*s", STR_ARG(line));
}

bool release_render(struct step_ctx *ctx, const struct release *rel, struct source_map *sources, struct helm_release *out, struct err *err)
{
	const struct env_release *r = rel->def;
	struct kept kept;
	struct helm_render_options opt = release_options(r, ctx->host->environ, ctx->arena);
	opt.engine.keep = &kept.keep;
	opt.engine.source_map = sources;
	opt.log = (struct helm_log){ log_line, ctx };
	bool is_dir = fs_is_dir(rel->chart);
	struct str kept_as = rel->kept_as.n ? rel->kept_as : step_name_of(ctx, rel->env->dir);
	*out = (struct helm_release){ 0 };
	return (is_dir ? step_did_read_tree(ctx, rel->chart, err) : step_did_read(ctx, rel->chart, err)) &&
	       kept_init(&kept, ctx, kept_as, r->name, err) && make_values(ctx, rel, &opt.values, err) &&
	       helm_render(rel->chart, &opt, ctx->arena, out, err);
}

bool release_documents(const struct release *rel, const struct helm_release *done, release_visit *visit, void *arg, struct err *err)
{
	const struct helm_print_options wanted = release_wanted(rel->def);
	for (size_t i = 0; wanted.include_crds && i < done->crds.n; i++)
		if (!visit(arg, done->crds.p[i].filename, done->crds.p[i].data, err))
			return false;
	for (size_t i = 0; i < done->manifests.n; i++)
		if (!visit(arg, done->manifests.p[i].source, done->manifests.p[i].text, err))
			return false;
	for (size_t i = 0; i < done->hooks.n; i++) {
		const struct helm_manifest *hook = &done->hooks.p[i];
		if (helm_print_has_hook(&wanted, hook) && !visit(arg, hook->source, hook->text, err))
			return false;
	}
	return true;
}
