/* text.h: bytes as the reference's decoder of UTF-8 reads them; what it cannot read becomes U+FFFD. */
#ifndef JSONNET_TEXT_H
#define JSONNET_TEXT_H

#include "base/buf.h"

/*
 * The first code point of `s`, which is not empty; *len is how many bytes it took. A sequence that the end cuts off costs its first byte, one with a wrong byte costs all up to
 * that byte, and overlong forms count.
 */
uint32_t text_decode(struct str s, size_t *len);
/* Adds the bytes as valid UTF-8. */
void text_repair(struct str s, struct buf *out);

#endif
