/*
 * keep.h: looking after a store: how large it is, what nobody needs any more, whether its blobs are sound.
 *
 * A blob is needed as long as a record names it: of any project that has used the store, or a shared result. Which projects those are the store knows: each registers
 * itself. What is put into the store without being recorded yet is young, and what is young stays; putting a blob that is there already makes it young again.
 */
#ifndef STORE_KEEP_H
#define STORE_KEEP_H

#include <stdio.h>

#include "base/vec.h"
#include "store/state.h"
#include "store/store.h"

typedef VEC(struct digest) keep_digests; /* on the heap */

/* The blobs that a record names, added to `plain` or `secret`. */
void keep_add_trace(const struct trace *t, keep_digests *plain, keep_digests *secret);
/* The blobs that the project's records and pins name; nothing where it has no state. */
MUST_CHECK bool keep_add_state(struct state *s, keep_digests *plain, keep_digests *secret, struct err *err);

/* Remembers that the project at `root` uses the store; a failure costs only that its blobs are not protected. */
void keep_register(struct store *s, struct str root);
/* The registered projects that still have a state.db; the others are forgotten. In `a`. */
typedef VEC(struct str) keep_roots;
MUST_CHECK bool keep_projects(struct store *s, struct arena *a, keep_roots *out, struct err *err);

struct keep_usage {
	uint64_t blobs, bytes;
};
MUST_CHECK bool keep_measure(struct store *s, struct keep_usage *out, struct err *err);

/* Takes the store's gc lock until the descriptor is closed; *fd -1 where another process has it. */
MUST_CHECK bool keep_lock(struct store *s, int *fd, struct err *err);

/* Removes blobs that are not among `live` (sorted by this) and were not touched for `grace_s`, and temporary files of that age. */
struct keep_swept {
	struct keep_usage removed, kept;
};
MUST_CHECK bool keep_sweep(struct store *s, keep_digests *live, int64_t grace_s, struct keep_swept *out, struct err *err);

/* Hashes all blobs; damaged ones are removed, so that who needs one makes it again. */
struct keep_checked {
	struct keep_usage sound;
	uint64_t damaged;
};
MUST_CHECK bool keep_verify(struct store *s, struct keep_checked *out, struct err *err);

/* Forgets notes (store.h) written before `before` and adds the blobs that the others name. */
MUST_CHECK bool keep_add_notes(struct store *s, int64_t before, keep_digests *live, struct err *err);

/* --- shared results --- */

/* Forgets the results used last before `before` (seconds since 1970); *n of them. */
MUST_CHECK bool keep_forget_results(struct store *s, int64_t before, uint64_t *n, struct err *err);
/* The time before which a quarter of the results was used last; *found false where there are none. */
MUST_CHECK bool keep_oldest_results(struct store *s, int64_t *before, bool *found, struct err *err);
/* Adds the blobs that shared results name, and counts the results. */
MUST_CHECK bool keep_add_results(struct store *s, keep_digests *live, uint64_t *n, struct err *err);

/* Whether `seconds` have passed since keep_note was called last: for what is done now and then. */
bool keep_is_due(struct store *s, int64_t seconds);
void keep_note(struct store *s);

#endif
