/* What Helm's engine reads besides templates: --set in all its forms, TOML, .helmignore, rendered documents, values laid over each other. The
 * first byte chooses. */
#include "chart/ignore.h"
#include "data/yaml.h"
#include "helm/coalesce.h"
#include "helm/manifest.h"
#include "helm/strvals.h"
#include "helm/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_nothing(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err)
{
	(void)ctx;
	(void)err;
	*text = arena_str(a, path);
	return true;
}

static void fuzz_strvals(enum strvals_form form, struct str text, struct arena *a)
{
	AUTO_ERR err = { 0 };
	const struct strvals_options options = { .form = form, .read = read_nothing };
	struct value table = value_map_new(a);
	if (strvals_parse(text, &options, a, table, &err) != (err.kind == ERR_NONE))
		base_die("strvals_parse: result and error disagree");
}

static void fuzz_toml(struct str text, struct arena *a)
{
	AUTO_ERR err = { 0 }, again = { 0 };
	AUTO_BUF out = { 0 };
	struct value v;
	if (toml_parse(text, a, &v, &err) && toml_write(v, a, &out, &again) && !toml_parse(buf_str(&out), a, &v, &again))
		base_die("toml_parse does not read what toml_write wrote: %s", again.message);
}

static void fuzz_ignore(struct str text, struct arena *a)
{
	AUTO_ERR err = { 0 };
	struct ignore_rules rules;
	if (ignore_parse(text, a, &rules, &err))
		for (size_t i = 0; i + 8 < text.n; i += 8)
			(void)ignore_matches(&rules, str_slice(text, i, i + 8), IGNORE_FILE);
}

static void fuzz_manifests(struct str text, struct arena *a)
{
	AUTO_ERR err = { 0 };
	helm_files files = { 0 };
	helm_manifests manifests = { 0 }, hooks = { 0 };
	vec_push_in(&files, a, (struct helm_file){ STR("c/templates/x.yaml"), text });
	(void)!manifest_sort(&files, NULL, a, &manifests, &hooks, &err);
}

/* Two texts of YAML, divided by a NUL: the defaults of a chart and a user's values. */
static void fuzz_values(struct str text, struct arena *a)
{
	AUTO_ERR err = { 0 };
	struct str defaults, user;
	struct value values, out;
	struct chart_metadata metadata = { .name = STR("c") }, sub_metadata = { .name = STR("a") };
	struct chart sub = { .metadata = &sub_metadata }, *subs[] = { &sub };
	struct chart chart = { .metadata = &metadata, .dependencies = { subs, 1, 1 } };
	struct coalesce_ctx ctx = { a, NULL };
	str_cut(text, '\0', &defaults, &user);
	if (!yaml_read_map(defaults, NULL, a, &chart.values, &err) || !yaml_read_map(user, NULL, a, &values, &err))
		return;
	sub.values = chart.values;
	(void)!coalesce_chart(&ctx, &chart, values, COALESCE_DROP_NULLS, &out, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	if (!size)
		return 0;
	struct str text = { (const char *)data + 1, size - 1 };
	unsigned mode = data[0] % 9;
	switch (mode) {
	case 5: fuzz_toml(text, &a); break;
	case 6: fuzz_ignore(text, &a); break;
	case 7: fuzz_manifests(text, &a); break;
	case 8: fuzz_values(text, &a); break;
	default: fuzz_strvals((enum strvals_form)mode, text, &a);
	}
	arena_deinit(&a);
	return 0;
}
