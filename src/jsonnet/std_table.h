/*
 * std_table.h: the functions of std with their parameters parsed, made once for a cache.
 */
#ifndef JSONNET_STD_TABLE_H
#define JSONNET_STD_TABLE_H

#include "base/map.h"
#include "jsonnet/repr.h"
#include "jsonnet/std.h"

struct std_param {
	struct str name, go_name;
	bool lazy, has_default;
	struct jv value; /* the default; JV_NOTHING for `=?` */
};
struct std_fun {
	struct str name;
	std_fn *fn;
	uint32_t n_params;
	struct std_param params[STD_MAX_PARAMS];
	const char *go_types; /* as Go's implementation checks them before anything else; NULL: it does not */
	struct jfun value; /* as a value of the language */
};

struct std_table {
	struct arena arena;
	struct map funs; /* struct std_fun * */
	const struct shape *shape; /* of the object std */
	struct slots *values;
};

void std_table_init(struct std_table *t);
void std_table_deinit(struct std_table *t);
/* Evaluates the arguments that Go's native does, lazy ones too, and raises "Unexpected type number, expected array" for the first that it would refuse. */
void std_check_go(struct vm *vm, const struct std_fun *fun, struct jv *args);
const struct std_fun *std_table_find(const struct std_table *t, struct str name);

#endif
