/*
 * Why not by libcrypto's own generator: version 3 builds each prime around two others (FIPS 186-4, C.9) and tests it 64 times, 160 ms for 2048 bits, where
 * charts that ask for certificates render in 3.
 */
#include "ext/rsa_key.h"

#include "ext/rsa_prime.h"

/* The numbers of a key as PKCS #1 names them, and some to reckon with. */
enum { N_P, N_Q, N_N, N_E, N_D, N_DP, N_DQ, N_QINV, N_KEY, N_P1 = N_KEY, N_Q1, N_A, N_B, N_C, N_ALL };

/* The larger one is p. */
static bool find_primes(size_t bits, enum rsa_more more, BIGNUM **k)
{
	BIGNUM *found[2];
	if (!rsa_hunt_take(bits / 2, more, found))
		return false;
	bool swap = ossl.BN_cmp(found[0], found[1]) < 0;
	k[N_P] = found[swap];
	k[N_Q] = found[!swap];
	return true;
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

/* All from p and q. d belongs to the least common multiple of p - 1 and q - 1. */
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
	       ossl.BN_mod_inverse(k[N_QINV], k[N_Q], k[N_P], ctx);
}

/* x^dp modulo p, y^dq modulo q. */
static bool raise_both(BIGNUM *x, BIGNUM *y, BIGNUM **k, BN_CTX *ctx)
{
	BN_MONT_CTX *p = ossl.BN_MONT_CTX_new(), *q = ossl.BN_MONT_CTX_new();
	const struct libcrypto_exp e[2] = { { x, x, k[N_DP], k[N_P], p }, { y, y, k[N_DQ], k[N_Q], q } };
	bool ok = p && q && ossl.BN_MONT_CTX_set(p, k[N_P], ctx) && ossl.BN_MONT_CTX_set(q, k[N_Q], ctx) && libcrypto_exp_pair(e, ctx);
	ossl.BN_MONT_CTX_free(p);
	ossl.BN_MONT_CTX_free(q);
	return ok;
}

/* Whether a random number, raised by the public exponent and then by the private one by way of the primes, comes back: what was derived takes part. */
static bool is_consistent(BIGNUM **k, BN_CTX *ctx)
{
	BIGNUM *m = k[N_A], *x = k[N_B], *y = k[N_C], *c = k[N_P1];
	return ossl.BN_priv_rand_range(m, k[N_N]) && ossl.BN_mod_exp_mont_consttime(c, m, k[N_E], k[N_N], ctx, NULL) &&
	       ossl.BN_div(NULL, x, c, k[N_P], ctx) && ossl.BN_div(NULL, y, c, k[N_Q], ctx) && raise_both(x, y, k, ctx) &&
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

void rsa_key_begin(size_t bits)
{
	rsa_hunt_begin(bits / 2);
}

EVP_PKEY *rsa_key_new(size_t bits, enum rsa_more more)
{
	EVP_PKEY *key = NULL;
	BN_CTX *ctx = ossl.BN_CTX_new();
	bool has_failed = !ctx;
	while (!key && !has_failed) {
		BIGNUM *k[N_ALL] = { 0 };
		has_failed = !find_primes(bits, more, k);
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
