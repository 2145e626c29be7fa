/*
 * jobserver.h: slots for jobs that are shared with make, in both directions (GNU make's manual, "POSIX Jobserver Interaction").
 *
 * A job needs a slot while it runs. The first one is our own: whoever started us waits for us meanwhile. Each further one is a byte from a pipe or fifo,
 * which is put back, the same byte, when the job has ended.
 *
 *	joined   MAKEFLAGS names a jobserver: --jobserver-auth=fifo:PATH (make 4.4), =R,W (4.2 and newer) or --jobserver-fds=R,W (older). The
 *	         last one counts.
 *	served   we are told how many jobs to run: we make the pipe, and tell of it by MAKEFLAGS. It is a pipe and not a fifo because make 4.3 and older
 *	         take the name of a fifo for an error, and 4.4 knows both; its ends stay open in all children, at numbers that scripts do not use.
 *
 * All functions take NULL, which is a limit that does not exist. Only job_slots_put_back_now may be called beside another call.
 */
#ifndef EXT_JOBSERVER_H
#define EXT_JOBSERVER_H

#include "base/arena.h"

struct job_slots;

struct job_slots_options {
	struct str makeflags;  /* as the environment has it; p is NULL where it is not set */
	uint64_t jobs;         /* how many jobs were asked for; 0: nobody said */
	void (*warn)(void *ctx, const char *text); /* at the first job that would need a second slot, where there should be a jobserver and is none */
	void *ctx;
};

/* NULL where there is nothing to share: no jobserver, or one job. Where jobs were asked for that many are served, and a jobserver around us is left alone, as make does. */
struct job_slots *job_slots_new(const struct job_slots_options *options);
/* Puts back what is still held. */
void job_slots_free(struct job_slots *s);

/* Takes a slot if there is one; never waits. */
bool job_slots_take(struct job_slots *s);
/* Takes our own one, where it is free. */
bool job_slots_take_first(struct job_slots *s);
/* Gives one back. */
void job_slots_give(struct job_slots *s);
/* Polls readable when there may be one; -1: there will be none but by giving back. */
int job_slots_fd(const struct job_slots *s);
/* Whether others decide how many there are. */
bool job_slots_are_joined(const struct job_slots *s);
/* MAKEFLAGS for children; p is NULL where it stays as it is. */
struct str job_slots_makeflags(const struct job_slots *s);
/* Puts back all that is held: for a signal's handler, and before _exit. */
void job_slots_put_back_now(struct job_slots *s);

#endif
