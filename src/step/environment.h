/*
 * environment.h: environments/NAME: what an environment is made of: an environment.yaml, or a jsonnet program as Tanka has them. The formats are in
 * docs/environment.md.
 */
#ifndef STEP_ENVIRONMENT_H
#define STEP_ENVIRONMENT_H

#include "data/schema.h"
#include "run/step.h"

/* A release of a Helm chart. */
struct env_release {
	struct str name, chart, namespace;
	struct str kube_version;    /* the environment's, unless it has its own */
	schema_strs api_versions;   /* the environment's */
	schema_strs values_files;   /* relative to the environment's folder */
	struct value values;        /* inline: VAL_MAP or null; they go over the files */
	bool include_crds;          /* true unless the file says otherwise */
	bool no_hooks, skip_tests;
	const struct yaml_node *node;
};
typedef VEC(struct env_release) env_releases;

struct environment {
	struct str name;            /* last part of the folder's path */
	struct str dir;             /* absolute */
	struct str namespace;       /* "default" where the file names none */
	struct str kube_version;
	schema_strs api_versions;
	struct value labels;        /* VAL_MAP of strings, or null */
	env_releases releases;
	schema_strs manifests;      /* files and folders, relative to dir */
	const struct yaml_node *images; /* undecoded, or NULL: see images.c */
	struct schema_file file;    /* environment.yaml, for further messages */
	struct str program;         /* the jsonnet program in place of an environment.yaml (absolute); then only name and dir are set besides. Empty: none */
};

/* Reads the environment at `path` (a folder, or a .jsonnet file, relative to ctx->cwd) and reports what it read. An unknown one is ERR_NOT_FOUND and names those that there are.
 * Memory in ctx->arena. */
MUST_CHECK bool environment_load(struct step_ctx *ctx, struct str path, struct environment *out, struct err *err);

/* Absolute paths of all environments of the project: what lies in environments/. */
MUST_CHECK bool environment_list(struct step_ctx *ctx, step_words *out, struct err *err);

#endif
