/* cmd.c: the table of commands. */
#include "cli/cmd.h"

#include <string.h>

static const struct cmd commands[] = {
	{ "changelog", cmd_changelog, CMD_NOTHING },
	{ "choose", cmd_choose, CMD_FILE },
	{ "clean", cmd_clean, CMD_FILE },
	{ "command", cmd_command, CMD_FILE },
	{ "complete", cmd_complete, CMD_NOTHING },
	{ "completions", cmd_completions, CMD_NOTHING },
	{ "dump", cmd_dump, CMD_FILE },
	{ "edit", cmd_edit, CMD_NOTHING },
	{ "evaluate", cmd_evaluate, CMD_FILE },
	{ "fmt", cmd_fmt, CMD_NOTHING },
	{ "groups", cmd_groups, CMD_FILE },
	{ "init", cmd_init, CMD_NOTHING },
	{ "json", cmd_json, CMD_FILE },
	{ "list", cmd_list, CMD_FILE },
	{ "man", cmd_man, CMD_NOTHING },
	{ "show", cmd_show, CMD_FILE },
	{ "summary", cmd_summary, CMD_FILE },
	{ "usage", cmd_usage, CMD_FILE },
	{ "variables", cmd_variables, CMD_FILE },
	{ "print-builtin", cmd_print_builtin, CMD_NOTHING },
	{ "step", cmd_step_option, CMD_NOTHING },
	{ "steps", cmd_steps_option, CMD_NOTHING },
	{ NULL, cmd_run, CMD_NOTHING },
};

const struct cmd *cmd_find(const char *name)
{
	const struct cmd *c = commands;
	while (c->name && (!name || strcmp(c->name, name) != 0))
		c++;
	return c;
}
