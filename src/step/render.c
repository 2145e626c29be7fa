/*
 * render ENV --out DIR: an environment's releases and manifests, or what its jsonnet program gives, into one file an object.
 *
 * Each release is a part (run/step.h) of its own, rendered on a worker: a change of its chart or values makes that part alone again. The files of all parts
 * are then written together, after every name has been checked.
 */
#include <stddef.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "data/yaml.h"
#include "run/out.h"
#include "run/parallel.h"
#include "step/environment.h"
#include "step/kept.h"
#include "step/manifests.h"
#include "step/options.h"
#include "step/origin.h"
#include "step/release.h"
#include "step/render_jsonnet.h"
#include "step/rendered.h"
#include "step/step.h"

struct render_options {
	struct str out;
	bool source_map;
	struct render_program program;
	bool rotate;
	step_words rotate_releases;
};

static const struct step_option options[] = {
	{ "--out", "-o", STEP_VALUE, offsetof(struct render_options, out) },
	{ "--source-map", NULL, STEP_FLAG, offsetof(struct render_options, source_map) },
	RENDER_PROGRAM_OPTIONS(struct render_options),
	{ "--rotate", NULL, STEP_FLAG, offsetof(struct render_options, rotate) },
	{ "--rotate-release", NULL, STEP_LIST, offsetof(struct render_options, rotate_releases) },
	{ .name = NULL },
};

/* One release at work. */
struct release_job {
	struct step_ctx *ctx;     /* of the whole step */
	struct release release;
	bool source_map;          /* write FILE.map beside each file */
	struct arena arena;       /* the worker's */
	rendered_files files;
	bool cached;
};

/* --- one release --- */

/* `ctx` is the worker's: its arena is nobody else's. */
static struct digest release_key(struct step_ctx *ctx, const struct release_job *job)
{
	const struct env_release *r = job->release.def;
	AUTO_BUF values = { 0 };
	struct sha256 h;
	struct err ignored = { 0 };
	sha256_init(&h);
	sha256_add_field(&h, r->name);
	sha256_add_field(&h, step_name_of(ctx, job->release.chart));
	sha256_add_field(&h, step_name_of(ctx, job->release.env->dir));
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
	if (!json_write(job->release.env->labels, NULL, &values, &ignored))
		err_deinit(&ignored);
	sha256_add_field(&h, buf_str(&values));
	sha256_add_field(&h, arena_fmt(ctx->arena, "%d%d%d%d", r->include_crds, r->no_hooks, r->skip_tests, job->source_map));
	return sha256_end(&h);
}

struct documents {
	struct step_ctx *ctx;
	const struct release *release;
	const struct helm_release *done;
	struct source_map *sources; /* NULL: no maps are wanted */
	struct map parsed;
	struct arena *a;
	rendered_files files;
};

/* A map for each file that was made of a document, which are its objects in order. */
static bool add_maps(struct documents *d, struct str source, struct str text, size_t first, struct err *err)
{
	struct origin_object o = { .ctx = d->ctx, .release = d->release, .done = d->done, .sources = d->sources, .parsed = &d->parsed, .source = source,
				   .text = text };
	origin_nodes objects;
	size_t end = d->files.n;
	if (!origin_objects(text, d->a, &objects, err))
		return false;
	origin_prepare(&o);
	for (size_t i = 0; i < objects.n && first + i < end; i++) {
		AUTO_BUF map = { 0 };
		o.node = objects.p[i];
		if (!origin_map(&o, STR(""), d->files.p[first + i].bytes, d->a, &map, err))
			return false;
		rendered_add_beside(first + i, STR(".map"), buf_str(&map), d->a, &d->files);
	}
	return true;
}

static bool add_document(void *arg, struct str source, struct str text, struct err *err)
{
	struct documents *d = arg;
	const struct env_release *r = d->release->def;
	struct yaml_options opt = { .rules = YAML_HELM, .numbers = YAML_INTS, .file = source };
	struct rendered_origin origin = { .release = r->name, .source = source, .namespace = r->namespace, .labels = d->release->env->labels };
	struct value docs;
	size_t first = d->files.n;
	/* helm prints a newline behind each document; without it a block scalar at the end would lose its own. */
	if (!yaml_read_all(arena_concat(d->a, text, STR("\n")), &opt, d->a, &docs, err))
		return false;
	for (size_t i = 0; i < docs.list->n; i++)
		if (!rendered_add(docs.list->p[i], &origin, d->a, &d->files, err))
			return false;
	return !d->sources || add_maps(d, source, text, first, err);
}

static bool make_release(struct step_ctx *part, void *arg, struct str *bytes, struct err *err)
{
	struct release_job *job = arg;
	struct helm_release done = { 0 };
	struct documents documents = { .ctx = part, .release = &job->release, .done = &done, .a = part->arena,
				       .sources = job->source_map ? source_map_new(part->arena) : NULL };
	AUTO_BUF packed = { 0 };
	map_init(&documents.parsed, sizeof(const struct yaml_node *), part->arena);
	bool ok = release_render(part, &job->release, documents.sources, &done, err) &&
		  release_documents(&job->release, &done, add_document, &documents, err);
	if (ok) {
		rendered_pack(&documents.files, &packed);
		*bytes = buf_to_arena(&packed, part->arena);
	}
	helm_release_close(&done);
	return ok || err_wrap(err, "release '%.*s'", STR_ARG(job->release.def->name));
}

static bool render_release(void *ctx, size_t i, struct err *err)
{
	struct release_job *job = (struct release_job *)ctx + i;
	struct str name = arena_fmt(&job->arena, "release %.*s", STR_ARG(job->release.def->name)), bytes;
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

static bool render_releases(struct step_ctx *ctx, const struct environment *env, const struct render_options *opt, struct release_job *jobs,
			    struct err *err)
{
	for (size_t i = 0; i < env->releases.n; i++) {
		jobs[i] = (struct release_job){ .ctx = ctx, .source_map = opt->source_map };
		if (!release_open(ctx, env, &env->releases.p[i], &jobs[i].release, err))
			return false;
	}
	return parallel_for(ctx->host->jobs, env->releases.n, render_release, jobs, err);
}

static bool write_all(struct step_ctx *ctx, struct str dir, const rendered_files *all, const struct tanka_counts *counts, struct err *err)
{
	size_t removed, maps = 0;
	for (size_t i = 0; i < all->n; i++)
		maps += str_ends(all->p[i].path, STR(".yaml.map"));
	if (!rendered_write(ctx, dir, all, &removed, err))
		return false;
	out_summary(ctx->out, "%zu object%s, %zu of %zu releases rendered%s", all->n - maps, STR_PLURAL(all->n - maps), counts->rendered, counts->charts,
		    removed ? arena_fmt(ctx->arena, ", %zu files removed", removed).p : "");
	return true;
}

static bool render_env(struct step_ctx *ctx, const struct environment *env, const struct render_options *opt, struct str dir,
		       struct release_job *jobs, struct err *err)
{
	rendered_files all = { 0 };
	struct tanka_counts counts = { .charts = env->releases.n };
	if (!render_releases(ctx, env, opt, jobs, err))
		return false;
	for (size_t i = 0; i < env->releases.n; i++) {
		counts.rendered += !jobs[i].cached;
		for (size_t k = 0; k < jobs[i].files.n; k++)
			vec_push_in(&all, ctx->arena, jobs[i].files.p[k]);
	}
	return add_manifests(ctx, env, &all, err) && write_all(ctx, dir, &all, &counts, err);
}

static bool render_jsonnet(struct step_ctx *ctx, const struct environment *env, const struct render_options *opt, struct str dir,
			   struct err *err)
{
	rendered_files all = { 0 };
	struct tanka_counts counts = { 0 };
	counts.remember = opt->source_map;
	return render_program(ctx, env, &opt->program, &counts, &all, err) &&
	       (!opt->source_map || render_program_maps(ctx, env, &opt->program, &counts, &all, err)) && write_all(ctx, dir, &all, &counts, err);
}

static bool is_among(const step_words *names, struct str name)
{
	for (size_t i = 0; i < names->n; i++)
		if (str_eq(names->p[i], name))
			return true;
	return false;
}

/* The releases whose random values can be renewed. Those of a program are known by what is kept of them. */
static bool known_releases(struct step_ctx *ctx, const struct environment *env, struct str kept_as, step_words *out, struct err *err)
{
	if (env->program.n)
		return kept_releases(ctx, kept_as, out, err);
	*out = (step_words){ 0 };
	for (size_t i = 0; i < env->releases.n; i++)
		vec_push_in(out, ctx->arena, env->releases.p[i].name);
	return true;
}

/* Forgets the random values of the releases that are asked for (all of them with --rotate). */
static bool rotate(struct step_ctx *ctx, const struct environment *env, const struct render_options *opt, struct err *err)
{
	step_words all;
	struct str known = STR(""), kept_as = render_program_kept_as(ctx, env, &opt->program);
	if (!opt->rotate && !opt->rotate_releases.n)
		return true;
	if (!known_releases(ctx, env, kept_as, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++)
		known = arena_fmt(ctx->arena, "%.*s%s%.*s", STR_ARG(known), i ? ", " : "", STR_ARG(all.p[i]));
	for (size_t i = 0; i < opt->rotate_releases.n; i++)
		if (!is_among(&all, opt->rotate_releases.p[i])) {
			err_set(err, ERR_NOT_FOUND, "environment '%.*s' has no release '%.*s'%s", STR_ARG(env->name),
				STR_ARG(opt->rotate_releases.p[i]), env->program.n ? " with kept values" : "");
			return err_hint(err, "its releases: %.*s", STR_ARG(known));
		}
	step_uncacheable(ctx, STR("random values were renewed"));
	return kept_rotate(ctx, kept_as, opt->rotate ? &all : &opt->rotate_releases, err);
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
	if (env.program.n)
		return rotate(ctx, &env, &opt, err) && render_jsonnet(ctx, &env, &opt, dir, err);
	struct release_job *jobs = arena_array(ctx->arena, struct release_job, env.releases.n);
	bool ok = rotate(ctx, &env, &opt, err) && render_env(ctx, &env, &opt, dir, jobs, err);
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
	static const char *const shared[] = { "charts", "environments", "lib", "vendor" };
	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		vec_push_in(&claims->reads, ctx->arena, path_join(ctx->arena, ctx->host->root, str_c(shared[i])));
	vec_push_in(&claims->writes, ctx->arena,
		    opt.out.n ? opt.out : path_join(ctx->arena, ctx->host->root, STR("rendered")));
}

const struct step_def step_render = {
	.name = STR_INIT("render"),
	.usage = "ENVIRONMENT [--out DIR] [--name NAME] [VARIABLES] [--source-map] [--rotate | --rotate-release NAME…]",
	.summary = "Render an environment's charts and manifests, one file an object",
	.options = "  -o, --out DIR              Where to write; default: rendered/NAME beside the tasks file\n" RENDER_PROGRAM_HELP
		   "      --source-map           Write FILE.map beside each file: which template and value each field comes from\n"
		   "      --rotate               Make the random values of its charts (passwords, keys, certificates) anew\n"
		   "      --rotate-release NAME  The same for one release\n",
	.run = render_run,
	.claims = render_claims,
	.owns = rendered_owns,
};
