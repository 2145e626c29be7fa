/* cmd_evaluate.c: --evaluate: variables with their values, as just's syntax or as shell assignments. */
#include <string.h>

#include "base/utf8.h"
#include "cli/cmd.h"
#include "run/invoke.h"

/* "value" for a POSIX shell: in double quotes, what is special there escaped. */
static void add_shell_value(struct str value, struct buf *out)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < value.n; i++) {
		if (memchr("$`\"\\!", value.p[i], 5))
			buf_add_char(out, '\\');
		buf_add_char(out, value.p[i]);
	}
	buf_add_char(out, '"');
}

static bool value_of(struct cli *cli, const struct lang_module *module, const struct lang_assignment *variable, const struct lang_value **out,
		     struct err *err)
{
	const struct lang_scope *scope;
	if (!lang_run_module(cli->values, module, &scope, err))
		return false;
	*out = lang_scope_get(scope, variable);
	return true;
}

static bool print_one(struct cli *cli, const struct lang_assignment *variable, struct err *err)
{
	const struct lang_value *value;
	lang_run_use_variable(cli->values, variable);
	if (!lang_run_all(cli->values, err) || !value_of(cli, variable->module, variable, &value, err))
		return false;
	AUTO_BUF out = { 0 };
	if (value)
		buf_add(&out, lang_join(&cli->arena, value));
	return cli_print(&out, err);
}

static bool print_all(struct cli *cli, const struct lang_module *module, struct err *err)
{
	bool shell = str_eq(cli->options.evaluate_format, STR("shell")), all_exported = lang_on(module, LANG_SET_EXPORT);
	struct map *variables = (struct map *)&module->assignments;
	lang_run_use_all(cli->values, module);
	if (!lang_run_all(cli->values, err))
		return false;
	size_t width = 0;
	for (size_t i = 0; i < map_len(variables); i++) {
		const struct lang_assignment *v = *(struct lang_assignment **)map_at(variables, i);
		if (!v->is_private)
			width = MAX(width, v->name.s.n);
	}
	AUTO_BUF out = { 0 };
	for (size_t i = 0; i < map_len(variables); i++) {
		const struct lang_assignment *v = *(struct lang_assignment **)map_at(variables, map_sorted(variables, i));
		const struct lang_value *value;
		if (!value_of(cli, module, v, &value, err))
			return false;
		if (v->is_private || !value)
			continue;
		if (!shell) {
			buf_addf(&out, "%.*s", STR_ARG(v->name.s));
			buf_add_repeat(&out, ' ', width - v->name.s.n);
			buf_add_c(&out, " := ");
			lang_show_value(value, cli->stdout_color, &out);
		} else {
			buf_addf(&out, "%s%.*s=", v->is_exported || all_exported ? "export " : "", STR_ARG(v->name.s));
			add_shell_value(lang_join(&cli->arena, value), &out);
		}
		buf_add_char(&out, '\n');
	}
	return cli_print(&out, err);
}

/* The variable or the module that the word names: exactly one of both is set. */
static bool find(struct cli *cli, struct str word, const struct lang_assignment **variable, const struct lang_module **module, struct err *err)
{
	name_list names;
	if (!invoke_path(&word, 1, &cli->arena, &names, err))
		return false;
	const struct lang_module *at = cli->tree.root;
	for (size_t i = 0; i < names.n; i++) {
		bool last = i + 1 == names.n;
		struct lang_assignment *const *found = map_find(&at->assignments, names.p[i]);
		const struct lang_module *next = lang_find_submodule(at, names.p[i]);
		if (last && found) {
			*variable = *found;
			return true;
		}
		if (next) {
			at = next;
			continue;
		}
		if (invoke_is_absent(at, names.p[i], err))
			return false;
		struct lang_suggestion s;
		bool near = last ? lang_suggest_variable(at, names.p[i], &s) : lang_suggest_module(at, names.p[i], &s);
		struct str hint = near ? arena_fmt(&cli->arena, "\nDid you mean `%.*s`?", STR_ARG(s.name)) : STR("");
		return err_set(err, ERR_NOT_FOUND, "justfile does not contain %s `%.*s`%.*s", last ? "variable or submodule" : "submodule",
		               STR_ARG(names.p[i]), STR_ARG(hint));
	}
	*module = at;
	return true;
}

bool cmd_evaluate(struct cli *cli, struct cmd_end *end, struct err *err)
{
	const str_list *words = &cli->options.arguments;
	const struct lang_assignment *variable = NULL;
	const struct lang_module *module = cli->tree.root;
	if (words->n == 1 && !find(cli, words->p[0], &variable, &module, err))
		return false;
	bool ok = cli_prepare(cli, err) && (variable ? print_one(cli, variable, err) : print_all(cli, module, err));
	if (!ok)
		end->status = cli_failed_status(cli);
	return ok;
}
