/* URLs and responses: the part of http.h that is pure text and needs no curl. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "ext/http.h"

static bool is_alpha(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Length of "scheme:" at the front, or 0 (RFC 3986 section 3.1). */
static size_t scheme_len(struct str url)
{
	size_t i = 0;
	while (i < url.n && (is_alpha(url.p[i]) || (i && (is_digit(url.p[i]) || strchr("+-.", url.p[i])))))
		i++;
	return i && i < url.n && url.p[i] == ':' ? i + 1 : 0;
}

static bool parse_authority(struct str authority, struct http_url *u)
{
	size_t at = str_rfind_char(authority, '@');
	if (at != STR_NPOS) {
		u->has_user = true;
		str_cut(str_slice(authority, 0, at), ':', &u->user, &u->password);
		authority = str_slice(authority, at + 1, authority.n);
	}
	struct str rest = STR("");
	if (str_starts(authority, STR("["))) {
		if (!str_cut(str_slice(authority, 1, authority.n), ']', &u->host, &rest))
			return false;
	} else {
		size_t colon = str_find_char(authority, ':');
		u->host = str_slice(authority, 0, colon == STR_NPOS ? authority.n : colon);
		rest = str_slice(authority, u->host.n, authority.n);
	}
	if (rest.n && rest.p[0] != ':')
		return false;
	u->port = str_slice(rest, 1, rest.n);
	for (size_t i = 0; i < u->port.n; i++)
		if (!is_digit(u->port.p[i]))
			return false;
	return u->host.n > 0;
}

bool http_parse_url(struct str url, struct http_url *out)
{
	struct http_url u = { 0 };
	for (size_t i = 0; i < url.n; i++)
		if ((uint8_t)url.p[i] <= ' ' || url.p[i] == 0x7f)
			return false;
	size_t n = scheme_len(url);
	if (n == 0 || !str_starts(str_slice(url, n, url.n), STR("//")))
		return false;
	u.scheme = str_slice(url, 0, n - 1);
	struct str rest = str_slice(url, n + 2, url.n), fragment;
	str_cut(rest, '#', &rest, &fragment);
	size_t end = 0;
	while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
		end++;
	if (!parse_authority(str_slice(rest, 0, end), &u))
		return false;
	u.has_query = str_cut(str_slice(rest, end, rest.n), '?', &u.path, &u.query);
	*out = u;
	return true;
}

static struct str port_or_default(const struct http_url *u)
{
	if (u->port.n)
		return u->port;
	return str_eq_nocase(u->scheme, STR("https")) ? STR("443") : STR("80");
}

bool http_same_origin(struct str a, struct str b)
{
	struct http_url x, y;
	return http_parse_url(a, &x) && http_parse_url(b, &y) && str_eq_nocase(x.scheme, y.scheme) &&
	       str_eq_nocase(x.host, y.host) && str_eq(port_or_default(&x), port_or_default(&y));
}

struct str http_safe_url(struct arena *a, struct str url)
{
	struct http_url u;
	if (!http_parse_url(url, &u)) {
		/* No URL that we understand: whatever stands before an @ or behind a ? is not shown. */
		struct str rest;
		str_cut(url, '?', &url, &rest);
		size_t at = str_rfind_char(url, '@');
		return arena_str(a, at == STR_NPOS ? url : str_slice(url, at + 1, url.n));
	}
	bool v6 = str_find_char(u.host, ':') != STR_NPOS;
	return arena_fmt(a, "%.*s://%s%.*s%s%s%.*s%.*s%s", STR_ARG(u.scheme), v6 ? "[" : "", STR_ARG(u.host), v6 ? "]" : "",
			 u.port.n ? ":" : "", STR_ARG(u.port), STR_ARG(u.path), u.has_query ? "?…" : "");
}

void http_escape(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_alpha(s.p[i]) || is_digit(s.p[i]) || (s.p[i] && strchr("-._~", s.p[i])))
			buf_add_char(out, s.p[i]);
		else
			buf_addf(out, "%%%02X", (uint8_t)s.p[i]);
}

/* RFC 3986 section 5.2.4: unlike path_clean it keeps a trailing slash and doubled ones. */
static struct str remove_dots(struct arena *a, struct str path)
{
	char *out = arena_alloc(a, path.n + 2);
	size_t n = 0;
	for (size_t i = 0; i < path.n;) {
		size_t end = i + 1;
		while (end < path.n && path.p[end] != '/')
			end++;
		struct str piece = str_slice(path, i, end); /* "/name" */
		bool last = end == path.n;
		if (str_eq(piece, STR("/..")) || str_eq(piece, STR("/."))) {
			if (piece.n == 3)
				while (n > 0 && out[--n] != '/')
					;
			if (last)
				out[n++] = '/';
		} else {
			memcpy(out + n, piece.p, piece.n);
			n += piece.n;
		}
		i = end;
	}
	out[n] = '\0';
	return (struct str){ out, n };
}

struct str http_join_url(struct arena *a, struct str base, struct str ref)
{
	struct http_url u;
	if (scheme_len(ref) || !http_parse_url(base, &u))
		return arena_str(a, ref);
	struct str authority = str_slice(base, u.scheme.n + 3, base.n), rest, query, path, fragment;
	size_t end = 0;
	while (end < authority.n && !strchr("/?#", authority.p[end]))
		end++;
	authority.n = end;
	str_cut(ref, '#', &rest, &fragment);
	if (str_starts(rest, STR("//")))
		return arena_fmt(a, "%.*s:%.*s", STR_ARG(u.scheme), STR_ARG(rest));
	bool has_query = str_cut(rest, '?', &path, &query);
	if (path.n == 0) {
		query = has_query ? query : u.query;
		has_query = has_query || u.has_query;
		path = u.path;
	} else if (path.p[0] != '/') {
		size_t slash = str_rfind_char(u.path, '/');
		path = slash == STR_NPOS ? arena_concat(a, STR("/"), path) : arena_concat(a, str_slice(u.path, 0, slash + 1), path);
	}
	return arena_fmt(a, "%.*s://%.*s%.*s%s%.*s", STR_ARG(u.scheme), STR_ARG(authority), STR_ARG(remove_dots(a, path)),
			 has_query ? "?" : "", STR_ARG(query));
}

void http_response_deinit(struct http_response *resp)
{
	map_deinit(&resp->headers);
	buf_deinit(&resp->body);
	arena_deinit(&resp->arena);
	*resp = (struct http_response){ 0 };
}

struct str http_header(const struct http_response *resp, struct str name)
{
	char lower[128];
	if (name.n > sizeof(lower) || resp->headers.n == 0)
		return STR_NONE;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 0x20) : name.p[i];
	struct str *v = map_find(&resp->headers, (struct str){ lower, name.n });
	return v ? *v : STR_NONE;
}

/* The first line of a body that is text, not markup, cut at 200 bytes; empty otherwise. */
static struct str first_line(const struct http_response *resp)
{
	struct str body = str_trim(buf_str(&resp->body)), line = STR("");
	if (body.n == 0 || body.p[0] == '<' || !str_next_line(&body, &line))
		return STR("");
	line = str_slice(line, 0, 200);
	for (size_t i = 0; i < line.n; i++)
		if ((uint8_t)line.p[i] < ' ' && line.p[i] != '\t')
			return STR("");
	return line;
}

bool http_check(const struct http_response *resp, struct err *err)
{
	static const struct {
		int status;
		enum err_kind kind;
		const char *hint;
	} kinds[] = {
		{ 401, ERR_DENIED, "the server wants credentials, or other ones" },
		{ 403, ERR_DENIED, "these credentials have no right to it" },
		{ 404, ERR_NOT_FOUND, NULL },
		{ 407, ERR_DENIED, "the proxy wants credentials" },
		{ 408, ERR_NETWORK, NULL },
		{ 409, ERR_CONFLICT, NULL },
		{ 410, ERR_NOT_FOUND, NULL },
		{ 412, ERR_CONFLICT, NULL },
		{ 429, ERR_NETWORK, "the server limits how often it is asked: try again later" },
	};
	if (resp->status < 400)
		return true;
	enum err_kind kind = resp->status >= 500 ? ERR_NETWORK : ERR_FAILED;
	const char *hint = NULL;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].status == resp->status) {
			kind = kinds[i].kind;
			hint = kinds[i].hint;
		}
	struct str line = first_line(resp);
	err_set(err, kind, "%.*s %.*s: status %d%s%.*s", STR_ARG(resp->method), STR_ARG(resp->url), resp->status, line.n ? ": " : "",
		STR_ARG(line));
	return hint ? err_hint(err, "%s", hint) : false;
}
