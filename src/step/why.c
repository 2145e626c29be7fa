/* why STEP WORDS…: whether a step line would run, and why. (`--step why RECIPE` is the command line's: cli asks for each of the recipe's lines.) */
#include "base/buf.h"
#include "run/out.h"
#include "run/sched.h"
#include "step/step.h"
#include "step/why_field.h"

static bool why_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	words_lines lines = { 0 };
	sched_nodes nodes;
	AUTO_BUF text = { 0 };
	if (args->n == 0) {
		err_set(err, ERR_USAGE, "why: what?");
		return err_hint(err, "usage: why %s", step_why.usage);
	}
	if (why_field_is(args->p[0]))
		return why_field(ctx, args, err);
	vec_push_in(&lines, ctx->arena, (struct words_line){ .words = *args });
	if (!sched_plan(ctx->host, &lines, ctx->cwd, STR_NONE, ctx->arena, &nodes, err) || !sched_explain(ctx->host, &nodes, &text, err))
		return false;
	out_print(ctx->out, buf_str(&text));
	return true;
}

const struct step_def step_why = {
	.name = STR_INIT("why"),
	.usage = "RECIPE [ARGS…] | STEP WORDS… | KIND/NAME.FIELD [--env NAME] | FILE:LINE",
	.summary = "Say what would run, and because of which input; or where a field comes from",
	.options = "  -e, --env NAME  The environment that the field is of; default: the only one, or local\n",
	.cache = STEP_PRINTS,
	.run = why_run,
};
