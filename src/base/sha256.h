/*
 * sha256.h: SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), the digest of every key and blob of the program.
 *
 * Our own rather than libcrypto's, which costs 1.6 ms to load: digests are needed in runs that do nothing else. It uses the
 * processor's SHA instructions where it has them and is then as fast as libcrypto.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/err.h"

struct digest {
	uint8_t b[32];
};

struct sha256 {
	uint32_t h[8];
	uint64_t total; /* bytes so far */
	uint8_t block[64];
};

/* Begins a message, and adds to it (FIPS 180-4). Nothing has to be given back. */
void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, struct str bytes);
/* Ends the message; `s` must be initialised again before the next. */
struct digest sha256_end(struct sha256 *s);
struct digest sha256_of(struct str bytes);

/* Adds the length (8 bytes, little endian), then the bytes, so that a sequence of fields has one reading only. For keys. */
void sha256_add_field(struct sha256 *s, struct str bytes);

/* Hashes the file to its end; *size is the number of bytes read (NULL where not wanted). Errors as fs_read. */
MUST_CHECK bool sha256_file(struct str path, struct digest *out, uint64_t *size, struct err *err);
/* The same from the descriptor's current position; `name` is for messages. */
MUST_CHECK bool sha256_fd(int fd, struct str name, struct digest *out, uint64_t *size, struct err *err);

/* HMAC-SHA-256 (RFC 2104). */
struct digest sha256_hmac(struct str key, struct str message);

#define DIGEST_HEX_LEN 64
/* Writes 64 lower case digits and a NUL. */
void digest_hex(const struct digest *d, char out[DIGEST_HEX_LEN + 1]);
/* Reads 64 digits of either case, with or without "sha256:" before them. False on anything else. */
MUST_CHECK bool digest_parse(struct str text, struct digest *out);
bool digest_eq(const struct digest *a, const struct digest *b);
int digest_cmp(const struct digest *a, const struct digest *b);

#endif
