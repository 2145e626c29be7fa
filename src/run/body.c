/*
 * body.c: see body.h.
 *
 * Three commands that every sh has built in and that leave no trace but their status or a line of output (true, false, :, echo of plain words) are done
 * here instead of in a new shell: what a user can see is the same, and a start of sh costs more than all else that a line does. Any
 * character that the shell could take for syntax, and any failure to write, sends the line to the shell.
 *
 * Script bodies are padded with empty lines so that the interpreter's messages have the line numbers of the tasks file.
 */
#include "run/body.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "lang/strftime.h"

static bool fail(struct body *b, int status, struct err *err)
{
	(void)err;
	b->end.status = status;
	return false;
}

/* ---- what the user sees ---- */

static void say(struct str before, const char *style, struct str text, struct str after)
{
	AUTO_BUF line = { 0 };
	buf_add(&line, before);
	if (style)
		buf_addf(&line, "\x1b[%sm", style);
	buf_add(&line, text);
	if (style)
		buf_add_c(&line, "\x1b[0m");
	buf_add(&line, after);
	for (struct str rest = buf_str(&line); rest.n > 0;) {
		ssize_t n = write(STDERR_FILENO, rest.p, rest.n);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			rest = str_slice(rest, (size_t)n, rest.n);
	}
}

void run_say(const struct run_options *options, const char *style, struct str text)
{
	say(STR(""), options->color ? style : NULL, text, STR("\n"));
}

/* Style of an echoed line. */
static const char *echo_style(const struct body *b)
{
	if (!b->options->color || !b->options->highlight)
		return NULL;
	return b->options->command_color ? arena_fmt(b->arena, "1;%s", b->options->command_color).p : "1";
}

static bool echo_timestamp(struct body *b, struct err *err)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	AUTO_BUF text = { 0 };
	enum strftime_result result = lang_strftime(&text, b->timestamp_format, &now, STRFTIME_LOCAL);
	if (result == STRFTIME_BAD_FORMAT)
		return err_set(err, ERR_USAGE, "failed to parse time format string `%.*s`: bad or unsupported format string",
		               STR_ARG(b->timestamp_format));
	if (result != STRFTIME_OK)
		return err_set(err, ERR_USAGE, "failed to format time with format string `%.*s`", STR_ARG(b->timestamp_format));
	say(STR("["), echo_style(b), buf_str(&text), STR("] "));
	return true;
}

static bool echo_line(struct body *b, struct str command, struct err *err)
{
	if (b->timestamp && !echo_timestamp(b, err))
		return fail(b, 1, err);
	say(STR(""), echo_style(b), command, STR("\n"));
	return true;
}

/* ---- preparing ---- */

static bool attribute_on(const struct body *b, enum lang_attr_kind kind)
{
	return lang_has(&b->recipe->attributes, kind);
}

static bool find_directory(struct body *b, struct err *err)
{
	const struct lang_module *module = b->recipe->module;
	const struct lang_attribute *attribute = lang_attr(&b->recipe->attributes, LANG_ATTR_WORKING_DIRECTORY);
	struct str folder = shells_directory(b->shells, module, b->arena), path;
	if (attribute && attribute->n_args > 0) {
		if (!lang_eval_attribute(b->scope, attribute, b->arena, &path, err))
			return fail(b, 1, err);
		/* Uncleaned, as a cache's key shows it. */
		folder = path_is_abs(path) ? path : arena_concat(b->arena, arena_concat(b->arena, folder, STR("/")), path);
	} else if (attribute_on(b, LANG_ATTR_NO_CD) || lang_on(module, LANG_SET_NO_CD)) {
		return fs_getcwd(b->arena, &b->directory_name, err) || fail(b, 1, err);
	}
	b->directory_name = folder;
	b->directory = shell_word(folder, b->arena);
	return true;
}

/* The arguments that a body gets as $1, $2, …, added to `argv`; returns how many. */
static size_t positional(const struct body *b, const char **argv)
{
	const struct lang_recipe *recipe = b->recipe;
	if (!attribute_on(b, LANG_ATTR_POSITIONAL_ARGUMENTS) && !lang_on(recipe->module, LANG_SET_POSITIONAL_ARGUMENTS))
		return 0;
	const struct lang_value *values = lang_scope_params(b->scope);
	size_t n = 0;
	for (size_t i = 0; i < recipe->n_params; i++) {
		if (recipe->params[i].kind == LANG_PARAM_ONE) {
			if (argv)
				argv[n] = shell_word(lang_join(b->arena, &values[i]), b->arena);
			n++;
			continue;
		}
		/* A variadic one passes what it was given word by word; else its default, if it has one. */
		const struct lang_value *words = b->args[i].n ? &b->args[i] : &values[i];
		for (size_t j = 0; j < words->n && (b->args[i].n || recipe->params[i].fallback); j++, n++) {
			if (argv)
				argv[n] = shell_word(words->p[j], b->arena);
		}
	}
	return n;
}

static bool is_positional(const struct body *b)
{
	return attribute_on(b, LANG_ATTR_POSITIONAL_ARGUMENTS) || lang_on(b->recipe->module, LANG_SET_POSITIONAL_ARGUMENTS);
}

/* `sh -cu COMMAND [NAME ARGUMENTS…]`, COMMAND left open. */
static void make_shell_argv(struct body *b)
{
	struct shell_words shell = shells_words(b->shells, b->recipe->module);
	size_t more = positional(b, NULL);
	b->shell_argv = arena_array(b->arena, const char *, shell.n + more + 3);
	for (size_t i = 0; i < shell.n; i++)
		b->shell_argv[i] = shell_word(shell.p[i], b->arena);
	b->n_shell = shell.n;
	if (is_positional(b)) {
		b->shell_argv[shell.n + 1] = arena_cstr(b->arena, b->recipe->name.s);
		positional(b, b->shell_argv + shell.n + 2);
	}
}

static bool find_timestamp(struct body *b, struct err *err)
{
	const struct lang_attribute *attribute = lang_attr(&b->recipe->attributes, LANG_ATTR_TIMESTAMP);
	b->timestamp = b->options->timestamp || attribute;
	b->timestamp_format = b->options->timestamp_format;
	if (!attribute || attribute->n_args == 0)
		return true;
	return lang_eval_attribute(b->scope, attribute, b->arena, &b->timestamp_format, err) || fail(b, 1, err);
}

static bool find_continues(struct body *b, struct err *err)
{
	const struct lang_attribute *attribute = lang_attr(&b->recipe->attributes, LANG_ATTR_CONTINUE);
	if (!attribute)
		return true;
	if (attribute->n_args == 0)
		b->continues |= 1u << SIGINT;
	for (size_t i = 0; i < attribute->n_args; i++) {
		struct lang_value names;
		if (!lang_eval(b->scope, attribute->args[i], b->arena, &names, err))
			return fail(b, 1, err);
		static const int signals[] = { SIGHUP, SIGINT, SIGQUIT };
		for (size_t j = 0; j < names.n * ARRAY_LEN(signals); j++) {
			int signal = signals[j % ARRAY_LEN(signals)];
			if (str_eq_c(names.p[j / ARRAY_LEN(signals)], signal_name(signal)))
				b->continues |= 1u << signal;
		}
	}
	return true;
}

bool body_begin(struct body *b, struct err *err)
{
	b->environ = shells_environ(b->shells, b->recipe->module, b->scope, NULL, 0, b->arena);
	if (b->recipe->is_script)
		return find_continues(b, err);
	return find_directory(b, err) && find_timestamp(b, err) && find_continues(b, err);
}

/* ---- how a child ended ---- */

/* Fails with the recipe's message, unless it wants none. */
static bool fail_ended(struct body *b, int status, const char *place, struct err *err)
{
	const struct lang_recipe *r = b->recipe;
	bool killed = WIFSIGNALED(status);
	int code = killed ? WTERMSIG(status) : WEXITSTATUS(status);
	b->end.status = killed ? 128 + code : code;
	b->end.silent = attribute_on(b, LANG_ATTR_NO_EXIT_MESSAGE) ||
	                (lang_on(r->module, LANG_SET_NO_EXIT_MESSAGE) && !attribute_on(b, LANG_ATTR_EXIT_MESSAGE));
	return err_set(err, ERR_FAILED, killed ? "recipe `%.*s` was terminated%s by signal %d" : "recipe `%.*s` failed%s with exit code %d",
	               STR_ARG(r->name.s), place, code);
}

/* A fatal signal ends the run even where the child ended well, but for those that [continue] names. */
static bool check_signal(struct body *b, struct err *err)
{
	int signal = shells_signal(b->shells);
	if (signal == 0)
		return true;
	if (b->continues >> signal & 1) {
		shells_forget_signal(b->shells);
		return true;
	}
	b->end.status = 128 + signal;
	return err_set(err, ERR_CANCELLED, "interrupted by %s", signal_name(signal));
}

/* ---- shell bodies ---- */

enum { SIGIL_QUIET = 1, SIGIL_INFALLIBLE = 2, SIGIL_GUARD = 4 };

/* The sigils that a line begins with, and how many. */
static unsigned sigils_of(const struct body *b, const struct lang_line *line, size_t *n)
{
	unsigned seen = 0;
	*n = 0;
	if (line->n == 0 || line->p[0].expr)
		return 0;
	struct str text = lang_fragment_text(&line->p[0]);
	for (size_t i = 0; i < text.n; i++) {
		unsigned sigil = text.p[i] == '@' ? SIGIL_QUIET : text.p[i] == '-' ? SIGIL_INFALLIBLE : text.p[i] == '?' ? SIGIL_GUARD : 0;
		if (sigil == 0 || seen & sigil || (sigil == SIGIL_GUARD && !lang_on(b->recipe->module, LANG_SET_GUARDS)))
			break;
		seen |= sigil;
		(*n)++;
	}
	return seen;
}

static bool continues_on(const struct lang_line *line)
{
	return line->n > 0 && !line->p[line->n - 1].expr && str_ends(lang_fragment_text(&line->p[line->n - 1]), STR("\\"));
}

/* Adds a line's text; of a continuation without the blanks that it begins with. */
static bool add_line(struct body *b, const struct lang_line *line, bool continued, struct buf *out, struct err *err)
{
	size_t from = out->n, blanks = 0;
	if (continued && line->n > 0 && !line->p[0].expr)
		blanks = lang_fragment_text(&line->p[0]).n - str_trim_left(lang_fragment_text(&line->p[0])).n;
	if (!lang_eval_line(b->scope, line, out, err))
		return fail(b, 1, err);
	if (blanks > 0)
		memmove(out->p + from, out->p + from + blanks, out->n - from - blanks);
	out->n -= blanks;
	return true;
}

/* Reads the next command, over its continuations; its sigils are cut off. */
static bool next_command(struct body *b, struct buf *out, unsigned *sigils, struct err *err)
{
	const struct lang_recipe *r = b->recipe;
	size_t n_sigils;
	*sigils = sigils_of(b, &r->body[b->next], &n_sigils);
	for (bool continued = false; b->next < r->n_lines; continued = true) {
		const struct lang_line *line = &r->body[b->next++];
		b->line_number = line->number + 1;
		if (!add_line(b, line, continued, out, err))
			return false;
		if (!continues_on(line))
			break;
		out->n--;
	}
	if (n_sigils > 0)
		memmove(out->p, out->p + n_sigils, out->n - n_sigils);
	out->n -= n_sigils;
	return true;
}

static bool is_comment(const struct lang_line *line)
{
	return line->n > 0 && !line->p[0].expr && str_starts(lang_fragment_text(&line->p[0]), STR("#"));
}

static bool is_echoed(const struct body *b, unsigned sigils)
{
	const struct run_options *o = b->options;
	if (o->dry_run || o->verbosity > 0 || b->timestamp)
		return true;
	bool quiet = ((sigils & SIGIL_QUIET) != 0) != b->recipe->is_quiet;
	bool set_quiet = lang_on(b->recipe->module, LANG_SET_QUIET) && !attribute_on(b, LANG_ATTR_NO_QUIET);
	return !(quiet || set_quiet || o->quiet);
}

static bool shell_is_sh(const struct body *b)
{
	return b->n_shell == 2 && strcmp(b->shell_argv[0], "sh") == 0 && strcmp(b->shell_argv[1], "-cu") == 0;
}

static bool write_words(struct str words)
{
	AUTO_BUF line = { 0 };
	struct str word;
	while (str_next(&words, ' ', &word)) {
		if (word.n > 0)
			buf_addf(&line, "%s%.*s", line.n ? " " : "", STR_ARG(word));
	}
	buf_add_char(&line, '\n');
	return write(STDOUT_FILENO, line.p, line.n) == (ssize_t)line.n;
}

/* The kernel takes no longer word (MAX_ARG_STRLEN): just fails to start the shell. */
#define WORD_MAX (128 * 1024 - 1)

/* Does the command here where it is one of the shell's own; *status is as waitpid gives it. */
static bool do_builtin(struct body *b, struct str command, int *status)
{
	if (!shell_is_sh(b) || !shell_is_plain(command) || command.n >= WORD_MAX)
		return false;
	struct str name, rest;
	str_cut(str_trim(command), ' ', &name, &rest);
	bool is_true = str_eq(name, STR("true")) || str_eq(name, STR(":")), is_false = str_eq(name, STR("false"));
	bool is_echo = str_eq(name, STR("echo")) && !str_starts(str_trim(rest), STR("-"));
	if ((!is_true && !is_false && !is_echo) || !shells_can_start(b->shells, &(struct shell_child){ b->shell_argv, b->environ, b->directory }))
		return false;
	if (is_echo && !b->options->quiet && !write_words(str_trim(rest)))
		return false;
	*status = is_false ? 1 << 8 : 0;
	return true;
}

static bool fail_shell(struct body *b, int code, struct err *err)
{
	b->end.status = 1;
	return err_set(err, ERR_IO, "recipe `%.*s` could not be run because %s `%s`: %.*s", STR_ARG(b->recipe->name.s), shell_fault(code),
	               b->shell_argv[0], STR_ARG(os_error(b->arena, code)));
}

/* Judges the end of a command: goes on, ends the body well (a guard), or fails. */
static enum body_state command_ended(struct body *b, int status, struct err *err)
{
	bool failed = status != 0 && !b->infallible;
	if (failed && b->guard && WIFEXITED(status) && WEXITSTATUS(status) == 1)
		return BODY_DONE; /* a signal is judged after the next command */
	if (b->infallible)
		shells_forget_signal(b->shells);
	if (failed && b->guard && WIFEXITED(status)) {
		b->end.status = 1;
		err_set(err, ERR_FAILED, "guard line in recipe `%.*s` on line %u returned reserved exit code %d", STR_ARG(b->recipe->name.s),
		        b->line_number, WEXITSTATUS(status));
		return BODY_FAILED;
	}
	if (failed) {
		fail_ended(b, status, arena_fmt(b->arena, " on line %u", b->line_number).p, err);
		return BODY_FAILED;
	}
	return check_signal(b, err) ? BODY_WAITS : BODY_FAILED;
}

/* Runs one command: BODY_WAITS with b->child set where a child was started, without where it is over. */
static enum body_state start_command(struct body *b, struct str command, struct err *err)
{
	int status;
	b->child = 0;
	if (!b->shell_argv)
		make_shell_argv(b);
	b->shell_argv[b->n_shell] = shell_word(command, b->arena);
	if (do_builtin(b, command, &status))
		return command_ended(b, status, err);
	struct shell_child child = { b->shell_argv, b->environ, b->directory, .is_quiet = b->options->quiet };
	int code = shells_start(b->shells, &child, &b->child);
	if (code == 0)
		return BODY_WAITS;
	return fail_shell(b, code, err) ? BODY_DONE : BODY_FAILED;
}

static enum body_state advance_lines(struct body *b, struct err *err)
{
	const struct lang_recipe *r = b->recipe;
	AUTO_BUF text = { 0 };
	while (b->next < r->n_lines) {
		if (lang_on(r->module, LANG_SET_IGNORE_COMMENTS) && is_comment(&r->body[b->next])) {
			b->next++;
			continue;
		}
		unsigned sigils;
		buf_clear(&text);
		if (!next_command(b, &text, &sigils, err))
			return BODY_FAILED;
		struct str command = buf_str(&text);
		if (command.n == 0)
			continue;
		if (is_echoed(b, sigils) && !echo_line(b, command, err))
			return BODY_FAILED;
		if (b->options->dry_run)
			continue;
		b->infallible = sigils & SIGIL_INFALLIBLE;
		b->guard = sigils & SIGIL_GUARD;
		enum body_state state = start_command(b, command, err);
		if (state != BODY_WAITS || b->child)
			return state;
	}
	return BODY_DONE;
}

/* ---- script bodies ---- */

/* Makes the script's text: leading `#!` lines first, the others at the numbers of their lines. */
static void pad_script(const struct body *b, const struct str *lines, struct buf *out)
{
	const struct lang_recipe *r = b->recipe;
	size_t at = 0, i = 0;
	for (; lang_runs_by_shebang(b->recipe) && i < r->n_lines && str_starts(lines[i], STR("#!")); i++, at++)
		buf_addf(out, "%.*s\n", STR_ARG(lines[i]));
	for (; i < r->n_lines; i++) {
		for (; at < r->body[i].number; at++)
			buf_add_char(out, '\n');
		buf_addf(out, "%.*s\n", STR_ARG(lines[i]));
		at++;
	}
}

static bool fail_tempdir(struct body *b, struct str path, int code, struct err *err)
{
	b->end.status = 1;
	return err_set(err, ERR_IO,
	               "recipe `%.*s` could not be run because of an IO error while trying to create a temporary directory or write a file to "
	               "that directory: %.*s at path \"%.*s\"",
	               STR_ARG(b->recipe->name.s), STR_ARG(os_error(b->arena, code)), STR_ARG(path));
}

/* The folder that holds the script's own folder. Only that of the run-time files is made where it is not there. */
static bool temp_parent(struct body *b, struct str *out, struct err *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *temp = getenv("TMPDIR");
	struct str setting = lang_setting_str(b->recipe->module, LANG_SET_TEMPDIR);
	/* Relative to where the root file's recipes run, whatever a `set working-directory` says. */
	const struct lang_module *root = b->recipe->module;
	while (root->parent)
		root = root->parent;
	*out = b->options->tempdir.p ? b->options->tempdir : setting;
	if (!b->options->tempdir.p && setting.p && !path_is_abs(setting))
		*out = arena_fmt(b->arena, "%.*s/%.*s", STR_ARG(root->working_directory), STR_ARG(setting));
	if (out->p)
		return true;
	*out = str_c(temp && temp[0] ? temp : "/tmp");
	if (!runtime || runtime[0] != '/')
		return true;
	*out = arena_fmt(b->arena, "%s/just", runtime);
	AUTO_ERR ignored = { 0 };
	errno = 0;
	if (fs_mkdirs(*out, 0777, &ignored))
		return true;
	b->end.status = 1;
	return err_set(err, ERR_IO, "I/O error in runtime dir `%.*s`: %.*s", STR_ARG(*out), STR_ARG(os_error(b->arena, errno)));
}

static bool write_script(struct body *b, struct str text, struct str *path, struct err *err)
{
	struct str parent;
	if (!temp_parent(b, &parent, err))
		return false;
	struct str folder = parent;
	if (!path_is_abs(parent)) {
		struct str here;
		if (!fs_getcwd(b->arena, &here, err))
			return fail(b, 1, err);
		folder = arena_fmt(b->arena, "%.*s/%.*s", STR_ARG(here), STR_ARG(parent));
	}
	char *name = arena_cstr(b->arena, arena_fmt(b->arena, "%.*s/just-XXXXXX", STR_ARG(folder)));
	if (!mkdtemp(name))
		return fail_tempdir(b, str_c(name), errno, err);
	b->script_dir = str_c(name);
	const struct lang_attribute *extension = lang_attr(&b->recipe->attributes, LANG_ATTR_EXTENSION);
	struct str ending = STR("");
	if (extension && extension->n_args > 0 && !lang_eval_attribute(b->scope, extension, b->arena, &ending, err))
		return fail(b, 1, err);
	*path = arena_fmt(b->arena, "%s/%.*s%.*s", name, STR_ARG(b->recipe->name.s), STR_ARG(ending));
	AUTO_FD fd = open(path->p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	if (fd < 0)
		return fail_tempdir(b, *path, errno, err);
	for (struct str rest = text; rest.n > 0;) {
		ssize_t n = write(fd, rest.p, rest.n);
		if (n < 0)
			return fail_tempdir(b, *path, errno, err);
		rest = str_slice(rest, (size_t)n, rest.n);
	}
	return true;
}

/* The words of the interpreter of a script that is not a shebang's. */
static bool interpreter(struct body *b, const struct str **words, size_t *n, struct err *err)
{
	static const struct str plain[] = { STR_INIT("sh"), STR_INIT("-eu") };
	const struct lang_attribute *script = lang_attr(&b->recipe->attributes, LANG_ATTR_SCRIPT);
	const struct lang_setting *setting = &b->recipe->module->settings.p[LANG_SET_SCRIPT_INTERPRETER];
	VEC(struct str) list = { 0 };
	for (size_t i = 0; script && i < script->n_args; i++) {
		struct lang_value value;
		if (!lang_eval(b->scope, script->args[i], b->arena, &value, err))
			return fail(b, 1, err);
		for (size_t j = 0; j < value.n; j++)
			vec_push_in(&list, b->arena, value.p[j]);
	}
	*words = list.n ? list.p : setting->is_set && setting->n_items ? setting->items : plain;
	*n = list.n ? list.n : setting->is_set && setting->n_items ? setting->n_items : ARRAY_LEN(plain);
	return true;
}

static bool fail_interpreter(struct body *b, const struct str *words, size_t n, struct str shebang, int code, struct err *err)
{
	b->end.status = 1;
	struct str why = os_error(b->arena, code), name = b->recipe->name.s;
	if (n == 0)
		return err_set(err, ERR_IO, "recipe `%.*s` with shebang `%.*s` execution error: %.*s", STR_ARG(name), STR_ARG(shebang), STR_ARG(why));
	AUTO_BUF command = { 0 };
	for (size_t i = 0; i < n; i++)
		buf_addf(&command, "%s%.*s", i ? " " : "", STR_ARG(words[i]));
	return err_set(err, ERR_IO, "recipe `%.*s` with command `%.*s` execution error: %.*s", STR_ARG(name), STR_ARG(buf_str(&command)),
	               STR_ARG(why));
}

static enum body_state start_script(struct body *b, const struct str *words, size_t n, struct str shebang, struct str text, struct err *err)
{
	struct str path;
	if (lang_runs_by_shebang(b->recipe) && str_trim(str_drop_prefix(shebang, STR("#!"))).n == 0) {
		b->end.status = 1;
		err_set(err, ERR_SYNTAX, "recipe `%.*s` has invalid shebang `%.*s`", STR_ARG(b->recipe->name.s), STR_ARG(shebang));
		return BODY_FAILED;
	}
	if (!write_script(b, text, &path, err))
		return BODY_FAILED;
	const char **argv = arena_array(b->arena, const char *, n + positional(b, NULL) + 2);
	for (size_t i = 0; i < n; i++)
		argv[i] = shell_word(words[i], b->arena);
	argv[n] = path.p;
	positional(b, argv + n + 1);
	struct shell_child child = { argv, b->environ, b->directory };
	int code = shells_start(b->shells, &child, &b->child);
	if (code == 0)
		return BODY_WAITS;
	return fail_interpreter(b, words, n, shebang, code, err) ? BODY_DONE : BODY_FAILED;
}

static bool eval_lines(struct body *b, struct str *lines, struct err *err)
{
	const struct lang_recipe *r = b->recipe;
	for (size_t i = 0; i < r->n_lines; i++) {
		AUTO_BUF text = { 0 };
		if (!lang_eval_line(b->scope, &r->body[i], &text, err))
			return fail(b, 1, err);
		lines[i] = buf_to_arena(&text, b->arena);
	}
	return true;
}

/* Prints when a script begins; false with err on a bad time format. */
static bool echo_start(struct body *b, struct err *err)
{
	if (!b->timestamp)
		return true;
	if (!echo_timestamp(b, err))
		return fail(b, 1, err);
	say(STR(""), NULL, b->recipe->name.s, STR("\n"));
	return true;
}

/* Prints the lines of a script where the user wants to see them. */
static void echo_lines(const struct body *b, const struct str *lines)
{
	const struct run_options *o = b->options;
	for (size_t i = 0; (o->dry_run || b->recipe->is_quiet) && i < b->recipe->n_lines && !(o->quiet && !o->dry_run); i++)
		say(STR(""), echo_style(b), lines[i], STR("\n"));
}

static enum body_state run_steps(struct body *b, struct err *err)
{
	int status = 0;
	if (!b->hooks->steps(b->hooks->ctx, &b->hooked, &status, err)) {
		b->end.status = status ? status : 1;
		return BODY_FAILED;
	}
	if (status == 0)
		return BODY_DONE;
	b->end = (struct run_end){ .status = status, .silent = true };
	err_set(err, ERR_FAILED, "recipe `%.*s` failed with exit code %d", STR_ARG(b->recipe->name.s), status);
	return BODY_FAILED;
}

/* just's own cache: *hit where the invocation need not run. */
static bool look_up(struct body *b, const struct str *lines, const struct str *words, size_t n, bool *hit, struct err *err)
{
	const char **arguments = NULL;
	if (is_positional(b)) {
		arguments = arena_array(b->arena, const char *, positional(b, NULL) + 1);
		positional(b, arguments);
	}
	struct str extension = STR_NONE;
	const struct lang_attribute *attribute = lang_attr(&b->recipe->attributes, LANG_ATTR_EXTENSION);
	if (attribute && attribute->n_args > 0 && !lang_eval_attribute(b->scope, attribute, b->arena, &extension, err))
		return fail(b, 1, err);
	b->cache_call = (struct justcache_call){ b->recipe, b->scope, b->directory_name, b->environ, lines, words, n,
	                                         extension, arguments, b->options->cache_tree };
	if (!justcache_begin(&b->cache_call, b->arena, &b->cache, hit, err))
		return fail(b, 1, err);
	const char *style = b->options->color ? "1;36" : NULL;
	if (b->options->verbosity >= 2)
		say(STR(""), style, arena_fmt(b->arena, "===> cache key %.*s:", STR_ARG(b->cache.hash)), STR("\n")),
			say(STR(""), NULL, b->cache.key_json, STR("\n"));
	if (*hit && b->options->verbosity >= 1)
		say(STR(""), style, STR("===> cache hit, skipping invocation"), STR("\n"));
	return true;
}

static enum body_state begin_script(struct body *b, struct err *err)
{
	const struct lang_recipe *r = b->recipe;
	struct str *lines = arena_array(b->arena, struct str, r->n_lines + 1);
	const struct str *words = NULL;
	size_t n = 0;
	if (!find_timestamp(b, err) || !echo_start(b, err) || !eval_lines(b, lines, err) || (!lang_runs_by_shebang(b->recipe) && !interpreter(b, &words, &n, err)))
		return BODY_FAILED;
	const struct run_hooks *h = b->hooks;
	bool is_steps = h && h->is_steps && n > 0 && h->is_steps(h->ctx, words, n);
	b->is_steps = is_steps;
	/* In a dry run step lines speak for themselves: they say what they would do. */
	if (!(is_steps && b->options->dry_run))
		echo_lines(b, lines);
	if (b->options->dry_run && !is_steps)
		return BODY_DONE;
	if (!find_directory(b, err))
		return BODY_FAILED;
	bool hit = false;
	if (b->options->cache_tree && attribute_on(b, LANG_ATTR_CACHE) && !look_up(b, lines, words, n, &hit, err))
		return BODY_FAILED;
	if (hit)
		return BODY_DONE;
	AUTO_BUF text = { 0 };
	pad_script(b, lines, &text);
	struct str script = buf_to_arena(&text, b->arena);
	if (b->options->verbosity >= 2 && !b->options->dry_run)
		say(STR(""), NULL, script, STR("\n"));
	b->hooked = (struct run_body){ r, b->scope, b->directory_name, b->environ, script };
	if (is_steps)
		return run_steps(b, err);
	return start_script(b, words, n, r->n_lines ? lines[0] : STR(""), script, err);
}

static enum body_state script_ended(struct body *b, int status, struct err *err)
{
	if (status != 0) {
		fail_ended(b, status, "", err);
		return BODY_FAILED;
	}
	if (b->cache.fd > 0 && !justcache_done(&b->cache_call, &b->cache, err)) {
		b->end.status = 1;
		return BODY_FAILED;
	}
	return check_signal(b, err) ? BODY_DONE : BODY_FAILED;
}

/* ---- bodies told, not run ---- */

static bool describe_lines(struct body *b, struct body_text *out, struct err *err)
{
	const struct lang_recipe *r = b->recipe;
	VEC(struct body_line) lines = { 0 };
	while (b->next < r->n_lines) {
		AUTO_BUF text = { 0 };
		unsigned sigils;
		if (lang_on(r->module, LANG_SET_IGNORE_COMMENTS) && is_comment(&r->body[b->next])) {
			b->next++;
			continue;
		}
		if (!next_command(b, &text, &sigils, err))
			return false;
		if (text.n == 0)
			continue;
		struct body_line line = { buf_to_arena(&text, b->arena), b->line_number, is_echoed(b, sigils), sigils & SIGIL_INFALLIBLE,
					  sigils & SIGIL_GUARD };
		vec_push_in(&lines, b->arena, line);
	}
	make_shell_argv(b);
	out->lines = lines.p;
	out->n_lines = lines.n;
	out->before = b->shell_argv;
	out->n_before = b->n_shell;
	if (!is_positional(b))
		return true;
	out->behind = b->shell_argv + b->n_shell + 1;
	while (out->behind[out->n_behind])
		out->n_behind++;
	return true;
}

static bool describe_script(struct body *b, struct body_text *out, struct err *err)
{
	const struct lang_recipe *r = b->recipe;
	const struct str *words = NULL;
	size_t n = 0;
	struct str *lines = arena_array(b->arena, struct str, r->n_lines + 1);
	struct body_line *line = arena_new(b->arena, struct body_line);
	if (!eval_lines(b, lines, err) || (!lang_runs_by_shebang(b->recipe) && !interpreter(b, &words, &n, err)))
		return false;
	AUTO_BUF text = { 0 };
	for (size_t i = 0; i < r->n_lines; i++)
		buf_addf(&text, "%.*s\n", STR_ARG(lines[i]));
	line->text = buf_to_arena(&text, b->arena);
	line->number = r->n_lines ? r->body[0].number : 0;
	line->is_echoed = r->is_quiet && !b->options->quiet;
	out->is_script = true;
	out->lines = line;
	out->n_lines = 1;
	out->before = arena_array(b->arena, const char *, n + 1);
	out->n_before = n;
	for (size_t i = 0; i < n; i++)
		out->before[i] = shell_word(words[i], b->arena);
	out->n_behind = positional(b, NULL);
	out->behind = arena_array(b->arena, const char *, out->n_behind + 1);
	positional(b, out->behind);
	return true;
}

bool body_describe(struct body *b, struct body_text *out, struct err *err)
{
	*out = (struct body_text){ 0 };
	if (!find_directory(b, err))
		return false;
	return b->recipe->is_script ? describe_script(b, out, err) : describe_lines(b, out, err);
}

/* ---- */

enum body_state body_advance(struct body *b, struct err *err)
{
	return b->recipe->is_script ? begin_script(b, err) : advance_lines(b, err);
}

enum body_state body_resume(struct body *b, int status, struct err *err)
{
	b->child = 0;
	if (b->recipe->is_script)
		return script_ended(b, status, err);
	enum body_state state = command_ended(b, status, err);
	return state == BODY_WAITS ? advance_lines(b, err) : state;
}

void body_end(struct body *b)
{
	justcache_end(&b->cache);
	if (!b->script_dir.p)
		return;
	AUTO_ERR ignored = { 0 };
	if (!fs_remove_tree(b->script_dir, &ignored))
		err_deinit(&ignored);
	b->script_dir = STR_NONE;
}
