/*
 * activity.h: whether the processes of a run did anything between two moments: what tells a run's own files from those that somebody else changed.
 *
 * From /proc, without rights of any kind: the processes that belong to the run (its group, and what those started), the calls of write(2) that they made, the time
 * that they had on a processor. Where that cannot be had, nothing is ever proven.
 */
#ifndef RUN_ACTIVITY_H
#define RUN_ACTIVITY_H

#include <sys/types.h>

#include "base/map.h"
#include "base/vec.h"

struct activity {
	VEC(pid_t) members;
	pid_t group;
	uint64_t last;     /* the newest process of the system that was looked at */
	uint64_t changes;  /* processes of the run that came, went, or may not be looked at */
	uint64_t lost;     /* processes that were gone before they were looked at: anybody's */
	bool blind;        /* nothing can be known here */
};

/* As it was at a moment. */
struct activity_now {
	uint64_t changes, lost, writes, processor;
	bool known;
};

/* Begins to look at a group that has just been started. */
void activity_begin(struct activity *a, pid_t group);
void activity_end(struct activity *a);
struct activity_now activity_look(struct activity *a);

enum activity_did {
	ACTIVITY_NOTHING, /* no process of the run was on a processor */
	ACTIVITY_RAN,     /* they ran, but none was started or ended, and nothing was written */
	ACTIVITY_STARTED, /* some were started or ended, and nothing was written: what `touch` and `mv` look like */
	ACTIVITY_WROTE,   /* they wrote, or may have */
};
enum activity_did activity_between(const struct activity_now *from, const struct activity_now *to);

/* Whether it is no more than what a process does that waits for something and looks around now and then, in `ms` milliseconds. */
bool activity_is_little(const struct activity_now *from, const struct activity_now *to, int64_t ms);

#endif
