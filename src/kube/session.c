/*
 * session.c: the loop. Items wait in a list, run as calls of the client, and end in callbacks; the loop only starts what there is room for and lets
 * the client work.
 */
#include "kube/session.h"

#include <poll.h>

#include "kube/watch.h"

/* The longest that the loop does not look at the cancel flag. */
#define TURN_MS 100

void kube_session_ended(struct kube_session *s)
{
	s->running--;
}

void kube_session_delay(struct kube_session *s, struct kube_item *item, int64_t ms)
{
	item->retry_at = kube_now_ms() + ms;
	vec_push_in(&s->delayed, s->arena, item);
	s->running--;
}

static void start(struct kube_session *s, struct kube_item *item, kube_item_fn *fn)
{
	AUTO_ERR err = { 0 };
	s->running++;
	if (fn(s, item, &err))
		return;
	s->running--;
	kube_item_end(item, s->report, &s->options.watcher, KUBE_FAILED, &err);
}

/* Starts the delayed items whose time has come; returns how long until the next one's, at most TURN_MS. */
static int start_delayed(struct kube_session *s, kube_item_fn *fn)
{
	int64_t now = kube_now_ms(), wait = TURN_MS;
	for (size_t i = 0; i < s->delayed.n;) {
		struct kube_item *item = s->delayed.p[i];
		if (item->retry_at > now) {
			wait = MIN(wait, item->retry_at - now);
			i++;
			continue;
		}
		s->delayed.p[i] = s->delayed.p[--s->delayed.n];
		start(s, item, fn);
	}
	return (int)wait;
}

static bool stop(struct kube_session *s)
{
	kube_client_cancel_all(s->client);
	s->delayed.n = 0;
	return false;
}

bool kube_session_each(struct kube_session *s, const kube_item_list *items, uint32_t parallel, kube_item_fn *fn, struct err *err)
{
	size_t cap = parallel ? parallel : s->options.parallel, running;
	for (size_t next = 0;;) {
		int wait = start_delayed(s, fn);
		while (next < items->n && s->running < cap)
			start(s, items->p[next++], fn);
		if (!s->running && !s->delayed.n && next == items->n)
			return true;
		if (!kube_check_cancel(&s->options.watcher, err))
			return stop(s);
		if (!s->running && s->delayed.n)
			poll(NULL, 0, wait);
		else if (s->running && !kube_client_run(s->client, wait, &running, err))
			return stop(s);
	}
}

bool kube_session_run(struct kube_session *s, const size_t *busy, struct err *err)
{
	size_t running;
	while (*busy)
		if (!kube_check_cancel(&s->options.watcher, err) || !kube_client_run(s->client, TURN_MS, &running, err))
			return stop(s);
	return true;
}

struct kube_live kube_live_of(struct value object, struct arena *a)
{
	struct kube_live live = {
		.known = true,
		.exists = true,
		.uid = arena_str(a, value_find_str(object, "metadata.uid")),
		.resource_version = arena_str(a, value_find_str(object, "metadata.resourceVersion")),
		.applied_at = STR(""),
	};
	struct value *entries = value_find(object, "metadata.managedFields");
	for (size_t i = 0; entries && entries->kind == VAL_LIST && i < entries->list->n; i++) {
		struct value entry = entries->list->p[i];
		if (!str_eq_c(value_find_str(entry, "manager"), KUBE_FIELD_MANAGER) ||
		    !str_eq_c(value_find_str(entry, "operation"), "Apply") || value_find_str(entry, "subresource").n)
			continue;
		live.ours = true;
		live.applied_at = arena_str(a, value_find_str(entry, "time"));
	}
	return live;
}
