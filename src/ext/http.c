/*
 * A client is a curl multi handle with a list of transfers. A transfer goes through tries: WAITING for its turn (its origin's share of connections, or
 * the end of a back-off), then RUNNING in curl, then either again WAITING (a retry or a redirect) or done. Redirects and retries are ours rather
 * than curl's, so that credentials, sinks and limits are judged anew for each request on the wire.
 *
 * Nothing sleeps: a back-off is a time before which the transfer is not started, and bounds the wait of http_run.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "ext/crypto.h"
#include "ext/libcurl.h"

enum {
	PER_HOST = 8,
	ALL_TRANSFERS = 64,
	RETRY_BASE_MS = 250,
	RETRY_MAX_MS = 10000,
	MAX_FDS = 64,
	TIMER_SLACK_MS = 20,
};

struct libcurl lc;
static const struct lib_symbol lc_symbols[] = { CURL_FUNCTIONS(LIB_SYMBOL) };
static struct lib lc_lib = LIB(CURL_SONAME, lc, lc_symbols);

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
	t->resp.method = arena_str(&t->resp.arena, transfer_method(t));
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
	struct str method = transfer_method(t);
	bool plain = str_eq(method, STR("GET")) || str_eq(method, STR("HEAD"));
	if (!plain && (status == 303 || (status <= 302 && str_eq(method, STR("POST")))))
		t->bodiless = true;
	else if (transfer_has_body(t) && t->req.body.read)
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
	int64_t due = http_now_ms() + backoff(t);
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
	/* curl counts from a clock that it read before ours, in whole milliseconds: it may give up a few of them early. */
	if (code == CURLE_OPERATION_TIMEDOUT && t->deadline && http_now_ms() + TIMER_SLACK_MS >= t->deadline)
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
	if (t->req.has_out_fd && !t->body_began && transfer_succeeds(t->resp.status) && !transfer_begin_file(t))
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
	if (!transfer_configure(t)) {
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
	int64_t now = http_now_ms();
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
	int64_t now = http_now_ms(), wait = wait_ms < 0 ? INT32_MAX : wait_ms;
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
	t->deadline = req->timeout_ms ? http_now_ms() + req->timeout_ms : 0;
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

enum { CANCEL_SLICE_MS = 100 };

bool http_do(struct http *h, const struct http_request *req, struct http_response *resp, struct err *err)
{
	struct wait w = { .resp = resp, .err = err };
	struct http_transfer *t;
	size_t running;
	if (!http_start(h, req, wait_done, &w, &t, err))
		return false;
	/* A signal wakes only the thread that it was delivered to: the flag is looked at a few times a second. */
	while (!w.ended) {
		bool stop = h->opt.cancel && atomic_load(h->opt.cancel);
		if (stop)
			err_set(err, ERR_CANCELLED, "stopped on request");
		if (stop || !http_run(h, h->opt.cancel ? CANCEL_SLICE_MS : -1, &running, err)) {
			if (!w.ended)
				http_cancel(h, t);
			return false;
		}
	}
	return err->kind == ERR_NONE;
}
