/*
 * What a request becomes on the wire: one curl handle a try, made from the request and from what the tries before have shown (another origin, a part of the file that is
 * there already). At another origin nothing is sent that could be a credential.
 */
#include <string.h>

#include "base/enc.h"
#include "ext/libcurl.h"

enum { CONNECT_TIMEOUT_MS = 15000, STALL_TIMEOUT_MS = 30000 };

#define SET(option, value) lc.curl_easy_setopt(t->easy, option, value)

static struct curl_blob blob_of(struct str s)
{
	return (struct curl_blob){ (void *)s.p, s.n, CURL_BLOB_NOCOPY };
}

static void set_tls(struct http_transfer *t)
{
	const struct http_tls *tls = &t->req.tls;
	struct str ca_file = tls->ca_file.n ? tls->ca_file : t->http->opt.ca_file;
	struct curl_blob blob;
	if (tls->insecure) {
		SET(CURLOPT_SSL_VERIFYPEER, 0L);
		SET(CURLOPT_SSL_VERIFYHOST, 0L);
	} else if (tls->ca_pem.n) {
		blob = blob_of(tls->ca_pem);
		SET(CURLOPT_CAINFO_BLOB, &blob);
		SET(CURLOPT_CAPATH, NULL);
	} else if (ca_file.n) {
		SET(CURLOPT_CAINFO, arena_cstr(&t->arena, ca_file));
		SET(CURLOPT_CAPATH, NULL);
	}
	if (t->foreign)
		return;
	if (tls->cert_pem.n) {
		blob = blob_of(tls->cert_pem);
		SET(CURLOPT_SSLCERT_BLOB, &blob);
	} else if (tls->cert_file.n) {
		SET(CURLOPT_SSLCERT, arena_cstr(&t->arena, tls->cert_file));
	}
	if (tls->key_pem.n) {
		blob = blob_of(tls->key_pem);
		SET(CURLOPT_SSLKEY_BLOB, &blob);
	} else if (tls->key_file.n) {
		SET(CURLOPT_SSLKEY, arena_cstr(&t->arena, tls->key_file));
	}
}

static void header_line(struct http_transfer *t, struct str name, struct str value)
{
	/* curl drops a header that ends in a colon; one with an empty value is written with a semicolon. */
	struct str line = value.n ? arena_fmt(&t->arena, "%.*s: %.*s", STR_ARG(name), STR_ARG(value))
				  : arena_fmt(&t->arena, "%.*s;", STR_ARG(name));
	t->headers = lc.curl_slist_append(t->headers, line.p);
}

/* At another origin only headers that cannot be credentials are sent on. */
static bool is_harmless(struct str name)
{
	static const char *const names[] = { "accept", "accept-language", "content-type", "if-modified-since", "if-none-match",
					     "range",  "if-range" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_nocase(name, str_c(names[i])))
			return true;
	return false;
}

static bool header_is_clean(struct http_header h)
{
	return h.name.n && str_find_char(h.name, '\n') == STR_NPOS && str_find_char(h.value, '\n') == STR_NPOS &&
	       str_find_char(h.value, '\r') == STR_NPOS && !memchr(h.value.p ? h.value.p : "x", '\0', h.value.n);
}

static void unescape(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '%' || i + 2 >= s.n || !enc_unhex(out, str_slice(s, i + 1, i + 3), NULL))
			buf_add_char(out, s.p[i]);
		else
			i += 2;
}

static void set_authorization(struct http_transfer *t, const struct http_url *u)
{
	AUTO_BUF plain = { 0 }, line = { 0 };
	if (t->req.bearer.n) {
		header_line(t, STR("Authorization"), arena_fmt(&t->arena, "Bearer %.*s", STR_ARG(t->req.bearer)));
		return;
	}
	if (t->req.username.n) {
		buf_addf(&plain, "%.*s:%.*s", STR_ARG(t->req.username), STR_ARG(t->req.password));
	} else if (u->has_user) {
		unescape(&plain, u->user);
		buf_add_char(&plain, ':');
		unescape(&plain, u->password);
	} else {
		return;
	}
	buf_add_c(&line, "Basic ");
	enc_base64(&line, buf_str(&plain), ENC_BASE64);
	header_line(t, STR("Authorization"), buf_str(&line));
}

static bool set_headers(struct http_transfer *t, const struct http_url *u)
{
	bool has_type = false;
	for (size_t i = 0; i < t->req.header_count; i++) {
		struct http_header h = t->req.headers[i];
		if (!header_is_clean(h))
			return err_set(&t->err, ERR_USAGE, "a request header holds a line break");
		if (t->foreign && !is_harmless(h.name))
			continue;
		has_type = has_type || str_eq_nocase(h.name, STR("content-type"));
		header_line(t, h.name, h.value);
	}
	if (!t->foreign)
		set_authorization(t, u);
	if (!has_type)
		t->headers = lc.curl_slist_append(t->headers, "Content-Type:");
	t->headers = lc.curl_slist_append(t->headers, "Expect:");
	return true;
}

bool transfer_has_body(const struct http_transfer *t)
{
	const struct http_body *b = &t->req.body;
	return !t->bodiless && (b->bytes.p || b->has_fd || b->read);
}

struct str transfer_method(const struct http_transfer *t)
{
	if (t->bodiless)
		return str_eq(t->req.method, STR("HEAD")) ? STR("HEAD") : STR("GET");
	if (t->req.method.n)
		return t->req.method;
	return transfer_has_body(t) ? STR("POST") : STR("GET");
}

static void set_method(struct http_transfer *t)
{
	const struct http_body *b = &t->req.body;
	struct str method = transfer_method(t);
	if (str_eq(method, STR("HEAD"))) {
		SET(CURLOPT_NOBODY, 1L);
		return;
	}
	if (transfer_has_body(t) && !b->bytes.p) {
		SET(CURLOPT_UPLOAD, 1L);
		SET(CURLOPT_READFUNCTION, transfer_on_read);
		SET(CURLOPT_READDATA, t);
		SET(CURLOPT_SEEKFUNCTION, transfer_on_seek);
		SET(CURLOPT_SEEKDATA, t);
		SET(CURLOPT_INFILESIZE_LARGE, b->size || b->has_fd ? (curl_off_t)b->size : (curl_off_t)-1);
	} else if (transfer_has_body(t) || str_eq(method, STR("POST")) || str_eq(method, STR("PUT")) || str_eq(method, STR("PATCH"))) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(transfer_has_body(t) ? b->bytes.n : 0));
		SET(CURLOPT_POSTFIELDS, transfer_has_body(t) && b->bytes.n ? b->bytes.p : "");
	}
	SET(CURLOPT_CUSTOMREQUEST, arena_cstr(&t->arena, method));
}

static void set_range(struct http_transfer *t)
{
	t->asked_from = t->req.has_out_fd && !t->resume_refused ? t->offset : 0;
	if (t->asked_from == 0)
		return;
	header_line(t, STR("Range"), arena_fmt(&t->arena, "bytes=%llu-", (unsigned long long)t->asked_from));
	if (t->validator.n)
		header_line(t, STR("If-Range"), t->validator);
}

static void set_times(struct http_transfer *t)
{
	const struct http_request *r = &t->req;
	uint32_t stall = r->stall_timeout_ms ? r->stall_timeout_ms : STALL_TIMEOUT_MS;
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(r->connect_timeout_ms ? r->connect_timeout_ms : CONNECT_TIMEOUT_MS));
	if (t->deadline)
		SET(CURLOPT_TIMEOUT_MS, (long)MAX(t->deadline - http_now_ms(), (int64_t)1));
	if (stall != HTTP_NEVER) {
		SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
		SET(CURLOPT_LOW_SPEED_TIME, (long)((stall + 999) / 1000));
	}
}

/* The URL without user and password; with a server name that goes in the host's place, and the connection to the real one. */
static struct str wire_url(struct http_transfer *t, const struct http_url *u)
{
	bool v6 = str_find_char(u->host, ':') != STR_NPOS;
	struct str host = arena_fmt(&t->arena, v6 ? "[%.*s]" : "%.*s", STR_ARG(u->host)), name = t->req.tls.server_name;
	if (name.n && !t->foreign) {
		struct str real = arena_fmt(&t->arena, "::%.*s:%.*s", STR_ARG(host), STR_ARG(u->port));
		t->connect_to = lc.curl_slist_append(NULL, real.p);
		SET(CURLOPT_CONNECT_TO, t->connect_to);
		header_line(t, STR("Host"), arena_fmt(&t->arena, "%.*s%s%.*s", STR_ARG(host), u->port.n ? ":" : "", STR_ARG(u->port)));
		host = name;
	}
	return arena_fmt(&t->arena, "%.*s://%.*s%s%.*s%.*s%s%.*s", STR_ARG(u->scheme), STR_ARG(host), u->port.n ? ":" : "",
			 STR_ARG(u->port), STR_ARG(u->path), u->has_query ? "?" : "", STR_ARG(u->query));
}

static void set_protocols(struct http_transfer *t)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
	SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

bool transfer_configure(struct http_transfer *t)
{
	struct http_url u;
	if (!http_parse_url(t->url, &u))
		return err_set(&t->err, ERR_USAGE, "it is no valid URL");
	if (!str_eq_nocase(u.scheme, STR("http")) && !str_eq_nocase(u.scheme, STR("https")))
		return err_set(&t->err, ERR_USAGE, "only http and https are supported");
	t->easy = lc.curl_easy_init();
	if (!t->easy)
		base_die("out of memory");
	t->message[0] = '\0';
	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_ERRORBUFFER, t->message);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* Where HTTP/2 may come of it, wait for a connection that is being made rather than open another. */
	SET(CURLOPT_PIPEWAIT, str_eq_nocase(u.scheme, STR("https")) ? 1L : 0L);
	SET(CURLOPT_USERAGENT, t->http->opt.user_agent.p);
	SET(CURLOPT_HEADERFUNCTION, transfer_on_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_WRITEFUNCTION, transfer_on_body);
	SET(CURLOPT_WRITEDATA, t);
	if (t->req.compressed)
		SET(CURLOPT_ACCEPT_ENCODING, "");
	if (t->req.progress) {
		SET(CURLOPT_NOPROGRESS, 0L);
		SET(CURLOPT_XFERINFOFUNCTION, transfer_on_progress);
		SET(CURLOPT_XFERINFODATA, t);
	}
	if (t->req.proxy.n) {
		SET(CURLOPT_PROXY, arena_cstr(&t->arena, t->req.proxy));
		SET(CURLOPT_NOPROXY, "");
	}
	set_protocols(t);
	set_tls(t);
	set_times(t);
	if (!set_headers(t, &u))
		return false;
	set_range(t);
	set_method(t);
	SET(CURLOPT_URL, wire_url(t, &u).p);
	SET(CURLOPT_HTTPHEADER, t->headers);
	return true;
}
