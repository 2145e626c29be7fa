/*
 * template NAME CHART: what `helm template` prints. Flags that are about installing are read, as helm reads them, and mean nothing here.
 *
 * The output is kept until the end, as helm does it, since --show-only picks from the whole of it; but as pieces of what the render made, which are
 * never copied together where they are only printed.
 */
#include "step/template.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "ext/proc.h"
#include "gotmpl/gofmt.h"
#include "gotmpl/template.h"
#include "helm/helm.h"
#include "helm/print.h"
#include "kube/config.h"
#include "run/out.h"
#include "step/chart_values.h"
#include "step/pflags.h"
#include "step/step.h"
#include "step/template_cluster.h"
#include "step/template_host.h"
#include "text/glob.h"

struct template_flags {
	struct helm_globals globals;
	struct str kube_version, name_template, output_dir, post_renderer, dry_run, repo, version, unused;
	struct chart_values given;
	step_words show_only, api_versions, post_renderer_args, labels;
	bool generate_name, include_crds, is_upgrade, no_hooks, skip_tests, skip_crds, skip_schema, subchart_notes, release_name, validate, verify;
	bool dependency_update, enable_dns, help, follow_links, ignored;
};

#define FLAG(name, shorthand, kind, member) { name, shorthand, kind, offsetof(struct template_flags, member), NULL }

static const struct pflag flags[] = {
	HELM_GLOBAL_FLAGS(template_flags, globals),
	CHART_VALUES_FLAGS(template_flags, given),
	FLAG("kube-version", 0, PFLAG_STRING, kube_version),
	FLAG("api-versions", 'a', PFLAG_STRINGS, api_versions),
	FLAG("include-crds", 0, PFLAG_BOOL, include_crds),
	FLAG("skip-crds", 0, PFLAG_BOOL, skip_crds),
	FLAG("skip-tests", 0, PFLAG_BOOL, skip_tests),
	FLAG("no-hooks", 0, PFLAG_BOOL, no_hooks),
	FLAG("is-upgrade", 0, PFLAG_BOOL, is_upgrade),
	FLAG("show-only", 's', PFLAG_ARRAY, show_only),
	FLAG("skip-schema-validation", 0, PFLAG_BOOL, skip_schema),
	FLAG("render-subchart-notes", 0, PFLAG_BOOL, subchart_notes),
	FLAG("generate-name", 'g', PFLAG_BOOL, generate_name),
	FLAG("name-template", 0, PFLAG_STRING, name_template),
	FLAG("output-dir", 0, PFLAG_STRING, output_dir),
	FLAG("release-name", 0, PFLAG_BOOL, release_name),
	FLAG("post-renderer", 0, PFLAG_PROGRAM, post_renderer),
	FLAG("post-renderer-args", 0, PFLAG_ARRAY, post_renderer_args),
	FLAG("validate", 0, PFLAG_BOOL, validate),
	FLAG("enable-dns", 0, PFLAG_BOOL, enable_dns),
	FLAG("dependency-update", 0, PFLAG_BOOL, dependency_update),
	FLAG("labels", 'l', PFLAG_PAIRS, labels),
	{ "dry-run", 0, PFLAG_OPT, offsetof(struct template_flags, dry_run), "client" },
	FLAG("verify", 0, PFLAG_BOOL, verify),
	FLAG("repo", 0, PFLAG_STRING, repo),
	FLAG("version", 0, PFLAG_STRING, version),
	FLAG("help", 'h', PFLAG_BOOL, help),
	/* Ours: see struct chart_options. */
	FLAG("follow-links", 0, PFLAG_BOOL, follow_links),
	/* Without meaning for a render. */
	FLAG("atomic", 0, PFLAG_BOOL, ignored),
	FLAG("ca-file", 0, PFLAG_STRING, unused),
	FLAG("cert-file", 0, PFLAG_STRING, unused),
	FLAG("create-namespace", 0, PFLAG_BOOL, ignored),
	FLAG("description", 0, PFLAG_STRING, unused),
	FLAG("devel", 0, PFLAG_BOOL, ignored),
	FLAG("disable-openapi-validation", 0, PFLAG_BOOL, ignored),
	FLAG("force", 0, PFLAG_BOOL, ignored),
	FLAG("hide-notes", 0, PFLAG_BOOL, ignored),
	FLAG("insecure-skip-tls-verify", 0, PFLAG_BOOL, ignored),
	FLAG("key-file", 0, PFLAG_STRING, unused),
	FLAG("keyring", 0, PFLAG_STRING, unused),
	FLAG("pass-credentials", 0, PFLAG_BOOL, ignored),
	FLAG("password", 0, PFLAG_STRING, unused),
	FLAG("plain-http", 0, PFLAG_BOOL, ignored),
	FLAG("replace", 0, PFLAG_BOOL, ignored),
	FLAG("take-ownership", 0, PFLAG_BOOL, ignored),
	FLAG("timeout", 0, PFLAG_DURATION, unused),
	FLAG("username", 0, PFLAG_STRING, unused),
	FLAG("wait", 0, PFLAG_BOOL, ignored),
	FLAG("wait-for-jobs", 0, PFLAG_BOOL, ignored),
	{ .name = NULL },
};

struct command {
	struct template_flags flags;
	const struct template_env *env;
	struct template_cluster *cluster; /* NULL: none is asked */
	struct arena *a;
	struct crew *crew;
	struct str release, chart;
	struct helm_release r;
	struct buf text, log, rendered; /* single lines of standard output; standard error; what a post-renderer made */
	helm_strs pieces;               /* of standard output, behind `text` */
	struct err *err;
};

static void log_line(void *ctx, struct str line)
{
	struct buf *log = ctx;
	buf_add(log, line);
	buf_add_char(log, '\n');
}

/* ---- What is to be rendered ---- */

/* --name-template: a template of its own, without data. */
static bool name_by_template(struct command *c)
{
	AUTO_BUF name = { 0 };
	struct engine_options options = { .enable_dns = true };
	struct template_set *set = template_set_new(
		STR("name-template"), &(struct template_options){ .funcs = engine_plain_functions(&options, c->a), .types = &helm_types }, c->a);
	struct template_run run = { .arena = c->a, .host = template_host_new(c->a, c->env->environ), .max_output = ENGINE_MAX_OUTPUT };
	struct value nothing = { .kind = VAL_NULL };
	if (!template_parse(set, STR("name-template"), c->flags.name_template, NULL, c->err) ||
	    !template_execute(set, STR("name-template"), nothing, &run, &name, c->err))
		return false;
	c->release = buf_to_arena(&name, c->a);
	return true;
}

static bool name_and_chart(struct command *c, const step_words *operands)
{
	const struct template_flags *f = &c->flags;
	if (operands->n > 2) {
		AUTO_BUF rest = { 0 };
		for (size_t i = 2; i < operands->n; i++)
			buf_addf(&rest, "%s%.*s", i > 2 ? ", " : "", STR_ARG(operands->p[i]));
		return err_set(c->err, ERR_USAGE, "expected at most two arguments, unexpected arguments: %.*s", STR_ARG(buf_str(&rest)));
	}
	c->chart = operands->p[operands->n - 1];
	if (operands->n == 2) {
		c->release = operands->p[0];
		if (f->generate_name)
			return err_set(c->err, ERR_USAGE, "cannot set --generate-name and also specify a name");
		if (f->name_template.n)
			return err_set(c->err, ERR_USAGE, "cannot set --name-template and also specify a name");
		return true;
	}
	if (f->name_template.n)
		return name_by_template(c);
	c->release = STR("release-name");
	return true;
}

static void make_ready(void *reserve, enum crew_who who)
{
	if (who == CREW_HELPER)
		arena_populate(reserve);
	else
		arena_unprepared(reserve);
}

/* The chart must be a folder or file: repositories are the work of the step `vendor`. */
static bool locate_chart(struct command *c)
{
	struct str chart = c->chart = str_trim(c->chart), repo, rest;
	struct stat st;
	if (fs_stat(chart, FS_FOLLOW, &st)) {
		struct str cwd;
		if (c->flags.verify && S_ISDIR(st.st_mode))
			return err_set(c->err, ERR_USAGE, "unpacked charts cannot be verified");
		if (c->flags.repo.n)
			buf_addf(&c->log, "install.go:757: WARN local chart found in current working directory. repository url ignored chart=%.*s repository=%.*s\n",
				 STR_ARG(chart), STR_ARG(c->flags.repo));
		/* The helper makes memory ready while the rest of the command line and the values are read. */
		if (S_ISDIR(st.st_mode) || (size_t)st.st_size >= CHART_LARGE_PACKED)
			crew_add(c->crew, make_ready, arena_reserve(c->a));
		if (!fs_getcwd(c->a, &cwd, c->err))
			return false;
		c->chart = path_in(c->a, cwd, chart);
		return true;
	}
	if (path_is_abs(chart) || str_starts(chart, STR(".")))
		return err_set(c->err, ERR_NOT_FOUND, "path \"%.*s\" not found", STR_ARG(chart));
	if (str_contains(chart, STR("://")) || c->flags.repo.n) {
		err_set(c->err, ERR_NOT_FOUND, "chart \"%.*s\" is not on this machine", STR_ARG(chart));
		return err_hint(c->err, "`raibid-run vendor` fetches charts");
	}
	if (str_cut(chart, '/', &repo, &rest))
		return err_set(c->err, ERR_NOT_FOUND, "repo %.*s not found", STR_ARG(repo));
	return err_set(c->err, ERR_NOT_FOUND, "non-absolute URLs should be in form of repo_name/path_to_chart, got: %.*s", STR_ARG(chart));
}

static bool check_dry_run(struct command *c)
{
	static const char *const known[] = { "", "false", "true", "none", "client", "server" };
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq_c(c->flags.dry_run, known[i]))
			return true;
	return err_set(c->err, ERR_USAGE, "Invalid dry-run flag. Flag must one of the following: false, true, none, client, server");
}

/* ---- Output ---- */

static struct helm_print_options print_options(const struct command *c)
{
	const struct template_flags *f = &c->flags;
	return (struct helm_print_options){ .include_crds = f->include_crds, .no_hooks = f->no_hooks, .skip_tests = f->skip_tests };
}

/* Where documents go below --output-dir. */
struct output {
	struct str dir;
	struct map *written; /* path to struct buf */
	bool goes_on;        /* behind what is in a file already, as helm does with hooks */
};

static bool make_folder(struct command *c, struct str dir)
{
	struct stat st;
	AUTO_ERR why = { 0 };
	if (fs_mkdirs(dir, 0755, &why))
		return true;
	/* In helm's words where something else is in the way. */
	for (struct str up = dir; up.n && !str_eq(up, STR(".")) && !str_eq(up, STR("/")); up = path_dir(c->a, up))
		if (fs_stat(up, FS_FOLLOW, &st) && !S_ISDIR(st.st_mode))
			return err_set(c->err, ERR_IO, "%s %.*s: not a directory", up.n == dir.n ? "mkdir" : "stat", STR_ARG(dir));
	err_move(c->err, &why);
	return false;
}

/* Adds a document to its file; the first of a file starts it anew. */
static bool write_document(struct command *c, const struct output *to, struct str source, struct str text)
{
	struct str path = arena_fmt(c->a, "%.*s/%.*s", STR_ARG(to->dir), STR_ARG(source)), before;
	struct buf *file = map_find(to->written, path);
	if (!file) {
		AUTO_ERR absent = { 0 };
		file = map_put(to->written, path);
		if (to->goes_on && fs_read(path, CHART_MAX_BYTES, c->a, &before, &absent))
			buf_add(file, before);
	}
	helm_strs document = { 0 };
	helm_print_document(source, text, c->a, &document);
	for (size_t i = 0; i < document.n; i++)
		buf_add(file, document.p[i]);
	if (!make_folder(c, path_dir(c->a, path)) || !fs_write(path, buf_str(file), 0644, FS_NO_SYNC, c->err))
		return false;
	buf_addf(&c->text, "wrote %.*s\n", STR_ARG(path));
	return true;
}

static bool write_files(struct command *c, const struct helm_release *r)
{
	const struct helm_print_options options = print_options(c);
	struct map written;
	bool ok = true;
	map_init(&written, sizeof(struct buf), NULL);
	/* CRDs know nothing of --release-name. */
	struct output to = { .dir = c->flags.output_dir, .written = &written };
	for (size_t i = 0; ok && c->flags.include_crds && i < r->crds.n; i++)
		ok = write_document(c, &to, r->crds.p[i].filename, r->crds.p[i].data);
	if (c->flags.release_name)
		to.dir = path_join(c->a, to.dir, c->release);
	for (size_t i = 0; ok && i < r->manifests.n; i++)
		ok = write_document(c, &to, r->manifests.p[i].source, r->manifests.p[i].text);
	to.goes_on = true;
	for (size_t i = 0; ok && i < r->hooks.n; i++)
		if (helm_print_has_hook(&options, &r->hooks.p[i]))
			ok = write_document(c, &to, r->hooks.p[i].source, r->hooks.p[i].text);
	for (size_t i = 0; i < map_len(&written); i++)
		buf_deinit(map_at(&written, i));
	map_deinit(&written);
	return ok;
}

/* How a program ended, in Go's words. */
static struct str ended(struct command *c, const struct proc_end *end)
{
	if (!end->signal)
		return arena_fmt(c->a, "exit status %d", end->code);
	struct str name = arena_str(c->a, str_c(strsignal(end->signal)));
	if (name.n)
		((char *)name.p)[0] |= 0x20;
	return arena_fmt(c->a, "signal: %.*s", STR_ARG(name));
}

/* The pieces become what the post-renderer makes of them. */
static bool post_render(struct command *c)
{
	const struct template_flags *f = &c->flags;
	const char **argv = arena_array(c->a, const char *, f->post_renderer_args.n + 2);
	AUTO_BUF log = { 0 };
	struct proc_end end;
	argv[0] = arena_cstr(c->a, f->post_renderer);
	for (size_t i = 0; i < f->post_renderer_args.n; i++)
		argv[i + 1] = arena_cstr(c->a, f->post_renderer_args.p[i]);
	struct proc_options options = { .argv = argv, .in = PROC_PIPE, .out = PROC_PIPE, .err = PROC_PIPE };
	struct proc_run io = { .input = helm_print_join(&c->pieces, c->a), .out = &c->rendered, .err = &log };
	if (!proc_run(&options, &io, &end, c->err))
		return err_wrap(c->err, "error while running post render on files");
	if (end.code)
		return err_set(c->err, ERR_FAILED,
			       "error while running post render on files: error while running command %s. error output:\n%.*s: %.*s", argv[0],
			       STR_ARG(buf_str(&log)), STR_ARG(ended(c, &end)));
	c->pieces.n = 0;
	vec_push_in(&c->pieces, c->a, buf_str(&c->rendered));
	return true;
}

/* The name after "# Source: CHART/" in a document, or STR_NONE. */
static struct str source_in_chart(struct str document)
{
	struct str line, rest = document, chart, name;
	size_t at = str_find(rest, STR("# Source: "));
	if (at == STR_NPOS)
		return STR_NONE;
	rest = str_slice(rest, at + 10, rest.n);
	str_cut(rest, '\n', &line, &rest);
	return str_cut(line, '/', &chart, &name) && chart.n && name.n ? name : STR_NONE;
}

static bool show_only(struct command *c, struct str all)
{
	helm_strs documents = { 0 };
	AUTO_BUF shown = { 0 };
	manifest_split(all, c->a, &documents);
	for (size_t i = 0; i < c->flags.show_only.n; i++) {
		bool any = false;
		struct str pattern = c->flags.show_only.p[i];
		for (size_t k = 0; k < documents.n; k++) {
			struct str name = source_in_chart(documents.p[k]);
			bool matched = false;
			AUTO_ERR ignored = { 0 };
			if (!name.p || !glob_path_match(pattern, name, &matched, &ignored) || !matched)
				continue;
			buf_add(&shown, STR("---\n"));
			buf_add(&shown, documents.p[k]);
			buf_add_char(&shown, '\n');
			any = true;
		}
		if (!any)
			return err_set(c->err, ERR_NOT_FOUND, "could not find template %.*s in chart", STR_ARG(pattern));
	}
	buf_add(&c->text, buf_str(&shown));
	return true;
}

/* Hooks, and the choice of --show-only. */
static bool print(struct command *c)
{
	struct helm_print_options options = print_options(c);
	options.no_hooks |= c->flags.output_dir.n > 0; /* they are written */
	helm_print_hooks(&c->r, &options, c->a, &c->pieces);
	if (!c->flags.show_only.n)
		return true;
	struct str all = helm_print_join(&c->pieces, c->a);
	c->pieces.n = 0;
	return show_only(c, all);
}

static bool finish(struct command *c)
{
	const struct helm_release *r = &c->r;
	if (c->flags.output_dir.n)
		return write_files(c, r) && print(c);
	const struct helm_print_options options = print_options(c);
	helm_print_manifests(r, &options, c->a, &c->pieces);
	return (!c->flags.post_renderer.n || post_render(c)) && print(c);
}

/* After a failure: helm's hint, or with --debug the files as they came out. The error stays set. */
static void finish_failed(struct command *c)
{
	const struct helm_release *r = &c->r;
	AUTO_ERR ignored = { 0 };
	struct err *err = c->err;
	if (r->stage < HELM_RENDERING)
		return;
	if (!c->flags.globals.debug) {
		char *message = err->message;
		err->message = NULL;
		AUTO_BUF whole = { 0 };
		buf_addf(&whole, "%s\n\nUse --debug flag to render out invalid YAML", message);
		free(message);
		err->message = buf_take(&whole);
		return;
	}
	c->pieces.n = 0;
	for (size_t i = 0; i < r->files.n; i++)
		if (helm_trim(r->files.p[i].text).n)
			helm_print_document(r->files.p[i].name, r->files.p[i].text, c->a, &c->pieces);
	c->err = &ignored;
	bool printed = print(c);
	c->err = err;
	if (!printed) { /* helm then tells of that alone */
		err_deinit(err);
		err_move(err, &ignored);
	}
}

/* ---- The command ---- */

/* The namespace of the kubeconfig's context, as kubectl and helm take it where no option says one. Trouble with that file is for those who talk
 * to a cluster. */
static struct str context_namespace(struct command *c)
{
	struct kube_config_options options = { .kubeconfig = c->flags.globals.kubeconfig, .environ = c->env->environ };
	struct kube_configs configs;
	bool found = false;
	AUTO_ERR ignored = { 0 };
	if (!c->env->environ || !fs_getcwd(c->a, &options.cwd, &ignored) || !kube_configs_load(&options, c->a, &configs, &found, &ignored) || !found)
		return STR_NONE;
	struct kube_named *context = map_find(&configs.contexts, c->flags.globals.kube_context.n ? c->flags.globals.kube_context : configs.current);
	return context ? value_find_str(context->value, "namespace") : STR_NONE;
}

static struct str release_namespace(struct command *c)
{
	if (c->flags.globals.ns.n)
		return c->flags.globals.ns;
	return c->env->ns.n ? c->env->ns : context_namespace(c);
}

/* --validate takes everything from the cluster, --dry-run=server its objects alone. */
static bool ask_cluster(struct command *c, struct helm_render_options *options)
{
	const struct template_flags *f = &c->flags;
	struct kube_config_options config = { .kubeconfig = f->globals.kubeconfig, .environ = c->env->environ };
	bool server = str_eq(f->dry_run, STR("server"));
	if (!f->validate && !server)
		return true;
	if (!fs_getcwd(c->a, &config.cwd, c->err))
		return false;
	c->cluster = template_cluster_new(&config, f->globals.kube_context, c->a);
	options->engine.lookup = template_cluster_lookup;
	options->engine.lookup_ctx = c->cluster;
	helm_strs versions = { 0 };
	if (f->validate && !template_cluster_capabilities(c->cluster, &options->kube_version, &versions, c->err))
		return false;
	for (size_t i = 0; i < f->api_versions.n; i++)
		vec_push_in(&versions, c->a, f->api_versions.p[i]);
	options->api_versions = versions.p;
	options->api_version_count = versions.n;
	return true;
}

static bool render(struct command *c)
{
	const struct template_flags *f = &c->flags;
	struct helm_render_options options = {
		.release = c->release,
		.ns = release_namespace(c),
		.kube_version = f->kube_version,
		.api_versions = f->api_versions.p,
		.api_version_count = f->api_versions.n,
		.is_upgrade = f->is_upgrade,
		.skip_schema_validation = f->skip_schema,
		.follow_links = f->follow_links || c->env->follow_links,
		.crew = c->crew,
		.engine = { .enable_dns = f->enable_dns, .host = template_host_new(c->a, c->env->environ) },
		.log = { log_line, &c->log },
	};
	if (!chart_values_read(&f->given, c->a, &options.values, c->err) || !ask_cluster(c, &options))
		return false;
	bool rendered = helm_render(c->chart, &options, c->a, &c->r, c->err);
	if (rendered && f->validate && !template_cluster_validate(c->cluster, &c->r.manifests, c->err))
		return false;
	bool ok = rendered && finish(c);
	if (!ok)
		c->pieces.n = 0;
	bool at_output = c->err->kind == ERR_IO || (f->post_renderer.n && c->err->kind == ERR_FAILED);
	if (!rendered || (!ok && c->r.stage == HELM_DONE && at_output))
		finish_failed(c);
	return ok;
}

static bool run(struct command *c, const step_words *args)
{
	step_words operands = { 0 };
	struct pflags parse = { flags, c->env->path };
	struct helm_kube_version kube;
	if (!pflags_parse(&parse, args, c->a, &c->flags, &operands, c->err))
		return false;
	if (c->flags.help) {
		buf_addf(&c->text, "%s\n", step_template.summary);
		return true;
	}
	if (!operands.n)
		return err_set(c->err, ERR_USAGE,
			       "\"helm template\" requires at least 1 argument\n\nUsage:  helm template [NAME] [CHART] [flags]");
	if (c->flags.kube_version.n && !helm_kube_version_parse(c->flags.kube_version, c->a, &kube, c->err))
		return err_wrap(c->err, "invalid kube version '%.*s'", STR_ARG(c->flags.kube_version));
	return name_and_chart(c, &operands) && locate_chart(c) && check_dry_run(c) && render(c);
}

/* What a helper may still see when the process ends. */
struct session {
	struct arena a;
	struct crew crew;
};

int template_command(const step_words *args, const struct template_env *env, template_print_fn *print_out, void *ctx)
{
	struct session *s = xcalloc(1, sizeof(*s));
	AUTO_ERR err = { 0 };
	struct command c = { .env = env, .a = &s->a, .crew = &s->crew, .err = &err };
	helm_strs all = { 0 };
	crew_init(&s->crew);
	bool ok = run(&c, args);
	if (!ok)
		buf_addf(&c.log, "Error: %s\n", err.message);
	vec_push_in(&all, c.a, buf_str(&c.text));
	for (size_t i = 0; i < c.pieces.n; i++)
		vec_push_in(&all, c.a, c.pieces.p[i]);
	template_cluster_close(c.cluster);
	int status = print_out(ctx, ok ? 0 : 1, buf_str(&c.log), all.p, all.n);
	if (env->is_last)
		return status;
	crew_deinit(&s->crew);
	helm_release_close(&c.r);
	buf_deinit(&c.text);
	buf_deinit(&c.log);
	buf_deinit(&c.rendered);
	arena_deinit(&s->a);
	free(s);
	return status;
}

int template_print_step(void *ctx, int status, struct str log, const struct str *pieces, size_t n)
{
	struct step_ctx *step = ctx;
	if (log.n)
		out_note(step->out, "%.*s", STR_ARG(str_trim_right(log)));
	for (size_t i = 0; i < n; i++)
		out_print(step->out, pieces[i]);
	return status;
}

static bool template_run_step(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct template_env env = { .path = step_env(ctx, STR("PATH")), .ns = step_env(ctx, STR("HELM_NAMESPACE")), .environ = ctx->host->environ };
	(void)err;
	if (template_command(args, &env, template_print_step, ctx))
		*status = STEP_FAILED;
	return true;
}

const struct step_def step_template = {
	.name = STR_INIT("template"),
	.usage = "[NAME] CHART [FLAGS]",
	.summary = "Render a chart as `helm template` does, with its flags",
	.options = "Values:   -f --values, --set, --set-string, --set-json, --set-file, --set-literal, --skip-schema-validation\n"
		   "Release:  -n --namespace, -g --generate-name, --name-template, --is-upgrade\n"
		   "Cluster:  --kube-version, -a --api-versions; --validate, --dry-run=server, --kubeconfig, --kube-context\n"
		   "Output:   -s --show-only, --include-crds, --skip-crds, --skip-tests, --no-hooks, --output-dir, --release-name,\n"
		   "          --post-renderer, --post-renderer-args, --debug\n"
		   "Ours:     --follow-links follows links that lead out of the chart's folder, as helm does\n",
	.cache = STEP_PRINTS,
	.run = template_run_step,
};
