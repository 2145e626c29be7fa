/* Functions that ask the system, the environment, the run and the tree. */
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/path.h"
#include "lang/builtin.h"
#include "lang/error.h"
#include "text/unicode.h"

static struct str arg(const struct builtin_call *c, size_t i)
{
	return c->args[i].p[0];
}

static bool fn_arch(struct builtin_call *c)
{
#if defined(__x86_64__)
	return builtin_return(c, STR("x86_64"));
#elif defined(__aarch64__)
	return builtin_return(c, STR("aarch64"));
#elif defined(__arm__)
	return builtin_return(c, STR("arm"));
#elif defined(__i386__)
	return builtin_return(c, STR("x86"));
#elif defined(__s390x__)
	return builtin_return(c, STR("s390x"));
#elif defined(__powerpc64__)
	return builtin_return(c, STR("powerpc64"));
#elif defined(__riscv) && __riscv_xlen == 64
	return builtin_return(c, STR("riscv64"));
#else
	return builtin_fail(c, "unknown instruction set architecture");
#endif
}

static bool fn_os(struct builtin_call *c)
{
#if defined(__ANDROID__)
	return builtin_return(c, STR("android"));
#elif defined(__APPLE__)
	return builtin_return(c, STR("macos"));
#elif defined(__FreeBSD__)
	return builtin_return(c, STR("freebsd"));
#elif defined(__OpenBSD__)
	return builtin_return(c, STR("openbsd"));
#elif defined(__NetBSD__)
	return builtin_return(c, STR("netbsd"));
#elif defined(__DragonFly__)
	return builtin_return(c, STR("dragonfly"));
#else
	return builtin_return(c, STR("linux"));
#endif
}

static bool fn_os_family(struct builtin_call *c)
{
	return builtin_return(c, STR("unix"));
}

static bool fn_num_cpus(struct builtin_call *c)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return builtin_return(c, arena_fmt(c->arena, "%ld", n > 0 ? n : 1));
}

/* Environment. */

static bool find_env(struct builtin_call *c, struct str key, struct str *out)
{
	const struct lang_host *host = c->ev->host;
	if (!key.n || str_find_char(key, '=') != STR_NPOS || str_find_char(key, '\0') != STR_NPOS)
		return false;
	if (host->module_env)
		return host->module_env(host->ctx, c->ev->scope->module, key, out);
	return host->getenv && host->getenv(host->ctx, key, out);
}

static bool fail_env(struct builtin_call *c, const struct lang_value *keys)
{
	if (!keys->n)
		return builtin_fail(c, "empty environment variable list with no default");
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < keys->n; i++) {
		buf_addf(&b, "%s`", i == 0 ? "" : keys->n == 2 ? " and " : i + 1 == keys->n ? ", and " : ", ");
		struct str key = keys->p[i];
		for (size_t j = 0; j < key.n; j++)
			buf_add_char(&b, key.p[j]);
		buf_add_char(&b, '`');
	}
	return builtin_fail(c, "environment variable%s %s not present", keys->n == 1 ? "" : "s", buf_text(&b));
}

static bool fn_env(struct builtin_call *c)
{
	const struct lang_value *keys = &c->args[0];
	struct str value;
	for (size_t i = 0; i < keys->n; i++)
		if (find_env(c, keys->p[i], &value))
			return builtin_return(c, value);
	if (c->n == 1)
		return fail_env(c, keys);
	*c->out = c->args[1];
	return true;
}

/* The invocation and the tree. */

static bool fn_invocation_directory(struct builtin_call *c)
{
	return builtin_return(c, c->ev->host->invocation_directory);
}

static bool fn_is_dependency(struct builtin_call *c)
{
	return builtin_return_bool(c, c->ev->scope->is_dependency);
}

static bool fn_recipe_name(struct builtin_call *c)
{
	const struct lang_recipe *r = c->ev->scope->recipe;
	return r ? builtin_return(c, r->name.s) : builtin_fail(c, "`recipe_name()` can only be used within a recipe");
}

static bool fn_num_jobs(struct builtin_call *c)
{
	*c->out = (struct lang_value){ 0 };
	return !c->ev->host->jobs.p || builtin_return(c, c->ev->host->jobs);
}

static bool fn_just_executable(struct builtin_call *c)
{
	return builtin_return(c, c->ev->host->executable);
}

static bool fn_just_pid(struct builtin_call *c)
{
	return builtin_return(c, arena_fmt(c->arena, "%ld", (long)getpid()));
}

static bool fn_just_version(struct builtin_call *c)
{
	return builtin_return(c, c->ev->host->version);
}

static bool fn_justfile(struct builtin_call *c)
{
	return builtin_return(c, c->ev->run->tree->root->file->path);
}

static bool fn_justfile_directory(struct builtin_call *c)
{
	return builtin_return(c, c->ev->run->tree->root->directory);
}

static bool fn_source_file(struct builtin_call *c)
{
	return builtin_return(c, c->expr->at.file->path);
}

static bool fn_source_directory(struct builtin_call *c)
{
	return builtin_return(c, path_dir(c->arena, c->expr->at.file->path));
}

static bool fn_module_file(struct builtin_call *c)
{
	return builtin_return(c, c->ev->scope->module->file->path);
}

static bool fn_module_directory(struct builtin_call *c)
{
	return builtin_return(c, c->ev->scope->module->directory);
}

static bool fn_module_path(struct builtin_call *c)
{
	return builtin_return(c, c->ev->scope->module->path);
}

/* Folders of the user, by the XDG base directory specification: a variable counts if it is an absolute path. */

bool lang_home(const struct lang_host *host, struct arena *a, struct str *out)
{
	if (host->getenv && host->getenv(host->ctx, STR("HOME"), out) && out->n)
		return true;
	const struct passwd *user = getpwuid(getuid());
	if (!user || !user->pw_dir || !*user->pw_dir)
		return false;
	*out = arena_str(a, str_c(user->pw_dir));
	return true;
}

static const struct user_dir {
	struct str function;  /* without _directory */
	struct str variable, below_home; /* empty: the home folder itself; below_home.p NULL: none */
	const char *what;
} user_dirs[] = {
	{ STR_INIT("cache"), STR_INIT("XDG_CACHE_HOME"), STR_INIT(".cache"), "cache" },
	{ STR_INIT("config"), STR_INIT("XDG_CONFIG_HOME"), STR_INIT(".config"), "config" },
	{ STR_INIT("config_local"), STR_INIT("XDG_CONFIG_HOME"), STR_INIT(".config"), "local config" },
	{ STR_INIT("data"), STR_INIT("XDG_DATA_HOME"), STR_INIT(".local/share"), "data" },
	{ STR_INIT("data_local"), STR_INIT("XDG_DATA_HOME"), STR_INIT(".local/share"), "local data" },
	{ STR_INIT("executable"), STR_INIT("XDG_BIN_HOME"), STR_INIT(".local/bin"), "executable" },
	{ STR_INIT("home"), STR_INIT(""), STR_INIT(""), "home" },
	{ STR_INIT("runtime"), STR_INIT("XDG_RUNTIME_DIR"), { 0 }, "runtime" },
};

static bool fn_user_directory(struct builtin_call *c)
{
	const struct lang_host *host = c->ev->host;
	struct str name = c->expr->call.name, value;
	for (size_t i = 0; i < ARRAY_LEN(user_dirs); i++) {
		const struct user_dir *d = &user_dirs[i];
		struct str rest = str_drop_prefix(name, d->function);
		if (rest.n == name.n || (!str_eq_c(rest, "_directory") && !str_eq_c(rest, "_dir")))
			continue;
		if (d->variable.n && host->getenv && host->getenv(host->ctx, d->variable, &value) && path_is_abs(value))
			return builtin_return(c, value);
		if (!d->below_home.p || !lang_home(host, c->arena, &value))
			return builtin_fail(c, "%s directory not found", d->what);
		return builtin_return(c, d->below_home.n ? path_join(c->arena, value, d->below_home) : value);
	}
	return builtin_fail(c, "unknown directory");
}

/* shell(). */
static bool fn_shell(struct builtin_call *c)
{
	struct str *args = arena_array(c->arena, struct str, c->n), out;
	for (size_t i = 0; i < c->n; i++)
		args[i] = arg(c, i);
	if (c->ev->host->is_dry_run) {
		AUTO_BUF b = { 0 };
		for (size_t i = 0; i < c->n; i++) {
			struct lang_value one = { &args[i], 1 };
			buf_add_c(&b, i ? ", " : "shell(");
			lang_show_value(&one, false, &b);
		}
		buf_add_char(&b, ')');
		return builtin_return(c, buf_to_arena(&b, c->arena));
	}
	struct lang_command command = {
		.text = args[0],
		.args = args + 1,
		.n_args = c->n - 1,
		.is_shell_call = true,
		.module = c->ev->scope->module,
		.recipe = c->ev->scope->recipe,
		.scope = c->ev->scope,
		.at = c->expr->at,
	};
	return eval_command(c->ev, &command, "shell command failed: ", &out) && builtin_return(c, out);
}

static const struct lang_builtin rows[] = {
	{ STR_INIT("arch"), 0, 0, fn_arch },
	{ STR_INIT("cache_directory"), 0, 0, fn_user_directory },
	{ STR_INIT("config_directory"), 0, 0, fn_user_directory },
	{ STR_INIT("config_local_directory"), 0, 0, fn_user_directory },
	{ STR_INIT("data_directory"), 0, 0, fn_user_directory },
	{ STR_INIT("data_local_directory"), 0, 0, fn_user_directory },
	{ STR_INIT("env"), 1, 2, fn_env, .takes = BUILTIN_VALUES },
	{ STR_INIT("env_var"), 1, 1, fn_env, .takes = BUILTIN_VALUES },
	{ STR_INIT("env_var_or_default"), 2, 2, fn_env, .takes = BUILTIN_VALUES },
	{ STR_INIT("executable_directory"), 0, 0, fn_user_directory },
	{ STR_INIT("home_directory"), 0, 0, fn_user_directory },
	{ STR_INIT("invocation_directory"), 0, 0, fn_invocation_directory },
	{ STR_INIT("invocation_directory_native"), 0, 0, fn_invocation_directory },
	{ STR_INIT("is_dependency"), 0, 0, fn_is_dependency },
	{ STR_INIT("just_executable"), 0, 0, fn_just_executable },
	{ STR_INIT("just_pid"), 0, 0, fn_just_pid },
	{ STR_INIT("just_version"), 0, 0, fn_just_version },
	{ STR_INIT("justfile"), 0, 0, fn_justfile },
	{ STR_INIT("justfile_directory"), 0, 0, fn_justfile_directory },
	{ STR_INIT("module_directory"), 0, 0, fn_module_directory },
	{ STR_INIT("module_file"), 0, 0, fn_module_file },
	{ STR_INIT("module_path"), 0, 0, fn_module_path },
	{ STR_INIT("num_cpus"), 0, 0, fn_num_cpus },
	{ STR_INIT("num_jobs"), 0, 0, fn_num_jobs, .needs_lists = true },
	{ STR_INIT("os"), 0, 0, fn_os },
	{ STR_INIT("os_family"), 0, 0, fn_os_family },
	{ STR_INIT("recipe_name"), 0, 0, fn_recipe_name },
	{ STR_INIT("runtime_directory"), 0, 0, fn_user_directory },
	{ STR_INIT("shell"), 1, SIZE_MAX, fn_shell },
	{ STR_INIT("source_directory"), 0, 0, fn_source_directory },
	{ STR_INIT("source_file"), 0, 0, fn_source_file },
};
const struct builtin_table builtin_system = { rows, ARRAY_LEN(rows) };
