/*
 * posix_spawn is CLONE_VM|CLONE_VFORK in both glibc and musl: no page table is copied, and the error of exec comes back as the call's own
 * result. Signals: libraries and the parent may block or ignore some, so a child starts with none blocked and the usual ones at their defaults.
 *
 * proc_run has one poll loop for stdin, stdout and stderr; the child's end is seen when its pipes close, or by its pidfd where a
 * grandchild keeps a pipe open.
 */
#include "ext/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { READ_CHUNK = 64 * 1024, POLL_SLICE_MS = 20 };

/* The ends of one standard stream: `child` goes to the child (-1: leave as it is), `ours` stays. */
struct stream {
	int child, ours;
};

static bool stream_open(enum proc_stream kind, bool is_input, struct stream *s, struct err *err)
{
	*s = (struct stream){ -1, -1 };
	if (kind == PROC_INHERIT)
		return true;
	int ends[2];
	if (kind == PROC_NULL) {
		s->child = open("/dev/null", (is_input ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
		return s->child >= 0 || err_set(err, ERR_IO, "cannot open '/dev/null': %s", strerror(errno));
	}
	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set(err, ERR_IO, "cannot make a pipe: %s", strerror(errno));
	s->child = ends[is_input ? 0 : 1];
	s->ours = ends[is_input ? 1 : 0];
	return true;
}

/* After a start the child's ends are the child's alone; after a failure nobody's. */
static void streams_close(struct stream s[3], bool ours_too)
{
	for (int i = 0; i < 3; i++) {
		if (s[i].child >= 0)
			close(s[i].child);
		if (ours_too && s[i].ours >= 0)
			close(s[i].ours);
	}
}

/* A descriptor that dup2 would overwrite before its turn (it is 0, 1 or 2 and not yet in place) is moved up first. */
static bool move_up(struct stream *s, int place, struct err *err)
{
	if (s->child < 0 || s->child > 2 || s->child == place)
		return true;
	int moved = fcntl(s->child, F_DUPFD_CLOEXEC, 3);
	if (moved < 0)
		return err_set(err, ERR_IO, "cannot copy a descriptor: %s", strerror(errno));
	close(s->child);
	s->child = moved;
	return true;
}

static void add_fds(posix_spawn_file_actions_t *actions, const struct proc_options *opt, const struct stream s[3])
{
	/* dup2 onto itself clears close-on-exec here, as POSIX asks of this action. */
	for (int i = 0; i < 3; i++)
		if (s[i].child >= 0)
			posix_spawn_file_actions_adddup2(actions, s[i].child, i);
	for (size_t i = 0; i < opt->close_count; i++)
		posix_spawn_file_actions_addclose(actions, opt->close_fds[i]);
	if (opt->cwd)
		posix_spawn_file_actions_addchdir_np(actions, opt->cwd);
}

static void set_attr(posix_spawnattr_t *attr, const struct proc_options *opt)
{
	sigset_t none, defaults;
	sigemptyset(&none);
	sigemptyset(&defaults);
	static const int reset[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGTTOU, SIGTTIN, SIGTSTP };
	for (size_t i = 0; i < ARRAY_LEN(reset); i++)
		sigaddset(&defaults, reset[i]);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &defaults);
	posix_spawnattr_setpgroup(attr, 0);
	short group = opt->new_group ? POSIX_SPAWN_SETPGROUP : 0;
	posix_spawnattr_setflags(attr, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group));
}

static bool start_failed(const struct proc_options *opt, int code, struct err *err)
{
	if (opt->cwd && access(opt->cwd, X_OK) != 0)
		return err_set(err, ERR_NOT_FOUND, "cannot start '%s' in folder '%s': %s", opt->argv[0], opt->cwd,
			       strerror(errno));
	return err_set(err, code == ENOENT || code == ENOTDIR ? ERR_NOT_FOUND : ERR_IO, "cannot start '%s': %s", opt->argv[0],
		       strerror(code));
}

bool proc_start(const struct proc_options *opt, struct proc *out, struct err *err)
{
	struct stream s[3] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	bool ok = stream_open(opt->in, true, &s[0], err) && stream_open(opt->out, false, &s[1], err) && stream_open(opt->err, false, &s[2], err);
	for (int i = 0; ok && i < 3; i++)
		ok = move_up(&s[i], i, err);
	if (!ok) {
		streams_close(s, true);
		return false;
	}
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	add_fds(&actions, opt, s);
	set_attr(&attr, opt);
	pid_t pid;
	int code = posix_spawnp(&pid, opt->file ? opt->file : opt->argv[0], &actions, &attr, (char *const *)opt->argv,
				opt->env ? (char *const *)opt->env : environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	streams_close(s, code != 0);
	if (code != 0 && opt->start_errno)
		*opt->start_errno = code;
	if (code != 0)
		return start_failed(opt, code, err);
	*out = (struct proc){ pid, opt->new_group, s[0].ours, s[1].ours, s[2].ours, -1 };
	return true;
}

static void set_end(struct proc *p, int status, struct proc_end *out)
{
	p->pid = 0;
	*out = WIFSIGNALED(status) ? (struct proc_end){ 128 + WTERMSIG(status), WTERMSIG(status) }
				   : (struct proc_end){ WEXITSTATUS(status), 0 };
}

bool proc_wait(struct proc *p, struct proc_end *out, struct err *err)
{
	int status;
	pid_t got;
	do
		got = waitpid(p->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(err, ERR_IO, "cannot wait for process %d: %s", (int)p->pid, strerror(errno));
	set_end(p, status, out);
	return true;
}

bool proc_fd(struct proc *p, int *fd, struct err *err)
{
	if (p->pidfd < 0) {
		p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0); /* close-on-exec by itself */
		if (p->pidfd < 0)
			return err_set(err, ERR_IO, "cannot watch process %d: %s", (int)p->pid, strerror(errno));
	}
	*fd = p->pidfd;
	return true;
}

void proc_signal(const struct proc *p, int signal)
{
	if (p->pid > 0)
		kill(p->leads_group ? -p->pid : p->pid, signal);
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for the end without reaping it; by pidfd, or on old kernels by asking now and then. */
static bool ends_within(struct proc *p, int ms)
{
	AUTO_ERR err = { 0 };
	int64_t until = now_ms() + ms;
	struct pollfd fd = { .fd = -1, .events = POLLIN };
	bool watched = proc_fd(p, &fd.fd, &err);
	for (;;) {
		siginfo_t info = { 0 };
		if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0)
			return true;
		int64_t left = until - now_ms();
		if (left <= 0)
			return false;
		poll(&fd, watched ? 1 : 0, (int)(watched ? left : MIN(left, (int64_t)POLL_SLICE_MS)));
	}
}

void proc_kill(struct proc *p, int grace_ms)
{
	if (p->pid <= 0)
		return;
	struct proc_end end;
	AUTO_ERR err = { 0 };
	if (grace_ms > 0) {
		proc_signal(p, SIGTERM);
		proc_signal(p, SIGCONT); /* a stopped one would not see it */
		ends_within(p, grace_ms);
	}
	/* Before it is reaped, so that the group's number is still its own. */
	proc_signal(p, SIGKILL);
	if (!proc_wait(p, &end, &err))
		p->pid = 0;
}

void proc_close(struct proc *p)
{
	proc_kill(p, 0);
	int *fds[] = { &p->in, &p->out, &p->err, &p->pidfd };
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		base_close_fd(fds[i]);
		*fds[i] = -1;
	}
}

struct pump {
	struct proc *p;
	struct str input;
	struct buf *into[2]; /* of out and err */
	size_t seen[2], limit;
	const char *name;
};

static void pump_input(struct pump *u)
{
	ssize_t done = u->input.n ? write(u->p->in, u->input.p, u->input.n) : 0;
	if (done > 0)
		u->input = str_slice(u->input, (size_t)done, u->input.n);
	/* A child that closes its stdin early is its own affair. */
	if (u->input.n == 0 || (done < 0 && errno != EAGAIN && errno != EINTR)) {
		close(u->p->in);
		u->p->in = -1;
	}
}

static bool pump_output(struct pump *u, int which, int *fd, struct err *err)
{
	char chunk[READ_CHUNK];
	ssize_t got = read(*fd, chunk, sizeof(chunk));
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got <= 0) {
		close(*fd);
		*fd = -1;
		return true;
	}
	u->seen[which] += (size_t)got;
	if (u->seen[which] > u->limit)
		return err_set(err, ERR_LIMIT, "'%s' printed more than %zu bytes", u->name, u->limit);
	if (u->into[which])
		buf_add_bytes(u->into[which], chunk, (size_t)got);
	return true;
}

/* Moves bytes until all pipes are closed or the time is over. */
static bool pump(struct pump *u, int timeout_ms, struct err *err)
{
	struct proc *p = u->p;
	int64_t until = now_ms() + timeout_ms;
	while (p->in >= 0 || p->out >= 0 || p->err >= 0) {
		struct pollfd fds[] = { { p->in, POLLOUT, 0 }, { p->out, POLLIN, 0 }, { p->err, POLLIN, 0 } };
		int64_t left = timeout_ms ? until - now_ms() : -1;
		if (timeout_ms && left <= 0)
			return err_set(err, ERR_TIMEOUT, "'%s' did not end within %d ms", u->name, timeout_ms);
		if (poll(fds, ARRAY_LEN(fds), (int)left) < 0 && errno != EINTR)
			return err_set(err, ERR_IO, "cannot wait for '%s': %s", u->name, strerror(errno));
		if (fds[0].revents)
			pump_input(u);
		if ((fds[1].revents && !pump_output(u, 0, &p->out, err)) ||
		    (fds[2].revents && !pump_output(u, 1, &p->err, err)))
			return false;
	}
	if (timeout_ms && !ends_within(p, (int)MAX(until - now_ms(), (int64_t)0)))
		return err_set(err, ERR_TIMEOUT, "'%s' did not end within %d ms", u->name, timeout_ms);
	return true;
}

bool proc_run(const struct proc_options *opt, const struct proc_run *io, struct proc_end *out, struct err *err)
{
	struct proc p;
	if (!proc_start(opt, &p, err))
		return false;
	struct pump u = { .p = &p, .input = io->input, .into = { io->out, io->err }, .name = opt->argv[0],
			  .limit = io->limit ? io->limit : PROC_OUTPUT_LIMIT };
	/* The child may stop reading while we still have input: its pipe must not block us, nor its closing kill us. */
	if (p.in >= 0)
		fcntl(p.in, F_SETFL, O_NONBLOCK);
	sigset_t pipe_set, old;
	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_set, &old);
	bool ok = pump(&u, io->timeout_ms, err) && proc_wait(&p, out, err);
	if (!sigismember(&old, SIGPIPE))
		sigtimedwait(&pipe_set, NULL, &(struct timespec){ 0 });
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	proc_close(&p);
	return ok;
}

static bool is_program(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool proc_find(struct str name, struct str path, struct arena *a, struct str *out)
{
	if (str_find_char(name, '/') != STR_NPOS) {
		char *p = arena_cstr(a, name);
		*out = name;
		return is_program(p);
	}
	if (name.n == 0 || path.n == 0)
		return false;
	/* An empty piece is the working folder. */
	struct str rest = path, dir;
	while (str_next(&rest, ':', &dir)) {
		struct str full = dir.n ? arena_fmt(a, "%.*s/%.*s", STR_ARG(dir), STR_ARG(name)) : arena_fmt(a, "./%.*s", STR_ARG(name));
		if (is_program(full.p)) {
			*out = full;
			return true;
		}
	}
	return false;
}

