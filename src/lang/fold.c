/*
 * Folded recipes: most of the memory that a tasks file takes is the trees of its recipes, and in a run that makes a plan each of them is needed twice for a moment: as it is
 * checked and as its node is made. So the parser gives that memory back, and what is needed again is parsed again, from its own piece of the text.
 *
 * What can only be judged when the whole file is known decides which recipes are folded: none with parameters, [arg] or [doc], whose
 * values are constants; none that reaches into a module; no line that could be wrong by a setting. All else of a recipe is checked as it is parsed, or by names
 * (has_names), for which it is unfolded once more.
 */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "lang/parser.h"

struct lang_unfolder {
	struct parser parser;
	struct lang_file_ast ast;
};

static bool is_blank(struct str text)
{
	return text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t');
}

static struct str first_text(const struct lang_line *line)
{
	return line->n > 0 ? lang_fragment_text(&line->p[0]) : STR("");
}

/* Whether no setting can make a line of a shell's recipe wrong: see check_body in analyze.c. */
static bool has_plain_lines(const struct lang_recipe *r)
{
	bool continued = false;
	for (size_t i = 0; i < r->n_lines; i++) {
		const struct lang_line *line = &r->body[i];
		struct str text = first_text(line);
		if (!continued && (is_blank(text) || lang_has_rival_sigils(text)))
			return false;
		continued = line->n > 0 && !str_starts(text, STR("#")) && str_ends(lang_fragment_text(&line->p[line->n - 1]), STR("\\"));
	}
	return true;
}

static bool can_fold(const struct lang_item *item)
{
	const struct lang_recipe *r = item->recipe;
	bool is_script = lang_has(&r->attributes, LANG_ATTR_SCRIPT);
	if (r->n_params > 0 || lang_has(&r->attributes, LANG_ATTR_ARG) || lang_has(&r->attributes, LANG_ATTR_DOC) || !lang_attributes_enable(item->attributes))
		return false;
	for (size_t i = 0; i < r->n_deps; i++)
		if (str_find_char(lang_text(&r->deps[i].path.at), ':') != STR_NPOS)
			return false;
	return is_script || has_plain_lines(r);
}

/* The same word for all that have the same one. `script` is about to be forgotten. */
static const struct str *keep_interpreter(struct parser *p, struct str word)
{
	if (!p->interpreter || !str_eq(*p->interpreter, word)) {
		struct str *kept = arena_new(p->arena, struct str);
		*kept = arena_str(p->arena, word);
		p->interpreter = kept;
	}
	return p->interpreter;
}

void parser_fold(struct parser *p, struct lang_item *item, const struct token *from, struct arena_mark mark)
{
	struct lang_recipe head = *item->recipe;
	const uint32_t names = (uint32_t)1 << LANG_VARIABLE | (uint32_t)1 << LANG_CALL | (uint32_t)1 << LANG_BACKTICK;
	head.has_names = p->kinds & names;
	VEC(union lang_need) needs = { 0 };
	AUTO_BUF word = { 0 };
	if (!can_fold(item))
		return;
	for (size_t i = 0; i < head.n_deps; i++) {
		struct lang_loc at = head.deps[i].path.at;
		vec_push(&needs, (union lang_need){ .place = { at.offset, at.length } });
		head.has_names |= head.deps[i].has_parentheses;
	}
	if (head.interpreter)
		buf_add(&word, *head.interpreter);
	bool is_documented = p->doc.length > 0;
	head.fold.offset = is_documented ? p->doc.offset : from->offset;
	head.fold.line = is_documented ? p->doc.line : from->line;
	head.fold.length = parser_next(p)->offset - head.fold.offset;
	head.is_folded = true;
	head.attributes.p = NULL;
	head.attributes.n = 0;
	arena_rewind(p->arena, mark);
	head.interpreter = head.interpreter ? keep_interpreter(p, buf_str(&word)) : NULL;
	parser_finish(p, &needs, head.needs, head.n_deps);
	vec_deinit(&needs);
	item->attributes = &parser_no_attributes;
	item->notes = NULL;
	item->recipe = arena_alloc(p->arena, offsetof(struct lang_recipe, comment));
	memcpy(item->recipe, &head, offsetof(struct lang_recipe, comment));
}

/* --- unfolding --- */

static struct parser *begin(const struct lang_tree *tree, const struct lang_recipe *r, struct arena *a, struct err *err)
{
	struct lang_unfolder *u = tree->unfolder;
	struct lang_file *file = (struct lang_file *)r->name.at.file;
	struct parser *p = &u->parser;
	if (!p->lexer)
		p->lexer = token_lexer_new(file);
	p->ast = &u->ast;
	p->file = file;
	p->host = tree->host;
	p->arena = p->items = a;
	p->err = err;
	p->at = p->tokens.n = p->features.n = 0;
	u->ast = (struct lang_file_ast){ .file = file };
	p->last = NULL;
	p->end = &u->ast.items;
	token_lexer_begin(p->lexer, file, &r->fold);
	return p;
}

bool lang_unfold_into(const struct lang_tree *tree, const struct lang_recipe *recipe, struct arena *a, struct lang_recipe **out, struct err *err)
{
	struct parser *p = begin(tree, recipe, a, err);
	struct lang_recipe *whole = NULL;
	while (!whole) {
		bool done = false;
		if (!parser_item(p, &done))
			return false;
		assert(!done);
		if (p->last && (*p->last)->kind == LANG_ITEM_RECIPE)
			whole = (*p->last)->recipe;
	}
	whole->path = recipe->path;
	whole->module = recipe->module;
	whole->is_quiet = recipe->is_quiet;
	whole->is_script = recipe->is_script;
	whole->is_enabled = recipe->is_enabled;
	whole->depth = recipe->depth;
	whole->order = recipe->order;
	whole->index = recipe->index;
	for (size_t i = 0; i < recipe->n_deps; i++)
		whole->deps[i].recipe = recipe->needs[i].recipe;
	*out = whole;
	return lang_bind_unfolded((struct lang_tree *)tree, whole, err);
}

const struct lang_recipe *lang_unfold(const struct lang_tree *tree, const struct lang_recipe *recipe, struct arena *a)
{
	AUTO_ERR none = { 0 };
	struct lang_recipe *whole;
	if (!recipe->is_folded)
		return recipe;
	/* It has been checked, unless it cannot be run at all. */
	bool ok = lang_unfold_into(tree, recipe, a, &whole, &none);
	assert(ok || !recipe->is_enabled);
	(void)ok;
	return whole;
}

void lang_expect(const struct lang_recipe *recipe)
{
	enum { LINE = 64, LINES = 4 };
	const char *text = recipe->is_folded ? recipe->name.at.file->text.p + recipe->fold.offset : NULL;
	for (uint32_t i = 0; text && i < LINES && i * LINE < recipe->fold.length; i++)
		__builtin_prefetch(text + (size_t)i * LINE);
}

static void unfold_module(struct lang_tree *tree, struct lang_module *m)
{
	for (size_t i = 0; i < map_len(&m->recipes); i++) {
		const struct lang_recipe **r = map_at(&m->recipes, i), *whole = lang_unfold(tree, *r, &tree->arena);
		if (m->default_recipe == *r)
			m->default_recipe = whole;
		*r = whole;
	}
	for (size_t i = 0; i < map_len(&m->aliases); i++) {
		struct lang_alias *alias = *(struct lang_alias **)map_at(&m->aliases, i);
		if (alias->recipe)
			alias->recipe = lang_unfold(tree, alias->recipe, &tree->arena);
	}
	for (size_t i = 0; i < map_len(&m->modules); i++)
		unfold_module(tree, *(struct lang_module **)map_at(&m->modules, i));
}

void lang_unfold_all(struct lang_tree *tree)
{
	if (tree->unfolder)
		unfold_module(tree, tree->root);
}

struct lang_unfolder *lang_unfolder_new(void)
{
	return xcalloc(1, sizeof(struct lang_unfolder));
}

void lang_unfolder_free(struct lang_unfolder *u)
{
	if (!u)
		return;
	if (u->parser.lexer)
		parser_deinit(&u->parser);
	free(u);
}
