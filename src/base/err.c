/* Messages are composed when they are set: an error is rare, and its arguments may not outlive the call. */
#include "base/err.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

bool err_vset(struct err *err, enum err_kind kind, const char *fmt, va_list ap)
{
	assert(kind != ERR_NONE && err->kind == ERR_NONE);
	struct buf b = { 0 };
	buf_addvf(&b, fmt, ap);
	err->kind = kind;
	err->message = buf_take(&b);
	return false;
}

bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	err_vset(err, kind, fmt, ap);
	va_end(ap);
	return false;
}

bool err_wrap(struct err *err, const char *fmt, ...)
{
	assert(err->kind != ERR_NONE);
	struct buf b = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(&b, fmt, ap);
	va_end(ap);
	buf_add_c(&b, ": ");
	buf_add_c(&b, err->message);
	free(err->message);
	err->message = buf_take(&b);
	return false;
}

bool err_at(struct err *err, struct str file, uint32_t line, uint32_t column)
{
	assert(err->kind != ERR_NONE);
	if (!err->pos.file)
		err->pos = (struct err_pos){ xstrndup(file.p, file.n), line, column };
	return false;
}

bool err_hint(struct err *err, const char *fmt, ...)
{
	assert(err->kind != ERR_NONE);
	if (err->hint)
		return false;
	struct buf b = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(&b, fmt, ap);
	va_end(ap);
	err->hint = buf_take(&b);
	return false;
}

bool err_excerpt(struct err *err, struct str text, uint32_t width)
{
	assert(err->kind != ERR_NONE);
	if (err->excerpt || err->pos.line == 0)
		return false;
	struct str line = STR_NONE;
	for (uint32_t i = 0; i < err->pos.line; i++)
		if (!str_next_line(&text, &line))
			return false;
	struct buf b = { 0 };
	buf_addf(&b, "%.*s\n", STR_ARG(line));
	/* Tabs stay tabs below, so that the caret stands under its column whatever a tab's width is. */
	for (uint32_t i = 0; i + 1 < err->pos.column; i++)
		buf_add_char(&b, i < line.n && line.p[i] == '\t' ? '\t' : ' ');
	buf_add_repeat(&b, '^', MAX(width, 1u));
	err->excerpt = buf_take(&b);
	return false;
}

void err_deinit(struct err *err)
{
	free(err->message);
	free(err->hint);
	free(err->excerpt);
	free(err->pos.file);
	*err = (struct err){ 0 };
}

void err_move(struct err *to, struct err *from)
{
	assert(to->kind == ERR_NONE);
	*to = *from;
	*from = (struct err){ 0 };
}

const char *err_kind_name(enum err_kind kind)
{
	static const char *const names[] = {
		[ERR_NONE] = "NONE",         [ERR_USAGE] = "USAGE",         [ERR_SYNTAX] = "SYNTAX",
		[ERR_NOT_FOUND] = "NOT_FOUND", [ERR_CONFLICT] = "CONFLICT",   [ERR_DENIED] = "DENIED",
		[ERR_NETWORK] = "NETWORK",   [ERR_INTEGRITY] = "INTEGRITY", [ERR_LIMIT] = "LIMIT",
		[ERR_IO] = "IO",             [ERR_FAILED] = "FAILED",       [ERR_TIMEOUT] = "TIMEOUT",
		[ERR_CANCELLED] = "CANCELLED",
	};
	return names[kind];
}
