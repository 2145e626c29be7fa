/* unicode_tables.h: the shape of the generated tables; only for src/text. */
#ifndef TEXT_UNICODE_TABLES_H
#define TEXT_UNICODE_TABLES_H

#include "text/unicode.h"

/* Code points lo, lo + stride, … hi, each mapped by adding d: to upper, lower and title case. Ascending by lo; runs of stride 2 may overlap
 * with the next one. Nothing below 0x80. */
struct unicode_case_run {
	uint32_t lo, hi, stride;
	int32_t d[3];
};
extern const struct unicode_case_run unicode_case_runs[];
extern const size_t unicode_case_runs_n;

/* Where simple folding does not lead to the lower or else the upper case. */
struct unicode_fold_pair {
	uint32_t from, to;
};
extern const struct unicode_fold_pair unicode_folds[];
extern const size_t unicode_folds_n;

/* Ascending by name: lower case, without `_`, `-` and space. */
struct unicode_named_set {
	struct str name;
	struct unicode_set set;
};
extern const struct unicode_named_set unicode_sets[];
extern const size_t unicode_sets_n;

#endif
