/*
 * watch_internal.h: what the two halves of watching share.
 *
 *	watch_look.c  what files are, and which of them changed
 *	watch.c       whether that is a reason to run
 */
#ifndef RUN_WATCH_INTERNAL_H
#define RUN_WATCH_INTERNAL_H

#include "base/buf.h"
#include "run/plan.h"
#include "run/watch.h"

struct seen {
	bool exists;
	mode_t mode;
	struct plan_stamp stamp, target; /* target: of what a link leads to */
	bool has_digest;
	struct digest digest;
};

struct entry {
	struct str path;
	struct seen now, before;
	bool touched;          /* looked different since the phase began */
	bool fresh;            /* and since watch_run_did */
	bool exact;            /* an input that is known */
	enum activity_did did; /* the most that the run may have done as it changed */
	uint32_t round;        /* of the last look at everything that found it */
};

/* Names that count: those in a folder, or those that words of a declaration name. */
struct listing {
	struct str directory;
	struct str *words;
	size_t n_words;        /* 0: the folder's names */
	bool all;
	struct buf now, before; /* absolute names, sorted, a NUL behind each */
	bool touched, fresh, dirty;
	enum activity_did did;
};

/* What is remembered of a file that a run changes, or, with a slash at the end, of the folder that it makes files in. */
struct habit {
	bool is_product;
	bool is_written;       /* this run wrote it, or may have */
	int times;             /* runs before this one that did; of those that had to be ended, in a row */
};

struct watch {
	struct str folder, top;    /* top: of the git tree, where .gitignore begins to count */
	struct notify *notify;     /* NULL: looks */
	bool knows_inputs;
	bool runs;
	struct arena arena;        /* of the table */
	struct map entries;        /* struct entry *, by path */
	const struct map *old;     /* the table before, while a new one is made */
	struct map aliases;        /* struct entry *, by where a link leads to */
	VEC(struct entry *) touched;
	VEC(struct listing *) listings;
	struct map outputs;        /* files that nodes write, and folders that they write in */
	struct map habits;         /* struct habit */
	struct arena habit_names;
	struct arena scratch;      /* of one call */
	struct ignore_rules *rules; /* in scratch, NULL until asked for */
	uint32_t round;
	bool look_at_all;          /* what was heard is not enough */
	bool lacks_folder;         /* of a known input */
	int64_t next_look;         /* ms */
	int64_t began_ns;          /* the run, by the clock of files */
	int chain;                 /* runs in a row with no other reason than what the run may have made itself */
	struct arena words;        /* of `why` and the like */
	char *warning;
};

static inline void watch_swap(struct buf *a, struct buf *b)
{
	struct buf t = *a;
	*a = *b;
	*b = t;
}

/* --- watch_look.c --- */
bool watch_is_below(struct str folder, struct str path);
/* Whether a node of the run writes it, or in a folder above it. */
bool watch_is_output(const struct watch *w, struct str path);
/* Two looks at a file that saw the same. */
bool watch_same(const struct seen *a, const struct seen *b);
/* Takes the digest of a file's bytes, where it is a small one. */
void watch_hash(struct str path, struct seen *s);
/* Whether it is another file than when the phase began. */
bool watch_differs(struct entry *e);
struct entry *watch_find(const struct watch *w, struct str path);
/* A file that was there before it was watched. One that is younger than the run has been changed in it, by whomever. */
struct entry *watch_add_seen(struct watch *w, struct str path);
/* Takes an entry over from the table before. */
struct entry *watch_adopt(struct watch *w, const struct entry *from);
/* Reads the names of a listing. */
void watch_read_listing(struct watch *w, const struct listing *l, struct buf *out);
/* The first name that came or went, but those of outputs; false where there is none. */
bool watch_listing_differs(const struct watch *w, const struct listing *l, struct str *which);
/* Looks at everything, and hears of it from now on. With WATCH_NEWS what was not known yet is a change. */
enum watch_news { WATCH_OLD, WATCH_NEWS };
void watch_look_at_all(struct watch *w, enum watch_news news);
/* Instead of being told. Takes over the reason. */
void watch_stop_hearing(struct watch *w, struct err *why);
/* To be called at the end of each function that is called from outside. */
void watch_end_call(struct watch *w);

#endif
