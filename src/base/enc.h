/*
 * enc.h: bytes as text: hexadecimal, base64 and base32, with the rules of Go's encoding packages.
 *
 * Encoders add to a buf. Decoders add the decoded bytes to a buf and return true; on bad input they return false, leave the buf as it was and
 * give in *at the offset that Go reports ("illegal base64 data at input byte N"); `at` may be NULL.
 */
#ifndef BASE_ENC_H
#define BASE_ENC_H

#include "base/buf.h"

/* Lower case hexadecimal. */
void enc_hex(struct buf *out, struct str bytes);
/* Either case. An odd length fails at the offset of the end. */
MUST_CHECK bool enc_unhex(struct buf *out, struct str text, size_t *at);

enum enc_base64 {
	ENC_BASE64,         /* RFC 4648 section 4, padded */
	ENC_BASE64_RAW,     /* the same without padding */
	ENC_BASE64_URL,     /* section 5, padded */
	ENC_BASE64_URL_RAW, /* section 5 without padding: JWT */
};
void enc_base64(struct buf *out, struct str bytes, enum enc_base64 kind);
/* CR and LF are skipped anywhere, as in Go; trailing bits that are not zero are accepted, as in Go's non-strict mode. */
MUST_CHECK bool enc_unbase64(struct buf *out, struct str text, enum enc_base64 kind, size_t *at);

/* RFC 4648 section 6, padded. */
void enc_base32(struct buf *out, struct str bytes);
/* Padding is required; CR and LF are skipped. */
MUST_CHECK bool enc_unbase32(struct buf *out, struct str text, size_t *at);

#endif
