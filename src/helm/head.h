/*
 * head.h: what Helm reads of a rendered document: kind, name and the annotations of hooks, after checking that all of it is YAML.
 */
#ifndef HELM_HEAD_H
#define HELM_HEAD_H

#include "base/arena.h"
#include "base/err.h"

/* Empty where the document does not say; hook.p is NULL where there is no such annotation. */
struct helm_head {
	struct str api_version, kind, name;
	struct str hook, hook_weight, hook_delete_policy; /* annotations helm.sh/… */
};

/* Reads the head of one document. Strings are in `a`, all else that is made of it in `scratch`. Errors are those of Go's YAML and JSON libraries: "error
 * converting YAML to JSON: yaml: line 2: …". */
MUST_CHECK bool helm_head_read(struct str text, struct arena *scratch, struct arena *a, struct helm_head *out, struct err *err);

#endif
