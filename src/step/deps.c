/*
 * deps CHART: the tree of a chart's dependencies: for each its version, what the parent asks for and from where, when it takes part, and what is
 * missing or does not fit.
 */
#include "base/buf.h"
#include "base/path.h"
#include "chart/chart.h"
#include "helm/dependency.h"
#include "run/out.h"
#include "step/options.h"
#include "step/step.h"

static const struct step_option options[] = { { .name = NULL } };

static const struct chart *find_chart(const struct chart *c, struct str name)
{
	for (size_t i = 0; i < c->dependencies.n; i++)
		if (str_eq(chart_name(c->dependencies.p[i]), name))
			return c->dependencies.p[i];
	return NULL;
}

static bool is_declared(const struct chart *c, struct str name)
{
	for (size_t i = 0; i < c->metadata->dependencies.n; i++)
		if (str_eq(chart_dependency_at(c->metadata, i)->name, name))
			return true;
	return false;
}

static void add_condition(struct buf *out, const struct chart_dependency *d)
{
	if (d->alias.n)
		buf_addf(out, " as %.*s", STR_ARG(d->alias));
	if (d->condition.n)
		buf_addf(out, ", if %.*s", STR_ARG(d->condition));
	for (size_t i = 0; d->tags.kind == VAL_LIST && i < value_list_len(d->tags); i++)
		buf_addf(out, "%s%.*s", i ? ", " : ", tags: ", STR_ARG(value_as_str(d->tags.list->p[i])));
}

static void add_chart(struct buf *out, const struct chart *c, struct str indent, struct arena *a);

/* One entry below a chart: `d` what is declared (NULL: only there), `sub` what is there (NULL: missing). */
static void add_entry(struct buf *out, const struct chart_dependency *d, const struct chart *sub, struct str indent, bool last, struct arena *a)
{
	buf_addf(out, "%.*s%s%.*s", STR_ARG(indent), last ? "└── " : "├── ", STR_ARG(d ? d->name : chart_name(sub)));
	if (sub)
		buf_addf(out, " %.*s", STR_ARG(sub->metadata->version));
	if (d && (d->version.n || d->repository.n))
		buf_addf(out, " (%.*s%s%.*s)", STR_ARG(d->version), d->version.n && d->repository.n ? " from " : "", STR_ARG(d->repository));
	if (d)
		add_condition(out, d);
	if (!sub)
		buf_add_c(out, ": missing");
	else if (!d)
		buf_add_c(out, ": not in Chart.yaml");
	else if (d->version.n && !dependency_is_in_range(d->version, sub->metadata->version))
		buf_add_c(out, ": wrong version");
	buf_add_char(out, '\n');
	if (sub)
		add_chart(out, sub, arena_fmt(a, "%.*s%s", STR_ARG(indent), last ? "    " : "│   "), a);
}

/* What stands below a chart; depth is that of the charts, which chart_load caps. */
static void add_chart(struct buf *out, const struct chart *c, struct str indent, struct arena *a)
{
	size_t declared = c->metadata->dependencies.n, others = 0;
	for (size_t i = 0; i < c->dependencies.n; i++)
		others += !is_declared(c, chart_name(c->dependencies.p[i]));
	for (size_t i = 0; i < declared; i++) {
		const struct chart_dependency *d = chart_dependency_at(c->metadata, i);
		add_entry(out, d, find_chart(c, d->name), indent, i + 1 == declared && !others, a);
	}
	for (size_t i = 0; i < c->dependencies.n; i++)
		if (!is_declared(c, chart_name(c->dependencies.p[i])))
			add_entry(out, NULL, c->dependencies.p[i], indent, --others == 0, a);
}

static bool deps_run(struct step_ctx *ctx, const step_words *args, enum step_status *status UNUSED, struct err *err)
{
	step_words operands;
	struct chart_tree tree;
	AUTO_BUF out = { 0 };
	int none;
	if (!step_options(&step_deps, options, args, 1, 1, ctx->arena, &none, &operands, err) ||
	    !chart_load(path_in(ctx->arena, ctx->cwd, operands.p[0]), NULL, ctx->arena, &tree, err))
		return false;
	buf_addf(&out, "%.*s %.*s\n", STR_ARG(chart_name(tree.root)), STR_ARG(tree.root->metadata->version));
	add_chart(&out, tree.root, STR(""), ctx->arena);
	out_print(ctx->out, buf_str(&out));
	chart_close(&tree);
	return true;
}

const struct step_def step_deps = {
	.name = STR_INIT("deps"),
	.usage = "CHART",
	.summary = "Print the tree of a chart's dependencies",
	.cache = STEP_PRINTS,
	.run = deps_run,
};
