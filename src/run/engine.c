/*
 * One loop: what is ready is decided at once, and what has to run is started while there are free slots; then one poll waits for output, for the end of a child, for a signal, or
 * for a node that another process of this project has. A node is locked (a byte of .raibid/lock, by its number) while it is run or put in place, so that two processes wait for
 * each other's node and not for each other.
 *
 * A fatal signal ends the children by their groups: TERM, and after a grace KILL.
 */
#include "run/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "ext/jobserver.h"
#include "run/engine_internal.h"
#include "run/inputs.h"
#include "store/state.h"

/* FIRST_CHILD: where the children's descriptors begin among those that are polled. */
enum { GRACE_MS = 5000, FIRST_CHILD = 3 };

struct engine *engine_new(const struct engine_options *options)
{
	struct engine *e = xcalloc(1, sizeof(*e));
	e->opt = *options;
	e->host = options->host;
	plan_maker_init(&e->maker);
	e->plan = plan_view(&e->maker);
	map_init(&e->calls, sizeof(uint32_t), &e->arena);
	map_init(&e->asked, 0, &e->arena);
	map_init(&e->environs, sizeof(char **), &e->arena);
	map_init(&e->programs, sizeof(const char *), &e->arena);
	e->root_fd = open(arena_cstr(&e->arena, e->host->root), O_PATH | O_DIRECTORY | O_CLOEXEC);
	e->lock_fd = e->wake[0] = e->wake[1] = -1;
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	if (e->script_dir.p) {
		AUTO_ERR ignored = { 0 };
		if (!fs_remove_tree(e->script_dir, &ignored))
			err_deinit(&ignored);
	}
	plan_maker_deinit(&e->maker);
	plan_file_close(&e->stored);
	vec_deinit(&e->nodes);
	vec_deinit(&e->members);
	vec_deinit(&e->roots);
	vec_deinit(&e->children);
	free(e->facts_state);
	free(e->facts);
	free(e->takes);
	free(e->plain_calls);
	base_close_fd(&e->root_fd);
	base_close_fd(&e->lock_fd);
	base_close_fd(&e->wake[0]);
	base_close_fd(&e->wake[1]);
	err_deinit(&e->err);
	arena_deinit(&e->arena);
	free(e);
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint32_t ms_since(const struct timespec *then)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)((t.tv_sec - then->tv_sec) * 1000 + (t.tv_nsec - then->tv_nsec) / 1000000);
}

static void tell(struct engine *e, uint32_t node, bool begins, enum engine_fate fate, int status, uint32_t ms, struct str why, const struct err *err)
{
	const struct plan_node *n = &e->plan.nodes[node];
	if (!e->opt.watch || n->flags & PLAN_GROUP)
		return;
	struct engine_event event = { node, plan_recipe(&e->plan, n), plan_shown(&e->plan, n), plan_str(&e->plan, n->file), n->line, begins, fate,
				      status, ms, why, err };
	e->opt.watch(e->opt.watch_ctx, &event);
}

static void say(const struct engine *e, uint32_t node, const char *fmt, struct str more)
{
	AUTO_BUF text = { 0 };
	struct str shown = plan_shown(&e->plan, &e->plan.nodes[node]);
	buf_addf(&text, fmt, STR_ARG(shown), STR_ARG(more));
	run_say(e->opt.run, "1;36", buf_str(&text));
}

/* --- locks --- */

/* Another process has the node: a thread of its own waits for it. */
struct waiter {
	int fd, wake;
	uint32_t node;
	off_t at;
};

static struct flock lock_of(off_t at)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };
}

static off_t lock_place(const struct engine *e, uint32_t node)
{
	return (off_t)(e->plan.nodes[node].id & INT64_C(0x3fffffffffffffff));
}

static int open_locks(struct engine *e)
{
	struct arena a = { 0 };
	struct str dir = state_dir(e->host->state);
	AUTO_ERR err = { 0 };
	int fd = open(path_join(&a, dir, STR("lock")).p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 && errno == ENOENT && state_make_dir(e->host->state, &err))
		fd = open(path_join(&a, dir, STR("lock")).p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	arena_deinit(&a);
	return fd;
}

static void *wait_for_lock(void *arg)
{
	struct waiter *w = arg;
	struct flock lock = lock_of(w->at);
	int r;
	do
		r = fcntl(w->fd, F_OFD_SETLKW, &lock);
	while (r != 0 && errno == EINTR);
	struct waiter done = *w;
	free(w);
	if (write(done.wake, &done, sizeof(done)) != sizeof(done))
		close(done.fd);
	return NULL;
}

static bool wait_elsewhere(struct engine *e, uint32_t node)
{
	struct waiter *w = xcalloc(1, sizeof(*w));
	pthread_t thread;
	if (e->wake[0] < 0 && pipe2(e->wake, O_CLOEXEC) != 0) {
		free(w);
		return false;
	}
	*w = (struct waiter){ open_locks(e), e->wake[1], node, lock_place(e, node) };
	if (w->fd < 0 || pthread_create(&thread, NULL, wait_for_lock, w) != 0) {
		base_close_fd(&w->fd);
		free(w);
		return false;
	}
	pthread_detach(thread);
	e->locked_elsewhere++;
	if (e->opt.run->verbosity > 0)
		say(e, node, "===> recipe `%.*s` runs in another process: waiting for it%.*s", STR(""));
	return true;
}

enum lock_end { LOCK_MINE, LOCK_THEIRS };

/* Where locks cannot be had (a file system without them) every process is on its own. */
static enum lock_end lock_node(struct engine *e, uint32_t node)
{
	if (e->lock_fd < 0)
		e->lock_fd = open_locks(e);
	struct flock lock = lock_of(lock_place(e, node));
	if (e->lock_fd < 0 || fcntl(e->lock_fd, F_OFD_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES))
		return LOCK_MINE;
	return wait_elsewhere(e, node) ? LOCK_THEIRS : LOCK_MINE;
}

static void unlock_node(struct engine *e, uint32_t node)
{
	struct flock lock = lock_of(lock_place(e, node));
	lock.l_type = F_UNLCK;
	if (e->lock_fd >= 0)
		fcntl(e->lock_fd, F_OFD_SETLK, &lock);
}

/* --- how nodes end --- */

static void end_ok(struct engine *e, uint32_t node, enum engine_fate fate, const struct digest *result)
{
	struct engine_node *n = &e->nodes.p[node];
	n->state = NODE_OK;
	n->fate = (uint8_t)fate;
	n->result = *result;
	n->same = e->plan.results && e->plan.nodes[node].flags & (PLAN_CLEAN | PLAN_GROUP | PLAN_TRACED) && digest_eq(result, &e->plan.results[node]);
	if (!n->same)
		e->learnt = true;
}

static void fail(struct engine *e, uint32_t node, const struct run_end *end, struct err *err)
{
	e->nodes.p[node].state = NODE_FAILED;
	e->learnt = true;
	tell(e, node, false, ENGINE_FAILED, end->status, 0, STR_NONE, err);
	if (e->n_failed++ == 0 && !e->opt.keep_going) {
		e->end = *end;
		err_move(&e->err, err);
		return;
	}
	if (e->n_failed == 1)
		e->end = *end;
	if (e->opt.report && !end->silent)
		e->opt.report(e->opt.report_ctx, err);
	err_deinit(err);
}

static void finish_member(struct engine *e, uint32_t member, bool ok)
{
	dag_finish(&e->graph, member, ok ? DAG_DONE : DAG_FAILED);
	if (!ok && !e->opt.keep_going)
		dag_skip_rest(&e->graph);
}

static void finish_failed(struct engine *e, uint32_t node, uint32_t member, const struct run_end *end, struct err *err)
{
	fail(e, node, end, err);
	finish_member(e, member, false);
}

/* --- a node that is ready --- */

static void lead(struct engine *e)
{
	if (e->children.n == 0 || e->children.p[0]->is_front || e->opt.output == OUT_GROUP)
		return;
	e->children.p[0]->is_front = true;
	child_show(e->children.p[0]);
}

static void child_over(struct engine *e, struct child *c, bool ok, const struct run_end *end, struct err *err);

/* Goes on with the next line; a node without any is done at once. */
static void go_on(struct engine *e, struct child *c)
{
	struct err err = { 0 };
	bool started;
	if (!child_next(e, c, &started, &err))
		child_over(e, c, false, &(struct run_end){ .status = 1 }, &err);
	else if (!started)
		child_over(e, c, true, NULL, &err);
}

static void start(struct engine *e, uint32_t node, uint32_t member, struct arena *a, const struct decision *d, int lock_fd)
{
	struct child *c = xcalloc(1, sizeof(*c));
	c->node = node;
	c->member = member;
	c->arena = *a;
	*a = (struct arena){ 0 };
	c->decision = *d;
	c->proc = (struct proc){ .in = -1, .out = -1, .err = -1, .pidfd = -1 };
	c->lock_fd = lock_fd;
	c->has_slot = e->has_slot;
	e->has_slot = false;
	clock_gettime(CLOCK_MONOTONIC, &c->began);
	e->nodes.p[node].state = NODE_RUNS;
	vec_push(&e->children, c);
	c->is_front = e->opt.output == OUT_STREAM || e->opt.output == OUT_PREFIX;
	if (e->opt.output == OUT_PREFIX)
		c->prefix = arena_fmt(&c->arena, "%.*s | ", STR_ARG(plan_shown(&e->plan, &e->plan.nodes[node])));
	lead(e);
	struct str shown = plan_shown(&e->plan, &e->plan.nodes[node]);
	if (e->opt.run->verbosity > 0)
		buf_addf(&c->echo, "%s===> running recipe `%.*s`...%s\n", e->opt.run->color ? "\x1b[1;36m" : "", STR_ARG(shown), e->opt.run->color ? "\x1b[0m" : "");
	if (e->opt.why)
		buf_addf(&c->echo, "%.*s: runs: %.*s\n", STR_ARG(shown), STR_ARG(d->why));
	tell(e, node, true, ENGINE_RAN, 0, d->duration_ms, d->why, NULL);
	child_show(c);
	go_on(e, c);
}

static void taken(struct engine *e, uint32_t node, const struct decision *d, struct arena *a, enum engine_fate fate)
{
	const struct plan_node *n = &e->plan.nodes[node];
	struct digest result = d->is_fast ? e->plan.results[node] : n->flags & PLAN_GROUP ? d->key : engine_result_of(&d->trace, &d->key);
	e->nodes.p[node].duration_ms = d->duration_ms;
	e->nodes.p[node].recorded = true;
	end_ok(e, node, fate, &result);
	tell(e, node, false, fate, 0, d->duration_ms, d->why, NULL);
	if (n->flags & PLAN_GROUP)
		return;
	inputs_trace(e->host->inputs, e->host->root, &d->trace);
	if (e->opt.run->verbosity > 0)
		say(e, node, fate == ENGINE_RESTORED ? "===> recipe `%.*s` is unchanged, its outputs were put back%.*s" : "===> recipe `%.*s` is unchanged%.*s", STR(""));
	if (e->opt.why)
		say(e, node, fate == ENGINE_RESTORED ? "%.*s: cached, %.*s" : "%.*s: cached%.*s", d->why);
	if (e->opt.replay && !d->is_fast)
		engine_replay(e, &d->trace, a);
}

/* For --step why and --dry-run. */
static void only_tell(struct engine *e, uint32_t node, const struct decision *d, struct arena *a)
{
	static const char *const texts[] = { "unchanged", "unchanged, to be put back: ", "would run: ", "may run: " };
	const struct plan_node *n = &e->plan.nodes[node];
	struct str shown = plan_shown(&e->plan, n);
	bool runs = d->verdict == VERDICT_RUN || d->verdict == VERDICT_UNSURE;
	struct digest none = { 0 };
	if (runs) {
		end_ok(e, node, ENGINE_RAN, &none);
		e->nodes.p[node].unsure = true;
	} else {
		taken(e, node, d, a, ENGINE_CACHED);
	}
	if (n->flags & PLAN_GROUP)
		return;
	if (e->opt.mode == ENGINE_WHY) {
		printf("%.*s\n  %s%.*s\n", STR_ARG(shown), texts[d->verdict], STR_ARG(d->verdict == VERDICT_CACHED ? STR("") : d->why));
		return;
	}
	for (uint32_t i = 0; runs && i < plan_len(&e->plan, n->body); i++) {
		struct str line = plan_str(&e->plan, plan_item(&e->plan, n->body, i));
		run_say(e->opt.run, NULL, n->flags & PLAN_LINES ? line : str_trim(line));
	}
}

static bool restore(struct engine *e, uint32_t node, const struct decision *d, struct arena *a, bool *ok, struct err *err)
{
	if (!engine_restore(e, node, &d->trace, a, ok, err))
		return false;
	e->learnt = true;
	if (*ok && d->from_store)
		engine_adopt(e, node, d);
	return true;
}

static void forget_node(struct engine *e, uint32_t node)
{
	const struct plan_node *n = &e->plan.nodes[node];
	for (uint32_t i = 0; i < n->n_in + n->n_out; i++)
		engine_forget(e, e->plan.refs[n->first_in + i]);
}

/* Decides on a node and does what is to be done. `lock_fd` is a lock that a waiter has got, or -1. */
static void handle(struct engine *e, uint32_t node, uint32_t member, int lock_fd)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	struct decision d;
	bool restored = false, locked = lock_fd >= 0, ok = engine_decide(e, node, &a, &d, &err);
	if (ok && e->opt.mode != ENGINE_RUN) {
		only_tell(e, node, &d, &a);
		finish_member(e, member, true);
		arena_deinit(&a);
		return;
	}
	if (ok && !locked && d.verdict != VERDICT_CACHED) {
		if (lock_node(e, node) == LOCK_THEIRS) {
			e->nodes.p[node].state = NODE_WAITS;
			e->nodes.p[node].member = member;
			arena_deinit(&a);
			return;
		}
		locked = true;
		/* Whoever had it until now may have made the result meanwhile. */
		if (state_changed(e->host->state)) {
			forget_node(e, node);
			arena_reset(&a);
			ok = engine_decide(e, node, &a, &d, &err);
		}
	}
	if (ok && d.verdict == VERDICT_CACHED && d.from_store)
		engine_adopt(e, node, &d);
	if (ok && d.verdict == VERDICT_RESTORE) {
		ok = restore(e, node, &d, &a, &restored, &err);
		if (ok && !restored) { /* a blob is missing or damaged: as if nothing were recorded */
			struct digest key = d.key;
			d = (struct decision){ .verdict = VERDICT_RUN, .duration_ms = d.duration_ms, .why = STR("an output is missing, and the store has lost it") };
			d.key = key;
			ok = engine_inputs(e, node, &a, &d.trace, &err);
		}
	}
	if (ok && d.verdict == VERDICT_RUN) {
		start(e, node, member, &a, &d, lock_fd);
		return;
	}
	if (ok) {
		taken(e, node, &d, &a, restored ? ENGINE_RESTORED : ENGINE_CACHED);
		finish_member(e, member, true);
	} else {
		finish_failed(e, node, member, &(struct run_end){ .status = 1 }, &err);
	}
	if (locked && lock_fd < 0)
		unlock_node(e, node);
	base_close_fd(&lock_fd);
	arena_deinit(&a);
}

/* --- children --- */

static bool keep(struct engine *e, struct child *c, struct err *err)
{
	struct kept kept = { .out = buf_str(&c->out), .err = buf_str(&c->err), .prints_all = !c->cut, .duration_ms = ms_since(&c->began),
			     .tracer = c->tracer, .untraced = c->untraced };
	c->tracer = NULL;
	struct digest result;
	e->nodes.p[c->node].duration_ms = kept.duration_ms;
	if (!engine_keep(e, c->node, &c->decision, &kept, &c->arena, &result, err))
		return false;
	end_ok(e, c->node, ENGINE_RAN, &result);
	tell(e, c->node, false, ENGINE_RAN, 0, kept.duration_ms, STR_NONE, NULL);
	return true;
}

static void child_over(struct engine *e, struct child *c, bool ok, const struct run_end *end, struct err *err)
{
	struct run_end failed = { .status = 1 };
	for (size_t i = 0; i < e->children.n; i++) {
		if (e->children.p[i] != c)
			continue;
		memmove(e->children.p + i, e->children.p + i + 1, (e->children.n - i - 1) * sizeof(struct child *));
		e->children.n--;
		break;
	}
	if (!ok && c->tracer)
		inputs_unknown(e->host->inputs);
	ok = ok && keep(e, c, err);
	child_show_rest(e, c);
	uint32_t node = c->node, member = c->member;
	if (c->has_slot)
		job_slots_give(e->opt.run->slots);
	if (c->lock_fd < 0)
		unlock_node(e, node);
	child_free(c);
	lead(e);
	if (!ok)
		finish_failed(e, node, member, end ? end : &failed, err);
	else
		finish_member(e, member, true);
}

static void reap(struct engine *e)
{
	for (size_t i = 0; i < e->children.n; i++) {
		struct child *c = e->children.p[i];
		int status;
		if (c->proc.pid <= 0 || waitpid(c->proc.pid, &status, WNOHANG) != c->proc.pid)
			continue;
		struct err err = { 0 };
		struct run_end end = { 0 };
		bool over;
		c->proc.pid = 0;
		child_drain(c);
		bool ok = child_ended(e, c, status, &over, &end, &err);
		if (e->signal) {
			err_deinit(&err);
			ok = false;
			end = (struct run_end){ .status = 128 + e->signal };
			err_set(&err, ERR_CANCELLED, "interrupted by %s", signal_name(e->signal));
		}
		if (ok && !over)
			go_on(e, c);
		else
			child_over(e, c, ok, ok ? NULL : &end, &err);
		i = (size_t)-1; /* the list may have changed */
	}
}

static void signal_children(struct engine *e, int signal)
{
	for (size_t i = 0; i < e->children.n; i++) {
		proc_signal(&e->children.p[i]->proc, signal);
		if (signal == SIGTERM)
			proc_signal(&e->children.p[i]->proc, SIGCONT);
	}
}

static void take_signal(struct engine *e, int signal)
{
	/* The second one means it. */
	signal_children(e, e->signal ? SIGKILL : SIGTERM);
	if (!e->signal)
		e->kill_at = now_ms() + GRACE_MS;
	e->signal = signal;
	dag_skip_rest(&e->graph);
}

static void take_waiters(struct engine *e)
{
	struct waiter w;
	if (read(e->wake[0], &w, sizeof(w)) != sizeof(w))
		return;
	e->locked_elsewhere--;
	if (e->nodes.p[w.node].state != NODE_WAITS || e->signal || (e->n_failed && !e->opt.keep_going)) {
		if (e->nodes.p[w.node].state == NODE_WAITS) {
			e->nodes.p[w.node].state = NODE_SKIPPED;
			dag_finish(&e->graph, e->nodes.p[w.node].member, DAG_FAILED);
		}
		close(w.fd);
		return;
	}
	state_look_again(e->host->state);
	forget_node(e, w.node);
	handle(e, w.node, e->nodes.p[w.node].member, w.fd);
}

void engine_beside(struct engine *e, const pid_t *pids, size_t n)
{
	e->beside = pids;
	e->n_beside = n;
}

/* Those that still run; whoever started them asks how they ended. */
static size_t count_beside(const struct engine *e)
{
	size_t n = 0;
	for (size_t i = 0; i < e->n_beside; i++) {
		siginfo_t info = { 0 };
		n += waitid(P_PID, (id_t)e->beside[i], &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
	}
	return n;
}

static size_t slots(const struct engine *e)
{
	if (job_slots_are_joined(e->opt.run->slots))
		return SIZE_MAX;
	/* Where nobody said how many, one more than there are processors: none stands idle while a result is recorded. */
	if (e->opt.run->jobs == 0)
		return (size_t)e->host->jobs + 1;
	size_t jobs = (size_t)e->host->jobs, others = count_beside(e);
	return jobs > others ? jobs - others : 0;
}

/* Waits until something happens, and takes it. */
static void wait_once(struct engine *e, int signals)
{
	VEC(struct pollfd) fds = { 0 };
	vec_push(&fds, (struct pollfd){ .fd = signals, .events = POLLIN });
	vec_push(&fds, (struct pollfd){ .fd = e->wake[0], .events = POLLIN });
	bool wants_slot = e->graph.ready.n > 0 && e->children.n < slots(e) && !e->signal;
	vec_push(&fds, (struct pollfd){ .fd = wants_slot ? job_slots_fd(e->opt.run->slots) : -1, .events = POLLIN });
	for (size_t i = 0; i < e->children.n; i++) {
		vec_push(&fds, (struct pollfd){ .fd = e->children.p[i]->proc.out, .events = POLLIN });
		vec_push(&fds, (struct pollfd){ .fd = e->children.p[i]->proc.err, .events = POLLIN });
	}
	int timeout = e->signal ? (int)MAX(e->kill_at - now_ms(), (int64_t)0) : -1;
	if (poll(fds.p, (nfds_t)fds.n, timeout) == 0 && e->signal) {
		signal_children(e, SIGKILL);
		e->kill_at = now_ms() + GRACE_MS;
	}
	for (size_t i = FIRST_CHILD; i < fds.n; i++)
		if (fds.p[i].revents && fds.p[i].fd >= 0)
			child_read(e->children.p[(i - FIRST_CHILD) / 2], (i - FIRST_CHILD) % 2);
	struct signalfd_siginfo info[8];
	ssize_t n = fds.p[0].revents ? read(signals, info, sizeof(info)) : 0;
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(info[0]); i++)
		if (info[i].ssi_signo != SIGCHLD)
			take_signal(e, (int)info[i].ssi_signo);
	bool woken = fds.p[1].revents != 0;
	vec_deinit(&fds);
	if (n > 0)
		reap(e);
	if (woken)
		take_waiters(e);
}

/* --- one run --- */

/* The nodes to bring about: all below the asked ones that have not been. Their numbers in the graph are those of `members`. */
static void add_members(struct engine *e, const uint32_t *ids, size_t n, enum engine_depth depth, uint32_t *number)
{
	VEC(uint32_t) stack = { 0 };
	for (size_t i = 0; i < n; i++)
		vec_push(&stack, ids[i]);
	while (stack.n > 0) {
		uint32_t id = stack.p[--stack.n];
		const struct plan_node *node = &e->plan.nodes[id];
		if (number[id] || e->nodes.p[id].state == NODE_OK)
			continue;
		number[id] = 1;
		for (uint32_t i = 0; i < node->n_deps && depth == ENGINE_CLOSURE; i++)
			vec_push(&stack, e->plan.refs[node->first_dep + i]);
	}
	vec_deinit(&stack);
	e->members.n = 0;
	for (uint32_t id = 0; id < e->plan.n_nodes; id++) {
		if (!number[id])
			continue;
		vec_push(&e->members, id);
		number[id] = (uint32_t)e->members.n;
	}
}

static void make_graph(struct engine *e, const uint32_t *number)
{
	for (size_t i = 0; i < e->members.n; i++) {
		const struct plan_node *n = &e->plan.nodes[e->members.p[i]];
		dag_add(&e->graph, n->flags & PLAN_GROUP ? 0 : MAX(n->duration_ms, 1U));
		for (uint32_t k = 0; k < n->n_deps; k++) {
			uint32_t dep = number[e->plan.refs[n->first_dep + k]];
			if (dep)
				dag_edge(&e->graph, dep - 1, (uint32_t)i);
		}
	}
	for (uint32_t i = 0; i < e->plan.n_order; i++) {
		uint32_t from = number[e->plan.order[i].from], to = number[e->plan.order[i].to];
		if (from && to)
			dag_edge(&e->graph, from - 1, to - 1);
	}
}

/* Signals are watched from before the first child on; with a runner of recipes above they are blocked already. */
/* A slot for the next child; where it turns out that nothing has to be started it serves the one after it. The first child is started in any case. */
static bool get_slot(struct engine *e)
{
	if (!e->has_slot && e->graph.ready.n > 0)
		e->has_slot = job_slots_take(e->opt.run->slots);
	return e->has_slot || e->children.n == 0;
}

static void run_graph(struct engine *e)
{
	sigset_t watched, before;
	static const int all[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD };
	sigemptyset(&watched);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		sigaddset(&watched, all[i]);
	pthread_sigmask(SIG_BLOCK, &watched, &before);
	AUTO_FD signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	for (;;) {
		uint32_t member;
		while (!e->signal && e->children.n < slots(e) && get_slot(e) && dag_next(&e->graph, &member))
			handle(e, e->members.p[member], member, -1);
		if (e->has_slot)
			job_slots_give(e->opt.run->slots);
		e->has_slot = false;
		/* With --jobs others may have all the slots: the end of one is a signal. */
		bool waits = e->graph.ready.n > 0 && !e->signal && e->n_beside > 0;
		if (e->children.n == 0 && e->locked_elsewhere == 0 && !waits)
			break;
		/* A child may have ended before anybody watched. */
		reap(e);
		if (e->children.n > 0 || e->locked_elsewhere > 0 || (waits && slots(e) == 0))
			wait_once(e, signals);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static bool verdict(struct engine *e, struct run_end *end, struct err *err)
{
	if (e->signal && e->err.kind == ERR_NONE) {
		end->status = 128 + e->signal;
		return err_set(err, ERR_CANCELLED, "interrupted by %s", signal_name(e->signal));
	}
	if (e->n_failed == 0)
		return true;
	*end = e->end;
	if (e->err.kind != ERR_NONE)
		err_move(err, &e->err);
	else
		err_set(err, ERR_FAILED, "%u recipe%s failed", e->n_failed, e->n_failed == 1 ? "" : "s");
	return false;
}

bool engine_take_clean(struct engine *e, struct err *err)
{
	struct arena a = { 0 };
	bool ok = true;
	for (uint32_t i = 0; ok && i < e->plan.n_nodes; i++) {
		const struct plan_node *n = &e->plan.nodes[i];
		struct decision d = { .verdict = VERDICT_CACHED, .duration_ms = n->duration_ms };
		if (n->flags & PLAN_GROUP) {
			bool all = true;
			for (uint32_t k = 0; k < n->n_deps && all; k++)
				all = e->nodes.p[e->plan.refs[n->first_dep + k]].same;
			d.is_fast = all;
		} else {
			ok = engine_decide_fast(e, i, &d.is_fast, err);
		}
		if (ok && d.is_fast)
			taken(e, i, &d, &a, ENGINE_CACHED);
		arena_reset(&a);
	}
	arena_deinit(&a);
	return ok;
}

bool engine_run_ids(struct engine *e, const uint32_t *ids, size_t n, enum engine_depth depth, struct run_end *end, struct err *err)
{
	uint32_t *number = xcalloc(e->plan.n_nodes + 1, sizeof(*number)), cycle;
	add_members(e, ids, n, depth, number);
	make_graph(e, number);
	bool ok = dag_seal(&e->graph, &cycle); /* edges lead from smaller numbers to larger ones only */
	free(number);
	if (ok)
		run_graph(e);
	dag_deinit(&e->graph);
	e->graph = (struct dag){ 0 };
	return ok && verdict(e, end, err);
}

/* What the nodes of the run declare, whether they ran or not. */
static void tell_declared(struct engine *e)
{
	struct arena a = { 0 };
	for (size_t i = 0; e->host->inputs && i < e->members.n; i++) {
		const struct plan_node *n = &e->plan.nodes[e->members.p[i]];
		uint32_t count = n->flags & PLAN_SEARCHES ? plan_len(&e->plan, n->inputs) : 0;
		struct str *words = arena_array(&a, struct str, count + 1);
		for (uint32_t k = 0; k < count; k++)
			words[k] = plan_str(&e->plan, plan_item(&e->plan, n->inputs, k));
		if (count > 0)
			inputs_search(e->host->inputs, engine_dir(e, n, &a), words, count, INPUTS_TRACKED);
		for (uint32_t k = 0; k < n->n_in; k++)
			inputs_file(e->host->inputs, path_in(&a, e->host->root, plan_str(&e->plan, e->plan.files[e->plan.refs[n->first_in + k]].name)));
		for (uint32_t k = 0; k < n->n_out; k++)
			inputs_output(e->host->inputs, path_in(&a, e->host->root, plan_str(&e->plan, e->plan.files[e->plan.refs[n->first_out + k]].name)));
	}
	arena_deinit(&a);
}

static bool plan(struct engine *e, const struct lang_call *calls, size_t n, enum engine_depth depth, struct run_end *end, struct err *err)
{
	uint32_t *ids = xcalloc(n + 1, sizeof(*ids));
	uint32_t before = e->plan.n_nodes;
	*end = (struct run_end){ .status = 1 };
	if (e->opt.mode != ENGINE_RUN)
		state_freeze(e->host->state);
	e->runs++;
	e->roots.n = 0;
	bool ok = engine_add_calls(e, calls, n, depth, ids, end, err);
	if (ok)
		engine_durations(e, before);
	for (size_t i = 0; ok && i < n; i++)
		vec_push(&e->roots, ids[i]);
	free(ids);
	return ok;
}

static bool run_roots(struct engine *e, enum engine_depth depth, struct run_end *end, struct err *err)
{
	engine_grow(e);
	/* Between two calls plain recipes may have written anything. */
	if (e->runs > 1) {
		engine_forget_all(e);
		state_look_again(e->host->state);
	}
	bool ok = engine_run_ids(e, e->roots.p, e->roots.n, depth, end, err);
	tell_declared(e);
	return ok;
}

bool engine_run(struct engine *e, const struct lang_call *calls, size_t n, enum engine_depth depth, struct run_end *end, struct err *err)
{
	return plan(e, calls, n, depth, end, err) && run_roots(e, depth, end, err);
}

bool engine_plan(struct engine *e, const struct lang_call *calls, size_t n, struct run_end *end, struct err *err)
{
	return plan(e, calls, n, ENGINE_CLOSURE, end, err);
}

void engine_forget_tree(struct engine *e)
{
	e->opt.values = NULL;
	e->opt.shells = NULL;
	free(e->takes);
	free(e->plain_calls);
	e->takes = NULL;
	e->plain_calls = NULL;
}

bool engine_run_planned(struct engine *e, struct run_end *end, struct err *err)
{
	*end = (struct run_end){ .status = 1 };
	return run_roots(e, ENGINE_CLOSURE, end, err);
}
