/*
 * One number a lane: limbs of 52 bits, each limb a vector of eight, as the processor's 52-bit multiply-and-add wants them. Products are Montgomery's with
 * R = 2^(52 * limbs), at least 2^12 times the numbers, so that nothing has to be brought below n between two steps: a square of what is below 16n comes out
 * below 2n, and doubling keeps it below 4n. Base 2 makes every multiplication of the exponentiation a doubling; the bits of the exponents, which differ
 * between the lanes, choose by mask who doubles.
 */
#include "ext/fermat8.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>
#include <string.h>

#include "base/base.h"
#include "base/cpu.h"

enum { LIMB = 52, LIMBS_1024 = 20, LIMBS_2048 = 40, LIMBS_MAX = LIMBS_2048 };

#define IFMA __attribute__((target("avx512f,avx512ifma")))
/* Inlined with a known number of limbs. */
#define IFMA_INLINE IFMA __attribute__((always_inline)) static inline

#define UNROLL _Pragma("GCC unroll 40")

static const uint64_t mask52 = (1ULL << LIMB) - 1;

bool fermat8_can(size_t bits)
{
	return (bits == 1024 || bits == 2048) && cpu_has_avx512_ifma();
}

static uint64_t limb_of(const uint64_t *words, size_t count, size_t i)
{
	size_t bit = i * LIMB, word = bit / 64, shift = bit % 64;
	uint64_t low = word < count ? words[word] >> shift : 0;
	uint64_t high = shift > 64 - LIMB && word + 1 < count ? words[word + 1] << (64 - shift) : 0;
	return (low | high) & mask52;
}

/* -1/n modulo 2^52, by Newton's iteration: each doubles the bits that are right. */
static uint64_t negative_inverse(uint64_t n)
{
	uint64_t x = n;
	for (int i = 0; i < 5; i++)
		x *= 2 - n * x;
	return -x & mask52;
}

/* R modulo n, or that and n more: R less the multiple of n that R's and n's leading digits tell, one too low at most twice. */
static void residue_of_r(const uint64_t *n, size_t limbs, size_t bits, uint64_t *out)
{
	size_t spare = limbs * LIMB - bits;
	size_t top = bits / LIMB;
	size_t in_top = bits % LIMB;
	/* n / 2^bits, a little too high. */
	double part = ((double)n[top] * (double)(1ULL << LIMB) + (double)n[top - 1] + 1) / (double)(1ULL << LIMB) / (double)(1ULL << in_top);
	uint64_t q = (uint64_t)((double)(1ULL << spare) / part) - 1;
	unsigned __int128 borrow = 0;
	for (size_t i = 0; i < limbs; i++) { /* the limbs of -q n: R is their carry */
		unsigned __int128 take = (unsigned __int128)q * n[i] + borrow;
		uint64_t low = (uint64_t)take & mask52;
		out[i] = -low & mask52;
		borrow = (take >> LIMB) + (low != 0);
	}
}

struct lanes {
	__m512i n[LIMBS_MAX], a[LIMBS_MAX], inverse;
	__m512i t[2 * LIMBS_MAX + 1];
};

/* t / R modulo n, into a, with limbs below 2^52. The limbs in hand stay in registers and move down by one with each row. */
IFMA_INLINE void reduce(struct lanes *l, size_t limbs)
{
	const __m512i zero = _mm512_setzero_si512();
	__m512i w[LIMBS_MAX], n = l->n[0], inverse = l->inverse;
	UNROLL for (size_t i = 0; i < limbs; i++)
		w[i] = l->t[i];
	for (size_t i = 0; i < limbs; i++) {
		__m512i m = _mm512_madd52lo_epu64(zero, w[0], inverse), before = n;
		__m512i carry = _mm512_srli_epi64(_mm512_madd52lo_epu64(w[0], m, n), LIMB);
		UNROLL for (size_t j = 1; j < limbs; j++) {
			__m512i next = l->n[j];
			w[j - 1] = _mm512_madd52hi_epu64(_mm512_madd52lo_epu64(w[j], m, next), m, before);
			before = next;
		}
		w[0] = _mm512_add_epi64(w[0], carry);
		w[limbs - 1] = _mm512_madd52hi_epu64(l->t[limbs + i], m, before);
	}
	__m512i carry = zero, mask = _mm512_set1_epi64((long long)mask52);
	UNROLL for (size_t i = 0; i < limbs; i++) {
		__m512i sum = _mm512_add_epi64(w[i], carry);
		l->a[i] = _mm512_and_si512(sum, mask);
		carry = _mm512_srli_epi64(sum, LIMB);
	}
}

/* a times a into t, column by column: each product of two limbs once, all of them doubled, then that of a limb with itself. */
IFMA_INLINE void square(struct lanes *l, size_t limbs)
{
	__m512i high = _mm512_setzero_si512();
	UNROLL for (size_t c = 0; c < 2 * limbs; c++) {
		__m512i low = high, x, y;
		high = _mm512_setzero_si512();
		UNROLL for (size_t i = c < limbs ? 0 : c - limbs + 1; 2 * i < c; i++) {
			x = l->a[i];
			y = l->a[c - i];
			low = _mm512_madd52lo_epu64(low, x, y);
			high = _mm512_madd52hi_epu64(high, x, y);
		}
		low = _mm512_slli_epi64(low, 1);
		x = l->a[c / 2];
		l->t[c] = c % 2 == 0 ? _mm512_madd52lo_epu64(low, x, x) : _mm512_madd52hi_epu64(low, x, x);
	}
}

IFMA_INLINE void double_some(struct lanes *l, size_t limbs, __mmask8 which)
{
	__m512i carry = _mm512_setzero_si512(), mask = _mm512_set1_epi64((long long)mask52);
	for (size_t i = 0; i < limbs; i++) {
		__m512i sum = _mm512_add_epi64(_mm512_mask_slli_epi64(l->a[i], which, l->a[i], 1), carry);
		l->a[i] = _mm512_and_si512(sum, mask);
		carry = _mm512_srli_epi64(sum, LIMB);
	}
}

/* Who has bit `bit` of n - 1 set. */
static __mmask8 bits_at(uint64_t numbers[FERMAT8_LANES][FERMAT8_WORDS], size_t bit)
{
	unsigned mask = 0;
	for (size_t i = 0; i < FERMAT8_LANES && bit > 0; i++) /* n is odd: bit 0 of n - 1 is not set */
		mask |= (unsigned)(numbers[i][bit / 64] >> bit % 64 & 1) << i;
	return (__mmask8)mask;
}

IFMA_INLINE void raise(struct lanes *l, uint64_t numbers[FERMAT8_LANES][FERMAT8_WORDS], size_t bits, size_t limbs)
{
	for (size_t bit = bits; bit-- > 0;) {
		square(l, limbs);
		reduce(l, limbs);
		double_some(l, limbs, bits_at(numbers, bit));
	}
	for (size_t i = 0; i < 2 * limbs; i++) /* out of Montgomery's form */
		l->t[i] = i < limbs ? l->a[i] : _mm512_setzero_si512();
	reduce(l, limbs);
}

IFMA static void raise_1024(struct lanes *l, uint64_t numbers[FERMAT8_LANES][FERMAT8_WORDS])
{
	raise(l, numbers, 1024, LIMBS_1024);
}

IFMA static void raise_2048(struct lanes *l, uint64_t numbers[FERMAT8_LANES][FERMAT8_WORDS])
{
	raise(l, numbers, 2048, LIMBS_2048);
}

IFMA uint8_t fermat8(uint64_t numbers[FERMAT8_LANES][FERMAT8_WORDS], size_t bits)
{
	struct lanes l;
	uint64_t n[LIMBS_MAX], r[LIMBS_MAX];
	size_t limbs = bits == 1024 ? LIMBS_1024 : LIMBS_2048;
	for (size_t lane = 0; lane < FERMAT8_LANES; lane++) {
		for (size_t i = 0; i < limbs; i++)
			n[i] = limb_of(numbers[lane], bits / 64, i);
		residue_of_r(n, limbs, bits, r);
		((uint64_t *)&l.inverse)[lane] = negative_inverse(n[0]);
		for (size_t i = 0; i < limbs; i++) {
			((uint64_t *)&l.n[i])[lane] = n[i];
			((uint64_t *)&l.a[i])[lane] = r[i];
		}
	}
	(bits == 1024 ? raise_1024 : raise_2048)(&l, numbers);
	__mmask8 same = _mm512_cmpeq_epi64_mask(l.a[0], _mm512_set1_epi64(1));
	for (size_t i = 1; i < limbs; i++)
		same &= _mm512_cmpeq_epi64_mask(l.a[i], _mm512_setzero_si512());
	explicit_bzero(&l, sizeof(l));
	explicit_bzero(n, sizeof(n));
	explicit_bzero(r, sizeof(r));
	return (uint8_t)same;
}

#else

bool fermat8_can(size_t bits)
{
	(void)bits;
	return false;
}

uint8_t fermat8(uint64_t numbers[FERMAT8_LANES][FERMAT8_WORDS], size_t bits)
{
	(void)numbers;
	(void)bits;
	return 0;
}

#endif
