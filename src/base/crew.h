/*
 * crew.h: one thread that helps another through a phase of pure work: what is added is done by the helper in order, and at the end by both.
 *
 *	struct crew crew;
 *	crew_init(&crew);
 *	crew_add(&crew, parse, &part);   // starts the helper when it is the first
 *	…                                // work of one's own
 *	crew_wait(&crew);                // does what is left over, then waits for what the helper has in hand
 *	crew_deinit(&crew);
 *
 * Jobs share nothing that changes, but for what their two doers keep apart by `who`. Where no thread can be had, crew_wait does everything.
 */
#ifndef BASE_CREW_H
#define BASE_CREW_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/vec.h"

enum crew_who { CREW_SELF, CREW_HELPER, CREW_SIZE };
typedef void crew_fn(void *arg, enum crew_who who);

struct crew_job {
	crew_fn *run;
	void *arg;
};

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t added, finished;
	VEC(struct crew_job) jobs;
	size_t begun; /* jobs taken by either */
	bool has_thread, has_processors, is_over;
	atomic_bool has_news, is_busy; /* changed under the lock */
	pthread_t thread;
};

/* The helper's thread begins with the first job. End it with crew_deinit. */
void crew_init(struct crew *c);
/* Waits for what is done, forgets what is not begun, ends the thread. */
void crew_deinit(struct crew *c);
/* `arg` is borrowed until the job is done. */
void crew_add(struct crew *c, crew_fn *run, void *arg);
/* All that was added is done when it returns. */
void crew_wait(struct crew *c);

/*
 * For a thread that has just been made and is to work beside its maker: sends it to another processor than this one, if there is any, and keeps it off. Linux queues a
 * new thread behind its maker until an idle processor comes to look for work, and puts who is woken beside the waker; either takes longer than a render.
 * False where this processor is the only one.
 */
bool crew_send_elsewhere(pthread_t thread);

/* One of n items; false: its doer takes no more. */
typedef bool crew_item_fn(void *ctx, size_t i, enum crew_who who);
/* Does the items from 0 to n, which both take in turn, and waits for the last. Where one says false, those before it are done or begun. NULL: nobody helps. */
void crew_share(struct crew *c, size_t n, crew_item_fn *run, void *ctx);

#endif
