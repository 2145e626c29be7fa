/*
 * scratch.h: temporary folders that do not outlive a kill for long. Who makes one holds a lock on it, which the kernel drops with the process, and sweeps away
 * those of the same kind whose lock nobody holds any more.
 */
#ifndef BASE_SCRATCH_H
#define BASE_SCRATCH_H

#include "base/arena.h"
#include "base/err.h"

struct scratch {
	struct str dir; /* empty: none */
	int lock;
};

/*
 * A new empty folder `parent`/`kind`XXXXXX of mode 0700, its name in `a`. `kind` ("raibid-git-") is part of the name and says which others are of the same kind: those of
 * this user that were abandoned are removed. Where the file system has no locks none is.
 */
MUST_CHECK bool scratch_make(struct str parent, const char *kind, struct arena *a, struct scratch *out, struct err *err);
/* Removes it; fine where there is none. */
void scratch_remove(struct scratch *s);

/* Where such folders belong: TMPDIR of `environ`, where that is absolute, or /tmp. */
struct str scratch_parent(char *const *environ);

#endif
