/* Rules about Chart.yaml: a row a rule, in Helm's order. What a rule needs the decoded file for comes after the rules about the file. */
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/yaml.h"
#include "gotmpl/func.h"
#include "helm/lint.h"
#include "text/semver.h"

static const struct str file = STR_INIT("Chart.yaml");

struct chartfile {
	const struct chart_metadata *m;
	struct value raw; /* as it stands there, for the types of its values */
};
typedef bool chart_rule(struct linter *l, const struct chartfile *c);

static bool error(struct linter *l, const char *message)
{
	return lint_say(l, LINT_ERROR, file, "%s", message);
}

static bool check_name(struct linter *l, const struct chartfile *c)
{
	if (!c->m->name.n)
		return error(l, "name is required");
	if (!str_eq(path_base(c->m->name), c->m->name))
		return lint_say(l, LINT_ERROR, file, "chart name %.*s is invalid", STR_ARG(lint_quoted(l, c->m->name)));
	return true;
}

static bool is_version(struct str s, int v)
{
	return s.n == 2 && s.p[0] == 'v' && s.p[1] == '0' + v;
}

static bool check_api_version(struct linter *l, const struct chartfile *c)
{
	struct str v = c->m->api_version;
	if (!v.n)
		return error(l, "apiVersion is required. The value must be either \"v1\" or \"v2\"");
	if (!is_version(v, 1) && !is_version(v, 2))
		return lint_say(l, LINT_ERROR, file, "apiVersion '%.*s' is not valid. The value must be either \"v1\" or \"v2\"", STR_ARG(v));
	return true;
}

static bool check_string(struct linter *l, const struct chartfile *c, struct str key)
{
	const struct value *v = value_map_get(c->raw, key);
	if (!v || v->kind == VAL_STR)
		return true;
	return lint_say(l, LINT_ERROR, file, "%.*s should be of type string but it's of type %.*s", STR_ARG(key),
			STR_ARG(go_type_name(NULL, *v)));
}

static bool check_version_type(struct linter *l, const struct chartfile *c)
{
	return check_string(l, c, STR("version"));
}

static bool check_version(struct linter *l, const struct chartfile *c)
{
	struct semver v;
	const struct semver_range *range;
	AUTO_ERR err = { 0 };
	if (!c->m->version.n)
		return error(l, "version is required");
	if (!semver_parse(c->m->version, SEMVER_LOOSE, &v, &err))
		return lint_say(l, LINT_ERROR, file, "version '%.*s' is not a valid SemVer", STR_ARG(c->m->version));
	if (!semver_range_parse(l->a, STR(">0.0.0-0"), SEMVER_HELM, &range, &err) || !semver_range_check(range, &v, &err))
		return lint_say(l, LINT_ERROR, file, "version %s", err.message);
	return true;
}

static bool check_app_version_type(struct linter *l, const struct chartfile *c)
{
	return check_string(l, c, STR("appVersion"));
}

/* One @, a local part of the characters that RFC 5322 calls atoms, a domain of at least two labels. */
static bool is_email(struct str s)
{
	struct str local, domain, label;
	if (!str_cut(s, '@', &local, &domain) || !local.n || str_find_char(domain, '@') != STR_NPOS || local.p[0] == '.' ||
	    local.p[local.n - 1] == '.')
		return false;
	for (size_t i = 0; i < local.n; i++)
		if ((unsigned char)local.p[i] <= ' ' || strchr("()<>[]:;,\\\"", local.p[i]))
			return false;
	size_t labels = 0;
	for (bool more = true; more; labels++) {
		more = str_cut(domain, '.', &label, &domain);
		if (!label.n || label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if ((unsigned char)label.p[i] <= ' ' || strchr("!#$%&'*+/=?^_`{|}~()<>[]:;,\\\"", label.p[i]))
				return false;
	}
	return labels > 1;
}

/* SCHEME: as RFC 3986, section 3.1, has it; then something without spaces or controls. */
static bool is_absolute_url(struct str s)
{
	struct str scheme, rest;
	if (!str_cut(s, ':', &scheme, &rest) || !scheme.n)
		return false;
	for (size_t i = 0; i < scheme.n; i++) {
		char c = scheme.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
			return false;
	}
	for (size_t i = 0; i < rest.n; i++)
		if ((unsigned char)rest.p[i] <= ' ' || rest.p[i] == 0x7F)
			return false;
	return true;
}

/* As browsers take it: the scheme may be missing, the host may not. */
static bool is_web_url(struct str s)
{
	struct str scheme, rest, host, port;
	size_t at = str_find(s, STR("://"));
	if (s.n <= 3 || s.n >= 2083 || str_starts(s, STR(".")))
		return false;
	rest = at == STR_NPOS ? s : str_slice(s, at + 3, s.n);
	scheme = at == STR_NPOS ? STR("http") : str_slice(s, 0, at);
	static const char *const schemes[] = { "http", "https", "ftp", "tcp", "udp", "ws", "wss" };
	bool known = false;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		known |= str_eq_c(scheme, schemes[i]);
	size_t end = 0;
	while (end < rest.n && !strchr("/?#", rest.p[end]))
		end++;
	host = str_slice(rest, 0, end);
	if (str_find_char(host, '@') != STR_NPOS)
		host = str_slice(host, str_find_char(host, '@') + 1, host.n);
	(void)str_cut(host, ':', &host, &port);
	bool dots = str_find_char(host, '.') != STR_NPOS || str_eq(host, STR("localhost"));
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ')
			return false;
	return known && host.n && dots && host.p[0] != '.' && host.p[host.n - 1] != '.';
}

static bool check_maintainers(struct linter *l, const struct chartfile *c)
{
	for (size_t i = 0; i < c->m->maintainers.n; i++) {
		const struct chart_maintainer *m = c->m->maintainers.p[i];
		if (!m)
			return error(l, "a maintainer entry is empty");
		if (!m->name.n)
			return error(l, "each maintainer requires a name");
		if (m->email.n && !is_email(m->email))
			return lint_say(l, LINT_ERROR, file, "invalid email '%.*s' for maintainer '%.*s'", STR_ARG(m->email), STR_ARG(m->name));
		if (m->url.n && !is_web_url(m->url))
			return lint_say(l, LINT_ERROR, file, "invalid url '%.*s' for maintainer '%.*s'", STR_ARG(m->url), STR_ARG(m->name));
	}
	return true;
}

static bool check_sources(struct linter *l, const struct chartfile *c)
{
	for (size_t i = 0; c->m->sources.kind == VAL_LIST && i < value_list_len(c->m->sources); i++) {
		struct str source = value_as_str(c->m->sources.list->p[i]);
		if (!is_absolute_url(source))
			return lint_say(l, LINT_ERROR, file, "invalid source URL '%.*s'", STR_ARG(source));
	}
	return true;
}

static bool check_icon(struct linter *l, const struct chartfile *c)
{
	if (!c->m->icon.n)
		return lint_say(l, LINT_INFO, file, "icon is recommended");
	if (!is_absolute_url(c->m->icon))
		return lint_say(l, LINT_ERROR, file, "invalid icon URL '%.*s'", STR_ARG(c->m->icon));
	return true;
}

static bool check_type(struct linter *l, const struct chartfile *c)
{
	if (!c->m->type.n || is_version(c->m->api_version, 2))
		return true;
	return lint_say(l, LINT_ERROR, file, "chart type is not valid in apiVersion '%.*s'. It is valid in apiVersion 'v2'",
			STR_ARG(c->m->api_version));
}

static bool check_dependencies(struct linter *l, const struct chartfile *c)
{
	if (!c->m->dependencies.n || is_version(c->m->api_version, 2))
		return true;
	return lint_say(l, LINT_ERROR, file, "dependencies are not valid in the Chart file with apiVersion '%.*s'. They are valid in apiVersion 'v2'",
			STR_ARG(c->m->api_version));
}

static chart_rule *const rules[] = {
	check_name, check_api_version, check_version_type, check_version, check_app_version_type, check_maintainers, check_sources, check_icon,
	check_type, check_dependencies,
};

void lint_chartfile(struct linter *l)
{
	struct str text, path = path_join(l->a, l->options->dir, file);
	struct yaml_options yaml = { .rules = YAML_HELM, .numbers = YAML_FLOATS };
	struct chart_metadata metadata = { 0 };
	struct chartfile c = { .m = &metadata };
	AUTO_ERR err = { 0 };
	if (fs_is_dir(path)) {
		error(l, "should be a file, not a directory");
		lint_say(l, LINT_ERROR, file, "unable to parse YAML\n\tread %.*s: is a directory", STR_ARG(path));
		return;
	}
	if (!fs_read(path, CHART_MAX_FILE_BYTES, l->a, &text, &err) || !chart_metadata_parse(text, l->a, &metadata, &err) ||
	    !yaml_read_map(text, &yaml, l->a, &c.raw, &err)) {
		lint_say(l, LINT_ERROR, file, "unable to parse YAML\n\t%s", err.message);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		(void)rules[i](l, &c);
}
