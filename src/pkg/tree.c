/*
 * The stamp walks by descriptors (openat, fstatat), since with hundreds of files the look-up of long paths costs more than the stat itself. Entries
 * are summed without sorting: each gets its own digest, and the digests are added up as four 64-bit numbers, which gives the same sum in any order.
 * (Nobody attacks a stamp: it only answers whether this machine's own files are as they were left.)
 */
#include "pkg/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/path.h"
#include "ext/archive.h"

enum { MAX_DEPTH = 200, SETTLED_NS = 50 * 1000 * 1000 };

struct tree_walk {
	struct str dir;
	struct sha256 sum;
};

static bool add_entry(void *ctx, struct str path, const struct stat *st, struct err *err)
{
	struct tree_walk *w = ctx;
	struct digest content;
	AUTO_BUF full = { 0 };
	buf_addf(&full, "%.*s/%.*s", STR_ARG(w->dir), STR_ARG(path));
	const char *kind = "file";
	if (S_ISDIR(st->st_mode))
		return true;
	if (S_ISREG(st->st_mode)) {
		if (!sha256_file(buf_str(&full), &content, NULL, err))
			return false;
		kind = st->st_mode & S_IXUSR ? "exec" : "file";
	} else if (S_ISLNK(st->st_mode)) {
		char target[PATH_MAX];
		ssize_t n = readlink(buf_str(&full).p, target, sizeof(target));
		if (n < 0)
			return err_set(err, ERR_IO, "cannot read link '%s': %s", full.p, strerror(errno));
		content = sha256_of((struct str){ target, (size_t)n });
		kind = "link";
	} else {
		return err_set(err, ERR_INTEGRITY, "'%s' is no file, folder or link", buf_str(&full).p);
	}
	sha256_add_field(&w->sum, path);
	sha256_add(&w->sum, (struct str){ kind, 4 });
	sha256_add(&w->sum, (struct str){ (const char *)content.b, sizeof(content.b) });
	return true;
}

bool pkg_tree_digest(struct str dir, struct digest *out, struct err *err)
{
	struct tree_walk w = { .dir = dir };
	sha256_init(&w.sum);
	if (!fs_walk(dir, add_entry, &w, err))
		return false;
	*out = sha256_end(&w.sum);
	return true;
}

struct stamping {
	uint64_t sum[4];
	int64_t newest_ns;
	struct buf path; /* relative, of the folder at work */
};

static int64_t in_ns(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static void stamp_entry(struct stamping *s, struct str name, const struct stat *st)
{
	int64_t facts[] = { (int64_t)st->st_ino, (int64_t)st->st_mode, (int64_t)st->st_size, in_ns(&st->st_mtim), in_ns(&st->st_ctim) };
	size_t keep = s->path.n;
	buf_add(&s->path, name);
	struct sha256 h;
	sha256_init(&h);
	/* A folder's own size and times tell of entries that come and go, which the entries tell as well. */
	sha256_add(&h, (struct str){ (const char *)facts, S_ISDIR(st->st_mode) ? 2 * sizeof(facts[0]) : sizeof(facts) });
	sha256_add(&h, buf_str(&s->path));
	struct digest d = sha256_end(&h);
	s->path.n = keep;
	for (size_t i = 0; i < 4; i++) {
		uint64_t v;
		memcpy(&v, d.b + 8 * i, sizeof(v));
		s->sum[i] += v;
	}
	if (!S_ISDIR(st->st_mode))
		s->newest_ns = MAX(s->newest_ns, MAX(facts[3], facts[4]));
}

static bool stamp_failed(struct stamping *s, struct err *err)
{
	return err_set(err, ERR_IO, "cannot look at '%s': %s", buf_str(&s->path).p, strerror(errno));
}

static bool stamp_dir(struct stamping *s, int fd, int depth, struct err *err);

static bool stamp_child(struct stamping *s, int dir, const char *name, int depth, struct err *err)
{
	struct stat st;
	size_t keep = s->path.n;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return stamp_failed(s, err);
	stamp_entry(s, str_c(name), &st);
	if (!S_ISDIR(st.st_mode))
		return true;
	if (depth > MAX_DEPTH)
		return err_set(err, ERR_LIMIT, "'%s' is nested deeper than %d folders", buf_str(&s->path).p, MAX_DEPTH);
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return stamp_failed(s, err);
	buf_add_c(&s->path, name);
	buf_add_char(&s->path, '/');
	bool ok = stamp_dir(s, fd, depth + 1, err);
	s->path.n = keep;
	return ok;
}

/* Takes over the descriptor. */
static bool stamp_dir(struct stamping *s, int fd, int depth, struct err *err)
{
	DIR *d = fdopendir(fd);
	if (!d) {
		close(fd);
		return stamp_failed(s, err);
	}
	bool ok = true;
	for (struct dirent *e; ok && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			ok = stamp_child(s, dirfd(d), e->d_name, depth, err);
	closedir(d);
	return ok;
}

bool pkg_tree_stamp(struct str dir, struct pkg_stamp *out, bool *exists, struct err *err)
{
	struct stamping s = { 0 };
	AUTO_FREE char *name = xstrndup(dir.p, dir.n);
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*exists = fd >= 0;
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || err_set(err, ERR_IO, "cannot open '%s': %s", name, strerror(errno));
	bool ok = stamp_dir(&s, fd, 0, err);
	buf_deinit(&s.path);
	if (!ok)
		return err_wrap(err, "%s", name);
	memcpy(out->digest.b, s.sum, sizeof(out->digest.b));
	out->newest_ns = s.newest_ns;
	return true;
}

bool pkg_stamp_is_settled(const struct pkg_stamp *stamp)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return stamp->newest_ns + SETTLED_NS < in_ns(&now);
}

/* --- limits --- */

static const struct { struct str name; size_t offset; uint64_t usual; } limit_rows[] = {
	{ STR_INIT("archive"), offsetof(struct pkg_limits, archive), (uint64_t)100 << 20 },
	{ STR_INIT("total"), offsetof(struct pkg_limits, total), (uint64_t)512 << 20 },
	{ STR_INIT("file"), offsetof(struct pkg_limits, file), (uint64_t)64 << 20 },
	{ STR_INIT("entries"), offsetof(struct pkg_limits, entries), 20000 },
	{ STR_INIT("ratio"), offsetof(struct pkg_limits, ratio), ARC_MAX_RATIO },
	{ STR_INIT("stall"), offsetof(struct pkg_limits, stall), 15 },
};

static uint64_t limit_at(const struct pkg_limits *limits, size_t row)
{
	uint64_t set = *(const uint64_t *)(const void *)((const char *)limits + limit_rows[row].offset);
	return set ? set : limit_rows[row].usual;
}

bool pkg_limits_set(struct pkg_limits *limits, struct str word, struct err *err)
{
	static const struct { struct str suffix; int shift; } units[] = {
		{ STR_INIT("KiB"), 10 }, { STR_INIT("MiB"), 20 }, { STR_INIT("GiB"), 30 }, { STR_INIT("K"), 10 }, { STR_INIT("M"), 20 }, { STR_INIT("G"), 30 },
	};
	struct str name, number;
	int64_t n = 0;
	int shift = 0;
	if (str_cut(word, '=', &name, &number)) {
		for (size_t i = 0; i < ARRAY_LEN(units) && !shift; i++)
			if (str_ends(number, units[i].suffix)) {
				number = str_drop_suffix(number, units[i].suffix);
				shift = units[i].shift;
			}
		for (size_t i = 0; i < ARRAY_LEN(limit_rows); i++)
			if (str_eq(name, limit_rows[i].name) && str_to_int(number, &n) && n > 0 && n < INT64_MAX >> 31) {
				*(uint64_t *)(void *)((char *)limits + limit_rows[i].offset) = (uint64_t)n << shift;
				return true;
			}
	}
	err_set(err, ERR_USAGE, "'%.*s' is no limit", STR_ARG(word));
	return err_hint(err, "archive=SIZE, total=SIZE, file=SIZE, entries=NUMBER, ratio=NUMBER, stall=SECONDS; a SIZE is in bytes, or with K, M or G behind it");
}

uint32_t pkg_limits_stall(const struct pkg_limits *limits)
{
	return (uint32_t)MIN(limit_at(limits, 5), 1000000) * 1000;
}

size_t pkg_limits_archive(const struct pkg_limits *limits)
{
	return (size_t)limit_at(limits, 0);
}

bool pkg_limits_hint(struct err *err)
{
	if (err->kind == ERR_LIMIT)
		err_hint(err, "where that is in order, `--limit` raises it: archive=, total=, file=, entries= or ratio=");
	return false;
}

bool pkg_tree_unpack(struct str bytes, struct str where, struct str dir, const struct pkg_limits *limits, struct err *err)
{
	struct arc_limits arc = { .total_bytes = limit_at(limits, 1), .file_bytes = limit_at(limits, 2), .entries = limit_at(limits, 3),
				  .ratio = (uint32_t)MIN(limit_at(limits, 4), UINT32_MAX) };
	struct arc_reader *r;
	AUTO_FREE char *name = xstrndup(dir.p, dir.n);
	if (!arc_open_bytes(bytes, where, &arc, &r, err))
		return pkg_limits_hint(err);
	bool ok = arc_unpack(r, dir, &(struct arc_unpack){ .strip = 1, .keep_links = true }, err);
	arc_close(r);
	if (!ok)
		return pkg_limits_hint(err), err_wrap(err, "%.*s", STR_ARG(where));
	/* The folder may have been made with mode 0700, for as long as it was only ours. */
	return chmod(name, 0755) == 0 || err_set(err, ERR_IO, "cannot change the mode of '%s': %s", name, strerror(errno));
}

bool pkg_tree_swap(struct str aside, struct str dir, struct err *err)
{
	struct arena a = { 0 };
	struct stat st;
	AUTO_ERR ignored = { 0 };
	struct str old = arena_concat(&a, aside, STR("-old"));
	bool had = fs_stat(dir, FS_NOFOLLOW, &st);
	bool ok = fs_mkdirs(path_dir(&a, dir), 0777, err) && (!had || fs_rename(dir, old, err));
	if (ok && !fs_rename(aside, dir, err)) {
		ok = false;
		if (had && !fs_rename(old, dir, &ignored))
			err_hint(err, "the former folder is at '%.*s'", STR_ARG(old));
	}
	ok = ok && (!had || fs_remove_tree(old, err));
	arena_deinit(&a);
	return ok;
}
