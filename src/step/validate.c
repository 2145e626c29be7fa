/* validate PATH: what can be told of the manifests in a folder without a cluster. */
#include <stddef.h>

#include "base/buf.h"
#include "run/out.h"
#include "step/manifests.h"
#include "step/options.h"
#include "step/step.h"
#include "validate/manifest.h"

struct validate_options {
	step_words namespaces;
	bool strict;
};

static const struct step_option options[] = {
	{ "--namespace-exists", NULL, STEP_LIST, offsetof(struct validate_options, namespaces) },
	{ "--strict", NULL, STEP_FLAG, offsetof(struct validate_options, strict) },
	{ .name = NULL },
};

static size_t report(struct step_ctx *ctx, const findings *found, const struct validate_options *opt, size_t *warnings)
{
	size_t errors = 0;
	*warnings = 0;
	for (size_t i = 0; i < found->n; i++) {
		AUTO_BUF text = { 0 };
		struct finding f = found->p[i];
		finding_text(&f, &text);
		bool is_error = f.severity == FINDING_ERROR || opt->strict;
		*(is_error ? &errors : warnings) += 1;
		/* Warnings are for who asks; errors are the step's answer. */
		if (is_error)
			out_print(ctx->out, buf_str(&text));
		else
			out_log(ctx->out, "%.*s", STR_ARG(str_trim_right(buf_str(&text))));
	}
	return errors;
}

static bool validate_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct validate_options opt = { 0 };
	step_words operands;
	manifest_docs docs;
	findings found;
	size_t warnings;
	if (!step_options(&step_validate, options, args, 1, 1, ctx->arena, &opt, &operands, err) ||
	    !manifests_read(ctx, operands.p[0], ctx->arena, &docs, err))
		return false;
	struct manifest *set = arena_array(ctx->arena, struct manifest, docs.n);
	for (size_t i = 0; i < docs.n; i++)
		set[i] = (struct manifest){ docs.p[i].value, docs.p[i].file, docs.p[i].document, docs.p[i].line, docs.p[i].source };
	struct manifest_options check = { opt.namespaces.p, opt.namespaces.n };
	manifest_check(set, docs.n, &check, ctx->arena, &found);
	size_t errors = report(ctx, &found, &opt, &warnings);
	out_summary(ctx->out, "%zu objects: %zu errors, %zu warnings", docs.n, errors, warnings);
	if (errors)
		*status = STEP_FAILED;
	return true;
}

static void validate_claims(struct step_ctx *ctx, const step_words *args, struct step_claims *claims)
{
	for (size_t i = 0; i < args->n; i++)
		if (!str_starts(args->p[i], STR("-")))
			vec_push_in(&claims->reads, ctx->arena, args->p[i]);
}

const struct step_def step_validate = {
	.name = STR_INIT("validate"),
	.usage = "PATH [--strict] [--namespace-exists NAME]…",
	.summary = "Check rendered manifests without a cluster",
	.options = "  --strict                 Warnings are errors\n"
		   "  --namespace-exists NAME  A namespace that others make\n",
	.run = validate_run,
	.claims = validate_claims,
};
