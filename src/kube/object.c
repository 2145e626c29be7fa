/*
 * object.c: reads the identity out of a manifest once, so that nobody else looks up "metadata.name" again.
 */
#include "kube/object.h"

static bool add_one(kube_objects *out, struct value v, struct str release, struct str source, struct arena *a, struct err *err)
{
	const char *at = source.n ? arena_cstr(a, source) : "object";
	if (v.kind == VAL_NULL)
		return true;
	if (v.kind != VAL_MAP)
		return err_set(err, ERR_SYNTAX, "%s: a manifest must be a map, not a %s", at, value_kind_name(v.kind));
	struct kube_object o = {
		.value = v,
		.api_version = value_find_str(v, "apiVersion"),
		.kind = value_find_str(v, "kind"),
		.namespace = value_find_str(v, "metadata.namespace"),
		.name = value_find_str(v, "metadata.name"),
		.generate_name = value_find_str(v, "metadata.generateName"),
		.release = release,
		.source = source,
	};
	if (!o.api_version.n)
		return err_set(err, ERR_SYNTAX, "%s: apiVersion is not set", at);
	if (!o.kind.n)
		return err_set(err, ERR_SYNTAX, "%s: kind is not set", at);
	if (!o.name.n && !o.generate_name.n)
		return err_set(err, ERR_SYNTAX, "%s: %.*s has no metadata.name", at, STR_ARG(o.kind));
	vec_push_in(out, a, o);
	return true;
}

bool kube_objects_add(kube_objects *out, struct value v, struct str release, struct str source, struct arena *a, struct err *err)
{
	struct value *items = value_map_get(v, STR("items"));
	if (!items || items->kind != VAL_LIST || !str_ends(value_find_str(v, "kind"), STR("List")))
		return add_one(out, v, release, source, a, err);
	for (size_t i = 0; i < items->list->n; i++)
		if (!add_one(out, items->list->p[i], release, source, a, err))
			return false;
	return true;
}

void kube_split_api_version(struct str api_version, struct str *group, struct str *version)
{
	if (str_cut(api_version, '/', group, version))
		return;
	*group = STR("");
	*version = api_version;
}

struct str kube_object_title(struct arena *a, const struct kube_object *o)
{
	struct str name = o->name.n ? o->name : arena_concat(a, o->generate_name, STR("*"));
	if (!o->namespace.n)
		return arena_fmt(a, "%.*s %.*s", STR_ARG(o->kind), STR_ARG(name));
	return arena_fmt(a, "%.*s %.*s/%.*s", STR_ARG(o->kind), STR_ARG(o->namespace), STR_ARG(name));
}

struct str kube_object_id(struct arena *a, const struct kube_object *o)
{
	struct str group, version;
	kube_split_api_version(o->api_version, &group, &version);
	return arena_fmt(a, "%.*s/%.*s/%.*s/%.*s%s", STR_ARG(group), STR_ARG(o->kind), STR_ARG(o->namespace),
			 STR_ARG(o->name.n ? o->name : o->generate_name), o->name.n ? "" : "*");
}

static struct str metadata_entry(struct value object, const char *map, struct str name)
{
	struct value *entries = value_find(object, map);
	struct value *v = entries ? value_map_get(*entries, name) : NULL;
	return v && v->kind == VAL_STR ? value_as_str(*v) : STR_NONE;
}

struct str kube_annotation(struct value object, struct str name)
{
	return metadata_entry(object, "metadata.annotations", name);
}

