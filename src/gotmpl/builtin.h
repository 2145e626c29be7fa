/* builtin.h: text/template's own functions. */
#ifndef GOTMPL_BUILTIN_H
#define GOTMPL_BUILTIN_H

#include "gotmpl/func.h"
#include "gotmpl/node.h"

extern const struct go_table builtin_compare; /* eq ne lt le gt ge and or not */
extern const struct go_table builtin_items;   /* index slice len call */
extern const struct go_table builtin_text;    /* print printf println html js urlquery */

/* Whether func is text/template's own and, or, call. */
enum special builtin_special(const struct go_func *func);
/* Whether func is text/template's own call. */
bool builtin_is_call(const struct go_func *func);

#endif
