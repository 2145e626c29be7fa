/* YAML: any bytes by each set of rules, as one document and as many; what was read is written in each dialect. */
#include "data/yaml.h"
#include "data/yaml_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_all(struct value v)
{
	for (int dialect = YAML_OUT_SIGS; dialect <= YAML_OUT_PRETTY; dialect++) {
		AUTO_BUF out = { 0 };
		AUTO_ERR err = { 0 };
		const struct yaml_write_options options = { .dialect = (enum yaml_dialect)dialect };
		bool ok = yaml_write(v, &options, &out, &err);
		if (ok != (err.kind == ERR_NONE))
			base_die("yaml_write: result and error disagree");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = { (const char *)bytes, size };
	for (int rules = YAML_HELM; rules <= YAML_V3; rules++) {
		struct arena a = { 0 };
		AUTO_ERR one = { 0 }, all = { 0 }, tree = { 0 };
		struct value v;
		struct yaml_docs docs;
		const struct yaml_options options = { .rules = (enum yaml_rules)rules, .numbers = YAML_INTS };
		const struct yaml_options named = { .rules = (enum yaml_rules)rules, .file = STR_INIT("x.yaml") };
		if (yaml_read(text, &options, &a, &v, &one))
			write_all(v);
		if (yaml_read_all(text, &options, &a, &v, &all) != (all.kind == ERR_NONE))
			base_die("yaml_read_all: result and error disagree");
		if (yaml_parse(text, &named, &a, &docs, &tree) != (tree.kind == ERR_NONE))
			base_die("yaml_parse: result and error disagree");
		arena_deinit(&a);
	}
	return 0;
}
