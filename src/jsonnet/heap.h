/*
 * heap.h: the collected heap of one evaluation.
 *
 * Mark and sweep; nothing moves. From one another, things are marked precisely, by type (mark.c); from the C stack conservatively: each word on it
 * that points at a thing or into it keeps that alive. So native code registers no roots, and evaluating pays nothing for them. All lies in one
 * reserved range of addresses, cut into pages of 4 KiB: small things of one size share a block of pages, larger ones have pages of their own. Blocks are swept
 * one by one as memory is asked for.
 *
 * What lies outside the range (constants of parsed files, the table of std) is never touched by the collector.
 */
#ifndef JSONNET_HEAP_H
#define JSONNET_HEAP_H

#include "base/base.h"

struct vm;

/* What a thing is. */
enum gc_type {
	GC_FREE,
	GC_BYTES, /* nothing to follow */
	GC_STR,
	GC_ARR,
	GC_SLOTS,
	GC_ARR_GEN,
	GC_THUNK,
	GC_FRAME,
	GC_OBJ,
	GC_LAYERS,
	GC_SHAPE,
	GC_FUN,
};

/* Each thing begins with one. */
struct gc {
	uint8_t type;  /* enum gc_type */
	uint8_t mark;  /* the collection that reached it last */
	uint8_t state; /* its type's own */
	uint8_t flags; /* its type's own */
	uint32_t n;    /* its type's own: a count or a hash */
};

#define HEAP_PAGE 4096
#define HEAP_BLOCK_PAGES 4
#define HEAP_SMALL_MAX 2048
#define HEAP_CLASSES 32
#define HEAP_BINS 64

/* A page of the range. */
struct heap_page {
	uint8_t kind;        /* enum of heap.c */
	uint8_t class;       /* small: which class */
	uint32_t n;          /* small: its number in its block; large: pages from the first; first of a span: pages in it */
	uint32_t next, prev; /* free spans: neighbours in the bin, page number + 1 */
};

struct heap_class {
	struct gc *free; /* cells that are ready, each holding the next behind its head */
	uint32_t size;
	uint32_t *blocks; /* first pages of all blocks of the class */
	uint32_t n_blocks, cap_blocks, swept;
};

struct heap {
	struct vm *vm;
	char *base;         /* the reserved range */
	size_t n_pages;     /* in it */
	size_t top;         /* pages ever used */
	struct heap_page *pages;
	uint32_t bins[HEAP_BINS + 1]; /* free spans of so many pages; the last: of more */
	size_t allocated;   /* bytes handed out since the last collection */
	size_t threshold;   /* collect when `allocated` reaches it */
	size_t in_use;      /* bytes of pages in use */
	size_t limit;       /* of in_use */
	uint8_t epoch;      /* of the current collection: 1 or 2 */
	size_t fresh;       /* pages from here on were never used: the kernel gives them zeroed */
	uint32_t *large;    /* first pages of the large things */
	size_t n_large, cap_large;
	struct gc **stack;  /* marked, not yet followed */
	size_t n_stack, cap_stack;
	struct heap_class classes[HEAP_CLASSES];
	uint8_t class_of[HEAP_SMALL_MAX / 8 + 1];
};

/* Reserves the range. False where the system gives none. */
MUST_CHECK bool heap_init(struct heap *h, size_t limit, struct vm *vm);
void heap_deinit(struct heap *h);

/* Built with HEAP_STRESS only. */
void heap_stress(struct heap *h);

/* Where a class has no cell left, and for large things. */
void *heap_alloc_slow(struct heap *h, size_t n);

/*
 * What is walked through by pointers is asked for with HEAP_BEHIND bytes more than it needs: a compiler likes to keep only a pointer that it has moved on already, which
 * after the last element points behind the thing.
 */
#define HEAP_BEHIND 1

/* A thing of `n` bytes that are not zeroed, but for its head. Whoever asks fills it before the next allocation. May collect. Ends the evaluation at the
 * limit of memory. */
static inline void *heap_alloc(struct heap *h, size_t n, enum gc_type type)
{
	struct gc *cell;
#ifdef HEAP_STRESS /* for testing the collector: it runs every few allocations */
	heap_stress(h);
#endif
	if (n <= HEAP_SMALL_MAX && (cell = h->classes[h->class_of[(n + 7) / 8]].free))
		h->classes[h->class_of[(n + 7) / 8]].free = *(struct gc **)(cell + 1);
	else
		cell = heap_alloc_slow(h, n);
	*cell = (struct gc){ .type = type };
	return cell;
}

/* The same with all bytes behind the head zero. Large things cost no memory for the parts of them that are not touched. */
void *heap_alloc_zeroed(struct heap *h, size_t n, enum gc_type type);

/* Marks a thing, by a pointer to its beginning; NULL and what is not on the heap are left alone. For mark.c. */
void heap_mark(struct heap *h, void *thing);
/* The same for any word: a pointer into a thing, a value, or something else altogether. */
void heap_mark_word(struct heap *h, uint64_t word);

/* Implemented above the heap: marks what a thing refers to (mark.c), and the roots that are not on the stack (vm.c). */
void mark_children(struct heap *h, struct gc *thing);
void vm_mark_roots(struct vm *vm);
/* The C stack: from here up to *end. */
char *vm_stack_end(struct vm *vm);
/* Called now and then while memory is allocated: limits of time, cancelling. */
void vm_tick(struct vm *vm);
NORETURN void vm_out_of_memory(struct vm *vm);

#endif
