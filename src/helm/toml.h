/*
 * toml.h: TOML as Helm's toToml and fromToml write and read it.
 *
 * Reading follows https://toml.io/en/v1.0.0; writing has the layout of Go's BurntSushi/toml: keys in order, plain values before tables, tables
 * indented by two spaces a level.
 */
#ifndef HELM_TOML_H
#define HELM_TOML_H

#include "base/buf.h"
#include "data/value.h"

#define TOML_MAX_DEPTH 200

/* Adds `v` to `out`; structs show their exported fields. What it needs meanwhile is in `a`. Errors: ERR_SYNTAX with the library's text, e.g. for a list of
 * tables alone. */
MUST_CHECK bool toml_write(struct value v, struct arena *a, struct buf *out, struct err *err);

/* Reads a document into a map in `a`. Integers are VAL_INT, floats VAL_FLOAT, times VAL_STR. Error: ERR_SYNTAX "toml: line N: …". */
MUST_CHECK bool toml_parse(struct str text, struct arena *a, struct value *out, struct err *err);

#endif
