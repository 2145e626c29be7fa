/* Templates: the first line of the input is data as JSON, the rest a template with its definitions. */
#include "data/json.h"
#include "gotmpl/sprig.h"
#include "gotmpl/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str first, text;
	struct arena arena = { 0 };
	AUTO_BUF out = { 0 };
	AUTO_ERR json_err = { 0 };
	AUTO_ERR err = { 0 };
	struct value data;
	str_cut((struct str){ (const char *)bytes, size }, '\n', &first, &text);
	if (!json_parse(first, NULL, &arena, &data, &json_err))
		data = value_null();
	struct go_table tables[SPRIG_TABLES_MAX];
	size_t n = sprig_tables(tables);
	struct template_options options = { .funcs = go_funcs_new(tables, n, &arena) };
	struct template_set *set = template_set_new(STR("set"), &options, &arena);
	struct template_run run = { .arena = &arena, .max_output = 1 << 20, .max_steps = 100000 };
	/* Whatever comes: a result or an error. */
	bool ok = template_parse(set, STR("t"), text, NULL, &err) && template_execute(set, STR("t"), data, &run, &out, &err);
	(void)ok;
	arena_deinit(&arena);
	return 0;
}
