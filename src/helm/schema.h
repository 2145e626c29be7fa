/* schema.h: the values of a chart and its dependencies against their values.schema.json. */
#ifndef HELM_SCHEMA_H
#define HELM_SCHEMA_H

#include "chart/chart.h"

/*
 * Checks `values`, coalesced, against the schema of `root`, and each dependency's part of them against its own. ERR_FAILED with Helm's text:
 * "values don't meet the specifications of the schema(s) in the following chart(s):", then per chart its name and a line a finding.
 */
MUST_CHECK bool schema_check_values(const struct chart *root, struct value values, struct err *err);

/* The same for one schema and the values that it is about; the error holds the findings alone, a line each, or why the schema is none. */
MUST_CHECK bool schema_check_single(struct str text, struct value values, struct err *err);

#endif
