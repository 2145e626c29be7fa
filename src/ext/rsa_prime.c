/*
 * Random odd numbers, a sieve by small primes, then Miller and Rabin's test with random bases.
 *
 * FIPS 186-5, A.1.3, draws each candidate anew. We draw a window of some thousand odd numbers with a random beginning, sieve it once, and try what is left
 * in random order: within the window every prime is as likely as the next, so the known fault of counting upwards, that a prime after a long gap comes out
 * more often (Brandt, Damgård: On generation of probable primes by incremental search, 1992), is not there. A window gives one prime and is thrown away: two
 * primes of one window would be neighbours, and their product is factored at once.
 *
 * How many rounds. Damgård, Landrock and Pomerance (Average case error estimates for the strong probable prime test, 1993) show for random odd numbers of k
 * bits that what passes t rounds is composite with a probability below p(k,t) = k^(3/2) 2^t t^(-1/2) 4^(2 - sqrt(tk)), t > 2. Of a window not one but up to
 * all candidates are tried, so this is multiplied by how many primes a window holds on average (6). 6 rounds for 1024 bits: 6 * 2^-133 < 2^-130; 4 rounds
 * for 2048 bits: 6 * 2^-157. FIPS 186-5, table B.1, asks for 5 (2^-112) and 4 (2^-144). Dropping composites beforehand by other tests lowers it only.
 *
 * What is secret is in the library's numbers, which are cleared, and in our arrays, which are cleared too. The sieve's accesses depend on it, as trial
 * division does in every library: keys are made in the user's own process.
 */
#include "ext/rsa_prime.h"

#include <stdlib.h>
#include <string.h>

#include "ext/crypto.h"

enum {
	SMALL_LIMIT = 1 << 15, /* sieve by the primes below */
	SMALL_MAX = 3600,      /* there are 3512 */
	WORDS_MAX = 32,        /* 2048 bits */
	WINDOW_MAX = 4096, /* odd numbers */
	LEFT_MAX = WINDOW_MAX / 4,
	DIVISORS = 4,
	ROUNDS = 6, /* see above */
	ROUNDS_2048 = 4,
};

struct search {
	size_t words; /* of a number */
	uint32_t small[SMALL_MAX]; /* odd primes */
	size_t small_count;
	uint64_t start[WORDS_MAX]; /* the window's first number; the lowest word first */
	size_t window;
	bool struck[WINDOW_MAX];
	uint16_t left[LEFT_MAX]; /* places in the window that the sieve left; the tried ones first */
	size_t left_count, tried;
	BN_CTX *ctx;
};

static void find_small(struct search *s)
{
	bool composite[SMALL_LIMIT / 2] = { false }; /* of 2i + 1 */
	for (uint32_t i = 1; i < SMALL_LIMIT / 2; i++) {
		uint32_t p = 2 * i + 1;
		if (composite[i])
			continue;
		s->small[s->small_count++] = p;
		for (uint64_t k = (uint64_t)p * p / 2; k < SMALL_LIMIT / 2; k += p)
			composite[k] = true;
	}
	s->small_count -= s->small_count % (2 * DIVISORS);
}

/* The window's beginning modulo each of DIVISORS numbers: side by side, for a processor divides several times in the time that one result takes. */
static void start_modulo(const struct search *s, const uint32_t divisors[DIVISORS], uint32_t rests[DIVISORS])
{
	uint64_t rest[DIVISORS] = { 0 };
	for (size_t i = 2 * s->words; i-- > 0;) {
		uint32_t piece = (uint32_t)(s->start[i / 2] >> i % 2 * 32);
		for (size_t k = 0; k < DIVISORS; k++)
			rest[k] = (rest[k] << 32 | piece) % divisors[k];
	}
	for (size_t k = 0; k < DIVISORS; k++)
		rests[k] = (uint32_t)rest[k];
}

/* Strikes the places i where start + 2i = `value` modulo the odd `p`; `rest` is start modulo p. */
static void strike(struct search *s, uint32_t p, uint32_t rest, uint32_t value)
{
	uint32_t missing = (value + p - rest) % p; /* 2i = missing */
	for (size_t i = missing % 2 ? ((size_t)missing + p) / 2 : missing / 2; i < s->window; i += p)
		s->struck[i] = true;
}

static void sieve(struct search *s)
{
	uint32_t divisors[DIVISORS], rests[DIVISORS];
	memset(s->struck, 0, sizeof(s->struck));
	for (size_t i = 0; i < s->small_count; i += 2 * DIVISORS) { /* two primes share a division of the long number */
		for (size_t k = 0; k < DIVISORS; k++)
			divisors[k] = s->small[i + 2 * k] * s->small[i + 2 * k + 1];
		start_modulo(s, divisors, rests);
		for (size_t k = 0; k < 2 * DIVISORS; k++)
			strike(s, s->small[i + k], rests[k / 2] % s->small[i + k], 0);
	}
	for (size_t k = 0; k < DIVISORS; k++)
		divisors[k] = RSA_E;
	start_modulo(s, divisors, rests);
	strike(s, RSA_E, rests[0], 1); /* else p - 1 would have the factor e */
}

static void list_left(struct search *s)
{
	s->left_count = s->tried = 0;
	for (size_t i = 0; i < s->window && s->left_count < LEFT_MAX; i++)
		if (!s->struck[i])
			s->left[s->left_count++] = (uint16_t)i;
}

/* A place chosen at random of those not yet tried, which goes behind the tried ones (Fisher and Yates). The modulo's slant is some 2^-50. False: there is none. */
static bool choose(struct search *s, uint16_t *place)
{
	uint64_t random;
	if (s->tried == s->left_count)
		return false;
	crypto_random(&random, sizeof(random));
	size_t to = s->tried++, from = to + random % (s->left_count - to);
	*place = s->left[from];
	s->left[from] = s->left[to];
	s->left[to] = *place;
	return true;
}

static void open_window(struct search *s)
{
	crypto_random(s->start, s->words * sizeof(*s->start));
	s->start[0] |= 1;
	s->start[s->words - 1] |= 3ULL << 62;
	/* One that reaches beyond 2^bits, of 2^50: from its end. */
	bool is_last = s->start[0] > UINT64_MAX - 2 * WINDOW_MAX;
	for (size_t i = 1; i < s->words; i++)
		is_last = is_last && s->start[i] == UINT64_MAX;
	if (is_last)
		s->start[0] -= 2 * WINDOW_MAX;
	sieve(s);
	list_left(s);
}

static void number_at(const struct search *s, size_t place, uint64_t *words)
{
	uint64_t carry = 2 * place;
	for (size_t i = 0; i < s->words; i++) {
		words[i] = s->start[i] + carry;
		carry = words[i] < carry;
	}
}

static BIGNUM *to_number(const uint64_t *words, size_t count)
{
	uint8_t bytes[WORDS_MAX * 8];
	for (size_t i = 0; i < count * 8; i++)
		bytes[i] = (uint8_t)(words[count - 1 - i / 8] >> (56 - i % 8 * 8));
	BIGNUM *n = ossl.BN_bin2bn(bytes, (int)(count * 8), NULL);
	explicit_bzero(bytes, sizeof(bytes));
	return n;
}

/*
 * Miller and Rabin's test of the odd n, FIPS 186-5, B.3.1. Bases are drawn from all of 2 … n - 2.
 */
struct rounds {
	BIGNUM *less, *odd, *range, *base, *power; /* n - 1, its odd part, n - 3 */
	BN_MONT_CTX *mont;
	int twos; /* n - 1 = odd * 2^twos */
};

/* The power of a random base. */
static bool raise_base(struct rounds *r, const BIGNUM *n, BN_CTX *ctx)
{
	return ossl.BN_priv_rand_range(r->base, r->range) && ossl.BN_add_word(r->base, 2) &&
	       libcrypto_exp(&(struct libcrypto_exp){ r->power, r->base, r->odd, n, r->mont }, ctx);
}

/* Whether the power is 1, or -1, or becomes -1 by being squared. */
static bool is_passed(const struct rounds *r, BIGNUM *power, const BIGNUM *n, BN_CTX *ctx)
{
	if (ossl.BN_is_one(power))
		return true;
	for (int i = 0; i < r->twos; i++) {
		if (ossl.BN_cmp(power, r->less) == 0)
			return true;
		if (!ossl.BN_mod_sqr(power, power, n, ctx))
			return false;
	}
	return false;
}

static bool do_rounds(struct rounds *r, const BIGNUM *n, int rounds, BN_CTX *ctx)
{
	for (int i = 0; i < rounds; i++)
		if (!raise_base(r, n, ctx) || !is_passed(r, r->power, n, ctx))
			return false;
	return true;
}

bool rsa_prime_check(const BIGNUM *n, BN_CTX *ctx)
{
	int rounds = ossl.BN_num_bits(n) < 2048 ? ROUNDS : ROUNDS_2048;
	struct rounds r = { .less = ossl.BN_dup(n), .odd = ossl.BN_new(), .range = ossl.BN_dup(n), .base = ossl.BN_new(), .power = ossl.BN_new(),
			    .mont = ossl.BN_MONT_CTX_new() };
	bool ok = r.less && r.odd && r.range && r.mont && r.base && r.power && ossl.BN_sub_word(r.less, 1) && ossl.BN_sub_word(r.range, 3);
	while (ok && !ossl.BN_is_bit_set(r.less, r.twos))
		r.twos++;
	ok = ok && ossl.BN_rshift(r.odd, r.less, r.twos) && ossl.BN_MONT_CTX_set(r.mont, n, ctx) &&
	     do_rounds(&r, n, rounds, ctx);
	BIGNUM *const all[] = { r.less, r.odd, r.range, r.base, r.power };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		ossl.BN_clear_free(all[i]);
	ossl.BN_MONT_CTX_free(r.mont);
	return ok;
}

static BIGNUM *prime_at(const struct search *s, size_t place)
{
	uint64_t words[WORDS_MAX];
	number_at(s, place, words);
	BIGNUM *n = to_number(words, s->words);
	explicit_bzero(words, sizeof(words));
	if (n && rsa_prime_check(n, s->ctx))
		return n;
	ossl.BN_clear_free(n);
	return NULL;
}

static BIGNUM *find_in_window(struct search *s, const _Atomic bool *is_enough)
{
	uint16_t place;
	BIGNUM *prime = NULL;
	while (!prime && !*is_enough && choose(s, &place))
		prime = prime_at(s, place);
	return prime;
}

BIGNUM *rsa_prime_new(size_t bits, const _Atomic bool *is_enough)
{
	struct search *s = xcalloc(1, sizeof(*s));
	BIGNUM *n = NULL;
	s->words = bits / 64;
	s->window = bits * 2;
	s->ctx = ossl.BN_CTX_new();
	find_small(s);
	while (s->ctx && !n && !*is_enough) {
		open_window(s);
		n = find_in_window(s, is_enough);
	}
	ossl.BN_CTX_free(s->ctx);
	explicit_bzero(s, sizeof(*s));
	free(s);
	return n;
}
