/*
 * embedded.c: the target for where there is no cluster: applying means recording. No library is loaded for it.
 *
 * An object is kept as JSON with sorted keys. Of a Secret only keyed digests of its values are kept: enough to tell that one changed, nothing to tell what it is.
 */
#include "kube/cluster.h"

#include "base/enc.h"
#include "base/sha256.h"
#include "data/json.h"
#include "kube/diff.h"
#include "kube/plan.h"
#include "kube/record.h"

struct embedded {
	struct kube_target *target;
	const struct kube_set *set;
	struct arena *arena;
	struct kube_plan plan;
	struct kube_record record;
	struct str key;            /* asked for when the first Secret comes */
};

static bool is_secret(const struct kube_item *item)
{
	return str_eq_c(item->object->kind, "Secret") && str_eq_c(item->object->api_version, "v1");
}

/* The digest that stands for a value: of its JSON, under the project's key. */
static bool seal(struct embedded *e, struct value v, struct str *out, struct err *err)
{
	AUTO_BUF text = { 0 }, hex = { 0 };
	if (!e->key.n && !e->target->state.key(e->target->state.ctx, &e->key, err))
		return false;
	if (!json_write(v, NULL, &text, err))
		return false;
	struct digest d = sha256_hmac(e->key, buf_str(&text));
	buf_add_c(&hex, "hmac-sha256:");
	enc_hex(&hex, (struct str){ (const char *)d.b, sizeof(d.b) });
	*out = buf_to_arena(&hex, e->arena);
	return true;
}

/* The manifest with the values of `data` and `stringData` sealed. */
static bool sealed(struct embedded *e, struct value manifest, struct value *out, struct err *err)
{
	struct value copy = value_map_new(e->arena);
	for (size_t i = 0; i < value_map_len(manifest); i++) {
		struct str key = map_key(manifest.map, i), text;
		struct value v = *value_map_at(manifest, i);
		if ((str_eq_c(key, "data") || str_eq_c(key, "stringData")) && v.kind == VAL_MAP) {
			struct value entries = value_map_new(e->arena);
			for (size_t k = 0; k < value_map_len(v); k++) {
				if (!seal(e, *value_map_at(v, k), &text, err))
					return false;
				value_map_set(entries, map_key(v.map, k), value_str(text));
			}
			v = entries;
		}
		value_map_set(copy, key, v);
	}
	*out = copy;
	return true;
}

static bool begin(struct embedded *e, enum kube_record_bodies bodies, struct err *err)
{
	struct str namespace = e->set->namespace.n ? e->set->namespace : e->target->namespace;
	return kube_plan_build(e->set, namespace, NULL, e->arena, &e->plan, err) &&
	       kube_record_load(&e->target->state, e->set->environment, e->target->record, bodies, e->arena, &e->record, err);
}

/* What is kept of an item, and how it compares with what is on record. */
static bool compare(struct embedded *e, struct kube_item *item, struct kube_record_row *row, enum kube_outcome *outcome, struct err *err)
{
	AUTO_BUF body = { 0 };
	char hex[DIGEST_HEX_LEN + 1];
	if (!item->object->name.n)
		return err_set(err, ERR_FAILED, "from %.*s-: cannot use generate name with apply", STR_ARG(item->object->generate_name));
	if (is_secret(item) && !sealed(e, item->manifest, &item->manifest, err))
		return false;
	if (!kube_item_body(item, &body, err))
		return false;
	struct digest digest = sha256_of(buf_str(&body));
	digest_hex(&digest, hex);
	const struct kube_record_row *old = map_find(&e->record.rows, item->id);
	*outcome = !old ? KUBE_CREATED : str_eq_c(old->digest, hex) ? KUBE_UNCHANGED : KUBE_CHANGED;
	*row = kube_record_row_of(item);
	row->digest = arena_str(e->arena, str_c(hex));
	row->body = *outcome == KUBE_UNCHANGED ? STR_NONE : buf_to_arena(&body, e->arena);
	return true;
}

/* Objects on record that the set no longer has: forgotten with `prune`, else kept and told. */
static void leave(struct embedded *e, const struct kube_apply_options *o, struct kube_record *next, struct kube_report *report)
{
	for (size_t i = 0; i < map_len(&e->record.rows); i++) {
		const struct kube_record_row *row = map_at(&e->record.rows, i);
		if (map_has(&e->plan.by_id, row->id))
			continue;
		const struct kube_object gone = { .kind = row->kind, .namespace = row->namespace, .name = row->name };
		if (!o->prune)
			*(struct kube_record_row *)map_put(&next->rows, row->id) = *row;
		kube_report_add(report, &o->watcher, o->prune ? KUBE_DELETED : KUBE_LEFT, kube_object_title(e->arena, &gone), NULL);
	}
}

static bool apply(struct embedded *e, const struct kube_apply_options *o, struct kube_report *report, struct err *err)
{
	struct kube_record next;
	if (!begin(e, KUBE_WITHOUT_BODIES, err))
		return false;
	kube_record_init(&next, e->arena);
	for (size_t i = 0; i < e->plan.count; i++) {
		struct kube_item *item = &e->plan.items[i];
		struct kube_record_row row;
		enum kube_outcome outcome;
		AUTO_ERR failure = { 0 };
		if (!compare(e, item, &row, &outcome, &failure)) {
			const struct kube_record_row *old = map_find(&e->record.rows, item->id);
			if (old)
				*(struct kube_record_row *)map_put(&next.rows, item->id) = *old;
			kube_item_end(item, report, &o->watcher, KUBE_FAILED, &failure);
			continue;
		}
		*(struct kube_record_row *)map_put(&next.rows, item->id) = row;
		kube_item_end(item, report, &o->watcher, outcome, NULL);
	}
	leave(e, o, &next, report);
	if (o->dry_run)
		return true;
	for (size_t i = 0; i < map_len(&e->plan.releases); i++)
		map_put(&next.releases, map_key(&e->plan.releases, i));
	bool settled = !report->count[KUBE_FAILED] && !report->count[KUBE_LEFT];
	next.fingerprint = settled ? e->set->fingerprint : STR("");
	next.namespace = e->set->namespace;
	bool same = map_len(&next.rows) == map_len(&e->record.rows) && report->count[KUBE_UNCHANGED] == e->plan.count &&
		    str_eq(next.fingerprint, e->record.fingerprint);
	return same || kube_record_save(&e->target->state, e->set->environment, e->target->record, &next, err);
}

static bool embedded_apply(struct kube_target *t, const struct kube_set *set, const struct kube_apply_options *options,
			   struct kube_report *report, struct err *err)
{
	struct arena a = { 0 };
	struct embedded e = { .target = t, .set = set, .arena = &a };
	bool ok = apply(&e, options, report, err);
	arena_deinit(&a);
	return ok;
}

/* The stored object; null where there is none. */
static bool stored(struct embedded *e, struct str id, struct value *out, struct err *err)
{
	const struct kube_record_row *row = map_find(&e->record.rows, id);
	*out = value_null();
	if (!row || !row->body.n)
		return true;
	return json_parse(row->body, &(struct json_read_options){ .numbers = JSON_INTS }, e->arena, out, err) ||
	       err_wrap(err, "record of %.*s", STR_ARG(id));
}

static bool show(struct embedded *e, const struct kube_object *o, struct str namespace, struct str id, struct value wanted, struct buf *out,
		 bool *differs, struct err *err)
{
	struct value live;
	bool one;
	if (!stored(e, id, &live, err) || !kube_diff_add(live, wanted, kube_diff_name(e->arena, o, namespace), e->arena, out, &one, err))
		return false;
	*differs |= one;
	return true;
}

static bool diff(struct embedded *e, const struct kube_diff_options *o, struct buf *out, bool *differs, struct kube_report *report,
		 struct err *err)
{
	if (!begin(e, KUBE_WITH_BODIES, err))
		return false;
	kube_item_list items = { 0 };
	for (size_t i = 0; i < e->plan.count; i++)
		vec_push_in(&items, e->arena, &e->plan.items[i]);
	kube_diff_sort(&items, e->arena);
	for (size_t i = 0; i < items.n; i++) {
		struct kube_item *item = items.p[i];
		struct kube_record_row row;
		enum kube_outcome outcome;
		AUTO_ERR failure = { 0 };
		if (!compare(e, item, &row, &outcome, &failure)) {
			kube_item_end(item, report, &o->watcher, KUBE_FAILED, &failure);
			continue;
		}
		kube_item_end(item, report, &o->watcher, outcome, NULL);
		if (outcome != KUBE_UNCHANGED && !show(e, item->object, item->namespace, item->id, item->manifest, out, differs, err))
			return false;
	}
	for (size_t i = 0; o->prune && i < map_len(&e->record.rows); i++) {
		const struct kube_record_row *row = map_at(&e->record.rows, i);
		const struct kube_object gone = { .api_version = row->api_version, .kind = row->kind, .name = row->name };
		if (map_has(&e->plan.by_id, row->id))
			continue;
		kube_report_add(report, &o->watcher, KUBE_DELETED, row->id, NULL);
		if (!show(e, &gone, row->namespace, row->id, value_null(), out, differs, err))
			return false;
	}
	return true;
}

static bool embedded_diff(struct kube_target *t, const struct kube_set *set, const struct kube_diff_options *options, struct buf *out,
			  bool *differs, struct kube_report *report, struct err *err)
{
	struct arena a = { 0 };
	struct embedded e = { .target = t, .set = set, .arena = &a };
	bool ok = diff(&e, options, out, differs, report, err);
	arena_deinit(&a);
	return ok;
}

const struct kube_target_ops kube_embedded_ops = { .apply = embedded_apply, .diff = embedded_diff };
