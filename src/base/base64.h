/*
 * base64.h: base64 (RFC 4648) as Go's encoding/base64 reads and writes it.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

enum base64_kind {
	BASE64_STD,     /* + and /, padded: Go's StdEncoding */
	BASE64_URL,     /* - and _, padded: URLEncoding */
	BASE64_RAW_STD, /* without padding: RawStdEncoding */
	BASE64_RAW_URL, /* RawURLEncoding */
};

void base64_add(struct buf *b, struct str bytes, enum base64_kind kind);
/*
 * Adds the decoded bytes of `text` to `b`; line ends inside are skipped, as Go does. False for anything else that is not base64: then `b` is as
 * before and *bad (may be NULL) is the offset that Go names in "illegal base64 data at input byte N".
 */
MUST_CHECK bool base64_decode(struct str text, enum base64_kind kind, struct buf *b, size_t *bad);

#endif
