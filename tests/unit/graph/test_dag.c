/* Orders, failures, cycles, and a chain that would overflow a stack. */
#include "unit.h"

#include "graph/dag.h"

/* Edges as "ab" for a before b; weights 1; expected order of dag_next with one worker. */
static void test_order(void **state)
{
	static const struct { const char *edges; int nodes; const char *order; } rows[] = {
		{ "", 3, "abc" },
		{ "ab bc", 3, "abc" },
		{ "cb ba", 3, "cba" },
		{ "bc cd", 4, "bcad" }, /* the longer chain first; a and d tie, in the order of the file */
		{ "ad bd cd ad", 4, "abcd" },
	};
	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		struct dag g = { 0 };
		uint32_t node, loop;
		char got[8] = "";
		for (int i = 0; i < rows[r].nodes; i++)
			dag_add(&g, 1);
		for (const char *e = rows[r].edges; *e; e += e[2] ? 3 : 2)
			dag_edge(&g, (uint32_t)(e[0] - 'a'), (uint32_t)(e[1] - 'a'));
		assert_true(dag_seal(&g, &loop));
		for (int n = 0; dag_next(&g, &node); n++) {
			got[n] = (char)('a' + node);
			dag_finish(&g, node, DAG_DONE);
		}
		assert_string_equal(got, rows[r].order);
		assert_true(dag_ended(&g));
		dag_deinit(&g);
	}
}

static void test_weight_decides(void **state)
{
	struct dag g = { 0 };
	uint32_t node, loop, light = dag_add(&g, 1), heavy = dag_add(&g, 50);
	(void)light;
	assert_true(dag_seal(&g, &loop));
	assert_true(dag_next(&g, &node));
	assert_int_equal(node, heavy);
	dag_deinit(&g);
}

static void test_failure_skips_what_follows(void **state)
{
	struct dag g = { 0 };
	uint32_t node, loop;
	for (int i = 0; i < 4; i++)
		dag_add(&g, 1);
	dag_edge(&g, 0, 1);
	dag_edge(&g, 1, 2);
	assert_true(dag_seal(&g, &loop));
	assert_true(dag_next(&g, &node));
	assert_int_equal(node, 0);
	dag_finish(&g, 0, DAG_FAILED);
	assert_int_equal(g.nodes.p[2].state, DAG_SKIPPED);
	assert_true(dag_next(&g, &node));
	assert_int_equal(node, 3);
	assert_false(dag_ended(&g));
	dag_finish(&g, 3, DAG_DONE);
	assert_true(dag_ended(&g));
	dag_deinit(&g);
}

static void test_cycle_is_named(void **state)
{
	struct dag g = { 0 };
	uint32_t loop = 99;
	for (int i = 0; i < 4; i++)
		dag_add(&g, 1);
	dag_edge(&g, 1, 2);
	dag_edge(&g, 2, 1);
	dag_edge(&g, 2, 3); /* 3 waits for the cycle but is not on it */
	assert_false(dag_seal(&g, &loop));
	assert_true(loop == 1 || loop == 2);
	dag_deinit(&g);
}

static void test_deep_chain(void **state)
{
	struct dag g = { 0 };
	uint32_t node, loop, n = 200000;
	for (uint32_t i = 0; i < n; i++) {
		dag_add(&g, 1);
		if (i)
			dag_edge(&g, i - 1, i);
	}
	assert_true(dag_seal(&g, &loop));
	assert_true(g.nodes.p[0].path == n);
	assert_true(dag_next(&g, &node));
	dag_finish(&g, node, DAG_FAILED);
	assert_true(dag_ended(&g));
	assert_int_equal(g.nodes.p[n - 1].state, DAG_SKIPPED);
	dag_deinit(&g);
}

static void test_skip_rest(void **state)
{
	struct dag g = { 0 };
	uint32_t node, loop;
	dag_add(&g, 1);
	dag_add(&g, 1);
	dag_edge(&g, 0, 1);
	assert_true(dag_seal(&g, &loop));
	assert_true(dag_next(&g, &node));
	dag_skip_rest(&g);
	assert_false(dag_ended(&g));
	dag_finish(&g, node, DAG_DONE); /* what ran may end; nothing new starts */
	assert_false(dag_next(&g, &node));
	assert_true(dag_ended(&g));
	dag_deinit(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_weight_decides), cmocka_unit_test(test_failure_skips_what_follows),
		cmocka_unit_test(test_cycle_is_named), cmocka_unit_test(test_deep_chain), cmocka_unit_test(test_skip_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
