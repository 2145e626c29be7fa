/* lang_formats FILE…: checks of each file that it can be formatted as format_check.h says; for tests/cli/formats.test. Exit 1 where one cannot. */
#include <stdio.h>

#include "base/fs.h"
#include "base/path.h"
#include "format_check.h"

int main(int argc, char **argv)
{
	struct lang_host host = { .program = STR("raibid-run"), .version = STR("1.59.0"), .is_unstable = true };
	size_t taken = 0, bad = 0;
	for (int i = 1; i < argc; i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct str path = str_c(argv[i]), text;
		bool is_taken = false;
		const char *fault = fs_read(path, 0, &a, &text, &err) ? check_format(path_clean(&a, path), text, &host, &a, &is_taken) : err.message;
		taken += is_taken;
		bad += fault != NULL;
		if (fault)
			printf("FAIL: %s: %s\n", argv[i], fault);
		arena_deinit(&a);
	}
	printf("%d files, %zu of them formatted, %zu wrong\n", argc - 1, taken, bad);
	return bad > 0;
}
