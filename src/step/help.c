/* help [STEP]: the table of steps, or one step's options. Everything printed comes from the rows of the table. */
#include "base/buf.h"
#include "run/out.h"
#include "step/step.h"

static void add_list(const struct step_def *const *table, struct buf *out)
{
	buf_add_c(out, "Steps, for step recipes and `raibid-run --step NAME ARGS…`:\n\n");
	for (; *table; table++)
		buf_addf(out, "  %-10.*s %s\n", STR_ARG((*table)->name), (*table)->summary);
	buf_add_c(out, "\n`raibid-run --step help NAME` shows a step's usage and options.\n");
}

static void add_one(const struct step_def *d, struct buf *out)
{
	buf_addf(out, "%s\n\nUsage: raibid-run --step %.*s %s\n", d->summary, STR_ARG(d->name), d->usage);
	if (d->options)
		buf_addf(out, "\n%s", d->options);
}

static bool help_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	AUTO_BUF text = { 0 };
	struct str near;
	if (args->n == 0) {
		add_list(ctx->host->steps, &text);
	} else {
		const struct step_def *d = step_find(ctx->host->steps, args->p[0], &near);
		if (!d) {
			err_set(err, ERR_USAGE, "unknown step '%.*s'", STR_ARG(args->p[0]));
			return near.p ? err_hint(err, "did you mean '%.*s'?", STR_ARG(near)) : false;
		}
		add_one(d, &text);
	}
	out_print(ctx->out, buf_str(&text));
	return true;
}

const struct step_def step_help = {
	.name = STR_INIT("help"),
	.usage = "[STEP]",
	.summary = "List the steps, or show one step's options",
	.cache = STEP_PRINTS,
	.run = help_run,
};
