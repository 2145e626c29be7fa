/*
 * trace.h: where an evaluation stood when it failed, as the implementations tell it.
 *
 * C++ names each line by the call that it is in ("function <f>", "thunk <x>"). Go names it by what the text is part of ("thunk <x> from <$>", "object <o>"), and
 * says between the lines which field or element was being made into data.
 */
#ifndef JSONNET_TRACE_H
#define JSONNET_TRACE_H

#include "jsonnet/vm.h"

/* Keeps in vm->trace the lines of an error at `at`, innermost first; of too many only those that are shown. To be called where the calls still stand. */
void trace_gather(struct vm *vm, const struct node *at);
/* Adds them, each on a line of its own with a newline before it. Recurses over the trees of the programs: to be called with the stack unwound. */
void trace_print(struct vm *vm, struct buf *out);

#endif
