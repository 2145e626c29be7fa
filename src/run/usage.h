/*
 * usage.h: how a recipe is called, as --usage and a wrong call show it.
 */
#ifndef RUN_USAGE_H
#define RUN_USAGE_H

#include "lang/lang.h"

struct usage_options {
	struct str program;
	bool color;
	struct str path; /* as the user wrote it, words joined by spaces; empty: the recipe's own */
};

/* `just m::build target [flags...]` without a line end. */
void usage_line(const struct lang_recipe *recipe, const struct usage_options *options, struct buf *out);
/* Text in a style (SGR parameters) where colour is on. */
void usage_style(struct buf *out, bool color, const char *style, struct str text);
/* One parameter in brackets and dots as it may be given. */
void usage_param(const struct lang_param *param, bool color, struct buf *out);
/* Whether it is given by name. */
static inline bool usage_is_option(const struct lang_param *param)
{
	return param->arg->long_option.n > 0 || param->arg->short_option.n > 0;
}
/* Whether the call may leave it out. */
bool usage_is_optional(const struct lang_param *param);

#endif
