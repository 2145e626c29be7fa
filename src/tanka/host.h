/*
 * host.h: what evaluating an environment may ask of the world. Whoever gives it sees each look at a file, and so knows what the result depends on.
 *
 * Every function may be called from the threads that evaluate, several at once for several environments.
 */
#ifndef TANKA_HOST_H
#define TANKA_HOST_H

#include "gotmpl/sprig.h"
#include "jsonnet/jsonnet.h"
#include "tanka/gojson.h"

/* One helmTemplate: what `helm template NAME PATH` is given. */
struct tanka_chart {
	struct str name;
	struct str path;      /* absolute, clean */
	struct value values;  /* VAL_MAP or null */
	tanka_strs api_versions;
	bool include_crds, skip_tests, no_hooks;
	struct str kube_version, namespace;
};

struct tanka_host {
	void *ctx;
	struct str cwd; /* absolute: what relative paths start from */
	/* Reads the whole file into `a`. A missing one, or a folder: ERR_NOT_FOUND. */
	bool (*read)(void *ctx, struct str path, struct arena *a, struct str *bytes, struct err *err);
	/* Whether there is a file of that name. */
	bool (*is_file)(void *ctx, struct str path);
	/* The variable's value, or STR_NONE. */
	struct str (*getenv)(void *ctx, struct str name);
	/* A line that a tool or std.trace writes to standard error, with its newline. */
	void (*note)(void *ctx, struct str line);
	/* What helm prints. The chart's own failure goes to `note` as helm's line; err then is "exit status 1". */
	bool (*helm)(void *ctx, const struct tanka_chart *chart, struct arena *a, struct str *text, struct err *err);
	/* What `kustomize build` prints for the folder. */
	bool (*kustomize)(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err);
	const struct go_host *templates; /* what functions of name templates may use, or NULL */
	jsonnet_hash_fn *hash;           /* for std.md5 and its kin, or NULL */
};

#endif
