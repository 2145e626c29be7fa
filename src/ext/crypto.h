/*
 * crypto.h: what needs libcrypto: other hashes, sealing, key derivation, and the keys and certificates that templates generate.
 *
 * libcrypto is loaded by the first call that needs it (1.6 ms); where it is missing that call fails with ERR_NOT_FOUND. SHA-256 and HMAC-SHA-256
 * are in base/sha256.h, encodings in base/enc.h. All functions are safe from several threads.
 */
#ifndef EXT_CRYPTO_H
#define EXT_CRYPTO_H

#include "base/buf.h"
#include "base/err.h"

/* Fills `p` with `n` random bytes from the system; never fails and loads nothing. */
void crypto_random(void *p, size_t n);

enum crypto_hash { CRYPTO_MD5, CRYPTO_SHA1, CRYPTO_SHA224, CRYPTO_SHA256, CRYPTO_SHA384, CRYPTO_SHA512, CRYPTO_SHA3_512 };
#define CRYPTO_HASH_MAX 64
/* Writes the digest of `bytes` to `out` and its length to *n. */
MUST_CHECK bool crypto_hash(enum crypto_hash kind, struct str bytes, uint8_t out[CRYPTO_HASH_MAX], size_t *n, struct err *err);

/*
 * Seals `plain` with AES-256-GCM under a 32-byte key and adds nonce (12, random), ciphertext, tag (16) to `out`. `context` is authenticated, not
 * stored: opening needs the same. Opening what was changed, or sealed under another key or context, is ERR_INTEGRITY; `out` is untouched then.
 */
#define CRYPTO_KEY_LEN 32
#define CRYPTO_SEAL_EXTRA 28
MUST_CHECK bool crypto_seal(const uint8_t key[CRYPTO_KEY_LEN], struct str context, struct str plain, struct buf *out, struct err *err);
MUST_CHECK bool crypto_unseal(const uint8_t key[CRYPTO_KEY_LEN], struct str context, struct str sealed, struct buf *out,
			      struct err *err);

/* AES-256-CBC of whole blocks without padding; `in` must be a multiple of 16 bytes (ERR_SYNTAX). Adds as many bytes to `out`. */
enum crypto_way { CRYPTO_ENCRYPT, CRYPTO_DECRYPT };
MUST_CHECK bool crypto_aes_cbc(enum crypto_way way, const uint8_t key[CRYPTO_KEY_LEN], const uint8_t iv[16], struct str in,
			       struct buf *out, struct err *err);

/* scrypt (RFC 7914) with cost n, block size r, parallelisation p: `len` bytes to `out`. */
struct crypto_scrypt {
	uint64_t n, r, p;
};
MUST_CHECK bool crypto_scrypt(struct str password, struct str salt, struct crypto_scrypt cost, uint8_t *out, size_t len,
			      struct err *err);

/* bcrypt in the form "$2a$10$…" with a random salt, as Go's GenerateFromPassword. Above 72 bytes ERR_LIMIT with Go's words. Uses libcrypt. */
MUST_CHECK bool crypto_bcrypt(struct str password, int cost, struct arena *a, struct str *out, struct err *err);

/* --- Keys and certificates, in the forms of sprig's functions --- */

/* Certificate and private key, each one PEM block with a newline at its end. */
struct crypto_pair {
	struct str cert, key;
};

/*
 * A new private key as PEM: "rsa" (4096 bits, PKCS #1) or "", "dsa" (2048/256, OpenSSL's old form), "ecdsa" (P-256, SEC 1), "ed25519" (PKCS #8).
 * Another type is ERR_USAGE "Unknown type X".
 */
MUST_CHECK bool crypto_gen_key(struct str type, struct arena *a, struct str *pem, struct err *err);

/* What a certificate says. Key usage: digital signature, key encipherment (and cert sign for a CA); extended: server and client. */
struct crypto_cert_options {
	struct str cn;
	const struct str *ips; /* "10.0.0.1", "::1"; a bad one is ERR_USAGE "unable to parse IP …" */
	size_t ip_count;
	const struct str *dns;
	size_t dns_count;
	int64_t days;                  /* validity from now */
	bool is_ca;
	struct str key;                /* PEM of an RSA, ECDSA or Ed25519 key to use; empty: a new RSA key of 2048 bits */
	const struct crypto_pair *ca;  /* who signs; NULL: self-signed */
};
/* Makes a version 3 certificate with a random 128-bit serial number, signed with SHA-256 (Ed25519: itself). Memory in `a`. */
MUST_CHECK bool crypto_gen_cert(const struct crypto_cert_options *opt, struct arena *a, struct crypto_pair *out, struct err *err);

/* Checks that both are PEM of a certificate and of a private key: sprig's buildCustomCert. */
MUST_CHECK bool crypto_check_pair(const struct crypto_pair *pair, struct err *err);

/* Whether `signature` is one of `bytes` by the public key in the PEM: ECDSA or RSA (PKCS #1) with SHA-256, or Ed25519. No: ERR_INTEGRITY; no key: ERR_SYNTAX. */
MUST_CHECK bool crypto_verify(struct str public_key, struct str bytes, struct str signature, struct err *err);

#endif
