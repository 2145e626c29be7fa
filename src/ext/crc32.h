/* crc32.h: the checksum of gzip (RFC 1952, section 8), which grows with what is added. Internal to ext. */
#ifndef EXT_CRC32_H
#define EXT_CRC32_H

#include "base/str.h"

/* Of what `check` is the sum of, 0 of nothing, and of `bytes` behind that. */
uint32_t crc32_add(uint32_t check, struct str bytes);

#endif
