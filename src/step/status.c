/*
 * status [ENVIRONMENT…]: where each environment stands: what is vendored, whether what was rendered and checked from it still holds, and what each target was
 * given last. It asks nobody and writes nothing.
 */
#include "base/buf.h"
#include "base/path.h"
#include "kube/record.h"
#include "run/node.h"
#include "run/out.h"
#include "run/sched.h"
#include "run/words.h"
#include "step/deploy.h"
#include "step/environment.h"
#include "step/options.h"
#include "step/step.h"
#include "step/vendor.h"
#include "store/state.h"

static const struct step_option options[] = { { .name = NULL } };

static void add_row(struct buf *out, const char *what)
{
	buf_addf(out, "  %-10s", what);
}

static bool add_pins(struct step_ctx *ctx, struct buf *out, struct err *err)
{
	struct pkg_vendor_options opt;
	struct str counts;
	step_words differences = { 0 };
	vendor_options_of(ctx, &opt);
	if (!vendor_compare(ctx, &opt, &counts, &differences, err))
		return false;
	if (!differences.n)
		buf_addf(out, "vendored: %.*s as pinned\n", STR_ARG(counts));
	else
		buf_addf(out, "vendored: %.*s, %zu difference%s from the lock\n", STR_ARG(counts), differences.n, STR_PLURAL(differences.n));
	for (size_t i = 0; i < differences.n; i++)
		buf_addf(out, "  %.*s\n", STR_ARG(differences.p[i]));
	return true;
}

/* --- steps: the lines on record that are about the environment --- */

/* The line on record as a node; false where this program does not take it for one. */
static bool node_of(struct step_ctx *ctx, struct str name, struct node *out)
{
	AUTO_ERR ignored = { 0 };
	words_lines lines = { 0 };
	sched_nodes nodes = { 0 };
	if (!words_split(name, STR(""), 1, ctx->arena, &lines, &ignored) || lines.n != 1 ||
	    !sched_plan(ctx->host, &lines, ctx->host->root, STR_NONE, ctx->arena, &nodes, &ignored))
		return false;
	*out = nodes.p[0];
	return true;
}

/* Parts of a line have its name before theirs, and so they come behind it. */
static bool is_part(struct str name, struct str line)
{
	return line.n && str_starts(name, line) && str_starts(str_slice(name, line.n, name.n), STR(": "));
}

/* Whether one of the line's words is that path, by whatever name. */
static bool is_about(struct step_ctx *ctx, const struct node *n, struct str path)
{
	for (size_t i = 0; i < n->args.n; i++)
		if (str_eq(path_in(ctx->arena, n->cwd, n->args.p[i]), path))
			return true;
	return false;
}

/* The folder that a render writes to, absolute; empty where the line does not say. */
static struct str out_dir(struct step_ctx *ctx, const struct node *n)
{
	struct step_claims claims = { 0 };
	if (n->def->claims)
		n->def->claims(ctx, &n->args, &claims);
	return claims.writes.n ? path_in(ctx->arena, ctx->host->root, claims.writes.p[0]) : STR("");
}

/* The newest run on record of the step `step` that is about `path`; *found is false where there is none. */
static bool newest(struct step_ctx *ctx, const char *step, struct str path, struct node *out, bool *found, struct err *err)
{
	state_records records = { 0 };
	struct str line = STR("");
	int64_t ended_at = 0;
	*found = false;
	if (!state_find_under(ctx->host->state, arena_fmt(ctx->arena, "%s ", step), ctx->arena, &records, err))
		return false;
	for (size_t i = 0; i < records.n; i++) {
		struct node n;
		if (is_part(records.p[i].name, line))
			continue;
		line = records.p[i].name;
		if ((*found && records.p[i].ended_at < ended_at) || !node_of(ctx, line, &n) || !is_about(ctx, &n, path))
			continue;
		*out = n;
		*found = true;
		ended_at = records.p[i].ended_at;
	}
	return true;
}

static bool add_step(struct step_ctx *ctx, const char *step, struct str path, struct node *n, bool *found, struct buf *out, struct err *err)
{
	struct node_plan plan;
	if (!newest(ctx, step, path, n, found, err))
		return false;
	add_row(out, step);
	if (!*found) {
		buf_add_c(out, "never ran\n");
		return true;
	}
	if (!node_decide(ctx->host, n, ctx->arena, &plan, err))
		return false;
	node_add_fate(ctx->host, &plan, out);
	return true;
}

/* --- targets --- */

static bool add_applied(struct step_ctx *ctx, const struct kube_applied *applied, struct str environment, struct str rendered, struct buf *out,
			struct err *err)
{
	struct deploy d = { .ctx = ctx, .path = rendered, .set = { .environment = environment, .namespace = applied->namespace } };
	bool embedded = str_eq(applied->target, KUBE_RECORD_EMBEDDED);
	if (!rendered.n || !deploy_fingerprint(&d, err))
		return !rendered.n;
	add_row(out, "apply");
	buf_addf(out, "%zu object%s %s%.*s%s, ", applied->objects, STR_PLURAL(applied->objects), embedded ? "recorded on the " : "on ",
		 STR_ARG(applied->target), embedded ? " target" : "");
	node_add_age(out, applied->ended_at);
	if (!applied->fingerprint.n)
		buf_add_c(out, ": not all of it: something failed or was left behind");
	else if (str_eq(applied->fingerprint, d.set.fingerprint))
		buf_add_c(out, ": what is rendered now");
	else
		buf_add_c(out, ": what is rendered now differs");
	buf_add_char(out, '\n');
	return true;
}

static bool add_environment(struct step_ctx *ctx, struct str path, struct buf *out, struct err *err)
{
	struct environment env;
	struct node render, other;
	bool rendered, found;
	kube_applieds applied;
	if (!environment_load(ctx, path, &env, err))
		return false;
	buf_addf(out, "%.*s\n", STR_ARG(step_name_of(ctx, env.dir)));
	if (!add_step(ctx, "render", env.dir, &render, &rendered, out, err))
		return false;
	struct str dir = rendered ? out_dir(ctx, &render) : STR("");
	if ((dir.n && !add_step(ctx, "validate", dir, &other, &found, out, err)) || !add_step(ctx, "images", env.dir, &other, &found, out, err))
		return false;
	struct kube_state state = deploy_state(ctx->host);
	if (!kube_record_list(&state, env.name, ctx->arena, &applied, err))
		return false;
	for (size_t i = 0; i < applied.n; i++)
		if (!add_applied(ctx, &applied.p[i], env.name, dir, out, err))
			return false;
	if (!applied.n) {
		add_row(out, "apply");
		buf_add_c(out, "never ran\n");
	}
	return true;
}

static bool status_run(struct step_ctx *ctx, const step_words *args, enum step_status *status UNUSED, struct err *err)
{
	step_words environments;
	char none;
	AUTO_BUF text = { 0 };
	state_freeze(ctx->host->state);
	if (!step_options(&step_status, options, args, 0, SIZE_MAX, ctx->arena, &none, &environments, err) ||
	    (!environments.n && !environment_list(ctx, &environments, err)) || !add_pins(ctx, &text, err))
		return false;
	for (size_t i = 0; i < environments.n; i++)
		if (!add_environment(ctx, environments.p[i], &text, err))
			return false;
	out_print(ctx->out, buf_str(&text));
	return true;
}

const struct step_def step_status = {
	.name = STR_INIT("status"),
	.usage = "[ENVIRONMENT…]",
	.summary = "Show what is vendored, rendered and applied, and what differs since; asks nobody, writes nothing",
	.cache = STEP_PRINTS,
	.run = status_run,
};
