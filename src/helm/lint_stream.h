/*
 * lint_stream.h: the documents of a rendered file, one after the other, as the linter's decoder finds them: Kubernetes' YAMLOrJSONDecoder, which takes a
 * text that begins with a brace for JSON until that fails, and is strict about what stands behind `---`.
 */
#ifndef HELM_LINT_STREAM_H
#define HELM_LINT_STREAM_H

#include "chart/decode.h"

struct lint_stream {
	struct str whole, rest;
	bool json;
	size_t count; /* of documents so far */
	struct arena *a;
};

void lint_stream_init(struct lint_stream *s, struct str text, struct arena *a);

enum lint_next { LINT_DOCUMENT, LINT_END, LINT_BROKEN };
/* Decodes the next document into *out, a zeroed struct of the type. *empty: it is null, *out is as before. LINT_BROKEN: err has the decoder's text; there
 * is nothing to be had after that. */
enum lint_next lint_stream_next(struct lint_stream *s, const struct decode_type *type, void *out, bool *empty, struct err *err);

#endif
