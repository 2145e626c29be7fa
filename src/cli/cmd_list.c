/*
 * cmd_list.c: --list, --groups, --summary, --variables.
 *
 * A list is made of entries: recipes, aliases (where they stand alone) and submodules, each with a signature and a comment. Comments line up behind the
 * longest signature that is not too long; a longer one, or a comment of several lines, puts the comment above.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/cmd.h"
#include "run/invoke.h"
#include "run/usage.h"

/* Signatures wider than this do not count for the column of comments. */
#define SIGNATURE_MAX 50

struct entry {
	struct str signature;        /* with colour codes */
	size_t width;
	struct str doc;              /* p is NULL: none */
	str_list aliases;
	bool is_module;
	const struct lang_module *opened; /* --list-submodules: its list follows */
	const struct lang_attributes *attributes;
	struct str *groups;
	size_t n_groups;
};
typedef VEC(struct entry) entry_list;

struct listing {
	struct cli *cli;
	struct arena *a;
	struct buf *out;
	size_t depth;
	entry_list entries;
	size_t column;
};

static void groups_of(struct arena *a, const struct lang_attributes *attributes, struct entry *e)
{
	e->groups = arena_array(a, struct str, attributes->n + 1);
	for (size_t i = 0; i < attributes->n; i++) {
		const struct lang_attribute *at = &attributes->p[i];
		if (at->kind == LANG_ATTR_GROUP && at->n_args > 0)
			e->groups[e->n_groups++] = at->args[0]->string.cooked;
	}
}

/* The recipe's parameters behind `name`. */
static struct str signature(struct listing *l, struct str name, const struct lang_recipe *recipe, bool color)
{
	AUTO_BUF text = { 0 };
	buf_add(&text, name);
	bool options = false;
	for (size_t i = 0; i < recipe->n_params; i++)
		options |= usage_is_option(&recipe->params[i]);
	if (options) {
		buf_add_char(&text, ' ');
		usage_style(&text, color, "36", STR("[OPTIONS]"));
	}
	for (size_t i = 0; i < recipe->n_params; i++) {
		if (usage_is_option(&recipe->params[i]))
			continue;
		buf_add_char(&text, ' ');
		lang_show_param(&recipe->params[i], &(struct lang_style){ .color = color }, &text);
	}
	return buf_to_arena(&text, l->a);
}

/* Columns as just counts them: a control character is one, and so is a line's end of two. */
static size_t signature_width(struct str s)
{
	size_t width = utf8_width(s);
	for (size_t i = 0; i < s.n; i++) {
		bool is_control = (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F;
		width += is_control && !(s.p[i] == '\n' && i > 0 && s.p[i - 1] == '\r');
	}
	return width;
}

static struct entry recipe_entry(struct listing *l, struct str name, const struct lang_recipe *recipe)
{
	struct entry e = { .signature = signature(l, name, recipe, l->cli->stdout_color), .doc = recipe->doc };
	e.width = signature_width(signature(l, name, recipe, false));
	groups_of(l->a, &recipe->attributes, &e);
	return e;
}

static struct str alias_doc(struct listing *l, struct str target)
{
	return arena_fmt(l->a, "alias for `%.*s`", STR_ARG(target));
}

static void note_width(struct listing *l, size_t width)
{
	if (width <= SIGNATURE_MAX)
		l->column = MAX(l->column, width);
}

typedef VEC(const struct lang_alias *) alias_list;

/* The public aliases of the module's own recipes, by name, in lists by their recipes' names. */
static void group_aliases(struct listing *l, const struct lang_module *module, struct map *out)
{
	struct map *aliases = (struct map *)&module->aliases;
	map_init(out, sizeof(alias_list), l->a);
	for (size_t i = 0; i < map_len(aliases) && !l->cli->options.no_aliases; i++) {
		const struct lang_alias *alias = *(struct lang_alias **)map_at(aliases, map_sorted(aliases, i));
		if (alias->is_private || !alias->recipe || alias->recipe->module != module)
			continue;
		alias_list *list = map_put(out, alias->recipe->name.s);
		vec_push_in(list, l->a, alias);
	}
}

/* The recipe with its aliases: on its line, or each with a line of its own. */
static void add_recipe(struct listing *l, const struct lang_recipe *recipe, const alias_list *aliases)
{
	const struct options *o = &l->cli->options;
	struct entry e = recipe_entry(l, recipe->name.s, recipe);
	entry_list separate = { 0 };
	for (size_t i = 0; aliases && i < aliases->n; i++) {
		const struct lang_alias *alias = aliases->p[i];
		if (o->alias_style != ALIAS_SEPARATE) {
			vec_push_in(&e.aliases, l->a, alias->name.s);
			/* Its own line would be that long; just keeps the room. */
			note_width(l, e.width + utf8_width(alias->name.s) - utf8_width(recipe->name.s));
			continue;
		}
		struct entry own = recipe_entry(l, alias->name.s, recipe);
		own.doc = alias_doc(l, recipe->name.s);
		vec_push_in(&separate, l->a, own);
	}
	vec_push_in(&l->entries, l->a, e);
	for (size_t i = 0; i < separate.n; i++)
		vec_push_in(&l->entries, l->a, separate.p[i]);
}

/* Aliases of recipes in other modules. */
static void add_foreign_aliases(struct listing *l, const struct lang_module *module)
{
	for (size_t i = 0; i < map_len(&module->aliases) && !l->cli->options.no_aliases; i++) {
		const struct lang_alias *alias = *(struct lang_alias **)map_at(&module->aliases, map_sorted((struct map *)&module->aliases, i));
		if (alias->is_private || !alias->recipe || !alias->recipe->is_enabled || alias->recipe->module == module)
			continue;
		struct entry e = recipe_entry(l, alias->name.s, alias->recipe);
		e.doc = alias_doc(l, alias->recipe->path);
		e.n_groups = 0;
		vec_push_in(&l->entries, l->a, e);
	}
}

static void add_modules(struct listing *l, const struct lang_module *module)
{
	struct map *modules = (struct map *)&module->modules;
	for (size_t i = 0; i < map_len(modules); i++) {
		const struct lang_module *sub = *(struct lang_module **)map_at(modules, l->cli->options.unsorted ? i : map_sorted(modules, i));
		if (sub->is_private)
			continue;
		struct entry e = { .is_module = true, .groups = sub->groups, .n_groups = sub->n_groups };
		if (l->cli->options.list_submodules) {
			e.signature = arena_fmt(l->a, "%.*s:", STR_ARG(sub->name));
			e.opened = sub;
		} else {
			e.signature = arena_fmt(l->a, "%.*s ...", STR_ARG(sub->name));
			e.width = utf8_width(e.signature);
			e.doc = sub->doc;
		}
		vec_push_in(&l->entries, l->a, e);
	}
}

static int by_order(const void *left, const void *right)
{
	const struct lang_recipe *a = *(const struct lang_recipe *const *)left, *b = *(const struct lang_recipe *const *)right;
	return a->order < b->order ? -1 : a->order > b->order;
}

void list_public_recipes(const struct cli *cli, const struct lang_module *module, struct arena *a, list_recipes *out)
{
	struct map *recipes = (struct map *)&module->recipes;
	vec_reserve_in(out, a, map_len(recipes));
	for (size_t i = 0; i < map_len(recipes); i++) {
		const struct lang_recipe *recipe = *(struct lang_recipe **)map_at(recipes, map_sorted(recipes, i));
		if (!recipe->is_private && recipe->is_enabled)
			vec_push_in(out, a, recipe);
	}
	if (cli->options.unsorted && out->n > 1)
		qsort(out->p, out->n, sizeof(out->p[0]), by_order);
}

/* ---- printing ---- */

/* A comment's text: in blue, pieces in backticks in cyan where those pair up. */
static void add_doc(struct listing *l, struct str doc)
{
	bool color = l->cli->stdout_color;
	size_t ticks = 0;
	for (size_t i = 0; i < doc.n; i++)
		ticks += doc.p[i] == '`';
	if (!color || ticks % 2 || ticks == 0) {
		usage_style(l->out, color && doc.n > 0, "34", doc);
		return;
	}
	for (bool quoted = false; doc.n > 0; quoted = !quoted) {
		size_t at = str_find_char(str_slice(doc, quoted, doc.n), '`');
		size_t end = at == STR_NPOS ? doc.n : quoted ? at + 2 : at;
		if (end > 0)
			usage_style(l->out, true, quoted ? "36" : "34", str_slice(doc, 0, end));
		doc = str_slice(doc, end, doc.n);
	}
}

static void add_aliases(struct listing *l, const struct entry *e)
{
	AUTO_BUF text = { 0 };
	buf_add_c(&text, e->aliases.n == 1 ? "[alias: " : "[aliases: ");
	for (size_t i = 0; i < e->aliases.n; i++)
		buf_addf(&text, "%s%.*s", i ? ", " : "", STR_ARG(e->aliases.p[i]));
	buf_add_char(&text, ']');
	usage_style(l->out, l->cli->stdout_color, "35", buf_str(&text));
}

static void add_prefix(struct listing *l)
{
	for (size_t i = 0; i <= l->depth; i++)
		buf_add(l->out, l->cli->options.list_prefix);
}

static void add_hash(struct listing *l)
{
	usage_style(l->out, l->cli->stdout_color, "34", STR("#"));
	buf_add_char(l->out, ' ');
}

/* The comment in lines of its own before the signature. */
static void add_doc_above(struct listing *l, struct str doc)
{
	struct str line;
	while (str_next_line(&doc, &line)) {
		add_prefix(l);
		add_hash(l);
		usage_style(l->out, l->cli->stdout_color, "34", line);
		buf_add_char(l->out, '\n');
	}
}

static bool list_into(struct cli *cli, const struct lang_module *module, size_t depth, bool is_root, struct buf *out, struct err *err);

static bool add_entry(struct listing *l, const struct entry *e, struct err *err)
{
	/* A module's is never put above, nor left out where it is empty. */
	bool has_doc = e->doc.p && (e->doc.n > 0 || e->is_module);
	bool above = has_doc && !e->is_module && (e->width > SIGNATURE_MAX || str_find_char(e->doc, '\n') != STR_NPOS);
	if (above)
		add_doc_above(l, e->doc);
	add_prefix(l);
	buf_add(l->out, e->signature);
	bool left = l->cli->options.alias_style == ALIAS_LEFT;
	if ((has_doc && !above) || e->aliases.n > 0) {
		buf_add_repeat(l->out, ' ', (l->column > e->width ? l->column - e->width : 0) + 1);
		add_hash(l);
	}
	if (e->aliases.n > 0 && left)
		add_aliases(l, e);
	if (has_doc && !above) {
		if (e->aliases.n > 0 && left)
			buf_add_char(l->out, ' ');
		add_doc(l, e->doc);
	}
	if (e->aliases.n > 0 && !left) {
		if (has_doc && !above)
			buf_add_char(l->out, ' ');
		add_aliases(l, e);
	}
	buf_add_char(l->out, '\n');
	return !e->opened || list_into(l->cli, e->opened, l->depth + 1, false, l->out, err);
}

static bool in_group(const struct entry *e, struct str group)
{
	if (!group.p)
		return e->n_groups == 0;
	for (size_t i = 0; i < e->n_groups; i++) {
		if (str_eq(e->groups[i], group))
			return true;
	}
	return false;
}

/* A group and where it first stands. */
struct place {
	struct str group;
	uint32_t depth, offset;
};

static int by_place(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return str_cmp(a->group, b->group);
}

static int by_group(const void *left, const void *right)
{
	return str_cmp(((const struct place *)left)->group, ((const struct place *)right)->group);
}

void list_public_groups(struct cli *cli, const struct lang_module *module, struct arena *a, str_list *out)
{
	VEC(struct place) places = { 0 };
	list_recipes recipes = { 0 };
	list_public_recipes(cli, module, a, &recipes);
	for (size_t i = 0; i < recipes.n; i++) {
		struct entry e = { 0 };
		groups_of(a, &recipes.p[i]->attributes, &e);
		for (size_t j = 0; j < e.n_groups; j++)
			vec_push_in(&places, a, (struct place){ e.groups[j], recipes.p[i]->depth, recipes.p[i]->name.at.offset });
	}
	for (size_t i = 0; i < map_len(&module->modules); i++) {
		const struct lang_module *sub = *(struct lang_module **)map_at(&module->modules, i);
		for (size_t j = 0; j < sub->n_groups && !sub->is_private; j++)
			vec_push_in(&places, a, (struct place){ sub->groups[j], 0, sub->declared.at.offset });
	}
	if (places.n > 1)
		qsort(places.p, places.n, sizeof(places.p[0]), cli->options.unsorted ? by_place : by_group);
	struct map seen;
	map_init(&seen, 0, a);
	for (size_t i = 0; i < places.n; i++) {
		if (map_has(&seen, places.p[i].group))
			continue;
		map_put(&seen, places.p[i].group);
		vec_push_in(out, a, places.p[i].group);
	}
}

static bool has_str(const str_list *list, struct str s)
{
	for (size_t i = 0; i < list->n; i++) {
		if (str_eq(list->p[i], s))
			return true;
	}
	return false;
}

/* The groups to show: those asked for, else none (the ungrouped) and all. */
static bool shown_groups(struct cli *cli, const struct lang_module *module, struct arena *a, bool is_root, str_list *out, struct err *err)
{
	str_list all = { 0 };
	list_public_groups(cli, module, a, &all);
	const str_list *asked = &cli->options.groups;
	for (size_t i = 0; i < asked->n && is_root; i++) {
		if (!has_str(&all, asked->p[i]))
			return err_set(err, ERR_NOT_FOUND, "justfile does not contain group `%.*s`", STR_ARG(asked->p[i]));
	}
	bool filter = asked->n > 0 && is_root;
	if (!filter)
		vec_push_in(out, a, STR_NONE);
	for (size_t i = 0; i < all.n; i++) {
		if (!filter || has_str(asked, all.p[i]))
			vec_push_in(out, a, all.p[i]);
	}
	return true;
}

/* Groups are parted by blank lines; where there are none, opened submodules are. */
static bool print_groups(struct listing *l, const str_list *groups, struct err *err)
{
	bool any = false, any_group = groups->n > 1 || (groups->n == 1 && groups->p[0].p);
	for (size_t i = 0; i < groups->n; i++) {
		bool head = false;
		for (size_t j = 0; j < l->entries.n; j++) {
			if (!in_group(&l->entries.p[j], groups->p[i]))
				continue;
			bool parts = !any_group && j > 0 && l->entries.p[j].opened && l->entries.p[j - 1].opened;
			if ((!head && any) || parts)
				buf_add_char(l->out, '\n');
			if (!head && groups->p[i].p) {
				add_prefix(l);
				usage_style(l->out, l->cli->stdout_color, "1;33", arena_fmt(l->a, "[%.*s]", STR_ARG(groups->p[i])));
				buf_add_char(l->out, '\n');
			}
			head = any = true;
			if (!add_entry(l, &l->entries.p[j], err))
				return false;
		}
	}
	return true;
}

static bool list_into(struct cli *cli, const struct lang_module *module, size_t depth, bool is_root, struct buf *out, struct err *err)
{
	struct arena a = { 0 };
	struct listing l = { .cli = cli, .a = &a, .out = out, .depth = depth };
	list_recipes recipes = { 0 };
	list_public_recipes(cli, module, &a, &recipes);
	struct map aliases;
	group_aliases(&l, module, &aliases);
	for (size_t i = 0; i < recipes.n; i++)
		add_recipe(&l, recipes.p[i], map_find(&aliases, recipes.p[i]->name.s));
	add_foreign_aliases(&l, module);
	add_modules(&l, module);
	for (size_t i = 0; i < l.entries.n; i++)
		note_width(&l, l.entries.p[i].width);
	str_list groups = { 0 };
	bool ok = shown_groups(cli, module, &a, is_root, &groups, err) && print_groups(&l, &groups, err);
	arena_deinit(&a);
	return ok;
}

bool list_module(struct cli *cli, const struct lang_module *module, struct err *err)
{
	AUTO_BUF out = { 0 };
	buf_add(&out, cli->options.list_heading);
	if (!list_into(cli, module, 0, true, &out, err))
		return false;
	return cli_print(&out, err);
}

bool cmd_list(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	const struct lang_module *module;
	return cmd_find_module(cli, &cli->options.arguments, &module, err) && list_module(cli, module, err);
}

bool cmd_groups(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	str_list groups = { 0 };
	list_public_groups(cli, cli->tree.root, &cli->arena, &groups);
	AUTO_BUF out = { 0 };
	buf_add_c(&out, "Recipe groups:\n");
	for (size_t i = 0; i < groups.n; i++)
		buf_addf(&out, "%.*s%.*s\n", STR_ARG(cli->options.list_prefix), STR_ARG(groups.p[i]));
	return cli_print(&out, err);
}

/* ---- names in one line ---- */

static void add_summary(struct cli *cli, const struct lang_module *module, struct buf *out)
{
	list_recipes recipes = { 0 };
	list_public_recipes(cli, module, &cli->tree.arena, &recipes); /* in its huge page, if it has one */
	for (size_t i = 0; i < recipes.n; i++) {
		struct str path = recipes.p[i]->path;
		char *p = buf_reserve(out, path.n + 1), *end = p;
		if (out->n)
			*end++ = ' ';
		memcpy(end, path.p, path.n);
		out->n += (size_t)(end - p) + path.n;
	}
	struct map *modules = (struct map *)&module->modules;
	for (size_t i = 0; i < map_len(modules); i++) {
		const struct lang_module *sub = *(struct lang_module **)map_at(modules, cli->options.unsorted ? i : map_sorted(modules, i));
		if (!sub->is_private)
			add_summary(cli, sub, out);
	}
}

bool cmd_summary(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	(void)err;
	AUTO_BUF out = { .arena = &cli->tree.arena };
	add_summary(cli, cli->tree.root, &out);
	bool none = out.n == 0;
	buf_add_char(&out, '\n');
	if (!cli_print(&out, err))
		return false;
	if (none && !cli->options.quiet)
		run_say(&(struct run_options){ .color = false }, NULL, STR("justfile contains no recipes"));
	return true;
}

bool cmd_variables(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	AUTO_BUF out = { 0 };
	struct map *variables = &cli->tree.root->assignments;
	for (size_t i = 0; i < map_len(variables); i++) {
		const struct lang_assignment *v = *(struct lang_assignment **)map_at(variables, map_sorted(variables, i));
		if (!v->is_private)
			buf_addf(&out, "%s%.*s", out.n ? " " : "", STR_ARG(v->name.s));
	}
	buf_add_char(&out, '\n');
	return cli_print(&out, err);
}
