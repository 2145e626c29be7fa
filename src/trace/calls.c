/*
 * The path is read here and read again by the kernel when the call goes on. A program whose threads change the bytes of a path while another thread is in a
 * call that uses it could show us one name and open another; no program does that but to deceive, and the tracer guards results, not secrets (docs/tracing.md).
 */
#include "trace/calls.h"

#include <arpa/inet.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "trace/filter.h"
#include "trace/look.h"
#include "trace/special.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

enum { INTERPRETERS_MAX = 5 };

struct at {
	struct files *f;
	const struct call *c;
	const struct call_def *def;
	int *answer; /* the errno that the call shall get, or 0 */
};

static int descriptor(const struct at *w, int arg)
{
	return arg == CALL_NONE ? AT_FDCWD : (int)w->c->args[arg];
}

static int flags_of(const struct at *w)
{
	return w->def->flags == CALL_NONE ? 0 : (int)w->c->args[w->def->flags];
}

/* The C string at an argument; false where there is none: the call will fail, or (NULL) works on a descriptor. */
static bool read_path(const struct at *w, int arg, char out[LOOK_PATH_MAX])
{
	uint64_t address = w->c->args[arg];
	if (address == 0)
		return false;
	/* Most paths are short. */
	size_t n = look_bytes(w->c->tid, address, out, 256);
	if (n == 256 && !memchr(out, '\0', n))
		n = look_bytes(w->c->tid, address, out, LOOK_PATH_MAX);
	if (n == 0 && errno != EFAULT) {
		files_refuse(w->f, "process %d could not be looked into: %s", (int)w->c->tid, strerror(errno));
		return false;
	}
	return memchr(out, '\0', n) != NULL;
}

/* Where a path argument leads; false where there is nothing to note. */
static bool find(const struct at *w, int dir, int arg, enum look_follow follow, struct place *p)
{
	char path[LOOK_PATH_MAX];
	if (!read_path(w, arg, path))
		return false;
	look_path(w->f, w->c->tid, descriptor(w, dir), path, follow, p);
	return p->kind == PLACE_FILE || p->kind == PLACE_KERNEL;
}

/* True where the place is not one of the kernel's, which is judged at once. */
static bool is_ordinary(const struct at *w, const struct place *p, enum special_use use)
{
	if (p->kind == PLACE_KERNEL)
		*w->answer = special_judge(w->f, p->path, p->seen, use);
	return p->kind == PLACE_FILE;
}

static bool is_foreign_shared_memory(const struct place *p)
{
	return str_starts(p->seen->path, STR("/dev/shm/")) && p->seen->kind != SEEN_ABSENT;
}

/* --- looking --- */

static void note_look(const struct at *w, const struct place *p)
{
	if (!is_ordinary(w, p, SPECIAL_LOOK))
		return;
	if (p->now == SEEN_LINK)
		files_follow(w->f, p->seen);
	else
		files_look(w->f, p->seen);
}

static void do_look(const struct at *w)
{
	struct place p;
	int flags = flags_of(w);
	bool itself = flags & AT_SYMLINK_NOFOLLOW || w->def->op == CALL_LOOK_LINK || w->def->op == CALL_READ_LINK;
	if (find(w, w->def->dir, w->def->path, itself ? LOOK_NO_FOLLOW : LOOK_FOLLOW, &p))
		note_look(w, &p);
}

static void do_list(const struct at *w)
{
	struct place p;
	look_fd(w->f, w->c->tid, (int)w->c->args[0], &p);
	if (p.kind == PLACE_KERNEL || (p.kind == PLACE_FILE && str_eq(p.seen->path, STR("/proc"))))
		special_judge(w->f, p.kind == PLACE_KERNEL ? p.path : "/proc/", NULL, SPECIAL_READ);
	else if (p.kind == PLACE_FILE)
		files_list(w->f, p.seen);
}

/* --- opening --- */

static void note_open(const struct at *w, const struct place *p, uint64_t flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
	struct seen *s = p->seen;
	if (flags & O_PATH) {
		note_look(w, p);
		return;
	}
	if (!is_ordinary(w, p, writes ? SPECIAL_WRITE : SPECIAL_READ))
		return;
	if (is_foreign_shared_memory(p))
		files_refuse(w->f, "it shared memory with others ('%.*s')", STR_ARG(s->path));
	if (p->now == SEEN_ABSENT) {
		if (flags & O_CREAT)
			files_create(w->f, s, FILES_FILE);
		else
			files_read(w->f, s);
		return;
	}
	if ((flags & O_CREAT && flags & O_EXCL) || p->now == SEEN_DIR || p->now == SEEN_LINK || p->now == SEEN_DENIED) {
		note_look(w, p); /* fails, or opens a folder */
		return;
	}
	if (flags & O_TRUNC)
		files_overwrite(w->f, s);
	else if (writes && p->now == SEEN_FILE)
		files_change(w->f, s);
	else
		files_read(w->f, s);
}

static void open_at(const struct at *w, uint64_t flags)
{
	struct place p;
	bool itself = flags & O_NOFOLLOW || (flags & O_CREAT && flags & O_EXCL);
	if ((flags & O_TMPFILE) == O_TMPFILE)
		flags = O_PATH; /* an unnamed file in that folder */
	if (find(w, w->def->dir, w->def->path, itself ? LOOK_NO_FOLLOW : LOOK_FOLLOW, &p))
		note_open(w, &p, flags);
}

static void do_open(const struct at *w)
{
	if (w->def->op == CALL_CREATE) {
		open_at(w, O_CREAT | O_WRONLY | O_TRUNC);
	} else if (w->def->op == CALL_OPEN) {
		open_at(w, (uint64_t)(uint32_t)flags_of(w));
	} else {
		struct { uint64_t flags, mode, resolve; } how = { 0 };
		if (look_bytes(w->c->tid, w->c->args[2], &how, sizeof(how)) < sizeof(how.flags))
			return;
		/* With limits on the way (RESOLVE_BENEATH and so on) it finds what it would find without them, or fails. RESOLVE_IN_ROOT finds something else. */
		if (how.resolve & 0x10)
			files_refuse(w->f, "it opened a file in a root of its own (RESOLVE_IN_ROOT)");
		open_at(w, how.flags);
	}
}

/* --- executing --- */

static void execute(const struct at *w, struct place *p, int depth);

static void execute_path(const struct at *w, const char *path, int depth)
{
	struct place p;
	look_path(w->f, w->c->tid, AT_FDCWD, path, LOOK_FOLLOW, &p);
	if (p.kind == PLACE_FILE)
		execute(w, &p, depth + 1);
}

static void execute_elf(const struct at *w, const struct place *p, int fd, const uint8_t *head, size_t n, int depth)
{
	const Elf64_Ehdr *h = (const Elf64_Ehdr *)(const void *)head;
	if (n < sizeof(*h) || h->e_ident[EI_CLASS] != ELFCLASS64)
		return; /* a 32-bit program's own calls make it uncacheable */
	for (int i = 0; i < MIN((int)h->e_phnum, 64); i++) {
		Elf64_Phdr part;
		char path[LOOK_PATH_MAX] = "";
		if (pread(fd, &part, sizeof(part), (off_t)(h->e_phoff + (uint64_t)i * h->e_phentsize)) != (ssize_t)sizeof(part))
			return;
		if (part.p_type != PT_INTERP || part.p_filesz >= sizeof(path))
			continue;
		if (pread(fd, path, part.p_filesz, (off_t)part.p_offset) == (ssize_t)part.p_filesz)
			execute_path(w, path, depth);
		return;
	}
	(void)p;
}

/* `#!interpreter argument`, or the program loader of an ELF file: the kernel opens them itself. */
static void execute_head(const struct at *w, const struct place *p, int fd, int depth)
{
	_Alignas(16) uint8_t head[257];
	ssize_t n = pread(fd, head, sizeof(head) - 1, 0);
	if (n < 4)
		return;
	head[n] = '\0';
	if (memcmp(head, ELFMAG, SELFMAG) == 0) {
		execute_elf(w, p, fd, head, (size_t)n, depth);
	} else if (head[0] == '#' && head[1] == '!') {
		char *path = (char *)head + 2 + strspn((char *)head + 2, " \t");
		path[strcspn(path, " \t\n")] = '\0';
		if (path[0])
			execute_path(w, path, depth);
	}
}

static void execute(const struct at *w, struct place *p, int depth)
{
	struct seen *s = p->seen;
	struct stat st;
	bool is_new = !(s->flags & SEEN_READ);
	files_look(w->f, s);
	if (p->now != SEEN_FILE || depth > INTERPRETERS_MAX)
		return;
	files_read(w->f, s);
	if (!is_new)
		return; /* what it needs besides has been noted */
	AUTO_FD fd = open(s->path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0)
		return; /* a program that may be run but not read is refused at the end, where it is to be compared */
	bool has_rights = st.st_mode & (S_ISUID | S_ISGID) || fgetxattr(fd, "security.capability", NULL, 0) > 0;
	if (w->c->no_new_privs && has_rights)
		files_refuse(w->f, "it ran '%.*s', which has rights of its own (setuid) that it does not get while it is watched", STR_ARG(s->path));
	execute_head(w, p, fd, depth);
}

static void do_execute(const struct at *w)
{
	struct place p;
	int flags = flags_of(w);
	char path[LOOK_PATH_MAX];
	if (!read_path(w, w->def->path, path))
		return;
	if (path[0] == '\0' && flags & AT_EMPTY_PATH)
		look_fd(w->f, w->c->tid, descriptor(w, w->def->dir), &p);
	else
		look_path(w->f, w->c->tid, descriptor(w, w->def->dir), path, flags & AT_SYMLINK_NOFOLLOW ? LOOK_NO_FOLLOW : LOOK_FOLLOW, &p);
	if (is_ordinary(w, &p, SPECIAL_READ))
		execute(w, &p, 0);
}

/* --- changing --- */

static void do_make(const struct at *w)
{
	struct place p;
	if (!find(w, w->def->dir, w->def->path, LOOK_NO_FOLLOW, &p) || !is_ordinary(w, &p, SPECIAL_WRITE))
		return;
	bool is_dir = w->def->op == CALL_MAKE_DIR;
	if (p.now == SEEN_ABSENT)
		files_create(w->f, p.seen, is_dir ? FILES_DIR : FILES_FILE);
	else if (is_dir && p.now == SEEN_DIR)
		p.seen->flags |= SEEN_SETTLED; /* there or not, it is there afterwards */
	else
		note_look(w, &p);
}

static void note_remove(const struct at *w, const struct place *p)
{
	if (p->now == SEEN_ABSENT)
		files_look(w->f, p->seen);
	else
		files_remove(w->f, p->seen);
}

static void do_remove(const struct at *w)
{
	struct place p;
	if (find(w, w->def->dir, w->def->path, LOOK_NO_FOLLOW, &p) && is_ordinary(w, &p, SPECIAL_WRITE))
		note_remove(w, &p);
}

static void note_put(const struct at *w, const struct place *to, enum files_made what)
{
	if (to->now == SEEN_ABSENT || what == FILES_DIR)
		files_create(w->f, to->seen, what);
	else
		files_overwrite(w->f, to->seen);
}

/* Files of others' under a new name could no longer be told from the commands' own. */
static void refuse_moved(const struct at *w, const struct place *p)
{
	if (p->now == SEEN_DIR && !p->inside_own && !(p->seen->flags & SEEN_OWN))
		files_refuse(w->f, "it moved the folder '%.*s', which it had not made", STR_ARG(p->seen->path));
}

static void do_rename(const struct at *w)
{
	struct place *both = xcalloc(2, sizeof(*both)), *from = &both[0], *to = &both[1];
	bool found = find(w, w->def->dir, w->def->path, LOOK_NO_FOLLOW, from);
	bool target = find(w, w->def->dir2, w->def->path2, LOOK_NO_FOLLOW, to);
	if (found && target && is_ordinary(w, from, SPECIAL_WRITE) && is_ordinary(w, to, SPECIAL_WRITE)) {
		refuse_moved(w, from);
		if (flags_of(w) & RENAME_EXCHANGE)
			refuse_moved(w, to);
		if (from->now == SEEN_ABSENT) {
			files_look(w->f, from->seen);
		} else if (flags_of(w) & RENAME_EXCHANGE && to->now != SEEN_ABSENT) {
			files_read(w->f, from->seen);
			files_read(w->f, to->seen);
			note_put(w, from, to->now == SEEN_DIR ? FILES_DIR : FILES_FILE);
			note_put(w, to, from->now == SEEN_DIR ? FILES_DIR : FILES_FILE);
		} else {
			if (!(from->seen->flags & SEEN_OWN))
				files_read(w->f, from->seen);
			files_remove(w->f, from->seen);
			note_put(w, to, from->now == SEEN_DIR ? FILES_DIR : FILES_FILE);
		}
	}
	free(both);
}

static void do_link(const struct at *w)
{
	struct place *both = xcalloc(2, sizeof(*both)), *from = &both[0], *to = &both[1];
	enum look_follow follow = flags_of(w) & AT_SYMLINK_FOLLOW ? LOOK_FOLLOW : LOOK_NO_FOLLOW;
	bool found = find(w, w->def->dir, w->def->path, follow, from);
	if (found && is_ordinary(w, from, SPECIAL_READ)) {
		if (from->now == SEEN_LINK)
			files_follow(w->f, from->seen);
		else
			files_share(w->f, from->seen);
	}
	if (find(w, w->def->dir2, w->def->path2, LOOK_NO_FOLLOW, to) && is_ordinary(w, to, SPECIAL_WRITE)) {
		if (to->now == SEEN_ABSENT)
			files_create(w->f, to->seen, FILES_FILE);
		else
			note_look(w, to);
	}
	free(both);
}

static void note_change(const struct at *w, const struct place *p)
{
	if (!is_ordinary(w, p, SPECIAL_WRITE))
		return;
	if (p->now == SEEN_ABSENT || p->now == SEEN_DENIED)
		files_look(w->f, p->seen);
	else if (p->now == SEEN_LINK)
		files_follow(w->f, p->seen);
	else
		files_change(w->f, p->seen);
}

static void do_change(const struct at *w)
{
	struct place p;
	bool itself = w->def->op == CALL_CHANGE_LINK || flags_of(w) & AT_SYMLINK_NOFOLLOW;
	bool empty = w->def->dir != CALL_NONE && w->def->path != CALL_NONE && w->c->args[w->def->path] == 0;
	char first = 1;
	if (flags_of(w) & AT_EMPTY_PATH)
		empty |= look_bytes(w->c->tid, w->c->args[w->def->path], &first, 1) == 1 && first == '\0';
	if (w->def->op == CALL_CHANGE_FD || empty) {
		look_fd(w->f, w->c->tid, (int)w->c->args[0], &p);
		note_change(w, &p);
	} else if (find(w, w->def->dir, w->def->path, itself ? LOOK_NO_FOLLOW : LOOK_FOLLOW, &p)) {
		note_change(w, &p);
	}
}

/* --- leaving the machine --- */

union address {
	struct sockaddr any;
	struct sockaddr_un un;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage all;
};

static void note_unix(const struct at *w, const struct sockaddr_un *un, size_t n, bool binds)
{
	char path[sizeof(un->sun_path) + 1] = "";
	size_t at = offsetof(struct sockaddr_un, sun_path);
	struct place p;
	memcpy(path, un->sun_path, MIN(sizeof(un->sun_path), n > at ? n - at : 0));
	if (path[0] == '\0') {
		if (n > at)
			files_refuse(w->f, "it used a socket of others (@%s)", path + 1);
		return;
	}
	look_path(w->f, w->c->tid, AT_FDCWD, path, LOOK_FOLLOW, &p);
	if (!is_ordinary(w, &p, SPECIAL_WRITE))
		return;
	if (p.now == SEEN_ABSENT && binds)
		files_create(w->f, p.seen, FILES_FILE);
	else if (p.now == SEEN_ABSENT || binds)
		note_look(w, &p); /* nobody is there: the connect fails */
	else if (!(p.seen->flags & SEEN_OWN))
		files_refuse(w->f, "it connected to '%s'", path);
}

static void note_address(const struct at *w, uint64_t address, size_t n, bool binds)
{
	union address a = { .any.sa_family = AF_UNSPEC };
	char text[INET6_ADDRSTRLEN] = "";
	const char *verb = binds ? "listened on" : "connected to";
	n = MIN(n, sizeof(a));
	if (address == 0 || n < sizeof(a.any.sa_family) || look_bytes(w->c->tid, address, &a, n) < n)
		return;
	switch (a.any.sa_family) {
	case AF_UNSPEC:
		break;
	case AF_UNIX:
		note_unix(w, &a.un, n, binds);
		break;
	case AF_INET:
		inet_ntop(AF_INET, &a.in.sin_addr, text, sizeof(text));
		files_refuse(w->f, "it %s %s:%d", verb, text, ntohs(a.in.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &a.in6.sin6_addr, text, sizeof(text));
		files_refuse(w->f, "it %s [%s]:%d", verb, text, ntohs(a.in6.sin6_port));
		break;
	case AF_NETLINK:
		files_refuse(w->f, "it asked the kernel for the network's state");
		break;
	default:
		files_refuse(w->f, "it used a socket of family %d", a.any.sa_family);
	}
}

static void note_message(const struct at *w, uint64_t address)
{
	struct msghdr m;
	if (look_bytes(w->c->tid, address, &m, sizeof(m)) == sizeof(m) && m.msg_name)
		note_address(w, (uint64_t)(uintptr_t)m.msg_name, m.msg_namelen, false);
}

static void do_messages(const struct at *w)
{
	for (uint64_t i = 0; i < MIN(w->c->args[2], (uint64_t)1024); i++)
		note_message(w, w->c->args[1] + i * sizeof(struct mmsghdr));
}

/* --- */

int call_note(struct files *f, const struct call *c)
{
	int answer = 0;
	struct at w = { f, c, call_find(c->number), &answer };
	if (!filter_is_native(c->arch, c->number)) {
		files_refuse(f, "it ran a program for another processor mode (32-bit), whose calls are not understood");
		return 0;
	}
	if (!w.def || f->is_blind)
		return 0;
	switch (w.def->op) {
	case CALL_OPEN:
	case CALL_OPEN_HOW:
	case CALL_CREATE:
		do_open(&w);
		break;
	case CALL_LOOK:
	case CALL_LOOK_LINK:
	case CALL_READ_LINK:
		do_look(&w);
		break;
	case CALL_EXECUTE:
		do_execute(&w);
		break;
	case CALL_LIST:
		do_list(&w);
		break;
	case CALL_MAKE_DIR:
	case CALL_MAKE:
		do_make(&w);
		break;
	case CALL_REMOVE:
		do_remove(&w);
		break;
	case CALL_RENAME:
		do_rename(&w);
		break;
	case CALL_LINK:
		do_link(&w);
		break;
	case CALL_CHANGE:
	case CALL_CHANGE_LINK:
	case CALL_CHANGE_FD:
		do_change(&w);
		break;
	case CALL_CONNECT:
	case CALL_BIND:
		note_address(&w, c->args[1], c->args[2], w.def->op == CALL_BIND);
		break;
	case CALL_SEND_TO:
		note_address(&w, c->args[4], c->args[5], false);
		break;
	case CALL_SEND_MSG:
		note_message(&w, c->args[1]);
		break;
	case CALL_SEND_MSGS:
		do_messages(&w);
		break;
	case CALL_BLIND:
		/* A file system may be served by a watched process now: to look at it would wait for a call that waits for us. */
		f->is_blind = true;
		files_refuse(f, "%s", w.def->why);
		break;
	case CALL_REFUSE:
		files_refuse(f, "%s", w.def->why);
		break;
	case CALL_MISSING:
		break;
	}
	return answer;
}
