/*
 * proc.h: children: start, talk, wait, end.
 *
 * A child is started by posix_spawn, which shares the parent's memory until exec and so costs the same however large the parent is. Signals
 * that the parent ignores or blocks are reset in the child. A child that may have children of its own gets a process group, and is
 * ended by that.
 */
#ifndef EXT_PROC_H
#define EXT_PROC_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum proc_stream {
	PROC_INHERIT, /* the parent's own */
	PROC_NULL,    /* /dev/null */
	PROC_PIPE,    /* a pipe; the parent's end is in struct proc */
};

struct proc_options {
	const char *const *argv; /* ends with NULL; argv[0] is searched in PATH unless it holds a slash */
	const char *file;        /* what to execute where that is not argv[0]; NULL: argv[0] */
	const char *const *env;  /* "K=V", ends with NULL; NULL: the parent's */
	const char *cwd;         /* NULL: the parent's */
	enum proc_stream in, out, err;
	bool new_group;            /* lead a process group of its own */
	const int *close_fds;      /* descriptors that are closed although they would stay open */
	size_t close_count;
	int *start_errno; /* where proc_start leaves the errno of a start that failed; may be NULL */
};

struct proc {
	pid_t pid;            /* 0: none, or waited for */
	bool leads_group;
	int in, out, err;     /* our ends of PROC_PIPE, or -1 */
	int pidfd;            /* -1 until proc_fd */
};

/* How a child ended: exited with `code`, or killed by `signal` (then code is 128 + signal). */
struct proc_end {
	int code;
	int signal;
};

/* Starts a child. A program that cannot be found is ERR_NOT_FOUND, one that cannot be executed ERR_IO; err names argv[0] and the reason. */
MUST_CHECK bool proc_start(const struct proc_options *opt, struct proc *out, struct err *err);
/* Waits for the end. With pipes read them first, or use proc_run. */
MUST_CHECK bool proc_wait(struct proc *p, struct proc_end *out, struct err *err);
/* A descriptor that polls readable when the child has ended; owned by p. Fails on kernels before Linux 5.3. */
MUST_CHECK bool proc_fd(struct proc *p, int *fd, struct err *err);
/* Sends a signal to the child, or to its group where it leads one; a child that is gone is fine. */
void proc_signal(const struct proc *p, int signal);
/* SIGTERM, up to `grace_ms` for it to end, then SIGKILL; waits for it. Fine on a child that was waited for. */
void proc_kill(struct proc *p, int grace_ms);
/* Closes our ends of pipes and the pidfd; the child, if not waited for, is killed. */
void proc_close(struct proc *p);

/* Runs a child to its end: feeds `input` to its stdin where opt->in is PROC_PIPE, collects the pipes of out and err into the bufs (NULL: discarded).
 * More than `limit` bytes from one stream is ERR_LIMIT and kills it; more than `timeout_ms` (0: none) is ERR_TIMEOUT. */
struct proc_run {
	struct str input;
	struct buf *out, *err;
	size_t limit; /* 0: PROC_OUTPUT_LIMIT */
	int timeout_ms;
};
#define PROC_OUTPUT_LIMIT ((size_t)256 << 20)
MUST_CHECK bool proc_run(const struct proc_options *opt, const struct proc_run *io, struct proc_end *out, struct err *err);

/* Finds a program in the `path` list (PATH's value) as execvp would; false where there is none. */
MUST_CHECK bool proc_find(struct str name, struct str path, struct arena *a, struct str *out);

#endif
