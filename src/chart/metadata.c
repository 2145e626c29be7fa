/*
 * The fields of Chart.yaml are tables (chart/decode.h); the checks are in Helm's order, since the first one that fails is the message.
 */
#include "chart/metadata.h"

#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "base/utf8.h"
#include "data/yaml.h"
#include "text/semver.h"
#include "text/unicode.h"

#define FIELD(type, member, kind) { STR_INIT(#member), kind, offsetof(struct type, member), NULL }
#define NAMED(type, name, member, kind) { STR_INIT(name), kind, offsetof(struct type, member), NULL }

static const struct decode_field maintainer_fields[] = {
	FIELD(chart_maintainer, name, DECODE_STRING),
	FIELD(chart_maintainer, email, DECODE_STRING),
	FIELD(chart_maintainer, url, DECODE_STRING),
};
static const struct decode_type maintainer_type = { "Maintainer", "chart.Maintainer", sizeof(struct chart_maintainer), maintainer_fields,
						    ARRAY_LEN(maintainer_fields) };

static const struct decode_field dependency_fields[] = {
	FIELD(chart_dependency, name, DECODE_STRING),
	FIELD(chart_dependency, version, DECODE_STRING),
	FIELD(chart_dependency, repository, DECODE_STRING),
	FIELD(chart_dependency, condition, DECODE_STRING),
	FIELD(chart_dependency, alias, DECODE_STRING),
	FIELD(chart_dependency, tags, DECODE_STRINGS),
	FIELD(chart_dependency, enabled, DECODE_BOOL),
	NAMED(chart_dependency, "import-values", import_values, DECODE_ANYS),
};
static const struct decode_type dependency_type = { "Dependency", "chart.Dependency", sizeof(struct chart_dependency), dependency_fields,
						    ARRAY_LEN(dependency_fields) };

static const struct decode_field metadata_fields[] = {
	FIELD(chart_metadata, name, DECODE_STRING),
	FIELD(chart_metadata, home, DECODE_STRING),
	FIELD(chart_metadata, sources, DECODE_STRINGS),
	FIELD(chart_metadata, version, DECODE_STRING),
	FIELD(chart_metadata, description, DECODE_STRING),
	FIELD(chart_metadata, keywords, DECODE_STRINGS),
	{ STR_INIT("maintainers"), DECODE_STRUCTS, offsetof(struct chart_metadata, maintainers), &maintainer_type },
	FIELD(chart_metadata, icon, DECODE_STRING),
	NAMED(chart_metadata, "apiVersion", api_version, DECODE_STRING),
	FIELD(chart_metadata, condition, DECODE_STRING),
	FIELD(chart_metadata, tags, DECODE_STRING),
	NAMED(chart_metadata, "appVersion", app_version, DECODE_STRING),
	FIELD(chart_metadata, deprecated, DECODE_BOOL),
	FIELD(chart_metadata, annotations, DECODE_STRING_MAP),
	NAMED(chart_metadata, "kubeVersion", kube_version, DECODE_STRING),
	{ STR_INIT("dependencies"), DECODE_STRUCTS, offsetof(struct chart_metadata, dependencies), &dependency_type },
	FIELD(chart_metadata, type, DECODE_STRING),
};
static const struct decode_type metadata_type = { "Metadata", "chart.Metadata", sizeof(struct chart_metadata), metadata_fields,
						  ARRAY_LEN(metadata_fields) };

struct lock {
	struct str generated, digest;
	decode_structs dependencies;
};
static const struct decode_field lock_fields[] = {
	FIELD(lock, generated, DECODE_TIME),
	FIELD(lock, digest, DECODE_STRING),
	{ STR_INIT("dependencies"), DECODE_STRUCTS, offsetof(struct lock, dependencies), &dependency_type },
};
static const struct decode_type lock_type = { "Lock", "chart.Lock", sizeof(struct lock), lock_fields, ARRAY_LEN(lock_fields) };
/* What is wrong with the time is told before all else. */
static const struct decode_type lock_time_type = { "Lock", "chart.Lock", sizeof(struct lock), lock_fields, 1 };

bool chart_lock_check(struct str text, struct arena *a, struct err *err)
{
	struct lock lock = { 0 };
	struct value v;
	return yaml_read(text, &(struct yaml_options){ .rules = YAML_HELM, .numbers = YAML_INTS }, a, &v, err) &&
	       decode_struct(v, &lock_time_type, a, &lock, err) && decode_struct(v, &lock_type, a, &lock, err);
}

bool chart_metadata_parse(struct str text, struct arena *a, struct chart_metadata *out, struct err *err)
{
	struct value v;
	if (!yaml_read(text, &(struct yaml_options){ .rules = YAML_HELM, .numbers = YAML_INTS }, a, &v, err))
		return false;
	return decode_struct(v, &metadata_type, a, out, err);
}

/* Helm's sanitizeString: white space of any kind becomes a space, other characters that do not print are dropped. */
static struct str sanitized(struct str s, struct arena *a)
{
	size_t plain = 0;
	while (plain < s.n && s.p[plain] >= 0x20 && s.p[plain] < 0x7f)
		plain++;
	if (plain == s.n)
		return s;
	AUTO_BUF b = { 0 };
	while (s.n) {
		uint32_t rune;
		size_t n = utf8_decode(s, &rune);
		if (unicode_is_space(rune))
			buf_add_char(&b, ' ');
		else if (unicode_is_print(rune))
			buf_add_rune(&b, rune);
		s = str_slice(s, n, s.n);
	}
	return buf_to_arena(&b, a);
}

static void sanitize_list(struct value list, struct arena *a)
{
	if (list.kind != VAL_LIST)
		return;
	for (size_t i = 0; i < list.list->n; i++)
		list.list->p[i] = value_str(sanitized(value_as_str(list.list->p[i]), a));
}

static bool check_maintainers(struct chart_metadata *m, struct arena *a, struct err *err)
{
	for (size_t i = 0; i < m->maintainers.n; i++) {
		struct chart_maintainer *who = m->maintainers.p[i];
		if (!who)
			return err_set(err, ERR_SYNTAX, "validation: maintainers must not contain empty or null nodes");
		who->name = sanitized(who->name, a);
		who->email = sanitized(who->email, a);
		who->url = sanitized(who->url, a);
	}
	return true;
}

/* An alias is a name in templates' values: ^[a-zA-Z0-9_-]+$. */
static bool alias_is_valid(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
			return false;
	}
	return true;
}

static bool check_dependencies(struct chart_metadata *m, struct arena *a, struct err *err)
{
	struct map seen;
	map_init(&seen, 0, a);
	for (size_t i = 0; i < m->dependencies.n; i++) {
		struct chart_dependency *dep = m->dependencies.p[i];
		if (!dep)
			return err_set(err, ERR_SYNTAX, "validation: dependencies must not contain empty or null nodes");
		dep->name = sanitized(dep->name, a);
		dep->version = sanitized(dep->version, a);
		dep->repository = sanitized(dep->repository, a);
		dep->condition = sanitized(dep->condition, a);
		sanitize_list(dep->tags, a);
		if (!alias_is_valid(dep->alias))
			return err_set(err, ERR_SYNTAX, "validation: dependency \"%.*s\" has disallowed characters in the alias",
				       STR_ARG(dep->name));
		struct str key = dep->alias.n ? dep->alias : dep->name;
		if (map_has(&seen, key))
			return err_set(err, ERR_SYNTAX, "validation: more than one dependency with name or alias \"%.*s\"", STR_ARG(key));
		map_put(&seen, key);
	}
	return true;
}

static bool is_one_of(struct str s, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_c(s, names[i]))
			return true;
	return false;
}

bool chart_metadata_validate(struct chart_metadata *m, struct arena *a, struct err *err)
{
	static const char *const types[] = { "", "application", "library" };
	struct str *texts[] = { &m->name, &m->description, &m->home, &m->icon, &m->condition, &m->tags, &m->app_version, &m->kube_version };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i] = sanitized(*texts[i], a);
	sanitize_list(m->sources, a);
	sanitize_list(m->keywords, a);

	if (!m->api_version.n)
		return err_set(err, ERR_SYNTAX, "validation: chart.metadata.apiVersion is required");
	if (!m->name.n)
		return err_set(err, ERR_SYNTAX, "validation: chart.metadata.name is required");
	if (!str_eq(m->name, path_base(m->name)))
		return err_set(err, ERR_SYNTAX, "validation: chart.metadata.name \"%.*s\" is invalid", STR_ARG(m->name));
	if (!m->version.n)
		return err_set(err, ERR_SYNTAX, "validation: chart.metadata.version is required");
	struct semver version;
	AUTO_ERR ignored = { 0 };
	if (!semver_parse(m->version, SEMVER_LOOSE, &version, &ignored))
		return err_set(err, ERR_SYNTAX, "validation: chart.metadata.version \"%.*s\" is invalid", STR_ARG(m->version));
	if (!is_one_of(m->type, types, ARRAY_LEN(types)))
		return err_set(err, ERR_SYNTAX, "validation: chart.metadata.type must be application or library");
	return check_maintainers(m, a, err) && check_dependencies(m, a, err);
}
