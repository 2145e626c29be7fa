/*
 * plan.c: the namespace of an object that names none is the set's, unless its kind is cluster-wide. Which kinds are is asked of the cluster's discovery, or of tables.
 */
#include "kube/plan.h"

#include "base/sha256.h"
#include "data/json.h"
#include "kube/order.h"

/* Whether the object lives in a namespace. *resource is NULL where the kind is not known. */
static bool is_namespaced(const struct kube_discovery *discovery, const struct kube_discovery *tables, const struct kube_object *o,
			  const struct kube_resource **resource)
{
	*resource = kube_discovery_find(discovery ? discovery : tables, o->api_version, o->kind);
	if (*resource)
		return (*resource)->namespaced;
	return !kube_kind_is_global(o->api_version, o->kind);
}

/* The manifest with metadata.namespace set; the object's own maps stay as they are. */
static struct value with_namespace(struct value manifest, struct str namespace, struct arena *a)
{
	struct value copy = value_map_new(a), metadata = value_map_new(a);
	for (size_t i = 0; i < value_map_len(manifest); i++) {
		struct str key = map_key(manifest.map, i);
		struct value v = *value_map_at(manifest, i);
		value_map_set(copy, key, v);
		for (size_t k = 0; str_eq_c(key, "metadata") && k < value_map_len(v); k++)
			value_map_set(metadata, map_key(v.map, k), *value_map_at(v, k));
	}
	value_map_set(metadata, STR("namespace"), value_str(namespace));
	value_map_set(copy, STR("metadata"), metadata);
	return copy;
}

static struct kube_release *find_release(struct kube_plan *plan, struct str name, struct arena *a)
{
	struct kube_release **r = map_put(&plan->releases, name);
	if (!*r) {
		*r = arena_new(a, struct kube_release);
		(*r)->name = name;
	}
	return *r;
}

static bool add_item(struct kube_plan *plan, const struct kube_object *o, struct kube_item item, struct arena *a, struct err *err)
{
	struct kube_object named = *o;
	named.namespace = item.namespace;
	item.object = o;
	item.id = kube_object_id(a, &named);
	item.title = kube_object_title(a, &named);
	item.release = find_release(plan, o->release, a);
	struct kube_item **known = map_put(&plan->by_id, item.id);
	if (*known && o->name.n) {
		err_set(err, ERR_CONFLICT, "%.*s is in this environment twice", STR_ARG(item.title));
		return err_hint(err, "once in %.*s, once in %.*s", STR_ARG((*known)->object->source), STR_ARG(o->source));
	}
	plan->items[plan->count] = item;
	*known = &plan->items[plan->count++];
	return true;
}

bool kube_plan_build(const struct kube_set *set, struct str namespace, const struct kube_discovery *discovery, struct arena *a,
		     struct kube_plan *out, struct err *err)
{
	struct kube_plan plan = { .items = arena_array(a, struct kube_item, set->count + 1),
				  .hooks = arena_array(a, struct kube_object, set->count + 1) };
	struct kube_discovery tables;
	map_init(&plan.by_id, sizeof(struct kube_item *), a);
	map_init(&plan.releases, sizeof(struct kube_release *), a);
	kube_discovery_init(&tables, a);
	const struct kube_object **order = arena_array(a, const struct kube_object *, set->count + 1);
	for (size_t i = 0; i < set->count; i++) {
		order[i] = &set->objects[i];
		if (kube_is_crd(order[i]))
			kube_discovery_add_crd(&tables, order[i]);
	}
	kube_sort_install(order, set->count);
	for (size_t i = 0; i < set->count; i++) {
		struct kube_item item = { .manifest = order[i]->value };
		bool namespaced = is_namespaced(discovery, &tables, order[i], &item.resource);
		if (namespaced)
			item.namespace = order[i]->namespace.n ? order[i]->namespace : namespace;
		if (namespaced && !order[i]->namespace.n)
			item.manifest = with_namespace(order[i]->value, namespace, a);
		if (kube_is_hook(order[i])) {
			struct kube_object *hook = &plan.hooks[plan.hook_count++];
			*hook = *order[i];
			hook->value = item.manifest;
			hook->namespace = item.namespace;
			find_release(&plan, hook->release, a);
		} else if (!add_item(&plan, order[i], item, a, err)) {
			return false;
		}
	}
	*out = plan;
	return true;
}

bool kube_item_body(struct kube_item *item, struct buf *out, struct err *err)
{
	return json_write(item->manifest, &(struct json_write_options){ .order = JSON_SORTED, .html = JSON_HTML_PLAIN }, out, err);
}

static struct str or_empty(struct arena *a, const char *text)
{
	return text ? arena_str(a, str_c(text)) : STR("");
}

void kube_report_add(struct kube_report *r, const struct kube_watcher *watcher, enum kube_outcome outcome, struct str title,
		     const struct err *err)
{
	struct kube_result result = {
		.outcome = outcome,
		.title = arena_str(&r->arena, title),
		.message = or_empty(&r->arena, err ? err->message : NULL),
		.hint = or_empty(&r->arena, err ? err->hint : NULL),
		.kind = err ? err->kind : ERR_NONE,
	};
	vec_push_in(&r->results, &r->arena, result);
	r->count[outcome]++;
	if (watcher && watcher->result)
		watcher->result(watcher->ctx, &vec_last(&r->results));
}

void kube_item_end(struct kube_item *item, struct kube_report *r, const struct kube_watcher *watcher, enum kube_outcome outcome,
		   const struct err *err)
{
	kube_report_add(r, watcher, outcome, item->title, err);
	if (item->ended) {
		r->count[item->outcome]--;
		r->results.p[item->result] = r->results.p[--r->results.n];
	} else {
		item->result = r->results.n - 1;
	}
	item->ended = true;
	item->outcome = outcome;
}

bool kube_check_cancel(const struct kube_watcher *watcher, struct err *err)
{
	if (watcher->cancel && atomic_load(watcher->cancel))
		return err_set(err, ERR_CANCELLED, "interrupted");
	return true;
}

void kube_doing(const struct kube_watcher *watcher, const char *fmt, ...)
{
	if (!watcher->doing)
		return;
	AUTO_BUF text = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(&text, fmt, ap);
	va_end(ap);
	watcher->doing(watcher->ctx, buf_str(&text));
}
