/*
 * .Chart: Helm wraps its chart.Metadata, by embedding, in a nameless struct with one more field. Each Go struct is a table of fields, which gives the
 * reflection that templates use as well as the JSON form (name, "leave out if empty") that toYaml and toJson print.
 */
#include "helm/objects.h"

#include "base/base.h"

enum field_kind { FIELD_STR, FIELD_BOOL, FIELD_STRINGS, FIELD_STRING_MAP, FIELD_ANYS, FIELD_MAINTAINERS, FIELD_DEPENDENCIES };

struct field {
	const char *json; /* left out of JSON where empty, unless `always` */
	enum field_kind kind;
	size_t offset;
	bool always;
};

/* An object that shows the C struct `of` by a table of fields. */
struct shown {
	struct object object;
	const struct field *fields;
	const void *of;
};

static const struct object_ops maintainer_ops, dependency_ops;
static const struct field maintainer_table[], dependency_table[];

static struct value typed_list(struct value list, uint8_t type, struct arena *a)
{
	if (list.kind != VAL_LIST) {
		list = value_list_new(a);
		list.extra = GO_NIL;
	}
	list.type = type;
	return list;
}

static struct value structs_value(const decode_structs *items, const struct object_ops *ops, const struct field *fields, uint8_t type,
				  struct arena *a)
{
	struct value list = typed_list(items->p ? value_list_new(a) : value_null(), type, a);
	for (size_t i = 0; i < items->n; i++) {
		struct shown *o = arena_new(a, struct shown);
		*o = (struct shown){ { ops }, fields, items->p[i] };
		value_list_add(list, go_object(&o->object), a);
	}
	return list;
}

static struct value field_value(const void *of, const struct field *f, struct arena *a)
{
	const void *member = (const char *)of + f->offset;
	switch (f->kind) {
	case FIELD_STR: return value_str(*(const struct str *)member);
	case FIELD_BOOL: return value_bool(*(const bool *)member);
	case FIELD_STRINGS: return typed_list(*(const struct value *)member, GO_STRINGS, a);
	case FIELD_ANYS: return typed_list(*(const struct value *)member, GO_ANYS, a);
	case FIELD_MAINTAINERS: return structs_value(member, &maintainer_ops, maintainer_table, HELM_MAINTAINERS, a);
	case FIELD_DEPENDENCIES: return structs_value(member, &dependency_ops, dependency_table, HELM_DEPENDENCIES, a);
	case FIELD_STRING_MAP: break;
	}
	struct value map = *(const struct value *)member;
	if (map.kind != VAL_MAP) {
		map = value_map_new(a);
		map.extra = GO_NIL;
	}
	map.type = GO_MAP_STRING;
	return map;
}

static struct value shown_field(const struct object *o, size_t i, struct arena *a)
{
	const struct shown *s = (const struct shown *)o;
	return field_value(s->of, &s->fields[i], a);
}

static void add_json(struct value map, const struct shown *s, size_t n, struct arena *a)
{
	for (size_t i = 0; i < n; i++) {
		struct value v = field_value(s->of, &s->fields[i], a);
		if (s->fields[i].always || go_truth(v))
			value_map_set(map, str_c(s->fields[i].json), v);
	}
}

static struct value shown_plain(const struct object *o, struct arena *a)
{
	struct value map = value_map_new(a);
	add_json(map, (const struct shown *)o, o->ops->field_count, a);
	return map;
}

/* ---- Tables: Go's names in Go's order, then the same rows with JSON's names ---- */

#define ROW(type, member, json, kind) { json, kind, offsetof(struct type, member), false }

static const struct go_field maintainer_fields[] = {
	{ STR_INIT("Name"), false }, { STR_INIT("Email"), false }, { STR_INIT("URL"), false },
};
static const struct field maintainer_table[] = {
	ROW(chart_maintainer, name, "name", FIELD_STR),
	ROW(chart_maintainer, email, "email", FIELD_STR),
	ROW(chart_maintainer, url, "url", FIELD_STR),
};
static const struct object_ops maintainer_ops = {
	.type = STR_INIT("*chart.Maintainer"), .kind = GO_KIND_PTR, .fields = maintainer_fields, .field_count = ARRAY_LEN(maintainer_fields),
	.field = shown_field, .plain = shown_plain,
};

static const struct go_field dependency_fields[] = {
	{ STR_INIT("Name"), false }, { STR_INIT("Version"), false }, { STR_INIT("Repository"), false }, { STR_INIT("Condition"), false },
	{ STR_INIT("Tags"), false }, { STR_INIT("Enabled"), false }, { STR_INIT("ImportValues"), false }, { STR_INIT("Alias"), false },
};
static const struct field dependency_table[] = {
	{ "name", FIELD_STR, offsetof(struct chart_dependency, name), true },
	ROW(chart_dependency, version, "version", FIELD_STR),
	{ "repository", FIELD_STR, offsetof(struct chart_dependency, repository), true },
	ROW(chart_dependency, condition, "condition", FIELD_STR),
	ROW(chart_dependency, tags, "tags", FIELD_STRINGS),
	ROW(chart_dependency, enabled, "enabled", FIELD_BOOL),
	ROW(chart_dependency, import_values, "import-values", FIELD_ANYS),
	ROW(chart_dependency, alias, "alias", FIELD_STR),
};
static const struct object_ops dependency_ops = {
	.type = STR_INIT("*chart.Dependency"), .kind = GO_KIND_PTR, .fields = dependency_fields, .field_count = ARRAY_LEN(dependency_fields),
	.field = shown_field, .plain = shown_plain, .yaml_tags = true,
};

static const struct go_field metadata_fields[] = {
	{ STR_INIT("Name"), false },	    { STR_INIT("Home"), false },	{ STR_INIT("Sources"), false },
	{ STR_INIT("Version"), false },	    { STR_INIT("Description"), false }, { STR_INIT("Keywords"), false },
	{ STR_INIT("Maintainers"), false }, { STR_INIT("Icon"), false },	{ STR_INIT("APIVersion"), false },
	{ STR_INIT("Condition"), false },   { STR_INIT("Tags"), false },	{ STR_INIT("AppVersion"), false },
	{ STR_INIT("Deprecated"), false },  { STR_INIT("Annotations"), false }, { STR_INIT("KubeVersion"), false },
	{ STR_INIT("Dependencies"), false }, { STR_INIT("Type"), false },
};
static const struct field metadata_table[] = {
	ROW(chart_metadata, name, "name", FIELD_STR),
	ROW(chart_metadata, home, "home", FIELD_STR),
	ROW(chart_metadata, sources, "sources", FIELD_STRINGS),
	ROW(chart_metadata, version, "version", FIELD_STR),
	ROW(chart_metadata, description, "description", FIELD_STR),
	ROW(chart_metadata, keywords, "keywords", FIELD_STRINGS),
	ROW(chart_metadata, maintainers, "maintainers", FIELD_MAINTAINERS),
	ROW(chart_metadata, icon, "icon", FIELD_STR),
	ROW(chart_metadata, api_version, "apiVersion", FIELD_STR),
	ROW(chart_metadata, condition, "condition", FIELD_STR),
	ROW(chart_metadata, tags, "tags", FIELD_STR),
	ROW(chart_metadata, app_version, "appVersion", FIELD_STR),
	ROW(chart_metadata, deprecated, "deprecated", FIELD_BOOL),
	ROW(chart_metadata, annotations, "annotations", FIELD_STRING_MAP),
	ROW(chart_metadata, kube_version, "kubeVersion", FIELD_STR),
	ROW(chart_metadata, dependencies, "dependencies", FIELD_DEPENDENCIES),
	ROW(chart_metadata, type, "type", FIELD_STR),
};
static const struct object_ops metadata_ops = {
	.type = STR_INIT("chart.Metadata"), .kind = GO_KIND_STRUCT, .fields = metadata_fields, .field_count = ARRAY_LEN(metadata_fields),
	.field = shown_field, .plain = shown_plain,
};

/* ---- The wrapper ---- */

struct chart_object {
	struct object object;
	struct shown metadata;
	bool is_root;
};

static struct value chart_field(const struct object *o, size_t i, struct arena *a)
{
	const struct chart_object *c = (const struct chart_object *)o;
	(void)a;
	return i == 0 ? go_object(&c->metadata.object) : value_bool(c->is_root);
}

static struct value chart_plain(const struct object *o, struct arena *a)
{
	const struct chart_object *c = (const struct chart_object *)o;
	struct value map = value_map_new(a);
	add_json(map, &c->metadata, ARRAY_LEN(metadata_table), a);
	value_map_set(map, STR("IsRoot"), value_bool(c->is_root));
	return map;
}

static const struct go_field chart_fields[] = { { STR_INIT("Metadata"), true }, { STR_INIT("IsRoot"), false } };
static const struct object_ops chart_ops = {
	.type = STR_INIT("struct { chart.Metadata; IsRoot bool }"), .kind = GO_KIND_STRUCT, .fields = chart_fields,
	.field_count = ARRAY_LEN(chart_fields), .field = chart_field, .plain = chart_plain,
};

struct value helm_chart_object(const struct chart *c, struct arena *a)
{
	struct chart_object *o = arena_new(a, struct chart_object);
	o->object.ops = &chart_ops;
	o->metadata = (struct shown){ { &metadata_ops }, metadata_table, c->metadata };
	o->is_root = !c->parent;
	return go_object(&o->object);
}
