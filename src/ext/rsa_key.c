/*
 * Why not by libcrypto's own generator: version 3 builds each prime around two others (FIPS 186-4, C.9) and tests it 64 times, 160 ms for 2048 bits, where
 * charts that ask for certificates render in 3. Two threads search for primes until there are two; which thread finds them does not matter, so neither waits
 * for an unlucky other.
 */
#include "ext/rsa_key.h"

#include <pthread.h>

#include "base/crew.h"
#include "ext/rsa_prime.h"

struct hunt {
	size_t bits; /* of a prime */
	pthread_mutex_t lock;
	BIGNUM *found[2];
	size_t count;
	_Atomic bool is_enough; /* or hopeless */
};

static void hunt(void *arg, enum crew_who who UNUSED)
{
	struct hunt *h = arg;
	while (!h->is_enough) {
		BIGNUM *prime = rsa_prime_new(h->bits, &h->is_enough);
		pthread_mutex_lock(&h->lock);
		if (!prime)
			h->is_enough = true;
		else if (h->count < ARRAY_LEN(h->found))
			h->found[h->count++] = prime;
		else
			ossl.BN_clear_free(prime);
		h->is_enough = h->is_enough || h->count == ARRAY_LEN(h->found);
		pthread_mutex_unlock(&h->lock);
	}
}

/* The numbers of a key as PKCS #1 names them, and some to reckon with. */
enum { N_P, N_Q, N_N, N_E, N_D, N_DP, N_DQ, N_QINV, N_KEY, N_P1 = N_KEY, N_Q1, N_A, N_B, N_C, N_ALL };

static bool find_primes(size_t bits, BIGNUM **k)
{
	struct hunt h = { .bits = bits / 2, .lock = PTHREAD_MUTEX_INITIALIZER };
	struct crew crew;
	crew_init(&crew);
	crew_add(&crew, hunt, &h);
	hunt(&h, CREW_SELF);
	crew_deinit(&crew);
	bool swap = h.count == 2 && ossl.BN_cmp(h.found[0], h.found[1]) < 0;
	k[N_P] = h.found[swap];
	k[N_Q] = h.found[!swap];
	return h.count == 2;
}

/* Primes farther from each other than 2^(bits/2 - 100), FIPS 186-5, A.1.3; the private exponent above 2^(bits/2), A.1.1. Else all is drawn anew. */
static bool is_apart(BIGNUM **k, size_t bits)
{
	return ossl.BN_sub(k[N_A], k[N_P], k[N_Q]) && (size_t)ossl.BN_num_bits(k[N_A]) > bits / 2 - 99;
}

/* -1/n modulo e: e is a prime, so that is -n^(e - 2). */
static uint64_t negative_inverse(uint64_t n)
{
	uint64_t power = 1;
	for (unsigned left = RSA_E - 2; left; left >>= 1) {
		if (left & 1)
			power = power * n % RSA_E;
		n = n * n % RSA_E;
	}
	return RSA_E - power;
}

/* d = 1/e modulo m, e being a small prime: the multiple of m that lacks 1 to a multiple of e, divided by e. */
static bool invert_e(BIGNUM *d, const BIGNUM *m, BIGNUM *temporary, const BIGNUM *e, BN_CTX *ctx)
{
	return ossl.BN_set_word(temporary, (BN_ULONG)negative_inverse(ossl.BN_mod_word(m, RSA_E))) && ossl.BN_mul(d, m, temporary, ctx) &&
	       ossl.BN_add_word(d, 1) && ossl.BN_div(d, NULL, d, e, ctx);
}

/* All from p and q. d belongs to the least common multiple of p - 1 and q - 1; 1/q is q^(p - 2), since p is a prime. */
static bool derive(BIGNUM **k, BN_CTX *ctx)
{
	for (int i = 0; i < N_ALL; i++)
		ossl.BN_set_flags(k[i], BN_FLG_CONSTTIME);
	return ossl.BN_set_word(k[N_E], RSA_E) && ossl.BN_mul(k[N_N], k[N_P], k[N_Q], ctx) &&
	       ossl.BN_sub(k[N_P1], k[N_P], ossl.BN_value_one()) &&
	       ossl.BN_sub(k[N_Q1], k[N_Q], ossl.BN_value_one()) &&
	       ossl.BN_gcd(k[N_A], k[N_P1], k[N_Q1], ctx) && ossl.BN_mul(k[N_B], k[N_P1], k[N_Q1], ctx) &&
	       ossl.BN_div(k[N_B], NULL, k[N_B], k[N_A], ctx) && invert_e(k[N_D], k[N_B], k[N_C], k[N_E], ctx) &&
	       ossl.BN_div(NULL, k[N_DP], k[N_D], k[N_P1], ctx) && ossl.BN_div(NULL, k[N_DQ], k[N_D], k[N_Q1], ctx) &&
	       ossl.BN_sub(k[N_A], k[N_P1], ossl.BN_value_one()) &&
	       ossl.BN_mod_exp_mont_consttime(k[N_QINV], k[N_Q], k[N_A], k[N_P], ctx, NULL);
}

/* Whether a random number, raised by the public exponent and then by the private one by way of the primes, comes back: what was derived takes part. */
static bool is_consistent(BIGNUM **k, BN_CTX *ctx)
{
	BIGNUM *m = k[N_A], *x = k[N_B], *y = k[N_C], *c = k[N_P1];
	return ossl.BN_priv_rand_range(m, k[N_N]) && ossl.BN_mod_exp_mont_consttime(c, m, k[N_E], k[N_N], ctx, NULL) &&
	       ossl.BN_div(NULL, x, c, k[N_P], ctx) && ossl.BN_div(NULL, y, c, k[N_Q], ctx) &&
	       libcrypto_exp(&(struct libcrypto_exp){ x, x, k[N_DP], k[N_P], NULL }, ctx) &&
	       libcrypto_exp(&(struct libcrypto_exp){ y, y, k[N_DQ], k[N_Q], NULL }, ctx) &&
	       ossl.BN_sub(x, x, y) && ossl.BN_nnmod(x, x, k[N_P], ctx) && ossl.BN_mod_mul(x, x, k[N_QINV], k[N_P], ctx) &&
	       ossl.BN_mul(x, x, k[N_Q], ctx) && ossl.BN_add(x, x, y) && ossl.BN_cmp(x, m) == 0;
}

/* Gives the numbers away to a key. */
static EVP_PKEY *assemble(BIGNUM **k)
{
	EVP_PKEY *key = ossl.EVP_PKEY_new();
	RSA *rsa = ossl.RSA_new();
	if (!key || !rsa || !ossl.EVP_PKEY_assign(key, EVP_PKEY_RSA, rsa)) {
		ossl.RSA_free(rsa);
		ossl.EVP_PKEY_free(key);
		return NULL;
	}
	bool ok = ossl.RSA_set0_key(rsa, k[N_N], k[N_E], k[N_D]) && ossl.RSA_set0_factors(rsa, k[N_P], k[N_Q]) &&
		  ossl.RSA_set0_crt_params(rsa, k[N_DP], k[N_DQ], k[N_QINV]);
	if (!ok)
		base_die("a key without numbers");
	for (int i = 0; i < N_KEY; i++)
		k[i] = NULL;
	return key;
}

EVP_PKEY *rsa_key_new(size_t bits)
{
	EVP_PKEY *key = NULL;
	BN_CTX *ctx = ossl.BN_CTX_new();
	bool has_failed = !ctx;
	while (!key && !has_failed) {
		BIGNUM *k[N_ALL] = { 0 };
		has_failed = !find_primes(bits, k);
		for (int i = N_N; i < N_ALL; i++)
			has_failed = !(k[i] = ossl.BN_new()) || has_failed;
		if (!has_failed && is_apart(k, bits)) {
			has_failed = !derive(k, ctx);
			if (!has_failed && (size_t)ossl.BN_num_bits(k[N_D]) > bits / 2)
				has_failed = !is_consistent(k, ctx) || !(key = assemble(k));
		}
		for (int i = 0; i < N_ALL; i++)
			ossl.BN_clear_free(k[i]);
	}
	ossl.BN_CTX_free(ctx);
	return key;
}
