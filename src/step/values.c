/* values CHART: the default values as the chart's author wrote them, comments and all, like `helm show values`. */
#include "base/path.h"
#include "chart/chart.h"
#include "run/out.h"
#include "step/options.h"
#include "step/step.h"

static const struct step_option options[] = { { .name = NULL } };

static bool values_run(struct step_ctx *ctx, const step_words *args, enum step_status *status UNUSED, struct err *err)
{
	step_words operands;
	struct chart_tree tree;
	int none;
	if (!step_options(&step_values, options, args, 1, 1, ctx->arena, &none, &operands, err) ||
	    !chart_load(path_in(ctx->arena, ctx->cwd, operands.p[0]), NULL, ctx->arena, &tree, err))
		return false;
	if (tree.root->values_text.p) {
		out_print(ctx->out, tree.root->values_text);
		out_print(ctx->out, STR("\n"));
	}
	chart_close(&tree);
	return true;
}

const struct step_def step_values = {
	.name = STR_INIT("values"),
	.usage = "CHART",
	.summary = "Print a chart's default values",
	.cache = STEP_PRINTS,
	.run = values_run,
};
