/* JSON: any bytes; what was read, written and read again is the same. */
#include "data/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena a = { 0 };
	AUTO_BUF out = { 0 };
	AUTO_ERR err = { 0 }, again = { 0 };
	struct value v, w;
	if (json_parse((struct str){ (const char *)bytes, size }, NULL, &a, &v, &err)) {
		if (!json_write(v, &(struct json_write_options){ .order = JSON_INSERTED, .indent = " " }, &out, &again) ||
		    !json_parse(buf_str(&out), NULL, &a, &w, &again) || !value_equal(v, w))
			base_die("JSON changes on its way out and in: %s", out.n ? out.p : "");
	}
	arena_deinit(&a);
	return 0;
}
