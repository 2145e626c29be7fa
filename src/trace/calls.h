/*
 * calls.h: what one system call of a watched thread does to files, worked out before it goes on.
 */
#ifndef TRACE_CALLS_H
#define TRACE_CALLS_H

#include "trace/files.h"

struct call {
	pid_t tid;
	int number;
	uint32_t arch;
	uint64_t args[6];
	bool no_new_privs; /* setuid programs run without their rights */
};

/* Gives the errno that the call is to fail with instead; 0: it goes on. */
int call_note(struct files *f, const struct call *c);

#endif
