/*
 * The pipe's file descriptions are shared with all others, so their flags must not be changed: /proc/self/fd opens the same pipe anew, without
 * waiting. Where that cannot be done, the jobserver counts as unavailable: a read that waits for ever, because another was faster, would be worse.
 */
#include "ext/jobserver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

/* More slots than a pipe takes bytes cannot be served; so many can be held. Descriptors below FD_MIN are left to scripts. */
enum { SLOTS_MAX = 4096, FD_MIN = 60 };

struct job_slots {
	struct arena arena;
	struct job_slots_options options;
	struct str makeflags;
	int in, out;                  /* our own, not waited for; -1: unavailable */
	int served[2];                /* what children inherit; -1: none */
	bool is_joined;
	bool has_warned;
	int used;                     /* with the first */
	atomic_int n_held;
	unsigned char held[SLOTS_MAX];
};

/* --- MAKEFLAGS --- */

static bool is_auth(struct str word)
{
	return str_starts(word, STR("--jobserver-auth=")) || str_starts(word, STR("--jobserver-fds="));
}

static bool find_auth(struct str flags, struct str *out)
{
	struct str word, name;
	bool found = false;
	while (str_next(&flags, ' ', &word)) {
		if (str_eq(word, STR("--"))) /* variables follow */
			break;
		if (is_auth(word))
			found = str_cut(word, '=', &name, out);
	}
	return found;
}

/* The flags without what they say of jobs, and then ours; in front of variables. */
static struct str with_ours(struct job_slots *s, struct str flags)
{
	AUTO_BUF out = { 0 };
	struct str word, variables = STR("");
	while (str_next(&flags, ' ', &word)) {
		if (str_eq(word, STR("--"))) {
			variables = flags;
			break;
		}
		if (is_auth(word) || str_starts(word, STR("-j")) || word.n == 0)
			continue;
		/* The first word may be letters without a dash: only there. */
		buf_addf(&out, "%s%.*s", out.n ? " " : "", STR_ARG(word));
	}
	buf_addf(&out, " -j%llu --jobserver-auth=%d,%d", (unsigned long long)s->options.jobs, s->served[0], s->served[1]);
	if (variables.n)
		buf_addf(&out, " -- %.*s", STR_ARG(variables));
	return buf_to_arena(&out, &s->arena);
}

/* --- opening --- */

static int open_again(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void open_fds(struct job_slots *s, int in, int out)
{
	char path[64];
	struct stat st;
	/* A recipe line that make takes for no make gets closed descriptors, or another file under their numbers. */
	if (fstat(in, &st) != 0 || !S_ISFIFO(st.st_mode) || fstat(out, &st) != 0 || !S_ISFIFO(st.st_mode))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", in);
	s->in = open_again(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", out);
	s->out = open_again(path, O_WRONLY);
}

static void join(struct job_slots *s, struct str auth)
{
	int in, out;
	s->is_joined = true;
	if (str_starts(auth, STR("fifo:"))) {
		const char *path = arena_cstr(&s->arena, str_drop_prefix(auth, STR("fifo:")));
		s->in = open_again(path, O_RDONLY);
		s->out = open_again(path, O_WRONLY);
	} else if (sscanf(arena_cstr(&s->arena, auth), "%d,%d", &in, &out) == 2 && in >= 0 && out >= 0) {
		open_fds(s, in, out);
	}
	if (s->in >= 0 && s->out >= 0)
		return;
	base_close_fd(&s->in);
	base_close_fd(&s->out);
	s->in = s->out = -1;
}

static bool serve(struct job_slots *s)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		s->served[i] = fcntl(ends[i], F_DUPFD, FD_MIN); /* children inherit it */
		close(ends[i]);
	}
	if (s->served[0] < 0 || s->served[1] < 0)
		return false;
	open_fds(s, s->served[0], s->served[1]);
	for (uint64_t i = 1; s->out >= 0 && i < s->options.jobs; i++)
		if (write(s->out, "+", 1) != 1)
			return false;
	s->makeflags = with_ours(s, s->options.makeflags);
	return s->in >= 0 && s->out >= 0;
}

struct job_slots *job_slots_new(const struct job_slots_options *options)
{
	struct str auth;
	bool serves = options->jobs > 1 && options->jobs <= SLOTS_MAX;
	if (options->jobs == 0 ? !find_auth(options->makeflags, &auth) : !serves)
		return NULL;
	struct job_slots *s = xcalloc(1, sizeof(*s));
	s->options = *options;
	s->in = s->out = s->served[0] = s->served[1] = -1;
	if (!serves) {
		join(s, auth);
	} else if (!serve(s)) { /* nobody can be shared with */
		job_slots_free(s);
		s = NULL;
	}
	return s;
}

void job_slots_free(struct job_slots *s)
{
	if (!s)
		return;
	job_slots_put_back_now(s);
	base_close_fd(&s->in);
	base_close_fd(&s->out);
	base_close_fd(&s->served[0]);
	base_close_fd(&s->served[1]);
	arena_deinit(&s->arena);
	free(s);
}

/* --- taking and giving --- */

static void put_back(struct job_slots *s, unsigned char token)
{
	ssize_t n;
	do
		n = write(s->out, &token, 1);
	while (n < 0 && errno == EINTR);
}

bool job_slots_take_first(struct job_slots *s)
{
	bool is_free = !s || s->used == 0;
	if (s && is_free)
		s->used = 1;
	return is_free;
}

bool job_slots_take(struct job_slots *s)
{
	unsigned char token;
	ssize_t n;
	if (job_slots_take_first(s))
		return true;
	if (s->in < 0 && !s->has_warned && s->options.warn) {
		s->has_warned = true;
		s->options.warn(s->options.ctx, "jobserver unavailable: using --jobs 1. Add `+` to the parent make rule");
	}
	if (s->in < 0 || atomic_load(&s->n_held) == SLOTS_MAX)
		return false;
	do
		n = read(s->in, &token, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return false;
	s->held[atomic_load(&s->n_held)] = token;
	atomic_fetch_add(&s->n_held, 1);
	s->used++;
	return true;
}

void job_slots_give(struct job_slots *s)
{
	if (!s || s->used == 0)
		return;
	if (--s->used > 0 && atomic_load(&s->n_held) > 0)
		put_back(s, s->held[atomic_fetch_sub(&s->n_held, 1) - 1]);
}

int job_slots_fd(const struct job_slots *s)
{
	return s ? s->in : -1;
}

bool job_slots_are_joined(const struct job_slots *s)
{
	return s && s->is_joined;
}

struct str job_slots_makeflags(const struct job_slots *s)
{
	return s ? s->makeflags : STR_NONE;
}

void job_slots_put_back_now(struct job_slots *s)
{
	for (int n = s ? atomic_exchange(&s->n_held, 0) : 0; n > 0; n--)
		put_back(s, s->held[n - 1]);
}
