/*
 * auth.c: the exec protocol: the plugin gets KUBERNETES_EXEC_INFO, an ExecCredential with a spec, and prints one with a status.
 */
#include "kube/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/fs.h"
#include "data/json.h"
#include "ext/proc.h"

/* A plugin that cannot ask the user anything must answer within this. */
#define EXEC_TIMEOUT_MS 60000
#define EXEC_OUTPUT_MAX ((size_t)1 << 20)
#define TOKEN_MAX ((size_t)1 << 20)

struct kube_auth {
	const struct kube_config *config;
	char *const *environ;
	struct arena arena;  /* of the credentials below */
	bool has_answer;     /* of the plugin */
	int64_t expires_at;  /* seconds since 1970; 0: never */
	struct kube_credentials credentials;
};

struct kube_auth *kube_auth_new(const struct kube_config *config, char *const *environ)
{
	struct kube_auth *auth = xcalloc(1, sizeof(*auth));
	auth->config = config;
	auth->environ = environ;
	return auth;
}

void kube_auth_free(struct kube_auth *auth)
{
	if (!auth)
		return;
	arena_deinit(&auth->arena);
	free(auth);
}

/* Seconds since 1970 of an RFC 3339 time; false on anything else. */
static bool parse_time(struct str text, int64_t *out)
{
	char copy[64];
	struct tm tm = { 0 };
	if (text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = 0;
	char *rest = strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest && *rest == '.')
		do
			rest++;
		while (*rest >= '0' && *rest <= '9');
	if (!rest || !*rest)
		return false;
	long offset = 0;
	if (*rest != 'Z') {
		int hours, minutes;
		if (sscanf(rest + 1, "%2d:%2d", &hours, &minutes) != 2)
			return false;
		offset = (hours * 60 + minutes) * (*rest == '-' ? -60 : 60);
	}
	*out = (int64_t)timegm(&tm) - offset;
	return true;
}

/* The cluster as the plugin may see it: never the user's credentials. */
static struct value cluster_info(const struct kube_config *c, struct arena *a)
{
	struct value v = value_map_new(a);
	const struct {
		const char *key;
		struct str value;
	} fields[] = { { "server", c->server }, { "tls-server-name", c->tls_server_name }, { "proxy-url", c->proxy_url } };
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (fields[i].value.n)
			value_map_set(v, str_c(fields[i].key), value_str(fields[i].value));
	if (c->insecure)
		value_map_set(v, STR("insecure-skip-tls-verify"), value_bool(true));
	if (c->exec->cluster_config.kind != VAL_NULL)
		value_map_set(v, STR("config"), c->exec->cluster_config);
	return v;
}

static bool is_interactive(const struct kube_exec *x)
{
	return x->interactive != KUBE_EXEC_NEVER && isatty(STDIN_FILENO);
}

/* KUBERNETES_EXEC_INFO. */
static bool exec_info(const struct kube_config *c, struct arena *a, struct str *out, struct err *err)
{
	struct value info = value_map_new(a), spec = value_map_new(a);
	AUTO_BUF text = { 0 };
	value_map_set(info, STR("kind"), value_str(STR("ExecCredential")));
	value_map_set(info, STR("apiVersion"), value_str(c->exec->api_version));
	value_map_set(spec, STR("interactive"), value_bool(is_interactive(c->exec)));
	if (c->exec->provide_cluster_info) {
		struct value cluster = cluster_info(c, a);
		AUTO_BUF ca = { 0 };
		struct str pem = c->ca_pem;
		if (c->ca_file.n && !fs_read(c->ca_file, TOKEN_MAX, a, &pem, err))
			return false;
		if (pem.n) {
			enc_base64(&ca, pem, ENC_BASE64);
			value_map_set(cluster, STR("certificate-authority-data"), value_str(buf_to_arena(&ca, a)));
		}
		value_map_set(spec, STR("cluster"), cluster);
	}
	value_map_set(info, STR("spec"), spec);
	if (!json_write(info, NULL, &text, err))
		return false;
	*out = arena_fmt(a, "KUBERNETES_EXEC_INFO=%.*s", STR_ARG(buf_str(&text)));
	return true;
}

/* The environment of the plugin: ours, the entry's, and the protocol's variable. */
static const char *const *exec_environ(const struct kube_auth *auth, struct str info, struct arena *a)
{
	const struct kube_exec *x = auth->config->exec;
	size_t ours = 0, n = 0;
	while (auth->environ && auth->environ[ours])
		ours++;
	const char **env = arena_array(a, const char *, ours + x->env.n + 2);
	for (size_t i = 0; i < ours; i++) {
		struct str name, value;
		str_cut(str_c(auth->environ[i]), '=', &name, &value);
		bool replaced = str_eq_c(name, "KUBERNETES_EXEC_INFO");
		for (size_t k = 0; k < x->env.n && !replaced; k++)
			replaced = str_starts(x->env.p[k], str_slice(str_c(auth->environ[i]), 0, name.n + 1));
		if (!replaced)
			env[n++] = auth->environ[i];
	}
	for (size_t k = 0; k < x->env.n; k++)
		env[n++] = arena_cstr(a, x->env.p[k]);
	env[n++] = arena_cstr(a, info);
	return env;
}

static bool run_plugin(const struct kube_auth *auth, struct arena *a, struct str *output, struct err *err)
{
	const struct kube_exec *x = auth->config->exec;
	bool interactive = is_interactive(x);
	if (x->interactive == KUBE_EXEC_ALWAYS && !interactive)
		return err_set(err, ERR_DENIED, "exec plugin cannot support interactive mode: standard input is not a terminal");
	const char **argv = arena_array(a, const char *, x->args.n + 2);
	argv[0] = arena_cstr(a, x->command);
	for (size_t i = 0; i < x->args.n; i++)
		argv[i + 1] = arena_cstr(a, x->args.p[i]);
	struct str info;
	if (!exec_info(auth->config, a, &info, err))
		return false;
	const struct proc_options options = {
		.argv = argv,
		.env = exec_environ(auth, info, a),
		.in = interactive ? PROC_INHERIT : PROC_NULL,
		.out = PROC_PIPE,
		.err = PROC_INHERIT,
	};
	AUTO_BUF out = { 0 };
	const struct proc_run io = { .out = &out, .limit = EXEC_OUTPUT_MAX, .timeout_ms = interactive ? 0 : EXEC_TIMEOUT_MS };
	struct proc_end end;
	if (!proc_run(&options, &io, &end, err)) {
		if (err->kind == ERR_NOT_FOUND && x->install_hint.n)
			err_hint(err, "%.*s", STR_ARG(x->install_hint));
		return false;
	}
	if (end.code)
		return err_set(err, ERR_DENIED, "exec: executable %s failed with exit code %d", argv[0], end.code);
	*output = buf_to_arena(&out, a);
	return true;
}

/* Takes the answer into `auth`, whose arena holds `text`. */
static bool take_answer(struct kube_auth *auth, struct str text, struct err *err)
{
	AUTO_ERR inner = { 0 };
	struct value root;
	if (!json_parse(text, NULL, &auth->arena, &root, &inner) || root.kind != VAL_MAP)
		return err_set(err, ERR_DENIED, "its output is not an ExecCredential in JSON");
	struct str version = value_find_str(root, "apiVersion"), expires = value_find_str(root, "status.expirationTimestamp");
	const struct kube_exec *x = auth->config->exec;
	if (!str_eq(version, x->api_version))
		return err_set(err, ERR_DENIED, "exec plugin is configured to use API version %.*s, plugin returned version %.*s",
			       STR_ARG(x->api_version), STR_ARG(version));
	struct kube_credentials c = {
		.bearer = value_find_str(root, "status.token"),
		.cert_pem = value_find_str(root, "status.clientCertificateData"),
		.key_pem = value_find_str(root, "status.clientKeyData"),
	};
	if (!value_find(root, "status"))
		return err_set(err, ERR_DENIED, "exec plugin didn't return a status field");
	if (!c.bearer.n && !c.cert_pem.n && !c.key_pem.n)
		return err_set(err, ERR_DENIED, "exec plugin didn't return a token or cert/key pair");
	if (!c.cert_pem.n != !c.key_pem.n)
		return err_set(err, ERR_DENIED, "exec plugin returned only certificate or key, not both");
	auth->expires_at = 0;
	if (expires.n && !parse_time(expires, &auth->expires_at))
		return err_set(err, ERR_DENIED, "exec plugin returned a bad expirationTimestamp '%.*s'", STR_ARG(expires));
	auth->credentials = c;
	auth->has_answer = true;
	return true;
}

/* The file's token, read once until the server refuses it: tokens of pods are renewed in their file. */
static bool read_token(struct kube_auth *auth, struct err *err)
{
	struct str text;
	if (!fs_read(auth->config->token_file, TOKEN_MAX, &auth->arena, &text, err))
		return err_wrap(err, "token of user \"%.*s\"", STR_ARG(auth->config->user));
	auth->credentials = (struct kube_credentials){ .bearer = str_trim(text) };
	auth->has_answer = true;
	return true;
}

/* Makes what has to be asked for: a plugin's answer or a file's token. */
static bool ask(struct kube_auth *auth, struct err *err)
{
	struct str text;
	auth->has_answer = false;
	auth->expires_at = 0;
	auth->credentials = (struct kube_credentials){ 0 };
	arena_deinit(&auth->arena);
	if (!auth->config->exec)
		return read_token(auth, err);
	if (!run_plugin(auth, &auth->arena, &text, err) || !take_answer(auth, text, err))
		return err_wrap(err, "getting credentials for user \"%.*s\"", STR_ARG(auth->config->user));
	return true;
}

bool kube_auth_get(struct kube_auth *auth, struct kube_credentials *out, struct err *err)
{
	const struct kube_config *c = auth->config;
	bool expired = auth->expires_at && time(NULL) >= auth->expires_at;
	if ((c->exec || c->token_file.n) && (!auth->has_answer || expired) && !ask(auth, err))
		return false;
	struct kube_credentials got = auth->credentials;
	if (!got.cert_pem.n) {
		got.cert_file = c->cert_file;
		got.cert_pem = c->cert_pem;
		got.key_file = c->key_file;
		got.key_pem = c->key_pem;
	}
	if (!got.bearer.n)
		got.bearer = c->token;
	got.username = c->username;
	got.password = c->password;
	*out = got;
	return true;
}

bool kube_auth_forget(struct kube_auth *auth)
{
	bool had = auth->has_answer;
	auth->has_answer = false;
	return had;
}
