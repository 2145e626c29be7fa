/*
 * filter.h: which objects (-t) and which environments (-l) are meant.
 */
#ifndef TANKA_FILTER_H
#define TANKA_FILTER_H

#include "tanka/gojson.h"
#include "text/regex.h"

/*
 * -t: regular expressions on KIND/NAME, whole and whatever the case. An object is in where one of the positive ones matches (or there are none) and none of those with `!`
 * does. (In Tanka a `!` makes the positive ones useless; here it takes away from them.)
 */
struct tanka_filter {
	VEC(const struct regex *) in, out;
};

/* Error: ERR_USAGE in Tanka's words. */
MUST_CHECK bool tanka_filter_parse(const tanka_strs *targets, struct arena *a, struct tanka_filter *out, struct err *err);
bool tanka_filter_has(const struct tanka_filter *filter, struct value object);

/* -l: a label selector with kubectl's syntax: a, !a, a=b, a==b, a!=b, `a in (b,c)`, `a notin (b,c)`, joined by commas. */
struct tanka_requirement {
	struct str key;
	bool negated;   /* !a, !=, notin */
	bool exists;    /* only the key counts */
	tanka_strs values;
};
typedef VEC(struct tanka_requirement) tanka_selector;

/* Error: ERR_USAGE "Could not parse selector (-l) TEXT". */
MUST_CHECK bool tanka_selector_parse(struct str text, struct arena *a, tanka_selector *out, struct err *err);
/* `labels` is a VAL_MAP of strings or null. */
bool tanka_selector_has(const tanka_selector *selector, struct value labels);

#endif
