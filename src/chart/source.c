/*
 * Folders are walked by hand rather than with fs_walk, since Helm follows links: a linked folder's files appear under the link's name. Here a link
 * that leads out of the chart is refused, because a chart may come from a stranger and .Files would read whatever it points to.
 * A folder is listed before anything in it is read; a file that is wanted costs three system calls then, relative to the chart's folder.
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

enum { LISTING = 32 << 10, READ_LEAST = 4 << 10, READ_MOST = 128 << 10 };

/* ---- Work in turn ---- */

static void keep_line(void *ctx, struct str line)
{
	struct source_turn *t = ctx;
	vec_push_in(&t->warnings, t->a, arena_str(t->a, line));
}

const struct chart_options *source_turn_begin(struct source_turn *t, const struct chart_options *from, struct arena *a)
{
	*t = (struct source_turn){ .a = a, .options = *from };
	if (from->warn) {
		t->options.warn = keep_line;
		t->options.warn_ctx = t;
	}
	return &t->options;
}

bool source_turn_end(struct source_turn *t, const struct chart_options *to, bool *ok, struct err *err)
{
	bool counts = *ok;
	for (size_t i = 0; counts && i < t->warnings.n; i++)
		to->warn(to->warn_ctx, t->warnings.p[i]);
	if (counts && !t->ok)
		err_move(err, &t->err);
	err_deinit(&t->err);
	*ok = counts && t->ok;
	return *ok;
}

void source_side_arena(struct arena *a, struct arena *side)
{
	enum { SIDE = 512 << 10 };
	arena_want(a, 2 * SIDE);
	if (arena_room(a) >= 2 * SIDE)
		arena_share(a, side, SIDE);
}

/* ---- Folders ---- */

enum { MAX_LINKS = 40 }; /* Linux follows no more within one path */

struct walk {
	const struct chart_options *options; /* NULL: none */
	struct arena *a;
	struct ignore_rules rules;
	struct str root;  /* with all links resolved */
	struct str shown; /* the same as messages name it */
	char *listing;    /* room for what the system says of a folder */
	chart_files *out;
	struct err *err;
};

typedef VEC(struct entry) entries;

/* A folder that is being walked. */
struct folder {
	int fd;
	struct str path, name; /* absolute; within the chart */
	int links;             /* how many links the name leads through */
	int depth;
};

static bool walk_folder(struct walk *w, const struct folder *f);

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

/* The first part of a path that leads nowhere, with the links on its way followed. */
static struct str missing_part(struct walk *w, struct str path, int links)
{
	char link[PATH_MAX], real[PATH_MAX];
	for (size_t end = 1; end <= path.n; end++) {
		struct stat st;
		if (end < path.n && path.p[end] != '/')
			continue;
		struct str part = str_slice(path, 0, end);
		const char *c_part = arena_cstr(w->a, part);
		if (lstat(c_part, &st) != 0)
			return part;
		if (!S_ISLNK(st.st_mode) || realpath(c_part, real) || links >= MAX_LINKS)
			continue;
		ssize_t n = readlink(c_part, link, sizeof(link));
		if (n > 0)
			return missing_part(w, path_in(w->a, path_dir(w->a, part), (struct str){ link, (size_t)n }), links + 1);
	}
	return path;
}

struct link {
	struct str shown, target; /* as messages name it; absolute, with all links resolved */
	bool is_inside;           /* the chart */
};

static bool resolve_link(struct walk *w, struct str path, struct str name, struct link *out, struct stat *st)
{
	char real[PATH_MAX];
	out->shown = join(w->a, w->shown, name);
	if (!realpath(arena_cstr(w->a, path), real) || !fs_stat(str_c(real), FS_FOLLOW, st)) {
		if (errno != ENOENT)
			return err_set(w->err, ERR_IO, "error evaluating symlink %.*s: %s", STR_ARG(out->shown),
				       errno == ELOOP ? "EvalSymlinks: too many links" : strerror(errno));
		struct str part = missing_part(w, path, 0);
		return err_set(w->err, ERR_IO, "error evaluating symlink %.*s: lstat %.*s: no such file or directory", STR_ARG(out->shown),
			       STR_ARG(part));
	}
	struct str target = out->target = arena_str(w->a, str_c(real));
	out->is_inside = str_starts(target, w->root) && (target.n == w->root.n || target.p[w->root.n] == '/');
	return true;
}

static void tell_link(struct walk *w, const struct link *link)
{
	if (w->options && w->options->warn)
		w->options->warn(w->options->warn_ctx, arena_fmt(w->a, "walk.go:75: found symbolic link in path: %.*s resolves to %.*s. Contents of linked "
								 "file included and used",
								 STR_ARG(link->shown), STR_ARG(link->target)));
}

static bool refuse_link(struct walk *w, const struct link *link)
{
	err_set(w->err, ERR_DENIED, "the link %.*s leads out of the chart, to %.*s", STR_ARG(link->shown), STR_ARG(link->target));
	return err_hint(w->err, "--follow-links allows it for a chart that you trust");
}

struct entry {
	struct str name;
	bool is_folder, is_link, is_irregular;
};

static bool enter_folder(struct walk *w, const struct folder *outer, const struct entry *e, struct folder *inner)
{
	/* The system would follow no more of them, were the folder opened by its name. */
	if (inner->links > MAX_LINKS)
		return err_set(w->err, ERR_IO, "open %.*s: too many levels of symbolic links", STR_ARG(join(w->a, w->shown, inner->name)));
	AUTO_FD fd = e->is_link ? open(inner->path.p, O_RDONLY | O_CLOEXEC | O_DIRECTORY) :
				  openat(outer->fd, e->name.p, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0)
		return err_set(w->err, ERR_IO, "open %.*s: %s", STR_ARG(inner->path), strerror(errno));
	inner->fd = fd;
	return walk_folder(w, inner);
}

static bool walk_entry(struct walk *w, const struct folder *f, struct entry *e)
{
	struct str name = f->name.n ? join(w->a, f->name, e->name) : e->name, path = STR_NONE;
	bool is_plain_file = !e->is_link && !e->is_folder && !e->is_irregular;
	if (!is_plain_file || f->links)
		path = join(w->a, f->path, e->name);
	struct link link;
	if (e->is_link) {
		struct stat st;
		if (!resolve_link(w, path, name, &link, &st))
			return false;
		e->is_folder = S_ISDIR(st.st_mode);
		e->is_irregular = !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode);
		path = link.target;
	}
	/* What a link stands for decides whether rules for folders apply to it; helm tells of it in any case. */
	bool ignored = ignore_matches(&w->rules, name, e->is_folder ? IGNORE_FOLDER : IGNORE_FILE);
	if (e->is_link && !ignored && !link.is_inside && !(w->options && w->options->follow_links))
		return refuse_link(w, &link);
	if (e->is_link)
		tell_link(w, &link);
	if (ignored)
		return true;
	if (e->is_irregular)
		return err_set(w->err, ERR_SYNTAX, "cannot load irregular file %.*s as it has file mode type bits set", STR_ARG(path));
	if (e->is_folder) {
		struct folder inner = { .path = path, .name = name, .links = f->links + e->is_link, .depth = f->depth + 1 };
		return enter_folder(w, f, e, &inner);
	}
	vec_push_in(w->out, w->a, (struct chart_file){ .name = name, .path = path.p ? path : name });
	return true;
}

static int entry_cmp(const void *a, const void *b)
{
	return str_cmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void add_entry(struct walk *w, const struct folder *f, const struct dirent64 *d, entries *out)
{
	struct str name = str_c(d->d_name);
	struct entry e = { .is_folder = d->d_type == DT_DIR, .is_link = d->d_type == DT_LNK };
	struct stat st;
	if (str_eq(name, STR(".")) || str_eq(name, STR("..")))
		return;
	e.name = arena_str(w->a, name);
	e.is_irregular = !e.is_folder && !e.is_link && d->d_type != DT_REG;
	if (d->d_type == DT_UNKNOWN && fstatat(f->fd, e.name.p, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		e.is_folder = S_ISDIR(st.st_mode);
		e.is_link = S_ISLNK(st.st_mode);
		e.is_irregular = !e.is_folder && !e.is_link && !S_ISREG(st.st_mode);
	}
	vec_push_in(out, w->a, e);
}

/* Asks the system itself: opendir takes 32 KiB and three calls more for each folder. */
static bool list_folder(struct walk *w, const struct folder *f, entries *out)
{
	for (;;) {
		ssize_t n = getdents64(f->fd, w->listing, LISTING);
		if (n < 0)
			return err_set(w->err, ERR_IO, "cannot list '%.*s': %s", STR_ARG(f->path), strerror(errno));
		if (n == 0)
			break;
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *d = (const struct dirent64 *)(w->listing + at);
			at += d->d_reclen;
			add_entry(w, f, d, out);
		}
	}
	if (out->n)
		qsort(out->p, out->n, sizeof(*out->p), entry_cmp);
	return true;
}

/* What is in charts/, walked by two threads. */
struct branches {
	const struct walk *w;
	const struct folder *f;
	struct branch {
		struct entry *entry;
		chart_files files;
		struct source_turn turn;
	} *all;
	struct arena *arenas[CREW_SIZE];
	char *listings[CREW_SIZE];
};

static bool walk_in_turn(void *ctx, size_t i, enum crew_who who)
{
	struct branches *work = ctx;
	struct branch *b = &work->all[i];
	struct walk w = *work->w;
	w.a = work->arenas[who];
	w.listing = work->listings[who];
	w.out = &b->files;
	w.err = &b->turn.err;
	w.options = source_turn_begin(&b->turn, w.options, w.a);
	b->turn.ok = walk_entry(&w, work->f, b->entry);
	return true;
}

static bool walk_side_by_side(struct walk *w, const struct folder *f, entries *found)
{
	struct arena side = { 0 };
	struct branches work = { .w = w, .f = f, .all = arena_array(w->a, struct branch, found->n), .arenas = { w->a, &side } };
	for (size_t i = 0; i < found->n; i++)
		work.all[i].entry = &found->p[i];
	work.listings[CREW_SELF] = w->listing;
	work.listings[CREW_HELPER] = arena_alloc(w->a, LISTING);
	crew_share(w->options->crew, found->n, walk_in_turn, &work);
	arena_adopt(w->a, &side);
	bool ok = true;
	for (size_t i = 0; i < found->n; i++) {
		const struct branch *b = &work.all[i];
		if (source_turn_end(&work.all[i].turn, w->options, &ok, w->err))
			for (size_t k = 0; k < b->files.n; k++)
				vec_push_in(w->out, w->a, b->files.p[k]);
	}
	return ok;
}

static bool walk_folder(struct walk *w, const struct folder *f)
{
	entries found = { 0 };
	if (f->depth > FOLDER_MAX_DEPTH)
		return err_set(w->err, ERR_LIMIT, "the chart's folders are nested deeper than %d at %.*s", FOLDER_MAX_DEPTH, STR_ARG(f->name));
	if (!list_folder(w, f, &found))
		return false;
	if (found.n > 1 && f->depth == 1 && str_eq(f->name, STR("charts")) && w->options && w->options->crew)
		return walk_side_by_side(w, f, &found);
	for (size_t i = 0; i < found.n; i++)
		if (!walk_entry(w, f, &found.p[i]))
			return false;
	return true;
}

static bool read_ignore(struct walk *w, int fd)
{
	struct chart_file file = { .name = STR(".helmignore"), .path = STR(".helmignore") };
	struct chart_folder folder = { .fd = fd, .path = w->root };
	struct stat st;
	if (fstatat(fd, file.path.p, &st, 0) != 0)
		file.data = STR("");
	return (file.data.p || source_read_file(&folder, &file, w->a, w->err)) && ignore_parse(file.data, w->a, &w->rules, w->err);
}

bool source_list_folder(struct str path, const struct chart_options *options, struct arena *a, struct chart_folder **folder, chart_files *out,
			struct err *err)
{
	struct walk w = { .options = options, .a = a, .out = out, .err = err };
	char real[PATH_MAX];
	if (!realpath(arena_cstr(a, path), real))
		return err_set(err, ERR_NOT_FOUND, "path \"%.*s\" not found", STR_ARG(path));
	w.root = arena_str(a, str_c(real));
	w.shown = path;
	AUTO_FD fd = open(w.root.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_IO, "open %.*s: %s", STR_ARG(path), strerror(errno));
	w.listing = arena_alloc(a, LISTING);
	bool ok = read_ignore(&w, fd) && walk_folder(&w, &(struct folder){ .fd = fd, .path = w.root, .name = STR("") });
	if (!ok)
		return false;
	*folder = xcalloc(1, sizeof(**folder));
	(*folder)->fd = take_fd(&fd);
	(*folder)->path = w.root;
	return true;
}

void source_close_folder(struct chart_folder *folder)
{
	if (folder)
		close(folder->fd);
	free(folder);
}

/* ---- Files ---- */

/* Reads on until there are `want` bytes or the file ends. */
static bool read_up_to(int fd, char *p, size_t want, size_t *n)
{
	while (*n < want) {
		ssize_t got = read(fd, p + *n, want - *n);
		if (got < 0 && errno != EINTR)
			return false;
		if (got == 0)
			break;
		*n += got > 0 ? (size_t)got : 0;
	}
	return true;
}

/*
 * One read into what room there is takes most files whole: its answer is shorter than what was asked for, which for a file of a file system means its
 * end. Only a larger one is asked for its size.
 */
static bool read_open(int fd, const struct chart_folder *folder, const struct chart_file *file, struct arena *a, struct str *out, struct err *err)
{
	size_t room = arena_room(a), cap = room > 2 * READ_LEAST ? MIN(room - 16, (size_t)READ_MOST) : READ_LEAST, n = 0;
	char *p = arena_alloc(a, cap);
	struct stat st;
	ssize_t got = read(fd, p, cap);
	bool ok = got >= 0;
	n = ok ? (size_t)got : 0;
	if (n == cap) {
		if (fstat(fd, &st) != 0 || (size_t)st.st_size > CHART_MAX_FILE_BYTES)
			return err_set(err, ERR_LIMIT, "chart file \"%.*s\" is larger than the maximum file size %zu", STR_ARG(path_base(file->name)),
				       CHART_MAX_FILE_BYTES);
		size_t want = MAX((size_t)st.st_size, n) + 1;
		p = arena_grow(a, p, cap, want);
		cap = want;
		ok = read_up_to(fd, p, want, &n);
		if (ok && n == want)
			return err_set(err, ERR_IO, "'%.*s' grew while it was read", STR_ARG(file->path));
	}
	if (!ok)
		return err_set(err, ERR_IO, "cannot read '%.*s/%.*s': %s", STR_ARG(folder->path), STR_ARG(file->path), strerror(errno));
	arena_trim(a, p, cap, MAX(n, (size_t)1));
	*out = (struct str){ p, n };
	return true;
}

bool source_read_file(struct chart_folder *folder, struct chart_file *file, struct arena *a, struct err *err)
{
	AUTO_FD fd = openat(folder->fd, file->path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct str text;
	if (fd < 0)
		return err_set(err, ERR_IO, "open %.*s/%.*s: %s", STR_ARG(folder->path), STR_ARG(file->path), strerror(errno));
	if (!read_open(fd, folder, file, a, &text, err))
		return false;
	if (atomic_fetch_add(&folder->total, text.n) + text.n > CHART_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "chart folder '%.*s' holds more than %zu bytes", STR_ARG(folder->path), CHART_MAX_BYTES);
	file->data = str_drop_prefix(text, BOM);
	return true;
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
	if (!arc_open_bytes_in(bytes, name, &limits, a, &r, err))
		return tell_damage(err);
	pthread_mutex_lock(&archives->lock);
	vec_push(&archives->readers, r);
	pthread_mutex_unlock(&archives->lock);
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
