/*
 * git_run.h: running the system's git, one or several at once. Internal to pkg/git*.c.
 */
#ifndef PKG_GIT_RUN_H
#define PKG_GIT_RUN_H

#include "base/scratch.h"
#include "pkg/fetch.h"
#include "pkg/git.h"

struct remote {
	struct str url;
	struct str at;           /* what git is given for it: the same, or its place in the mirror */
	size_t number;
	struct str dir;          /* its bare repository; empty: none yet */
	bool has_refs;
	pkg_git_refs refs;       /* whole names, "refs/tags/v1", peeled */
	VEC(struct str) commits; /* that are in dir */
};

struct pkg_git {
	const struct pkg_vendor_options *opt;
	struct arena arena;
	struct scratch scratch; /* made at first use */
	VEC(struct remote *) remotes;
};

/* What git is run for. `dir` is the bare repository, or empty; `input` goes to its standard input, more than `limit` bytes of output are too many. */
struct git_asked {
	const char *doing;
	struct str remote, dir, input;
	const struct pkg_repository *repository;
	size_t limit;
	int timeout_ms;
};

/* Runs git with `words` (ended by NULL) to its end; what it prints is added to `out`. A failure says what git said. */
MUST_CHECK bool git_run(struct pkg_git *g, const struct git_asked *q, const char *const *words, struct buf *out, struct err *err);

/* Reads "Receiving objects:  45% (123/273), 1.20 MiB | 500.00 KiB/s": the bytes so far, and what they will come to by the part of the objects that is here, or 0. False of
 * other lines, and where it does not say how many bytes. */
bool git_received(struct str line, uint64_t *done, uint64_t *total);

/* One of several. */
struct git_job {
	struct git_asked asked; /* without input */
	const char *const *words;
	struct buf out;
	void *download; /* told of the bytes that git says it received (`fetch --progress`); may be NULL */
	struct err err; /* why it failed; the caller's to release, as `out` */
};
/* Runs all, a bounded number at a time. Each has its own outcome; false where the run was cancelled. */
MUST_CHECK bool git_run_all(struct pkg_git *g, struct git_job *jobs, size_t n, struct err *err);

#endif
