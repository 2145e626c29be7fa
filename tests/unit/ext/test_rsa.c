/*
 * RSA keys, judged by the library's own checks; the prime test against numbers that Fermat's test takes
 * for primes.
 */
#include "unit.h"

#include "ext/rsa_key.h"
#include "ext/rsa_prime.h"

static BIGNUM *part_of(const RSA *rsa, int which)
{
	const BIGNUM *p, *q, *n, *e;
	RSA_get0_factors(rsa, &p, &q);
	RSA_get0_key(rsa, &n, &e, NULL);
	const BIGNUM *all[] = { p, q, n, e };
	return BN_dup(all[which]);
}

/* What the standard asks for and the library's check does not. */
static void check_shape(EVP_PKEY *key, int bits, BIGNUM **p, BIGNUM **q)
{
	RSA *rsa = EVP_PKEY_get1_RSA(key);
	BIGNUM *n = part_of(rsa, 2), *e = part_of(rsa, 3), *apart = BN_new();
	*p = part_of(rsa, 0);
	*q = part_of(rsa, 1);
	assert_int_equal(BN_num_bits(n), bits);
	assert_true(BN_is_word(e, 65537));
	for (int i = 0; i < 2; i++) {
		BIGNUM *prime = i ? *q : *p;
		assert_int_equal(BN_num_bits(prime), bits / 2);
		assert_true(BN_is_bit_set(prime, bits / 2 - 2));
		assert_int_not_equal(BN_mod_word(prime, 65537), 1);
	}
	assert_true(BN_cmp(*p, *q) > 0);
	assert_true(BN_sub(apart, *p, *q));
	assert_true(BN_num_bits(apart) > bits / 2 - 100);
	BN_free(n);
	BN_free(e);
	BN_free(apart);
	RSA_free(rsa);
}

static void test_keys(void **state)
{
	enum { KEYS = 9 };
	BIGNUM *primes[2 * KEYS];
	AUTO_ERR err = { 0 };
	assert_true(libcrypto_load(&err));
	for (int i = 0; i < KEYS; i++) {
		int bits = i == 0 ? 4096 : 2048;
		EVP_PKEY *key = rsa_key_new((size_t)bits);
		assert_non_null(key);
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
		assert_int_equal(EVP_PKEY_check(ctx), 1); /* primes, their product, both exponents, what speeds the private one up */
		check_shape(key, bits, &primes[2 * i], &primes[2 * i + 1]);
		EVP_PKEY_CTX_free(ctx);
		EVP_PKEY_free(key);
	}
	for (int i = 0; i < 2 * KEYS; i++)
		for (int k = 0; k < i; k++)
			assert_int_not_equal(BN_cmp(primes[i], primes[k]), 0);
	for (int i = 0; i < 2 * KEYS; i++)
		BN_free(primes[i]);
}

static void test_primes(void **state)
{
	const _Atomic bool never = false, at_once = true;
	AUTO_ERR err = { 0 };
	assert_true(libcrypto_load(&err));
	BN_CTX *ctx = BN_CTX_new();
	for (int i = 0; i < 4; i++) {
		BIGNUM *p = rsa_prime_new(i ? 1024 : 2048, &never);
		assert_non_null(p);
		assert_int_equal(BN_is_prime_ex(p, 64, ctx, NULL), 1);
		assert_true(rsa_prime_check(p, ctx));
		assert_true(BN_add_word(p, 2));
		if (BN_is_prime_ex(p, 64, ctx, NULL) == 0) /* nearly always */
			assert_false(rsa_prime_check(p, ctx));
		BN_free(p);
	}
	assert_null(rsa_prime_new(1024, &at_once));
	BN_CTX_free(ctx);
}

/* (4^p - 1) / 3 passes Fermat's test, and Miller and Rabin's, to base 2 for each prime p above 3, and is composite: 2^p - 1 and (2^p + 1) / 3. */
static BIGNUM *pseudoprime(int p)
{
	BIGNUM *n = BN_new();
	BN_set_bit(n, 2 * p);
	BN_sub_word(n, 1);
	BN_div_word(n, 3);
	return n;
}

static void test_pseudoprimes(void **state)
{
	static const int primes[] = { 503, 509, 509, 521, 1021 };
	AUTO_ERR err = { 0 };
	assert_true(libcrypto_load(&err));
	BN_CTX *ctx = BN_CTX_new();
	for (size_t i = 0; i < ARRAY_LEN(primes); i++) {
		BIGNUM *n = pseudoprime(primes[i]), *less = BN_dup(n), *power = BN_new(), *two = BN_new();
		BN_set_word(two, 2);
		BN_sub_word(less, 1);
		assert_true(BN_mod_exp(power, two, less, n, ctx));
		assert_true(BN_is_one(power));
		assert_false(rsa_prime_check(n, ctx));
		BN_free(n);
		BN_free(less);
		BN_free(power);
		BN_free(two);
	}
	BN_CTX_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_primes),
		cmocka_unit_test(test_pseudoprimes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
