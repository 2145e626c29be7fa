/*
 * observe.h: what a run tells those who were not there: events while it goes on (--events), a trace for a viewer (--trace-file), a summary at its end
 * (--summary-file), and the groups and annotations of CI systems.
 *
 * Tasks are recipes, step lines and their parts (a release of a render). Whoever runs them reports each once at its begin and once at its end. Values that look like
 * secrets of the environment are masked in all that is written here. All functions may be called from any thread and take a NULL observer, which nobody listens to.
 */
#ifndef RUN_OBSERVE_H
#define RUN_OBSERVE_H

#include "base/buf.h"
#include "base/err.h"

struct observe;

enum observe_ci { OBSERVE_NO_CI, OBSERVE_GITHUB, OBSERVE_GITLAB };

struct observe_options {
	char *const *environ;    /* values of variables whose names say that they are secret are masked */
	struct str events;       /* a file, or "-": standard output; empty: none */
	struct str trace_file;
	struct str summary_file; /* Markdown where it ends in .md or is what GITHUB_STEP_SUMMARY names, else JSON */
	enum observe_ci ci;
	int fd_out, fd_err;
};

/* The CI system that this environment tells of. */
enum observe_ci observe_find_ci(char *const *environ);

/* Opens the files: ERR_IO where one cannot be written. NULL in *out where there is nothing to tell anybody. */
MUST_CHECK bool observe_new(const struct observe_options *options, struct observe **out, struct err *err);
/* Writes the summary and closes the files; `status` is the run's exit status. Frees it. Takes NULL. */
void observe_end_run(struct observe *o, int status);

enum observe_kind { OBSERVE_RECIPE, OBSERVE_CACHED, OBSERVE_STEP, OBSERVE_PART };
struct observe_task {
	enum observe_kind kind;
	struct str name;
	uint32_t parent;     /* of a part */
	struct str file;     /* where it stands; may be empty */
	uint32_t line;
	struct str why;      /* why it runs; may be empty */
};
/* Gives its number, from 1; 0 without an observer. */
uint32_t observe_begin(struct observe *o, const struct observe_task *task);

enum observe_text_kind { OBSERVE_LOG, OBSERVE_NOTE };
/* A line that a task says (0: the run itself). */
void observe_text(struct observe *o, uint32_t task, enum observe_text_kind kind, struct str text);

enum observe_how { OBSERVE_RAN, OBSERVE_WAS_CACHED, OBSERVE_RESTORED, OBSERVE_FAILED, OBSERVE_SKIPPED, OBSERVE_DIFFERS };
struct observe_result {
	enum observe_how how;
	int status;             /* exit status of a recipe */
	uint32_t line;          /* where it failed, if that is known better than by the task's line */
	int64_t saved_ms;       /* how long the run took whose result was taken */
	struct str summary;
	const struct err *err;  /* of a failure; may be NULL */
};
void observe_end(struct observe *o, uint32_t task, const struct observe_result *result);

/* An error that belongs to no task, or whose task has not told it: an annotation where CI knows those. One that has been told already is not told again. */
void observe_error(struct observe *o, const struct err *err);

/* What opens and closes a foldable group of lines; adds nothing without CI. `id` tells groups apart. */
void observe_group_begin(const struct observe *o, uint32_t id, struct str title, struct buf *out);
void observe_group_end(const struct observe *o, uint32_t id, struct buf *out);
/* The text with secrets masked; in `a` where there were any. */
struct str observe_masked(const struct observe *o, struct str text, struct arena *a);
/* The string as JSON, in quotes; bytes that are not UTF-8 become U+FFFD. */
void observe_add_json(struct buf *out, struct str s);

/* Whether there are groups: then what a task said is shown in any case. */
bool observe_has_groups(const struct observe *o);

#endif
