/*
 * A client is a curl multi handle with a list of transfers. A transfer goes through tries: WAITING for its turn (its origin's share of connections, or
 * the end of a back-off), then RUNNING in curl, then either again WAITING (a retry or a redirect) or done. Redirects and retries are ours rather
 * than curl's, so that credentials, sinks and limits are judged anew for each request on the wire.
 *
 * Nothing sleeps: a back-off is a time before which the transfer is not started, and bounds the wait of http_run.
 */
#include "ext/http.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "config.h"
#include "base/enc.h"
#include "base/vec.h"
#include "ext/crypto.h"
#include "ext/lib.h"

enum {
	PER_HOST = 8,
	ALL_TRANSFERS = 64,
	CONNECT_TIMEOUT_MS = 15000,
	STALL_TIMEOUT_MS = 30000,
	RETRY_BASE_MS = 250,
	RETRY_MAX_MS = 10000,
	MAX_HEADER_BYTES = 1 << 20, /* of one response */
	MAX_FDS = 64,
};

#define CURL_FUNCTIONS(X)                                                                             \
	X(curl_global_init)                                                                           \
	X(curl_easy_init)                                                                             \
	X(curl_easy_cleanup)                                                                          \
	X(curl_easy_setopt)                                                                           \
	X(curl_easy_getinfo)                                                                          \
	X(curl_easy_strerror)                                                                         \
	X(curl_slist_append)                                                                          \
	X(curl_slist_free_all)                                                                        \
	X(curl_multi_init)                                                                            \
	X(curl_multi_cleanup)                                                                         \
	X(curl_multi_setopt)                                                                          \
	X(curl_multi_add_handle)                                                                      \
	X(curl_multi_remove_handle)                                                                   \
	X(curl_multi_perform)                                                                         \
	X(curl_multi_poll)                                                                            \
	X(curl_multi_wakeup)                                                                          \
	X(curl_multi_info_read)                                                                       \
	X(curl_multi_strerror)

/* The header wraps these in checks that need the functions by their plain names. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

static struct {
	CURL_FUNCTIONS(LIB_POINTER)
} lc;
static const struct lib_symbol lc_symbols[] = { CURL_FUNCTIONS(LIB_SYMBOL) };
static struct lib lc_lib = LIB(CURL_SONAME, lc, lc_symbols);

/* What is known of a scheme, host and port. */
struct origin {
	uint32_t running;
	bool multiplexes; /* spoke HTTP/2 */
};

enum state { WAITING, RUNNING };

struct http_transfer {
	struct http *http;
	struct http_transfer *next, *prev;
	struct http_request req;
	http_done *done;
	void *ctx;
	enum state state;
	int64_t due;         /* WAITING: not before this time */
	int64_t deadline;    /* of the whole transfer; 0: none */
	uint32_t redirects;
	bool foreign;        /* redirected to another origin: no credentials any more */
	bool bodiless;       /* redirected as GET */
	bool resume_refused;
	uint32_t silences;   /* tries that timed out */

	/* Of the current try. */
	struct arena arena;  /* url and what curl borrows */
	struct str url;
	struct str origin;
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	char message[CURL_ERROR_SIZE];
	size_t header_bytes;
	uint64_t sent;       /* of the request's body */
	uint64_t asked_from; /* the Range that was asked for; 0: all */
	bool body_began;

	uint64_t offset;     /* out_fd: where the next byte goes */
	struct str validator; /* out_fd: the ETag or date of what is there; in keep */
	struct arena keep;    /* lives over tries */
	struct http_response resp;
	struct err err;      /* set by a sink */
};

struct http {
	CURLM *multi;
	struct http_options opt;
	struct arena arena;    /* options and origins */
	struct map origins;    /* of struct origin */
	struct http_transfer *first, *last;
	size_t count, running;
	uint64_t finished; /* transfers that called back so far */
	bool has_waiting;
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool need_curl(struct err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static bool ready;
	if (!lib_load(&lc_lib, err))
		return false;
	pthread_mutex_lock(&lock);
	bool ok = ready || lc.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	ready = ok;
	pthread_mutex_unlock(&lock);
	return ok || err_set(err, ERR_NETWORK, "libcurl cannot be initialised");
}

bool http_new(const struct http_options *opt, struct http **out, struct err *err)
{
	if (!need_curl(err))
		return false;
	struct http *h = xcalloc(1, sizeof(*h));
	h->opt = *opt;
	h->opt.user_agent = opt->user_agent.n ? arena_str(&h->arena, opt->user_agent) : STR("raibid-run/" PACKAGE_VERSION);
	h->opt.ca_file = arena_str(&h->arena, opt->ca_file);
	h->opt.max_per_host = opt->max_per_host ? opt->max_per_host : PER_HOST;
	h->opt.max_transfers = opt->max_transfers ? opt->max_transfers : ALL_TRANSFERS;
	map_init(&h->origins, sizeof(struct origin), &h->arena);
	h->multi = lc.curl_multi_init();
	if (!h->multi)
		base_die("out of memory");
	lc.curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	lc.curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)h->opt.max_transfers);
	*out = h;
	return true;
}

/* --- What curl calls --- */

static bool is_success(int status)
{
	return status >= 200 && status < 300;
}

static void set_validator(struct http_transfer *t)
{
	struct str tag = http_header(&t->resp, STR("etag"));
	/* A weak tag may stand for other bytes (RFC 9110 section 13.1.5). */
	struct str v = tag.n && !str_starts(tag, STR("W/")) ? tag : http_header(&t->resp, STR("last-modified"));
	t->validator = arena_str(&t->keep, v);
}

static void add_header(struct http_transfer *t, struct str line)
{
	struct str name, value;
	if (!str_cut(line, ':', &name, &value))
		return;
	value = str_trim(value);
	char *lower = arena_cstr(&t->resp.arena, name);
	for (size_t i = 0; i < name.n; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] |= 0x20;
	struct str *slot = map_put(&t->resp.headers, (struct str){ lower, name.n });
	*slot = slot->p ? arena_fmt(&t->resp.arena, "%.*s, %.*s", STR_ARG(*slot), STR_ARG(value)) : arena_str(&t->resp.arena, value);
}

/* "HTTP/1.1 200 OK": a new response begins (after a 100, or a proxy's own). */
static void begin_response(struct http_transfer *t, struct str line)
{
	struct str version, rest, status, reason;
	int64_t code = 0;
	str_cut(line, ' ', &version, &rest);
	str_cut(str_trim_left(rest), ' ', &status, &reason);
	t->resp.status = str_to_int(status, &code) ? (int)code : 0;
	t->resp.version = str_starts(version, STR("HTTP/2")) ? 20 : str_eq(version, STR("HTTP/1.0")) ? 10 : 11;
	map_clear(&t->resp.headers);
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;
	struct str line = str_trim_right((struct str){ p, size * n });
	t->header_bytes += size * n;
	if (t->header_bytes > MAX_HEADER_BYTES) {
		err_set(&t->err, ERR_LIMIT, "the headers of the response are larger than %d bytes", MAX_HEADER_BYTES);
		return 0;
	}
	if (str_starts(line, STR("HTTP/")))
		begin_response(t, line);
	else if (line.n)
		add_header(t, line);
	return size * n;
}

static bool has_sink(const struct http_transfer *t)
{
	return t->req.write || t->req.has_out_fd;
}

/* The first byte of a 2xx body for a file: from where does it count? */
static bool begin_file(struct http_transfer *t)
{
	struct str range = http_header(&t->resp, STR("content-range")), from, to;
	int64_t first = 0;
	if (t->resp.status == 206) {
		str_cut(str_trim(str_drop_prefix(range, STR("bytes"))), '-', &from, &to);
		if (!str_to_int(from, &first) || (uint64_t)first != t->asked_from)
			return err_set(&t->err, ERR_NETWORK, "the server sent another range than it was asked for");
	}
	t->offset = (uint64_t)first;
	t->resp.received = t->offset;
	if (ftruncate(t->req.out_fd, (off_t)t->offset) != 0)
		return err_set(&t->err, ERR_IO, "cannot write the download: %s", strerror(errno));
	set_validator(t);
	return true;
}

static bool write_file(struct http_transfer *t, struct str bytes)
{
	while (bytes.n) {
		ssize_t done = pwrite(t->req.out_fd, bytes.p, bytes.n, (off_t)t->offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			err_set(&t->err, ERR_IO, "cannot write the download: %s", strerror(errno));
			if (errno == ENOSPC)
				err_hint(&t->err, "free some space on that file system and run again");
			return false;
		}
		t->offset += (uint64_t)done;
		bytes = str_slice(bytes, (size_t)done, bytes.n);
	}
	return true;
}

static bool take_body(struct http_transfer *t, struct str bytes)
{
	if (!is_success(t->resp.status) && has_sink(t)) {
		size_t room = HTTP_ERROR_BODY - MIN(t->resp.body.n, HTTP_ERROR_BODY);
		buf_add(&t->resp.body, str_slice(bytes, 0, room));
		return true;
	}
	if (t->req.has_out_fd && !t->body_began && !begin_file(t))
		return false;
	t->body_began = true;
	t->resp.received += bytes.n;
	uint64_t limit = t->req.max_body ? t->req.max_body : has_sink(t) ? UINT64_MAX : HTTP_MAX_BODY;
	if (t->resp.received > limit)
		return err_set(&t->err, ERR_LIMIT, "the response is larger than %llu bytes", (unsigned long long)limit);
	if (t->req.write)
		return t->req.write(t->req.write_ctx, bytes, &t->err);
	if (t->req.has_out_fd)
		return write_file(t, bytes);
	buf_add(&t->resp.body, bytes);
	return true;
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	size_t all = size * n;
	return take_body(ctx, (struct str){ p, all }) ? all : !all; /* another number than it gave ends the transfer */
}

static size_t on_read(char *p, size_t size, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;
	const struct http_body *b = &t->req.body;
	long got;
	if (b->read) {
		got = b->read(b->ctx, p, size * n);
	} else {
		uint64_t want = MIN((uint64_t)(size * n), b->size - MIN(t->sent, b->size));
		do
			got = pread(b->fd, p, (size_t)want, (off_t)t->sent);
		while (got < 0 && errno == EINTR);
	}
	if (got < 0) {
		err_set(&t->err, ERR_IO, "cannot read what is to be sent");
		return CURL_READFUNC_ABORT;
	}
	t->sent += (uint64_t)got;
	return (size_t)got;
}

static int on_seek(void *ctx, curl_off_t offset, int origin)
{
	struct http_transfer *t = ctx;
	if (t->req.body.read || origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	t->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

static int on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
	struct http_transfer *t = ctx;
	if (is_success(t->resp.status))
		t->req.progress(t->req.progress_ctx, (t->body_began ? t->asked_from : 0) + (uint64_t)now,
				total > 0 ? t->asked_from + (uint64_t)total : 0);
	return 0;
}

/* --- Making a request --- */

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

static bool has_body(const struct http_transfer *t)
{
	const struct http_body *b = &t->req.body;
	return !t->bodiless && (b->bytes.p || b->has_fd || b->read);
}

static struct str method_of(const struct http_transfer *t)
{
	if (t->bodiless)
		return str_eq(t->req.method, STR("HEAD")) ? STR("HEAD") : STR("GET");
	if (t->req.method.n)
		return t->req.method;
	return has_body(t) ? STR("POST") : STR("GET");
}

static void set_method(struct http_transfer *t)
{
	const struct http_body *b = &t->req.body;
	struct str method = method_of(t);
	if (str_eq(method, STR("HEAD"))) {
		SET(CURLOPT_NOBODY, 1L);
		return;
	}
	if (has_body(t) && !b->bytes.p) {
		SET(CURLOPT_UPLOAD, 1L);
		SET(CURLOPT_READFUNCTION, on_read);
		SET(CURLOPT_READDATA, t);
		SET(CURLOPT_SEEKFUNCTION, on_seek);
		SET(CURLOPT_SEEKDATA, t);
		SET(CURLOPT_INFILESIZE_LARGE, b->size || b->has_fd ? (curl_off_t)b->size : (curl_off_t)-1);
	} else if (has_body(t) || str_eq(method, STR("POST")) || str_eq(method, STR("PUT")) || str_eq(method, STR("PATCH"))) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(has_body(t) ? b->bytes.n : 0));
		SET(CURLOPT_POSTFIELDS, has_body(t) && b->bytes.n ? b->bytes.p : "");
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
		SET(CURLOPT_TIMEOUT_MS, (long)MAX(t->deadline - now_ms(), (int64_t)1));
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

static bool configure(struct http_transfer *t)
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
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	if (t->req.compressed)
		SET(CURLOPT_ACCEPT_ENCODING, "");
	if (t->req.progress) {
		SET(CURLOPT_NOPROGRESS, 0L);
		SET(CURLOPT_XFERINFOFUNCTION, on_progress);
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

/* --- The life of a transfer --- */

static struct origin *origin_of(struct http_transfer *t)
{
	struct http_url u;
	if (!t->origin.p) {
		bool ok = http_parse_url(t->url, &u);
		t->origin = ok ? arena_fmt(&t->arena, "%.*s://%.*s:%.*s", STR_ARG(u.scheme), STR_ARG(u.host), STR_ARG(u.port)) : STR("");
	}
	struct origin *o = map_find(&t->http->origins, t->origin);
	return o ? o : map_put(&t->http->origins, arena_str(&t->http->arena, t->origin));
}

static void drop_try(struct http_transfer *t)
{
	if (t->state == RUNNING) {
		lc.curl_multi_remove_handle(t->http->multi, t->easy);
		origin_of(t)->running--;
		t->http->running--;
		t->state = WAITING;
	}
	if (t->easy)
		lc.curl_easy_cleanup(t->easy);
	lc.curl_slist_free_all(t->headers);
	lc.curl_slist_free_all(t->connect_to);
	t->easy = NULL;
	t->headers = t->connect_to = NULL;
}

static void unlink_transfer(struct http_transfer *t)
{
	struct http *h = t->http;
	*(t->prev ? &t->prev->next : &h->first) = t->next;
	*(t->next ? &t->next->prev : &h->last) = t->prev;
	h->count--;
}

static void transfer_free(struct http_transfer *t)
{
	drop_try(t);
	unlink_transfer(t);
	http_response_deinit(&t->resp);
	err_deinit(&t->err);
	arena_deinit(&t->arena);
	arena_deinit(&t->keep);
	free(t);
}

/* Ends it: calls back with the response, or with t->err where that is set. */
static void finish(struct http_transfer *t)
{
	drop_try(t);
	t->http->finished++;
	t->resp.url = http_safe_url(&t->resp.arena, t->url);
	t->resp.method = arena_str(&t->resp.arena, method_of(t));
	if (t->err.kind)
		err_wrap(&t->err, "%.*s %.*s", STR_ARG(t->resp.method), STR_ARG(t->resp.url));
	t->done(t->ctx, &t->resp, &t->err);
	transfer_free(t);
}

/* The current response is to be forgotten and the request made again, at `url` where that is given. */
static void again(struct http_transfer *t, struct str url, int64_t due)
{
	drop_try(t);
	struct arena old = t->arena;
	t->arena = (struct arena){ 0 };
	t->url = arena_str(&t->arena, url.p ? url : t->url);
	t->origin = STR_NONE;
	arena_deinit(&old);
	t->due = due;
	t->header_bytes = 0;
	t->sent = 0;
	t->body_began = false;
	t->resp.status = 0;
	t->resp.received = 0;
	map_clear(&t->resp.headers);
	buf_clear(&t->resp.body);
	err_deinit(&t->err);
	t->http->has_waiting = true;
}

static bool follows(const struct http_transfer *t)
{
	int s = t->resp.status;
	return !t->req.no_redirects && (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) &&
	       http_header(&t->resp, STR("location")).n;
}

/* True where the transfer goes on elsewhere; otherwise t->err says why not, or the response is given as it is. */
static bool redirect(struct http_transfer *t)
{
	int status = t->resp.status;
	struct str url = http_join_url(&t->arena, t->url, http_header(&t->resp, STR("location")));
	struct http_url from, to;
	if (++t->redirects > HTTP_MAX_REDIRECTS)
		return err_set(&t->err, ERR_LIMIT, "more than %d redirects", HTTP_MAX_REDIRECTS);
	if (!http_parse_url(url, &to) || !http_parse_url(t->url, &from))
		return err_set(&t->err, ERR_NETWORK, "the server redirects to what is no URL");
	if (str_eq_nocase(from.scheme, STR("https")) && !str_eq_nocase(to.scheme, STR("https")))
		return err_set(&t->err, ERR_DENIED, "the server redirects from https to '%.*s', which is not secure",
			       STR_ARG(http_safe_url(&t->arena, url)));
	struct str method = method_of(t);
	bool plain = str_eq(method, STR("GET")) || str_eq(method, STR("HEAD"));
	if (!plain && (status == 303 || (status <= 302 && str_eq(method, STR("POST")))))
		t->bodiless = true;
	else if (has_body(t) && t->req.body.read)
		return false; /* it cannot be sent twice */
	if (!http_same_origin(t->url, url))
		t->foreign = true;
	again(t, url, 0);
	return true;
}

static bool status_passes(int status)
{
	return status == 408 || status == 429 || (status >= 500 && status <= 504 && status != 501);
}

static bool failure_passes(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return true;
	default:
		return false;
	}
}

/* Doubling from the base, with a quarter of jitter; what the server asks for with Retry-After where that is more. */
static int64_t backoff(struct http_transfer *t)
{
	int64_t base = t->req.retry_base_ms ? t->req.retry_base_ms : RETRY_BASE_MS;
	int64_t most = t->req.retry_max_ms ? t->req.retry_max_ms : RETRY_MAX_MS;
	int64_t wait = base << MIN(t->resp.tries - 1, 16u);
	uint32_t random;
	crypto_random(&random, sizeof(random));
	wait += wait / 4 * (random % 1024) / 1024;
	curl_off_t asked = 0;
	lc.curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &asked);
	return MIN(MAX(wait, (int64_t)MIN(asked, (curl_off_t)86400) * 1000), most);
}

static bool retry(struct http_transfer *t, CURLcode code)
{
	bool final = t->req.final_500 && t->resp.status == 500;
	bool passes = code == CURLE_OK ? status_passes(t->resp.status) && !final : failure_passes(code);
	bool sent_stream = t->req.body.read && t->sent;
	bool gave_away = t->req.write && t->body_began;
	/* Who says nothing for so long once more is not asked a third time: each silence costs the user its whole length. */
	if (code == CURLE_OPERATION_TIMEDOUT && ++t->silences > 1)
		return false;
	if (!passes || t->resp.tries > t->req.retries || sent_stream || gave_away || t->err.kind)
		return false;
	int64_t due = now_ms() + backoff(t);
	if (t->deadline && due >= t->deadline)
		return false;
	/* Without a mark of what those bytes belong to, they cannot be continued. */
	if (t->req.has_out_fd && !t->validator.n)
		t->offset = 0;
	again(t, STR_NONE, due);
	return true;
}

static void set_failure(struct http_transfer *t, CURLcode code)
{
	static const struct {
		CURLcode code;
		enum err_kind kind;
		const char *hint;
	} kinds[] = {
		{ CURLE_PEER_FAILED_VERIFICATION, ERR_DENIED, "name the CA that signed the server's certificate" },
		{ CURLE_SSL_CACERT_BADFILE, ERR_DENIED, "the CA file cannot be read" },
		{ CURLE_SSL_CERTPROBLEM, ERR_DENIED, "the client certificate or its key cannot be used" },
		{ CURLE_URL_MALFORMAT, ERR_USAGE, NULL },
		{ CURLE_UNSUPPORTED_PROTOCOL, ERR_USAGE, NULL },
		{ CURLE_OUT_OF_MEMORY, ERR_LIMIT, NULL },
	};
	enum err_kind kind = ERR_NETWORK;
	const char *hint = NULL;
	if (t->err.kind)
		return;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].code == code) {
			kind = kinds[i].kind;
			hint = kinds[i].hint;
		}
	if (code == CURLE_OPERATION_TIMEDOUT && t->deadline && now_ms() >= t->deadline)
		kind = ERR_TIMEOUT;
	const char *text = t->message[0] ? t->message : lc.curl_easy_strerror(code);
	if (t->resp.tries > 1)
		err_set(&t->err, kind, "%s (tried %u times)", text, t->resp.tries);
	else
		err_set(&t->err, kind, "%s", text);
	if (hint)
		err_hint(&t->err, "%s", hint);
}

/* An empty 2xx body has called no sink; its file must still be cut. */
static void end_file(struct http_transfer *t)
{
	if (t->req.has_out_fd && !t->body_began && is_success(t->resp.status) && !begin_file(t))
		return;
}

static void try_ended(struct http_transfer *t, CURLcode code)
{
	if (t->resp.version == 20)
		origin_of(t)->multiplexes = true;
	if (code == CURLE_OK && follows(t) && redirect(t))
		return;
	/* The bytes that we have are not a part of what is there now, or are all of it: once more from the start. */
	if (code == CURLE_OK && t->resp.status == 416 && t->asked_from) {
		t->resume_refused = true;
		t->offset = 0;
		again(t, STR_NONE, 0);
		return;
	}
	if (retry(t, code))
		return;
	if (code != CURLE_OK)
		set_failure(t, code);
	else if (!t->err.kind)
		end_file(t);
	finish(t);
}

static bool may_start(struct http_transfer *t, int64_t now)
{
	struct http *h = t->http;
	if (t->state != WAITING || t->due > now || h->running >= h->opt.max_transfers)
		return false;
	struct origin *o = origin_of(t);
	return o->running < (o->multiplexes ? h->opt.max_transfers : h->opt.max_per_host);
}

static void start_try(struct http_transfer *t)
{
	t->resp.tries++;
	if (!configure(t)) {
		finish(t);
		return;
	}
	CURLMcode code = lc.curl_multi_add_handle(t->http->multi, t->easy);
	if (code != CURLM_OK) {
		err_set(&t->err, ERR_NETWORK, "%s", lc.curl_multi_strerror(code));
		finish(t);
		return;
	}
	t->state = RUNNING;
	t->http->running++;
	origin_of(t)->running++;
}

/* Starts what may start. A callback may add or end transfers, so the walk begins anew after each start. */
static void start_waiting(struct http *h)
{
	int64_t now = now_ms();
	bool started = h->has_waiting;
	while (started) {
		started = false;
		bool waiting = false;
		for (struct http_transfer *t = h->first; t && !started; t = t->next) {
			waiting = waiting || t->state == WAITING;
			if (may_start(t, now)) {
				start_try(t);
				started = true;
			}
		}
		h->has_waiting = waiting || started;
	}
}

/* How long a wait may last before a back-off ends. */
static int bounded_wait(struct http *h, int wait_ms)
{
	int64_t now = now_ms(), wait = wait_ms < 0 ? INT32_MAX : wait_ms;
	for (struct http_transfer *t = h->first; t && h->has_waiting; t = t->next)
		if (t->state == WAITING && t->due > now)
			wait = MIN(wait, t->due - now);
	return (int)wait;
}

/* TLS libraries may write to a closed connection without asking for no signal. */
static CURLMcode perform(struct http *h)
{
	sigset_t pipe_set, old;
	int running;
	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_set, &old);
	CURLMcode code = lc.curl_multi_perform(h->multi, &running);
	if (!sigismember(&old, SIGPIPE)) {
		sigtimedwait(&pipe_set, NULL, &(struct timespec){ 0 });
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	return code;
}

/* One turn without waiting; *news where a transfer called back. */
static bool turn(struct http *h, bool *news, struct err *err)
{
	uint64_t before = h->finished;
	start_waiting(h);
	CURLMcode code = perform(h);
	if (code != CURLM_OK)
		return err_set(err, ERR_NETWORK, "%s", lc.curl_multi_strerror(code));
	int left;
	for (CURLMsg *m; (m = lc.curl_multi_info_read(h->multi, &left));) {
		struct http_transfer *t;
		CURLcode result = m->data.result;
		lc.curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		try_ended(t, result);
	}
	start_waiting(h);
	*news = h->finished != before;
	return true;
}

bool http_run_with(struct http *h, struct pollfd *fds, size_t n, int wait_ms, size_t *running, struct err *err)
{
	struct curl_waitfd wait[MAX_FDS];
	if (n > MAX_FDS)
		return err_set(err, ERR_LIMIT, "more than %d descriptors to wait for", MAX_FDS);
	for (size_t i = 0; i < n; i++) {
		wait[i] = (struct curl_waitfd){ .fd = fds[i].fd, .events = fds[i].events };
		fds[i].revents = 0;
	}
	bool news;
	if (!turn(h, &news, err))
		return false;
	/* What ended is for the caller to look at first: no wait then. */
	if (!news && (h->count || n)) {
		CURLMcode code = lc.curl_multi_poll(h->multi, wait, (unsigned)n, bounded_wait(h, wait_ms), NULL);
		if (code != CURLM_OK)
			return err_set(err, ERR_NETWORK, "%s", lc.curl_multi_strerror(code));
		for (size_t i = 0; i < n; i++)
			fds[i].revents = wait[i].revents;
		if (!turn(h, &news, err))
			return false;
	}
	*running = h->count;
	return true;
}

bool http_run(struct http *h, int wait_ms, size_t *running, struct err *err)
{
	return http_run_with(h, NULL, 0, wait_ms, running, err);
}

bool http_run_all(struct http *h, struct err *err)
{
	for (size_t running = h->count; running;)
		if (!http_run(h, -1, &running, err))
			return false;
	return true;
}

void http_wake(struct http *h)
{
	lc.curl_multi_wakeup(h->multi);
}

bool http_start(struct http *h, const struct http_request *req, http_done *done, void *ctx, struct http_transfer **out,
		struct err *err)
{
	if (req->retry_base_ms > INT32_MAX)
		return err_set(err, ERR_USAGE, "the wait before a retry is too long");
	struct http_transfer *t = xcalloc(1, sizeof(*t));
	t->http = h;
	t->req = *req;
	t->done = done;
	t->ctx = ctx;
	t->url = arena_str(&t->arena, req->url);
	t->offset = req->resume_from;
	t->validator = arena_str(&t->keep, req->if_range);
	t->deadline = req->timeout_ms ? now_ms() + req->timeout_ms : 0;
	map_init(&t->resp.headers, sizeof(struct str), NULL);
	t->prev = h->last;
	*(h->last ? &h->last->next : &h->first) = t;
	h->last = t;
	h->count++;
	h->has_waiting = true;
	if (out)
		*out = t;
	return true;
}

void http_cancel(struct http *h, struct http_transfer *t)
{
	transfer_free(t);
}

void http_free(struct http *h)
{
	if (!h)
		return;
	while (h->first)
		transfer_free(h->first);
	lc.curl_multi_cleanup(h->multi);
	arena_deinit(&h->arena);
	free(h);
}

struct wait {
	bool ended;
	struct http_response *resp;
	struct err *err;
};

static void wait_done(void *ctx, struct http_response *resp, struct err *err)
{
	struct wait *w = ctx;
	w->ended = true;
	if (err->kind) {
		err_move(w->err, err);
		return;
	}
	*w->resp = *resp;
	*resp = (struct http_response){ 0 };
}

bool http_do(struct http *h, const struct http_request *req, struct http_response *resp, struct err *err)
{
	struct wait w = { .resp = resp, .err = err };
	struct http_transfer *t;
	size_t running;
	if (!http_start(h, req, wait_done, &w, &t, err))
		return false;
	while (!w.ended)
		if (!http_run(h, -1, &running, err)) {
			if (!w.ended)
				http_cancel(h, t);
			return false;
		}
	return err->kind == ERR_NONE;
}
