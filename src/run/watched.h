/*
 * watched.h: cached recipes that are watched while they run ([cache(trace)], `set trace`): between the tracer (trace/trace.h) and records.
 *
 * What was found by watching stands in a trace beside what was declared, marked as found. Declared inputs are known before a run and are compared as a set;
 * found ones are looked at one by one, as the run that is recorded saw them.
 */
#ifndef RUN_WATCHED_H
#define RUN_WATCHED_H

#include "ext/proc.h"
#include "lang/lang.h"
#include "run/record.h"
#include "trace/trace.h"

/* Whether the recipe is to be watched. */
bool watched_wants(const struct lang_recipe *recipe);

/* Begins to watch; `ignore` are absolute paths or begin with `~/`. ERR_USAGE where this system has no tracing at all; *why (in `a`) instead of a tracer where it cannot be
 * done now: the recipe runs and is not recorded. */
struct watched_options {
	const struct step_host *host;
	struct str directory;
	const struct str *ignore;
	size_t n_ignore;
};
MUST_CHECK bool watched_start(const struct watched_options *options, struct arena *a, struct tracer **out, struct str *why, struct err *err);
/* proc_start, watched. */
MUST_CHECK bool watched_proc(struct tracer *t, const struct proc_options *options, struct proc *out, struct err *err);

/* Ends the watching: adds what was found to `t`, but inputs that are declared there, and tells the names of outputs. *why says what makes the result uncacheable; empty:
 * nothing. All in `a`. */
MUST_CHECK bool watched_end(const struct step_host *host, struct tracer *tracer, struct arena *a, struct trace *t, step_words *outputs, struct str *why,
			    struct err *err);

/* Whether what a record found is as it was; else the first difference. */
MUST_CHECK bool watched_compare(const struct step_host *host, const struct trace *t, struct arena *a, struct record_change *out, struct err *err);

#endif
