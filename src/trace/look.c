/*
 * The walk takes one part of the path after another, from the map of files that are known already: only new names cost an lstat. What /proc/self means
 * depends on who asks, so names below /proc are taken apart here and not by the file system.
 */
#include "trace/look.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LINKS_MAX = 40, PAGE = 4096 };

size_t look_bytes(pid_t tid, uint64_t address, void *to, size_t n)
{
	/* In pieces that end with a page: the next one may not be there. */
	size_t first = MIN(n, PAGE - (size_t)(address % PAGE));
	struct iovec local = { to, n };
	struct iovec remote[2] = { { (void *)(uintptr_t)address, first }, { (void *)(uintptr_t)(address + first), n - first } };
	ssize_t got = process_vm_readv(tid, &local, 1, remote, n > first ? 2 : 1, 0);
	return got > 0 ? (size_t)got : 0;
}

/* --- links below /proc --- */

/* What /proc/TID/`name` points to; false where it is nothing in the file system. */
static bool proc_link(struct files *f, pid_t tid, const char *name, char out[LOOK_PATH_MAX])
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, name);
	ssize_t n = readlink(path, out, LOOK_PATH_MAX - 1);
	if (n < 0 && (errno == EACCES || errno == EPERM))
		files_refuse(f, "process %d could not be looked into: %s", (int)tid, strerror(errno));
	if (n <= 0 || out[0] != '/')
		return false;
	out[n] = '\0';
	/* A removed file's name has this ending; so may a file that is there. */
	static const char gone[] = " (deleted)";
	struct stat st;
	bool ends = (size_t)n >= sizeof(gone) && strcmp(out + n - (sizeof(gone) - 1), gone) == 0;
	return !ends || lstat(out, &st) == 0;
}

static pid_t process_of(pid_t tid)
{
	char path[64], line[256];
	int tgid = (int)tid;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "Tgid: %d", &tgid) != 1)
		;
	if (f)
		fclose(f);
	return tgid;
}

/* --- the walk --- */

/* Below the folders of the kernel's own files, but for shared memory, which is made of ordinary ones. */
static bool is_kernels(const char *path)
{
	return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0 ||
	       (strncmp(path, "/dev/", 5) == 0 && strncmp(path, "/dev/shm", 8) != 0);
}

static void place_file(struct place *o, struct seen *s, enum seen_kind now, bool inside_own)
{
	o->kind = PLACE_FILE;
	o->seen = s;
	o->now = now;
	o->inside_own = inside_own;
	if (!is_kernels(s->path.p))
		return;
	o->kind = PLACE_KERNEL;
	snprintf(o->path, sizeof(o->path), "%s", s->path.p);
}

struct walk {
	struct files *f;
	pid_t tid;
	struct arena arena; /* of link targets */
	char *at;           /* where we are, without a slash at the end; empty: the root */
	size_t n;
	char rest[2 * LOOK_PATH_MAX];
	char part[NAME_MAX + 2];
	int links;
	size_t own_from;    /* length of the path of a folder of the commands' making that we are in; 0: none */
	struct place *out;
};

static bool fail(struct walk *w, const char *why, const char *path)
{
	files_refuse(w->f, "it named a path that %s: '%.200s'", why, path);
	w->out->kind = PLACE_FAILED;
	return false;
}

static bool set_rest(struct walk *w, struct str target, const char *behind)
{
	size_t more = strlen(behind);
	char copy[LOOK_PATH_MAX];
	if (target.n + 1 + more >= sizeof(w->rest) || more >= sizeof(copy))
		return fail(w, "is too long", behind);
	memcpy(copy, behind, more + 1);
	memcpy(w->rest, target.p, target.n);
	w->rest[target.n] = '\0';
	if (more) {
		w->rest[target.n] = '/';
		memcpy(w->rest + target.n + 1, copy, more + 1);
	}
	return true;
}

static void step_to_root(struct walk *w)
{
	w->n = 0;
	w->at[0] = '\0';
	w->own_from = 0;
}

static void step_up(struct walk *w)
{
	while (w->n > 0 && w->at[--w->n] != '/')
		;
	w->at[w->n] = '\0';
	if (w->n < w->own_from)
		w->own_from = 0;
}

/* `name` below where we are; w->at holds the whole path then. */
static bool step_down(struct walk *w, struct str name)
{
	if (w->n + 1 + name.n >= LOOK_PATH_MAX)
		return fail(w, "is too long", w->at);
	w->at[w->n++] = '/';
	memcpy(w->at + w->n, name.p, name.n);
	w->n += name.n;
	w->at[w->n] = '\0';
	return true;
}

/* Nothing is at w->at: the path ends here. Its whole name counts, unless it goes upward from what is not there. */
static void end_missing(struct walk *w)
{
	struct place *o = w->out;
	struct seen *first = files_get(w->f, (struct str){ w->at, w->n }, w->own_from > 0);
	bool own = w->own_from > 0 || first->flags & SEEN_OWN;
	const char *rest = w->rest;
	while (*rest == '/')
		rest++;
	bool upward = strncmp(rest, "../", 3) == 0 || strstr(rest, "/..") || strcmp(rest, "..") == 0;
	place_file(o, first, SEEN_ABSENT, own);
	if (*rest && !upward && !own && w->n + 1 + strlen(rest) < LOOK_PATH_MAX) {
		char *end = stpcpy(stpcpy(w->at + w->n, "/"), rest);
		while (end[-1] == '/')
			*--end = '\0';
		o->seen = files_get_absent(w->f, str_c(w->at));
	}
}

/* Below /proc/self: descriptors and folders lead back into the file system, the rest says nothing of it. */
static bool enter_own_proc(struct walk *w, struct str first)
{
	char target[LOOK_PATH_MAX], name[64], behind[LOOK_PATH_MAX];
	struct str inner = str_c(w->rest), sub, rest;
	snprintf(name, sizeof(name), "%.*s", (int)MIN(first.n, sizeof(name) - 1), first.p);
	while (str_starts(inner, STR("/")))
		inner = str_slice(inner, 1, inner.n);
	if (str_eq(first, STR("fd"))) {
		str_cut(inner, '/', &sub, &rest);
		if (sub.n == 0 || sub.n > 10)
			return false;
		snprintf(name, sizeof(name), "fd/%.*s", STR_ARG(sub));
		inner = rest.p ? rest : STR("");
	} else if (!str_eq(first, STR("cwd")) && !str_eq(first, STR("root")) && !str_eq(first, STR("exe"))) {
		return false;
	}
	if (!proc_link(w->f, w->tid, name, target))
		return false;
	snprintf(behind, sizeof(behind), "%.*s", STR_ARG(inner));
	step_to_root(w);
	return set_rest(w, str_c(target), behind);
}

static bool is_number(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static bool next_part(struct walk *w, struct str *part)
{
	char *p = w->rest;
	while (*p == '/')
		p++;
	if (!*p)
		return false;
	size_t n = strcspn(p, "/");
	/* Longer than any name: nothing is there, and a name that is cut but still too long says so. */
	*part = (struct str){ w->part, MIN(n, (size_t)NAME_MAX + 1) };
	memcpy(w->part, p, part->n);
	memmove(w->rest, p + n, strlen(p + n) + 1);
	return true;
}

static bool is_last(const struct walk *w)
{
	return w->rest[strspn(w->rest, "/")] == '\0';
}

static bool is_self(struct str name)
{
	return str_eq(name, STR("self")) || str_eq(name, STR("thread-self"));
}

/* We are at /proc and `part` is the next: true where the walk goes on. */
static bool enter_proc(struct walk *w, struct str part, enum look_follow follow)
{
	struct str first = STR("");
	bool own = is_self(part);
	if (!own && is_number(part)) {
		int64_t number;
		own = str_to_int(part, &number) && (number == w->tid || number == process_of(w->tid));
	}
	w->out->kind = own ? PLACE_NOWHERE : PLACE_KERNEL;
	if (!own) {
		snprintf(w->out->path, sizeof(w->out->path), "/proc/%.*s%.*s", STR_ARG(part), LOOK_PATH_MAX, w->rest);
		return false;
	}
	if (!next_part(w, &first))
		return false;
	/* /proc/self/task/TID holds the same once more. */
	while (str_eq(first, STR("task")) && next_part(w, &first))
		if (!next_part(w, &first))
			return false;
	if (str_eq(first, STR("net"))) { /* not the process's, but the machine's */
		w->out->kind = PLACE_KERNEL;
		snprintf(w->out->path, sizeof(w->out->path), "/proc/net%.*s", LOOK_PATH_MAX, w->rest);
		return false;
	}
	bool is_link_itself = follow == LOOK_NO_FOLLOW && (str_eq(first, STR("fd")) || is_last(w));
	return !is_link_itself && enter_own_proc(w, first);
}

/* Takes one part; false where the walk is over. */
static bool take_part(struct walk *w, struct str part, enum look_follow follow)
{
	struct place *o = w->out;
	bool slash_behind = w->rest[0] == '/';
	if (str_eq(part, STR(".")))
		return true;
	if (str_eq(part, STR(".."))) {
		step_up(w);
		return true;
	}
	if (w->n == 5 && memcmp(w->at, "/proc", 5) == 0 && (is_number(part) || is_self(part)))
		return enter_proc(w, part, follow);
	if (!step_down(w, part))
		return false;
	struct str target;
	struct seen *s = files_get(w->f, (struct str){ w->at, w->n }, w->own_from > 0);
	enum seen_kind now = files_kind_now(w->f, s, &w->arena, &target);
	bool last = is_last(w);
	if (now == SEEN_LINK && (!last || follow == LOOK_FOLLOW || slash_behind)) {
		if (!is_kernels(w->at))
			files_follow(w->f, s);
		if (++w->links > LINKS_MAX)
			return fail(w, "goes round in links", w->at);
		step_up(w);
		if (str_starts(target, STR("/")))
			step_to_root(w);
		return set_rest(w, target, w->rest + strspn(w->rest, "/"));
	}
	if (last) {
		place_file(o, s, now, w->own_from > 0);
		return false;
	}
	if (s->flags & SEEN_MADE_DIR && !w->own_from)
		w->own_from = w->n;
	if (now == SEEN_DIR)
		return true;
	if (now == SEEN_DENIED) {
		place_file(o, s, now, false);
		return false;
	}
	end_missing(w);
	return false;
}

static void walk(struct files *f, pid_t tid, struct str base, const char *path, enum look_follow follow, struct place *out)
{
	char at[2 * LOOK_PATH_MAX];
	struct walk w = { .f = f, .tid = tid, .at = at, .out = out };
	struct str part;
	out->kind = PLACE_FAILED;
	out->seen = NULL;
	at[0] = '\0';
	/* The base is the kernel's own name of a folder: it is gone through again for what is known of the folders on its way. */
	if (set_rest(&w, path[0] == '/' ? STR("") : base, path)) {
		bool more = true;
		while ((more = next_part(&w, &part)) && take_part(&w, part, follow))
			;
		if (!more) { /* it ended with a folder: the root, or `..` */
			struct seen *s = files_get(f, w.n ? (struct str){ at, w.n } : STR("/"), w.own_from > 0);
			place_file(out, s, files_kind_now(f, s, &w.arena, &part), w.own_from > 0);
		}
	}
	arena_deinit(&w.arena);
}

void look_fd(struct files *f, pid_t tid, int fd, struct place *out)
{
	char name[32], path[LOOK_PATH_MAX];
	out->kind = PLACE_NOWHERE;
	out->seen = NULL;
	if (fd == AT_FDCWD)
		snprintf(name, sizeof(name), "cwd");
	else
		snprintf(name, sizeof(name), "fd/%d", fd);
	if (proc_link(f, tid, name, path))
		walk(f, tid, STR_NONE, path, LOOK_NO_FOLLOW, out);
}

void look_path(struct files *f, pid_t tid, int dir, const char *path, enum look_follow follow, struct place *out)
{
	char name[32], base[LOOK_PATH_MAX] = "";
	out->kind = PLACE_NOWHERE;
	out->seen = NULL;
	if (path[0] == '\0')
		return; /* ENOENT whatever there is */
	if (path[0] != '/') {
		if (dir == AT_FDCWD)
			snprintf(name, sizeof(name), "cwd");
		else
			snprintf(name, sizeof(name), "fd/%d", dir);
		if (!proc_link(f, tid, name, base))
			return; /* a folder that is gone, or no folder: nothing is found there */
	}
	walk(f, tid, str_c(base), path, follow, out);
}
