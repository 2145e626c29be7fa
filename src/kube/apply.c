/*
 * apply.c: server-side apply of one item, and how its outcome is told exactly.
 *
 * The server's own marks of a change do not serve: it moves resourceVersion, generation and the times in managedFields also where nothing is different afterwards (a
 * manifest with empty annotations, a custom resource with a field that its definition prunes). So the object is fetched before, and compared with the answer, without those
 * marks and without status, which controllers write meanwhile. Definitions, which are large, are fetched as metadata: there the generation tells.
 */
#include "kube/session.h"

#include <string.h>

#include "ext/http.h"
#include "kube/order.h"
#include "kube/ready.h"
#include "kube/watch.h"

/* How long a kind may take to be served after its CustomResourceDefinition is established, and how often it is tried. */
#define SERVED_WAIT_MS 25
#define SERVED_TRIES 400
/* Further tries of an update that raced with another one. */
#define RACE_TRIES 5
/* Messages and quoted values that nobody reads to the end. */
#define MESSAGE_LONG 600
#define VALUE_LONG 120

/* The CustomResourceDefinition in the set that defines the item's kind, or NULL. */
static const struct kube_item *crd_of(const struct kube_session *s, const struct kube_item *item)
{
	struct str group, version;
	kube_split_api_version(item->object->api_version, &group, &version);
	for (size_t i = 0; i < s->plan.count; i++) {
		const struct kube_item *crd = &s->plan.items[i];
		if (kube_is_crd(crd->object) && str_eq(value_find_str(crd->manifest, "spec.group"), group) &&
		    str_eq(value_find_str(crd->manifest, "spec.names.kind"), item->object->kind))
			return crd;
	}
	return NULL;
}

static const struct kube_item *namespace_of(const struct kube_session *s, const struct kube_item *item)
{
	if (!item->namespace.n)
		return NULL;
	struct kube_item **found = map_find(&s->plan.by_id, arena_fmt(s->arena, "/Namespace//%.*s", STR_ARG(item->namespace)));
	return found ? *found : NULL;
}

static bool gone_wrong(const struct kube_item *item)
{
	return item && item->ended && (item->outcome == KUBE_FAILED || item->outcome == KUBE_SKIPPED);
}

struct str kube_skip_reason(struct kube_session *s, const struct kube_item *item)
{
	const struct kube_item *namespace = namespace_of(s, item);
	if (gone_wrong(namespace))
		return arena_fmt(s->arena, "%.*s failed", STR_ARG(namespace->title));
	if (item->release->failure.n)
		return item->release->failure;
	const struct kube_item *crd = s->report->count[KUBE_FAILED] ? crd_of(s, item) : NULL;
	if (gone_wrong(crd))
		return arena_fmt(s->arena, "%.*s failed", STR_ARG(crd->title));
	return STR("");
}

/* --- looking --- */

static struct str media_type(const struct kube_item *item)
{
	return kube_is_crd(item->object) ? KUBE_METADATA : KUBE_JSON;
}

static void take_live(struct kube_item *item, const struct kube_reply *reply, const struct err *err)
{
	if (err->kind == ERR_NONE && value_find(reply->body, "metadata")) {
		item->live = value_copy(reply->body, item->session->arena);
		item->before = kube_live_of(reply->body, item->session->arena);
	} else if (reply->status == 404) {
		item->before = (struct kube_live){ .known = true };
	}
	/* Anything else will show again when it is applied; until then it is unknown. */
}

static bool fetch(struct kube_item *item, kube_done *done, struct err *err)
{
	struct kube_session *s = item->session;
	struct str path = kube_resource_path(item->resource, item->namespace, item->object->name, s->arena);
	return kube_client_start(s->client, &(struct kube_call){ .path = path, .accept = media_type(item) }, done, item, err);
}

static void look_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_item *item = ctx;
	take_live(item, reply, err);
	kube_session_ended(item->session);
}

bool kube_start_look(struct kube_session *s, struct kube_item *item, struct err *err)
{
	item->live = value_null();
	if (item->resource && item->object->name.n && !item->resource->defined_here)
		return fetch(item, look_done, err);
	kube_session_ended(s);
	return true;
}

/* --- applying --- */

struct str kube_apply_path(struct kube_session *s, const struct kube_item *item, const char *more)
{
	struct str path = kube_resource_path(item->resource, item->namespace, item->object->name, s->arena);
	return arena_fmt(s->arena, "%.*s?fieldManager=%s&fieldValidation=Strict%s%s", STR_ARG(path), KUBE_FIELD_MANAGER,
			 s->options.force_conflicts ? "&force=true" : "", more);
}

/* The manager out of a cause's 'conflict with "kubectl" using v1': `"kubectl" using v1`. */
static struct str manager_of(struct str message)
{
	return str_drop_prefix(message, STR("conflict with "));
}

static void explain_conflict(const struct kube_reply *reply, struct err *err)
{
	AUTO_BUF text = { 0 };
	size_t n = reply->causes.n;
	buf_addf(&text, "%zu field%s managed by others:", n, n == 1 ? " is" : "s are");
	for (size_t i = 0; i < n; i++) {
		struct str manager = manager_of(reply->causes.p[i].message);
		buf_addf(&text, "%s %.*s by %.*s", i ? "," : "", STR_ARG(reply->causes.p[i].field), STR_ARG(manager));
	}
	err_deinit(err);
	err_set(err, ERR_CONFLICT, "%.*s", STR_ARG(buf_str(&text)));
	err_hint(err, "--force-conflicts takes these fields over; or leave them out of the manifest");
}

/* The server's messages quote whole values. Says it again out of the causes, long values left out. */
static void shorten(const struct kube_reply *reply, struct err *err)
{
	AUTO_BUF text = { 0 };
	struct str all = str_c(err->message);
	size_t head = str_find(all, STR(" is invalid: "));
	enum err_kind kind = err->kind;
	buf_addf(&text, "%.*s", STR_ARG(str_slice(all, 0, head == STR_NPOS ? 0 : head + strlen(" is invalid: "))));
	for (size_t i = 0; i < reply->causes.n; i++) {
		struct str m = reply->causes.p[i].message;
		size_t tail = str_rfind(m, STR(": "));
		buf_addf(&text, "%s%.*s: ", i ? ", " : "", STR_ARG(reply->causes.p[i].field));
		if (m.n > VALUE_LONG && tail != STR_NPOS && str_starts(m, STR("Invalid value: ")))
			buf_addf(&text, "Invalid value: …%.*s", STR_ARG(str_slice(m, tail, m.n)));
		else
			buf_add(&text, m);
	}
	err_deinit(err);
	err_set(err, kind, "%.*s", STR_ARG(buf_str(&text)));
}

/* What the server's words mean for whoever wrote the manifest. */
#define CANNOT_CHANGE "this cannot change in place: delete the object, then apply again"
static const struct {
	const char *text, *hint;
} hints[] = {
	{ "field is immutable", CANNOT_CHANGE },
	{ "updates to statefulset spec for fields other than", CANNOT_CHANGE },
	{ "may not change once set", CANNOT_CHANGE },
	{ "cannot change roleRef", CANNOT_CHANGE },
	{ "updates to parameters are forbidden", CANNOT_CHANGE },
	{ "spec is immutable", CANNOT_CHANGE },
	{ "is being terminated", "wait until the namespace is gone, then apply again" },
	{ "field not declared in schema", "the kind has no such field in this version: look for a misspelling" },
	{ "unknown field", "the kind has no such field in this version: look for a misspelling" },
	{ "failed calling webhook", "the webhook's own service does not answer: it may not be running yet, or be left over from something that is gone" },
};

void kube_explain(struct kube_session *s UNUSED, const struct kube_reply *reply, struct err *err)
{
	if (reply->status == 409 && reply->causes.n && str_eq_c(reply->causes.p[0].reason, "FieldManagerConflict")) {
		explain_conflict(reply, err);
		return;
	}
	if (err->message && strlen(err->message) > MESSAGE_LONG && reply->causes.n)
		shorten(reply, err);
	for (size_t i = 0; reply->status && err->message && i < ARRAY_LEN(hints); i++)
		if (str_contains(str_c(err->message), str_c(hints[i].text)))
			err_hint(err, "%s", hints[i].hint);
	if (reply->status == 404 && err->message && str_starts(str_c(err->message), STR("namespaces \"")))
		err_hint(err, "the namespace is neither in the cluster nor among these objects");
}

/* What of an object somebody may mean; its generation only where there is nothing else to go by. */
static struct value meant(struct value object, struct arena *a)
{
	static const char *const own[] = { "managedFields", "resourceVersion", "generation" };
	bool partial = str_eq_c(value_find_str(object, "kind"), "PartialObjectMetadata");
	struct value *metadata = value_map_get(object, STR("metadata")), out = value_copy(object, a);
	struct value m = value_map_new(a);
	for (size_t i = 0; metadata && i < value_map_len(*metadata); i++)
		value_map_set(m, map_key(metadata->map, i), *value_map_at(*metadata, i));
	for (size_t i = 0; i < ARRAY_LEN(own) - partial; i++)
		value_map_remove(m, str_c(own[i]));
	value_map_set(out, STR("metadata"), m);
	value_map_remove(out, STR("status"));
	return out;
}

/* Whether our apply changed the object. */
static enum kube_outcome outcome_of(const struct kube_session *s, const struct kube_item *item, const struct kube_reply *reply)
{
	const struct kube_record_row *row = map_find(&s->record.rows, item->id);
	if (reply->status == 201)
		return KUBE_CREATED;
	if (item->live.kind != VAL_MAP) /* we may write, but not read it */
		return row && str_eq(row->resource_version, item->after.resource_version) ? KUBE_UNCHANGED : KUBE_CHANGED;
	struct arena a = { 0 };
	bool same = value_equal(meant(item->live, &a), meant(reply->body, &a));
	arena_deinit(&a);
	return same ? KUBE_UNCHANGED : KUBE_CHANGED;
}

static bool retry_apply(struct kube_item *item, const struct kube_reply *reply)
{
	struct kube_session *s = item->session;
	bool not_served = reply->status == 404 && !reply->reason.n && item->resource->defined_here;
	bool raced = reply->status == 409 && !reply->causes.n && (str_eq_c(reply->reason, "Conflict") || str_eq_c(reply->reason, "AlreadyExists"));
	if ((!not_served || item->tries >= SERVED_TRIES) && (!raced || item->tries >= RACE_TRIES))
		return false;
	item->tries++;
	kube_session_delay(s, item, SERVED_WAIT_MS);
	return true;
}

static void apply_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_item *item = ctx;
	struct kube_session *s = item->session;
	if (err->kind != ERR_NONE) {
		if (err->kind != ERR_CANCELLED && retry_apply(item, reply))
			return;
		kube_explain(s, reply, err);
		kube_item_end(item, s->report, &s->options.watcher, KUBE_FAILED, err);
	} else {
		item->after = kube_live_of(reply->body, s->arena);
		kube_item_end(item, s->report, &s->options.watcher, outcome_of(s, item, reply), NULL);
	}
	kube_session_ended(s);
}

static bool send_apply(struct kube_item *item, struct err *err)
{
	struct kube_session *s = item->session;
	AUTO_BUF body = { 0 };
	if (!kube_item_body(item, &body, err))
		return false;
	const struct kube_call call = {
		.method = STR("PATCH"),
		.path = kube_apply_path(s, item, ""),
		.accept = media_type(item),
		.content_type = KUBE_APPLY,
		.body = buf_str(&body),
	};
	return kube_client_start(s->client, &call, apply_done, item, err);
}

static void fetched(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_item *item = ctx;
	AUTO_ERR own = { 0 };
	take_live(item, reply, err);
	if (err->kind != ERR_CANCELLED && send_apply(item, &own))
		return;
	kube_item_end(item, item->session->report, &item->session->options.watcher, KUBE_FAILED, own.kind ? &own : err);
	kube_session_ended(item->session);
}

bool kube_start_apply(struct kube_session *s, struct kube_item *item, struct err *err)
{
	struct str reason = kube_skip_reason(s, item);
	if (reason.n) {
		AUTO_ERR why = { 0 };
		err_set(&why, ERR_FAILED, "%.*s", STR_ARG(reason));
		kube_item_end(item, s->report, &s->options.watcher, KUBE_SKIPPED, &why);
		kube_session_ended(s);
		return true;
	}
	const struct kube_object *o = item->object;
	if (!item->resource && !kube_discovery_get(&s->discovery, o->api_version, o->kind, &item->resource, err))
		return false;
	if (!o->name.n)
		return err_set(err, ERR_FAILED, "from %.*s: cannot use generate name with apply", STR_ARG(o->generate_name));
	bool looked = item->before.known || item->resource->defined_here;
	return looked ? send_apply(item, err) : fetch(item, fetched, err);
}

/* --- waiting --- */

static bool look_ready(void *ctx, struct value object, struct arena *a, struct err *err)
{
	struct kube_item *item = ctx;
	struct str why = STR("it does not exist");
	enum kube_readiness ready = object.kind == VAL_MAP ? kube_ready(object, a, &why) : KUBE_NOT_READY;
	if (ready == KUBE_READY)
		return true;
	if (ready == KUBE_NEVER_READY)
		err_set(err, ERR_FAILED, "%.*s", STR_ARG(why));
	if (!str_eq(item->why, why))
		item->why = arena_str(item->session->arena, why);
	return false;
}

static void wait_end(void *ctx, struct err *err)
{
	struct kube_item *item = ctx;
	struct kube_session *s = item->session;
	if (err->kind == ERR_TIMEOUT && item->why.n) {
		err_deinit(err);
		err_set(err, ERR_TIMEOUT, "not ready within %u s: %.*s", s->options.timeout_ms / 1000, STR_ARG(item->why));
	}
	if (err->kind != ERR_NONE)
		kube_item_end(item, s->report, &s->options.watcher, KUBE_FAILED, err);
	kube_session_ended(s);
}

bool kube_start_wait(struct kube_session *s, struct kube_item *item, struct err *err)
{
	const struct kube_watch_options options = {
		.resource = item->resource,
		.namespace = item->namespace,
		.name = item->object->name,
		.timeout_ms = s->options.timeout_ms,
		.look = look_ready,
		.end = wait_end,
		.ctx = item,
	};
	return kube_watch_start(s->client, &options, err);
}
