/*
 * filter.h: which system calls are looked at, and the seccomp program that stops them.
 *
 * One table says of each call what it does to files; the program for the kernel and the reading of the arguments (calls.c) both follow it.
 */
#ifndef TRACE_FILTER_H
#define TRACE_FILTER_H

#include "base/err.h"

enum call_op {
	CALL_OPEN = 1,  /* path, flags */
	CALL_OPEN_HOW,  /* path, struct open_how */
	CALL_CREATE,    /* creat */
	CALL_LOOK,      /* path, AT_ flags: stat and its like */
	CALL_LOOK_LINK, /* the same of a link itself */
	CALL_READ_LINK,
	CALL_EXECUTE,   /* path, AT_ flags */
	CALL_LIST,      /* descriptor */
	CALL_MAKE_DIR,
	CALL_MAKE,      /* path: a node or a symbolic link */
	CALL_REMOVE,
	CALL_RENAME,    /* two paths, flags */
	CALL_LINK,      /* two paths, flags */
	CALL_CHANGE,    /* path, AT_ flags: times, mode, owner, size; no path: the descriptor */
	CALL_CHANGE_LINK,
	CALL_CHANGE_FD, /* descriptor */
	CALL_CONNECT,   /* address at 1, length at 2 */
	CALL_BIND,
	CALL_SEND_TO,   /* address at 4, length at 5 */
	CALL_SEND_MSG,  /* struct msghdr at 1 */
	CALL_SEND_MSGS, /* struct mmsghdr at 1, count at 2 */
	CALL_REFUSE,    /* makes the result uncacheable: `why` */
	CALL_BLIND,     /* the same, and names mean something else from then on */
	CALL_MISSING,   /* the kernel answers ENOSYS */
};

enum { CALL_NONE = -1 }; /* no such argument */

struct call_def {
	int number;
	enum call_op op;
	int8_t dir, path, flags; /* which argument is the folder's descriptor, the path, the flags; CALL_NONE: there is none */
	int8_t dir2, path2;
	const char *why;
	/* Looked at only where this argument has one of these bits; 0: always. All bits: where it is not 0. */
	uint64_t if_bits;
	int8_t if_arg;
};

/* The row of a call, or NULL. */
const struct call_def *call_find(int number);

/* Puts the filter on the calling thread and all that it will start; *listener is where the kernel tells of calls. */
MUST_CHECK bool filter_install(int *listener, struct err *err);
/* Whether a call of `arch` is one of this machine's own; those of 32-bit programs are not. */
bool filter_is_native(uint32_t arch, int number);

#endif
