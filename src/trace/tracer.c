/*
 * Two threads serve a trace. The one puts the filter on itself and starts the children, which inherit it; so no descriptor has to be handed through an exec, and
 * the program's other threads stay free. The other answers the kernel's notifications.
 *
 * When both the children and the first thread are gone the kernel hangs the listener up. If it does not, some process goes on running: it is let go on for as long as it
 * lives by a small process that answers every call with "go on", since a filter without a listener would make its calls fail.
 */
#include "trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace/calls.h"
#include "trace/filter.h"

#include <linux/seccomp.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

enum { LEAVE_MS = 200 }; /* what children leave behind may take this long to end */

struct tracer {
	pthread_t starter, watcher;
	pthread_mutex_t lock; /* of all but `files` while the watcher runs */
	pthread_cond_t changed;
	void (*fn)(void *arg); /* the starter's next job */
	void *arg;
	bool stop;            /* the starter shall end */
	bool is_ready, failed;
	struct err err;
	int listener;
	int ended;            /* eventfd: the starter has ended, nothing new is to come from us */
	bool no_new_privs;
	pthread_mutex_t files_lock;
	struct files files;
	uint64_t calls;
};

/* --- the thread that starts children --- */

static void *starter(void *arg)
{
	struct tracer *t = arg;
	struct err err = { 0 };
	int listener = -1;
	bool ok = filter_install(&listener, &err);
	pthread_mutex_lock(&t->lock);
	t->is_ready = true;
	t->failed = !ok;
	t->listener = listener;
	t->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	if (!ok)
		err_move(&t->err, &err);
	pthread_cond_broadcast(&t->changed);
	while (ok && !t->stop) {
		if (!t->fn) {
			pthread_cond_wait(&t->changed, &t->lock);
			continue;
		}
		void (*fn)(void *) = t->fn;
		pthread_mutex_unlock(&t->lock);
		fn(t->arg);
		pthread_mutex_lock(&t->lock);
		t->fn = NULL;
		pthread_cond_broadcast(&t->changed);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

void tracer_call(struct tracer *t, void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&t->lock);
	t->arg = arg;
	t->fn = fn;
	pthread_cond_broadcast(&t->changed);
	while (t->fn)
		pthread_cond_wait(&t->changed, &t->lock);
	pthread_mutex_unlock(&t->lock);
}

/* --- the thread that answers --- */

/* Lets the call go on, or fail with `code`. */
static void go_on(int listener, uint64_t id, int code)
{
	struct seccomp_notif_resp answer = { .id = id, .error = -code, .flags = code ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE };
	/* Fails where the process was killed meanwhile: then there is nobody to answer. */
	while (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0 && errno == EINTR)
		;
}

/* The next call that waits; false where there is none after all. */
static bool receive(int listener, struct seccomp_notif *n)
{
	memset(n, 0, sizeof(*n));
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, n) == 0;
}

static void answer_one(struct tracer *t)
{
	struct seccomp_notif n;
	if (!receive(t->listener, &n))
		return;
	struct call c = { .tid = (pid_t)n.pid, .number = n.data.nr, .arch = n.data.arch, .no_new_privs = t->no_new_privs };
	for (size_t i = 0; i < ARRAY_LEN(c.args); i++)
		c.args[i] = n.data.args[i];
	pthread_mutex_lock(&t->files_lock);
	t->calls++;
	int answer = 0;
	/* A process of another pid namespace has no number here. */
	if (n.pid == 0)
		files_refuse(&t->files, "it ran in a process namespace of its own");
	else
		answer = call_note(&t->files, &c);
	pthread_mutex_unlock(&t->files_lock);
	go_on(t->listener, n.id, answer);
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Only what may be done after a fork in a program with threads. */
static void serve_leftover(int listener)
{
	struct seccomp_notif n;
	setsid();
	if (dup2(listener, 0) != 0)
		_exit(1);
	syscall(SYS_close_range, 1U, ~0U, 0U);
	for (;;) {
		struct pollfd p = { .fd = 0, .events = POLLIN };
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			_exit(1);
		if (p.revents & POLLIN && receive(0, &n))
			go_on(0, n.id, 0);
		else if (p.revents & (POLLHUP | POLLERR))
			_exit(0);
	}
}

static void leave(struct tracer *t)
{
	files_refuse(&t->files, "a process that it started goes on running");
	pid_t first = fork();
	if (first == 0) {
		if (fork() == 0)
			serve_leftover(t->listener);
		_exit(0);
	}
	while (first > 0 && waitpid(first, NULL, 0) < 0 && errno == EINTR)
		;
}

static void *watcher(void *arg)
{
	struct tracer *t = arg;
	int64_t until = -1; /* known once the starter has ended */
	for (;;) {
		struct pollfd p[] = { { .fd = t->listener, .events = POLLIN }, { .fd = until < 0 ? t->ended : -1, .events = POLLIN } };
		int left = until < 0 ? -1 : (int)MAX(until - now_ms(), (int64_t)0);
		int n = poll(p, 2, left);
		if (n < 0 && errno != EINTR)
			break;
		if (p[0].revents & POLLIN)
			answer_one(t);
		else if (p[0].revents & (POLLHUP | POLLERR))
			break;
		if (until < 0 && p[1].revents & POLLIN)
			until = now_ms() + LEAVE_MS;
		if (until >= 0 && now_ms() >= until) {
			leave(t);
			break;
		}
	}
	return NULL;
}

/* --- */

/* The watcher must not take the program's signals. */
static bool start_watcher(struct tracer *t)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	bool ok = pthread_create(&t->watcher, NULL, watcher, t) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ok;
}

static void stop_starter(struct tracer *t)
{
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->starter, NULL);
}

static void free_tracer(struct tracer *t)
{
	files_deinit(&t->files);
	base_close_fd(&t->listener);
	base_close_fd(&t->ended);
	err_deinit(&t->err);
	pthread_mutex_destroy(&t->lock);
	pthread_mutex_destroy(&t->files_lock);
	pthread_cond_destroy(&t->changed);
	free(t);
}

bool tracer_start(const struct trace_options *options, struct tracer **out, struct err *err)
{
	struct tracer *t = xcalloc(1, sizeof(*t));
	pthread_mutex_init(&t->lock, NULL);
	pthread_mutex_init(&t->files_lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	files_init(&t->files, options);
	t->listener = -1;
	t->ended = eventfd(0, EFD_CLOEXEC);
	if (t->ended < 0 || pthread_create(&t->starter, NULL, starter, t) != 0) {
		free_tracer(t);
		return err_set(err, ERR_IO, "cannot start a thread to trace with");
	}
	pthread_mutex_lock(&t->lock);
	while (!t->is_ready)
		pthread_cond_wait(&t->changed, &t->lock);
	pthread_mutex_unlock(&t->lock);
	if (!t->failed) {
		fcntl(t->listener, F_SETFD, FD_CLOEXEC);
		/* Hands the processor over at once where caller and watcher share one (Linux 6.6). */
		ioctl(t->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
		if (start_watcher(t)) {
			*out = t;
			return true;
		}
		err_set(&t->err, ERR_IO, "cannot start a thread to trace with");
	}
	stop_starter(t);
	err_move(err, &t->err);
	free_tracer(t);
	return false;
}

void tracer_ignore(struct tracer *t, struct str path)
{
	pthread_mutex_lock(&t->files_lock);
	files_ignore(&t->files, path);
	pthread_mutex_unlock(&t->files_lock);
}

void tracer_end(struct tracer *t, struct arena *a, struct traced *out)
{
	uint64_t one = 1;
	stop_starter(t);
	if (write(t->ended, &one, sizeof(one)) != sizeof(one))
		base_die("cannot end a trace: %s", strerror(errno));
	pthread_join(t->watcher, NULL);
	files_finish(&t->files, a, out);
	out->calls = t->calls;
	free_tracer(t);
}

/* --- one command --- */

struct start {
	const struct trace_command *command;
	pid_t pid;
	int code;
};

static void start(void *arg)
{
	struct start *s = arg;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (s->command->directory)
		posix_spawn_file_actions_addchdir_np(&actions, s->command->directory);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	s->code = posix_spawnp(&s->pid, s->command->argv[0], &actions, &attr, (char *const *)s->command->argv, s->command->environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
}

bool trace_run(const struct trace_options *options, const struct trace_command *command, int *status, struct arena *a, struct traced *out,
	       struct err *err)
{
	struct tracer *t;
	struct start s = { .command = command };
	if (!tracer_start(options, &t, err))
		return false;
	tracer_call(t, start, &s);
	while (s.code == 0 && waitpid(s.pid, status, 0) < 0 && errno == EINTR)
		;
	tracer_end(t, a, out);
	return s.code == 0 || err_set(err, s.code == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot start '%s': %s", command->argv[0], strerror(s.code));
}
