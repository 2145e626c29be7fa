/* Grammar of https://pkg.go.dev/github.com/distribution/reference: the first part is a host if it has a dot or colon, or is localhost. */
#include "oci/ref.h"

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

static bool is_host(struct str part)
{
	return str_eq(part, STR("localhost")) || str_find_char(part, '.') != STR_NPOS || str_find_char(part, ':') != STR_NPOS;
}

static const char *check_host(struct str host)
{
	for (size_t i = 0; i < host.n; i++)
		if (!is_alnum(host.p[i]) && !(host.p[i] == '.' || host.p[i] == '-' || host.p[i] == ':' || host.p[i] == '[' || host.p[i] == ']'))
			return "the host has a character that no host name has";
	return host.n ? NULL : "the host is empty";
}

static const char *check_path(struct str path)
{
	struct str rest = path, part;
	if (path.n == 0)
		return "the name is empty";
	if (path.n > 255)
		return "the name is longer than 255 characters";
	if (path.p[path.n - 1] == '/')
		return "the name ends in a slash";
	while (str_next(&rest, '/', &part)) {
		if (part.n == 0)
			return "a part of the name is empty";
		if (!is_lower_alnum(part.p[0]) || !is_lower_alnum(part.p[part.n - 1]))
			return "each part of the name must begin and end with a lower case letter or digit";
		for (size_t i = 0; i < part.n; i++)
			if (!is_lower_alnum(part.p[i]) && part.p[i] != '.' && part.p[i] != '_' && part.p[i] != '-')
				return "a name may hold only lower case letters, digits, '.', '_', '-' and '/'";
	}
	return NULL;
}

static const char *check_tag(struct str tag)
{
	if (tag.n == 0)
		return "the tag is empty";
	if (tag.n > 128)
		return "the tag is longer than 128 characters";
	for (size_t i = 0; i < tag.n; i++)
		if (!is_alnum(tag.p[i]) && tag.p[i] != '_' && (i == 0 || (tag.p[i] != '.' && tag.p[i] != '-')))
			return "a tag may hold only letters, digits, '_', '.' and '-', and begins with a letter, digit or '_'";
	return NULL;
}

static const char *check_digest(struct str digest)
{
	struct digest d;
	return str_starts(digest, STR("sha256:")) && digest_parse(digest, &d) ? NULL : "the digest is not sha256: and 64 hexadecimal digits";
}

static const char *split(struct str text, struct arena *a, struct oci_ref *r)
{
	struct str name, rest, first;
	bool has_digest = str_cut(text, '@', &name, &r->digest);
	size_t colon = str_rfind_char(name, ':'), slash = str_rfind_char(name, '/');
	bool has_tag = colon != STR_NPOS && (slash == STR_NPOS || colon > slash);
	if (has_tag) {
		r->tag = str_slice(name, colon + 1, name.n);
		name = str_slice(name, 0, colon);
	} else if (!has_digest) {
		r->tag = STR("latest");
	}
	if (str_cut(name, '/', &first, &rest) && is_host(first)) {
		r->host = first;
		r->path = rest;
	} else {
		r->host = STR("docker.io");
		r->path = slash == STR_NPOS ? arena_concat(a, STR("library/"), name) : name;
	}
	const char *why = check_host(r->host);
	why = why ? why : check_path(name.n ? r->path : name);
	why = why ? why : has_tag ? check_tag(r->tag) : NULL;
	return why ? why : has_digest ? check_digest(r->digest) : NULL;
}

bool oci_ref_parse(struct str text, struct arena *a, struct oci_ref *out, struct err *err)
{
	struct oci_ref r = { 0 };
	const char *why = split(text, a, &r);
	if (why)
		return err_set(err, ERR_SYNTAX, "'%.*s' is no image reference: %s", STR_ARG(text), why);
	*out = r;
	return true;
}

static bool is_local(struct str host)
{
	struct str name, port;
	str_cut(host, ':', &name, &port);
	return str_eq(name, STR("localhost")) || str_starts(name, STR("127.")) || str_starts(host, STR("[::1]"));
}

struct str oci_ref_url(struct arena *a, const struct oci_ref *ref, enum oci_scheme scheme)
{
	bool plain = scheme == OCI_PLAIN_HTTP || is_local(ref->host);
	struct str host = str_eq(ref->host, STR("docker.io")) ? STR("registry-1.docker.io") : ref->host;
	return arena_fmt(a, "%s://%.*s", plain ? "http" : "https", STR_ARG(host));
}

struct str oci_ref_version(const struct oci_ref *ref)
{
	return ref->digest.n ? ref->digest : ref->tag;
}

struct str oci_ref_text(struct arena *a, const struct oci_ref *ref)
{
	return arena_fmt(a, "%.*s/%.*s%s%.*s%s%.*s", STR_ARG(ref->host), STR_ARG(ref->path), ref->tag.n ? ":" : "", STR_ARG(ref->tag),
			 ref->digest.n ? "@" : "", STR_ARG(ref->digest));
}
