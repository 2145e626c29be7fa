/*
 * observe_internal.h: what the writers of the observer share: tasks as they are kept until the end.
 */
#ifndef RUN_OBSERVE_INTERNAL_H
#define RUN_OBSERVE_INTERNAL_H

#include "base/vec.h"
#include "run/observe.h"

struct observed {
	enum observe_kind kind;
	struct str name, file, why, summary, error;
	uint32_t parent, line;
	int lane;              /* row of the trace viewer */
	bool has_part;         /* a part is on the same row now */
	int64_t began_us, ended_us; /* since the run began; ended_us < 0: it runs */
	enum observe_how how;
	int64_t saved_ms;
	int status;
};
typedef VEC(struct observed) observed_list;

extern const char *const observe_kinds[], *const observe_hows[];

struct observe_totals {
	int ran, cached, failed, skipped;
	int64_t saved_ms;
};
struct observe_totals observe_count(const observed_list *tasks);

struct observe_run {
	const observed_list *tasks;
	int64_t began;        /* seconds since 1970 */
	int64_t duration_us;
	int status;
};
void observe_summary_json(const struct observe_run *run, struct buf *out);
void observe_summary_markdown(const struct observe_run *run, struct buf *out);

#endif
