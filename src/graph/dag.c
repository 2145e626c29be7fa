/*
 * Edges are collected in one array and grouped by their start when the graph is sealed (a counting sort). Kahn's algorithm then finds cycles and gives the order in
 * which, backwards, the paths are computed. Nothing recurses: a chain of 100,000 nodes is as good as any other graph.
 */
#include "graph/dag.h"

#include <assert.h>
#include <stdlib.h>

void dag_deinit(struct dag *g)
{
	vec_deinit(&g->nodes);
	vec_deinit(&g->edges);
	vec_deinit(&g->ready);
	free(g->edge_to);
	*g = (struct dag){ 0 };
}

uint32_t dag_add(struct dag *g, uint64_t weight)
{
	assert(!g->sealed);
	vec_push(&g->nodes, (struct dag_node){ .weight = weight });
	return (uint32_t)g->nodes.n - 1;
}

void dag_edge(struct dag *g, uint32_t from, uint32_t to)
{
	assert(!g->sealed && from < g->nodes.n && to < g->nodes.n);
	vec_push(&g->edges, (struct dag_edge){ from, to });
}

static bool longer(const struct dag *g, uint32_t a, uint32_t b)
{
	uint64_t pa = g->nodes.p[a].path, pb = g->nodes.p[b].path;
	/* Equal paths run in the order of the file, so that output is the same each time. */
	return pa != pb ? pa > pb : a < b;
}

static void heap_push(struct dag *g, uint32_t node)
{
	vec_push(&g->ready, node);
	uint32_t *heap = g->ready.p;
	for (size_t i = g->ready.n - 1, up; i > 0 && longer(g, heap[i], heap[up = (i - 1) / 2]); i = up) {
		uint32_t t = heap[i];
		heap[i] = heap[up];
		heap[up] = t;
	}
}

static uint32_t heap_pop(struct dag *g)
{
	uint32_t *heap = g->ready.p, top = heap[0];
	size_t n = --g->ready.n;
	heap[0] = heap[n];
	for (size_t i = 0;;) {
		size_t best = i, left = 2 * i + 1, right = left + 1;
		if (left < n && longer(g, heap[left], heap[best]))
			best = left;
		if (right < n && longer(g, heap[right], heap[best]))
			best = right;
		if (best == i)
			return top;
		uint32_t t = heap[i];
		heap[i] = heap[best];
		heap[best] = t;
		i = best;
	}
}

static void group_edges(struct dag *g)
{
	uint32_t next = 0;
	for (size_t i = 0; i < g->edges.n; i++) {
		g->nodes.p[g->edges.p[i].from].out_count++;
		g->nodes.p[g->edges.p[i].to].missing++;
	}
	for (size_t i = 0; i < g->nodes.n; i++) {
		g->nodes.p[i].first_out = next;
		next += g->nodes.p[i].out_count;
		g->nodes.p[i].out_count = 0;
	}
	g->edge_to = xreallocarray(NULL, g->edges.n, sizeof(*g->edge_to));
	for (size_t i = 0; i < g->edges.n; i++) {
		struct dag_node *from = &g->nodes.p[g->edges.p[i].from];
		g->edge_to[from->first_out + from->out_count++] = g->edges.p[i].to;
	}
}

/* Fills `order` with the nodes in an order that respects the edges; returns how many could be placed. */
static size_t topological(const struct dag *g, uint32_t *order, uint32_t *missing)
{
	size_t placed = 0;
	for (uint32_t i = 0; i < g->nodes.n; i++) {
		missing[i] = g->nodes.p[i].missing;
		if (missing[i] == 0)
			order[placed++] = i;
	}
	for (size_t done = 0; done < placed; done++) {
		const struct dag_node *n = &g->nodes.p[order[done]];
		for (uint32_t e = 0; e < n->out_count; e++) {
			uint32_t to = g->edge_to[n->first_out + e];
			if (--missing[to] == 0)
				order[placed++] = to;
		}
	}
	return placed;
}

/* A node that topological could not place may only follow a cycle; walking back to an unplaced predecessor n times ends on it. */
static uint32_t find_cycle(const struct dag *g, const uint32_t *missing)
{
	uint32_t *before = xreallocarray(NULL, g->nodes.n, sizeof(*before)), node = 0;
	for (size_t i = 0; i < g->edges.n; i++)
		if (missing[g->edges.p[i].from] > 0)
			before[g->edges.p[i].to] = g->edges.p[i].from;
	while (missing[node] == 0)
		node++;
	for (size_t i = 0; i < g->nodes.n; i++)
		node = before[node];
	free(before);
	return node;
}

bool dag_seal(struct dag *g, uint32_t *in_cycle)
{
	assert(!g->sealed);
	group_edges(g);
	uint32_t *order = xreallocarray(NULL, g->nodes.n, sizeof(*order));
	uint32_t *missing = xreallocarray(NULL, g->nodes.n, sizeof(*missing));
	size_t placed = topological(g, order, missing);
	if (placed < g->nodes.n) {
		*in_cycle = find_cycle(g, missing);
	} else {
		for (size_t i = placed; i-- > 0;) {
			struct dag_node *n = &g->nodes.p[order[i]];
			uint64_t longest = 0;
			for (uint32_t e = 0; e < n->out_count; e++)
				longest = MAX(longest, g->nodes.p[g->edge_to[n->first_out + e]].path);
			n->path = n->weight + longest;
		}
		g->sealed = true;
		g->open = (uint32_t)g->nodes.n;
		for (uint32_t i = 0; i < g->nodes.n; i++) {
			if (g->nodes.p[i].missing == 0) {
				g->nodes.p[i].state = DAG_READY;
				heap_push(g, i);
			}
		}
	}
	free(order);
	free(missing);
	return g->sealed;
}

bool dag_next(struct dag *g, uint32_t *node)
{
	assert(g->sealed);
	while (g->ready.n > 0) {
		uint32_t top = heap_pop(g);
		if (g->nodes.p[top].state != DAG_READY)
			continue; /* skipped while it stood in the queue */
		g->nodes.p[top].state = DAG_RUNNING;
		*node = top;
		return true;
	}
	return false;
}

/* Everything behind `node` is skipped, with a stack of its own in place of recursion. */
static void skip_after(struct dag *g, uint32_t node)
{
	VEC(uint32_t) stack = { 0 };
	vec_push(&stack, node);
	while (stack.n > 0) {
		const struct dag_node *n = &g->nodes.p[stack.p[--stack.n]];
		for (uint32_t e = 0; e < n->out_count; e++) {
			uint32_t to = g->edge_to[n->first_out + e];
			if (g->nodes.p[to].state != DAG_WAITING)
				continue;
			g->nodes.p[to].state = DAG_SKIPPED;
			g->open--;
			vec_push(&stack, to);
		}
	}
	vec_deinit(&stack);
}

void dag_finish(struct dag *g, uint32_t node, enum dag_state how)
{
	struct dag_node *n = &g->nodes.p[node];
	assert(n->state == DAG_RUNNING && (how == DAG_DONE || how == DAG_FAILED));
	n->state = how;
	g->open--;
	if (how == DAG_FAILED) {
		skip_after(g, node);
		return;
	}
	for (uint32_t e = 0; e < n->out_count; e++) {
		uint32_t to = g->edge_to[n->first_out + e];
		struct dag_node *t = &g->nodes.p[to];
		assert(t->missing > 0);
		if (--t->missing == 0 && t->state == DAG_WAITING) {
			t->state = DAG_READY;
			heap_push(g, to);
		}
	}
}

void dag_skip_rest(struct dag *g)
{
	for (size_t i = 0; i < g->nodes.n; i++) {
		struct dag_node *n = &g->nodes.p[i];
		if (n->state == DAG_WAITING || n->state == DAG_READY) {
			n->state = DAG_SKIPPED;
			g->open--;
		}
	}
	g->ready.n = 0;
}

bool dag_ended(const struct dag *g)
{
	return g->open == 0;
}
