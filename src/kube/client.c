/*
 * client.c: a call owns what its request points to, and lives in a list of its client until it ends.
 *
 * Retries (429, 5xx, lost connections, Retry-After) are ext/http's. A 401 is retried once where the credentials can be had anew: a plugin's answer may have been
 * revoked before it expired, a pod's token renewed.
 */
#include "kube/client.h"

#include <stdlib.h>
#include <string.h>

#include "data/json.h"
#include "ext/http.h"
#include "kube/auth.h"

#define HEADERS_MAX 32

struct call {
	struct kube_client *client;
	struct call *next, *prev;
	struct arena arena;
	struct kube_call call;     /* strings in the arena */
	struct http_request request;
	struct http_header headers[HEADERS_MAX];
	struct http_transfer *transfer;
	struct buf line;           /* the unfinished line of a stream */
	bool renewed;              /* credentials were made anew for it */
	bool served;               /* the stream has served its purpose */
	kube_done *done;
	void *ctx;
};

struct kube_client {
	const struct kube_config *config;
	struct http *http;
	struct kube_auth *auth;
	struct call *calls;
	bool closing;
};

/* Reasons of a Status, where they say more than the code; then codes. */
static const struct {
	const char *reason;
	int code;
	enum err_kind kind;
	const char *hint;
} failures[] = {
	{ "Unauthorized", 401, ERR_DENIED, "the credentials are wrong or have expired; log in again or check the user of this context" },
	{ "Forbidden", 403, ERR_DENIED, "this user lacks the right to do it: a Role or ClusterRole must grant it" },
	{ "NotFound", 404, ERR_NOT_FOUND, NULL },
	{ "Gone", 410, ERR_NOT_FOUND, NULL },
	{ "AlreadyExists", 409, ERR_CONFLICT, NULL },
	{ "Conflict", 409, ERR_CONFLICT, NULL },
	{ "Invalid", 422, ERR_FAILED, NULL },
	{ "BadRequest", 400, ERR_FAILED, NULL },
	{ "RequestEntityTooLarge", 413, ERR_LIMIT, NULL },
	{ "TooManyRequests", 429, ERR_NETWORK, "the server is busy; try again later" },
	{ "Timeout", 504, ERR_TIMEOUT, NULL },
	{ "ServerTimeout", 500, ERR_TIMEOUT, NULL },
	{ "InternalError", 500, ERR_FAILED, NULL },
	{ "ServiceUnavailable", 503, ERR_NETWORK, NULL },
};

bool kube_client_new(const struct kube_config *config, char *const *environ, struct kube_client **out, struct err *err)
{
	struct http *http;
	if (!http_new(&(struct http_options){ .max_transfers = 256 }, &http, err))
		return false;
	struct kube_client *c = xcalloc(1, sizeof(*c));
	c->config = config;
	c->http = http;
	c->auth = kube_auth_new(config, environ);
	*out = c;
	return true;
}

static void call_free(struct call *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		c->client->calls = c->next;
	if (c->next)
		c->next->prev = c->prev;
	buf_deinit(&c->line);
	arena_deinit(&c->arena);
	free(c);
}

void kube_client_free(struct kube_client *client)
{
	if (!client)
		return;
	kube_client_cancel_all(client);
	http_free(client->http);
	kube_auth_free(client->auth);
	free(client);
}

/* Gives whole lines to the caller. */
static bool take_bytes(void *ctx, struct str bytes, struct err *err)
{
	struct call *c = ctx;
	if (c->line.n + bytes.n > KUBE_REPLY_MAX)
		return err_set(err, ERR_LIMIT, "an event of the watch is larger than %zu bytes (KUBE_REPLY_MAX)", KUBE_REPLY_MAX);
	while (bytes.n) {
		size_t end = str_find_char(bytes, '\n');
		if (end == STR_NPOS) {
			buf_add(&c->line, bytes);
			break;
		}
		buf_add(&c->line, str_slice(bytes, 0, end));
		bytes = str_slice(bytes, end + 1, bytes.n);
		if (c->line.n && !c->call.line(c->call.line_ctx, buf_str(&c->line), err)) {
			c->served = err->kind == ERR_NONE;
			return c->served ? err_set(err, ERR_CANCELLED, "served") : false;
		}
		buf_clear(&c->line);
	}
	return true;
}

static void add_header(struct call *c, const char *name, struct str value)
{
	if (value.n && c->request.header_count < HEADERS_MAX)
		c->headers[c->request.header_count++] = (struct http_header){ str_c(name), value };
}

/* Impersonate-User and its companions. */
static void add_impersonation(struct call *c)
{
	const struct kube_config *config = c->client->config;
	add_header(c, "Impersonate-User", config->as_user);
	add_header(c, "Impersonate-Uid", config->as_uid);
	for (size_t i = 0; i < config->as_groups.n; i++)
		add_header(c, "Impersonate-Group", config->as_groups.p[i]);
	for (size_t i = 0; config->as_extra.kind == VAL_MAP && i < value_map_len(config->as_extra); i++) {
		struct value list = *value_map_at(config->as_extra, i);
		AUTO_BUF name = { 0 };
		buf_add_c(&name, "Impersonate-Extra-");
		http_escape(&name, map_key(config->as_extra.map, i));
		const char *key = arena_cstr(&c->arena, buf_str(&name));
		for (size_t k = 0; list.kind == VAL_LIST && k < list.list->n; k++)
			if (list.list->p[k].kind == VAL_STR)
				add_header(c, key, value_as_str(list.list->p[k]));
	}
}

static http_done call_done;

/* Fills the request anew, since credentials may have changed, and starts it. */
static bool call_send(struct call *c, struct err *err)
{
	const struct kube_config *config = c->client->config;
	struct kube_credentials who;
	if (!kube_auth_get(c->client->auth, &who, err))
		return false;
	struct arena *a = &c->arena;
	bool stream = c->call.line != NULL;
	c->request = (struct http_request){
		.method = c->call.method.n ? c->call.method : STR("GET"),
		.url = arena_concat(a, config->server, c->call.path),
		.headers = c->headers,
		.body = { .bytes = c->call.body },
		.tls = { .ca_file = config->ca_file,
			 .ca_pem = config->ca_pem,
			 .cert_file = who.cert_file,
			 .cert_pem = arena_str(a, who.cert_pem),
			 .key_file = who.key_file,
			 .key_pem = arena_str(a, who.key_pem),
			 .server_name = config->tls_server_name,
			 .insecure = config->insecure },
		.username = who.username,
		.password = who.password,
		.bearer = arena_str(a, who.bearer),
		.write = stream ? take_bytes : NULL,
		.write_ctx = c,
		.max_body = KUBE_REPLY_MAX,
		.timeout_ms = c->call.timeout_ms ? c->call.timeout_ms : stream ? 0 : KUBE_REQUEST_TIMEOUT_MS,
		.stall_timeout_ms = stream ? HTTP_NEVER : 0,
		.retries = stream ? 0 : c->call.retries ? c->call.retries : KUBE_RETRIES,
		.final_500 = true, /* the server's own failure at this request, a webhook's say: the same again would follow */
		.no_redirects = true,
		.proxy = config->proxy_url,
		.compressed = !stream,
	};
	add_header(c, "Accept", c->call.accept.n ? c->call.accept : KUBE_JSON);
	add_header(c, "Content-Type", c->call.content_type);
	add_impersonation(c);
	return http_start(c->client->http, &c->request, call_done, c, &c->transfer, err);
}

/* Reads the causes of a Status. */
static void read_causes(struct kube_reply *reply)
{
	struct value *list = value_find(reply->body, "details.causes");
	for (size_t i = 0; list && list->kind == VAL_LIST && i < list->list->n; i++) {
		struct value v = list->list->p[i];
		vec_push_in(&reply->causes, reply->arena,
			    (struct kube_cause){ value_find_str(v, "reason"), value_find_str(v, "field"), value_find_str(v, "message") });
	}
}

/* Turns an answer of 400 and above into an error. */
static void refuse(struct kube_reply *reply, struct str text, struct err *err)
{
	bool is_status = str_eq_c(value_find_str(reply->body, "kind"), "Status");
	struct str message = is_status ? value_find_str(reply->body, "message") : str_trim(text);
	reply->reason = is_status ? value_find_str(reply->body, "reason") : STR("");
	if (is_status)
		read_causes(reply);
	if (!message.n)
		message = STR("the server gave no reason");
	size_t line = str_find_char(message, '\n');
	if (!is_status && line != STR_NPOS)
		message = str_slice(message, 0, line);
	size_t i = 0;
	while (i < ARRAY_LEN(failures) && !str_eq_c(reply->reason, failures[i].reason))
		i++;
	for (size_t k = 0; i == ARRAY_LEN(failures) && !reply->reason.n && k < ARRAY_LEN(failures); k++)
		if (failures[k].code == reply->status && reply->status != 500)
			i = k;
	enum err_kind kind = i < ARRAY_LEN(failures) ? failures[i].kind : reply->status > 500 ? ERR_NETWORK : ERR_FAILED;
	if (is_status)
		err_set(err, kind, "%.*s", STR_ARG(message));
	else
		err_set(err, kind, "the server answered %d: %.*s", reply->status, STR_ARG(message));
	if (i < ARRAY_LEN(failures) && failures[i].hint)
		err_hint(err, "%s", failures[i].hint);
}

static void read_reply(struct call *c, struct http_response *resp, struct kube_reply *reply, struct err *err)
{
	AUTO_ERR inner = { 0 };
	struct str text = buf_str(&resp->body);
	reply->status = resp->status;
	reply->tries = resp->tries;
	bool is_json = text.n && json_parse(text, &(struct json_read_options){ .numbers = JSON_INTS }, reply->arena, &reply->body, &inner);
	if (resp->status >= 300)
		refuse(reply, text, err);
	else if (!is_json && !c->call.line)
		err_set(err, ERR_NETWORK, "the answer of %.*s is not JSON: %s", STR_ARG(resp->url), inner.message ? inner.message : "empty");
}

static void call_done(void *ctx, struct http_response *resp, struct err *failure)
{
	struct call *c = ctx;
	struct arena a = { 0 };
	struct kube_reply reply = { .arena = &a };
	AUTO_ERR err = { 0 };
	c->transfer = NULL;
	if (failure->kind == ERR_NONE) {
		read_reply(c, resp, &reply, &err);
	} else if (!c->served) {
		err_move(&err, failure);
		err_wrap(&err, "cannot reach the cluster");
		err_hint(&err, "--context names another one; --embedded only records, without a cluster");
	}
	if (reply.status == 401 && !c->renewed && kube_auth_forget(c->client->auth)) {
		c->renewed = true;
		err_deinit(&err);
		if (call_send(c, &err)) {
			arena_deinit(&a);
			return;
		}
	}
	c->done(c->ctx, &reply, &err);
	call_free(c);
	arena_deinit(&a);
}

bool kube_client_start(struct kube_client *client, const struct kube_call *call, kube_done *done, void *ctx, struct err *err)
{
	if (client->closing)
		return err_set(err, ERR_CANCELLED, "interrupted");
	struct call *c = xcalloc(1, sizeof(*c));
	c->client = client;
	c->next = client->calls;
	if (c->next)
		c->next->prev = c;
	client->calls = c;
	c->call = *call;
	struct str *const strs[] = { &c->call.method, &c->call.path, &c->call.accept, &c->call.content_type, &c->call.body };
	for (size_t i = 0; i < ARRAY_LEN(strs); i++)
		if (strs[i]->n)
			*strs[i] = arena_str(&c->arena, *strs[i]);
	c->done = done;
	c->ctx = ctx;
	if (!call_send(c, err)) {
		call_free(c);
		return false;
	}
	return true;
}

void kube_client_cancel_all(struct kube_client *client)
{
	client->closing = true;
	while (client->calls) {
		struct call *c = client->calls;
		struct arena a = { 0 };
		struct kube_reply reply = { .arena = &a };
		AUTO_ERR err = { 0 };
		if (c->transfer)
			http_cancel(client->http, c->transfer);
		err_set(&err, ERR_CANCELLED, "interrupted");
		c->done(c->ctx, &reply, &err);
		call_free(c);
		arena_deinit(&a);
	}
	client->closing = false;
}

bool kube_client_run(struct kube_client *client, int wait_ms, size_t *running, struct err *err)
{
	return http_run(client->http, wait_ms, running, err);
}

/* Where kube_client_do puts what its call brings. */
struct single {
	struct arena *arena;
	struct value *out;
	struct err *err;
	bool ended, ok;
};

static void single_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct single *s = ctx;
	s->ended = true;
	s->ok = err->kind == ERR_NONE;
	if (s->ok)
		*s->out = value_copy(reply->body, s->arena);
	else
		err_move(s->err, err);
}

bool kube_client_do(struct kube_client *client, const struct kube_call *call, struct arena *a, struct value *out, struct err *err)
{
	struct single s = { .arena = a, .out = out, .err = err };
	size_t running;
	if (!kube_client_start(client, call, single_done, &s, err))
		return false;
	while (!s.ended)
		if (!kube_client_run(client, 1000, &running, err)) {
			AUTO_ERR other = { 0 };
			s.err = &other;
			kube_client_cancel_all(client);
			return false;
		}
	return s.ok;
}
