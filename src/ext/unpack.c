/*
 * Unpacking what strangers packed. A name is judged as text before anything is made; the set of what was made so far (by name in lower case) finds
 * twins and entries below a link. Links are made last, after all files: no file can be written through one.
 */
#include "ext/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/map.h"
#include "base/path.h"
#include "base/utf8.h"
#include "base/vec.h"

struct made {
	enum arc_type type;
	struct str path; /* with its own case */
};

struct link {
	struct str path, target;
};

struct unpack {
	struct arc_reader *reader;
	const struct arc_unpack *opt;
	struct str dir;
	int dir_fd;
	struct arena arena;
	struct map made; /* of struct made by lower-case path */
	VEC(struct link) links;
};

static bool refuse(struct str path, const char *why, struct err *err)
{
	AUTO_BUF shown = { 0 };
	for (size_t i = 0; i < path.n; i++)
		if ((uint8_t)path.p[i] < 0x20 || (uint8_t)path.p[i] >= 0x7f)
			buf_addf(&shown, "\\x%02x", (uint8_t)path.p[i]);
		else
			buf_add_char(&shown, path.p[i]);
	return err_set(err, ERR_INTEGRITY, "refusing to unpack '%s': %s", buf_str(&shown).p, why);
}

static struct str lower(struct arena *a, struct str s)
{
	char *p = arena_cstr(a, s);
	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] |= 0x20;
	return (struct str){ p, s.n };
}

static bool name_is_safe(struct str path, struct err *err)
{
	struct str rest = path, piece;
	if (path.n == 0)
		return refuse(path, "it has no name", err);
	if (path_is_abs(path))
		return refuse(path, "the name is absolute", err);
	if (!utf8_valid(path))
		return refuse(path, "the name is not UTF-8", err);
	for (size_t i = 0; i < path.n; i++) {
		if ((uint8_t)path.p[i] < 0x20 || path.p[i] == 0x7f)
			return refuse(path, "the name holds a control character", err);
		if (path.p[i] == '\\')
			return refuse(path, "the name holds a backslash", err);
	}
	while (str_next(&rest, '/', &piece)) {
		if (str_eq(piece, STR("..")))
			return refuse(path, "the name goes out of its folder", err);
		if (piece.n > NAME_MAX)
			return refuse(path, "a part of the name is too long", err);
	}
	return true;
}

/* Takes `only` and `strip` leading folders off; false where nothing is left and the entry is to be skipped. */
static bool relative_name(struct unpack *u, struct str path, struct str *out)
{
	struct str only = u->opt->only;
	path = path_clean(&u->arena, path);
	if (only.n) {
		if (!str_starts(path, only) || (path.n > only.n && path.p[only.n] != '/'))
			return false;
		path = str_slice(path, MIN(only.n + 1, path.n), path.n);
	}
	for (uint32_t i = 0; i < u->opt->strip; i++) {
		struct str first;
		str_cut(path, '/', &first, &path);
	}
	*out = path;
	return path.n && !str_eq(path, STR("."));
}

static bool io_failed(struct unpack *u, const char *doing, struct str path, struct err *err)
{
	int e = errno;
	err_set(err, ERR_IO, "cannot %s '%.*s/%.*s': %s", doing, STR_ARG(u->dir), STR_ARG(path), strerror(e));
	if (e == ENOSPC || e == EDQUOT)
		err_hint(err, "free some space on that file system and run again");
	else if (e == EROFS)
		err_hint(err, "that file system is read-only");
	return false;
}

/* Enters a name into the set. An existing folder may come again; nothing else may, nor a name that differs in case only. */
static bool claim(struct unpack *u, struct str path, enum arc_type type, bool *is_new, struct err *err)
{
	struct made *m = map_find(&u->made, lower(&u->arena, path));
	*is_new = !m;
	if (!m) {
		m = map_put(&u->made, lower(&u->arena, path));
		*m = (struct made){ type, path };
		return true;
	}
	if (!str_eq(m->path, path))
		return refuse(path, "another name differs from it only in case", err);
	if (m->type == ARC_SYMLINK)
		return refuse(path, "it lies at or below a link", err);
	if (m->type != ARC_DIR || type != ARC_DIR)
		return refuse(path, "the name comes twice", err);
	return true;
}

static bool make_dir(struct unpack *u, struct str path, struct err *err)
{
	bool is_new;
	if (!claim(u, path, ARC_DIR, &is_new, err))
		return false;
	if (is_new && mkdirat(u->dir_fd, arena_cstr(&u->arena, path), 0755) != 0)
		return io_failed(u, "create folder", path, err);
	return true;
}

static bool make_parents(struct unpack *u, struct str path, struct err *err)
{
	for (size_t i = 1; i < path.n; i++)
		if (path.p[i] == '/' && !make_dir(u, str_slice(path, 0, i), err))
			return false;
	return true;
}

static bool write_data(struct unpack *u, int fd, struct str path, struct err *err)
{
	struct str piece;
	do {
		if (!arc_chunk(u->reader, &piece, err))
			return false;
		for (size_t done = 0; done < piece.n;) {
			ssize_t n = write(fd, piece.p + done, piece.n - done);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return io_failed(u, "write", path, err);
			done += (size_t)n;
		}
	} while (piece.n);
	return true;
}

static bool make_file(struct unpack *u, struct str path, mode_t mode, struct err *err)
{
	AUTO_FD fd = openat(u->dir_fd, arena_cstr(&u->arena, path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    mode & S_IXUSR ? 0755 : 0644);
	if (fd < 0)
		return io_failed(u, "create", path, err);
	if (!write_data(u, fd, path, err))
		return false;
	return close(take_fd(&fd)) == 0 || io_failed(u, "write", path, err);
}

/* Whether a link at `path` to `target` stays below the folder. `..` behind a name means another place where that name is a link. */
static bool link_stays_inside(struct unpack *u, struct str path, struct str target)
{
	struct str rest = target, piece;
	bool went_down = false;
	while (str_next(&rest, '/', &piece)) {
		bool up = str_eq(piece, STR(".."));
		if (up && went_down)
			return false;
		went_down = went_down || !up;
	}
	return !path_is_abs(target) && path_is_local(path_join(&u->arena, path_dir(&u->arena, path), target));
}

static bool keep_link(struct unpack *u, struct str path, struct str target, struct err *err)
{
	if (!u->opt->keep_links)
		return refuse(path, "it is a link", err);
	if (!utf8_valid(target) || target.n == 0 || memchr(target.p, '\0', target.n) || !link_stays_inside(u, path, target))
		return refuse(path, "the link leads out of its folder", err);
	vec_push_in(&u->links, &u->arena, (struct link){ path, arena_str(&u->arena, target) });
	return true;
}

static bool make_hard_link(struct unpack *u, struct str path, struct str target, struct err *err)
{
	struct str inside;
	if (!u->opt->keep_links)
		return refuse(path, "it is a link", err);
	if (!name_is_safe(target, err))
		return false;
	const struct made *m = relative_name(u, target, &inside) ? map_find(&u->made, lower(&u->arena, inside)) : NULL;
	if (!m || m->type != ARC_FILE || !str_eq(m->path, inside))
		return refuse(path, "the hard link leads to no file unpacked before it", err);
	if (linkat(u->dir_fd, arena_cstr(&u->arena, inside), u->dir_fd, arena_cstr(&u->arena, path), 0) != 0)
		return io_failed(u, "link", path, err);
	return true;
}

static bool unpack_item(struct unpack *u, const struct arc_item *item, struct err *err)
{
	struct str path;
	bool is_new;
	if (!name_is_safe(item->path, err))
		return false;
	if (item->type == ARC_OTHER)
		return refuse(item->path, "it is a device, FIFO or another special file", err);
	if (!relative_name(u, item->path, &path))
		return true;
	path = arena_str(&u->arena, path);
	if (!make_parents(u, path, err))
		return false;
	if (item->type == ARC_DIR)
		return make_dir(u, path, err);
	if (!claim(u, path, item->type == ARC_HARDLINK ? ARC_FILE : item->type, &is_new, err))
		return false;
	if (item->type == ARC_SYMLINK)
		return keep_link(u, path, item->target, err);
	if (item->type == ARC_HARDLINK)
		return make_hard_link(u, path, item->target, err);
	return make_file(u, path, item->mode, err);
}

/* A chain of links could lead outside though each one alone stays inside: a link's target may not pass through another link. */
static bool make_links(struct unpack *u, struct err *err)
{
	for (size_t i = 0; i < u->links.n; i++) {
		struct link *l = &u->links.p[i];
		struct str full = path_join(&u->arena, path_dir(&u->arena, l->path), l->target);
		for (size_t k = 1; k <= full.n; k++) {
			if (k < full.n && full.p[k] != '/')
				continue;
			const struct made *m = map_find(&u->made, lower(&u->arena, str_slice(full, 0, k)));
			if (m && m->type == ARC_SYMLINK)
				return refuse(l->path, "the link leads through another link", err);
		}
		if (symlinkat(arena_cstr(&u->arena, l->target), u->dir_fd, arena_cstr(&u->arena, l->path)) != 0)
			return io_failed(u, "link", l->path, err);
	}
	return true;
}

static bool open_target(struct unpack *u, struct err *err)
{
	fs_entries entries = { 0 };
	if (!fs_mkdirs(u->dir, 0755, err) || !fs_list(u->dir, &u->arena, &entries, err))
		return false;
	if (entries.n)
		return err_set(err, ERR_CONFLICT, "folder '%.*s' is not empty", STR_ARG(u->dir));
	u->dir_fd = open(arena_cstr(&u->arena, u->dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return u->dir_fd >= 0 || io_failed(u, "open", STR(""), err);
}

bool arc_unpack(struct arc_reader *r, struct str dir, const struct arc_unpack *opt, struct err *err)
{
	struct unpack u = { .reader = r, .opt = opt, .dir = dir, .dir_fd = -1 };
	map_init(&u.made, sizeof(struct made), &u.arena);
	bool ok = open_target(&u, err), more = ok;
	while (ok && more) {
		struct arc_item item;
		ok = arc_next(r, &item, &more, err) && (!more || unpack_item(&u, &item, err));
	}
	ok = ok && make_links(&u, err);
	base_close_fd(&u.dir_fd);
	arena_deinit(&u.arena);
	return ok;
}
