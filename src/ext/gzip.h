/* gzip.h: whole gzip streams in memory, RFC 1952. Internal to ext: see archive.h. */
#ifndef EXT_GZIP_H
#define EXT_GZIP_H

#include "base/buf.h"

/* Deflate cannot do better than this. */
#define GZIP_MAX_RATIO 1032
/* Behind a member's content: its checksum and its length, modulo 2^32 each. */
enum { GZIP_TRAILER = 8 };

enum gzip_result { GZIP_OK, GZIP_DAMAGED, GZIP_TOO_LARGE };

/* Whether the bytes begin as gzip's do (RFC 1952): the magic number and deflate. */
bool gzip_looks_like(struct str bytes);
/* Where the content of the first member begins; 0 where its header is none, or nothing can be behind it. */
size_t gzip_content_at(struct str bytes);
uint32_t gzip_number_at(struct str bytes, size_t at);
/* Adds the content of all members to `out`, which holds at most `limit` bytes then. On failure `out` holds a part. */
enum gzip_result gzip_inflate(struct str bytes, size_t limit, struct buf *out);

/* Whether gzip_deflate may be called: where libdeflate is at hand. */
bool gzip_can_deflate(void);
/* Adds one member without name and time. */
void gzip_deflate(struct str bytes, int level, struct buf *out);

#endif
