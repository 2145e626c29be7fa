/* lint PATH…: what `helm lint` prints, with its flags and its exit status. A packed chart is unpacked aside first, since the rules are about files. */
#include <stddef.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/scratch.h"
#include "chart/chart.h"
#include "helm/lint.h"
#include "run/out.h"
#include "step/chart_values.h"
#include "step/step.h"
#include "step/template_host.h"

struct lint_flags {
	struct helm_globals globals;
	struct chart_values given;
	struct str kube_version;
	bool strict, quiet, with_subcharts, skip_schema;
};

#define FLAG(name, shorthand, kind, member) { name, shorthand, kind, offsetof(struct lint_flags, member), NULL }
static const struct pflag flags[] = {
	CHART_VALUES_FLAGS(lint_flags, given),
	HELM_GLOBAL_FLAGS(lint_flags, globals),
	FLAG("kube-version", 0, PFLAG_STRING, kube_version),
	FLAG("strict", 0, PFLAG_BOOL, strict),
	FLAG("quiet", 0, PFLAG_BOOL, quiet),
	FLAG("with-subcharts", 0, PFLAG_BOOL, with_subcharts),
	FLAG("skip-schema-validation", 0, PFLAG_BOOL, skip_schema),
	{ .name = NULL },
};

struct lint_run {
	struct step_ctx *ctx;
	struct lint_flags flags;
	struct value values;
	struct buf out;
	size_t charts, failed, noted; /* noted: with warnings or errors */
};

static void log_line(void *ctx, struct str line)
{
	out_note(((struct step_ctx *)ctx)->out, "%.*s", STR_ARG(line));
}

static bool is_packed(struct str path)
{
	return str_ends(path, STR(".tgz")) || str_ends(path, STR(".tar.gz"));
}

/* ---- One chart ---- */

/* Unpacks into a folder of its own, *aside; *dir is the chart's in it. */
static bool unpack(struct lint_run *run, struct str path, struct arena *a, struct scratch *aside, struct str *dir, struct err *err)
{
	struct str bytes;
	if (!fs_exists(path))
		return err_set(err, ERR_NOT_FOUND, "unable to open tarball: open %.*s: no such file or directory", STR_ARG(path));
	if (!scratch_make(scratch_parent(run->ctx->host->environ), "raibid-lint-", a, aside, err))
		return false;
	return (fs_read(path, CHART_MAX_BYTES, a, &bytes, err) && chart_expand(bytes, path, aside->dir, a, dir, err)) ||
	       err_wrap(err, "unable to extract tarball");
}

static bool lint_folder(struct lint_run *run, struct str dir, struct str shown, struct arena *a, lint_messages *messages, struct err *err)
{
	if (!fs_exists(path_join(a, dir, STR("Chart.yaml"))))
		return err_set(err, ERR_NOT_FOUND, "unable to check Chart.yaml file in chart: stat %.*s: %s",
			       STR_ARG(path_join(a, shown, STR("Chart.yaml"))),
			       fs_exists(dir) && !fs_is_dir(dir) ? "not a directory" : "no such file or directory");
	struct lint_options options = {
		.dir = dir,
		.shown = shown,
		.values = run->values,
		.ns = run->flags.globals.ns,
		.kube_version = run->flags.kube_version,
		.skip_schema_validation = run->flags.skip_schema,
		.host = template_host_new(a, run->ctx->host->environ),
		.log = { log_line, run->ctx },
	};
	helm_lint(&options, a, messages);
	return true;
}

static void tell(struct lint_run *run, struct str path, const lint_messages *messages, const struct err *err)
{
	static const char *const names[] = { [LINT_INFO] = "INFO", [LINT_WARNING] = "WARNING", [LINT_ERROR] = "ERROR" };
	enum lint_severity fatal = run->flags.strict ? LINT_WARNING : LINT_ERROR;
	bool failed = err->kind != ERR_NONE, noted = failed;
	for (size_t i = 0; i < messages->n; i++) {
		noted |= messages->p[i].severity > LINT_INFO;
		failed |= messages->p[i].severity >= fatal;
	}
	run->charts++;
	run->failed += failed;
	run->noted += noted;
	if (run->flags.quiet && !noted)
		return;
	buf_addf(&run->out, "==> Linting %.*s\n", STR_ARG(path));
	if (err->kind)
		buf_addf(&run->out, "Error %s\n", err->message);
	for (size_t i = 0; i < messages->n; i++) {
		const struct lint_message *m = &messages->p[i];
		if (!run->flags.quiet || m->severity > LINT_INFO)
			buf_addf(&run->out, "[%s] %.*s: %.*s\n", names[m->severity], STR_ARG(m->path), STR_ARG(m->text));
	}
	buf_add_char(&run->out, '\n');
}

static void lint_path(struct lint_run *run, struct str path)
{
	struct arena a = { 0 };
	struct str dir = path_in(&a, run->ctx->cwd, path);
	struct scratch aside = { 0 };
	lint_messages messages = { 0 };
	AUTO_ERR err = { 0 };
	bool ok = !is_packed(path) || unpack(run, path, &a, &aside, &dir, &err);
	(void)(ok && lint_folder(run, dir, path, &a, &messages, &err));
	tell(run, path, &messages, &err);
	scratch_remove(&aside);
	arena_deinit(&a);
}

/* ---- All of them ---- */

struct subcharts {
	struct arena *a;
	struct str charts;
	step_words *paths;
};

static bool add_subchart(void *ctx, struct str path, const struct stat *st UNUSED, struct err *err UNUSED)
{
	struct subcharts *s = ctx;
	path = path_join(s->a, s->charts, path);
	if (str_eq(path_base(path), STR("Chart.yaml")))
		vec_push_in(s->paths, s->a, path_dir(s->a, path));
	else if (is_packed(path))
		vec_push_in(s->paths, s->a, path);
	return true;
}

static bool add_subcharts(struct step_ctx *ctx, step_words *paths, struct err *err)
{
	size_t given = paths->n;
	for (size_t i = 0; i < given; i++) {
		struct subcharts s = { ctx->arena, path_join(ctx->arena, paths->p[i], STR("charts")), paths };
		struct str folder = path_in(ctx->arena, ctx->cwd, s.charts);
		if (fs_is_dir(folder) && !fs_walk(folder, add_subchart, &s, err))
			return false;
	}
	return true;
}

static bool run_lint(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct lint_run run = { .ctx = ctx };
	struct pflags parse = { flags, step_env(ctx, STR("PATH")) };
	struct helm_kube_version kube;
	step_words paths = { 0 };
	if (!pflags_parse(&parse, args, ctx->arena, &run.flags, &paths, err))
		return false;
	if (!paths.n)
		vec_push_in(&paths, ctx->arena, STR("."));
	if (run.flags.kube_version.n && !helm_kube_version_parse(run.flags.kube_version, ctx->arena, &kube, err))
		return err_wrap(err, "invalid kube version '%.*s'", STR_ARG(run.flags.kube_version));
	if (run.flags.with_subcharts && !add_subcharts(ctx, &paths, err))
		return false;
	if (!run.flags.globals.ns.n)
		run.flags.globals.ns = step_env(ctx, STR("HELM_NAMESPACE"));
	if (!chart_values_read(&run.flags.given, ctx->arena, &run.values, err))
		return false;
	for (size_t i = 0; i < paths.n; i++)
		lint_path(&run, paths.p[i]);
	if (!run.failed && (!run.flags.quiet || run.noted))
		buf_addf(&run.out, "%zu chart(s) linted, 0 chart(s) failed\n", run.charts);
	out_print(ctx->out, buf_str(&run.out));
	if (run.failed) {
		out_note(ctx->out, "Error: %zu chart(s) linted, %zu chart(s) failed", run.charts, run.failed);
		*status = STEP_FAILED;
	}
	buf_deinit(&run.out);
	return true;
}

/* Errors are told as helm tells them. */
static bool lint_run_step(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err UNUSED)
{
	AUTO_ERR why = { 0 };
	if (run_lint(ctx, args, status, &why))
		return true;
	out_note(ctx->out, "Error: %s", why.message);
	*status = STEP_FAILED;
	return true;
}

const struct step_def step_lint = {
	.name = STR_INIT("lint"),
	.usage = "[CHART…] [FLAGS]",
	.summary = "Look for mistakes in charts as `helm lint` does",
	.options = "  --strict           Warnings count as errors\n"
		   "  --quiet            Tell only of warnings and errors\n"
		   "  --with-subcharts   The charts below charts/ too\n"
		   "  --kube-version V   Which API versions are deprecated; default: v1.34\n"
		   "  -f, --set …        Values, as `template` takes them; --skip-schema-validation, -n NAMESPACE\n",
	.cache = STEP_PRINTS,
	.run = lint_run_step,
};
