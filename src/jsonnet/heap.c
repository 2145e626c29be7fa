/*
 * Pages are rows of a table, so a pointer into the range leads to its thing by arithmetic: page, block, size. Free spans are kept in bins by
 * length and joined with free neighbours at once. Marks alternate between 1 and 2: every cell is swept between two collections, so none
 * keeps the mark of the one before the last.
 */
#include "jsonnet/heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum page_kind { PAGE_UNUSED, PAGE_FREE, PAGE_SMALL, PAGE_LARGE };

#define BLOCK_BYTES (HEAP_PAGE * HEAP_BLOCK_PAGES)
#define FIRST_THRESHOLD ((size_t)8 << 20)
#define RESERVE_MAX ((size_t)1 << 37)
#define RESERVE_MIN ((size_t)1 << 26)

static void *reserve(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

/* Sizes: each multiple of 8 up to 64, of 16 up to 128, then four steps for each doubling. */
static void init_classes(struct heap *h)
{
	uint32_t size = 16, n = 0, step;
	for (uint32_t filled = 0; size <= HEAP_SMALL_MAX; size += step) {
		h->classes[n].size = size;
		for (; filled <= size / 8; filled++)
			h->class_of[filled] = (uint8_t)n;
		n++;
		step = size < 64 ? 8 : size < 128 ? 16 : 32;
		while (size >= step * 8)
			step *= 2;
	}
}

bool heap_init(struct heap *h, size_t limit, struct vm *vm)
{
	size_t n = RESERVE_MAX;
	memset(h, 0, sizeof(*h));
	h->vm = vm;
	while (n > RESERVE_MIN && n / 2 > limit + (limit >> 1))
		n /= 2;
	while (n >= RESERVE_MIN && !(h->base = reserve(n)))
		n /= 2;
	if (!h->base)
		return false;
	h->n_pages = n / HEAP_PAGE;
	h->pages = reserve(h->n_pages * sizeof(*h->pages));
	if (!h->pages) {
		munmap(h->base, n);
		return false;
	}
	h->limit = MIN(limit, n - BLOCK_BYTES);
	h->threshold = FIRST_THRESHOLD;
	h->epoch = 1;
	init_classes(h);
	return true;
}

void heap_deinit(struct heap *h)
{
	if (!h->base)
		return;
	munmap(h->base, h->n_pages * HEAP_PAGE);
	munmap(h->pages, h->n_pages * sizeof(*h->pages));
	for (size_t i = 0; i < HEAP_CLASSES; i++)
		free(h->classes[i].blocks);
	free(h->large);
	free(h->stack);
	memset(h, 0, sizeof(*h));
}

/* --- spans of pages --- */

static uint32_t bin_of(size_t n)
{
	return (uint32_t)MIN(n, HEAP_BINS);
}

static void span_link(struct heap *h, size_t first, size_t n)
{
	struct heap_page *p = &h->pages[first];
	uint32_t *bin = &h->bins[bin_of(n)];
	p->kind = h->pages[first + n - 1].kind = PAGE_FREE;
	p->n = h->pages[first + n - 1].n = (uint32_t)n;
	p->prev = 0;
	p->next = *bin;
	if (*bin)
		h->pages[*bin - 1].prev = (uint32_t)first + 1;
	*bin = (uint32_t)first + 1;
}

static void span_unlink(struct heap *h, size_t first)
{
	struct heap_page *p = &h->pages[first];
	if (p->prev)
		h->pages[p->prev - 1].next = p->next;
	else
		h->bins[bin_of(p->n)] = p->next;
	if (p->next)
		h->pages[p->next - 1].prev = p->prev;
	h->pages[first + p->n - 1].kind = PAGE_UNUSED;
	p->kind = PAGE_UNUSED;
}

static void span_free(struct heap *h, size_t first, size_t n)
{
	h->in_use -= n * HEAP_PAGE;
	for (size_t i = first; i < first + n; i++)
		h->pages[i].kind = PAGE_UNUSED;
	if (first > 0 && h->pages[first - 1].kind == PAGE_FREE) {
		size_t before = h->pages[first - 1].n;
		first -= before;
		n += before;
		span_unlink(h, first);
	}
	if (first + n < h->top && h->pages[first + n].kind == PAGE_FREE) {
		size_t behind = h->pages[first + n].n;
		span_unlink(h, first + n);
		n += behind;
	}
	if (first + n == h->top) {
		h->top = first;
		return;
	}
	span_link(h, first, n);
}

static bool span_take(struct heap *h, size_t n, size_t *first)
{
	for (uint32_t bin = bin_of(n); bin <= HEAP_BINS; bin++) {
		uint32_t at = h->bins[bin];
		while (at && h->pages[at - 1].n < n)
			at = h->pages[at - 1].next;
		if (!at)
			continue;
		size_t all = h->pages[at - 1].n;
		*first = at - 1;
		span_unlink(h, *first);
		if (all > n)
			span_link(h, *first + n, all - n);
		h->in_use += n * HEAP_PAGE;
		return true;
	}
	if (h->n_pages - h->top < n)
		return false;
	*first = h->top;
	h->top += n;
	h->fresh = MAX(h->fresh, h->top);
	h->in_use += n * HEAP_PAGE;
	return true;
}

/* --- marking --- */

static void push(struct heap *h, struct gc *thing)
{
	if (h->n_stack == h->cap_stack) {
		h->cap_stack = MAX(h->cap_stack * 2, 1024);
		h->stack = xreallocarray(h->stack, h->cap_stack, sizeof(*h->stack));
	}
	h->stack[h->n_stack++] = thing;
}

void heap_mark(struct heap *h, void *thing)
{
	struct gc *g = thing;
	if ((size_t)((char *)thing - h->base) >= h->top * HEAP_PAGE || g->mark == h->epoch)
		return;
	g->mark = h->epoch;
	if (g->type != GC_BYTES)
		push(h, g);
}

void heap_mark_word(struct heap *h, uint64_t word)
{
	size_t at = (size_t)((word & (((uint64_t)1 << 48) - 1)) - (uint64_t)(uintptr_t)h->base);
	if (word >> 52 != 0 || at >= h->top * HEAP_PAGE)
		return;
	size_t page = at / HEAP_PAGE;
	const struct heap_page *p = &h->pages[page];
	struct gc *g;
	if (p->kind == PAGE_SMALL) {
		size_t start = (page - p->n) * HEAP_PAGE, size = h->classes[p->class].size, i = (at - start) / size;
		if ((i + 1) * size > BLOCK_BYTES)
			return;
		g = (struct gc *)(h->base + start + i * size);
	} else if (p->kind == PAGE_LARGE) {
		g = (struct gc *)(h->base + (page - p->n) * HEAP_PAGE);
	} else {
		return;
	}
	if (g->type != GC_FREE)
		heap_mark(h, g);
}

#if defined(__SANITIZE_ADDRESS__)
#define NO_ASAN __attribute__((no_sanitize_address))
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NO_ASAN __attribute__((no_sanitize("address")))
#endif
#endif
#ifndef NO_ASAN
#define NO_ASAN
#endif

/*
 * The registers that a function must keep for its caller: those may hold the only reference to a thing. setjmp would do but that glibc
 * enciphers the frame pointer, which is a register like any other in optimised code.
 */
static inline void save_registers(uint64_t r[12])
{
#if defined(__x86_64__)
	__asm__ volatile("movq %%rbx, 0(%0)\n\tmovq %%rbp, 8(%0)\n\tmovq %%r12, 16(%0)\n\tmovq %%r13, 24(%0)\n\tmovq %%r14, 32(%0)\n\tmovq %%r15, 40(%0)"
			 : : "r"(r) : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("stp x19, x20, [%0]\n\tstp x21, x22, [%0, #16]\n\tstp x23, x24, [%0, #32]\n\tstp x25, x26, [%0, #48]\n\t"
			 "stp x27, x28, [%0, #64]\n\tstr x29, [%0, #80]"
			 : : "r"(r) : "memory");
#else
#error "say here how the callee-saved registers are stored"
#endif
}

static NO_ASAN __attribute__((noinline)) void mark_stack(struct heap *h)
{
	uint64_t registers[12] = { 0 };
	save_registers(registers);
	for (size_t i = 0; i < ARRAY_LEN(registers); i++)
		heap_mark_word(h, registers[i]);
	const char *end = vm_stack_end(h->vm);
	for (const char *at = (const char *)((uintptr_t)registers & ~(uintptr_t)7); at < end; at += 8)
		heap_mark_word(h, *(const uint64_t *)(const void *)at);
}

static void drain(struct heap *h)
{
	while (h->n_stack)
		mark_children(h, h->stack[--h->n_stack]);
}

/* --- sweeping --- */

/* Makes a list of the cells of a block that are free; their bytes. An empty block's pages are given back. */
static size_t sweep_block(struct heap *h, struct heap_class *c, uint32_t number)
{
	uint32_t page = c->blocks[number];
	char *start = h->base + (size_t)page * HEAP_PAGE;
	size_t cells = BLOCK_BYTES / c->size, n = 0;
	struct gc *list = c->free;
	for (size_t i = cells; i-- > 0;) {
		struct gc *g = (struct gc *)(start + i * c->size);
		if (g->type != GC_FREE && g->mark == h->epoch)
			continue;
		g->type = GC_FREE;
		g->mark = 0;
		*(struct gc **)(g + 1) = list;
		list = g;
		n++;
	}
	if (n == cells && !c->free) {
		span_free(h, page, HEAP_BLOCK_PAGES);
		c->blocks[number] = c->blocks[--c->n_blocks];
		return 0;
	}
	c->free = list;
	return n * c->size;
}

/* Sweeps until the class has cells. */
static bool sweep_class(struct heap *h, struct heap_class *c)
{
	while (c->swept < c->n_blocks) {
		uint32_t before = c->n_blocks;
		h->allocated += sweep_block(h, c, c->swept);
		if (c->n_blocks == before)
			c->swept++;
		if (c->free)
			return true;
	}
	return false;
}

static void sweep_large(struct heap *h)
{
	size_t kept = 0;
	for (size_t i = 0; i < h->n_large; i++) {
		size_t first = h->large[i];
		struct gc *g = (struct gc *)(h->base + first * HEAP_PAGE);
		if (g->mark == h->epoch) {
			h->large[kept++] = (uint32_t)first;
			continue;
		}
		size_t n = 1;
		while (first + n < h->top && h->pages[first + n].kind == PAGE_LARGE && h->pages[first + n].n == n)
			n++;
		span_free(h, first, n);
	}
	h->n_large = kept;
}

static void sweep_all(struct heap *h)
{
	for (size_t i = 0; i < HEAP_CLASSES; i++) {
		struct heap_class *c = &h->classes[i];
		while (c->swept < c->n_blocks) {
			uint32_t before = c->n_blocks;
			sweep_block(h, c, c->swept);
			if (c->n_blocks == before)
				c->swept++;
		}
	}
}

static void collect(struct heap *h)
{
	sweep_all(h);
	h->epoch = h->epoch == 1 ? 2 : 1;
	mark_stack(h);
	vm_mark_roots(h->vm);
	drain(h);
	sweep_large(h);
	for (size_t i = 0; i < HEAP_CLASSES; i++) {
		h->classes[i].free = NULL;
		h->classes[i].swept = 0;
	}
	h->allocated = 0;
	/* A deep stack costs a scan each time. */
	size_t stack = (size_t)(vm_stack_end(h->vm) - (char *)__builtin_frame_address(0));
	h->threshold = MAX(FIRST_THRESHOLD, MAX(h->in_use, stack) / 2);
}

/* --- allocating --- */

static size_t take_pages(struct heap *h, size_t n)
{
	size_t first;
	if (h->in_use + n * HEAP_PAGE > h->limit || !span_take(h, n, &first)) {
		collect(h);
		sweep_all(h);
		if (h->in_use + n * HEAP_PAGE > h->limit || !span_take(h, n, &first))
			vm_out_of_memory(h->vm);
	}
	return first;
}

static void *alloc_large(struct heap *h, size_t n)
{
	size_t pages = (n + HEAP_PAGE - 1) / HEAP_PAGE;
	if (pages >= h->n_pages)
		vm_out_of_memory(h->vm);
	if ((h->allocated += pages * HEAP_PAGE) > h->threshold)
		collect(h);
	size_t first = take_pages(h, pages);
	for (size_t i = 0; i < pages; i++)
		h->pages[first + i] = (struct heap_page){ .kind = PAGE_LARGE, .n = (uint32_t)i };
	if (h->n_large == h->cap_large) {
		h->cap_large = MAX(h->cap_large * 2, 256);
		h->large = xreallocarray(h->large, h->cap_large, sizeof(*h->large));
	}
	h->large[h->n_large++] = (uint32_t)first;
	return h->base + first * HEAP_PAGE;
}

static void add_block(struct heap *h, struct heap_class *c)
{
	size_t first = take_pages(h, HEAP_BLOCK_PAGES);
	char *start = h->base + first * HEAP_PAGE;
	struct gc *list = c->free;
	if (c->n_blocks == c->cap_blocks) {
		c->cap_blocks = MAX(c->cap_blocks * 2, 16);
		c->blocks = xreallocarray(c->blocks, c->cap_blocks, sizeof(*c->blocks));
	}
	/* take_pages may have collected: then blocks wait to be swept, and this one goes in front of them. */
	c->blocks[c->n_blocks++] = c->blocks[c->swept];
	c->blocks[c->swept++] = (uint32_t)first;
	for (size_t i = 0; i < HEAP_BLOCK_PAGES; i++)
		h->pages[first + i] = (struct heap_page){ .kind = PAGE_SMALL, .class = (uint8_t)(c - h->classes), .n = (uint32_t)i };
	for (size_t i = BLOCK_BYTES / c->size; i-- > 0;) {
		struct gc *g = (struct gc *)(start + i * c->size);
		g->type = GC_FREE;
		g->mark = 0;
		*(struct gc **)(g + 1) = list;
		list = g;
	}
	c->free = list;
	h->allocated += BLOCK_BYTES;
}

#ifdef HEAP_STRESS
void heap_stress(struct heap *h)
{
	if (++h->allocated % 5 == 0) {
		collect(h);
		/* What was swept is overwritten, so that a use of it shows. */
		sweep_all(h);
		for (size_t i = 0; i < HEAP_CLASSES; i++)
			for (struct gc *g = h->classes[i].free, *next; g; g = next) {
				next = *(struct gc **)(g + 1);
				if (h->classes[i].size > 16)
					memset(g + 2, 0xab, h->classes[i].size - 16);
			}
	}
}
#endif

/* From here on the kernel is asked for zeroed pages instead of writing zeros. */
#define ZERO_BY_KERNEL ((size_t)1 << 17)

void *heap_alloc_zeroed(struct heap *h, size_t n, enum gc_type type)
{
	if (n < ZERO_BY_KERNEL) {
		void *thing = heap_alloc(h, n, type);
		memset((struct gc *)thing + 1, 0, n - sizeof(struct gc));
		return thing;
	}
	size_t fresh = h->fresh;
	char *thing = heap_alloc(h, n, type);
	size_t first = (size_t)(thing - h->base) / HEAP_PAGE, used = fresh > first ? (fresh - first) * HEAP_PAGE : 0;
	if (used) {
		struct gc head = *(struct gc *)(void *)thing;
		madvise(thing, MIN(used, (n + HEAP_PAGE - 1) / HEAP_PAGE * HEAP_PAGE), MADV_DONTNEED);
		*(struct gc *)(void *)thing = head;
	}
	return thing;
}

void *heap_alloc_slow(struct heap *h, size_t n)
{
	vm_tick(h->vm);
	if (n > HEAP_SMALL_MAX)
		return alloc_large(h, n);
	struct heap_class *c = &h->classes[h->class_of[(n + 7) / 8]];
	if (h->allocated > h->threshold)
		collect(h);
	if (!c->free && !sweep_class(h, c))
		add_block(h, c);
	struct gc *cell = c->free;
	c->free = *(struct gc **)(cell + 1);
	return cell;
}
