/* cache stats | show | gc | verify: looking after the store that all projects share, and after this project's records. */
#include "step/cache.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/env.h"
#include "base/fs.h"
#include "run/out.h"
#include "run/record.h"
#include "run/watched.h"
#include "step/options.h"
#include "step/step.h"
#include "store/keep.h"

enum { DAY = 24 * 60 * 60, AGE_DAYS = 30, GRACE_S = DAY, DUE_S = DAY };
#define SIZE_LIMIT ((uint64_t)10 << 30)

static bool parse_size(struct str text, uint64_t *out)
{
	static const char units[] = "KMGT";
	int64_t n;
	unsigned shift = 0;
	struct str digits = str_drop_suffix(str_drop_suffix(text, STR("B")), STR("i"));
	for (unsigned i = 0; digits.n > 0 && i < 4; i++)
		if ((digits.p[digits.n - 1] & ~0x20) == units[i])
			shift = 10 * (i + 1);
	if (shift)
		digits = str_slice(digits, 0, digits.n - 1);
	if (!str_to_int(digits, &n) || n < 0 || (uint64_t)n > UINT64_MAX >> shift)
		return false;
	*out = (uint64_t)n << shift;
	return true;
}

static bool parse_days(struct str text, int64_t *out)
{
	return str_to_int(str_drop_suffix(text, STR("d")), out) && *out >= 0 && *out < 100000;
}

static void add_size(struct buf *b, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double n = (double)bytes;
	size_t u = 0;
	for (; n >= 1024 && u + 1 < ARRAY_LEN(units); u++)
		n /= 1024;
	buf_addf(b, u ? "%.1f %s" : "%.0f %s", n, units[u]);
}

static void add_usage(struct buf *b, const char *label, const struct keep_usage *u)
{
	buf_addf(b, "%-16s %10llu  ", label, (unsigned long long)u->blobs);
	add_size(b, u->bytes);
	buf_add_char(b, '\n');
}

/* The limit that the environment sets; 0: none. */
static uint64_t limit_of(const struct step_host *host)
{
	uint64_t limit;
	return parse_size(env_get(host->environ, STR("RAIBID_CACHE_SIZE")), &limit) ? limit : SIZE_LIMIT;
}

static bool private_store(const struct step_host *host, struct store **out, struct err *err)
{
	struct arena a = { 0 };
	/* Looking does not make one. */
	bool there = fs_is_dir(arena_concat(&a, state_dir(host->state), STR("/private/blobs")));
	arena_deinit(&a);
	*out = NULL;
	return !there || state_private_store(host->state, out, err);
}

/* --- stats --- */

static bool print_stats(const struct step_host *host, struct arena *a, struct buf *out, struct err *err)
{
	struct keep_usage shared, sealed = { 0 };
	struct state_count records;
	struct store *private;
	keep_roots roots;
	keep_digests live = { 0 };
	uint64_t results = 0, limit = limit_of(host);
	bool ok = private_store(host, &private, err) && keep_measure(host->store, &shared, err) &&
		  (!private || keep_measure(private, &sealed, err)) && state_measure(host->state, &records, err) &&
		  keep_projects(host->store, a, &roots, err) && keep_add_results(host->store, &live, &results, err);
	vec_deinit(&live);
	if (!ok)
		return false;
	buf_addf(out, "shared store     %.*s\n", STR_ARG(store_dir(host->store)));
	add_usage(out, "  blobs", &shared);
	buf_addf(out, "  %-14s %10llu\n  %-14s %10zu\n  %-14s ", "results", (unsigned long long)results, "projects", roots.n, "limit");
	if (limit)
		add_size(out, limit);
	else
		buf_add_c(out, "none");
	buf_addf(out, "\nthis project     %.*s\n", STR_ARG(state_dir(host->state)));
	buf_addf(out, "  %-14s %10llu  of %llu nodes, ", "records", (unsigned long long)records.records, (unsigned long long)records.names);
	add_size(out, records.bytes);
	buf_add_char(out, '\n');
	add_usage(out, "  private blobs", &sealed);
	return true;
}

/* --- gc --- */

struct judging {
	const struct step_host *host;
	struct arena arena;
};

/* An old record is kept as long as it holds: then the node has not had to run since. */
static bool still_holds(void *ctx, const struct state_record *record)
{
	struct judging *j = ctx;
	struct trace t, known = { 0 };
	struct record_change c = { 0 }, found = { 0 };
	AUTO_ERR err = { 0 };
	arena_reset(&j->arena);
	if (!trace_decode(record->trace, &j->arena, &t, &err))
		return false;
	for (size_t i = 0; i < t.entries.n; i++)
		if (!t.entries.p[i].found && t.entries.p[i].kind != TRACE_NEEDED)
			vec_push_in(&known.entries, &j->arena, t.entries.p[i]);
	return record_compare(j->host, &known, &j->arena, &c, &err) && !c.changed && watched_compare(j->host, &t, &j->arena, &found, &err) && !found.changed;
}

struct collect {
	int64_t age_days;
	uint64_t limit;
	/* What came of it. */
	uint64_t records, results;
	struct keep_swept shared, sealed;
	bool is_busy;
};

/* All that is needed: what the registered projects' records name, and this one's. */
static bool mark(const struct step_host *host, struct arena *a, int64_t before, keep_digests *live, keep_digests *sealed, struct err *err)
{
	keep_roots roots;
	keep_digests theirs = { 0 };
	uint64_t n;
	bool ok = keep_add_state(host->state, live, sealed, err) && keep_projects(host->store, a, &roots, err);
	for (size_t i = 0; ok && i < roots.n; i++) {
		if (str_eq(roots.p[i], host->root))
			continue;
		struct state *other = state_new(roots.p[i], NULL, NULL);
		AUTO_ERR unreadable = { 0 };
		state_freeze(other);
		/* A database that cannot be read now may be sound tomorrow: nothing is swept then. */
		if (!keep_add_state(other, live, &theirs, &unreadable)) {
			err_move(err, &unreadable);
			ok = err_wrap(err, "project '%.*s'", STR_ARG(roots.p[i]));
		}
		state_free(other);
	}
	vec_deinit(&theirs);
	return ok && keep_add_notes(host->store, before, live, err) && keep_add_results(host->store, live, &n, err);
}

static bool sweep_shared(const struct step_host *host, struct arena *a, struct collect *c, keep_digests *sealed, struct err *err)
{
	struct keep_usage removed = { 0 };
	for (;;) {
		keep_digests live = { 0 };
		int64_t before;
		uint64_t n;
		bool more = false;
		sealed->n = 0;
		bool ok = mark(host, a, time(NULL) - c->age_days * DAY, &live, sealed, err) && keep_sweep(host->store, &live, GRACE_S, &c->shared, err);
		vec_deinit(&live);
		removed.blobs += c->shared.removed.blobs;
		removed.bytes += c->shared.removed.bytes;
		c->shared.removed = removed;
		/* Over the limit: shared results go, those used longest ago first. What records of projects name stays. */
		if (!ok || c->limit == 0 || c->shared.kept.bytes <= c->limit)
			return ok;
		if (!keep_oldest_results(host->store, &before, &more, err))
			return false;
		if (!more)
			return true;
		if (!keep_forget_results(host->store, before, &n, err))
			return false;
		c->results += n;
	}
}

static bool collect_garbage(const struct step_host *host, struct collect *c, struct err *err)
{
	struct arena a = { 0 };
	struct judging j = { .host = host };
	struct store *private = NULL;
	keep_digests sealed = { 0 };
	int64_t before = time(NULL) + 1 - c->age_days * DAY; /* of age 0 is what was made this second too */
	AUTO_FD lock = -1;
	bool ok = keep_lock(host->store, &lock, err);
	c->is_busy = ok && lock < 0;
	if (ok && !c->is_busy) {
		ok = state_prune(host->state, before, still_holds, &j, &c->records, err) &&
		     keep_forget_results(host->store, before, &c->results, err) && sweep_shared(host, &a, c, &sealed, err) &&
		     private_store(host, &private, err) && (!private || keep_sweep(private, &sealed, GRACE_S, &c->sealed, err));
		if (ok)
			keep_note(host->store);
	}
	vec_deinit(&sealed);
	arena_deinit(&j.arena);
	arena_deinit(&a);
	return ok;
}

void cache_tidy(const struct step_host *host)
{
	struct collect c = { .age_days = AGE_DAYS, .limit = limit_of(host) };
	AUTO_ERR ignored = { 0 };
	if (!host->no_cache && keep_is_due(host->store, DUE_S) && !collect_garbage(host, &c, &ignored))
		keep_note(host->store); /* what cannot be done today is tried tomorrow */
}

static void print_collected(const struct collect *c, struct buf *out)
{
	struct keep_usage removed = { c->shared.removed.blobs + c->sealed.removed.blobs, c->shared.removed.bytes + c->sealed.removed.bytes };
	struct keep_usage kept = { c->shared.kept.blobs + c->sealed.kept.blobs, c->shared.kept.bytes + c->sealed.kept.bytes };
	if (c->is_busy) {
		buf_add_c(out, "another process is collecting\n");
		return;
	}
	buf_addf(out, "%-16s %10llu\n%-16s %10llu\n", "records", (unsigned long long)c->records, "results", (unsigned long long)c->results);
	add_usage(out, "blobs removed", &removed);
	add_usage(out, "blobs kept", &kept);
	if (c->limit && c->shared.kept.bytes > c->limit)
		buf_add_c(out, "the limit is not met: what is left is young, or named by records of projects\n");
}

/* --- verify --- */

static bool verify_all(const struct step_host *host, struct buf *out, bool *sound, struct err *err)
{
	struct keep_checked shared, sealed = { 0 };
	struct store *private = NULL;
	bool database;
	if (!state_verify(host->state, &database, err) || !keep_verify(host->store, &shared, err) || !private_store(host, &private, err) ||
	    (private && !keep_verify(private, &sealed, err)))
		return false;
	struct keep_usage all = { shared.sound.blobs + sealed.sound.blobs, shared.sound.bytes + sealed.sound.bytes };
	uint64_t damaged = shared.damaged + sealed.damaged;
	add_usage(out, "sound blobs", &all);
	buf_addf(out, "%-16s %10llu%s\n", "damaged blobs", (unsigned long long)damaged, damaged ? "  forgotten: who needs one makes it again" : "");
	buf_addf(out, "%-16s %s\n", "state.db", database ? "sound" : "damaged: set aside");
	*sound = database && damaged == 0;
	return true;
}

/* --- show --- */

static void add_entry(const struct trace_entry *e, struct buf *out)
{
	static const struct { enum trace_kind kind; const char *word; } words[] = {
		{ TRACE_FILE, "read" }, { TRACE_KIND, "looked at" }, { TRACE_ABSENT, "missing" }, { TRACE_LIST, "listed" }, { TRACE_LINK, "link" },
		{ TRACE_ENV, "variable" }, { TRACE_NO_ENV, "not set" }, { TRACE_NEEDED, "needs" }, { TRACE_OUTPUT, "wrote" }, { TRACE_LEFT, "emptied" },
	};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].kind == e->kind)
			buf_addf(out, "%-10s %.*s\n", words[i].word, STR_ARG(e->name));
}

/* The newest record of the node: a recipe by its path (with arguments each has a record of its own), or a step line. */
static bool show_record(const struct step_host *host, struct str name, struct arena *a, struct buf *out, struct err *err)
{
	struct str recipe = arena_concat(a, STR("recipe "), name);
	state_records found = { 0 };
	struct state_record one;
	struct trace t;
	bool exact;
	if (!state_find_name(host->state, recipe, a, &one, &exact, err) || (!exact && !state_find_name(host->state, name, a, &one, &exact, err)))
		return false;
	if (exact)
		vec_push_in(&found, a, one);
	else if (!state_find_under(host->state, arena_concat(a, recipe, STR(" #")), a, &found, err))
		return false;
	if (found.n == 0) {
		err_set(err, ERR_NOT_FOUND, "no result of '%.*s' is recorded", STR_ARG(name));
		return err_hint(err, "a recipe of step lines has one a line, under the line itself: `--step why %.*s` tells them", STR_ARG(name));
	}
	for (size_t i = 0; i < found.n; i++) {
		if (!trace_decode(found.p[i].trace, a, &t, err))
			return false;
		for (size_t k = 0; k < t.entries.n; k++)
			add_entry(&t.entries.p[k], out);
	}
	return true;
}

/* --- the step --- */

struct options {
	struct str age, size;
};

static const struct step_option options[] = {
	{ "--age", NULL, STEP_VALUE, offsetof(struct options, age) },
	{ "--size", NULL, STEP_VALUE, offsetof(struct options, size) },
	{ .name = NULL },
};

static bool gc_run(struct step_ctx *ctx, const struct options *o, struct buf *text, struct err *err)
{
	struct collect c = { .age_days = AGE_DAYS, .limit = limit_of(ctx->host) };
	if ((o->age.p && !parse_days(o->age, &c.age_days)) || (o->size.p && !parse_size(o->size, &c.limit))) {
		err_set(err, ERR_USAGE, "cache gc: --age takes days (30), --size bytes with a unit (500M, 10G; 0: no limit)");
		return false;
	}
	if (!collect_garbage(ctx->host, &c, err))
		return false;
	print_collected(&c, text);
	return true;
}

static bool cache_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct options o = { 0 };
	step_words operands;
	AUTO_BUF text = { 0 };
	bool sound = true, ok;
	if (!step_options(&step_cache, options, args, 1, 2, ctx->arena, &o, &operands, err))
		return false;
	struct str what = operands.p[0];
	if (str_eq(what, STR("show")) != (operands.n == 2)) {
		err_set(err, ERR_USAGE, operands.n == 2 ? "cache %.*s: one word too many" : "cache %.*s: of which recipe?", STR_ARG(what));
		return err_hint(err, "usage: cache %s", step_cache.usage);
	}
	if (str_eq(what, STR("show"))) {
		ok = show_record(ctx->host, operands.p[1], ctx->arena, &text, err);
	} else if (str_eq(what, STR("stats"))) {
		ok = print_stats(ctx->host, ctx->arena, &text, err);
	} else if (str_eq(what, STR("gc"))) {
		ok = gc_run(ctx, &o, &text, err);
	} else if (str_eq(what, STR("verify"))) {
		ok = verify_all(ctx->host, &text, &sound, err);
	} else {
		err_set(err, ERR_USAGE, "cache: unknown word '%.*s'", STR_ARG(what));
		return err_hint(err, "usage: cache %s", step_cache.usage);
	}
	out_print(ctx->out, buf_str(&text));
	if (ok && !sound)
		*status = STEP_INTEGRITY;
	return ok;
}

const struct step_def step_cache = {
	.name = STR_INIT("cache"),
	.usage = "stats | show RECIPE | gc [--age DAYS] [--size BYTES] | verify",
	.summary = "Look after stored results: how much there is, what nobody needs, whether it is sound",
	.cache = STEP_PRINTS,
	.run = cache_run,
	.options = "--age DAYS    gc: forget records replaced, and shared results not used, for so long (30)\n"
		   "--size BYTES  gc: then shared results, oldest first, until the store is no larger (10G, or RAIBID_CACHE_SIZE; 0: no limit)\n",
};
