/*
 * What curl calls while a try runs: headers, body, the request's own body, progress. A callback that cannot go on sets t->err and gives curl a number that it
 * takes for failure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ext/libcurl.h"

enum { MAX_HEADER_BYTES = 1 << 20 }; /* of one response */

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

size_t transfer_on_header(char *p, size_t size, size_t n, void *ctx)
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
bool transfer_begin_file(struct http_transfer *t)
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
	if (t->req.began)
		t->req.began(t->req.progress_ctx, t->validator);
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
	if (!transfer_succeeds(t->resp.status) && has_sink(t)) {
		size_t room = HTTP_ERROR_BODY - MIN(t->resp.body.n, HTTP_ERROR_BODY);
		buf_add(&t->resp.body, str_slice(bytes, 0, room));
		return true;
	}
	if (t->req.has_out_fd && !t->body_began && !transfer_begin_file(t))
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

size_t transfer_on_body(char *p, size_t size, size_t n, void *ctx)
{
	size_t all = size * n;
	return take_body(ctx, (struct str){ p, all }) ? all : !all; /* another number than it gave ends the transfer */
}

size_t transfer_on_read(char *p, size_t size, size_t n, void *ctx)
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

int transfer_on_seek(void *ctx, curl_off_t offset, int origin)
{
	struct http_transfer *t = ctx;
	if (t->req.body.read || origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	t->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

int transfer_on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
	struct http_transfer *t = ctx;
	if (transfer_succeeds(t->resp.status))
		t->req.progress(t->req.progress_ctx, (t->body_began ? t->asked_from : 0) + (uint64_t)now,
				total > 0 ? t->asked_from + (uint64_t)total : 0);
	return 0;
}
