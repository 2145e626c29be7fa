/*
 * cmd_show.c: commands that print what stands in the file: --show, --usage, --dump, --json; and how a module is found by name.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "run/invoke.h"
#include "run/usage.h"

/* Follows the names from the root; *missing is the index of the first that is not there. */
static const struct lang_module *follow(const struct cli *cli, const name_list *names, size_t *missing)
{
	const struct lang_module *module = cli->tree.root;
	for (*missing = 0; *missing < names->n; (*missing)++) {
		const struct lang_module *next = lang_find_submodule(module, names->p[*missing]);
		if (!next)
			break;
		module = next;
	}
	return module;
}

static struct str joined(struct cli *cli, const struct str *words, size_t n)
{
	AUTO_BUF text = { 0 };
	for (size_t i = 0; i < n; i++)
		buf_addf(&text, "%s%.*s", i ? " " : "", STR_ARG(words[i]));
	return buf_to_arena(&text, &cli->arena);
}

bool cmd_find_module(struct cli *cli, const str_list *words, const struct lang_module **out, struct err *err)
{
	name_list names = { 0 };
	size_t missing;
	if (words->n > 0 && !invoke_path(words->p, words->n, &cli->arena, &names, err))
		return false;
	const struct lang_module *module = follow(cli, &names, &missing);
	if (missing < names.n) {
		struct lang_suggestion s;
		if (invoke_is_absent(module, names.p[missing], err))
			return false;
		bool near = lang_suggest_module(module, names.p[missing], &s);
		struct str hint = near ? arena_fmt(&cli->arena, "\nDid you mean `%.*s`?", STR_ARG(s.name)) : STR("");
		struct str shown = invoke_show_path(words->p, words->n, &names, &cli->arena);
		return err_set(err, ERR_NOT_FOUND, "justfile does not contain submodule `%.*s`%.*s", STR_ARG(shown), STR_ARG(hint));
	}
	*out = module;
	return true;
}

static struct lang_format_options format_options(const struct cli *cli)
{
	return (struct lang_format_options){ .indentation = cli->options.indentation, .keep_comments = cli->options.extensions };
}

/* `alias a := b` before what it stands for. */
static bool print_alias(const struct lang_alias *alias, struct err *err)
{
	AUTO_BUF out = { 0 };
	bool foreign = alias->recipe->module != alias->module;
	buf_addf(&out, "alias %.*s := %.*s\n", STR_ARG(alias->name.s), STR_ARG(foreign ? alias->recipe->path : alias->recipe->name.s));
	return cli_print(&out, err);
}

bool cmd_show(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	const struct lang_recipe *recipe;
	const struct lang_alias *alias;
	const str_list *words = &cli->options.arguments;
	if (!invoke_find(&cli->tree, words->p, words->n, &recipe, &alias, err))
		return false;
	AUTO_BUF out = { 0 };
	struct lang_format_options options = format_options(cli);
	options.color = cli->stdout_color;
	if (alias && !print_alias(alias, err))
		return false;
	lang_show_recipe(recipe, &options, &out);
	if (out.n == 0 || out.p[out.n - 1] != '\n')
		buf_add_char(&out, '\n');
	return cli_print(&out, err);
}

bool cmd_json(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	AUTO_BUF out = { 0 };
	lang_dump_json(&cli->tree, &out);
	buf_add_char(&out, '\n');
	return cli_print(&out, err);
}

bool cmd_dump(struct cli *cli, struct cmd_end *end, struct err *err)
{
	if (str_eq(cli->options.dump_format, STR("json")))
		return cmd_json(cli, end, err);
	AUTO_BUF out = { 0 };
	struct lang_format_options options = format_options(cli);
	lang_dump(&cli->tree, &options, &out);
	return cli_print(&out, err);
}

/* ---- --usage ---- */


static void add_option(const struct cli *cli, const struct lang_param *p, struct buf *out)
{
	bool color = cli->stdout_color;
	struct arena a = { 0 };
	if (p->arg->short_option.n)
		usage_style(out, color, "32", arena_fmt(&a, "-%.*s", STR_ARG(p->arg->short_option)));
	else
		buf_add_c(out, "    ");
	if (p->arg->long_option.n) {
		if (p->arg->short_option.n)
			buf_add_c(out, ", ");
		usage_style(out, color, "32", arena_fmt(&a, "--%.*s", STR_ARG(p->arg->long_option)));
	}
	if (!p->arg->is_flag && !p->arg->value) {
		buf_add_char(out, ' ');
		usage_style(out, color, "36", p->name.s);
	}
	arena_deinit(&a);
}

static void add_notes(const struct lang_param *p, struct buf *out)
{
	if (p->arg->help.p)
		buf_addf(out, " %.*s", STR_ARG(p->arg->help));
	if (p->fallback && !p->arg->is_flag && !p->arg->value) {
		buf_add_c(out, " [default: ");
		lang_show_expr(p->fallback, out);
		buf_add_char(out, ']');
	}
	if (p->arg->n_patterns == 0)
		return;
	buf_add_c(out, " [pattern: ");
	for (size_t i = 0; i < p->arg->n_patterns; i++)
		buf_addf(out, "%s'%.*s'", i ? " | " : "", STR_ARG(p->arg->pattern_texts[i]));
	buf_add_char(out, ']');
}

static void add_params(const struct cli *cli, const struct lang_recipe *recipe, bool options, const char *indent, struct buf *out)
{
	for (size_t i = 0; i < recipe->n_params; i++) {
		const struct lang_param *p = &recipe->params[i];
		if (usage_is_option(p) != options)
			continue;
		buf_add_c(out, indent);
		if (options)
			add_option(cli, p, out);
		else
			usage_param(p, cli->stdout_color, out);
		add_notes(p, out);
		buf_add_char(out, '\n');
	}
}

static bool has_params(const struct lang_recipe *recipe, bool options)
{
	for (size_t i = 0; i < recipe->n_params; i++) {
		if (usage_is_option(&recipe->params[i]) == options)
			return true;
	}
	return false;
}

static bool print_usage(struct cli *cli, const struct lang_recipe *recipe, struct str path, struct err *err)
{
	AUTO_BUF out = { 0 };
	bool color = cli->stdout_color;
	usage_style(&out, color, "1;33", STR("Usage:"));
	buf_add_char(&out, ' ');
	usage_line(recipe, &(struct usage_options){ cli->host.program, color, path }, &out);
	buf_add_char(&out, '\n');
	static const struct { const char *title; bool options; } parts[] = { { "Arguments:", false }, { "Options:", true } };
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (!has_params(recipe, parts[i].options))
			continue;
		buf_add_char(&out, '\n');
		usage_style(&out, color, "1;33", str_c(parts[i].title));
		buf_add_char(&out, '\n');
		add_params(cli, recipe, parts[i].options, "  ", &out);
	}
	return cli_print(&out, err);
}

static int by_order(const void *left, const void *right)
{
	const struct lang_recipe *a = *(const struct lang_recipe *const *)left, *b = *(const struct lang_recipe *const *)right;
	return a->order < b->order ? -1 : a->order > b->order;
}

static bool print_module_usage(struct cli *cli, const struct lang_module *module, struct str path, struct err *err)
{
	AUTO_BUF out = { 0 };
	bool color = cli->stdout_color;
	VEC(const struct lang_recipe *) recipes = { 0 };
	struct map *all = (struct map *)&module->recipes;
	for (size_t i = 0; i < map_len(all); i++) {
		const struct lang_recipe *r = *(struct lang_recipe **)map_at(all, map_sorted(all, i));
		if (!r->is_private && r->is_enabled)
			vec_push_in(&recipes, &cli->arena, r);
	}
	if (cli->options.unsorted && recipes.n > 1)
		qsort(recipes.p, recipes.n, sizeof(recipes.p[0]), by_order);
	if (recipes.n == 0) {
		if (!cli->options.quiet)
			run_say(&(struct run_options){ .color = false }, NULL, STR("module contains no recipes"));
		return true;
	}
	usage_style(&out, color, "1;33", STR("Usage:"));
	buf_add_char(&out, '\n');
	for (size_t i = 0; i < recipes.n; i++) {
		const struct lang_recipe *r = recipes.p[i];
		if (i > 0)
			buf_add_char(&out, '\n');
		struct str doc = r->doc.p ? r->doc : STR(""), line;
		while (str_next_line(&doc, &line)) {
			buf_add_c(&out, "    ");
			usage_style(&out, color, "34", arena_fmt(&cli->arena, "# %.*s", STR_ARG(line)));
			buf_add_char(&out, '\n');
		}
		buf_add_c(&out, "    ");
		struct str name = path.n ? arena_fmt(&cli->arena, "%.*s %.*s", STR_ARG(path), STR_ARG(r->name.s)) : r->name.s;
		usage_line(r, &(struct usage_options){ cli->host.program, color, name }, &out);
		buf_add_char(&out, '\n');
		add_params(cli, r, false, "      ", &out);
		add_params(cli, r, true, "      ", &out);
	}
	return cli_print(&out, err);
}

bool cmd_usage(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	const str_list *words = &cli->options.arguments;
	name_list names = { 0 };
	size_t missing;
	if (words->n > 0 && !invoke_path(words->p, words->n, &cli->arena, &names, err))
		return false;
	struct str path = invoke_show_path(words->p, words->n, &names, &cli->arena);
	const struct lang_module *module = follow(cli, &names, &missing);
	if (missing == names.n)
		return print_module_usage(cli, module, joined(cli, names.p, names.n), err);
	const struct lang_recipe *recipe;
	const struct lang_alias *alias;
	if (!invoke_find(&cli->tree, words->p, words->n, &recipe, &alias, err))
		return false;
	return (!alias || print_alias(alias, err)) && print_usage(cli, recipe, path, err);
}
