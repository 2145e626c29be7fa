/*
 * The tree back to text. --fmt and --dump print the items of one file in turn, so that order, blank lines and comments stay; lines of a body are
 * kept as they are but for their indentation and the spaces inside {{ }}.
 */
#include "lang/file_ast.h"

static void add_string(const struct lang_string *s, struct buf *out)
{
	static const char *const quotes[] = {
		[LANG_QUOTE_SINGLE] = "'",          [LANG_QUOTE_DOUBLE] = "\"",   [LANG_QUOTE_TRIPLE_SINGLE] = "'''",
		[LANG_QUOTE_TRIPLE_DOUBLE] = "\"\"\"", [LANG_QUOTE_BACKTICK] = "`", [LANG_QUOTE_TRIPLE_BACKTICK] = "```",
	};
	if (s->expand)
		buf_add_char(out, 'x');
	buf_add_c(out, quotes[s->quote]);
	buf_add(out, lang_string_raw(s));
	buf_add_c(out, quotes[s->quote]);
}

static void add_interpolation(const struct lang_expr *e, struct buf *out)
{
	buf_add_c(out, "{{ ");
	lang_show_expr(e, out);
	buf_add_c(out, " }}");
}

static void add_format(const struct lang_expr *e, struct buf *out)
{
	static const char *const quotes[] = {
		[LANG_QUOTE_SINGLE] = "'",
		[LANG_QUOTE_DOUBLE] = "\"",
		[LANG_QUOTE_TRIPLE_SINGLE] = "'''",
		[LANG_QUOTE_TRIPLE_DOUBLE] = "\"\"\"",
	};
	const char *quote = quotes[e->format.texts[0].quote];
	buf_addf(out, "f%s", quote);
	for (size_t i = 0; i <= e->format.n; i++) {
		buf_add(out, lang_string_raw(&e->format.texts[i]));
		if (i < e->format.n)
			add_interpolation(e->format.exprs[i], out);
	}
	buf_add_c(out, quote);
}

static void add_sequence(struct lang_expr *const *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_c(out, ", ");
		lang_show_expr(p[i], out);
	}
}

static const char *const operators[] = {
	[LANG_CONCAT] = "+", [LANG_JOIN] = "/", [LANG_APPEND] = "++", [LANG_AND] = "&&", [LANG_OR] = "||",
};
static const char *const comparisons[] = { [LANG_EQ] = "==", [LANG_NE] = "!=", [LANG_MATCH] = "=~", [LANG_NO_MATCH] = "!~" };

void lang_show_expr(const struct lang_expr *e, struct buf *out)
{
	size_t open = 0; /* parentheses of groups that are still to be closed */
	for (;;) {
		switch (e->kind) {
		case LANG_STRING:
		case LANG_BACKTICK:
			add_string(&e->string, out);
			goto end;
		case LANG_FORMAT:
			add_format(e, out);
			goto end;
		case LANG_VARIABLE:
			buf_add(out, e->variable.name);
			goto end;
		case LANG_CALL:
			buf_add(out, e->call.name);
			buf_add_char(out, '(');
			add_sequence(e->call.args, e->call.n, out);
			buf_add_char(out, ')');
			goto end;
		case LANG_CONCAT:
		case LANG_JOIN:
		case LANG_APPEND:
		case LANG_AND:
		case LANG_OR:
		case LANG_COMPARE:
			if (e->pair.left) {
				lang_show_expr(e->pair.left, out);
				buf_add_char(out, ' ');
			}
			buf_addf(out, "%s ", e->kind == LANG_COMPARE ? comparisons[e->pair.op] : operators[e->kind]);
			e = e->pair.right;
			continue;
		case LANG_NOT:
			buf_add_char(out, '!');
			e = e->pair.left;
			continue;
		case LANG_GROUP:
			buf_add_char(out, '(');
			open++;
			e = e->pair.left;
			continue;
		case LANG_IF:
			buf_add_c(out, "if ");
			lang_show_expr(e->cond.condition, out);
			buf_add_c(out, " { ");
			lang_show_expr(e->cond.then, out);
			buf_add_c(out, " }");
			if (!e->cond.otherwise)
				goto end;
			buf_add_c(out, " else ");
			e = e->cond.otherwise;
			if (e->kind == LANG_IF)
				continue;
			buf_add_c(out, "{ ");
			lang_show_expr(e, out);
			buf_add_c(out, " }");
			goto end;
		case LANG_ASSERT:
			buf_add_c(out, "assert(");
			lang_show_expr(e->cond.condition, out);
			if (e->cond.then) {
				buf_add_c(out, ", ");
				lang_show_expr(e->cond.then, out);
			}
			buf_add_char(out, ')');
			goto end;
		case LANG_LIST:
			buf_add_char(out, '[');
			add_sequence(e->list.items, e->list.n, out);
			buf_add_char(out, ']');
			goto end;
		}
	}
end:
	buf_add_repeat(out, ')', open);
}

/* Comments. */

static void add_doc(struct str doc, struct buf *out)
{
	if (!doc.p)
		return;
	buf_add_c(out, doc.n ? "# " : "#");
	buf_add(out, doc);
	buf_add_char(out, '\n');
}

/* What follows on a line. */
static void add_comment(struct str comment, struct buf *out)
{
	if (!comment.n)
		return;
	buf_add_char(out, ' ');
	buf_add(out, comment);
}

/* Attributes. */

/* The order in which [arg] prints its keys. */
static const struct str arg_order[] = {
	STR_INIT("long"), STR_INIT("short"), STR_INIT("pattern"), STR_INIT("value"), STR_INIT("flag"), STR_INIT("multiple"), STR_INIT("min"),
	STR_INIT("max"),  STR_INIT("help"),  { 0 },
};

static void add_keyword(const struct lang_keyword *k, struct buf *out)
{
	buf_add(out, k->name.s);
	if (!k->value)
		return;
	buf_add_char(out, '=');
	bool count = str_eq_c(k->name.s, "min") || str_eq_c(k->name.s, "max");
	if (count)
		buf_addf(out, "'%.*s'", STR_ARG(k->value->string.cooked));
	else
		lang_show_expr(k->value, out);
}

/* [continue]: each signal once, sorted, however it was written. */
static void add_signals(const struct lang_attribute *attr, struct buf *out)
{
	buf_add_c(out, "[continue");
	size_t n = 0;
	for (struct str last = STR(""), next = STR_NONE; n < attr->n_args; last = next, next = STR_NONE) {
		for (size_t i = 0; i < attr->n_args; i++) {
			struct str s = attr->args[i]->string.cooked;
			if (str_cmp(s, last) > 0 && (!next.p || str_cmp(s, next) < 0))
				next = s;
		}
		if (!next.p)
			break;
		buf_addf(out, "%s\"%.*s\"", n++ ? ", " : "(", STR_ARG(next));
	}
	buf_add_c(out, n ? ")]" : "]");
}

static void add_attribute(const struct lang_attribute *attr, struct buf *out)
{
	if (attr->kind == LANG_ATTR_CONTINUE) {
		add_signals(attr, out);
		return;
	}
	buf_addf(out, "[%.*s", STR_ARG(lang_attr_rows[attr->kind].name));
	size_t n = 0;
	for (size_t i = 0; i < attr->n_args; i++) {
		buf_add_c(out, n++ ? ", " : "(");
		lang_show_expr(attr->args[i], out);
	}
	const struct attr_row *row = &lang_attr_rows[attr->kind];
	const struct str *orders[] = { attr->kind == LANG_ATTR_ARG ? arg_order : row->keys, row->own_keys };
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		for (const struct str *order = orders[i]; order && order->n; order++) {
			const struct lang_keyword *k = lang_keyword_find(attr, *order);
			if (!k)
				continue;
			buf_add_c(out, n++ ? ", " : "(");
			add_keyword(k, out);
		}
	}
	buf_add_c(out, n ? ")]" : "]");
}

/* `comments`, where kept, go behind the first lines. */
/* just orders [arg]s by the columns of their keywords among others, so that its own formatting may change their order the next time. Ours keeps the file's. */
static const struct lang_attribute *attribute_in_file(const struct lang_attributes *list, size_t i)
{
	size_t from = i, before;
	if (list->p[i].kind != LANG_ATTR_ARG)
		return &list->p[i];
	while (from > 0 && list->p[from - 1].kind == LANG_ATTR_ARG)
		from--;
	for (const struct lang_attribute *x = &list->p[from];; x++) {
		before = 0;
		for (size_t j = from; j < list->n && list->p[j].kind == LANG_ATTR_ARG; j++)
			before += list->p[j].at.offset < x->at.offset;
		if (before == i - from)
			return x;
	}
}

static void add_attributes(const struct lang_attributes *list, const struct str *comments, size_t n_comments, bool keep, struct buf *out)
{
	for (size_t i = 0; i < list->n; i++) {
		add_attribute(keep ? attribute_in_file(list, i) : &list->p[i], out);
		if (i < n_comments)
			add_comment(comments[i], out);
		buf_add_char(out, '\n');
	}
}

/* Recipes. */

#define CYAN "\033[36m"
#define GREEN "\033[32m"
#define MAGENTA "\033[35m"
#define NORMAL "\033[0m"

void lang_show_param(const struct lang_param *p, const struct lang_style *style, struct buf *out)
{
	bool color = style && style->color;
	static const char *const kinds[] = { [LANG_PARAM_ONE] = "", [LANG_PARAM_PLUS] = "+", [LANG_PARAM_STAR] = "*" };
	if (*kinds[p->kind])
		buf_addf(out, "%s%s%s", color ? MAGENTA : "", kinds[p->kind], color ? NORMAL : "");
	if (p->exported)
		buf_add_char(out, '$');
	buf_addf(out, "%s%.*s%s", color ? CYAN : "", STR_ARG(p->name.s), color ? NORMAL : "");
	if (!p->fallback)
		return;
	buf_addf(out, "=%s", color ? GREEN : "");
	lang_show_expr(p->fallback, out);
	if (color)
		buf_add_c(out, NORMAL);
}

static void add_dependency(const struct lang_dependency *dep, struct buf *out)
{
	if (!dep->n_args) {
		lang_path_add(out, &dep->path);
		return;
	}
	buf_add_c(out, dep->is_mapped ? "*(" : "(");
	lang_path_add(out, &dep->path);
	for (size_t i = 0; i < dep->n_args; i++) {
		buf_add_c(out, dep->args[i].is_mapped ? " *" : " ");
		lang_show_expr(dep->args[i].expr, out);
	}
	buf_add_char(out, ')');
}

/* How a recipe is written. */
struct recipe_look {
	struct str indentation;
	struct str comment; /* behind the head */
	bool is_ours;       /* not just's: a carriage return at the end of a line, which would be taken for a part of the line end the next time, is written as an
			     * interpolation */
	bool color;
};

/* The text at the end of a line, carriage returns there as an interpolation. A brace before them would join its braces, so it goes in as well. */
static void add_last_text(struct str text, struct buf *out)
{
	size_t returns = 0, braces = 0;
	for (; str_ends(text, STR("\r")); returns++)
		text.n--;
	while (braces < text.n && text.p[text.n - 1 - braces] == '{')
		braces++;
	bool takes_brace = returns > 0 && braces % 2 == 1;
	text.n -= takes_brace;
	buf_add(out, text);
	if (returns == 0)
		return;
	buf_add_c(out, takes_brace ? "{{ \"{" : "{{ \"");
	for (size_t i = 0; i < returns; i++)
		buf_add_c(out, "\\r");
	buf_add_c(out, "\" }}");
}

static void add_line(const struct lang_line *line, const struct recipe_look *look, struct buf *out)
{
	if (line->n)
		buf_add(out, look->indentation);
	for (size_t i = 0; i < line->n; i++) {
		if (line->p[i].expr)
			add_interpolation(line->p[i].expr, out);
		else if (look->is_ours && i + 1 == line->n)
			add_last_text(lang_text(&line->p[i].at), out);
		else
			buf_add(out, lang_text(&line->p[i].at));
	}
	buf_add_char(out, '\n');
}

/* From the name on. */
static void add_recipe(const struct lang_recipe *r, const struct recipe_look *look, struct buf *out)
{
	if (r->is_quiet)
		buf_add_char(out, '@');
	buf_add(out, r->name.s);
	for (size_t i = 0; i < r->n_params; i++) {
		buf_add_char(out, ' ');
		lang_show_param(&r->params[i], &(struct lang_style){ .color = look->color }, out);
	}
	buf_add_char(out, ':');
	for (size_t i = 0; i < r->n_deps; i++) {
		buf_add_c(out, i == r->n_priors ? " && " : " ");
		add_dependency(&r->deps[i], out);
	}
	add_comment(look->comment, out);
	buf_add_char(out, '\n');
	for (size_t i = 0; i < r->n_lines; i++)
		add_line(&r->body[i], look, out);
}

static struct str indentation_of(struct str set, const struct lang_format_options *options)
{
	if (options && options->indentation.p)
		return options->indentation;
	return set.p ? set : STR("    ");
}

void lang_show_recipe(const struct lang_recipe *recipe, const struct lang_format_options *options, struct buf *out)
{
	/* The setting counts for files only. */
	if (!lang_has(&recipe->attributes, LANG_ATTR_DOC) && recipe->comment.n)
		add_doc(recipe->comment, out);
	add_attributes(&recipe->attributes, NULL, 0, false, out);
	add_recipe(recipe, &(struct recipe_look){ .indentation = indentation_of(STR_NONE, options), .color = options && options->color }, out);
}

/* Files. */

static void add_set(const struct lang_set *set, struct buf *out)
{
	buf_addf(out, "set %.*s", STR_ARG(set->name.s));
	enum setting_form form = lang_setting_rows[set->kind].form;
	if (form == SETTING_BOOL) {
		if (!set->on)
			buf_add_c(out, " := false");
		return;
	}
	buf_add_c(out, " := ");
	if (form == SETTING_COMMAND)
		buf_add_char(out, '[');
	add_sequence(set->items, set->n_items, out);
	if (form == SETTING_COMMAND)
		buf_add_char(out, ']');
}

static void add_function(const struct lang_function *f, struct buf *out)
{
	buf_add(out, f->name.s);
	buf_add_char(out, '(');
	for (size_t i = 0; i < f->n_params; i++)
		buf_addf(out, "%s%.*s", i ? ", " : "", STR_ARG(f->params[i].s));
	buf_add_c(out, ") := ");
	lang_show_expr(f->body, out);
}

/* An empty line, but none behind another. */
static void add_blank(struct buf *out)
{
	if (out->n < 2 || !str_ends(buf_str(out), STR("\n\n")))
		buf_add_char(out, '\n');
}

static void add_item(const struct lang_item *item, struct str indentation, bool keep, struct buf *out)
{
	static const struct lang_notes no_notes;
	const struct lang_notes *notes = item->notes ? item->notes : &no_notes;
	if (item->kind == LANG_ITEM_RECIPE || item->kind == LANG_ITEM_MODULE)
		add_doc(item->kind == LANG_ITEM_RECIPE ? item->recipe->comment : item->module->doc, out);
	add_attributes(item->attributes, notes->attribute_comments, keep ? notes->n_attribute_comments : 0, keep, out);
	switch (item->kind) {
	case LANG_ITEM_COMMENT:
		buf_add(out, lang_item_comment(item));
		buf_add_char(out, '\n');
		return;
	case LANG_ITEM_BLANK:
		add_blank(out);
		return;
	case LANG_ITEM_ALIAS:
		buf_addf(out, "alias %.*s := ", STR_ARG(item->alias->name.s));
		lang_path_add(out, &item->alias->target);
		break;
	case LANG_ITEM_ASSIGNMENT:
		buf_addf(out, "%s%s%.*s := ", item->assignment->is_exported ? "export " : "", item->assignment->is_eager ? "eager " : "",
			 STR_ARG(item->assignment->name.s));
		lang_show_expr(item->assignment->value, out);
		break;
	case LANG_ITEM_FUNCTION:
		add_function(item->function, out);
		break;
	case LANG_ITEM_IMPORT:
		buf_addf(out, "import%s ", item->import->is_optional ? "?" : "");
		add_string(&item->import->path, out);
		break;
	case LANG_ITEM_MODULE:
		buf_addf(out, "mod%s %.*s", item->module->is_optional ? "?" : "", STR_ARG(item->module->name.s));
		if (item->module->has_path) {
			buf_add_char(out, ' ');
			add_string(&item->module->path, out);
		}
		break;
	case LANG_ITEM_RECIPE:
		add_recipe(item->recipe,
			   &(struct recipe_look){
				   .indentation = indentation,
				   .comment = keep && item->recipe->n_lines ? notes->header_comment : notes->comment,
				   .is_ours = keep,
			   },
			   out);
		return;
	case LANG_ITEM_SET:
		add_set(item->set, out);
		break;
	case LANG_ITEM_UNEXPORT:
		buf_addf(out, "unexport %.*s", STR_ARG(item->unexport->s));
		break;
	}
	add_comment(notes->comment, out);
	buf_add_char(out, '\n');
}

static void add_file(const struct lang_file_ast *ast, const struct lang_format_options *options, struct buf *out)
{
	struct str indentation = indentation_of(ast->indentation, options);
	size_t begin = out->n;
	for (const struct lang_item *item = ast->items; item; item = item->next) {
		add_item(item, indentation, options && options->keep_comments, out);
		if (item->ends_blank)
			add_blank(out);
	}
	/* One line end closes the file. */
	while (out->n > begin + 1 && out->p[out->n - 1] == '\n' && out->p[out->n - 2] == '\n')
		out->n--;
	buf_reserve(out, 1);
	out->p[out->n] = '\0';
}

void lang_dump(const struct lang_tree *tree, const struct lang_format_options *options, struct buf *out)
{
	add_file(tree->ast, options, out);
}

bool lang_format(struct lang_file *file, const struct lang_host *host, const struct lang_format_options *options, struct buf *out, struct err *err)
{
	struct arena a = { 0 };
	struct lang_file_ast *ast;
	bool ok = lang_parse(file, host, NULL, &a, &ast, err);
	if (ok)
		add_file(ast, options, out);
	arena_deinit(&a);
	return ok;
}
