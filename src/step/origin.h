/*
 * origin.h: where a field of a rendered object comes from: the template and line that wrote it, the helpers in between, and the value that it printed
 * with the file and line that set it. helm/source_map.h knows templates and values; here are the files.
 */
#ifndef STEP_ORIGIN_H
#define STEP_ORIGIN_H

#include "base/map.h"
#include "data/yaml.h"
#include "step/release.h"

/* One object of a release: its node in a document of the release's output. */
struct origin_object {
	struct step_ctx *ctx;
	const struct release *release;
	const struct helm_release *done;
	struct source_map *sources;
	struct map *parsed;  /* const struct yaml_node * by name of file: each is parsed once; starts empty */
	struct str source, text; /* the document, and the template that it is of */
	const struct yaml_node *node;
	/* Filled by origin_prepare. */
	const struct helm_file *file;
	VEC(size_t) lines; /* where each line of `text` begins */
};

struct origin_line {
	struct str file; /* as the user would name it */
	uint32_t line;
};

struct origin_value {
	source_path path;       /* below .Values */
	struct origin_line set; /* who set it; file empty: nobody that has lines */
};

struct field_origin {
	VEC(struct origin_line) written; /* the innermost helper first, the file's own template last */
	VEC(struct origin_value) values; /* empty: from no value */
};

/* The objects of a document in their order, the items of Lists one by one; nodes are in `a`. */
typedef VEC(const struct yaml_node *) origin_nodes;
MUST_CHECK bool origin_objects(struct str text, struct arena *a, origin_nodes *out, struct err *err);

/* The child of a node: of a map by key, of a list by index, aliases followed; NULL where there is none. */
const struct yaml_node *origin_child(const struct yaml_node *node, const struct source_key *key);
/* The same along a path; *mark (may be NULL) is the node whose line tells where that is: the key of a map's entry. */
const struct yaml_node *origin_node(const struct yaml_node *root, const source_path *path, const struct yaml_node **mark);

/* The scalar at `first` or, where that is not NULL, `first.second` of an object, or "". */
struct str origin_scalar(const struct yaml_node *object, const char *first, const char *second);

/* To be called when the document is named, before its fields are asked for. */
void origin_prepare(struct origin_object *o);
/* False where nothing is known of the field. Memory in ctx->arena. */
bool origin_find(const struct origin_object *o, const source_path *path, struct field_origin *out);

/*
 * The source map of a rendered file, for `render --source-map`: a line a scalar of its object, "FIELD<tab>LINE<tab>TEMPLATE:LINE", then for each value that it
 * prints "<tab>VALUE<tab>FILE:LINE", the last empty where nobody set it, and without a line where a program did. `program` is where in a jsonnet program's
 * result the object stands, and is named instead of a template for what the program made or changed; empty: such fields have no line. Then `o` may be
 * NULL: the object is no chart's.
 */
MUST_CHECK bool origin_map(const struct origin_object *o, struct str program, struct str rendered, struct arena *a, struct buf *out, struct err *err);

#endif
