/*
 * dag.h: a graph of steps and the order in which they may run: no processes, no clock, no output.
 *
 *	struct dag g = { 0 };
 *	uint32_t a = dag_add(&g, 1), b = dag_add(&g, 1);
 *	dag_edge(&g, a, b);                      // a before b
 *	if (!dag_seal(&g, &loop)) …              // a cycle
 *	while (dag_next(&g, &node)) … dag_finish(&g, node, DAG_DONE);
 *
 * Of the nodes that are ready, the one with the longest chain of weight behind it comes first: the critical path.
 * All costs are linear in nodes and edges, but the ready queue's (logarithmic per node).
 */
#ifndef GRAPH_DAG_H
#define GRAPH_DAG_H

#include "base/vec.h"

enum dag_state {
	DAG_WAITING, /* something before it has not ended */
	DAG_READY,   /* may be taken by dag_next */
	DAG_RUNNING, /* taken */
	DAG_DONE,
	DAG_FAILED,
	DAG_SKIPPED, /* something before it failed or was skipped */
};

struct dag_node {
	enum dag_state state;
	uint32_t missing;         /* edges into it whose start has not ended */
	uint32_t first_out;       /* into edge_to, after dag_seal */
	uint32_t out_count;
	uint64_t weight;          /* own cost, any unit (milliseconds recorded last time) */
	uint64_t path;            /* cost of the longest chain from its start to the end of the graph */
};

struct dag_edge {
	uint32_t from, to;
};

struct dag {
	VEC(struct dag_node) nodes;
	VEC(struct dag_edge) edges;
	uint32_t *edge_to;        /* targets grouped by start */
	VEC(uint32_t) ready;      /* binary heap by path */
	uint32_t open;            /* nodes that have not ended */
	bool sealed;
};

/* A zeroed struct dag is a valid empty one. */
void dag_deinit(struct dag *g);
/* Adds a node and returns its number, from 0 up. */
uint32_t dag_add(struct dag *g, uint64_t weight);
/* `from` has to end before `to` starts. The same edge twice is harmless. */
void dag_edge(struct dag *g, uint32_t from, uint32_t to);
/* Ends building. False if there is a cycle: *in_cycle is then a node on one. */
MUST_CHECK bool dag_seal(struct dag *g, uint32_t *in_cycle);
/* Takes the ready node with the longest path; false if none is ready now. */
MUST_CHECK bool dag_next(struct dag *g, uint32_t *node);
/* Ends a running node as DAG_DONE or DAG_FAILED. After a failure all that depend on it become DAG_SKIPPED. */
void dag_finish(struct dag *g, uint32_t node, enum dag_state how);
/* Skips every node that has not been taken: on the first failure, or on Ctrl-C. */
void dag_skip_rest(struct dag *g);
/* Whether every node has ended. */
bool dag_ended(const struct dag *g);

#endif
