/*
 * rsa_sieve.h: which of the odd numbers behind a long one have a small factor. Internal to ext; needs no libcrypto.
 *
 * A sieve is made once for a length and is only read then, by any number of threads.
 */
#ifndef EXT_RSA_SIEVE_H
#define EXT_RSA_SIEVE_H

#include "base/base.h"

enum { RSA_E = 65537 };

struct rsa_sieve;

/* For numbers of `words` words of 64 bits: 16 or 32. Owned: free. */
struct rsa_sieve *rsa_sieve_new(size_t words);

/*
 * Sets struck[i], of `window` places, where start + 2i is divisible by one of the sieve's primes, or is 1 modulo RSA_E, which is no factor that p - 1 may have.
 * `start` is odd, its lowest word comes first.
 */
void rsa_sieve_strike(const struct rsa_sieve *sieve, const uint64_t *start, bool *struck, size_t window);

#endif
