/*
 * Constructive traces: the key of a line names the runs that are recorded for it; a record holds if every input that the run saw is as it was. Several
 * records are kept for each key, so that switching a branch back and forth takes the old result again.
 */
#include "run/node.h"

#include <assert.h>
#include <link.h>
#include <string.h>
#include <time.h>

#include "config.h"

#include "base/path.h"
#include "run/inputs.h"
#include "run/out.h"
#include "store/state.h"

/* --- keys --- */

static int find_build_id(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct str *id = arg;
	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_NOTE)
			continue;
		const char *note = (const char *)info->dlpi_addr + p->p_vaddr, *end = note + p->p_memsz;
		while (note + sizeof(ElfW(Nhdr)) <= end) {
			const ElfW(Nhdr) *n = (const void *)note;
			const char *name = note + sizeof(*n), *desc = name + ((n->n_namesz + 3) & ~3u);
			if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
				*id = (struct str){ desc, n->n_descsz };
				return 1;
			}
			note = desc + ((n->n_descsz + 3) & ~3u);
		}
	}
	return 1; /* the first object is the program itself */
}

/* A result made by another build of this program is no result: its code may differ although its version does not. */
void node_add_program(struct sha256 *h)
{
	struct str id = STR("");
	dl_iterate_phdr(find_build_id, &id);
	sha256_add_field(h, STR("raibid-run " PACKAGE_VERSION));
	sha256_add_field(h, id);
}

struct digest node_key(const struct step_host *host, const struct node *n)
{
	struct arena a = { 0 };
	struct sha256 h;
	sha256_init(&h);
	node_add_program(&h);
	sha256_add_field(&h, n->def->name);
	for (size_t i = 0; i < n->args.n; i++)
		sha256_add_field(&h, n->args.p[i]);
	sha256_add_field(&h, record_name(host, &a, n->cwd));
	arena_deinit(&a);
	return sha256_end(&h);
}

static struct digest part_key(const struct step_part *part)
{
	struct sha256 h;
	sha256_init(&h);
	node_add_program(&h);
	sha256_add_field(&h, part->name);
	sha256_add(&h, (struct str){ (const char *)part->key.b, sizeof(part->key.b) });
	return sha256_end(&h);
}

/* --- deciding --- */

/* Looks for a record whose inputs hold; `newest` gets the first difference from the newest one. */
static bool find_holding(const struct step_host *host, const struct digest *key, struct arena *a, struct trace *t, bool *holds,
			 struct state_record *newest, struct record_change *change, struct err *err)
{
	state_records records;
	*holds = false;
	*newest = (struct state_record){ 0 };
	if (!state_find(host->state, key, a, &records, err))
		return false;
	for (size_t i = 0; i < records.n; i++) {
		struct record_change c;
		struct err damaged = { 0 };
		if (!trace_decode(records.p[i].trace, a, t, &damaged)) {
			err_deinit(&damaged); /* a record that cannot be read is as good as none */
			continue;
		}
		if (!record_compare(host, t, a, &c, err))
			return false;
		if (newest->name.p == NULL) {
			*newest = records.p[i];
			*change = c;
		}
		if (!c.changed) {
			*newest = records.p[i];
			*holds = true;
			return true;
		}
	}
	return true;
}

static struct str trace_summary(const struct trace *t)
{
	for (size_t i = 0; i < t->entries.n; i++)
		if (t->entries.p[i].kind == TRACE_SUMMARY)
			return t->entries.p[i].name;
	return STR_NONE;
}

bool node_decide(const struct step_host *host, const struct node *n, struct arena *a, struct node_plan *out, struct err *err)
{
	struct digest key = node_key(host, n);
	struct node_plan plan = { 0 };
	struct state_record record;
	bool holds, named;
	if (n->def->cache != STEP_CACHED || host->no_cache || host->force) {
		*out = (struct node_plan){ .fate = NODE_RUN_ALWAYS };
		return true;
	}
	if (!find_holding(host, &key, a, &plan.trace, &holds, &record, &plan.change, err))
		return false;
	plan.duration_ms = record.duration_ms;
	plan.ended_at = record.ended_at;
	bool settled = true;
	if (holds && !record_settled(host, &plan.trace, a, &settled, err))
		return false;
	if (holds) {
		plan.fate = settled ? NODE_CACHED : NODE_RUN_OUTPUT;
		plan.summary = trace_summary(&plan.trace);
	} else if (record.name.p) {
		plan.fate = NODE_RUN_INPUT;
	} else {
		if (!state_find_name(host->state, n->name, a, &record, &named, err))
			return false;
		plan.fate = named ? NODE_RUN_COMMAND : NODE_RUN_FIRST;
	}
	*out = plan;
	return true;
}

/* --- running --- */

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool put_record(const struct step_host *host, struct step_record *r, int64_t started_ms, struct err *err)
{
	AUTO_BUF bytes = { 0 };
	trace_sort(&r->trace);
	trace_encode(&r->trace, &bytes);
	struct state_record record = {
		.name = r->node,
		.key = r->key,
		.trace = buf_str(&bytes),
		.duration_ms = now_ms() - started_ms,
		.ended_at = time(NULL),
	};
	return state_put(host->state, &record, err);
}

/* What the step read is in its record; of one that reports nothing, what it claims to read. */
static void tell_inputs(struct step_ctx *ctx, const struct node *n)
{
	struct step_claims claims = { 0 };
	inputs_trace(ctx->host->inputs, ctx->host->root, &ctx->record->trace);
	if (!ctx->host->inputs || n->def->cache == STEP_CACHED)
		return;
	if (n->def->claims)
		n->def->claims(ctx, &n->args, &claims);
	if (!n->def->claims || claims.alone)
		inputs_unknown(ctx->host->inputs);
	for (size_t i = 0; i < claims.reads.n; i++)
		inputs_search(ctx->host->inputs, ctx->cwd, &claims.reads.p[i], 1, INPUTS_ALL);
	for (size_t i = 0; i < claims.writes.n; i++)
		inputs_output(ctx->host->inputs, path_in(ctx->arena, ctx->cwd, claims.writes.p[i]));
}

static bool run_def(const struct step_host *host, const struct node *n, struct out_step *line, enum step_status *status, struct err *err)
{
	struct arena a = { 0 };
	struct step_record record;
	struct digest key = node_key(host, n);
	int64_t started = now_ms();
	record_init(&record, n->name, &key, NULL);
	struct step_ctx ctx = { .host = host, .arena = &a, .cwd = n->cwd, .out = line, .record = &record };
	bool ok = n->def->run(&ctx, &n->args, status, err);
	tell_inputs(&ctx, n);
	if (ok && *status == STEP_OK && n->def->cache == STEP_CACHED && !host->no_cache) {
		if (record.uncacheable.n) {
			out_log(line, "not cached: %.*s", STR_ARG(record.uncacheable));
		} else {
			struct trace_entry summary = { .kind = TRACE_SUMMARY, .name = out_get_summary(line) };
			record_add(&record, &summary);
			ok = put_record(host, &record, started, err);
		}
	}
	record_deinit(&record);
	arena_deinit(&a);
	return ok;
}

/* Whether the recorded result could be taken. */
static bool take_recorded(const struct step_host *host, const struct node *n, struct out_step *line, bool *taken, struct err *err)
{
	struct arena a = { 0 };
	struct node_plan plan;
	*taken = false;
	bool ok = node_decide(host, n, &a, &plan, err);
	if (ok && host->why) {
		AUTO_BUF text = { 0 };
		node_add_fate(host, &plan, &text);
		out_note(line, "%.*s: %.*s", STR_ARG(n->name), STR_ARG(str_drop_prefix(str_trim(buf_str(&text)), STR("would "))));
	}
	if (ok && plan.fate == NODE_CACHED) {
		inputs_trace(host->inputs, host->root, &plan.trace);
		ok = record_restore(host, &plan.trace, n->def->owns, &a, taken, err);
		out_saved(line, plan.duration_ms);
		if (*taken && plan.summary.n)
			out_summary(line, "%.*s", STR_ARG(plan.summary));
	}
	arena_deinit(&a);
	return ok;
}

bool node_run(const struct step_host *host, const struct node *n, enum step_status *status, struct err *err)
{
	struct out_step *line = out_begin(host->out, n->name, n->file, n->line);
	bool taken = false;
	if (n->def->cache == STEP_PRINTS)
		out_hide(line);
	*status = STEP_OK;
	bool ok = take_recorded(host, n, line, &taken, err) && (taken || run_def(host, n, line, status, err));
	if (!ok && n->file.n)
		err_at(err, n->file, n->line, 0);
	enum out_end how = taken ? OUT_CACHED : OUT_RAN;
	if (!ok || *status != STEP_OK)
		how = ok && *status == STEP_DIFFERENCES ? OUT_DIFFERS : OUT_FAILED;
	out_end(line, how, ok ? NULL : err);
	return ok;
}

/* --- parts --- */

static bool take_part(struct step_ctx *ctx, const struct digest *key, struct arena *a, struct str *bytes, bool *taken, struct err *err)
{
	struct trace t;
	struct state_record record;
	struct record_change change;
	bool holds;
	*taken = false;
	if (ctx->host->force || ctx->host->no_cache)
		return true;
	if (!find_holding(ctx->host, key, a, &t, &holds, &record, &change, err))
		return false;
	for (size_t i = 0; holds && i < t.entries.n; i++) {
		const struct trace_entry *e = &t.entries.p[i];
		struct store *store;
		struct err missing = { 0 };
		if (e->kind != TRACE_RESULT)
			continue;
		if (!record_store(ctx->host, e->secret ? STEP_SECRET : STEP_PLAIN, &store, err))
			return false;
		*taken = store_get(store, &e->digest, a, bytes, &missing);
		err_deinit(&missing);
	}
	for (size_t i = 0; *taken && i < t.entries.n; i++)
		if (trace_is_input(t.entries.p[i].kind))
			record_add(ctx->record, &t.entries.p[i]);
	return true;
}

static bool make_part(struct step_ctx *ctx, const struct step_part *part, const struct digest *key, struct arena *a, struct str *bytes,
		      struct err *err)
{
	struct step_record record;
	struct store *store;
	int64_t started = now_ms();
	record_init(&record, arena_fmt(a, "%.*s: %.*s", STR_ARG(ctx->record->node), STR_ARG(part->name)), key, ctx->record);
	struct step_ctx inner = *ctx;
	inner.arena = a;
	inner.record = &record;
	bool ok = part->make(&inner, part->arg, bytes, err);
	if (ok && !ctx->host->no_cache && record.uncacheable.n == 0) {
		struct trace_entry result = { .kind = TRACE_RESULT, .secret = part->secrecy == STEP_SECRET };
		ok = record_store(ctx->host, part->secrecy, &store, err) && store_put(store, *bytes, &result.digest, err);
		if (ok) {
			record_add(&record, &result);
			ok = put_record(ctx->host, &record, started, err);
		}
	}
	record_deinit(&record);
	return ok;
}

bool step_part_get(struct step_ctx *ctx, const struct step_part *part, struct arena *a, struct str *bytes, bool *cached, struct err *err)
{
	struct digest key = part_key(part);
	bool taken;
	if (!take_part(ctx, &key, a, bytes, &taken, err))
		return false;
	if (cached)
		*cached = taken;
	return taken || make_part(ctx, part, &key, a, bytes, err);
}

const struct step_def *step_find(const struct step_def *const *table, struct str name, struct str *near)
{
	size_t best = 4; /* further off is no suggestion */
	if (near)
		*near = STR_NONE;
	for (; *table; table++) {
		const struct step_def *d = *table;
		if (str_eq(d->name, name))
			return d;
		size_t distance = str_distance(d->name, name, best);
		if (near && distance < best && distance < MAX(name.n, (size_t)2)) {
			best = distance;
			*near = d->name;
		}
	}
	return NULL;
}
