/*
 * plan.h: a set made ready for work, the same for both targets: each object with its real namespace, a name and an identity, hooks apart, the rest in
 * install order.
 */
#ifndef KUBE_PLAN_H
#define KUBE_PLAN_H

#include "kube/discovery.h"
#include "kube/hook.h"
#include "kube/target.h"

/* What is known of a live object from its metadata. */
struct kube_live {
	bool known;               /* it was looked for */
	bool exists;
	bool ours;                /* we have applied it before: managedFields has an entry of ours */
	struct str uid, resource_version;
	struct str applied_at;    /* time of our entry */
};

struct kube_release;

struct kube_session;

struct kube_item {
	struct kube_session *session; /* of the cluster target; for callbacks */
	const struct kube_object *object;
	struct value manifest;    /* as it is sent: the object with its namespace set */
	struct str namespace;     /* empty: cluster-wide */
	struct str id, title;
	const struct kube_resource *resource; /* NULL: the kind is not known (or there is no cluster) */
	struct kube_release *release;
	bool ended;               /* its result is in the report, at `result` */
	enum kube_outcome outcome;
	size_t result;
	struct kube_live before, after;
	struct str diff_name;     /* set by kube_diff_sort */
	struct value live, wanted; /* the whole object as it was, and for a diff as it would be; null: absent */
	struct str why;           /* what is still missing, while it is waited for */
	uint32_t tries;
	int64_t retry_at;         /* kube_now_ms */
};

typedef VEC(struct kube_item *) kube_item_list;

struct kube_release {
	struct str name;
	bool upgrade;
	struct str failure;       /* what keeps its objects from being applied; empty: nothing */
};

struct kube_plan {
	struct kube_item *items;  /* in install order, without hooks */
	size_t count;
	struct kube_object *hooks; /* all objects that are hooks, with their namespaces set */
	size_t hook_count;
	struct map by_id;         /* of struct kube_item *: of the items */
	struct map releases;      /* of struct kube_release *, by name */
};

/*
 * `discovery` may be NULL: then the tables of built-in kinds and the set's own CustomResourceDefinitions say what is cluster-wide. Memory is in `a`. ERR_CONFLICT where an object
 * is in the set twice, with both sources.
 */
MUST_CHECK bool kube_plan_build(const struct kube_set *set, struct str namespace, const struct kube_discovery *discovery, struct arena *a,
				struct kube_plan *out, struct err *err);

/* JSON of the manifest as it is sent. */
MUST_CHECK bool kube_item_body(struct kube_item *item, struct buf *out, struct err *err);

/* --- results --- */

/* Records an item's end (or another thing's, with its title) in the report and tells the watcher. For failures `err` is taken apart; otherwise NULL. */
void kube_report_add(struct kube_report *r, const struct kube_watcher *watcher, enum kube_outcome outcome, struct str title,
		     const struct err *err);
/* The same for an item; a second end (it was applied, then did not get ready) replaces the first. */
void kube_item_end(struct kube_item *item, struct kube_report *r, const struct kube_watcher *watcher, enum kube_outcome outcome,
		   const struct err *err);
/* ERR_CANCELLED where the watcher's flag is set. */
MUST_CHECK bool kube_check_cancel(const struct kube_watcher *watcher, struct err *err);
void kube_doing(const struct kube_watcher *watcher, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
