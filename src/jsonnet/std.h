/*
 * std.h: the table of std's functions, all native: a row each, a family a file (std_<family>.c).
 *
 * To add a function: write it in its family's file, add its row to that file's table; a new file adds its table to `std_tables` in std_table.c.
 *
 *	static struct jv fn_substr(struct vm *vm, struct jv *args) { … return str_sub(vm, args[0], …); }
 *	{ "substr", "str, from, len", fn_substr },
 *
 * Parameters are written as in the manual. `~` before a name makes it lazy: args[i] may be a thunk (for vm_force, or to be handed on);
 * all others are evaluated in order before the call. A default follows `=`: null, true, false, a number, a string in single quotes (without
 * escapes), [] or {}; `=?` makes args[i] JV_NOTHING where the argument is not given. Types are not checked: the function does, with the
 * reference's words; std_types below serves those that the reference checks by its one general rule, std_util.h the others.
 *
 * Which arguments are lazy, and in which order they are evaluated, is the reference's too: it decides which of two errors shows.
 */
#ifndef JSONNET_STD_H
#define JSONNET_STD_H

#include "jsonnet/value.h"

typedef struct jv std_fn(struct vm *vm, struct jv *args);

#define STD_MAX_PARAMS 8

struct std_row {
	const char *name, *params;
	std_fn *fn;
};

/* Tables, each ended by a row without a name. */
extern const struct std_row std_core_rows[], std_arrays_rows[], std_encode_rows[], std_format_rows[], std_json_rows[], std_manifest_rows[], std_math_rows[], std_objects_rows[];
extern const struct std_row std_parse_rows[], std_sets_rows[], std_strings_rows[], std_toml_rows[], std_yaml_rows[];

/*
 * "Builtin function <name> expected (string, number) but got (null, number)": the reference's check of its own natives' arguments. `types` has a letter an
 * argument: n number, s string, b boolean, a array, o object, f function, . any.
 */
void std_types(struct vm *vm, const char *name, const char *types, const struct jv *args);

#endif
