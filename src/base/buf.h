/*
 * buf.h: the one growable byte buffer. Owned: buf_deinit frees it, unless it was given an arena to grow in, which is of use where nothing else
 * is put there meanwhile.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/arena.h"

struct buf {
	char *p; /* NULL while empty; otherwise has room for a NUL behind byte n */
	size_t n, cap;
	struct arena *arena; /* NULL: the heap */
};

/* A zeroed struct buf is a valid empty one. */
void buf_deinit(struct buf *b);
/* Keeps the memory, forgets the bytes. */
void buf_clear(struct buf *b);
/* Makes room for `more` bytes behind the last and returns where they go; the caller then adds to b->n. */
char *buf_reserve(struct buf *b, size_t more);

/* All copy what they are given, behind the bytes so far; out of memory ends the program. `s` must not lie in b itself. */
void buf_add(struct buf *b, struct str s);
void buf_add_bytes(struct buf *b, const void *p, size_t n);
void buf_add_c(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
/* `n` times c. */
void buf_add_repeat(struct buf *b, char c, size_t n);
/* The code point `rune` in UTF-8; what is not one (surrogate, above 0x10FFFF) as U+FFFD. */
void buf_add_rune(struct buf *b, uint32_t rune);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_addvf(struct buf *b, const char *fmt, va_list ap);

/* The bytes so far, borrowed until the next change. Has a NUL behind it. */
struct str buf_str(const struct buf *b);
/* The bytes so far copied into `a`. */
struct str buf_to_arena(const struct buf *b, struct arena *a);
/* Of a buf in an arena: the bytes, which stay where they are; b is empty then and begins anew behind them. */
struct str buf_cut(struct buf *b);
/* The bytes as a C string that the caller frees; b is empty then. */
char *buf_take(struct buf *b);

#define AUTO_BUF __attribute__((cleanup(buf_deinit))) struct buf

#endif
