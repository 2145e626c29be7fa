/*
 * env list, add, set, remove: which environments there are, and making and changing them.
 *
 * tk asks the cluster for its version when a context is named; here the kubeconfig alone must know it.
 */
#include <stddef.h>

#include "base/fs.h"
#include "base/path.h"
#include "kube/config.h"
#include "step/step.h"
#include "step/tk_many.h"
#include "step/tk_step.h"
#include "tanka/output.h"

/* --- list --- */

struct list_options {
	struct tk_vars vars;
	struct str selector;
	bool json, names;
};

static const struct pflag list_flags[] = {
	TK_VARS_FLAGS(struct list_options),
	{ "selector", 'l', PFLAG_STRING, offsetof(struct list_options, selector), NULL },
	{ "json", 0, PFLAG_BOOL, offsetof(struct list_options, json), NULL },
	{ "names", 0, PFLAG_BOOL, offsetof(struct list_options, names), NULL },
	{ .name = NULL },
};

static bool env_list(struct tk *tk, const step_words *args)
{
	static const struct tk_usage usage = { list_flags, "env list [<path>] [flags]", &step_env_command, 0, 1 };
	struct list_options o = { 0 };
	step_words operands = { 0 };
	tanka_found_list found;
	bool done;
	if (!tk_parse(tk, &usage, args, &o, &o.vars.help, &operands, &done) || done)
		return done;
	return tk_take_vars(tk, &o.vars) && tk_find_envs(tk, operands.n ? operands.p[0] : tk->env->cwd, o.selector, &found) &&
	       tanka_print_list(&found, o.json ? TANKA_JSON : o.names ? TANKA_NAMES : TANKA_TABLE, tk->a, tk->out, tk->err);
}

/* --- what add and set are told --- */

struct spec_options {
	struct str server, from_context, namespace, diff_strategy, log_level;
	step_words contexts;
	bool inject_labels, is_inline, help;
};

#define SPEC_FLAG(name, kind, member) { name, 0, kind, offsetof(struct spec_options, member), NULL }
#define SPEC_FLAGS                                                      \
	SPEC_FLAG("server", PFLAG_STRING, server),                      \
	SPEC_FLAG("server-from-context", PFLAG_STRING, from_context),   \
	SPEC_FLAG("namespace", PFLAG_STRING, namespace),                \
	SPEC_FLAG("diff-strategy", PFLAG_STRING, diff_strategy),        \
	SPEC_FLAG("context-name", PFLAG_STRINGS, contexts),             \
	SPEC_FLAG("inject-labels", PFLAG_BOOL, inject_labels),          \
	SPEC_FLAG("log-level", PFLAG_STRING, log_level),                \
	{ "help", 'h', PFLAG_BOOL, offsetof(struct spec_options, help), NULL }

static const struct pflag add_flags[] = {
	SPEC_FLAGS,
	{ "inline", 'i', PFLAG_BOOL, offsetof(struct spec_options, is_inline), NULL },
	{ .name = NULL },
};
static const struct pflag set_flags[] = { SPEC_FLAGS, { .name = NULL } };

static bool read_kubeconfig(struct tk *tk, const char *what, struct kube_configs *out)
{
	const struct kube_config_options options = { .environ = tk->env->environ, .cwd = tk->env->cwd };
	bool found = false;
	if (!kube_configs_load(&options, tk->a, out, &found, tk->err))
		return false;
	bool any = found && map_len(what[1] == 'l' ? &out->clusters : &out->contexts) > 0;
	return any || err_set(tk->err, ERR_NOT_FOUND,
			      "no %s found in Kubernetes config. Please set $KUBECONFIG or create a kubeconfig at $HOME/.kube/config", what);
}

static bool context_server(struct tk *tk, struct str context, struct str *out)
{
	struct kube_configs configs;
	struct kube_config config;
	if (!read_kubeconfig(tk, "contexts", &configs))
		return err_wrap(tk->err, "resolving IP from context");
	if (!map_has(&configs.contexts, context)) {
		err_set(tk->err, ERR_NOT_FOUND, "no context named `%.*s` was found. Please check your $KUBECONFIG", STR_ARG(context));
		return err_wrap(tk->err, "resolving IP from context");
	}
	if (!kube_configs_resolve(&configs, context, tk->a, &config, tk->err))
		return false;
	*out = config.server;
	return true;
}

static struct str list_text(struct tk *tk, const tanka_strs *names)
{
	AUTO_BUF b = { 0 };
	buf_add_char(&b, '[');
	for (size_t i = 0; i < names->n; i++)
		buf_addf(&b, "%s%.*s", i ? " " : "", STR_ARG(names->p[i]));
	buf_add_char(&b, ']');
	return buf_to_arena(&b, tk->a);
}

static bool find_context(struct tk *tk, const tanka_strs *names)
{
	struct kube_configs configs;
	if (!read_kubeconfig(tk, "contexts", &configs))
		return false;
	for (size_t i = 0; i < names->n; i++) {
		const struct regex *re;
		if (!regex_compile(tk->a, arena_fmt(tk->a, "^(?:%.*s)$", STR_ARG(names->p[i])), 0, &re, tk->err))
			return false;
		for (size_t k = 0; k < map_len(&configs.contexts); k++)
			if (regex_match(re, map_key(&configs.contexts, k)))
				return true;
	}
	return err_set(tk->err, ERR_NOT_FOUND, "no context named `%.*s` was found. Please check your $KUBECONFIG",
		       STR_ARG(list_text(tk, names)));
}

static bool find_server(struct tk *tk, struct str server)
{
	struct kube_configs configs;
	struct str context;
	AUTO_ERR why = { 0 };
	if (!read_kubeconfig(tk, "clusters", &configs))
		return false;
	if (kube_configs_find_server(&configs, server, tk->a, &context, &why))
		return true;
	return err_set(tk->err, ERR_NOT_FOUND, "no cluster that matches the apiServer `%.*s` was found. Please check your $KUBECONFIG",
		       STR_ARG(server));
}

static bool check_cluster(struct tk *tk, const struct tanka_spec *spec)
{
	bool ok = spec->context_names.n ? find_context(tk, &spec->context_names) : find_server(tk, spec->api_server);
	return ok || err_wrap(tk->err, "connecting to Kubernetes: finding usable context");
}

static bool check_spec(struct tk *tk, const struct tanka_spec *spec)
{
	bool server = spec->api_server.n, contexts = spec->context_names.n;
	if (server != contexts)
		return true;
	return err_set(tk->err, ERR_USAGE,
		       "your Environment's spec.json seems incomplete:\n  * spec.apiServer|spec.contextNames: %s\n\n"
		       "Please see https://tanka.dev/config for reference",
		       server ? "These fields are mutually exclusive, please only specify one."
			      : "No Kubernetes cluster endpoint or context names specified. Please specify only one.");
}

static bool apply_options(struct tk *tk, const struct spec_options *o, struct tanka_spec *spec)
{
	tanka_strs contexts = { o->contexts.p, o->contexts.n, o->contexts.cap };
	if (o->from_context.n && !context_server(tk, o->from_context, &spec->api_server))
		return false;
	if (o->server.n)
		spec->api_server = o->server;
	if (contexts.n)
		spec->context_names = contexts;
	if (o->namespace.n)
		spec->namespace = o->namespace;
	if (o->diff_strategy.n)
		spec->diff_strategy = o->diff_strategy;
	spec->inject_labels = o->inject_labels;
	return true;
}

/* --- add --- */

static bool write_file(struct tk *tk, struct str path, struct str text)
{
	AUTO_ERR why = { 0 };
	if (fs_is_file(path_dir(tk->a, path)))
		return err_set(tk->err, ERR_IO, "writing %.*s: open %.*s: not a directory", STR_ARG(path), STR_ARG(path));
	if (fs_mkdirs(path_dir(tk->a, path), 0755, &why) && fs_write(path, text, 0644, FS_NO_SYNC, &why))
		return true;
	return err_set(tk->err, why.kind, "writing %.*s: %s", STR_ARG(path), why.message);
}

static bool write_new(struct tk *tk, const struct tanka_env *env, struct str dir, bool is_inline)
{
	AUTO_BUF text = { 0 };
	struct str program = path_join(tk->a, dir, STR("main.jsonnet"));
	if (is_inline)
		return tanka_print_inline(env, tk->a, &text, tk->err) && write_file(tk, program, buf_str(&text));
	if (!tanka_print_spec(env, tk->a, &text, tk->err) || !write_file(tk, path_join(tk->a, dir, STR("spec.json")), buf_str(&text)))
		return false;
	/* tk would write over a program that is there. */
	return fs_exists(program) || write_file(tk, program, STR("{}\n"));
}

static bool env_add(struct tk *tk, const step_words *args)
{
	static const struct tk_usage usage = { add_flags, "env add <path> [flags]", &step_env_command, 1, 1 };
	struct spec_options o = { .namespace = STR("default") };
	step_words operands = { 0 };
	struct tanka_env env = tanka_env_new();
	struct tanka_dirs dirs = { 0 };
	bool done;
	if (!tk_parse(tk, &usage, args, &o, &o.help, &operands, &done) || done)
		return done;
	if (!tk_log_level(tk, o.log_level))
		return false;
	struct str dir = path_in(tk->a, tk->env->cwd, operands.p[0]);
	env.spec.namespace = o.namespace;
	if (!apply_options(tk, &o, &env.spec) || (env.spec.api_server.n && env.spec.context_names.n && !check_spec(tk, &env.spec)) ||
	    (env.spec.context_names.n && !check_cluster(tk, &env.spec)) ||
	    !tanka_root_find(tk->options.host, path_join(tk->a, dir, STR("main.jsonnet")), tk->a, &dirs.root, tk->err))
		return false;
	env.metadata.name = tanka_rel(&dirs, dir, tk->a);
	return write_new(tk, &env, dir, o.is_inline);
}

/* --- set --- */

static void tell_update(struct tk *tk, const char *field, struct str before, struct str after)
{
	if (!str_eq(before, after))
		buf_addf(tk->out, "updated spec.%s (`%.*s` -> `%.*s`)\n", field, STR_ARG(before), STR_ARG(after));
}

static void tell_updates(struct tk *tk, const struct tanka_spec *old, const struct tanka_spec *new)
{
	tell_update(tk, "apiServer", old->api_server, new->api_server);
	tell_update(tk, "contextNames", list_text(tk, &old->context_names), list_text(tk, &new->context_names));
	tell_update(tk, "namespace", old->namespace, new->namespace);
	tell_update(tk, "diffStrategy", old->diff_strategy, new->diff_strategy);
	tell_update(tk, "injectLabels", old->inject_labels ? STR("true") : STR("false"), new->inject_labels ? STR("true") : STR("false"));
}

static bool env_set(struct tk *tk, const step_words *args)
{
	static const struct tk_usage usage = { set_flags, "env set <path> [flags]", &step_env_command, 1, 1 };
	struct spec_options o = { 0 };
	step_words operands = { 0 };
	struct tanka_found found;
	AUTO_BUF text = { 0 };
	bool done;
	if (!tk_parse(tk, &usage, args, &o, &o.help, &operands, &done) || done)
		return done;
	if (!tk_log_level(tk, o.log_level))
		return false;
	struct tanka_dirs dirs;
	if (!tanka_dirs_find(tk->options.host, operands.p[0], tk->a, &dirs, tk->err) ||
	    !tanka_peek_one(&tk->options, operands.p[0], tk->a, &found, tk->err))
		return false;
	struct tanka_env env = found.env;
	if (!apply_options(tk, &o, &env.spec))
		return false;
	tell_updates(tk, &found.env.spec, &env.spec);
	if (!check_spec(tk, &env.spec) || !check_cluster(tk, &env.spec))
		return false;
	struct str spec = path_join(tk->a, dirs.base, STR("spec.json"));
	if (!fs_exists(spec))
		return err_set(tk->err, ERR_USAGE, "'%.*s' is an inline environment: change its main.jsonnet", STR_ARG(operands.p[0]));
	env.metadata.namespace = STR("");
	return tanka_print_spec(&env, tk->a, &text, tk->err) && write_file(tk, spec, buf_str(&text));
}

/* --- remove --- */

struct remove_options {
	struct str log_level;
	bool help;
};

static const struct pflag remove_flags[] = {
	{ "log-level", 0, PFLAG_STRING, offsetof(struct remove_options, log_level), NULL },
	{ "help", 'h', PFLAG_BOOL, offsetof(struct remove_options, help), NULL },
	{ .name = NULL },
};

static bool ask(struct tk *tk, struct str question)
{
	struct str answer;
	return tk->env->ask && tk->env->ask(tk->env->ask_ctx, question, &answer, tk->a) && str_eq(answer, STR("yes"));
}

static bool env_remove(struct tk *tk, const step_words *args)
{
	static const struct tk_usage usage = { remove_flags, "env remove <path> [flags]", &step_env_command, 1, 1 };
	struct remove_options o = { 0 };
	step_words operands = { 0 };
	struct str root;
	AUTO_ERR ignored = { 0 };
	bool done;
	if (!tk_parse(tk, &usage, args, &o, &o.help, &operands, &done) || done)
		return done;
	if (!tk_log_level(tk, o.log_level))
		return false;
	struct str path = path_in(tk->a, tk->env->cwd, operands.p[0]);
	if (tanka_root_find(tk->options.host, path, tk->a, &root, &ignored) && str_eq(root, path))
		return err_set(tk->err, ERR_USAGE, "'%.*s' is the project's root, no environment", STR_ARG(path));
	if (!ask(tk, arena_fmt(tk->a, "Permanently removing the environment located at '%.*s'.\nPlease type 'yes' to confirm: ", STR_ARG(path))))
		return err_set(tk->err, ERR_CANCELLED, "aborted by user");
	if (!fs_remove_tree(path, tk->err))
		return false;
	buf_addf(tk->out, "Removed %.*s\n", STR_ARG(path));
	return true;
}

/* --- env --- */

static bool env_command(struct tk *tk, const step_words *args)
{
	static const struct {
		struct str name;
		tk_work *work;
	} table[] = {
		{ STR_INIT("list"), env_list },
		{ STR_INIT("add"), env_add },
		{ STR_INIT("set"), env_set },
		{ STR_INIT("remove"), env_remove },
	};
	if (!args->n) {
		err_set(tk->err, ERR_USAGE, "Error: expects at least 1 arg, received 0");
		return err_hint(tk->err, "Usage:\n  raibid-run --step env list|add|set|remove");
	}
	step_words rest = { args->p + 1, args->n - 1, args->n - 1 };
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (str_eq(args->p[0], table[i].name))
			return table[i].work(tk, &rest);
	err_set(tk->err, ERR_USAGE, "Error: unknown subcommand `%.*s`", STR_ARG(args->p[0]));
	return err_hint(tk->err, "Usage:\n  raibid-run --step env list|add|set|remove");
}

int tk_env_command(const step_words *args, const struct tk_env *env, struct buf *out, struct buf *log)
{
	return tk_run(env_command, args, env, out, log);
}

static bool env_step(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	return tk_step(tk_env_command, ctx, args, status, err);
}

const struct step_def step_env_command = {
	.name = STR_INIT("env"),
	.usage = "list|add|set|remove [PATH] [FLAGS]",
	.summary = "List and change jsonnet environments, as `tk env` does",
	.options = "list:     --json, --names, -l --selector LABELS, and variables as for show\n"
		   "add, set: --server URL, --server-from-context NAME, --context-name REGEX, --namespace NAME, --diff-strategy NAME,\n"
		   "          --inject-labels; add: -i --inline\n"
		   "remove:   asks before\n",
	.cache = STEP_PRINTS,
	.run = env_step,
};
