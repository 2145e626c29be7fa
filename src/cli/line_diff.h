/*
 * line_diff.h: the difference of two texts by lines, as --fmt --check prints it.
 *
 * Several shortest differences of two texts exist, and just's users see the one that the `similar` library chooses: patience first (lines that occur once in
 * both texts are anchors), Myers' algorithm between the anchors, then edits slide up and down until like ones meet.
 */
#ifndef CLI_LINE_DIFF_H
#define CLI_LINE_DIFF_H

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

enum line_edit_kind { LINE_SAME, LINE_REMOVED, LINE_ADDED };

struct line_edit {
	enum line_edit_kind kind;
	struct str line; /* with its end, which the last one may lack */
};
typedef VEC(struct line_edit) line_edits;

/* Each line of both texts once, those that are removed before those that are added in their place; in `a`, cut from the texts. Texts that differ in more than
 * LINE_DIFF_MAX places are shown as wholly replaced from there on. */
#define LINE_DIFF_MAX 20000
void line_diff(struct str old, struct str new, struct arena *a, line_edits *out);

#endif
