/*
 * hook.c: annotations to a plan. Values are split at commas, trimmed and lower-cased, as Helm does.
 */
#include "kube/hook.h"

#include <stdlib.h>

#include "kube/order.h"

struct word {
	const char *text;
	uint32_t bit;
};

static const struct word events[] = {
	{ "pre-install", KUBE_PRE_INSTALL },   { "post-install", KUBE_POST_INSTALL }, { "pre-upgrade", KUBE_PRE_UPGRADE },
	{ "post-upgrade", KUBE_POST_UPGRADE }, { "pre-delete", KUBE_OTHER_EVENT },    { "post-delete", KUBE_OTHER_EVENT },
	{ "pre-rollback", KUBE_OTHER_EVENT },  { "post-rollback", KUBE_OTHER_EVENT }, { "test", KUBE_OTHER_EVENT },
	{ "test-success", KUBE_OTHER_EVENT },
};

static const struct word policies[] = {
	{ "before-hook-creation", KUBE_BEFORE_CREATION },
	{ "hook-succeeded", KUBE_HOOK_SUCCEEDED },
	{ "hook-failed", KUBE_HOOK_FAILED },
};

static uint32_t word_bit(const struct word *words, size_t n, struct str text)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(text, str_c(words[i].text)))
			return words[i].bit;
	return 0;
}

/* Takes the next piece of a list with commas, of which an empty list has one empty piece. */
static bool next_word(struct str *rest, bool *more, struct str *word)
{
	if (!*more)
		return false;
	*more = str_cut(*rest, ',', word, rest);
	*word = str_trim(*word);
	return true;
}

bool kube_is_hook(const struct kube_object *o)
{
	return kube_annotation(o->value, STR("helm.sh/hook")).p != NULL;
}

struct kube_hook kube_hook_of(const struct kube_object *o)
{
	struct kube_hook h = { .object = o };
	struct str rest = kube_annotation(o->value, STR("helm.sh/hook")), word;
	for (bool more = true; next_word(&rest, &more, &word);) {
		uint32_t bit = word_bit(events, ARRAY_LEN(events), word);
		if (!bit)
			return (struct kube_hook){ .object = o };
		h.events |= bit;
	}
	if (!str_to_int(kube_annotation(o->value, STR("helm.sh/hook-weight")), &h.weight))
		h.weight = 0;
	rest = kube_annotation(o->value, STR("helm.sh/hook-delete-policy"));
	if (!rest.p)
		h.policies = KUBE_BEFORE_CREATION;
	for (bool more = rest.p != NULL; next_word(&rest, &more, &word);)
		h.policies |= word_bit(policies, ARRAY_LEN(policies), word);
	return h;
}

static int hook_cmp(const void *left, const void *right)
{
	const struct kube_hook *a = left, *b = right;
	if (a->weight != b->weight)
		return a->weight < b->weight ? -1 : 1;
	int order = str_cmp(a->object->name, b->object->name);
	if (order)
		return order;
	order = kube_kind_cmp(a->object->kind, b->object->kind);
	return order ? order : (a->object > b->object) - (a->object < b->object);
}

void kube_hooks_plan(const struct kube_object *objects, size_t count, struct str release, enum kube_event event, struct arena *a,
		     kube_hooks *out)
{
	for (size_t i = 0; i < count; i++) {
		if (!str_eq(objects[i].release, release) || !kube_is_hook(&objects[i]))
			continue;
		struct kube_hook h = kube_hook_of(&objects[i]);
		if (h.events & event)
			vec_push_in(out, a, h);
	}
	if (out->n)
		qsort(out->p, out->n, sizeof(*out->p), hook_cmp);
}
