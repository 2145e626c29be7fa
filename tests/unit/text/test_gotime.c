/* Times, zones, layouts and durations against Go's package time, row by row. */
#include "golden.h"

#include "base/buf.h"
#include "text/gotime.h"

static int64_t number(struct str s)
{
	int64_t v = 0;
	if (!str_to_int(s, &v))
		fail_msg("'%.*s' is no number", STR_ARG(s));
	return v;
}

static const struct gotime_zone *zone(struct arena *a, struct str name)
{
	const struct gotime_zone *z;
	AUTO_ERR err = { 0 };
	if (!gotime_zone_load(a, name, NULL, &z, &err))
		fail_msg("%s", err.message);
	return z;
}

static struct gotime row_time(const golden_fields *row, struct arena *a)
{
	return (struct gotime){ .sec = number(row->p[2]), .nsec = (int32_t)number(row->p[3]), .zone = zone(a, row->p[1]) };
}

static bool check_string(const golden_fields *row, struct arena *a)
{
	AUTO_BUF out = { 0 };
	gotime_add_str(row_time(row, a), &out);
	return golden_same(row, buf_str(&out), row->p[4]);
}

static bool check_format(const golden_fields *row, struct arena *a)
{
	AUTO_BUF out = { 0 };
	gotime_format(row_time(row, a), row->p[4], &out);
	return golden_same(row, buf_str(&out), row->p[5]);
}

static bool check_date(const golden_fields *row, struct arena *a)
{
	struct gotime_parts p = { .year = number(row->p[2]),        .month = (int)number(row->p[3]),  .day = (int)number(row->p[4]),
				  .hour = (int)number(row->p[5]),   .minute = (int)number(row->p[6]), .second = (int)number(row->p[7]) };
	struct gotime t = gotime_make(&p, 0, zone(a, row->p[1]));
	AUTO_BUF out = { 0 };
	gotime_add_str(t, &out);
	return golden_same(row, arena_fmt(a, "%lld", (long long)t.sec), row->p[8]) && golden_same(row, buf_str(&out), row->p[9]);
}

static bool check_parsed(const golden_fields *row, const struct gotime_parse_options *options, struct arena *a)
{
	struct gotime t;
	AUTO_ERR err = { 0 };
	AUTO_BUF out = { 0 };
	bool ok = gotime_parse(row->p[1], row->p[2], options, a, &t, &err);
	if (!golden_same(row, ok ? STR("") : str_c(err.message), row->p[4]))
		return false;
	if (ok)
		gotime_add_str(t, &out);
	return golden_same(row, buf_str(&out), row->p[3]);
}

static bool check_parse(const golden_fields *row, struct arena *a)
{
	return check_parsed(row, NULL, a);
}

static bool check_parse_berlin(const golden_fields *row, struct arena *a)
{
	const struct gotime_zone *z = zone(a, STR("Europe/Berlin"));
	return check_parsed(row, &(struct gotime_parse_options){ .zone = z, .local = z }, a);
}

static bool check_duration(const golden_fields *row, struct arena *a)
{
	int64_t d = 0;
	AUTO_ERR err = { 0 };
	bool ok = gotime_duration_parse(row->p[1], &d, &err);
	return golden_same(row, ok ? STR("") : str_c(err.message), row->p[3]) && golden_same(row, arena_fmt(a, "%lld", (long long)d), row->p[2]);
}

static bool check_duration_string(const golden_fields *row, struct arena *a UNUSED)
{
	AUTO_BUF out = { 0 };
	gotime_duration_add_str(number(row->p[1]), &out);
	return golden_same(row, buf_str(&out), row->p[2]);
}

static bool check_round(const golden_fields *row, struct arena *a)
{
	int64_t d = number(row->p[1]), m = number(row->p[2]);
	return golden_same(row, arena_fmt(a, "%lld", (long long)gotime_duration_round(d, m)), row->p[3]) &&
	       golden_same(row, arena_fmt(a, "%lld", (long long)gotime_duration_truncate(d, m)), row->p[4]);
}

static bool check_load(const golden_fields *row, struct arena *a)
{
	const struct gotime_zone *z;
	AUTO_ERR err = { 0 };
	bool ok = gotime_zone_load(a, row->p[1], NULL, &z, &err);
	return golden_same(row, ok ? STR("") : str_c(err.message), row->p[3]) && (!ok || golden_same(row, gotime_zone_name(z), row->p[2]));
}

static bool check_row(const golden_fields *row, struct arena *a)
{
	static const struct {
		struct str name;
		golden_check *check;
	} kinds[] = {
		{ STR_INIT("string"), check_string },
		{ STR_INIT("format"), check_format },
		{ STR_INIT("date"), check_date },
		{ STR_INIT("parse"), check_parse },
		{ STR_INIT("parse_berlin"), check_parse_berlin },
		{ STR_INIT("duration"), check_duration },
		{ STR_INIT("duration_string"), check_duration_string },
		{ STR_INIT("round"), check_round },
		{ STR_INIT("load"), check_load },
	};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(kinds[i].name, row->p[0]))
			return kinds[i].check(row, a);
	return golden_same(row, row->p[0], STR("a known kind of row"));
}

static void test_all(void **state UNUSED)
{
	if (!fs_exists(STR("/usr/share/zoneinfo/Europe/Berlin")))
		skip(); /* no zones on this system */
	golden_run("time.tsv", check_row);
}

static void test_local(void **state UNUSED)
{
	struct arena a = { 0 };
	same(gotime_zone_name(gotime_zone_local(&a, "")), "UTC");
	same(gotime_zone_name(gotime_zone_local(&a, "No/Such")), "UTC");
	assert_int_equal(gotime_sub(GOTIME_ZERO, (struct gotime){ .sec = INT64_MAX / 2 }), INT64_MIN);
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all), cmocka_unit_test(test_local) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
