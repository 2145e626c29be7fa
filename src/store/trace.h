/*
 * trace.h: what one run of a step read and wrote: the record that decides whether it has to run again.
 *
 * A trace is a list of entries. Inputs say what the run saw: a file with this content, a name that was absent, the names in a folder, a
 * variable. Outputs say what it left behind. Names inside the project are relative to its root, so that two checkouts have equal traces;
 * others are absolute. A trace is stored as bytes (trace_encode), one row of state.db a run.
 */
#ifndef STORE_TRACE_H
#define STORE_TRACE_H

#include "base/buf.h"
#include "base/vec.h"
#include "base/sha256.h"

enum trace_kind {
	TRACE_FILE = 1, /* read; digest of the content */
	TRACE_ABSENT,   /* looked for, not there */
	TRACE_LIST,     /* folder listed; digest of the sorted names and kinds */
	TRACE_LINK,     /* symbolic link read; digest of its target */
	TRACE_ENV,      /* variable asked for; digest of its value */
	TRACE_NO_ENV,   /* variable asked for, not set */
	TRACE_OUTPUT,   /* written; digest of the content, keyed if secret */
	TRACE_RESULT,   /* the bytes of a part, as a blob of the store; digest keyed if secret */
	TRACE_SUMMARY,  /* name holds the one-line summary that the run showed */
	TRACE_LEFT,     /* folder of outputs as the run left it; digest of the sorted names and kinds */
	TRACE_NEEDED,   /* a node that it depends on; digest of that one's result */
	TRACE_STDOUT,   /* what it printed, as a blob of the store */
	TRACE_STDERR,
	TRACE_KIND,     /* looked at: digest of what it is (file, program, folder …) */
};

struct trace_entry {
	enum trace_kind kind;
	bool found;     /* by watching, not by declaration: TRACE_LIST without the run's own outputs, TRACE_LEFT with nothing but them */
	bool secret;    /* TRACE_OUTPUT, TRACE_RESULT: digest is keyed, the blob private */
	uint32_t mode;  /* TRACE_OUTPUT: permission bits; of a symbolic link S_IFLNK too, its target is the blob; of an empty folder S_IFDIR */
	struct str name;
	struct digest digest;
};

struct trace {
	VEC(struct trace_entry) entries; /* in an arena */
};

static inline bool trace_is_input(enum trace_kind kind)
{
	return kind <= TRACE_NO_ENV || kind == TRACE_NEEDED || kind == TRACE_KIND;
}

/* Order of stored traces: by kind, then name. Equal inputs are kept once by trace_sort. */
void trace_sort(struct trace *t);
void trace_encode(const struct trace *t, struct buf *out);
/* Names borrow from `bytes`. Bytes that are no trace (a damaged database) are ERR_INTEGRITY. */
MUST_CHECK bool trace_decode(struct str bytes, struct arena *a, struct trace *out, struct err *err);

#endif
