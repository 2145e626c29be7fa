/*
 * why_search.h: what why_field.c (the question, environments of releases) and why_program.c (environments that are jsonnet programs) share.
 */
#ifndef STEP_WHY_SEARCH_H
#define STEP_WHY_SEARCH_H

#include "step/origin.h"
#include "step/tanka_host.h"
#include "step/why_field.h"

/* What is asked for. */
struct why_question {
	struct str ns, kind; /* the namespace may be empty */
	struct str rest;     /* NAME.FIELD */
};

struct why_search {
	struct step_ctx *ctx;
	const struct environment *env;
	const struct why_question *q;
	/* of the release that is looked through */
	struct release release;
	struct helm_release done;
	struct source_map *sources;
	struct map parsed;
	struct tanka_counts asked; /* of a program: the charts that it rendered */
	/* the best so far */
	bool found;
	struct origin_object object;
	struct str ns, name, file; /* file: of a manifest of one's own, instead of a release */
};

/* Takes the object, of a document `text`, where it is the one that is asked for and fits better than the best so far. */
void why_consider(struct why_search *s, struct str source, struct str text, const struct yaml_node *object, struct str default_ns);
/* Adds the lines that tell of a field: who wrote it, who included that, the values. */
void why_add_origin(const struct field_origin *f, struct buf *out);

/* Evaluates the environment's program and looks for the object in what it gives. */
MUST_CHECK bool why_program_look(struct why_search *s, struct err *err);
/* Adds where the found object's field, `node`, comes from. */
MUST_CHECK bool why_program_answer(struct why_search *s, const source_path *path, const struct yaml_node *node, struct buf *out, struct err *err);

#endif
