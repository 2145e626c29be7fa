/*
 * cmd_graph.h: `--step graph [TARGET…] [--format dot|mermaid|json]`: the recipes and what they depend on.
 */
#ifndef CLI_CMD_GRAPH_H
#define CLI_CMD_GRAPH_H

#include "cli/cmd.h"

/* Whether the words after --step ask for it (and not for its help). */
bool graph_is_asked(const str_list *words);
/* Prints it. The tasks file is open. */
MUST_CHECK bool cmd_graph(struct cli *cli, const str_list *words, struct cmd_end *end, struct err *err);

#endif
