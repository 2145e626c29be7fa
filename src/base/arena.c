/*
 * Blocks of doubling size, chained newest first; a request larger than the next block gets one of its own size.
 *
 * An arena that has come to LAST_SMALL goes on in huge pages where the system has them: most of our work is done once over fresh memory,
 * and a page fault for each 4 KiB of it costs more than the work (measured: 2 MiB take 0.68 ms to touch in small pages, 0.04 in a huge one).
 */
#include "base/arena.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { FIRST_BLOCK = 4096, LAST_SMALL = 256 << 10, HUGE_PAGE = 2 << 20 };

struct arena_block {
	struct arena_block *older;
	size_t size; /* of data */
	bool mapped; /* not from malloc */
	bool shared; /* part of a block of another arena, which frees it */
	_Alignas(8) char data[];
};

/* A huge page that may still be in the making. */
struct arena_reserve {
	void *page;
	atomic_bool is_ready;
};

/* What a block with n bytes of data takes in huge pages. */
static size_t mapped_size(size_t n)
{
	return (n + sizeof(struct arena_block) + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
}

/* Fresh memory, aligned for huge pages, of which it is a number. */
static void *map_huge(size_t size)
{
	char *p = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	/* Cut the aligned part out of it. */
	size_t before = -(uintptr_t)p & (HUGE_PAGE - 1);
	if (before)
		munmap(p, before);
	munmap(p + before + size, HUGE_PAGE - before);
	p += before;
#ifdef MADV_HUGEPAGE
	(void)madvise(p, size, MADV_HUGEPAGE); /* small pages do as well */
#endif
	return p;
}

static struct arena_block *huge_block(void *p, size_t size)
{
	struct arena_block *b = p;
	if (b)
		*b = (struct arena_block){ .size = size - sizeof(*b), .mapped = true };
	return b;
}

static struct arena_block *new_block(size_t size)
{
	if (size > SIZE_MAX - sizeof(struct arena_block))
		base_die("arena block of %zu bytes overflows", size);
	struct arena_block *b = NULL;
	if (size >= HUGE_PAGE - sizeof(*b) && size < SIZE_MAX - 3 * (size_t)HUGE_PAGE)
		b = huge_block(map_huge(mapped_size(size)), mapped_size(size));
	if (!b) {
		b = xmalloc(sizeof(*b) + size);
		b->size = size;
		b->mapped = b->shared = false;
	}
	return b;
}

static void free_block(struct arena_block *b)
{
	if (b && b->shared)
		return;
	if (b && b->mapped)
		munmap(b, mapped_size(b->size));
	else
		free(b);
}

/* Makes b the only block. */
static void begin(struct arena *a, struct arena_block *b)
{
	b->older = NULL;
	*a = (struct arena){ .next = b->data, .end = b->data + b->size, .blocks = b, .total = b->size };
}

struct arena_reserve *arena_reserve(struct arena *a)
{
	if (a->reserve)
		return a->reserve;
	a->reserve = xcalloc(1, sizeof(*a->reserve));
	a->reserve->page = map_huge(HUGE_PAGE);
	return a->reserve;
}

void arena_populate(struct arena_reserve *reserve)
{
#ifdef MADV_POPULATE_WRITE
	if (reserve->page)
		(void)madvise(reserve->page, HUGE_PAGE, MADV_POPULATE_WRITE); /* else it is done when it is used */
#endif
	arena_unprepared(reserve);
}

void arena_unprepared(struct arena_reserve *reserve)
{
	atomic_store_explicit(&reserve->is_ready, reserve->page != NULL, memory_order_release);
}

static void drop_reserve(struct arena *a)
{
	if (a->reserve && a->reserve->page)
		munmap(a->reserve->page, HUGE_PAGE);
	free(a->reserve);
	a->reserve = NULL;
}

/* The reserve as a block, where it is ready. */
static struct arena_block *take_reserve(struct arena *a)
{
	if (!a->reserve || !atomic_load_explicit(&a->reserve->is_ready, memory_order_acquire))
		return NULL;
	struct arena_block *b = huge_block(a->reserve->page, HUGE_PAGE);
	a->reserve->page = NULL;
	drop_reserve(a);
	return b;
}

void arena_share(struct arena *from, struct arena *to, size_t n)
{
	struct arena_block *b = arena_alloc(from, sizeof(*b) + n);
	b->size = n;
	b->mapped = false;
	b->shared = true;
	begin(to, b);
}

void arena_deinit(struct arena *a)
{
	drop_reserve(a);
	for (struct arena_block *b = a->blocks, *older; b; b = older) {
		older = b->older;
		free_block(b);
	}
	*a = (struct arena){ 0 };
}

void arena_reset(struct arena *a)
{
	drop_reserve(a);
	struct arena_block *keep = NULL;
	for (struct arena_block *b = a->blocks, *older; b; b = older) {
		older = b->older;
		if (!keep || b->size > keep->size) {
			free_block(keep);
			keep = b;
		} else {
			free_block(b);
		}
	}
	*a = (struct arena){ 0 };
	if (keep)
		begin(a, keep);
}

/* Takes the blocks that are part of another arena off the list: the other one frees them. */
static void drop_shared(struct arena *a)
{
	for (struct arena_block **b = &a->blocks; *b;) {
		if ((*b)->shared)
			*b = (*b)->older;
		else
			b = &(*b)->older;
	}
}

void arena_adopt(struct arena *a, struct arena *from)
{
	char *rest = from->next, *rest_end = from->end;
	drop_shared(from);
	drop_reserve(from);
	if (a->blocks && from->blocks) {
		/* Behind the current block, which stays the one that is filled. */
		struct arena_block *last = from->blocks;
		while (last->older)
			last = last->older;
		last->older = a->blocks->older;
		a->blocks->older = from->blocks;
		a->total += from->total;
	} else if (from->blocks) {
		struct arena_reserve *reserve = a->reserve;
		*a = *from;
		a->reserve = reserve;
		rest = rest_end = NULL;
	}
	if (rest_end - rest > a->spare_end - a->spare) {
		a->spare = rest;
		a->spare_end = rest_end;
	}
	*from = (struct arena){ 0 };
}

void arena_want(struct arena *a, size_t n)
{
	struct arena_block *b = arena_room(a) < n ? take_reserve(a) : NULL;
	if (!b)
		return;
	b->older = a->blocks;
	a->blocks = b;
	a->total += b->size;
	a->next = b->data;
	a->end = b->data + b->size;
}

/* How large the next block is to be. While a huge page is in the making, another would come as late. */
static size_t next_size(struct arena *a)
{
	if (!a->blocks)
		return FIRST_BLOCK;
	if (a->blocks->size * 2 <= LAST_SMALL)
		return a->blocks->size * 2;
	if (a->small) {
		a->small--;
		return LAST_SMALL;
	}
	return a->reserve ? LAST_SMALL : HUGE_PAGE - sizeof(struct arena_block);
}

void *arena_alloc_slow(struct arena *a, size_t n)
{
	if ((size_t)(a->spare_end - a->spare) >= MAX(n, (size_t)FIRST_BLOCK)) {
		a->next = a->spare;
		a->end = a->spare_end;
		a->spare = a->spare_end = NULL;
		return arena_alloc(a, n);
	}
	struct arena_block *b = n <= HUGE_PAGE - sizeof(*b) ? take_reserve(a) : NULL;
	if (!b)
		b = new_block(MAX(next_size(a), n));
	size_t size = b->size;
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
	void *p = arena_alloc(a, n);
	return n > 0 ? memset(p, 0, n) : p; /* of an empty arena p may be NULL */
}

void arena_trim(struct arena *a, void *p, size_t old, size_t n)
{
	if ((char *)p + arena_rounded(old) == a->next)
		a->next = (char *)p + arena_rounded(n);
}

void *arena_grow(struct arena *a, void *p, size_t old, size_t n)
{
	size_t old_rounded = arena_rounded(old);
	if (n <= old_rounded && p)
		return p;
	if (p && (char *)p + old_rounded == a->next) {
		size_t more = arena_rounded(n) - old_rounded;
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
