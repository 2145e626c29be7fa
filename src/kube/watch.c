/*
 * watch.c: LIST, then WATCH with the list's resourceVersion, so that no event is missed between the two. A watch that ends early (the server's own time limit,
 * "410 Gone", a lost connection) starts over with a list.
 */
#include "kube/watch.h"

#include <stdlib.h>
#include <time.h>

#include "data/json.h"
#include "ext/http.h"

/* Streams that end without any event, one after another, before we give up: a proxy in between that cannot stream. */
#define RESTARTS_MAX 50

struct kube_watch {
	struct kube_client *client;
	struct kube_watch_options o;
	struct arena arena;
	struct str path;       /* with the field selector */
	int64_t deadline;
	uint32_t restarts;
	bool over;
	struct err err;        /* how it ended, where `over` */
};

int64_t kube_now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void finish(struct kube_watch *w, struct err *err)
{
	w->o.end(w->o.ctx, err);
	err_deinit(&w->err);
	arena_deinit(&w->arena);
	free(w);
}

/* Shows the object to the watcher. True where the wait is over; how is in w->err. */
static bool look(struct kube_watch *w, struct value object, struct arena *a)
{
	if (object.kind == VAL_MAP && !value_map_get(object, STR("kind"))) {
		value_map_set(object, STR("kind"), value_str(w->o.resource->kind));
		value_map_set(object, STR("apiVersion"), value_str(w->o.resource->api_version));
	}
	w->over = w->o.look(w->o.ctx, object, a, &w->err) || w->err.kind != ERR_NONE;
	return w->over;
}

static bool take_event(void *ctx, struct str line, struct err *err)
{
	struct kube_watch *w = ctx;
	struct arena a = { 0 };
	struct value event;
	bool ok = json_parse(line, &(struct json_read_options){ .numbers = JSON_INTS }, &a, &event, err);
	if (ok) {
		struct str type = value_find_str(event, "type");
		struct value *object = value_map_get(event, STR("object"));
		w->restarts = 0;
		if (str_eq_c(type, "ADDED") || str_eq_c(type, "MODIFIED"))
			ok = !look(w, object ? *object : value_null(), &a);
		else if (str_eq_c(type, "DELETED"))
			ok = !look(w, value_null(), &a);
		else if (str_eq_c(type, "ERROR"))
			ok = false;
	}
	arena_deinit(&a);
	return ok;
}

static bool start_list(struct kube_watch *w, struct err *err);

static void stream_done(void *ctx, struct kube_reply *reply UNUSED, struct err *err)
{
	struct kube_watch *w = ctx;
	AUTO_ERR own = { 0 };
	if (w->over) {
		finish(w, &w->err);
		return;
	}
	bool lost = err->kind == ERR_NONE || err->kind == ERR_NETWORK || err->kind == ERR_TIMEOUT || err->kind == ERR_NOT_FOUND;
	if (kube_now_ms() >= w->deadline) {
		err_set(&own, ERR_TIMEOUT, "not ready in time");
	} else if (!lost || ++w->restarts > RESTARTS_MAX) {
		if (err->kind != ERR_NONE)
			err_move(&own, err);
		else
			err_set(&own, ERR_NETWORK, "the server ends every watch at once");
	} else if (start_list(w, &own)) {
		return;
	}
	finish(w, &own);
}

static bool start_stream(struct kube_watch *w, struct str version, struct err *err)
{
	int64_t left = MAX(w->deadline - kube_now_ms(), 1);
	AUTO_BUF path = { 0 };
	buf_addf(&path, "%.*s&watch=true&timeoutSeconds=%ld&resourceVersion=", STR_ARG(w->path), (long)(left / 1000 + 1));
	http_escape(&path, version);
	const struct kube_call call = { .path = buf_str(&path), .timeout_ms = (uint32_t)left, .line = take_event, .line_ctx = w };
	return kube_client_start(w->client, &call, stream_done, w, err);
}

static void list_done(void *ctx, struct kube_reply *reply, struct err *err)
{
	struct kube_watch *w = ctx;
	AUTO_ERR own = { 0 };
	if (err->kind != ERR_NONE) {
		err_move(&own, err);
		finish(w, &own);
		return;
	}
	struct value *items = value_map_get(reply->body, STR("items"));
	bool present = items && items->kind == VAL_LIST && items->list->n;
	if (look(w, present ? items->list->p[0] : value_null(), reply->arena)) {
		finish(w, &w->err);
		return;
	}
	if (kube_now_ms() >= w->deadline)
		err_set(&own, ERR_TIMEOUT, "not ready in time");
	else if (start_stream(w, value_find_str(reply->body, "metadata.resourceVersion"), &own))
		return;
	finish(w, &own);
}

static bool start_list(struct kube_watch *w, struct err *err)
{
	return kube_client_start(w->client, &(struct kube_call){ .path = w->path }, list_done, w, err);
}

bool kube_watch_start(struct kube_client *client, const struct kube_watch_options *options, struct err *err)
{
	struct kube_watch *w = xcalloc(1, sizeof(*w));
	w->client = client;
	w->o = *options;
	w->deadline = kube_now_ms() + options->timeout_ms;
	AUTO_BUF path = { 0 };
	buf_add(&path, kube_resource_path(options->resource, options->namespace, STR(""), &w->arena));
	buf_add_c(&path, "?fieldSelector=metadata.name%3D");
	http_escape(&path, options->name);
	w->path = buf_to_arena(&path, &w->arena);
	if (start_list(w, err))
		return true;
	arena_deinit(&w->arena);
	free(w);
	return false;
}
