/*
 * strvals.h: the little language of --set: `a.b=1,list={x,y},c[0].d=e`.
 *
 * https://helm.sh/docs/intro/using_helm/#the-format-and-limitations-of---set. Values are set into a table one after the other; what was set
 * before an error stays.
 */
#ifndef HELM_STRVALS_H
#define HELM_STRVALS_H

#include "base/err.h"
#include "data/value.h"

enum strvals_form {
	STRVALS_TYPED,   /* --set: true, false, null and integers have their types */
	STRVALS_STRING,  /* --set-string: all values are strings */
	STRVALS_JSON,    /* --set-json: KEY=JSON[,KEY=JSON…] */
	STRVALS_FILE,    /* --set-file: a value is the name of a file, whose text is the value */
	STRVALS_LITERAL, /* --set-literal: one key; the rest, commas and all, is the value */
};

/* Helm's own limits. */
#define STRVALS_MAX_INDEX 65536
#define STRVALS_MAX_DEPTH 30

struct strvals_options {
	enum strvals_form form;
	/* For STRVALS_FILE: reads the file into `a`. */
	bool (*read)(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err);
	void *ctx;
};

/* Sets what `text` says into `table`, a VAL_MAP whose tables may be changed. Errors: ERR_SYNTAX with Helm's text, e.g. `key "a" has no value`. */
MUST_CHECK bool strvals_parse(struct str text, const struct strvals_options *options, struct arena *a, struct value table, struct err *err);

#endif
