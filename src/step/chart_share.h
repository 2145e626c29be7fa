/*
 * chart_share.h: a chart that several environments of one run ask for in the same words, perhaps at once, is rendered for one of them.
 *
 * What the others would see differ is made for each: renders with random results, with lines for the log, and those that fail.
 */
#ifndef STEP_CHART_SHARE_H
#define STEP_CHART_SHARE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sha256.h"

struct chart_share;
struct chart_share *chart_share_new(void);
/* Takes NULL. */
void chart_share_free(struct chart_share *s);

/* Renders the chart into `a`. *same: another render would give nothing else. */
typedef bool chart_share_make(void *ctx, struct arena *a, struct str *text, bool *same, struct err *err);

/* The text of the chart that `key` is the digest of all words of: the one that was made before (borrowed from `s`), or what `make` gives. Waits where another thread is making
 * it. */
MUST_CHECK bool chart_share_get(struct chart_share *s, const struct digest *key, chart_share_make *make, void *ctx, struct arena *a, struct str *text,
				struct err *err);

#endif
