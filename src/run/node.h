/*
 * node.h: one step line as a node of the graph: its key, whether its recorded result still holds, and running it.
 */
#ifndef RUN_NODE_H
#define RUN_NODE_H

#include "run/record.h"
#include "run/step.h"

struct node {
	const struct step_def *def;
	step_words args;     /* the words after the step's name */
	struct str name;     /* the whole line, for people and records */
	struct str cwd;      /* absolute */
	struct str file;     /* where the line stands, for errors; may be empty */
	uint32_t line;
};

/* Adds what tells this build of the program from another to a key. */
void node_add_program(struct sha256 *h);
/* The digest of all that is known before it runs: program, step, words, folder. Inputs are compared by the trace. */
struct digest node_key(const struct step_host *host, const struct node *n);

enum node_fate {
	NODE_RUN_FIRST,   /* no run is recorded */
	NODE_RUN_COMMAND, /* recorded runs had other words, or were made by another version of the program */
	NODE_RUN_INPUT,   /* an input differs */
	NODE_RUN_OUTPUT,  /* a folder of outputs holds other names than the run left */
	NODE_RUN_ALWAYS,  /* the step is never cached, or --force or --no-cache */
	NODE_CACHED,      /* a record holds */
};

struct node_plan {
	enum node_fate fate;
	struct record_change change; /* NODE_RUN_INPUT: the first difference from the newest record */
	struct trace trace;          /* NODE_CACHED: the record that holds */
	struct str summary;          /* what that run said */
	int64_t duration_ms, ended_at; /* of the newest recorded run, 0 if unknown */
};

/* Decides whether the node has to run; reads, writes nothing. Memory in `a`. */
MUST_CHECK bool node_decide(const struct step_host *host, const struct node *n, struct arena *a, struct node_plan *out, struct err *err);

/* Adds a line that says what was decided, and why. */
void node_add_fate(const struct step_host *host, const struct node_plan *p, struct buf *out);
/* Adds how long ago that was (seconds since 1970): "3 min ago". */
void node_add_age(struct buf *out, int64_t then);

/* Runs the node, or takes its recorded result and restores its outputs; tells host->out. *status as step_fn says. */
MUST_CHECK bool node_run(const struct step_host *host, const struct node *n, enum step_status *status, struct err *err);

#endif
