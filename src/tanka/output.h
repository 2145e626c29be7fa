/*
 * output.h: how environments and their objects are printed and exported, byte for byte as Tanka does.
 */
#ifndef TANKA_OUTPUT_H
#define TANKA_OUTPUT_H

#include "base/buf.h"
#include "tanka/load.h"
#include "tanka/process.h"

/* One object as a YAML document, without `---`. */
MUST_CHECK bool tanka_print_yaml(const struct tanka_object *object, struct buf *out, struct err *err);
/* A value as JSON with two spaces of indentation, without a newline at the end. */
MUST_CHECK bool tanka_print_json(struct value v, struct buf *out, struct err *err);

/* env list: a table, names alone, or one line of JSON. */
enum tanka_list { TANKA_TABLE, TANKA_NAMES, TANKA_JSON };
MUST_CHECK bool tanka_print_list(const tanka_found_list *envs, enum tanka_list form, struct arena *a, struct buf *out, struct err *err);

/* The text of a new environment: spec.json, or main.jsonnet of an inline one. */
MUST_CHECK bool tanka_print_spec(const struct tanka_env *env, struct arena *a, struct buf *out, struct err *err);
MUST_CHECK bool tanka_print_inline(const struct tanka_env *env, struct arena *a, struct buf *out, struct err *err);

/* --- export --- */

#define TANKA_EXPORT_FORMAT "{{.apiVersion}}.{{.kind}}-{{or .metadata.name .metadata.generateName}}"

struct tanka_file {
	struct str name; /* as the format gives it, with the extension: what manifest.json has */
	struct str path; /* the same as a path below the folder */
	struct str bytes;
	struct str env;  /* metadata.namespace of the environment that it is of */
};
typedef VEC(struct tanka_file) tanka_files;

/* Adds a file for each object. A `/` in the format makes folders, one in a value becomes `-`. A name that would lead out of the folder is ERR_SYNTAX. */
MUST_CHECK bool tanka_export_files(const struct tanka_host *host, const struct tanka_env *env, const tanka_objects *objects, struct str format,
				   struct str extension, struct arena *a, tanka_files *out, struct err *err);

/* manifest.json: which file is of which environment. `map` is a VAL_MAP of strings. */
MUST_CHECK bool tanka_print_manifest(struct value map, struct buf *out, struct err *err);

#endif
