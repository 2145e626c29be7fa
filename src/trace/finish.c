/*
 * What the traces of a run come to. Inputs are foreign files as they were at first and still are; outputs are own files that are there at the end. A file that
 * was made and removed again is neither.
 *
 * A look at a file that is replaced afterwards says nothing: `cc -o prog` asks for the old prog before it writes the new one. To have read it is something else:
 * what was read must come out the same, or the result depends on itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/path.h"
#include "trace/files.h"

struct finish {
	struct files *f;
	struct arena *a;
	struct traced *out;
	struct map parents; /* folders that outputs lie in, up to the root: in whose listings they do not count */
};

static void put(struct finish *w, enum traced_kind kind, const struct seen *s, mode_t mode, const struct digest *digest)
{
	struct traced_entry e = { .kind = kind, .mode = mode, .path = arena_str(w->a, s->path) };
	if (digest)
		e.digest = *digest;
	vec_push_in(&w->out->entries, w->a, e);
}

static bool same_stamp(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mode == b->st_mode &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool still_there(const struct seen *s, struct stat *now)
{
	return lstat(s->path.p, now) == 0;
}

static void refuse_changed(struct finish *w, const struct seen *s)
{
	files_refuse(w->f, "'%.*s' was changed by others while it ran", STR_ARG(s->path));
}

const char *traced_kind_word(struct str path)
{
	struct stat st;
	char name[4096];
	if (path.n >= sizeof(name))
		return NULL;
	memcpy(name, path.p, path.n);
	name[path.n] = '\0';
	if (lstat(name, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG || errno == ELOOP ? NULL : "denied";
	if (S_ISREG(st.st_mode))
		return st.st_mode & 0111 ? "program" : "file";
	return S_ISDIR(st.st_mode) ? "folder" : S_ISLNK(st.st_mode) ? "link" : "other";
}

static void put_kind(struct finish *w, const struct seen *s)
{
	const char *word = traced_kind_word(s->path);
	if (!word) {
		refuse_changed(w, s);
		return;
	}
	struct digest d = sha256_of(str_c(word));
	put(w, TRACED_KIND, s, 0, &d);
}

static bool digest_now(struct finish *w, const struct seen *s, struct digest *out)
{
	struct trace_options *o = &w->f->options;
	AUTO_ERR err = { 0 };
	bool ok = o->digest && !(s->flags & SEEN_NO_TIMES) ? o->digest(o->digest_ctx, s->path, out, &err) : sha256_file(s->path, out, NULL, &err);
	return ok;
}

/* A regular file whose content counts, foreign or come out the same. */
static void put_file(struct finish *w, const struct seen *s)
{
	struct digest d;
	if (!digest_now(w, s, &d)) {
		/* Only looked at, and not readable for us as for the commands: what could be seen is its kind. */
		if (!(s->flags & SEEN_READ))
			put_kind(w, s);
		else
			files_refuse(w->f, "it used '%.*s', which cannot be read to compare it", STR_ARG(s->path));
		return;
	}
	if (s->has_before && !digest_eq(&d, &s->before)) {
		refuse_changed(w, s);
		return;
	}
	put(w, TRACED_FILE, s, 0, &d);
	if (s->flags & SEEN_LOOKED)
		put_kind(w, s);
}

/* --- foreign files --- */

/* Leads to outputs, or is our own. */
static bool is_parent(struct finish *w, struct str path)
{
	return map_has(&w->parents, path) || (path.n > 0 && str_eq(path, w->f->options.state));
}

struct skip {
	struct finish *w;
	struct str folder;
};

/* `name` in the folder, in `path`. */
static struct str entry_path(const struct skip *k, struct str name, char *path, size_t size)
{
	size_t n = k->folder.n;
	if (n + 1 + name.n > size)
		return k->folder;
	memcpy(path, k->folder.p, n);
	if (n == 0 || path[n - 1] != '/')
		path[n++] = '/';
	memcpy(path + n, name.p, name.n);
	return (struct str){ path, n + name.n };
}

/* Names that lead to outputs, and those of the commands' own temporary files: the folder at first had none of them. */
static bool skip_made(void *ctx, struct str name)
{
	struct skip *k = ctx;
	char path[8192];
	struct str full = entry_path(k, name, path, sizeof(path));
	struct seen **s = map_find(&k->w->f->map, full);
	return is_parent(k->w, full) || (s && (*s)->flags & SEEN_OWN && (*s)->kind == SEEN_ABSENT);
}

/* Whatever the commands made or removed themselves: it does not tell of others' changes. */
static bool skip_own(void *ctx, struct str name)
{
	struct skip *k = ctx;
	char path[8192];
	struct str full = entry_path(k, name, path, sizeof(path));
	struct seen **s = map_find(&k->w->f->map, full);
	return is_parent(k->w, full) || (s && (*s)->flags & (SEEN_OWN | SEEN_IGNORED));
}

static struct digest names_digest(const fs_entries *names, traced_skip *skip, void *ctx)
{
	struct sha256 h;
	sha256_init(&h);
	for (size_t i = 0; i < names->n; i++) {
		char kind = (char)('0' + names->p[i].kind);
		if (skip && skip(ctx, names->p[i].name))
			continue;
		sha256_add_field(&h, names->p[i].name);
		sha256_add(&h, (struct str){ &kind, 1 });
	}
	return sha256_end(&h);
}

bool traced_list_digest(struct str path, traced_skip *skip, void *ctx, struct digest *out, bool *exists, struct err *err)
{
	struct arena a = { 0 };
	fs_entries names = { 0 };
	AUTO_ERR list_err = { 0 };
	*exists = fs_list(path, &a, &names, &list_err);
	bool ok = *exists || list_err.kind == ERR_NOT_FOUND;
	if (ok)
		*out = names_digest(&names, skip, ctx);
	else
		err_move(err, &list_err);
	arena_deinit(&a);
	return ok;
}

static void put_list(struct finish *w, const struct seen *s)
{
	struct skip k = { w, s->path };
	struct digest now, then = names_digest(&s->names, skip_own, &k);
	AUTO_ERR err = { 0 };
	bool exists;
	if (!traced_list_digest(s->path, skip_own, &k, &now, &exists, &err) || !exists || !digest_eq(&now, &then)) {
		files_refuse(w->f, "the names in '%.*s' changed while it ran", STR_ARG(s->path));
		return;
	}
	struct digest d = names_digest(&s->names, skip_made, &k);
	put(w, TRACED_LIST, s, 0, &d);
}

static void put_foreign(struct finish *w, const struct seen *s)
{
	struct stat now;
	bool exists = still_there(s, &now);
	if (s->kind == SEEN_ABSENT) {
		if (exists)
			refuse_changed(w, s);
		else
			put(w, TRACED_ABSENT, s, 0, NULL);
		return;
	}
	bool same = exists && (s->kind == SEEN_DIR ? S_ISDIR(now.st_mode) && now.st_ino == s->was.st_ino && now.st_dev == s->was.st_dev
						     : s->flags & SEEN_NO_TIMES || s->kind == SEEN_OTHER || same_stamp(&s->was, &now));
	if (s->kind != SEEN_DENIED && !same) {
		refuse_changed(w, s);
		return;
	}
	if (s->kind == SEEN_FILE) {
		put_file(w, s);
	} else if (s->kind == SEEN_LINK) {
		struct digest d = sha256_of(s->target);
		put(w, TRACED_LINK, s, 0, &d);
	} else {
		if (s->flags & (SEEN_LOOKED | SEEN_READ))
			put_kind(w, s);
		if (s->flags & SEEN_LISTED)
			put_list(w, s);
	}
}

/* --- own files --- */

static bool is_inside(const struct finish *w, struct str path)
{
	struct str root = w->f->options.root;
	return str_starts(path, root) && path.n > root.n && (path.p[root.n] == '/' || root.n == 1);
}

/* Whether a folder above it was removed and made again, in which no foreign file is left to be missed. */
static bool in_renewed(const struct finish *w, const struct seen *s)
{
	for (struct str at = s->path;;) {
		size_t slash = str_rfind_char(at, '/');
		if (slash == STR_NPOS || slash == 0)
			return false;
		at = str_slice(at, 0, slash);
		struct seen **up = map_find(&w->f->map, at);
		if (up && (*up)->flags & SEEN_REMOVED && (*up)->flags & SEEN_MADE_DIR)
			return true;
	}
}

static bool is_empty_dir(const struct seen *s)
{
	struct arena a = { 0 };
	fs_entries names = { 0 };
	AUTO_ERR err = { 0 };
	bool empty = fs_list(s->path, &a, &names, &err) && names.n == 0;
	arena_deinit(&a);
	return empty;
}

static void put_parents(struct finish *w, struct str path)
{
	for (;;) {
		if (map_has(&w->parents, path))
			return;
		map_put(&w->parents, arena_str(w->a, path));
		size_t slash = str_rfind_char(path, '/');
		if (slash == STR_NPOS || slash <= w->f->options.root.n)
			return;
		path = str_slice(path, 0, slash);
	}
}

static void put_output(struct finish *w, const struct seen *s, const struct stat *now)
{
	if (!is_inside(w, s->path)) {
		files_refuse(w->f, "it wrote '%.*s', outside the project", STR_ARG(s->path));
		if (w->f->hint.n == 0)
			buf_addf(&w->f->hint, "if it is a cache of the tool's own: [cache(trace, ignore='%.*s')] on the recipe",
				 STR_ARG(path_dir(w->a, s->path)));
		return;
	}
	if (S_ISDIR(now->st_mode) && !is_empty_dir(s))
		return; /* its files tell of it */
	if (!S_ISREG(now->st_mode) && !S_ISLNK(now->st_mode) && !S_ISDIR(now->st_mode)) {
		files_refuse(w->f, "it made '%.*s', which is neither file, link nor folder", STR_ARG(s->path));
		return;
	}
	put(w, TRACED_OUTPUT, s, now->st_mode, NULL);
	put_parents(w, s->path);
}

/* Was there, was read, and is now something else: fine only where it came out the same. */
static void put_rewritten(struct finish *w, struct seen *s, const struct stat *now)
{
	struct digest d;
	if (s->kind == SEEN_LINK && S_ISLNK(now->st_mode)) {
		char target[4096];
		ssize_t n = readlink(s->path.p, target, sizeof(target));
		if (str_eq(s->target, (struct str){ target, (size_t)MAX(n, 0) })) {
			d = sha256_of(s->target);
			put(w, TRACED_LINK, s, 0, &d);
			return;
		}
	}
	AUTO_ERR unread = { 0 };
	if (s->kind == SEEN_FILE && S_ISREG(now->st_mode) && s->has_before && sha256_file(s->path, &d, NULL, &unread) &&
	    digest_eq(&d, &s->before)) {
		put(w, TRACED_FILE, s, 0, &d);
		if (s->flags & SEEN_LOOKED)
			put_kind(w, s);
		return;
	}
	files_refuse(w->f, "it reads and writes '%.*s': what it makes depends on what it made before", STR_ARG(s->path));
}

static void put_own(struct finish *w, struct seen *s)
{
	struct stat now;
	bool exists = still_there(s, &now), was_read = s->flags & (SEEN_READ | SEEN_FOLLOWED);
	if (s->kind == SEEN_ABSENT) {
		if (exists)
			put_output(w, s, &now);
		else if (!(s->flags & SEEN_CREATED) && s->flags & (SEEN_LOOKED | SEEN_READ | SEEN_REMOVED))
			put(w, TRACED_ABSENT, s, 0, NULL);
		return;
	}
	if (!exists) {
		if (was_read)
			files_refuse(w->f, "it reads and removes '%.*s': what it makes depends on what it removed", STR_ARG(s->path));
		else if (!in_renewed(w, s))
			files_refuse(w->f, "it removed '%.*s', which it had not made", STR_ARG(s->path));
		return;
	}
	if (s->kind == SEEN_DIR) {
		if (s->flags & SEEN_REMOVED && s->flags & SEEN_MADE_DIR && S_ISDIR(now.st_mode)) {
			struct digest d;
			bool there;
			AUTO_ERR err = { 0 };
			if (traced_list_digest(s->path, NULL, NULL, &d, &there, &err) && there)
				put(w, TRACED_LEFT, s, 0, &d);
			put_output(w, s, &now);
		} else if (!S_ISDIR(now.st_mode)) {
			put_output(w, s, &now);
		} else if (s->flags & (SEEN_LOOKED | SEEN_LISTED)) {
			s->flags &= ~(unsigned)SEEN_OWN; /* what was to be done to it failed, or changed its times at most */
		}
		return;
	}
	if (same_stamp(&s->was, &now)) { /* what was to be done to it failed */
		s->flags |= s->kind == SEEN_LINK ? SEEN_FOLLOWED : SEEN_READ;
		s->flags &= ~(unsigned)SEEN_OWN;
	} else if (was_read) {
		put_rewritten(w, s, &now);
	} else {
		put_output(w, s, &now);
	}
}

/* What was brought into a folder of the commands' own as a whole (a renamed tree) was never named file by file. */
struct own_tree {
	struct files *f;
	struct str root;
};

static bool add_inside(void *ctx, struct str path, const struct stat *st, struct err *err)
{
	struct own_tree *t = ctx;
	struct arena a = { 0 };
	struct seen *s = files_get(t->f, path_join(&a, t->root, path), true);
	(void)st;
	(void)err;
	s->flags |= SEEN_OWN | SEEN_CREATED;
	arena_deinit(&a);
	return true;
}

static void add_trees(struct files *f)
{
	size_t n = map_len(&f->map);
	for (size_t i = 0; i < n; i++) {
		struct seen *s = *(struct seen **)map_at(&f->map, i);
		struct own_tree t = { f, s->path };
		AUTO_ERR err = { 0 };
		if (!(s->flags & SEEN_MADE_DIR) || s->flags & SEEN_IGNORED || !fs_is_dir(s->path))
			continue;
		if (!fs_walk(s->path, add_inside, &t, &err))
			files_refuse(f, "it made '%.*s', which cannot be read: %s", STR_ARG(s->path), err.message);
	}
}

/* --- */

static int entry_cmp(const void *a, const void *b)
{
	const struct traced_entry *x = a, *y = b;
	return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) : str_cmp(x->path, y->path);
}

void files_finish(struct files *f, struct arena *a, struct traced *out)
{
	struct finish w = { .f = f, .a = a, .out = out };
	*out = (struct traced){ 0 };
	map_init(&w.parents, 0, a);
	if (f->is_blind) {
		out->reason = buf_to_arena(&f->reason, a);
		return;
	}
	add_trees(f);
	/* Outputs first: listings leave them out. */
	for (size_t i = 0; i < map_len(&f->map); i++) {
		struct seen *s = *(struct seen **)map_at(&f->map, i);
		if (s->flags & SEEN_OWN && !(s->flags & SEEN_IGNORED))
			put_own(&w, s);
	}
	for (size_t i = 0; i < map_len(&f->map); i++) {
		struct seen *s = *(struct seen **)map_at(&f->map, i);
		if (!(s->flags & (SEEN_OWN | SEEN_IGNORED)) && s->flags & (SEEN_LOOKED | SEEN_READ | SEEN_LISTED | SEEN_FOLLOWED))
			put_foreign(&w, s);
	}
	if (out->entries.n)
		qsort(out->entries.p, out->entries.n, sizeof(*out->entries.p), entry_cmp);
	out->reason = buf_to_arena(&f->reason, a);
	if (f->reason.n)
		out->hint = buf_to_arena(&f->hint, a);
}
