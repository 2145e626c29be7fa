/* The functions that libm.h makes itself beside libm's: random numbers of all sizes and the edges, to the last bit. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "base/libm.h"

static bool same_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0 || (isnan(a) && isnan(b));
}

/* Doubles of any bits, whole numbers of any size, and halves in turn. */
static double number(uint64_t *seed)
{
	double d;
	uint64_t bits = *seed = *seed * 6364136223846793005u + 1442695040888963407u;
	memcpy(&d, &bits, sizeof(d));
	double whole = (double)(int64_t)bits / (double)((uint64_t)1 << (bits >> 3 & 63));
	return (bits >> 40) % 3 == 0 ? d : (bits >> 40) % 3 == 1 ? trunc(whole) : trunc(whole) + 0.5;
}

static void test_exact(void **state)
{
	static const double edges[] = { 0.0, -0.0, 0.5, -0.5, 0.49999999999999994, 1, -1, 3, -3, 9007199254740991.0, 9007199254740992.0, 9007199254740994.0,
					4503599627370496.5, 1e300, -1e300, INFINITY, -INFINITY, NAN, 5e-324 };
	const size_t n = sizeof(edges) / sizeof(*edges);
	uint64_t seed = 1;
	for (size_t i = 0; i < 200000; i++) {
		double x = i < n * n ? edges[i / n] : number(&seed), y = i < n * n ? edges[i % n] : number(&seed);
		assert_true(same_bits(libm_round(x), round(x)));
		assert_true(same_bits(libm_fmod(x, y), fmod(x, y)));
	}
	for (double y = -330; y <= 310; y += 0.5)
		assert_true(same_bits(libm_pow(10, y), pow(10, y)));
}

static void test_loaded(void **state)
{
	for (double x = -3; x <= 3; x += 0.25) {
		assert_true(same_bits(libm_acos(x), acos(x)) && same_bits(libm_asin(x), asin(x)) && same_bits(libm_atan(x), atan(x)));
		assert_true(same_bits(libm_cos(x), cos(x)) && same_bits(libm_sin(x), sin(x)) && same_bits(libm_tan(x), tan(x)));
		assert_true(same_bits(libm_exp(x), exp(x)) && same_bits(libm_log(x), log(x)));
		assert_true(same_bits(libm_atan2(x, 2), atan2(x, 2)) && same_bits(libm_hypot(x, 2), hypot(x, 2)) && same_bits(libm_pow(x, 3), pow(x, 3)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_exact), cmocka_unit_test(test_loaded) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
