/*
 * cmd_watch.c: --watch: runs the command line again and again.
 *
 * Each run is a process of its own (forked, so that nothing is read twice) that leads a process group: it runs exactly as without --watch, can be ended with all that it
 * started, and leaves nothing behind in memory. It tells what it read through a pipe (run/inputs.h). On a terminal its group is in the foreground while it runs, so
 * that editors, ssh and questions work; Ctrl-C reaches it alone then, and its end by that signal ends the watch; when it is stopped (Ctrl-Z) so are we.
 *
 * A run that has ended by itself stays a zombie until the next one begins: so long the number of its group is nobody else's, and what it left running in it can be ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "cli/cmd.h"
#include "run/watch.h"

/*
 * GRACE_MS: from TERM to KILL. The engine gives its own children a second less: they lead groups of their own, and only it knows them.
 * SETTLE_MS: how long nothing must change before a run begins, so that a burst of changes makes one; but never longer than SETTLE_MAX_MS after the first.
 * TICK_MS to TICK_MAX_MS: how often it is looked at what a run does. TURN_MS: a group of which only the end is waited for.
 */
enum { GRACE_MS = 6000, SETTLE_MS = 100, SETTLE_MAX_MS = 1000, TICK_MS = 10, TICK_MAX_MS = 200, TURN_MS = 10 };

static const int ending_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

struct watcher {
	struct cli *cli;
	cmd_watch_run *run;
	struct watch *watch;
	atomic_bool *is_cut;      /* shared with the run */
	bool says;                /* there is a terminal to say something on */
	sigset_t before;          /* signals that were blocked before us */
	int signals;
	int stop;                 /* the signal that ends it all, or 0 */

	/* The terminal, where it is ours to give away. */
	bool has_terminal;
	struct termios modes;

	/* The run. */
	pid_t child;
	int status;               /* as its exit status */
	int told;                 /* where it tells of its inputs */
	struct buf records;
	struct activity activity;
	struct activity_now looks[3]; /* newest last */
	struct activity_now quiet;    /* as it was at quiet_since */
	int64_t quiet_since, kill_at, next_look;
	int tick;
	bool is_asked;            /* to end */
	bool has_heard;           /* of changes, at the last look */
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say(const struct watcher *x, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(const struct watcher *x, const char *fmt, ...)
{
	AUTO_BUF line = { 0 };
	va_list ap;
	if (!x->says)
		return;
	va_start(ap, fmt);
	buf_add_c(&line, x->cli->stderr_color ? "\x1b[2mwatch: " : "watch: ");
	buf_addvf(&line, fmt, ap);
	buf_add_c(&line, x->cli->stderr_color ? "\x1b[0m\n" : "\n");
	va_end(ap);
	fwrite(line.p, 1, line.n, stderr); /* in one piece: it is not the only one who writes there */
}

static void warn(struct watcher *x)
{
	const char *text = watch_warning(x->watch);
	if (text && !x->cli->options.quiet)
		fprintf(stderr, "%swarning%s: --watch: %s\n", x->cli->stderr_color ? "\x1b[1;33m" : "", x->cli->stderr_color ? "\x1b[0m" : "", text);
}

/* --- the terminal --- */

/* The group that has the terminal; a process in the background may do so with SIGTTOU blocked. */
static void give_terminal(const struct watcher *x, pid_t group)
{
	sigset_t stops, before;
	if (!x->has_terminal)
		return;
	sigemptyset(&stops);
	sigaddset(&stops, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stops, &before);
	tcsetpgrp(STDIN_FILENO, group);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void take_terminal(const struct watcher *x)
{
	sigset_t stops, before;
	if (!x->has_terminal)
		return;
	give_terminal(x, getpgrp());
	/* What was ended in its midst may have left it in any mode. */
	sigemptyset(&stops);
	sigaddset(&stops, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stops, &before);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &x->modes);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* The run was stopped: from the terminal, so that the shell that started us is to have it back. */
static void stop_too(struct watcher *x)
{
	if (!x->has_terminal)
		return;
	take_terminal(x);
	kill(0, SIGTSTP);
	/* Here again after SIGCONT; in the background the run goes on there. */
	if (tcgetpgrp(STDIN_FILENO) == getpgrp())
		give_terminal(x, x->child);
	kill(-x->child, SIGCONT);
}

/* --- a run --- */

static void become_run(struct watcher *x, int told)
{
	setpgid(0, 0);
	give_terminal(x, getpid());
	close(x->signals);
	sigprocmask(SIG_SETMASK, &x->before, NULL);
	x->cli->inputs = inputs_new(told);
	x->cli->is_cut = x->is_cut;
	int status = x->run(x->cli);
	inputs_done(x->cli->inputs);
	inputs_free(x->cli->inputs);
	fflush(NULL);
	/* What watches belongs to the other process. */
	_exit(status);
}

static bool start(struct watcher *x, struct err *err)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set(err, ERR_IO, "cannot make a pipe: %s", strerror(errno));
	atomic_store(x->is_cut, false);
	fflush(NULL);
	x->child = fork();
	if (x->child == 0) {
		close(ends[0]);
		become_run(x, ends[1]);
	}
	close(ends[1]);
	x->told = ends[0];
	if (x->child < 0)
		return err_set(err, ERR_IO, "cannot start a process: %s", strerror(errno));
	setpgid(x->child, x->child);
	give_terminal(x, x->child);
	fcntl(x->told, F_SETFL, O_NONBLOCK);
	buf_clear(&x->records);
	activity_begin(&x->activity, x->child);
	x->looks[0] = x->looks[1] = x->looks[2] = x->quiet = (struct activity_now){ 0 };
	x->quiet_since = x->next_look = now_ms();
	x->tick = TICK_MS;
	x->is_asked = x->has_heard = false;
	return true;
}

static void hear_inputs(struct watcher *x)
{
	for (;;) {
		ssize_t n = read(x->told, buf_reserve(&x->records, 16 << 10), 16 << 10);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		x->records.n += (size_t)n;
	}
}

static void ask_to_end(struct watcher *x)
{
	if (x->is_asked)
		return;
	x->is_asked = true;
	x->kill_at = now_ms() + GRACE_MS;
	kill(-x->child, SIGTERM);
	kill(-x->child, SIGCONT); /* a stopped one would not see it */
}

static void take_signals(struct watcher *x)
{
	struct signalfd_siginfo info;
	while (read(x->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (x->stop && x->child > 0)
			kill(-x->child, SIGKILL); /* the second one means it */
		x->stop = (int)info.ssi_signo;
	}
}

/* Whether the run has ended; it stays to be waited for. */
static bool has_ended(struct watcher *x)
{
	siginfo_t info = { 0 };
	if (waitid(P_PID, (id_t)x->child, &info, WSTOPPED | WNOHANG) == 0 && info.si_pid && info.si_code == CLD_STOPPED)
		stop_too(x);
	info = (siginfo_t){ 0 };
	if (waitid(P_PID, (id_t)x->child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || !info.si_pid)
		return false;
	x->status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return true;
}

/* Looks at what the run does, and what came of it. */
static void look(struct watcher *x)
{
	int64_t now = now_ms();
	x->looks[0] = x->looks[1];
	x->looks[1] = x->looks[2];
	x->looks[2] = activity_look(&x->activity);
	/* What was taken the last time happened after the look before that one. */
	watch_run_did(x->watch, activity_between(&x->looks[0], &x->looks[2]));
	bool slept = activity_between(&x->looks[1], &x->looks[2]) == ACTIVITY_NOTHING;
	if (!activity_is_little(&x->quiet, &x->looks[2], now - x->quiet_since)) {
		x->quiet_since = now;
		x->quiet = x->looks[2];
	}
	x->has_heard = watch_take(x->watch);
	x->tick = !slept || x->has_heard ? TICK_MS : MIN(x->tick * 2, TICK_MAX_MS);
	x->next_look = now + x->tick;
	warn(x);
}

static void wait_for_more(struct watcher *x, int64_t until)
{
	/* A run that goes on writing is looked at by ticks, not for each thing that it writes. */
	bool is_busy = x->child > 0 && x->told >= 0 && x->has_heard;
	struct pollfd fds[] = { { .fd = x->signals, .events = POLLIN }, { .fd = x->child > 0 ? x->told : -1, .events = POLLIN },
				{ .fd = is_busy ? -1 : watch_fd(x->watch), .events = POLLIN } };
	int pause = until ? (int)MAX(until - now_ms(), (int64_t)0) : -1, asks = watch_pause(x->watch);
	if (asks >= 0 && (pause < 0 || asks < pause))
		pause = asks;
	poll(fds, ARRAY_LEN(fds), pause);
	if (fds[1].revents & POLLIN) {
		hear_inputs(x);
	} else if (fds[1].revents) { /* it will tell no more */
		close(x->told);
		x->told = -1;
	}
	take_signals(x);
}

/* What a run left behind is ours once it has ended (set_up): a dead member that nobody takes note of would be one for ever. */
static void reap_orphans(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* Ends what is left of the run's group, and lets its number go. */
static void end_group(struct watcher *x)
{
	int64_t until = now_ms() + GRACE_MS;
	bool is_killed = false;
	if (x->child <= 0)
		return;
	if (!x->is_asked) {
		kill(-x->child, SIGTERM);
		kill(-x->child, SIGCONT);
	}
	waitpid(x->child, NULL, 0);
	/* While there are members the number stays theirs. Those that a kill does not end either are the system's. */
	while (reap_orphans(), kill(-x->child, 0) == 0 && now_ms() < until + (is_killed ? GRACE_MS : 0)) {
		poll(NULL, 0, TURN_MS);
		if (is_killed || now_ms() < until)
			continue;
		kill(-x->child, SIGKILL);
		is_killed = true;
	}
	x->child = 0;
}

/* One run from its beginning to its end. *again: another one has to follow at once. */
static bool run_once(struct watcher *x, bool *again, struct str *why, struct err *err)
{
	int64_t end_at = 0;
	end_group(x);
	watch_run_begins(x->watch);
	if (!start(x, err))
		return false;
	while (!has_ended(x)) {
		int64_t now = now_ms();
		if (x->stop && !x->is_asked) {
			atomic_store(x->is_cut, true);
			ask_to_end(x);
		}
		if (x->is_asked && now >= x->kill_at) {
			kill(-x->child, SIGKILL);
			x->kill_at = now + GRACE_MS;
		}
		look(x);
		bool wants = !x->is_asked && watch_wants_end(x->watch, now - x->quiet_since >= WATCH_QUIET_MS, why);
		end_at = !wants ? 0 : end_at ? end_at : now + SETTLE_MS;
		if (wants && now >= end_at) {
			atomic_store(x->is_cut, true);
			ask_to_end(x);
		}
		wait_for_more(x, x->is_asked ? MIN(x->kill_at, x->next_look) : x->next_look);
	}
	if (x->told >= 0) {
		hear_inputs(x);
		close(x->told);
	}
	x->told = -1;
	activity_end(&x->activity);
	take_terminal(x);
	/* Ctrl-C went to the run alone. */
	for (size_t i = 0; i < ARRAY_LEN(ending_signals) && x->has_terminal; i++)
		if (x->status == 128 + ending_signals[i] && ending_signals[i] != SIGTERM)
			x->stop = ending_signals[i];
	bool is_cut = atomic_load(x->is_cut);
	struct str reason = STR_NONE;
	*again = watch_run_ends(x->watch, buf_str(&x->records), is_cut ? WATCH_WAS_ENDED : WATCH_ENDED, &reason) || is_cut;
	if (is_cut && !reason.p)
		reason = STR("a file changed");
	*why = reason;
	warn(x);
	return true;
}

/* Waits until there is a reason to run. */
static void wait_for_change(struct watcher *x, struct str *why)
{
	int64_t first = 0, last = 0;
	while (!x->stop) {
		int64_t now = now_ms();
		if (watch_take(x->watch)) {
			first = first ? first : now;
			watch_run_did(x->watch, ACTIVITY_NOTHING); /* nothing runs: taken note of */
			last = now;
		}
		warn(x);
		int64_t due = first ? MIN(last + SETTLE_MS, first + SETTLE_MAX_MS) : 0;
		if (due && now >= due) {
			if (watch_has_changed(x->watch, why))
				return;
			first = due = 0;
		}
		wait_for_more(x, due);
	}
}

/* --- */

static bool is_poll_wanted(const struct cli *cli)
{
	return str_eq(env_get(cli->environ, STR("RAIBID_WATCH")), STR("poll"));
}

/* The folder of the tasks file, which is not read here: it may be broken. */
static bool find_folder(struct cli *cli, struct str *out, struct err *err)
{
	AUTO_ERR ignored = { 0 };
	struct search search = { 0 };
	if (!fs_getcwd(&cli->arena, &cli->invocation_directory, err))
		return false;
	struct search_where where = { &cli->options, cli->invocation_directory, cli->environ };
	if (str_eq(cli->options.justfile, STR("-")))
		return err_set(err, ERR_USAGE, "--watch needs a tasks file that can be read again, standard input cannot");
	bool found = search_locate(&where, &cli->arena, &search, &ignored);
	*out = found && !search.is_copied ? search.working_directory : cli->invocation_directory;
	search_end(&search);
	return true;
}

static void set_up(struct watcher *x, struct str folder)
{
	sigset_t watched;
	sigemptyset(&watched);
	for (size_t i = 0; i < ARRAY_LEN(ending_signals); i++)
		sigaddset(&watched, ending_signals[i]);
	sigaddset(&watched, SIGCHLD);
	sigprocmask(SIG_BLOCK, &watched, &x->before);
#ifdef PR_SET_CHILD_SUBREAPER
	prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
	x->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	x->told = -1;
	x->says = isatty(STDERR_FILENO) && !x->cli->options.quiet;
	x->has_terminal = tcgetpgrp(STDIN_FILENO) == getpgrp() && tcgetattr(STDIN_FILENO, &x->modes) == 0;
	x->is_cut = mmap(NULL, sizeof(*x->is_cut), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	x->watch = watch_new(folder, is_poll_wanted(x->cli) ? WATCH_LOOKS : WATCH_HEARS);
}

int cmd_watch(struct cli *cli, cmd_watch_run *run)
{
	struct watcher x = { .cli = cli, .run = run };
	AUTO_ERR err = { 0 };
	struct str folder, why;
	bool again = false, ok = find_folder(cli, &folder, &err);
	if (ok)
		set_up(&x, folder);
	while (ok && !x.stop) {
		ok = run_once(&x, &again, &why, &err);
		if (!ok || x.stop)
			break;
		if (!again) {
			if (x.status)
				say(&x, "failed with status %d; waiting for a change of %.*s", x.status, STR_ARG(watch_what(x.watch)));
			else
				say(&x, "waiting for a change of %.*s", STR_ARG(watch_what(x.watch)));
			wait_for_change(&x, &why);
		}
		if (!x.stop)
			say(&x, "%.*s, running again", STR_ARG(why));
	}
	if (x.watch) {
		end_group(&x);
		watch_free(x.watch);
		buf_deinit(&x.records);
		close(x.signals);
		munmap(x.is_cut, sizeof(*x.is_cut));
		sigprocmask(SIG_SETMASK, &x.before, NULL);
	}
	if (!ok)
		fprintf(stderr, "%serror%s: %s\n", cli->stderr_color ? "\x1b[1;31m" : "", cli->stderr_color ? "\x1b[0m" : "", err.message);
	return x.stop ? 128 + x.stop : 1;
}
