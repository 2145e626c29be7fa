/* gzip.h: whole gzip streams in memory, where libdeflate is at hand. Internal to ext: see archive.h. */
#ifndef EXT_GZIP_H
#define EXT_GZIP_H

#include "base/buf.h"

/* Deflate cannot do better than this. */
#define GZIP_MAX_RATIO 1032

enum gzip_result { GZIP_OK, GZIP_DAMAGED, GZIP_TOO_LARGE };

/* Whether the bytes begin as gzip's do (RFC 1952): the magic number and deflate. */
bool gzip_looks_like(struct str bytes);
/* Whether the two below may be called. */
bool gzip_can(void);
/* Adds the content of all members to `out`, which holds at most `limit` bytes then. On failure `out` holds a part. */
enum gzip_result gzip_inflate(struct str bytes, size_t limit, struct buf *out);
/* Adds one member without name and time. */
void gzip_deflate(struct str bytes, int level, struct buf *out);

#endif
