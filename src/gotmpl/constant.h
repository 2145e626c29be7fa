/* constant.h: constants of templates as Go's strconv reads them. */
#ifndef GOTMPL_CONSTANT_H
#define GOTMPL_CONSTANT_H

#include "gotmpl/lex.h"
#include "gotmpl/node.h"

/* strconv.Unquote of "…" or `…`; the result borrows from `s` where nothing had to change, else it is in `a`. False: "invalid syntax". */
MUST_CHECK bool constant_unquote(struct str s, struct arena *a, struct str *out);

/*
 * Reads t, a TOKEN_NUMBER, TOKEN_COMPLEX or TOKEN_CHAR_CONSTANT, into what it can be: int, uint, float or complex, several at once. False
 * with Go's message (in `a`) where it is none of these.
 */
MUST_CHECK bool constant_number(struct token t, struct arena *a, struct node_number *n, struct str *message);

/* A complex constant as a value: complex128 has no other use in templates than to be printed. */
struct value constant_complex(double re, double im, struct arena *a);

#endif
