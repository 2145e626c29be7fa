/*
 * manifest.h: what can be told of a set of Kubernetes manifests without a schema and without a cluster: names, labels, duplicates,
 * and references from one object to another.
 *
 * Rules of names and labels: Kubernetes documentation, "Object Names and IDs", "Labels and Selectors", "Annotations". A finding is an error where a
 * server would refuse the object or a pod could never start, a warning where something outside the set may make it good.
 */
#ifndef VALIDATE_MANIFEST_H
#define VALIDATE_MANIFEST_H

#include "base/buf.h"
#include "base/vec.h"
#include "data/value.h"

struct manifest {
	struct value value;
	struct str file;       /* as the user knows it */
	uint32_t document;     /* number within the file, from 1 */
	uint32_t line;         /* of the document's first line; 0: unknown */
	struct str source;     /* chart template that it came from; empty: none */
};

enum finding_severity { FINDING_WARNING, FINDING_ERROR };

struct finding {
	enum finding_severity severity;
	const struct manifest *manifest;
	struct str path;       /* of the field: "spec.template.spec.containers[0].envFrom[1]" */
	struct str message;
	struct str hint;       /* may be empty */
};
typedef VEC(struct finding) findings;

struct manifest_options {
	const struct str *namespaces; /* that exist besides those of the set and Kubernetes' own */
	size_t namespace_count;
};

/* Checks all manifests together; findings come in the order of the manifests and are in `a`. Linear in the size of the set. */
void manifest_check(const struct manifest *manifests, size_t n, const struct manifest_options *options, struct arena *a, findings *out);

/* Adds "error: FILE:LINE (document N): Kind ns/name: PATH: message" with the template and hint below it, one finding. */
void finding_text(const struct finding *f, struct buf *out);

#endif
