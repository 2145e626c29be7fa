/* tar.h: entries of a tar archive that lies whole in memory. Internal to ext: see archive.h. */
#ifndef EXT_TAR_H
#define EXT_TAR_H

#include "base/arena.h"
#include "ext/archive.h"

struct tar {
	struct str bytes;    /* the archive */
	size_t at;           /* of the next header */
	struct arena *arena; /* names */
	struct str name;     /* of the archive, for messages */
};

/* Whether the bytes begin with a tar header whose checksum is right, or are an empty archive. */
bool tar_looks_like(struct str bytes);
/* The next entry and its content, a view into the archive. False in *more at the end. Errors as arc_next. */
MUST_CHECK bool tar_next(struct tar *t, struct arc_item *item, struct str *data, bool *more, struct err *err);

#endif
