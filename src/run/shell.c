/*
 * shell.c: see shell.h.
 *
 * Signals need no handler and so no global: the fatal ones and SIGCHLD are blocked, and sigwaitinfo takes whichever comes first. What is
 * blocked stays pending until then, so nothing is lost between a check and a wait. Children start with an empty mask and default actions
 * (ext/proc). Where a pipe has to be read besides, a signalfd is polled with it.
 *
 * An environment is the program's own, under it the module's environment files, then the exports from the outermost module inward, then what
 * the caller adds. It is made once a body, not once a line.
 */
#include "run/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/utf8.h"
#include "ext/jobserver.h"
#include "ext/proc.h"
#include "run/dotenv.h"
#include "run/inputs.h"

struct shells {
	struct shells_options options;
	struct arena arena;
	struct map base;         /* the program's environment: struct str, by name */
	struct dotenv *dotenv;   /* by module index */
	sigset_t fatal;          /* the fatal signals */
	sigset_t watched;        /* and SIGCHLD */
	int signal;              /* came while a child ran */
	char *const *started;    /* the environment in which the shell was last found */
	bool is_loading;         /* a dotenv command runs: its status becomes the program's */
	bool is_exposed;         /* that of the child last started */
	int failed_status;       /* of the last command of an expression that failed */
};

static const int fatal_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

const char *signal_name(int signal)
{
	static const struct { int signal; const char *name; } names[] = {
		{ SIGHUP, "SIGHUP" }, { SIGINT, "SIGINT" }, { SIGQUIT, "SIGQUIT" }, { SIGTERM, "SIGTERM" }, { SIGKILL, "SIGKILL" },
		{ SIGABRT, "SIGABRT" }, { SIGALRM, "SIGALRM" }, { SIGBUS, "SIGBUS" }, { SIGFPE, "SIGFPE" }, { SIGILL, "SIGILL" },
		{ SIGPIPE, "SIGPIPE" }, { SIGSEGV, "SIGSEGV" }, { SIGTRAP, "SIGTRAP" }, { SIGUSR1, "SIGUSR1" }, { SIGUSR2, "SIGUSR2" },
		{ SIGSYS, "SIGSYS" }, { SIGXCPU, "SIGXCPU" }, { SIGXFSZ, "SIGXFSZ" }, { SIGVTALRM, "SIGVTALRM" }, { SIGPROF, "SIGPROF" },
		{ SIGIO, "SIGIO" }, { SIGPWR, "SIGPWR" }, { SIGSTKFLT, "SIGSTKFLT" },
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].signal == signal)
			return names[i].name;
	}
	return "";
}

static const char nul_mark[] = "";

const char *shell_word(struct str word, struct arena *a)
{
	return str_find_char(word, '\0') == STR_NPOS ? arena_cstr(a, word) : nul_mark;
}

bool shell_is_plain(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!word && !memchr(" _./,:+@%-", c, 10))
			return false;
	}
	return true;
}

static bool has_nul(const char *const *words)
{
	while (*words && *words != nul_mark)
		words++;
	return *words != NULL;
}

struct str os_error(struct arena *a, int code)
{
	if (code == SHELL_NUL)
		return STR("nul byte found in provided data");
	return arena_fmt(a, "%s (os error %d)", strerror(code), code);
}

const char *shell_fault(int code)
{
	return code == ENOENT                     ? "just could not find the shell"
	       : code == EACCES || code == EPERM ? "just could not run the shell"
						 : "of an IO error while launching the shell";
}

struct shells *shells_new(const struct shells_options *options)
{
	struct shells *s = xcalloc(1, sizeof(*s));
	s->options = *options;
	map_init(&s->base, sizeof(struct str), &s->arena);
	for (size_t i = 0; options->environ[i]; i++) {
		struct str name, value;
		if (str_cut(str_c(options->environ[i]), '=', &name, &value) && !map_has(&s->base, name))
			*(struct str *)map_put(&s->base, name) = value;
	}
	s->dotenv = arena_array(&s->arena, struct dotenv, options->tree->n_modules + 1);
	sigemptyset(&s->fatal);
	for (size_t i = 0; i < ARRAY_LEN(fatal_signals); i++)
		sigaddset(&s->fatal, fatal_signals[i]);
	s->watched = s->fatal;
	sigaddset(&s->watched, SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &s->watched, NULL);
	return s;
}

void shells_free(struct shells *s)
{
	if (!s)
		return;
	sigprocmask(SIG_UNBLOCK, &s->watched, NULL);
	arena_deinit(&s->arena);
	free(s);
}

/* ---- environments ---- */

static bool base_lookup(void *ctx, struct str name, struct str *out)
{
	struct shells *s = ctx;
	const struct str *found = map_find(&s->base, name);
	if (found)
		*out = *found;
	return found != NULL;
}

bool shells_module_env(void *ctx, const struct lang_module *module, struct str name, struct str *out)
{
	struct shells *s = ctx;
	const struct str *found = map_find(&s->dotenv[module->index].values, name);
	if (found) {
		*out = *found;
		return true;
	}
	return base_lookup(s, name, out);
}

static void dotenv_looked(void *ctx, struct str path)
{
	const struct shells_options *o = &((struct shells *)ctx)->options;
	inputs_file(o->inputs, path);
	if (o->looked)
		o->looked(o->told_ctx, path);
}

static bool dotenv_lookup(void *ctx, struct str name, struct str *out)
{
	const struct shells_options *o = &((struct shells *)ctx)->options;
	if (o->asked)
		o->asked(o->told_ctx, name);
	return base_lookup(ctx, name, out);
}

/* Runs a dotenv command in the module's shell. It gets no name, and of the environment only what just itself was given. */
static bool dotenv_run(void *ctx, const struct lang_module *module, struct str command, struct arena *a, struct str *out, struct err *err)
{
	struct lang_command c = { .text = command, .is_shell_call = true, .module = module };
	struct shells *s = ctx;
	s->is_loading = true;
	bool ok = shells_backtick(s, &c, a, out, err);
	s->is_loading = false;
	struct str fault = ok ? utf8_fault(*out, a) : STR_NONE;
	return ok && (!fault.p || err_set(err, ERR_FAILED, "could not convert process stdout to UTF-8: %.*s", STR_ARG(fault)));
}

static bool load_module(struct shells *s, const struct lang_module *module, struct err *err)
{
	const struct shells_options *o = &s->options;
	struct dotenv_source source = {
		.module = module,
		.directory = module->working_directory, /* whatever the setting says */
		.is_dry_run = o->dry_run,
		.filenames = o->dotenv_filenames, .n_filenames = o->n_dotenv_filenames,
		.paths = o->dotenv_paths, .n_paths = o->n_dotenv_paths,
		.commands = o->dotenv_commands, .n_commands = o->n_dotenv_commands,
		.parent = module->parent ? &s->dotenv[module->parent->index] : NULL,
		.looked = dotenv_looked, .lookup = dotenv_lookup, .run = dotenv_run, .ctx = s,
	};
	if (!dotenv_load(&source, &s->arena, &s->dotenv[module->index], err))
		return false;
	for (size_t i = 0; i < map_len(&module->modules); i++) {
		if (!load_module(s, *(struct lang_module **)map_at(&module->modules, i), err))
			return false;
	}
	return true;
}

bool shells_load_dotenv(struct shells *s, struct err *err)
{
	return s->options.no_dotenv || load_module(s, s->options.tree->root, err);
}

/* Names in order with their values; a value without pointer is a removed name. */
struct environment {
	struct map values;
	struct arena *arena;
};

static void set_value(void *ctx, struct str name, struct str value)
{
	struct environment *e = ctx;
	if (name.n == 0)
		return;
	*(struct str *)map_put(&e->values, name) = value.p ? value : STR("");
}

static void unexport(struct environment *e, const struct lang_module *module)
{
	for (size_t i = 0; i < module->unexports.n; i++) {
		struct str *value = map_find(&e->values, module->unexports.p[i]);
		if (value)
			*value = STR_NONE;
	}
}

char **shells_environ(struct shells *s, const struct lang_module *module, const struct lang_scope *scope,
		      const struct shell_pair *extra, size_t n_extra, struct arena *a)
{
	struct environment e = { .arena = a };
	map_init(&e.values, sizeof(struct str), a);
	for (size_t i = 0; i < map_len(&s->base); i++)
		set_value(&e, map_key(&s->base, i), *(struct str *)map_at(&s->base, i));
	if (job_slots_makeflags(s->options.slots).p)
		set_value(&e, STR("MAKEFLAGS"), job_slots_makeflags(s->options.slots));
	const struct map *dotenv = &s->dotenv[module->index].values;
	for (size_t i = 0; i < map_len(dotenv) && !s->is_loading; i++)
		set_value(&e, map_key(dotenv, i), *(struct str *)map_at(dotenv, i));
	if (!s->is_loading)
		unexport(&e, module);
	if (scope)
		lang_scope_exports(scope, set_value, &e);
	for (size_t i = 0; i < n_extra; i++)
		set_value(&e, extra[i].name, extra[i].value);
	char **out = arena_array(a, char *, map_len(&e.values) + 1);
	size_t n = 0;
	for (size_t i = 0; i < map_len(&e.values); i++) {
		struct str name = map_key(&e.values, i), value = *(struct str *)map_at(&e.values, i);
		if (value.p)
			out[n++] = str_find_char(name, '\0') == STR_NPOS && str_find_char(value, '\0') == STR_NPOS
					   ? (char *)arena_fmt(a, "%.*s=%.*s", STR_ARG(name), STR_ARG(value)).p
					   : (char *)nul_mark;
	}
	return out;
}

struct overlay {
	shells_visit *visit;
	void *ctx;
};

static void visit_export(void *ctx, struct str name, struct str value)
{
	struct overlay *o = ctx;
	o->visit(o->ctx, name, value.p ? value : STR(""));
}

void shells_overlay(struct shells *s, const struct lang_module *module, const struct lang_scope *scope, shells_visit *visit, void *ctx)
{
	struct overlay o = { visit, ctx };
	const struct map *dotenv = &s->dotenv[module->index].values;
	for (size_t i = 0; i < map_len(dotenv); i++)
		visit_export(&o, map_key(dotenv, i), *(struct str *)map_at(dotenv, i));
	for (size_t i = 0; i < module->unexports.n; i++)
		visit(ctx, module->unexports.p[i], STR_NONE);
	lang_scope_exports(scope, visit_export, &o);
}

/* ---- shells and folders ---- */

struct shell_words shells_words(const struct shells *s, const struct lang_module *module)
{
	static const struct str plain[] = { STR_INIT("sh"), STR_INIT("-cu") };
	const struct shells_options *o = &s->options;
	const struct lang_setting *setting = &module->settings.p[LANG_SET_SHELL];
	if (!o->shell.p && !o->shell_args_given) {
		if (setting->is_set && setting->n_items > 0)
			return (struct shell_words){ setting->items, setting->n_items };
		return (struct shell_words){ plain, ARRAY_LEN(plain) };
	}
	size_t n = o->shell_args_given ? o->n_shell_args : 1;
	struct str *words = arena_array((struct arena *)&s->arena, struct str, n + 1);
	words[0] = o->shell.p ? o->shell : plain[0];
	for (size_t i = 0; i < n; i++)
		words[i + 1] = o->shell_args_given ? o->shell_args[i] : plain[1];
	return (struct shell_words){ words, n + 1 };
}

struct str shells_directory(const struct shells *s, const struct lang_module *module, struct arena *a)
{
	(void)s;
	struct str setting = lang_setting_str(module, LANG_SET_WORKING_DIRECTORY);
	return setting.p ? path_in(a, module->working_directory, setting) : module->working_directory;
}

/* ---- children ---- */

/* Ends the program at once. */
static _Noreturn void leave(const struct shells *s, int signal)
{
	job_slots_put_back_now(s->options.slots);
	_exit(128 + signal);
}

/* A fatal signal that waits while no child runs ends the program, as a handler would have. */
static void obey_pending(struct shells *s)
{
	struct timespec none = { 0, 0 };
	int signal = sigtimedwait(&s->fatal, NULL, &none);
	if (signal > 0)
		leave(s, signal);
}

/* The file that a command's first word stands for, searched in its own PATH; errno where there is none. */
static int find_program(const struct shell_child *child, struct arena *a, const char **out)
{
	const char *name = child->argv[0], *path = NULL;
	*out = name;
	if (strchr(name, '/'))
		return 0;
	for (size_t i = 0; child->environ[i] && !path; i++) {
		if (strncmp(child->environ[i], "PATH=", 5) == 0)
			path = child->environ[i] + 5;
	}
	struct str rest = str_c(path ? path : "/bin:/usr/bin"), folder;
	int found = ENOENT;
	while (name[0] && rest.p) {
		bool more = str_cut(rest, ':', &folder, &rest);
		const char *file = folder.n ? arena_fmt(a, "%.*s/%s", STR_ARG(folder), name).p : name;
		struct stat st;
		if (stat(file, &st) == 0 && S_ISREG(st.st_mode)) {
			*out = file;
			if (access(file, X_OK) == 0)
				return 0;
			found = EACCES;
		}
		if (!more)
			break;
	}
	return found;
}

static int start(struct shells *s, const struct shell_child *child, enum proc_stream in, enum proc_stream out, struct proc *proc)
{
	obey_pending(s);
	s->is_exposed = child->is_exposed;
	if (has_nul(child->argv) || has_nul((const char *const *)child->environ) || child->directory == nul_mark)
		return SHELL_NUL;
	struct arena a = { 0 };
	const char *file;
	int code = find_program(child, &a, &file);
	if (code == 0) {
		struct proc_options options = { .argv = child->argv, .file = file, .env = (const char *const *)child->environ,
		                                .cwd = child->directory, .in = in, .out = out, .start_errno = &code,
		                                .err = child->is_quiet ? PROC_NULL : PROC_INHERIT };
		AUTO_ERR err = { 0 };
		if (proc_start(&options, proc, &err))
			code = 0;
	}
	arena_deinit(&a);
	return code;
}

int shells_start(struct shells *s, const struct shell_child *child, pid_t *pid)
{
	struct proc proc;
	int code = start(s, child, PROC_INHERIT, child->is_quiet ? PROC_NULL : PROC_INHERIT, &proc);
	if (code == 0)
		*pid = proc.pid;
	return code;
}

bool shells_can_start(struct shells *s, const struct shell_child *child)
{
	obey_pending(s);
	if (has_nul(child->argv) || (child->directory && (child->directory == nul_mark || access(child->directory, X_OK) != 0)))
		return false;
	if (s->started == child->environ)
		return true;
	struct arena a = { 0 };
	const char *file;
	bool found = !has_nul((const char *const *)child->environ) && find_program(child, &a, &file) == 0;
	arena_deinit(&a);
	s->started = found ? child->environ : NULL;
	return found;
}

/* Remembers a fatal signal that came while the children ran, the first of several, and passes TERM on. */
static void take_signal(struct shells *s, int signal, const pid_t *pids, size_t n)
{
	if (s->is_exposed)
		leave(s, signal);
	s->signal = s->signal ? s->signal : signal;
	for (size_t i = 0; signal == SIGTERM && !s->options.is_group && i < n; i++)
		kill(pids[i], SIGTERM);
}

static bool any_ended(const pid_t *pids, size_t n, size_t *which, int *status)
{
	for (size_t i = 0; i < n; i++) {
		if (waitpid(pids[i], status, WNOHANG) == pids[i]) {
			*which = i;
			return true;
		}
	}
	return false;
}

void shells_wait(struct shells *s, const pid_t *pids, size_t n, size_t *which, int *status)
{
	while (!any_ended(pids, n, which, status)) {
		int signal = sigwaitinfo(&s->watched, NULL);
		if (signal > 0 && signal != SIGCHLD)
			take_signal(s, signal, pids, n);
	}
}

bool shells_wait_or(struct shells *s, int fd, const pid_t *pids, size_t n, size_t *which, int *status)
{
	AUTO_FD signals = signalfd(-1, &s->watched, SFD_CLOEXEC | SFD_NONBLOCK);
	while (!any_ended(pids, n, which, status)) {
		struct pollfd polled[] = { { .fd = fd, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
		struct signalfd_siginfo info;
		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			return false;
		while (read(signals, &info, sizeof(info)) == sizeof(info))
			if (info.ssi_signo != SIGCHLD)
				take_signal(s, (int)info.ssi_signo, pids, n);
		if (polled[0].revents)
			return any_ended(pids, n, which, status);
	}
	return true;
}

int shells_signal(const struct shells *s)
{
	struct timespec none = { 0, 0 };
	struct shells *own = (struct shells *)s;
	int signal = sigtimedwait(&s->fatal, NULL, &none);
	if (signal > 0 && !s->signal)
		own->signal = signal;
	return own->signal;
}

void shells_forget_signal(struct shells *s)
{
	struct timespec none = { 0, 0 };
	while (sigtimedwait(&s->fatal, NULL, &none) > 0)
		;
	s->signal = 0;
}

/* Polls `fd` for `events` besides the signals; true when it is ready. */
static bool wait_fd(struct shells *s, int signals, int fd, short events, const pid_t *child)
{
	for (;;) {
		struct pollfd polled[] = { { .fd = fd, .events = events }, { .fd = signals, .events = POLLIN } };
		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			return true;
		struct signalfd_siginfo info;
		if (polled[1].revents & POLLIN && read(signals, &info, sizeof(info)) == sizeof(info)) {
			if (!child)
				leave(s, (int)info.ssi_signo);
			take_signal(s, (int)info.ssi_signo, child, 1);
		}
		if (polled[0].revents)
			return true;
	}
}

/* Feeds `input` to the child; a reader that is gone is fine. */
static void feed(struct shells *s, int signals, struct proc *proc, struct str input)
{
	sigset_t pipe_signal, before;
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	while (input.n > 0 && wait_fd(s, signals, proc->in, POLLOUT, &proc->pid)) {
		ssize_t n = write(proc->in, input.p, MIN(input.n, (size_t)4096));
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			break;
		if (n > 0)
			input = str_slice(input, (size_t)n, input.n);
	}
	struct timespec none = { 0, 0 };
	sigtimedwait(&pipe_signal, NULL, &none);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(proc->in);
	proc->in = -1;
}

int shells_capture(struct shells *s, const struct shell_child *child, const struct str *input, struct buf *out, int *status)
{
	struct proc proc;
	int code = start(s, child, input ? PROC_PIPE : PROC_INHERIT, PROC_PIPE, &proc);
	if (code != 0)
		return code;
	AUTO_FD signals = signalfd(-1, &s->fatal, SFD_CLOEXEC | SFD_NONBLOCK);
	if (input)
		feed(s, signals, &proc, *input);
	for (;;) {
		wait_fd(s, signals, proc.out, POLLIN, &proc.pid);
		char *to = buf_reserve(out, 16384);
		ssize_t n = read(proc.out, to, 16384);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			break;
		out->n += (size_t)n;
	}
	size_t which;
	shells_wait(s, &proc.pid, 1, &which, status);
	proc.pid = 0;
	proc_close(&proc);
	return 0;
}

bool shells_read_line(struct shells *s, struct buf *out)
{
	AUTO_FD signals = signalfd(-1, &s->fatal, SFD_CLOEXEC | SFD_NONBLOCK);
	for (;;) {
		char c;
		wait_fd(s, signals, STDIN_FILENO, POLLIN, NULL);
		ssize_t n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return out->n > 0;
		if (c == '\n')
			return true;
		buf_add_char(out, c);
	}
}

/* ---- backticks ---- */

static const char *const *backtick_argv(struct shells *s, const struct lang_command *c, struct arena *a)
{
	struct shell_words shell = shells_words(s, c->module);
	const char **argv = arena_array(a, const char *, shell.n + c->n_args + 3);
	size_t n = 0;
	for (size_t i = 0; i < shell.n; i++)
		argv[n++] = shell_word(shell.p[i], a);
	argv[n++] = shell_word(c->text, a);
	if (c->is_shell_call && !s->is_loading) {
		argv[n++] = shell_word(c->text, a);
		for (size_t i = 0; i < c->n_args; i++)
			argv[n++] = shell_word(c->args[i], a);
	}
	return argv;
}

/* The words differ between a backtick and a call of shell(). */
static bool fail_start(const struct lang_command *c, int code, struct arena *a, struct err *err)
{
	struct str why = os_error(a, code);
	if (c->is_shell_call)
		return err_set(err, ERR_IO, "could not execute process: %.*s", STR_ARG(why));
	return err_set(err, ERR_IO, "could not be run because %s:\n%.*s", shell_fault(code), STR_ARG(why));
}

static bool fail_end(struct shells *s, const struct lang_command *c, int status, struct err *err)
{
	bool killed = WIFSIGNALED(status);
	int code = killed ? WTERMSIG(status) : WEXITSTATUS(status);
	s->failed_status = c->is_shell_call && !s->is_loading ? 1 : killed ? 128 + code : code;
	if (c->is_shell_call)
		return err_set(err, ERR_FAILED, killed ? "process terminated by signal %d" : "process exited with status code %d", code);
	return err_set(err, ERR_FAILED, killed ? "was terminated by signal %d" : "failed with exit code %d", code);
}

/* The command ended well, but meanwhile a fatal signal came. */
static bool fail_signal(struct shells *s, const struct lang_command *c, struct err *err)
{
	s->failed_status = c->is_shell_call ? 1 : 128 + s->signal;
	return err_set(err, ERR_CANCELLED, "%s but `just` was interrupted by signal %s", c->is_shell_call ? "process succeeded" : "succeeded",
	               signal_name(s->signal));
}

bool shells_backtick(void *ctx, const struct lang_command *c, struct arena *a, struct str *out, struct err *err)
{
	struct shells *s = ctx;
	inputs_unknown(s->options.inputs);
	struct shell_child child = {
		.argv = backtick_argv(s, c, a),
		.environ = shells_environ(s, c->module, c->scope, NULL, 0, a),
		.directory = arena_cstr(a, s->is_loading ? c->module->working_directory : shells_directory(s, c->module, a)),
		.is_quiet = s->options.quiet,
	};
	AUTO_BUF text = { 0 };
	struct str known;
	int status = 0, code = 0;
	if (s->options.answer && s->options.answer(s->options.told_ctx, &child, &known))
		buf_add(&text, known);
	else
		code = shells_capture(s, &child, NULL, &text, &status);
	if (code != 0)
		return fail_start(c, code, a, err);
	if (status != 0)
		return fail_end(s, c, status, err);
	/* What is not UTF-8 is told of first, by those who read it. */
	if (shells_signal(s) && utf8_valid(buf_str(&text)))
		return fail_signal(s, c, err);
	*out = buf_to_arena(&text, a);
	if (s->options.ran)
		s->options.ran(s->options.told_ctx, &child, *out);
	return true;
}

int shells_failed_status(const struct shells *s)
{
	return s->failed_status;
}
