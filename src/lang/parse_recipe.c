/* Recipes: what [arg] says of parameters, the head with dependencies, the body. */
#include "lang/parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static struct str option_name(const struct lang_keyword *k, struct str fallback)
{
	if (!k)
		return STR_NONE;
	return k->value ? k->value->string.cooked : fallback;
}

static struct str option_of(const struct lang_attribute *attr, bool is_short)
{
	struct str name = attr->args[0]->string.cooked;
	uint32_t rune;
	if (is_short)
		return option_name(lang_keyword_find(attr, STR("short")), str_slice(name, 0, utf8_decode(name, &rune)));
	return option_name(lang_keyword_find(attr, STR("long")), name);
}

/* An option's name must be the recipe's only one. */
static bool check_options(struct parser *p, const struct lang_recipe *r)
{
	const struct lang_attributes *list = &r->attributes;
	for (size_t i = 0; i < list->n && lang_has(list, LANG_ATTR_ARG); i++)
		for (int is_short = 0; is_short < 2 && list->p[i].kind == LANG_ATTR_ARG; is_short++) {
			struct str option = option_of(&list->p[i], is_short);
			for (size_t j = 0; j < i && option.n; j++) {
				if (list->p[j].kind != LANG_ATTR_ARG || !str_eq(option_of(&list->p[j], is_short), option))
					continue;
				const struct lang_keyword *k = lang_keyword_find(&list->p[i], is_short ? STR("short") : STR("long"));
				return lang_fail(p->err, k->value ? &k->value->at : &k->name.at, "recipe `%.*s` defines option `%s%.*s` multiple times",
						 STR_ARG(r->name.s), is_short ? "-" : "--", STR_ARG(option));
			}
		}
	return true;
}

static uint64_t count_of(const struct lang_keyword *k, uint64_t none)
{
	uint64_t n = 0;
	for (size_t i = 0; k && i < k->value->string.cooked.n; i++)
		n = n * 10 + (uint64_t)(k->value->string.cooked.p[i] - '0');
	return k ? n : none;
}

/* What an [arg] asks for that needs lists. */
static void note_arg_features(struct parser *p, const struct lang_attribute *attr)
{
	static const struct {
		struct str key;
		const char *what;
	} features[] = {
		{ STR_INIT("flag"), "`flag` arguments require" },
		{ STR_INIT("multiple"), "`[arg(multiple)]` requires" },
		{ STR_INIT("max"), "`[arg(max)]` requires" },
		{ STR_INIT("min"), "`[arg(min)]` requires" },
	};
	const struct lang_keyword *k;
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		if ((k = lang_keyword_find(attr, features[i].key)))
			parser_feature(p, &k->name.at, features[i].what);
}

/* What [arg] says of a parameter; its own syntax has been checked. */
static bool apply_arg(struct parser *p, const struct lang_attribute *attr, struct lang_param *param)
{
	struct lang_arg *arg = arena_new(p->arena, struct lang_arg);
	const struct lang_keyword *k;
	struct str name = param->name.s;
	param->arg = arg;
	arg->attribute = attr;
	arg->long_option = option_of(attr, false);
	arg->short_option = option_of(attr, true);
	arg->is_flag = lang_keyword_find(attr, STR("flag"));
	arg->is_multiple = lang_keyword_find(attr, STR("multiple"));
	arg->value = (k = lang_keyword_find(attr, STR("value"))) ? k->value : NULL;
	const struct lang_keyword *min = lang_keyword_find(attr, STR("min")), *max = lang_keyword_find(attr, STR("max"));
	if (arg->is_flag && param->fallback)
		return lang_fail(p->err, &param->name.at, "flag parameter `%.*s` may not have a default", STR_ARG(name));
	k = min ? min : max;
	if (k && !arg->is_multiple && param->kind == LANG_PARAM_ONE)
		return lang_fail(p->err, &k->name.at, "argument attribute `%.*s` only valid with `multiple` or a variadic parameter", STR_ARG(k->name.s));
	arg->has_min = min;
	arg->has_max = max;
	arg->min = count_of(min, 0);
	arg->max = count_of(max, UINT64_MAX);
	return true;
}

/* Of parameters that no [arg] is about. */
static const struct lang_arg no_arg = { .max = UINT64_MAX };

static bool parse_param(struct parser *p, const struct lang_recipe *r, enum lang_param_kind kind, struct lang_param *out)
{
	*out = (struct lang_param){ .kind = kind, .arg = &no_arg };
	out->exported = parser_accept(p, TOKEN_DOLLAR) != NULL;
	if (!parser_name(p, &out->name))
		return false;
	if (parser_accept(p, TOKEN_EQUALS) && !parser_value(p, &out->fallback))
		return false;
	for (size_t i = 0; i < r->attributes.n && lang_has(&r->attributes, LANG_ATTR_ARG); i++) {
		const struct lang_attribute *attr = &r->attributes.p[i];
		if (attr->kind == LANG_ATTR_ARG && str_eq(attr->args[0]->string.cooked, out->name.s))
			return apply_arg(p, attr, out);
	}
	return true;
}

/* Each [arg] must be of a parameter; the first in the text that is not is at fault. */
static bool check_arg_names(struct parser *p, const struct lang_recipe *r)
{
	const struct lang_expr *bad = NULL;
	for (size_t i = 0; i < r->attributes.n && lang_has(&r->attributes, LANG_ATTR_ARG); i++) {
		const struct lang_attribute *attr = &r->attributes.p[i];
		if (attr->kind != LANG_ATTR_ARG)
			continue;
		bool known = false;
		for (size_t j = 0; j < r->n_params; j++)
			known |= str_eq(attr->args[0]->string.cooked, r->params[j].name.s);
		if (!known && (!bad || attr->args[0]->at.offset < bad->at.offset))
			bad = attr->args[0];
	}
	return !bad || lang_fail(p->err, &bad->at, "argument attribute for undefined argument `%.*s`", STR_ARG(bad->string.cooked));
}

static const enum lang_attr_kind exclusive[][2] = {
	{ LANG_ATTR_NO_CD, LANG_ATTR_WORKING_DIRECTORY },
	{ LANG_ATTR_EXIT_MESSAGE, LANG_ATTR_NO_EXIT_MESSAGE },
	{ LANG_ATTR_SCRIPT, LANG_ATTR_SHELL },
};

static bool check_exclusive(struct parser *p, const struct lang_recipe *r)
{
	for (size_t i = 0; i < ARRAY_LEN(exclusive); i++)
		if (lang_has(&r->attributes, exclusive[i][0]) && lang_has(&r->attributes, exclusive[i][1]))
			return lang_fail(p->err, &r->name.at, "recipe `%.*s` has both `[%.*s]` and `[%.*s]` attributes", STR_ARG(r->name.s),
					 STR_ARG(lang_attr_rows[exclusive[i][0]].name), STR_ARG(lang_attr_rows[exclusive[i][1]].name));
	return true;
}

static bool parse_params(struct parser *p, struct lang_recipe *r)
{
	struct lang_param param;
	p->params.n = 0;
	for (size_t i = 0; i < r->attributes.n; i++)
		if (r->attributes.p[i].kind == LANG_ATTR_ARG)
			note_arg_features(p, &r->attributes.p[i]);
	for (;;) {
		bool is_name = parser_is(p, TOKEN_IDENTIFIER);
		if (!parser_is(p, TOKEN_DOLLAR) && !is_name)
			break;
		if (!parse_param(p, r, LANG_PARAM_ONE, &param))
			return false;
		vec_push(&p->params, param);
	}
	bool is_plus = parser_accept(p, TOKEN_PLUS);
	if (is_plus || parser_accept(p, TOKEN_ASTERISK)) {
		if (!parse_param(p, r, is_plus ? LANG_PARAM_PLUS : LANG_PARAM_STAR, &param))
			return false;
		vec_push(&p->params, param);
		const struct token *next = parser_next(p);
		if (next->kind == TOKEN_IDENTIFIER) {
			struct lang_loc at = parser_loc(p, next);
			struct str name = parser_text(p, next);
			return lang_fail(p->err, &at, "parameter `%.*s` follows variadic parameter", STR_ARG(name));
		}
	}
	parser_finish(p, &p->params, r->params, r->n_params);
	return true;
}

/* (name args…), the parenthesis taken. */
static bool parse_dependency_args(struct parser *p, struct lang_dependency *dep, bool *has_star)
{
	VEC(struct lang_argument) args = { 0 };
	while (!parser_is(p, TOKEN_PAREN_R)) {
		const struct token *star = parser_accept(p, TOKEN_ASTERISK);
		if (star) {
			struct lang_loc at = parser_loc(p, star);
			if (!dep->is_mapped)
				return lang_fail(p->err, &at, "starred arguments may not be used outside mapped dependencies");
			if (*has_star)
				return lang_fail(p->err, &at, "mapped dependencies may not have multiple starred arguments");
			*has_star = true;
		}
		struct lang_argument arg = { .is_mapped = star != NULL };
		if (star ? !parser_value(p, &arg.expr) : !parser_expr(p, &arg.expr))
			return false;
		vec_push_in(&args, p->arena, arg);
	}
	dep->args = args.p;
	dep->n_args = (uint32_t)args.n;
	parser_take(p);
	return true;
}

static bool parse_dependency(struct parser *p, struct lang_dependency *dep, bool *found)
{
	*dep = (struct lang_dependency){ 0 };
	*found = true;
	bool has_star = false;
	const struct token *t, *star = parser_accept(p, TOKEN_ASTERISK);
	if (star) {
		dep->is_mapped = true;
		if (!parser_expect(p, TOKEN_PAREN_L, &t))
			return false;
	} else if (parser_is(p, TOKEN_IDENTIFIER)) {
		if (!parser_path(p, &dep->path))
			return false;
	} else if (!parser_accept(p, TOKEN_PAREN_L)) {
		*found = false;
		return true;
	}
	if (!dep->path.at.file) {
		dep->has_parentheses = true;
		if (!parser_path(p, &dep->path) || !parse_dependency_args(p, dep, &has_star))
			return false;
	}
	if (dep->is_mapped && !has_star) {
		struct lang_loc at = parser_loc(p, star);
		return lang_fail(p->err, &at, "mapped dependencies must have starred argument");
	}
	return true;
}

static bool parse_dependencies(struct parser *p, struct lang_recipe *r)
{
	struct lang_dependency dep;
	bool found;
	p->deps.n = 0;
	for (;;) {
		if (!parse_dependency(p, &dep, &found))
			return false;
		if (!found)
			break;
		vec_push(&p->deps, dep);
	}
	r->n_priors = (uint32_t)p->deps.n;
	if (parser_accept(p, TOKEN_AND)) {
		for (;;) {
			if (!parse_dependency(p, &dep, &found))
				return false;
			if (!found)
				break;
			vec_push(&p->deps, dep);
		}
		if (p->deps.n == r->n_priors)
			return parser_unexpected(p);
	}
	parser_finish(p, &p->deps, r->deps, r->n_deps);
	return true;
}

static bool parse_line(struct parser *p, struct lang_line *line)
{
	*line = (struct lang_line){ .number = parser_next(p)->line };
	p->parts.n = 0;
	while (!parser_accept(p, TOKEN_EOL) && !parser_is(p, TOKEN_DEDENT)) {
		const struct token *t;
		struct lang_fragment part = { 0 };
		if ((t = parser_accept(p, TOKEN_TEXT))) {
			part.at = parser_loc(p, t);
		} else {
			if (!parser_expect(p, TOKEN_INTERPOLATION_START, &t))
				return false;
			part.at = parser_loc(p, t);
			if (!parser_expr(p, &part.expr) || !parser_expect(p, TOKEN_INTERPOLATION_END, &t))
				return false;
		}
		vec_push(&p->parts, part);
	}
	parser_finish(p, &p->parts, line->p, line->n);
	return true;
}

/* The body, if there is one; *blank is set where it ended with empty lines. */
static bool parse_body(struct parser *p, struct lang_recipe *r, bool *blank)
{
	*blank = false;
	p->lines.n = 0;
	if (parser_next(p)->kind != TOKEN_INDENT)
		return true;
	parser_take(p);
	while (!parser_accept(p, TOKEN_DEDENT)) {
		struct lang_line line;
		if (!parse_line(p, &line))
			return false;
		vec_push(&p->lines, line);
	}
	for (; p->lines.n && !vec_last(&p->lines).n; p->lines.n--)
		*blank = true;
	parser_finish(p, &p->lines, r->body, r->n_lines);
	r->is_shebang = r->n_lines && r->body[0].n && str_starts(lang_fragment_text(&r->body[0].p[0]), STR("#!"));
	return true;
}

bool parser_recipe(struct parser *p, struct lang_item *item, struct str doc, bool *blank)
{
	struct lang_recipe *r = item->recipe = arena_new(p->arena, struct lang_recipe);
	const struct token *t;
	r->comment = doc;
	r->attributes = *item->attributes;
	const struct lang_attribute *script = lang_attr(&r->attributes, LANG_ATTR_SCRIPT);
	r->has_interpreter = script && script->n_args > 0;
	if (r->has_interpreter && script->args[0]->kind == LANG_STRING)
		r->interpreter = &script->args[0]->string.cooked;
	r->line = parser_next(p)->line + 1;
	if (!parser_name(p, &r->name) || !check_options(p, r) || !parse_params(p, r) || !parser_expect(p, TOKEN_COLON, &t) ||
	    !check_arg_names(p, r) || !parse_dependencies(p, r))
		return false;
	p->expected |= (uint64_t)1 << TOKEN_INDENT;
	if (!parser_eol(p, item) || !parse_body(p, r, blank) || !check_exclusive(p, r))
		return false;
	if (r->n_lines && item->notes) {
		item->notes->header_comment = item->notes->comment;
		item->notes->comment = STR_NONE;
	}
	if (lang_has(&r->attributes, LANG_ATTR_CACHE) && !p->host->has_extensions)
		p->ast->unstable |= LANG_UNSTABLE_CACHE;
	r->is_private = str_starts(r->name.s, STR("_")) || lang_has(&r->attributes, LANG_ATTR_PRIVATE);
	return parser_check_places(p, item, ATTR_RECIPE, "recipe", r->name.s, &r->name.at);
}
