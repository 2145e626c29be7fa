/*
 * target.h: where an environment is applied to. Two implementations of one idea, a set of objects in, a result for each of them out:
 *
 * The cluster target (cluster.c) applies by server-side apply, waits for CRDs, runs Helm's hooks, prunes. The embedded target (embedded.c) is
 * used where no cluster is configured at all: it only records the objects in the project's state, so that plan and diff work, and nothing runs.
 * A cluster that is configured but cannot be reached is an error, never a reason for the embedded target.
 *
 *	struct kube_target *t;
 *	if (!kube_target_open(&options, &t, err))
 *		return false;
 *	struct kube_report report = { 0 };
 *	ok = kube_target_apply(t, &set, &(struct kube_apply_options){ .prune = true }, &report, err) && kube_report_check(&report, err);
 *	kube_report_deinit(&report);
 *	kube_target_close(t);
 */
#ifndef KUBE_TARGET_H
#define KUBE_TARGET_H

#include <stdatomic.h>

#include "base/buf.h"
#include "ext/db.h"
#include "kube/config.h"
#include "kube/object.h"

/* Who the server-side apply says that we are. */
#define KUBE_FIELD_MANAGER "raibid-run"

struct kube_target;

/* The project's state, as far as it is needed here. The database is locked for short whiles only, never during a request. */
struct kube_state {
	/* *db is NULL where there is no database yet and `create` is false. Each success is followed by unlock. */
	bool (*lock)(void *ctx, bool create, struct db **db, struct err *err);
	void (*unlock)(void *ctx);
	/* The project's secret, for digests of Secrets; borrowed. */
	bool (*key)(void *ctx, struct str *key, struct err *err);
	void *ctx;
};

struct kube_target_options {
	struct kube_config_options config;
	struct str context;       /* --context, or empty */
	bool embedded;            /* the embedded target, whatever is configured */
	struct kube_state state;
	struct str state_name;    /* the state's file as the user knows it (".raibid/state.db"); for messages */
};

/* Chooses and opens. No network yet. Errors of the kubeconfig: see config.h. */
MUST_CHECK bool kube_target_open(const struct kube_target_options *options, struct kube_target **out, struct err *err);
void kube_target_close(struct kube_target *t);
bool kube_target_is_embedded(const struct kube_target *t);
/* "cluster https://127.0.0.1:6443 (context admin)", or "embedded target (.raibid/state.db)". Lives as long as t. */
struct str kube_target_title(const struct kube_target *t);
/* Why there is no cluster: "no cluster is configured (looked for ~/.kube/config): objects are recorded in .raibid/state.db, nothing runs"; empty for a cluster. */
struct str kube_target_notice(const struct kube_target *t);

/* An environment's objects. */
struct kube_set {
	struct str environment;   /* the name under which it is remembered */
	struct str namespace;     /* for namespaced objects that name none; empty: the one that the configuration names, or "default" */
	const struct kube_object *objects;
	size_t count;
	struct str fingerprint;   /* a digest of all objects (the files' digests, say), or empty: see kube_target_is_current */
};

enum kube_outcome {
	KUBE_CREATED,
	KUBE_CHANGED,
	KUBE_UNCHANGED,
	KUBE_DELETED, /* was applied before, is no longer in the set, and was pruned */
	KUBE_LEFT,    /* the same, but not pruned */
	KUBE_HOOK,    /* a hook that ran to its end */
	KUBE_IDLE,    /* a hook whose event did not happen, or one that was not asked for: nothing done */
	KUBE_SKIPPED, /* not tried, because something it needs failed */
	KUBE_FAILED,
};
#define KUBE_OUTCOMES (KUBE_FAILED + 1)
const char *kube_outcome_name(enum kube_outcome outcome); /* "created", … */

struct kube_result {
	enum kube_outcome outcome;
	struct str title;         /* "Deployment raibid-system/redis" */
	struct str message;       /* of a failure, or why it was skipped */
	struct str hint;
	enum err_kind kind;       /* of a failure */
};

struct kube_report {
	struct arena arena;
	VEC(struct kube_result) results; /* in order of their end */
	size_t count[KUBE_OUTCOMES];
};
void kube_report_deinit(struct kube_report *r);
/* True where nothing failed; else one error that lists every failure: its kind is that of the failures where they agree, else ERR_FAILED. */
MUST_CHECK bool kube_report_check(const struct kube_report *r, struct err *err);
/* "82 objects: 3 created, 79 unchanged": without what is zero. */
struct str kube_report_summary(const struct kube_report *r, struct arena *a);

/* Called as results come, and with what is being waited for ("waiting for CustomResourceDefinition x"); both may be NULL. */
struct kube_watcher {
	void (*result)(void *ctx, const struct kube_result *result);
	void (*doing)(void *ctx, struct str what);
	void *ctx;
	const atomic_bool *cancel; /* set: stop with ERR_CANCELLED; may be NULL */
};

struct kube_apply_options {
	bool dry_run;             /* --dry-run=server: everything is asked and checked, nothing is stored */
	bool force_conflicts;
	bool prune;               /* delete what the last apply made and the set no longer holds */
	bool no_hooks;
	bool wait;                /* until workloads are ready */
	uint32_t timeout_ms;      /* for each hook, the CRDs, and `wait`; 0: 5 minutes, as Helm */
	uint32_t parallel;        /* requests at once; 0: 16 */
	struct kube_watcher watcher;
};

/*
 * Applies: Namespaces and CRDs, then each release's hooks before, the rest in install order, hooks after, pruning. False only where nothing could be done at all (no
 * connection, no discovery, a doubled object); the fate of each object is in the report. Options may be NULL.
 */
MUST_CHECK bool kube_target_apply(struct kube_target *t, const struct kube_set *set, const struct kube_apply_options *options,
				  struct kube_report *report, struct err *err);
/*
 * Adds to `out` the difference between what is there and what apply would make, object by object, in the form of `kubectl diff`; values of
 * Secrets are masked. *differs says whether there is any. Objects that pruning would remove are shown as removed with `prune`. Failures of single objects are in the report.
 */
struct kube_diff_options {
	bool force_conflicts;
	bool prune;
	uint32_t parallel;
	struct kube_watcher watcher;
};
MUST_CHECK bool kube_target_diff(struct kube_target *t, const struct kube_set *set, const struct kube_diff_options *options, struct buf *out,
				 bool *differs, struct kube_report *report, struct err *err);

/*
 * Whether the target holds exactly the set with this fingerprint, told without looking at any object: true only for the embedded target,
 * after an apply without failures. *objects is how many it holds. For a second run with nothing changed.
 */
MUST_CHECK bool kube_target_is_current(struct kube_target *t, struct str environment, struct str fingerprint, bool *current,
				       size_t *objects, struct err *err);

#endif
