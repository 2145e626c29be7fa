/*
 * prune.c: what an earlier apply of the environment made and the environment no longer holds.
 *
 * The record only says what to look at. An object is deleted only if the server confirms that it is the very one that we made: the uid on record (a precondition of the deletion
 * too) and an entry of ours in managedFields. What is gone, or belongs to somebody else by now, is forgotten. helm.sh/resource-policy: keep is honoured.
 */
#include "kube/session.h"

#include "kube/order.h"

static void forget(struct kube_item *item)
{
	map_remove(&item->session->record.rows, item->id);
}

static void end(struct kube_item *item, enum kube_outcome outcome, const struct err *err)
{
	struct kube_session *s = item->session;
	kube_item_end(item, s->report, &s->options.watcher, outcome, err);
	kube_session_ended(s);
}

static void delete_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_item *item = ctx;
	bool gone = err->kind == ERR_NONE || reply->status == 404;
	if (gone && !item->session->options.dry_run)
		forget(item);
	end(item, gone ? KUBE_DELETED : KUBE_FAILED, gone ? NULL : err);
}

static bool start_delete(struct kube_item *item, struct err *err)
{
	struct kube_session *s = item->session;
	struct str path = kube_resource_path(item->resource, item->namespace, item->object->name, s->arena);
	const struct kube_call call = {
		.method = STR("DELETE"),
		.path = s->options.dry_run ? arena_concat(s->arena, path, STR("?dryRun=All")) : path,
		.content_type = KUBE_JSON,
		.body = arena_fmt(s->arena,
				  "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":\"Background\","
				  "\"preconditions\":{\"uid\":\"%.*s\"}}",
				  STR_ARG(item->before.uid)),
	};
	return kube_client_start(s->client, &call, delete_done, item, err);
}

enum kube_claim kube_claim_of(struct kube_item *item, struct value object)
{
	const struct kube_record_row *row = map_find(&item->session->record.rows, item->id);
	item->before = kube_live_of(object, item->session->arena);
	/* Of what is applied without a single field of its own (a Namespace of nothing but its name) the server keeps no entry; then the uid must do. */
	bool same = row->uid.n && str_eq(row->uid, item->before.uid), nameless = row->uid.n && !row->applied_at.n;
	if ((row->uid.n && !same) || (!item->before.ours && !nameless))
		return KUBE_NOT_OURS;
	bool keep = str_eq_nocase(str_trim(kube_annotation(object, STR("helm.sh/resource-policy"))), STR("keep"));
	return keep ? KUBE_KEPT : KUBE_OURS;
}

static void found(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_item *item = ctx;
	struct kube_session *s = item->session;
	if (reply->status == 404) {
		forget(item);
		kube_session_ended(s);
		return;
	}
	if (err->kind != ERR_NONE) {
		end(item, KUBE_FAILED, err);
		return;
	}
	enum kube_claim claim = kube_claim_of(item, reply->body);
	if (claim == KUBE_NOT_OURS) {
		forget(item);
		kube_session_ended(s);
		return;
	}
	AUTO_ERR why = { 0 };
	if (claim == KUBE_KEPT) {
		err_set(&why, ERR_FAILED, "kept by helm.sh/resource-policy");
		end(item, KUBE_LEFT, &why);
	} else if (!s->options.prune) {
		err_set(&why, ERR_FAILED, "no longer in the environment; --prune deletes it");
		end(item, KUBE_LEFT, &why);
	} else if (!start_delete(item, &why)) {
		end(item, KUBE_FAILED, &why);
	}
}

static bool start_prune(struct kube_session *s, struct kube_item *item, struct err *err)
{
	if (!item->resource || !item->object->name.n) { /* the kind is gone, and all objects of it */
		forget(item);
		kube_session_ended(s);
		return true;
	}
	struct str path = kube_resource_path(item->resource, item->namespace, item->object->name, s->arena);
	return kube_client_start(s->client, &(struct kube_call){ .path = path, .accept = KUBE_METADATA }, found, item, err);
}

kube_item_list kube_vanished(struct kube_session *s)
{
	kube_item_list list = { 0 };
	size_t n = map_len(&s->record.rows), count = 0;
	struct kube_object *objects = arena_array(s->arena, struct kube_object, n + 1);
	const struct kube_object **order = arena_array(s->arena, const struct kube_object *, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct kube_record_row *row = map_at(&s->record.rows, i);
		if (map_has(&s->plan.by_id, row->id))
			continue;
		objects[count] = (struct kube_object){
			.api_version = row->api_version, .kind = row->kind, .namespace = row->namespace, .name = row->name, .release = row->release
		};
		order[count] = &objects[count];
		count++;
	}
	kube_sort_remove(order, count);
	for (size_t i = 0; i < count; i++) {
		struct kube_item *item = arena_new(s->arena, struct kube_item);
		item->session = s;
		item->object = order[i];
		item->namespace = order[i]->namespace;
		item->id = kube_object_id(s->arena, order[i]);
		item->title = kube_object_title(s->arena, order[i]);
		item->resource = kube_discovery_find(&s->discovery, order[i]->api_version, order[i]->kind);
		vec_push_in(&list, s->arena, item);
	}
	return list;
}

bool kube_prune(struct kube_session *s, struct err *err)
{
	kube_item_list all = kube_vanished(s);
	for (size_t i = 0; i < all.n;) {
		kube_item_list group = { 0 };
		size_t first = i;
		while (i < all.n && kube_kind_cmp(all.p[first]->object->kind, all.p[i]->object->kind) == 0)
			vec_push_in(&group, s->arena, all.p[i++]);
		if (!kube_session_each(s, &group, 0, start_prune, err))
			return false;
	}
	return true;
}
