/*
 * source_map.h: which template, line and value a piece of a rendered file comes from.
 *
 * A render that is given a map (engine_options.source_map) is watched: every text and action with what it wrote, what it included, and which fields of the
 * values it read. Asking for a place in the output then walks from the file's own template into the helpers that it included, as long as the line can be found in
 * what they wrote: helpers' output is indented and trimmed on its way, but its lines keep their text. Values are known by identity: a table that a
 * template reads is one of the tables that the render was given, wherever it was passed on to. What loses its identity on the way (a copy, text that is parsed again) is
 * not claimed to come from a value.
 */
#ifndef HELM_SOURCE_MAP_H
#define HELM_SOURCE_MAP_H

#include "base/vec.h"
#include "gotmpl/template.h"

/* A step on the way to a value or field: a key of a map, or an index of a list (key.p is NULL). */
struct source_key {
	struct str key;
	size_t index;
};
typedef VEC(struct source_key) source_path;

/* Adds "spec.containers[0].image"; keys that hold dots stand in brackets too, as in the findings of validate. */
void source_path_text(const source_path *path, struct buf *out);

struct source_place {
	struct str file; /* "chart/templates/x.yaml" */
	uint32_t line;
};

struct source_origin {
	VEC(struct source_place) places; /* where it was written: the innermost helper first, the file's own template last */
	VEC(source_path) values;         /* what was printed there, below .Values as the root chart sees them; empty: it comes from no value */
};

/* What is asked for. */
struct source_query {
	struct str file;   /* the template whose output it is */
	struct str all;    /* its whole output */
	size_t from, to;   /* the bytes of `all` */
	struct str text;   /* what a scalar there reads as; empty: a map or list */
	const source_path *field; /* its path in the object: what was printed whole (toYaml) is searched by its end */
};

struct source_map;
struct source_map *source_map_new(struct arena *a);

/* For the engine: what to watch with; the root chart's coalesced values, before the first template; that a template's output begins, and has ended. */
const struct template_trace *source_map_trace(struct source_map *m);
void source_map_values(struct source_map *m, struct value values);
void source_map_begin(struct source_map *m);
void source_map_end(struct source_map *m, struct str file, struct str written, const struct go_types *types);

/* False where nothing is known of the place. Memory is the map's. */
bool source_map_find(struct source_map *m, const struct source_query *q, struct source_origin *out);

#endif
