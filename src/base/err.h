/*
 * err.h: how a failure travels from where it is seen to the one place that prints it.
 *
 * What can fail returns bool, is MUST_CHECK and takes `struct err *err` last; it writes its outputs only on success. err_set and
 * err_wrap return false, so that a failure is one line:
 *
 *	if (fd < 0)
 *		return err_set(err, ERR_IO, "cannot open store '%s': %s", dir, strerror(errno));
 *	if (!chart_load(path, &chart, err))
 *		return err_wrap(err, "release '%s'", name);
 *
 * A struct err starts zeroed (`struct err err = { 0 };`), is set at most once before it is cleared, and owns its memory: whoever
 * declared it calls err_deinit. Kinds are mapped to exit codes by one table in cli.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

#include "base/str.h"

enum err_kind {
	ERR_NONE,
	ERR_USAGE,     /* the call itself is wrong: options, arguments */
	ERR_SYNTAX,    /* input does not follow its grammar, or breaks a rule of its format */
	ERR_NOT_FOUND, /* a named thing is not there */
	ERR_CONFLICT,  /* somebody else owns or changed it */
	ERR_DENIED,    /* credentials or rights are missing */
	ERR_NETWORK,   /* no connection, time-out, a server's failure */
	ERR_INTEGRITY, /* bytes are not those that were pinned */
	ERR_LIMIT,     /* a named cap on size, depth, count or time */
	ERR_IO,        /* the local system refused: disk full, permission, I/O error */
	ERR_FAILED,    /* the work itself failed: a template, a recipe, a check */
	ERR_TIMEOUT,   /* not ready in time */
	ERR_CANCELLED, /* ended on request */
};

/* Where in a text: file as the user named it, line and column from 1 (0: unknown). The name is owned by the err. */
struct err_pos {
	char *file;
	uint32_t line, column;
};

struct err {
	enum err_kind kind;
	char *message;  /* the chain, outermost first, joined with ": " */
	char *hint;     /* how to mend it, or NULL */
	char *excerpt;  /* the source line and caret, ready to print, or NULL */
	struct err_pos pos;
};

/* Set the kind and the message of an err that is none yet; return false, so that a failure is one line. */
bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool err_vset(struct err *err, enum err_kind kind, const char *fmt, va_list ap);
/* Puts "<text>: " before the message of an err that is set. */
bool err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Adds a position or a hint to an err that is set; the first position and the first hint stay. Return false. */
bool err_at(struct err *err, struct str file, uint32_t line, uint32_t column);
bool err_hint(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Attaches the line of `text` at err's position, with `width` carets below. */
bool err_excerpt(struct err *err, struct str text, uint32_t width);

/* Frees what it holds and makes it unset. */
void err_deinit(struct err *err);
/* Moves `from` into `to`, which must be unset. */
void err_move(struct err *to, struct err *from);
/* The kind's name in capitals, e.g. "INTEGRITY". */
const char *err_kind_name(enum err_kind kind);

#define AUTO_ERR __attribute__((cleanup(err_deinit))) struct err

#endif
