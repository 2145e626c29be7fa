/* Values: containers, look-up, equality, deep copies. */
#include "unit.h"

#include "data/value.h"

static void test_containers(void **state)
{
	struct arena a = { 0 };
	struct value root = value_map_new(&a), meta = value_map_new(&a), list = value_list_new(&a);
	value_map_set(meta, STR("name"), value_str(STR("redis")));
	value_map_set(root, STR("metadata"), meta);
	for (int i = 0; i < 100; i++)
		value_list_add(list, value_int(i), &a);
	value_map_set(root, STR("list"), list);
	assert_true(str_eq_c(value_find_str(root, "metadata.name"), "redis"));
	assert_null(value_find(root, "metadata.nope.deeper"));
	assert_true(value_find_str(root, "list").p == NULL);
	struct value copy = value_copy(root, &a);
	assert_true(value_equal(root, copy));
	value_map_set(*value_find(copy, "metadata"), STR("name"), value_str(STR("other")));
	assert_true(str_eq_c(value_find_str(root, "metadata.name"), "redis"));
	assert_false(value_equal(root, copy));
	assert_false(value_equal(value_int(1), value_float(1)));
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_containers) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
