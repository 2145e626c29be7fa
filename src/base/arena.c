/* Blocks of doubling size, chained newest first; a request larger than the next block gets one of its own size. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

struct arena_block {
	struct arena_block *older;
	size_t size; /* of data */
	_Alignas(16) char data[];
};

void arena_init(struct arena *a)
{
	*a = (struct arena){ 0 };
}

void arena_deinit(struct arena *a)
{
	for (struct arena_block *b = a->blocks, *older; b; b = older) {
		older = b->older;
		free(b);
	}
	*a = (struct arena){ 0 };
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = NULL;
	for (struct arena_block *b = a->blocks, *older; b; b = older) {
		older = b->older;
		if (!keep || b->size > keep->size) {
			free(keep);
			keep = b;
		} else {
			free(b);
		}
	}
	*a = (struct arena){ 0 };
	if (keep) {
		keep->older = NULL;
		a->blocks = keep;
		a->total = keep->size;
		a->next = keep->data;
		a->end = keep->data + keep->size;
	}
}

void *arena_alloc_slow(struct arena *a, size_t n)
{
	size_t size = a->blocks ? MIN(a->blocks->size * 2, (size_t)LARGEST_BLOCK) : FIRST_BLOCK;
	size = MAX(size, n);
	if (size > SIZE_MAX - sizeof(struct arena_block))
		base_die("arena block of %zu bytes overflows", n);
	struct arena_block *b = xmalloc(sizeof(*b) + size);
	b->size = size;
	a->total += size;
	/* A block made for one large object must not hide the free rest of the current one. */
	if (a->blocks && (size_t)(a->end - a->next) > size - n) {
		b->older = a->blocks->older;
		a->blocks->older = b;
		return b->data;
	}
	b->older = a->blocks;
	a->blocks = b;
	a->next = b->data + n;
	a->end = b->data + size;
	return b->data;
}

void *arena_zalloc(struct arena *a, size_t n)
{
	return memset(arena_alloc(a, n), 0, n);
}

void *arena_grow(struct arena *a, void *p, size_t old, size_t n)
{
	size_t old_rounded = (old + 15) & ~(size_t)15;
	if (n <= old_rounded && p)
		return p;
	if (p && (char *)p + old_rounded == a->next) {
		size_t more = ((n + 15) & ~(size_t)15) - old_rounded;
		if ((size_t)(a->end - a->next) >= more) {
			a->next += more;
			return p;
		}
	}
	void *q = arena_alloc(a, n);
	if (old)
		memcpy(q, p, old);
	return q;
}

struct str arena_str(struct arena *a, struct str s)
{
	return (struct str){ arena_cstr(a, s), s.n };
}

char *arena_cstr(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

struct str arena_vfmt(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		base_die("bad format '%s'", fmt);
	char *p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return (struct str){ p, (size_t)n };
}

struct str arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct str s = arena_vfmt(a, fmt, ap);
	va_end(ap);
	return s;
}

struct str arena_concat(struct arena *a, struct str left, struct str right)
{
	char *p = arena_alloc(a, left.n + right.n + 1);
	if (left.n)
		memcpy(p, left.p, left.n);
	if (right.n)
		memcpy(p + left.n, right.p, right.n);
	p[left.n + right.n] = '\0';
	return (struct str){ p, left.n + right.n };
}
