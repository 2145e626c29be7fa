/*
 * Tanka evaluates small programs around an environment's own where it wants less than the whole: they are written here as there, so that the traces of errors agree.
 */
#include "tanka/load.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "tanka/manifest.h"
#include "tanka/natives.h"
#include "tanka/words.h"

/* All of the value but the data of its environments. */
static const char no_data_script[] = "\n"
	"local noDataEnv(object) =\n"
	"  std.prune(\n"
	"    if std.isObject(object)\n"
	"    then\n"
	"      if std.objectHas(object, 'apiVersion')\n"
	"         && std.objectHas(object, 'kind')\n"
	"      then\n"
	"        if object.kind == 'Environment'\n"
	"        then object { data+:: {} }\n"
	"        else {}\n"
	"      else\n"
	"        std.mapWithKey(\n"
	"          function(key, obj)\n"
	"            noDataEnv(obj),\n"
	"          object\n"
	"        )\n"
	"    else if std.isArray(object)\n"
	"    then\n"
	"      std.map(\n"
	"        function(obj)\n"
	"          noDataEnv(obj),\n"
	"        object\n"
	"      )\n"
	"    else {}\n"
	"  )\n"
	";\n"
	"noDataEnv(main)\n";

/* The environments whose names hold `%.*s`. */
static const char by_name_script[] = "\n"
	"local singleEnv(object) =\n"
	"  if std.isObject(object)\n"
	"  then\n"
	"    if std.objectHas(object, 'apiVersion')\n"
	"       && std.objectHas(object, 'kind')\n"
	"    then\n"
	"      if object.kind == 'Environment'\n"
	"      && std.member(object.metadata.name, '%.*s')\n"
	"      then object\n"
	"      else {}\n"
	"    else\n"
	"      std.mapWithKey(\n"
	"        function(key, obj)\n"
	"          singleEnv(obj),\n"
	"        object\n"
	"      )\n"
	"  else if std.isArray(object)\n"
	"  then\n"
	"    std.map(\n"
	"      function(obj)\n"
	"        singleEnv(obj),\n"
	"      object\n"
	"    )\n"
	"  else {}\n"
	";\n"
	"singleEnv(main)\n";

/* One program at work. */
struct job {
	const struct tanka_options *options;
	struct tanka_dirs dirs;
	struct str shown; /* the path as the user gave it */
	bool is_static;   /* there is a spec.json */
	struct tanka_env env; /* of spec.json */
	struct arena *a;
};

/* --- running jsonnet --- */

static bool on_import(void *ctx, struct str from, struct str name, struct arena *a, struct str *path, struct str *bytes, struct err *err)
{
	const struct job *j = ctx;
	return tanka_import(j->options->host, &j->dirs, from, name, a, path, bytes, err);
}

static void on_trace(void *ctx, struct str line)
{
	const struct tanka_host *host = ctx;
	host->note(host->ctx, line);
}

static struct jsonnet_var environment_var(const struct job *j)
{
	struct jsonnet_var v = { .name = STR("tanka.dev/environment"), .kind = JSONNET_VALUE };
	if (j->is_static) {
		v.value = tanka_env_value(&j->env, j->a);
		return v;
	}
	v.kind = JSONNET_CODE;
	v.text = STR("error \"Using tk.env and std.extVar('tanka.dev/environment') is only supported for static environments. "
		     "Directly access this data using standard Jsonnet instead.\"");
	return v;
}

/* Gives a failure tk's words. */
static bool say(const struct job *j, const struct jsonnet_program *program, struct err *err)
{
	VEC(struct tanka_source) sources = { 0 };
	const struct jsonnet_vars *vars[] = { &j->options->ext, &j->options->tla };
	static const char *const names[] = { "<extvar:%.*s>", "<top-level-arg:%.*s>" };
	if (err->kind != ERR_SYNTAX && err->kind != ERR_FAILED)
		return false;
	vec_push_in(&sources, j->a, (struct tanka_source){ program->file, program->text });
	for (size_t i = 0; i < ARRAY_LEN(vars); i++)
		for (size_t k = 0; k < vars[i]->n; k++)
			vec_push_in(&sources, j->a, (struct tanka_source){ arena_fmt(j->a, names[i], STR_ARG(vars[i]->p[k].name)), vars[i]->p[k].text });
	struct str words = tanka_words(str_c(err->message), sources.p, sources.n, j->a);
	free(err->message);
	err->message = xstrndup(words.p, words.n);
	return false;
}

static bool run(const struct job *j, const struct jsonnet_program *program, const struct jsonnet_vars *tla, struct value *out, struct err *err)
{
	const struct tanka_options *o = j->options;
	struct jsonnet_var *ext = arena_array(j->a, struct jsonnet_var, o->ext.n + 1);
	struct jsonnet_options options = {
		.cache = o->cache,
		.ext = { ext, o->ext.n + 1 },
		.cwd = o->host->cwd,
		.import = on_import,
		.import_ctx = (void *)j,
		.trace = on_trace,
		.trace_ctx = (void *)o->host,
		.hash = o->host->hash,
		.max_stack = o->max_stack,
		.max_trace = JSONNET_MAX_TRACE,
		.cancel = o->cancel,
	};
	if (o->ext.n)
		memcpy(ext, o->ext.p, o->ext.n * sizeof(*ext));
	ext[o->ext.n] = environment_var(j);
	if (tla)
		options.tla = *tla;
	options.natives = tanka_natives(o->host, j->a, &options.n_natives);
	if (jsonnet_evaluate(program, &options, j->a, out, err))
		return true;
	return say(j, program, err);
}

static bool run_main(const struct job *j, struct value *out, struct err *err)
{
	struct str text;
	if (!j->options->host->read(j->options->host->ctx, j->dirs.entry, j->a, &text, err))
		return false;
	struct jsonnet_program program = { .file = j->dirs.entry, .text = text };
	return run(j, &program, &j->options->tla, out, err) || err_wrap(err, "evaluating jsonnet");
}

/* --- small programs around it --- */

static struct str quoted(struct str s, struct arena *a)
{
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'' || s.p[i] == '\\')
			buf_add_char(&b, '\\');
		buf_add_char(&b, s.p[i]);
	}
	return buf_to_arena(&b, a);
}

static bool run_text(const struct job *j, struct str text, const struct jsonnet_vars *tla, struct value *out, struct err *err)
{
	struct jsonnet_program program = { .file = path_dir(j->a, j->dirs.entry), .text = text };
	return run(j, &program, tla, out, err) || err_wrap(err, "evaluating jsonnet in path '%.*s'", STR_ARG(j->shown));
}

/* Evaluates `script`, which speaks of `main`. A main that is a function is called with the top-level arguments. */
static bool run_script(const struct job *j, struct str script, struct value *out, struct err *err)
{
	const struct jsonnet_vars *tla = &j->options->tla;
	struct str entry = quoted(j->dirs.entry, j->a);
	struct value is_function;
	AUTO_BUF text = { 0 };
	if (!run_text(j, arena_fmt(j->a, "std.isFunction(import '%.*s')", STR_ARG(entry)), NULL, &is_function, err))
		return false;
	if (!is_function.b) {
		buf_addf(&text, "\n  local main = (import '%.*s');\n  %.*s\n", STR_ARG(entry), STR_ARG(script));
		return run_text(j, buf_to_arena(&text, j->a), NULL, out, err);
	}
	AUTO_BUF names = { 0 };
	AUTO_BUF args = { 0 };
	for (size_t i = 0; i < tla->n; i++) {
		struct str name = tla->p[i].name;
		buf_addf(&names, "%s%.*s", i ? ", " : "", STR_ARG(name));
		buf_addf(&args, "%s%.*s=%.*s", i ? ", " : "", STR_ARG(name), STR_ARG(name));
	}
	buf_addf(&text, "\nfunction(%.*s)\n  local main = (import '%.*s')(%.*s);\n  %.*s\n", STR_ARG(buf_str(&names)), STR_ARG(entry),
		 STR_ARG(buf_str(&args)), STR_ARG(script));
	return run_text(j, buf_to_arena(&text, j->a), tla, out, err);
}

static bool run_by_name(const struct job *j, struct value *out, struct err *err)
{
	struct str name = quoted(j->options->name, j->a);
	return run_script(j, arena_fmt(j->a, by_name_script, STR_ARG(name)), out, err);
}

/* --- environments out of values --- */

static bool extract_envs(struct value v, struct arena *a, tanka_objects *out, struct err *err)
{
	tanka_objects found, all, envs = { 0 };
	if (!tanka_extract(v, a, &found, err) || !tanka_unwrap(&found, a, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++)
		if (str_eq(value_find_str(all.p[i].value, "kind"), STR("Environment")))
			vec_push_in(&envs, a, all.p[i]);
	*out = envs;
	return true;
}

static int by_name(const void *left, const void *right)
{
	const struct tanka_env *a = left, *b = right;
	return str_cmp(a->metadata.name, b->metadata.name);
}

typedef VEC(struct tanka_env) env_list;

static bool decode_envs(const struct job *j, struct value v, env_list *out, struct err *err)
{
	tanka_objects objects;
	env_list envs = { 0 };
	if (!extract_envs(v, j->a, &objects, err))
		return false;
	for (size_t i = 0; i < objects.n; i++) {
		struct tanka_env env;
		if (!tanka_env_decode(objects.p[i].value, j->a, &env, err))
			return false;
		env.metadata.namespace = tanka_rel(&j->dirs, j->dirs.entry, j->a);
		vec_push_in(&envs, j->a, env);
	}
	if (envs.n)
		qsort(envs.p, envs.n, sizeof(*envs.p), by_name);
	*out = envs;
	return true;
}

static bool refuse_many(const struct job *j, const env_list *envs, struct err *err)
{
	AUTO_BUF b = { 0 };
	struct str name = j->options->name;
	buf_addf(&b, "found multiple Environments in \"%.*s\"", STR_ARG(j->shown));
	if (name.n)
		buf_addf(&b, " matching \"%.*s\". Provide a more specific name that matches a single one: ", STR_ARG(name));
	else
		buf_add_c(&b, ". Use `--name` to select a single one: ");
	for (size_t i = 0; i < envs->n; i++)
		buf_addf(&b, "\n - %.*s", STR_ARG(envs->p[i].metadata.name));
	return err_set(err, ERR_CONFLICT, "%.*s", STR_ARG(buf_str(&b)));
}

/* The one that is meant: an exact name wins. */
static bool choose(const struct job *j, const env_list *envs, struct tanka_env *out, struct err *err)
{
	struct str name = j->options->name;
	const struct tanka_env *chosen = envs->n == 1 ? envs->p : NULL;
	if (!envs->n)
		return err_set(err, ERR_NOT_FOUND, "found no matching environments; run 'tk env list %.*s' to view available options",
			       STR_ARG(j->shown));
	for (size_t i = 0; i < envs->n && !chosen && name.n; i++)
		if (str_eq(envs->p[i].metadata.name, name))
			chosen = &envs->p[i];
	if (!chosen)
		return refuse_many(j, envs, err);
	*out = *chosen;
	return true;
}

/* --- one environment --- */

static bool read_spec(struct job *j, struct err *err)
{
	const struct tanka_host *host = j->options->host;
	struct str text;
	struct value v;
	AUTO_ERR why = { 0 };
	if (!host->read(host->ctx, path_join(j->a, j->dirs.base, STR("spec.json")), j->a, &text, &why)) {
		if (why.kind == ERR_NOT_FOUND)
			return true;
		return err_set(err, why.kind, "%s", why.message);
	}
	if (!json_parse(text, NULL, j->a, &v, &why))
		return err_set(err, ERR_SYNTAX, "parsing spec.json: %s", why.message);
	if (!tanka_env_decode(v, j->a, &j->env, err))
		return false;
	if (j->env.warning.n)
		host->note(host->ctx, j->env.warning);
	j->env.metadata.name = tanka_rel(&j->dirs, j->dirs.base, j->a);
	j->env.metadata.namespace = tanka_rel(&j->dirs, j->dirs.entry, j->a);
	j->is_static = true;
	return true;
}

static bool begin(struct job *j, const struct tanka_options *options, struct str path, struct arena *a, struct err *err)
{
	*j = (struct job){ .options = options, .shown = path, .a = a };
	return tanka_dirs_find(options->host, path, a, &j->dirs, err) && read_spec(j, err);
}

static bool load_static(struct job *j, struct tanka_env *out, struct err *err)
{
	*out = j->env;
	return run_main(j, &out->data, err);
}

static bool load_inline(struct job *j, struct tanka_env *out, struct err *err)
{
	struct value v;
	env_list envs;
	if (!(j->options->name.n ? run_by_name(j, &v, err) : run_main(j, &v, err)) || !decode_envs(j, v, &envs, err))
		return false;
	return choose(j, &envs, out, err);
}

bool tanka_load(const struct tanka_options *options, struct str path, struct arena *a, struct tanka_loaded *out, struct err *err)
{
	struct job j;
	struct tanka_env env;
	if (!begin(&j, options, path, a, err) || !(j.is_static ? load_static(&j, &env, err) : load_inline(&j, &env, err)) ||
	    !tanka_env_check_version(&env, a, err))
		return false;
	*out = (struct tanka_loaded){ j.dirs, env };
	return true;
}

bool tanka_eval(const struct tanka_options *options, struct str path, struct str expr, struct arena *a, struct value *out, struct err *err)
{
	struct job j;
	if (!begin(&j, options, path, a, err))
		return false;
	if (!expr.n)
		return run_main(&j, out, err);
	return run_script(&j, arena_fmt(a, str_starts(expr, STR("[")) ? "main%.*s" : "main.%.*s", STR_ARG(expr)), out, err);
}

/* --- looking at many --- */

static bool peek(struct job *j, env_list *out, struct err *err)
{
	struct value v;
	if (!j->is_static)
		return run_script(j, STR(no_data_script), &v, err) && decode_envs(j, v, out, err);
	*out = (env_list){ 0 };
	vec_push_in(out, j->a, j->env);
	return true;
}

bool tanka_peek(const struct tanka_options *options, struct str path, struct arena *a, tanka_found_list *out, struct err *err)
{
	struct job j;
	env_list envs;
	tanka_found_list found = { 0 };
	if (!begin(&j, options, path, a, err) || !peek(&j, &envs, err))
		return false;
	for (size_t i = 0; i < envs.n; i++)
		vec_push_in(&found, a, (struct tanka_found){ path, envs.p[i] });
	*out = found;
	return true;
}

bool tanka_peek_one(const struct tanka_options *options, struct str path, struct arena *a, struct tanka_found *out, struct err *err)
{
	struct job j;
	env_list envs, named = { 0 };
	if (!begin(&j, options, path, a, err) || !peek(&j, &envs, err))
		return false;
	struct tanka_found found = { .entry = j.dirs.entry };
	if (j.is_static) {
		found.env = j.env;
	} else {
		for (size_t i = 0; i < envs.n; i++)
			if (!options->name.n || str_contains(envs.p[i].metadata.name, options->name))
				vec_push_in(&named, a, envs.p[i]);
		if (!choose(&j, &named, &found.env, err))
			return false;
	}
	*out = found;
	return true;
}

struct finder {
	struct str path;
	struct arena *a;
	tanka_strs *out;
};

static bool visit(void *ctx, struct str path, const struct stat *st, struct err *err)
{
	struct finder *f = ctx;
	(void)err;
	if (S_ISREG(st->st_mode) && str_eq(path_base(path), STR("main.jsonnet")))
		vec_push_in(f->out, f->a, path_join(f->a, f->path, path));
	return true;
}

bool tanka_find_files(const struct tanka_host *host, struct str path, struct arena *a, tanka_strs *out, struct err *err)
{
	tanka_strs files = { 0 };
	struct finder f = { path, a, &files };
	struct str full = path_in(a, host->cwd, path);
	struct stat st;
	if (!fs_stat(full, FS_NOFOLLOW, &st))
		return err_set(err, ERR_NOT_FOUND, "finding jsonnet files: Errors occurred during parallel processing:\n\n"
			       "- stat %.*s: no such file or directory\n\n", STR_ARG(path));
	if (S_ISREG(st.st_mode)) {
		/* A file is its folder's program where it is the one. */
		struct str dir = path_dir(a, path);
		if (host->is_file(host->ctx, path_in(a, host->cwd, path_join(a, dir, STR("main.jsonnet")))))
			vec_push_in(&files, a, path_join(a, dir, STR("main.jsonnet")));
	} else if (S_ISDIR(st.st_mode) && !fs_walk(full, visit, &f, err)) {
		return false;
	}
	*out = files;
	return true;
}
