/*
 * Formats, with the reasons that Helm's validator gives. Up to draft 7 they are asserted; later drafts take them for annotations, but the
 * metaschemas assert their own (regex, uri, uri-reference). Unknown formats fit everything.
 */
#include "validate/json_schema_format.h"

#include "base/utf8.h"
#include "text/regex.h"
#include "text/unicode.h"
#include "validate/json_schema_internal.h"

bool js_because(struct buf *why, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(why, fmt, ap);
	va_end(ap);
	return false;
}

bool js_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void js_add_go_quoted(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t r;
		n = utf8_decode(str_slice(s, i, s.n), &r);
		if (r == '"' || r == '\\')
			buf_addf(out, "\\%c", (int)r);
		else if (r < ' ' || r == 0x7f)
			buf_addf(out, r == '\n' ? "\\n" : r == '\t' ? "\\t" : r == '\r' ? "\\r" : "\\x%02x", r);
		else if (!unicode_is_print(r))
			buf_addf(out, r < 0x10000 ? "\\u%04x" : "\\U%08x", r);
		else
			buf_add_bytes(out, s.p + i, n);
	}
	buf_add_char(out, '"');
}

static bool check_regex(struct str s, struct buf *why)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	const struct regex *re;
	bool ok = regex_compile(&a, s, 0, &re, &err);
	arena_deinit(&a);
	return ok || js_because(why, "%s", err.message);
}

static bool check_uuid(struct str s, struct buf *why)
{
	static const size_t lengths[] = { 8, 4, 4, 4, 12 };
	size_t dashes = 0;
	for (size_t i = 0; i < s.n; i++)
		dashes += s.p[i] == '-';
	if (dashes != 4)
		return js_because(why, "must have 5 elements");
	for (size_t i = 0; i < 5; i++) {
		struct str part;
		str_cut(s, '-', &part, &s);
		if (part.n != lengths[i])
			return js_because(why, "element %zu must be %zu characters long", i + 1, lengths[i]);
		for (size_t k = 0; k < part.n; k++) {
			char c = part.p[k] | 0x20;
			if (!js_is_digit(part.p[k]) && (c < 'a' || c > 'f'))
				return js_because(why, "non-hex character '%c'", part.p[k]);
		}
	}
	return true;
}

static bool check_json_pointer(struct str s, struct buf *why)
{
	if (s.n && *s.p != '/')
		return js_because(why, "not starting with /");
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '~' && (i + 1 >= s.n || (s.p[i + 1] != '0' && s.p[i + 1] != '1')))
			return js_because(why, "~ must be followed by 0 or 1");
	return true;
}

static bool check_relative_pointer(struct str s, struct buf *why)
{
	size_t n = 0;
	while (n < s.n && js_is_digit(s.p[n]))
		n++;
	if (n == 0)
		return js_because(why, "must start with non-negative integer");
	if (n > 1 && *s.p == '0')
		return js_because(why, "starts with zero");
	s = str_slice(s, n, s.n);
	return str_eq_c(s, "#") || check_json_pointer(s, why);
}

static bool check_uri_template(struct str s, struct buf *why)
{
	bool inside = false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '{') {
			if (inside)
				return js_because(why, "nested curly braces");
			inside = true;
		} else if (s.p[i] == '}') {
			if (!inside)
				return js_because(why, "nested curly braces");
			inside = false;
		} else if (s.p[i] == '/' || s.p[i] == '?' || s.p[i] == '#') {
			if (inside)
				return js_because(why, "no matching closing brace");
		}
	}
	if (inside)
		return js_because(why, "no matching closing brace");
	return true;
}

static bool is_identifier(struct str s, const char *what, struct buf *why)
{
	if (s.n == 0)
		return js_because(why, "%s is empty", what);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] | 0x20;
		if (!js_is_digit(s.p[i]) && (c < 'a' || c > 'z') && s.p[i] != '-')
			return js_because(why, "invalid character '%c' in %s", s.p[i], what);
	}
	return true;
}

static bool all_digits(struct str s)
{
	size_t n = 0;
	while (n < s.n && js_is_digit(s.p[n]))
		n++;
	return n == s.n;
}

static bool check_core(struct str core, struct buf *why)
{
	static const char *const names[] = { "major", "minor", "patch" };
	size_t dots = 0;
	for (size_t i = 0; i < core.n; i++)
		dots += core.p[i] == '.';
	if (dots != 2)
		return js_because(why, "versionCore must have 3 numbers separated by dot");
	for (size_t i = 0; i < 3; i++) {
		struct str part;
		str_cut(core, '.', &part, &core);
		if (part.n == 0)
			return js_because(why, "%s is empty", names[i]);
		if (!all_digits(part))
			return js_because(why, "%s contains non-digit", names[i]);
		if (part.n > 1 && *part.p == '0')
			return js_because(why, "%s starts with zero", names[i]);
	}
	return true;
}

static bool check_semver(struct str s, struct buf *why)
{
	struct str build, pre, part;
	bool has_build = str_cut(s, '+', &s, &build), has_pre = str_cut(s, '-', &s, &pre);
	if (has_build && build.n == 0)
		return js_because(why, "build is empty");
	for (bool more = has_build; more;) {
		more = str_cut(build, '.', &part, &build);
		if (!is_identifier(part, "build identifier", why))
			return false;
	}
	for (bool more = has_pre; more;) {
		more = str_cut(pre, '.', &part, &pre);
		if (!is_identifier(part, "pre-release identifier", why))
			return false;
		if (part.n > 1 && *part.p == '0' && all_digits(part))
			return js_because(why, "pre-release numeric identifier starts with zero");
	}
	return check_core(s, why);
}

static const struct js_format formats[] = {
	{ STR_INIT("date"), js_format_date },
	{ STR_INIT("date-time"), js_format_date_time },
	{ STR_INIT("duration"), js_format_duration },
	{ STR_INIT("email"), js_format_email },
	{ STR_INIT("hostname"), js_format_hostname },
	{ STR_INIT("ipv4"), js_format_ipv4 },
	{ STR_INIT("ipv6"), js_format_ipv6 },
	{ STR_INIT("iri"), js_format_uri },
	{ STR_INIT("iri-reference"), js_format_uri_reference },
	{ STR_INIT("json-pointer"), check_json_pointer },
	{ STR_INIT("period"), js_format_period },
	{ STR_INIT("regex"), check_regex },
	{ STR_INIT("relative-json-pointer"), check_relative_pointer },
	{ STR_INIT("semver"), check_semver },
	{ STR_INIT("time"), js_format_time },
	{ STR_INIT("uri"), js_format_uri },
	{ STR_INIT("uri-reference"), js_format_uri_reference },
	{ STR_INIT("uri-template"), check_uri_template },
	{ STR_INIT("uuid"), check_uuid },
};

const struct js_format *js_format_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (str_eq(formats[i].name, name))
			return &formats[i];
	return NULL;
}
