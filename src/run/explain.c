/*
 * Why a line would run: the same decision that node_run takes, in words. Lines are judged by what is on disk now: where an earlier line would run, what it is going to
 * write is not known yet, and the later one says so.
 */
#include <time.h>

#include "base/buf.h"
#include "run/sched.h"
#include "store/state.h"

void node_add_age(struct buf *out, int64_t then)
{
	int64_t s = MAX((int64_t)time(NULL) - then, (int64_t)0);
	if (s < 120)
		buf_addf(out, "%lld s ago", (long long)s);
	else if (s < 7200)
		buf_addf(out, "%lld min ago", (long long)s / 60);
	else if (s < 2 * 86400)
		buf_addf(out, "%lld h ago", (long long)s / 3600);
	else
		buf_addf(out, "%lld days ago", (long long)s / 86400);
}

void node_add_fate(const struct step_host *host, const struct node_plan *p, struct buf *out)
{
	switch (p->fate) {
	case NODE_CACHED:
		buf_add_c(out, "unchanged: every input is as it was");
		if (p->ended_at) {
			buf_add_c(out, ", result recorded ");
			node_add_age(out, p->ended_at);
		}
		break;
	case NODE_RUN_FIRST:
		buf_add_c(out, "would run: no result is recorded");
		break;
	case NODE_RUN_COMMAND:
		buf_add_c(out, "would run: the recorded result is of another version of raibid-run or of the step's options");
		break;
	case NODE_RUN_INPUT:
		buf_add_c(out, "would run: ");
		record_change_text(&p->change, out);
		break;
	case NODE_RUN_OUTPUT:
		buf_add_c(out, "would run: a folder that it writes to holds other files than it left there");
		break;
	case NODE_RUN_ALWAYS:
		buf_add_c(out, host->force ? "would run: --force" : host->no_cache ? "would run: --no-cache" : "always runs");
		break;
	}
	buf_add_char(out, '\n');
}

/* Parts are known from the last run; each is judged by its own record. */
static bool add_parts(const struct step_host *host, const struct node *n, struct arena *a, struct buf *out, struct err *err)
{
	state_records parts;
	struct str prefix = arena_concat(a, n->name, STR(": "));
	if (!state_find_under(host->state, prefix, a, &parts, err))
		return false;
	for (size_t i = 0; i < parts.n; i++) {
		struct trace t;
		struct record_change c;
		if (!trace_decode(parts.p[i].trace, a, &t, err) || !record_compare(host, &t, a, &c, err))
			return false;
		struct str name = parts.p[i].name;
		buf_addf(out, "    %.*s: ", STR_ARG(str_slice(name, prefix.n, name.n)));
		struct node_plan plan = { .fate = c.changed ? NODE_RUN_INPUT : NODE_CACHED, .change = c, .ended_at = parts.p[i].ended_at };
		node_add_fate(host, &plan, out);
	}
	return true;
}

static bool explain(const struct step_host *host, const struct node *n, bool *runs, struct arena *a, struct buf *out, struct err *err)
{
	struct node_plan plan;
	if (!node_decide(host, n, a, &plan, err))
		return false;
	buf_addf(out, "%.*s\n  ", STR_ARG(n->name));
	node_add_fate(host, &plan, out);
	*runs = plan.fate != NODE_CACHED;
	return n->def->cache != STEP_CACHED || add_parts(host, n, a, out, err);
}

bool sched_explain(const struct step_host *host, const sched_nodes *nodes, struct buf *out, struct err *err)
{
	struct arena a = { 0 };
	bool ok = true, before = false;
	state_freeze(host->state);
	for (size_t i = 0; ok && i < nodes->n; i++) {
		bool runs = false;
		ok = explain(host, &nodes->p[i], &runs, &a, out, err);
		if (ok && before && !runs)
			buf_add_c(out, "  (a line before it would run: it runs too if that one's result differs)\n");
		before = before || runs;
	}
	arena_deinit(&a);
	return ok;
}
