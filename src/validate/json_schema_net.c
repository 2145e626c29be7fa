/* Formats of addresses: host names, mail, IP, URIs. Reasons for URIs and IPv6 are those of Go's net/url and net/netip. */
#include "validate/json_schema_format.h"

#include <string.h>

#include "base/utf8.h"

static bool check_label(struct str label, struct buf *why)
{
	if (label.n < 1 || label.n > 63)
		return js_because(why, "label must be 1 to 63 characters long");
	if (*label.p == '-')
		return js_because(why, "label starts with hyphen");
	if (label.p[label.n - 1] == '-')
		return js_because(why, "label ends with hyphen");
	for (size_t i = 0, n; i < label.n; i += n) {
		uint32_t r;
		n = utf8_decode(str_slice(label, i, label.n), &r);
		uint32_t low = r | 0x20;
		if ((low < 'a' || low > 'z') && (r < '0' || r > '9') && r != '-')
			return js_because(why, "invalid character '%.*s'", (int)n, label.p + i);
	}
	return true;
}

bool js_format_hostname(struct str s, struct buf *why)
{
	struct str label;
	s = str_drop_suffix(s, STR("."));
	if (s.n > 253)
		return js_because(why, "more than 253 characters long");
	for (bool more = true; more;) {
		more = str_cut(s, '.', &label, &s);
		if (!check_label(label, why))
			return false;
	}
	return true;
}

bool js_format_ipv4(struct str s, struct buf *why)
{
	size_t dots = 0;
	for (size_t i = 0; i < s.n; i++)
		dots += s.p[i] == '.';
	if (dots != 3)
		return js_because(why, "expected four decimals");
	for (int i = 0; i < 4; i++) {
		struct str part;
		int64_t v;
		str_cut(s, '.', &part, &s);
		if (!str_to_int(part, &v)) {
			buf_add_c(why, "strconv.Atoi: parsing ");
			js_add_go_quoted(why, part);
			return js_because(why, ": invalid syntax");
		}
		if (v < 0 || v > 255)
			return js_because(why, "decimal must be between 0 and 255");
		if (part.n > 1 && *part.p == '0')
			return js_because(why, "leading zeros");
	}
	return true;
}

/* netip.ParseAddr's complaint; `at` is what was left, or STR_NONE. */
static bool bad_address(struct buf *why, struct str s, const char *reason, struct str at)
{
	buf_add_c(why, "ParseAddr(");
	js_add_go_quoted(why, s);
	buf_addf(why, "): %s", reason);
	if (at.p) {
		buf_add_c(why, " (at ");
		js_add_go_quoted(why, at);
		buf_add_char(why, ')');
	}
	return false;
}

/* The dotted end of an IPv6 address. */
static bool dotted_end(struct str whole, struct str s, struct buf *why)
{
	int fields = 0;
	for (bool more = true; more; fields++) {
		struct str part;
		int64_t v;
		more = str_cut(s, '.', &part, &s);
		if (part.n == 0)
			return bad_address(why, whole, "IPv4 field must have at least one digit", STR_NONE);
		if (!js_is_digit(*part.p) || !str_to_int(part, &v))
			return bad_address(why, whole, "unexpected character", STR_NONE);
		if (part.n > 1 && *part.p == '0')
			return bad_address(why, whole, "IPv4 field has octet with leading zero", STR_NONE);
		if (v > 255)
			return bad_address(why, whole, "IPv4 field has value >255", STR_NONE);
		if (fields == 4)
			return bad_address(why, whole, "IPv4 address too long", STR_NONE);
	}
	return fields == 4 || bad_address(why, whole, "IPv4 address too short", STR_NONE);
}

static size_t hex_length(struct str s)
{
	size_t n = 0;
	while (n < s.n && (js_is_digit(s.p[n]) || ((s.p[n] | 0x20) >= 'a' && (s.p[n] | 0x20) <= 'f')))
		n++;
	return n;
}

/* Groups of the address up to its end; *bytes is how many were given. */
static bool check_groups(struct str whole, struct str s, bool ellipsis, struct buf *why)
{
	int bytes = 0;
	while (bytes < 16) {
		size_t n = hex_length(s);
		if (n > 4)
			return bad_address(why, whole, "each group must have 4 or less digits", s);
		if (n == 0)
			return bad_address(why, whole, "each colon-separated field must have at least one digit", s);
		if (n < s.n && s.p[n] == '.') {
			if (!ellipsis && bytes != 12)
				return bad_address(why, whole, "embedded IPv4 address must replace the final 2 fields of the address", s);
			if (bytes + 4 > 16)
				return bad_address(why, whole, "too many hex fields to fit an embedded IPv4 at the end of the address", s);
			if (!dotted_end(whole, s, why))
				return false;
			bytes += 4;
			s = str_slice(s, s.n, s.n);
			break;
		}
		bytes += 2;
		s = str_slice(s, n, s.n);
		if (s.n == 0)
			break;
		if (*s.p != ':')
			return bad_address(why, whole, "unexpected character, want colon", s);
		if (s.n == 1)
			return bad_address(why, whole, "colon must be followed by more characters", s);
		s = str_slice(s, 1, s.n);
		if (*s.p != ':')
			continue;
		if (ellipsis)
			return bad_address(why, whole, "multiple :: in address", s);
		ellipsis = true;
		s = str_slice(s, 1, s.n);
		if (s.n == 0)
			break;
	}
	if (s.n)
		return bad_address(why, whole, "trailing garbage after address", s);
	if (bytes < 16 && !ellipsis)
		return bad_address(why, whole, "address string too short", STR_NONE);
	return bytes < 16 || !ellipsis || bad_address(why, whole, "the :: must expand to at least one field of zeros", STR_NONE);
}

bool js_format_ipv6(struct str s, struct buf *why)
{
	if (str_find_char(s, ':') == STR_NPOS)
		return js_because(why, "missing colon");
	if (str_find_char(s, '%') != STR_NPOS)
		return js_because(why, "zone id is not a part of ipv6 address");
	if (!str_starts(s, STR("::")))
		return check_groups(s, s, false, why);
	return s.n == 2 || check_groups(s, str_slice(s, 2, s.n), true, why);
}

static bool check_quoted_local(struct str s, struct buf *why)
{
	s = str_slice(s, 1, s.n - 1);
	if (str_find_char(s, '\\') != STR_NPOS || str_find_char(s, '"') != STR_NPOS)
		return js_because(why, "backslash and quote are not allowed within quoted local part");
	return true;
}

static bool check_local(struct str s, struct buf *why)
{
	if (s.n > 1 && *s.p == '"' && s.p[s.n - 1] == '"')
		return check_quoted_local(s, why);
	if (str_starts(s, STR(".")))
		return js_because(why, "starts with dot");
	if (str_ends(s, STR(".")))
		return js_because(why, "ends with dot");
	if (str_contains(s, STR("..")))
		return js_because(why, "consecutive dots");
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t r;
		n = utf8_decode(str_slice(s, i, s.n), &r);
		uint32_t low = r | 0x20;
		bool plain = (low >= 'a' && low <= 'z') || (r >= '0' && r <= '9');
		if (!plain && (r >= 0x80 || !r || !strchr(".!#$%&'*+-/=?^_`{|}~", (int)r)))
			return js_because(why, "invalid character '%.*s'", (int)n, s.p + i);
	}
	return true;
}

bool js_format_email(struct str s, struct buf *why)
{
	AUTO_BUF inner = { 0 };
	if (s.n > 254)
		return js_because(why, "more than 255 characters long");
	size_t at = str_rfind_char(s, '@');
	if (at == STR_NPOS)
		return js_because(why, "missing @");
	struct str local = str_slice(s, 0, at), domain = str_slice(s, at + 1, s.n);
	if (local.n > 64)
		return js_because(why, "local part more than 64 characters long");
	if (!check_local(local, why))
		return false;
	if (domain.n > 1 && *domain.p == '[' && domain.p[domain.n - 1] == ']') {
		struct str address = str_slice(domain, 1, domain.n - 1), v6 = str_drop_prefix(address, STR("IPv6:"));
		bool is_v6 = v6.n < address.n;
		if (!(is_v6 ? js_format_ipv6 : js_format_ipv4)(v6, &inner))
			return js_because(why, "invalid %s address: %.*s", is_v6 ? "ipv6" : "ipv4", STR_ARG(buf_str(&inner)));
		return true;
	}
	return js_format_hostname(domain, &inner) || js_because(why, "invalid domain: %.*s", STR_ARG(buf_str(&inner)));
}

/* --- URIs, as net/url parses them ---------------------------------------------------------------------------------------------- */

static bool bad_url(struct buf *why, struct str url, const char *reason, struct str quoted)
{
	buf_add_c(why, "parse ");
	js_add_go_quoted(why, url);
	buf_addf(why, ": %s", reason);
	if (quoted.p)
		js_add_go_quoted(why, quoted);
	return false;
}

/* Whether each % is followed by two hexadecimal digits. */
static bool check_escapes(struct str url, struct str s, struct buf *why)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '%' && hex_length(str_slice(s, i + 1, i + 3)) < 2)
			return bad_url(why, url, "invalid URL escape ", str_slice(s, i, MIN(i + 3, s.n)));
	return true;
}

static bool check_port(struct str url, struct str s, struct buf *why)
{
	for (size_t i = 1; i < s.n; i++) {
		if (!js_is_digit(s.p[i])) {
			bad_url(why, url, "invalid port ", s);
			return js_because(why, " after host");
		}
	}
	return true;
}

static bool check_bracket_host(struct str url, struct str host, struct buf *why)
{
	size_t end = str_rfind_char(host, ']');
	AUTO_BUF inner = { 0 };
	if (end == STR_NPOS)
		return bad_url(why, url, "missing ']' in host", STR_NONE);
	struct str port = str_slice(host, end + 1, host.n), address = str_slice(host, 1, end), zone;
	if (port.n && *port.p != ':') {
		bad_url(why, url, "invalid port ", port);
		return js_because(why, " after host");
	}
	if (!check_port(url, port, why))
		return false;
	str_cut(address, '%', &address, &zone);
	size_t first = 0;
	while (first < address.n && address.p[first] != '.' && address.p[first] != ':')
		first++;
	if (first == address.n) {
		bad_address(&inner, address, "unable to parse IP", STR_NONE);
	} else if (address.p[first] == '.') {
		AUTO_BUF unused = { 0 };
		if (js_format_ipv4(address, &unused))
			return bad_url(why, url, "invalid IP-literal", STR_NONE);
		bad_address(&inner, address, "unexpected character", address);
	} else if (js_format_ipv6(address, &inner)) {
		return true;
	}
	bad_url(why, url, "invalid host: ", STR_NONE);
	buf_add(why, buf_str(&inner));
	return false;
}

static bool check_host(struct str url, struct str host, struct buf *why)
{
	if (host.n && *host.p == '[')
		return check_bracket_host(url, host, why);
	size_t colon = str_rfind_char(host, ':');
	if (colon != STR_NPOS && !check_port(url, str_slice(host, colon, host.n), why))
		return false;
	if (!check_escapes(url, host, why))
		return false;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		if (c && strchr(" \\^`{|}", c)) {
			bad_url(why, url, "invalid character ", str_slice(host, i, i + 1));
			return js_because(why, " in host name");
		}
	}
	return true;
}

/* *scheme is the length of "scheme:" or 0. */
static bool find_scheme(struct str url, size_t *scheme, struct buf *why)
{
	*scheme = 0;
	for (size_t i = 0; i < url.n; i++) {
		char c = url.p[i] | 0x20;
		if (url.p[i] == ':') {
			*scheme = i + 1;
			return i > 0 || bad_url(why, url, "missing protocol scheme", STR_NONE);
		}
		bool letter = c >= 'a' && c <= 'z', rest = js_is_digit(url.p[i]) || url.p[i] == '+' || url.p[i] == '-' || url.p[i] == '.';
		if (!letter && (!rest || i == 0))
			return true;
	}
	return true;
}

static bool check_authority(struct str url, struct str authority, struct buf *why)
{
	size_t at = str_rfind_char(authority, '@');
	if (at != STR_NPOS && !check_escapes(url, str_slice(authority, 0, at), why))
		return false;
	return check_host(url, at == STR_NPOS ? authority : str_slice(authority, at + 1, authority.n), why);
}

static bool parse_url(struct str url, size_t *scheme, struct buf *why)
{
	struct str fragment, query, rest;
	*scheme = 0;
	bool has_fragment = str_cut(url, '#', &rest, &fragment);
	struct str shown = rest;
	for (size_t i = 0; i < rest.n; i++)
		if ((unsigned char)rest.p[i] < 0x20 || rest.p[i] == 0x7f)
			return bad_url(why, shown, "net/url: invalid control character in URL", STR_NONE);
	if (!find_scheme(rest, scheme, why))
		return false;
	rest = str_slice(rest, *scheme, rest.n);
	str_cut(rest, '?', &rest, &query);
	if (*scheme && !str_starts(rest, STR("/")) && rest.n)
		return !has_fragment || check_escapes(url, fragment, why);
	if (!*scheme && !str_starts(rest, STR("/"))) {
		struct str segment = str_slice(rest, 0, str_find_char(rest, '/'));
		if (str_find_char(segment, ':') != STR_NPOS)
			return bad_url(why, shown, "first path segment in URL cannot contain colon", STR_NONE);
	}
	if (str_starts(rest, STR("//")) && (*scheme || !str_starts(rest, STR("///")))) {
		size_t slash = str_find_char(str_slice(rest, 2, rest.n), '/'), end = slash == STR_NPOS ? rest.n : slash + 2;
		if (!check_authority(shown, str_slice(rest, 2, end), why))
			return false;
		rest = str_slice(rest, end, rest.n);
	}
	return check_escapes(shown, rest, why) && (!has_fragment || check_escapes(url, fragment, why));
}

bool js_format_uri(struct str s, struct buf *why)
{
	size_t scheme;
	if (!parse_url(s, &scheme, why))
		return false;
	return scheme || js_because(why, "relative url");
}

bool js_format_uri_reference(struct str s, struct buf *why)
{
	size_t scheme;
	if (!parse_url(s, &scheme, why))
		return false;
	return str_find_char(s, '\\') == STR_NPOS || js_because(why, "contains \\");
}
