/* The program's entry. */
#include <stdio.h>

#include "config.h"

int main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("raibid-run %s\n", PACKAGE_VERSION);
	return 0;
}
