/*
 * engine_internal.h: the engine's own: its tables and what its files do for each other.
 *
 *	engine_build.c   calls become nodes of the plan
 *	engine_look.c    files: what they are now
 *	engine_decide.c  whether a node has to run
 *	engine_keep.c    records, outputs, the store
 *	engine_child.c   a node at work
 *	engine_stored.c  runs from a stored plan
 *	engine.c         the order of all that
 */
#ifndef RUN_ENGINE_INTERNAL_H
#define RUN_ENGINE_INTERNAL_H

#include <time.h>

#include "ext/proc.h"
#include "graph/dag.h"
#include "run/engine.h"
#include "run/plan.h"
#include "run/plan_file.h"
#include "store/trace.h"

enum node_state { NODE_NEW, NODE_WAITS, NODE_RUNS, NODE_OK, NODE_FAILED, NODE_SKIPPED };

struct engine_node {
	struct digest result; /* NODE_OK */
	uint8_t state;
	uint8_t fate;         /* enum engine_fate, NODE_OK */
	bool same;            /* NODE_OK: its result is the one that the plan was stored with */
	bool unsure;          /* ENGINE_WHY: it would run, so its result is not known */
	uint32_t member;      /* NODE_WAITS: its number in the graph */
	bool recorded;        /* NODE_OK: a record says so, or the plan */
	uint32_t duration_ms;
};

/* A file as it is now. */
enum fact_state { FACT_UNKNOWN, FACT_SAME, FACT_OTHER };
struct engine_fact {
	struct plan_stamp stamp;
	struct digest digest;
	uint32_t mode;
	bool exists, is_settled;
};

struct child;
struct lang_scope;

struct engine {
	struct engine_options opt;
	const struct step_host *host;
	struct plan_maker maker;
	struct plan plan;
	bool is_stored;              /* the plan is a stored one: nothing is added */
	struct plan_stored stored;
	struct arena arena;
	struct map calls;            /* node number + 1, by call key; of recipes without parameters: */
	uint32_t *plain_calls;       /* by recipe */
	VEC(struct engine_node) nodes;
	uint8_t *facts_state;        /* enum fact_state, by file */
	struct engine_fact *facts;   /* FACT_OTHER */
	size_t facts_cap;
	uint8_t *takes;              /* engine_takes, by recipe: 0 unknown, 1 no, 2 plain, 3 yes */
	int root_fd;
	int lock_fd;
	struct map asked;            /* variables that went into keys */
	struct map environs;         /* char **, by list number */
	struct map programs;         /* const char *, by name and environ */
	struct str script_dir;       /* p is NULL until a script needs it */
	int runs;                    /* of engine_run */
	bool learnt;                 /* something differs from the stored plan */
	uint32_t n_failed;
	bool store_failed;           /* and that was told */

	const pid_t *beside;         /* plain recipes' children */
	size_t n_beside;

	/* One engine_run. */
	struct dag graph;
	VEC(uint32_t) roots;         /* as asked for */
	VEC(uint32_t) members;       /* node of each number in the graph */
	VEC(struct child *) children; /* at work, oldest first */
	uint32_t locked_elsewhere;   /* nodes that another process has */
	bool has_slot;               /* for the next child */
	int wake[2];                 /* a pipe: one of those is free */
	struct err err;              /* the first failure */
	struct run_end end;
	int signal;
	int64_t kill_at;
};

/* --- engine.c --- */
/* Ends all nodes that a stored plan vouches for. */
MUST_CHECK bool engine_take_clean(struct engine *e, struct err *err);
MUST_CHECK bool engine_run_ids(struct engine *e, const uint32_t *ids, size_t n, enum engine_depth depth, struct run_end *end, struct err *err);

/* --- engine_build.c --- */
MUST_CHECK bool engine_add_calls(struct engine *e, const struct lang_call *calls, size_t n, enum engine_depth depth, uint32_t *ids, struct run_end *end,
				 struct err *err);
/* The folder of a node, absolute; in `a`. */
struct str engine_dir(const struct engine *e, const struct plan_node *n, struct arena *a);

/* --- engine_look.c --- */
/* What the file is now: looked at once, until engine_forget. */
MUST_CHECK bool engine_look(struct engine *e, uint32_t file, struct engine_fact *out, struct err *err);
/* Whether the file is as the stored plan has it: cheap, one stat. */
MUST_CHECK bool engine_same(struct engine *e, uint32_t file, bool *same, struct err *err);
void engine_forget(struct engine *e, uint32_t file);
void engine_forget_all(struct engine *e);
/* Sets what is known of a file that has just been written. */
void engine_set_fact(struct engine *e, uint32_t file, const struct engine_fact *fact);
/* Stats all files of a stored plan, by a few threads. */
void engine_look_all(struct engine *e);
/* A file by name, where the plan may not grow: *out is looked at afresh. */
MUST_CHECK bool engine_look_name(struct engine *e, struct str name, struct engine_fact *out, struct err *err);
/* Grows the tables to the plan's size. */
void engine_grow(struct engine *e);

/* --- engine_decide.c --- */
enum verdict { VERDICT_CACHED, VERDICT_RESTORE, VERDICT_RUN, VERDICT_UNSURE };
struct decision {
	enum verdict verdict;
	struct trace trace;      /* CACHED, RESTORE: the record; RUN: the inputs as they are now */
	struct digest key;       /* of command, inputs and dependencies */
	bool is_fast;            /* by the plan alone: no trace */
	bool from_store;         /* another checkout's */
	uint32_t duration_ms;    /* of the newest record */
	struct str why;          /* RUN: the first difference */
};
MUST_CHECK bool engine_decide(struct engine *e, uint32_t node, struct arena *a, struct decision *out, struct err *err);
/* What the node would be made from now: its inputs and the results of what it depends on, sorted. */
MUST_CHECK bool engine_inputs(struct engine *e, uint32_t node, struct arena *a, struct trace *out, struct err *err);
/* Takes how long the nodes from number `from` on took the last time out of the state. */
void engine_durations(struct engine *e, uint32_t from);
/* The key of the node as its inputs are now. */
MUST_CHECK bool engine_key_now(struct engine *e, uint32_t node, struct arena *a, struct digest *key, struct err *err);
/* Whether the stored plan alone says that its result is in place. */
MUST_CHECK bool engine_decide_fast(struct engine *e, uint32_t node, bool *holds, struct err *err);
struct digest engine_result_of(const struct trace *t, const struct digest *key);

/* --- engine_keep.c --- */
/* Puts outputs in place that are missing or changed; *ok false where a blob is missing. */
MUST_CHECK bool engine_restore(struct engine *e, uint32_t node, const struct trace *t, struct arena *a, bool *ok, struct err *err);
/* Whether all outputs of a record are in place. */
MUST_CHECK bool engine_outputs_hold(struct engine *e, const struct trace *t, struct arena *a, bool *hold, struct err *err);
struct kept {
	struct str out, err;      /* what it printed */
	bool prints_all;          /* they are complete */
	struct tracer *tracer;    /* PLAN_TRACED: still watching; ended by engine_keep */
	struct str untraced;      /* why the result must not be recorded; empty: nothing */
	uint32_t duration_ms;
};
/* After a run that went well: keeps outputs, records. *result is what those that depend on it see. */
MUST_CHECK bool engine_keep(struct engine *e, uint32_t node, const struct decision *d, const struct kept *kept, struct arena *a, struct digest *result,
			    struct err *err);
/* Takes another checkout's record into this one's state. */
void engine_adopt(struct engine *e, uint32_t node, const struct decision *d);
/* Shows again what the recorded run printed. */
void engine_replay(struct engine *e, const struct trace *t, struct arena *a);

/* --- engine_child.c --- */
struct child {
	uint32_t node, member;
	struct arena arena;
	struct decision decision;
	struct proc proc;
	uint32_t next;            /* line */
	struct buf out, err, echo; /* echo: lines before they run, which are not kept */
	size_t shown_out, shown_err, shown_echo;
	bool is_front;            /* its output is shown as it comes */
	struct str prefix;        /* before each line; empty: none */
	struct tracer *tracer;    /* PLAN_TRACED: from its first line on */
	struct str untraced;      /* why it could not be watched */
	bool cut;                 /* it printed more than is kept */
	struct str script;        /* its file, removed at the end */
	struct timespec began;
	int lock_fd;              /* -1: the engine's own */
	bool has_slot;            /* of run_options.slots */
};
/* Starts the node's next line: *started false where there is none left. */
MUST_CHECK bool child_next(struct engine *e, struct child *c, bool *started, struct err *err);
/* Judges the end of a line. False: the node failed, err and e->end say how. *over: no line is to follow. */
MUST_CHECK bool child_ended(struct engine *e, struct child *c, int status, bool *over, struct run_end *end, struct err *err);
/* Takes what a pipe holds now. */
void child_read(struct child *c, bool is_err);
/* Takes what is left in the pipes and closes them. */
void child_drain(struct child *c);
/* Shows what has not been shown, where it is the child's turn. */
void child_show(struct child *c);
/* Shows all that has not been shown: it has ended. What was held back until now comes in one piece, between what the front one prints. */
void child_show_rest(struct engine *e, struct child *c);
void child_free(struct child *c);

#endif
