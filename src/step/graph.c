/* graph: a row for help and completion; the tasks file is the command line's, so cli answers (cli/cmd_graph.c). */
#include "step/step.h"

static bool graph_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	(void)ctx;
	(void)args;
	(void)status;
	err_set(err, ERR_USAGE, "graph is asked for on the command line, not in a step script");
	return err_hint(err, "raibid-run --step graph %s", step_graph.usage);
}

const struct step_def step_graph = {
	.name = STR_INIT("graph"),
	.usage = "[RECIPE…] [--format dot|mermaid|json]",
	.summary = "Print what depends on what in the tasks file",
	.cache = STEP_PRINTS,
	.run = graph_run,
	.options = "--format FORMAT  dot (the default), mermaid or json\n",
};
