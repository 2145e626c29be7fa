/* validate PATH: what can be told of the manifests in a folder without a cluster. */
#include <stddef.h>

#include "base/buf.h"
#include "base/path.h"
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

/* Below the finding: the row of the file's source map (step/origin.h) for its field, or for the nearest one around it. */
static bool add_origin(struct step_ctx *ctx, const struct finding *f, struct buf *text, struct err *err)
{
	struct str map, line, best = STR_NONE, field, rest;
	AUTO_ERR why = { 0 };
	size_t best_n = 0;
	if (!f->manifest->source.n)
		return true;
	if (!step_read(ctx, path_in(ctx->arena, ctx->cwd, arena_concat(ctx->arena, f->manifest->file, STR(".map"))), ctx->arena, &map, &why))
		return why.kind == ERR_NOT_FOUND || err_set(err, why.kind, "%s", why.message);
	while (str_next_line(&map, &line)) {
		bool within = str_cut(line, '\t', &field, &rest) && field.n && (str_starts(f->path, field) || str_starts(field, f->path));
		size_t common = MIN(field.n, f->path.n);
		if (within && common > best_n) {
			best_n = common;
			best = rest;
		}
	}
	if (!best.p)
		return true;
	struct str number, written, value, set;
	(void)str_cut(best, '\t', &number, &best);
	bool more = str_cut(best, '\t', &written, &best);
	buf_addf(text, "  written by %.*s\n", STR_ARG(written));
	while (more && str_cut(best, '\t', &value, &best)) {
		more = str_cut(best, '\t', &set, &best);
		buf_addf(text, "  from value .Values.%.*s%s%.*s\n", STR_ARG(value), set.n ? ", set in " : "", STR_ARG(set));
	}
	return true;
}

static bool report(struct step_ctx *ctx, const findings *found, const struct validate_options *opt, size_t *errors, size_t *warnings,
		   struct err *err)
{
	*errors = *warnings = 0;
	for (size_t i = 0; i < found->n; i++) {
		AUTO_BUF text = { 0 };
		struct finding f = found->p[i];
		finding_text(&f, &text);
		if (!add_origin(ctx, &f, &text, err))
			return false;
		bool is_error = f.severity == FINDING_ERROR || opt->strict;
		*(is_error ? errors : warnings) += 1;
		/* Warnings are for who asks; errors are the step's answer. */
		if (is_error)
			out_print(ctx->out, buf_str(&text));
		else
			out_log(ctx->out, "%.*s", STR_ARG(str_trim_right(buf_str(&text))));
	}
	return true;
}

static bool validate_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct validate_options opt = { 0 };
	step_words operands;
	manifest_docs docs;
	findings found;
	size_t errors, warnings;
	if (!step_options(&step_validate, options, args, 1, 1, ctx->arena, &opt, &operands, err) ||
	    !manifests_read(ctx, operands.p[0], ctx->arena, &docs, err))
		return false;
	struct manifest *set = arena_array(ctx->arena, struct manifest, docs.n);
	for (size_t i = 0; i < docs.n; i++)
		set[i] = (struct manifest){ docs.p[i].value, docs.p[i].file, docs.p[i].document, docs.p[i].line, docs.p[i].source };
	struct manifest_options check = { opt.namespaces.p, opt.namespaces.n };
	manifest_check(set, docs.n, &check, ctx->arena, &found);
	if (!report(ctx, &found, &opt, &errors, &warnings, err))
		return false;
	out_summary(ctx->out, "%zu object%s: %zu error%s, %zu warning%s", docs.n, STR_PLURAL(docs.n), errors, STR_PLURAL(errors), warnings,
		    STR_PLURAL(warnings));
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
