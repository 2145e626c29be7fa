/*
 * yaml.h: YAML to trees of nodes with positions, and from there to values, with the rules of the Go libraries that Helm and Tanka use.
 *
 * Two steps, so that each caller takes what it needs: yaml_parse gives documents as trees (positions, tags, styles, anchors), for files
 * of our own whose errors should point at a line (schema.h); yaml_resolve turns a tree into a value by one of two sets of rules. Most
 * callers want both at once: yaml_read.
 */
#ifndef DATA_YAML_H
#define DATA_YAML_H

#include "data/value.h"

/* Named caps; beyond them the error is ERR_LIMIT. */
#define YAML_MAX_DEPTH 10000             /* nesting, go-yaml's own cap */
#define YAML_MAX_SIZE ((size_t)512 << 20) /* bytes of one text */

enum yaml_kind { YAML_NODE_SCALAR, YAML_NODE_LIST, YAML_NODE_MAP, YAML_NODE_ALIAS };
enum yaml_style { YAML_STYLE_PLAIN, YAML_STYLE_SINGLE, YAML_STYLE_DOUBLE, YAML_STYLE_LITERAL, YAML_STYLE_FOLDED, YAML_STYLE_BLOCK, YAML_STYLE_FLOW };

struct yaml_node {
	uint8_t kind, style;
	bool untyped;             /* a scalar that is a string whatever it looks like: quoted or block, without a tag */
	uint32_t line, column;    /* from 1, of the node's first byte */
	uint32_t n;               /* number of children; a map has two for each pair: key, value, key, value, … */
	struct str text;          /* a scalar's value; an alias's name */
	struct str tag;           /* as resolved by its handle, e.g. "tag:yaml.org,2002:str"; empty where none is written */
	struct str anchor;        /* without the &; empty where none */
	struct yaml_node *child;  /* first child, or NULL */
	struct yaml_node *next;   /* next sibling, or NULL */
	struct yaml_node *target; /* an alias's anchored node */
};

/* A text's documents; each is its root node, or NULL for an empty document (`---` followed by nothing). */
struct yaml_docs {
	struct yaml_node **p;
	size_t n;
};

enum yaml_rules {
	/*
	 * What Helm sees through sigs.k8s.io/yaml, that is YAML to JSON by yaml.v2: YAML 1.1 booleans (yes, on, …), 017 and 0o17 are 15,
	 * 0b1, 0x1, 1_000, dates and 1:30 stay strings, keys become strings, the last of equal keys wins, `<<` merges.
	 */
	YAML_HELM,
	YAML_HELM_STRICT, /* the same, but equal keys are an error, as in UnmarshalStrict */
	YAML_V3,          /* yaml.v3's: yes and on stay strings, dates become RFC 3339 strings, equal keys are an error; for Tanka's parseYaml */
};

enum yaml_numbers {
	YAML_FLOATS, /* every number is VAL_FLOAT, as after json.Unmarshal into interface{}: what templates see */
	YAML_INTS,   /* integers that fit int64 are VAL_INT; for manifests and our own files */
};

struct yaml_options {
	enum yaml_rules rules;
	enum yaml_numbers numbers;
	struct str file; /* as the user named it; see below */
};

/*
 * Errors of all functions: without a file the message is Go's, whole, e.g. "yaml: line 3: mapping values are not allowed in this context",
 * for what Helm or Tanka would print. With a file the message is without "yaml: line 3: ", and file:line:column and the excerpt are
 * attached. Either way err->pos has line and column.
 */

/*
 * Parses all documents of `text` (UTF-8, or UTF-16 with a byte order mark). The nodes are in `a`. Errors: ERR_SYNTAX, ERR_LIMIT.
 * NULL options: YAML_HELM without a file.
 */
MUST_CHECK bool yaml_parse(struct str text, const struct yaml_options *options, struct arena *a, struct yaml_docs *out, struct err *err);

/*
 * The value of one tree by the options' rules; NULL is null. Strings borrow from the nodes. Aliases expand by sharing where nothing
 * can tell, and are counted against go-yaml's cap: ERR_LIMIT "yaml: document contains excessive aliasing".
 */
MUST_CHECK bool yaml_resolve(const struct yaml_node *node, const struct yaml_options *options, struct arena *a, struct value *out,
			     struct err *err);

/*
 * The first document's value; null for an empty text. What follows the first document is neither read nor checked, as in Go's
 * Unmarshal. Under YAML_HELM without a file "error converting YAML to JSON: " stands before go-yaml's message, as in sigs.k8s.io/yaml.
 */
MUST_CHECK bool yaml_read(struct str text, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err);
/* As yaml_read for a text that must be a map, as Unmarshal into map[string]interface{} demands; null and empty give an empty map. Another
 * kind fails as Go says: "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type
 * map[string]interface {}". */
MUST_CHECK bool yaml_read_map(struct str text, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err);
/* As yaml_read_map for a list ([]interface {}). */
MUST_CHECK bool yaml_read_list(struct str text, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err);
/* All documents' values as a VAL_LIST; empty documents give null. */
MUST_CHECK bool yaml_read_all(struct str text, const struct yaml_options *options, struct arena *a, struct value *out, struct err *err);

#endif
