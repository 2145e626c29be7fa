/*
 * arena.h: memory that lives as long as a phase: a parsed file, a render, a turn of a loop.
 *
 * Nothing in an arena is freed singly; arena_deinit frees it all. An arena is used by one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>

#include "base/str.h"

struct arena_block;
struct arena_reserve;

struct arena {
	char *next, *end;          /* free part of the current block */
	char *spare, *spare_end;   /* what an arena that was adopted had left */
	struct arena_block *blocks; /* newest first */
	size_t total;              /* bytes of all blocks, for limits */
	unsigned small;            /* so many blocks more are no huge pages, for who needs little beyond a share; may be set */
	struct arena_reserve *reserve; /* see arena_reserve, or NULL */
};

/* Frees everything; the arena is empty and usable again, as a zeroed one is. */
void arena_deinit(struct arena *a);
/*
 * For a phase that is known to need a megabyte or more: another thread makes a huge page ready by arena_populate of what this returns; as soon as that is
 * done the arena goes on in it, until then in blocks of its own. The arena must outlive that call.
 */
struct arena_reserve *arena_reserve(struct arena *a);
void arena_populate(struct arena_reserve *reserve);
/* Instead of that, where nobody had the time: the arena may use the page as it is. */
void arena_unprepared(struct arena_reserve *reserve);
/* Goes on in the reserve at once, if that is ready and the current block has less than n bytes left. */
void arena_want(struct arena *a, size_t n);
/* Makes the empty arena `to` begin with n bytes of `from`, which must outlive it. For another thread, or for what grows beside `from`. */
void arena_share(struct arena *from, struct arena *to, size_t n);
/* How many bytes the current block still has. */
static inline size_t arena_room(const struct arena *a)
{
	return (size_t)(a->end - a->next);
}
/* Where an arena stands; arena_rewind forgets what was allocated since. Where a block was begun meanwhile it forgets nothing. */
struct arena_mark {
	char *next, *end;
	size_t total;
};
static inline struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->next, a->end, a->total };
}
static inline void arena_rewind(struct arena *a, struct arena_mark mark)
{
	if (a->total == mark.total && a->end == mark.end)
		a->next = mark.next;
}
/* Forgets everything but keeps the largest block for the next use. */
void arena_reset(struct arena *a);

/*
 * Moves all that `from` holds into `a`, where it lives on, and what it has left, which `a` fills later; `from` is empty then. For results of other threads.
 * What `from` shares with an arena must be `a`'s.
 */
void arena_adopt(struct arena *a, struct arena *from);

/* arena_alloc where the block at hand is full. */
void *arena_alloc_slow(struct arena *a, size_t n);

/* What n bytes take: all is aligned for pointers and 64-bit numbers, which is what trees are made of. */
static inline size_t arena_rounded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/* `n` bytes aligned as arena_rounded says, not initialised. */
static inline void *arena_alloc(struct arena *a, size_t n)
{
	n = arena_rounded(n);
	if ((size_t)(a->end - a->next) < n)
		return arena_alloc_slow(a, n);
	void *p = a->next;
	a->next += n;
	return p;
}
/* `n` zeroed bytes. */
void *arena_zalloc(struct arena *a, size_t n);
/* Gives back all but n of the `old` bytes at `p`, where they are the newest. */
void arena_trim(struct arena *a, void *p, size_t old, size_t n);
/* Grows the block at `p` from `old` to `n` bytes, in place where it is the newest. */
void *arena_grow(struct arena *a, void *p, size_t old, size_t n);

/* The same of a size that the compiler knows: a small one is zeroed where it is asked for. */
static inline void *arena_zalloc_known(struct arena *a, size_t n)
{
	return n <= 128 ? memset(arena_alloc(a, n), 0, n) : arena_zalloc(a, n);
}

/* One zeroed object, or `n` of them. */
#define arena_new(a, type) ((type *)arena_zalloc_known((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_zalloc((a), (n) * sizeof(type)))

/* Copies; both have a NUL behind the last byte. */
struct str arena_str(struct arena *a, struct str s);
char *arena_cstr(struct arena *a, struct str s);
/* Formatted as printf. */
struct str arena_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str arena_vfmt(struct arena *a, const char *fmt, va_list ap);
/* `left` and `right` in one new str. */
struct str arena_concat(struct arena *a, struct str left, struct str right);

#endif
