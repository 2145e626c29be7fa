/* types.h: what the engine's own files know of Go's types beyond func.h. */
#ifndef GOTMPL_TYPES_H
#define GOTMPL_TYPES_H

#include "gotmpl/func.h"

/* A complex128: GO_KIND_COMPLEX128. */
struct go_complex {
	struct object object;
	double re, im;
};

/* The named type of v, or NULL. */
const struct go_named *go_named_of(const struct go_types *types, struct value v);
/* Methods of time.Duration, time.Month and time.Weekday; NULL for other types. */
const struct go_table *go_time_methods(struct value v);
bool go_kind_is_unsigned(enum go_kind kind);
/* Go's name of the type of the elements of a VAL_LIST or VAL_MAP. */
struct str go_element_type(const struct go_types *types, struct value v);
/* reflect.Zero of the elements' type of a VAL_MAP. */
struct value go_zero_element(const struct go_types *types, struct value map);

/* What a template's action prints of v, not nil: as %v, but a pointer prints what it points to. False as gofmt_value. */
bool gofmt_printable(struct buf *out, const struct go_types *types, struct value v);

#endif
