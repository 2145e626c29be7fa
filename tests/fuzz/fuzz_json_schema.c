/* JSON Schema: the first line of the input is the value, the rest the schema. */
#include "data/json.h"
#include "validate/json_schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str first, text;
	struct arena a = { 0 };
	AUTO_BUF report = { 0 };
	AUTO_ERR bad = { 0 }, err = { 0 };
	struct value v;
	const struct json_schema *schema;
	str_cut((struct str){ (const char *)bytes, size }, '\n', &first, &text);
	if (!json_parse(first, NULL, &a, &v, &bad))
		v = value_map_new(&a);
	if (json_schema_compile(text, &a, &schema, &err) && json_schema_check(schema, v, &report) != (report.n == 0))
		base_die("json_schema_check: result and report disagree");
	arena_deinit(&a);
	return 0;
}
