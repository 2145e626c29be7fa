/*
 * Only the first state is kept, so a file that is named a thousand times costs one lstat. A file that changed within the last clock ticks before it was first
 * named could change again under the same times; its content is hashed at once and compared at the end.
 */
#include "trace/files.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/path.h"

enum { SETTLED_NS = 50 * 1000 * 1000, FILES_LIMIT = 1000000 };

void files_init(struct files *f, const struct trace_options *options)
{
	*f = (struct files){ .options = *options };
	map_init(&f->map, sizeof(struct seen *), NULL);
	f->options.root = arena_str(&f->arena, options->root);
	f->options.state = arena_str(&f->arena, options->state);
	for (size_t i = 0; i < options->n_ignore; i++)
		files_ignore(f, options->ignore[i]);
	clock_gettime(CLOCK_REALTIME, &f->began);
}

void files_deinit(struct files *f)
{
	map_deinit(&f->map);
	vec_deinit(&f->ignored);
	buf_deinit(&f->reason);
	buf_deinit(&f->hint);
	arena_deinit(&f->arena);
}

void files_ignore(struct files *f, struct str path)
{
	vec_push(&f->ignored, path_clean(&f->arena, path).n ? arena_str(&f->arena, path_clean(&f->arena, path)) : STR("/"));
}

void files_refuse(struct files *f, const char *fmt, ...)
{
	va_list ap;
	if (f->reason.n)
		return;
	va_start(ap, fmt);
	buf_addvf(&f->reason, fmt, ap);
	va_end(ap);
}

/* --- the first look --- */

static bool is_below(struct str path, struct str folder)
{
	return str_starts(path, folder) && (path.n == folder.n || folder.n == 1 || path.p[folder.n] == '/');
}

static bool is_ignored(const struct files *f, struct str path)
{
	for (size_t i = 0; i < f->ignored.n; i++)
		if (is_below(path, f->ignored.p[i]))
			return true;
	return false;
}

static enum seen_kind kind_of(const struct stat *st)
{
	return S_ISREG(st->st_mode) ? SEEN_FILE : S_ISDIR(st->st_mode) ? SEEN_DIR : S_ISLNK(st->st_mode) ? SEEN_LINK : SEEN_OTHER;
}

/* Paths in here are NUL-terminated copies. */
static enum seen_kind look_at(const char *path, struct stat *st)
{
	if (lstat(path, st) == 0)
		return kind_of(st);
	return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG || errno == ELOOP ? SEEN_ABSENT : SEEN_DENIED;
}

static struct str read_link(const char *path, struct arena *a)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target));
	return arena_str(a, (struct str){ target, (size_t)MAX(n, 0) });
}

static void hash_before(struct files *f, struct seen *s)
{
	AUTO_ERR err = { 0 };
	if (!s->has_before && s->kind == SEEN_FILE)
		s->has_before = sha256_file(s->path, &s->before, NULL, &err);
	if (err.kind)
		files_refuse(f, "it used '%.*s', which cannot be read to compare it", STR_ARG(s->path));
}

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool is_settled(const struct stat *st)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t then = nanoseconds(now) - SETTLED_NS;
	return nanoseconds(st->st_mtim) < then && nanoseconds(st->st_ctim) < then;
}

static struct seen *add(struct files *f, struct str path)
{
	struct seen *s = arena_new(&f->arena, struct seen);
	s->path = arena_str(&f->arena, path);
	*(struct seen **)map_put(&f->map, s->path) = s;
	if (is_ignored(f, s->path))
		s->flags |= SEEN_IGNORED;
	if (map_len(&f->map) == FILES_LIMIT)
		files_refuse(f, "it named more than %d files", FILES_LIMIT);
	return s;
}

struct seen *files_get(struct files *f, struct str path, bool inside_own)
{
	struct seen **known = map_find(&f->map, path);
	if (known)
		return *known;
	struct seen *s = add(f, path);
	if (s->flags & SEEN_IGNORED)
		inside_own = true; /* nothing of it counts, but where its links lead has to be known */
	if (inside_own) {
		s->flags |= SEEN_OWN | SEEN_CREATED;
		return s;
	}
	s->kind = look_at(s->path.p, &s->was);
	if (s->kind == SEEN_LINK)
		s->target = read_link(s->path.p, &f->arena);
	return s;
}

struct seen *files_get_absent(struct files *f, struct str path)
{
	struct seen **known = map_find(&f->map, path);
	return known ? *known : add(f, path);
}

enum seen_kind files_kind_now(struct files *f, struct seen *s, struct arena *a, struct str *target)
{
	struct stat st;
	(void)f;
	*target = s->target;
	if (!(s->flags & SEEN_OWN))
		return s->kind;
	enum seen_kind kind = look_at(s->path.p, &st);
	if (kind == SEEN_LINK)
		*target = read_link(s->path.p, a);
	return kind;
}

/* --- what is done to it --- */

static void note(struct files *f, struct seen *s, unsigned flag)
{
	if (s->flags & (SEEN_OWN | SEEN_IGNORED | flag))
		return;
	s->flags |= flag;
	if (s->kind == SEEN_FILE && !(s->flags & SEEN_NO_TIMES) && !is_settled(&s->was))
		hash_before(f, s);
}

void files_look(struct files *f, struct seen *s)
{
	if (!(s->flags & SEEN_SETTLED))
		note(f, s, SEEN_LOOKED);
}

void files_follow(struct files *f, struct seen *s)
{
	note(f, s, SEEN_FOLLOWED);
}

void files_read(struct files *f, struct seen *s)
{
	note(f, s, SEEN_READ);
	if (s->kind == SEEN_OTHER && !(s->flags & (SEEN_OWN | SEEN_IGNORED)))
		files_refuse(f, "it opened '%.*s', which is no regular file", STR_ARG(s->path));
}

void files_list(struct files *f, struct seen *s)
{
	AUTO_ERR ignored = { 0 };
	if (s->flags & (SEEN_LISTED | SEEN_IGNORED | SEEN_MADE_DIR) || (s->flags & SEEN_OWN && s->kind != SEEN_DIR))
		return;
	s->flags |= SEEN_LISTED;
	if (!fs_list(s->path, &f->arena, &s->names, &ignored))
		files_refuse(f, "it listed '%.*s', which cannot be listed to compare it", STR_ARG(s->path));
}

static void own(struct files *f, struct seen *s)
{
	/* Its first content is needed where it was read: it may come out the same. */
	if (!(s->flags & (SEEN_OWN | SEEN_IGNORED)) && s->flags & SEEN_READ)
		hash_before(f, s);
	s->flags |= SEEN_OWN;
}

void files_create(struct files *f, struct seen *s, enum files_made what)
{
	own(f, s);
	s->flags |= SEEN_CREATED | (what == FILES_DIR ? SEEN_MADE_DIR : 0);
}

void files_overwrite(struct files *f, struct seen *s)
{
	own(f, s);
}

void files_share(struct files *f, struct seen *s)
{
	files_read(f, s);
	if (s->kind != SEEN_FILE || s->flags & SEEN_OWN)
		return;
	hash_before(f, s);
	s->flags |= SEEN_NO_TIMES; /* its ctime changes with the number of its names */
}

void files_change(struct files *f, struct seen *s)
{
	/* What is kept of it goes into the result; of an empty file nothing is. */
	if (!(s->flags & SEEN_OWN) && s->kind == SEEN_FILE && s->was.st_size > 0)
		s->flags |= SEEN_READ;
	own(f, s);
}

void files_remove(struct files *f, struct seen *s)
{
	own(f, s);
	s->flags |= SEEN_REMOVED;
	s->flags &= ~(unsigned)SEEN_MADE_DIR;
}
