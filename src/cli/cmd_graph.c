/*
 * cmd_graph.c: `--step graph [TARGET…]`: what depends on what in the tasks file, as dot, Mermaid or JSON.
 *
 * Without a target all recipes are shown, with one what it needs. Nothing is evaluated: arguments of dependencies are shown as they are written.
 */
#include <stdlib.h>

#include "cli/cmd.h"
#include "cli/cmd_graph.h"
#include "run/engine.h"
#include "run/invoke.h"
#include "run/watched.h"

struct graph {
	struct arena *a;
	VEC(const struct lang_recipe *) recipes; /* in the order in which they are shown */
	struct map numbers;                      /* size_t, by path */
};

/* --- which recipes --- */

static void add_recipe(struct graph *g, const struct lang_recipe *r)
{
	if (map_has(&g->numbers, r->path))
		return;
	*(size_t *)map_put(&g->numbers, r->path) = g->recipes.n;
	vec_push_in(&g->recipes, g->a, r);
}

static void add_module(struct graph *g, const struct lang_module *root)
{
	VEC(const struct lang_module *) stack = { 0 };
	vec_push(&stack, root);
	while (stack.n > 0) {
		const struct lang_module *m = stack.p[--stack.n];
		for (size_t i = 0; i < map_len(&m->recipes); i++)
			add_recipe(g, *(struct lang_recipe **)map_at(&m->recipes, i));
		for (size_t i = map_len(&m->modules); i-- > 0;)
			vec_push(&stack, *(struct lang_module **)map_at(&m->modules, i));
	}
	vec_deinit(&stack);
}

/* What the recipes so far depend on, and so on. */
static void add_needed(struct graph *g)
{
	for (size_t i = 0; i < g->recipes.n; i++)
		for (size_t k = 0; k < g->recipes.p[i]->n_deps; k++)
			if (g->recipes.p[i]->deps[k].recipe)
				add_recipe(g, g->recipes.p[i]->deps[k].recipe);
}

static size_t number_of(const struct graph *g, const struct lang_recipe *r)
{
	return *(size_t *)map_find(&g->numbers, r->path);
}

/* --- what is known of them --- */

/* What a recipe is, and how it looks: attributes in dot, brackets in Mermaid. */
enum kind { KIND_RECIPE, KIND_GROUP, KIND_STEPS, KIND_CACHED, KIND_TRACED };
static const struct { const char *name, *dot, *open, *close; } kinds[] = {
	[KIND_RECIPE] = { "recipe", "", "([", "])" },
	[KIND_GROUP] = { "group", " [shape=plaintext]", "{{", "}}" },
	[KIND_STEPS] = { "steps", " [shape=component]", "[/", "/]" },
	[KIND_CACHED] = { "cached", " [shape=box]", "[", "]" },
	[KIND_TRACED] = { "traced", " [shape=box, style=bold]", "[[", "]]" },
};

static enum kind kind_of(const struct lang_recipe *r)
{
	if (lang_has(&r->attributes, LANG_ATTR_CACHE))
		return watched_wants(r) ? KIND_TRACED : KIND_CACHED;
	return r->n_lines == 0 ? KIND_GROUP : engine_is_steps(r) ? KIND_STEPS : KIND_RECIPE;
}

struct need {
	const struct lang_recipe *from, *to;
	struct str words; /* the arguments that are given */
	bool is_after;
};

static struct str arguments_of(const struct lang_dependency *d, struct arena *a)
{
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < d->n_args; i++) {
		if (i)
			buf_add_char(&b, ' ');
		lang_show_expr(d->args[i].expr, &b);
	}
	return buf_to_arena(&b, a);
}

typedef void add_need_fn(const struct graph *g, const struct need *need, struct buf *out);

static void add_needs(const struct graph *g, const struct lang_recipe *r, add_need_fn *add, struct buf *out)
{
	for (size_t k = 0; k < r->n_deps; k++)
		if (r->deps[k].recipe)
			add(g, &(struct need){ r, r->deps[k].recipe, arguments_of(&r->deps[k], g->a), k >= r->n_priors }, out);
}

/* --- dot --- */

static void add_dot_text(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_add_char(out, '\\');
		if (s.p[i] == '\n')
			buf_add_c(out, "\\n");
		else
			buf_add_char(out, s.p[i]);
	}
	buf_add_char(out, '"');
}

static void add_dot_recipe(const struct graph *g, size_t i, struct buf *out)
{
	const struct lang_recipe *r = g->recipes.p[i];
	buf_add_char(out, '\t');
	add_dot_text(out, r->path);
	buf_addf(out, "%s;\n", kinds[kind_of(r)].dot);
}

static void add_dot_need(const struct graph *g UNUSED, const struct need *need, struct buf *out)
{
	buf_add_char(out, '\t');
	add_dot_text(out, need->from->path);
	buf_add_c(out, " -> ");
	add_dot_text(out, need->to->path);
	if (need->words.n || need->is_after)
		buf_add_c(out, need->is_after ? " [style=dashed" : " [");
	if (need->words.n) {
		buf_add_c(out, need->is_after ? ", label=" : "label=");
		add_dot_text(out, need->words);
	}
	buf_add_c(out, need->words.n || need->is_after ? "];\n" : ";\n");
}

/* --- Mermaid --- */

/* Text in quotes, of which Mermaid takes entities. */
static void add_mermaid_text(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '#' || s.p[i] == '<' || s.p[i] == '>' || s.p[i] == '&' || s.p[i] == '\n')
			buf_addf(out, "#%d;", s.p[i]);
		else
			buf_add_char(out, s.p[i]);
	}
	buf_add_char(out, '"');
}

static void add_mermaid_recipe(const struct graph *g, size_t i, struct buf *out)
{
	const struct lang_recipe *r = g->recipes.p[i];
	buf_addf(out, "\tn%zu%s", i, kinds[kind_of(r)].open);
	add_mermaid_text(out, r->path);
	buf_addf(out, "%s\n", kinds[kind_of(r)].close);
}

static void add_mermaid_need(const struct graph *g, const struct need *need, struct buf *out)
{
	buf_addf(out, "\tn%zu %s", number_of(g, need->from), need->is_after ? "-.->" : "-->");
	if (need->words.n) {
		buf_add_char(out, '|');
		add_mermaid_text(out, need->words);
		buf_add_char(out, '|');
	}
	buf_addf(out, " n%zu\n", number_of(g, need->to));
}

/* --- JSON --- */

static void add_json_need(const struct graph *g UNUSED, const struct need *need, struct buf *out)
{
	buf_add_c(out, str_ends(buf_str(out), STR("[")) ? "{\"name\":" : ",{\"name\":");
	observe_add_json(out, need->to->path);
	buf_addf(out, ",\"when\":\"%s\",\"arguments\":", need->is_after ? "after" : "before");
	observe_add_json(out, need->words);
	buf_add_char(out, '}');
}

static void add_json_recipe(const struct graph *g, size_t i, struct buf *out)
{
	const struct lang_recipe *r = g->recipes.p[i];
	buf_add_c(out, i ? ",\n{\"name\":" : "\n{\"name\":");
	observe_add_json(out, r->path);
	buf_addf(out, ",\"kind\":\"%s\",\"private\":%s,\"file\":", kinds[kind_of(r)].name, r->is_private ? "true" : "false");
	observe_add_json(out, r->name.at.file->display);
	buf_addf(out, ",\"line\":%u", r->line);
	if (r->doc.p) {
		buf_add_c(out, ",\"doc\":");
		observe_add_json(out, r->doc);
	}
	buf_add_c(out, ",\"needs\":[");
	add_needs(g, r, add_json_need, out);
	buf_add_c(out, "]}");
}

/* --- forms --- */

static const struct form {
	const char *name, *begin, *end;
	void (*add_recipe)(const struct graph *g, size_t i, struct buf *out);
	add_need_fn *add_need; /* NULL: a recipe tells of its own */
} forms[] = {
	{ "dot", "digraph tasks {\n\trankdir=LR;\n\tnode [shape=ellipse];\n", "}\n", add_dot_recipe, add_dot_need },
	{ "mermaid", "flowchart LR\n", "", add_mermaid_recipe, add_mermaid_need },
	{ "json", "{\"v\":1,\"recipes\":[", "\n]}\n", add_json_recipe, NULL },
};

static void add_graph(const struct graph *g, const struct form *form, struct buf *out)
{
	buf_add_c(out, form->begin);
	for (size_t i = 0; i < g->recipes.n; i++)
		form->add_recipe(g, i, out);
	for (size_t i = 0; form->add_need && i < g->recipes.n; i++)
		add_needs(g, g->recipes.p[i], form->add_need, out);
	buf_add_c(out, form->end);
}

/* --- the command --- */

bool graph_is_asked(const str_list *words)
{
	return words->n > 0 && str_eq(words->p[0], STR("graph")) && !(words->n == 2 && (str_eq(words->p[1], STR("--help")) || str_eq(words->p[1], STR("-h"))));
}

static bool read_form(struct str text, const struct form **out, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (str_eq_c(text, forms[i].name)) {
			*out = &forms[i];
			return true;
		}
	}
	return err_set(err, ERR_USAGE, "graph: unknown format '%.*s': dot, mermaid or json", STR_ARG(text));
}

static bool read_words(struct cli *cli, const str_list *words, struct graph *g, const struct form **form, struct err *err)
{
	bool all = true;
	for (size_t i = 1; i < words->n; i++) {
		struct str word = words->p[i], name, value;
		const struct lang_recipe *recipe;
		const struct lang_alias *alias = NULL;
		bool behind = str_eq(word, STR("--format")) && i + 1 < words->n;
		if (behind || (str_starts(word, STR("--format=")) && str_cut(word, '=', &name, &value))) {
			if (!read_form(behind ? words->p[++i] : value, form, err))
				return false;
			continue;
		}
		if (str_starts(word, STR("-")))
			return err_set(err, ERR_USAGE, "graph: unknown option '%.*s'", STR_ARG(word));
		if (!invoke_find(&cli->tree, &word, 1, &recipe, &alias, err))
			return false;
		add_recipe(g, recipe);
		all = false;
	}
	if (all)
		add_module(g, cli->tree.root);
	return true;
}

bool cmd_graph(struct cli *cli, const str_list *words, struct cmd_end *end, struct err *err)
{
	struct graph g = { .a = &cli->arena };
	const struct form *form = &forms[0];
	AUTO_BUF out = { 0 };
	map_init(&g.numbers, sizeof(size_t), g.a);
	if (!read_words(cli, words, &g, &form, err)) {
		end->status = err->kind == ERR_USAGE ? 2 : 1;
		return false;
	}
	add_needed(&g);
	add_graph(&g, form, &out);
	return cli_print(&out, err);
}
