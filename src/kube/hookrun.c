/*
 * hookrun.c: the hooks of each release are a small state machine that the client's callbacks drive; releases run side by side, the hooks of one release one after
 * another, as Helm runs them (measured on Helm 3.19):
 *
 *   - a hook with the policy before-hook-creation is deleted and waited for to be gone, then created; others that exist already are an error;
 *   - Jobs and Pods are waited for until they have ended, all else is done when it is created;
 *   - when all have gone well, those with hook-succeeded are deleted, the last first; when one fails it is deleted if it has hook-failed, and of
 *     those before it the ones with hook-succeeded.
 *
 * CustomResourceDefinitions are never deleted.
 */
#include "kube/session.h"

#include "data/json.h"
#include "kube/order.h"
#include "kube/ready.h"
#include "kube/watch.h"

struct hook_run {
	struct kube_session *session;
	struct kube_release *release;
	kube_hooks hooks;
	size_t at;                             /* the hook at work */
	const struct kube_resource *resource;  /* its kind */
	struct str name;                       /* its name, the server's where it is generated */
	struct str why;
	size_t deleting;                       /* deletions that have not ended, at the end of the run */
	size_t *busy;                          /* runs that have not ended */
};

static void begin_hook(struct hook_run *run);

static const struct kube_object *object_of(const struct hook_run *run)
{
	return run->hooks.p[run->at].object;
}

static struct str delete_path(struct hook_run *run, const struct kube_resource *r, struct str namespace, struct str name)
{
	return kube_resource_path(r, namespace, name, run->session->arena);
}

#define DELETE_BODY STR("{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":\"Background\"}")

static struct kube_call delete_call(struct str path)
{
	return (struct kube_call){ .method = STR("DELETE"), .path = path, .content_type = KUBE_JSON, .body = DELETE_BODY };
}

/* --- the end of a run: deletions by policy --- */

static void deletion_done(void *ctx, struct kube_reply *reply UNUSED, struct err *err UNUSED)
{
	/* As Helm: that a finished hook could not be removed does not undo what it did. */
	struct hook_run *run = ctx;
	if (--run->deleting == 0)
		--*run->busy;
}

static void delete_by_policy(struct hook_run *run, size_t i, enum kube_delete_policy policy)
{
	const struct kube_hook *h = &run->hooks.p[i];
	const struct kube_resource *r = kube_discovery_find(&run->session->discovery, h->object->api_version, h->object->kind);
	AUTO_ERR ignored = { 0 };
	if (!(h->policies & policy) || kube_is_crd(h->object) || !h->object->name.n || !r)
		return;
	struct kube_call call = delete_call(delete_path(run, r, h->object->namespace, h->object->name));
	run->deleting++;
	if (!kube_client_start(run->session->client, &call, deletion_done, run, &ignored))
		run->deleting--;
}

/* Deletes what the policies of the first `n` hooks say after success, the last first, then ends. */
static void end_run(struct hook_run *run, size_t n)
{
	run->deleting++; /* this function's own hold */
	while (n--)
		delete_by_policy(run, n, KUBE_HOOK_SUCCEEDED);
	deletion_done(run, NULL, NULL);
}

static void report(struct hook_run *run, enum kube_outcome outcome, const struct err *err)
{
	struct str title = kube_object_title(run->session->arena, object_of(run));
	kube_report_add(run->session->report, &run->session->options.watcher, outcome, arena_concat(run->session->arena, STR("hook "), title),
			err);
}

static void fail(struct hook_run *run, struct err *err)
{
	struct kube_session *s = run->session;
	report(run, KUBE_FAILED, err);
	run->release->failure = arena_fmt(s->arena, "hook %.*s failed", STR_ARG(kube_object_title(s->arena, object_of(run))));
	run->deleting++;
	delete_by_policy(run, run->at, KUBE_HOOK_FAILED);
	run->deleting--;
	end_run(run, run->at);
}

static void next_hook(struct hook_run *run)
{
	report(run, KUBE_HOOK, NULL);
	run->at++;
	begin_hook(run);
}

/* --- one hook --- */

static bool look_ended(void *ctx, struct value object, struct arena *a, struct err *err)
{
	struct hook_run *run = ctx;
	struct str why = STR("it does not exist");
	if (object.kind != VAL_MAP)
		return false;
	enum kube_readiness ready = kube_hook_ended(object, a, &why);
	if (ready == KUBE_NEVER_READY)
		err_set(err, ERR_FAILED, "%.*s", STR_ARG(why));
	if (ready == KUBE_NOT_READY && !str_eq(run->why, why))
		run->why = arena_str(run->session->arena, why);
	return ready == KUBE_READY;
}

static void hook_ended(void *ctx, struct err *err)
{
	struct hook_run *run = ctx;
	if (err->kind == ERR_TIMEOUT) {
		err_deinit(err);
		err_set(err, ERR_TIMEOUT, "not finished within %u s: %.*s", run->session->options.timeout_ms / 1000, STR_ARG(run->why));
	}
	if (err->kind != ERR_NONE)
		fail(run, err);
	else
		next_hook(run);
}

static bool start_watch(struct hook_run *run, kube_watch_look *look, kube_watch_end *end, struct err *err)
{
	const struct kube_watch_options options = {
		.resource = run->resource,
		.namespace = object_of(run)->namespace,
		.name = run->name,
		.timeout_ms = run->session->options.timeout_ms,
		.look = look,
		.end = end,
		.ctx = run,
	};
	return kube_watch_start(run->session->client, &options, err);
}

static void created(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct hook_run *run = ctx;
	struct kube_session *s = run->session;
	bool ours = err->kind != ERR_NONE && reply->tries > 1 && str_eq_c(reply->reason, "AlreadyExists"); /* a lost answer, tried again */
	if (err->kind != ERR_NONE && !ours) {
		kube_explain(s, reply, err);
		fail(run, err);
		return;
	}
	if (!ours)
		run->name = arena_str(s->arena, value_find_str(reply->body, "metadata.name"));
	err_deinit(err);
	kube_doing(&s->options.watcher, "hook %.*s", STR_ARG(kube_object_title(s->arena, object_of(run))));
	if (!str_eq_c(object_of(run)->kind, "Job") && !str_eq_c(object_of(run)->kind, "Pod"))
		next_hook(run);
	else if (!start_watch(run, look_ended, hook_ended, err))
		fail(run, err);
}

static void create(struct hook_run *run)
{
	struct kube_session *s = run->session;
	AUTO_BUF body = { 0 };
	AUTO_ERR err = { 0 };
	struct str path = kube_resource_path(run->resource, object_of(run)->namespace, STR(""), s->arena);
	struct kube_call call = {
		.method = STR("POST"),
		.path = arena_concat(s->arena, path, STR("?fieldManager=" KUBE_FIELD_MANAGER "&fieldValidation=Strict")),
		.content_type = KUBE_JSON,
	};
	bool ok = json_write(object_of(run)->value, NULL, &body, &err);
	call.body = buf_str(&body);
	if (!ok || !kube_client_start(s->client, &call, created, run, &err))
		fail(run, &err);
}

static bool look_gone(void *ctx UNUSED, struct value object, struct arena *a UNUSED, struct err *err UNUSED)
{
	return object.kind != VAL_MAP;
}

static void gone(void *ctx, struct err *err)
{
	if (err->kind != ERR_NONE)
		fail(ctx, err);
	else
		create(ctx);
}

static void deleted(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct hook_run *run = ctx;
	if (reply->status == 404) {
		create(run);
	} else if (err->kind != ERR_NONE) {
		fail(run, err);
	} else {
		if (!start_watch(run, look_gone, gone, err))
			fail(run, err);
	}
}

static void begin_hook(struct hook_run *run)
{
	struct kube_session *s = run->session;
	AUTO_ERR err = { 0 };
	if (run->at == run->hooks.n) {
		end_run(run, run->hooks.n);
		return;
	}
	const struct kube_object *o = object_of(run);
	run->name = o->name;
	run->why = STR("it has not begun");
	if (!kube_discovery_get(&s->discovery, o->api_version, o->kind, &run->resource, &err)) {
		fail(run, &err);
		return;
	}
	if (!(run->hooks.p[run->at].policies & KUBE_BEFORE_CREATION) || !o->name.n || kube_is_crd(o)) {
		create(run);
		return;
	}
	struct kube_call call = delete_call(delete_path(run, run->resource, o->namespace, o->name));
	if (!kube_client_start(s->client, &call, deleted, run, &err))
		fail(run, &err);
}

/* --- all releases --- */

static enum kube_event event_of(const struct kube_release *r, enum kube_when when)
{
	if (when == KUBE_BEFORE)
		return r->upgrade ? KUBE_PRE_UPGRADE : KUBE_PRE_INSTALL;
	return r->upgrade ? KUBE_POST_UPGRADE : KUBE_POST_INSTALL;
}

bool kube_run_hooks(struct kube_session *s, enum kube_when when, struct err *err)
{
	size_t busy = 0;
	for (size_t i = 0; i < map_len(&s->plan.releases); i++) {
		struct kube_release *r = *(struct kube_release **)map_at(&s->plan.releases, i);
		if (r->failure.n)
			continue;
		struct hook_run *run = arena_new(s->arena, struct hook_run);
		run->session = s;
		run->release = r;
		run->busy = &busy;
		kube_hooks_plan(s->plan.hooks, s->plan.hook_count, r->name, event_of(r, when), s->arena, &run->hooks);
		if (!run->hooks.n)
			continue;
		busy++;
		begin_hook(run);
	}
	return kube_session_run(s, &busy, err);
}
