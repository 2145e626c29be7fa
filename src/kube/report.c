/*
 * report.c: results summed up for people, and as one error.
 */
#include "kube/target.h"

static const char *const outcome_names[KUBE_OUTCOMES] = {
	[KUBE_CREATED] = "created", [KUBE_CHANGED] = "changed",     [KUBE_UNCHANGED] = "unchanged",
	[KUBE_DELETED] = "deleted", [KUBE_LEFT] = "left behind",    [KUBE_HOOK] = "hooks run",
	[KUBE_IDLE] = "hooks idle", [KUBE_SKIPPED] = "skipped",     [KUBE_FAILED] = "failed",
};

const char *kube_outcome_name(enum kube_outcome outcome)
{
	return outcome_names[outcome];
}

void kube_report_deinit(struct kube_report *r)
{
	arena_deinit(&r->arena);
	*r = (struct kube_report){ 0 };
}

/* The kind that all failures share, else ERR_FAILED; and the first hint that all share, or none. */
static enum err_kind common_kind(const struct kube_report *r, struct str *hint)
{
	enum err_kind kind = ERR_NONE;
	for (size_t i = 0; i < r->results.n; i++) {
		const struct kube_result *x = &r->results.p[i];
		if (x->outcome != KUBE_FAILED)
			continue;
		if (kind == ERR_NONE) {
			kind = x->kind;
			*hint = x->hint;
		}
		if (x->kind != kind)
			kind = ERR_FAILED;
		if (!str_eq(x->hint, *hint))
			*hint = STR("");
	}
	return kind;
}

bool kube_report_check(const struct kube_report *r, struct err *err)
{
	if (!r->count[KUBE_FAILED])
		return true;
	struct str shared = STR("");
	enum err_kind kind = common_kind(r, &shared);
	AUTO_BUF list = { 0 };
	for (size_t i = 0; i < r->results.n; i++) {
		const struct kube_result *x = &r->results.p[i];
		if (x->outcome != KUBE_FAILED && x->outcome != KUBE_SKIPPED)
			continue;
		buf_addf(&list, "\n  %.*s: %s%.*s", STR_ARG(x->title), x->outcome == KUBE_SKIPPED ? "skipped: " : "", STR_ARG(x->message));
		if (x->outcome == KUBE_FAILED && x->hint.n && !shared.n)
			buf_addf(&list, " (%.*s)", STR_ARG(x->hint));
	}
	err_set(err, kind, "%zu object%s failed%s:%.*s", r->count[KUBE_FAILED], r->count[KUBE_FAILED] == 1 ? "" : "s",
		r->count[KUBE_SKIPPED] ? " and others were skipped" : "", STR_ARG(buf_str(&list)));
	return shared.n ? err_hint(err, "%.*s", STR_ARG(shared)) : false;
}

struct str kube_report_summary(const struct kube_report *r, struct arena *a)
{
	static const enum kube_outcome of_objects[] = { KUBE_CREATED, KUBE_CHANGED, KUBE_UNCHANGED, KUBE_SKIPPED, KUBE_FAILED };
	static const enum kube_outcome others[] = { KUBE_DELETED, KUBE_LEFT, KUBE_HOOK };
	AUTO_BUF text = { 0 };
	size_t objects = 0;
	for (size_t i = 0; i < ARRAY_LEN(of_objects); i++)
		objects += r->count[of_objects[i]];
	buf_addf(&text, "%zu object%s", objects, objects == 1 ? "" : "s");
	const char *separator = ": ";
	for (size_t i = 0; i < ARRAY_LEN(of_objects) + ARRAY_LEN(others); i++) {
		enum kube_outcome k = i < ARRAY_LEN(of_objects) ? of_objects[i] : others[i - ARRAY_LEN(of_objects)];
		if (!r->count[k])
			continue;
		buf_addf(&text, "%s%zu %s", separator, r->count[k], outcome_names[k]);
		separator = ", ";
	}
	return buf_to_arena(&text, a);
}
