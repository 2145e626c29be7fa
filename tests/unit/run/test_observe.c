/* What is written of a run: JSON whatever the names hold, masked secrets, Markdown cells, rows of the trace. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "run/observe_internal.h"

static void test_json(void **state)
{
	static const struct { struct str in; const char *want; } rows[] = {
		{ STR_INIT(""), "\"\"" },
		{ STR_INIT("a \"b\" \\c"), "\"a \\\"b\\\" \\\\c\"" },
		{ STR_INIT("\n\t\x01\x7f"), "\"\\u000a\\u0009\\u0001\\u007f\"" },
		{ STR_INIT("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"" },
		{ STR_INIT("\xff\xc3"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_BUF b = { 0 };
		observe_add_json(&b, rows[i].in);
		same(buf_str(&b), rows[i].want);
	}
}

static void test_markdown(void **state)
{
	struct observed tasks[] = {
		{ .kind = OBSERVE_RECIPE, .name = STR_INIT("a|b <c>"), .ended_us = 1500000, .how = OBSERVE_RAN },
		{ .kind = OBSERVE_PART, .name = STR_INIT("part"), .parent = 1, .ended_us = 1, .how = OBSERVE_RAN },
		{ .kind = OBSERVE_STEP, .name = STR_INIT("s"), .ended_us = 1, .how = OBSERVE_WAS_CACHED, .saved_ms = 61000 },
		{ .kind = OBSERVE_STEP, .name = STR_INIT("t"), .ended_us = -1 },
	};
	observed_list list = { .p = tasks, .n = ARRAY_LEN(tasks), .cap = ARRAY_LEN(tasks) };
	AUTO_BUF b = { 0 };
	(void)state;
	observe_summary_markdown(&(struct observe_run){ .tasks = &list, .duration_us = 2000000 }, &b);
	same(buf_str(&b), "### raibid-run: done in 2.0 s\n\n1 ran, 1 unchanged, 0 failed, 0 skipped; 1 min 1 s saved\n\n"
			  "| task | | time | |\n|---|---|---:|---|\n"
			  "| a&#124;b &#60;c&#62; | ran | 1.5 s |  |\n"
			  "| s | unchanged | 1 min 1 s saved |  |\n"
			  "| t | unfinished | 0.0 s |  |\n\n");
}

static void test_observer(void **state)
{
	char *environ[] = { "MY_TOKEN=sesame-1", "KEY_FILE_SECRET=/path/to/it", "X_SECRET=abc", NULL };
	struct arena a = { 0 };
	struct str dir, bytes;
	struct err err = { 0 };
	struct observe *o;
	(void)state;
	assert_true(fs_mkdtemp(STR("/tmp/raibid-observe-"), &a, &dir, &err));
	struct str events = arena_concat(&a, dir, STR("/e")), trace = arena_concat(&a, dir, STR("/t"));
	struct observe_options options = { .environ = environ, .events = events, .trace_file = trace };
	assert_true(observe_new(&options, &o, &err));
	uint32_t step = observe_begin(o, &(struct observe_task){ .kind = OBSERVE_STEP, .name = STR("s sesame-1 /path/to/it abc") });
	uint32_t first = observe_begin(o, &(struct observe_task){ .kind = OBSERVE_PART, .name = STR("p"), .parent = step });
	uint32_t second = observe_begin(o, &(struct observe_task){ .kind = OBSERVE_PART, .name = STR("q"), .parent = step });
	observe_text(o, first, OBSERVE_LOG, STR("says sesame-1sesame-1"));
	observe_end(o, first, &(struct observe_result){ .how = OBSERVE_RAN });
	observe_end(o, second, &(struct observe_result){ .how = OBSERVE_RAN });
	observe_end(o, step, &(struct observe_result){ .how = OBSERVE_RAN });
	observe_end_run(o, 0);
	assert_true(fs_read(events, 0, &a, &bytes, &err));
	assert_true(str_contains(bytes, STR("\"s *** /path/to/it abc\"")));
	assert_true(str_contains(bytes, STR("\"says ******\"")));
	assert_false(str_contains(bytes, STR("sesame")));
	assert_true(fs_read(trace, 0, &a, &bytes, &err));
	/* The first part lies on its step's row, the second has one of its own. */
	assert_true(str_contains(bytes, STR("{\"name\":\"p\",\"cat\":\"part\",\"ph\":\"X\"")));
	size_t q = str_find(bytes, STR("{\"name\":\"q\""));
	assert_true(str_contains(str_slice(bytes, 0, q), STR("\"tid\":1")));
	assert_true(str_contains(str_slice(bytes, q, q + 100), STR("\"tid\":2")));
	assert_true(fs_remove_tree(dir, &err));
	arena_deinit(&a);
	/* Nobody listens. */
	assert_true(observe_new(&(struct observe_options){ .environ = environ }, &o, &err));
	assert_null(o);
	assert_int_equal(observe_begin(o, &(struct observe_task){ .name = STR("x") }), 0);
	observe_end(o, 0, &(struct observe_result){ 0 });
	observe_end_run(o, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_observer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
