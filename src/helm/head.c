/*
 * The whole document is read, since Helm refuses a render with a broken document anywhere; the head is then decoded from its value, with all the
 * errors that Go's libraries have.
 */
#include "helm/head.h"

#include "chart/decode.h"
#include "data/yaml_quick.h"

struct metadata {
	struct str name;
	struct value annotations; /* VAL_MAP of VAL_STR, or null */
};

struct document {
	struct str api_version, kind;
	struct metadata *metadata;
};

static const struct decode_field metadata_fields[] = {
	{ STR_INIT("name"), DECODE_STRING, offsetof(struct metadata, name), NULL },
	{ STR_INIT("annotations"), DECODE_STRING_MAP, offsetof(struct metadata, annotations), NULL },
};
static const struct decode_type metadata_type = {
	"", "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }", sizeof(struct metadata),
	metadata_fields, ARRAY_LEN(metadata_fields),
};
static const struct decode_field document_fields[] = {
	{ STR_INIT("apiVersion"), DECODE_STRING, offsetof(struct document, api_version), NULL },
	{ STR_INIT("kind"), DECODE_STRING, offsetof(struct document, kind), NULL },
	{ STR_INIT("metadata"), DECODE_STRUCT, offsetof(struct document, metadata), &metadata_type },
};
static const struct decode_type document_type = { "SimpleHead", "releaseutil.SimpleHead", sizeof(struct document), document_fields,
						  ARRAY_LEN(document_fields) };

static struct str annotation(const struct metadata *m, const char *name, struct arena *a)
{
	struct value *v = value_map_get(m->annotations, str_c(name));
	return v ? arena_str(a, value_as_str(*v)) : STR_NONE;
}

bool helm_head_read(struct str text, struct arena *scratch, struct arena *a, struct helm_head *out, struct err *err)
{
	struct helm_head head = { 0 };
	struct document d = { 0 };
	struct value v;
	/* Of a document in plain style no more is built than the head: the document, its metadata, the annotations. */
	struct yaml_quick_options quick = { .numbers = YAML_INTS, .keep = 3, .only = STR("metadata") };
	if (!yaml_quick_read(text, &quick, scratch, &v) &&
	    !yaml_read(text, &(struct yaml_options){ .rules = YAML_HELM, .numbers = YAML_INTS }, scratch, &v, err))
		return false;
	if (!decode_struct(v, &document_type, scratch, &d, err))
		return false;
	head.api_version = arena_str(a, d.api_version);
	head.kind = arena_str(a, d.kind);
	if (d.metadata) {
		head.name = arena_str(a, d.metadata->name);
		head.hook = annotation(d.metadata, "helm.sh/hook", a);
		head.hook_weight = annotation(d.metadata, "helm.sh/hook-weight", a);
		head.hook_delete_policy = annotation(d.metadata, "helm.sh/hook-delete-policy", a);
	}
	*out = head;
	return true;
}
