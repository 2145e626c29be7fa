/*
 * decode.h: values into C structs as Go's sigs.k8s.io/yaml decodes YAML into Go structs.
 *
 * Charts are read by Go programs, so what a Chart.yaml may hold is what encoding/json makes of it: keys match fields in any case, unknown
 * keys are ignored, null leaves a field as it was, and a scalar of another type given for a string becomes its text (`version: 1.10` is
 * "1.1"). A struct is described by a table of its fields; errors carry Go's text and the Go names of the struct.
 */
#ifndef CHART_DECODE_H
#define CHART_DECODE_H

#include "base/err.h"
#include "base/vec.h"
#include "data/value.h"

enum decode_kind {
	DECODE_STRING,      /* struct str */
	DECODE_BOOL,        /* bool */
	DECODE_TIME,        /* struct str: a text by RFC 3339 */
	DECODE_STRINGS,     /* struct value: VAL_LIST of VAL_STR, or null */
	DECODE_STRING_MAP,  /* struct value: VAL_MAP of VAL_STR, or null */
	DECODE_ANYS,        /* struct value: VAL_LIST, or null */
	DECODE_STRUCT,      /* pointer to the struct `type`, or NULL */
	DECODE_STRUCTS,     /* decode_structs of pointers to the struct `type`, NULL for null; not present: p == NULL */
	DECODE_STRUCT_LIST, /* the same, where Go has a slice of the structs themselves */
};

typedef VEC(void *) decode_structs;

struct decode_field {
	struct str name; /* as in JSON */
	enum decode_kind kind;
	size_t offset; /* of the member in the C struct */
	const struct decode_type *type; /* of DECODE_STRUCT, DECODE_STRUCTS and DECODE_STRUCT_LIST */
};

struct decode_type {
	const char *name;      /* Go's name without the package; empty for an unnamed type */
	const char *qualified; /* with it, or the whole text of an unnamed type */
	size_t size;
	const struct decode_field *fields;
	size_t n;
};

/*
 * Decodes `v` (read with YAML_INTS, so that 1 and 1.0 differ) into *out, which holds a zeroed struct or an earlier result that is to be
 * changed. Null changes nothing. What it makes is in `a`; strings borrow from `v`. The first mistake is the error, ERR_SYNTAX with Go's text
 * ("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field Metadata.name of type string").
 */
MUST_CHECK bool decode_struct(struct value v, const struct decode_type *t, struct arena *a, void *out, struct err *err);

#endif
