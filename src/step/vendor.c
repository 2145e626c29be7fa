/*
 * vendor: the glue between a step line and pkg/vendor.h. It runs each time, since pkg's own look at the folders is as quick as a record of hundreds of
 * outputs would be, and sees what was changed by hand.
 */
#include <stddef.h>

#include "base/fs.h"
#include "base/path.h"
#include "pkg/bundles.h"
#include "pkg/chartfile.h"
#include "pkg/vendor.h"
#include "run/out.h"
#include "step/bundle.h"
#include "step/options.h"
#include "step/step.h"
#include "step/vendor.h"

struct vendor_options {
	struct str mirror, trust, ca_file, bundle;
	step_words limits;
	bool update, check, outdated, prune;
};

static const struct step_option options[] = {
	{ "--mirror", NULL, STEP_VALUE, offsetof(struct vendor_options, mirror) },
	{ "--limit", NULL, STEP_LIST, offsetof(struct vendor_options, limits) },
	{ "--bundle", NULL, STEP_VALUE, offsetof(struct vendor_options, bundle) },
	{ "--trust", NULL, STEP_VALUE, offsetof(struct vendor_options, trust) },
	{ "--ca-file", NULL, STEP_VALUE, offsetof(struct vendor_options, ca_file) },
	{ "--update", NULL, STEP_FLAG, offsetof(struct vendor_options, update) },
	{ "--check", NULL, STEP_FLAG, offsetof(struct vendor_options, check) },
	{ "--outdated", NULL, STEP_FLAG, offsetof(struct vendor_options, outdated) },
	{ "--prune", NULL, STEP_FLAG, offsetof(struct vendor_options, prune) },
	{ .name = NULL },
};

/* --- what pkg says, to the step's line --- */

static void ui_doing(void *ctx, const char *text)
{
	out_doing(((struct step_ctx *)ctx)->out, "%s", text);
}

static void ui_log(void *ctx, const char *text)
{
	out_log(((struct step_ctx *)ctx)->out, "%s", text);
}

static void ui_note(void *ctx, const char *text)
{
	out_note(((struct step_ctx *)ctx)->out, "%s", text);
}

static void *ui_begin(void *ctx, struct str name)
{
	return out_part_begin(((struct step_ctx *)ctx)->out, name);
}

static void ui_bytes(void *download, uint64_t done, uint64_t total)
{
	out_bytes(download, done, total);
}

static void ui_end(void *download, bool ok)
{
	out_part_end(download, ok ? OUT_RAN : OUT_FAILED);
}

static bool ui_cancelled(void *ctx)
{
	return atomic_load(((struct step_ctx *)ctx)->host->cancel);
}

/* --- words to options --- */

/* "--mirror ''" and an empty variable mean none; a folder counts from the line's own. */
static struct str mirror_of(struct step_ctx *ctx, const struct vendor_options *opt)
{
	struct str mirror = opt->mirror.n ? opt->mirror : step_env(ctx, STR("RAIBID_MIRROR"));
	if (mirror.n == 0 || str_starts(mirror, STR("http://")) || str_starts(mirror, STR("https://")))
		return mirror;
	return path_in(ctx->arena, ctx->cwd, str_drop_prefix(mirror, STR("file://")));
}

struct str docker_config_of(struct step_ctx *ctx)
{
	struct str dir = step_env(ctx, STR("DOCKER_CONFIG")), home = step_env(ctx, STR("HOME"));
	return dir.n ? dir : home.n ? path_join(ctx->arena, home, STR(".docker")) : STR("");
}

/* The first operand names the chartfile or its folder; without one it is the standard place. */
static struct str take_chartfile(struct step_ctx *ctx, step_words *operands)
{
	struct str first = operands->n ? operands->p[0] : STR("");
	bool is_file = str_ends(first, STR(".yaml")) || str_ends(first, STR(".yml"));
	struct str path = path_in(ctx->arena, ctx->cwd, first);
	if (is_file || (first.n && fs_is_file(path_join(ctx->arena, path, STR("chartfile.yaml"))))) {
		operands->p++;
		operands->n--;
		return is_file ? path : path_join(ctx->arena, path, STR("chartfile.yaml"));
	}
	return path_in(ctx->arena, ctx->host->root, STR("charts/chartfile.yaml"));
}

static bool trust_of(struct str word, enum pkg_trust *out, struct err *err)
{
	*out = str_eq(word, STR("lock")) ? PKG_TRUST_LOCK : str_eq(word, STR("state")) ? PKG_TRUST_STATE : PKG_TRUST_NEITHER;
	return *out != PKG_TRUST_NEITHER || word.n == 0 ||
	       err_set(err, ERR_USAGE, "--trust takes lock or state, not '%.*s'", STR_ARG(word));
}

/* --- the verbs --- */

typedef bool edit_fn(const struct pkg_chartfile *f, struct str word, struct buf *out, struct err *err);

/* Changes the chartfile for each word. */
static bool edit_words(struct step_ctx *ctx, const struct pkg_vendor_options *opt, edit_fn *change, const step_words *words, struct err *err)
{
	for (size_t i = 1; i < words->n; i++) {
		struct str text;
		struct pkg_chartfile f;
		AUTO_BUF changed = { 0 };
		if (!fs_read(opt->chartfile, 0, ctx->arena, &text, err) ||
		    !pkg_chartfile_parse(opt->chartfile, opt->name, text, ctx->arena, &f, err) ||
		    !change(&f, words->p[i], &changed, err))
			return false;
		/* What is written must read well again. */
		if (!pkg_chartfile_parse(opt->chartfile, opt->name, buf_to_arena(&changed, ctx->arena), ctx->arena, &f, err) ||
		    !fs_write(opt->chartfile, buf_str(&changed), 0644, FS_SYNC, err))
			return false;
	}
	return words->n > 1 || err_set(err, ERR_USAGE, "'vendor %.*s' wants a chart", STR_ARG(words->p[0]));
}

/* "r/one 1.1.0 → 1.2.0" with what changed in it below. */
static void print_updates(struct step_ctx *ctx, const struct pkg_vendor_result *r)
{
	AUTO_BUF text = { 0 };
	for (size_t i = 0; i < r->updates.n; i++) {
		const struct pkg_update *u = &r->updates.p[i];
		struct str rest = u->changes, line;
		buf_addf(&text, "%.*s %.*s → %.*s\n", STR_ARG(u->chart), STR_ARG(u->from), STR_ARG(u->to));
		while (str_next_line(&rest, &line))
			buf_addf(&text, "    %.*s\n", STR_ARG(line));
	}
	out_print(ctx->out, buf_str(&text));
}

static bool has_charts(const struct pkg_vendor_options *opt)
{
	return fs_is_file(opt->chartfile);
}

static bool has_bundles(const struct pkg_vendor_options *opt)
{
	return fs_is_file(opt->jsonnetfile);
}

/* "4 charts, 12 bundles" */
static void add_counts(struct buf *out, const struct pkg_vendor_options *opt, const struct pkg_vendor_result *r)
{
	const struct { bool there; size_t n; const char *what; } rows[] = {
		{ has_charts(opt) || !has_bundles(opt), r->charts, "chart" },
		{ r->files > 0, r->files, "file" },
		{ has_bundles(opt), r->bundles, "bundle" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].there)
			buf_addf(out, "%s%zu %s%s", out->n ? ", " : "", rows[i].n, rows[i].what, rows[i].n == 1 ? "" : "s");
}

/* Names that go with --update are of charts or of bundles; one that is of neither is the charts' to complain of. */
static bool split_names(struct step_ctx *ctx, const struct pkg_vendor_options *opt, struct pkg_vendor_options *charts, struct pkg_vendor_options *bundles,
			struct err *err)
{
	step_words of_charts = { 0 }, of_bundles = { 0 };
	*charts = *bundles = *opt;
	for (size_t i = 0; i < opt->name_count; i++) {
		bool known = false;
		if (has_bundles(opt) && !pkg_bundles_know(opt, opt->names[i], ctx->arena, &known, err))
			return false;
		if (known)
			vec_push_in(&of_bundles, ctx->arena, opt->names[i]);
		else
			vec_push_in(&of_charts, ctx->arena, opt->names[i]);
	}
	charts->names = of_charts.p;
	charts->name_count = of_charts.n;
	bundles->names = of_bundles.p;
	bundles->name_count = of_bundles.n;
	charts->update = opt->update && (of_charts.n || !opt->name_count);
	bundles->update = opt->update && (of_bundles.n || !opt->name_count);
	return true;
}

static bool bring(struct step_ctx *ctx, const struct pkg_vendor_options *opt, struct err *err)
{
	struct pkg_vendor_result r = { 0 };
	struct pkg_vendor_options charts, bundles;
	AUTO_BUF counts = { 0 };
	if (!split_names(ctx, opt, &charts, &bundles, err) || ((has_charts(opt) || charts.name_count) && !pkg_vendor(&charts, ctx->arena, &r, err)) ||
	    (has_bundles(opt) && !pkg_bundles(&bundles, ctx->arena, &r, err)))
		return false;
	if (opt->update)
		print_updates(ctx, &r);
	add_counts(&counts, opt, &r);
	if (r.changed + r.bundles_changed)
		out_summary(ctx->out, "%s: %zu vendored, %zu downloaded", counts.p, r.changed + r.bundles_changed, r.downloaded);
	else
		out_summary(ctx->out, "%s, unchanged", counts.p);
	return true;
}

/* Most runs find all as it is pinned. The first thing that is written thaws. */
static bool vendor_now(struct step_ctx *ctx, const struct pkg_vendor_options *opt, struct err *err)
{
	bool frozen = state_freeze_for_now(opt->state), ok = bring(ctx, opt, err);
	if (!frozen)
		state_thaw(opt->state);
	return ok;
}

/* Changes the chartfile, then vendors what it says now. Where that cannot be had the chartfile is as it was. */
static bool edit(struct step_ctx *ctx, const struct pkg_vendor_options *opt, edit_fn *change, const step_words *words, struct err *err)
{
	struct str before;
	AUTO_ERR failed = { 0 };
	if (!fs_read(opt->chartfile, 0, ctx->arena, &before, err))
		return false;
	if (edit_words(ctx, opt, change, words, err) && vendor_now(ctx, opt, err))
		return true;
	if (!fs_write(opt->chartfile, before, 0644, FS_SYNC, &failed))
		out_note(ctx->out, "%s", failed.message);
	return false;
}

static bool push(struct step_ctx *ctx, const struct pkg_vendor_options *opt, const step_words *words, struct err *err)
{
	struct str ref;
	if (words->n != 3)
		return err_set(err, ERR_USAGE, "'vendor push' wants a packed chart and oci://HOST/PATH");
	if (!pkg_push(opt, path_in(ctx->arena, ctx->cwd, words->p[1]), words->p[2], ctx->arena, &ref, err))
		return false;
	out_summary(ctx->out, "pushed %.*s", STR_ARG(ref));
	return true;
}

bool vendor_compare(struct step_ctx *ctx, const struct pkg_vendor_options *opt, struct str *counts, step_words *differences, struct err *err)
{
	struct pkg_vendor_result r = { 0 };
	AUTO_BUF text = { 0 };
	if ((has_charts(opt) && !pkg_vendor_check(opt, ctx->arena, &r, err)) ||
	    (has_bundles(opt) && !pkg_bundles_check(opt, ctx->arena, &r, err)))
		return false;
	add_counts(&text, opt, &r);
	*counts = arena_str(ctx->arena, buf_str(&text));
	for (size_t i = 0; i < r.differences.n; i++)
		vec_push_in(differences, ctx->arena, r.differences.p[i]);
	return true;
}

static bool check(struct step_ctx *ctx, const struct pkg_vendor_options *opt, enum step_status *status, struct err *err)
{
	struct str counts;
	step_words differences = { 0 };
	if (!vendor_compare(ctx, opt, &counts, &differences, err))
		return false;
	for (size_t i = 0; i < differences.n; i++)
		out_note(ctx->out, "%.*s", STR_ARG(differences.p[i]));
	if (differences.n)
		*status = STEP_DIFFERENCES;
	if (differences.n)
		out_summary(ctx->out, "%zu difference%s from the lock", differences.n, differences.n == 1 ? "" : "s");
	else
		out_summary(ctx->out, "%.*s as pinned", STR_ARG(counts));
	return true;
}

static bool outdated(struct step_ctx *ctx, const struct pkg_vendor_options *opt, struct err *err)
{
	pkg_newers newer = { 0 };
	AUTO_BUF text = { 0 };
	int wide = 32;
	if ((has_charts(opt) && !pkg_vendor_outdated(opt, ctx->arena, &newer, err)) ||
	    (has_bundles(opt) && !pkg_bundles_outdated(opt, ctx->arena, &newer, err)))
		return false;
	for (size_t i = 0; i < newer.n; i++)
		wide = MAX(wide, (int)newer.p[i].chart.n);
	if (newer.n)
		buf_addf(&text, "%-*s %-14s %-14s %s\n", wide, "NAME", "PINNED", "IN RANGE", "LATEST");
	for (size_t i = 0; i < newer.n; i++) {
		const struct pkg_newer *n = &newer.p[i];
		buf_addf(&text, "%-*.*s %-14.*s %-14.*s %.*s\n", wide, STR_ARG(n->chart), STR_ARG(n->version), STR_ARG(n->latest_in_range),
			 STR_ARG(n->latest));
	}
	out_print(ctx->out, buf_str(&text));
	out_summary(ctx->out, "%zu newer version%s", newer.n, newer.n == 1 ? "" : "s");
	return true;
}

static bool has_anything(const struct pkg_vendor_options *opt, bool named, struct err *err)
{
	if (has_charts(opt) || (!named && has_bundles(opt)))
		return true;
	err_set(err, ERR_NOT_FOUND, "there is no %.*s", STR_ARG(opt->name));
	return err_hint(err, "it says which charts to fetch from where: docs/environment.md shows one");
}

void vendor_options_of(struct step_ctx *ctx, struct pkg_vendor_options *out)
{
	struct arena *a = ctx->arena;
	struct pkg_vendor_options opt = { .state = ctx->host->state, .store = ctx->host->store, .environ = ctx->host->environ, .root = ctx->host->root,
					  .ui = { ctx, ui_doing, ui_log, ui_note, ui_begin, ui_bytes, ui_end, ui_cancelled } };
	opt.chartfile = path_in(a, ctx->host->root, STR("charts/chartfile.yaml"));
	opt.name = step_name_of(ctx, opt.chartfile);
	opt.jsonnetfile = path_join(a, ctx->host->root, STR("jsonnetfile.json"));
	opt.jsonnetfile_name = step_name_of(ctx, opt.jsonnetfile);
	opt.ca_file = step_env(ctx, STR("SSL_CERT_FILE"));
	opt.docker_config = docker_config_of(ctx);
	opt.user = step_env(ctx, STR("USER"));
	*out = opt;
}

static bool import_bundle(struct step_ctx *ctx, struct str path, struct pkg_vendor_options *opt, struct err *err)
{
	struct bundle b;
	if (!bundle_open(ctx, path, &b, err))
		return false;
	opt->offline = path_base(path);
	bool ok = bundle_import(&b, opt, ctx->arena, err);
	bundle_close(&b);
	return ok || err_wrap(err, "'%.*s'", STR_ARG(path));
}

static bool vendor_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct vendor_options words = { 0 };
	step_words operands;
	struct pkg_vendor_options opt;
	vendor_options_of(ctx, &opt);
	if (!step_options(&step_vendor, options, args, 0, SIZE_MAX, ctx->arena, &words, &operands, err) ||
	    !trust_of(words.trust, &opt.trust, err))
		return false;
	size_t given = operands.n;
	opt.chartfile = take_chartfile(ctx, &operands);
	/* The shipped recipe names the usual place in any project, also in one that only has bundles. */
	bool named = operands.n < given && !str_eq(opt.chartfile, path_in(ctx->arena, ctx->host->root, STR("charts/chartfile.yaml")));
	opt.name = step_name_of(ctx, opt.chartfile);
	opt.mirror = mirror_of(ctx, &words);
	opt.update = words.update;
	opt.prune = words.prune;
	for (size_t i = 0; i < words.limits.n; i++)
		if (!pkg_limits_set(&opt.limits, words.limits.p[i], err))
			return false;
	if (words.ca_file.n)
		opt.ca_file = path_in(ctx->arena, ctx->cwd, words.ca_file);
	struct str bundle = words.bundle.n ? words.bundle : step_env(ctx, STR("RAIBID_BUNDLE"));
	if (bundle.n && !import_bundle(ctx, bundle, &opt, err))
		return false;
	if (operands.n && str_eq(operands.p[0], STR("push")))
		return push(ctx, &opt, &operands, err);
	if (operands.n && str_eq(operands.p[0], STR("diff")))
		return vendor_diff(ctx, &opt, &operands, status, err);
	if (!has_anything(&opt, named, err))
		return false;
	bool adds = operands.n && str_eq(operands.p[0], STR("add")), removes = operands.n && str_eq(operands.p[0], STR("remove"));
	if (adds || removes)
		return edit(ctx, &opt, adds ? pkg_chartfile_add : pkg_chartfile_remove, &operands, err);
	if (operands.n && !words.update) {
		err_set(err, ERR_USAGE, "vendor does not know what to do with '%.*s'", STR_ARG(operands.p[0]));
		return err_hint(err, "names of charts go with --update; the others are: add REPO/CHART@VERSION, remove CHART, diff CHART VERSION, push ARCHIVE oci://HOST/PATH");
	}
	opt.names = operands.p;
	opt.name_count = operands.n;
	if (words.check)
		return check(ctx, &opt, status, err);
	return words.outdated ? outdated(ctx, &opt, err) : vendor_now(ctx, &opt, err);
}

static void vendor_claims(struct step_ctx *ctx, const step_words *args, struct step_claims *claims)
{
	step_words rest = *args;
	struct str file = take_chartfile(ctx, &rest), dir = path_dir(ctx->arena, file);
	vec_push_in(&claims->reads, ctx->arena, file);
	vec_push_in(&claims->writes, ctx->arena, dir);
	/* jsonnet bundles, and their lock */
	vec_push_in(&claims->reads, ctx->arena, path_join(ctx->arena, ctx->host->root, STR("jsonnetfile.json")));
	vec_push_in(&claims->writes, ctx->arena, path_join(ctx->arena, ctx->host->root, STR("jsonnetfile.lock.json")));
	vec_push_in(&claims->writes, ctx->arena, path_join(ctx->arena, ctx->host->root, STR("vendor")));
}

const struct step_def step_vendor = {
	.name = STR_INIT("vendor"),
	.usage = "[CHARTFILE] [--update [NAME…] | --check | --outdated | "
		 "add REPO/CHART@VERSION[:DIR] | remove CHART | diff CHART VERSION [ENVIRONMENT…] | push ARCHIVE oci://…] [--prune] [--mirror URL|DIR | --bundle FILE]",
	.summary = "Fetch the charts of a chartfile and the bundles of a jsonnetfile, pin them by content, and keep them so",
	.options = "  --mirror URL|DIR  Take indexes and archives from there (or RAIBID_MIRROR); a folder may be nothing but NAME-VERSION.tgz files\n"
		   "  --update          Newer versions within the ranges, of all charts or of those named\n"
		   "  --check           Change nothing and ask nobody: exit 3 if anything differs from the lock\n"
		   "  --outdated        Print what the repositories have that is newer\n"
		   "  --prune           Remove charts from the folder that are not required\n"
		   "  --bundle FILE     Take everything from a file that `bundle` made, and ask nobody (or RAIBID_BUNDLE)\n"
		   "  --limit NAME=N    Take more (or less) from outside: archive, total, file in bytes (or with K, M, G), entries, ratio\n"
		   "  --trust WHICH     Where lock and database disagree: lock or state\n"
		   "  --ca-file FILE    Trust these certificates (or SSL_CERT_FILE)\n",
	.cache = STEP_ALWAYS,
	.run = vendor_run,
	.claims = vendor_claims,
};
