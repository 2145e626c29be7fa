/*
 * Both hosts render charts and run kustomize by the same functions; they differ in who is told of the files.
 */
#include "step/tanka_host.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "ext/proc.h"
#include "run/out.h"
#include "step/chart_share.h"
#include "step/jsonnet_host.h"
#include "step/kept.h"
#include "step/objects.h"
#include "step/release.h"
#include "step/template_host.h"

/* A program or chart may write that much. */
#define FILE_LIMIT ((size_t)256 << 20)

/* --- the log --- */

struct tanka_log {
	pthread_mutex_t lock;
	struct buf text;
};

struct tanka_log *tanka_log_new(struct arena *a)
{
	struct tanka_log *log = arena_new(a, struct tanka_log);
	pthread_mutex_init(&log->lock, NULL);
	return log;
}

static void log_add(struct tanka_log *log, struct str text)
{
	pthread_mutex_lock(&log->lock);
	buf_add(&log->text, text);
	pthread_mutex_unlock(&log->lock);
}

void tanka_log_take(struct tanka_log *log, struct buf *out)
{
	pthread_mutex_lock(&log->lock);
	buf_add(out, buf_str(&log->text));
	buf_clear(&log->text);
	pthread_mutex_unlock(&log->lock);
}

void tanka_log_deinit(struct tanka_log *log)
{
	buf_deinit(&log->text);
	pthread_mutex_destroy(&log->lock);
}

/* --- charts and kustomize, whoever asks --- */

struct chart_log {
	void (*note)(void *ctx, struct str line);
	void *ctx;
};

static void chart_line(void *ctx, struct str line)
{
	const struct chart_log *log = ctx;
	AUTO_BUF b = { 0 };
	buf_add(&b, line);
	buf_add_char(&b, '\n');
	log->note(log->ctx, buf_str(&b));
}

static void note_failure(const struct chart_log *log, enum helm_stage stage, const char *message)
{
	AUTO_BUF b = { 0 };
	buf_addf(&b, "Error: %s\n", message);
	if (stage >= HELM_RENDERING)
		buf_add_c(&b, "\nUse --debug flag to render out invalid YAML\n");
	log->note(log->ctx, buf_str(&b));
}

/* `keep` may be NULL. */
static bool render_chart(const struct tanka_chart *c, char *const *environ, const struct engine_keep *keep, const struct chart_log *log,
			 struct arena *a, struct str *text, struct err *err)
{
	struct helm_release release = { 0 };
	AUTO_ERR why = { 0 };
	struct helm_kube_version kube;
	const struct env_release def = release_of_chart(c, a);
	const struct helm_print_options wanted = release_wanted(&def);
	struct helm_render_options options = release_options(&def, environ, a);
	options.values = value_copy(c->values, a);
	options.engine.keep = keep;
	options.log = (struct helm_log){ chart_line, (void *)log };
	bool ok = true;
	if (c->kube_version.n && !helm_kube_version_parse(c->kube_version, a, &kube, &why))
		ok = err_wrap(&why, "invalid kube version '%.*s'", STR_ARG(c->kube_version));
	ok = ok && helm_render(c->path, &options, a, &release, &why);
	if (ok) {
		helm_strs pieces = { 0 };
		helm_print_manifests(&release, &wanted, a, &pieces);
		helm_print_hooks(&release, &wanted, a, &pieces);
		*text = helm_print_join(&pieces, a);
	} else {
		note_failure(log, release.stage, why.message);
		err_set(err, ERR_FAILED, "exit status 1");
	}
	helm_release_close(&release);
	return ok;
}

/* The digest of all that is asked for; `path` is the chart's, by whatever name. */
static struct digest chart_key(const struct tanka_chart *c, struct str path, struct arena *a)
{
	AUTO_BUF values = { 0 };
	AUTO_ERR ignored = { 0 };
	struct sha256 h;
	sha256_init(&h);
	sha256_add_field(&h, STR("helmTemplate"));
	sha256_add_field(&h, c->name);
	sha256_add_field(&h, path);
	sha256_add_field(&h, c->namespace);
	sha256_add_field(&h, c->kube_version);
	for (size_t i = 0; i < c->api_versions.n; i++)
		sha256_add_field(&h, c->api_versions.p[i]);
	if (json_write(c->values, NULL, &values, &ignored))
		sha256_add_field(&h, buf_str(&values));
	sha256_add_field(&h, arena_fmt(a, "%d%d%d", c->include_crds, c->skip_tests, c->no_hooks));
	return sha256_end(&h);
}

static struct str find_kustomize(struct str chosen, struct str path, struct arena *a, bool *is_kubectl)
{
	struct str program;
	*is_kubectl = false;
	if (chosen.n)
		return chosen;
	if (proc_find(STR("kustomize"), path, a, &program))
		return program;
	*is_kubectl = true;
	return proc_find(STR("kubectl"), path, a, &program) ? program : STR_NONE;
}

static bool run_kustomize(const struct tanka_host *host, char *const *environ, struct str path, struct arena *a, struct str *text,
			  struct err *err)
{
	bool is_kubectl;
	struct str program = find_kustomize(host->getenv(host->ctx, STR("TANKA_KUSTOMIZE_PATH")), host->getenv(host->ctx, STR("PATH")), a,
					    &is_kubectl);
	if (!program.n)
		return err_set(err, ERR_NOT_FOUND, "exec: \"kustomize\": executable file not found in $PATH");
	const char *argv[] = { arena_cstr(a, program), is_kubectl ? "kustomize" : "build", arena_cstr(a, path), NULL };
	AUTO_BUF out = { 0 }, log = { 0 };
	struct proc_end end;
	struct proc_options options = { .argv = argv, .env = (const char *const *)environ, .out = PROC_PIPE, .err = PROC_PIPE, .in = PROC_NULL };
	struct proc_run io = { .out = &out, .err = &log };
	if (!proc_run(&options, &io, &end, err))
		return false;
	if (log.n)
		host->note(host->ctx, buf_str(&log));
	if (end.code)
		return err_set(err, ERR_FAILED, "exit status %d", end.code);
	*text = buf_to_arena(&out, a);
	return true;
}

static bool read_file(struct str path, struct arena *a, struct str *bytes, struct err *err)
{
	struct stat st;
	if (!fs_stat(path, FS_FOLLOW, &st) || S_ISDIR(st.st_mode))
		return err_set(err, ERR_NOT_FOUND, "open %.*s: no such file or directory", STR_ARG(path));
	return fs_read(path, FILE_LIMIT, a, bytes, err);
}

/* --- plain --- */

struct plain {
	struct tanka_host host;
	char *const *environ;
	struct tanka_log *log;
	struct chart_share *share; /* or NULL */
};

static bool plain_read(void *ctx, struct str path, struct arena *a, struct str *bytes, struct err *err)
{
	(void)ctx;
	return read_file(path, a, bytes, err);
}

static bool plain_is_file(void *ctx, struct str path)
{
	(void)ctx;
	return fs_is_file(path);
}

static struct str plain_getenv(void *ctx, struct str name)
{
	return env_get(((struct plain *)ctx)->environ, name);
}

static void plain_note(void *ctx, struct str line)
{
	log_add(((struct plain *)ctx)->log, line);
}

/* A render that might be another environment's, too. */
struct common {
	struct plain *plain;
	const struct tanka_chart *chart;
	bool differs; /* it had a random result, or said something */
};

static void common_note(void *ctx, struct str line)
{
	struct common *c = ctx;
	c->differs = true;
	plain_note(c->plain, line);
}

static bool common_find(void *ctx, const struct digest *use UNUSED, struct arena *a UNUSED, struct str *kept UNUSED, bool *found, struct err *err UNUSED)
{
	((struct common *)ctx)->differs = true;
	*found = false;
	return true;
}

static bool common_put(void *ctx UNUSED, const struct digest *use UNUSED, struct arena *a UNUSED, struct str *kept UNUSED, struct err *err UNUSED)
{
	return true;
}

static bool common_make(void *ctx, struct arena *a, struct str *text, bool *same, struct err *err)
{
	struct common *c = ctx;
	/* Keeps nothing, but hears of what could be kept. */
	const struct engine_keep watch = { common_find, common_put, c };
	bool ok = render_chart(c->chart, c->plain->environ, &watch, &(struct chart_log){ common_note, c }, a, text, err);
	*same = !c->differs;
	return ok;
}

static bool plain_helm(void *ctx, const struct tanka_chart *chart, struct arena *a, struct str *text, struct err *err)
{
	struct plain *p = ctx;
	if (!p->share)
		return render_chart(chart, p->environ, NULL, &(struct chart_log){ plain_note, p }, a, text, err);
	struct digest key = chart_key(chart, chart->path, a);
	return chart_share_get(p->share, &key, common_make, &(struct common){ p, chart, false }, a, text, err);
}

static bool plain_kustomize(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err)
{
	struct plain *p = ctx;
	return run_kustomize(&p->host, p->environ, path, a, text, err);
}

struct tanka_host *tanka_host_plain(struct arena *a, struct str cwd, char *const *environ, struct tanka_log *log)
{
	struct plain *p = arena_new(a, struct plain);
	p->environ = environ;
	p->log = log;
	p->host = (struct tanka_host){ p, cwd, plain_read, plain_is_file, plain_getenv, plain_note, plain_helm, plain_kustomize,
				       template_host_new(a, environ), jsonnet_host_hash };
	return &p->host;
}

void tanka_host_share(struct tanka_host *host, struct chart_share *share)
{
	struct plain *p = host->ctx;
	p->share = share;
}

/* --- of a step --- */

struct of_step {
	struct tanka_host host;
	struct step_ctx *ctx;
	struct str environment;
	struct tanka_counts *counts;
	struct chart_swap *swap; /* or NULL */
};

static bool step_read_file(void *ctx, struct str path, struct arena *a, struct str *bytes, struct err *err)
{
	struct of_step *s = ctx;
	if (fs_is_dir(path))
		return err_set(err, ERR_NOT_FOUND, "'%.*s' is a folder", STR_ARG(path));
	return step_read(s->ctx, path, a, bytes, err);
}

static bool step_is_file(void *ctx, struct str path)
{
	struct of_step *s = ctx;
	struct err ignored = { 0 };
	if (!fs_is_file(path)) {
		step_did_miss(s->ctx, path);
		return false;
	}
	bool ok = step_did_read(s->ctx, path, &ignored);
	err_deinit(&ignored);
	return ok;
}

static struct str step_getenv(void *ctx, struct str name)
{
	return step_env(((struct of_step *)ctx)->ctx, name);
}

static void step_note(void *ctx, struct str line)
{
	out_note(((struct of_step *)ctx)->ctx->out, "%.*s", STR_ARG(str_drop_suffix(line, STR("\n"))));
}

struct chart_part {
	struct of_step *step;
	const struct tanka_chart *chart;
};

static bool make_chart(struct step_ctx *ctx, void *arg, struct str *bytes, struct err *err)
{
	struct chart_part *p = arg;
	struct str path = p->chart->path;
	struct kept kept;
	/* Reported before it is read: what changes in between is noticed as a change after the step began. */
	if (!(fs_is_dir(path) ? step_did_read_tree(ctx, path, err) : step_did_read(ctx, path, err)) ||
	    !kept_init(&kept, ctx, p->step->environment, p->chart->name, err))
		return false;
	return render_chart(p->chart, ctx->host->environ, &kept.keep, &(struct chart_log){ step_note, p->step }, ctx->arena, bytes, err);
}

static void remember(struct of_step *s, const struct tanka_chart *chart)
{
	struct arena *a = s->ctx->arena;
	struct tanka_chart c = *chart;
	c.name = arena_str(a, c.name);
	c.path = arena_str(a, c.path);
	c.namespace = arena_str(a, c.namespace);
	c.kube_version = arena_str(a, c.kube_version);
	c.values = value_copy(c.values, a);
	c.api_versions = (tanka_strs){ 0 };
	for (size_t i = 0; i < chart->api_versions.n; i++)
		vec_push_in(&c.api_versions, a, arena_str(a, chart->api_versions.p[i]));
	vec_push_in(&s->counts->asked, a, c);
}

static bool step_helm(void *ctx, const struct tanka_chart *chart, struct arena *a, struct str *text, struct err *err)
{
	struct of_step *s = ctx;
	struct tanka_chart other = *chart;
	if (s->swap && str_eq(chart->path, s->swap->from)) {
		other.path = s->swap->to;
		s->swap->swapped++;
		chart = &other;
	}
	struct chart_part arg = { s, chart };
	struct step_ctx mine = *s->ctx;
	struct out_step *line;
	bool cached = false;
	mine.arena = a;
	struct str name = arena_fmt(a, "release %.*s", STR_ARG(chart->name));
	/* Charts make Secrets more often than not, and nothing tells before: what is stored is sealed. */
	struct step_part part = { .name = name, .key = chart_key(chart, step_name_of(&mine, chart->path), a), .secrecy = STEP_SECRET, .make = make_chart, .arg = &arg };
	line = out_part_begin(s->ctx->out, name);
	bool ok = step_check_cancel(s->ctx, err) && step_part_get(&mine, &part, a, text, &cached, err);
	out_part_end(line, ok ? cached ? OUT_CACHED : OUT_RAN : OUT_FAILED);
	if (s->counts->remember)
		remember(s, chart);
	s->counts->charts++;
	s->counts->rendered += !cached;
	return ok;
}

static bool step_kustomize(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err)
{
	struct of_step *s = ctx;
	/* What kustomize reads beyond the folder (bases, URLs) is not known here. */
	step_uncacheable(s->ctx, STR("kustomize may read files that it does not tell of"));
	return step_did_read_tree(s->ctx, path, err) && run_kustomize(&s->host, s->ctx->host->environ, path, a, text, err);
}

struct tanka_host *tanka_host_step(struct step_ctx *ctx, struct str environment, struct tanka_counts *counts)
{
	struct of_step *s = arena_new(ctx->arena, struct of_step);
	s->ctx = ctx;
	s->environment = environment;
	s->counts = counts;
	s->host = (struct tanka_host){ s, ctx->cwd, step_read_file, step_is_file, step_getenv, step_note, step_helm, step_kustomize,
				       template_host_new(ctx->arena, ctx->host->environ), jsonnet_host_hash };
	return &s->host;
}

void tanka_host_swap(struct tanka_host *host, struct chart_swap *swap)
{
	struct of_step *s = host->ctx;
	s->swap = swap;
}
