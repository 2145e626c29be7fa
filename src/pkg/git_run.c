/* What is common to all calls stands in set_up. Several run at once under one poll, on the caller's thread, since only that may tell of progress. */
#include "pkg/git_run.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/enc.h"
#include "ext/proc.h"

enum { MAX_WORDS = 160, MAX_ENV = 1024, MAX_SAID = 400, AT_ONCE = 6, SLICE_MS = 100, READ_CHUNK = 64 << 10 };
#define PROTOCOLS "https:http:ssh:file"

struct call {
	const char *argv[MAX_WORDS];
	size_t words;
	const char *env[MAX_ENV];
	size_t env_n;
};

static void add_word(struct call *c, const char *word)
{
	if (c->words + 1 < MAX_WORDS)
		c->argv[c->words++] = word;
}

static void add_env(struct call *c, const char *text)
{
	if (c->env_n + 1 < MAX_ENV)
		c->env[c->env_n++] = text;
}

static void set_up(struct pkg_git *g, struct call *c, struct str dir, const struct pkg_repository *repository, struct str remote)
{
	/* What a user's own configuration may want for work on a checkout has no business here. A pack is kept as it comes, and only of that git tells the bytes. */
	static const char *const settings[] = {
		"-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
		"-c", "fetch.unpackLimit=1", "-c", "submodule.recurse=false", "-c", "fetch.recurseSubmodules=false", "-c", "core.attributesFile=/dev/null",
	};
	add_word(c, "git");
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		add_word(c, settings[i]);
	if (dir.n) {
		add_word(c, "--git-dir");
		add_word(c, arena_cstr(&g->arena, dir));
	}
	for (char *const *e = g->opt->environ; e && *e; e++)
		if (strncmp(*e, "GIT_", 4) != 0 && strncmp(*e, "LC_ALL=", 7) != 0 && strncmp(*e, "SSH_ASKPASS", 11) != 0)
			add_env(c, *e);
	add_env(c, "LC_ALL=C");
	add_env(c, "GIT_TERMINAL_PROMPT=0");
	add_env(c, "GIT_ALLOW_PROTOCOL=" PROTOCOLS);
	add_env(c, "GIT_PROTOCOL_FROM_USER=0");
	struct str ca = repository && repository->ca_file.n ? repository->ca_file : g->opt->ca_file;
	if (ca.n)
		add_env(c, arena_fmt(&g->arena, "GIT_SSL_CAINFO=%.*s", STR_ARG(ca)).p);
	if (repository && repository->cert_file.n)
		add_env(c, arena_fmt(&g->arena, "GIT_SSL_CERT=%.*s", STR_ARG(repository->cert_file)).p);
	if (repository && repository->key_file.n)
		add_env(c, arena_fmt(&g->arena, "GIT_SSL_KEY=%.*s", STR_ARG(repository->key_file)).p);
	if (!repository || !repository->username.n || !pkg_is_url(remote))
		return;
	/* In the environment, where other users do not see it; and it must not follow a redirect. */
	AUTO_BUF text = { 0 };
	enc_base64(&text, arena_fmt(&g->arena, "%.*s:%.*s", STR_ARG(repository->username), STR_ARG(repository->password)), ENC_BASE64);
	add_env(c, "GIT_CONFIG_COUNT=2");
	add_env(c, arena_fmt(&g->arena, "GIT_CONFIG_KEY_0=http.%.*s.extraHeader", STR_ARG(remote)).p);
	add_env(c, arena_fmt(&g->arena, "GIT_CONFIG_VALUE_0=Authorization: Basic %.*s", STR_ARG(buf_str(&text))).p);
	add_env(c, "GIT_CONFIG_KEY_1=http.followRedirects");
	add_env(c, "GIT_CONFIG_VALUE_1=false");
}

/* What git says is told by its last line; its kind by words that it has used for long. */
static bool git_failed(struct str remote, const char *doing, struct str said, struct err *err)
{
	static const struct { struct str text; enum err_kind kind; } signs[] = {
		{ STR_INIT("could not read Username"), ERR_DENIED }, { STR_INIT("Authentication failed"), ERR_DENIED },
		{ STR_INIT("Permission denied"), ERR_DENIED }, { STR_INIT("terminal prompts disabled"), ERR_DENIED },
		{ STR_INIT("not found"), ERR_NOT_FOUND }, { STR_INIT("does not appear to be a git repository"), ERR_NOT_FOUND },
		{ STR_INIT("does not exist"), ERR_NOT_FOUND },
	};
	enum err_kind kind = ERR_NETWORK;
	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (kind == ERR_NETWORK && str_contains(said, signs[i].text))
			kind = signs[i].kind;
	struct str rest = said, line, told = STR("");
	while (str_next_line(&rest, &line))
		if (str_starts(line, STR("fatal:")) || str_starts(line, STR("error:")) || (!told.n && line.n))
			told = str_trim(str_slice(line, str_starts(line, STR("fatal:")) || str_starts(line, STR("error:")) ? 6 : 0, line.n));
	told = str_slice(told, 0, MAX_SAID);
	err_set(err, kind, "%s %.*s: %.*s", doing, STR_ARG(remote), STR_ARG(told.n ? told : STR("git failed without a word")));
	if (kind == ERR_DENIED)
		return err_hint(err, "write `username:` and `password:` beside the url, or use git's credential helpers; git asks nobody here");
	return false;
}

static bool cannot_run(const struct git_asked *q, struct err *err)
{
	if (err->kind == ERR_NOT_FOUND)
		err_hint(err, "git is needed for git+ repositories and jsonnet bundles: install it");
	return err_wrap(err, "%s %.*s", q->doing, STR_ARG(q->remote));
}

bool git_run(struct pkg_git *g, const struct git_asked *q, const char *const *words, struct buf *out, struct err *err)
{
	struct call *c = arena_new(&g->arena, struct call);
	AUTO_BUF said = { 0 };
	struct proc_end end;
	if (g->opt->ui.cancelled(g->opt->ui.ctx))
		return err_set(err, ERR_CANCELLED, "stopped before %s", q->doing);
	set_up(g, c, q->dir, q->repository, q->remote);
	for (; *words; words++)
		add_word(c, *words);
	struct proc_options opt = { .argv = c->argv, .env = c->env, .in = q->input.n ? PROC_PIPE : PROC_NULL, .out = PROC_PIPE, .err = PROC_PIPE };
	struct proc_run io = { .input = q->input, .out = out, .err = &said, .limit = q->limit, .timeout_ms = q->timeout_ms };
	if (!proc_run(&opt, &io, &end, err))
		return cannot_run(q, err);
	return end.code == 0 || git_failed(q->remote, q->doing, buf_str(&said), err);
}

/* --- several at once --- */

/* A job that runs. */
struct running {
	struct git_job *job;
	struct proc proc;
	struct buf said, line; /* of standard error: what it is for, and the line that is not whole yet */
	int64_t until;
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool git_received(struct str line, uint64_t *done, uint64_t *total)
{
	static const struct { struct str unit; double size; } units[] = {
		{ STR_INIT(" bytes"), 1 }, { STR_INIT(" KiB"), 1 << 10 }, { STR_INIT(" MiB"), 1 << 20 }, { STR_INIT(" GiB"), 1 << 30 },
	};
	struct str rest, percent, size;
	if (!str_starts(line, STR("Receiving objects:")))
		return false;
	(void)str_cut(str_trim(str_drop_prefix(line, STR("Receiving objects:"))), '%', &percent, &rest);
	(void)str_cut(rest, ',', &rest, &size);
	size = str_trim(str_slice(size, 0, MIN(str_find_char(size, '|'), size.n)));
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		struct arena a = { 0 };
		int64_t per_cent = 0;
		if (!str_ends(size, units[i].unit))
			continue;
		double n = strtod(arena_cstr(&a, str_drop_suffix(size, units[i].unit)), NULL) * units[i].size;
		arena_deinit(&a);
		*done = n > 0 ? (uint64_t)n : 0;
		*total = str_to_int(percent, &per_cent) && per_cent > 0 && per_cent <= 100 ? (uint64_t)(n * 100 / (double)per_cent) : 0;
		return true;
	}
	return false;
}

/* Progress is no message: it ends in a carriage return, or says how much of how much. */
static bool is_progress(struct str line)
{
	return str_contains(line, STR("% (")) || str_starts(line, STR("remote: Enumerating")) || str_starts(line, STR("remote: Total")) ||
	       str_starts(line, STR("From ")) || str_starts(line, STR(" * "));
}

static void take_said(struct pkg_git *g, struct running *r, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t done, total;
		if (p[i] != '\n' && p[i] != '\r') {
			buf_add_char(&r->line, p[i]);
			continue;
		}
		struct str line = buf_str(&r->line);
		if (git_received(line, &done, &total) && r->job->download)
			g->opt->ui.bytes(r->job->download, done, MAX(done, total));
		if (p[i] == '\n' && !is_progress(line) && r->said.n < r->job->asked.limit)
			buf_addf(&r->said, "%.*s\n", STR_ARG(line));
		buf_clear(&r->line);
	}
}

static void take_output(struct pkg_git *g, struct running *r, int *fd)
{
	char chunk[READ_CHUNK];
	ssize_t got = read(*fd, chunk, sizeof(chunk));
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		base_close_fd(fd);
		*fd = -1;
	} else if (fd == &r->proc.err) {
		take_said(g, r, chunk, (size_t)got);
	} else if (r->job->out.n + (size_t)got > r->job->asked.limit) {
		err_set(&r->job->err, ERR_LIMIT, "%s %.*s: git printed more than %zu bytes", r->job->asked.doing, STR_ARG(r->job->asked.remote),
			r->job->asked.limit);
	} else {
		buf_add_bytes(&r->job->out, chunk, (size_t)got);
	}
}

static bool begin(struct pkg_git *g, struct git_job *job, struct running *r)
{
	struct call *c = arena_new(&g->arena, struct call);
	const struct git_asked *q = &job->asked;
	*r = (struct running){ .job = job, .until = now_ms() + q->timeout_ms };
	set_up(g, c, q->dir, q->repository, q->remote);
	for (const char *const *w = job->words; *w; w++)
		add_word(c, *w);
	struct proc_options opt = { .argv = c->argv, .env = c->env, .in = PROC_NULL, .out = PROC_PIPE, .err = PROC_PIPE };
	return proc_start(&opt, &r->proc, &job->err) || cannot_run(q, &job->err);
}

/* Whether it has ended, one way or another. */
static bool has_ended(struct running *r)
{
	struct proc_end end;
	struct git_job *job = r->job;
	bool ended = job->err.kind || (r->proc.out < 0 && r->proc.err < 0);
	if (!ended && now_ms() > r->until)
		ended = !err_set(&job->err, ERR_TIMEOUT, "%s %.*s: git did not end within %d s", job->asked.doing, STR_ARG(job->asked.remote),
				 job->asked.timeout_ms / 1000);
	if (!ended)
		return false;
	if (!job->err.kind && proc_wait(&r->proc, &end, &job->err) && end.code)
		(void)!git_failed(job->asked.remote, job->asked.doing, buf_str(&r->said), &job->err);
	proc_close(&r->proc);
	buf_deinit(&r->said);
	buf_deinit(&r->line);
	return true;
}

static void wait_for_output(struct pkg_git *g, struct running *all, size_t n)
{
	struct pollfd fds[2 * AT_ONCE];
	for (size_t i = 0; i < n; i++) {
		fds[2 * i] = (struct pollfd){ all[i].proc.out, POLLIN, 0 };
		fds[2 * i + 1] = (struct pollfd){ all[i].proc.err, POLLIN, 0 };
	}
	if (poll(fds, 2 * n, SLICE_MS) <= 0)
		return;
	for (size_t i = 0; i < n; i++) {
		if (fds[2 * i].revents)
			take_output(g, &all[i], &all[i].proc.out);
		if (fds[2 * i + 1].revents)
			take_output(g, &all[i], &all[i].proc.err);
	}
}

bool git_run_all(struct pkg_git *g, struct git_job *jobs, size_t n, struct err *err)
{
	struct running all[AT_ONCE];
	size_t next = 0, active = 0;
	bool cancelled = false;
	while (next < n || active) {
		cancelled = cancelled || g->opt->ui.cancelled(g->opt->ui.ctx);
		while (!cancelled && next < n && active < AT_ONCE)
			active += begin(g, &jobs[next++], &all[active]);
		for (size_t i = 0; cancelled && i < active; i++)
			(void)(all[i].job->err.kind || err_set(&all[i].job->err, ERR_CANCELLED, "stopped while %s", all[i].job->asked.doing));
		if (cancelled)
			next = n;
		else
			wait_for_output(g, all, active);
		for (size_t i = 0; i < active;)
			if (has_ended(&all[i]))
				all[i] = all[--active];
			else
				i++;
	}
	return !cancelled || err_set(err, ERR_CANCELLED, "stopped while git was at work");
}
