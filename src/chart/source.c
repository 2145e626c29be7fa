/*
 * Folders are walked by hand rather than with fs_walk, since Helm follows links: a linked folder's files appear under the link's name. Here a link
 * that leads out of the chart is refused, because a chart may come from a stranger and .Files would read whatever it points to.
 * Each file costs four system calls, relative to its open folder, which for a chart of two hundred files is most of the time that loading takes.
 * A ring of links ends at the same depth as any other nesting.
 *
 * Archives are unpacked in memory by ext/archive.h, which holds them against Helm's limits; names are checked here with Helm's rules and words.
 */
#include "chart/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "chart/ignore.h"
#include "ext/archive.h"

#define BOM STR("\xef\xbb\xbf")
#define FOLDER_MAX_DEPTH 100

/* ---- Folders ---- */

struct walk {
	const struct chart_options *options;
	struct arena *a;
	struct ignore_rules rules;
	struct str root, real_root; /* as given, and with all links resolved */
	size_t total;
	chart_files *out;
	struct err *err;
};

static bool walk_folder(struct walk *w, int fd, struct str path, struct str name, int depth);

/* `left`/`right`, in one piece. */
static struct str join(struct arena *a, struct str left, struct str right)
{
	char *p = arena_alloc(a, left.n + right.n + 2);
	memcpy(p, left.p, left.n);
	p[left.n] = '/';
	memcpy(p + left.n + 1, right.p, right.n);
	p[left.n + 1 + right.n] = '\0';
	return (struct str){ p, left.n + 1 + right.n };
}

/* The bytes of an open file of `size` bytes. One read tells that there is no more, since it asks for one byte beyond. */
static bool read_sized(struct walk *w, int fd, struct str path, size_t size, struct str *out)
{
	char *p = arena_alloc(w->a, size + 1);
	size_t n = 0;
	while (n <= size) {
		ssize_t got = read(fd, p + n, size + 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(w->err, ERR_IO, "cannot read '%.*s': %s", STR_ARG(path), strerror(errno));
		n += (size_t)got;
		if (got == 0 || n == size)
			break;
	}
	if (n > size)
		return err_set(w->err, ERR_IO, "'%.*s' grew while it was read", STR_ARG(path));
	*out = (struct str){ p, n };
	return true;
}

static bool add_file(struct walk *w, int fd, struct str path, struct str name)
{
	struct stat st;
	struct chart_file file = { .name = name };
	if (fstat(fd, &st) != 0)
		return err_set(w->err, ERR_IO, "cannot read '%.*s': %s", STR_ARG(path), strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(w->err, ERR_SYNTAX, "cannot load irregular file %.*s as it has file mode type bits set", STR_ARG(path));
	if ((size_t)st.st_size > CHART_MAX_FILE_BYTES)
		return err_set(w->err, ERR_LIMIT, "chart file \"%.*s\" is larger than the maximum file size %zu", STR_ARG(path_base(name)),
			       CHART_MAX_FILE_BYTES);
	if (!read_sized(w, fd, path, (size_t)st.st_size, &file.data))
		return false;
	w->total += file.data.n;
	if (w->total > CHART_MAX_BYTES)
		return err_set(w->err, ERR_LIMIT, "chart folder '%.*s' holds more than %zu bytes", STR_ARG(w->root), CHART_MAX_BYTES);
	file.data = str_drop_prefix(file.data, BOM);
	vec_push_in(w->out, w->a, file);
	return true;
}

/* Resolves the link at `path`; refuses what is outside the chart. */
static bool resolve_link(struct walk *w, struct str path, struct str *target, struct stat *st)
{
	char real[PATH_MAX], link[PATH_MAX];
	const char *c_path = arena_cstr(w->a, path);
	if (!realpath(c_path, real) || !fs_stat(str_c(real), FS_FOLLOW, st)) {
		const char *why = errno == ENOENT ? "no such file or directory" : strerror(errno);
		ssize_t n = readlink(c_path, link, sizeof(link));
		struct str to = n > 0 ? path_in(w->a, path_dir(w->a, path), (struct str){ link, (size_t)n }) : path;
		return err_set(w->err, ERR_IO, "error evaluating symlink %.*s: lstat %.*s: %s", STR_ARG(path), STR_ARG(to),
			       why);
	}
	*target = arena_str(w->a, str_c(real));
	bool inside = str_starts(*target, w->real_root) && (target->n == w->real_root.n || target->p[w->real_root.n] == '/');
	if (!inside && !(w->options && w->options->follow_links)) {
		err_set(w->err, ERR_DENIED, "the link %.*s leads out of the chart, to %s", STR_ARG(path), real);
		return err_hint(w->err, "--follow-links allows it for a chart that you trust");
	}
	if (w->options && w->options->warn)
		w->options->warn(w->options->warn_ctx,
				 arena_fmt(w->a,
					   "walk.go:75: found symbolic link in path: %.*s resolves to %s. Contents of linked file included and used",
					   STR_ARG(path), real));
	return true;
}

struct entry {
	struct str name;
	bool is_folder, is_link, is_irregular;
};

/* Opens what an entry, or the link that it is, stands for: `path` becomes the link's target. */
static bool open_entry(struct walk *w, int dir, struct entry *e, struct str *path, int *fd)
{
	struct stat st;
	if (e->is_link) {
		if (!resolve_link(w, *path, path, &st))
			return false;
		e->is_folder = S_ISDIR(st.st_mode);
		e->is_irregular = !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode);
	}
	if (e->is_irregular)
		return err_set(w->err, ERR_SYNTAX, "cannot load irregular file %.*s as it has file mode type bits set", STR_ARG(*path));
	int flags = O_RDONLY | O_CLOEXEC | (e->is_folder ? O_DIRECTORY : 0);
	*fd = e->is_link ? open(path->p, flags) : openat(dir, e->name.p, flags | O_NOFOLLOW);
	if (*fd < 0)
		return err_set(w->err, ERR_IO, "open %.*s: %s", STR_ARG(*path), strerror(errno));
	return true;
}

static bool walk_entry(struct walk *w, int dir, struct str folder, struct str folder_name, struct entry *e, int depth)
{
	struct str path = join(w->a, folder, e->name), name = folder_name.n ? join(w->a, folder_name, e->name) : e->name;
	AUTO_FD fd = -1;
	/* What a link stands for decides whether rules for folders apply to it. */
	if (!e->is_link && ignore_matches(&w->rules, name, e->is_folder ? IGNORE_FOLDER : IGNORE_FILE))
		return true;
	if (e->is_link) {
		struct stat st;
		bool leads_to_folder = stat(path.p, &st) == 0 && S_ISDIR(st.st_mode);
		if (ignore_matches(&w->rules, name, leads_to_folder ? IGNORE_FOLDER : IGNORE_FILE))
			return true;
	}
	if (!open_entry(w, dir, e, &path, &fd))
		return false;
	return e->is_folder ? walk_folder(w, take_fd(&fd), path, name, depth + 1) : add_file(w, fd, path, name);
}

static int entry_cmp(const void *a, const void *b)
{
	return str_cmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

typedef VEC(struct entry) entries;

static void list_folder(struct walk *w, DIR *d, entries *out)
{
	for (struct dirent *e; (e = readdir(d));) {
		struct entry entry = { arena_str(w->a, str_c(e->d_name)), e->d_type == DT_DIR, e->d_type == DT_LNK, false };
		struct stat st;
		if (str_eq(entry.name, STR(".")) || str_eq(entry.name, STR("..")))
			continue;
		entry.is_irregular = !entry.is_folder && !entry.is_link && e->d_type != DT_REG;
		if (e->d_type == DT_UNKNOWN && fstatat(dirfd(d), entry.name.p, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			entry.is_folder = S_ISDIR(st.st_mode);
			entry.is_link = S_ISLNK(st.st_mode);
			entry.is_irregular = !entry.is_folder && !entry.is_link && !S_ISREG(st.st_mode);
		}
		vec_push_in(out, w->a, entry);
	}
	if (out->n)
		qsort(out->p, out->n, sizeof(*out->p), entry_cmp);
}

/* Takes the descriptor. */
static bool walk_folder(struct walk *w, int fd, struct str path, struct str name, int depth)
{
	entries found = { 0 };
	bool ok = true;
	DIR *d = fdopendir(fd);
	if (!d) {
		close(fd);
		return err_set(w->err, ERR_IO, "cannot list '%.*s': %s", STR_ARG(path), strerror(errno));
	}
	if (depth > FOLDER_MAX_DEPTH)
		ok = err_set(w->err, ERR_LIMIT, "the chart's folders are nested deeper than %d at %.*s", FOLDER_MAX_DEPTH, STR_ARG(name));
	else
		list_folder(w, d, &found);
	for (size_t i = 0; ok && i < found.n; i++)
		ok = walk_entry(w, dirfd(d), path, name, &found.p[i], depth);
	closedir(d);
	return ok;
}

bool source_read_folder(struct str path, const struct chart_options *options, struct arena *a, chart_files *out, struct err *err)
{
	struct walk w = { .options = options, .a = a, .out = out, .err = err };
	char real[PATH_MAX];
	if (!realpath(arena_cstr(a, path), real))
		return err_set(err, ERR_NOT_FOUND, "path \"%.*s\" not found", STR_ARG(path));
	w.real_root = arena_str(a, str_c(real));
	w.root = w.real_root;
	struct str ignore_path = path_join(a, w.root, STR(".helmignore")), text = STR("");
	if (fs_exists(ignore_path) && !fs_read(ignore_path, CHART_MAX_FILE_BYTES, a, &text, err))
		return false;
	if (!ignore_parse(text, a, &w.rules, err))
		return false;
	int fd = open(w.root.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_IO, "open %.*s: %s", STR_ARG(path), strerror(errno));
	return walk_folder(&w, fd, w.root, STR(""), 0);
}

/* ---- Archives ---- */

/* What Go's http.DetectContentType calls bytes without a known signature. Helm looks at 512 bytes, NUL where the file is shorter. */
static const char *content_type(struct str bytes)
{
	if (bytes.n < 512)
		return "application/octet-stream";
	for (size_t i = 0; i < 512; i++) {
		unsigned char c = bytes.p[i];
		if (c <= 0x08 || c == 0x0b || (c >= 0x0e && c <= 0x1a) || (c >= 0x1c && c <= 0x1f))
			return "application/octet-stream";
	}
	return "text/plain; charset=utf-8";
}

bool source_check_archive(struct str path, struct str bytes, struct err *err)
{
	if (str_starts(bytes, STR("\x1f\x8b\x08")))
		return true;
	if (str_ends(path, STR(".yml")) || str_ends(path, STR(".yaml")))
		return err_set(err, ERR_SYNTAX, "file '%.*s' seems to be a YAML file, but expected a gzipped archive", STR_ARG(path));
	return err_set(err, ERR_SYNTAX, "file '%.*s' does not appear to be a gzipped archive; got '%s'", STR_ARG(path), content_type(bytes));
}

static bool is_drive_path(struct str s)
{
	return s.n > 2 && s.p[1] == ':' && s.p[2] == '/' && ((s.p[0] >= 'a' && s.p[0] <= 'z') || (s.p[0] >= 'A' && s.p[0] <= 'Z'));
}

/* The name within the chart of an archive's entry. */
static bool entry_name(struct str path, struct arena *a, struct str *out, struct err *err)
{
	char sep = str_find_char(path, '\\') != STR_NPOS ? '\\' : '/';
	struct str first, rest;
	str_cut(path, sep, &first, &rest);
	if (sep != '/') {
		char *p = arena_cstr(a, rest);
		for (size_t i = 0; i < rest.n; i++)
			p[i] = p[i] == sep ? '/' : p[i];
		rest.p = p;
	}
	if (path_is_abs(rest))
		return err_set(err, ERR_INTEGRITY, "chart illegally contains absolute paths");
	struct str name = path_clean(a, rest);
	if (str_eq(name, STR(".")))
		return err_set(err, ERR_INTEGRITY, "chart illegally contains content outside the base directory: \"%.*s\"", STR_ARG(path));
	if (str_starts(name, STR("..")))
		return err_set(err, ERR_INTEGRITY, "chart illegally references parent directory");
	if (is_drive_path(name))
		return err_set(err, ERR_INTEGRITY, "chart contains illegally named files");
	if (str_eq(first, STR("Chart.yaml")))
		return err_set(err, ERR_INTEGRITY, "chart yaml not in base directory");
	*out = name;
	return true;
}

static bool add_item(struct arc_reader *r, const struct arc_item *item, struct arena *a, chart_files *out, struct err *err)
{
	struct chart_file file;
	if (!entry_name(item->path, a, &file.name, err))
		return false;
	file.data = STR("");
	if (item->type == ARC_FILE && item->size > CHART_MAX_FILE_BYTES)
		return err_set(err, ERR_LIMIT, "decompressed chart file \"%.*s\" is larger than the maximum file size %zu", STR_ARG(item->path),
			       CHART_MAX_FILE_BYTES);
	if (item->type == ARC_FILE && !arc_read(r, a, &file.data, err))
		return false;
	file.name = arena_str(a, file.name);
	file.data = str_drop_prefix(file.data, BOM);
	vec_push_in(out, a, file);
	return true;
}

/* What Go's reader says of an archive that ends too early; what ours said of it becomes the hint. */
static bool tell_damage(struct err *err)
{
	struct err old = *err;
	if (old.kind != ERR_INTEGRITY)
		return false;
	*err = (struct err){ 0 };
	err_set(err, ERR_INTEGRITY, "unexpected EOF");
	err_hint(err, "%s", old.message);
	err_deinit(&old);
	return false;
}

bool source_read_archive(struct str bytes, struct str name, struct chart_archives *archives, struct arena *a, chart_files *out, struct err *err)
{
	struct arc_limits limits = { .total_bytes = CHART_MAX_BYTES };
	struct arc_reader *r;
	if (!arc_open_bytes(bytes, name, &limits, &r, err))
		return tell_damage(err);
	vec_push(&archives->readers, r);
	for (;;) {
		struct arc_item item;
		bool more;
		if (!arc_next(r, &item, &more, err))
			return tell_damage(err);
		if (!more)
			break;
		if (item.type != ARC_DIR && !add_item(r, &item, a, out, err))
			return false;
	}
	if (!out->n)
		return err_set(err, ERR_SYNTAX, "no files in chart archive");
	return true;
}
