/* The program's entry. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd_step.h"

extern char **environ;

int main(int argc, char **argv)
{
	struct cmd_step_options options = { .environ = environ };
	if (argc > 2 && strcmp(argv[1], "--events") == 0) {
		options.events = str_c(argv[2]);
		argc -= 2;
		argv += 2;
	}
	if (argc > 1 && strcmp(argv[1], "--step") == 0)
		return cmd_step(&options, argc - 2, argv + 2);
	if (argc > 2 && strcmp(argv[1], "--steps") == 0)
		return cmd_steps(&options, argv[2]);
	fprintf(stderr, "usage: raibid-run --step NAME ARGS…\n");
	return 2;
}
