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

enum format { FORMAT_DOT, FORMAT_MERMAID, FORMAT_JSON };

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

static const char *kind_of(const struct lang_recipe *r)
{
	if (lang_has(&r->attributes, LANG_ATTR_CACHE))
		return watched_wants(r) ? "traced" : "cached";
	return r->n_lines == 0 ? "group" : engine_is_steps(r) ? "steps" : "recipe";
}

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

static bool is_after(const struct lang_recipe *r, size_t dep)
{
	return dep >= r->n_priors;
}

/* --- forms --- */

static void add_quoted(struct buf *out, struct str s)
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

static void add_dot(const struct graph *g, struct buf *out)
{
	static const struct { const char *kind, *look; } looks[] = {
		{ "cached", "shape=box" }, { "traced", "shape=box, style=bold" }, { "steps", "shape=component" }, { "group", "shape=plaintext" },
	};
	buf_add_c(out, "digraph tasks {\n\trankdir=LR;\n\tnode [shape=ellipse];\n");
	for (size_t i = 0; i < g->recipes.n; i++) {
		const struct lang_recipe *r = g->recipes.p[i];
		buf_add_char(out, '\t');
		add_quoted(out, r->path);
		for (size_t k = 0; k < ARRAY_LEN(looks); k++)
			if (str_eq_c(str_c(kind_of(r)), looks[k].kind))
				buf_addf(out, " [%s]", looks[k].look);
		buf_add_c(out, ";\n");
	}
	for (size_t i = 0; i < g->recipes.n; i++) {
		const struct lang_recipe *r = g->recipes.p[i];
		for (size_t k = 0; k < r->n_deps; k++) {
			if (!r->deps[k].recipe)
				continue;
			struct str words = arguments_of(&r->deps[k], g->a);
			buf_add_char(out, '\t');
			add_quoted(out, r->path);
			buf_add_c(out, " -> ");
			add_quoted(out, r->deps[k].recipe->path);
			if (words.n || is_after(r, k))
				buf_add_c(out, is_after(r, k) ? " [style=dashed" : " [");
			if (words.n) {
				buf_add_c(out, is_after(r, k) ? ", label=" : "label=");
				add_quoted(out, words);
			}
			buf_add_c(out, words.n || is_after(r, k) ? "];\n" : ";\n");
		}
	}
	buf_add_c(out, "}\n");
}

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

static void add_mermaid(const struct graph *g, struct buf *out)
{
	static const struct { const char *kind, *open, *close; } shapes[] = {
		{ "cached", "[", "]" }, { "traced", "[[", "]]" }, { "steps", "[/", "/]" }, { "group", "{{", "}}" }, { "recipe", "([", "])" },
	};
	buf_add_c(out, "flowchart LR\n");
	for (size_t i = 0; i < g->recipes.n; i++) {
		const struct lang_recipe *r = g->recipes.p[i];
		for (size_t k = 0; k < ARRAY_LEN(shapes); k++) {
			if (!str_eq_c(str_c(kind_of(r)), shapes[k].kind))
				continue;
			buf_addf(out, "\tn%zu%s", i, shapes[k].open);
			add_mermaid_text(out, r->path);
			buf_addf(out, "%s\n", shapes[k].close);
		}
	}
	for (size_t i = 0; i < g->recipes.n; i++) {
		const struct lang_recipe *r = g->recipes.p[i];
		for (size_t k = 0; k < r->n_deps; k++) {
			if (!r->deps[k].recipe)
				continue;
			struct str words = arguments_of(&r->deps[k], g->a);
			buf_addf(out, "\tn%zu %s", i, is_after(r, k) ? "-.->" : "-->");
			if (words.n) {
				buf_add_char(out, '|');
				add_mermaid_text(out, words);
				buf_add_char(out, '|');
			}
			buf_addf(out, " n%zu\n", number_of(g, r->deps[k].recipe));
		}
	}
}

static void add_json_recipe(const struct graph *g, const struct lang_recipe *r, struct buf *out)
{
	buf_add_c(out, "{\"name\":");
	observe_add_json(out, r->path);
	buf_addf(out, ",\"kind\":\"%s\",\"private\":%s,\"file\":", kind_of(r), r->is_private ? "true" : "false");
	observe_add_json(out, r->name.at.file->display);
	buf_addf(out, ",\"line\":%u", r->line);
	if (r->doc.p) {
		buf_add_c(out, ",\"doc\":");
		observe_add_json(out, r->doc);
	}
	buf_add_c(out, ",\"needs\":[");
	bool first = true;
	for (size_t k = 0; k < r->n_deps; k++) {
		if (!r->deps[k].recipe)
			continue;
		buf_add_c(out, first ? "{\"name\":" : ",{\"name\":");
		observe_add_json(out, r->deps[k].recipe->path);
		buf_addf(out, ",\"when\":\"%s\",\"arguments\":", is_after(r, k) ? "after" : "before");
		observe_add_json(out, arguments_of(&r->deps[k], g->a));
		buf_add_char(out, '}');
		first = false;
	}
	buf_add_c(out, "]}");
}

static void add_json(const struct graph *g, struct buf *out)
{
	buf_add_c(out, "{\"v\":1,\"recipes\":[");
	for (size_t i = 0; i < g->recipes.n; i++) {
		buf_add_c(out, i ? ",\n" : "\n");
		add_json_recipe(g, g->recipes.p[i], out);
	}
	buf_add_c(out, "\n]}\n");
}

/* --- the command --- */

bool graph_is_asked(const str_list *words)
{
	return words->n > 0 && str_eq(words->p[0], STR("graph")) && !(words->n == 2 && (str_eq(words->p[1], STR("--help")) || str_eq(words->p[1], STR("-h"))));
}

static bool read_format(struct str text, enum format *out, struct err *err)
{
	static const char *const names[] = { "dot", "mermaid", "json" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_eq_c(text, names[i])) {
			*out = (enum format)i;
			return true;
		}
	}
	return err_set(err, ERR_USAGE, "graph: unknown format '%.*s': dot, mermaid or json", STR_ARG(text));
}

static bool read_words(struct cli *cli, const str_list *words, struct graph *g, enum format *format, struct err *err)
{
	bool all = true;
	for (size_t i = 1; i < words->n; i++) {
		struct str word = words->p[i], name, value;
		const struct lang_recipe *recipe;
		const struct lang_alias *alias = NULL;
		if (str_eq(word, STR("--format")) && i + 1 < words->n) {
			if (!read_format(words->p[++i], format, err))
				return false;
			continue;
		}
		if (str_starts(word, STR("--format=")) && str_cut(word, '=', &name, &value)) {
			if (!read_format(value, format, err))
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
	static void (*const forms[])(const struct graph *, struct buf *) = { add_dot, add_mermaid, add_json };
	struct graph g = { .a = &cli->arena };
	enum format format = FORMAT_DOT;
	AUTO_BUF out = { 0 };
	map_init(&g.numbers, sizeof(size_t), g.a);
	if (!read_words(cli, words, &g, &format, err)) {
		end->status = err->kind == ERR_USAGE ? 2 : 1;
		return false;
	}
	add_needed(&g);
	forms[format](&g, &out);
	return cli_print(&out, err);
}
