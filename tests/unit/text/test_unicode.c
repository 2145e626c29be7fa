/* The Unicode tables against Go's unicode package: a digest over all code points for each property. */
#include "golden.h"

#include "text/unicode.h"

static const struct {
	struct str name;
	uint32_t (*map)(uint32_t);
	bool (*is)(uint32_t);
} properties[] = {
	{ STR_INIT("upper"), unicode_upper, NULL },
	{ STR_INIT("lower"), unicode_lower, NULL },
	{ STR_INIT("title"), unicode_title, NULL },
	{ STR_INIT("fold"), unicode_fold, NULL },
	{ STR_INIT("is_letter"), NULL, unicode_is_letter },
	{ STR_INIT("is_upper"), NULL, unicode_is_upper },
	{ STR_INIT("is_lower"), NULL, unicode_is_lower },
	{ STR_INIT("is_digit"), NULL, unicode_is_digit },
	{ STR_INIT("is_number"), NULL, unicode_is_number },
	{ STR_INIT("is_space"), NULL, unicode_is_space },
	{ STR_INIT("is_punct"), NULL, unicode_is_punct },
	{ STR_INIT("is_symbol"), NULL, unicode_is_symbol },
	{ STR_INIT("is_mark"), NULL, unicode_is_mark },
	{ STR_INIT("is_graphic"), NULL, unicode_is_graphic },
	{ STR_INIT("is_print"), NULL, unicode_is_print },
};

static bool check_property(const golden_fields *row, size_t i, struct arena *a)
{
	uint64_t h = 0xCBF29CE484222325;
	for (uint32_t r = 0; r <= 0x10FFFF; r++) {
		uint32_t v = properties[i].map ? properties[i].map(r) : properties[i].is(r);
		for (int byte = 0; byte < 4; byte++)
			h = (h ^ (v >> (8 * byte) & 0xFF)) * 0x100000001B3;
	}
	return golden_same(row, arena_fmt(a, "%016llx", (unsigned long long)h), row->p[1]);
}

static bool check_set(const golden_fields *row, struct arena *a)
{
	struct unicode_set set;
	uint64_t n = 0, sum = 0;
	assert_true(unicode_find_set(row->p[1], &set));
	for (size_t i = 0; i < set.n; i++) {
		for (uint32_t r = set.p[i].lo; r <= set.p[i].hi; r++) {
			n++;
			sum += r;
		}
	}
	struct str got = arena_fmt(a, "%llu %llu", (unsigned long long)n, (unsigned long long)sum);
	return golden_same(row, got, arena_fmt(a, "%.*s %.*s", STR_ARG(row->p[2]), STR_ARG(row->p[3])));
}

static bool check_row(const golden_fields *row, struct arena *a)
{
	for (size_t i = 0; i < ARRAY_LEN(properties); i++)
		if (str_eq(row->p[0], properties[i].name))
			return check_property(row, i, a);
	if (str_eq_c(row->p[0], "set"))
		return check_set(row, a);
	if (str_eq_c(row->p[0], "trim"))
		return golden_same(row, unicode_str_trim(row->p[1]), row->p[2]);
	bool ok = golden_same(row, unicode_str_upper(a, row->p[1]), row->p[2]);
	return golden_same(row, unicode_str_lower(a, row->p[1]), row->p[3]) && ok;
}

static void test_all(void **state UNUSED)
{
	golden_run("unicode.tsv", check_row);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
