/*
 * From the leaves up: a node is asked when all that it depends on is decided. Where the stored plan says that its result was in place and nothing of it
 * changed, that is all. Else its inputs as they are now are compared with the last records of the same command; then the store is asked, in which every checkout of the
 * user leaves its results by the digest of command, inputs and dependencies.
 */
#include <stdlib.h>

#include "base/fs.h"
#include "base/path.h"
#include "run/declared.h"
#include "run/engine_internal.h"
#include "run/record.h"
#include "run/watched.h"
#include "store/state.h"

bool engine_decide_fast(struct engine *e, uint32_t node, bool *holds, struct err *err)
{
	const struct plan_node *n = &e->plan.nodes[node];
	*holds = false;
	if (!(n->flags & PLAN_CLEAN) || n->flags & PLAN_TRACED || e->host->force || e->host->no_cache)
		return true;
	for (uint32_t i = 0; i < n->n_deps; i++)
		if (!e->nodes.p[e->plan.refs[n->first_dep + i]].same)
			return true;
	/* Inputs, then outputs: they stand one after the other. */
	for (uint32_t i = 0; i < n->n_in + n->n_out; i++) {
		bool same;
		if (!engine_same(e, e->plan.refs[n->first_in + i], &same, err))
			return false;
		if (!same)
			return true;
	}
	*holds = true;
	return true;
}

/* --- inputs --- */

static bool add_input(struct trace *t, struct arena *a, struct str name, const struct engine_fact *fact)
{
	struct trace_entry entry = { .kind = TRACE_FILE, .name = name, .digest = fact->digest };
	vec_push_in(&t->entries, a, entry);
	return true;
}

static bool missing_input(const struct engine *e, struct str name, struct arena *a, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "cache input does not exist: `%.*s`", STR_ARG(path_in(a, e->host->root, name)));
}

/* Folders and patterns: what they name now. `words` are as declared. */
static bool search_inputs(struct engine *e, const struct plan_node *n, const struct str *words, size_t count, struct arena *a, struct trace *t,
			  struct err *err)
{
	struct str dir = engine_dir(e, n, a);
	uint32_t n_without = plan_len(&e->plan, n->outputs);
	struct str *without = arena_array(a, struct str, n_without + 1);
	for (uint32_t i = 0; i < n_without; i++)
		without[i] = path_in(a, dir, plan_str(&e->plan, plan_item(&e->plan, n->outputs, i)));
	struct declared d = { .root = e->host->root, .directory = dir, .words = words, .n = count, .without = without, .n_without = n_without };
	step_words names;
	if (!declared_find(&d, a, &names, err))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		struct engine_fact fact;
		if (!engine_look_name(e, names.p[i], &fact, err))
			return false;
		if (fact.exists && !S_ISDIR(fact.mode))
			add_input(t, a, names.p[i], &fact);
	}
	return true;
}

bool engine_inputs(struct engine *e, uint32_t node, struct arena *a, struct trace *t, struct err *err)
{
	const struct plan_node *n = &e->plan.nodes[node];
	*t = (struct trace){ 0 };
	if (n->flags & PLAN_SEARCHES) {
		uint32_t count = plan_len(&e->plan, n->inputs);
		struct str *words = arena_array(a, struct str, count + 1);
		for (uint32_t i = 0; i < count; i++)
			words[i] = plan_str(&e->plan, plan_item(&e->plan, n->inputs, i));
		if (!search_inputs(e, n, words, count, a, t, err))
			return false;
	}
	for (uint32_t i = 0; i < n->n_in; i++) {
		uint32_t file = e->plan.refs[n->first_in + i];
		struct str name = plan_str(&e->plan, e->plan.files[file].name);
		struct engine_fact fact;
		if (!engine_look(e, file, &fact, err))
			return false;
		if (!fact.exists)
			return missing_input(e, name, a, err);
		if (S_ISDIR(fact.mode)) { /* a file has become a folder */
			struct str full = path_in(a, e->host->root, name);
			if (!search_inputs(e, n, &full, 1, a, t, err))
				return false;
			continue;
		}
		add_input(t, a, name, &fact);
	}
	for (uint32_t i = 0; i < n->n_deps; i++) {
		uint32_t dep = e->plan.refs[n->first_dep + i];
		struct trace_entry entry = { .kind = TRACE_NEEDED, .name = plan_str(&e->plan, e->plan.nodes[dep].name),
					     .digest = e->nodes.p[dep].result };
		vec_push_in(&t->entries, a, entry);
	}
	trace_sort(t);
	return true;
}

/* --- keys --- */

static struct digest key_of(const struct plan_node *n, const struct trace *t)
{
	struct sha256 h;
	sha256_init(&h);
	sha256_add_field(&h, STR("raibid-run cached result 1"));
	sha256_add(&h, (struct str){ (const char *)n->command.b, sizeof(n->command.b) });
	for (size_t i = 0; i < t->entries.n; i++) {
		const struct trace_entry *entry = &t->entries.p[i];
		char kind = (char)entry->kind;
		sha256_add(&h, (struct str){ &kind, 1 });
		sha256_add_field(&h, entry->name);
		sha256_add(&h, (struct str){ (const char *)entry->digest.b, sizeof(entry->digest.b) });
	}
	return sha256_end(&h);
}

struct digest engine_result_of(const struct trace *t, const struct digest *key)
{
	struct sha256 h;
	size_t outputs = 0;
	struct sha256 inputs;
	sha256_init(&h);
	sha256_init(&inputs);
	sha256_add(&inputs, (struct str){ (const char *)key->b, sizeof(key->b) });
	bool has_found = false;
	for (size_t i = 0; i < t->entries.n; i++) {
		const struct trace_entry *entry = &t->entries.p[i];
		if (entry->found && entry->kind != TRACE_OUTPUT) {
			has_found = true;
			sha256_add_field(&inputs, entry->name);
			sha256_add(&inputs, (struct str){ (const char *)entry->digest.b, sizeof(entry->digest.b) });
		}
		if (entry->kind != TRACE_OUTPUT)
			continue;
		outputs++;
		sha256_add_field(&h, entry->name);
		sha256_add(&h, (struct str){ (const char *)&entry->mode, sizeof(entry->mode) });
		sha256_add(&h, (struct str){ (const char *)entry->digest.b, sizeof(entry->digest.b) });
	}
	struct digest made = sha256_end(&h);
	/* Without outputs nobody knows what it did: those behind it see its inputs. */
	struct digest read = sha256_end(&inputs);
	return outputs > 0 ? made : has_found ? read : *key;
}

static struct digest group_result(const struct engine *e, const struct plan_node *n)
{
	struct sha256 h;
	sha256_init(&h);
	for (uint32_t i = 0; i < n->n_deps; i++) {
		const struct digest *d = &e->nodes.p[e->plan.refs[n->first_dep + i]].result;
		sha256_add(&h, (struct str){ (const char *)d->b, sizeof(d->b) });
	}
	return sha256_end(&h);
}

bool engine_key_now(struct engine *e, uint32_t node, struct arena *a, struct digest *key, struct err *err)
{
	struct trace now;
	if (!engine_inputs(e, node, a, &now, err))
		return false;
	*key = key_of(&e->plan.nodes[node], &now);
	return true;
}

/* --- records --- */

/* The first input in which they differ, in words; false where there is none. Both are sorted. */
static bool differ(const struct trace *recorded, const struct trace *now, struct arena *a, struct str *why)
{
	const struct trace_entry *r = recorded->entries.p, *n = now->entries.p;
	size_t i = 0, k = 0;
	for (;;) {
		while (i < recorded->entries.n && (!trace_is_input(r[i].kind) || r[i].found))
			i++;
		bool r_ends = i == recorded->entries.n, n_ends = k == now->entries.n;
		if (r_ends && n_ends)
			return false;
		int order = r_ends ? 1 : n_ends ? -1 : r[i].kind != n[k].kind ? (int)r[i].kind - (int)n[k].kind : str_cmp(r[i].name, n[k].name);
		if (order == 0 && digest_eq(&r[i].digest, &n[k].digest)) {
			i++;
			k++;
			continue;
		}
		if (!why)
			return true;
		if (order == 0) {
			struct record_change c = { .changed = true, .entry = r[i], .exists = true, .now = n[k].digest };
			AUTO_BUF text = { 0 };
			if (r[i].kind == TRACE_NEEDED)
				buf_add_c(&text, "the result of ");
			record_change_text(&c, &text);
			*why = buf_to_arena(&text, a);
		} else if (order < 0) {
			*why = arena_fmt(a, "%.*s is gone, or no longer an input", STR_ARG(r[i].name));
		} else {
			*why = arena_fmt(a, "%.*s is new", STR_ARG(n[k].name));
		}
		return true;
	}
}

/* Whether what a record found by watching is as it was. */
static bool found_holds(const struct engine *e, const struct plan_node *n, const struct trace *t, struct arena *a, struct str *why, bool *holds, struct err *err)
{
	struct record_change c = { 0 };
	*holds = true;
	if (!(n->flags & PLAN_TRACED))
		return true;
	if (!watched_compare(e->host, t, a, &c, err))
		return false;
	*holds = !c.changed;
	if (c.changed && why && !why->p) {
		AUTO_BUF text = { 0 };
		record_change_text(&c, &text);
		*why = buf_to_arena(&text, a);
	}
	return true;
}

/* Whether anybody hears why a node runs: finding it out costs a look into the state. */
static bool wants_why(const struct engine *e)
{
	return e->opt.why || e->opt.watch || e->opt.mode != ENGINE_RUN;
}

/* Looks through this checkout's records of the command. */
static bool find_record(struct engine *e, const struct plan_node *n, const struct trace *now, struct arena *a, struct decision *out, bool *found,
			struct err *err)
{
	state_records records;
	*found = false;
	if (!state_find(e->host->state, &n->command, a, &records, err))
		return false;
	for (size_t i = 0; i < records.n; i++) {
		struct trace t;
		AUTO_ERR damaged = { 0 };
		if (!trace_decode(records.p[i].trace, a, &t, &damaged))
			continue;
		if (out->duration_ms == 0)
			out->duration_ms = (uint32_t)MIN(records.p[i].duration_ms, (int64_t)UINT32_MAX);
		bool holds = !differ(&t, now, a, out->why.p || !wants_why(e) ? NULL : &out->why);
		if (holds && !found_holds(e, n, &t, a, &out->why, &holds, err))
			return false;
		if (holds) {
			out->trace = t;
			out->duration_ms = (uint32_t)MIN(records.p[i].duration_ms, (int64_t)UINT32_MAX);
			*found = true;
			return true;
		}
	}
	return true;
}

static bool find_shared(struct engine *e, const struct plan_node *n, const struct trace *now, struct arena *a, struct decision *out, bool *found)
{
	bool holds;
	struct str bytes;
	struct trace t;
	AUTO_ERR none = { 0 };
	*found = false;
	if (!store_get_result(e->host->store, &out->key, a, &bytes, &none) || bytes.n < sizeof(uint32_t))
		return true;
	memcpy(&out->duration_ms, bytes.p, sizeof(uint32_t));
	if (!trace_decode(str_slice(bytes, sizeof(uint32_t), bytes.n), a, &t, &none) || differ(&t, now, a, NULL))
		return true;
	if (!found_holds(e, n, &t, a, NULL, &holds, &none) || !holds)
		return true;
	out->trace = t;
	out->from_store = true;
	*found = true;
	return true;
}

static bool explain_new(struct engine *e, const struct plan_node *n, struct arena *a, struct decision *out, struct err *err)
{
	struct state_record record;
	bool named;
	if (out->why.p || !wants_why(e))
		return true;
	if (e->host->force || e->host->no_cache) {
		out->why = e->host->force ? STR("--force") : STR("--no-cache");
		return true;
	}
	if (!state_find_name(e->host->state, plan_str(&e->plan, n->name), a, &record, &named, err))
		return false;
	out->why = named ? STR("its body, arguments, environment or declared outputs changed") : STR("no result is recorded");
	return true;
}

static bool general(struct engine *e, uint32_t node, struct arena *a, struct decision *out, struct err *err)
{
	const struct plan_node *n = &e->plan.nodes[node];
	bool found = false, hold;
	struct trace now;
	if (!engine_inputs(e, node, a, &now, err))
		return false;
	out->key = key_of(n, &now);
	if (!e->host->force && !e->host->no_cache &&
	    !(find_record(e, n, &now, a, out, &found, err) && (found || find_shared(e, n, &now, a, out, &found))))
		return false;
	if (!found) {
		out->verdict = VERDICT_RUN;
		out->trace = now;
		return explain_new(e, n, a, out, err);
	}
	if (!engine_outputs_hold(e, &out->trace, a, &hold, err))
		return false;
	out->verdict = hold ? VERDICT_CACHED : VERDICT_RESTORE;
	if (!hold)
		out->why = STR("an output is missing or changed");
	return true;
}

/* For those that only ask: whether it is known yet what it depends on. */
static bool is_unsure(const struct engine *e, const struct plan_node *n, struct arena *a, struct decision *out)
{
	for (uint32_t i = 0; i < n->n_deps; i++) {
		uint32_t dep = e->plan.refs[n->first_dep + i];
		if (!e->nodes.p[dep].unsure)
			continue;
		out->verdict = VERDICT_UNSURE;
		out->why = arena_fmt(a, "%.*s runs before it, and its result may differ", STR_ARG(plan_shown(&e->plan, &e->plan.nodes[dep])));
		return true;
	}
	return false;
}

bool engine_decide(struct engine *e, uint32_t node, struct arena *a, struct decision *out, struct err *err)
{
	const struct plan_node *n = &e->plan.nodes[node];
	*out = (struct decision){ .verdict = VERDICT_CACHED, .duration_ms = n->duration_ms };
	if (e->opt.mode != ENGINE_RUN && is_unsure(e, n, a, out))
		return true;
	if (n->flags & PLAN_GROUP) {
		out->key = group_result(e, n);
		return true;
	}
	if (!engine_decide_fast(e, node, &out->is_fast, err))
		return false;
	out->duration_ms = out->is_fast ? n->duration_ms : 0;
	return out->is_fast || general(e, node, a, out, err);
}

static void note_duration(void *ctx, const struct digest *key, int64_t ms)
{
	struct map *all = ctx;
	struct str bytes = { (const char *)key->b, sizeof(key->b) };
	int64_t *known = map_find(all, bytes);
	if (!known)
		known = map_put(all, arena_str(all->arena, bytes));
	*known = MIN(ms, (int64_t)UINT32_MAX);
}

void engine_durations(struct engine *e, uint32_t from)
{
	struct arena a = { 0 };
	struct map all;
	AUTO_ERR ignored = { 0 };
	if (e->is_stored || e->plan.n_nodes < from + 2)
		return; /* one node has no order */
	map_init(&all, sizeof(int64_t), &a);
	if (state_durations(e->host->state, note_duration, &all, &ignored)) {
		for (uint32_t i = from; i < e->plan.n_nodes; i++) {
			struct plan_node *n = &e->maker.nodes.p[i];
			const int64_t *ms = map_find(&all, (struct str){ (const char *)n->command.b, sizeof(n->command.b) });
			n->duration_ms = ms ? (uint32_t)*ms : 0;
		}
	}
	arena_deinit(&a);
}
