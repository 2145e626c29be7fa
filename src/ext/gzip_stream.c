/*
 * The inflating thread says after each few KiB how many bytes are there; the reader looks at that number, and sleeps only when it needs more and has
 * nothing else to do. Who is told last looks whether the other sleeps, and who goes to sleep looks at the number once more: one of both sees the other.
 *
 * What is simple comes this way: one member that is as long as the last bytes say. All else, and what is damaged, is the matter of gzip.h.
 */
#include "ext/gzip_stream.h"

#include <stdlib.h>

#include "ext/crc32.h"
#include "ext/gzip.h"
#include "ext/inflate.h"

enum { RUNNING, ENDED, FAILED };

struct gzip_stream {
	struct str bytes;
	char *to;
	size_t size;
	uint32_t check; /* of the bytes that are there */
	atomic_size_t there, wanted;
	atomic_int state;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

size_t gzip_stream_size(struct str bytes)
{
	return gzip_content_at(bytes) ? gzip_number_at(bytes, bytes.n - 4) : 0;
}

/* ---- The inflating thread ---- */

static void wake(struct gzip_stream *s)
{
	pthread_mutex_lock(&s->lock);
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void told(void *ctx, size_t n)
{
	struct gzip_stream *s = ctx;
	size_t before = s->there;
	s->check = crc32_add(s->check, (struct str){ s->to + before, n - before });
	s->there = n;
	if (s->wanted && n >= s->wanted)
		wake(s);
}

void gzip_stream_run(void *stream, enum crew_who who UNUSED)
{
	struct gzip_stream *s = stream;
	size_t at = gzip_content_at(s->bytes), used, n;
	struct str packed = str_slice(s->bytes, at, s->bytes.n - GZIP_TRAILER);
	struct inflate_to to = { .p = s->to, .room = s->size, .told = told, .ctx = s };
	bool ok = inflate(packed, &to, &used, &n) == INFLATE_OK && used == packed.n && n == s->size &&
		  s->check == gzip_number_at(s->bytes, s->bytes.n - GZIP_TRAILER);
	/* The reader frees it as soon as it sees this, for which it needs the lock. */
	pthread_mutex_lock(&s->lock);
	s->state = ok ? ENDED : FAILED;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

/* ---- The reading thread ---- */

struct gzip_stream *gzip_stream_new(struct str bytes, char *to, size_t size)
{
	struct gzip_stream *s = xcalloc(1, sizeof(*s));
	s->bytes = bytes;
	s->to = to;
	s->size = size;
	s->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	s->changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	return s;
}

static void sleep_until(struct gzip_stream *s, size_t want)
{
	pthread_mutex_lock(&s->lock);
	s->wanted = want;
	while (s->there < want && s->state == RUNNING)
		pthread_cond_wait(&s->changed, &s->lock);
	s->wanted = 0;
	pthread_mutex_unlock(&s->lock);
}

size_t gzip_stream_wait(struct gzip_stream *s, size_t want, const struct arc_idle *idle)
{
	while (s->there < want && s->state == RUNNING)
		if (!idle->work || !idle->work(idle->ctx))
			sleep_until(s, want);
	return s->there;
}

bool gzip_stream_end(struct gzip_stream *s)
{
	sleep_until(s, SIZE_MAX);
	return s->state == ENDED;
}

void gzip_stream_free(struct gzip_stream *s)
{
	if (!s)
		return;
	sleep_until(s, SIZE_MAX);
	free(s);
}
