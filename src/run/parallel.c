/* A shared counter hands out the items. */
#include "run/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct parallel {
	size_t n;
	parallel_fn *fn;
	void *ctx;
	atomic_size_t next;
	atomic_bool failed;
	pthread_mutex_t lock;
	size_t failed_at;
	struct err err;
};

static void keep_first(struct parallel *p, size_t i, struct err *err)
{
	pthread_mutex_lock(&p->lock);
	if (p->err.kind == ERR_NONE || i < p->failed_at) {
		err_deinit(&p->err);
		err_move(&p->err, err);
		p->failed_at = i;
	}
	pthread_mutex_unlock(&p->lock);
	err_deinit(err);
}

static void *work(void *arg)
{
	struct parallel *p = arg;
	while (!atomic_load(&p->failed)) {
		size_t i = atomic_fetch_add(&p->next, 1);
		struct err err = { 0 };
		if (i >= p->n)
			break;
		if (!p->fn(p->ctx, i, &err)) {
			keep_first(p, i, &err);
			atomic_store(&p->failed, true);
		}
	}
	return NULL;
}

bool parallel_for(int jobs, size_t n, parallel_fn *fn, void *ctx, struct err *err)
{
	struct parallel p = { .n = n, .fn = fn, .ctx = ctx };
	size_t wanted = n < 2 ? 0 : MIN((size_t)MAX(jobs, 1), n) - 1, started = 0;
	pthread_t *threads = xcalloc(wanted, sizeof(*threads));
	pthread_mutex_init(&p.lock, NULL);
	while (started < wanted && pthread_create(&threads[started], NULL, work, &p) == 0)
		started++;
	work(&p);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	pthread_mutex_destroy(&p.lock);
	if (p.err.kind == ERR_NONE)
		return true;
	err_move(err, &p.err);
	return false;
}
