/* usage.c: see usage.h. */
#include "run/usage.h"

#define CYAN "36"

void usage_style(struct buf *out, bool color, const char *style, struct str text)
{
	if (color)
		buf_addf(out, "\x1b[%sm%.*s\x1b[0m", style, STR_ARG(text));
	else
		buf_add(out, text);
}

bool usage_is_optional(const struct lang_param *param)
{
	if (param->kind == LANG_PARAM_STAR)
		return param->fallback || !param->arg->has_min || param->arg->min == 0;
	return param->fallback != NULL;
}

void usage_param(const struct lang_param *param, bool color, struct buf *out)
{
	bool optional = usage_is_optional(param);
	if (optional)
		usage_style(out, color, CYAN, STR("["));
	usage_style(out, color, CYAN, param->name.s);
	if (param->kind != LANG_PARAM_ONE)
		usage_style(out, color, CYAN, STR("..."));
	if (optional)
		usage_style(out, color, CYAN, STR("]"));
}

void usage_line(const struct lang_recipe *recipe, const struct usage_options *o, struct buf *out)
{
	usage_style(out, o->color, CYAN, o->program);
	buf_add_char(out, ' ');
	usage_style(out, o->color, CYAN, o->path.n ? o->path : recipe->path);
	bool options = false;
	for (size_t i = 0; i < recipe->n_params; i++)
		options |= usage_is_option(&recipe->params[i]);
	if (options) {
		buf_add_char(out, ' ');
		usage_style(out, o->color, CYAN, STR("[OPTIONS]"));
	}
	for (size_t i = 0; i < recipe->n_params; i++) {
		if (usage_is_option(&recipe->params[i]))
			continue;
		buf_add_char(out, ' ');
		usage_param(&recipe->params[i], o->color, out);
	}
}
