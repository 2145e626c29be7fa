/* yaml_scalar.h: what a scalar means to Go's libraries: its type and its value. Within data only. */
#ifndef DATA_YAML_SCALAR_H
#define DATA_YAML_SCALAR_H

#include "base/buf.h"
#include "data/yaml.h"

enum yaml_type {
	YAML_TYPE_NULL,
	YAML_TYPE_BOOL,
	YAML_TYPE_INT,   /* fits int64 */
	YAML_TYPE_UINT,  /* above int64, fits uint64 */
	YAML_TYPE_FLOAT,
	YAML_TYPE_STR,
	YAML_TYPE_TIME,  /* text as yaml.v3's time prints in JSON */
};

struct yaml_scalar {
	enum yaml_type type;
	union {
		bool b;
		int64_t i;
		uint64_t u;
		double f;
	};
	struct str text; /* of STR and TIME */
};

/* Resolves `text` as an untagged plain scalar. Borrows `text`; a time's text is in `a`. */
struct yaml_scalar yaml_scalar_plain(struct str text, enum yaml_rules rules, struct arena *a);
/*
 * Resolves a scalar node with its tag. A tag that the text does not fit is an error in go-yaml's words without position, e.g. "cannot decode
 * !!str `abc` as a !!int", written to `message`.
 */
MUST_CHECK bool yaml_scalar_node(const struct yaml_node *n, enum yaml_rules rules, struct arena *a, struct yaml_scalar *out,
				 struct buf *message);
/* The dates and times of yaml.v3 (2001-12-14, 2001-12-14t21:59:43.10-05:00, 2001-12-14 21:59:43) as RFC 3339. False: none. */
bool yaml_time(struct str text, struct arena *a, struct str *out);
bool yaml_is_time(struct str text);
/* Whether `text`, written plain, is read as the same string; what is not, a writer must quote. */
bool yaml_plain_is_str(struct str text, enum yaml_rules rules);

#endif
