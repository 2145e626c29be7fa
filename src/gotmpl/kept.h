/* kept.h: a call of a function with a random result whose host keeps such results (struct go_keep in sprig.h); only for call.c. */
#ifndef GOTMPL_KEPT_H
#define GOTMPL_KEPT_H

#include "gotmpl/func.h"

/* The result that call->host->keep holds for this function with these arguments, or else the function's own, which is then kept. Errors: the function's, and
 * those of the keeper. */
MUST_CHECK bool kept_call(const struct go_func *func, struct go_call *call, struct value *out, struct err *err);

#endif
