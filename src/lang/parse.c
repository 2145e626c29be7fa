/*
 * Items by recursive descent: what stands at the top level of a file. Which item begins is told by the next few kinds of tokens, since just's
 * keywords are names too: `mod:` is a recipe. Whatever fits no other form is read as a recipe, and so are errors worded.
 */
#include "lang/parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

const struct setting_row lang_setting_rows[LANG_SET_COUNT] = {
	[LANG_SET_ALLOW_DUPLICATE_RECIPES] = { STR_INIT("allow-duplicate-recipes"), SETTING_BOOL },
	[LANG_SET_ALLOW_DUPLICATE_VARIABLES] = { STR_INIT("allow-duplicate-variables"), SETTING_BOOL },
	[LANG_SET_DEFAULT_LIST] = { STR_INIT("default-list"), SETTING_BOOL },
	[LANG_SET_DEFAULT_SCRIPT] = { STR_INIT("default-script"), SETTING_BOOL },
	[LANG_SET_DOTENV_COMMAND] = { STR_INIT("dotenv-command"), SETTING_STRINGS },
	[LANG_SET_DOTENV_FILENAME] = { STR_INIT("dotenv-filename"), SETTING_STRINGS },
	[LANG_SET_DOTENV_LOAD] = { STR_INIT("dotenv-load"), SETTING_BOOL },
	[LANG_SET_DOTENV_OVERRIDE] = { STR_INIT("dotenv-override"), SETTING_BOOL },
	[LANG_SET_DOTENV_PATH] = { STR_INIT("dotenv-path"), SETTING_STRINGS },
	[LANG_SET_DOTENV_REQUIRED] = { STR_INIT("dotenv-required"), SETTING_BOOL },
	[LANG_SET_EXPORT] = { STR_INIT("export"), SETTING_BOOL },
	[LANG_SET_FALLBACK] = { STR_INIT("fallback"), SETTING_BOOL },
	[LANG_SET_GUARDS] = { STR_INIT("guards"), SETTING_BOOL },
	[LANG_SET_IGNORE_COMMENTS] = { STR_INIT("ignore-comments"), SETTING_BOOL },
	[LANG_SET_INDENTATION] = { STR_INIT("indentation"), SETTING_LITERAL },
	[LANG_SET_LAZY] = { STR_INIT("lazy"), SETTING_BOOL },
	[LANG_SET_LISTS] = { STR_INIT("lists"), SETTING_BOOL },
	[LANG_SET_MINIMUM_VERSION] = { STR_INIT("minimum-version"), SETTING_LITERAL },
	[LANG_SET_NO_CD] = { STR_INIT("no-cd"), SETTING_BOOL },
	[LANG_SET_NO_EXIT_MESSAGE] = { STR_INIT("no-exit-message"), SETTING_BOOL },
	[LANG_SET_POSITIONAL_ARGUMENTS] = { STR_INIT("positional-arguments"), SETTING_BOOL },
	[LANG_SET_QUIET] = { STR_INIT("quiet"), SETTING_BOOL },
	[LANG_SET_SCRIPT_INTERPRETER] = { STR_INIT("script-interpreter"), SETTING_COMMAND },
	[LANG_SET_SHELL] = { STR_INIT("shell"), SETTING_COMMAND },
	[LANG_SET_TEMPDIR] = { STR_INIT("tempdir"), SETTING_STRING },
	[LANG_SET_UNSTABLE] = { STR_INIT("unstable"), SETTING_BOOL },
	[LANG_SET_WINDOWS_POWERSHELL] = { STR_INIT("windows-powershell"), SETTING_BOOL },
	[LANG_SET_WINDOWS_SHELL] = { STR_INIT("windows-shell"), SETTING_COMMAND },
	[LANG_SET_WORKING_DIRECTORY] = { STR_INIT("working-directory"), SETTING_STRING },
};

bool parser_are(const struct parser *p, const enum token_kind *want, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p->at + i >= p->tokens.n || p->tokens.p[p->at + i].kind != want[i])
			return false;
	}
	return true;
}

bool parser_unexpected(struct parser *p)
{
	AUTO_BUF b = { 0 };
	buf_add_c(&b, "expected ");
	int total = __builtin_popcountll(p->expected), seen = 0;
	for (int i = 0; i < TOKEN_KINDS; i++) {
		if (!(p->expected >> i & 1))
			continue;
		if (seen++)
			buf_add_c(&b, total == 2 ? " or " : seen == total ? ", or " : ", ");
		buf_add_c(&b, token_kind_name((enum token_kind)i));
	}
	const struct token *t = parser_next(p);
	buf_addf(&b, ", but found %s", token_kind_name(t->kind));
	struct lang_loc at = parser_loc(p, t);
	return lang_fail(p->err, &at, "%s", buf_text(&b));
}

bool parser_expect(struct parser *p, enum token_kind kind, const struct token **out)
{
	*out = parser_accept(p, kind);
	return *out || parser_unexpected(p);
}

bool parser_is_word(const struct parser *p, const struct token *t, const char *word)
{
	return t->kind == TOKEN_IDENTIFIER && str_eq_c(parser_text(p, t), word);
}

bool parser_name(struct parser *p, struct lang_name *out)
{
	const struct token *t;
	if (!parser_expect(p, TOKEN_IDENTIFIER, &t))
		return false;
	*out = (struct lang_name){ parser_text(p, t), parser_loc(p, t) };
	return true;
}

bool parser_path(struct parser *p, struct lang_path *out)
{
	VEC(struct lang_name) names = { 0 };
	do {
		struct lang_name name;
		if (!parser_name(p, &name))
			return false;
		vec_push_in(&names, p->arena, name);
	} while (parser_accept(p, TOKEN_COLON_COLON));
	*out = (struct lang_path){ names.p, names.n };
	return true;
}

/* The end of an item's line, with the comment that may stand there. */
static bool parse_eol(struct parser *p, struct lang_item *item)
{
	const struct token *t = parser_accept(p, TOKEN_COMMENT);
	if (t)
		item->comment = str_trim_right(parser_text(p, t));
	return parser_is(p, TOKEN_EOF) || parser_expect(p, TOKEN_EOL, &t);
}

static bool check_places(struct parser *p, const struct lang_item *item, unsigned place, const char *noun, struct str name, const struct lang_loc *at)
{
	for (size_t i = 0; i < item->attributes.n; i++) {
		const struct attr_row *row = &lang_attr_rows[item->attributes.p[i].kind];
		if (!(row->places & place))
			return lang_fail(p->err, at, "%s `%.*s` has invalid attribute `%.*s`", noun, STR_ARG(name), STR_ARG(row->name));
	}
	return true;
}

static bool parse_alias(struct parser *p, struct lang_item *item)
{
	struct lang_alias *alias = item->alias = arena_new(p->arena, struct lang_alias);
	parser_take(p);
	if (!parser_name(p, &alias->name))
		return false;
	parser_take(p);
	if (!parser_path(p, &alias->target))
		return false;
	alias->attributes = item->attributes;
	alias->is_private = str_starts(alias->name.s, STR("_")) || lang_has(&item->attributes, LANG_ATTR_PRIVATE);
	return check_places(p, item, ATTR_ALIAS, "alias", alias->name.s, &alias->name.at) && parse_eol(p, item);
}

/* `word`: the keyword before the name, which is still to be taken, or NULL. */
static bool parse_assignment(struct parser *p, struct lang_item *item, const char *word)
{
	struct lang_assignment *a = item->assignment = arena_new(p->arena, struct lang_assignment);
	if (word)
		parser_take(p);
	if (!parser_name(p, &a->name))
		return false;
	parser_take(p);
	if (!parser_expr(p, &a->value) || !check_places(p, item, ATTR_ASSIGNMENT, "assignment", a->name.s, &a->name.at) || !parse_eol(p, item))
		return false;
	a->file = p->file;
	a->attributes = item->attributes;
	a->is_exported = word && word[1] == 'x';
	a->is_eager = word && word[1] == 'a';
	a->is_private = str_starts(a->name.s, STR("_")) || lang_has(&item->attributes, LANG_ATTR_PRIVATE);
	return true;
}

static bool parse_function(struct parser *p, struct lang_item *item)
{
	struct lang_function *f = item->function = arena_new(p->arena, struct lang_function);
	VEC(struct lang_name) params = { 0 };
	const struct token *t;
	if (!parser_name(p, &f->name) || !check_places(p, item, ATTR_FUNCTION, "function", f->name.s, &f->name.at))
		return false;
	parser_take(p);
	while (!parser_is(p, TOKEN_PAREN_R)) {
		struct lang_name name;
		if (!parser_name(p, &name))
			return false;
		vec_push_in(&params, p->arena, name);
		if (!parser_accept(p, TOKEN_COMMA))
			break;
	}
	if (!parser_expect(p, TOKEN_PAREN_R, &t) || !parser_expect(p, TOKEN_COLON_EQUALS, &t) || !parser_expr(p, &f->body) || !parse_eol(p, item))
		return false;
	f->file = p->file;
	f->attributes = item->attributes;
	f->params = params.p;
	f->n_params = params.n;
	p->ast->unstable |= LANG_UNSTABLE_FUNCTIONS;
	return true;
}

static bool parse_import(struct parser *p, struct lang_item *item)
{
	parser_take(p);
	item->import.is_optional = parser_accept(p, TOKEN_QUESTION) != NULL;
	if (!parser_string(p, &item->import.path))
		return false;
	item->import.at = item->import.path.at;
	const struct lang_loc *at = &item->import.at;
	struct str text = str_slice(p->file->text, at->offset, at->offset + at->length);
	return check_places(p, item, ATTR_IMPORT, "import", text, at) && parse_eol(p, item);
}

static bool parse_module(struct parser *p, struct lang_item *item)
{
	struct lang_module_item *m = &item->module;
	parser_take(p);
	m->is_optional = parser_accept(p, TOKEN_QUESTION) != NULL;
	if (!parser_name(p, &m->name))
		return false;
	/* The name of a module may be followed by a path; an x before it belongs to it. */
	bool is_string = parser_is(p, TOKEN_STRING);
	bool is_word = parser_is(p, TOKEN_IDENTIFIER) && parser_next(p)[1].kind == TOKEN_STRING;
	if (is_string || is_word) {
		m->has_path = true;
		if (!parser_string(p, &m->path))
			return false;
	}
	return check_places(p, item, ATTR_MODULE, "module", m->name.s, &m->name.at) && parse_eol(p, item);
}

static bool parse_bool(struct parser *p, bool *out)
{
	*out = true;
	if (!parser_accept(p, TOKEN_COLON_EQUALS))
		return true;
	struct lang_name name;
	if (!parser_name(p, &name))
		return false;
	*out = str_eq_c(name.s, "true");
	if (*out || str_eq_c(name.s, "false"))
		return true;
	return lang_fail(p->err, &name.at, "expected keyword `true` or `false` but found identifier `%.*s`", STR_ARG(name.s));
}

static bool parse_command(struct parser *p, struct lang_set *set)
{
	VEC(struct lang_expr *) items = { 0 };
	const struct token *t;
	if (!parser_expect(p, TOKEN_BRACKET_L, &t))
		return false;
	do {
		struct lang_expr *e;
		if (items.n && parser_is(p, TOKEN_BRACKET_R))
			break;
		if (!parser_expr(p, &e))
			return false;
		vec_push_in(&items, p->arena, e);
	} while (parser_accept(p, TOKEN_COMMA));
	set->items = items.p;
	set->n_items = items.n;
	return parser_expect(p, TOKEN_BRACKET_R, &t);
}

/* MAJOR.MINOR.PATCH without leading zeros. */
static bool read_version(struct str s, uint64_t out[3])
{
	for (int i = 0; i < 3; i++) {
		struct str part = s;
		if (i < 2 && !str_cut(s, '.', &part, &s))
			return false;
		out[i] = 0;
		if (part.n == 0 || (part.n > 1 && part.p[0] == '0') || part.n > 18)
			return false;
		for (size_t j = 0; j < part.n; j++) {
			if (part.p[j] < '0' || part.p[j] > '9')
				return false;
			out[i] = out[i] * 10 + (uint64_t)(part.p[j] - '0');
		}
	}
	return true;
}

static bool check_version(struct parser *p, const struct lang_expr *e)
{
	struct str want = e->string.cooked;
	uint64_t need[3], have[3];
	if (!read_version(want, need))
		return lang_fail(p->err, &e->at, "`minimum-version` setting has invalid version `%.*s`: expected `MAJOR.MINOR.PATCH`", STR_ARG(want));
	if (!read_version(p->host->version, have))
		return true;
	for (int i = 0; i < 3; i++) {
		if (have[i] > need[i])
			return true;
		if (have[i] < need[i])
			return lang_fail(p->err, &e->at, "justfile requires %.*s %.*s or later, but using %.*s", STR_ARG(p->host->program),
					 STR_ARG(want), STR_ARG(p->host->version));
	}
	return true;
}

static bool check_indentation(struct parser *p, const struct lang_expr *e)
{
	struct str s = e->string.cooked;
	if (s.n == 0)
		return lang_fail(p->err, &e->at, "indentation must not be empty");
	if (s.p[0] != ' ' && s.p[0] != '\t')
		return lang_fail(p->err, &e->at, "indentation must be spaces or tabs");
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] != s.p[0])
			return lang_fail(p->err, &e->at, "indentation may not be mixed");
	return true;
}

static bool check_literal(struct parser *p, const struct lang_item *item, const struct lang_set *set)
{
	const struct lang_expr *e = set->items[0];
	bool plain = e->kind == LANG_STRING && !e->string.expand &&
		     (e->string.quote == LANG_QUOTE_SINGLE || e->string.quote == LANG_QUOTE_DOUBLE);
	if (!plain)
		return lang_fail(p->err, &set->name.at, "`%.*s` setting must be a plain string literal", STR_ARG(set->name.s));
	if (set->kind == LANG_SET_MINIMUM_VERSION)
		return check_version(p, e);
	if (!check_indentation(p, e))
		return false;
	if (lang_attributes_enable(&item->attributes))
		p->ast->indentation = e->string.cooked;
	return true;
}

/* A setting that does not exist; one that has the name of a keyword is read further. */
static bool fail_setting(struct parser *p, const struct lang_item *item, const struct lang_set *set)
{
	static const char *const keywords[] = { "alias", "assert", "eager", "else", "f", "false", "if", "import", "mod", "set", "true", "unexport", "x" };
	const struct token *t;
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
		if (str_eq_c(set->name.s, keywords[i]) && (!check_places(p, item, ATTR_SET, "setting", set->name.s, &set->name.at) ||
							   !parser_expect(p, TOKEN_COLON_EQUALS, &t)))
			return false;
	return lang_fail(p->err, &set->name.at, "unknown setting `%.*s`", STR_ARG(set->name.s));
}

static bool parse_set(struct parser *p, struct lang_item *item)
{
	struct lang_set *set = &item->set;
	const struct token *t;
	parser_take(p);
	if (!parser_name(p, &set->name))
		return false;
	set->kind = LANG_SET_COUNT;
	for (int i = 0; i < LANG_SET_COUNT; i++)
		if (str_eq(lang_setting_rows[i].name, set->name.s))
			set->kind = (enum lang_setting_kind)i;
	if (set->kind == LANG_SET_COUNT)
		return fail_setting(p, item, set);
	if (!check_places(p, item, ATTR_SET, "setting", set->name.s, &set->name.at))
		return false;
	if (set->kind == LANG_SET_LISTS)
		p->ast->unstable |= LANG_UNSTABLE_LISTS;
	enum setting_form form = lang_setting_rows[set->kind].form;
	bool ok;
	if (form == SETTING_BOOL) {
		ok = parse_bool(p, &set->on);
	} else if (!parser_expect(p, TOKEN_COLON_EQUALS, &t)) {
		return false;
	} else if (form == SETTING_COMMAND) {
		ok = parse_command(p, set);
	} else {
		set->items = arena_array(p->arena, struct lang_expr *, 1);
		set->n_items = 1;
		ok = parser_expr(p, set->items) && (form != SETTING_LITERAL || check_literal(p, item, set));
	}
	return ok && parse_eol(p, item);
}

static bool parse_unexport(struct parser *p, struct lang_item *item)
{
	parser_take(p);
	return parser_name(p, &item->unexport) && check_places(p, item, ATTR_UNEXPORT, "unexport", item->unexport.s, &item->unexport.at) &&
	       parse_eol(p, item);
}

/* Recipes. */

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

/* What [arg] says of a parameter; its own syntax has been checked. */
static bool apply_arg(struct parser *p, struct lang_param *param)
{
	const struct lang_attribute *attr = param->arg;
	static const struct {
		struct str key;
		const char *what;
	} features[] = {
		{ STR_INIT("flag"), "`flag` arguments require" },
		{ STR_INIT("max"), "`[arg(max)]` requires" },
		{ STR_INIT("min"), "`[arg(min)]` requires" },
		{ STR_INIT("multiple"), "`[arg(multiple)]` requires" },
	};
	const struct lang_keyword *k;
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		if ((k = lang_keyword_find(attr, features[i].key)))
			parser_feature(p, &k->name.at, features[i].what);
	struct str name = param->name.s;
	param->long_option = option_of(attr, false);
	param->short_option = option_of(attr, true);
	param->is_flag = lang_keyword_find(attr, STR("flag"));
	param->is_multiple = lang_keyword_find(attr, STR("multiple"));
	param->value = (k = lang_keyword_find(attr, STR("value"))) ? k->value : NULL;
	const struct lang_keyword *min = lang_keyword_find(attr, STR("min")), *max = lang_keyword_find(attr, STR("max"));
	k = min ? min : max;
	if (k && !param->is_multiple && param->kind == LANG_PARAM_ONE)
		return lang_fail(p->err, &k->name.at, "argument attribute `%.*s` only valid with `multiple` or a variadic parameter", STR_ARG(k->name.s));
	param->has_min = min;
	param->has_max = max;
	param->min = count_of(min, 0);
	param->max = count_of(max, UINT64_MAX);
	if (param->is_flag && param->fallback)
		return lang_fail(p->err, &param->name.at, "flag parameter `%.*s` may not have a default", STR_ARG(name));
	return true;
}

static bool parse_param(struct parser *p, const struct lang_recipe *r, enum lang_param_kind kind, struct lang_param *out)
{
	*out = (struct lang_param){ .kind = kind, .max = UINT64_MAX };
	out->exported = parser_accept(p, TOKEN_DOLLAR) != NULL;
	if (!parser_name(p, &out->name))
		return false;
	if (parser_accept(p, TOKEN_EQUALS) && !parser_value(p, &out->fallback))
		return false;
	for (size_t i = 0; i < r->attributes.n && !out->arg && lang_has(&r->attributes, LANG_ATTR_ARG); i++) {
		const struct lang_attribute *attr = &r->attributes.p[i];
		if (attr->kind == LANG_ATTR_ARG && str_eq(attr->args[0]->string.cooked, out->name.s))
			out->arg = attr;
	}
	return !out->arg || apply_arg(p, out);
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
static bool parse_dependency_args(struct parser *p, struct lang_dependency *dep)
{
	VEC(struct lang_argument) args = { 0 };
	bool has_star = false;
	while (!parser_is(p, TOKEN_PAREN_R)) {
		const struct token *star = parser_accept(p, TOKEN_ASTERISK);
		if (star) {
			struct lang_loc at = parser_loc(p, star);
			if (!dep->is_mapped)
				return lang_fail(p->err, &at, "starred arguments may not be used outside mapped dependencies");
			if (has_star)
				return lang_fail(p->err, &at, "mapped dependencies may not have multiple starred arguments");
			has_star = true;
		}
		struct lang_argument arg = { .is_mapped = star != NULL };
		if (star ? !parser_value(p, &arg.expr) : !parser_expr(p, &arg.expr))
			return false;
		if (star)
			dep->star = parser_loc(p, star);
		vec_push_in(&args, p->arena, arg);
	}
	dep->args = args.p;
	dep->n_args = args.n;
	parser_take(p);
	return true;
}

static bool parse_dependency(struct parser *p, struct lang_dependency *dep, bool *found)
{
	*dep = (struct lang_dependency){ 0 };
	*found = true;
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
	if (!dep->path.n) {
		dep->has_parentheses = true;
		if (!parser_path(p, &dep->path) || !parse_dependency_args(p, dep))
			return false;
	}
	dep->at = dep->path.p[dep->path.n - 1].at;
	if (dep->is_mapped && !dep->star.file) {
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
	r->n_priors = p->deps.n;
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
			part.text = parser_text(p, t);
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
	r->is_shebang = r->n_lines && r->body[0].n && !r->body[0].p[0].expr && str_starts(r->body[0].p[0].text, STR("#!"));
	return true;
}

/* The comment directly above, if there is one, becomes the item's. */
static void pop_doc(struct parser *p, struct lang_item *item)
{
	if (!p->items.n || vec_last(&p->items).kind != LANG_ITEM_COMMENT)
		return;
	struct str text = vec_last(&p->items).comment;
	if (str_starts(text, STR("#!")) && text.p == p->file->text.p)
		return;
	p->items.n--;
	item->doc = str_trim(str_slice(text, 1, text.n));
	if (!item->doc.p)
		item->doc = STR("");
}

static bool parse_recipe(struct parser *p, struct lang_item *item, bool quiet, bool *blank)
{
	struct lang_recipe *r = item->recipe = arena_new(p->arena, struct lang_recipe);
	const struct token *t;
	r->is_quiet = quiet;
	r->file = p->file;
	r->attributes = item->attributes;
	if (!parser_name(p, &r->name) || !check_options(p, r) || !parse_params(p, r) || !parser_expect(p, TOKEN_COLON, &t) ||
	    !check_arg_names(p, r) || !parse_dependencies(p, r) || !check_exclusive(p, r))
		return false;
	p->expected |= (uint64_t)1 << TOKEN_INDENT;
	if (!parse_eol(p, item) || !parse_body(p, r, blank))
		return false;
	if (r->n_lines) {
		item->header_comment = item->comment;
		item->comment = STR_NONE;
	}
	r->comment = item->doc;
	if (lang_has(&r->attributes, LANG_ATTR_CACHE))
		p->ast->unstable |= LANG_UNSTABLE_CACHE;
	r->is_private = str_starts(r->name.s, STR("_")) || lang_has(&r->attributes, LANG_ATTR_PRIVATE);
	return check_places(p, item, ATTR_RECIPE, "recipe", r->name.s, &r->name.at);
}

/* The line goes on to its end after `n` tokens. */
static bool ends_after(const struct parser *p, size_t n)
{
	if (p->at + n >= p->tokens.n)
		return false;
	enum token_kind kind = p->tokens.p[p->at + n].kind;
	return kind == TOKEN_COMMENT || kind == TOKEN_EOF || kind == TOKEN_EOL;
}

static bool begins_import(const struct parser *p)
{
	return PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_STRING) || PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER, TOKEN_STRING) ||
	       PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_QUESTION);
}

static bool begins_module(const struct parser *p)
{
	return (PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER) && ends_after(p, 2)) ||
	       PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER, TOKEN_STRING) ||
	       PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER, TOKEN_STRING) ||
	       PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_QUESTION);
}

static bool begins_set(const struct parser *p)
{
	return PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER, TOKEN_COLON_EQUALS) ||
	       (PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER) && ends_after(p, 2));
}

/* name(…) := is a function: nothing else has a parenthesis behind its first name. */
static bool begins_function(const struct parser *p)
{
	return PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_PAREN_L);
}

static bool parse_named_item(struct parser *p, struct lang_item *item, bool *blank)
{
	const struct token *t = parser_next(p);
	bool assigns = PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER, TOKEN_COLON_EQUALS);
	if (parser_is_word(p, t, "alias") && assigns) {
		item->kind = LANG_ITEM_ALIAS;
		return parse_alias(p, item);
	}
	if (parser_is_word(p, t, "export") && assigns) {
		item->kind = LANG_ITEM_ASSIGNMENT;
		return parse_assignment(p, item, "export");
	}
	if (parser_is_word(p, t, "eager") && assigns) {
		item->kind = LANG_ITEM_ASSIGNMENT;
		return parse_assignment(p, item, "eager");
	}
	if (parser_is_word(p, t, "import") && begins_import(p)) {
		item->kind = LANG_ITEM_IMPORT;
		return parse_import(p, item);
	}
	if (parser_is_word(p, t, "mod") && begins_module(p)) {
		item->kind = LANG_ITEM_MODULE;
		pop_doc(p, item);
		return parse_module(p, item);
	}
	if (parser_is_word(p, t, "set") && begins_set(p)) {
		item->kind = LANG_ITEM_SET;
		return parse_set(p, item);
	}
	if (parser_is_word(p, t, "unexport") && PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER) && ends_after(p, 2)) {
		item->kind = LANG_ITEM_UNEXPORT;
		return parse_unexport(p, item);
	}
	if (PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_COLON_EQUALS)) {
		item->kind = LANG_ITEM_ASSIGNMENT;
		return parse_assignment(p, item, NULL);
	}
	if (begins_function(p)) {
		item->kind = LANG_ITEM_FUNCTION;
		return parse_function(p, item);
	}
	item->kind = LANG_ITEM_RECIPE;
	pop_doc(p, item);
	return parse_recipe(p, item, false, blank);
}

static void push(struct parser *p, struct lang_item *item)
{
	item->is_disabled = !lang_attributes_enable(&item->attributes);
	vec_push(&p->items, *item);
}

static bool parse_item(struct parser *p, struct lang_item *item, bool *done)
{
	const struct token *t;
	bool blank = false, ok = true;
	if ((t = parser_accept(p, TOKEN_COMMENT))) {
		item->kind = LANG_ITEM_COMMENT;
		item->comment = str_trim_right(parser_text(p, t));
		ok = parser_is(p, TOKEN_EOF) || parser_expect(p, TOKEN_EOL, &t);
	} else if (parser_accept(p, TOKEN_EOL)) {
		item->kind = LANG_ITEM_BLANK;
	} else if (!item->attributes.n && parser_accept(p, TOKEN_EOF)) {
		*done = true;
		return true;
	} else if (parser_is(p, TOKEN_IDENTIFIER)) {
		ok = parse_named_item(p, item, &blank);
	} else if (parser_accept(p, TOKEN_AT)) {
		item->kind = LANG_ITEM_RECIPE;
		pop_doc(p, item);
		ok = parse_recipe(p, item, true, &blank);
	} else {
		return parser_unexpected(p);
	}
	if (!ok)
		return false;
	if (item->attributes.n && (item->kind == LANG_ITEM_COMMENT || item->kind == LANG_ITEM_BLANK))
		return lang_fail(p->err, &item->brackets, "extraneous attribute%s", item->attributes.n == 1 ? "" : "s");
	push(p, item);
	if (blank)
		push(p, &(struct lang_item){ .kind = LANG_ITEM_BLANK });
	return true;
}

static bool parse_file(struct parser *p)
{
	if (!token_lex(p->file, &p->tokens, p->err))
		return false;
	if (parser_next(p)->kind == TOKEN_BYTE_ORDER_MARK)
		parser_take(p);
	for (bool done = false; !done;) {
		struct lang_item item = { 0 };
		if (!parser_attributes(p, &item) || !parse_item(p, &item, &done))
			return false;
	}
	parser_finish(p, &p->items, p->ast->items, p->ast->n_items);
	return true;
}

bool lang_parse(struct lang_file *file, const struct lang_host *host, struct arena *a, struct lang_file_ast **out, struct err *err)
{
	struct parser p = { .file = file, .host = host, .arena = a, .err = err };
	p.ast = arena_new(a, struct lang_file_ast);
	p.ast->file = file;
	bool ok = parse_file(&p);
	free(p.tokens.p);
	vec_deinit(&p.items);
	vec_deinit(&p.params);
	vec_deinit(&p.parts);
	vec_deinit(&p.lines);
	vec_deinit(&p.deps);
	if (ok)
		*out = p.ast;
	return ok;
}
