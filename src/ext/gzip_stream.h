/*
 * gzip_stream.h: gzip in memory, inflated by one thread while another already reads the beginning. Internal to ext: see archive.h.
 *
 *	struct gzip_stream *s = gzip_stream_new(bytes, size, to);   // size: gzip_stream_size
 *	crew_add(crew, gzip_stream_run, s);
 *	… gzip_stream_wait(s, 512, &idle) …
 *	if (!gzip_stream_end(s)) …                                  // nothing of it counts
 *	gzip_stream_free(s);
 */
#ifndef EXT_GZIP_STREAM_H
#define EXT_GZIP_STREAM_H

#include "base/crew.h"
#include "ext/archive.h"

struct gzip_stream;

/* How many bytes the content has, as the trailer says; 0 where this is nothing for a stream. Only a guess: what is wrong shows in gzip_stream_end. */
size_t gzip_stream_size(struct str bytes);

/* Of `bytes` into the `size` bytes at `to`; both are borrowed until it is freed. */
struct gzip_stream *gzip_stream_new(struct str bytes, char *to, size_t size);
/* Waits for the other thread, which must have it in its queue. Takes NULL. */
void gzip_stream_free(struct gzip_stream *s);
/* What the other thread does: a crew_fn. */
void gzip_stream_run(void *stream, enum crew_who who);
/* Waits until `want` bytes are there, or all that there will be; gives how many. Meanwhile does what `idle` has to do. */
size_t gzip_stream_wait(struct gzip_stream *s, size_t want, const struct arc_idle *idle);
/* Waits for the end. False: the stream is damaged, has several members, or another size than the trailer says. */
bool gzip_stream_end(struct gzip_stream *s);

#endif
