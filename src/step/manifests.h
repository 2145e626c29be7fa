/*
 * manifests.h: reads the YAML files of a rendered environment, as validate, diff and apply take them.
 *
 * A file that render wrote begins with comments that say where its object comes from (`# Source: redis/templates/x.yaml`, `# Release: redis`); files
 * written by hand have none.
 */
#ifndef STEP_MANIFESTS_H
#define STEP_MANIFESTS_H

#include "data/value.h"
#include "run/step.h"

struct manifest_doc {
	struct value value;    /* never null; a List is kept as it is */
	struct str file;       /* as the user would name it */
	uint32_t document;     /* within the file, from 1 */
	uint32_t line;
	struct str source, release; /* from the comments, or empty */
};
typedef VEC(struct manifest_doc) manifest_docs;

/* Reads every .yaml, .yml and .json file below `path` (or the one file), in order of names, and reports them as read. Empty documents are left out.
 * A missing folder is ERR_NOT_FOUND with a hint. Memory in `a`. */
MUST_CHECK bool manifests_read(struct step_ctx *ctx, struct str path, struct arena *a, manifest_docs *out, struct err *err);

#endif
