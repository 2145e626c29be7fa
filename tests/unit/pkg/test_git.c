/* What git says of a fetch's progress. */
#include "unit.h"

#include "base/base.h"
#include "pkg/git_run.h"

static void test_received(void **state)
{
	static const struct { const char *line; bool is; uint64_t done, total; } rows[] = {
		{ "Receiving objects:  50% (5/10), 1.50 KiB | 3.00 MiB/s", true, 1536, 3072 },
		{ "Receiving objects: 100% (10/10), 2.00 MiB | 3.00 MiB/s, done.", true, 2 << 20, 2 << 20 },
		{ "Receiving objects:  25% (1/4), 512 bytes | 512.00 KiB/s", true, 512, 2048 },
		{ "Receiving objects:   0% (1/4000), 1.00 GiB | 1.00 KiB/s", true, 1 << 30, 0 },
		{ "Receiving objects:  10% (1/10)", false, 0, 0 },
		{ "Receiving objects: ", false, 0, 0 },
		{ "Receiving objects:  10% (1/10), x MiB", true, 0, 0 },
		{ "Resolving deltas:  10% (1/10), 1.00 KiB", false, 0, 0 },
		{ "", false, 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t done = 0, total = 0;
		assert_int_equal(git_received(str_c(rows[i].line), &done, &total), rows[i].is);
		assert_int_equal(done, rows[i].done);
		assert_int_equal(total, rows[i].total);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_received) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
