/* A buffer that doubles; one byte more than asked is always there for a NUL. */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

void buf_deinit(struct buf *b)
{
	if (!b->arena)
		free(b->p);
	*b = (struct buf){ .arena = b->arena };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
}

char *buf_reserve(struct buf *b, size_t more)
{
	if (b->cap - b->n > more)
		return b->p + b->n;
	if (more >= SIZE_MAX / 2 - b->n)
		base_die("buffer of %zu and %zu bytes overflows", b->n, more);
	size_t cap = MAX(b->cap * 2, b->n + more + 1);
	cap = MAX(cap, (size_t)64);
	b->p = b->arena ? arena_grow(b->arena, b->p, b->cap, cap) : xrealloc(b->p, cap);
	b->cap = cap;
	return b->p + b->n;
}

void buf_add_bytes(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_reserve(b, n), p, n);
	b->n += n;
}

void buf_add(struct buf *b, struct str s)
{
	buf_add_bytes(b, s.p, s.n);
}

void buf_add_c(struct buf *b, const char *s)
{
	buf_add_bytes(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
	*buf_reserve(b, 1) = c;
	b->n++;
}

void buf_add_repeat(struct buf *b, char c, size_t n)
{
	if (n == 0)
		return;
	memset(buf_reserve(b, n), c, n);
	b->n += n;
}

void buf_add_rune(struct buf *b, uint32_t rune)
{
	b->n += utf8_encode(rune, buf_reserve(b, 4));
}

void buf_addvf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	char *room = buf_reserve(b, 120);
	size_t space = b->cap - b->n;
	int n = vsnprintf(room, space, fmt, ap);
	if (n < 0)
		base_die("bad format '%s'", fmt);
	if ((size_t)n >= space)
		vsnprintf(buf_reserve(b, (size_t)n), (size_t)n + 1, fmt, again);
	va_end(again);
	b->n += (size_t)n;
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(b, fmt, ap);
	va_end(ap);
}

struct str buf_str(const struct buf *b)
{
	if (!b->p)
		return STR("");
	b->p[b->n] = '\0';
	return (struct str){ b->p, b->n };
}

struct str buf_to_arena(const struct buf *b, struct arena *a)
{
	return arena_str(a, buf_str(b));
}

struct str buf_cut(struct buf *b)
{
	struct str s = buf_str(b);
	if (b->p)
		arena_trim(b->arena, b->p, b->cap, b->n + 1);
	*b = (struct buf){ .arena = b->arena };
	return s;
}

char *buf_take(struct buf *b)
{
	assert(!b->arena);
	buf_reserve(b, 1);
	char *p = b->p;
	p[b->n] = '\0';
	*b = (struct buf){ 0 };
	return p;
}
