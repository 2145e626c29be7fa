/*
 * store_internal.h: what the files of the store share (store.c: blobs; keep.c: looking after them).
 */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include <pthread.h>

#include "base/map.h"
#include "base/vec.h"
#include "ext/db.h"
#include "store/store.h"

struct held_result {
	struct digest key;
	struct str bytes;
	bool is_blob;
};

struct store {
	struct arena arena;
	struct str dir;
	struct str key; /* empty: plain */

	pthread_mutex_t lock; /* of what follows */
	struct db *results;
	struct arena held_arena;
	VEC(struct held_result) held;
	struct map held_blobs; /* struct str, by digest */
};

/* Opens the database of results where it is there, or makes it; s->lock is held. s->results is NULL where it is not there. */
MUST_CHECK bool store_open_results(struct store *s, bool create, struct err *err);
MUST_CHECK bool store_flush_results(struct store *s, struct err *err);

#endif
