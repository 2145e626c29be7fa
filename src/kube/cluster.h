/*
 * cluster.h: the two kinds of target behind struct kube_target. Used by target.c only.
 */
#ifndef KUBE_CLUSTER_H
#define KUBE_CLUSTER_H

#include "kube/target.h"

/* What each kind of target does; see the functions of the same names in target.h. Options are never NULL here and have their defaults filled in. */
struct kube_target_ops {
	bool (*apply)(struct kube_target *t, const struct kube_set *set, const struct kube_apply_options *options, struct kube_report *report,
		      struct err *err);
	bool (*diff)(struct kube_target *t, const struct kube_set *set, const struct kube_diff_options *options, struct buf *out, bool *differs,
		     struct kube_report *report, struct err *err);
};

struct kube_target {
	const struct kube_target_ops *ops;
	struct arena arena;
	struct kube_state state;
	struct kube_config config;  /* of a cluster */
	char *const *environ;
	struct str title, notice, namespace;
	struct str record;          /* the target's name in the record */
};

extern const struct kube_target_ops kube_cluster_ops, kube_embedded_ops;

#endif
