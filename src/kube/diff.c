/*
 * diff.c: the server tells what apply would make (a dry run of the same request); both states become YAML with sorted keys, and those are compared.
 *
 * An object whose namespace or kind the same environment makes first cannot be asked for yet: it is shown as an addition, as it is in its manifest.
 */
#include "kube/diff.h"

#include <stdlib.h>

#include "base/udiff.h"
#include "data/yaml_write.h"
#include "kube/session.h"

struct str kube_diff_name(struct arena *a, const struct kube_object *o, struct str namespace)
{
	struct str group, version;
	kube_split_api_version(o->api_version, &group, &version);
	return arena_fmt(a, "%.*s%s%.*s.%.*s.%.*s.%.*s", STR_ARG(group), group.n ? "." : "", STR_ARG(version), STR_ARG(o->kind),
			 STR_ARG(namespace), STR_ARG(o->name));
}

static int by_name(const void *left, const void *right)
{
	const struct kube_item *const *a = left, *const *b = right;
	return str_cmp((*a)->diff_name, (*b)->diff_name);
}

void kube_diff_sort(kube_item_list *items, struct arena *a)
{
	for (size_t i = 0; i < items->n; i++)
		items->p[i]->diff_name = kube_diff_name(a, items->p[i]->object, items->p[i]->namespace);
	if (items->n)
		qsort(items->p, items->n, sizeof(*items->p), by_name);
}

/* A copy of the map with one key replaced; null removes it. */
static struct value with_key(struct value map, struct str key, struct value v, struct arena *a)
{
	struct value copy = value_map_new(a);
	for (size_t i = 0; i < value_map_len(map); i++)
		if (!str_eq(map_key(map.map, i), key))
			value_map_set(copy, map_key(map.map, i), *value_map_at(map, i));
	if (v.kind != VAL_NULL)
		value_map_set(copy, key, v);
	return copy;
}

struct value kube_without_managed(struct value object, struct arena *a)
{
	struct value *metadata = value_map_get(object, STR("metadata"));
	if (!metadata || !value_map_get(*metadata, STR("managedFields")))
		return object;
	return with_key(object, STR("metadata"), with_key(*metadata, STR("managedFields"), value_null(), a), a);
}

/* The entries with their values masked; `other` is the same map of the other state. */
static struct value mask_entries(struct value entries, struct value other, const char *changed, struct arena *a)
{
	struct value out = value_map_new(a);
	for (size_t i = 0; i < value_map_len(entries); i++) {
		struct str key = map_key(entries.map, i);
		const struct value *there = value_map_get(other, key);
		bool same = !there || value_equal(*there, *value_map_at(entries, i));
		value_map_set(out, key, value_str(same ? STR("***") : str_c(changed)));
	}
	return out;
}

static struct value mask(struct value object, struct value other, const char *changed, struct arena *a)
{
	static const char *const maps[] = { "data", "stringData" };
	for (size_t i = 0; object.kind == VAL_MAP && i < ARRAY_LEN(maps); i++) {
		struct value *entries = value_map_get(object, str_c(maps[i])), *there = value_map_get(other, str_c(maps[i]));
		if (entries && entries->kind == VAL_MAP)
			object = with_key(object, str_c(maps[i]), mask_entries(*entries, there ? *there : value_null(), changed, a), a);
	}
	return object;
}

static bool is_secret(struct value v)
{
	return str_eq_c(value_find_str(v, "kind"), "Secret") && str_eq_c(value_find_str(v, "apiVersion"), "v1");
}

static bool add_yaml(struct value v, struct buf *out, struct err *err)
{
	return v.kind == VAL_NULL || yaml_write(v, NULL, out, err);
}

bool kube_diff_add(struct value live, struct value wanted, struct str name, struct arena *a, struct buf *out, bool *differs, struct err *err)
{
	AUTO_BUF before = { 0 }, after = { 0 }, body = { 0 };
	live = kube_without_managed(live, a);
	wanted = kube_without_managed(wanted, a);
	if (is_secret(live) || is_secret(wanted)) {
		struct value plain = live;
		live = mask(live, wanted, "*** (before)", a);
		wanted = mask(wanted, plain, "*** (after)", a);
	}
	if (!add_yaml(live, &before, err) || !add_yaml(wanted, &after, err))
		return err_wrap(err, "%.*s", STR_ARG(name));
	const struct udiff_options options = { .old_name = arena_concat(a, STR("LIVE/"), name), .new_name = arena_concat(a, STR("MERGED/"), name) };
	*differs = udiff_add(&body, buf_str(&before), buf_str(&after), &options);
	if (*differs) {
		buf_addf(out, "diff -u -N LIVE/%.*s MERGED/%.*s\n", STR_ARG(name), STR_ARG(name));
		buf_add(out, buf_str(&body));
	}
	return true;
}

/* --- on a cluster --- */

bool kube_item_differs(const struct kube_item *item)
{
	struct arena a = { 0 };
	bool same = value_equal(kube_without_managed(item->live, &a), kube_without_managed(item->wanted, &a));
	arena_deinit(&a);
	return !same;
}

static void end(struct kube_item *item)
{
	struct kube_session *s = item->session;
	enum kube_outcome outcome = item->live.kind == VAL_NULL ? KUBE_CREATED : kube_item_differs(item) ? KUBE_CHANGED : KUBE_UNCHANGED;
	kube_item_end(item, s->report, &s->options.watcher, outcome, NULL);
	kube_session_ended(s);
}

static void dry_run_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_item *item = ctx;
	struct kube_session *s = item->session;
	bool namespace_comes = reply->status == 404 && item->namespace.n &&
			       map_has(&s->plan.by_id, arena_fmt(s->arena, "/Namespace//%.*s", STR_ARG(item->namespace)));
	if (err->kind == ERR_NONE) {
		item->wanted = value_copy(reply->body, s->arena);
	} else if (namespace_comes) {
		item->wanted = item->manifest;
	} else {
		kube_explain(s, reply, err);
		kube_item_end(item, s->report, &s->options.watcher, KUBE_FAILED, err);
		kube_session_ended(s);
		return;
	}
	end(item);
}

static void live_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_item *item = ctx;
	struct kube_session *s = item->session;
	AUTO_BUF body = { 0 };
	AUTO_ERR own = { 0 };
	bool ok = err->kind == ERR_NONE || reply->status == 404;
	if (err->kind == ERR_NONE)
		item->live = value_copy(reply->body, s->arena);
	ok = ok && kube_item_body(item, &body, &own);
	const struct kube_call call = {
		.method = STR("PATCH"),
		.path = kube_apply_path(s, item, "&dryRun=All"),
		.content_type = KUBE_APPLY,
		.body = buf_str(&body),
	};
	if (ok && kube_client_start(s->client, &call, dry_run_done, item, &own))
		return;
	kube_item_end(item, s->report, &s->options.watcher, KUBE_FAILED, own.kind ? &own : err);
	kube_session_ended(s);
}

bool kube_start_compare(struct kube_session *s, struct kube_item *item, struct err *err)
{
	const struct kube_object *o = item->object;
	item->live = item->wanted = value_null();
	if (!item->resource && !kube_discovery_get(&s->discovery, o->api_version, o->kind, &item->resource, err))
		return false;
	if (!o->name.n)
		return err_set(err, ERR_FAILED, "from %.*s-: cannot use generate name with apply", STR_ARG(o->generate_name));
	if (item->resource->defined_here) {
		item->wanted = item->manifest;
		end(item);
		return true;
	}
	struct str path = kube_resource_path(item->resource, item->namespace, o->name, s->arena);
	return kube_client_start(s->client, &(struct kube_call){ .path = path }, live_done, item, err);
}
