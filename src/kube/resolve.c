/*
 * resolve.c: two tables of fields, read by one loop; then the rules that span fields, which are client-go's: what kubectl refuses is refused here
 * with the same words where it has some.
 */
#include "kube/resolve.h"

#include "base/enc.h"
#include "base/path.h"

enum field_kind {
	FIELD_STR,
	FIELD_PATH, /* relative to the file that defines it */
	FIELD_DATA, /* base64 */
	FIELD_BOOL,
};

struct field {
	const char *key;
	enum field_kind kind;
	size_t offset; /* of a struct str or bool in struct kube_config */
};

static const struct field cluster_fields[] = {
	{ "server", FIELD_STR, offsetof(struct kube_config, server) },
	{ "certificate-authority", FIELD_PATH, offsetof(struct kube_config, ca_file) },
	{ "certificate-authority-data", FIELD_DATA, offsetof(struct kube_config, ca_pem) },
	{ "insecure-skip-tls-verify", FIELD_BOOL, offsetof(struct kube_config, insecure) },
	{ "tls-server-name", FIELD_STR, offsetof(struct kube_config, tls_server_name) },
	{ "proxy-url", FIELD_STR, offsetof(struct kube_config, proxy_url) },
};

static const struct field user_fields[] = {
	{ "client-certificate", FIELD_PATH, offsetof(struct kube_config, cert_file) },
	{ "client-certificate-data", FIELD_DATA, offsetof(struct kube_config, cert_pem) },
	{ "client-key", FIELD_PATH, offsetof(struct kube_config, key_file) },
	{ "client-key-data", FIELD_DATA, offsetof(struct kube_config, key_pem) },
	{ "token", FIELD_STR, offsetof(struct kube_config, token) },
	{ "tokenFile", FIELD_PATH, offsetof(struct kube_config, token_file) },
	{ "username", FIELD_STR, offsetof(struct kube_config, username) },
	{ "password", FIELD_STR, offsetof(struct kube_config, password) },
	{ "as", FIELD_STR, offsetof(struct kube_config, as_user) },
	{ "as-uid", FIELD_STR, offsetof(struct kube_config, as_uid) },
};

static bool read_field(const struct field *f, struct value v, struct str file, struct arena *a, struct kube_config *c, struct err *err)
{
	bool *flag = (bool *)((char *)c + f->offset);
	struct str *text = (struct str *)((char *)c + f->offset);
	if (v.kind != (f->kind == FIELD_BOOL ? VAL_BOOL : VAL_STR))
		return err_set(err, ERR_SYNTAX, "%s must be a %s, not a %s", f->key, f->kind == FIELD_BOOL ? "bool" : "string",
			       value_kind_name(v.kind));
	if (f->kind == FIELD_BOOL) {
		*flag = v.b;
		return true;
	}
	*text = value_as_str(v);
	if (f->kind == FIELD_PATH && text->n)
		*text = path_in(a, path_dir(a, file), *text);
	if (f->kind != FIELD_DATA)
		return true;
	AUTO_BUF bytes = { 0 };
	size_t at;
	if (!enc_unbase64(&bytes, *text, ENC_BASE64, &at))
		return err_set(err, ERR_SYNTAX, "%s: illegal base64 data at input byte %zu", f->key, at);
	*text = buf_to_arena(&bytes, a);
	return true;
}

static bool read_fields(const struct field *fields, size_t n, const struct kube_named *entry, struct arena *a, struct kube_config *c,
			struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_map_get(entry->value, str_c(fields[i].key));
		if (v && v->kind != VAL_NULL && !read_field(&fields[i], *v, entry->file, a, c, err))
			return false;
	}
	return true;
}

/* Where `what` of the entry is wrong: the name of the entry and its file before the message. */
static bool in_entry(struct err *err, const char *what, struct str name, const struct kube_named *entry)
{
	return err_wrap(err, "kubeconfig '%.*s': %s \"%.*s\"", STR_ARG(entry->file), what, STR_ARG(name));
}

static bool check_cluster(struct kube_config *c, struct arena *a, struct err *err)
{
	if (!c->server.n)
		return err_set(err, ERR_USAGE, "no server found");
	bool tls = c->insecure || c->ca_file.n || c->ca_pem.n || c->tls_server_name.n;
	if (str_find(c->server, STR("://")) == STR_NPOS)
		c->server = arena_concat(a, tls ? STR("https://") : STR("http://"), c->server);
	if (!str_starts(c->server, STR("https://")) && !str_starts(c->server, STR("http://")))
		return err_set(err, ERR_USAGE, "server '%.*s' is neither http nor https", STR_ARG(c->server));
	while (c->server.p[c->server.n - 1] == '/')
		c->server.n--;
	if (c->insecure && (c->ca_file.n || c->ca_pem.n))
		return err_set(err, ERR_USAGE, "specifying a root certificates file with the insecure flag is not allowed");
	if (c->ca_file.n && c->ca_pem.n)
		return err_set(err, ERR_USAGE, "certificate-authority-data and certificate-authority are both specified");
	return true;
}

bool kube_resolve_cluster(const struct kube_named *cluster, struct arena *a, struct kube_config *c, struct err *err)
{
	if (!read_fields(cluster_fields, ARRAY_LEN(cluster_fields), cluster, a, c, err) || !check_cluster(c, a, err))
		return in_entry(err, "cluster", c->cluster, cluster);
	return true;
}

/* The list of strings under `key`, empty where it is missing. */
static bool read_strs(struct value map, const char *key, struct arena *a, kube_strs *out, struct err *err)
{
	struct value *list = value_map_get(map, str_c(key));
	if (!list || list->kind == VAL_NULL)
		return true;
	if (list->kind != VAL_LIST)
		return err_set(err, ERR_SYNTAX, "%s must be a list, not a %s", key, value_kind_name(list->kind));
	for (size_t i = 0; i < list->list->n; i++) {
		struct value v = list->list->p[i];
		if (v.kind != VAL_STR)
			return err_set(err, ERR_SYNTAX, "%s[%zu] must be a string, not a %s", key, i, value_kind_name(v.kind));
		vec_push_in(out, a, value_as_str(v));
	}
	return true;
}

static bool read_exec_env(struct value map, struct arena *a, struct kube_exec *x, struct err *err)
{
	struct value *list = value_map_get(map, STR("env"));
	if (!list || list->kind == VAL_NULL)
		return true;
	if (list->kind != VAL_LIST)
		return err_set(err, ERR_SYNTAX, "exec.env must be a list, not a %s", value_kind_name(list->kind));
	for (size_t i = 0; i < list->list->n; i++) {
		struct str name = value_find_str(list->list->p[i], "name"), v = value_find_str(list->list->p[i], "value");
		if (!name.n)
			return err_set(err, ERR_USAGE, "exec.env[%zu] has no name", i);
		vec_push_in(&x->env, a, arena_fmt(a, "%.*s=%.*s", STR_ARG(name), STR_ARG(v)));
	}
	return true;
}

static bool read_interactive(struct value map, struct str user, struct kube_exec *x, struct err *err)
{
	static const char *const modes[] = { [KUBE_EXEC_IF_AVAILABLE] = "IfAvailable", [KUBE_EXEC_NEVER] = "Never", [KUBE_EXEC_ALWAYS] = "Always" };
	struct str mode = value_find_str(map, "interactiveMode");
	if (!mode.n) {
		if (str_ends(x->api_version, STR("/v1")))
			return err_set(err, ERR_USAGE, "interactiveMode must be specified for %.*s to use exec authentication plugin",
				       STR_ARG(user));
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (str_eq_c(mode, modes[i])) {
			x->interactive = i;
			return true;
		}
	return err_set(err, ERR_USAGE, "invalid interactiveMode \"%.*s\": it is Never, IfAvailable or Always", STR_ARG(mode));
}

static bool read_exec(struct value map, struct str file, struct arena *a, struct kube_config *c, struct err *err)
{
	struct kube_exec *x = arena_new(a, struct kube_exec);
	struct value *info = value_map_get(map, STR("provideClusterInfo"));
	x->command = value_find_str(map, "command");
	x->api_version = value_find_str(map, "apiVersion");
	x->install_hint = value_find_str(map, "installHint");
	x->provide_cluster_info = info && info->kind == VAL_BOOL && info->b;
	if (!x->command.n)
		return err_set(err, ERR_USAGE, "command must be specified for %.*s to use exec authentication plugin", STR_ARG(c->user));
	if (!x->api_version.n)
		return err_set(err, ERR_USAGE, "apiVersion must be specified for %.*s to use exec authentication plugin", STR_ARG(c->user));
	if (!str_eq_c(x->api_version, "client.authentication.k8s.io/v1") && !str_eq_c(x->api_version, "client.authentication.k8s.io/v1beta1")) {
		err_set(err, ERR_USAGE, "exec plugin: invalid apiVersion \"%.*s\"", STR_ARG(x->api_version));
		return err_hint(err, "client.authentication.k8s.io/v1 and v1beta1 are known; a newer plugin may offer them");
	}
	if (str_find_char(x->command, '/') != STR_NPOS)
		x->command = path_in(a, path_dir(a, file), x->command);
	c->exec = x;
	return read_strs(map, "args", a, &x->args, err) && read_exec_env(map, a, x, err) && read_interactive(map, c->user, x, err);
}

static bool check_user(const struct kube_config *c, const struct kube_named *user, struct err *err)
{
	bool token = c->token.n || c->token_file.n, basic = c->username.n || c->password.n;
	bool cert = c->cert_file.n || c->cert_pem.n;
	struct value *provider = value_map_get(user->value, STR("auth-provider"));
	if (provider && provider->kind == VAL_MAP) {
		err_set(err, ERR_USAGE, "auth-provider \"%.*s\" is not supported", STR_ARG(value_find_str(*provider, "name")));
		return err_hint(err, "Kubernetes has replaced auth providers by exec plugins: let your provider's tool write the kubeconfig again");
	}
	if (token && basic)
		return err_set(err, ERR_USAGE, "more than one authentication method found; found [token basicAuth], only one is allowed");
	if (c->cert_file.n && c->cert_pem.n)
		return err_set(err, ERR_USAGE, "client-certificate-data and client-certificate are both specified");
	if (c->key_file.n && c->key_pem.n)
		return err_set(err, ERR_USAGE, "client-key-data and client-key are both specified");
	if (cert && !c->key_file.n && !c->key_pem.n)
		return err_set(err, ERR_USAGE, "client-key-data or client-key must be specified to use the clientCert authentication method");
	if (!c->as_user.n && (c->as_uid.n || c->as_groups.n || c->as_extra.kind != VAL_NULL))
		return err_set(err, ERR_USAGE, "requesting uid, groups or user-extra without impersonating a user");
	return true;
}

bool kube_resolve_user(const struct kube_named *user, struct arena *a, struct kube_config *c, struct err *err)
{
	if (!user)
		return true;
	struct value *exec = value_map_get(user->value, STR("exec")), *extra = value_map_get(user->value, STR("as-user-extra"));
	if (extra && extra->kind == VAL_MAP)
		c->as_extra = *extra;
	if (!read_fields(user_fields, ARRAY_LEN(user_fields), user, a, c, err) ||
	    !read_strs(user->value, "as-groups", a, &c->as_groups, err) ||
	    (exec && exec->kind == VAL_MAP && !read_exec(*exec, user->file, a, c, err)) || !check_user(c, user, err))
		return in_entry(err, "user", c->user, user);
	return true;
}
