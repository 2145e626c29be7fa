/*
 * program_chart.h: a chart that a jsonnet program asked for, rendered once more and watched, so that the fields of the program's objects which came through
 * unchanged can be followed into the chart's templates and values (origin.h).
 */
#ifndef STEP_PROGRAM_CHART_H
#define STEP_PROGRAM_CHART_H

#include "step/origin.h"
#include "step/tanka_host.h"

struct program_chart {
	struct env_release def;
	struct release release;
	struct helm_release done;
	struct source_map *sources;
	VEC(struct origin_object) objects; /* not yet prepared */
};

/* What is common to the charts of one evaluation. */
struct program_charts {
	struct step_ctx *ctx;
	const struct environment *env;
	struct str kept_as; /* the name of the random values that the evaluation had (render_jsonnet.h) */
	struct map parsed;  /* files of values, for origin.h */
};

/* Renders the chart; memory in the step's arena. Close *out whatever comes back. */
MUST_CHECK bool program_chart_open(struct program_charts *all, const struct tanka_chart *chart, struct program_chart *out, struct err *err);
void program_chart_close(struct program_chart *c);

/* The object of the chart that has the kind, name and, as far as both say one, namespace of `like`; NULL where there is none. Prepared. */
struct origin_object *program_chart_find(struct program_chart *c, const struct yaml_node *like);

#endif
