/*
 * vendor diff: the environments rendered twice in memory, with the chart that the project has and with the one asked for, and the difference of their
 * objects. The other chart is
 * brought into a folder of its own below .raibid, which is gone in the end; secrets are masked as in `diff`.
 */
#include "base/fs.h"
#include "base/path.h"
#include "data/yaml.h"
#include "kube/diff.h"
#include "run/out.h"
#include "step/objects.h"
#include "step/step.h"
#include "step/vendor.h"

struct comparing {
	struct step_ctx *ctx;
	struct chart_swap swap;
	struct buf text;
	size_t environments, added, removed, changed;
};

static const struct rendered_file *find_file(const rendered_files *files, struct str path)
{
	for (size_t i = 0; i < files->n; i++)
		if (str_eq(files->p[i].path, path))
			return &files->p[i];
	return NULL;
}

static bool read_object(struct step_ctx *ctx, const struct rendered_file *f, struct value *out, struct err *err)
{
	struct yaml_options opt = { .rules = YAML_HELM, .numbers = YAML_INTS };
	*out = value_null();
	return !f || yaml_read(f->bytes, &(struct yaml_options){ .rules = opt.rules, .numbers = opt.numbers, .file = f->path }, ctx->arena, out, err);
}

static bool compare_file(struct comparing *c, struct str environment, const struct rendered_file *old, const struct rendered_file *new, struct err *err)
{
	struct value before, after;
	bool differs = false;
	struct str path = old ? old->path : new->path;
	if (old && new && str_eq(old->bytes, new->bytes))
		return true;
	if (!read_object(c->ctx, old, &before, err) || !read_object(c->ctx, new, &after, err) ||
	    !kube_diff_add(before, after, arena_fmt(c->ctx->arena, "%.*s/%.*s", STR_ARG(environment), STR_ARG(path)), c->ctx->arena, &c->text, &differs,
			   err))
		return false;
	c->added += !old;
	c->removed += !new;
	c->changed += old && new && differs;
	return true;
}

static bool compare_environment(struct comparing *c, struct str path, struct err *err)
{
	struct environment env;
	rendered_files old, new;
	size_t before = c->swap.swapped;
	if (!environment_load(c->ctx, path, &env, err))
		return false;
	out_doing(c->ctx->out, "%.*s", STR_ARG(env.name));
	if (!environment_render(c->ctx, &env, &c->swap, &new, err) || c->swap.swapped == before)
		return !err->kind;
	if (!environment_render(c->ctx, &env, NULL, &old, err))
		return false;
	c->environments++;
	for (size_t i = 0; i < old.n; i++)
		if (!compare_file(c, env.name, &old.p[i], find_file(&new, old.p[i].path), err))
			return false;
	for (size_t i = 0; i < new.n; i++)
		if (!find_file(&old, new.p[i].path) && !compare_file(c, env.name, NULL, &new.p[i], err))
			return false;
	return true;
}

static bool compare(struct step_ctx *ctx, const struct pkg_vendor_options *opt, const step_words *words, struct str into, struct comparing *c,
		    struct err *err)
{
	step_words environments = { 0 };
	if (!pkg_vendor_try(opt, words->p[1], words->p[2], into, ctx->arena, &c->swap.to, &c->swap.from, err))
		return false;
	for (size_t i = 3; i < words->n; i++)
		vec_push_in(&environments, ctx->arena, words->p[i]);
	if (!environments.n && !environment_list(ctx, &environments, err))
		return false;
	for (size_t i = 0; i < environments.n; i++)
		if (!step_check_cancel(ctx, err) || !compare_environment(c, environments.p[i], err))
			return false;
	return true;
}

bool vendor_diff(struct step_ctx *ctx, const struct pkg_vendor_options *opt, const step_words *words, enum step_status *status, struct err *err)
{
	struct comparing c = { .ctx = ctx };
	struct str into;
	AUTO_ERR ignored = { 0 };
	if (words->n < 3)
		return err_set(err, ERR_USAGE, "'vendor diff' wants a chart and a version");
	if (!fs_mkdtemp(arena_fmt(ctx->arena, "%.*s/.raibid-diff-", STR_ARG(path_dir(ctx->arena, opt->chartfile))), ctx->arena, &into, err))
		return false;
	bool ok = compare(ctx, opt, words, into, &c, err);
	if (!fs_remove_tree(into, &ignored))
		err_deinit(&ignored);
	if (ok) {
		out_print(ctx->out, buf_str(&c.text));
		size_t all = c.added + c.removed + c.changed;
		*status = all ? STEP_DIFFERENCES : STEP_OK;
		if (!c.environments)
			out_summary(ctx->out, "no environment uses %.*s", STR_ARG(words->p[1]));
		else
			out_summary(ctx->out, "%zu environment%s: %zu objects changed, %zu added, %zu removed", c.environments,
				    c.environments == 1 ? "" : "s", c.changed, c.added, c.removed);
	}
	buf_deinit(&c.text);
	return ok;
}
