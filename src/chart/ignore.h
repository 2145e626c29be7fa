/*
 * ignore.h: .helmignore, the list of files of a chart's folder that are not part of the chart.
 *
 * Rules of https://helm.sh/docs/chart_template_guide/helm_ignore_file/ and of Helm 3 where the page is silent: a negated rule ignores
 * everything that it does not match.
 */
#ifndef CHART_IGNORE_H
#define CHART_IGNORE_H

#include "base/err.h"
#include "base/vec.h"

/* How a pattern is compared: most are a name, or a name with one star at an end. */
enum ignore_shape { IGNORE_GLOB, IGNORE_LITERAL, IGNORE_PREFIX, IGNORE_SUFFIX };

struct ignore_rule {
	struct str pattern; /* without the star of a prefix or suffix */
	struct str literal; /* what names must begin with at least */
	enum ignore_shape shape;
	bool is_negated, wants_folder, wants_base; /* wants_base: compared with the last element of the name only */
};

struct ignore_rules {
	VEC(struct ignore_rule) rules;
};

/* Reads the text of a .helmignore; adds the rule that is always there (hidden files in templates/). Rules borrow from `text` and live in `a`.
 * Errors, with Helm's text: ERR_SYNTAX for `**` and malformed patterns. */
MUST_CHECK bool ignore_parse(struct str text, struct arena *a, struct ignore_rules *out, struct err *err);

enum ignore_kind { IGNORE_FILE, IGNORE_FOLDER };
/* Whether the entry `name`, relative to the chart, is left out; a folder with all that is in it. */
bool ignore_matches(const struct ignore_rules *rules, struct str name, enum ignore_kind kind);

#endif
