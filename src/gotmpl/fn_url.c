/* urlParse and urlJoin: Go's net/url (https://pkg.go.dev/net/url#Parse), which follows RFC 3986 with some leniency. */
#include "gotmpl/sprig_util.h"

#include <string.h>

struct url {
	struct str scheme, opaque, host, path, query, fragment, user, password;
	bool has_user, has_password, omit_host, force_query;
};

/* Which part of a URL is escaped: each has its own characters that need none. */
enum part { PART_PATH, PART_USER, PART_HOST, PART_ZONE, PART_FRAGMENT };

static bool alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool among(unsigned char c, const char *set)
{
	return c != 0 && strchr(set, c) != NULL;
}

static bool needs_escape(unsigned char c, enum part part)
{
	if (alnum(c) || among(c, "-_.~"))
		return false;
	switch (part) {
	case PART_HOST:
	case PART_ZONE:
		return !among(c, "!$&'()*+,;=:[]<>\"");
	case PART_PATH:
		return !among(c, "$&+,/:;=@");
	case PART_USER:
		return !among(c, "$&+,;=");
	default:
		return !among(c, "$&+,/:;=?@!()*");
	}
}

static int unhex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* "<before> <quoted text><after>" */
static bool fail_quoted(struct err *err, const char *before, struct str text, const char *after)
{
	AUTO_BUF b = { 0 };
	gofmt_quote(&b, text);
	return err_set(err, ERR_FAILED, "%s %.*s%s", before, STR_ARG(buf_str(&b)), after);
}

static bool check_escape(struct str s, size_t i, enum part part, int *byte, struct err *err)
{
	int high = i + 1 < s.n ? unhex(s.p[i + 1]) : -1, low = i + 2 < s.n ? unhex(s.p[i + 2]) : -1;
	struct str escape = str_slice(s, i, i + 3);
	bool ok = high >= 0 && low >= 0;
	*byte = high * 16 + low;
	/* In a host only what is not ASCII may be escaped; in a zone also what could not stand there otherwise. */
	if (ok && part == PART_HOST && high < 8 && !str_eq(escape, STR("%25")))
		ok = false;
	if (ok && part == PART_ZONE && !str_eq(escape, STR("%25")) && *byte != ' ' && needs_escape((unsigned char)*byte, PART_HOST))
		ok = false;
	return ok || fail_quoted(err, "invalid URL escape", escape, "");
}

static bool unescape(struct go_call *call, struct str s, enum part part, struct str *out, struct err *err)
{
	char *p = arena_alloc(call->arena, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		int byte = c;
		if (c == '%') {
			if (!check_escape(s, i, part, &byte, err))
				return false;
			i += 2;
		} else if ((part == PART_HOST || part == PART_ZONE) && c < 0x80 && needs_escape(c, part)) {
			return fail_quoted(err, "invalid character", str_slice(s, i, i + 1), " in host name");
		}
		p[n++] = (char)byte;
	}
	*out = (struct str){ p, n };
	return true;
}

static void escape(struct buf *b, struct str s, enum part part)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (needs_escape(c, part))
			buf_addf(b, "%%%02X", c);
		else
			buf_add_char(b, (char)c);
	}
}

/* ---- Parsing ---- */

static bool take_scheme(struct str *s, struct str *scheme, struct err *err)
{
	*scheme = STR("");
	for (size_t i = 0; i < s->n; i++) {
		unsigned char c = (unsigned char)s->p[i];
		if (c == ':') {
			if (i == 0)
				return fail(err, "missing protocol scheme");
			*scheme = str_slice(*s, 0, i);
			*s = str_slice(*s, i + 1, s->n);
			return true;
		}
		bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
		if (!letter && (i == 0 || !(alnum(c) || among(c, "+-."))))
			return true;
	}
	return true;
}

static bool valid_port(struct str port)
{
	if (port.n > 0 && port.p[0] != ':')
		return false;
	for (size_t i = 1; i < port.n; i++)
		if (port.p[i] < '0' || port.p[i] > '9')
			return false;
	return true;
}

static bool parse_host(struct go_call *call, struct str host, struct str *out, struct err *err)
{
	size_t end = str_rfind_char(host, ']'), zone;
	struct str port = STR("");
	if (str_starts(host, STR("["))) {
		if (end == STR_NPOS)
			return fail(err, "missing ']' in host");
		port = str_slice(host, end + 1, host.n);
	} else if (str_rfind_char(host, ':') != STR_NPOS) {
		port = str_slice(host, str_rfind_char(host, ':'), host.n);
	}
	if (!valid_port(port))
		return fail_quoted(err, "invalid port", port, " after host");
	if (!str_starts(host, STR("[")) || (zone = str_find(str_slice(host, 0, end), STR("%25"))) == STR_NPOS)
		return unescape(call, host, PART_HOST, out, err);
	struct str before, inside, after;
	if (!unescape(call, str_slice(host, 0, zone), PART_HOST, &before, err) ||
	    !unescape(call, str_slice(host, zone, end), PART_ZONE, &inside, err) ||
	    !unescape(call, str_slice(host, end, host.n), PART_HOST, &after, err))
		return false;
	*out = arena_concat(call->arena, arena_concat(call->arena, before, inside), after);
	return true;
}

static bool parse_authority(struct go_call *call, struct str s, struct url *out, struct err *err)
{
	size_t at = str_rfind_char(s, '@');
	struct str user, password;
	if (!parse_host(call, at == STR_NPOS ? s : str_slice(s, at + 1, s.n), &out->host, err))
		return false;
	if (at == STR_NPOS)
		return true;
	user = str_slice(s, 0, at);
	for (size_t i = 0; i < user.n; i++)
		if (!alnum((unsigned char)user.p[i]) && !among((unsigned char)user.p[i], "-._:~!$&'()*+,;=%@"))
			return fail(err, "net/url: invalid userinfo");
	out->has_user = true;
	out->has_password = str_cut(user, ':', &user, &password);
	return unescape(call, user, PART_USER, &out->user, err) && unescape(call, password, PART_USER, &out->password, err);
}

static bool parse_without_fragment(struct go_call *call, struct str s, struct url *out, struct err *err)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
			return fail(err, "net/url: invalid control character in URL");
	if (!take_scheme(&s, &out->scheme, err))
		return false;
	char *lower = arena_cstr(call->arena, out->scheme);
	for (size_t i = 0; i < out->scheme.n; i++)
		lower[i] = (char)(lower[i] >= 'A' && lower[i] <= 'Z' ? lower[i] + 32 : lower[i]);
	out->scheme.p = lower;
	out->force_query = str_cut(s, '?', &s, &out->query) && out->query.n == 0;
	if (!str_starts(s, STR("/"))) {
		if (out->scheme.n > 0) {
			out->opaque = s;
			return true;
		}
		struct str segment, rest;
		str_cut(s, '/', &segment, &rest);
		if (str_find_char(segment, ':') != STR_NPOS)
			return fail(err, "first path segment in URL cannot contain colon");
	}
	if (str_starts(s, STR("//")) && (out->scheme.n > 0 || !str_starts(s, STR("///")))) {
		s = str_slice(s, 2, s.n);
		size_t slash = str_find_char(s, '/');
		struct str authority = str_slice(s, 0, slash == STR_NPOS ? s.n : slash);
		s = str_slice(s, authority.n, s.n);
		if (!parse_authority(call, authority, out, err))
			return false;
	} else if (out->scheme.n > 0 && str_starts(s, STR("/"))) {
		out->omit_host = true;
	}
	return unescape(call, s, PART_PATH, &out->path, err);
}

static bool url_parse(struct go_call *call, struct str s, struct url *out, struct err *err)
{
	struct str rest, fragment, at_fault;
	AUTO_ERR why = { 0 };
	AUTO_BUF quoted = { 0 };
	*out = (struct url){ 0 };
	str_cut(s, '#', &rest, &fragment);
	at_fault = rest;
	if (parse_without_fragment(call, rest, out, &why)) {
		at_fault = s;
		if (unescape(call, fragment, PART_FRAGMENT, &out->fragment, &why))
			return true;
	}
	gofmt_quote(&quoted, at_fault);
	return err_set(err, ERR_FAILED, "parse %.*s: %s", STR_ARG(buf_str(&quoted)), why.message);
}

/* ---- Writing ---- */

static void add_user(struct buf *b, const struct url *u)
{
	escape(b, u->user, PART_USER);
	if (u->has_password) {
		buf_add_char(b, ':');
		escape(b, u->password, PART_USER);
	}
}

static void add_hierarchy(struct buf *b, const struct url *u)
{
	bool authority = u->host.n > 0 || u->has_user;
	if (authority || (u->scheme.n > 0 && !u->omit_host)) {
		if (authority || u->path.n > 0)
			buf_add_c(b, "//");
		if (u->has_user) {
			add_user(b, u);
			buf_add_char(b, '@');
		}
		escape(b, u->host, PART_HOST);
	}
	if (u->path.n > 0 && u->path.p[0] != '/' && u->host.n > 0)
		buf_add_char(b, '/');
	struct str segment, rest;
	str_cut(u->path, '/', &segment, &rest);
	if (b->n == 0 && str_find_char(segment, ':') != STR_NPOS)
		buf_add_c(b, "./"); /* else it would read as a scheme */
	if (str_eq(u->path, STR("*")))
		buf_add_char(b, '*');
	else
		escape(b, u->path, PART_PATH);
}

static void url_add(struct buf *b, const struct url *u)
{
	if (u->scheme.n > 0)
		buf_addf(b, "%.*s:", STR_ARG(u->scheme));
	if (u->opaque.n > 0)
		buf_add(b, u->opaque);
	else
		add_hierarchy(b, u);
	if (u->force_query || u->query.n > 0)
		buf_addf(b, "?%.*s", STR_ARG(u->query));
	if (u->fragment.n > 0) {
		buf_add_char(b, '#');
		escape(b, u->fragment, PART_FRAGMENT);
	}
}

/* The host without its port and brackets. */
static struct str hostname(struct str host)
{
	size_t colon = str_find_char(host, ':'), bracket = str_find_char(host, ']');
	if (colon == STR_NPOS)
		return host;
	if (bracket != STR_NPOS)
		return str_drop_prefix(str_slice(host, 0, bracket), STR("["));
	return str_slice(host, 0, colon);
}

static bool fn_url_parse(struct go_call *call, struct value *out, struct err *err)
{
	struct url u;
	AUTO_BUF user = { 0 };
	if (!url_parse(call, arg_str(call, 0), &u, err))
		return err_wrap(err, "unable to parse url");
	if (u.has_user)
		add_user(&user, &u);
	const struct {
		struct str key, value;
	} parts[] = {
		{ STR("scheme"), u.scheme },           { STR("host"), u.host },
		{ STR("hostname"), hostname(u.host) }, { STR("path"), u.path },
		{ STR("query"), u.query },             { STR("opaque"), u.opaque },
		{ STR("fragment"), u.fragment },       { STR("userinfo"), buf_to_arena(&user, call->arena) },
	};
	*out = value_map_new(call->arena);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		value_map_set(*out, parts[i].key, value_str(parts[i].value));
	return true;
}

static bool part_of(struct go_call *call, struct str key, struct str *out, struct err *err)
{
	const struct value *v = value_map_get(call->argv[0], key);
	*out = STR("");
	if (v == NULL)
		return true;
	if (v->kind == VAL_NULL)
		return fail(err, NIL_DEREFERENCE);
	enum go_kind kind = go_kind_of(call->types, *v);
	if (kind != GO_KIND_STRING)
		return err_set(err, ERR_FAILED, "unable to parse %.*s key, must be of type string, but %.*s found", STR_ARG(key),
			       STR_ARG(go_kind_name(kind)));
	*out = value_as_str(*v);
	return true;
}

static bool fn_url_join(struct go_call *call, struct value *out, struct err *err)
{
	struct url u = { 0 }, with_user;
	struct str user;
	AUTO_BUF b = { 0 };
	if (!part_of(call, STR("scheme"), &u.scheme, err) || !part_of(call, STR("host"), &u.host, err) ||
	    !part_of(call, STR("path"), &u.path, err) || !part_of(call, STR("query"), &u.query, err) ||
	    !part_of(call, STR("opaque"), &u.opaque, err) || !part_of(call, STR("fragment"), &u.fragment, err) ||
	    !part_of(call, STR("userinfo"), &user, err))
		return false;
	if (user.n > 0) {
		if (!url_parse(call, arena_fmt(call->arena, "proto://%.*s@host", STR_ARG(user)), &with_user, err))
			return err_wrap(err, "unable to parse userinfo in dict");
		u.has_user = with_user.has_user;
		u.has_password = with_user.has_password;
		u.user = with_user.user;
		u.password = with_user.password;
	}
	url_add(&b, &u);
	return give(call, &b, out, err);
}

static const struct go_func rows[] = {
	GO_FUNC("urlParse", fn_url_parse, GO_P_STRING),
	GO_FUNC("urlJoin", fn_url_join, GO_P_MAP),
};
const struct go_table fn_url = GO_TABLE(rows);
