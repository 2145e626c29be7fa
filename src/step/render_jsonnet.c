/* The evaluation is not cached in parts but for its charts: it takes less time than looking a result up would save. */
#include "step/render_jsonnet.h"

#include "base/path.h"
#include "step/program_chart.h"
#include "tanka/process.h"

static bool take_vars(struct step_ctx *ctx, const struct render_program *program, struct tanka_options *options, struct err *err)
{
	struct tk_var_list list;
	int64_t stack = 0;
	if (!tk_vars_parse(&program->vars, ctx->arena, &list, err))
		return false;
	if (program->max_stack.n && (!str_to_int(program->max_stack, &stack) || stack < 1 || stack > UINT32_MAX))
		return err_set(err, ERR_USAGE, "--max-stack: '%.*s' is no number of frames", STR_ARG(program->max_stack));
	options->ext = (struct jsonnet_vars){ list.ext.p, list.ext.n };
	options->tla = (struct jsonnet_vars){ list.tla.p, list.tla.n };
	options->max_stack = (uint32_t)stack;
	options->name = program->name;
	return true;
}

static bool add_objects(struct step_ctx *ctx, const struct environment *env, const struct tanka_env *spec, const tanka_objects *objects,
			rendered_files *out, struct err *err)
{
	struct str program = step_name_of(ctx, env->program);
	for (size_t i = 0; i < objects->n; i++) {
		const struct tanka_object *o = &objects->p[i];
		struct rendered_origin origin = {
			.source = arena_fmt(ctx->arena, "%.*s %.*s", STR_ARG(program), STR_ARG(o->path)),
			.namespace = spec->spec.namespace,
		};
		if (!rendered_add(o->value, &origin, ctx->arena, out, err))
			return false;
	}
	return true;
}

struct str render_program_kept_as(struct step_ctx *ctx, const struct environment *env, const struct render_program *program)
{
	struct str dir = step_name_of(ctx, env->dir);
	return program->name.n ? path_join(ctx->arena, dir, program->name) : dir;
}

bool render_program(struct step_ctx *ctx, const struct environment *env, const struct render_program *program, struct tanka_counts *counts,
		    rendered_files *out, struct err *err)
{
	struct str kept_as = render_program_kept_as(ctx, env, program);
	struct tanka_host *host = tanka_host_step(ctx, kept_as, counts);
	struct tanka_options options = { .host = host, .cancel = ctx->host->cancel };
	const struct tanka_filter everything = { 0 };
	struct tanka_loaded loaded;
	tanka_objects objects;
	tanka_host_swap(host, program->swap);
	return take_vars(ctx, program, &options, err) && tanka_load(&options, env->program, ctx->arena, &loaded, err) &&
	       tanka_process(&loaded.env, &everything, ctx->arena, &objects, err) &&
	       add_objects(ctx, env, &loaded.env, &objects, out, err);
}

static bool add_map(struct step_ctx *ctx, struct program_chart *charts, size_t count, size_t of, rendered_files *files, struct err *err)
{
	struct str text = files->p[of].bytes;
	struct origin_object *object = NULL;
	AUTO_BUF map = { 0 };
	origin_nodes nodes;
	if (!origin_objects(text, ctx->arena, &nodes, err))
		return false;
	for (size_t i = 0; nodes.n && !object && i < count; i++)
		object = program_chart_find(&charts[i], nodes.p[0]);
	if (!origin_map(object, files->p[of].origin, text, ctx->arena, &map, err))
		return false;
	rendered_add_beside(of, STR(".map"), buf_str(&map), ctx->arena, files);
	return true;
}

bool render_program_maps(struct step_ctx *ctx, const struct environment *env, const struct render_program *program,
			 const struct tanka_counts *counts, rendered_files *files, struct err *err)
{
	struct program_charts all = { .ctx = ctx, .env = env, .kept_as = render_program_kept_as(ctx, env, program) };
	struct program_chart *charts = arena_array(ctx->arena, struct program_chart, counts->asked.n);
	size_t open = 0, end = files->n;
	bool ok = true;
	map_init(&all.parsed, sizeof(const struct yaml_node *), ctx->arena);
	while (ok && open < counts->asked.n) {
		ok = program_chart_open(&all, &counts->asked.p[open], &charts[open], err);
		open++;
	}
	for (size_t i = 0; ok && i < end; i++)
		ok = add_map(ctx, charts, open, i, files, err);
	for (size_t i = 0; i < open; i++)
		program_chart_close(&charts[i]);
	return ok;
}
