/*
 * out.h: what the user sees of a run's steps; the only way in which steps speak.
 *
 * On a terminal: one line per running step and a total bar, redrawn in place; a step's log appears when it fails or with -v. Without a
 * terminal: plain lines, each step's output kept together. An observer (observe.h) is told of everything. Plain recipes do not pass
 * here: their output is untouched, as in just.
 *
 * All functions may be called from any thread. Nothing is printed before out_begin.
 */
#ifndef RUN_OUT_H
#define RUN_OUT_H

#include "base/err.h"
#include "base/str.h"

struct observe;
struct out;
struct out_step;

/* How what several say at once is shown: each in one piece at its end, each line as it comes, or that with the name before it. OUT_AUTO: steps in pieces; of cached
 * recipes that of the oldest as it comes. */
enum out_mode { OUT_AUTO, OUT_STREAM, OUT_GROUP, OUT_PREFIX };

struct out_options {
	int fd_out, fd_err;  /* results and progress */
	struct observe *observe; /* borrowed; may be NULL */
	bool terminal;       /* fd_err is a terminal that can be redrawn */
	bool color;
	bool verbose;        /* logs of steps that went well too */
	bool quiet;          /* nothing but errors and results */
	enum out_mode mode;
	int columns;         /* width of the terminal, 80 where unknown */
};

/* `options` is copied, what it points to is borrowed. out_free takes NULL. */
struct out *out_new(const struct out_options *options);
void out_free(struct out *out);

/* How many steps are known to come, for the total bar; may grow. */
void out_total(struct out *out, int steps);

enum out_end { OUT_RAN, OUT_CACHED, OUT_FAILED, OUT_SKIPPED, OUT_DIFFERS };

/* A step's life: begin, any number of the others, end (which frees it). `name` is copied; the place where it stands (`file` may be empty) is for those who are told of
 * its failure. */
struct out_step *out_begin(struct out *out, struct str name, struct str file, uint32_t line);
/* It takes a recorded result; the run that made it took so long. */
void out_saved(struct out_step *step, int64_t ms);
/* Nothing shall be said of this step but what it prints and notes. */
void out_hide(struct out_step *step);
/* What it does now, a few words: shown beside its name on a terminal. */
void out_doing(struct out_step *step, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* How far it is: `done` of `total` (0: unknown) in bytes. Shown as a bar with a rate on a terminal. */
void out_bytes(struct out_step *step, uint64_t done, uint64_t total);
/* A line of its log (no newline at the end): shown if the step fails, or with -v. */
void out_log(struct out_step *step, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A line that the user shall see in any case, on standard error: a warning, "no cluster is configured". */
void out_note(struct out_step *step, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A note that belongs to no step. */
void out_warn(struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Bytes that are the step's result, on standard output, in one piece with what it has printed before. */
void out_print(struct out_step *step, struct str bytes);
/* The last line's summary, e.g. "82 resources: 3 created, 79 unchanged"; shown behind the step's name. */
void out_summary(struct out_step *step, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The summary so far, borrowed until it changes. */
struct str out_get_summary(struct out_step *step);
/* Ends it; `err` is the failure's error (borrowed) or NULL. The error itself is printed by whoever gets it, not here. */
void out_end(struct out_step *step, enum out_end how, const struct err *err);

/* Whether all results of ended steps could be written: a full disk is told once, at the end of the work. Whoever reads may stop reading (EPIPE). */
MUST_CHECK bool out_check(struct out *out, struct err *err);

/* A progress line of a part of a step (a download, a release), shown below it while it lasts. Ends with out_part_end. */
struct out_step *out_part_begin(struct out_step *parent, struct str name);
void out_part_end(struct out_step *part, enum out_end how);

#endif
