/* cmd_steps.c: the options of raibid-run's own: --step, --steps, --print-builtin. Their work is done in cmd_step.c. */
#include "cli/builtin.h"
#include "cli/cmd.h"
#include "cli/cmd_graph.h"
#include "step/step.h"
#include "step/why_field.h"

bool cmd_print_builtin(struct cli *cli, struct cmd_end *end, struct err *err)
{
	AUTO_BUF text = { 0 };
	(void)cli;
	(void)end;
	buf_add_c(&text, builtin_tasks);
	return cli_print(&text, err);
}

static bool is_why_recipe(const str_list *words)
{
	return words->n > 1 && str_eq(words->p[0], STR("why")) && !why_field_is(words->p[1]) && !step_find(step_table, words->p[1], NULL);
}

static bool run_step(struct cli *cli, const str_list *words, struct cmd_end *end)
{
	char **argv = arena_array(&cli->arena, char *, words->n + 1);
	for (size_t i = 0; i < words->n; i++)
		argv[i] = arena_cstr(&cli->arena, words->p[i]);
	struct cmd_step_options options = cli_step_options(cli);
	end->status = cmd_step(&options, (int)words->n, argv);
	return true;
}

/* `--step why RECIPE …` asks for each line of the recipe and of what it depends on: the recipes are gone through as in a dry run, and their step lines say
 * what they would do. */
static bool why_recipe(struct cli *cli, const str_list *words, struct cmd_end *end, struct err *err)
{
	cli->options.dry_run = true;
	cli->asks_why = true;
	return cmd_run_words(cli, words->p + 1, words->n - 1, end, err);
}

bool cmd_step_words(struct cli *cli, const str_list *words, struct cmd_end *end, struct err *err)
{
	if (graph_is_asked(words))
		return cmd_graph(cli, words, end, err);
	return is_why_recipe(words) ? why_recipe(cli, words, end, err) : run_step(cli, words, end);
}

bool cmd_step_option(struct cli *cli, struct cmd_end *end, struct err *err)
{
	const str_list *words = &cli->options.command_values;
	if (is_why_recipe(words)) {
		cli->folds = true;
		return cli_open(cli, err) && why_recipe(cli, words, end, err);
	}
	if (graph_is_asked(words))
		return cli_open(cli, err) && cmd_graph(cli, words, end, err);
	/* State belongs beside the tasks file; without one the step's layer finds the root. */
	AUTO_ERR ignored = { 0 };
	bool is_rootless = words->n && cmd_step_is_rootless(words->p[0]);
	if (!is_rootless && !search_locate(&cli->where, &cli->arena, &cli->search, &ignored))
		cli->search = (struct search){ 0 };
	return run_step(cli, words, end);
}

bool cmd_steps_option(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)err;
	struct cmd_step_options options = cli_step_options(cli);
	end->status = cmd_steps(&options, arena_cstr(&cli->arena, cli->options.command_values.p[0]));
	return true;
}
