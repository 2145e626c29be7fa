/*
 * special.h: what files of the kernel's own (/proc, /sys, /dev) say: some nothing that a result could depend on, some what can be compared; the others make a result
 * uncacheable.
 */
#ifndef TRACE_SPECIAL_H
#define TRACE_SPECIAL_H

#include "trace/files.h"

enum special_use { SPECIAL_LOOK, SPECIAL_READ, SPECIAL_WRITE };

/* `seen` is NULL where the path was not gone to its end. Gives the errno that the call is to fail with, 0 where it goes on. */
int special_judge(struct files *f, const char *path, struct seen *seen, enum special_use use);

#endif
