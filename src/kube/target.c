/*
 * target.c: chooses the target and fills in defaults; everything else is behind its table of functions.
 */
#include "kube/cluster.h"

#include <stdlib.h>

#include "kube/record.h"

#define TIMEOUT_MS 300000
#define PARALLEL 16

static void use_cluster(struct kube_target *t)
{
	const struct kube_config *c = &t->config;
	t->ops = &kube_cluster_ops;
	t->namespace = c->namespace;
	t->record = c->server;
	t->title = c->context.n ? arena_fmt(&t->arena, "cluster %.*s (context %.*s)", STR_ARG(c->server), STR_ARG(c->context))
				: arena_fmt(&t->arena, "cluster %.*s (from within)", STR_ARG(c->server));
	t->notice = STR("");
}

static void use_embedded(struct kube_target *t, const struct kube_target_options *options, struct str looked_at)
{
	struct str name = options->state_name.n ? options->state_name : STR("the project's state");
	t->ops = &kube_embedded_ops;
	t->namespace = STR("default");
	t->record = KUBE_RECORD_EMBEDDED;
	t->title = arena_fmt(&t->arena, "embedded target (%.*s)", STR_ARG(name));
	if (options->embedded)
		t->notice = arena_fmt(&t->arena, "the embedded target was asked for: objects are recorded in %.*s, nothing runs", STR_ARG(name));
	else
		t->notice = arena_fmt(&t->arena, "no cluster is configured%s%.*s%s: objects are recorded in %.*s, nothing runs",
				      looked_at.n ? " (looked for " : "", STR_ARG(looked_at), looked_at.n ? ")" : "", STR_ARG(name));
}

static bool choose(struct kube_target *t, const struct kube_target_options *options, struct err *err)
{
	struct kube_configs configs;
	bool found = false;
	if (options->embedded) {
		use_embedded(t, options, STR(""));
		return true;
	}
	if (!kube_configs_load(&options->config, &t->arena, &configs, &found, err) ||
	    !kube_config_load(&options->config, options->context, &t->arena, &t->config, &found, err))
		return false;
	if (found)
		use_cluster(t);
	else
		use_embedded(t, options, configs.looked_at);
	return true;
}

bool kube_target_open(const struct kube_target_options *options, struct kube_target **out, struct err *err)
{
	struct kube_target *t = xcalloc(1, sizeof(*t));
	t->state = options->state;
	t->environ = options->config.environ;
	if (!choose(t, options, err)) {
		kube_target_close(t);
		return false;
	}
	*out = t;
	return true;
}

void kube_target_close(struct kube_target *t)
{
	if (!t)
		return;
	arena_deinit(&t->arena);
	free(t);
}

bool kube_target_is_embedded(const struct kube_target *t)
{
	return t->ops == &kube_embedded_ops;
}

struct str kube_target_title(const struct kube_target *t)
{
	return t->title;
}

struct str kube_target_notice(const struct kube_target *t)
{
	return t->notice;
}

bool kube_target_apply(struct kube_target *t, const struct kube_set *set, const struct kube_apply_options *options, struct kube_report *report,
		       struct err *err)
{
	struct kube_apply_options o = options ? *options : (struct kube_apply_options){ 0 };
	if (!o.timeout_ms)
		o.timeout_ms = TIMEOUT_MS;
	if (!o.parallel)
		o.parallel = PARALLEL;
	return t->ops->apply(t, set, &o, report, err);
}

bool kube_target_diff(struct kube_target *t, const struct kube_set *set, const struct kube_diff_options *options, struct buf *out, bool *differs,
		      struct kube_report *report, struct err *err)
{
	struct kube_diff_options o = options ? *options : (struct kube_diff_options){ 0 };
	if (!o.parallel)
		o.parallel = PARALLEL;
	*differs = false;
	return t->ops->diff(t, set, &o, out, differs, report, err);
}

bool kube_target_is_current(struct kube_target *t, struct str environment, struct str fingerprint, bool *current, size_t *objects,
			    struct err *err)
{
	struct arena a = { 0 };
	struct str stored;
	bool found = false, ok = true;
	*current = false;
	if (kube_target_is_embedded(t) && fingerprint.n)
		ok = kube_record_peek(&t->state, environment, t->record, &a, &stored, objects, &found, err);
	if (ok && found)
		*current = str_eq(stored, fingerprint);
	arena_deinit(&a);
	return ok;
}
