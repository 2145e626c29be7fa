/*
 * semver.h: versions and ranges of versions, by the two sets of rules that our inputs are written for.
 *
 * SEMVER_HELM: what Helm uses, Masterminds/semver v3 (https://github.com/Masterminds/semver#readme): versions may be short and have a
 * `v`, ranges have || , ~ ^ - x. SEMVER_CARGO: Rust's semver crate (https://docs.rs/semver): strict versions; requirements joined by commas,
 * a bare version meaning ^. A struct semver borrows the text that it was parsed from.
 */
#ifndef TEXT_SEMVER_H
#define TEXT_SEMVER_H

#include "base/arena.h"
#include "base/err.h"

enum semver_form {
	SEMVER_LOOSE,  /* Masterminds' NewVersion: v prefix, missing minor and patch, leading zeros */
	SEMVER_STRICT, /* Masterminds' StrictNewVersion */
	SEMVER_RUST,   /* the semver crate's Version::parse */
};

struct semver {
	uint64_t major, minor, patch;
	struct str pre, meta; /* without - and + */
	struct str original;
};

/* Errors are ERR_SYNTAX with the library's own text, e.g. "invalid semantic version". */
MUST_CHECK bool semver_parse(struct str s, enum semver_form form, struct semver *out, struct err *err);
/* Order of precedence, -1, 0 or 1; metadata does not count. */
int semver_cmp(const struct semver *a, const struct semver *b);
/* MAJOR.MINOR.PATCH[-PRE][+META] in `a`. */
struct str semver_str(const struct semver *v, struct arena *a);

enum semver_rules { SEMVER_HELM, SEMVER_CARGO };

struct semver_range;

/* Parses a constraint; the text is copied into `a`. Errors as above, e.g. `improper constraint: =>`. More than SEMVER_RANGE_MAX comparisons is
 * ERR_LIMIT. */
#define SEMVER_RANGE_MAX 10000
MUST_CHECK bool semver_range_parse(struct arena *a, struct str s, enum semver_rules rules, const struct semver_range **out, struct err *err);
/* Whether `v` is within the range. */
bool semver_range_has(const struct semver_range *r, const struct semver *v);
/* As semver_range_has; where it is not, err says why as Masterminds' Constraints.Validate (its errors joined by newlines). */
MUST_CHECK bool semver_range_check(const struct semver_range *r, const struct semver *v, struct err *err);
/* The range as Masterminds' Constraints.String prints it. */
struct str semver_range_str(const struct semver_range *r, struct arena *a);

#endif
