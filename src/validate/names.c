/* Character classes and lengths; each rule is one loop. */
#include "validate/names.h"

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
	return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool fail(const char **why, const char *reason)
{
	*why = reason;
	return false;
}

bool names_is_label(struct str s)
{
	if (!s.n || !is_lower_or_digit(s.p[0]) || !is_lower_or_digit(s.p[s.n - 1]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_lower_or_digit(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

bool names_is_subdomain(struct str s)
{
	struct str label;
	for (bool more = true; more;) {
		more = str_cut(s, '.', &label, &s);
		if (!names_is_label(label))
			return false;
	}
	return true;
}

bool names_dns_label(struct str s, const char **why)
{
	if (s.n == 0)
		return fail(why, "it is empty");
	if (s.n > 63)
		return fail(why, "it is longer than 63 characters");
	for (size_t i = 0; i < s.n; i++)
		if (!is_lower_or_digit(s.p[i]) && s.p[i] != '-')
			return fail(why, "only lower case letters, digits and '-' are allowed");
	if (s.p[0] == '-' || s.p[s.n - 1] == '-')
		return fail(why, "it must begin and end with a letter or digit");
	return true;
}

bool names_dns_subdomain(struct str s, const char **why)
{
	if (s.n == 0)
		return fail(why, "it is empty");
	if (s.n > 253)
		return fail(why, "it is longer than 253 characters");
	for (size_t i = 0; i < s.n; i++) {
		if (!is_lower_or_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '.')
			return fail(why, "only lower case letters, digits, '-' and '.' are allowed");
		bool edge = i == 0 || i + 1 == s.n || s.p[i - 1] == '.' || s.p[i + 1] == '.';
		if (edge && !is_lower_or_digit(s.p[i]) && s.p[i] != '.')
			return fail(why, "each part must begin and end with a letter or digit");
		if (s.p[i] == '.' && (i == 0 || i + 1 == s.n || s.p[i + 1] == '.'))
			return fail(why, "a part between dots is empty");
	}
	return true;
}

static bool path_segment(struct str s, const char **why)
{
	if (s.n == 0)
		return fail(why, "it is empty");
	if (str_eq(s, STR(".")) || str_eq(s, STR("..")))
		return fail(why, "it may not be '.' or '..'");
	if (str_find_char(s, '/') != STR_NPOS || str_find_char(s, '%') != STR_NPOS)
		return fail(why, "it may not contain '/' or '%'");
	return true;
}

bool names_object(struct str kind, struct str name, const char **why)
{
	static const struct str segments[] = { STR_INIT("Role"), STR_INIT("ClusterRole"), STR_INIT("RoleBinding"),
					       STR_INIT("ClusterRoleBinding") };
	for (size_t i = 0; i < ARRAY_LEN(segments); i++)
		if (str_eq(kind, segments[i]))
			return path_segment(name, why);
	if (str_eq(kind, STR("Namespace")))
		return names_dns_label(name, why);
	if (str_eq(kind, STR("Service"))) {
		if (!names_dns_label(name, why))
			return false;
		return (name.p[0] >= 'a' && name.p[0] <= 'z') || fail(why, "it must begin with a letter");
	}
	return names_dns_subdomain(name, why);
}

static bool qualified_name(struct str s, const char **why)
{
	if (s.n == 0)
		return fail(why, "its name part is empty");
	if (s.n > 63)
		return fail(why, "its name part is longer than 63 characters");
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.')
			return fail(why, "its name part may hold only letters, digits, '-', '_' and '.'");
	if (!is_alnum(s.p[0]) || !is_alnum(s.p[s.n - 1]))
		return fail(why, "its name part must begin and end with a letter or digit");
	return true;
}

bool names_qualified(struct str key, const char **why)
{
	struct str prefix, name;
	if (!str_cut(key, '/', &prefix, &name))
		return qualified_name(key, why);
	if (!names_dns_subdomain(prefix, why))
		return fail(why, "its prefix is no DNS name");
	return qualified_name(name, why);
}

bool names_label_value(struct str value, const char **why)
{
	if (value.n == 0)
		return true;
	if (value.n > 63)
		return fail(why, "it is longer than 63 characters");
	if (!qualified_name(value, why))
		return fail(why, "only letters, digits, '-', '_' and '.' are allowed, with a letter or digit at both ends");
	return true;
}

bool names_api_version(struct str s, const char **why)
{
	struct str group, version;
	if (!str_cut(s, '/', &group, &version))
		version = s;
	else if (!names_dns_subdomain(group, why))
		return fail(why, "its group is no DNS name");
	if (!names_dns_label(version, why))
		return fail(why, "its version is no DNS label");
	return true;
}

bool names_kind(struct str s)
{
	if (s.n == 0 || s.p[0] < 'A' || s.p[0] > 'Z')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]))
			return false;
	return true;
}
