/* One release after the other: this is asked for by hand, and what it costs is the render, which the helm engine spreads over threads itself. */
#include "step/objects.h"

#include "base/path.h"
#include "data/yaml.h"
#include "step/manifests.h"
#include "step/release.h"
#include "step/render_jsonnet.h"

struct adding {
	struct step_ctx *ctx;
	const struct release *release;
	rendered_files *out;
};

static bool add_document(void *arg, struct str source, struct str text, struct err *err)
{
	struct adding *d = arg;
	const struct env_release *r = d->release->def;
	struct arena *a = d->ctx->arena;
	struct yaml_options opt = { .rules = YAML_HELM, .numbers = YAML_INTS, .file = source };
	struct rendered_origin origin = { .release = r->name, .source = arena_str(a, source), .namespace = r->namespace, .labels = d->release->env->labels };
	struct value docs;
	if (!yaml_read_all(text, &opt, a, &docs, err))
		return false;
	for (size_t i = 0; i < docs.list->n; i++)
		if (!rendered_add(docs.list->p[i], &origin, a, d->out, err))
			return false;
	return true;
}

static bool add_release(struct step_ctx *ctx, const struct environment *env, const struct env_release *def, struct chart_swap *swap,
			rendered_files *out, struct err *err)
{
	struct release release;
	struct helm_release done = { 0 };
	struct adding adding = { ctx, &release, out };
	if (!release_open(ctx, env, def, &release, err))
		return false;
	if (swap && str_eq(release.chart, swap->from)) {
		release.chart = swap->to;
		swap->swapped++;
	}
	bool ok = release_render(ctx, &release, NULL, &done, err) && release_documents(&release, &done, add_document, &adding, err);
	helm_release_close(&done);
	return ok || err_wrap(err, "release '%.*s'", STR_ARG(def->name));
}

static bool add_manifests(struct step_ctx *ctx, const struct environment *env, struct str path, rendered_files *out, struct err *err)
{
	manifest_docs docs;
	if (!manifests_read(ctx, path_in(ctx->arena, env->dir, path), ctx->arena, &docs, err))
		return false;
	for (size_t i = 0; i < docs.n; i++) {
		struct rendered_origin origin = { .source = docs.p[i].file, .namespace = env->namespace, .labels = env->labels };
		if (!rendered_add(docs.p[i].value, &origin, ctx->arena, out, err))
			return false;
	}
	return true;
}

bool environment_render(struct step_ctx *ctx, const struct environment *env, struct chart_swap *swap, rendered_files *out, struct err *err)
{
	*out = (rendered_files){ 0 };
	if (env->program.n) {
		struct tanka_counts counts = { 0 };
		return render_program(ctx, env, &(struct render_program){ .swap = swap }, &counts, out, err);
	}
	for (size_t i = 0; i < env->releases.n; i++)
		if (!step_check_cancel(ctx, err) || !add_release(ctx, env, &env->releases.p[i], swap, out, err))
			return false;
	for (size_t i = 0; i < env->manifests.n; i++)
		if (!add_manifests(ctx, env, env->manifests.p[i], out, err))
			return false;
	return true;
}
