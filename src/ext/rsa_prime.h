/*
 * rsa_prime.h: searches for the primes of an RSA key. Internal to ext; libcrypto is loaded (libcrypto.h).
 */
#ifndef EXT_RSA_PRIME_H
#define EXT_RSA_PRIME_H

#include <stdatomic.h>

#include "ext/libcrypto.h"
#include "ext/rsa_sieve.h"

/* One thread's search, which goes on where it was left. Owned: rsa_search_free, which forgets what is secret. */
struct rsa_search;

/* For primes of as many bits as the sieve's numbers, which is borrowed. Needs no libcrypto yet. */
struct rsa_search *rsa_search_new(const struct rsa_sieve *sieve, size_t bits);
void rsa_search_free(struct rsa_search *s);

/*
 * A random prime p by FIPS 186-5, appendix A.1.3: the two highest bits set, so that the product of two such has exactly twice as many, and
 * gcd(p - 1, 65537) = 1. Less than 2^-128 of what comes out is composite (rsa_prime.c has the sum).
 *
 * Owned by the caller (BN_clear_free). NULL where the library fails, or soon after *is_enough is set by another thread.
 */
BIGNUM *rsa_search_next(struct rsa_search *s, const _Atomic bool *is_enough);

/* Whether the odd n > 3, chosen at random, is a prime: the tests that a candidate has to pass. False too where the library fails. */
bool rsa_prime_check(const BIGNUM *n, BN_CTX *ctx);

#endif
