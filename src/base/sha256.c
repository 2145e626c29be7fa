/*
 * Two compression functions: portable C, and x86's SHA extensions (2 GB/s here against 0.3), chosen at first use. The choice is kept in
 * one atomic, which holds a fact of the machine and no state of the program.
 */
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/cpu.h"

enum { BLOCK = 64, FILE_CHUNK = 128 * 1024 };

typedef void compress_fn(uint32_t h[8], const uint8_t *p, size_t blocks);

static const uint32_t K[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
	0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
	0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
	0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t ror(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static inline uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void store_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static void compress_portable(uint32_t h[8], const uint8_t *p, size_t blocks)
{
	for (; blocks; blocks--, p += BLOCK) {
		uint32_t w[64], s[8];
		for (int i = 0; i < 16; i++)
			w[i] = load_be32(p + 4 * i);
		for (int i = 16; i < 64; i++) {
			uint32_t s0 = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3;
			uint32_t s1 = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10;
			w[i] = w[i - 16] + s0 + w[i - 7] + s1;
		}
		memcpy(s, h, sizeof(s));
		for (int i = 0; i < 64; i++) {
			uint32_t a = s[0], e = s[4];
			uint32_t t1 = s[7] + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + K[i] + w[i];
			uint32_t t2 = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
			memmove(s + 1, s, 7 * sizeof(*s));
			s[4] += t1;
			s[0] = t1 + t2;
		}
		for (int i = 0; i < 8; i++)
			h[i] += s[i];
	}
}

#if defined(__x86_64__)
/*
 * The instructions keep the state as two registers, ABEF and CDGH. Each sha256rnds2 does two rounds; four message words are
 * scheduled at a time, msg[g & 3] holding words 4g to 4g + 3.
 */
__attribute__((target("sha,sse4.1,ssse3"))) static void compress_sha_ni(uint32_t h[8], const uint8_t *p, size_t blocks)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
	__m128i dcba = _mm_loadu_si128((const __m128i *)h), hgfe = _mm_loadu_si128((const __m128i *)(h + 4));
	__m128i cdab = _mm_shuffle_epi32(dcba, 0xB1), efgh = _mm_shuffle_epi32(hgfe, 0x1B);
	__m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);
	for (; blocks; blocks--, p += BLOCK) {
		__m128i abef0 = abef, cdgh0 = cdgh, msg[4];
		for (int g = 0; g < 16; g++) {
			__m128i m;
			if (g < 4) {
				m = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(p + 16 * g)), swap);
			} else {
				__m128i older = _mm_sha256msg1_epu32(msg[g & 3], msg[(g + 1) & 3]);
				older = _mm_add_epi32(older, _mm_alignr_epi8(msg[(g + 3) & 3], msg[(g + 2) & 3], 4));
				m = _mm_sha256msg2_epu32(older, msg[(g + 3) & 3]);
			}
			msg[g & 3] = m;
			__m128i wk = _mm_add_epi32(m, _mm_load_si128((const __m128i *)(K + 4 * g)));
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0E));
		}
		abef = _mm_add_epi32(abef, abef0);
		cdgh = _mm_add_epi32(cdgh, cdgh0);
	}
	__m128i feba = _mm_shuffle_epi32(abef, 0x1B), dchg = _mm_shuffle_epi32(cdgh, 0xB1);
	_mm_storeu_si128((__m128i *)h, _mm_blend_epi16(feba, dchg, 0xF0));
	_mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static compress_fn *pick(void)
{
	return cpu_has_sha() ? compress_sha_ni : compress_portable;
}
#else
static compress_fn *pick(void)
{
	return compress_portable;
}
#endif

static void compress(uint32_t h[8], const uint8_t *p, size_t blocks)
{
	static _Atomic(compress_fn *) chosen;
	compress_fn *fn = atomic_load_explicit(&chosen, memory_order_relaxed);
	if (!fn) {
		fn = pick();
		atomic_store_explicit(&chosen, fn, memory_order_relaxed);
	}
	fn(h, p, blocks);
}

void sha256_init(struct sha256 *s)
{
	static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	memcpy(s->h, start, sizeof(start));
	s->total = 0;
}

void sha256_add(struct sha256 *s, struct str bytes)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t n = bytes.n, have = s->total % BLOCK;
	s->total += n;
	if (n == 0)
		return;
	if (have) {
		size_t take = MIN(n, BLOCK - have);
		memcpy(s->block + have, p, take);
		p += take;
		n -= take;
		if (have + take < BLOCK)
			return;
		compress(s->h, s->block, 1);
	}
	if (n >= BLOCK)
		compress(s->h, p, n / BLOCK);
	memcpy(s->block, p + n / BLOCK * BLOCK, n % BLOCK);
}

struct digest sha256_end(struct sha256 *s)
{
	size_t have = s->total % BLOCK;
	uint64_t bits = s->total * 8;
	s->block[have++] = 0x80;
	if (have > BLOCK - 8) {
		memset(s->block + have, 0, BLOCK - have);
		compress(s->h, s->block, 1);
		have = 0;
	}
	memset(s->block + have, 0, BLOCK - 8 - have);
	store_be32(s->block + BLOCK - 8, (uint32_t)(bits >> 32));
	store_be32(s->block + BLOCK - 4, (uint32_t)bits);
	compress(s->h, s->block, 1);
	struct digest d;
	for (int i = 0; i < 8; i++)
		store_be32(d.b + 4 * i, s->h[i]);
	return d;
}

struct digest sha256_of(struct str bytes)
{
	struct sha256 s;
	sha256_init(&s);
	sha256_add(&s, bytes);
	return sha256_end(&s);
}

void sha256_add_field(struct sha256 *s, struct str bytes)
{
	char length[8];
	for (int i = 0; i < 8; i++)
		length[i] = (char)((uint64_t)bytes.n >> (8 * i));
	sha256_add(s, (struct str){ length, sizeof(length) });
	sha256_add(s, bytes);
}

bool sha256_fd(int fd, struct str name, struct digest *out, uint64_t *size, struct err *err)
{
	AUTO_FREE char *chunk = xmalloc(FILE_CHUNK);
	struct sha256 s;
	sha256_init(&s);
	for (;;) {
		ssize_t got = read(fd, chunk, FILE_CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, ERR_IO, "cannot read '%.*s': %s", STR_ARG(name), strerror(errno));
		if (got == 0)
			break;
		sha256_add(&s, (struct str){ chunk, (size_t)got });
	}
	if (size)
		*size = s.total;
	*out = sha256_end(&s);
	return true;
}

bool sha256_file(struct str path, struct digest *out, uint64_t *size, struct err *err)
{
	AUTO_FREE char *name = xstrndup(path.p, path.n);
	AUTO_FD fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO, "cannot open '%.*s': %s",
			       STR_ARG(path), strerror(errno));
	return sha256_fd(fd, path, out, size, err);
}

struct digest sha256_hmac(struct str key, struct str message)
{
	uint8_t pad[BLOCK] = { 0 };
	if (key.n > BLOCK) {
		struct digest short_key = sha256_of(key);
		memcpy(pad, short_key.b, sizeof(short_key.b));
	} else if (key.n) {
		memcpy(pad, key.p, key.n);
	}
	for (int i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	struct sha256 s;
	sha256_init(&s);
	sha256_add(&s, (struct str){ (char *)pad, BLOCK });
	sha256_add(&s, message);
	struct digest inner = sha256_end(&s);
	for (int i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	sha256_init(&s);
	sha256_add(&s, (struct str){ (char *)pad, BLOCK });
	sha256_add(&s, (struct str){ (char *)inner.b, sizeof(inner.b) });
	return sha256_end(&s);
}

void digest_hex(const struct digest *d, char out[DIGEST_HEX_LEN + 1])
{
	for (int i = 0; i < 32; i++) {
		out[2 * i] = "0123456789abcdef"[d->b[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[d->b[i] & 15];
	}
	out[DIGEST_HEX_LEN] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool digest_parse(struct str text, struct digest *out)
{
	text = str_drop_prefix(text, STR("sha256:"));
	if (text.n != DIGEST_HEX_LEN)
		return false;
	struct digest d;
	for (int i = 0; i < 32; i++) {
		int high = hex_digit(text.p[2 * i]), low = hex_digit(text.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		d.b[i] = (uint8_t)(high << 4 | low);
	}
	*out = d;
	return true;
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int digest_cmp(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}
