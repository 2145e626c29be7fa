/*
 * fermat8.h: tells, of eight odd numbers at once, which of them are composite by Fermat's test to base 2. Internal to ext.
 *
 * A filter for searching primes: what it drops is composite, what it lets through has still to be tested by the library (rsa_prime.c). So a fault here
 * could cost time or an endless search, never a key. It needs a processor with AVX-512 IFMA; elsewhere it is not there, and the library's own
 * exponentiation does this work too, at a third of the speed.
 */
#ifndef EXT_FERMAT8_H
#define EXT_FERMAT8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FERMAT8_LANES = 8, FERMAT8_WORDS = 32 };

/* Whether numbers of `bits` bits can be tested by this processor. */
bool fermat8_can(size_t bits);

/*
 * Bit i of the result is set where 2^(n-1) = 1 modulo n for n = numbers[i]: `bits` bits in words of 64, the lowest first, odd, the top bit set. Time does
 * not depend on the numbers, but on how many bits they have.
 */
uint8_t fermat8(uint64_t numbers[FERMAT8_LANES][FERMAT8_WORDS], size_t bits);

#endif
