/* Functions on paths and files. Parts of paths are those of Rust's std::path: no empty parts, no `.` but a leading one, no trailing slash. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/utf8.h"
#include "lang/builtin.h"

static struct str arg(const struct builtin_call *c, size_t i)
{
	return c->args[i].p[0];
}

/* Cuts trailing slashes and trailing `.` parts, but leaves "/" and a sole "." alone. */
static struct str trim_path(struct str s)
{
	for (;;) {
		if (s.n > 1 && s.p[s.n - 1] == '/')
			s.n--;
		else if (s.n > 1 && s.p[s.n - 1] == '.' && s.p[s.n - 2] == '/')
			s.n--;
		else
			return s;
	}
}

/* The last part if it is a name, with what is before it. */
static bool split_last(struct str path, struct str *before, struct str *last)
{
	struct str s = trim_path(path);
	size_t slash = str_rfind_char(s, '/');
	*last = slash == STR_NPOS ? s : str_slice(s, slash + 1, s.n);
	*before = slash == STR_NPOS ? STR("") : slash == 0 ? STR("/") : trim_path(str_slice(s, 0, slash));
	return s.n && !str_eq_c(s, "/");
}

static bool find_name(struct str path, struct str *name)
{
	struct str before;
	return split_last(path, &before, name) && !str_eq_c(*name, "..") && !str_eq_c(*name, ".");
}

/* The dot before the extension, or STR_NPOS: a leading dot is part of the name. */
static size_t find_dot(struct str name)
{
	size_t dot = str_rfind_char(name, '.');
	return dot == 0 ? STR_NPOS : dot;
}

static bool fail_extract(struct builtin_call *c, const char *what)
{
	return builtin_fail(c, "could not extract %s from `%.*s`", what, STR_ARG(arg(c, 0)));
}

static bool fn_extension(struct builtin_call *c)
{
	struct str name;
	size_t dot = find_name(arg(c, 0), &name) ? find_dot(name) : STR_NPOS;
	return dot == STR_NPOS ? fail_extract(c, "extension") : builtin_return(c, str_slice(name, dot + 1, name.n));
}

static bool fn_file_name(struct builtin_call *c)
{
	struct str name;
	return find_name(arg(c, 0), &name) ? builtin_return(c, name) : fail_extract(c, "file name");
}

static bool fn_file_stem(struct builtin_call *c)
{
	struct str name;
	if (!find_name(arg(c, 0), &name))
		return fail_extract(c, "file stem");
	size_t dot = find_dot(name);
	return builtin_return(c, dot == STR_NPOS ? name : str_slice(name, 0, dot));
}

static bool fn_parent_directory(struct builtin_call *c)
{
	struct str before, last;
	if (!split_last(arg(c, 0), &before, &last))
		return fail_extract(c, "parent directory");
	return builtin_return(c, before.n ? before : STR("."));
}

static struct str push(struct arena *a, struct str base, struct str part)
{
	if (str_starts(part, STR("/")) || !base.n)
		return part;
	return str_ends(base, STR("/")) ? arena_concat(a, base, part) : arena_fmt(a, "%.*s/%.*s", STR_ARG(base), STR_ARG(part));
}

static bool fn_without_extension(struct builtin_call *c)
{
	struct str before, name;
	if (!split_last(arg(c, 0), &before, &name))
		return fail_extract(c, "parent");
	if (!find_name(arg(c, 0), &name))
		return fail_extract(c, "file stem");
	size_t dot = find_dot(name);
	return builtin_return(c, push(c->arena, before, dot == STR_NPOS ? name : str_slice(name, 0, dot)));
}

static bool fn_join(struct builtin_call *c)
{
	AUTO_BUF path = { 0 };
	for (size_t i = 0; i < c->n; i++) {
		struct str part = arg(c, i);
		if (str_starts(part, STR("/")))
			path.n = 0;
		else if (path.n && !str_ends(buf_str(&path), STR("/")))
			buf_add_char(&path, '/');
		buf_add(&path, part);
	}
	return builtin_return(c, buf_to_arena(&path, c->arena));
}

static bool fn_clean(struct builtin_call *c)
{
	return builtin_return(c, path_clean(c->arena, arg(c, 0)));
}

/* Files: relative paths count from where commands run. */

static struct str working_directory(const struct builtin_call *c)
{
	return lang_working_directory(c->ev->scope);
}

static struct str in_directory(struct builtin_call *c, struct str path)
{
	return path_in(c->arena, working_directory(c), path);
}

static struct str absolute_one(struct builtin_call *c, struct str s)
{
	return in_directory(c, s);
}

static bool fn_absolute_path(struct builtin_call *c)
{
	return builtin_map(c, &c->args[0], absolute_one);
}

/* Without cleaning: `..` behind a link is the kernel's business. */
static const char *system_path(struct builtin_call *c, struct str path)
{
	return arena_cstr(c->arena, push(c->arena, working_directory(c), path));
}

static struct str os_error(struct builtin_call *c, int number)
{
	return arena_fmt(c->arena, "%s (os error %d)", strerror(number), number);
}

static bool fn_canonicalize(struct builtin_call *c)
{
	char real[PATH_MAX];
	if (!realpath(system_path(c, arg(c, 0)), real)) {
		struct str why = os_error(c, errno);
		return builtin_fail(c, "I/O error canonicalizing `%.*s`: %.*s", STR_ARG(arg(c, 0)), STR_ARG(why));
	}
	return builtin_return(c, arena_str(c->arena, str_c(real)));
}

static bool fn_path_exists(struct builtin_call *c)
{
	return builtin_return_bool(c, arg(c, 0).n && access(system_path(c, arg(c, 0)), F_OK) == 0);
}

/* Reads a file; a failure leaves the system's number in *number. */
static bool read_file(struct builtin_call *c, struct str path, struct str *out, int *number)
{
	AUTO_ERR why = { 0 };
	struct stat st;
	const struct lang_host *host = c->ev->host;
	struct str full = str_c(system_path(c, path));
	*number = stat(full.p, &st) ? errno : S_ISDIR(st.st_mode) ? EISDIR : access(full.p, R_OK) ? errno : 0;
	if (*number)
		return false;
	bool ok = host->read_file ? host->read_file(host->ctx, full, c->arena, out, &why) : fs_read(full, 0, c->arena, out, &why);
	*number = ok ? 0 : EIO;
	return ok;
}

static bool fn_read(struct builtin_call *c)
{
	struct str text;
	int number;
	if (!read_file(c, arg(c, 0), &text, &number)) {
		struct str why = os_error(c, number);
		return builtin_fail(c, "I/O error reading `%.*s`: %.*s", STR_ARG(arg(c, 0)), STR_ARG(why));
	}
	if (!utf8_valid(text))
		return builtin_fail(c, "I/O error reading `%.*s`: stream did not contain valid UTF-8", STR_ARG(arg(c, 0)));
	return builtin_return(c, text);
}

bool builtin_read_bytes(struct builtin_call *c, struct str path, struct str *out, struct str *full, int *number)
{
	*full = push(c->arena, working_directory(c), path); /* just shows it uncleaned */
	return read_file(c, path, out, number);
}

/* Executables. */

static bool is_executable(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool find_executable(struct builtin_call *c, struct str name, struct str *out)
{
	if (str_find_char(name, '/') != STR_NPOS) {
		struct str path = in_directory(c, name);
		*out = path_is_abs(name) ? name : path;
		return is_executable(arena_cstr(c->arena, path));
	}
	const struct lang_host *host = c->ev->host;
	struct str path, dir;
	if (!host->getenv || !host->getenv(host->ctx, STR("PATH"), &path))
		return false;
	while (str_next(&path, ':', &dir)) {
		struct str full = path_in(c->arena, working_directory(c), push(c->arena, dir, name));
		if (!is_executable(arena_cstr(c->arena, full)))
			continue;
		*out = full;
		return true;
	}
	return false;
}

static bool fn_which(struct builtin_call *c)
{
	struct str path;
	if (!arg(c, 0).n)
		return builtin_fail(c, "empty command");
	if (find_executable(c, arg(c, 0), &path))
		return builtin_return(c, path);
	*c->out = (struct lang_value){ 0 };
	return true;
}

static bool fn_require(struct builtin_call *c)
{
	if (!fn_which(c))
		return false;
	return c->out->n || builtin_fail(c, "could not find executable `%.*s`", STR_ARG(arg(c, 0)));
}

static const struct lang_builtin rows[] = {
	{ STR_INIT("absolute_path"), 1, 1, fn_absolute_path, .takes = BUILTIN_VALUES },
	{ STR_INIT("canonicalize"), 1, 1, fn_canonicalize },
	{ STR_INIT("clean"), 1, 1, fn_clean },
	{ STR_INIT("extension"), 1, 1, fn_extension },
	{ STR_INIT("file_name"), 1, 1, fn_file_name },
	{ STR_INIT("file_stem"), 1, 1, fn_file_stem },
	{ STR_INIT("join"), 2, SIZE_MAX, fn_join },
	{ STR_INIT("parent_directory"), 1, 1, fn_parent_directory },
	{ STR_INIT("path_exists"), 1, 1, fn_path_exists },
	{ STR_INIT("read"), 1, 1, fn_read },
	{ STR_INIT("require"), 1, 1, fn_require },
	{ STR_INIT("which"), 1, 1, fn_which, .needs_lists = true },
	{ STR_INIT("without_extension"), 1, 1, fn_without_extension },
};
const struct builtin_table builtin_path = { rows, ARRAY_LEN(rows) };
