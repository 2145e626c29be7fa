/* Versions and ranges against Masterminds/semver 3.4, row by row; Cargo's rules against what just 1.59 says. */
#include "golden.h"

#include "base/buf.h"
#include "text/semver.h"

static bool check_version(const golden_fields *row, struct arena *a)
{
	struct semver v;
	AUTO_ERR err = { 0 };
	bool ok = semver_parse(row->p[1], str_eq_c(row->p[0], "loose") ? SEMVER_LOOSE : SEMVER_STRICT, &v, &err);
	if (!golden_same(row, ok ? STR("") : str_c(err.message), row->p[3]))
		return false;
	return !ok || golden_same(row, semver_str(&v, a), row->p[2]);
}

static struct semver parsed(struct str s, enum semver_form form)
{
	struct semver v = { 0 };
	AUTO_ERR err = { 0 };
	if (!semver_parse(s, form, &v, &err))
		fail_msg("%.*s: %s", STR_ARG(s), err.message);
	return v;
}

static bool check_cmp(const golden_fields *row, struct arena *a)
{
	struct semver l = parsed(row->p[1], SEMVER_LOOSE), r = parsed(row->p[2], SEMVER_LOOSE);
	return golden_same(row, arena_fmt(a, "%d", semver_cmp(&l, &r)), row->p[3]);
}

static bool check_range(const golden_fields *row, struct arena *a)
{
	static const char *const probes[] = { "0.0.0", "0.0.1", "0.0.2", "0.1.0",       "0.1.5",       "0.2.0",  "1.0.0",        "1.2.3",   "1.2.4",
					      "1.3.0", "2.0.0", "2.3.4", "1.2.3-alpha", "1.2.4-alpha", "1.29.3", "1.29.3-eks-1", "2.0.0-0", "0.0.1-rc.1" };
	const struct semver_range *r;
	AUTO_ERR err = { 0 };
	AUTO_BUF in = { 0 };
	bool ok = semver_range_parse(a, row->p[1], SEMVER_HELM, &r, &err);
	if (!golden_same(row, ok ? STR("") : str_c(err.message), row->p[4]))
		return false;
	if (!ok)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		struct semver v = parsed(str_c(probes[i]), SEMVER_LOOSE);
		if (semver_range_has(r, &v))
			buf_addf(&in, "%s%s", in.n > 0 ? " " : "", probes[i]);
	}
	return golden_same(row, buf_str(&in), row->p[3]) && golden_same(row, semver_range_str(r, a), row->p[2]);
}

static bool check_reason(const golden_fields *row, struct arena *a)
{
	const struct semver_range *r;
	AUTO_ERR err = { 0 };
	if (!semver_range_parse(a, row->p[1], SEMVER_HELM, &r, &err))
		return golden_same(row, str_c(err.message), row->p[3]);
	struct semver v = parsed(row->p[2], SEMVER_LOOSE);
	bool ok = semver_range_check(r, &v, &err);
	return golden_same(row, ok ? STR("") : str_c(err.message), row->p[3]);
}

static bool check_row(const golden_fields *row, struct arena *a)
{
	if (str_eq_c(row->p[0], "cmp"))
		return check_cmp(row, a);
	if (str_eq_c(row->p[0], "range"))
		return check_range(row, a);
	if (str_eq_c(row->p[0], "check"))
		return check_reason(row, a);
	return check_version(row, a);
}

static void test_helm(void **state UNUSED)
{
	golden_run("semver.tsv", check_row);
}

/* Requirement, version, and "true", "false" or the error. */
static const struct {
	const char *range, *version, *want;
} cargo[] = {
	{ ">=1.2.3", "1.2.3", "true" },
	{ "", "1.2.3", "unexpected end of input while parsing major version number" },
	{ "*", "1.2.3", "true" },
	{ "*", "1.2.3-a", "false" },
	{ "1", "1.9.0", "true" },
	{ "1.2", "1.3.0", "true" },
	{ "=1.2", "1.2.9", "true" },
	{ "1.x", "1.5.0", "true" },
	{ "1.*.3", "1.5.0", "unexpected character after wildcard in version req" },
	{ ">1, <2", "1.5.0", "false" },
	{ ">1 <2", "1.5.0", "expected comma after major version number, found '<'" },
	{ ">1,", "1.5.0", "unexpected end of input while parsing major version number" },
	{ "*, 1", "1.0.0", "wildcard req (*) must be the only comparator in the version req" },
	{ "^0.0.3", "0.0.4", "false" },
	{ "~1", "1.4.0", "true" },
	{ ">1", "1.4.0", "false" },
	{ ">1.2", "1.2.5", "false" },
	{ "<=1.2", "1.2.5", "true" },
	{ "1.2.3.4", "1.2.3", "expected comma after patch version number, found '.'" },
	{ "a", "1.2.3", "unexpected character 'a' while parsing major version number" },
	{ ">", "1.2.3", "unexpected end of input while parsing major version number" },
	{ "1", "1.2", "unexpected end of input while parsing minor version number" },
	{ "1", "", "empty string, expected a semver version" },
	{ "1", "v1.2.3", "unexpected character 'v' while parsing major version number" },
	{ "1", "1.2.3.4", "unexpected character '.' after patch version number" },
	{ "1", "01.2.3", "invalid leading zero in major version number" },
	{ "1", "1.2.3-01", "invalid leading zero in pre-release identifier" },
	{ "1", "1.2.3-", "empty identifier segment in pre-release identifier" },
	{ "1", "1.2.3-a..b", "empty identifier segment in pre-release identifier" },
	{ "1", "1.2.3+", "empty identifier segment in build metadata" },
	{ "1", "1.2.3+a", "true" },
	{ "1", "99999999999999999999.0.0", "value of major version number exceeds u64::MAX" },
	{ "1", "1.2.x", "unexpected character 'x' while parsing patch version number" },
	{ "1", "1.2.3-é", "empty identifier segment in pre-release identifier" },
	{ "1.2.3-a", "1.2.3-b", "true" },
	{ "1.2.3-a", "1.2.4-b", "false" },
	{ ">=1.2.3-a", "1.2.3-a", "true" },
	{ "1.2-a", "1.2.3", "expected comma after minor version number, found '-'" },
	{ "01", "1.2.3", "invalid leading zero in major version number" },
	{ "1.", "1.2.3", "unexpected end of input while parsing minor version number" },
	{ "1.2.3+meta", "1.2.3", "true" },
	{ "1.2.*", "1.2.9", "true" },
	{ ">=*", "1.2.3", "unexpected character '*' while parsing major version number" },
	{ "x.1", "1.0.0", "unexpected character after wildcard in version req" },
	{ " 1 ", "1.0.0", "true" },
	{ "1", "1.2.3 ", "unexpected character ' ' after patch version number" },
	{ "1", "1.2.3_a", "unexpected character '_' after patch version number" },
	{ "1.2.3-", "1.0.0", "empty identifier segment in pre-release identifier" },
	{ "1,,2", "1.0.0", "unexpected character ',' while parsing major version number" },
	{ "1..2", "1.0.0", "unexpected character '.' while parsing minor version number" },
};

static void test_cargo(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(cargo); i++) {
		struct arena a = { 0 };
		const struct semver_range *r;
		struct semver v;
		AUTO_ERR err = { 0 };
		bool ok = semver_range_parse(&a, str_c(cargo[i].range), SEMVER_CARGO, &r, &err) &&
			  semver_parse(str_c(cargo[i].version), SEMVER_RUST, &v, &err);
		const char *got = !ok ? err.message : semver_range_has(r, &v) ? "true" : "false";
		same(str_c(got), cargo[i].want);
		arena_deinit(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_helm), cmocka_unit_test(test_cargo) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
