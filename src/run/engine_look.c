/*
 * A file is looked at once a run: one stat relative to the project's folder, and bytes are read only where that differs from every stamp that is known. Of a
 * stored plan nothing is copied: a byte a file says whether it is as the plan has it, and only those that are not get a fact of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crew.h"
#include "base/path.h"
#include "run/engine_internal.h"
#include "store/state.h"

/* Fewer than this many files are not worth a thread. */
enum { LOOK_CHUNK = 1024, LOOK_THREADS = 2 };

void engine_grow(struct engine *e)
{
	size_t n = e->plan.n_files;
	if (n > e->facts_cap) {
		size_t cap = MAX(n, 2 * e->facts_cap);
		e->facts_state = xreallocarray(e->facts_state, cap, 1);
		memset(e->facts_state + e->facts_cap, FACT_UNKNOWN, cap - e->facts_cap);
		if (!e->is_stored)
			e->facts = xreallocarray(e->facts, cap, sizeof(*e->facts));
		e->facts_cap = cap;
	}
	while (e->nodes.n < e->plan.n_nodes)
		vec_push(&e->nodes, (struct engine_node){ 0 });
}

static const char *name_of(const struct engine *e, uint32_t file)
{
	return plan_str(&e->plan, e->plan.files[file].name).p;
}

void engine_set_fact(struct engine *e, uint32_t file, const struct engine_fact *fact)
{
	if (!e->facts)
		e->facts = xcalloc(e->facts_cap, sizeof(*e->facts)); /* pages that nobody touches cost nothing */
	e->facts[file] = *fact;
	e->facts_state[file] = FACT_OTHER;
}

/* What stands at a name; follows links, but says of one that leads nowhere where it would. */
static bool look_at(struct engine *e, const char *name, struct engine_fact *out, const struct stat *known, struct err *err)
{
	struct stat st;
	struct arena a = { 0 };
	*out = (struct engine_fact){ 0 };
	if (known)
		st = *known;
	else if (fstatat(e->root_fd, name, &st, 0) != 0) {
		char target[4096];
		ssize_t n = readlinkat(e->root_fd, name, target, sizeof(target));
		if (n >= 0) {
			*out = (struct engine_fact){ .exists = true, .is_settled = true, .mode = S_IFLNK };
			out->digest = sha256_of(arena_fmt(&a, "link to %.*s", (int)n, target));
		}
		arena_deinit(&a);
		return n >= 0 || errno == ENOENT || errno == ENOTDIR || err_set(err, ERR_IO, "cannot look at '%s': %s", name, strerror(errno));
	}
	out->exists = true;
	out->mode = st.st_mode;
	bool ok = true;
	if (S_ISREG(st.st_mode)) {
		struct str full = path_in(&a, e->host->root, str_c(name));
		ok = state_digest(e->host->state, full, e->is_stored ? STATE_HASH : STATE_STAMPS, &st, &out->digest, &out->is_settled, err);
	}
	plan_stamp_of(&st, &out->stamp);
	arena_deinit(&a);
	return ok;
}

bool engine_look_name(struct engine *e, struct str name, struct engine_fact *out, struct err *err)
{
	struct arena a = { 0 };
	bool ok = look_at(e, arena_cstr(&a, name), out, NULL, err);
	arena_deinit(&a);
	return ok;
}

/* One stat; FACT_OTHER is left to whoever needs the digest. */
static bool is_same(const struct engine *e, uint32_t file, struct stat *st, bool *exists)
{
	const struct plan_known *known = e->plan.known ? &e->plan.known[file] : NULL;
	struct plan_stamp now;
	*exists = fstatat(e->root_fd, name_of(e, file), st, 0) == 0;
	if (!*exists || !known || known->stamp.ino == 0)
		return false;
	plan_stamp_of(st, &now);
	return plan_stamp_eq(&now, &known->stamp); /* a change of mode changes the ctime */
}

bool engine_same(struct engine *e, uint32_t file, bool *same, struct err *err)
{
	struct engine_fact fact;
	if (e->facts_state[file] == FACT_UNKNOWN) {
		struct stat st;
		bool exists;
		if (is_same(e, file, &st, &exists)) {
			e->facts_state[file] = FACT_SAME;
		} else {
			e->learnt = true;
			if (!look_at(e, name_of(e, file), &fact, exists ? &st : NULL, err))
				return false;
			engine_set_fact(e, file, &fact);
		}
	}
	const struct plan_file *f = &e->plan.files[file];
	*same = e->facts_state[file] == FACT_SAME ||
		(e->facts[file].exists && S_ISREG(e->facts[file].mode) && f->mode & PLAN_FILE_KNOWN &&
		 digest_eq(&e->facts[file].digest, &e->plan.known[file].digest) &&
		 (!(f->mode & PLAN_FILE_OUTPUT) || (e->facts[file].mode & 07777) == (f->mode & 07777)));
	return true;
}

bool engine_look(struct engine *e, uint32_t file, struct engine_fact *out, struct err *err)
{
	bool same;
	if (!engine_same(e, file, &same, err))
		return false;
	if (e->facts_state[file] == FACT_OTHER) {
		*out = e->facts[file];
		return true;
	}
	const struct plan_file *f = &e->plan.files[file];
	const struct plan_known *known = &e->plan.known[file];
	*out = (struct engine_fact){ .stamp = known->stamp, .digest = known->digest, .mode = S_IFREG | (f->mode & 07777), .exists = true, .is_settled = true };
	return true;
}

void engine_forget(struct engine *e, uint32_t file)
{
	e->facts_state[file] = FACT_UNKNOWN;
}

void engine_forget_all(struct engine *e)
{
	memset(e->facts_state, FACT_UNKNOWN, e->facts_cap);
}

/* --- many at once --- */

struct looker {
	struct engine *e;
	uint32_t from, to;
};

static void *look_range(void *arg)
{
	struct looker *l = arg;
	for (uint32_t i = l->from; i < l->to; i++) {
		struct stat st;
		bool exists;
		if (is_same(l->e, i, &st, &exists))
			l->e->facts_state[i] = FACT_SAME;
	}
	return NULL;
}

void engine_look_all(struct engine *e)
{
	uint32_t n = e->plan.n_files, half = n / LOOK_THREADS;
	struct looker mine = { e, 0, n }, other = { e, half, n };
	pthread_t thread;
	bool helped = n >= LOOK_CHUNK && pthread_create(&thread, NULL, look_range, &other) == 0;
	if (helped) {
		(void)crew_send_elsewhere(thread);
		mine.to = half;
	}
	look_range(&mine);
	if (helped)
		pthread_join(thread, NULL);
}
