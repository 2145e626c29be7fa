/*
 * Runs from a stored plan, and what is stored. First every file gets one stat, by a few threads; where each is as the plan has it, nothing else happens. Otherwise the nodes
 * whose files and dependencies are unchanged are done with in one pass in the order of their numbers, and only the others become a graph.
 *
 * A node is stored as clean where its result was in place as this run ended: recorded, its inputs and outputs plain files that are known. What a watched recipe read is not
 * in the plan: its record is asked each time.
 */
#include <stdlib.h>

#include "base/env.h"
#include "base/path.h"
#include "run/engine_internal.h"
#include "store/state.h"

void engine_use_stored(struct engine *e, const struct plan_stored *stored, const struct plan *plan)
{
	e->stored = *stored;
	e->plan = *plan;
	e->is_stored = true;
}

static bool is_unchanged(const struct engine *e)
{
	for (uint32_t i = 0; i < e->plan.n_files; i++)
		if (e->facts_state[i] != FACT_SAME)
			return false;
	for (uint32_t i = 0; i < e->plan.n_nodes; i++)
		if (!(e->plan.nodes[i].flags & (PLAN_CLEAN | PLAN_GROUP)))
			return false;
	return true;
}

bool engine_run_stored(struct engine *e, struct run_end *end, bool *usable, struct err *err)
{
	*usable = true;
	*end = (struct run_end){ .status = 1 };
	e->facts_cap = e->plan.n_files;
	e->facts_state = xcalloc(e->facts_cap + 1, 1);
	engine_look_all(e);
	if (is_unchanged(e) && !e->opt.watch && !e->opt.why && e->opt.run->verbosity == 0 && !e->opt.replay)
		return true;
	*usable = plan_file_is_sound(&e->stored);
	if (!*usable)
		return true;
	engine_grow(e);
	return engine_take_clean(e, err) && engine_run_ids(e, e->stored.roots, e->stored.n_roots, ENGINE_CLOSURE, end, err);
}

/* --- saving --- */

/* Inputs and outputs that are plain files, known now. */
static bool has_plain_files(const struct engine *e, const struct plan_node *n)
{
	for (uint32_t i = 0; i < n->n_in + n->n_out; i++) {
		uint32_t file = e->plan.refs[n->first_in + i];
		if (e->facts_state[file] == FACT_SAME)
			continue;
		if (e->facts_state[file] != FACT_OTHER || !e->facts[file].exists || !S_ISREG(e->facts[file].mode))
			return false;
	}
	return true;
}

static void patch_node(void *ctx, uint32_t i, struct plan_node *n, struct digest *result)
{
	const struct engine *e = ctx;
	const struct engine_node *now = &e->nodes.p[i];
	n->flags &= ~(uint32_t)PLAN_CLEAN;
	if (now->state != NODE_OK)
		return;
	*result = now->result;
	n->duration_ms = now->duration_ms ? now->duration_ms : n->duration_ms;
	if (!(n->flags & (PLAN_GROUP | PLAN_SEARCHES | PLAN_TRACED)) && now->recorded && has_plain_files(e, n) && plan_len(&e->plan, n->outputs) == n->n_out)
		n->flags |= PLAN_CLEAN;
}

static void patch_file(void *ctx, uint32_t i, struct plan_file *f, struct plan_known *known)
{
	struct engine *e = ctx;
	struct engine_fact *fact = e->facts ? &e->facts[i] : NULL;
	if (e->facts_state[i] == FACT_SAME)
		return;
	*known = (struct plan_known){ 0 };
	f->mode &= PLAN_FILE_OUTPUT;
	if (e->facts_state[i] != FACT_OTHER || !fact->exists || !S_ISREG(fact->mode))
		return;
	if (!fact->is_settled) { /* it was young when it was read; meanwhile it may be old enough */
		struct engine_fact again;
		AUTO_ERR ignored = { 0 };
		engine_forget(e, i);
		if (!engine_look(e, i, &again, &ignored) || !again.exists || !digest_eq(&again.digest, &fact->digest))
			return;
		*fact = again;
		e->facts_state[i] = FACT_OTHER;
	}
	known->digest = fact->digest;
	f->mode |= PLAN_FILE_KNOWN | (fact->mode & 07777);
	if (fact->is_settled)
		known->stamp = fact->stamp;
}

static void add_variables(const struct engine *e, struct plan_guard *g)
{
	for (size_t i = 0; i < map_len(&e->asked); i++) {
		struct str name = map_key(&e->asked, i);
		vec_push(&g->variables, (struct plan_variable){ name, env_get(e->host->environ, name) });
	}
}

bool engine_save(struct engine *e, struct str path, struct plan_guard *guard, struct err *err)
{
	if (guard)
		add_variables(e, guard);
	struct arena a = { 0 };
	struct plan_patch patch = { e, patch_node, patch_file };
	const uint32_t *roots = e->is_stored ? e->stored.roots : e->roots.p;
	uint32_t n_roots = e->is_stored ? e->stored.n_roots : (uint32_t)e->roots.n;
	bool ok = true;
	if (e->opt.mode == ENGINE_RUN && !e->host->force && !e->host->no_cache && (e->is_stored ? e->learnt : e->runs == 1) && e->nodes.n == e->plan.n_nodes)
		ok = plan_file_save(path, &e->plan, &patch, guard ? guard : &e->stored.guard, roots, n_roots, err);
	arena_deinit(&a);
	return ok;
}
