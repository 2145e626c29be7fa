/* Commands of other programs, which print and keep nothing, run at once; every other step has a session. */
#include "cli/cmd_step.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "cli/report.h"
#include "ext/jobserver.h"
#include "run/inputs.h"
#include "run/observe.h"
#include "step/jsonnet.h"
#include "step/template.h"
#include "step/tk.h"

/* A sanitizer wants everything given back. */
#ifdef __SANITIZE_ADDRESS__
#define ENDS_AT_ONCE false
#else
#define ENDS_AT_ONCE true
#endif

/* A signal handler can reach nothing else. */
static atomic_bool cancel;
static atomic_int cancelled_by;
static struct job_slots *_Atomic slots_held;

static void on_signal(int signal)
{
	atomic_store(&cancelled_by, signal);
	/* The second one ends the program at once: whoever presses Ctrl-C twice means it. */
	if (atomic_exchange(&cancel, true)) {
		job_slots_put_back_now(atomic_load(&slots_held));
		struct sigaction dfl = { .sa_handler = SIG_DFL };
		sigaction(signal, &dfl, NULL);
		raise(signal);
	}
}

/* Where lines can be taken back: progress is drawn in place. */
static bool is_live_terminal(char *const *environ)
{
	return isatty(STDERR_FILENO) && !str_eq(env_get(environ, STR("TERM")), STR("dumb"));
}

static int terminal_columns(void)
{
	struct winsize w;
	return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

int cmd_step_exit_code(enum err_kind kind)
{
	int signal = atomic_load(&cancelled_by);
	return kind == ERR_CANCELLED && signal ? 128 + signal : step_exit_code(kind);
}

static void print_err(const struct err *err, bool color)
{
	AUTO_BUF text = { 0 };
	report_err(err, &(struct report_style){ .color = color }, &text);
	fflush(stdout);
	fwrite(text.p, 1, text.n, stderr);
}

void cmd_step_print_err(const struct err *err, const struct cmd_step_options *options)
{
	if (options->is_cut && atomic_load(options->is_cut))
		return;
	print_err(err, options->color);
	observe_error(options->observe, err);
}

static void report_other(void *ctx, const struct err *err)
{
	(void)ctx;
	print_err(err, false);
}

bool cmd_step_session(const struct cmd_step_options *o, struct step_session **out, struct err *err)
{
	struct arena a = { 0 };
	struct sigaction action = { .sa_handler = on_signal };
	struct step_session_options s = {
		.root = o->root,
		.inputs = o->inputs,
		.slots = o->slots,
		.environ = o->environ,
		.out = { .fd_out = STDOUT_FILENO, .fd_err = STDERR_FILENO, .terminal = is_live_terminal(o->environ), .color = o->color,
			 .verbose = o->verbose, .quiet = o->quiet, .columns = terminal_columns(), .observe = o->observe, .mode = o->output },
		.jobs = o->jobs,
		.force = o->force,
		.no_cache = o->no_cache,
		.why = o->why,
		.cancel = &cancel,
		.report = report_other,
	};
	struct str cwd;
	bool ok = fs_getcwd(&a, &cwd, err);
	if (ok) {
		if (!s.root.n)
			s.root = step_find_root(&a, cwd);
		atomic_store(&slots_held, o->slots);
		sigaction(SIGINT, &action, NULL);
		sigaction(SIGTERM, &action, NULL);
		*out = step_session_new(&s);
	}
	arena_deinit(&a);
	return ok;
}

/* All pieces, with as few calls as possible. */
static bool write_pieces(int fd, const struct str *pieces, size_t n)
{
	enum { AT_ONCE = 256 };
	struct iovec io[AT_ONCE];
	size_t i = 0, skip = 0; /* of piece i */
	while (i < n) {
		int count = 0;
		for (size_t k = i; k < n && count < AT_ONCE; k++, count++)
			io[count] = (struct iovec){ (char *)(uintptr_t)pieces[k].p + (k == i ? skip : 0), pieces[k].n - (k == i ? skip : 0) };
		ssize_t done = writev(fd, io, count);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		for (skip += (size_t)done; i < n && skip >= pieces[i].n; i++)
			skip -= pieces[i].n;
	}
	return true;
}

static int print_result(void *ctx, int status, struct str log, const struct str *pieces, size_t n)
{
	(void)ctx;
	if (log.n)
		fwrite(log.p, 1, log.n, stderr);
	if (write_pieces(STDOUT_FILENO, pieces, n))
		return status;
	/* Whoever reads has enough: helm and tk are ended by the signal then, and say nothing. */
	if (errno == EPIPE)
		return 128 + SIGPIPE;
	fprintf(stderr, "error: cannot write the output: %s\n", strerror(errno));
	return STEP_FAILED;
}

static int run_template(const struct cmd_step_options *o, const step_words *words)
{
	struct template_env env = { .path = env_get(o->environ, STR("PATH")), .ns = env_get(o->environ, STR("HELM_NAMESPACE")),
				    .environ = o->environ, .is_last = ENDS_AT_ONCE };
	return template_command(words, &env, print_result, NULL);
}

/* A question that tk asks, and the line that answers it. */
static bool ask(void *ctx, struct str question, struct str *answer, struct arena *a)
{
	AUTO_BUF line = { 0 };
	int c;
	(void)ctx;
	fwrite(question.p, 1, question.n, stdout);
	fflush(stdout);
	while ((c = getchar()) != EOF && c != '\n')
		buf_add_char(&line, (char)c);
	*answer = buf_to_arena(&line, a);
	return true;
}

static int run_tk(const struct cmd_step_options *o, tk_command *command, const step_words *words)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	AUTO_BUF out = { 0 };
	AUTO_BUF log = { 0 };
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct tk_env env = { .environ = o->environ, .jobs = o->jobs ? o->jobs : (int)MAX(processors, 1), .ask = ask };
	int code = STEP_FAILED;
	if (fs_getcwd(&a, &env.cwd, &err)) {
		code = command(words, &env, &out, &log);
		struct str piece = buf_str(&out);
		code = print_result(NULL, code, buf_str(&log), &piece, 1);
	} else {
		cmd_step_print_err(&err, o);
	}
	arena_deinit(&a);
	return code;
}

static int run_show(const struct cmd_step_options *o, const step_words *words)
{
	return run_tk(o, tk_show, words);
}

static int run_eval(const struct cmd_step_options *o, const step_words *words)
{
	return run_tk(o, tk_eval, words);
}

static int run_export(const struct cmd_step_options *o, const step_words *words)
{
	return run_tk(o, tk_export, words);
}

static int run_env(const struct cmd_step_options *o, const step_words *words)
{
	return run_tk(o, tk_env_command, words);
}

/* Runs words, or a script where there are none. */
static int run(const struct cmd_step_options *o, const step_words *words, const struct step_script *script, struct str cwd)
{
	AUTO_ERR err = { 0 };
	struct step_session *session;
	enum step_status status = STEP_OK;
	bool ok = cmd_step_session(o, &session, &err);
	if (ok) {
		ok = words ? step_session_words(session, words, cwd, &status, &err) : step_session_script(session, script, &status, &err);
		step_session_free(session);
	}
	if (ok)
		return (int)status;
	cmd_step_print_err(&err, o);
	return cmd_step_exit_code(err.kind);
}

/* `NAME --help` is `help NAME`. */
static void turn_help(step_words *words)
{
	if (words->n != 2 || !(str_eq(words->p[1], STR("--help")) || str_eq(words->p[1], STR("-h"))))
		return;
	words->p[1] = words->p[0];
	words->p[0] = STR("help");
}

static int run_jsonnet(const struct cmd_step_options *o, const step_words *words)
{
	struct jsonnet_env env = { .environ = o->environ };
	return jsonnet_command(words, &env, print_result, NULL);
}

/* Commands of other programs that print and keep nothing. */
static const struct rootless {
	struct str name;
	int (*run)(const struct cmd_step_options *o, const step_words *words);
} rootless[] = {
	{ STR_INIT("template"), run_template }, { STR_INIT("jsonnet"), run_jsonnet }, { STR_INIT("show"), run_show },
	{ STR_INIT("eval"), run_eval },		{ STR_INIT("export"), run_export },   { STR_INIT("env"), run_env },
};

static const struct rootless *find_rootless(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(rootless); i++)
		if (str_eq(name, rootless[i].name))
			return &rootless[i];
	return NULL;
}

bool cmd_step_is_rootless(struct str name)
{
	return find_rootless(name);
}

int cmd_step(const struct cmd_step_options *o, int argc, char **argv)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	step_words words = { 0 };
	struct str cwd;
	int code = STEP_FAILED;
	for (int i = 0; i < argc; i++)
		vec_push_in(&words, &a, str_c(argv[i]));
	if (words.n == 0)
		vec_push_in(&words, &a, STR("help"));
	turn_help(&words);
	step_words args = { .p = words.p + 1, .n = words.n - 1, .cap = words.n - 1 };
	const struct rootless *at_once = find_rootless(words.p[0]);
	if (at_once) {
		inputs_unknown(o->inputs);
		code = at_once->run(o, &args);
	} else if (!fs_getcwd(&a, &cwd, &err)) {
		cmd_step_print_err(&err, o);
	} else {
		code = run(o, &words, NULL, cwd);
	}
	arena_deinit(&a);
	return code;
}

int cmd_steps(const struct cmd_step_options *o, const char *file)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct step_script script = { .file = str_c(file), .line = 1 };
	int code = STEP_FAILED;
	if (fs_read(script.file, 0, &a, &script.text, &err) && fs_getcwd(&a, &script.cwd, &err)) {
		/* just hands over a script with its interpreter line, when it is a shebang recipe. */
		if (str_starts(script.text, STR("#!"))) {
			size_t end = str_find_char(script.text, '\n');
			script.text = str_slice(script.text, end, script.text.n);
		}
		code = run(o, NULL, &script, script.cwd);
	} else {
		cmd_step_print_err(&err, o);
	}
	arena_deinit(&a);
	return code;
}
