/* semver_internal.h: a range's shape, shared by the two sets of rules; only for src/text/semver*.c. */
#ifndef TEXT_SEMVER_INTERNAL_H
#define TEXT_SEMVER_INTERNAL_H

#include "base/buf.h"
#include "base/vec.h"
#include "text/semver.h"

enum range_op { RANGE_NONE, RANGE_EQ, RANGE_NE, RANGE_GT, RANGE_LT, RANGE_GE, RANGE_LE, RANGE_TILDE, RANGE_CARET, RANGE_ANY };

/* One comparison. */
struct range_term {
	enum range_op op;
	struct semver v;             /* what is missing or a wildcard is 0 */
	bool dirty;                  /* something is */
	bool minor_dirty, patch_dirty; /* what; Cargo: minor and patch that are not given */
	struct str op_text, text;    /* as written */
};

/* Terms that must hold together. */
struct range_group {
	VEC(struct range_term) terms;
	bool has_pre; /* one of them names a pre-release */
};

struct semver_range {
	enum semver_rules rules;
	VEC(struct range_group) groups; /* one must hold; Cargo: exactly one */
};

/* Length of dot-separated identifiers at the start of s. */
size_t semver_scan_identifiers(struct str s);
int semver_cmp_pre(struct str a, struct str b);

/* The rules of semver.h's two dialects, which semver.c chooses between. */
bool semver_helm_parse(struct arena *a, struct str s, struct semver_range *out, struct err *err);
/* Reasons against it are added to `why`, a line each, where that is not NULL. */
bool semver_helm_has(const struct semver_range *r, const struct semver *v, struct buf *why);

bool semver_cargo_version(struct str s, struct semver *out, struct err *err);
bool semver_cargo_parse(struct arena *a, struct str s, struct semver_range *out, struct err *err);
bool semver_cargo_has(const struct semver_range *r, const struct semver *v);

#endif
