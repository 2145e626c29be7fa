/* Tables for the decoder; the same order of keys for writing. */
#include "tanka/spec.h"

#include <stddef.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "text/semver.h"

static const struct gojson_field metadata_fields[] = {
	{ .name = STR_INIT("name"), .kind = GOJSON_STR, .offset = offsetof(struct tanka_metadata, name) },
	{ .name = STR_INIT("namespace"), .kind = GOJSON_STR, .offset = offsetof(struct tanka_metadata, namespace) },
	{ .name = STR_INIT("labels"), .kind = GOJSON_STR_MAP, .offset = offsetof(struct tanka_metadata, labels) },
};
static const struct gojson_type metadata_type = { "v1alpha1", "Metadata", metadata_fields, ARRAY_LEN(metadata_fields) };

#define DEFAULTS(member) (offsetof(struct tanka_spec, defaults.member) - offsetof(struct tanka_spec, defaults))
static const struct gojson_field defaults_fields[] = {
	{ .name = STR_INIT("annotations"), .kind = GOJSON_STR_MAP, .offset = DEFAULTS(annotations) },
	{ .name = STR_INIT("labels"), .kind = GOJSON_STR_MAP, .offset = DEFAULTS(labels) },
};
static const struct gojson_type defaults_type = { "v1alpha1", "ResourceDefaults", defaults_fields, ARRAY_LEN(defaults_fields) };

static const struct gojson_field expect_fields[] = { { .name = STR_INIT("tanka"), .kind = GOJSON_STR, .offset = 0 } };
static const struct gojson_type expect_type = { "v1alpha1", "ExpectVersions", expect_fields, ARRAY_LEN(expect_fields) };

#define SPEC(key, k, member) { .name = STR_INIT(key), .kind = k, .offset = offsetof(struct tanka_spec, member) }
static const struct gojson_field spec_fields[] = {
	SPEC("apiServer", GOJSON_STR, api_server),
	SPEC("contextNames", GOJSON_STRS, context_names),
	SPEC("namespace", GOJSON_STR, namespace),
	SPEC("diffStrategy", GOJSON_STR, diff_strategy),
	SPEC("applyStrategy", GOJSON_STR, apply_strategy),
	SPEC("injectLabels", GOJSON_BOOL, inject_labels),
	SPEC("tankaEnvLabelFromFields", GOJSON_STRS, label_fields),
	{ .name = STR_INIT("resourceDefaults"), .kind = GOJSON_STRUCT, .offset = offsetof(struct tanka_spec, defaults), .type = &defaults_type },
	{ .name = STR_INIT("expectVersions"), .kind = GOJSON_STRUCT, .offset = offsetof(struct tanka_spec, expect), .type = &expect_type },
	SPEC("exportJsonnetImplementation", GOJSON_STR, implementation),
};
static const struct gojson_type spec_type = { "v1alpha1", "Spec", spec_fields, ARRAY_LEN(spec_fields) };

static const struct gojson_field env_fields[] = {
	{ .name = STR_INIT("apiVersion"), .kind = GOJSON_STR, .offset = offsetof(struct tanka_env, api_version) },
	{ .name = STR_INIT("kind"), .kind = GOJSON_STR, .offset = offsetof(struct tanka_env, kind) },
	{ .name = STR_INIT("metadata"), .kind = GOJSON_STRUCT, .offset = offsetof(struct tanka_env, metadata), .type = &metadata_type },
	{ .name = STR_INIT("spec"), .kind = GOJSON_STRUCT, .offset = offsetof(struct tanka_env, spec), .type = &spec_type },
	{ .name = STR_INIT("data"), .kind = GOJSON_ANY, .offset = offsetof(struct tanka_env, data) },
};
static const struct gojson_type env_type = { "v1alpha1", "Environment", env_fields, ARRAY_LEN(env_fields) };

struct tanka_env tanka_env_new(void)
{
	return (struct tanka_env){ .api_version = STR("tanka.dev/v1alpha1"), .kind = STR("Environment"), .spec = { .namespace = STR("default") } };
}

/* Keys of Tanka's first releases. */
static void take_deprecated(struct value v, struct arena *a, struct tanka_env *env)
{
	struct str server = value_find_str(v, "server"), team = value_find_str(v, "team");
	struct str warning = STR("");
	if (server.n) {
		warning = STR("Warning: `server` is deprecated, use `spec.apiServer` instead.\n");
		env->spec.api_server = server;
	}
	if (team.n) {
		warning = arena_concat(a, warning, STR("Warning: `team` is deprecated, use `metadata.labels.team` instead.\n"));
		if (env->metadata.labels.kind != VAL_MAP)
			env->metadata.labels = value_map_new(a);
		value_map_set(env->metadata.labels, STR("team"), value_str(team));
	}
	env->warning = warning;
}

bool tanka_env_decode(struct value v, struct arena *a, struct tanka_env *out, struct err *err)
{
	struct tanka_env env = tanka_env_new();
	if (!gojson_decode(&env_type, v, a, &env, err))
		return err_wrap(err, "parsing spec.json");
	take_deprecated(v, a, &env);
	if (env.spec.api_server.n && str_find(env.spec.api_server, STR("://")) == STR_NPOS)
		env.spec.api_server = arena_concat(a, STR("https://"), env.spec.api_server);
	*out = env;
	return true;
}

/* --- as data --- */

static bool is_empty(struct value v)
{
	return v.kind == VAL_NULL || (v.kind == VAL_STR && !v.len) || (v.kind == VAL_BOOL && !v.b) || (v.kind == VAL_LIST && !v.list->n) ||
	       (v.kind == VAL_MAP && !value_map_len(v));
}

static void put(struct value map, struct str key, struct value v)
{
	if (!is_empty(v))
		value_map_set(map, key, v);
}

static struct value strs_value(const tanka_strs *strs, struct arena *a)
{
	struct value list = value_list_new(a);
	for (size_t i = 0; i < strs->n; i++)
		value_list_add(list, value_str(strs->p[i]), a);
	return list;
}

/* Maps with keys in order of bytes, as Go writes them. */
static struct value sorted(struct value v, struct arena *a)
{
	if (v.kind == VAL_LIST) {
		struct value list = value_list_new(a);
		for (size_t i = 0; i < v.list->n; i++)
			value_list_add(list, sorted(v.list->p[i], a), a);
		return list;
	}
	if (v.kind != VAL_MAP)
		return v;
	struct value map = value_map_new(a);
	for (size_t i = 0; i < value_map_len(v); i++) {
		size_t k = map_sorted(v.map, i);
		value_map_set(map, map_key(v.map, k), sorted(*value_map_at(v, k), a));
	}
	return map;
}

static struct value spec_value(const struct tanka_spec *s, struct arena *a)
{
	struct value spec = value_map_new(a), defaults = value_map_new(a), expect = value_map_new(a);
	put(spec, STR("apiServer"), value_str(s->api_server));
	put(spec, STR("contextNames"), strs_value(&s->context_names, a));
	value_map_set(spec, STR("namespace"), value_str(s->namespace));
	put(spec, STR("diffStrategy"), value_str(s->diff_strategy));
	put(spec, STR("applyStrategy"), value_str(s->apply_strategy));
	put(spec, STR("injectLabels"), value_bool(s->inject_labels));
	put(spec, STR("tankaEnvLabelFromFields"), strs_value(&s->label_fields, a));
	put(defaults, STR("annotations"), sorted(s->defaults.annotations, a));
	put(defaults, STR("labels"), sorted(s->defaults.labels, a));
	value_map_set(spec, STR("resourceDefaults"), defaults);
	put(expect, STR("tanka"), value_str(s->expect.tanka));
	value_map_set(spec, STR("expectVersions"), expect);
	put(spec, STR("exportJsonnetImplementation"), value_str(s->implementation));
	return spec;
}

struct value tanka_env_value(const struct tanka_env *env, struct arena *a)
{
	struct value v = value_map_new(a), metadata = value_map_new(a);
	value_map_set(v, STR("apiVersion"), value_str(env->api_version));
	value_map_set(v, STR("kind"), value_str(env->kind));
	put(metadata, STR("name"), value_str(env->metadata.name));
	put(metadata, STR("namespace"), value_str(env->metadata.namespace));
	put(metadata, STR("labels"), sorted(env->metadata.labels, a));
	value_map_set(v, STR("metadata"), metadata);
	value_map_set(v, STR("spec"), spec_value(&env->spec, a));
	if (env->data.kind != VAL_NULL)
		value_map_set(v, STR("data"), sorted(env->data, a));
	return v;
}

/* --- the label --- */

static bool field_text(struct value env, struct str path, struct str *out, struct err *err)
{
	struct value at = env;
	struct str rest = str_drop_prefix(path, STR(".")), key;
	while (str_next(&rest, '.', &key)) {
		struct value *next = value_map_get(at, key);
		if (!next)
			return err_set(err, ERR_SYNTAX, "there is no field '%.*s'", STR_ARG(path));
		at = *next;
	}
	if (at.kind == VAL_BOOL)
		*out = at.b ? STR("true") : STR("false");
	else if (at.kind == VAL_STR)
		*out = value_as_str(at);
	else
		return err_set(err, ERR_SYNTAX, "could not get struct value at path: unsupported value type");
	return true;
}

/* Fields that are left out of the environment's own value because they are empty count as empty text. */
static struct value complete_value(const struct tanka_env *env, struct arena *a)
{
	struct value v = tanka_env_value(env, a), spec = *value_map_get(v, STR("spec")), metadata = *value_map_get(v, STR("metadata"));
	static const char *const optional[] = { "apiServer", "diffStrategy", "applyStrategy", "exportJsonnetImplementation" };
	for (size_t i = 0; i < ARRAY_LEN(optional); i++)
		if (!value_map_get(spec, str_c(optional[i])))
			value_map_set(spec, str_c(optional[i]), value_str(STR("")));
	value_map_set(spec, STR("injectLabels"), value_bool(env->spec.inject_labels));
	value_map_set(metadata, STR("name"), value_str(env->metadata.name));
	value_map_set(metadata, STR("namespace"), value_str(env->metadata.namespace));
	return v;
}

bool tanka_env_label(const struct tanka_env *env, struct arena *a, struct str *out, struct err *err)
{
	AUTO_BUF text = { 0 };
	struct value v = complete_value(env, a);
	const tanka_strs *fields = &env->spec.label_fields;
	if (!fields->n)
		buf_addf(&text, "%.*s:%.*s", STR_ARG(env->metadata.name), STR_ARG(env->metadata.namespace));
	for (size_t i = 0; i < fields->n; i++) {
		struct str part;
		if (!field_text(v, fields->p[i], &part, err))
			return err_wrap(err, "failed to get name label: failed to retrieve field values for label");
		if (i)
			buf_add_char(&text, ':');
		buf_add(&text, part);
	}
	char hex[DIGEST_HEX_LEN + 1];
	struct digest digest = sha256_of(buf_str(&text));
	digest_hex(&digest, hex);
	*out = arena_str(a, str_slice(str_c(hex), 0, 48));
	return true;
}

bool tanka_env_check_version(const struct tanka_env *env, struct arena *a, struct err *err)
{
	struct str want = env->spec.expect.tanka;
	const struct semver_range *range;
	struct semver version;
	AUTO_ERR why = { 0 };
	if (!want.n)
		return true;
	if (!semver_range_parse(a, want, SEMVER_HELM, &range, &why))
		return err_set(err, ERR_SYNTAX, "parsing version constraint: '%s'. Please check 'spec.expectVersions.tanka'", why.message);
	if (!semver_parse(STR(TANKA_VERSION), SEMVER_LOOSE, &version, err))
		return false;
	if (!semver_range_has(range, &version))
		return err_set(err, ERR_FAILED,
			       "current version '" TANKA_VERSION "' does not satisfy the version required by the environment: '%.*s'. "
			       "You likely need to use another version of Tanka",
			       STR_ARG(want));
	return true;
}
