/*
 * error.h: how the language's errors are made; lang.h has how they are printed.
 */
#ifndef LANG_ERROR_H
#define LANG_ERROR_H

#include "base/buf.h"
#include "base/err.h"
#include "lang/ast.h"

/* Sets a message with its place: position and the line with carets. Returns false. */
bool lang_fail(struct err *err, const struct lang_loc *at, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same with another kind than ERR_SYNTAX. */
bool lang_fail_kind(struct err *err, enum err_kind kind, const struct lang_loc *at, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Adds the place to an err that is set. */
bool lang_err_place(struct err *err, const struct lang_loc *at);

/* The line and the column in bytes, from 1. They are counted from the file's and the line's beginning. */
uint32_t lang_loc_line(const struct lang_loc *at);
uint32_t lang_loc_column(const struct lang_loc *at);

/* Stands for a NUL in messages and excerpts, which are C strings: a byte that UTF-8 never has. */
#define LANG_NUL '\xFF'

/* Puts text directly before the message of an err that is set. */
void lang_err_prefix(struct err *err, const char *prefix);

/* The bytes as a C string, for a message; borrowed until the next change. */
static inline const char *buf_text(const struct buf *b)
{
	return buf_str(b).p;
}

#endif
