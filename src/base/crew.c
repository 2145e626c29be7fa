/* A queue under one lock. The helper is started by the first job, since a phase that turns out small needs none. */
#include "base/crew.h"

#include <stdatomic.h>
#include <stdlib.h>

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

static void *help(void *arg)
{
	struct crew *c = arg;
	struct crew_job job;
	pthread_mutex_lock(&c->lock);
	while (!c->is_over) {
		if (!take(c, &job)) {
			pthread_cond_wait(&c->added, &c->lock);
			continue;
		}
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

static bool start(struct crew *c)
{
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	bool ok = pthread_attr_setstacksize(&attr, STACK) == 0 && pthread_create(&c->thread, &attr, help, c) == 0;
	pthread_attr_destroy(&attr);
	return ok;
}

void crew_add(struct crew *c, crew_fn *run, void *arg)
{
	pthread_mutex_lock(&c->lock);
	vec_push(&c->jobs, ((struct crew_job){ run, arg }));
	if (!c->has_thread)
		c->has_thread = start(c);
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
	pthread_cond_signal(&c->added);
	pthread_mutex_unlock(&c->lock);
	if (c->has_thread)
		pthread_join(c->thread, NULL);
	vec_deinit(&c->jobs);
}
