/*
 * http.h: HTTP clients over libcurl, which is loaded when the first client is made.
 *
 * A client is one event loop: transfers are started, run side by side over reused connections (HTTP/2 where the server offers it), and end by
 * calling back. http_do starts one and runs the loop until it is done. Any response is a success here, whatever its status; http_check turns a
 * status of 400 and above into an error. A client is used by one thread at a time.
 *
 *	struct http_response resp = { 0 };
 *	bool ok = http_do(http, &(struct http_request){ .url = url, .retries = 3 }, &resp, err) && http_check(&resp, err);
 *	…
 *	http_response_deinit(&resp);
 *
 * No error and no log ever holds a credential: URLs are shown by http_safe_url. Redirects are followed here, not in curl: to another scheme, host
 * or port they lose every credential (authorization, cookies, client certificate); from https to http they are refused.
 * Proxies come from the environment variables that curl knows (https_proxy, no_proxy …).
 */
#ifndef EXT_HTTP_H
#define EXT_HTTP_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"

struct http;

struct http_options {
	struct str user_agent;   /* empty: raibid-run/VERSION */
	struct str ca_file;      /* for requests that name none; empty: the system's */
	uint32_t max_per_host;   /* connections to one host; 0: 8 */
	uint32_t max_transfers;  /* running at once, others wait; 0: 64 */
	const atomic_bool *cancel; /* set: http_do stops with ERR_CANCELLED; may be NULL */
};
MUST_CHECK bool http_new(const struct http_options *opt, struct http **out, struct err *err);
/* Cancels what still runs without calling back. Takes NULL. */
void http_free(struct http *http);

struct http_header {
	struct str name, value;
};

/* TLS. PEM in memory (ca_pem, cert_pem, key_pem) goes before the file of the same kind. */
struct http_tls {
	struct str ca_file, ca_pem;
	struct str cert_file, cert_pem, key_file, key_pem;
	struct str server_name; /* expected in the certificate in place of the URL's host */
	bool insecure;          /* no verification at all */
};

/* What is sent. One of bytes, fd or read; none where all are unset. */
struct http_body {
	struct str bytes;
	int fd;                /* used where has_fd: sent from its offset 0, `size` bytes */
	bool has_fd;
	uint64_t size;
	/* Streaming: fills `p` with up to `n` bytes and returns how many, 0 at the end, -1 to abort. Size 0 sends chunks. Cannot be sent twice. */
	long (*read)(void *ctx, char *p, size_t n);
	void *ctx;
};

/* Called with each piece of the body of a response with status 200 to 299. Returns false with err set to end the transfer with that error; it may not
 * cancel transfers. */
typedef bool http_write(void *ctx, struct str bytes, struct err *err);
/* Called now and then: bytes received so far and expected in all (0: unknown). */
typedef void http_progress(void *ctx, uint64_t received, uint64_t total);

struct http_request {
	struct str method; /* empty: GET, or POST with a body */
	struct str url;
	const struct http_header *headers;
	size_t header_count;
	struct http_body body;
	struct http_tls tls;
	struct str username, password; /* basic auth where username is not empty; also taken from the URL */
	struct str bearer;             /* token */

	/* Where a body of status 2xx goes: `write`, else the file `out_fd` (where has_out_fd, from offset `resume_from`), else response.body. Other bodies go to response.body,
	 * cut at HTTP_ERROR_BODY bytes where a sink is set. */
	http_write *write;
	void *write_ctx;
	int out_fd;
	bool has_out_fd;
	uint64_t resume_from; /* with out_fd: bytes already there; asks for the rest, and starts over where the server does not give it */
	struct str if_range;  /* ETag or date that those bytes belong to */
	void (*began)(void *ctx, struct str validator); /* with out_fd: an answer begins; its strong ETag, or date, or empty; may be NULL. ctx is progress_ctx */
	uint64_t max_body;    /* more is ERR_LIMIT; 0: HTTP_MAX_BODY (a memory body), none for sinks */

	http_progress *progress;
	void *progress_ctx;

	uint32_t connect_timeout_ms; /* 0: 15 s */
	uint32_t timeout_ms;         /* whole transfer; 0: none */
	uint32_t stall_timeout_ms;   /* no byte for so long; 0: 30 s; HTTP_NEVER: none (watches) */
	uint32_t retries;            /* further tries after 408, 429, 500, 502, 503, 504 and failures of the connection; a time-out is tried again once */
	uint32_t retry_base_ms;      /* wait before the second try, doubling, with jitter; 0: 250 */
	uint32_t retry_max_ms;       /* longest wait, Retry-After included; 0: 10 s */
	bool final_500;              /* a 500 is the answer: do not try again */
	bool no_redirects;           /* give 3xx to the caller */
	struct str proxy;            /* http, https or socks5 URL of the proxy to use, whatever the environment says; empty: see above */
	bool compressed;             /* offer gzip and the like; the body comes unpacked and max_body counts it so */
};
#define HTTP_NEVER UINT32_MAX
#define HTTP_MAX_BODY ((uint64_t)256 << 20)
#define HTTP_ERROR_BODY ((size_t)64 << 10)
#define HTTP_MAX_REDIRECTS 10

struct http_response {
	int status;
	int version;             /* 10, 11, 20 */
	struct arena arena;      /* holds the strings */
	struct map headers;      /* on the heap; of struct str by lower case name; several of one name are joined with ", " */
	struct str url;          /* the last one, safe to show */
	struct str method;
	struct buf body;
	uint64_t received;       /* body bytes in all, resumed ones included */
	uint32_t tries;
};
/* Zeroed is valid. */
void http_response_deinit(struct http_response *resp);
/* The header, whatever its case; STR_NONE where absent. */
struct str http_header(const struct http_response *resp, struct str name);
/*
 * True for a status below 400. Otherwise an error that names method, URL and status, with the first line of a textual body: 401, 403
 * ERR_DENIED; 404, 410 ERR_NOT_FOUND; 409, 412 ERR_CONFLICT; 408, 429, 5xx ERR_NETWORK; others ERR_FAILED.
 */
MUST_CHECK bool http_check(const struct http_response *resp, struct err *err);

/* Sends and waits; outputs are written on success. Errors: ERR_NETWORK (with what failed), ERR_DENIED (TLS verification), ERR_LIMIT, ERR_TIMEOUT, or the sink's own. */
MUST_CHECK bool http_do(struct http *http, const struct http_request *req, struct http_response *resp, struct err *err);

/* --- Many at once --- */

struct http_transfer;
/* The end of a transfer: `err` is unset on success. Both are the callee's to take (err_move, struct copy and zero) and are released after. May start others. */
typedef void http_done(void *ctx, struct http_response *resp, struct err *err);
/* Starts a transfer; all that `req` points to must live until `done` is called. *out (may be NULL) is valid until then. */
MUST_CHECK bool http_start(struct http *http, const struct http_request *req, http_done *done, void *ctx,
			   struct http_transfer **out, struct err *err);
/* Ends it without calling `done`. */
void http_cancel(struct http *http, struct http_transfer *t);
/* Does what can be done now, then waits at most `wait_ms` for more; *running is how many are not done. */
MUST_CHECK bool http_run(struct http *http, int wait_ms, size_t *running, struct err *err);
/* The same, and also returns when one of the foreign descriptors is ready (revents are set). */
struct pollfd;
MUST_CHECK bool http_run_with(struct http *http, struct pollfd *fds, size_t n, int wait_ms, size_t *running, struct err *err);
/* Until no transfer is left. */
MUST_CHECK bool http_run_all(struct http *http, struct err *err);

/* --- URLs --- */

/* The URL without user, password, and without its query where that may hold a signature; for messages. */
struct str http_safe_url(struct arena *a, struct str url);
/* Percent-encodes all but unreserved characters (RFC 3986). */
void http_escape(struct buf *out, struct str s);
/* Resolves `ref` against `base` (RFC 3986 section 5.2). */
struct str http_join_url(struct arena *a, struct str base, struct str ref);

/* A URL in parts, views into it. Host is without brackets, port without colon, path begins with '/' or is empty, query is without '?'. */
struct http_url {
	struct str scheme, user, password, host, port, path, query;
	bool has_user, has_query;
};
/* False where it has no scheme or no host, or holds blanks or control characters. */
MUST_CHECK bool http_parse_url(struct str url, struct http_url *out);
/* Whether scheme, host and port (with its default) are the same: credentials stay within one origin. */
bool http_same_origin(struct str a, struct str b);

#endif
