/*
 * config.c: which files count, and how they merge. What a context's entries mean is in resolve.c.
 *
 * An entry remembers the file that defined it, since relative paths in it start there and errors should name it.
 */
#include "kube/config.h"

#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/path.h"
#include "data/yaml.h"
#include "kube/resolve.h"

/* A kubeconfig above this size is something else. */
#define KUBECONFIG_MAX ((size_t)16 << 20)

struct str kube_getenv(char *const *environ, const char *name)
{
	size_t n = strlen(name);
	for (; environ && *environ; environ++)
		if (strncmp(*environ, name, n) == 0 && (*environ)[n] == '=')
			return str_c(*environ + n + 1);
	return STR_NONE;
}

/* Adds the named entries of one list of a file ("clusters", each holding a "cluster") to `out`; names that it has stay as they are. */
static bool merge_list(struct map *out, struct value root, const char *list_key, const char *entry_key, struct str file, struct arena *a,
		       struct err *err)
{
	struct value *list = value_map_get(root, str_c(list_key));
	if (!list || list->kind == VAL_NULL)
		return true;
	if (list->kind != VAL_LIST)
		return err_set(err, ERR_SYNTAX, "kubeconfig '%.*s': %s must be a list", STR_ARG(file), list_key);
	struct map seen;
	map_init(&seen, 0, a);
	for (size_t i = 0; i < list->list->n; i++) {
		struct str name = value_find_str(list->list->p[i], "name");
		if (!name.n)
			return err_set(err, ERR_SYNTAX, "kubeconfig '%.*s': %s[%zu] has no name", STR_ARG(file), list_key, i);
		if (map_has(&seen, name))
			return err_set(err, ERR_SYNTAX, "kubeconfig '%.*s': %s defines '%.*s' twice", STR_ARG(file), list_key,
				       STR_ARG(name));
		map_put(&seen, name);
		if (map_has(out, name))
			continue;
		struct value *entry = value_map_get(list->list->p[i], str_c(entry_key));
		if (entry && entry->kind != VAL_MAP && entry->kind != VAL_NULL)
			return err_set(err, ERR_SYNTAX, "kubeconfig '%.*s': %s of '%.*s' must be a map", STR_ARG(file), entry_key,
				       STR_ARG(name));
		*(struct kube_named *)map_put(out, name) = (struct kube_named){ entry ? *entry : value_null(), file };
	}
	return true;
}

static bool merge_file(struct kube_configs *out, struct str file, struct arena *a, struct err *err)
{
	struct str text;
	if (!fs_read(file, KUBECONFIG_MAX, a, &text, err))
		return err_wrap(err, "kubeconfig");
	struct value root;
	const struct yaml_options options = { .rules = YAML_HELM, .numbers = YAML_INTS, .file = file };
	if (!yaml_read_map(text, &options, a, &root, err))
		return err_wrap(err, "kubeconfig '%.*s'", STR_ARG(file));
	struct str kind = value_find_str(root, "kind");
	if (kind.n && !str_eq_c(kind, "Config"))
		return err_set(err, ERR_SYNTAX, "kubeconfig '%.*s': kind is %.*s, not Config", STR_ARG(file), STR_ARG(kind));
	if (!out->current.n)
		out->current = value_find_str(root, "current-context");
	return merge_list(&out->clusters, root, "clusters", "cluster", file, a, err) &&
	       merge_list(&out->users, root, "users", "user", file, a, err) &&
	       merge_list(&out->contexts, root, "contexts", "context", file, a, err);
}

/* The files to look for, in order of precedence. */
static void list_files(const struct kube_config_options *options, struct arena *a, kube_strs *files)
{
	struct str env = kube_getenv(options->environ, "KUBECONFIG"), home = kube_getenv(options->environ, "HOME"), piece;
	if (options->kubeconfig.n) {
		vec_push_in(files, a, path_in(a, options->cwd, options->kubeconfig));
	} else if (env.n) {
		while (str_next(&env, ':', &piece))
			if (piece.n)
				vec_push_in(files, a, path_in(a, options->cwd, piece));
	} else if (home.n) {
		vec_push_in(files, a, path_join(a, home, STR(".kube/config")));
	}
}

bool kube_configs_load(const struct kube_config_options *options, struct arena *a, struct kube_configs *out, bool *found, struct err *err)
{
	struct kube_configs configs = { 0 };
	map_init(&configs.clusters, sizeof(struct kube_named), a);
	map_init(&configs.users, sizeof(struct kube_named), a);
	map_init(&configs.contexts, sizeof(struct kube_named), a);
	kube_strs files = { 0 };
	list_files(options, a, &files);
	AUTO_BUF names = { 0 };
	for (size_t i = 0; i < files.n; i++) {
		buf_addf(&names, "%s%.*s", i ? ", " : "", STR_ARG(files.p[i]));
		if (!options->kubeconfig.n && !fs_exists(files.p[i]))
			continue;
		if (!merge_file(&configs, files.p[i], a, err))
			return false;
	}
	configs.looked_at = buf_to_arena(&names, a);
	bool any = map_len(&configs.clusters) || map_len(&configs.users) || map_len(&configs.contexts);
	if (!any && options->kubeconfig.n)
		return err_set(err, ERR_USAGE, "kubeconfig '%.*s' defines no cluster, user or context", STR_ARG(options->kubeconfig));
	*out = configs;
	*found = any;
	return true;
}

/* Says which names there are, as a hint. */
static void hint_names(struct err *err, const struct map *names, const char *what)
{
	AUTO_BUF list = { 0 };
	for (size_t i = 0; i < map_len(names) && i < 20; i++)
		buf_addf(&list, "%s%.*s", i ? ", " : "", STR_ARG(map_key(names, map_sorted((struct map *)names, i))));
	if (map_len(names) > 20)
		buf_addf(&list, ", … (%zu in all)", map_len(names));
	if (list.n)
		err_hint(err, "%s: %.*s", what, STR_ARG(buf_str(&list)));
}

/* "https://" before a server without a scheme, no slash behind it: how Tanka compares. */
static struct str normal_server(struct str s, struct arena *a)
{
	if (str_find(s, STR("://")) == STR_NPOS)
		s = arena_concat(a, STR("https://"), s);
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

bool kube_configs_find_server(const struct kube_configs *configs, struct str api_server, struct arena *a, struct str *context,
			      struct err *err)
{
	struct str want = normal_server(api_server, a);
	for (size_t i = 0; i < map_len(&configs->contexts); i++) {
		const struct kube_named *c = map_at(&configs->contexts, i);
		const struct kube_named *cluster = map_find(&configs->clusters, value_find_str(c->value, "cluster"));
		struct str server = cluster ? value_find_str(cluster->value, "server") : STR_NONE;
		if (server.n && str_eq(normal_server(server, a), want)) {
			*context = map_key(&configs->contexts, i);
			return true;
		}
	}
	err_set(err, ERR_NOT_FOUND, "no context of the kubeconfig leads to the API server '%.*s'", STR_ARG(want));
	return err_hint(err, "looked at %.*s", STR_ARG(configs->looked_at));
}

bool kube_configs_find_names(const struct kube_configs *configs, const struct str *names, size_t count, struct str *context,
			     struct err *err)
{
	AUTO_BUF list = { 0 };
	for (size_t i = 0; i < count; i++) {
		if (map_has(&configs->contexts, names[i])) {
			*context = names[i];
			return true;
		}
		buf_addf(&list, "%s'%.*s'", i ? ", " : "", STR_ARG(names[i]));
	}
	err_set(err, ERR_NOT_FOUND, "none of the contexts %s is in the kubeconfig", list.n ? list.p : "(none given)");
	hint_names(err, &configs->contexts, "it has");
	return false;
}

/* Resolves the context's own entry and finds its cluster and user. */
static bool find_entries(const struct kube_configs *configs, struct kube_config *out, const struct kube_named **cluster,
			 const struct kube_named **user, struct err *err)
{
	const struct kube_named *context = map_find(&configs->contexts, out->context);
	if (!context) {
		err_set(err, ERR_NOT_FOUND, "context \"%.*s\" does not exist", STR_ARG(out->context));
		if (map_len(&configs->contexts))
			hint_names(err, &configs->contexts, "the kubeconfig has");
		return err_hint(err, "looked at %.*s", STR_ARG(configs->looked_at));
	}
	out->origin = context->file;
	out->cluster = value_find_str(context->value, "cluster");
	out->user = value_find_str(context->value, "user");
	out->namespace = value_find_str(context->value, "namespace");
	*cluster = map_find(&configs->clusters, out->cluster);
	if (!*cluster)
		return err_set(err, ERR_NOT_FOUND, "context \"%.*s\" names cluster \"%.*s\", which kubeconfig '%.*s' does not define",
			       STR_ARG(out->context), STR_ARG(out->cluster), STR_ARG(out->origin));
	*user = map_find(&configs->users, out->user);
	if (!*user && out->user.n)
		return err_set(err, ERR_NOT_FOUND, "context \"%.*s\" names user \"%.*s\", which kubeconfig '%.*s' does not define",
			       STR_ARG(out->context), STR_ARG(out->user), STR_ARG(out->origin));
	return true;
}

bool kube_configs_resolve(const struct kube_configs *configs, struct str context, struct arena *a, struct kube_config *out, struct err *err)
{
	struct kube_config c = { .context = context.n ? context : configs->current };
	const struct kube_named *cluster = NULL, *user = NULL;
	if (!c.context.n) {
		err_set(err, ERR_USAGE, "the kubeconfig (%.*s) sets no current-context", STR_ARG(configs->looked_at));
		hint_names(err, &configs->contexts, "choose one with --context");
		return false;
	}
	if (!find_entries(configs, &c, &cluster, &user, err))
		return false;
	if (!kube_resolve_cluster(cluster, a, &c, err) || !kube_resolve_user(user, a, &c, err))
		return err_wrap(err, "context \"%.*s\"", STR_ARG(c.context));
	if (!c.namespace.n)
		c.namespace = STR("default");
	*out = c;
	return true;
}

bool kube_config_in_pod(const struct kube_config_options *options, struct arena *a, struct kube_config *out, bool *found, struct err *err)
{
	struct str dir = options->pod_dir.n ? options->pod_dir : STR("/var/run/secrets/kubernetes.io/serviceaccount");
	struct str host = kube_getenv(options->environ, "KUBERNETES_SERVICE_HOST");
	struct str port = kube_getenv(options->environ, "KUBERNETES_SERVICE_PORT"), namespace;
	struct kube_config c = { .token_file = path_join(a, dir, STR("token")), .namespace = STR("default") };
	*found = host.n && port.n && fs_exists(c.token_file);
	if (!*found)
		return true;
	bool v6 = str_find_char(host, ':') != STR_NPOS;
	c.server = arena_fmt(a, "https://%s%.*s%s:%.*s", v6 ? "[" : "", STR_ARG(host), v6 ? "]" : "", STR_ARG(port));
	struct str ca = path_join(a, dir, STR("ca.crt")), namespace_file = path_join(a, dir, STR("namespace"));
	c.origin = dir;
	c.ca_file = fs_exists(ca) ? ca : STR("");
	if (fs_exists(namespace_file)) {
		if (!fs_read(namespace_file, 4096, a, &namespace, err))
			return false;
		c.namespace = str_trim(namespace);
	}
	*out = c;
	return true;
}

bool kube_config_load(const struct kube_config_options *options, struct str context, struct arena *a, struct kube_config *out, bool *found,
		      struct err *err)
{
	struct kube_configs configs;
	if (!kube_configs_load(options, a, &configs, found, err))
		return false;
	if (*found)
		return kube_configs_resolve(&configs, context, a, out, err);
	if (context.n) {
		err_set(err, ERR_NOT_FOUND, "context \"%.*s\" does not exist: there is no kubeconfig", STR_ARG(context));
		return err_hint(err, "looked for %.*s", STR_ARG(configs.looked_at));
	}
	return kube_config_in_pod(options, a, out, found, err);
}
