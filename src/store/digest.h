/*
 * digest.h: the digest that names blobs, keys of nodes and contents of files: SHA-256.
 *
 * The warm path of every command hashes a little and must not load libcrypto, so this uses ext/sha256.h, which is our own code.
 */
#ifndef STORE_DIGEST_H
#define STORE_DIGEST_H

#include "base/arena.h"
#include "base/err.h"

enum { DIGEST_SIZE = 32, DIGEST_HEX = 64 };

struct digest {
	uint8_t byte[DIGEST_SIZE];
};

bool digest_eq(const struct digest *a, const struct digest *b);
struct digest digest_of(struct str bytes);
/* HMAC-SHA-256 of the bytes: for what must not be guessed from its digest. */
struct digest digest_keyed(struct str key, struct str bytes);
/* 64 lower-case hex digits, in `a`. */
struct str digest_hex(struct arena *a, const struct digest *d);
/* From 64 hex digits, with or without "sha256:" before them. */
MUST_CHECK bool digest_parse(struct str hex, struct digest *out);

/* A digest of several fields: each is framed by its length, so that no two lists of fields give the same bytes. */
struct digester {
	_Alignas(16) uint8_t state[128];
};
void digester_init(struct digester *d);
void digester_add(struct digester *d, struct str field);
void digester_add_int(struct digester *d, int64_t v);
void digester_add_digest(struct digester *d, const struct digest *v);
struct digest digester_end(struct digester *d);

#endif
