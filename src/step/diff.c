/* diff PATH: what apply would change. */
#include <stddef.h>

#include "run/out.h"
#include "step/deploy.h"
#include "step/step.h"

static const struct step_option options[] = {
	DEPLOY_OPTIONS,
	{ .name = NULL },
};

static bool diff_set(struct deploy *d, enum step_status *status, struct err *err)
{
	struct kube_report report = { 0 };
	const struct kube_diff_options how = {
		.force_conflicts = d->options->force_conflicts,
		.prune = d->options->prune,
		.watcher = { .doing = deploy_watcher(d).doing, .ctx = d, .cancel = d->ctx->host->cancel },
	};
	AUTO_BUF text = { 0 };
	bool differs = false;
	bool ok = deploy_load(d, err) && kube_target_diff(d->target, &d->set, &how, &text, &differs, &report, err);
	if (ok) {
		if (text.n)
			out_print(d->ctx->out, buf_str(&text));
		out_summary(d->ctx->out, "%zu object%s: %zu to create, %zu to change, %zu to delete on %.*s", d->set.count, STR_PLURAL(d->set.count),
			    report.count[KUBE_CREATED], report.count[KUBE_CHANGED], report.count[KUBE_DELETED],
			    STR_ARG(kube_target_title(d->target)));
		ok = kube_report_check(&report, err);
	}
	if (ok && differs)
		*status = STEP_DIFFERENCES;
	kube_report_deinit(&report);
	return ok;
}

static bool diff_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct deploy_options opt = { 0 };
	step_words operands;
	struct deploy d;
	if (!step_options(&step_diff, options, args, 1, 1, ctx->arena, &opt, &operands, err) ||
	    !deploy_open(ctx, &opt, operands.p[0], &d, err))
		return false;
	bool ok = diff_set(&d, status, err);
	deploy_close(&d);
	return ok;
}

const struct step_def step_diff = {
	.name = STR_INIT("diff"),
	.usage = "PATH [--environment DIR] [--context NAME] [--prune] …",
	.summary = "Show what apply would change; exit status 3 where anything would",
	.options = DEPLOY_HELP "      --prune            Show what --prune would delete\n",
	.cache = STEP_ALWAYS,
	.run = diff_run,
};
