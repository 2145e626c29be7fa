/*
 * Executing the templates of a plan: one after another, or by two threads that take them in turn.
 *
 * Two threads give what one gives. Templates share values; so long as none changes what it has not made itself, their order does not matter. One that is about
 * to (struct template_guard) waits until those before it are done, those behind it are stopped, and it goes on alone; then they are executed anew, from the
 * next one on. The error is the first in order: one counts only if nothing before it fails or changes values. A chart that changes values in template after
 * template is left to one thread.
 *
 * What a thread makes is in an arena of its own, by which its own maps are known. Once a template has changed values, what it made may have become part of them:
 * its thread goes on in another arena. Dots are the one thing that changes from template to template, so the helper has copies of them. It must not change
 * anything then, which would show its copies to others: what it meets that does is executed again by the first thread. Where a template changes a dot or puts
 * one into values, all behind it is left to the first thread.
 */
#include "helm/engine.h"

#define NOWHERE SIZE_MAX

/* Documents that were read of the i-th template. */
struct read {
	size_t i;
	struct helm_documents *documents;
};

struct hand {
	struct team *team;
	struct arena *a;      /* for what templates make */
	VEC(struct arena *) arenas; /* all that `a` has been, in the first of them */
	struct arena first, outputs;
	struct buf out;       /* in `outputs`, where texts stay as they are written */
	const struct engine_dot *dots;
	size_t pointed;       /* so many have been the current .Template */
	size_t at;            /* what is executed; NOWHERE */
	bool is_alone;        /* it may change values: of the first thread */
	bool is_refused;      /* it may not, and the first thread shall do it again: of the helper */
	struct template_guard guard;
	struct err err;
	VEC(struct read) reads; /* also of what was executed again later */
};

struct team {
	struct engine_plan *plan;
	const struct template_set *set;
	const size_t *numbers; /* in the plan, of the n templates that are executed */
	struct helm_file *files;
	size_t n;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a hand has finished a template */
	size_t next;          /* what is handed out next */
	size_t end;           /* what is from here on is of no use now: behind a template that failed, or changes values */
	size_t changer;       /* for the first thread: the helper has found that it changes values; NOWHERE */
	size_t changes;       /* templates that changed values */
	bool is_over;         /* for the helper: all the rest is for the first thread */
	bool is_helped;       /* the helper is there, or called */
	bool has_failed;
	struct err err;       /* of the template `end` */
	struct hand hands[CREW_SIZE];
};

/* After so many changes of values the helper stays away, unless most templates make none. */
enum { CHANGES_FEW = 4 };

static struct hand *other_than(struct hand *h)
{
	return &h->team->hands[h == &h->team->hands[CREW_SELF] ? CREW_HELPER : CREW_SELF];
}

/* ---- What a template may change ---- */

static bool is_dot(const struct team *t, const struct map *map)
{
	const struct engine_plan *p = t->plan;
	for (size_t i = 0; i < p->dots.n; i++)
		if (p->dots.p[i].map == map || p->dots.p[i].subcharts == map)
			return true;
	return false;
}

struct look {
	const struct team *t;
	size_t count;
};

/* Whether a dot is, or may be, somewhere in the value. */
static bool has_dot(struct look *l, struct value v, unsigned depth)
{
	enum { LOOK_DEPTH = 64, LOOK_MOST = 50000 };
	if (v.kind != VAL_MAP && v.kind != VAL_LIST)
		return false;
	size_t n = v.kind == VAL_MAP ? map_len(v.map) : v.list->n;
	l->count += n;
	if (depth > LOOK_DEPTH || l->count > LOOK_MOST || (v.kind == VAL_MAP && is_dot(l->t, v.map)))
		return true;
	for (size_t i = 0; i < n; i++)
		if (has_dot(l, v.kind == VAL_MAP ? *(struct value *)map_at(v.map, i) : v.list->p[i], depth + 1))
			return true;
	return false;
}

/* Whether what all templates see has come to hold a dot elsewhere than under .Subcharts. */
static bool has_dots(const struct team *t)
{
	const struct engine_plan *p = t->plan;
	struct look l = { .t = t };
	for (size_t i = 0; i < p->dots.n; i++) {
		const struct map *dot = p->dots.p[i].map;
		for (size_t k = 0; k < map_len(dot); k++)
			if (!str_eq(map_key(dot, k), STR("Subcharts")) && has_dot(&l, *(struct value *)map_at(dot, k), 0))
				return true;
	}
	return false;
}

/* What is behind the i-th is of no use: it changes values. The lock is held. */
static void stop_behind(struct hand *h, size_t i)
{
	struct team *t = h->team;
	struct hand *other = other_than(h);
	t->end = i + 1;
	if (t->has_failed)
		err_deinit(&t->err);
	t->has_failed = false;
	if (other->at != NOWHERE && other->at > i)
		atomic_store_explicit(&other->guard.stop, true, memory_order_relaxed);
	pthread_cond_signal(&t->changed); /* it may be waiting for the same */
}

/* Waits until nothing else is executed; false where something before fails or changes values as well. The lock is held. */
static bool come_alone(struct hand *h)
{
	struct team *t = h->team;
	stop_behind(h, h->at);
	while (h->at < t->end && other_than(h)->at != NOWHERE)
		pthread_cond_wait(&t->changed, &t->lock);
	return h->at < t->end;
}

static bool may_change(void *ctx, const struct map *map, struct err *err)
{
	struct hand *h = ctx;
	struct team *t = h->team;
	pthread_mutex_lock(&t->lock);
	bool is_of_use = h->at < t->end;
	if (is_of_use && h == &t->hands[CREW_HELPER]) {
		stop_behind(h, h->at);
		t->changer = t->next = h->at;
		h->is_refused = true;
	} else if (is_of_use && (h->is_alone || come_alone(h))) {
		h->is_alone = true;
		t->is_over |= is_dot(t, map);
	}
	bool ok = h->is_alone;
	pthread_mutex_unlock(&t->lock);
	return ok || err_set(err, ERR_CANCELLED, "the execution was stopped");
}

/* ---- Turns ---- */

static bool take(struct hand *h)
{
	struct team *t = h->team;
	bool is_helper = h == &t->hands[CREW_HELPER];
	if (t->next >= t->end || (is_helper && (t->is_over || t->next == t->changer)))
		return false;
	h->at = t->next++;
	atomic_store_explicit(&h->guard.stop, false, memory_order_relaxed);
	return true;
}

/* Makes each chart's .Template what it is when the i-th is executed after all before it. */
static void point(struct hand *h, size_t i)
{
	struct engine_plan *p = h->team->plan;
	if (h->pointed > i) {
		for (size_t k = 0; k < p->dots.n; k++)
			map_remove(h->dots[k].map, STR("Template"));
		h->pointed = 0;
	}
	while (h->pointed <= i)
		engine_plan_point(p, h->team->numbers[h->pointed++], h->dots);
}

static void begin_arena(struct hand *h)
{
	enum { LEAST = 1024, HEAD = 64 };
	struct arena *old = h->a;
	h->a = arena_new(old, struct arena);
	vec_push_in(&h->arenas, &h->first, h->a);
	if (arena_room(old) >= LEAST)
		arena_share(old, h->a, arena_room(old) - HEAD);
}

/* The template has changed values: those behind it see them. */
static void end_alone(struct hand *h)
{
	struct team *t = h->team;
	t->changes++;
	t->is_over |= (t->changes > CHANGES_FEW && t->changes * 2 > h->at) || has_dots(t);
	begin_arena(h);
}

/* The lock is held. */
static void finish(struct hand *h, const struct helm_file *file, bool ok)
{
	struct team *t = h->team;
	struct hand *other = other_than(h);
	bool counts = !h->is_refused && h->at < t->end;
	if (counts && ok) {
		t->files[h->at] = *file;
		if (h->is_alone || h->at == t->changer) {
			t->next = h->at + 1;
			t->end = t->n;
			t->changer = NOWHERE;
		}
		if (h->is_alone)
			end_alone(h);
	} else if (counts) {
		if (t->has_failed)
			err_deinit(&t->err);
		t->has_failed = true;
		err_move(&t->err, &h->err);
		t->end = h->at;
		if (other->at != NOWHERE && other->at > h->at)
			atomic_store_explicit(&other->guard.stop, true, memory_order_relaxed);
	}
	err_deinit(&h->err);
	h->is_alone = h->is_refused = false;
	h->at = NOWHERE;
	pthread_cond_signal(&t->changed);
}

/* Documents are read by the thread that has just written them. */
static void prepare_documents(struct hand *h, struct helm_file *file)
{
	if (!h->team->plan->options->help || manifest_is_notes(file->name))
		return;
	file->documents = arena_new(h->a, struct helm_documents);
	file->documents->text = file->text;
	vec_push_in(&h->reads, &h->first, ((struct read){ h->at, file->documents }));
}

static void execute_one(struct hand *h)
{
	struct team *t = h->team;
	struct engine_place place = { h->a, &h->out, h->dots, &h->guard };
	struct helm_file file = { 0 };
	size_t i = h->at;
	point(h, i);
	bool ok = engine_plan_execute(t->plan, t->numbers[i], t->set, &place, &file, &h->err);
	if (ok)
		prepare_documents(h, &file);
	pthread_mutex_lock(&t->lock);
	finish(h, &file, ok);
	pthread_mutex_unlock(&t->lock);
	if (file.documents)
		manifest_read(file.documents, h->a);
}

static void take_turns(void *arg, enum crew_who who);

/* Whether the first thread has more to do, now or once the helper has finished what it executes. Calls the helper where there is work for it. The lock is held. */
static bool wait_for_more(struct hand *h)
{
	struct team *t = h->team;
	while (t->next >= t->end && other_than(h)->at != NOWHERE)
		pthread_cond_wait(&t->changed, &t->lock);
	if (t->next >= t->end)
		return false;
	if (!t->is_helped && !t->is_over && t->next + 1 < t->end) {
		t->is_helped = true;
		crew_add(t->plan->options->help->crew, take_turns, t);
	}
	return true;
}

static void take_turns(void *arg, enum crew_who who)
{
	struct team *t = arg;
	struct hand *h = &t->hands[who];
	pthread_mutex_lock(&t->lock);
	while ((who == CREW_HELPER || wait_for_more(h)) && take(h)) {
		pthread_mutex_unlock(&t->lock);
		execute_one(h);
		pthread_mutex_lock(&t->lock);
	}
	if (who == CREW_HELPER)
		t->is_helped = false;
	pthread_mutex_unlock(&t->lock);
}

/* ---- Beginning and end ---- */

/* Begins in the next `n` bytes of `from`, where there are as many. */
static void hand_init(struct hand *h, struct team *t, struct arena *from, size_t n, const struct engine_dot *dots)
{
	enum { LEAST = 16 << 10, HEAD = 64 };
	*h = (struct hand){ .team = t, .a = &h->first, .dots = dots, .at = NOWHERE, .guard = { .change = may_change, .ctx = h } };
	if (n >= LEAST) {
		arena_share(from, &h->outputs, n / 2 - HEAD);
		arena_share(from, &h->first, n / 2 - HEAD);
	}
	h->first.small = 1; /* outputs may be large */
	h->out.arena = &h->outputs;
}

/* Both hands have memory of what the arenas of reading and parsing have left: each of one, or both of the same where the other is nearly full. */
static void init_hands(struct team *t)
{
	struct engine_plan *p = t->plan;
	struct arena *side = p->options->help->side, *own = p->a;
	const struct engine_dot *copies = engine_plan_copy_dots(p, p->a);
	if (arena_room(own) < arena_room(side) / 4)
		own = side;
	else if (arena_room(side) < arena_room(own) / 4)
		side = own;
	/* Not all: values that are changed grow in the plan's own. */
	enum { KEPT = 32 << 10 };
	size_t room = arena_room(p->a) - MIN(arena_room(p->a) / 8, (size_t)KEPT);
	size_t n = own != p->a ? arena_room(own) / 2 : own == side ? room / 2 : room;
	hand_init(&t->hands[CREW_SELF], t, own, n, p->dots.p);
	hand_init(&t->hands[CREW_HELPER], t, side, side == p->a ? room / 2 : arena_room(side), copies);
}

/* Errors of documents that count stay with them. */
static void hand_deinit(struct hand *h, bool ok)
{
	struct team *t = h->team;
	struct arena *a = t->plan->a;
	for (size_t k = 0; k < h->reads.n; k++) {
		const struct read *r = &h->reads.p[k];
		if (!ok || t->files[r->i].documents != r->documents)
			err_deinit(&r->documents->err);
	}
	for (size_t i = h->arenas.n; i-- > 0;)
		arena_adopt(a, h->arenas.p[i]);
	arena_adopt(a, &h->first);
	arena_adopt(a, &h->outputs);
}

static bool execute_by_two(struct team *t, helm_files *out, struct err *err)
{
	struct engine_plan *p = t->plan;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	init_hands(t);
	t->end = t->n;
	t->changer = NOWHERE;
	take_turns(t, CREW_SELF);
	crew_wait(p->options->help->crew);
	bool ok = !t->has_failed;
	if (!ok)
		err_move(err, &t->err);
	else
		*out = (helm_files){ t->files, t->n, t->n };
	for (size_t k = 0; k < CREW_SIZE; k++)
		hand_deinit(&t->hands[k], ok);
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->changed);
	return ok;
}

/* Outputs grow in an arena of their own, beside what functions make meanwhile, so that they stay where they are written. */
static bool execute_by_one(struct team *t, helm_files *out, struct err *err)
{
	struct engine_plan *p = t->plan;
	struct arena own = { 0 }, *outputs = p->options->help ? p->options->help->side : &own;
	struct buf b = { .arena = outputs };
	struct engine_place place = { p->a, &b, p->dots.p, NULL };
	bool ok = true;
	for (size_t i = 0; ok && i < t->n; i++) {
		struct helm_file file;
		ok = engine_plan_execute(p, t->numbers[i], t->set, &place, &file, err);
		if (ok)
			vec_push_in(out, p->a, file);
	}
	if (!ok)
		out->n = 0;
	arena_adopt(p->a, &own);
	return ok;
}

/* Who watches, or answers, expects one template after another; and of little work a thread costs more than it saves. */
static bool is_for_two(const struct team *t)
{
	enum { LEAST_BYTES = 32 << 10 };
	const struct engine_options *o = t->plan->options;
	size_t bytes = 0;
	for (size_t i = 0; i < t->plan->n; i++)
		bytes += t->plan->sources[i].text.n;
	return o->help && t->n > 1 && bytes >= LEAST_BYTES && !o->lookup && !o->lint && !o->reads && !o->source_map;
}

bool engine_execute(struct engine_plan *p, const struct template_set *set, helm_files *out, struct err *err)
{
	size_t *numbers = arena_alloc(p->a, p->n * sizeof(*numbers)), n = 0;
	for (size_t i = 0; i < p->n; i++)
		if (!engine_plan_is_partial(p, i))
			numbers[n++] = i;
	struct team t = { .plan = p, .set = set, .numbers = numbers, .n = n, .files = arena_array(p->a, struct helm_file, n) };
	return is_for_two(&t) ? execute_by_two(&t, out, err) : execute_by_one(&t, out, err);
}
