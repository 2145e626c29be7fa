/* render.h: the steps of a render that both ways of rendering take (render.c, session.c). Internal to src/helm. */
#ifndef HELM_RENDER_H
#define HELM_RENDER_H

#include "helm/helm.h"

/* Whether the loaded chart may be installed, is complete, and the release's name may be one. */
MUST_CHECK bool render_check_chart(const struct helm_render_options *options, const struct chart *root, struct err *err);
MUST_CHECK bool render_kube_version(const struct helm_render_options *options, struct arena *a, struct helm_kube_version *out, struct err *err);
/* Dependencies, values and schemas: the map that all templates are rendered from. Changes the tree. */
MUST_CHECK bool render_prepare(const struct helm_render_options *options, const struct helm_kube_version *kube, struct chart *root, struct arena *a,
			       struct value *top, struct err *err);
MUST_CHECK bool render_check_kube_version(const struct chart *c, const struct helm_kube_version *kube, struct err *err);
/* Takes the NOTES.txt files out of out->files. */
void render_part_notes(struct helm_release *out, struct arena *a);

#endif
