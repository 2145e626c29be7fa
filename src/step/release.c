/* The chart is reported before it is read: what changes in between is noticed as a change after the step began. */
#include "step/release.h"

#include "base/fs.h"
#include "base/path.h"
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
	struct helm_render_options opt = {
		.release = r->name,
		.ns = r->namespace,
		.kube_version = r->kube_version,
		.api_versions = r->api_versions.p,
		.api_version_count = r->api_versions.n,
		.engine = { .host = template_host_new(ctx->arena, ctx->host->environ), .keep = &kept.keep, .source_map = sources },
		.log = { log_line, ctx },
	};
	bool is_dir = fs_is_dir(rel->chart);
	struct str kept_as = rel->kept_as.n ? rel->kept_as : step_name_of(ctx, rel->env->dir);
	*out = (struct helm_release){ 0 };
	return (is_dir ? step_did_read_tree(ctx, rel->chart, err) : step_did_read(ctx, rel->chart, err)) &&
	       kept_init(&kept, ctx, kept_as, r->name, err) && make_values(ctx, rel, &opt.values, err) &&
	       helm_render(rel->chart, &opt, ctx->arena, out, err);
}

bool release_documents(const struct release *rel, const struct helm_release *done, release_visit *visit, void *arg, struct err *err)
{
	const struct env_release *r = rel->def;
	for (size_t i = 0; r->include_crds && i < done->crds.n; i++)
		if (!visit(arg, done->crds.p[i].filename, done->crds.p[i].data, err))
			return false;
	for (size_t i = 0; i < done->manifests.n; i++)
		if (!visit(arg, done->manifests.p[i].source, done->manifests.p[i].text, err))
			return false;
	for (size_t i = 0; !r->no_hooks && i < done->hooks.n; i++) {
		bool is_test = done->hooks.p[i].events & HELM_TEST;
		if ((!is_test || !r->skip_tests) && !visit(arg, done->hooks.p[i].source, done->hooks.p[i].text, err))
			return false;
	}
	return true;
}
