/*
 * apply.c: server-side apply of one item, and how its outcome is told exactly with as few requests as can be.
 *
 * The server gives an object a new resourceVersion exactly if something of it changed, so "unchanged" needs the version from before. Where our last apply is on
 * record, that is known without asking. A status that was written since moves the version too; then our own entry in managedFields decides: its time moves exactly if
 * an apply of ours changed something. That time counts seconds: within a second of the last apply, and without a record, the metadata is fetched first
 * (kube_start_look). Answers are asked for as metadata only.
 *
 * Custom resources are the exception: where a definition prunes a field that the manifest has, the server counts each apply as a change though nothing is different
 * afterwards. Those (few, and small) are fetched whole, and compared.
 */
#include "kube/session.h"

#include <string.h>

#include "base/sha256.h"
#include "data/json.h"
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

static void look_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_item *item = ctx;
	if (err->kind == ERR_NONE)
		item->before = kube_live_of(reply->body, item->session->arena);
	else if (reply->status == 404)
		item->before = (struct kube_live){ .known = true };
	/* Anything else will show again when it is applied; until then it is unknown. */
	kube_session_ended(item->session);
}

bool kube_start_look(struct kube_session *s, struct kube_item *item, struct err *err)
{
	if (!item->resource || !item->object->name.n || item->resource->defined_here) {
		kube_session_ended(s);
		return true;
	}
	struct str path = kube_resource_path(item->resource, item->namespace, item->object->name, s->arena);
	return kube_client_start(s->client, &(struct kube_call){ .path = path, .accept = KUBE_METADATA }, look_done, item, NULL, err);
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
	err_set(err, ERR_CONFLICT, "%s", text.p);
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
	err_set(err, kind, "%s", text.p);
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

/* Whether objects of this kind are made by a CustomResourceDefinition: all groups of Kubernetes itself have no dot or end in k8s.io. */
static bool is_custom(const struct kube_item *item)
{
	struct str group, version;
	kube_split_api_version(item->object->api_version, &group, &version);
	return str_find_char(group, '.') != STR_NPOS && !str_ends(group, STR(".k8s.io"));
}

/* Whether the two say the same, but for what the server keeps of its own accord. */
static bool same_content(struct value before, struct value after)
{
	static const char *const own[] = { "managedFields", "resourceVersion", "generation" };
	struct value m[2] = { *value_map_get(before, STR("metadata")), *value_map_get(after, STR("metadata")) };
	struct arena a = { 0 };
	bool same = true;
	for (int i = 0; i < 2; i++) {
		m[i] = value_copy(m[i], &a);
		for (size_t k = 0; k < ARRAY_LEN(own); k++)
			value_map_remove(m[i], str_c(own[k]));
	}
	same = value_equal(m[0], m[1]);
	const struct value sides[] = { before, after };
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; same && k < value_map_len(sides[i]); k++) {
			struct str key = map_key(sides[i].map, k);
			struct value *other = value_map_get(sides[!i], key);
			same = str_eq_c(key, "metadata") || str_eq_c(key, "status") || (other && value_equal(*value_map_at(sides[i], k), *other));
		}
	arena_deinit(&a);
	return same;
}

/* Whether our apply changed the object, by what was known of it before. */
static enum kube_outcome outcome_of(const struct kube_session *s, const struct kube_item *item, int status)
{
	const struct kube_live *before = &item->before, *after = &item->after;
	const struct kube_record_row *row = map_find(&s->record.rows, item->id);
	if (status == 201)
		return KUBE_CREATED;
	/* Who owns no field changes none: a Namespace of nothing but its name. The server's own bookkeeping may move the version then. */
	if (!after->ours && !before->ours && (!row || !row->applied_at.n))
		return KUBE_UNCHANGED;
	if (before->known) {
		/* The same entry under another version: somebody wrote a status in between. Unless we sent something else within its second. */
		bool same = before->exists && str_eq(before->resource_version, after->resource_version);
		bool same_entry = before->ours && str_eq(before->applied_at, after->applied_at) && str_eq(before->fields, after->fields);
		bool same_sent = !row || !row->digest.n || str_eq(row->digest, item->digest);
		return same || (same_entry && same_sent) ? KUBE_UNCHANGED : KUBE_CHANGED;
	}
	if (!row || !str_eq(row->uid, after->uid))
		return KUBE_CHANGED;
	if (str_eq(row->resource_version, after->resource_version))
		return KUBE_UNCHANGED;
	return str_eq(row->applied_at, after->applied_at) && str_eq(row->digest, item->digest) ? KUBE_UNCHANGED : KUBE_CHANGED;
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
		bool compared = reply->status == 200 && item->live.kind == VAL_MAP;
		enum kube_outcome outcome = !compared ? outcome_of(s, item, reply->status) :
					    same_content(item->live, reply->body) ? KUBE_UNCHANGED : KUBE_CHANGED;
		kube_item_end(item, s->report, &s->options.watcher, outcome, NULL);
	}
	kube_session_ended(s);
}

static bool send_apply(struct kube_item *item, struct err *err)
{
	struct kube_session *s = item->session;
	AUTO_BUF body = { 0 };
	if (!kube_item_body(item, &body, err))
		return false;
	char hex[DIGEST_HEX_LEN + 1];
	struct digest digest = sha256_of(buf_str(&body));
	digest_hex(&digest, hex);
	item->digest = arena_str(s->arena, str_c(hex));
	const struct kube_call call = {
		.method = STR("PATCH"),
		.path = kube_apply_path(s, item, ""),
		.accept = item->live.kind == VAL_MAP ? KUBE_JSON : KUBE_METADATA,
		.content_type = KUBE_APPLY,
		.body = buf_str(&body),
	};
	return kube_client_start(s->client, &call, apply_done, item, NULL, err);
}

static void whole_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_item *item = ctx;
	AUTO_ERR own = { 0 };
	if (err->kind == ERR_NONE && reply->body.kind == VAL_MAP && value_map_get(reply->body, STR("metadata")))
		item->live = value_copy(reply->body, item->session->arena);
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
	if (!is_custom(item) || item->resource->defined_here || (item->before.known && !item->before.exists))
		return send_apply(item, err);
	struct str path = kube_resource_path(item->resource, item->namespace, o->name, s->arena);
	return kube_client_start(s->client, &(struct kube_call){ .path = path }, whole_done, item, NULL, err);
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
