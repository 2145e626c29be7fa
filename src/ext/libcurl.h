/*
 * libcurl.h: curl's functions, and one transfer between the three parts of the client: http.c (its life and the loop), http_request.c (what goes out), http_receive.c (what
 * comes in). Internal to ext; the only place that knows curl's header.
 */
#ifndef EXT_LIBCURL_H
#define EXT_LIBCURL_H

#include <time.h>

#include <curl/curl.h>

#include "ext/http.h"
#include "ext/lib.h"

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

struct libcurl {
	CURL_FUNCTIONS(LIB_POINTER)
};
/* Filled before the first client is made. */
extern struct libcurl lc;

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

static inline int64_t http_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline bool transfer_succeeds(int status)
{
	return status >= 200 && status < 300;
}

/* --- http_request.c --- */

/* Makes the curl handle of the next try; false with t->err set where the request cannot be sent at all. */
bool transfer_configure(struct http_transfer *t);
bool transfer_has_body(const struct http_transfer *t);
struct str transfer_method(const struct http_transfer *t);

/* --- http_receive.c: what curl calls --- */

/* As curl documents them (CURLOPT_HEADERFUNCTION and so on); ctx is the struct http_transfer. */
size_t transfer_on_header(char *p, size_t size, size_t n, void *ctx);
size_t transfer_on_body(char *p, size_t size, size_t n, void *ctx);
size_t transfer_on_read(char *p, size_t size, size_t n, void *ctx);
int transfer_on_seek(void *ctx, curl_off_t offset, int origin);
int transfer_on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now);
/* The first byte of a 2xx body for a file, or its end where it is empty: from where does it count? False with t->err set. */
bool transfer_begin_file(struct http_transfer *t);

#endif
