/* helm trims the manifests as a whole before the hooks come. */
#include "helm/print.h"

#include <string.h>

void helm_print_document(struct str source, struct str text, struct arena *a, helm_strs *out)
{
	const struct str pieces[] = { STR("---\n# Source: "), source, STR("\n"), text, STR("\n") };
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		vec_push_in(out, a, pieces[i]);
}

void helm_print_manifests(const struct helm_release *r, const struct helm_print_options *o, struct arena *a, helm_strs *out)
{
	for (size_t i = 0; o->include_crds && i < r->crds.n; i++)
		helm_print_document(r->crds.p[i].filename, r->crds.p[i].data, a, out);
	for (size_t i = 0; i < r->manifests.n; i++)
		helm_print_document(r->manifests.p[i].source, r->manifests.p[i].text, a, out);
}

/* Cuts white space off both ends of the whole. */
static void trim(helm_strs *all)
{
	for (; all->n; all->n--) {
		struct str *last = &all->p[all->n - 1], trimmed = helm_trim(*last);
		if (!trimmed.n)
			continue;
		*last = str_span(last->p, trimmed.p + trimmed.n);
		break;
	}
	if (all->n) {
		struct str *first = &all->p[0], trimmed = helm_trim(*first);
		if (trimmed.n)
			*first = str_span(trimmed.p, first->p + first->n);
	}
}

bool helm_print_has_hook(const struct helm_print_options *o, const struct helm_manifest *hook)
{
	return !o->no_hooks && !(o->skip_tests && (hook->events & HELM_TEST));
}

void helm_print_hooks(const struct helm_release *r, const struct helm_print_options *o, struct arena *a, helm_strs *out)
{
	trim(out);
	vec_push_in(out, a, STR("\n"));
	for (size_t i = 0; i < r->hooks.n; i++)
		if (helm_print_has_hook(o, &r->hooks.p[i]))
			helm_print_document(r->hooks.p[i].source, r->hooks.p[i].text, a, out);
}

struct str helm_print_join(const helm_strs *pieces, struct arena *a)
{
	size_t n = 0;
	for (size_t i = 0; i < pieces->n; i++)
		n += pieces->p[i].n;
	char *p = arena_alloc(a, n + 1), *to = p;
	for (size_t i = 0; i < pieces->n; i++) {
		if (pieces->p[i].n)
			memcpy(to, pieces->p[i].p, pieces->p[i].n);
		to += pieces->p[i].n;
	}
	*to = '\0';
	return (struct str){ p, n };
}
