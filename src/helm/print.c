/* helm trims the manifests as a whole before the hooks come. */
#include "helm/print.h"

#include <string.h>

static void add_document(struct buf *b, struct str source, struct str text)
{
	buf_add(b, STR("---\n# Source: "));
	buf_add(b, source);
	buf_add_char(b, '\n');
	buf_add(b, text);
	buf_add_char(b, '\n');
}

void helm_print(const struct helm_release *r, const struct helm_print_options *o, struct buf *out)
{
	size_t from = out->n, size = 4096;
	for (size_t i = 0; i < r->manifests.n; i++)
		size += r->manifests.p[i].text.n + r->manifests.p[i].source.n + 32;
	for (size_t i = 0; o->include_crds && i < r->crds.n; i++)
		size += r->crds.p[i].data.n + r->crds.p[i].filename.n + 32;
	buf_reserve(out, size);
	for (size_t i = 0; o->include_crds && i < r->crds.n; i++)
		add_document(out, r->crds.p[i].filename, r->crds.p[i].data);
	for (size_t i = 0; i < r->manifests.n; i++)
		add_document(out, r->manifests.p[i].source, r->manifests.p[i].text);
	struct str trimmed = helm_trim(str_slice(buf_str(out), from, out->n));
	if (trimmed.n)
		memmove(out->p + from, trimmed.p, trimmed.n);
	out->n = from + trimmed.n;
	buf_add_char(out, '\n');
	for (size_t i = 0; !o->no_hooks && i < r->hooks.n; i++)
		if (!(o->skip_tests && (r->hooks.p[i].events & HELM_TEST)))
			add_document(out, r->hooks.p[i].source, r->hooks.p[i].text);
}
