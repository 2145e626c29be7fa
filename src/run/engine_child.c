/*
 * A node at work: its lines one after the other, or its script, each a child with a process group of its own, so that all that it started can be ended
 * together. Its output comes through pipes, to be kept; that of the oldest child is shown as it comes, that of the others when their turn has come.
 *
 * A line that is plain words and names a program is started without the shell: a start of sh costs more than many programs do.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"
#include "ext/jobserver.h"
#include "run/engine_internal.h"
#include "run/watched.h"

/* More output than this is shown, but not kept. Scripts are padded so that the interpreter's messages have the lines of the tasks file, but not by more lines than
 * PAD_MAX: in a file of 50,000 lines the interpreter would read newlines for longer than it works. */
enum { KEEP_MAX = 8 << 20, PAD_MAX = 1024, ARGUMENT_MAX = 64 << 10 };

/* --- environment and programs --- */

static char **environ_of(struct engine *e, const struct plan_node *n)
{
	uint32_t list = n->environ;
	struct str key = { (const char *)&list, sizeof(list) };
	char ***known = map_find(&e->environs, key);
	if (known)
		return *known;
	struct map all;
	map_init(&all, sizeof(struct str), &e->arena);
	for (char *const *v = e->host->environ; *v; v++) {
		struct str name, value;
		if (str_cut(str_c(*v), '=', &name, &value) && !map_has(&all, name))
			*(struct str *)map_put(&all, name) = str_c(*v);
	}
	struct str makeflags = job_slots_makeflags(e->opt.run->slots);
	if (makeflags.p)
		*(struct str *)map_put(&all, STR("MAKEFLAGS")) = arena_fmt(&e->arena, "MAKEFLAGS=%.*s", STR_ARG(makeflags));
	for (uint32_t i = 0; i < plan_len(&e->plan, list); i++) {
		struct str pair = arena_str(&e->arena, plan_str(&e->plan, plan_item(&e->plan, list, i))), name, value;
		bool sets = str_cut(pair, '=', &name, &value);
		*(struct str *)map_put(&all, name) = sets ? pair : STR_NONE;
	}
	char **out = arena_array(&e->arena, char *, map_len(&all) + 1);
	size_t k = 0;
	for (size_t i = 0; i < map_len(&all); i++)
		if (((struct str *)map_at(&all, i))->p)
			out[k++] = (char *)((struct str *)map_at(&all, i))->p;
	*(char ***)map_put(&e->environs, arena_str(&e->arena, key)) = out;
	return out;
}

/* The file of a program; NULL where there is none. Looked for once for each environment. */
static const char *program_of(struct engine *e, const struct plan_node *n, const char *name, char *const *environ)
{
	if (strchr(name, '/'))
		return name;
	struct arena a = { 0 };
	struct str key = arena_fmt(&a, "%u %s", n->environ, name), found;
	const char **known = map_find(&e->programs, key);
	if (!known) {
		struct str path = env_get(environ, STR("PATH"));
		bool there = proc_find(str_c(name), path.p ? path : STR("/bin:/usr/bin"), &e->arena, &found);
		known = map_put(&e->programs, arena_str(&e->arena, key));
		*known = there ? arena_cstr(&e->arena, found) : NULL;
	}
	arena_deinit(&a);
	return *known;
}

/* --- lines without a shell --- */

static bool is_shell_word(struct str word)
{
	static const char *const names[] = {
		".", ":", "[", "alias", "bg", "break", "builtin", "bind", "caller", "case", "cd", "chdir", "command", "compgen", "complete", "continue",
		"declare", "dirs", "disown", "do", "done", "echo", "elif", "else", "enable", "esac", "eval", "exec", "exit", "export", "false", "fc", "fg", "fi",
		"for", "function", "getopts", "hash", "help", "history", "if", "in", "jobs", "kill", "let", "local", "logout", "mapfile", "popd", "printf",
		"pushd", "pwd", "read", "readarray", "readonly", "return", "select", "set", "shift", "shopt", "source", "suspend", "test", "then", "time",
		"times", "trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_c(word, names[i]))
			return true;
	return false;
}

/* The words of a line that sh would only split. `cd` and the like are the shell's own, as are the words of its grammar. */
static const char **direct_words(struct engine *e, const struct plan_node *n, struct str line, char *const *environ, struct arena *a, const char **file)
{
	const struct plan *p = &e->plan;
	VEC(const char *) words = { 0 };
	struct str rest = line, word;
	if (plan_len(p, n->argv) != 2 || !str_eq(plan_str(p, plan_item(p, n->argv, 0)), STR("sh")) ||
	    !str_eq(plan_str(p, plan_item(p, n->argv, 1)), STR("-cu")) || !shell_is_plain(line))
		return NULL;
	while (str_next(&rest, ' ', &word))
		if (word.n > 0)
			vec_push_in(&words, a, arena_cstr(a, word));
	if (words.n == 0 || is_shell_word(str_c(words.p[0])) || !(*file = program_of(e, n, words.p[0], environ)) || access(*file, X_OK) != 0)
		return NULL;
	vec_push_in(&words, a, NULL);
	return words.p;
}

/* sh tells its children where they are, where the variable is there at all. */
static char *const *with_pwd(char *const *environ, const char *dir, struct arena *a)
{
	size_t n = 0, at = SIZE_MAX;
	for (; environ[n]; n++)
		if (strncmp(environ[n], "PWD=", 4) == 0)
			at = n;
	if (at == SIZE_MAX || strcmp(environ[at] + 4, dir) == 0)
		return environ;
	char **own = arena_array(a, char *, n + 1);
	memcpy(own, environ, n * sizeof(*own));
	own[at] = (char *)arena_fmt(a, "PWD=%s", dir).p;
	return own;
}

/* --- starting --- */

/* Whether a shell may get the script as its argument instead of in a file, which is made and removed for nothing: a plain sh with letters for options, and a text that
 * neither asks for its own name nor is longer than one argument may be. */
static bool fits_argument(const struct engine *e, const struct plan_node *n, struct str text)
{
	static const char *const shells[] = { "sh", "bash", "dash" };
	const struct plan *p = &e->plan;
	bool known = false;
	if (n->flags & (PLAN_LINES | PLAN_SHEBANG) || plan_len(p, n->argv) == 0 || text.n > ARGUMENT_MAX || str_contains(text, STR("$0")) ||
	    str_contains(text, STR("${0")) || str_contains(text, STR("BASH_")))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		known = known || str_eq_c(plan_str(p, plan_item(p, n->argv, 0)), shells[i]);
	for (uint32_t i = 1; known && i < plan_len(p, n->argv); i++) {
		struct str word = plan_str(p, plan_item(p, n->argv, i));
		known = word.n > 1 && word.p[0] == '-';
		for (size_t k = 1; known && k < word.n; k++)
			known = memchr("aefnuvxhmbCEPT", word.p[k], 14) != NULL;
	}
	return known;
}

/* `sh -eu -c SCRIPT NAME ARGUMENTS…`: the name is what messages begin with. */
static const char **argument_argv(const struct engine *e, const struct plan_node *n, const char *text, struct arena *a)
{
	const struct plan *p = &e->plan;
	uint32_t before = plan_len(p, n->argv), behind = plan_len(p, n->args);
	const char **argv = arena_array(a, const char *, before + behind + 4);
	size_t k = 0;
	for (uint32_t i = 0; i < before; i++)
		argv[k++] = plan_str(p, plan_item(p, n->argv, i)).p;
	argv[k++] = "-c";
	argv[k++] = text;
	argv[k++] = plan_recipe(p, n).p;
	for (uint32_t i = 0; i < behind; i++)
		argv[k++] = plan_str(p, plan_item(p, n->args, i)).p;
	return argv;
}

/* The script with the numbers of its lines. */
static void pad(const struct engine *e, const struct child *c, const struct plan_node *n, struct str text, struct buf *out)
{
	uint32_t before = plan_item(&e->plan, n->line_numbers, c->next - 1);
	for (struct str line; n->flags & PLAN_SHEBANG && str_starts(text, STR("#!")) && str_next_line(&text, &line); before -= before > 0)
		buf_addf(out, "%.*s\n", STR_ARG(line));
	buf_add_repeat(out, '\n', before <= PAD_MAX ? before : 0);
	buf_add(out, text);
}

static bool script_file(struct engine *e, struct child *c, const struct plan_node *n, struct str text, struct err *err)
{
	if (!e->script_dir.p) {
		struct str runtime = env_get(e->host->environ, STR("XDG_RUNTIME_DIR")), temp = env_get(e->host->environ, STR("TMPDIR"));
		struct str parent = e->opt.run->tempdir.p ? e->opt.run->tempdir : path_is_abs(runtime) && access(runtime.p, W_OK) == 0 ? runtime :
				    path_is_abs(temp) ? temp : STR("/tmp");
		if (!fs_mkdtemp(path_join(&e->arena, parent, STR("raibid-run-")), &e->arena, &e->script_dir, err))
			return false;
	}
	c->script = arena_fmt(&c->arena, "%.*s/%u-%.*s", STR_ARG(e->script_dir), c->node, STR_ARG(path_base(plan_recipe(&e->plan, n))));
	/* A script that is executed itself must have been closed for writing in every process: O_CLOEXEC and one thread see to that. */
	AUTO_FD fd = open(c->script.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	bool ok = fd >= 0;
	AUTO_BUF padded = { 0 };
	pad(e, c, n, text, &padded);
	for (struct str rest = buf_str(&padded); ok && rest.n > 0;) {
		ssize_t w = write(fd, rest.p, rest.n);
		ok = w >= 0;
		rest = str_slice(rest, (size_t)MAX(w, (ssize_t)0), rest.n);
	}
	return ok || err_set(err, ERR_IO, "cannot write script '%.*s': %s", STR_ARG(c->script), strerror(errno));
}

static const char **argv_of(const struct engine *e, const struct plan_node *n, const char *middle, struct arena *a)
{
	const struct plan *p = &e->plan;
	uint32_t before = plan_len(p, n->argv), behind = plan_len(p, n->args);
	const char **argv = arena_array(a, const char *, before + behind + 2);
	size_t k = 0;
	for (uint32_t i = 0; i < before; i++)
		argv[k++] = plan_str(p, plan_item(p, n->argv, i)).p;
	argv[k++] = middle;
	for (uint32_t i = 0; i < behind; i++)
		argv[k++] = plan_str(p, plan_item(p, n->args, i)).p;
	return argv;
}

static bool fail_start(const struct engine *e, const struct plan_node *n, const char *program, int code, struct arena *a, struct err *err)
{
	struct str name = plan_recipe(&e->plan, n);
	if (n->flags & PLAN_LINES)
		return err_set(err, ERR_IO, "recipe `%.*s` could not be run because %s `%s`: %.*s", STR_ARG(name), shell_fault(code), program,
			       STR_ARG(os_error(a, code)));
	return err_set(err, ERR_IO, "recipe `%.*s` with command `%s` execution error: %.*s", STR_ARG(name), program, STR_ARG(os_error(a, code)));
}

static void note(struct child *c, struct str text)
{
	buf_add(&c->echo, text);
	buf_add_char(&c->echo, '\n');
	child_show(c);
}

/* The tracer of a node that is to be watched; from its first line to its last. */
static bool start_tracer(struct engine *e, struct child *c, const struct plan_node *n, struct err *err)
{
	uint32_t count = plan_len(&e->plan, n->ignore);
	struct str *ignore = arena_array(&c->arena, struct str, count + 1);
	for (uint32_t i = 0; i < count; i++)
		ignore[i] = plan_str(&e->plan, plan_item(&e->plan, n->ignore, i));
	struct watched_options o = { .host = e->host, .directory = engine_dir(e, n, &c->arena), .ignore = ignore, .n_ignore = count };
	if (!watched_start(&o, &c->arena, &c->tracer, &c->untraced, err))
		return false;
	/* The script's text is in the key; its file and folder have other names each time. */
	if (c->tracer && e->script_dir.p)
		tracer_ignore(c->tracer, e->script_dir);
	return true;
}

static bool start_line(struct engine *e, struct child *c, struct err *err)
{
	const struct plan_node *n = &e->plan.nodes[c->node];
	struct str text = plan_str(&e->plan, plan_item(&e->plan, n->body, c->next));
	char *const *environ = environ_of(e, n);
	const char *dir = engine_dir(e, n, &c->arena).p, *file = NULL;
	if (plan_item(&e->plan, n->line_flags, c->next) & PLAN_LINE_ECHO)
		note(c, n->flags & PLAN_LINES ? text : str_trim(text));
	c->next++;
	const char **argv = NULL;
	if (fits_argument(e, n, text)) {
		AUTO_BUF padded = { 0 };
		pad(e, c, n, text, &padded);
		argv = argument_argv(e, n, buf_to_arena(&padded, &c->arena).p, &c->arena);
	} else if (!(n->flags & PLAN_LINES) && !script_file(e, c, n, text, err)) {
		return false;
	}
	if (n->flags & PLAN_LINES && (argv = direct_words(e, n, text, environ, &c->arena, &file)))
		environ = with_pwd(environ, dir, &c->arena);
	if (!argv)
		argv = argv_of(e, n, n->flags & PLAN_LINES ? text.p : c->script.p, &c->arena);
	if (!file && !(file = program_of(e, n, argv[0], environ)))
		return fail_start(e, n, argv[0], ENOENT, &c->arena, err);
	int code = 0;
	AUTO_ERR start_err = { 0 };
	struct proc_options o = { .argv = argv, .file = file, .env = (const char *const *)environ, .cwd = dir, .in = PROC_NULL, .out = PROC_PIPE,
				  .err = PROC_PIPE, .new_group = true, .start_errno = &code };
	if (n->flags & PLAN_TRACED && !c->tracer && !c->untraced.n && !start_tracer(e, c, n, err))
		return false;
	if (c->tracer ? watched_proc(c->tracer, &o, &c->proc, &start_err) : proc_start(&o, &c->proc, &start_err))
		return true;
	if (code == 0) {
		err_move(err, &start_err);
		return false;
	}
	return fail_start(e, n, argv[0], code, &c->arena, err);
}

bool child_next(struct engine *e, struct child *c, bool *started, struct err *err)
{
	const struct plan_node *n = &e->plan.nodes[c->node];
	*started = c->next < plan_len(&e->plan, n->body);
	return !*started || start_line(e, c, err);
}

/* --- ending --- */

bool child_ended(struct engine *e, struct child *c, int status, bool *over, struct run_end *end, struct err *err)
{
	const struct plan_node *n = &e->plan.nodes[c->node];
	uint32_t flags = plan_item(&e->plan, n->line_flags, c->next - 1);
	bool killed = WIFSIGNALED(status);
	int code = killed ? WTERMSIG(status) : WEXITSTATUS(status);
	struct str name = plan_recipe(&e->plan, n);
	*over = c->next == plan_len(&e->plan, n->body);
	if (status == 0 || flags & PLAN_LINE_INFALLIBLE)
		return true;
	uint32_t number = n->flags & PLAN_LINES ? plan_item(&e->plan, n->line_numbers, c->next - 1) : 0;
	if (flags & PLAN_LINE_GUARD && !killed) {
		*over = true;
		if (code == 1)
			return true;
		*end = (struct run_end){ .status = 1 };
		return err_set(err, ERR_FAILED, "guard line in recipe `%.*s` on line %u returned reserved exit code %d", STR_ARG(name), number, code);
	}
	*end = (struct run_end){ .status = killed ? 128 + code : code, .silent = n->flags & PLAN_SILENT };
	const char *place = number ? arena_fmt(&c->arena, " on line %u", number).p : "";
	return err_set(err, ERR_FAILED, killed ? "recipe `%.*s` was terminated%s by signal %d" : "recipe `%.*s` failed%s with exit code %d",
		       STR_ARG(name), place, code);
}

/* --- output --- */

static void write_all(int fd, struct str bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (n > 0)
			bytes = str_slice(bytes, (size_t)n, bytes.n);
	}
}

static void show(int fd, struct buf *b, size_t *shown)
{
	write_all(fd, str_slice(buf_str(b), *shown, b->n));
	*shown = b->n;
}

enum lines { LINES_WHOLE, LINES_ALL };

/* Each line with the child's name before it; one that has not ended yet waits, but at the end. */
static void show_lines(const struct child *c, int fd, struct buf *b, size_t *shown, enum lines which)
{
	AUTO_BUF text = { 0 };
	for (size_t end; *shown < b->n; *shown = end) {
		struct str rest = str_slice(buf_str(b), *shown, b->n);
		size_t newline = str_find_char(rest, '\n');
		if (newline == STR_NPOS && which == LINES_WHOLE)
			break;
		end = newline == STR_NPOS ? b->n : *shown + newline + 1;
		buf_add(&text, c->prefix);
		buf_add(&text, str_slice(rest, 0, end - *shown));
		if (newline == STR_NPOS)
			buf_add_char(&text, '\n');
	}
	write_all(fd, buf_str(&text));
}

static void show_streams(struct child *c, enum lines which)
{
	struct { int fd; struct buf *bytes; size_t *shown; } streams[] = {
		{ STDERR_FILENO, &c->echo, &c->shown_echo }, { STDOUT_FILENO, &c->out, &c->shown_out }, { STDERR_FILENO, &c->err, &c->shown_err },
	};
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		if (c->prefix.n)
			show_lines(c, streams[i].fd, streams[i].bytes, streams[i].shown, which);
		else
			show(streams[i].fd, streams[i].bytes, streams[i].shown);
	}
}

void child_show(struct child *c)
{
	if (c->is_front)
		show_streams(c, LINES_WHOLE);
}

void child_show_rest(struct engine *e, struct child *c)
{
	bool is_group = !c->is_front && observe_has_groups(e->opt.observe) && c->echo.n + c->out.n + c->err.n > 0;
	AUTO_BUF begin = { 0 };
	AUTO_BUF end = { 0 };
	if (is_group) {
		observe_group_begin(e->opt.observe, c->node, plan_shown(&e->plan, &e->plan.nodes[c->node]), &begin);
		observe_group_end(e->opt.observe, c->node, &end);
	}
	write_all(STDERR_FILENO, buf_str(&begin));
	show_streams(c, LINES_ALL);
	write_all(STDERR_FILENO, buf_str(&end));
}

void child_read(struct child *c, bool is_err)
{
	int *fd = is_err ? &c->proc.err : &c->proc.out;
	struct buf *b = is_err ? &c->err : &c->out;
	char *to = buf_reserve(b, 65536);
	ssize_t n = read(*fd, to, 65536);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		close(*fd);
		*fd = -1;
		return;
	}
	b->n += (size_t)n;
	child_show(c);
	if (b->n <= KEEP_MAX)
		return;
	/* Too much to keep: it is shown now, whoever's turn it is. */
	c->cut = true;
	if (c->prefix.n)
		show_lines(c, is_err ? STDERR_FILENO : STDOUT_FILENO, b, is_err ? &c->shown_err : &c->shown_out, LINES_ALL);
	else
		show(is_err ? STDERR_FILENO : STDOUT_FILENO, b, is_err ? &c->shown_err : &c->shown_out);
	buf_clear(b);
	*(is_err ? &c->shown_err : &c->shown_out) = 0;
}

void child_drain(struct child *c)
{
	for (int i = 0; i < 2; i++) {
		int *fd = i ? &c->proc.err : &c->proc.out, waiting = 0;
		while (*fd >= 0 && ioctl(*fd, FIONREAD, &waiting) == 0 && waiting > 0)
			child_read(c, i == 1);
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
}

void child_free(struct child *c)
{
	if (!c)
		return;
	proc_close(&c->proc);
	if (c->tracer) { /* it failed: what it had read until then is not told */
		struct traced ignored;
		tracer_end(c->tracer, &c->arena, &ignored);
	}
	if (c->script.p)
		unlink(c->script.p);
	if (c->lock_fd >= 0)
		close(c->lock_fd);
	buf_deinit(&c->out);
	buf_deinit(&c->err);
	buf_deinit(&c->echo);
	arena_deinit(&c->arena);
	free(c);
}
