/*
 * schema.h: strict decoding of our own configuration files (environment.yaml, images.yaml, chartfile.yaml) by tables.
 *
 *	static const struct schema_key release_keys[] = {
 *		{ STR_INIT("name"), SCHEMA_STR, offsetof(struct release, name), .required = true },
 *		{ STR_INIT("includeCRDs"), SCHEMA_BOOL, offsetof(struct release, include_crds) },
 *		{ STR_INIT("values"), SCHEMA_VALUE, offsetof(struct release, values) },
 *		{ .name = STR_INIT("") },
 *	};
 *
 * A key that the table does not know is an error with the nearest known one; so is a key twice, a missing one, a wrong kind: each at
 * file:line:column with the line shown.
 */
#ifndef DATA_SCHEMA_H
#define DATA_SCHEMA_H

#include "base/vec.h"
#include "data/yaml.h"

enum schema_kind {
	SCHEMA_STR,   /* a string, or a number or boolean as written: struct str */
	SCHEMA_TEXT,  /* the same, but only a string: `version: 1.20` must be quoted */
	SCHEMA_BOOL,  /* true or false: bool */
	SCHEMA_INT,   /* int64_t */
	SCHEMA_STRS,  /* a list of strings: schema_strs */
	SCHEMA_VALUE, /* any: struct value, by YAML_HELM with floats, as Helm reads values */
	SCHEMA_NODE,  /* any: const struct yaml_node *, for the caller to decode */
	SCHEMA_STR_MAP, /* a map of strings: struct value (VAL_MAP of VAL_STR) */
};

typedef VEC(struct str) schema_strs;

struct schema_key {
	struct str name;
	enum schema_kind kind;
	size_t offset;
	bool required;
};

/* What decoding needs to know of the file; `text` is shown in errors. */
struct schema_file {
	struct str name, text;
	struct arena *arena; /* holds what is decoded */
};

/* Decodes the map `node` into the struct at `out`, whose members keep their values where a key is absent or null. `what` names the thing in messages: "a release".
 * The table ends with a row whose name is empty. */
MUST_CHECK bool schema_decode(const struct schema_file *file, const struct yaml_node *node, const char *what, const struct schema_key *keys,
			      void *out, struct err *err);

/* Items of a list node as an array of nodes; ERR_SYNTAX where it is none. NULL or null gives none. `key` is for the message. */
typedef VEC(const struct yaml_node *) schema_nodes;
MUST_CHECK bool schema_list(const struct schema_file *file, const struct yaml_node *node, const char *key, schema_nodes *out, struct err *err);

/* Reads the file's text as one document that must be a map; an empty file is ERR_SYNTAX. */
MUST_CHECK bool schema_parse(const struct schema_file *file, const struct yaml_node **root, struct err *err);

/* err_set as ERR_SYNTAX at the node, with the line shown. Returns false. */
bool schema_fail(const struct schema_file *file, const struct yaml_node *node, struct err *err, const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
