/*
 * record.h: collects what a step reports (step.h) into a trace, and tells whether a trace still holds.
 */
#ifndef RUN_RECORD_H
#define RUN_RECORD_H

#include <pthread.h>
#include <time.h>

#include "base/map.h"
#include "run/step.h"
#include "store/store.h"
#include "store/trace.h"

struct step_record {
	pthread_mutex_t lock;
	struct arena arena;      /* names */
	struct trace trace;
	struct map seen;         /* kind and name: each is reported once */
	struct str uncacheable;  /* the reason, or empty */
	struct timespec started;
	struct step_record *parent;
	struct str node;         /* the node's name */
	struct digest key;
};

/* Begins the record of a run, now; `node` is copied, `parent` (may be NULL) borrowed: it gets all that this one gets. */
void record_init(struct step_record *r, struct str node, const struct digest *key, struct step_record *parent);
void record_deinit(struct step_record *r);
/* Adds an entry (its name is copied) to the record and its parents. */
void record_add(struct step_record *r, const struct trace_entry *entry);

/* `path` as a trace names it: relative to the root where it lies inside. And back. Both in `a`. */
struct str record_name(const struct step_host *host, struct arena *a, struct str absolute);
/* The same for a root by another name. */
struct str record_name_below(struct str root, struct arena *a, struct str absolute);
/* The same of a path that path_clean or path_in made. */
struct str record_name_clean(struct str root, struct str clean);
struct str record_path(const struct step_host *host, struct arena *a, struct str name);

/* The store for secret or plain blobs; the private one is opened at first use. Borrowed. */
MUST_CHECK bool record_store(const struct step_host *host, enum step_secrecy secrecy, struct store **out, struct err *err);

/* What differs now from a trace's input. */
struct record_change {
	bool changed;
	struct trace_entry entry;  /* the input that differs */
	bool exists;               /* whether it is there now */
	struct digest now;
};
/* Looks at the inputs of `t` in order and stops at the first that differs. Reads, writes nothing. */
MUST_CHECK bool record_compare(const struct step_host *host, const struct trace *t, struct arena *a, struct record_change *out, struct err *err);
/* Adds a sentence such as "environments/local/values.yaml changed (1f2e… → 9a8b…)". */
void record_change_text(const struct record_change *c, struct buf *out);

/* Makes the outputs of `t` be there with their content and mode, from the store where they are not. *ok false: a blob is missing, a file that `owns`
 * (NULL: any) does not know is in the way, or a folder holds other names than the run left. */
typedef bool record_owns(struct str path);
MUST_CHECK bool record_restore(const struct step_host *host, const struct trace *t, record_owns *owns, struct arena *a, bool *ok,
			       struct err *err);
/* Whether the outputs' folders hold what the run left in them; also true where outputs are missing and could be put back. */
MUST_CHECK bool record_settled(const struct step_host *host, const struct trace *t, struct arena *a, bool *settled, struct err *err);

#endif
