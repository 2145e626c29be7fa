/*
 * log.h: lines that Helm writes to standard error while it works, such as warnings about values that do not fit together. Whoever renders
 * says where they go; nothing here writes anywhere.
 */
#ifndef HELM_LOG_H
#define HELM_LOG_H

#include "base/str.h"

struct helm_log {
	void (*line)(void *ctx, struct str line); /* without newline; NULL: nobody listens */
	void *ctx;
};

/* The line "<where>: <text>", where being Helm's own file and line, which it prints: "coalesce.go:298". */
void helm_log_line(const struct helm_log *log, const char *where, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
