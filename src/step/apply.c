/* apply PATH: brings a cluster, or the embedded target, to what the rendered objects say. */
#include <stddef.h>

#include "run/out.h"
#include "step/deploy.h"
#include "step/step.h"
#include "text/gotime.h"

static const struct step_option options[] = {
	DEPLOY_OPTIONS,
	{ "--dry-run", NULL, STEP_VALUE, offsetof(struct deploy_options, dry_run) },
	{ "--no-hooks", NULL, STEP_FLAG, offsetof(struct deploy_options, no_hooks) },
	{ "--wait", NULL, STEP_FLAG, offsetof(struct deploy_options, wait) },
	{ "--timeout", NULL, STEP_VALUE, offsetof(struct deploy_options, timeout) },
	{ .name = NULL },
};

/* Fills what is sent along with the set from the words. */
static bool read_options(const struct deploy_options *opt, struct kube_apply_options *out, struct err *err)
{
	int64_t timeout = 0;
	bool dry = str_eq_c(opt->dry_run, "server");
	if (opt->dry_run.n && !dry && !str_eq_c(opt->dry_run, "none"))
		return err_set(err, ERR_USAGE, "--dry-run must be \"none\" or \"server\", not \"%.*s\"", STR_ARG(opt->dry_run));
	if (opt->timeout.n && !gotime_duration_parse(opt->timeout, &timeout, err)) {
		err->kind = ERR_USAGE;
		return err_wrap(err, "--timeout");
	}
	if (opt->timeout.n && (timeout < 1000000 || timeout / 1000000 > UINT32_MAX))
		return err_set(err, ERR_USAGE, "--timeout must be between 1ms and 1000h");
	*out = (struct kube_apply_options){
		.dry_run = dry,
		.force_conflicts = opt->force_conflicts,
		.prune = opt->prune,
		.no_hooks = opt->no_hooks,
		.wait = opt->wait,
		.timeout_ms = (uint32_t)(timeout / 1000000),
	};
	return true;
}

static bool apply_set(struct deploy *d, struct kube_apply_options *how, struct err *err)
{
	struct kube_report report = { 0 };
	how->watcher = deploy_watcher(d);
	bool ok = deploy_load(d, err) && kube_target_apply(d->target, &d->set, how, &report, err);
	if (ok) {
		struct str summary = kube_report_summary(&report, d->ctx->arena), title = kube_target_title(d->target);
		out_summary(d->ctx->out, "%.*s on %.*s%s", STR_ARG(summary), STR_ARG(title), how->dry_run ? " (dry run)" : "");
		ok = kube_report_check(&report, err);
	}
	kube_report_deinit(&report);
	return ok;
}

static bool apply_run(struct step_ctx *ctx, const step_words *args, enum step_status *status UNUSED, struct err *err)
{
	struct deploy_options opt = { 0 };
	struct kube_apply_options how;
	step_words operands;
	struct deploy d;
	bool current = false;
	size_t objects = 0;
	if (!step_options(&step_apply, options, args, 1, 1, ctx->arena, &opt, &operands, err) || !read_options(&opt, &how, err) ||
	    !deploy_open(ctx, &opt, operands.p[0], &d, err))
		return false;
	bool ok = deploy_fingerprint(&d, err) &&
		  kube_target_is_current(d.target, d.set.environment, d.set.fingerprint, &current, &objects, err);
	if (ok && current)
		out_summary(ctx->out, "%zu object%s: %zu unchanged on %.*s", objects, objects == 1 ? "" : "s", objects,
			    STR_ARG(kube_target_title(d.target)));
	else
		ok = ok && apply_set(&d, &how, err);
	deploy_close(&d);
	return ok;
}

const struct step_def step_apply = {
	.name = STR_INIT("apply"),
	.usage = "PATH [--environment DIR] [--context NAME] [--wait] [--prune] …",
	.summary = "Apply rendered objects to a cluster by server-side apply",
	.options = DEPLOY_HELP
		   "      --prune            Delete what was applied before and is no longer there\n"
		   "      --dry-run server   Let the server check everything, change nothing\n"
		   "      --no-hooks         Run no Helm hooks\n"
		   "      --wait             Until workloads are ready\n"
		   "      --timeout TIME     For each hook and for --wait; default: 5m\n",
	.cache = STEP_ALWAYS,
	.run = apply_run,
};
