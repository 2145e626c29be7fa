/*
 * A queue under one lock. The helper is started by the first job, since a phase that turns out small needs none.
 *
 * Phases of a render take some hundred microseconds each, and to be woken takes a tenth of that, on a virtual machine more. So who has nothing to do looks out
 * for a moment before it sleeps, where there is a processor for each.
 */
#include "base/crew.h"

#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "base/base.h"

void crew_init(struct crew *c)
{
	*c = (struct crew){ .lock = PTHREAD_MUTEX_INITIALIZER, .added = PTHREAD_COND_INITIALIZER, .finished = PTHREAD_COND_INITIALIZER };
}

/* Takes the next job; the lock is held. */
static bool take(struct crew *c, struct crew_job *job)
{
	if (c->begun == c->jobs.n)
		return false;
	*job = c->jobs.p[c->begun++];
	return true;
}

/* How long to look out: as long as most phases that one thread goes through alone. */
enum { LOOK_NS = 100000, LOOKS_A_CLOCK = 16 };

static inline void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Looks for a while whether the flag is as wanted. The lock is held, but not meanwhile. */
static void look_out(struct crew *c, atomic_bool *flag, bool wanted)
{
	if (!c->has_processors)
		return;
	pthread_mutex_unlock(&c->lock);
	for (uint64_t end = now() + LOOK_NS; atomic_load_explicit(flag, memory_order_relaxed) != wanted && now() < end;)
		for (int i = 0; i < LOOKS_A_CLOCK && atomic_load_explicit(flag, memory_order_relaxed) != wanted; i++)
			pause_briefly();
	pthread_mutex_lock(&c->lock);
}

static void *help(void *arg)
{
	struct crew *c = arg;
	struct crew_job job;
	bool has_looked = false;
	pthread_mutex_lock(&c->lock);
	while (!c->is_over) {
		if (!take(c, &job)) {
			atomic_store_explicit(&c->has_news, false, memory_order_relaxed);
			if (has_looked)
				pthread_cond_wait(&c->added, &c->lock);
			else
				look_out(c, &c->has_news, true);
			has_looked = !has_looked;
			continue;
		}
		has_looked = false;
		c->is_busy = true;
		pthread_mutex_unlock(&c->lock);
		job.run(job.arg, CREW_HELPER);
		pthread_mutex_lock(&c->lock);
		c->is_busy = false;
		pthread_cond_signal(&c->finished);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* As large as the main thread's, on which what recurses counts (gotmpl/exec.h). */
enum { STACK = 8 << 20 };

bool crew_send_elsewhere(pthread_t thread)
{
	cpu_set_t others;
	int here = sched_getcpu();
	if (here < 0 || here >= CPU_SETSIZE || sched_getaffinity(0, sizeof(others), &others) != 0)
		return false;
	CPU_CLR(here, &others);
	if (!CPU_COUNT(&others))
		return false;
	(void)pthread_setaffinity_np(thread, sizeof(others), &others);
	return true;
}

static bool start(struct crew *c)
{
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	bool ok = pthread_attr_setstacksize(&attr, STACK) == 0 && pthread_create(&c->thread, &attr, help, c) == 0;
	c->has_processors = ok && crew_send_elsewhere(c->thread);
	pthread_attr_destroy(&attr);
	return ok;
}

void crew_add(struct crew *c, crew_fn *run, void *arg)
{
	pthread_mutex_lock(&c->lock);
	vec_push(&c->jobs, ((struct crew_job){ run, arg }));
	if (!c->has_thread)
		c->has_thread = start(c);
	atomic_store_explicit(&c->has_news, true, memory_order_relaxed);
	pthread_cond_signal(&c->added);
	pthread_mutex_unlock(&c->lock);
}

void crew_wait(struct crew *c)
{
	struct crew_job job;
	pthread_mutex_lock(&c->lock);
	while (take(c, &job)) {
		pthread_mutex_unlock(&c->lock);
		job.run(job.arg, CREW_SELF);
		pthread_mutex_lock(&c->lock);
	}
	if (c->is_busy)
		look_out(c, &c->is_busy, false);
	while (c->is_busy)
		pthread_cond_wait(&c->finished, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

struct share {
	crew_item_fn *run;
	void *ctx;
	size_t n;
	atomic_size_t next;
};

static void take_items(void *arg, enum crew_who who)
{
	struct share *s = arg;
	for (size_t i; (i = atomic_fetch_add(&s->next, 1)) < s->n;)
		if (!s->run(s->ctx, i, who))
			break;
}

void crew_share(struct crew *c, size_t n, crew_item_fn *run, void *ctx)
{
	struct share s = { .run = run, .ctx = ctx, .n = n };
	if (c)
		crew_add(c, take_items, &s);
	take_items(&s, CREW_SELF);
	if (c)
		crew_wait(c);
}

void crew_deinit(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->is_over = true;
	atomic_store_explicit(&c->has_news, true, memory_order_relaxed);
	pthread_cond_signal(&c->added);
	pthread_mutex_unlock(&c->lock);
	if (c->has_thread)
		pthread_join(c->thread, NULL);
	vec_deinit(&c->jobs);
}
