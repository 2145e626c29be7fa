/*
 * Regular expressions: the first byte holds flags, the rest of the first line is the pattern, what follows the text. The two ways of matching
 * must agree on every group, and iterating, replacing and splitting must come to an end.
 */
#include <assert.h>
#include <string.h>

#include "text/regex_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define GROUPS_MAX 20
#define PATTERN_MAX 200

static void compare(const struct regex *re, struct str text)
{
	size_t a[GROUPS_MAX * 2], b[GROUPS_MAX * 2], n = MIN(regex_groups(re), GROUPS_MAX) * 2;
	struct regex_scratch *s = regex_scratch_new();
	bool first = regex_exec(re, text, 0, a, n, s), second = regex_exec_pike(re, text, 0, b, n, s);
	assert(first == second);
	if (first)
		assert(memcmp(a, b, n * sizeof(*a)) == 0);
	regex_scratch_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	const struct regex *re;
	struct str pattern, text, all = { (const char *)bytes + 1, size - 1 };
	if (size == 0)
		return 0;
	str_cut(all, '\n', &pattern, &text);
	if (pattern.n <= PATTERN_MAX && regex_compile(&a, pattern, bytes[0] & 7, &re, &err)) {
		regex_strs pieces;
		compare(re, text);
		(void)regex_replace(re, text, STR("<$0${1}>"), REGEX_EXPAND, &a);
		regex_split(re, text, -1, &a, &pieces);
	}
	arena_deinit(&a);
	return 0;
}
