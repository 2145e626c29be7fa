/*
 * rendered.h: the files that render writes: one an object, with a name that follows from the object alone, and a first line by which they are known as
 * ours.
 */
#ifndef STEP_RENDERED_H
#define STEP_RENDERED_H

#include "base/buf.h"
#include "data/value.h"
#include "run/step.h"

struct rendered_file {
	struct str path;    /* below the folder: "raibid-system/deployment-raibid-server.yaml", "_cluster/namespace-raibid-system.yaml" */
	struct str bytes;
	struct str origin;  /* "release redis" or the manifest's file, for messages */
	bool secret;        /* of kind Secret: mode 0600, never in the shared store */
};
typedef VEC(struct rendered_file) rendered_files;

struct rendered_origin {
	struct str release;   /* Helm release, or empty */
	struct str source;    /* template or manifest file */
	struct str namespace; /* for namespaced objects that name none */
	struct value labels;  /* added where an object has no label of that name; VAL_MAP or null */
};

/* Adds the file of an object, a List's items one by one, nothing for null. What is no object is ERR_SYNTAX and names the source. The value is changed (namespace,
 * labels); memory in `a`. */
MUST_CHECK bool rendered_add(struct value object, const struct rendered_origin *origin, struct arena *a, rendered_files *out, struct err *err);

/* Adds a file of ours beside another one, with `suffix` behind its name and no less secret. */
void rendered_add_beside(size_t of, struct str suffix, struct str text, struct arena *a, rendered_files *files);

/* Files as one str and back, for keeping a part's result. Views into the str. */
void rendered_pack(const rendered_files *files, struct buf *out);
MUST_CHECK bool rendered_unpack(struct str bytes, struct arena *a, rendered_files *out, struct err *err);

/* Whether the file at `path` is one that was written here before. */
bool rendered_owns(struct str path);
/* Writes the files below `dir` and removes those of ours that are no longer made. A name that a foreign file holds is ERR_CONFLICT, as are two objects of one name; then nothing
 * is written. *removed counts. */
MUST_CHECK bool rendered_write(struct step_ctx *ctx, struct str dir, const rendered_files *files, size_t *removed, struct err *err);

#endif
