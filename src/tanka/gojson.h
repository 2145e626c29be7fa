/*
 * gojson.h: plain data into structs by tables, with the leniency and the words of Go's encoding/json: Tanka reads spec.json and the options of its natives so.
 *
 * Keys match exactly, else whatever the case of their letters; unknown ones mean nothing; null leaves a member as it is; of two keys for one member the later wins. What has
 * the wrong kind is "json: cannot unmarshal number into Go struct field Spec.spec.namespace of type string".
 */
#ifndef TANKA_GOJSON_H
#define TANKA_GOJSON_H

#include "base/vec.h"
#include "data/value.h"

typedef VEC(struct str) tanka_strs;

enum gojson_kind {
	GOJSON_STR,     /* struct str */
	GOJSON_BOOL,    /* bool */
	GOJSON_STRS,    /* tanka_strs */
	GOJSON_STR_MAP, /* struct value: VAL_MAP of VAL_STR, or null where absent */
	GOJSON_MAP,     /* struct value: VAL_MAP, or null where absent */
	GOJSON_ANY,     /* struct value */
	GOJSON_STRUCT,  /* the struct that `type` describes */
};

struct gojson_type;
struct gojson_field {
	struct str name;
	enum gojson_kind kind;
	size_t offset;
	const char *path; /* how messages call it where that is not its name: "TemplateOpts.Namespace" */
	const struct gojson_type *type;
};

struct gojson_type {
	const char *package, *name; /* "v1alpha1", "Spec" */
	const struct gojson_field *fields;
	size_t n;
};

/* Fills the members of the struct at `out`. Strings are borrowed from `v`, lists and maps are in `a`. Error: ERR_SYNTAX as above. */
MUST_CHECK bool gojson_decode(const struct gojson_type *type, struct value v, struct arena *a, void *out, struct err *err);

/* Go's name of the value's type as %T prints it: "float64", "map[string]interface {}", "<nil>". */
const char *gojson_type_name(struct value v);

#endif
