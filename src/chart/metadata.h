/*
 * metadata.h: Chart.yaml, as https://helm.sh/docs/topics/charts/#the-chartyaml-file describes it and Helm decodes it.
 */
#ifndef CHART_METADATA_H
#define CHART_METADATA_H

#include "chart/decode.h"

struct chart_maintainer {
	struct str name, email, url;
};

/* One entry of `dependencies`. */
struct chart_dependency {
	struct str name, version, repository, condition, alias;
	struct value tags;          /* VAL_LIST of VAL_STR, or null */
	struct value import_values; /* VAL_LIST, or null */
	bool enabled;
};

struct chart_metadata {
	struct str name, home, version, description, icon, api_version, condition, tags, app_version, kube_version, type;
	struct value sources, keywords; /* VAL_LIST of VAL_STR, or null */
	struct value annotations;       /* VAL_MAP of VAL_STR, or null */
	decode_structs maintainers;     /* of struct chart_maintainer */
	decode_structs dependencies;    /* of struct chart_dependency; p == NULL where there are none declared */
	bool deprecated;
};

static inline struct chart_dependency *chart_dependency_at(const struct chart_metadata *m, size_t i)
{
	return m->dependencies.p[i];
}

/* Decodes the text of a Chart.yaml or requirements.yaml into *out (zeroed, or what another file gave). */
MUST_CHECK bool chart_metadata_parse(struct str text, struct arena *a, struct chart_metadata *out, struct err *err);
/* Whether the text is what a Chart.lock or requirements.lock may be; nothing else is wanted of it. */
MUST_CHECK bool chart_lock_check(struct str text, struct arena *a, struct err *err);
/* The rules that Helm holds a chart to when it loads it; also cleans the texts of characters that do not print. Errors are Helm's:
 * "validation: chart.metadata.name is required". */
MUST_CHECK bool chart_metadata_validate(struct chart_metadata *m, struct arena *a, struct err *err);

#endif
