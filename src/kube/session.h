/*
 * session.h: one apply or diff at work on a cluster: the plan, what is known of the cluster, and the loop that runs operations on many items side by
 * side. Used by the cluster target's files only (cluster.c, apply.c, hookrun.c, prune.c, diff.c).
 */
#ifndef KUBE_SESSION_H
#define KUBE_SESSION_H

#include "kube/plan.h"
#include "kube/record.h"

struct kube_session {
	struct kube_client *client;
	struct arena *arena;
	const struct kube_set *set;
	struct kube_apply_options options; /* defaults filled in */
	struct kube_discovery discovery;
	struct kube_plan plan;
	struct kube_record record;
	struct kube_report *report;
	size_t running;                    /* operations that have not ended */
	VEC(struct kube_item *) delayed;   /* to be started again at their retry_at */
};

/* Starts an operation on an item. It calls kube_session_ended when it is over. False: it did not start, and err is the item's failure. */
typedef bool kube_item_fn(struct kube_session *s, struct kube_item *item, struct err *err);
void kube_session_ended(struct kube_session *s);
/* The operation shall be started again in `ms`; it counts as ended for now. */
void kube_session_delay(struct kube_session *s, struct kube_item *item, int64_t ms);
/* Runs `start` on each item, `parallel` at once (0: the options'), until all are over. False only for ERR_CANCELLED and failures of the loop itself; then no
 * operation runs any more. */
MUST_CHECK bool kube_session_each(struct kube_session *s, const kube_item_list *items, uint32_t parallel, kube_item_fn *start,
				  struct err *err);
/* Runs until `*busy` is 0: for state machines that count themselves. */
MUST_CHECK bool kube_session_run(struct kube_session *s, const size_t *busy, struct err *err);

/* Copies what metadata says into `a`. */
struct kube_live kube_live_of(struct value object, struct arena *a);

/* apply.c: looks for live objects by their metadata; applies; waits until ready. */
kube_item_fn kube_start_look, kube_start_apply, kube_start_wait;
/* Why the item must not be tried now, or empty. */
struct str kube_skip_reason(struct kube_session *s, const struct kube_item *item);
/* An error whose conflict is told field by field, with hints. For failed applies. */
void kube_explain(struct kube_session *s, const struct kube_reply *reply, struct err *err);
/* Path of the object with the query of a server-side apply. */
struct str kube_apply_path(struct kube_session *s, const struct kube_item *item, const char *more);

/* diff.c: fetches `live` and `wanted`, whole. */
kube_item_fn kube_start_compare;
/* Whether the two differ, managedFields and such aside. */
bool kube_item_differs(const struct kube_item *item);

/* hookrun.c: runs the hooks of one event of all releases that have not failed; a failure is set as the release's. */
enum kube_when { KUBE_BEFORE, KUBE_AFTER };
MUST_CHECK bool kube_run_hooks(struct kube_session *s, enum kube_when when, struct err *err);

/* prune.c: deletes or lists what the record has and the plan has not; updates the record. */
MUST_CHECK bool kube_prune(struct kube_session *s, struct err *err);
/* Whether a live object is the one that the record means and that we applied; sets item->before. */
enum kube_claim { KUBE_NOT_OURS, KUBE_KEPT, KUBE_OURS };
enum kube_claim kube_claim_of(struct kube_item *item, struct value object);
/* The objects on record that are not in the plan, in order of removal. */
kube_item_list kube_vanished(struct kube_session *s);

#endif
