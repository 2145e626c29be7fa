/*
 * What takes time is the long number modulo each small prime. So several primes make a group, whose product fits a word, and the number is taken modulo that
 * without a division, by Montgomery's reduction: each step adds a word and the multiple of the product that makes the lowest word zero, which then is
 * dropped. What comes out is the number divided by 2^64 as often, so it is multiplied by that again, by a factor that each group has ready. 23,000 primes take
 * 0.14 ms.
 *
 * How far. Sieving up to L leaves 1.12/ln(L) of the odd numbers (Mertens), and testing one of those for being a prime takes 0.1 ms for 1024 bits: from 2^15 to
 * 2^18 saves a sixth of the tests and costs one; beyond, what is saved is spent. A test of twice the length takes fifteen times as long, so there more is worth it.
 */
#include "ext/rsa_sieve.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1 << 18, LIMIT_LONG = 1 << 20, WORDS_LONG = 32 };
_Static_assert((int)LIMIT > (int)RSA_E, "the exponent is one of the primes");

typedef unsigned __int128 wide;

/* The primes from `first` to that of the next group. */
struct group {
	uint64_t product; /* below 2^PRODUCT_BITS, so that sums have room */
	uint64_t inverse; /* product * inverse = -1 modulo 2^64 */
	uint64_t factor;  /* 2^(64 * (words + 1)) modulo the product */
	uint32_t first;
};
enum { PRODUCT_BITS = 62, LANES = 4 };

struct rsa_sieve {
	size_t words;
	uint32_t *primes; /* odd */
	struct group *groups; /* LANES more than there are; each says where the one before it ends */
	size_t group_count;
};

/* x / 2^64 modulo the product, for x below 2^64 times twice that: less than twice the product. */
static uint64_t reduce(wide x, const struct group *g)
{
	uint64_t multiple = (uint64_t)x * g->inverse;
	return (uint64_t)((x + (wide)multiple * g->product) >> 64);
}

/* Newton's steps double the bits that are right; for an odd number, itself is right in three. */
static uint64_t negative_inverse(uint64_t odd)
{
	uint64_t inverse = odd;
	for (int bits = 3; bits < 64; bits *= 2)
		inverse *= 2 - odd * inverse;
	return -inverse;
}

static void complete(struct group *g, size_t words)
{
	g->inverse = negative_inverse(g->product);
	uint64_t power = -g->product % g->product; /* 2^64 */
	power = (uint64_t)((wide)power * power % g->product);
	for (size_t w = 1; w < words; w *= 2) /* 2^(64 * (w + 1)) */
		power = reduce((wide)power * power, g);
	g->factor = power;
}

static size_t list_primes(uint32_t limit, uint32_t *primes)
{
	bool *composite = xcalloc(limit / 2, sizeof(*composite)); /* of 2i + 1 */
	size_t n = 0;
	for (uint32_t i = 1; i < limit / 2; i++) {
		uint32_t p = 2 * i + 1;
		if (composite[i])
			continue;
		primes[n++] = p;
		for (uint64_t k = (uint64_t)p * p / 2; k < limit / 2; k += p)
			composite[k] = true;
	}
	free(composite);
	return n;
}

static void make_groups(struct rsa_sieve *s, size_t count)
{
	struct group *g = s->groups;
	*g = (struct group){ .product = 1 };
	for (size_t i = 0; i < count; i++) {
		if (g->product > (UINT64_C(1) << PRODUCT_BITS) / s->primes[i]) {
			complete(g++, s->words);
			*g = (struct group){ .product = 1, .first = (uint32_t)i };
		}
		g->product *= s->primes[i];
	}
	complete(g++, s->words);
	s->group_count = (size_t)(g - s->groups);
	for (size_t i = 0; i <= LANES; i++) /* behind the last, groups of no primes for lanes that have nothing to do */
		g[i] = (struct group){ .product = 1, .first = (uint32_t)count };
}

struct rsa_sieve *rsa_sieve_new(size_t words)
{
	assert((words & (words - 1)) == 0);
	uint32_t limit = words < WORDS_LONG ? LIMIT : LIMIT_LONG;
	/* More than there are primes, and three or more of those to a group. What is not written to costs nothing. */
	size_t most = limit / 8;
	struct rsa_sieve *s = xmalloc(sizeof(*s) + most * sizeof(*s->primes) + (most / 2) * sizeof(*s->groups));
	s->words = words;
	s->groups = (struct group *)(s + 1);
	s->primes = (uint32_t *)(s->groups + most / 2);
	make_groups(s, list_primes(limit, s->primes));
	return s;
}

/* `start` modulo each of LANES groups, or twice that: side by side, for a processor multiplies several times in the time that one result takes. */
static void start_modulo(const struct rsa_sieve *s, const struct group *g, const uint64_t *start, uint64_t rest[LANES])
{
	for (size_t k = 0; k < LANES; k++)
		rest[k] = 0;
	for (size_t i = 0; i < s->words; i++) {
#pragma GCC unroll 4
		for (size_t k = 0; k < LANES; k++)
			rest[k] = reduce((wide)rest[k] + start[i], &g[k]);
	}
	for (size_t k = 0; k < LANES; k++)
		rest[k] = reduce((wide)rest[k] * g[k].factor, &g[k]);
}

/* Strikes the places i where 2i = `missing` modulo the odd p. */
static void strike(uint32_t p, uint32_t missing, bool *struck, size_t window)
{
	for (size_t i = (missing + (size_t)(missing % 2) * p) / 2; i < window; i += p)
		struck[i] = true;
}

static void strike_group(const struct rsa_sieve *s, const struct group *g, uint64_t rest, bool *struck, size_t window)
{
	for (uint32_t i = g[0].first; i < g[1].first; i++) {
		uint32_t p = s->primes[i], of_p = (uint32_t)(rest % p);
		strike(p, of_p ? p - of_p : 0, struck, window);
		if (p == RSA_E)
			strike(p, of_p > 1 ? p + 1 - of_p : 1 - of_p, struck, window);
	}
}

void rsa_sieve_strike(const struct rsa_sieve *s, const uint64_t *start, bool *struck, size_t window)
{
	uint64_t rest[LANES];
	memset(struck, 0, window * sizeof(*struck));
	for (const struct group *g = s->groups; g < s->groups + s->group_count; g += LANES) {
		start_modulo(s, g, start, rest);
		for (size_t k = 0; k < LANES; k++)
			strike_group(s, &g[k], rest[k], struck, window);
	}
}
