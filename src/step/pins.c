/* pins: the table of what is vendored, from the database. */
#include <time.h>

#include "pkg/vendor.h"
#include "run/out.h"
#include "step/options.h"
#include "step/step.h"

static const struct step_option options[] = { { .name = NULL } };

static bool pins_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	step_words operands;
	pkg_pin_rows rows;
	char none;
	AUTO_BUF text = { 0 };
	if (!step_options(&step_pins, options, args, 0, 0, ctx->arena, &none, &operands, err) ||
	    !pkg_pins_list(ctx->host->state, ctx->arena, &rows, err))
		return false;
	if (rows.n)
		buf_addf(&text, "%-28s %-12s %-16s %-20s %-10s %s\n", "CHART", "VERSION", "ARCHIVE", "WHEN", "BY", "SOURCE");
	for (size_t i = 0; i < rows.n; i++) {
		const struct pkg_pin_row *r = &rows.p[i];
		char archive[DIGEST_HEX_LEN + 1], when[32];
		time_t at = (time_t)r->vendored_at;
		struct tm tm;
		digest_hex(&r->pin.archive, archive);
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
		buf_addf(&text, "%-28.*s %-12.*s %-16.16s %-20s %-10.*s %.*s\n", STR_ARG(r->pin.chart), STR_ARG(r->pin.version), archive, when,
			 STR_ARG(r->user), STR_ARG(r->pin.source));
	}
	out_print(ctx->out, buf_str(&text));
	out_summary(ctx->out, "%zu pins", rows.n);
	return true;
}

const struct step_def step_pins = {
	.name = STR_INIT("pins"),
	.usage = "",
	.summary = "Print what is vendored: chart, version, digest, when, by whom, from where",
	.cache = STEP_PRINTS,
	.run = pins_run,
};
