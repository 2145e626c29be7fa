/*
 * watch.h: waits until one object is in the state that its watcher wants, told by the server's own events: a list, then a watch from where the list
 * stood, anew where the server ends it.
 */
#ifndef KUBE_WATCH_H
#define KUBE_WATCH_H

#include "kube/discovery.h"

struct kube_watch;

/* Looks at the object, or at null while it does not exist. Returns true when the wait is over; with err set it has failed. `a` lasts for the call. */
typedef bool kube_watch_look(void *ctx, struct value object, struct arena *a, struct err *err);
/* The end; `err` is set where it failed: by the watcher, by the server, or ERR_TIMEOUT. The watch is gone then. */
typedef void kube_watch_end(void *ctx, struct err *err);

struct kube_watch_options {
	const struct kube_resource *resource; /* borrowed */
	struct str namespace, name;           /* copied */
	uint32_t timeout_ms;
	kube_watch_look *look;
	kube_watch_end *end;
	void *ctx;
};

/* Starts; runs with its client's calls. */
MUST_CHECK bool kube_watch_start(struct kube_client *client, const struct kube_watch_options *options, struct err *err);

/* Milliseconds of a clock that only goes forward. */
int64_t kube_now_ms(void);

#endif
