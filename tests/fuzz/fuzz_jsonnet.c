/* jsonnet: any bytes are parsed and, where that works, evaluated, within small limits. What std.manifestJson prints std.parseJson reads again. */
#include <stdlib.h>

#include "base/buf.h"
#include "jsonnet/jsonnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* The collector looks for references on the real stack, so frames must not be moved elsewhere. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=0";
}

static struct jsonnet_options limits(void)
{
	return (struct jsonnet_options){ .max_memory = (size_t)64 << 20, .max_seconds = 2, .max_stack = 150, .max_trace = 6 };
}

static void read_again(struct str json)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	AUTO_BUF text = { 0 };
	struct jsonnet_documents out;
	struct jsonnet_options o = limits();
	struct jsonnet_var doc = { .name = STR_INIT("doc"), .text = json };
	o.ext = (struct jsonnet_vars){ &doc, 1 };
	struct jsonnet_program p = { .file = STR("again"), .text = STR("std.parseJson(std.extVar('doc'))") };
	bool ok = jsonnet_manifest(&p, JSONNET_JSON, &o, &a, &out, &err);
	if (!ok && err.kind != ERR_LIMIT && !strstr(err.message, "max stack"))
		base_die("JSON is not read again: %s", err.message);
	/* The reference reads "-0" as 0. */
	if (ok && !str_eq(out.p[0].text, json) && !str_contains(json, STR("-0")))
		base_die("JSON changes when it is read again: %.*s", STR_ARG(json));
	arena_deinit(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct jsonnet_documents out;
	struct jsonnet_options o = limits();
	struct jsonnet_program p = { .file = STR("fuzz"), .text = { (const char *)data, size } };
	if (!size)
		return 0;
	o.dialect = size & 1 ? JSONNET_CPP : JSONNET_GO;
	if (jsonnet_manifest(&p, JSONNET_JSON, &o, &a, &out, &err))
		read_again(out.p[0].text);
	arena_deinit(&a);
	return 0;
}
