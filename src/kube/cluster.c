/*
 * cluster.c: the phases of an apply, in order: discovery, Namespaces and CustomResourceDefinitions, hooks before, the rest by install order, waiting, hooks after,
 * pruning, and the record. Objects of one kind go side by side; the next kind starts when the last is through.
 *
 * What is about to be applied is on record before the first object is sent, so that an apply that is killed leaves nothing behind that a later prune would not look at.
 */
#include "kube/cluster.h"

#include "kube/diff.h"
#include "kube/order.h"
#include "kube/ready.h"
#include "kube/session.h"

/* Watches are cheap: more of them run at once than requests. */
#define WATCHES 64

/* Connects, discovers, plans and reads the record. */
static bool session_begin(struct kube_session *s, struct kube_target *t, const struct kube_set *set, struct err *err)
{
	struct str namespace = set->namespace.n ? set->namespace : t->namespace;
	s->set = set;
	if (!kube_client_new(&t->config, t->environ, &s->client, err))
		return false;
	kube_doing(&s->options.watcher, "connecting to %.*s", STR_ARG(t->config.server));
	kube_discovery_init(&s->discovery, s->arena);
	if (!kube_discovery_load(&s->discovery, s->client, set->objects, set->count, err))
		return err_wrap(err, "%.*s", STR_ARG(t->title));
	for (size_t i = 0; i < set->count; i++)
		if (kube_is_crd(&set->objects[i]))
			kube_discovery_add_crd(&s->discovery, &set->objects[i]);
	if (!kube_plan_build(set, namespace, &s->discovery, s->arena, &s->plan, err))
		return false;
	for (size_t i = 0; i < s->plan.count; i++)
		s->plan.items[i].session = s;
	return kube_record_load(&t->state, set->environment, t->record, KUBE_WITHOUT_BODIES, s->arena, &s->record, err);
}

static void session_end(struct kube_session *s)
{
	kube_client_free(s->client);
}

typedef bool choose_fn(const struct kube_session *s, const struct kube_item *item);

static kube_item_list choose(struct kube_session *s, choose_fn *wanted)
{
	kube_item_list list = { 0 };
	for (size_t i = 0; i < s->plan.count; i++)
		if (wanted(s, &s->plan.items[i]))
			vec_push_in(&list, s->arena, &s->plan.items[i]);
	return list;
}

static bool goes_first(const struct kube_session *s UNUSED, const struct kube_item *item)
{
	return kube_is_namespace(item->object) || kube_is_crd(item->object);
}

static bool goes_later(const struct kube_session *s UNUSED, const struct kube_item *item)
{
	return !item->ended;
}

static bool is_unknown(const struct kube_session *s, const struct kube_item *item)
{
	const struct kube_record_row *row = map_find(&s->record.rows, item->id);
	return !row || !row->uid.n;
}

static bool went_well(const struct kube_item *item)
{
	return item->ended && (item->outcome == KUBE_CREATED || item->outcome == KUBE_CHANGED || item->outcome == KUBE_UNCHANGED);
}

/* Established ones are served, and so in discovery; one that changed nothing and is served needs no watching. */
static bool must_establish(const struct kube_session *s, const struct kube_item *item)
{
	if (!kube_is_crd(item->object) || !went_well(item))
		return false;
	struct str group = value_find_str(item->manifest, "spec.group"), kind = value_find_str(item->manifest, "spec.names.kind");
	struct value *versions = value_find(item->manifest, "spec.versions");
	bool served = versions && versions->kind == VAL_LIST;
	for (size_t i = 0; served && i < versions->list->n; i++) {
		struct str version = value_find_str(versions->list->p[i], "name");
		const struct kube_resource *r = kube_discovery_find(&s->discovery, arena_fmt(s->arena, "%.*s/%.*s", STR_ARG(group), STR_ARG(version)), kind);
		struct value *serve = value_map_get(versions->list->p[i], STR("served"));
		served = !serve || serve->kind != VAL_BOOL || !serve->b || (r && !r->defined_here);
	}
	return item->outcome != KUBE_UNCHANGED || !served;
}

static bool can_wait(const struct kube_session *s UNUSED, const struct kube_item *item)
{
	return went_well(item) && kube_can_wait_for(item->object->kind) && !kube_is_crd(item->object);
}

/* Runs `start` on the items by install order: those of one kind side by side. */
static bool each_by_kind(struct kube_session *s, const kube_item_list *items, kube_item_fn *start, struct err *err)
{
	for (size_t i = 0; i < items->n;) {
		kube_item_list group = { 0 };
		struct str kind = items->p[i]->object->kind;
		while (i < items->n && kube_kind_cmp(kind, items->p[i]->object->kind) == 0)
			vec_push_in(&group, s->arena, items->p[i++]);
		kube_doing(&s->options.watcher, "%.*s", STR_ARG(kind));
		if (!kube_session_each(s, &group, 0, start, err))
			return false;
	}
	return true;
}

/* Notes on record that these objects may be there from now on. */
static bool record_intent(struct kube_session *s, struct kube_target *t, struct err *err)
{
	bool news = false;
	for (size_t i = 0; i < s->plan.count; i++) {
		const struct kube_item *item = &s->plan.items[i];
		if (map_has(&s->record.rows, item->id) || !item->object->name.n)
			continue;
		*(struct kube_record_row *)map_put(&s->record.rows, item->id) = kube_record_row_of(item);
		news = true;
	}
	if (news)
		s->record.fingerprint = STR("");
	return !news || kube_record_save(&t->state, s->set->environment, t->record, &s->record, err);
}

/* `ok`: all phases came to their end. */
static bool record_results(struct kube_session *s, struct kube_target *t, bool ok, struct err *err)
{
	for (size_t i = 0; i < s->plan.count; i++) {
		const struct kube_item *item = &s->plan.items[i];
		struct kube_record_row *row = map_find(&s->record.rows, item->id);
		if (!item->after.exists || !row)
			continue;
		row->api_version = item->object->api_version;
		row->release = item->object->release;
		row->uid = item->after.uid;
		row->resource_version = item->after.resource_version;
		row->applied_at = item->after.applied_at;
	}
	for (size_t i = 0; i < map_len(&s->plan.releases); i++) {
		const struct kube_release *r = *(struct kube_release **)map_at(&s->plan.releases, i);
		if (!r->failure.n)
			map_put(&s->record.releases, r->name);
	}
	bool settled = ok && !s->report->count[KUBE_FAILED] && !s->report->count[KUBE_SKIPPED] && !s->report->count[KUBE_LEFT];
	s->record.fingerprint = settled ? s->set->fingerprint : STR("");
	s->record.namespace = s->set->namespace;
	return kube_record_save(&t->state, s->set->environment, t->record, &s->record, err);
}

/* A release is upgraded where the record has it, or where an object of it is there that we applied. */
static void tell_upgrades(struct kube_session *s)
{
	for (size_t i = 0; i < map_len(&s->plan.releases); i++) {
		struct kube_release *r = *(struct kube_release **)map_at(&s->plan.releases, i);
		r->upgrade = map_has(&s->record.releases, r->name);
	}
	for (size_t i = 0; i < s->plan.count; i++)
		if (s->plan.items[i].before.exists && s->plan.items[i].before.ours)
			s->plan.items[i].release->upgrade = true;
}

/* A release with a failed object gets no hooks after it, and counts as not installed. */
static void tell_failures(struct kube_session *s)
{
	for (size_t i = 0; i < s->plan.count; i++) {
		struct kube_item *item = &s->plan.items[i];
		if (!went_well(item) && !item->release->failure.n)
			item->release->failure = arena_fmt(s->arena, "%.*s failed", STR_ARG(item->title));
	}
}

static bool apply_first(struct kube_session *s, struct err *err)
{
	kube_item_list unknown = choose(s, is_unknown), first = choose(s, goes_first);
	if (!kube_session_each(s, &unknown, 0, kube_start_look, err))
		return false;
	tell_upgrades(s);
	kube_doing(&s->options.watcher, "namespaces and custom resource definitions");
	if (!kube_session_each(s, &first, 0, kube_start_apply, err))
		return false;
	kube_item_list waiting = choose(s, must_establish);
	if (waiting.n)
		kube_doing(&s->options.watcher, "waiting until %zu custom resource definitions are established", waiting.n);
	return kube_session_each(s, &waiting, WATCHES, kube_start_wait, err);
}

static bool apply_rest(struct kube_session *s, struct err *err)
{
	kube_item_list rest = choose(s, goes_later);
	if (!each_by_kind(s, &rest, kube_start_apply, err))
		return false;
	if (!s->options.wait)
		return true;
	kube_item_list waiting = choose(s, can_wait);
	kube_doing(&s->options.watcher, "waiting until %zu objects are ready", waiting.n);
	return kube_session_each(s, &waiting, WATCHES, kube_start_wait, err);
}

static bool run_phases(struct kube_session *s, struct err *err)
{
	if (!apply_first(s, err))
		return false;
	if (!s->options.no_hooks && !kube_run_hooks(s, KUBE_BEFORE, err))
		return false;
	if (!apply_rest(s, err))
		return false;
	tell_failures(s);
	return s->options.no_hooks || kube_run_hooks(s, KUBE_AFTER, err);
}

/* --dry-run=server: as a diff that shows nothing. */
static bool try_phases(struct kube_session *s, struct err *err)
{
	kube_item_list all = { 0 };
	for (size_t i = 0; i < s->plan.count; i++)
		vec_push_in(&all, s->arena, &s->plan.items[i]);
	return each_by_kind(s, &all, kube_start_compare, err) && kube_prune(s, err);
}

static bool apply(struct kube_session *s, struct kube_target *t, const struct kube_set *set, struct err *err)
{
	if (!session_begin(s, t, set, err))
		return false;
	if (s->options.dry_run)
		return try_phases(s, err);
	if (!record_intent(s, t, err))
		return false;
	/* Pruning waits until all that is new stands; after failures it is left for another time. */
	bool ok = run_phases(s, err) && (s->report->count[KUBE_FAILED] || kube_prune(s, err));
	AUTO_ERR other = { 0 };
	if (!record_results(s, t, ok, ok ? err : &other))
		return false;
	return ok;
}

static bool cluster_apply(struct kube_target *t, const struct kube_set *set, const struct kube_apply_options *options,
			  struct kube_report *report, struct err *err)
{
	struct arena a = { 0 };
	struct kube_session s = { .arena = &a, .options = *options, .report = report };
	bool ok = apply(&s, t, set, err);
	session_end(&s);
	arena_deinit(&a);
	return ok;
}

/* Shows the compared items in the order of their names, as kubectl does. */
static bool show(struct kube_session *s, kube_item_list *items, struct buf *out, bool *differs, struct err *err)
{
	kube_diff_sort(items, s->arena);
	for (size_t i = 0; i < items->n; i++) {
		struct kube_item *item = items->p[i];
		bool one = false;
		bool shown = went_well(item) || (item->ended && item->outcome == KUBE_DELETED);
		if (shown && !kube_diff_add(item->live, item->wanted, item->diff_name, s->arena, out, &one, err))
			return false;
		*differs |= one;
	}
	return true;
}

static void removed_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_item *item = ctx;
	struct kube_session *s = item->session;
	if (err->kind == ERR_NONE && kube_claim_of(item, reply->body) == KUBE_OURS) {
		item->live = value_copy(reply->body, s->arena);
		kube_item_end(item, s->report, &s->options.watcher, KUBE_DELETED, NULL);
	}
	kube_session_ended(s);
}

static bool start_removed(struct kube_session *s, struct kube_item *item, struct err *err)
{
	item->live = item->wanted = value_null();
	if (!item->resource || !item->object->name.n) {
		kube_session_ended(s);
		return true;
	}
	struct str path = kube_resource_path(item->resource, item->namespace, item->object->name, s->arena);
	return kube_client_start(s->client, &(struct kube_call){ .path = path }, removed_done, item, err);
}

static bool compare(struct kube_session *s, struct kube_target *t, const struct kube_set *set, const struct kube_diff_options *options,
		    struct buf *out, bool *differs, struct err *err)
{
	if (!session_begin(s, t, set, err))
		return false;
	kube_item_list all = { 0 };
	for (size_t i = 0; i < s->plan.count; i++)
		vec_push_in(&all, s->arena, &s->plan.items[i]);
	if (!kube_session_each(s, &all, 0, kube_start_compare, err))
		return false;
	if (options->prune) {
		kube_item_list removed = kube_vanished(s);
		if (!kube_session_each(s, &removed, 0, start_removed, err))
			return false;
		for (size_t i = 0; i < removed.n; i++)
			vec_push_in(&all, s->arena, removed.p[i]);
	}
	return show(s, &all, out, differs, err);
}

static bool cluster_diff(struct kube_target *t, const struct kube_set *set, const struct kube_diff_options *options, struct buf *out,
			 bool *differs, struct kube_report *report, struct err *err)
{
	struct arena a = { 0 };
	struct kube_session s = {
		.arena = &a,
		.options = { .force_conflicts = options->force_conflicts, .parallel = options->parallel, .watcher = options->watcher },
		.report = report,
	};
	*differs = false;
	bool ok = compare(&s, t, set, options, out, differs, err);
	session_end(&s);
	arena_deinit(&a);
	return ok;
}

const struct kube_target_ops kube_cluster_ops = { .apply = cluster_apply, .diff = cluster_diff };
