/*
 * spec.h: what an environment of Tanka's says of itself: spec.json, or an object of kind Environment within the program's value (https://tanka.dev/config,
 * https://tanka.dev/inline-environments).
 */
#ifndef TANKA_SPEC_H
#define TANKA_SPEC_H

#include "tanka/gojson.h"

/* The release of Tanka whose behaviour this is; spec.expectVersions.tanka is compared with it. */
#define TANKA_VERSION "v0.38.0"

struct tanka_metadata {
	struct str name;
	struct str namespace; /* path of the program's file from the root */
	struct value labels;  /* VAL_MAP of strings, or null */
};

struct tanka_spec {
	struct str api_server;   /* with a scheme, as tanka_env_decode leaves it */
	tanka_strs context_names;
	struct str namespace;
	struct str diff_strategy, apply_strategy, implementation;
	bool inject_labels;
	tanka_strs label_fields; /* tankaEnvLabelFromFields */
	struct {
		struct value annotations, labels; /* VAL_MAP of strings, or null */
	} defaults;
	struct {
		struct str tanka;
	} expect;
};

struct tanka_env {
	struct str api_version, kind;
	struct tanka_metadata metadata;
	struct tanka_spec spec;
	struct value data;  /* the resources */
	struct str warning; /* deprecated keys: lines for the user, or empty */
};

/* One with Tanka's defaults. */
struct tanka_env tanka_env_new(void);
/* Decodes over the defaults. Error: ERR_SYNTAX "parsing spec.json: …". */
MUST_CHECK bool tanka_env_decode(struct value v, struct arena *a, struct tanka_env *out, struct err *err);
/* The environment as Tanka marshals it: keys in its order, empty ones left out. `data` is there where it is not null. In `a`. */
struct value tanka_env_value(const struct tanka_env *env, struct arena *a);

/* Value of the label tanka.dev/environment. Error: a field of tankaEnvLabelFromFields that is not there. */
MUST_CHECK bool tanka_env_label(const struct tanka_env *env, struct arena *a, struct str *out, struct err *err);
/* Whether spec.expectVersions allows TANKA_VERSION. */
MUST_CHECK bool tanka_env_check_version(const struct tanka_env *env, struct arena *a, struct err *err);

#endif
