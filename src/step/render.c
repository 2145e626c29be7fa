/*
 * render ENV --out DIR: an environment's releases and manifests into one file an object.
 *
 * Each release is a part (run/step.h) of its own, rendered on a worker: a change of its chart or values makes that part alone again. The files of all parts
 * are then written together, after every name has been checked.
 */
#include <stddef.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "data/yaml.h"
#include "helm/helm.h"
#include "run/out.h"
#include "run/parallel.h"
#include "step/environment.h"
#include "step/kept.h"
#include "step/manifests.h"
#include "step/options.h"
#include "step/rendered.h"
#include "step/step.h"
#include "step/template_host.h"

struct render_options {
	struct str out;
	bool rotate;
	step_words rotate_releases;
};

static const struct step_option options[] = {
	{ "--out", "-o", STEP_VALUE, offsetof(struct render_options, out) },
	{ "--rotate", NULL, STEP_FLAG, offsetof(struct render_options, rotate) },
	{ "--rotate-release", NULL, STEP_LIST, offsetof(struct render_options, rotate_releases) },
	{ .name = NULL },
};

/* One release at work. */
struct release_job {
	struct step_ctx *ctx;     /* of the whole step */
	const struct environment *env;
	const struct env_release *release;
	struct arena arena;       /* the worker's */
	struct str chart;         /* absolute path */
	rendered_files files;
	bool cached;
};

/* --- where a chart is --- */

static bool find_chart(struct step_ctx *ctx, const struct environment *env, const struct env_release *r, struct str *out, struct err *err)
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
	*out = tried;
	return true;
}

/* --- one release --- */

/* `ctx` is the worker's: its arena is nobody else's. */
static struct digest release_key(struct step_ctx *ctx, const struct release_job *job)
{
	const struct env_release *r = job->release;
	AUTO_BUF values = { 0 };
	struct sha256 h;
	struct err ignored = { 0 };
	sha256_init(&h);
	sha256_add_field(&h, r->name);
	sha256_add_field(&h, step_name_of(ctx, job->chart));
	sha256_add_field(&h, step_name_of(ctx, job->env->dir));
	sha256_add_field(&h, r->namespace);
	sha256_add_field(&h, r->kube_version);
	for (size_t i = 0; i < r->api_versions.n; i++)
		sha256_add_field(&h, r->api_versions.p[i]);
	sha256_add_field(&h, STR("values"));
	for (size_t i = 0; i < r->values_files.n; i++)
		sha256_add_field(&h, r->values_files.p[i]);
	if (!json_write(r->values, NULL, &values, &ignored))
		err_deinit(&ignored);
	sha256_add_field(&h, buf_str(&values));
	buf_clear(&values);
	if (!json_write(job->env->labels, NULL, &values, &ignored))
		err_deinit(&ignored);
	sha256_add_field(&h, buf_str(&values));
	sha256_add_field(&h, arena_fmt(ctx->arena, "%d%d%d", r->include_crds, r->no_hooks, r->skip_tests));
	return sha256_end(&h);
}

static bool read_values(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err)
{
	return step_read(ctx, path, a, text, err);
}

static bool make_values(struct step_ctx *part, const struct release_job *job, struct value *out, struct err *err)
{
	const struct env_release *r = job->release;
	struct str *files = arena_array(part->arena, struct str, r->values_files.n);
	for (size_t i = 0; i < r->values_files.n; i++)
		files[i] = path_in(part->arena, job->env->dir, r->values_files.p[i]);
	struct helm_value_options opt = { .files = files, .file_count = r->values_files.n, .read = read_values, .read_ctx = part };
	if (!helm_values(&opt, part->arena, out, err))
		return false;
	if (r->values.kind == VAL_MAP)
		*out = helm_values_merge(*out, r->values, part->arena);
	return true;
}

static bool add_document(const struct release_job *job, struct arena *a, struct str source, struct str text, rendered_files *out,
			 struct err *err)
{
	struct yaml_options opt = { .rules = YAML_HELM, .numbers = YAML_INTS, .file = source };
	struct rendered_origin origin = { .release = job->release->name, .source = source, .namespace = job->release->namespace,
					  .labels = job->env->labels };
	struct value docs;
	if (!yaml_read_all(text, &opt, a, &docs, err))
		return false;
	for (size_t i = 0; i < docs.list->n; i++)
		if (!rendered_add(docs.list->p[i], &origin, a, out, err))
			return false;
	return true;
}

static bool add_documents(const struct release_job *job, const struct helm_release *done, struct arena *a, rendered_files *out, struct err *err)
{
	const struct env_release *r = job->release;
	for (size_t i = 0; r->include_crds && i < done->crds.n; i++)
		if (!add_document(job, a, done->crds.p[i].filename, done->crds.p[i].data, out, err))
			return false;
	for (size_t i = 0; i < done->manifests.n; i++)
		if (!add_document(job, a, done->manifests.p[i].source, done->manifests.p[i].text, out, err))
			return false;
	for (size_t i = 0; !r->no_hooks && i < done->hooks.n; i++) {
		bool is_test = done->hooks.p[i].events & HELM_TEST;
		if ((!is_test || !r->skip_tests) && !add_document(job, a, done->hooks.p[i].source, done->hooks.p[i].text, out, err))
			return false;
	}
	return true;
}

static void log_line(void *ctx, struct str line)
{
	struct step_ctx *part = ctx;
	out_log(part->out, "%.*s", STR_ARG(line));
}

static bool make_release(struct step_ctx *part, void *arg, struct str *bytes, struct err *err)
{
	struct release_job *job = arg;
	const struct env_release *r = job->release;
	struct helm_release done = { 0 };
	rendered_files files = { 0 };
	AUTO_BUF packed = { 0 };
	struct kept kept;
	struct helm_render_options opt = {
		.release = r->name,
		.ns = r->namespace,
		.kube_version = r->kube_version,
		.api_versions = r->api_versions.p,
		.api_version_count = r->api_versions.n,
		.engine = { .host = template_host_new(part->arena, part->host->environ), .keep = &kept.keep },
		.log = { log_line, part },
	};
	/* The chart is reported before it is read: what changes in between is noticed as a change after the step began. */
	bool is_dir = fs_is_dir(job->chart);
	if (!(is_dir ? step_did_read_tree(part, job->chart, err) : step_did_read(part, job->chart, err)) ||
	    !kept_init(&kept, part, step_name_of(part, job->env->dir), r->name, err) || !make_values(part, job, &opt.values, err))
		return false;
	bool ok = helm_render(job->chart, &opt, part->arena, &done, err) && add_documents(job, &done, part->arena, &files, err);
	if (ok) {
		rendered_pack(&files, &packed);
		*bytes = buf_to_arena(&packed, part->arena);
	}
	helm_release_close(&done);
	return ok || err_wrap(err, "release '%.*s'", STR_ARG(r->name));
}

static bool render_release(void *ctx, size_t i, struct err *err)
{
	struct release_job *job = (struct release_job *)ctx + i;
	struct str name = arena_fmt(&job->arena, "release %.*s", STR_ARG(job->release->name)), bytes;
	struct out_step *line = out_part_begin(job->ctx->out, name);
	struct step_ctx ctx_of_worker = *job->ctx;
	ctx_of_worker.arena = &job->arena;
	/* Charts make Secrets more often than not, and nothing tells before: what is stored of a release is sealed. */
	struct step_part part = { .name = name, .key = release_key(&ctx_of_worker, job), .secrecy = STEP_SECRET, .make = make_release, .arg = job };
	bool ok = step_check_cancel(job->ctx, err) && step_part_get(&ctx_of_worker, &part, &job->arena, &bytes, &job->cached, err) &&
		  rendered_unpack(bytes, &job->arena, &job->files, err);
	out_part_end(line, ok ? job->cached ? OUT_CACHED : OUT_RAN : OUT_FAILED);
	return ok;
}

/* --- the environment --- */

static bool add_manifests(struct step_ctx *ctx, const struct environment *env, rendered_files *out, struct err *err)
{
	for (size_t i = 0; i < env->manifests.n; i++) {
		manifest_docs docs;
		struct str path = path_in(ctx->arena, env->dir, env->manifests.p[i]);
		if (!manifests_read(ctx, path, ctx->arena, &docs, err))
			return false;
		for (size_t k = 0; k < docs.n; k++) {
			struct rendered_origin origin = { .source = docs.p[k].file, .namespace = env->namespace, .labels = env->labels };
			if (!rendered_add(docs.p[k].value, &origin, ctx->arena, out, err))
				return false;
		}
	}
	return true;
}

static bool render_releases(struct step_ctx *ctx, const struct environment *env, struct release_job *jobs, struct err *err)
{
	for (size_t i = 0; i < env->releases.n; i++) {
		jobs[i] = (struct release_job){ .ctx = ctx, .env = env, .release = &env->releases.p[i] };
		if (!find_chart(ctx, env, jobs[i].release, &jobs[i].chart, err))
			return false;
	}
	return parallel_for(ctx->host->jobs, env->releases.n, render_release, jobs, err);
}

static bool render_env(struct step_ctx *ctx, const struct environment *env, struct str dir, struct release_job *jobs, struct err *err)
{
	rendered_files all = { 0 };
	size_t removed, cached = 0;
	if (!render_releases(ctx, env, jobs, err))
		return false;
	for (size_t i = 0; i < env->releases.n; i++) {
		cached += jobs[i].cached;
		for (size_t k = 0; k < jobs[i].files.n; k++)
			vec_push_in(&all, ctx->arena, jobs[i].files.p[k]);
	}
	if (!add_manifests(ctx, env, &all, err) || !rendered_write(ctx, dir, &all, &removed, err))
		return false;
	out_summary(ctx->out, "%zu objects, %zu of %zu releases rendered%s", all.n, env->releases.n - cached, env->releases.n,
		    removed ? arena_fmt(ctx->arena, ", %zu files removed", removed).p : "");
	return true;
}

static bool is_among(const step_words *names, struct str name)
{
	for (size_t i = 0; i < names->n; i++)
		if (str_eq(names->p[i], name))
			return true;
	return false;
}

/* Forgets the random values of the releases that are asked for (all of them with --rotate). */
static bool rotate(struct step_ctx *ctx, const struct environment *env, const struct render_options *opt, struct err *err)
{
	step_words all = { 0 };
	struct str known = STR("");
	if (!opt->rotate && !opt->rotate_releases.n)
		return true;
	for (size_t i = 0; i < env->releases.n; i++) {
		vec_push_in(&all, ctx->arena, env->releases.p[i].name);
		known = arena_fmt(ctx->arena, "%.*s%s%.*s", STR_ARG(known), i ? ", " : "", STR_ARG(all.p[i]));
	}
	for (size_t i = 0; i < opt->rotate_releases.n; i++)
		if (!is_among(&all, opt->rotate_releases.p[i])) {
			err_set(err, ERR_NOT_FOUND, "environment '%.*s' has no release '%.*s'", STR_ARG(env->name),
				STR_ARG(opt->rotate_releases.p[i]));
			return err_hint(err, "its releases: %.*s", STR_ARG(known));
		}
	step_uncacheable(ctx, STR("random values were renewed"));
	return kept_rotate(ctx, step_name_of(ctx, env->dir), opt->rotate ? &all : &opt->rotate_releases, err);
}

static bool render_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct render_options opt = { 0 };
	struct environment env;
	step_words operands;
	if (!step_options(&step_render, options, args, 1, 1, ctx->arena, &opt, &operands, err) ||
	    !environment_load(ctx, operands.p[0], &env, err))
		return false;
	struct str dir = opt.out.n ? opt.out : arena_fmt(ctx->arena, "%.*s/rendered/%.*s", STR_ARG(ctx->host->root), STR_ARG(env.name));
	struct release_job *jobs = arena_array(ctx->arena, struct release_job, env.releases.n);
	bool ok = rotate(ctx, &env, &opt, err) && render_env(ctx, &env, dir, jobs, err);
	for (size_t i = 0; i < env.releases.n; i++)
		arena_deinit(&jobs[i].arena);
	return ok;
}

static void render_claims(struct step_ctx *ctx, const step_words *args, struct step_claims *claims)
{
	struct render_options opt = { 0 };
	step_words operands;
	struct err ignored = { 0 };
	if (!step_options(&step_render, options, args, 1, 1, ctx->arena, &opt, &operands, &ignored)) {
		err_deinit(&ignored);
		claims->alone = true;
		return;
	}
	vec_push_in(&claims->reads, ctx->arena, operands.p[0]);
	vec_push_in(&claims->reads, ctx->arena, path_join(ctx->arena, ctx->host->root, STR("charts")));
	vec_push_in(&claims->writes, ctx->arena,
		    opt.out.n ? opt.out : path_join(ctx->arena, ctx->host->root, STR("rendered")));
}

const struct step_def step_render = {
	.name = STR_INIT("render"),
	.usage = "ENVIRONMENT [--out DIR] [--rotate | --rotate-release NAME…]",
	.summary = "Render an environment's charts and manifests, one file an object",
	.options = "  -o, --out DIR  Where to write; default: rendered/NAME beside the tasks file\n"
		   "  --rotate              Make the random values of its charts (passwords, keys, certificates) anew\n"
		   "  --rotate-release NAME The same for one release\n",
	.run = render_run,
	.claims = render_claims,
	.owns = rendered_owns,
};
