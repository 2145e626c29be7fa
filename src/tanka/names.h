/*
 * names.h: names made by Go templates: the keys of helmTemplate's result, and the files of export.
 */
#ifndef TANKA_NAMES_H
#define TANKA_NAMES_H

#include "tanka/host.h"

struct tanka_namer;

/*
 * Compiles `format`; functions are sprig's with env and expandenv. With `env` (VAL_MAP, else null) the function env has no arguments and gives that
 * value, as in export's formats. The namer and all it makes live in `a`. Error: Go's "template: :1: …".
 */
MUST_CHECK bool tanka_namer_new(const struct tanka_host *host, struct str format, struct value env, struct arena *a, struct tanka_namer **out,
				struct err *err);
/* The name of an object. Error: Go's. */
MUST_CHECK bool tanka_namer_name(struct tanka_namer *namer, struct value object, struct str *out, struct err *err);

#endif
