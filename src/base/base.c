/* Allocation that aborts, and scope guards for handles. */
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void base_die(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fputs("raibid-run: fatal: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	abort();
}

void *xmalloc(size_t n)
{
	void *p = malloc(n ? n : 1);
	if (!p)
		base_die("out of memory (%zu bytes)", n);
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);
	if (!p)
		base_die("out of memory (%zu times %zu bytes)", n, size);
	return p;
}

void *xrealloc(void *old, size_t n)
{
	void *p = realloc(old, n ? n : 1);
	if (!p)
		base_die("out of memory (%zu bytes)", n);
	return p;
}

void *xreallocarray(void *old, size_t n, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(n, size, &total))
		base_die("allocation of %zu times %zu bytes overflows", n, size);
	return xrealloc(old, total);
}

char *xstrndup(const char *p, size_t n)
{
	char *copy = xmalloc(n + 1);
	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

void base_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

void base_free_ptr(void *p)
{
	free(*(void **)p);
}
