/* Token requests follow the distribution project's token authentication specification. */
#include "oci/auth.h"

#include "base/enc.h"
#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "ext/proc.h"

/* --- docker's config --- */

static bool run_helper(struct str helper, struct str host, char *const *environ, struct arena *a, struct oci_credentials *out, struct err *err)
{
	AUTO_BUF output = { 0 };
	AUTO_BUF errors = { 0 };
	struct proc_end end;
	struct value v;
	const char *argv[] = { arena_fmt(a, "docker-credential-%.*s", STR_ARG(helper)).p, "get", NULL };
	struct proc_options opt = { .argv = argv, .env = (const char *const *)environ, .in = PROC_PIPE, .out = PROC_PIPE, .err = PROC_PIPE };
	struct proc_run io = { .input = host, .out = &output, .err = &errors, .limit = 1 << 20, .timeout_ms = 60000 };
	if (!proc_run(&opt, &io, &end, err))
		return err_wrap(err, "credentials for %.*s", STR_ARG(host));
	if (end.code != 0) {
		/* Helpers say so on standard output where they hold nothing for that host. */
		if (str_contains(buf_str(&output), STR("credentials not found")))
			return true;
		return err_set(err, ERR_DENIED, "%s gave no credentials for %.*s (exit status %d)", argv[0], STR_ARG(host), end.code);
	}
	if (!json_parse(buf_to_arena(&output, a), NULL, a, &v, err))
		return err_wrap(err, "the answer of %s", argv[0]);
	struct str user = value_find_str(v, "Username"), secret = value_find_str(v, "Secret");
	if (str_eq(user, STR("<token>")))
		out->identity_token = secret;
	else
		*out = (struct oci_credentials){ .username = user, .password = secret };
	return true;
}

/* Keys of `auths` are hosts, or URLs of old. */
static struct value *find_auth(struct value auths, struct str host)
{
	for (size_t i = 0; auths.kind == VAL_MAP && i < value_map_len(auths); i++) {
		struct str key = map_key(auths.map, i), rest;
		key = str_drop_prefix(str_drop_prefix(key, STR("https://")), STR("http://"));
		str_cut(key, '/', &key, &rest);
		bool hub = str_eq(host, STR("docker.io")) && (str_eq(key, STR("index.docker.io")) || str_eq(key, STR("registry-1.docker.io")));
		if (hub || str_eq(key, host))
			return value_map_at(auths, i);
	}
	return NULL;
}

static bool take_auth(struct value entry, struct str host, struct arena *a, struct oci_credentials *out, struct err *err)
{
	AUTO_BUF plain = { 0 };
	struct str auth = value_find_str(entry, "auth"), text;
	out->identity_token = value_find_str(entry, "identitytoken");
	out->username = value_find_str(entry, "username");
	out->password = value_find_str(entry, "password");
	if (!auth.n)
		return true;
	if (!enc_unbase64(&plain, auth, ENC_BASE64, NULL))
		return err_set(err, ERR_SYNTAX, "the docker config's auth for %.*s is not base64", STR_ARG(host));
	text = buf_to_arena(&plain, a);
	str_cut(text, ':', &out->username, &out->password);
	return true;
}

bool oci_auth_find(struct str docker_config, struct str host, char *const *environ, struct arena *a, struct oci_credentials *out,
		   struct err *err)
{
	struct oci_credentials c = { 0 };
	struct str path = path_join(a, docker_config, STR("config.json")), text;
	struct value config;
	*out = c;
	if (!docker_config.n || !fs_is_file(path))
		return true;
	if (!fs_read(path, 16 << 20, a, &text, err) || !json_parse(text, &(struct json_read_options){ .file = path }, a, &config, err))
		return false;
	struct value *helpers = value_map_get(config, STR("credHelpers")), *auths = value_map_get(config, STR("auths"));
	struct value *helper = helpers ? value_map_get(*helpers, host) : NULL;
	struct value *entry = auths ? find_auth(*auths, host) : NULL;
	struct str name = helper && helper->kind == VAL_STR ? value_as_str(*helper) : value_find_str(config, "credsStore");
	if (entry && !take_auth(*entry, host, a, &c, err))
		return false;
	if (!c.username.n && !c.identity_token.n && name.n && !run_helper(name, host, environ, a, &c, err))
		return false;
	*out = c;
	return true;
}

/* --- challenges and tokens --- */

/* Takes name="value" or name=value off *rest. */
static bool next_param(struct str *rest, struct str *name, struct str *value)
{
	*rest = str_trim_left(*rest);
	while (rest->n && rest->p[0] == ',')
		*rest = str_trim_left(str_slice(*rest, 1, rest->n));
	if (!str_cut(*rest, '=', name, rest))
		return false;
	*name = str_trim(*name);
	if (rest->n && rest->p[0] == '"') {
		size_t end = str_find_char(str_slice(*rest, 1, rest->n), '"');
		if (end == STR_NPOS)
			return false;
		*value = str_slice(*rest, 1, end + 1);
		*rest = str_slice(*rest, end + 2, rest->n);
	} else {
		size_t end = str_find_char(*rest, ',');
		*value = str_trim(str_slice(*rest, 0, end));
		*rest = str_slice(*rest, end, rest->n);
	}
	return true;
}

bool oci_auth_challenge(struct str header, struct oci_challenge *out)
{
	struct str scheme, rest, name, value;
	struct oci_challenge c = { 0 };
	str_cut(str_trim(header), ' ', &scheme, &rest);
	c.bearer = str_eq_nocase(scheme, STR("bearer"));
	if (!c.bearer && !str_eq_nocase(scheme, STR("basic")))
		return false;
	while (next_param(&rest, &name, &value)) {
		if (str_eq_nocase(name, STR("realm")))
			c.realm = value;
		else if (str_eq_nocase(name, STR("service")))
			c.service = value;
		else if (str_eq_nocase(name, STR("scope")))
			c.scope = value;
	}
	*out = c;
	return !c.bearer || c.realm.n > 0;
}

static void add_query(struct buf *b, const char *key, struct str value)
{
	if (value.n == 0)
		return;
	buf_add_char(b, str_find_char(buf_str(b), '?') == STR_NPOS ? '?' : '&');
	buf_addf(b, "%s=", key);
	http_escape(b, value);
}

static void token_request(const struct oci_challenge *ch, const struct oci_credentials *c, const struct http_tls *tls, struct buf *url,
			  struct buf *form, struct http_request *req)
{
	static const struct http_header type[] = { { STR_INIT("Content-Type"), STR_INIT("application/x-www-form-urlencoded") } };
	buf_add(url, ch->realm);
	if (c->identity_token.n) {
		/* An identity token is exchanged by POST (OAuth 2). */
		buf_add_c(form, "grant_type=refresh_token&client_id=raibid-run&refresh_token=");
		http_escape(form, c->identity_token);
		buf_add_c(form, "&service=");
		http_escape(form, ch->service);
		buf_add_c(form, "&scope=");
		http_escape(form, ch->scope);
		*req = (struct http_request){ .url = buf_str(url), .body.bytes = buf_str(form), .headers = type, .header_count = 1 };
	} else {
		add_query(url, "service", ch->service);
		add_query(url, "scope", ch->scope);
		*req = (struct http_request){ .url = buf_str(url), .username = c->username, .password = c->password };
	}
	req->tls = *tls;
	req->retries = 2;
}

bool oci_auth_token(struct http *http, const struct oci_challenge *challenge, const struct oci_credentials *credentials,
		    const struct http_tls *tls, struct arena *a, struct str *token, struct err *err)
{
	AUTO_BUF url = { 0 };
	AUTO_BUF form = { 0 };
	struct http_request req;
	struct http_response resp = { 0 };
	struct value v;
	token_request(challenge, credentials, tls, &url, &form, &req);
	bool ok = http_do(http, &req, &resp, err) && http_check(&resp, err) && json_parse(buf_to_arena(&resp.body, a), NULL, a, &v, err);
	http_response_deinit(&resp);
	if (!ok)
		return err_wrap(err, "asking %.*s for a token", STR_ARG(http_safe_url(a, challenge->realm)));
	*token = value_find_str(v, "token").n ? value_find_str(v, "token") : value_find_str(v, "access_token");
	if (!token->n)
		return err_set(err, ERR_DENIED, "%.*s gave no token", STR_ARG(http_safe_url(a, challenge->realm)));
	return true;
}
