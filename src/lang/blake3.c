/*
 * The input is cut into chunks of 1024 bytes, each compressed in 64-byte blocks; chunks are the leaves of a binary tree whose left subtrees are
 * complete. Finished subtrees wait on a stack: after chunk number n (from 1) as many pairs are merged as n has trailing zero bits.
 */
#include "lang/blake3.h"

#include <string.h>

enum flag { CHUNK_START = 1, CHUNK_END = 2, PARENT = 4, ROOT = 8 };

#define CHUNK 1024
#define BLOCK 64
#define STACK 54 /* levels above 2^64 bytes */

static const uint32_t iv[8] = { 0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19 };
static const uint8_t permutation[16] = { 2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8 };

/* A node whose last compression is still to be done: with ROOT it gives the hash, without it a chaining value. */
struct output {
	uint32_t cv[8], block[16];
	uint64_t counter;
	uint32_t length, flags;
};

static inline uint32_t rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static inline void mix(uint32_t *s, int a, int b, int c, int d, uint32_t x, uint32_t y)
{
	s[a] += s[b] + x;
	s[d] = rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 12);
	s[a] += s[b] + y;
	s[d] = rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 7);
}

static void compress(const struct output *o, uint32_t flags, uint32_t out[8])
{
	uint32_t s[16], m[16];
	memcpy(s, o->cv, sizeof(o->cv));
	memcpy(s + 8, iv, 4 * sizeof(iv[0]));
	s[12] = (uint32_t)o->counter;
	s[13] = (uint32_t)(o->counter >> 32);
	s[14] = o->length;
	s[15] = flags;
	memcpy(m, o->block, sizeof(m));
	for (int round = 0;; round++) {
		mix(s, 0, 4, 8, 12, m[0], m[1]);
		mix(s, 1, 5, 9, 13, m[2], m[3]);
		mix(s, 2, 6, 10, 14, m[4], m[5]);
		mix(s, 3, 7, 11, 15, m[6], m[7]);
		mix(s, 0, 5, 10, 15, m[8], m[9]);
		mix(s, 1, 6, 11, 12, m[10], m[11]);
		mix(s, 2, 7, 8, 13, m[12], m[13]);
		mix(s, 3, 4, 9, 14, m[14], m[15]);
		if (round == 6)
			break;
		uint32_t next[16];
		for (int i = 0; i < 16; i++)
			next[i] = m[permutation[i]];
		memcpy(m, next, sizeof(m));
	}
	for (int i = 0; i < 8; i++)
		out[i] = s[i] ^ s[i + 8];
}

static void load_block(uint32_t out[16], const uint8_t *p, size_t n)
{
	uint8_t bytes[BLOCK] = { 0 };
	if (n)
		memcpy(bytes, p, n);
	for (int i = 0; i < 16; i++)
		out[i] = (uint32_t)bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 | (uint32_t)bytes[4 * i + 2] << 16 | (uint32_t)bytes[4 * i + 3] << 24;
}

static struct output chunk_output(const uint8_t *p, size_t n, uint64_t counter)
{
	struct output o = { .counter = counter, .length = BLOCK, .flags = CHUNK_START };
	memcpy(o.cv, iv, sizeof(iv));
	for (; n > BLOCK; p += BLOCK, n -= BLOCK) {
		load_block(o.block, p, BLOCK);
		uint32_t cv[8];
		compress(&o, o.flags, cv);
		memcpy(o.cv, cv, sizeof(cv));
		o.flags = 0;
	}
	load_block(o.block, p, n);
	o.length = (uint32_t)n;
	o.flags |= CHUNK_END;
	return o;
}

static struct output parent_output(const uint32_t left[8], const uint32_t right[8])
{
	struct output o = { .length = BLOCK, .flags = PARENT };
	memcpy(o.cv, iv, sizeof(iv));
	memcpy(o.block, left, 8 * sizeof(left[0]));
	memcpy(o.block + 8, right, 8 * sizeof(right[0]));
	return o;
}

void blake3(struct str bytes, uint8_t out[BLAKE3_SIZE])
{
	uint32_t stack[STACK][8];
	size_t depth = 0;
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t n = bytes.n;
	uint64_t chunks = 0;
	for (; n > CHUNK; p += CHUNK, n -= CHUNK) {
		struct output o = chunk_output(p, CHUNK, chunks++);
		uint32_t cv[8];
		compress(&o, o.flags, cv);
		for (uint64_t total = chunks; (total & 1) == 0; total >>= 1) {
			o = parent_output(stack[--depth], cv);
			compress(&o, o.flags, cv);
		}
		memcpy(stack[depth++], cv, sizeof(cv));
	}
	struct output o = chunk_output(p, n, chunks);
	while (depth) {
		uint32_t cv[8];
		compress(&o, o.flags, cv);
		o = parent_output(stack[--depth], cv);
	}
	uint32_t hash[8];
	o.counter = 0;
	compress(&o, o.flags | ROOT, hash);
	for (int i = 0; i < BLAKE3_SIZE; i++)
		out[i] = (uint8_t)(hash[i / 4] >> (8 * (i % 4)));
}
