/* json_schema_internal.h: the compiled form, shared by the compiler, the checker and the report. Within validate only. */
#ifndef VALIDATE_JSON_SCHEMA_INTERNAL_H
#define VALIDATE_JSON_SCHEMA_INTERNAL_H

#include "base/vec.h"
#include "text/regex.h"
#include "validate/json_schema.h"

/* Deepest nesting of subschemas and of values under a check. */
#define JSON_SCHEMA_MAX_DEPTH 1000

enum js_draft { JS_4, JS_6, JS_7, JS_2019, JS_2020 };

/* Bits in the order in which messages name the types. */
enum js_type {
	JS_NULL = 1 << 0,
	JS_BOOLEAN = 1 << 1,
	JS_NUMBER = 1 << 2,
	JS_INTEGER = 1 << 3,
	JS_STRING = 1 << 4,
	JS_ARRAY = 1 << 5,
	JS_OBJECT = 1 << 6,
};
extern const char *const js_type_names[7];

/* A document: the chart's schema or a metaschema. */
struct js_root {
	struct str url;
	struct value doc;
	enum js_draft draft;
	bool meta;
	struct map known; /* pointers of places that are known to hold schemas */
	struct map schemas; /* pointer to struct json_schema * */
};

/* A schema with a URL of its own: a document, or a part of one with an $id. */
struct js_resource {
	struct js_root *root;
	struct str url, pointer; /* the pointer leads to it within root */
	struct value doc;
	struct map anchors; /* name to struct str, a pointer */
	struct map dynamic; /* name to struct json_schema *, of $dynamicAnchor */
	struct json_schema *recursive; /* itself, with $recursiveAnchor */
};

struct js_format {
	struct str name;
	/* False with the reason in `why`. */
	bool (*check)(struct str s, struct buf *why);
};

typedef VEC(struct json_schema *) js_list;

struct js_named {
	struct str name;
	struct json_schema *schema;
	const struct regex *pattern; /* of patternProperties */
	const struct value *names;   /* of dependencies: a list of strings */
};
typedef VEC(struct js_named) js_map;

struct js_number {
	bool set;
	double v;
};

/* Every keyword that a check looks at; absent ones are NULL, empty, unset or -1. */
struct json_schema {
	const struct js_resource *resource;
	struct str pointer; /* within the resource's root */
	const struct value *source; /* what it is compiled from, where that is at hand */
	bool compiled, never;
	unsigned types;
	const struct value *constant, *enumeration;
	const struct js_format *format;

	struct json_schema *ref, *recursive_ref, *dynamic_ref;
	struct str dynamic_anchor; /* of $dynamicRef, where its target is a dynamic anchor */
	struct json_schema *not, *if_, *then, *else_;
	js_list all_of, any_of, one_of;
	bool has_any_of, has_one_of;

	int64_t min_properties, max_properties;
	const struct value *required;
	js_map properties, patterns, dependencies, dependent_schemas, dependent_required;
	struct json_schema *property_names, *additional, *unevaluated_properties;

	int64_t min_items, max_items, min_contains, max_contains;
	bool unique;
	js_list prefix;
	struct json_schema *items, *contains, *unevaluated_items;
	bool additional_items_never; /* additionalItems: false */
	bool contains_evaluates;     /* 2020-12: matched items count as evaluated */

	int64_t min_length, max_length;
	const struct regex *pattern;

	struct js_number minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;

	bool track; /* of the first: whether any schema has unevaluated… */
};

/* The text of the metaschema at `url` (without fragment), or STR_NONE. */
struct str js_metaschema(struct str url);

/* Whether the schema is surely valid against its metaschema; false: ask the metaschema. */
bool js_is_plain(struct value schema, enum js_draft draft);

/* RFC 3986: `ref` seen from `base`; both without check. */
struct str js_url_resolve(struct arena *a, struct str base, struct str ref);
/* Cuts the fragment off; *fragment is empty where there is none. */
struct str js_url_cut(struct str url, struct str *fragment);

const struct js_format *js_format_find(struct str name);
/* Whether a mantissa and exponent in decimal divide evenly, as 0.3 by 0.1. */
bool js_is_multiple(double v, double of);

/* A failed check, with what led to it. */
struct js_failure {
	struct str at, message; /* at: JSON pointer into the value */
	bool group;             /* several failures of one schema: no message of its own */
	bool whole;             /* a group behind a reference, which is never dissolved */
	VEC(struct js_failure *) causes;
};
/* Lines of the report, as Helm indents them. */
void js_report(const struct js_failure *f, struct buf *out);
/* 'text' as the messages quote it; a number as they localise it. */
void js_add_quoted(struct buf *out, struct str s);
void js_add_number(struct buf *out, double v);
void js_add_count(struct buf *out, int64_t n);
/* A scalar of const or enum. */
void js_add_value(struct buf *out, struct value v);

/* Failures of `v` under `schema`, or NULL; in `a`. */
struct js_failure *js_check(const struct json_schema *schema, struct value v, struct arena *a);
/* Equality of JSON values: 1 equals 1.0. */
bool js_equal(struct value a, struct value b);

#endif
