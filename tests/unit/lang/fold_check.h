/*
 * fold_check.h: what holds of every tasks file: folded (lang/ast.h) it is wrong where it is wrong when whole, in the same words, and unfolded it has the same tree. Included by
 * the unit tests and the fuzzer.
 */
#ifndef UNIT_LANG_FOLD_CHECK_H
#define UNIT_LANG_FOLD_CHECK_H

#include "base/buf.h"
#include "lang/lang.h"

/* The tree as JSON, or the error. */
static inline void fold_text(struct str text, const struct lang_host *host, size_t fold_from, struct buf *out)
{
	struct lang_tree tree = { 0 };
	AUTO_ERR err = { 0 };
	struct lang_load_options options = { .path = STR("/nowhere/justfile"), .text = text, .fold_from = fold_from };
	if (lang_load(&tree, &options, host, &err)) {
		lang_unfold_all(&tree);
		lang_dump_json(&tree, out);
	} else {
		lang_err_render(&err, &(struct lang_style){ 0 }, out);
	}
	lang_tree_deinit(&tree);
}

/* Whether that holds of `text`; else both are in the two buffers. */
static inline bool check_fold(struct str text, const struct lang_host *host, struct buf *whole, struct buf *folded)
{
	fold_text(text, host, 0, whole);
	fold_text(text, host, 1, folded);
	return str_eq(buf_str(whole), buf_str(folded));
}

#endif
