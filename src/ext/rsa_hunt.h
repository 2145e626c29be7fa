/*
 * rsa_hunt.h: primes for keys, found by the thread that needs them and by another, which can go on when that has what it needs. Internal to ext.
 *
 *	rsa_hunt_begin(1024);                    // something will need a key: the other thread makes ready, and begins as soon as libcrypto is loaded
 *	…
 *	rsa_hunt_take(1024, RSA_ONE_MORE, pq);   // … and goes on for the next
 *
 * One other thread for a length and the process, which ends with it. All functions are safe from several threads.
 */
#ifndef EXT_RSA_HUNT_H
#define EXT_RSA_HUNT_H

#include "ext/libcrypto.h"

/* Whether a key is going to be followed by another, so that it is worth going on. */
enum rsa_more { RSA_NO_MORE, RSA_ONE_MORE };

/* `bits` of a prime: 1024 or 2048. Needs no libcrypto yet. */
void rsa_hunt_begin(size_t bits);

/* Two random primes (rsa_prime.h) from windows of their own; libcrypto is loaded. Owned by the caller. False where the library fails. */
bool rsa_hunt_take(size_t bits, enum rsa_more more, BIGNUM *primes[2]);

#endif
