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
 * for 2048 bits: 6 * 2^-157. FIPS 186-5, table B.1, asks for 5 (2^-112) and 4 (2^-144). Dropping composites beforehand by other tests lowers it only, and
 * that is done by one round to a base that is not random.
 *
 * Two powers at once. Processors with AVX-512 IFMA raise two numbers in the time of one (libcrypto.h), so candidates are tested in pairs, and rounds made.
 *
 * What is secret is in the library's numbers, which are cleared, and in our arrays, which are cleared too. The sieve's accesses depend on it, as trial
 * division does in every library: keys are made in the user's own process.
 */
#include "ext/rsa_prime.h"

#include <stdlib.h>
#include <string.h>

#include "ext/crypto.h"

enum {
	WORDS_MAX = 32, /* 2048 bits */
	WINDOW_MAX = 4096, /* odd numbers */
	LEFT_MAX = WINDOW_MAX / 4,
	ROUNDS = 6, /* see above; both are even */
	ROUNDS_2048 = 4,
	PAIR = 2,
};

/* ---- Miller and Rabin's test of the odd n, FIPS 186-5, B.3.1 ---- */

struct witness {
	BIGNUM *n, *less, *odd, *base, *power; /* less = n - 1 = odd * 2^twos */
	BN_MONT_CTX *mont;
	int twos;
};

static bool witness_init(struct witness *w)
{
	*w = (struct witness){ ossl.BN_new(), ossl.BN_new(), ossl.BN_new(), ossl.BN_new(), ossl.BN_new(), ossl.BN_MONT_CTX_new(), 0 };
	return w->n && w->less && w->odd && w->base && w->power && w->mont;
}

static void witness_deinit(struct witness *w)
{
	BIGNUM *const all[] = { w->n, w->less, w->odd, w->base, w->power };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		ossl.BN_clear_free(all[i]);
	ossl.BN_MONT_CTX_free(w->mont);
}

/* All from n. */
static bool witness_set(struct witness *w, BN_CTX *ctx)
{
	if (!ossl.BN_copy(w->less, w->n) || !ossl.BN_sub_word(w->less, 1))
		return false;
	for (w->twos = 0; !ossl.BN_is_bit_set(w->less, w->twos);)
		w->twos++;
	return ossl.BN_rshift(w->odd, w->less, w->twos) && ossl.BN_MONT_CTX_set(w->mont, w->n, ctx);
}

/* The powers of both bases. */
static bool raise_pair(struct witness w[PAIR], BN_CTX *ctx)
{
	struct libcrypto_exp e[PAIR];
	for (int i = 0; i < PAIR; i++)
		e[i] = (struct libcrypto_exp){ w[i].power, w[i].base, w[i].odd, w[i].n, w[i].mont };
	return libcrypto_exp_pair(e, ctx);
}

/* Whether the power is 1, or -1, or becomes -1 by being squared. */
static bool is_passed(const struct witness *w, BN_CTX *ctx)
{
	if (ossl.BN_is_one(w->power))
		return true;
	for (int i = 0; i < w->twos; i++) {
		if (ossl.BN_cmp(w->power, w->less) == 0)
			return true;
		if (!ossl.BN_mod_sqr(w->power, w->power, w->n, ctx))
			return false;
	}
	return false;
}

/* Bases are drawn from all of 2 … n - 2: random bits, again where they are another number. */
static bool draw_base(struct witness *w)
{
	uint8_t bytes[WORDS_MAX * 8];
	size_t bits = (size_t)ossl.BN_num_bits(w->n), n = (bits + 7) / 8;
	bool ok;
	do {
		crypto_random(bytes, n);
		bytes[0] &= (uint8_t)(0xff >> (n * 8 - bits));
		ok = ossl.BN_bin2bn(bytes, (int)n, w->base) != NULL;
	} while (ok && (ossl.BN_cmp(w->base, w->less) >= 0 || ossl.BN_cmp(w->base, ossl.BN_value_one()) <= 0));
	return ok;
}

static bool do_rounds(struct witness w[PAIR], BN_CTX *ctx)
{
	int rounds = ossl.BN_num_bits(w->n) < 2048 ? ROUNDS : ROUNDS_2048;
	for (int i = 0; i < rounds; i += PAIR)
		if (!draw_base(&w[0]) || !draw_base(&w[1]) || !raise_pair(w, ctx) || !is_passed(&w[0], ctx) || !is_passed(&w[1], ctx))
			return false;
	return true;
}

bool rsa_prime_check(const BIGNUM *n, BN_CTX *ctx)
{
	struct witness w[PAIR];
	bool ok = true;
	for (int i = 0; i < PAIR; i++)
		ok = witness_init(&w[i]) && ok;
	for (int i = 0; ok && i < PAIR; i++)
		ok = ossl.BN_copy(w[i].n, n) && witness_set(&w[i], ctx);
	ok = ok && do_rounds(w, ctx);
	for (int i = 0; i < PAIR; i++)
		witness_deinit(&w[i]);
	return ok;
}

/* ---- The search ---- */

struct rsa_search {
	const struct rsa_sieve *sieve;
	size_t words; /* of a number */
	uint64_t start[WORDS_MAX]; /* the window's first number; the lowest word first */
	size_t window;
	bool struck[WINDOW_MAX];
	uint16_t left[LEFT_MAX]; /* places in the window that the sieve left; the tried ones first */
	size_t left_count, tried; /* both 0: there is no window */
	bool is_equipped; /* with what follows, for which the library has to be there */
	struct witness pair[PAIR];
	BN_CTX *ctx;
};

struct rsa_search *rsa_search_new(const struct rsa_sieve *sieve, size_t bits)
{
	struct rsa_search *s = xcalloc(1, sizeof(*s));
	s->sieve = sieve;
	s->words = bits / 64;
	s->window = bits * 2;
	return s;
}

void rsa_search_free(struct rsa_search *s)
{
	if (!s)
		return;
	if (s->is_equipped) {
		for (int i = 0; i < PAIR; i++)
			witness_deinit(&s->pair[i]);
		ossl.BN_CTX_free(s->ctx);
	}
	explicit_bzero(s, sizeof(*s));
	free(s);
}

static void list_left(struct rsa_search *s)
{
	s->left_count = s->tried = 0;
	for (size_t i = 0; i < s->window && s->left_count < LEFT_MAX; i++)
		if (!s->struck[i])
			s->left[s->left_count++] = (uint16_t)i;
}

/* A place chosen at random of those not yet tried, which goes behind the tried ones (Fisher and Yates). The modulo's slant is some 2^-50. False: there is none. */
static bool choose(struct rsa_search *s, uint16_t *place)
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

static void open_window(struct rsa_search *s)
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
	rsa_sieve_strike(s->sieve, s->start, s->struck, s->window);
	list_left(s);
}

static bool set_number(const struct rsa_search *s, size_t place, BIGNUM *n)
{
	uint8_t bytes[WORDS_MAX * 8];
	uint64_t carry = 2 * place;
	for (size_t i = 0; i < s->words; i++) {
		uint64_t word = s->start[i] + carry;
		carry = word < carry;
		for (size_t k = 0; k < 8; k++)
			bytes[(s->words - i) * 8 - 1 - k] = (uint8_t)(word >> 8 * k);
	}
	bool ok = ossl.BN_bin2bn(bytes, (int)(s->words * 8), n) != NULL;
	explicit_bzero(bytes, sizeof(bytes));
	return ok;
}

/* -2, which is as good as 2, is long enough for two powers at once. */
static bool set_filter(struct witness *w)
{
	return ossl.BN_copy(w->base, w->less) && ossl.BN_sub_word(w->base, 1);
}

/* Raises two candidates; an odd last one is raised twice. False where the library fails. */
static bool raise_next(struct rsa_search *s)
{
	uint16_t places[PAIR];
	if (!choose(s, &places[0]))
		return false;
	if (!choose(s, &places[1]))
		places[1] = places[0];
	for (int i = 0; i < PAIR; i++)
		if (!set_number(s, places[i], s->pair[i].n) || !witness_set(&s->pair[i], s->ctx) || !set_filter(&s->pair[i]))
			return false;
	return raise_pair(s->pair, s->ctx);
}

/* The first that passes has to pass the rounds too. */
static BIGNUM *judge(struct rsa_search *s)
{
	struct witness *pair = s->pair;
	for (int i = 0; i < PAIR; i++)
		if (is_passed(&pair[i], s->ctx))
			return ossl.BN_copy(pair[!i].n, pair[i].n) && witness_set(&pair[!i], s->ctx) && do_rounds(pair, s->ctx) ? ossl.BN_dup(pair[i].n) : NULL;
	return NULL;
}

/* A search that could not be equipped fails each time. */
static bool equip(struct rsa_search *s)
{
	if (s->is_equipped)
		return s->ctx != NULL;
	s->is_equipped = true;
	bool ok = true;
	for (int i = 0; i < PAIR; i++)
		ok = witness_init(&s->pair[i]) && ok;
	s->ctx = ok ? ossl.BN_CTX_new() : NULL;
	return s->ctx != NULL;
}

BIGNUM *rsa_search_next(struct rsa_search *s, const _Atomic bool *is_enough)
{
	BIGNUM *prime = NULL;
	if (!equip(s))
		return NULL;
	while (!prime && !*is_enough) {
		while (s->tried == s->left_count)
			open_window(s);
		if (!raise_next(s))
			return NULL;
		prime = judge(s);
	}
	if (prime)
		s->tried = s->left_count;
	return prime;
}
