/*
 * What a run leaves: its outputs as blobs, its record in this checkout's state, and the same record in the store by its whole key, where another checkout finds it.
 * Nothing is recorded of a run that failed, or whose inputs changed while it ran: an input that was too young to be told from a later change by its stat is read again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "run/declared.h"
#include "run/engine_internal.h"
#include "run/inputs.h"
#include "run/record.h"
#include "run/watched.h"
#include "store/state.h"

static struct str full_path(const struct engine *e, struct str name, struct arena *a)
{
	return path_in(a, e->host->root, name);
}

/* The file's number in the plan, if it has one. */
static bool file_of(const struct engine *e, struct str name, uint32_t *file)
{
	return !e->is_stored && plan_find_file(&e->maker, name, file);
}

static bool link_target(struct str path, struct arena *a, struct str *out)
{
	char target[4096];
	ssize_t n = readlink(arena_cstr(a, path), target, sizeof(target));
	if (n >= 0)
		*out = arena_str(a, (struct str){ target, (size_t)n });
	return n >= 0;
}

static bool output_holds(struct engine *e, const struct trace_entry *o, struct arena *a, bool *holds, struct err *err)
{
	struct str path = full_path(e, o->name, a), target;
	struct stat st;
	struct digest now;
	bool settled;
	*holds = false;
	if (!fs_stat(path, FS_NOFOLLOW, &st))
		return true;
	if (S_ISDIR(o->mode)) {
		*holds = S_ISDIR(st.st_mode);
		return true;
	}
	if (S_ISLNK(st.st_mode)) {
		*holds = S_ISLNK(o->mode) && link_target(path, a, &target);
		now = *holds ? sha256_of(target) : (struct digest){ 0 };
		*holds = *holds && digest_eq(&now, &o->digest);
		return true;
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 07777) != o->mode)
		return true;
	if (!state_digest(e->host->state, path, e->is_stored && !o->found ? STATE_HASH : STATE_STAMPS, &st, &now, &settled, err))
		return false;
	*holds = digest_eq(&now, &o->digest);
	struct engine_fact fact = { .digest = now, .exists = true, .is_settled = settled, .mode = st.st_mode };
	uint32_t file;
	plan_stamp_of(&st, &fact.stamp);
	if (file_of(e, o->name, &file))
		engine_set_fact(e, file, &fact);
	return true;
}

bool engine_outputs_hold(struct engine *e, const struct trace *t, struct arena *a, bool *hold, struct err *err)
{
	*hold = true;
	for (size_t i = 0; i < t->entries.n && *hold; i++)
		if (t->entries.p[i].kind == TRACE_OUTPUT && !output_holds(e, &t->entries.p[i], a, hold, err))
			return false;
	return true;
}

static void forget_outputs(struct engine *e, uint32_t node)
{
	const struct plan_node *n = &e->plan.nodes[node];
	for (uint32_t i = 0; i < n->n_out; i++)
		engine_forget(e, e->plan.refs[n->first_out + i]);
}

static bool restore_link(struct engine *e, const struct trace_entry *o, struct str path, struct arena *a, struct err *err)
{
	struct str target;
	if (!store_get(e->host->store, &o->digest, a, &target, err) || !fs_mkdirs(path_dir(a, path), 0777, err) || !fs_remove_tree(path, err))
		return false;
	return symlink(arena_cstr(a, target), arena_cstr(a, path)) == 0 ||
	       err_set(err, ERR_IO, "cannot make the link '%.*s': %s", STR_ARG(path), strerror(errno));
}

static bool restore_one(struct engine *e, const struct trace_entry *o, struct arena *a, bool *ok, struct err *err)
{
	struct str path = full_path(e, o->name, a);
	struct stat st;
	struct err why = { 0 };
	if (!output_holds(e, o, a, ok, err))
		return false;
	if (*ok)
		return true;
	if (S_ISDIR(o->mode)) {
		*ok = true;
		return (fs_stat(path, FS_NOFOLLOW, &st) ? fs_remove_tree(path, err) : true) && fs_mkdirs(path, 0777, err);
	}
	/* Where a folder or a link stands in the way of a file that was an output, it goes. */
	if (fs_stat(path, FS_NOFOLLOW, &st) && !S_ISREG(st.st_mode) && store_has(e->host->store, &o->digest) && !fs_remove_tree(path, err))
		return false;
	*ok = S_ISLNK(o->mode) ? restore_link(e, o, path, a, &why) : store_restore(e->host->store, &o->digest, path, o->mode, &why);
	if (!*ok && why.kind != ERR_NOT_FOUND) { /* not found, or damaged: it is made again */
		err_move(err, &why);
		return false;
	}
	err_deinit(&why);
	return true;
}

bool engine_restore(struct engine *e, uint32_t node, const struct trace *t, struct arena *a, bool *ok, struct err *err)
{
	*ok = true;
	for (size_t i = 0; i < t->entries.n && *ok; i++)
		if (t->entries.p[i].kind == TRACE_OUTPUT && !restore_one(e, &t->entries.p[i], a, ok, err))
			return false;
	forget_outputs(e, node);
	return true;
}

/* --- keeping --- */

/* Whether the inputs are still what they were when the run was decided on. */
static bool inputs_hold(struct engine *e, uint32_t node, const struct decision *d, struct arena *a, bool *hold, struct str *which, struct err *err)
{
	const struct plan_node *n = &e->plan.nodes[node];
	*hold = true;
	for (uint32_t i = 0; i < n->n_in && *hold; i++) {
		uint32_t file = e->plan.refs[n->first_in + i];
		struct engine_fact then, now;
		*which = plan_str(&e->plan, e->plan.files[file].name);
		if (!engine_look(e, file, &then, err))
			return false;
		struct stat st;
		struct plan_stamp stamp = { 0 };
		if (fstatat(e->root_fd, which->p, &st, 0) == 0)
			plan_stamp_of(&st, &stamp);
		if (then.is_settled && plan_stamp_eq(&stamp, &then.stamp))
			continue;
		engine_forget(e, file);
		if (!engine_look(e, file, &now, err))
			return false;
		*hold = now.exists && digest_eq(&now.digest, &then.digest);
	}
	if (!(n->flags & PLAN_SEARCHES) || !*hold)
		return true;
	struct digest key;
	*which = STR("an input");
	if (!engine_key_now(e, node, a, &key, err))
		return false;
	*hold = digest_eq(&key, &d->key);
	return true;
}

/* Says once that results cannot be kept. */
static void tell_full(struct engine *e, struct err *full)
{
	if (full->kind != ERR_NONE && e->opt.report && !e->store_failed) {
		e->store_failed = true;
		err_wrap(full, "the run goes on, but its results are not kept");
		e->opt.report(e->opt.report_ctx, full);
	}
	err_deinit(full);
}

static bool keep_file(struct engine *e, struct str name, struct arena *a, struct trace *t, bool *kept, struct err *err)
{
	struct str path = full_path(e, name, a), target;
	struct trace_entry entry = { .kind = TRACE_OUTPUT, .name = name };
	struct engine_fact fact = { .exists = true };
	struct stat st;
	struct err full = { 0 };
	uint32_t file;
	if (!fs_stat(path, FS_NOFOLLOW, &st))
		return err_set(err, ERR_IO, "cannot look at output '%.*s': %s", STR_ARG(path), strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		entry.mode = S_IFDIR;
	} else if (S_ISLNK(st.st_mode) && link_target(path, a, &target)) {
		entry.mode = S_IFLNK;
		*kept = store_put_small(e->host->store, target, &entry.digest, &full) && *kept;
	} else if (S_ISREG(st.st_mode)) {
		entry.mode = st.st_mode & 07777;
		if (!store_keep_file(e->host->store, path, &entry.digest, &st, &full)) {
			if (full.kind == ERR_CONFLICT) {
				err_move(err, &full);
				return false;
			}
			*kept = false;
		}
		fact.digest = entry.digest;
		fact.mode = st.st_mode;
		fact.is_settled = state_is_settled(&st);
		plan_stamp_of(&st, &fact.stamp);
		if (*kept && file_of(e, name, &file))
			engine_set_fact(e, file, &fact);
	} else { /* a socket, a device: nothing could put it back */
		*kept = false;
	}
	tell_full(e, &full);
	vec_push_in(&t->entries, a, entry);
	return true;
}

static bool keep_outputs(struct engine *e, uint32_t node, const step_words *found, struct arena *a, struct trace *t, bool *kept, struct err *err)
{
	const struct plan_node *n = &e->plan.nodes[node];
	struct str dir = engine_dir(e, n, a);
	uint32_t count = plan_len(&e->plan, n->outputs);
	struct str *words = arena_array(a, struct str, count + 1);
	bool searches = false;
	for (uint32_t i = 0; i < count; i++) {
		struct stat st;
		struct str full;
		words[i] = plan_str(&e->plan, plan_item(&e->plan, n->outputs, i));
		full = path_in(a, dir, words[i]);
		if (str_starts(words[i], STR("!")))
			searches = true;
		else if (!fs_stat(full, FS_NOFOLLOW, &st) && !declared_is_pattern(words[i]))
			return err_set(err, ERR_FAILED, "recipe `%.*s` failed to create cache output `%.*s`", STR_ARG(plan_recipe(&e->plan, n)),
				       STR_ARG(words[i]));
		else
			searches = searches || declared_is_pattern(words[i]) || S_ISDIR(st.st_mode);
	}
	step_words names = { 0 };
	struct declared d = { .root = e->host->root, .directory = dir, .words = words, .n = count, .may_miss = true, .all = true };
	if (searches && !declared_find(&d, a, &names, err))
		return false;
	for (uint32_t i = 0; i < count && !searches; i++)
		vec_push_in(&names, a, record_name(e->host, a, path_in(a, dir, words[i])));
	for (size_t i = 0; i < names.n; i++)
		if (!keep_file(e, names.p[i], a, t, kept, err))
			return false;
	/* Those that were declared too are dropped by trace_sort. */
	for (size_t i = 0; i < found->n; i++) {
		if (!keep_file(e, found->p[i], a, t, kept, err))
			return false;
		vec_last(&t->entries).found = true;
	}
	return true;
}

/* False where the store cannot keep them: the result is not recorded then. */
static bool keep_prints(struct engine *e, const struct kept *kept, struct arena *a, struct trace *t)
{
	AUTO_ERR ignored = { 0 };
	struct trace_entry entries[] = { { .kind = TRACE_STDOUT, .name = STR("stdout") }, { .kind = TRACE_STDERR, .name = STR("stderr") } };
	struct str bytes[] = { kept->out, kept->err };
	for (size_t i = 0; i < ARRAY_LEN(entries) && kept->prints_all; i++) {
		if (bytes[i].n == 0)
			continue;
		if (!store_put_small(e->host->store, bytes[i], &entries[i].digest, &ignored))
			return false;
		vec_push_in(&t->entries, a, entries[i]);
	}
	return true;
}

static bool put_record(struct engine *e, uint32_t node, const struct trace *t, uint32_t duration_ms, struct err *err)
{
	AUTO_BUF bytes = { 0 };
	trace_encode(t, &bytes);
	struct state_record record = {
		.name = plan_str(&e->plan, e->plan.nodes[node].name),
		.key = e->plan.nodes[node].command,
		.trace = buf_str(&bytes),
		.duration_ms = duration_ms,
		.ended_at = time(NULL),
	};
	return state_put(e->host->state, &record, err);
}

static void put_shared(struct engine *e, const struct digest *key, const struct trace *t, uint32_t duration_ms)
{
	AUTO_BUF bytes = { 0 };
	AUTO_ERR ignored = { 0 };
	buf_add_bytes(&bytes, &duration_ms, sizeof(duration_ms));
	trace_encode(t, &bytes);
	if (!store_put_result(e->host->store, key, buf_str(&bytes), &ignored))
		return; /* another checkout would have to run it, no more */
}

bool engine_keep(struct engine *e, uint32_t node, const struct decision *d, const struct kept *kept, struct arena *a, struct digest *result,
		 struct err *err)
{
	struct trace t = { 0 };
	bool all = true, hold = true;
	struct str which, why = kept->untraced;
	step_words found = { 0 };
	forget_outputs(e, node);
	for (size_t i = 0; i < d->trace.entries.n; i++)
		vec_push_in(&t.entries, a, d->trace.entries.p[i]);
	if (kept->tracer && !watched_end(e->host, kept->tracer, a, &t, &found, &why, err))
		return false;
	if (!keep_outputs(e, node, &found, a, &t, &all, err))
		return false;
	trace_sort(&t);
	inputs_trace(e->host->inputs, e->host->root, &t);
	if (why.n)
		inputs_unknown(e->host->inputs);
	*result = engine_result_of(&t, &d->key);
	if (why.n && !e->opt.run->quiet)
		run_say(e->opt.run, "1;33", arena_fmt(a, "recipe `%.*s` is not cached: %.*s", STR_ARG(plan_shown(&e->plan, &e->plan.nodes[node])), STR_ARG(why)));
	if (e->host->no_cache || !all || why.n)
		return true;
	if (!inputs_hold(e, node, d, a, &hold, &which, err))
		return false;
	if (!hold) {
		if (e->opt.run->verbosity > 0)
			run_say(e->opt.run, "1;36", arena_fmt(a, "===> recipe `%.*s` is not cached: %.*s changed while it ran",
							      STR_ARG(plan_shown(&e->plan, &e->plan.nodes[node])), STR_ARG(which)));
		return true;
	}
	if (!keep_prints(e, kept, a, &t))
		return true;
	put_shared(e, &d->key, &t, kept->duration_ms);
	/* State is a cache: where it cannot be written the node runs again next time, no more. */
	struct err full = { 0 };
	e->nodes.p[node].recorded = put_record(e, node, &t, kept->duration_ms, &full);
	tell_full(e, &full);
	return true;
}

void engine_adopt(struct engine *e, uint32_t node, const struct decision *d)
{
	struct err full = { 0 };
	if (!put_record(e, node, &d->trace, d->duration_ms, &full))
		tell_full(e, &full);
}

static void show(int fd, struct str bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			bytes = str_slice(bytes, (size_t)n, bytes.n);
	}
}

void engine_replay(struct engine *e, const struct trace *t, struct arena *a)
{
	for (size_t i = 0; i < t->entries.n; i++) {
		const struct trace_entry *entry = &t->entries.p[i];
		struct str bytes;
		AUTO_ERR missing = { 0 };
		if ((entry->kind == TRACE_STDOUT || entry->kind == TRACE_STDERR) && store_get(e->host->store, &entry->digest, a, &bytes, &missing))
			show(entry->kind == TRACE_STDOUT ? STDOUT_FILENO : STDERR_FILENO, bytes);
	}
}
