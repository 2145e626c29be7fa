/*
 * The table is built anew when a run has ended, of what it told; entries that were there before keep what is known of them.
 */
#include "run/watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fs.h"
#include "base/path.h"
#include "ext/notify.h"
#include "run/inputs.h"
#include "run/watch_internal.h"

/* Runs that have to write a file until it is taken for their product: of those that end by themselves, and of those that had to be ended. */
enum { TIMES = 2, TIMES_ENDED = 3 };

/* A clock of the file system may be that much behind. */
enum { TICK_NS = 20000000 };

/* --- phases --- */

static void end_phase(struct watch *w)
{
	for (size_t i = 0; i < w->touched.n; i++)
		w->touched.p[i]->touched = w->touched.p[i]->fresh = false;
	w->touched.n = 0;
	for (size_t i = 0; i < w->listings.n; i++)
		w->listings.p[i]->touched = w->listings.p[i]->fresh = false;
}

static struct str shown(struct watch *w, struct str path)
{
	return watch_is_below(w->folder, path) && path.n > w->folder.n ? str_slice(path, w->folder.n + (w->folder.n > 1), path.n) : path;
}

static struct str say(struct watch *w, const struct entry *e)
{
	const char *what = !e->before.exists ? "is new" : !e->now.exists ? "is gone" : "changed";
	arena_reset(&w->words);
	return arena_fmt(&w->words, "%.*s %s", STR_ARG(shown(w, e->path)), what);
}

static struct str say_listing(struct watch *w, struct str which)
{
	arena_reset(&w->words);
	return arena_fmt(&w->words, "%.*s %s", STR_ARG(shown(w, which)), fs_exists(which) ? "is new" : "is gone");
}

/* What is remembered of a file: by its folder where there was none of that name. */
static struct habit *habit_of(struct watch *w, const struct entry *e)
{
	struct str key = e->before.exists ? e->path : arena_fmt(&w->scratch, "%.*s/", STR_ARG(path_dir(&w->scratch, e->path)));
	struct habit *h = map_find(&w->habits, key);
	return h ? h : map_put(&w->habits, arena_str(&w->habit_names, key));
}

static void forget_habit(struct watch *w, struct str key)
{
	struct habit *h = map_find(&w->habits, key);
	if (h)
		*h = (struct habit){ 0 };
}

static bool is_reason(struct watch *w, struct entry *e)
{
	return watch_differs(e) && (!w->knows_inputs || e->exact);
}

bool watch_has_changed(struct watch *w, struct str *why)
{
	bool any = false;
	struct str which;
	for (size_t i = 0; i < w->touched.n; i++) {
		struct entry *e = w->touched.p[i];
		if (!is_reason(w, e))
			continue;
		forget_habit(w, e->path);
		if (!e->before.exists)
			forget_habit(w, arena_fmt(&w->scratch, "%.*s/", STR_ARG(path_dir(&w->scratch, e->path))));
		if (!any)
			*why = say(w, e);
		any = true;
	}
	for (size_t i = 0; i < w->listings.n && !any; i++) {
		any = watch_listing_differs(w, w->listings.p[i], &which);
		if (any)
			*why = say_listing(w, which);
	}
	watch_end_call(w);
	return any;
}

void watch_run_begins(struct watch *w)
{
	struct timespec t;
	for (size_t i = 0; i < w->touched.n; i++)
		watch_hash(w->touched.p[i]->path, &w->touched.p[i]->now);
	end_phase(w);
	w->runs = true;
	clock_gettime(CLOCK_REALTIME, &t);
	w->began_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec - TICK_NS;
}

void watch_run_did(struct watch *w, enum activity_did did)
{
	for (size_t i = 0; i < w->touched.n; i++) {
		struct entry *e = w->touched.p[i];
		if (!e->fresh)
			continue;
		e->did = MAX(e->did, did);
		e->fresh = false;
	}
	for (size_t i = 0; i < w->listings.n; i++) {
		struct listing *l = w->listings.p[i];
		if (l->fresh)
			l->did = MAX(l->did, did);
		l->fresh = false;
	}
}

/* Whether a change to the file in the midst of a run has to be the run's own. */
static bool is_the_runs(struct watch *w, const struct entry *e)
{
	if (watch_is_output(w, e->path))
		return true;
	if (e->did == ACTIVITY_NOTHING)
		return false;
	const struct habit *h = habit_of(w, e);
	return h->is_product || (!w->knows_inputs && e->did == ACTIVITY_WROTE && h->times + 1 >= TIMES_ENDED);
}

bool watch_wants_end(struct watch *w, bool sleeps, struct str *why)
{
	bool wants = false;
	struct str which;
	for (size_t i = 0; i < w->touched.n && !wants; i++) {
		struct entry *e = w->touched.p[i];
		bool is_sure = e->did == ACTIVITY_NOTHING || (w->knows_inputs && e->exact);
		bool waits = !is_sure && !(sleeps && e->before.exists); /* a new file mostly is the run's */
		if (e->fresh || waits || !is_reason(w, e) || is_the_runs(w, e))
			continue;
		*why = say(w, e);
		wants = true;
	}
	for (size_t i = 0; i < w->listings.n && !wants; i++) {
		struct listing *l = w->listings.p[i];
		wants = !l->fresh && (sleeps || l->did == ACTIVITY_NOTHING) && watch_listing_differs(w, l, &which);
		if (wants)
			*why = say_listing(w, which);
	}
	watch_end_call(w);
	return wants;
}

/* --- the end of a run --- */

static void remember_output(struct watch *w, struct str path)
{
	if (!map_has(&w->outputs, path))
		map_put(&w->outputs, arena_str(&w->arena, path));
}

static void add_input(struct watch *w, struct str path)
{
	struct entry *e = watch_find(w, path);
	struct entry **old = !e && w->old ? map_find(w->old, path) : NULL;
	if (!e)
		e = old ? watch_adopt(w, *old) : watch_add_seen(w, path);
	e->exact = true;
}

static void add_names(struct watch *w, const struct listing *l)
{
	struct str rest = buf_str(&l->now), name;
	while (l->n_words > 0 && str_next(&rest, '\0', &name))
		if (name.n > 0)
			add_input(w, name);
}

static void free_listing(struct listing *l)
{
	buf_deinit(&l->now);
	buf_deinit(&l->before);
	free(l);
}

static bool same_listing(const struct listing *a, const struct listing *b)
{
	bool is_same = a->n_words == b->n_words && a->all == b->all && str_eq(a->directory, b->directory);
	for (size_t i = 0; is_same && i < a->n_words; i++)
		is_same = str_eq(a->words[i], b->words[i]);
	return is_same;
}

static void add_listing(struct watch *w, const struct inputs_record *r)
{
	struct listing *l = xcalloc(1, sizeof(*l));
	struct str rest = arena_str(&w->arena, r->name), word;
	VEC(struct str) words = { 0 };
	if (r->kind == INPUTS_LIST) {
		l->directory = rest;
	} else {
		str_cut(rest, '\0', &l->directory, &rest);
		while (str_next(&rest, '\0', &word))
			vec_push_in(&words, &w->arena, word);
	}
	l->words = words.p;
	l->n_words = words.n;
	l->all = r->kind == INPUTS_SEARCH_ALL;
	for (size_t i = 0; i < w->listings.n; i++) {
		if (same_listing(w->listings.p[i], l)) {
			free_listing(l);
			return;
		}
	}
	watch_read_listing(w, l, &l->now);
	vec_push(&w->listings, l);
}

/* Puts the old ones, which know what was there as the run began, in the places of equal new ones. */
static void keep_listings(struct watch *w, struct listing **old, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < w->listings.n; k++) {
			struct listing *new = w->listings.p[k];
			if (!same_listing(old[i], new))
				continue;
			watch_swap(&old[i]->before, &new->before);
			if (old[i]->touched || !str_eq(buf_str(&old[i]->now), buf_str(&new->now))) {
				if (!old[i]->touched)
					watch_swap(&old[i]->now, &new->before);
				new->touched = true;
				new->did = old[i]->touched ? old[i]->did : ACTIVITY_WROTE;
			}
			break;
		}
		free_listing(old[i]);
	}
}

struct told {
	bool is_complete, is_unknown;
	size_t n_inputs;
};

static struct told count(struct str records)
{
	struct told t = { 0 };
	struct inputs_record r;
	while (inputs_next(&records, &r)) {
		t.is_complete = t.is_complete || r.kind == INPUTS_DONE;
		t.is_unknown = t.is_unknown || r.kind == INPUTS_UNKNOWN;
		t.n_inputs += r.kind != INPUTS_OUTPUT && r.kind != INPUTS_DONE && r.kind != INPUTS_UNKNOWN;
	}
	return t;
}

static void take_records(struct watch *w, struct str records)
{
	struct inputs_record r;
	while (inputs_next(&records, &r)) {
		if (r.kind == INPUTS_FILE)
			add_input(w, r.name);
		else if (r.kind == INPUTS_LIST || r.kind == INPUTS_SEARCH || r.kind == INPUTS_SEARCH_ALL)
			add_listing(w, &r);
		else if (r.kind == INPUTS_OUTPUT)
			remember_output(w, r.name);
	}
	for (size_t i = 0; i < w->listings.n; i++)
		add_names(w, w->listings.p[i]);
}

/* A new table for what the run told; entries that both have are taken over as they are. */
static void renew(struct watch *w, struct str records, bool knows_inputs)
{
	struct arena old_arena = w->arena;
	struct map old = w->entries;
	struct listing **old_listings = w->listings.p;
	size_t n_old_listings = w->listings.n;
	w->arena = (struct arena){ 0 };
	map_init(&w->entries, sizeof(struct entry *), &w->arena);
	map_init(&w->aliases, sizeof(struct entry *), &w->arena);
	map_init(&w->outputs, 0, &w->arena);
	w->listings.p = NULL;
	w->listings.n = w->listings.cap = 0;
	w->touched.n = 0;
	for (size_t i = 0; !knows_inputs && i < map_len(&old); i++) {
		const struct entry *from = *(struct entry **)map_at(&old, i);
		if (watch_is_below(w->folder, from->path))
			watch_adopt(w, from);
	}
	w->old = &old;
	take_records(w, records);
	w->old = NULL;
	keep_listings(w, old_listings, n_old_listings);
	free(old_listings);
	arena_deinit(&old_arena);
	w->knows_inputs = knows_inputs;
}

/* Whether the file is a product of the run; remembers what speaks for it. */
static bool judge_habit(struct watch *w, struct entry *e, enum watch_end how)
{
	struct habit *h = habit_of(w, e);
	if (e->did == ACTIVITY_NOTHING) {
		*h = (struct habit){ 0 };
		return false;
	}
	bool may_be = e->did >= (how == WATCH_ENDED ? ACTIVITY_STARTED : ACTIVITY_WROTE) && !w->knows_inputs;
	bool is_enough = may_be && h->times + 1 >= (how == WATCH_ENDED ? TIMES : TIMES_ENDED);
	h->is_product = h->is_product || is_enough || w->chain >= WATCH_CHAIN_MAX;
	bool is_product = h->is_product;
	h->is_written = h->is_written || may_be;
	/* A new file is the run's by its own name too, once it is there. */
	if (!e->before.exists && may_be) {
		struct habit *own = map_find(&w->habits, e->path);
		if (!own)
			own = map_put(&w->habits, arena_str(&w->habit_names, e->path));
		own->is_written = true;
	}
	return is_product;
}

/* Judges what changed while the run was under way: *why is the first reason to run again. */
static bool judge(struct watch *w, enum watch_end how, struct str *why)
{
	bool any = false, is_sure = false;
	struct str which;
	for (size_t i = 0; i < w->touched.n; i++) {
		struct entry *e = w->touched.p[i];
		if (watch_same(&e->now, &e->before) || watch_is_output(w, e->path) || judge_habit(w, e, how) || !is_reason(w, e))
			continue;
		if (!any)
			*why = say(w, e);
		any = true;
		is_sure = is_sure || e->did == ACTIVITY_NOTHING;
	}
	for (size_t i = 0; i < w->listings.n; i++) {
		struct listing *l = w->listings.p[i];
		if (!watch_listing_differs(w, l, &which) || (l->did != ACTIVITY_NOTHING && w->chain >= WATCH_CHAIN_MAX))
			continue;
		if (!any)
			*why = say_listing(w, which);
		any = true;
	}
	for (size_t i = 0; i < map_len(&w->habits); i++) {
		struct habit *h = map_at(&w->habits, i);
		h->times = h->is_written ? h->times + 1 : how == WATCH_ENDED ? h->times : 0;
		h->is_written = false;
	}
	w->chain = any && !is_sure ? w->chain + 1 : 0;
	return any;
}

bool watch_run_ends(struct watch *w, struct str records, enum watch_end how, struct str *why)
{
	struct told told = count(records);
	watch_take(w);
	watch_run_did(w, ACTIVITY_WROTE);
	bool knew = w->knows_inputs, knows = told.is_complete && !told.is_unknown && told.n_inputs > 0;
	if (how == WATCH_ENDED)
		renew(w, records, knows);
	else
		take_records(w, records); /* what it would have read else is as before */
	watch_look_at_all(w, knew == w->knows_inputs ? WATCH_NEWS : WATCH_OLD);
	watch_run_did(w, ACTIVITY_WROTE);
	bool again = judge(w, how, why);
	for (size_t i = 0; i < w->touched.n; i++)
		watch_hash(w->touched.p[i]->path, &w->touched.p[i]->now);
	end_phase(w);
	w->runs = false;
	watch_end_call(w);
	return again;
}

struct str watch_what(struct watch *w)
{
	size_t n = 0;
	arena_reset(&w->words);
	for (size_t i = 0; i < map_len(&w->entries); i++)
		n += (*(struct entry **)map_at(&w->entries, i))->exact;
	if (!w->knows_inputs)
		return arena_fmt(&w->words, "the files below %.*s", STR_ARG(w->folder));
	return arena_fmt(&w->words, "%zu input%s", n, n == 1 ? "" : "s");
}

/* --- */

static struct str find_top(struct str folder, struct arena *a)
{
	for (struct str at = folder;; at = path_dir(a, at)) {
		if (fs_exists(path_join(a, at, STR(".git"))))
			return at;
		if (at.n <= 1)
			return folder;
	}
}

struct watch *watch_new(struct str folder, enum watch_way way)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	struct err err = { 0 };
	w->folder = arena_str(&w->habit_names, folder);
	w->top = find_top(w->folder, &w->habit_names);
	map_init(&w->entries, sizeof(struct entry *), &w->arena);
	map_init(&w->aliases, sizeof(struct entry *), &w->arena);
	map_init(&w->outputs, 0, &w->arena);
	map_init(&w->habits, sizeof(struct habit), &w->habit_names);
	if (way == WATCH_HEARS && !notify_open(&w->notify, &err)) {
		w->notify = NULL;
		watch_stop_hearing(w, &err);
	}
	err_deinit(&err);
	watch_look_at_all(w, WATCH_OLD);
	end_phase(w);
	watch_end_call(w);
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	notify_close(w->notify);
	for (size_t i = 0; i < w->listings.n; i++)
		free_listing(w->listings.p[i]);
	vec_deinit(&w->listings);
	vec_deinit(&w->touched);
	free(w->warning);
	arena_deinit(&w->arena);
	arena_deinit(&w->habit_names);
	arena_deinit(&w->scratch);
	arena_deinit(&w->words);
	free(w);
}
