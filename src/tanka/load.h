/*
 * load.h: evaluating environments: one by its path, or all that there are below a folder.
 */
#ifndef TANKA_LOAD_H
#define TANKA_LOAD_H

#include "jsonnet/jsonnet.h"
#include "tanka/dirs.h"
#include "tanka/filter.h"
#include "tanka/spec.h"

struct tanka_options {
	const struct tanka_host *host;
	struct jsonnet_cache *cache; /* shared by several loads; NULL: one for each */
	struct jsonnet_vars ext, tla;
	uint32_t max_stack;          /* 0: jsonnet's default */
	const atomic_bool *cancel;   /* may be NULL */
	struct str name;             /* --name: which of several inline environments */
};

struct tanka_loaded {
	struct tanka_dirs dirs;
	struct tanka_env env;
};

/*
 * Evaluates the environment at `path` (relative to the host's folder): spec.json beside the program, or one inline environment in its value. Results
 * are in `a`. Errors have Tanka's words: "evaluating jsonnet: RUNTIME ERROR: …", "found multiple Environments in …", "found no matching environments; …".
 */
MUST_CHECK bool tanka_load(const struct tanka_options *options, struct str path, struct arena *a, struct tanka_loaded *out, struct err *err);

/* The program's value as it is; with `expr` not empty, `main.EXPR` or `main[…]` of it. */
MUST_CHECK bool tanka_eval(const struct tanka_options *options, struct str path, struct str expr, struct arena *a, struct value *out,
			   struct err *err);

/* An environment without its data, and where it is. */
struct tanka_found {
	struct str entry;   /* its program's file, as from the path that was asked for */
	struct tanka_env env;
};
typedef VEC(struct tanka_found) tanka_found_list;

/* The environments of the one program at `path`, their data not evaluated; none is no error. */
MUST_CHECK bool tanka_peek(const struct tanka_options *options, struct str path, struct arena *a, tanka_found_list *out, struct err *err);
/* The program's environment as tanka_load would choose it, its data not evaluated; its errors. */
MUST_CHECK bool tanka_peek_one(const struct tanka_options *options, struct str path, struct arena *a, struct tanka_found *out, struct err *err);

/* Every main.jsonnet at or below `path`, in order of bytes; links are not followed. Error: ERR_NOT_FOUND. */
MUST_CHECK bool tanka_find_files(const struct tanka_host *host, struct str path, struct arena *a, tanka_strs *out, struct err *err);

#endif
