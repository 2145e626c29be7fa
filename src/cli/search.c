/*
 * search.c: see search.h.
 *
 * Upward from a folder, each folder is listed once and its names are compared without case. Two names in one folder are an error rather than a choice;
 * raibid-run's own name, tasks.just, goes before those of just.
 */
#include "cli/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/utf8.h"
#include "run/shell.h"

static const struct str plain_names[] = { STR_INIT("justfile"), STR_INIT(".justfile") };
static const struct str own_names[] = { STR_INIT("tasks.just") };

struct names {
	const struct str *p;
	size_t n;
};

static bool is_wanted(const struct names *names, struct str name)
{
	for (size_t i = 0; i < names->n; i++) {
		if (str_eq_nocase(name, names->p[i]))
			return true;
	}
	return false;
}

static bool fail_several(struct str folder, const str_list *found, struct err *err)
{
	AUTO_BUF text = { 0 };
	for (size_t i = 0; i < found->n; i++)
		buf_addf(&text, "%s`%.*s`", i == 0 ? "" : i + 1 < found->n ? ", " : found->n > 2 ? ", and " : " and ", STR_ARG(found->p[i]));
	return err_set(err, ERR_USAGE, "multiple candidate justfiles found in `%.*s`: %.*s", STR_ARG(folder), STR_ARG(buf_str(&text)));
}

/* The one file of these names in the folder; *out is untouched where there is none. */
static bool in_folder(struct str folder, const struct names *names, struct arena *a, struct str *out, struct err *err)
{
	fs_entries entries = { 0 };
	AUTO_ERR ignored = { 0 };
	errno = 0;
	if (!fs_list(folder, a, &entries, &ignored))
		return err_set(err, ERR_IO, "I/O error at `%.*s`: %.*s", STR_ARG(folder), STR_ARG(os_error(a, errno)));
	str_list found = { 0 };
	for (size_t i = 0; i < entries.n; i++) {
		if (is_wanted(names, entries.p[i].name))
			vec_push_in(&found, a, entries.p[i].name);
	}
	if (found.n > 1)
		return fail_several(folder, &found, err);
	if (found.n == 1)
		*out = path_in(a, folder, found.p[0]);
	return true;
}

static bool is_ceiling(const struct options *o, struct arena *a, struct str folder)
{
	/* Only as it is written: `..` in it is never resolved. */
	return o->ceiling.p && path_is_abs(o->ceiling) && !str_contains(o->ceiling, STR("..")) && str_eq(path_clean(a, o->ceiling), folder);
}

static bool upward(const struct search_where *w, struct str folder, struct arena *a, struct str *out, struct err *err)
{
	const struct options *o = w->options;
	struct names plain = { plain_names, ARRAY_LEN(plain_names) }, own = { own_names, ARRAY_LEN(own_names) };
	struct names given = { o->justfile_names.p, o->justfile_names.n };
	for (;; folder = path_dir(a, folder)) {
		*out = STR_NONE;
		if (o->extensions && given.n == 0 && !in_folder(folder, &own, a, out, err))
			return false;
		if (!out->p && !in_folder(folder, given.n ? &given : &plain, a, out, err))
			return false;
		if (out->p)
			return true;
		if (is_ceiling(o, a, folder) || str_eq(folder, STR("/")))
			return err_set(err, ERR_NOT_FOUND, "no justfile found");
	}
}

static void add_names(struct str folder, const struct names *names, struct str found, struct arena *a, str_list *out)
{
	for (size_t i = 0; i < names->n; i++) {
		struct str path = path_in(a, folder, names->p[i]);
		if (!str_eq(path, found))
			vec_push_in(out, a, path);
	}
}

void search_rivals(const struct search_where *w, const struct search *s, struct arena *a, str_list *out)
{
	const struct options *o = w->options;
	struct names plain = { plain_names, ARRAY_LEN(plain_names) }, own = { own_names, ARRAY_LEN(own_names) };
	struct names given = { o->justfile_names.p, o->justfile_names.n };
	struct str last = path_dir(a, s->path);
	for (struct str folder = s->from; folder.n > 0; folder = path_dir(a, folder)) {
		if (o->extensions && given.n == 0)
			add_names(folder, &own, s->path, a, out);
		add_names(folder, given.n ? &given : &plain, s->path, a, out);
		if (str_eq(folder, last) || str_eq(folder, STR("/")))
			return;
	}
}

/* The first of the user's own files that is there. */
static bool global(const struct search_where *w, struct arena *a, struct str *out, struct err *err)
{
	const char *config = args_env(w->environ, "XDG_CONFIG_HOME"), *home = args_env(w->environ, "HOME");
	struct { const char *base; const char *folder; const char *names[2]; } places[] = {
		{ config, "just", { "justfile", NULL } },
		{ home, ".config/just", { "justfile", NULL } },
		{ home, "", { "justfile", ".justfile" } },
	};
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (!places[i].base || !places[i].base[0])
			continue;
		struct str folder = path_join(a, str_c(places[i].base), str_c(places[i].folder));
		for (size_t j = 0; j < 2 && places[i].names[j]; j++) {
			struct str name = str_c(places[i].names[j]), found = STR_NONE;
			if (fs_is_dir(folder) && !in_folder(folder, &(struct names){ &name, 1 }, a, &found, err))
				return false;
			if (found.p) {
				*out = found;
				return true;
			}
		}
	}
	return err_set(err, ERR_NOT_FOUND, "global justfile not found");
}

/* The folder of `folder/recipe`, links resolved. What is not a folder is told of. */
static bool resolve(struct str folder, struct arena *a, struct str *out, struct err *err)
{
	char *real = realpath(arena_fmt(a, "%.*s/", STR_ARG(folder)).p, NULL);
	if (!real)
		return err_set(err, ERR_IO, "I/O error at `%.*s`: %s (os error %d)", STR_ARG(path_clean(a, folder)), strerror(errno), errno);
	*out = arena_str(a, str_c(real));
	free(real);
	return true;
}

bool search_locate(const struct search_where *w, struct arena *a, struct search *out, struct err *err)
{
	const struct options *o = w->options;
	struct str here = w->invocation_directory;
	*out = (struct search){ 0 };
	if (o->justfile.p) {
		out->path = path_in(a, here, o->justfile);
		if (str_eq(out->path, STR("/")))
			return err_set(err, ERR_USAGE, "justfile path had no parent: /");
		out->working_directory = o->working_directory.p ? path_in(a, here, o->working_directory) : path_dir(a, out->path);
		if (str_eq(o->justfile, STR("-")) && !o->working_directory.p)
			out->working_directory = here;
		return true;
	}
	if (o->global_justfile) {
		out->working_directory = here;
		return global(w, a, &out->path, err);
	}
	struct str from = o->working_directory.p ? path_in(a, here, o->working_directory) : here;
	if (o->search_directory.p && !resolve(path_in(a, here, o->search_directory), a, &from, err))
		return false;
	out->is_found_upward = !o->working_directory.p;
	out->from = from;
	if (!upward(w, from, a, &out->path, err))
		return false;
	out->working_directory = o->working_directory.p ? from : path_dir(a, out->path);
	return true;
}

/* The words differ with what is read. */
enum source { SOURCE_FILE, SOURCE_MARKDOWN, SOURCE_STDIN };

static bool fail_read(enum source source, struct str path, const char *why, struct err *err)
{
	if (source == SOURCE_STDIN)
		return err_set(err, ERR_IO, "error reading from standard input: %s", why);
	if (source == SOURCE_MARKDOWN)
		return err_set(err, ERR_IO, "I/O error at `%.*s`: %s", STR_ARG(path), why);
	return err_set(err, ERR_IO, "failed to read justfile at `%.*s`: %s", STR_ARG(path), why);
}

static bool read_text(struct search *s, enum source source, struct arena *a, struct err *err)
{
	AUTO_ERR why = { 0 };
	errno = 0;
	bool ok = source == SOURCE_STDIN ? fs_read_fd(STDIN_FILENO, STR("-"), 0, &s->memory, &s->text, &why) : fs_read_text(s->path, 0, &s->memory, &s->text, &why);
	if (!ok && source != SOURCE_STDIN && fs_is_dir(s->path))
		errno = EISDIR;
	if (!ok)
		return fail_read(source, s->path, errno ? os_error(a, errno).p : why.message, err);
	return utf8_valid(s->text) || fail_read(source, s->path, "stream did not contain valid UTF-8", err);
}

/* Puts the text into a file of its own, so that it has a path. */
static bool copy_text(struct search *s, struct arena *a, struct err *err)
{
	const char *temp = getenv("TMPDIR");
	struct str prefix = arena_fmt(a, "%s/just-", temp && temp[0] ? temp : "/tmp");
	AUTO_ERR why = { 0 };
	errno = 0;
	if (!fs_mkdtemp(prefix, a, &s->temporary, &why))
		return err_set(err, ERR_IO, "I/O error creating temporary directory: %.*s at path \"%.*sXXXXXX\"", STR_ARG(os_error(a, errno)), STR_ARG(prefix));
	s->source = s->path;
	s->is_copied = true;
	s->path = path_in(a, s->temporary, STR("justfile"));
	return fs_write(s->path, s->text, 0600, FS_NO_SYNC, err);
}

static enum source source_of(const struct search_where *w, const struct search *s)
{
	if (w->options->justfile.p && str_eq(w->options->justfile, STR("-")))
		return SOURCE_STDIN;
	struct str name = path_base(s->path);
	bool is_markdown = name.n > 3 && str_eq_nocase(str_slice(name, name.n - 3, name.n), STR(".md"));
	return is_markdown ? SOURCE_MARKDOWN : SOURCE_FILE;
}

static bool load(const struct search_where *w, struct arena *a, struct search *s, struct err *err)
{
	enum source source = source_of(w, s);
	if (!read_text(s, source, a, err)) {
		search_forget_text(s);
		return false;
	}
	if (source == SOURCE_MARKDOWN)
		s->text = lang_from_markdown(&s->memory, s->text);
	return source == SOURCE_FILE || copy_text(s, a, err);
}

bool search_file(const struct search_where *w, struct arena *a, struct search *out, struct err *err)
{
	return search_locate(w, a, out, err) && (source_of(w, out) == SOURCE_FILE || load(w, a, out, err));
}

bool search_find(const struct search_where *w, struct arena *a, struct search *out, struct err *err)
{
	return search_locate(w, a, out, err) && load(w, a, out, err);
}

bool search_above(const struct search_where *w, const struct search *from, struct arena *a, struct search *out, struct err *err)
{
	struct str folder = path_dir(a, from->path);
	*out = (struct search){ .is_found_upward = true };
	if (str_eq(folder, STR("/")))
		return err_set(err, ERR_NOT_FOUND, "no justfile found");
	out->from = path_dir(a, folder);
	if (!upward(w, out->from, a, &out->path, err))
		return false;
	out->working_directory = path_dir(a, out->path);
	return load(w, a, out, err);
}

/* The folder that holds a version control system's data, upward from `folder`; else `folder` itself. */
static struct str project_root(struct arena *a, struct str folder)
{
	static const char *const marks[] = { ".bzr", ".git", ".hg", ".svn", "_darcs" };
	for (struct str at = folder;; at = path_dir(a, at)) {
		for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
			if (fs_is_dir(path_in(a, at, str_c(marks[i]))))
				return at;
		}
		if (str_eq(at, STR("/")))
			return folder;
	}
}

bool search_init(const struct search_where *w, struct arena *a, struct str *out, struct err *err)
{
	const struct options *o = w->options;
	struct str from = w->invocation_directory;
	if (o->global_justfile)
		return err_set(err, ERR_USAGE, "cannot initialize global justfile");
	if (o->justfile.p) {
		if (str_eq(o->justfile, STR("-")))
			return err_set(err, ERR_USAGE, "cannot use justfile from standard input with `--init`");
		*out = path_in(a, from, o->justfile);
		return true;
	}
	if (o->search_directory.p && !resolve(path_in(a, from, o->search_directory), a, &from, err))
		return false;
	struct str folder = o->working_directory.p ? path_in(a, from, o->working_directory) : project_root(a, from);
	*out = path_in(a, folder, o->justfile_names.n ? o->justfile_names.p[0] : STR("justfile"));
	return true;
}

void search_forget_text(struct search *s)
{
	arena_deinit(&s->memory);
	s->text = STR_NONE;
}

void search_end(struct search *s)
{
	search_forget_text(s);
	AUTO_ERR ignored = { 0 };
	if (s->temporary.p && !fs_remove_tree(s->temporary, &ignored))
		err_deinit(&ignored);
	s->temporary = STR_NONE;
}
