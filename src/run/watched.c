/* Paths outside the project are looked at like those inside: an upgraded compiler is a changed input. */
#include "run/watched.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"
#include "store/state.h"

bool watched_wants(const struct lang_recipe *r)
{
	const struct lang_attribute *cache = lang_attr(&r->attributes, LANG_ATTR_CACHE);
	for (size_t i = 0; cache && i < cache->n_keywords; i++)
		if (str_eq(cache->keywords[i].name.s, STR("trace")))
			return true;
	return cache && lang_on(r->module, LANG_SET_TRACE);
}

/* By the stamps of earlier runs where they hold. */
static bool file_digest(void *ctx, struct str path, struct digest *out, struct err *err)
{
	const struct step_host *host = ctx;
	struct stat st;
	bool settled;
	if (!fs_stat(path, FS_FOLLOW, &st))
		return err_set(err, ERR_NOT_FOUND, "cannot look at '%.*s': %s", STR_ARG(path), strerror(errno));
	return state_digest(host->state, path, STATE_STAMPS, &st, out, &settled, err);
}

/* As the kernel names it, for that is what the tracer sees: without links on the way. What is not there is left as it is. */
static struct str real_path(struct str path, struct arena *a)
{
	AUTO_FREE char *real = realpath(arena_cstr(a, path), NULL);
	return real ? arena_str(a, str_c(real)) : path;
}

bool watched_start(const struct watched_options *o, struct arena *a, struct tracer **out, struct str *why, struct err *err)
{
	struct str *ignore = arena_array(a, struct str, 2 * o->n_ignore + 1), home = env_get(o->host->environ, STR("HOME"));
	AUTO_ERR failed = { 0 };
	*out = NULL;
	*why = STR("");
	for (size_t i = 0; i < o->n_ignore; i++) {
		struct str path = o->ignore[i];
		if (str_starts(path, STR("~/")) && home.n)
			path = path_join(a, home, str_slice(path, 2, path.n));
		ignore[2 * i] = path_in(a, o->directory, path);
		ignore[2 * i + 1] = real_path(ignore[2 * i], a);
	}
	struct trace_options options = { .root = real_path(o->host->root, a), .state = path_join(a, real_path(o->host->root, a), STR(".raibid")),
					 .ignore = ignore, .n_ignore = 2 * o->n_ignore, .digest = file_digest,
					 .digest_ctx = (void *)(uintptr_t)o->host };
	if (tracer_start(&options, out, &failed))
		return true;
	if (failed.kind == ERR_USAGE) {
		err_move(err, &failed);
		return false;
	}
	*why = arena_str(a, str_c(failed.message));
	return true;
}

typedef VEC(int) fd_list;

struct start {
	const struct proc_options *options;
	struct proc *out;
	struct err *err;
	bool ok;
};

static void start(void *arg)
{
	struct start *s = arg;
	struct str path = STR_NONE, found;
	struct arena a = { 0 };
	for (size_t i = 0; s->options->env && s->options->env[i] && !path.p; i++)
		if (strncmp(s->options->env[i], "PATH=", 5) == 0)
			path = str_c(s->options->env[i] + 5);
	/* The search has been made before, unwatched: where the program was not found counts too. */
	bool again = !strchr(s->options->argv[0], '/') && proc_find(str_c(s->options->argv[0]), path, &a, &found);
	(void)again;
	s->ok = proc_start(s->options, s->out, s->err);
	arena_deinit(&a);
}

/* What this program was started with besides its streams would go on to its children, and what they read there is not seen. The pipe of make's jobserver
 * carries nothing but slots. */
static void find_inherited(const char *makeflags, struct arena *a, fd_list *out)
{
	fs_entries fds = { 0 };
	AUTO_ERR ignored = { 0 };
	bool has_jobserver = makeflags && strstr(makeflags, "--jobserver");
	if (!fs_list(STR("/proc/self/fd"), a, &fds, &ignored))
		return;
	for (size_t i = 0; i < fds.n; i++) {
		int64_t fd;
		struct stat st;
		if (!str_to_int(fds.p[i].name, &fd) || fd <= STDERR_FILENO || fstat((int)fd, &st) != 0)
			continue;
		int flags = fcntl((int)fd, F_GETFD);
		if (flags >= 0 && !(flags & FD_CLOEXEC) && !(S_ISFIFO(st.st_mode) && has_jobserver))
			vec_push_in(out, a, (int)fd);
	}
}

bool watched_proc(struct tracer *t, const struct proc_options *options, struct proc *out, struct err *err)
{
	struct arena a = { 0 };
	struct proc_options own = *options;
	struct start s = { &own, out, err, false };
	fd_list inherited = { 0 };
	const char *makeflags = NULL, *fifo;
	for (size_t i = 0; options->env && options->env[i]; i++)
		if (strncmp(options->env[i], "MAKEFLAGS=", 10) == 0)
			makeflags = options->env[i];
	find_inherited(makeflags, &a, &inherited);
	own.close_fds = inherited.p;
	own.close_count = inherited.n;
	if (makeflags && (fifo = strstr(makeflags, "--jobserver-auth=fifo:")))
		tracer_ignore(t, (struct str){ fifo + 22, strcspn(fifo + 22, " ") });
	tracer_call(t, start, &s);
	arena_deinit(&a);
	return s.ok;
}

/* --- what was found --- */

static enum trace_kind kind_of(enum traced_kind kind)
{
	static const enum trace_kind kinds[] = {
		[TRACED_FILE] = TRACE_FILE, [TRACED_ABSENT] = TRACE_ABSENT, [TRACED_KIND] = TRACE_KIND, [TRACED_LIST] = TRACE_LIST,
		[TRACED_LINK] = TRACE_LINK, [TRACED_LEFT] = TRACE_LEFT, [TRACED_OUTPUT] = TRACE_OUTPUT,
	};
	return kinds[kind];
}

static void put_entries(const struct step_host *host, const struct traced *seen, struct arena *a, struct trace *t, step_words *outputs, struct str *why)
{
	struct map declared;
	struct str root = real_path(host->root, a);
	map_init(&declared, 0, a);
	for (size_t i = 0; i < t->entries.n; i++)
		if (t->entries.p[i].kind == TRACE_FILE)
			map_put(&declared, t->entries.p[i].name);
	for (size_t i = 0; i < seen->entries.n; i++) {
		const struct traced_entry *s = &seen->entries.p[i];
		struct trace_entry e = { .kind = kind_of(s->kind), .found = true, .name = record_name_below(root, a, s->path), .digest = s->digest };
		bool is_declared = map_has(&declared, e.name);
		if (s->kind == TRACED_OUTPUT) {
			vec_push_in(outputs, a, e.name);
			if (is_declared && why->n == 0)
				*why = arena_fmt(a, "it writes '%.*s', which it declares as an input", STR_ARG(e.name));
		} else if (s->kind != TRACED_FILE || !is_declared) {
			vec_push_in(&t->entries, a, e);
		}
	}
}

bool watched_end(const struct step_host *host, struct tracer *tracer, struct arena *a, struct trace *t, step_words *outputs, struct str *why, struct err *err)
{
	struct traced seen;
	(void)err;
	tracer_end(tracer, a, &seen);
	*why = seen.reason;
	if (seen.reason.n && seen.hint.n)
		*why = arena_fmt(a, "%.*s (%.*s)", STR_ARG(seen.reason), STR_ARG(seen.hint));
	put_entries(host, &seen, a, t, outputs, why);
	return true;
}

/* --- comparing --- */

/* Names that lead to the record's outputs. */
struct outputs {
	struct map names; /* of outputs and the folders above them, as records name them */
	struct str folder;
	struct str root; /* as the kernel names it */
	struct arena *a;
};

static void find_outputs(const struct trace *t, struct arena *a, struct outputs *o)
{
	map_init(&o->names, 0, a);
	o->a = a;
	map_put(&o->names, STR(".raibid")); /* comes and goes without the recipe */
	for (size_t i = 0; i < t->entries.n; i++) {
		struct str name = t->entries.p[i].name;
		if (t->entries.p[i].kind != TRACE_OUTPUT)
			continue;
		while (!map_has(&o->names, name)) {
			map_put(&o->names, name);
			size_t slash = str_rfind_char(name, '/');
			if (slash == STR_NPOS || slash == 0)
				break;
			name = str_slice(name, 0, slash);
		}
	}
}

static bool is_output(void *ctx, struct str name)
{
	struct outputs *o = ctx;
	return map_has(&o->names, str_eq(o->folder, STR(".")) ? name : path_join(o->a, o->folder, name));
}

static bool link_digest(struct str path, struct arena *a, struct digest *out)
{
	char target[4096];
	ssize_t n = readlink(arena_cstr(a, path), target, sizeof(target));
	*out = sha256_of((struct str){ target, (size_t)MAX(n, 0) });
	return n >= 0;
}

static bool look(const struct step_host *host, const struct trace_entry *e, struct outputs *outputs, struct arena *a, struct record_change *c, struct err *err)
{
	struct str path = path_in(a, outputs->root, e->name);
	struct stat st;
	const char *word;
	AUTO_ERR failed = { 0 };
	outputs->folder = e->name;
	switch (e->kind) {
	case TRACE_FILE:
		/* What cannot be read or is no file any more is as good as changed. */
		c->exists = fs_stat(path, FS_NOFOLLOW, &st) && S_ISREG(st.st_mode) && file_digest((void *)(uintptr_t)host, path, &c->now, &failed);
		return true;
	case TRACE_ABSENT:
		c->exists = fs_stat(path, FS_NOFOLLOW, &st);
		return true;
	case TRACE_KIND:
		word = traced_kind_word(path);
		c->exists = word != NULL;
		c->now = sha256_of(str_c(word));
		return true;
	case TRACE_LIST:
		return traced_list_digest(path, is_output, outputs, &c->now, &c->exists, err);
	case TRACE_LEFT:
		if (!traced_list_digest(path, is_output, outputs, &c->now, &c->exists, err))
			return false;
		c->entry.digest = sha256_of(STR("")); /* nothing but outputs */
		if (!c->exists)
			c->now = c->entry.digest;
		c->exists = true;
		return true;
	case TRACE_LINK:
		c->exists = link_digest(path, a, &c->now);
		return true;
	default:
		return true;
	}
}

bool watched_compare(const struct step_host *host, const struct trace *t, struct arena *a, struct record_change *out, struct err *err)
{
	struct outputs outputs;
	*out = (struct record_change){ 0 };
	find_outputs(t, a, &outputs);
	outputs.root = real_path(host->root, a);
	for (size_t i = 0; i < t->entries.n; i++) {
		const struct trace_entry *e = &t->entries.p[i];
		struct record_change c = { .entry = *e };
		if (!e->found || (!trace_is_input(e->kind) && e->kind != TRACE_LEFT))
			continue;
		if (!look(host, e, &outputs, a, &c, err))
			return false;
		c.changed = e->kind == TRACE_ABSENT ? c.exists : !c.exists || !digest_eq(&c.now, &c.entry.digest);
		if (c.changed) {
			*out = c;
			return true;
		}
	}
	return true;
}
