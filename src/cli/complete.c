/*
 * complete.c: --complete WORDS: what the last word may become, given those before it; the scripts of --completions ask it.
 *
 * A line is one candidate, then a tab and its description where it has one. The words are those of a command line in the making, so they are walked here, by the
 * table of options, rather than read as a whole one would be. Where nothing can be said (no tasks file, an error in it, a value that is anything) nothing is
 * printed, and the shell offers files.
 */
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "cli/cmd.h"
#include "run/usage.h"
#include "step/step.h"

/* Environments and charts are looked for this many folders deep. */
#define COMPLETE_DEPTH_MAX 4

struct complete {
	struct cli *cli;
	struct arena *a;
	struct buf *out;
	struct str word;   /* the one in the making */
	struct str before; /* stands before each candidate: "--color=", "folder/" */

	/* Of the words before it. */
	str_list words;                 /* those that are not options: recipes and their arguments, or what the command takes */
	const struct arg_spec *command; /* takes all words from here on, or NULL */
	const struct arg_spec *pending; /* an option that still wants a value, or NULL */
	size_t n_given;                 /* values that it has */
	bool is_trailing;               /* options of ours are over */
};

/* One candidate, where the word begins like it. */
static void offer(struct complete *c, struct str candidate, struct str doc)
{
	struct str all = c->before.n ? arena_fmt(c->a, "%.*s%.*s", STR_ARG(c->before), STR_ARG(candidate)) : candidate, line = STR_NONE;
	if (!str_starts(all, c->word) || str_find_char(all, '\n') != STR_NPOS || str_find_char(all, '\t') != STR_NPOS)
		return;
	buf_add(c->out, all);
	if (str_next_line(&doc, &line) && line.n > 0)
		buf_addf(c->out, "\t%.*s", STR_ARG(line));
	buf_add_char(c->out, '\n');
}

/* ---- folders ---- */

static const char *const environment_files[] = { "environment.yaml", "main.jsonnet", "spec.json", NULL };
static const char *const chart_files[] = { "Chart.yaml", NULL };

static bool holds_one(struct complete *c, struct str dir, const char *const *files)
{
	for (size_t i = 0; files[i]; i++) {
		if (fs_is_file(path_join(c->a, dir, str_c(files[i]))))
			return true;
	}
	return false;
}

/* Folders below root/`below` that hold one of the files, as paths behind `shown`. What lies inside of one is its own matter. */
static void offer_folders(struct complete *c, struct str dir, struct str shown, const char *const *files, size_t depth)
{
	AUTO_ERR ignored = { 0 };
	fs_entries entries = { 0 };
	if (depth == COMPLETE_DEPTH_MAX || !fs_list(dir, c->a, &entries, &ignored))
		return;
	for (size_t i = 0; i < entries.n; i++) {
		struct str name = entries.p[i].name, path = path_join(c->a, dir, name);
		if (name.p[0] == '.' || !fs_is_dir(path))
			continue;
		struct str as = shown.n ? arena_fmt(c->a, "%.*s/%.*s", STR_ARG(shown), STR_ARG(name)) : name;
		if (holds_one(c, path, files))
			offer(c, as, STR_NONE);
		else if (entries.p[i].kind == FS_DIR)
			offer_folders(c, path, as, files, depth + 1);
	}
}

static struct str here(struct complete *c, const char *folder)
{
	return path_join(c->a, c->cli->invocation_directory, str_c(folder));
}

static void offer_environments(struct complete *c)
{
	offer_folders(c, here(c, "environments"), STR("environments"), environment_files, 0);
}

static void offer_charts(struct complete *c)
{
	offer_folders(c, here(c, "charts"), STR("charts"), chart_files, 0);
	offer_folders(c, here(c, "vendor"), STR("vendor"), chart_files, 0);
}

/* What `render` and `export` have written: each folder of rendered/. */
static void offer_rendered(struct complete *c)
{
	AUTO_ERR ignored = { 0 };
	fs_entries entries = { 0 };
	if (!fs_list(here(c, "rendered"), c->a, &entries, &ignored))
		return;
	for (size_t i = 0; i < entries.n; i++) {
		if (entries.p[i].kind == FS_DIR && entries.p[i].name.p[0] != '.')
			offer(c, arena_fmt(c->a, "rendered/%.*s", STR_ARG(entries.p[i].name)), STR_NONE);
	}
}

/* ---- the tasks file ---- */

/* The root module, or NULL where there is no tasks file without a fault. */
static const struct lang_module *root_module(struct complete *c)
{
	AUTO_ERR ignored = { 0 };
	if (!c->cli->tree.root && !cli_open(c->cli, &ignored))
		return NULL;
	return c->cli->tree.root;
}

static struct str behind(struct str path, const struct lang_module *from)
{
	return from->path.n ? str_slice(path, from->path.n + 2, path.n) : path;
}

static void offer_recipes_of(struct complete *c, const struct lang_module *module, const struct lang_module *from)
{
	const struct options *o = &c->cli->options;
	list_recipes recipes = { 0 };
	list_public_recipes(c->cli, module, c->a, &recipes);
	for (size_t i = 0; i < recipes.n; i++)
		offer(c, behind(recipes.p[i]->path, from), recipes.p[i]->doc);
	struct map *aliases = (struct map *)&module->aliases, *modules = (struct map *)&module->modules;
	for (size_t i = 0; i < map_len(aliases) && args_on(&o->args, "complete-aliases"); i++) {
		const struct lang_alias *alias = *(struct lang_alias **)map_at(aliases, map_sorted(aliases, i));
		struct str path = module->path.n ? arena_fmt(c->a, "%.*s::%.*s", STR_ARG(module->path), STR_ARG(alias->name.s)) : alias->name.s;
		if (!alias->is_private)
			offer(c, behind(path, from), alias->recipe ? alias->recipe->doc : STR_NONE);
	}
	for (size_t i = 0; i < map_len(modules); i++) {
		const struct lang_module *sub = *(struct lang_module **)map_at(modules, map_sorted(modules, i));
		if (!sub->is_private)
			offer_recipes_of(c, sub, from);
	}
}

static void offer_recipes(struct complete *c)
{
	const struct lang_module *root = root_module(c);
	if (root)
		offer_recipes_of(c, root, root);
}

static void offer_modules_of(struct complete *c, const struct lang_module *module)
{
	struct map *modules = (struct map *)&module->modules;
	for (size_t i = 0; i < map_len(modules); i++) {
		const struct lang_module *sub = *(struct lang_module **)map_at(modules, map_sorted(modules, i));
		if (sub->is_private)
			continue;
		offer(c, sub->path, sub->doc);
		offer_modules_of(c, sub);
	}
}

static void offer_modules(struct complete *c)
{
	const struct lang_module *root = root_module(c);
	if (root)
		offer_modules_of(c, root);
}

static void offer_variables_of(struct complete *c, const struct lang_module *module)
{
	struct map *variables = (struct map *)&module->assignments, *modules = (struct map *)&module->modules;
	for (size_t i = 0; i < map_len(variables); i++) {
		const struct lang_assignment *v = *(struct lang_assignment **)map_at(variables, map_sorted(variables, i));
		AUTO_BUF value = { 0 };
		lang_show_expr(v->value, &value);
		struct str path = module->path.n ? arena_fmt(c->a, "%.*s::%.*s", STR_ARG(module->path), STR_ARG(v->name.s)) : v->name.s;
		if (!v->is_private)
			offer(c, path, buf_str(&value));
	}
	for (size_t i = 0; i < map_len(modules); i++)
		offer_variables_of(c, *(struct lang_module **)map_at(modules, map_sorted(modules, i)));
}

static void offer_variables(struct complete *c)
{
	const struct lang_module *root = root_module(c);
	if (root)
		offer_variables_of(c, root);
}

/* --set takes a name, then a value. */
static void offer_set(struct complete *c)
{
	if (c->n_given % 2 == 0)
		offer_variables(c);
}

static void offer_groups(struct complete *c)
{
	str_list groups = { 0 };
	if (root_module(c))
		list_public_groups(c->cli, c->cli->tree.root, c->a, &groups);
	for (size_t i = 0; i < groups.n; i++)
		offer(c, groups.p[i], STR_NONE);
}

/* ---- steps ---- */

static void offer_steps(struct complete *c)
{
	for (size_t i = 0; step_table[i]; i++)
		offer(c, step_table[i]->name, str_c(step_table[i]->summary));
}

static void offer_steps_and_recipes(struct complete *c)
{
	offer_steps(c);
	offer_recipes(c);
}

static void offer_environments_and_rendered(struct complete *c)
{
	offer_environments(c);
	offer_rendered(c);
}

/* What the words of a step are, whatever their place. */
static const struct { struct str step; void (*offer)(struct complete *c); } operands[] = {
	{ STR_INIT("apply"), offer_rendered }, { STR_INIT("bundle"), offer_environments }, { STR_INIT("deps"), offer_charts },
	{ STR_INIT("diff"), offer_rendered }, { STR_INIT("eval"), offer_environments }, { STR_INIT("export"), offer_environments },
	{ STR_INIT("graph"), offer_recipes }, { STR_INIT("help"), offer_steps }, { STR_INIT("images"), offer_environments },
	{ STR_INIT("lint"), offer_charts }, { STR_INIT("render"), offer_environments }, { STR_INIT("show"), offer_environments },
	{ STR_INIT("status"), offer_environments },
	{ STR_INIT("template"), offer_charts }, { STR_INIT("validate"), offer_environments_and_rendered }, { STR_INIT("values"), offer_charts },
	{ STR_INIT("why"), offer_steps_and_recipes },
};

/* The long options that the step's help tells of, one a line: `  -o, --out DIR         Where …`. */
static void offer_step_options(struct complete *c, const struct step_def *step)
{
	struct str rest = str_c(step->options ? step->options : ""), line;
	while (str_next_line(&rest, &line)) {
		size_t at = str_find(line, STR("--")), end;
		if (at == STR_NPOS || str_trim_left(line).p[0] != '-')
			continue;
		for (end = at + 2; end < line.n && (line.p[end] == '-' || (line.p[end] >= 'a' && line.p[end] <= 'z')); end++)
			;
		size_t doc = str_find(str_slice(line, end, line.n), STR("  "));
		if (end > at + 2)
			offer(c, str_slice(line, at, end), doc == STR_NPOS ? STR_NONE : str_trim(str_slice(line, end + doc, line.n)));
	}
}

/* The words are a step's name and its arguments. */
static void complete_step(struct complete *c)
{
	const str_list *words = &c->words;
	const struct step_def *step = words->n ? step_find(step_table, words->p[0], NULL) : NULL;
	if (words->n == 0) {
		offer_steps(c);
	} else if (step && str_starts(c->word, STR("-"))) {
		offer_step_options(c, step);
	} else if (str_eq(vec_last(words), STR("--environment"))) {
		offer_environments(c);
	} else {
		for (size_t i = 0; step && i < ARRAY_LEN(operands); i++) {
			if (str_eq(operands[i].step, step->name))
				operands[i].offer(c);
		}
	}
}

/* ---- recipes and their arguments ---- */

/* A parameter that is called so holds the name of a folder of environments/. */
static void offer_values(struct complete *c, const struct lang_param *param)
{
	if (str_eq(param->name.s, STR("env")) || str_eq(param->name.s, STR("environment")))
		offer_folders(c, here(c, "environments"), STR_NONE, environment_files, 0);
}

static void offer_recipe_options(struct complete *c, const struct lang_recipe *recipe)
{
	for (size_t i = 0; i < recipe->n_params; i++) {
		const struct lang_param *param = &recipe->params[i];
		if (param->arg->long_option.n > 0)
			offer(c, arena_fmt(c->a, "--%.*s", STR_ARG(param->arg->long_option)), param->arg->help);
		if (param->arg->short_option.n > 0)
			offer(c, arena_fmt(c->a, "-%.*s", STR_ARG(param->arg->short_option)), param->arg->help);
	}
}

/* The parameter whose value the word after this option is, or NULL. */
static const struct lang_param *valued_by(const struct lang_recipe *recipe, struct str option)
{
	for (size_t i = 0; i < recipe->n_params; i++) {
		const struct lang_param *param = &recipe->params[i];
		bool is_long = str_starts(option, STR("--")) && param->arg->long_option.n > 0 && str_eq(str_slice(option, 2, option.n), param->arg->long_option);
		bool is_short = param->arg->short_option.n > 0 && str_eq(str_slice(option, 1, option.n), param->arg->short_option);
		if ((is_long || is_short) && !param->arg->is_flag && !param->arg->value)
			return param;
	}
	return NULL;
}

/* The parameter that the argument of this number is given to, or NULL. */
static const struct lang_param *positional(const struct lang_recipe *recipe, size_t number)
{
	const struct lang_param *last = NULL;
	for (size_t i = 0; i < recipe->n_params; i++) {
		if (usage_is_option(&recipe->params[i]))
			continue;
		last = &recipe->params[i];
		if (number-- == 0)
			return last;
	}
	return last && last->kind != LANG_PARAM_ONE ? last : NULL;
}

/* Where in the calls of recipes a word stands. */
struct place {
	const struct lang_module *module;  /* in which the next name is looked up */
	const struct lang_recipe *recipe;  /* takes arguments, or NULL */
	const struct lang_param *expected; /* its option that waits for a value, or NULL */
	size_t n_args;
};

/* Follows `a::b::recipe`, or one name of it. */
static bool follow(struct place *at, struct str path)
{
	while (path.n > 0) {
		size_t end = str_find(path, STR("::"));
		struct str name = end == STR_NPOS ? path : str_slice(path, 0, end);
		const struct lang_module *sub = lang_find_submodule(at->module, name);
		path = end == STR_NPOS ? STR_NONE : str_slice(path, end + 2, path.n);
		at->recipe = lang_find_recipe(at->module, name);
		at->n_args = 0;
		if (at->recipe)
			return path.n == 0;
		if (!sub)
			return false;
		at->module = sub;
	}
	return true;
}

static bool pass(struct place *at, const struct lang_module *root, struct str word)
{
	if (at->expected) {
		at->expected = NULL;
	} else if (at->recipe && word.n > 1 && word.p[0] == '-') {
		at->expected = valued_by(at->recipe, word);
	} else if (at->recipe && at->n_args < lang_max_args(at->recipe)) {
		at->n_args++;
	} else {
		if (at->recipe)
			at->module = root;
		return follow(at, word);
	}
	return true;
}

static void complete_arguments(struct complete *c, const struct lang_module *root, const struct place *at)
{
	if (at->expected) {
		offer_values(c, at->expected);
		return;
	}
	if (!at->recipe) {
		offer_recipes_of(c, at->module, at->module);
		return;
	}
	if (str_starts(c->word, STR("-"))) {
		offer_recipe_options(c, at->recipe);
		return;
	}
	const struct lang_param *param = positional(at->recipe, at->n_args);
	if (param)
		offer_values(c, param);
	if (at->n_args >= lang_min_args(at->recipe))
		offer_recipes_of(c, root, root);
}

static bool is_override(struct str word)
{
	return str_find_char(word, '=') != STR_NPOS;
}

/* `folder/recipe` as the first word: the folder is searched from, and the name is completed behind it. */
static void take_folder(struct complete *c)
{
	struct str *word = c->words.n ? &c->words.p[0] : &c->word;
	size_t slash = str_rfind_char(*word, '/');
	if (slash == STR_NPOS || c->cli->options.justfile.p || c->cli->options.global_justfile)
		return;
	c->cli->options.search_directory = str_slice(*word, 0, slash + 1);
	if (word == &c->word)
		c->before = c->cli->options.search_directory;
	else
		*word = str_slice(*word, slash + 1, word->n);
}

static void complete_run(struct complete *c)
{
	while (c->words.n > 0 && is_override(c->words.p[0])) {
		c->words.p++;
		c->words.n--;
	}
	take_folder(c);
	const struct lang_module *root = root_module(c);
	if (!root)
		return;
	bool is_step = c->words.n > 0 && step_find(step_table, c->words.p[0], NULL);
	if (is_step && !lang_find_recipe(root, c->words.p[0]) && !lang_find_submodule(root, c->words.p[0])) {
		complete_step(c);
		return;
	}
	struct place at = { .module = root };
	for (size_t i = 0; i < c->words.n; i++) {
		if (!pass(&at, root, c->words.p[i]))
			return;
	}
	complete_arguments(c, root, &at);
}

/* ---- options ---- */

static const struct { const char *option; void (*offer)(struct complete *c); } values[] = {
	{ "clean", offer_recipes }, { "evaluate", offer_variables }, { "group", offer_groups }, { "list", offer_modules },
	{ "set", offer_set }, { "show", offer_recipes }, { "step", complete_step }, { "usage", offer_recipes },
};

static void offer_option_values(struct complete *c, const struct arg_spec *spec)
{
	for (size_t i = 0; spec->choices && spec->choices[i]; i++)
		offer(c, str_c(spec->choices[i]), STR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		if (strcmp(values[i].option, spec->name) == 0)
			values[i].offer(c);
	}
}

static void offer_options(struct complete *c)
{
	for (size_t i = 0; i < options_count; i++) {
		const struct arg_spec *spec = &options_table[i];
		if (spec->kind == ARG_POSITIONAL)
			continue;
		offer(c, arena_fmt(c->a, "--%s", spec->name), str_c(spec->help));
		if (spec->letter)
			offer(c, arena_fmt(c->a, "-%c", spec->letter), str_c(spec->help));
	}
}

static bool takes_value(const struct arg_spec *spec)
{
	return spec->kind == ARG_VALUE || spec->kind == ARG_APPEND || spec->kind == ARG_LIST;
}

static const struct arg_spec *find_option(struct str name, char letter)
{
	for (size_t i = 0; i < options_count; i++) {
		const struct arg_spec *spec = &options_table[i];
		if (spec->kind != ARG_POSITIONAL && (letter ? spec->letter == letter : str_eq_c(name, spec->name)))
			return spec;
	}
	return NULL;
}

/* Those that say where the tasks file is count here too. */
static void take_value(struct complete *c, const struct arg_spec *spec, struct str value)
{
	struct options *o = &c->cli->options;
	if (strcmp(spec->name, "justfile") == 0)
		o->justfile = value;
	else if (strcmp(spec->name, "working-directory") == 0)
		o->working_directory = value;
	if (spec->kind == ARG_LIST)
		vec_push_in(&c->words, c->a, value);
	c->pending = spec->kind != ARG_LIST && ++c->n_given >= MAX(spec->min, 1) ? NULL : spec;
}

static void take_option(struct complete *c, const struct arg_spec *spec, struct str value)
{
	c->pending = NULL;
	if (!spec)
		return;
	if (strcmp(spec->name, "global-justfile") == 0)
		c->cli->options.global_justfile = true;
	if (spec->command)
		c->command = spec;
	if (!takes_value(spec))
		return;
	c->pending = spec;
	c->n_given = 0;
	if (value.p)
		take_value(c, spec, value);
}

static void take_letters(struct complete *c, struct str letters)
{
	for (size_t i = 0; i < letters.n; i++) {
		const struct arg_spec *spec = find_option(STR_NONE, letters.p[i]);
		bool ends = spec && takes_value(spec);
		take_option(c, spec, ends && i + 1 < letters.n ? str_drop_prefix(str_slice(letters, i + 1, letters.n), STR("=")) : STR_NONE);
		if (ends)
			return;
	}
}

static void take_word(struct complete *c, struct str word)
{
	bool is_option = word.n > 1 && word.p[0] == '-';
	if (c->is_trailing || (c->pending && (!is_option || c->pending->hyphens))) {
		if (c->is_trailing)
			vec_push_in(&c->words, c->a, word);
		else
			take_value(c, c->pending, word);
	} else if (str_eq(word, STR("--"))) {
		c->is_trailing = true;
		c->pending = NULL;
	} else if (str_starts(word, STR("--"))) {
		struct str name, value = STR_NONE;
		if (!str_cut(str_slice(word, 2, word.n), '=', &name, &value))
			value = STR_NONE;
		take_option(c, find_option(name, 0), value);
	} else if (is_option) {
		take_letters(c, str_slice(word, 1, word.n));
	} else {
		c->is_trailing = true;
		vec_push_in(&c->words, c->a, word);
	}
}

static void complete_word(struct complete *c)
{
	bool is_option = !c->is_trailing && str_starts(c->word, STR("-"));
	size_t equals = str_find_char(c->word, '=');
	if (c->pending && !c->is_trailing && (!is_option || c->pending->hyphens)) {
		offer_option_values(c, c->pending);
	} else if (is_option && equals != STR_NPOS) {
		const struct arg_spec *spec = find_option(str_slice(c->word, MIN(2, equals), equals), 0);
		c->before = str_slice(c->word, 0, equals + 1);
		c->n_given = 0;
		if (spec)
			offer_option_values(c, spec);
	} else if (is_option) {
		offer_options(c);
	} else if (c->command) {
		offer_option_values(c, c->command);
	} else {
		complete_run(c);
	}
}

bool cmd_complete(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	AUTO_BUF out = { 0 };
	const str_list *words = &cli->options.command_values;
	struct complete c = { .cli = cli, .a = &cli->arena, .out = &out };
	for (size_t i = 0; i + 1 < words->n; i++)
		take_word(&c, words->p[i]);
	if (words->n > 0)
		c.word = vec_last(words);
	complete_word(&c);
	return cli_print(&out, err);
}
