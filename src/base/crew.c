/* A queue under one lock. The helper is started by the first job, since a phase that turns out small needs none. */
#include "base/crew.h"

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

void crew_add(struct crew *c, crew_fn *run, void *arg)
{
	pthread_mutex_lock(&c->lock);
	vec_push(&c->jobs, ((struct crew_job){ run, arg }));
	if (!c->has_thread)
		c->has_thread = pthread_create(&c->thread, NULL, help, c) == 0;
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
