/*
 * coalesce.h: laying a user's values over the defaults of a chart and of its sub-charts.
 *
 * https://helm.sh/docs/chart_template_guide/values_files/ and .../subcharts_and_globals/: what stands higher wins, tables merge, a null
 * takes a default away, globals reach every sub-chart. What the pages leave open (two charts sharing the tables of a global, a null in a
 * sub-chart's defaults, what is said when a table meets a scalar) is as Helm 3.19 was seen to do it.
 */
#ifndef HELM_COALESCE_H
#define HELM_COALESCE_H

#include "chart/chart.h"
#include "helm/log.h"

struct coalesce_ctx {
	struct arena *a;
	const struct helm_log *log;
};

enum coalesce_nulls {
	COALESCE_DROP_NULLS, /* a null takes the key away: for the values that templates see */
	COALESCE_KEEP_NULLS, /* nulls stay, so that a later turn can still act on them */
};

/* Copies maps and lists, not the strings. */
struct value values_copy(struct value v, struct arena *a);

/* The values that `chart` is rendered with, for the user's `values` (a VAL_MAP, or null), as a new map that shares nothing with them. Values of its
 * dependencies are under their names. Error: ERR_SYNTAX "type mismatch on NAME: …" where one of those is no table. */
MUST_CHECK bool coalesce_chart(const struct coalesce_ctx *ctx, const struct chart *chart, struct value values, enum coalesce_nulls nulls,
			       struct value *out, struct err *err);

/* Adds to the table `dst` what it lacks of `src`; both are changed. `dst` wins. */
void coalesce_tables(const struct coalesce_ctx *ctx, struct value dst, struct value src, enum coalesce_nulls nulls);

#endif
