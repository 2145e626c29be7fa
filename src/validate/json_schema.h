/*
 * json_schema.h: JSON Schema, drafts 4, 6, 7, 2019-09 and 2020-12: compiled once, checked often, with the words that Helm prints.
 *
 * Helm 3.19 checks a chart's values against its values.schema.json; what it then prints is, for each chart that fails, its name, a colon, a
 * line break and the text that the two functions here give. Nothing is fetched: a `$ref` that leads outside of the text, other than to
 * the metaschemas, is an error that names its URL.
 *
 * Sources: https://json-schema.org/specification, the metaschemas published there, and the output of helm 3.19.0.
 */
#ifndef VALIDATE_JSON_SCHEMA_H
#define VALIDATE_JSON_SCHEMA_H

#include "base/buf.h"
#include "data/value.h"

struct json_schema;

/*
 * Compiles the text of a values.schema.json. The text must live as long as the result, which is in `a` and immutable. Errors: ERR_SYNTAX with Helm's
 * text: no JSON ("unexpected EOF"), no schema (`"file:///values.schema.json#" is not valid against metaschema: …` over several
 * lines), a `$ref` that leads nowhere; ERR_LIMIT for nesting.
 */
MUST_CHECK bool json_schema_compile(struct str text, struct arena *a, const struct json_schema **out, struct err *err);

/*
 * Whether `v` fits. If not, the reasons are added to `report`, a line each, e.g. "- at '/replicas': got string, want integer\n", as Helm
 * prints them; where Helm's order is random, keys are in order of bytes.
 */
MUST_CHECK bool json_schema_check(const struct json_schema *schema, struct value v, struct buf *report);

#endif
