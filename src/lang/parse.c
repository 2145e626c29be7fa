/*
 * Items by recursive descent: what stands at the top level of a file. Which item begins is told by the next few kinds of tokens, since just's
 * keywords are names too: `mod:` is a recipe. Whatever fits no other form is read as a recipe, and so are errors worded.
 */
#include "lang/parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

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
	[LANG_SET_TRACE] = { STR_INIT("trace"), SETTING_BOOL, .is_own = true },
	[LANG_SET_UNSTABLE] = { STR_INIT("unstable"), SETTING_BOOL },
	[LANG_SET_WINDOWS_POWERSHELL] = { STR_INIT("windows-powershell"), SETTING_BOOL },
	[LANG_SET_WINDOWS_SHELL] = { STR_INIT("windows-shell"), SETTING_COMMAND },
	[LANG_SET_WORKING_DIRECTORY] = { STR_INIT("working-directory"), SETTING_STRING },
};

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
	struct lang_name name;
	if (!parser_name(p, &name))
		return false;
	out->at = name.at;
	while (parser_accept(p, TOKEN_COLON_COLON)) {
		if (!parser_name(p, &name))
			return false;
		out->at.length = name.at.offset + name.at.length - out->at.offset;
	}
	return true;
}

struct lang_notes *parser_notes(struct parser *p, struct lang_item *item)
{
	if (!item->notes)
		item->notes = arena_new(p->arena, struct lang_notes);
	return item->notes;
}

/* The end of an item's line, with the comment that may stand there. */
bool parser_eol(struct parser *p, struct lang_item *item)
{
	const struct token *t = parser_accept(p, TOKEN_COMMENT);
	if (t)
		parser_notes(p, item)->comment = str_trim_right(parser_text(p, t));
	return parser_is(p, TOKEN_EOF) || parser_expect(p, TOKEN_EOL, &t);
}

bool parser_check_places(struct parser *p, const struct lang_item *item, unsigned place, const char *noun, struct str name, const struct lang_loc *at)
{
	for (size_t i = 0; i < item->attributes->n; i++) {
		const struct attr_row *row = &lang_attr_rows[item->attributes->p[i].kind];
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
	alias->attributes = *item->attributes;
	alias->is_private = str_starts(alias->name.s, STR("_")) || lang_has(item->attributes, LANG_ATTR_PRIVATE);
	return parser_check_places(p, item, ATTR_ALIAS, "alias", alias->name.s, &alias->name.at) && parser_eol(p, item);
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
	p->kinds = 0;
	if (!parser_expr(p, &a->value) || !parser_check_places(p, item, ATTR_ASSIGNMENT, "assignment", a->name.s, &a->name.at) || !parser_eol(p, item))
		return false;
	a->kinds = p->kinds;
	a->attributes = *item->attributes;
	a->is_exported = word && word[1] == 'x';
	a->is_eager = word && word[1] == 'a';
	a->is_private = str_starts(a->name.s, STR("_")) || lang_has(item->attributes, LANG_ATTR_PRIVATE);
	return true;
}

static bool parse_function(struct parser *p, struct lang_item *item)
{
	struct lang_function *f = item->function = arena_new(p->arena, struct lang_function);
	const struct token *t;
	p->names.n = 0;
	if (!parser_name(p, &f->name) || !parser_check_places(p, item, ATTR_FUNCTION, "function", f->name.s, &f->name.at))
		return false;
	parser_take(p);
	while (!parser_is(p, TOKEN_PAREN_R)) {
		struct lang_name name;
		if (!parser_name(p, &name))
			return false;
		vec_push(&p->names, name);
		if (!parser_accept(p, TOKEN_COMMA))
			break;
	}
	uint32_t n;
	parser_finish(p, &p->names, f->params, n);
	f->n_params = n;
	if (!parser_expect(p, TOKEN_PAREN_R, &t) || !parser_expect(p, TOKEN_COLON_EQUALS, &t) || !parser_expr(p, &f->body) || !parser_eol(p, item))
		return false;
	f->file = p->file;
	f->attributes = *item->attributes;
	p->ast->unstable |= LANG_UNSTABLE_FUNCTIONS;
	return true;
}

static bool parse_import(struct parser *p, struct lang_item *item)
{
	struct lang_import *import = item->import = arena_new(p->arena, struct lang_import);
	parser_take(p);
	import->is_optional = parser_accept(p, TOKEN_QUESTION) != NULL;
	return parser_string(p, &import->path, &import->at) &&
	       parser_check_places(p, item, ATTR_IMPORT, "import", lang_text(&import->at), &import->at) && parser_eol(p, item);
}

static bool parse_module(struct parser *p, struct lang_item *item, struct str doc)
{
	struct lang_module_item *m = item->module = arena_new(p->arena, struct lang_module_item);
	struct lang_loc at;
	m->doc = doc;
	parser_take(p);
	m->is_optional = parser_accept(p, TOKEN_QUESTION) != NULL;
	if (!parser_name(p, &m->name))
		return false;
	/* The name of a module may be followed by a path; an x before it belongs to it. */
	bool is_string = parser_is(p, TOKEN_STRING);
	bool is_word = parser_is(p, TOKEN_IDENTIFIER) && parser_next(p)[1].kind == TOKEN_STRING;
	if (is_string || is_word) {
		m->has_path = true;
		if (!parser_string(p, &m->path, &at))
			return false;
	}
	return parser_check_places(p, item, ATTR_MODULE, "module", m->name.s, &m->name.at) && parser_eol(p, item);
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
	const struct token *t;
	size_t from = p->exprs.n;
	if (!parser_expect(p, TOKEN_BRACKET_L, &t))
		return false;
	do {
		struct lang_expr *e;
		if (p->exprs.n > from && parser_is(p, TOKEN_BRACKET_R))
			break;
		if (!parser_expr(p, &e))
			return false;
		vec_push(&p->exprs, e);
	} while (parser_accept(p, TOKEN_COMMA));
	uint32_t n;
	parser_finish_from(p, &p->exprs, from, set->items, n);
	set->n_items = n;
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
	if (lang_attributes_enable(item->attributes))
		p->ast->indentation = e->string.cooked;
	return true;
}

/* A setting that does not exist; one that has the name of a keyword is read further. */
static bool fail_setting(struct parser *p, const struct lang_item *item, const struct lang_set *set)
{
	static const char *const keywords[] = { "alias", "assert", "eager", "else", "f", "false", "if", "import", "mod", "set", "true", "unexport", "x" };
	const struct token *t;
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
		if (str_eq_c(set->name.s, keywords[i]) && (!parser_check_places(p, item, ATTR_SET, "setting", set->name.s, &set->name.at) ||
							   !parser_expect(p, TOKEN_COLON_EQUALS, &t)))
			return false;
	return lang_fail(p->err, &set->name.at, "unknown setting `%.*s`", STR_ARG(set->name.s));
}

static bool parse_set(struct parser *p, struct lang_item *item)
{
	struct lang_set *set = item->set = arena_new(p->arena, struct lang_set);
	const struct token *t;
	parser_take(p);
	if (!parser_name(p, &set->name))
		return false;
	set->kind = LANG_SET_COUNT;
	for (int i = 0; i < LANG_SET_COUNT; i++)
		if (str_eq(lang_setting_rows[i].name, set->name.s) && (!lang_setting_rows[i].is_own || p->host->has_extensions))
			set->kind = (enum lang_setting_kind)i;
	if (set->kind == LANG_SET_COUNT)
		return fail_setting(p, item, set);
	if (!parser_check_places(p, item, ATTR_SET, "setting", set->name.s, &set->name.at))
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
	return ok && parser_eol(p, item);
}

static bool parse_unexport(struct parser *p, struct lang_item *item)
{
	struct lang_name *name = item->unexport = arena_new(p->arena, struct lang_name);
	parser_take(p);
	return parser_name(p, name) && parser_check_places(p, item, ATTR_UNEXPORT, "unexport", name->s, &name->at) && parser_eol(p, item);
}

/* Takes back the last item, a comment. */
static void drop_last(struct parser *p)
{
	struct lang_item *item = *p->last;
	*p->last = NULL;
	p->end = p->last;
	p->last = NULL;
	arena_trim(p->items, item, sizeof(*item), 0);
}

/* The comment directly above, if there is one, which is no item of its own then; p is NULL where there is none. */
static struct str pop_doc(struct parser *p)
{
	struct lang_item *item = p->last ? *p->last : NULL;
	if (!item || item->kind != LANG_ITEM_COMMENT)
		return STR_NONE;
	struct str text = lang_item_comment(item);
	if (str_starts(text, STR("#!")) && text.p == p->file->text.p)
		return STR_NONE;
	drop_last(p);
	p->doc = (struct lang_fold){ (uint32_t)(text.p - p->file->text.p), (uint32_t)text.n, p->comment_line };
	struct str doc = str_trim(str_slice(text, 1, text.n));
	return doc.p ? doc : STR("");
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
	if (PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_COLON_EQUALS)) {
		item->kind = LANG_ITEM_ASSIGNMENT;
		return parse_assignment(p, item, NULL);
	}
	bool assigns = PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER, TOKEN_COLON_EQUALS);
	if (parser_is_word(p, t, STR("alias")) && assigns) {
		item->kind = LANG_ITEM_ALIAS;
		return parse_alias(p, item);
	}
	if (parser_is_word(p, t, STR("export")) && assigns) {
		item->kind = LANG_ITEM_ASSIGNMENT;
		return parse_assignment(p, item, "export");
	}
	if (parser_is_word(p, t, STR("eager")) && assigns) {
		item->kind = LANG_ITEM_ASSIGNMENT;
		return parse_assignment(p, item, "eager");
	}
	if (parser_is_word(p, t, STR("import")) && begins_import(p)) {
		item->kind = LANG_ITEM_IMPORT;
		return parse_import(p, item);
	}
	if (parser_is_word(p, t, STR("mod")) && begins_module(p)) {
		item->kind = LANG_ITEM_MODULE;
		return parse_module(p, item, pop_doc(p));
	}
	if (parser_is_word(p, t, STR("set")) && begins_set(p)) {
		item->kind = LANG_ITEM_SET;
		return parse_set(p, item);
	}
	if (parser_is_word(p, t, STR("unexport")) && PARSER_ARE(p, TOKEN_IDENTIFIER, TOKEN_IDENTIFIER) && ends_after(p, 2)) {
		item->kind = LANG_ITEM_UNEXPORT;
		return parse_unexport(p, item);
	}
	if (begins_function(p)) {
		item->kind = LANG_ITEM_FUNCTION;
		return parse_function(p, item);
	}
	item->kind = LANG_ITEM_RECIPE;
	return parser_recipe(p, item, pop_doc(p), blank);
}

static void push(struct parser *p, struct lang_item *item)
{
	struct lang_item *own = arena_alloc(p->items, sizeof(*own));
	*own = *item;
	own->is_disabled = !lang_attributes_enable(item->attributes);
	*p->end = own;
	p->last = p->end;
	p->end = &own->next;
	p->ast->n_assignments += item->kind == LANG_ITEM_ASSIGNMENT;
	p->ast->n_recipes += item->kind == LANG_ITEM_RECIPE;
}

const struct lang_attributes parser_no_attributes;

/* In a folded file comments and empty lines are no items, but for the comment that may be the next item's. True where nothing is to be pushed. */
static bool skips(struct parser *p, const struct lang_item *item)
{
	bool is_comment = item->kind == LANG_ITEM_COMMENT;
	if (!p->folds || (!is_comment && item->kind != LANG_ITEM_BLANK))
		return false;
	if (p->last && *p->last && (*p->last)->kind == LANG_ITEM_COMMENT)
		drop_last(p);
	if (!is_comment)
		p->last = NULL;
	return !is_comment;
}

static bool parse_item(struct parser *p, struct lang_item *item, const struct lang_loc *brackets, bool *done)
{
	const struct token *t;
	bool blank = false, ok = true;
	if ((t = parser_accept(p, TOKEN_COMMENT))) {
		struct str text = str_trim_right(parser_text(p, t));
		item->kind = LANG_ITEM_COMMENT;
		item->comment = text.p;
		item->comment_length = (uint32_t)text.n;
		p->comment_line = t->line;
		ok = parser_is(p, TOKEN_EOF) || parser_expect(p, TOKEN_EOL, &t);
	} else if (parser_accept(p, TOKEN_EOL)) {
		item->kind = LANG_ITEM_BLANK;
	} else if (!item->attributes->n && parser_accept(p, TOKEN_EOF)) {
		*done = true;
		return true;
	} else if (parser_is(p, TOKEN_IDENTIFIER)) {
		ok = parse_named_item(p, item, &blank);
	} else if (parser_accept(p, TOKEN_AT)) {
		item->kind = LANG_ITEM_RECIPE;
		ok = parser_recipe(p, item, pop_doc(p), &blank);
		item->recipe->is_quiet = true;
	} else {
		return parser_unexpected(p);
	}
	if (!ok)
		return false;
	if (item->attributes->n && (item->kind == LANG_ITEM_COMMENT || item->kind == LANG_ITEM_BLANK))
		return lang_fail(p->err, brackets, "extraneous attribute%s", item->attributes->n == 1 ? "" : "s");
	item->ends_blank = blank;
	return true;
}

bool parser_fill(struct parser *p)
{
	if (p->at < p->tokens.n)
		return true;
	p->at = p->tokens.n = 0;
	return token_next(p->lexer, &p->tokens, p->err);
}

bool parser_item(struct parser *p, bool *done)
{
	struct lang_item item = { .attributes = &parser_no_attributes };
	struct lang_loc brackets;
	struct arena_mark mark = arena_mark(p->arena);
	if (!parser_fill(p))
		return false;
	struct token from = *parser_next(p);
	p->kinds = 0;
	p->doc.length = 0;
	if (!parser_attributes(p, &item, &brackets) || !parse_item(p, &item, &brackets, done))
		return false;
	if (*done || skips(p, &item))
		return true;
	if (p->folds && item.kind == LANG_ITEM_RECIPE)
		parser_fold(p, &item, &from, mark);
	push(p, &item);
	return true;
}

static bool parse_file(struct parser *p)
{
	if (!parser_fill(p))
		return false;
	if (parser_next(p)->kind == TOKEN_BYTE_ORDER_MARK)
		parser_take(p);
	for (bool done = false; !done;)
		if (!parser_item(p, &done))
			return false;
	parser_finish(p, &p->features, p->ast->features, p->ast->n_features);
	return true;
}

/* just cuts the whole file into tokens first: what is wrong there goes before what the parser found. */
static void prefer_lexer_error(struct parser *p)
{
	struct err err = { 0 };
	bool ok = true;
	while (ok && p->tokens.n > 0 && p->tokens.p[p->tokens.n - 1].kind != TOKEN_EOF)
		ok = token_next(p->lexer, &p->tokens, &err);
	if (ok)
		return;
	err_deinit(p->err);
	err_move(p->err, &err);
}

void parser_deinit(struct parser *p)
{
	token_lexer_free(p->lexer);
	vec_deinit(&p->names);
	vec_deinit(&p->exprs);
	vec_deinit(&p->attributes);
	vec_deinit(&p->keywords);
	vec_deinit(&p->params);
	vec_deinit(&p->parts);
	vec_deinit(&p->lines);
	vec_deinit(&p->deps);
	vec_deinit(&p->features);
}

bool lang_parse(struct lang_file *file, const struct lang_host *host, struct arena *items, struct arena *a, struct lang_file_ast **out, struct err *err)
{
	struct parser p = { .file = file, .host = host, .arena = a, .err = err, .lexer = token_lexer_new(file), .folds = items != NULL };
	p.items = items ? items : a;
	p.ast = arena_new(a, struct lang_file_ast);
	p.ast->file = file;
	p.end = &p.ast->items;
	bool ok = parse_file(&p);
	if (!ok)
		prefer_lexer_error(&p);
	parser_deinit(&p);
	if (ok)
		*out = p.ast;
	return ok;
}
