/*
 * Stands in for libFuzzer's main: runs the harness over files. With arguments over those; without over all files of
 * $SRCDIR/tests/fuzz/corpus/NAME, where the program is called fuzz_NAME.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay(struct str path)
{
	struct arena a = { 0 };
	struct str text;
	AUTO_ERR err = { 0 };
	bool ok = fs_read(path, SIZE_MAX / 4, &a, &text, &err);
	if (!ok) {
		fprintf(stderr, "%s\n", err.message);
	} else {
		/* A copy of exact size, so that a sanitizer sees a read beyond the end. */
		uint8_t *copy = xmalloc(text.n + 1);
		memcpy(copy, text.p, text.n);
		copy = xrealloc(copy, text.n ? text.n : 1);
		LLVMFuzzerTestOneInput(copy, text.n);
		free(copy);
	}
	arena_deinit(&a);
	return ok;
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			if (!replay(str_c(argv[i])))
				return 1;
		return 0;
	}
	const char *src = getenv("SRCDIR"), *name = strrchr(argv[0], '/');
	char folder[4096], path[4096 + 300];
	name = name ? name + 1 : argv[0];
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", src ? src : ".", name + strlen("fuzz_"));
	DIR *dir = opendir(folder);
	if (!dir) {
		perror(folder);
		return 1;
	}
	bool ok = true;
	size_t files = 0;
	for (struct dirent *e; (e = readdir(dir));) {
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (e->d_name[0] == '.')
			continue;
		ok = replay(str_c(path)) && ok;
		files++;
	}
	closedir(dir);
	printf("%zu inputs\n", files);
	return !ok || !files;
}
