/* The small languages of src/text: the first byte says which, then two lines: versions and ranges, globs, layouts and times, durations. */
#include "base/buf.h"
#include "text/glob.h"
#include "text/gotime.h"
#include "text/semver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_semver(struct arena *a, struct str range, struct str version, enum semver_rules rules, struct err *err)
{
	const struct semver_range *r;
	struct semver v;
	AUTO_ERR why = { 0 };
	bool ok = semver_range_parse(a, range, rules, &r, err) &&
		  semver_parse(version, rules == SEMVER_HELM ? SEMVER_LOOSE : SEMVER_RUST, &v, err);
	if (ok && rules == SEMVER_HELM) {
		(void)semver_range_str(r, a);
		ok = semver_range_check(r, &v, &why);
	} else if (ok) {
		(void)semver_range_has(r, &v);
	}
	if (!err->kind)
		(void)semver_str(&v, a);
}

static void try_glob(struct arena *a, struct str pattern, struct str name, struct err *err)
{
	const struct glob *g;
	bool matched;
	AUTO_ERR bad = { 0 };
	if (glob_path_match(pattern, name, &matched, &bad))
		(void)matched;
	if (glob_compile(a, pattern, STR("/"), &g, err))
		(void)glob_match(g, name);
}

static void try_time(struct arena *a, struct str layout, struct str value, struct err *err)
{
	struct gotime t;
	AUTO_BUF out = { 0 };
	if (!gotime_parse(layout, value, NULL, a, &t, err))
		return;
	gotime_format(t, layout, &out);
	gotime_add_str(t, &out);
}

static void try_duration(struct str s, struct err *err)
{
	int64_t d;
	AUTO_BUF out = { 0 };
	if (!gotime_duration_parse(s, &d, err))
		return;
	gotime_duration_add_str(gotime_duration_round(d, GOTIME_SECOND), &out);
	gotime_duration_add_str(d, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str first, second, all = { (const char *)bytes + 1, size - 1 };
	if (size == 0)
		return 0;
	str_cut(all, '\n', &first, &second);
	switch (bytes[0] % 5) {
	case 0: try_semver(&a, first, second, SEMVER_HELM, &err); break;
	case 1: try_semver(&a, first, second, SEMVER_CARGO, &err); break;
	case 2: try_glob(&a, first, second, &err); break;
	case 3: try_time(&a, first, second, &err); break;
	default: try_duration(first, &err); break;
	}
	arena_deinit(&a);
	return 0;
}
