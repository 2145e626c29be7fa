/*
 * client.h: requests to one API server: credentials, failures as Kubernetes tells them, many requests side by side on one connection.
 *
 * A call starts, runs while kube_client_run is called, and ends by calling back; kube_client_do does all that for one. What the server says when it refuses (a Status object)
 * becomes the error: its kind by the reason, its message as the server wrote it. No error holds a credential.
 */
#ifndef KUBE_CLIENT_H
#define KUBE_CLIENT_H

#include "data/value.h"
#include "kube/config.h"

struct kube_client;

/* `config` and `environ` are borrowed. No request is made yet. */
MUST_CHECK bool kube_client_new(const struct kube_config *config, char *const *environ, struct kube_client **out, struct err *err);
/* Ends calls that still run as kube_client_cancel_all does. Takes NULL. */
void kube_client_free(struct kube_client *client);

/* A line of a stream (a watch): one JSON object. Returns false with err set, or unset where the stream has served its purpose, to end the call. */
typedef bool kube_line(void *ctx, struct str line, struct err *err);

struct kube_call {
	struct str method;        /* empty: GET */
	struct str path;          /* "/api/v1/namespaces/x?dryRun=All" */
	struct str accept;        /* empty: application/json */
	struct str content_type, body;
	uint32_t timeout_ms;      /* 0: KUBE_REQUEST_TIMEOUT_MS */
	uint32_t retries;         /* 0: KUBE_RETRIES */
	kube_line *line;          /* takes the answer line by line instead of the reply; then there is no time-out but timeout_ms */
	void *line_ctx;
};
#define KUBE_REQUEST_TIMEOUT_MS 30000
/* Further tries of a request that the server was too busy for, or that was lost. */
#define KUBE_RETRIES 4
/* One line of a watch, or one answer. */
#define KUBE_REPLY_MAX ((size_t)64 << 20)

/* One field that somebody else manages, out of a conflict; or a field that is wrong. */
struct kube_cause {
	struct str reason, field, message;
};

struct kube_reply {
	struct arena *arena;      /* of everything below; ends with the callback */
	int status;               /* of HTTP; 0: no answer */
	uint32_t tries;
	struct value body;        /* the answer; null where it is no JSON */
	struct str reason;        /* of a Status: "NotFound", "Conflict", "AlreadyExists" …; empty where the server sent none */
	VEC(struct kube_cause) causes;
};

/* The end of a call. `err` is set where it failed: then `reply` has what the server said. */
typedef void kube_done(void *ctx, struct kube_reply *reply, struct err *err);

/* Starts a call; the strings of `call` are copied. The callback may start others. */
MUST_CHECK bool kube_client_start(struct kube_client *client, const struct kube_call *call, kube_done *done, void *ctx, struct err *err);
/* Ends all calls: each calls back with ERR_CANCELLED. Until it returns no call can be started. */
void kube_client_cancel_all(struct kube_client *client);
/* Runs the calls for at most `wait_ms`; *running is how many have not ended. */
MUST_CHECK bool kube_client_run(struct kube_client *client, int wait_ms, size_t *running, struct err *err);

/* One call, its answer in `a`. */
MUST_CHECK bool kube_client_do(struct kube_client *client, const struct kube_call *call, struct arena *a, struct value *out, struct err *err);

/* Media types. */
#define KUBE_JSON STR("application/json")
#define KUBE_APPLY STR("application/apply-patch+yaml")
/* Metadata only; for lists of objects see KUBE_METADATA_LIST. */
#define KUBE_METADATA STR("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json")

#endif
