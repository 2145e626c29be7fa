/* File system calls with the project's errors. Short paths are made C strings on the stack, longer ones on the heap. */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/path.h"

enum { MAX_DEPTH = 200 };
#define TEMPORARY ".tmp-" /* and six letters */

struct cpath {
	char room[512];
	char *p;
};

static void cpath_deinit(struct cpath *c)
{
	if (c->p != c->room)
		free(c->p);
}
#define AUTO_CPATH __attribute__((cleanup(cpath_deinit))) struct cpath

static const char *cpath(struct cpath *c, struct str path)
{
	if (path.n < sizeof(c->room)) {
		if (path.n)
			memcpy(c->room, path.p, path.n);
		c->room[path.n] = '\0';
		c->p = c->room;
	} else {
		c->p = xstrndup(path.p, path.n);
	}
	/* A NUL inside would name another file than the one meant; the empty path names none and the call fails. */
	if (memchr(c->p, '\0', path.n))
		c->p[0] = '\0';
	return c->p;
}

static bool fail(struct err *err, const char *verb, struct str path)
{
	int e = errno;
	enum err_kind kind = e == ENOENT || e == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
	err_set(err, kind, "cannot %s '%.*s': %s", verb, STR_ARG(path), strerror(e));
	if (e == ENOSPC || e == EDQUOT)
		err_hint(err, "free some space on that file system and run again");
	else if (e == EROFS)
		err_hint(err, "that file system is read-only");
	return false;
}

bool fs_read_fd(int fd, struct str name, size_t limit, struct arena *a, struct str *out, struct err *err)
{
	struct stat st;
	size_t cap = fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size + 1 : 4096, n = 0;
	limit = limit ? limit : FS_READ_LIMIT;
	cap = MIN(cap, limit + 1);
	char *p = arena_alloc(a, cap + 1);
	for (;;) {
		if (n == cap) {
			if (n > limit)
				return err_set(err, ERR_LIMIT, "'%.*s' is larger than %zu bytes", STR_ARG(name), limit);
			size_t more = MIN(cap * 2, limit + 1);
			p = arena_grow(a, p, cap + 1, more + 1);
			cap = more;
		}
		ssize_t got = read(fd, p + n, cap - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(err, "read", name);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	if (n > limit)
		return err_set(err, ERR_LIMIT, "'%.*s' is larger than %zu bytes", STR_ARG(name), limit);
	p[n] = '\0';
	*out = (struct str){ p, n };
	return true;
}

bool fs_read(struct str path, size_t limit, struct arena *a, struct str *out, struct err *err)
{
	AUTO_CPATH c;
	AUTO_FD fd = open(cpath(&c, path), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, "open", path);
	return fs_read_fd(fd, path, limit, a, out, err);
}

bool fs_read_text(struct str path, size_t limit, struct arena *a, struct str *out, struct err *err)
{
	AUTO_CPATH c;
	AUTO_FD fd = open(cpath(&c, path), O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0)
		return fail(err, "open", path);
	if (fstat(fd, &st) == 0 && st.st_size >= (off_t)FS_LONG && arena_room(a) < (size_t)st.st_size)
		arena_unprepared(arena_reserve(a));
	return fs_read_fd(fd, path, limit, a, out, err);
}

bool fs_write_fd(int fd, struct str bytes)
{
	while (bytes.n) {
		ssize_t done = write(fd, bytes.p, bytes.n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes = str_slice(bytes, (size_t)done, bytes.n);
	}
	return true;
}

bool fs_write(struct str path, struct str bytes, mode_t mode, enum fs_sync sync, struct err *err)
{
	AUTO_BUF tmp = { 0 };
	buf_addf(&tmp, "%.*s" TEMPORARY "XXXXXX", STR_ARG(path));
	AUTO_CPATH c;
	const char *final = cpath(&c, path);
	buf_str(&tmp);
	AUTO_FD fd = mkostemp(tmp.p, O_CLOEXEC);
	if (fd < 0)
		return fail(err, "write", path);
	if (!fs_write_fd(fd, bytes) || fchmod(fd, mode) != 0 || (sync == FS_SYNC && fsync(fd) != 0) ||
	    close(take_fd(&fd)) != 0 || rename(tmp.p, final) != 0) {
		fail(err, "write", path);
		unlink(tmp.p);
		return false;
	}
	return true;
}

/* A file that has no name until it is whole costs no more than one that has it from the beginning (a rename a quarter more), and nothing is left of it after a kill. False where
 * the file system has none, or /proc is not there. */
static bool create_whole(struct cpath *c, size_t n, struct str bytes, mode_t mode)
{
	size_t at = n;
	while (at > 0 && c->p[at - 1] != '/')
		at--;
	if (at < 2) /* the root, or the working folder */
		return false;
	c->p[at - 1] = '\0';
	AUTO_FD fd = open(c->p, O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
	c->p[at - 1] = '/';
	char own[32];
	snprintf(own, sizeof(own), "/proc/self/fd/%d", fd);
	return fd >= 0 && fs_write_fd(fd, bytes) && linkat(AT_FDCWD, own, AT_FDCWD, c->p, AT_SYMLINK_FOLLOW) == 0 && close(take_fd(&fd)) == 0;
}

bool fs_create(struct str path, struct str bytes, mode_t mode, struct err *err)
{
	AUTO_CPATH c;
	cpath(&c, path);
	if (create_whole(&c, path.n, bytes, mode))
		return true;
	AUTO_FD fd = open(c.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0 && errno == EEXIST)
		return err_set(err, ERR_CONFLICT, "cannot write '%.*s': it is there already", STR_ARG(path));
	if (fd < 0)
		return fail(err, "write", path);
	if (fs_write_fd(fd, bytes) && close(take_fd(&fd)) == 0)
		return true;
	fail(err, "write", path);
	unlink(c.p);
	return false;
}

bool fs_is_temporary(struct str name, struct str *of)
{
	const struct str mark = STR(TEMPORARY);
	size_t at = name.n - MIN(name.n, mark.n + 6);
	*of = str_slice(name, 0, at);
	return at > 0 && str_starts(str_slice(name, at, name.n), mark);
}

void fs_sweep(struct str path)
{
	struct arena a = { 0 };
	fs_entries entries;
	AUTO_ERR ignored = { 0 };
	struct str dir = path_dir(&a, path), of;
	if (fs_list(dir, &a, &entries, &ignored))
		for (size_t i = 0; i < entries.n; i++)
			if (entries.p[i].kind == FS_FILE && fs_is_temporary(entries.p[i].name, &of) && str_eq(of, path_base(path)))
				(void)unlink(arena_cstr(&a, path_join(&a, dir, entries.p[i].name)));
	arena_deinit(&a);
}

bool fs_lock_folder(struct str path, const struct fs_wait *wait, int *fd, struct err *err)
{
	AUTO_CPATH c;
	AUTO_FD lock = open(cpath(&c, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return fail(err, "open", path);
	if (flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		if (wait && wait->begins)
			wait->begins(wait->ctx);
		while (flock(lock, LOCK_EX) != 0 && errno == EINTR)
			if (wait && wait->goes_on && !wait->goes_on(wait->ctx, err))
				return false;
	}
	*fd = take_fd(&lock);
	return true;
}

bool fs_mkdirs(struct str path, mode_t mode, struct err *err)
{
	AUTO_CPATH c;
	cpath(&c, path);
	if (mkdir(c.p, mode) == 0 || (errno == EEXIST && fs_is_dir(path)))
		return true;
	if (errno != ENOENT)
		return fail(err, "create folder", path);
	for (size_t i = 1; i <= path.n; i++) {
		if (i < path.n && c.p[i] != '/')
			continue;
		char cut = c.p[i];
		c.p[i] = '\0';
		if (mkdir(c.p, mode) != 0 && errno != EEXIST)
			return fail(err, "create folder", str_slice(path, 0, i));
		c.p[i] = cut;
	}
	if (!fs_is_dir(path)) {
		errno = ENOTDIR;
		return fail(err, "create folder", path);
	}
	return true;
}

static bool remove_at(int dir, const char *name, struct str root, int depth, struct err *err)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return fail(err, "remove", root);
	if (depth > MAX_DEPTH)
		return err_set(err, ERR_LIMIT, "'%.*s' is nested deeper than %d folders", STR_ARG(root), MAX_DEPTH);
	AUTO_FD fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(err, "remove", root);
	int scan = dup(fd);
	DIR *d = scan < 0 ? NULL : fdopendir(scan);
	if (!d)
		return fail(err, "remove", root);
	bool ok = true;
	for (struct dirent *e; ok && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			ok = remove_at(fd, e->d_name, root, depth + 1, err);
	closedir(d);
	if (ok && unlinkat(dir, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
		return fail(err, "remove", root);
	return ok;
}

bool fs_remove_tree(struct str path, struct err *err)
{
	AUTO_CPATH c;
	return remove_at(AT_FDCWD, cpath(&c, path), path, 0, err);
}

bool fs_rename(struct str from, struct str to, struct err *err)
{
	AUTO_CPATH a, b;
	if (rename(cpath(&a, from), cpath(&b, to)) == 0)
		return true;
	int e = errno;
	return err_set(err, ERR_IO, "cannot rename '%.*s' to '%.*s': %s", STR_ARG(from), STR_ARG(to), strerror(e));
}

bool fs_mkdtemp(struct str prefix, struct arena *a, struct str *out, struct err *err)
{
	struct str name = arena_concat(a, prefix, STR("XXXXXX"));
	if (!mkdtemp((char *)name.p))
		return fail(err, "create a folder beside", prefix);
	*out = name;
	return true;
}

bool fs_stat(struct str path, enum fs_follow follow, struct stat *st)
{
	AUTO_CPATH c;
	const char *p = cpath(&c, path);
	return (follow == FS_FOLLOW ? stat(p, st) : lstat(p, st)) == 0;
}

bool fs_exists(struct str path)
{
	struct stat st;
	return fs_stat(path, FS_FOLLOW, &st);
}

bool fs_is_dir(struct str path)
{
	struct stat st;
	return fs_stat(path, FS_FOLLOW, &st) && S_ISDIR(st.st_mode);
}

bool fs_is_file(struct str path)
{
	struct stat st;
	return fs_stat(path, FS_FOLLOW, &st) && S_ISREG(st.st_mode);
}

static int entry_cmp(const void *a, const void *b)
{
	return str_cmp(((const struct fs_entry *)a)->name, ((const struct fs_entry *)b)->name);
}

static enum fs_kind kind_of_mode(mode_t mode)
{
	return S_ISREG(mode) ? FS_FILE : S_ISDIR(mode) ? FS_DIR : S_ISLNK(mode) ? FS_LINK : FS_OTHER;
}

static enum fs_kind kind_of_entry(DIR *d, const struct dirent *e)
{
	struct stat st;
	switch (e->d_type) {
	case DT_REG: return FS_FILE;
	case DT_DIR: return FS_DIR;
	case DT_LNK: return FS_LINK;
	case DT_UNKNOWN:
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return kind_of_mode(st.st_mode);
		return FS_OTHER;
	default: return FS_OTHER;
	}
}

bool fs_list(struct str path, struct arena *a, fs_entries *out, struct err *err)
{
	AUTO_CPATH c;
	DIR *d = opendir(cpath(&c, path));
	if (!d)
		return fail(err, "list folder", path);
	fs_entries found = { 0 };
	errno = 0;
	for (struct dirent *e; (e = readdir(d));) {
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			vec_push_in(&found, a, (struct fs_entry){ arena_str(a, str_c(e->d_name)), kind_of_entry(d, e) });
		errno = 0;
	}
	int failed = errno;
	closedir(d);
	if (failed) {
		errno = failed;
		return fail(err, "list folder", path);
	}
	if (found.n)
		qsort(found.p, found.n, sizeof(*found.p), entry_cmp);
	*out = found;
	return true;
}

static bool walk(struct str root, struct buf *rel, int depth, fs_visit *visit, void *ctx, struct err *err)
{
	if (depth > MAX_DEPTH)
		return err_set(err, ERR_LIMIT, "'%.*s' is nested deeper than %d folders", STR_ARG(root), MAX_DEPTH);
	struct arena a = { 0 };
	struct str dir = path_join(&a, root, buf_str(rel));
	fs_entries entries;
	bool ok = fs_list(dir, &a, &entries, err);
	size_t base = rel->n;
	for (size_t i = 0; ok && i < entries.n; i++) {
		struct stat st;
		if (base)
			buf_add_char(rel, '/');
		buf_add(rel, entries.p[i].name);
		if (!fs_stat(path_join(&a, dir, entries.p[i].name), FS_NOFOLLOW, &st)) {
			/* Gone between the listing and now: as if it had never been there. */
			ok = errno == ENOENT || fail(err, "read", buf_str(rel));
		} else {
			ok = visit(ctx, buf_str(rel), &st, err);
			if (ok && S_ISDIR(st.st_mode))
				ok = walk(root, rel, depth + 1, visit, ctx, err);
		}
		rel->n = base;
	}
	arena_deinit(&a);
	return ok;
}

bool fs_walk(struct str root, fs_visit *visit, void *ctx, struct err *err)
{
	AUTO_BUF rel = { 0 };
	return walk(root, &rel, 0, visit, ctx, err);
}

bool fs_getcwd(struct arena *a, struct str *out, struct err *err)
{
	AUTO_FREE char *cwd = getcwd(NULL, 0);
	if (!cwd)
		return fail(err, "find the working folder", STR("."));
	*out = arena_str(a, str_c(cwd));
	return true;
}
