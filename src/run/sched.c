/*
 * The calling thread works too: one line after another, the common case, starts no thread at all. A further thread is started only when a node is ready and
 * nobody is free to take it.
 */
#include "run/sched.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/path.h"
#include "graph/dag.h"
#include "ext/jobserver.h"
#include "run/out.h"

static struct str line_text(const step_words *words, struct arena *a)
{
	AUTO_BUF b = { 0 };
	words_add(&b, words);
	return buf_to_arena(&b, a);
}

bool sched_plan(const struct step_host *host, const words_lines *lines, struct str cwd, struct str file, struct arena *a, sched_nodes *out,
		struct err *err)
{
	sched_nodes nodes = { 0 };
	for (size_t i = 0; i < lines->n; i++) {
		const struct words_line *l = &lines->p[i];
		struct str near;
		const struct step_def *def = step_find(host->steps, l->words.p[0], &near);
		if (!def) {
			err_set(err, ERR_NOT_FOUND, "unknown step '%.*s'", STR_ARG(l->words.p[0]));
			if (file.n)
				err_at(err, file, l->line, 0);
			if (near.p)
				err_hint(err, "did you mean '%.*s'?", STR_ARG(near));
			else
				err_hint(err, "`raibid-run --step help` lists the steps");
			return false;
		}
		struct node n = { .def = def, .name = line_text(&l->words, a), .cwd = cwd, .file = file, .line = l->line };
		n.args.p = l->words.p + 1;
		n.args.n = n.args.cap = l->words.n - 1;
		vec_push_in(&nodes, a, n);
	}
	*out = nodes;
	return true;
}

/* --- which lines must wait for which --- */

static bool overlap(const step_words *a, const step_words *b)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			struct str x = a->p[i], y = b->p[k];
			if (x.n > y.n) {
				struct str t = x;
				x = y;
				y = t;
			}
			/* Equal, or the one is a folder above the other. */
			if (str_eq(x, STR(".")) || (str_starts(y, x) && (y.n == x.n || y.p[x.n] == '/')))
				return true;
		}
	}
	return false;
}

static void clean_all(const struct step_host *host, struct str cwd, struct arena *a, step_words *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		paths->p[i] = record_name(host, a, path_in(a, cwd, paths->p[i]));
}

static struct step_claims claims_of(const struct step_host *host, const struct node *n, struct arena *a)
{
	struct step_claims c = { .alone = !n->def->claims };
	struct step_ctx ctx = { .host = host, .arena = a, .cwd = n->cwd };
	if (n->def->claims)
		n->def->claims(&ctx, &n->args, &c);
	clean_all(host, n->cwd, a, &c.reads);
	clean_all(host, n->cwd, a, &c.writes);
	return c;
}

static bool must_follow(const struct step_claims *first, const struct step_claims *second)
{
	return first->alone || second->alone || overlap(&first->writes, &second->reads) || overlap(&first->writes, &second->writes) ||
	       overlap(&first->reads, &second->writes);
}

static void build_graph(const struct step_host *host, const sched_nodes *nodes, struct dag *g)
{
	struct arena a = { 0 };
	struct step_claims *claims = arena_array(&a, struct step_claims, nodes->n);
	for (uint32_t i = 0; i < nodes->n; i++) {
		claims[i] = claims_of(host, &nodes->p[i], &a);
		dag_add(g, 1);
		/* The lines of one recipe are few: pairs are no cost here. */
		for (uint32_t k = 0; k < i; k++)
			if (must_follow(&claims[k], &claims[i]))
				dag_edge(g, k, i);
	}
	arena_deinit(&a);
}

/* --- running --- */

struct sched {
	const struct step_host *host;
	const sched_nodes *nodes;
	sched_report *report;
	void *report_ctx;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct dag graph;
	VEC(pthread_t) threads;
	int idle;
	int extra;             /* threads that hold a slot, with slots that are shared */
	bool failed;
	struct err err;
	enum step_status status;
};

static void *work_further(void *arg);

static void fail_locked(struct sched *s, struct err *err)
{
	if (s->failed && s->err.kind != ERR_NONE) {
		s->report(s->report_ctx, err);
		err_deinit(err);
	} else {
		err_move(&s->err, err);
	}
	s->failed = true;
}

static void run_one_locked(struct sched *s, uint32_t i)
{
	struct err err = { 0 };
	enum step_status status = STEP_OK;
	pthread_mutex_unlock(&s->lock);
	bool ok = node_run(s->host, &s->nodes->p[i], &status, &err);
	pthread_mutex_lock(&s->lock);
	if (!ok)
		fail_locked(s, &err);
	if (s->status == STEP_OK)
		s->status = status;
	bool went_well = ok && status == STEP_OK;
	dag_finish(&s->graph, i, went_well ? DAG_DONE : DAG_FAILED);
	if (!went_well || atomic_load(s->host->cancel))
		dag_skip_rest(&s->graph);
	pthread_cond_broadcast(&s->changed);
}

/* More is ready than the free workers can take: one thread more, up to host->jobs. */
static void add_worker_locked(struct sched *s)
{
	pthread_t t;
	int at_work = s->host->slots ? s->extra : (int)s->threads.n;
	if (s->graph.ready.n == 0 || s->idle > 0 || at_work + 1 >= s->host->jobs || !job_slots_take(s->host->slots))
		return;
	if (pthread_create(&t, NULL, work_further, s) == 0) {
		vec_push(&s->threads, t);
		s->extra++;
	} else {
		job_slots_give(s->host->slots);
	}
}

/* `waits`: for more, while others work; else it ends when nothing is ready. */
static void work_locked(struct sched *s, bool waits)
{
	uint32_t i;
	while (!dag_ended(&s->graph)) {
		if (dag_next(&s->graph, &i)) {
			add_worker_locked(s);
			run_one_locked(s, i);
			continue;
		}
		if (!waits)
			return;
		s->idle++;
		pthread_cond_wait(&s->changed, &s->lock);
		s->idle--;
	}
}

/* A thread that has nothing to do keeps no slot that is shared: it ends, and another is started when there is more. */
static void *work_further(void *arg)
{
	struct sched *s = arg;
	pthread_mutex_lock(&s->lock);
	work_locked(s, s->host->slots == NULL);
	job_slots_give(s->host->slots);
	s->extra--;
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

bool sched_run(const struct step_host *host, const sched_nodes *nodes, sched_report *report, void *ctx, enum step_status *status, struct err *err)
{
	struct sched s = { .host = host, .nodes = nodes, .report = report, .report_ctx = ctx };
	uint32_t cycle;
	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.changed, NULL);
	out_total(host->out, (int)nodes->n);
	build_graph(host, nodes, &s.graph);
	bool sealed = dag_seal(&s.graph, &cycle); /* edges lead from earlier lines to later ones only */
	pthread_mutex_lock(&s.lock);
	bool has_slot = job_slots_take_first(host->slots); /* else the recipe around us has it */
	if (sealed)
		work_locked(&s, true);
	if (has_slot)
		job_slots_give(host->slots);
	pthread_mutex_unlock(&s.lock);
	for (size_t i = 0; i < s.threads.n; i++)
		pthread_join(s.threads.p[i], NULL);
	vec_deinit(&s.threads);
	dag_deinit(&s.graph);
	pthread_cond_destroy(&s.changed);
	pthread_mutex_destroy(&s.lock);
	*status = s.status;
	if (!s.failed && s.status == STEP_OK && atomic_load(host->cancel)) /* lines were left out, or the caller's next ones would follow */
		return err_set(err, ERR_CANCELLED, "stopped on request");
	if (!s.failed)
		return true;
	err_move(err, &s.err);
	return false;
}
