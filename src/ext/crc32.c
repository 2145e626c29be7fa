/*
 * A remainder of polynomials over GF(2), bits in reverse. Where the processor multiplies such, 64 bytes are folded at a time: four pieces of 128 bits are
 * each multiplied by x^512 modulo the polynomial, their halves by x^(512+64) and x^512 apart, and added to the next four (Gopal et al.: Fast CRC computation
 * for generic polynomials using PCLMULQDQ, Intel 2009). What is left of 16 bytes goes the plain way, as all does elsewhere: eight bytes at a time by tables.
 */
#include "ext/crc32.h"

#include <pthread.h>
#include <string.h>

#include "base/cpu.h"

enum { SLICES = 8 };
static const uint32_t polynomial = 0xedb88320;

static uint32_t table[SLICES][256];

static void make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i;
		for (int bit = 0; bit < 8; bit++)
			v = v >> 1 ^ (v & 1 ? polynomial : 0);
		table[0][i] = v;
	}
	for (size_t k = 1; k < SLICES; k++)
		for (size_t i = 0; i < 256; i++)
			table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 0xff];
}

/* `state` is the complement of a sum. */
static uint32_t add_by_tables(uint32_t state, const uint8_t *p, size_t n)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_tables);
	for (; n >= SLICES; p += SLICES, n -= SLICES) {
		uint32_t next = 0;
		for (size_t i = 0; i < SLICES; i++)
			next ^= table[SLICES - 1 - i][(uint8_t)(p[i] ^ (i < 4 ? state >> 8 * i : 0))];
		state = next;
	}
	for (; n; p++, n--)
		state = state >> 8 ^ table[0][(uint8_t)(state ^ *p)];
	return state;
}

#ifdef __x86_64__

#include <immintrin.h>

#define TARGET __attribute__((target("pclmul,sse2")))
enum { PIECE = sizeof(__m128i), PIECES = 4 };

TARGET static inline __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* `piece` moved by what the two powers stand for, added to what is there. */
TARGET static inline __m128i fold(__m128i piece, __m128i powers, __m128i there)
{
	return _mm_xor_si128(there, _mm_xor_si128(_mm_clmulepi64_si128(piece, powers, 0x00), _mm_clmulepi64_si128(piece, powers, 0x11)));
}

/* At least PIECES pieces. */
TARGET static uint32_t add_folded(uint32_t state, const uint8_t *p, size_t n)
{
	const __m128i by_four = _mm_set_epi64x(0x1c6e41596, 0x154442bd4), by_one = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i piece[PIECES];
	for (int i = 0; i < PIECES; i++)
		piece[i] = load(p + i * PIECE);
	piece[0] = _mm_xor_si128(piece[0], _mm_cvtsi32_si128((int)state));
	for (p += PIECES * PIECE, n -= PIECES * PIECE; n >= PIECES * PIECE; p += PIECES * PIECE, n -= PIECES * PIECE) {
#pragma GCC unroll 4
		for (int i = 0; i < PIECES; i++)
			piece[i] = fold(piece[i], by_four, load(p + i * PIECE));
	}
	for (int i = 1; i < PIECES; i++)
		piece[i] = fold(piece[i - 1], by_one, piece[i]);
	__m128i last = piece[PIECES - 1];
	for (; n >= PIECE; p += PIECE, n -= PIECE)
		last = fold(last, by_one, load(p));
	uint8_t rest[PIECE];
	_mm_storeu_si128((__m128i *)(void *)rest, last);
	return add_by_tables(add_by_tables(0, rest, sizeof(rest)), p, n);
}

#endif

uint32_t crc32_add(uint32_t check, struct str bytes)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
#ifdef __x86_64__
	if (bytes.n >= PIECES * PIECE && cpu_has_pclmul())
		return ~add_folded(~check, p, bytes.n);
#endif
	return ~add_by_tables(~check, p, bytes.n);
}
