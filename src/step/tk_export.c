/*
 * export DIR ENV…: one file an object, of one or many environments.
 *
 * Environments are evaluated side by side and share parsed files and equal charts; files are written when all went well and no name is in the way, so that a failure
 * leaves the folder as it was.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "run/parallel.h"
#include "step/chart_share.h"
#include "step/step.h"
#include "step/tanka_host.h"
#include "step/tk_many.h"
#include "step/tk_step.h"
#include "tanka/output.h"

struct export_options {
	struct tk_vars vars;
	struct str name, format, extension, selector, strategy, cache_path;
	step_words targets, deleted, cache_envs;
	int64_t parallel, ballast;
	bool recursive, skip_manifest;
};

#define FLAG(name, letter, kind, member) { name, letter, kind, offsetof(struct export_options, member), NULL }
static const struct pflag flags[] = {
	TK_VARS_FLAGS(struct export_options),
	FLAG("name", 0, PFLAG_STRING, name),
	FLAG("target", 't', PFLAG_STRINGS, targets),
	FLAG("format", 0, PFLAG_STRING, format),
	FLAG("extension", 0, PFLAG_STRING, extension),
	FLAG("merge-strategy", 0, PFLAG_STRING, strategy),
	FLAG("merge-deleted-envs", 0, PFLAG_ARRAY, deleted),
	FLAG("recursive", 'r', PFLAG_BOOL, recursive),
	FLAG("selector", 'l', PFLAG_STRING, selector),
	FLAG("parallel", 'p', PFLAG_INT, parallel),
	FLAG("skip-manifest", 0, PFLAG_BOOL, skip_manifest),
	/* Of a cache and a collector that are not here. */
	FLAG("cache-path", 'c', PFLAG_STRING, cache_path),
	FLAG("cache-envs", 'e', PFLAG_ARRAY, cache_envs),
	FLAG("mem-ballast-size-bytes", 0, PFLAG_INT, ballast),
	{ .name = NULL },
};

enum strategy { MERGE_NOT, MERGE_FAIL, MERGE_REPLACE };

struct export {
	struct tk *tk;
	const struct export_options *options;
	struct tanka_filter filter;
	enum strategy strategy;
	struct str dir; /* as given */
	struct str full_dir;
	bool is_new;    /* the folder was empty */
	tanka_found_list envs;
	struct value manifest; /* VAL_MAP: of what is there already */
};

static bool read_strategy(struct export *e)
{
	struct str s = e->options->strategy;
	e->strategy = !s.n ? MERGE_NOT : str_eq(s, STR("fail-on-conflicts")) ? MERGE_FAIL : MERGE_REPLACE;
	if (e->strategy == MERGE_REPLACE && !str_eq(s, STR("replace-envs")))
		return err_set(e->tk->err, ERR_USAGE, "invalid merge strategy: \"%.*s\"", STR_ARG(s));
	return true;
}

/* --- which environments --- */

static bool find_recursive(struct export *e, const step_words *paths)
{
	struct tk *tk = e->tk;
	for (size_t i = 0; i < paths->n; i++) {
		tanka_found_list found;
		if (!tk_find_envs(tk, paths->p[i], e->options->selector, &found))
			return false;
		for (size_t k = 0; k < found.n; k++)
			if (!e->options->name.n || str_eq(found.p[k].env.metadata.name, e->options->name))
				vec_push_in(&e->envs, tk->a, found.p[k]);
	}
	return true;
}

static bool find_envs(struct export *e, const step_words *paths)
{
	struct tk *tk = e->tk;
	struct tanka_found found;
	if (e->options->recursive)
		return find_recursive(e, paths);
	if (paths->n > 1)
		return err_set(tk->err, ERR_USAGE, "recursive flag is required when exporting multiple environments");
	tk->options.name = e->options->name;
	if (!tanka_peek_one(&tk->options, paths->p[0], tk->a, &found, tk->err)) {
		if (tk->err->kind == ERR_CONFLICT)
			buf_add_c(tk->out, "Please use --name to export a single environment or --recursive to export multiple environments.\n");
		return false;
	}
	vec_push_in(&e->envs, tk->a, found);
	return true;
}

/* --- the folder --- */

static struct str full_path(const struct export *e, struct str name)
{
	return path_in(e->tk->a, e->full_dir, name);
}

static bool check_folder(struct export *e)
{
	struct tk *tk = e->tk;
	struct str dir = full_path(e, STR(""));
	fs_entries entries;
	if (fs_exists(dir) && !fs_is_dir(dir))
		return err_set(tk->err, ERR_IO, "checking target dir: readdirent %.*s: not a directory", STR_ARG(e->dir));
	if (!fs_mkdirs(dir, 0777, tk->err) || !fs_list(dir, tk->a, &entries, tk->err))
		return false;
	e->is_new = !entries.n;
	if (entries.n && e->strategy == MERGE_NOT)
		return err_set(tk->err, ERR_CONFLICT, "output dir `%.*s` not empty. Pass a different --merge-strategy to ignore this",
			       STR_ARG(e->dir));
	return true;
}

static bool read_manifest(struct export *e)
{
	struct tk *tk = e->tk;
	struct str path = full_path(e, STR("manifest.json")), text;
	e->manifest = value_map_new(tk->a);
	if (e->strategy == MERGE_NOT || !fs_exists(path))
		return true;
	struct value v;
	if (!fs_read(path, 0, tk->a, &text, tk->err) || !json_parse(text, NULL, tk->a, &v, tk->err))
		return err_wrap(tk->err, "reading existing manifest file");
	if (v.kind == VAL_MAP)
		e->manifest = v;
	return true;
}

static bool is_replaced(const struct export *e, struct str env)
{
	for (size_t i = 0; e->strategy == MERGE_REPLACE && i < e->envs.n; i++)
		if (str_eq(e->envs.p[i].env.metadata.namespace, env))
			return true;
	for (size_t i = 0; i < e->options->deleted.n; i++)
		if (str_eq(e->options->deleted.p[i], env))
			return true;
	return false;
}

/* Splits what the manifest lists into what stays and what goes. */
static void split_manifest(struct export *e, struct value *stays, tanka_strs *goes)
{
	struct arena *a = e->tk->a;
	*stays = value_map_new(a);
	*goes = (tanka_strs){ 0 };
	for (size_t i = 0; i < value_map_len(e->manifest); i++) {
		struct str name = map_key(e->manifest.map, i);
		struct value *env = value_map_at(e->manifest, i);
		if (env->kind == VAL_STR && is_replaced(e, value_as_str(*env)) && path_is_local(path_clean(a, name)))
			vec_push_in(goes, a, name);
		else
			value_map_set(*stays, name, *env);
	}
}

/* --- evaluating --- */

struct job {
	const struct export *e;
	const struct tanka_found *found;
	struct arena *arena;
	struct tanka_loaded loaded;
	tanka_files files;
	struct err err;     /* of the evaluation */
	struct err its_err; /* of making files of it */
};

static bool make_files(const struct export *e, struct job *j)
{
	const struct tk *tk = e->tk;
	tanka_objects objects;
	return tanka_process(&j->loaded.env, &e->filter, j->arena, &objects, &j->its_err) &&
	       tanka_export_files(tk->options.host, &j->loaded.env, &objects, e->options->format, e->options->extension, j->arena, &j->files,
				  &j->its_err);
}

static bool load(void *ctx, size_t i, struct err *err)
{
	struct job *j = (struct job *)ctx + i;
	const struct export *e = j->e;
	struct tanka_options options = e->tk->options;
	(void)err;
	options.name = j->found->env.metadata.name;
	/* Failures are kept and told with those of the others. */
	(void)(tanka_load(&options, j->found->entry, j->arena, &j->loaded, &j->err) && make_files(e, j));
	return true;
}

static bool collect(struct export *e, struct job *jobs, size_t n, tanka_files *files)
{
	struct tk *tk = e->tk;
	struct tk_failures failures = { 0 };
	for (size_t i = 0; i < n; i++)
		if (jobs[i].err.kind != ERR_NONE)
			tk_failures_add(&failures, path_in(tk->a, tk->env->cwd, jobs[i].found->entry), &jobs[i].err);
	if (!tk_failures_tell(&failures, tk->err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].its_err.kind != ERR_NONE) {
			err_move(tk->err, &jobs[i].its_err);
			return false;
		}
		for (size_t k = 0; k < jobs[i].files.n; k++)
			vec_push_in(files, tk->a, jobs[i].files.p[k]);
	}
	return true;
}

/* --- writing --- */

enum { BATCH = 32 };

struct batches {
	const struct export *e;
	const tanka_files *files;
};

static bool write_batch(void *ctx, size_t number, struct err *err)
{
	const struct batches *b = ctx;
	struct arena a = { 0 };
	struct str made = STR("");
	bool ok = true;
	for (size_t i = number * BATCH; ok && i < MIN((number + 1) * BATCH, b->files->n); i++) {
		const struct tanka_file *f = &b->files->p[i];
		struct str path = path_in(&a, b->e->full_dir, f->path), dir = path_dir(&a, path);
		if (!str_eq(dir, made))
			ok = fs_mkdirs(dir, 0700, err);
		made = dir;
		ok = ok && fs_create(path, f->bytes, 0644, err);
	}
	arena_deinit(&a);
	return ok;
}

static bool check_conflicts(struct export *e, const tanka_files *files, const tanka_strs *goes)
{
	struct map taken, going;
	struct arena *a = e->tk->a;
	map_init(&taken, 0, a);
	map_init(&going, 0, a);
	for (size_t i = 0; i < goes->n; i++)
		map_put(&going, goes->p[i]);
	for (size_t i = 0; i < files->n; i++) {
		struct str path = files->p[i].path;
		if (map_has(&taken, path) || (!e->is_new && fs_exists(full_path(e, path)) && !map_has(&going, path)))
			return err_set(e->tk->err, ERR_CONFLICT, "file '%.*s' already exists. Aborting", STR_ARG(path_join(a, e->dir, path)));
		map_put(&taken, path);
	}
	return true;
}

/* Where nothing was written and nothing removed there is nothing to say. */
static bool write_manifest(struct export *e, struct value stays, const tanka_files *files, bool removed)
{
	struct tk *tk = e->tk;
	AUTO_BUF text = { 0 };
	if (e->options->skip_manifest || (!files->n && !removed))
		return true;
	for (size_t i = 0; i < files->n; i++)
		value_map_set(stays, files->p[i].name, value_str(files->p[i].env));
	return tanka_print_manifest(stays, &text, tk->err) && fs_write(full_path(e, STR("manifest.json")), buf_str(&text), 0644, FS_NO_SYNC, tk->err);
}

static bool write_files(struct export *e, const tanka_files *files)
{
	struct tk *tk = e->tk;
	struct value stays;
	tanka_strs goes;
	split_manifest(e, &stays, &goes);
	if (!check_conflicts(e, files, &goes))
		return false;
	for (size_t i = 0; i < goes.n; i++)
		if (!fs_remove_tree(full_path(e, goes.p[i]), tk->err))
			return false;
	struct batches batches = { e, files };
	return parallel_for(tk->env->jobs, (files->n + BATCH - 1) / BATCH, write_batch, &batches, tk->err) &&
	       write_manifest(e, stays, files, goes.n > 0);
}

static bool export_envs(struct export *e)
{
	struct tk *tk = e->tk;
	size_t n = e->envs.n;
	struct job *jobs = xcalloc(n + 1, sizeof(*jobs));
	int64_t parallel = e->options->parallel > 0 ? e->options->parallel : 8;
	tanka_files files = { 0 };
	struct chart_share *charts = n > 1 ? chart_share_new() : NULL;
	tanka_host_share(tk->host, charts);
	for (size_t i = 0; i < n; i++)
		jobs[i] = (struct job){ .e = e, .found = &e->envs.p[i], .arena = tk_arena(tk) };
	bool ok = parallel_for((int)MIN(parallel, tk->env->jobs), n, load, jobs, tk->err) && collect(e, jobs, n, &files) &&
		  write_files(e, &files);
	for (size_t i = 0; i < n; i++)
		err_deinit(&jobs[i].err), err_deinit(&jobs[i].its_err);
	tanka_host_share(tk->host, NULL);
	chart_share_free(charts);
	free(jobs);
	return ok;
}

static bool export(struct tk *tk, const step_words *args)
{
	static const struct tk_usage usage = { flags, "export <outputDir> <path> [<path>...] [flags]", &step_export, 2, SIZE_MAX };
	struct export_options o = { .format = STR(TANKA_EXPORT_FORMAT), .extension = STR("yaml") };
	struct export e = { .tk = tk, .options = &o };
	step_words operands = { 0 };
	bool done;
	if (!tk_parse(tk, &usage, args, &o, &o.vars.help, &operands, &done) || done)
		return done;
	step_words paths = { operands.p + 1, operands.n - 1, operands.n - 1 };
	e.dir = operands.p[0];
	e.full_dir = path_in(tk->a, tk->env->cwd, e.dir);
	return tk_take_vars(tk, &o.vars) && tk_filter(tk, &o.targets, &e.filter) && read_strategy(&e) && find_envs(&e, &paths) &&
	       check_folder(&e) && read_manifest(&e) && export_envs(&e);
}

int tk_export(const step_words *args, const struct tk_env *env, struct buf *out, struct buf *log)
{
	return tk_run(export, args, env, out, log);
}

static bool export_step(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	return tk_step(tk_export, ctx, args, status, err);
}

const struct step_def step_export = {
	.name = STR_INIT("export"),
	.usage = "DIR ENVIRONMENT… [FLAGS]",
	.summary = "Write jsonnet environments' objects, a file each, as `tk export` does",
	.options = "      --format TEMPLATE      Names of the files; default: " TANKA_EXPORT_FORMAT "\n"
		   "      --extension EXT        default: yaml\n"
		   "      --merge-strategy HOW   Into a folder that is not empty: fail-on-conflicts or replace-envs\n"
		   "      --merge-deleted-envs FILE   Environments whose files go, too\n"
		   "  -r, --recursive            All environments below the paths\n"
		   "  -l, --selector LABELS      Of these, only those with such labels\n"
		   "  -p, --parallel N           How many at once; default: 8, at most one for each processor\n"
		   "      --skip-manifest        No manifest.json\n"
		   "  -t, --target REGEX         Only objects whose KIND/NAME matches; !REGEX: not those\n"
		   "      --name NAME            Which of several inline environments\n" TK_VARS_HELP,
	.cache = STEP_ALWAYS,
	.run = export_step,
};
