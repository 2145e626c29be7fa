/* The HTTP client against a real server: good answers, every fault of tests/tools/http_server.py, redirects, TLS, many at once. */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <time.h>

#include "base/fs.h"
#include "ext/crypto.h"
#include "ext/http.h"
#include "http_server.h"

struct fixture {
	struct arena arena;
	struct str dir;
	struct http_server server;
	struct http *http;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	AUTO_ERR err = { 0 };
	assert_true(fs_mkdtemp(STR("/tmp/raibid-http-"), &f->arena, &f->dir, &err));
	AUTO_BUF data = { 0 };
	for (int i = 0; i < 20000; i++)
		buf_addf(&data, "line %d\n", i);
	assert_true(fs_write(arena_fmt(&f->arena, "%s/data", f->dir.p), buf_str(&data), 0644, FS_NO_SYNC, &err));
	assert_true(fs_write(arena_fmt(&f->arena, "%s/small", f->dir.p), STR("small\n"), 0644, FS_NO_SYNC, &err));
	assert_true(fs_write(arena_fmt(&f->arena, "%s/empty", f->dir.p), STR(""), 0644, FS_NO_SYNC, &err));
	http_server_start(&f->server, f->dir.p, NULL);
	assert_true(http_new(&(struct http_options){ 0 }, &f->http, &err));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	AUTO_ERR err = { 0 };
	http_free(f->http);
	http_server_stop(&f->server);
	assert_true(fs_remove_tree(f->dir, &err));
	arena_deinit(&f->arena);
	free(f);
	return 0;
}

static struct str url_of(struct fixture *f, const char *path)
{
	return arena_fmt(&f->arena, "%s%s", f->server.base, path);
}

static void test_answers(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *path;
		int status;
		const char *body;
		uint32_t tries;
		enum err_kind check; /* of http_check */
	} rows[] = {
		{ "/files/small", 200, "small\n", 1, ERR_NONE },
		{ "/files/empty", 200, "", 1, ERR_NONE },
		{ "/files/none", 404, "no such file\n", 1, ERR_NOT_FOUND },
		{ "/status/401/who", 401, "who\n", 1, ERR_DENIED },
		{ "/status/403", 403, "", 1, ERR_DENIED },
		{ "/status/409", 409, "", 1, ERR_CONFLICT },
		{ "/status/500", 500, "", 3, ERR_NETWORK },
		{ "/status/418", 418, "", 1, ERR_FAILED },
		{ "/flaky/2/a/small", 200, "small\n", 3, ERR_NONE },
		{ "/flaky/9/b/small", 503, "not now\n", 3, ERR_NETWORK },
		{ "/busy/1/0/c", 200, "done", 2, ERR_NONE },
		{ "/redirect/302?/files/small", 200, "small\n", 2, ERR_NONE },
		{ "/redirect/307?../../files/small", 200, "small\n", 2, ERR_NONE },
		{ "/auth/u/p/small", 401, "who are you?\n", 1, ERR_DENIED },
		{ "/html", 200, "<!DOCTYPE html><html><body>Log in</body></html>\n", 1, ERR_NONE },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_response resp = { 0 };
		AUTO_ERR err = { 0 };
		struct http_request req = { .url = url_of(f, rows[i].path), .retries = 2, .retry_base_ms = 5, .retry_max_ms = 20 };
		if (!http_do(f->http, &req, &resp, &err))
			fail_msg("%s: %s", rows[i].path, err.message);
		assert_int_equal(resp.status, rows[i].status);
		same(buf_str(&resp.body), rows[i].body);
		assert_int_equal(resp.tries, rows[i].tries);
		assert_int_equal(http_check(&resp, &err), rows[i].check == ERR_NONE);
		assert_int_equal(err.kind, rows[i].check);
		http_response_deinit(&resp);
	}
}

static void test_faults(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *url; /* behind the server's base, or whole */
		enum err_kind kind;
		const char *says;
	} rows[] = {
		{ "/stall", ERR_TIMEOUT, "timed out" },
		{ "/stall-body", ERR_TIMEOUT, "500 out of 1000" },
		{ "/reset", ERR_NETWORK, "tried 2 times" },
		{ "/truncate", ERR_NETWORK, "990 bytes remaining" },
		{ "/loop", ERR_LIMIT, "10 redirects" },
		{ "/endless", ERR_LIMIT, "larger than 100000 bytes" },
		{ "http://127.0.0.1:1/x", ERR_NETWORK, "connect" },
		{ "http://user:secret@127.0.0.1:1/x?token=secret", ERR_NETWORK, "http://127.0.0.1:1/x?…" },
		{ "http://no.such.host.invalid/x", ERR_NETWORK, "resolve" },
		{ "file:///etc/passwd", ERR_USAGE, "URL" },
		{ "gopher://127.0.0.1/x", ERR_USAGE, "only http" },
		{ "/redirect/302?file:///etc/passwd", ERR_NETWORK, "no URL" },
		{ "/redirect/302?gopher://x/", ERR_USAGE, "only http" },
		{ "", ERR_USAGE, "URL" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_response resp = { 0 };
		AUTO_ERR err = { 0 };
		bool ours = rows[i].url[0] == '/';
		/* Only what is meant to run out of time has little of it: a loaded machine is slow. */
		uint32_t timeout_ms = rows[i].kind == ERR_TIMEOUT ? 700 : 20000;
		struct http_request req = { .url = ours ? url_of(f, rows[i].url) : str_c(rows[i].url), .retries = 1, .retry_base_ms = 5,
					    .timeout_ms = timeout_ms, .max_body = 100000 };
		assert_false(http_do(f->http, &req, &resp, &err));
		if (err.kind != rows[i].kind || !strstr(err.message, rows[i].says) || strstr(err.message, "secret"))
			fail_msg("%s: %s %s", rows[i].url, err_kind_name(err.kind), err.message);
	}
	/* A stall without a limit on the whole is a failure of the network. */
	struct http_response resp = { 0 };
	AUTO_ERR err = { 0 };
	assert_false(http_do(f->http, &(struct http_request){ .url = url_of(f, "/stall-body"), .stall_timeout_ms = 1000 }, &resp, &err));
	assert_int_equal(err.kind, ERR_NETWORK);
}

static void test_sending(void **state)
{
	struct fixture *f = *state;
	AUTO_FD fd = open(arena_fmt(&f->arena, "%s/small", f->dir.p).p, O_RDONLY);
	const struct {
		const char *method;
		struct http_body body;
		const char *first, *has, *last;
	} rows[] = {
		{ "", { .size = 0 }, "GET /echo\n", "user-agent: raibid-run/", "\n\n" },
		{ "DELETE", { .size = 0 }, "DELETE /echo\n", "accept: */*", "\n\n" },
		{ "", { .bytes = STR_INIT("abc") }, "POST /echo\n", "content-length: 3\n", "\n\nabc" },
		{ "PUT", { .bytes = STR_INIT("") }, "PUT /echo\n", "content-length: 0\n", "\n\n" },
		{ "POST", { .size = 0 }, "POST /echo\n", "content-length: 0\n", "\n\n" },
		{ "PATCH", { .fd = fd, .has_fd = true, .size = 6 }, "PATCH /echo\n", "content-length: 6\n", "\n\nsmall\n" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_response resp = { 0 };
		AUTO_ERR err = { 0 };
		struct http_header headers[] = { { STR("X-Test"), STR("yes") }, { STR("X-Empty"), STR("") } };
		struct http_request req = { .method = str_c(rows[i].method), .url = url_of(f, "/echo"), .body = rows[i].body,
					    .headers = headers, .header_count = 2 };
		assert_true(http_do(f->http, &req, &resp, &err));
		struct str got = buf_str(&resp.body);
		if (!str_starts(got, str_c(rows[i].first)) || !str_contains(got, str_c(rows[i].has)) ||
		    !str_ends(got, str_c(rows[i].last)) || !str_contains(got, STR("x-test: yes\n")) ||
		    !str_contains(got, STR("x-empty: \n")) || str_contains(got, STR("content-type")))
			fail_msg("row %zu: %s", i, got.p);
		http_response_deinit(&resp);
	}
	struct http_response resp = { 0 };
	AUTO_ERR err = { 0 };
	struct http_header split = { STR("X"), STR("a\r\nB: c") };
	struct http_request req = { .url = url_of(f, "/echo"), .headers = &split, .header_count = 1 };
	assert_false(http_do(f->http, &req, &resp, &err));
	assert_int_equal(err.kind, ERR_USAGE);
}

static bool ask(struct fixture *f, struct http_request req, struct buf *body)
{
	struct http_response resp = { 0 };
	AUTO_ERR err = { 0 };
	buf_clear(body);
	if (!http_do(f->http, &req, &resp, &err))
		fail_msg("%.*s: %s", STR_ARG(req.url), err.message);
	buf_add(body, buf_str(&resp.body));
	int status = resp.status;
	http_response_deinit(&resp);
	return status == 200;
}

static void test_credentials(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF body = { 0 };
	struct http_server other;
	struct http_header headers[] = { { STR("Cookie"), STR("c=1") }, { STR("X-Token"), STR("t") }, { STR("Accept"), STR("a/b") } };
	http_server_start(&other, f->dir.p, NULL);
	assert_true(ask(f, (struct http_request){ .url = url_of(f, "/auth/u/p/small"), .username = STR("u"), .password = STR("p") }, &body));
	assert_true(ask(f, (struct http_request){ .url = url_of(f, "/bearer/tok/small"), .bearer = STR("tok") }, &body));
	struct str base = str_c(f->server.base);
	struct str in_url = arena_fmt(&f->arena, "http://u:p%%2F@%.*s/auth/u/p/small", STR_ARG(str_slice(base, 7, base.n)));
	assert_false(ask(f, (struct http_request){ .url = in_url }, &body)); /* "p/" is another password */
	in_url = arena_fmt(&f->arena, "http://u:%%70@%.*s/auth/u/p/small", STR_ARG(str_slice(base, 7, base.n)));
	assert_true(ask(f, (struct http_request){ .url = in_url }, &body));
	/* Within the server they stay, to another port they do not. */
	struct http_request req = { .url = url_of(f, "/redirect/302?/echo"), .bearer = STR("tok"), .headers = headers, .header_count = 3 };
	assert_true(ask(f, req, &body));
	assert_true(str_contains(buf_str(&body), STR("authorization: Bearer tok")));
	req.url = arena_fmt(&f->arena, "%s/redirect/302?%s/echo", f->server.base, other.base);
	assert_true(ask(f, req, &body));
	assert_true(str_contains(buf_str(&body), STR("accept: a/b")));
	assert_false(str_contains(buf_str(&body), STR("authorization")));
	assert_false(str_contains(buf_str(&body), STR("cookie")));
	assert_false(str_contains(buf_str(&body), STR("x-token")));
	/* What is sent to a 307 is sent again, to a 303 it is not. */
	req.body.bytes = STR("data");
	req.url = url_of(f, "/redirect/307?/echo");
	assert_true(ask(f, req, &body));
	assert_true(str_starts(buf_str(&body), STR("POST /echo")) && str_ends(buf_str(&body), STR("\n\ndata")));
	req.url = url_of(f, "/redirect/303?/echo");
	assert_true(ask(f, req, &body));
	assert_true(str_starts(buf_str(&body), STR("GET /echo")));
	http_server_stop(&other);
}

static void test_resume(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *path;
		uint64_t from;
		const char *if_range;
		uint32_t tries;
	} rows[] = {
		{ "/cut/50000/r1/data", 0, "", 2 }, /* continued by the retry */
		{ "/files/data", 1000, "", 1 },     /* continued from an earlier run */
		{ "/files/data", 1000, "\"old\"", 1 }, /* those bytes belong to another file */
		{ "/files/data", 999999, "", 2 },   /* more than there is */
		{ "/files/empty", 5, "", 2 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct http_response resp = { 0 };
		struct str out = arena_fmt(&a, "%s/out", f->dir.p), got, want;
		AUTO_FD fd = open(out.p, O_RDWR | O_CREAT | O_TRUNC, 0600);
		bool empty = strstr(rows[i].path, "empty");
		assert_true(fs_read(arena_fmt(&a, "%s/%s", f->dir.p, empty ? "empty" : "data"), 0, &a, &want, &err));
		assert_true(pwrite(fd, want.p, MIN(rows[i].from, want.n), 0) >= 0);
		if (rows[i].if_range[0])
			assert_int_equal(pwrite(fd, "XXXX", 4, 0), 4);
		struct http_request req = { .url = url_of(f, rows[i].path), .out_fd = fd, .has_out_fd = true, .resume_from = rows[i].from,
					    .if_range = str_c(rows[i].if_range), .retries = 2, .retry_base_ms = 5 };
		if (!http_do(f->http, &req, &resp, &err))
			fail_msg("row %zu: %s", i, err.message);
		assert_int_equal(resp.tries, rows[i].tries);
		assert_true(fs_read(out, 0, &a, &got, &err));
		assert_true(str_eq(got, want));
		assert_int_equal(resp.received, want.n);
		http_response_deinit(&resp);
		arena_deinit(&a);
	}
	/* An error's page does not reach the file. */
	struct http_response resp = { 0 };
	AUTO_ERR err = { 0 };
	AUTO_FD fd = open(arena_fmt(&f->arena, "%s/out", f->dir.p).p, O_RDWR | O_TRUNC);
	struct http_request req = { .url = url_of(f, "/files/none"), .out_fd = fd, .has_out_fd = true };
	assert_true(http_do(f->http, &req, &resp, &err));
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	same(buf_str(&resp.body), "no such file\n");
	http_response_deinit(&resp);
}

struct sink {
	size_t pieces, bytes, stop_after;
};

static bool sink_write(void *ctx, struct str bytes, struct err *err)
{
	struct sink *s = ctx;
	s->pieces++;
	s->bytes += bytes.n;
	return s->bytes < s->stop_after || err_set(err, ERR_CANCELLED, "enough");
}

static void test_stream(void **state)
{
	struct fixture *f = *state;
	struct http_response resp = { 0 };
	AUTO_ERR err = { 0 };
	struct sink s = { .stop_after = SIZE_MAX };
	struct http_request req = { .url = url_of(f, "/chunked/300"), .write = sink_write, .write_ctx = &s };
	assert_true(http_do(f->http, &req, &resp, &err));
	assert_int_equal(s.bytes, 300000);
	assert_int_equal(resp.body.n, 0);
	http_response_deinit(&resp);
	s = (struct sink){ .stop_after = 5000 };
	req.url = url_of(f, "/endless");
	assert_false(http_do(f->http, &req, &resp, &err));
	assert_int_equal(err.kind, ERR_CANCELLED);
}

struct many {
	struct fixture *f;
	size_t done, failed, more;
	char connections[200]; /* seen */
};

static void many_done(void *ctx, struct http_response *resp, struct err *err)
{
	struct many *m = ctx;
	int64_t number = 0;
	m->done++;
	m->failed += err->kind != ERR_NONE || resp->status != 200;
	if (str_to_int(http_header(resp, STR("X-Connection")), &number) && number < 200)
		m->connections[number] = 1;
	if (m->more) {
		m->more--;
		AUTO_ERR e = { 0 };
		assert_true(http_start(m->f->http, &(struct http_request){ .url = url_of(m->f, "/files/small") }, many_done, m, NULL, &e));
	}
}

static void test_many(void **state)
{
	struct fixture *f = *state;
	struct many m = { .f = f, .more = 50 };
	AUTO_ERR err = { 0 };
	for (int i = 0; i < 100; i++)
		assert_true(http_start(f->http, &(struct http_request){ .url = url_of(f, "/files/data"), .retries = 1 }, many_done, &m,
				       NULL, &err));
	struct http_transfer *stalled;
	assert_true(http_start(f->http, &(struct http_request){ .url = url_of(f, "/stall") }, many_done, &m, &stalled, &err));
	size_t running = 1;
	while (m.done < 150)
		assert_true(http_run(f->http, 1000, &running, &err));
	assert_int_equal(running, 1);
	http_cancel(f->http, stalled);
	assert_true(http_run_all(f->http, &err));
	assert_int_equal(m.done, 150);
	assert_int_equal(m.failed, 0);
	size_t used = 0;
	for (size_t i = 0; i < sizeof(m.connections); i++)
		used += (size_t)m.connections[i];
	assert_true(used <= 10); /* 8 to a host, reused */
	/* A foreign descriptor ends the wait. */
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	struct pollfd fd = { ends[0], POLLIN, 0 };
	assert_true(http_run_with(f->http, &fd, 1, 60000, &running, &err));
	assert_true(fd.revents & POLLIN);
	close(ends[0]);
	close(ends[1]);
}

static struct str put(struct fixture *f, const char *name, struct str text)
{
	AUTO_ERR err = { 0 };
	struct str path = arena_fmt(&f->arena, "%s/%s", f->dir.p, name);
	assert_true(fs_write(path, text, 0600, FS_NO_SYNC, &err));
	return path;
}

static void test_tls(void **state)
{
	struct fixture *f = *state;
	AUTO_ERR err = { 0 };
	struct crypto_pair ca, server, client;
	struct str local[] = { STR("127.0.0.1") }, name[] = { STR("api.test") };
	assert_true(crypto_gen_cert(&(struct crypto_cert_options){ .cn = STR("ca"), .days = 1, .is_ca = true }, &f->arena, &ca, &err));
	assert_true(crypto_gen_cert(&(struct crypto_cert_options){ .cn = STR("s"), .ips = local, .ip_count = 1, .dns = name, .dns_count = 1,
								   .days = 1, .ca = &ca }, &f->arena, &server, &err));
	assert_true(crypto_gen_cert(&(struct crypto_cert_options){ .cn = STR("c"), .days = 1, .ca = &ca }, &f->arena, &client, &err));
	struct str ca_file = put(f, "ca.pem", ca.cert), cert_file = put(f, "cert.pem", client.cert), key_file = put(f, "key.pem", client.key);
	const char *options[] = { "--tls", put(f, "s.pem", server.cert).p, put(f, "s.key", server.key).p, "--client-ca", ca_file.p, NULL };
	struct http_server tls;
	http_server_start(&tls, f->dir.p, options);
	struct http_tls in_memory = { .ca_pem = ca.cert, .cert_pem = client.cert, .key_pem = client.key }, named = in_memory,
			misnamed = in_memory;
	named.server_name = STR("api.test");
	misnamed.server_name = STR("other.test");
	const struct {
		struct http_tls tls;
		enum err_kind kind;
	} rows[] = {
		{ { .insecure = false }, ERR_DENIED },
		{ { .ca_pem = ca.cert }, ERR_NETWORK }, /* the server wants a client's certificate */
		{ in_memory, ERR_NONE },
		{ { .ca_file = ca_file, .cert_file = cert_file, .key_file = key_file }, ERR_NONE },
		{ { .insecure = true, .cert_pem = client.cert, .key_pem = client.key }, ERR_NONE },
		{ named, ERR_NONE },
		{ misnamed, ERR_DENIED },
		{ { .ca_file = STR_INIT("/nonexistent.pem") }, ERR_DENIED },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_response resp = { 0 };
		struct http *http;
		assert_true(http_new(&(struct http_options){ 0 }, &http, &err));
		struct http_request req = { .url = arena_fmt(&f->arena, "%s/files/small", tls.base), .tls = rows[i].tls };
		bool ok = http_do(http, &req, &resp, &err);
		if (err.kind != rows[i].kind)
			fail_msg("row %zu: %s", i, ok ? "worked" : err.message);
		if (ok)
			same(buf_str(&resp.body), "small\n");
		err_deinit(&err);
		http_response_deinit(&resp);
		http_free(http);
	}
	http_server_stop(&tls);
}

static void test_urls(void **state)
{
	/* RFC 3986 section 5.4 and a few of ours. */
	static const struct { const char *base, *ref, *want; } joins[] = {
		{ "http://a/b/c/d;p?q", "g", "http://a/b/c/g" },       { "http://a/b/c/d;p?q", "./g", "http://a/b/c/g" },
		{ "http://a/b/c/d;p?q", "g/", "http://a/b/c/g/" },     { "http://a/b/c/d;p?q", "/g", "http://a/g" },
		{ "http://a/b/c/d;p?q", "//g", "http://g" },           { "http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y" },
		{ "http://a/b/c/d;p?q", "g?y", "http://a/b/c/g?y" },   { "http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q" },
		{ "http://a/b/c/d;p?q", "..", "http://a/b/" },         { "http://a/b/c/d;p?q", "../../g", "http://a/g" },
		{ "http://a/b/c/d;p?q", "../../../g", "http://a/g" },  { "http://a/b/c/d;p?q", "https://x/y", "https://x/y" },
		{ "http://a", "x/y.tgz", "http://a/x/y.tgz" },         { "http://u:p@a:1/i/", "x.tgz", "http://u:p@a:1/i/x.tgz" },
	};
	static const struct { const char *url, *safe; } safes[] = {
		{ "https://u:p@h:1/p", "https://h:1/p" }, { "https://h/p?sig=1", "https://h/p?…" }, { "http://[::1]:2/", "http://[::1]:2/" },
		{ "u:p@h/x?y", "h/x" },
	};
	static const struct { const char *a, *b; bool same; } origins[] = {
		{ "http://h/a", "http://H:80/b", true }, { "http://h/", "https://h/", false }, { "http://h:1/", "http://h:2/", false },
		{ "https://h/", "https://u:p@h:443/", true }, { "http://h/", "http://h.x/", false },
	};
	struct arena a = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(joins); i++)
		same(http_join_url(&a, str_c(joins[i].base), str_c(joins[i].ref)), joins[i].want);
	for (size_t i = 0; i < ARRAY_LEN(safes); i++)
		same(http_safe_url(&a, str_c(safes[i].url)), safes[i].safe);
	for (size_t i = 0; i < ARRAY_LEN(origins); i++)
		assert_int_equal(http_same_origin(str_c(origins[i].a), str_c(origins[i].b)), origins[i].same);
	AUTO_BUF b = { 0 };
	http_escape(&b, STR("a b/\xc3\xa4~"));
	same(buf_str(&b), "a%20b%2F%C3%A4~");
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),    cmocka_unit_test(test_answers), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_sending), cmocka_unit_test(test_credentials), cmocka_unit_test(test_resume),
		cmocka_unit_test(test_stream),  cmocka_unit_test(test_many),    cmocka_unit_test(test_tls),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
