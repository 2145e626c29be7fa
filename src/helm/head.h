/*
 * head.h: what Helm reads of a rendered document: kind, name and annotations, after checking that all of it is YAML.
 */
#ifndef HELM_HEAD_H
#define HELM_HEAD_H

#include "base/err.h"
#include "data/value.h"

struct helm_metadata {
	struct str name;
	struct value annotations; /* VAL_MAP of VAL_STR, or null */
};

struct helm_head {
	struct str api_version, kind;
	struct helm_metadata *metadata; /* NULL where there is none */
};

/* Reads the head of one document. Strings borrow from `text` or are in `a`. Errors are those of Go's YAML and JSON libraries: "error
 * converting YAML to JSON: yaml: line 2: …". */
MUST_CHECK bool helm_head_read(struct str text, struct arena *a, struct helm_head *out, struct err *err);

#endif
