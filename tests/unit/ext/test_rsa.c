/*
 * RSA keys, judged by the library's own checks; the prime test against numbers that Fermat's test takes
 * for primes.
 */
#include "unit.h"

#include <pthread.h>

#include "ext/crypto.h"
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
		EVP_PKEY *key = rsa_key_new((size_t)bits, i % 2 ? RSA_ONE_MORE : RSA_NO_MORE);
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
	struct rsa_sieve *sieves[] = { rsa_sieve_new(16), rsa_sieve_new(32) };
	struct rsa_search *searches[] = { rsa_search_new(sieves[0], 1024), rsa_search_new(sieves[1], 2048) };
	for (int i = 0; i < 8; i++) {
		BIGNUM *p = rsa_search_next(searches[i == 0], &never);
		assert_non_null(p);
		assert_int_equal(BN_num_bits(p), i ? 1024 : 2048);
		assert_int_equal(BN_is_prime_ex(p, 64, ctx, NULL), 1);
		assert_true(rsa_prime_check(p, ctx));
		assert_true(BN_add_word(p, 2));
		if (BN_is_prime_ex(p, 64, ctx, NULL) == 0) /* nearly always */
			assert_false(rsa_prime_check(p, ctx));
		BN_free(p);
	}
	for (int i = 0; i < 2; i++) {
		assert_null(rsa_search_next(searches[i], &at_once));
		rsa_search_free(searches[i]);
		free(sieves[i]);
	}
	BN_CTX_free(ctx);
}

/* Each place of a window by the library's divisions: struck where a prime that the sieve surely has divides it, and only where one divides it that it may have. */
static void test_sieve(void **state)
{
	enum { WINDOW = 2048, SURE = 1 << 17, MAY = 1 << 20 };
	for (size_t words = 16; words <= 32; words *= 2) {
		struct rsa_sieve *sieve = rsa_sieve_new(words);
		uint64_t start[32];
		bool struck[WINDOW];
		crypto_random(start, words * 8);
		start[0] |= 1;
		start[words - 1] |= 3ULL << 62;
		rsa_sieve_strike(sieve, start, struck, WINDOW);
		BIGNUM *n = BN_lebin2bn((const uint8_t *)start, (int)(words * 8), NULL);
		bool *sure = xcalloc(WINDOW, 1), *may = xcalloc(WINDOW, 1);
		for (BN_ULONG d = 3; d < MAY; d += 2) { /* a multiple of a prime is struck by that */
			BN_ULONG rest = BN_mod_word(n, d), missing = rest ? d - rest : 0;
			for (size_t i = (missing + missing % 2 * d) / 2; i < WINDOW; i += d) {
				sure[i] = sure[i] || d < SURE;
				may[i] = true;
			}
		}
		BN_ULONG rest = BN_mod_word(n, RSA_E);
		for (size_t i = 0; i < WINDOW; i++) {
			bool is_bad = (rest + 2 * i) % RSA_E == 1;
			assert_true(struck[i] || !(sure[i] || is_bad));
			assert_true(!struck[i] || may[i] || is_bad);
		}
		BN_free(n);
		free(sure);
		free(may);
		free(sieve);
	}
}

/* The exponent's condition: windows that begin at a number that is 1 modulo 65537, and just below. */
static void test_sieve_exponent(void **state)
{
	struct rsa_sieve *sieve = rsa_sieve_new(16);
	for (unsigned before = 0; before < 8; before += 2) {
		BIGNUM *n = BN_new();
		uint64_t start[16];
		bool struck[16];
		BN_rand(n, 1024, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD);
		BN_sub_word(n, BN_mod_word(n, RSA_E));
		BN_add_word(n, 1 + (BN_is_odd(n) ? RSA_E : 0)); /* odd, and 1 modulo 65537 */
		BN_sub_word(n, before);
		assert_int_equal(BN_bn2lebinpad(n, (uint8_t *)start, sizeof(start)), sizeof(start));
		rsa_sieve_strike(sieve, start, struck, 16);
		assert_true(struck[before / 2]);
		BN_free(n);
	}
	free(sieve);
}

/* Keys for several threads at once. */
static void *take_keys(void *arg)
{
	for (int i = 0; i < 3; i++) {
		EVP_PKEY *key = rsa_key_new(2048, RSA_ONE_MORE);
		*(bool *)arg = *(bool *)arg && key;
		EVP_PKEY_free(key);
	}
	return NULL;
}

static void test_threads(void **state)
{
	enum { THREADS = 3 };
	pthread_t threads[THREADS];
	bool ok[THREADS];
	rsa_key_begin(2048);
	for (int i = 0; i < THREADS; i++) {
		ok[i] = true;
		assert_int_equal(pthread_create(&threads[i], NULL, take_keys, &ok[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(ok[i]);
	}
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
		cmocka_unit_test(test_sieve),
		cmocka_unit_test(test_sieve_exponent),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_pseudoprimes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
