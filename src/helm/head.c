/* The whole document is read, since Helm refuses a render with a broken document anywhere; the head is then decoded from the value. */
#include "helm/head.h"

#include "chart/decode.h"
#include "data/yaml.h"

static const struct decode_field metadata_fields[] = {
	{ STR_INIT("name"), DECODE_STRING, offsetof(struct helm_metadata, name), NULL },
	{ STR_INIT("annotations"), DECODE_STRING_MAP, offsetof(struct helm_metadata, annotations), NULL },
};
static const struct decode_type metadata_type = {
	"", "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }",
	sizeof(struct helm_metadata), metadata_fields, ARRAY_LEN(metadata_fields),
};
static const struct decode_field head_fields[] = {
	{ STR_INIT("apiVersion"), DECODE_STRING, offsetof(struct helm_head, api_version), NULL },
	{ STR_INIT("kind"), DECODE_STRING, offsetof(struct helm_head, kind), NULL },
	{ STR_INIT("metadata"), DECODE_STRUCT, offsetof(struct helm_head, metadata), &metadata_type },
};
static const struct decode_type head_type = { "SimpleHead", "releaseutil.SimpleHead", sizeof(struct helm_head), head_fields,
					      ARRAY_LEN(head_fields) };

bool helm_head_read(struct str text, struct arena *a, struct helm_head *out, struct err *err)
{
	struct value v;
	struct helm_head head = { 0 };
	if (!yaml_read(text, &(struct yaml_options){ .rules = YAML_HELM, .numbers = YAML_INTS }, a, &v, err))
		return false;
	if (!decode_struct(v, &head_type, a, &head, err))
		return false;
	*out = head;
	return true;
}
