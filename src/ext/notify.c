/*
 * The system names a watched folder by a number of its own: `folders` leads from that to the path, `numbers` back. A folder that is moved keeps its number, so
 * it is forgotten when it moves; whoever hears of that looks for it anew.
 */
#include "ext/notify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"

#ifdef __linux__
#include <sys/inotify.h>

enum {
	MASK = IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK,
};

struct folder {
	char *path;        /* NULL: not watched any more */
	uint32_t round;    /* of notify_begin, in which it was last wanted */
};

struct notify {
	int fd;
	uint32_t round;
	VEC(struct folder) folders; /* by the system's number */
	struct map numbers;         /* int, by path */
	size_t at, n;               /* what of `bytes` is read, and how much there is */
	_Alignas(struct inotify_event) char bytes[64 << 10];
};

bool notify_open(struct notify **out, struct err *err)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0)
		return err_set(err, errno == EMFILE ? ERR_LIMIT : ERR_NOT_FOUND, "cannot hear of changes: %s", strerror(errno));
	struct notify *n = xcalloc(1, sizeof(*n));
	n->fd = fd;
	map_init(&n->numbers, sizeof(int), NULL);
	*out = n;
	return true;
}

void notify_close(struct notify *n)
{
	if (!n)
		return;
	close(n->fd);
	map_deinit(&n->numbers);
	for (size_t i = 0; i < n->folders.n; i++)
		free(n->folders.p[i].path);
	vec_deinit(&n->folders);
	free(n);
}

int notify_fd(const struct notify *n)
{
	return n->fd;
}

static void forget(struct notify *n, int number)
{
	struct folder *f = (size_t)number < n->folders.n ? &n->folders.p[number] : NULL;
	if (!f || !f->path)
		return;
	const int *known = map_find(&n->numbers, str_c(f->path));
	if (known && *known == number)
		map_remove(&n->numbers, str_c(f->path));
	free(f->path);
	f->path = NULL;
}

bool notify_add(struct notify *n, struct str path, struct err *err)
{
	int *known = map_find(&n->numbers, path);
	if (known) {
		n->folders.p[*known].round = n->round;
		return true;
	}
	char *own = xcalloc(path.n + 1, 1);
	memcpy(own, path.p, path.n);
	int number = inotify_add_watch(n->fd, own, MASK);
	if (number < 0) {
		int code = errno;
		free(own);
		if (code != ENOSPC && code != ENOMEM)
			return err_set(err, ERR_NOT_FOUND, "cannot watch '%.*s': %s", STR_ARG(path), strerror(code));
		err_set(err, ERR_LIMIT, "no more folders than %zu can be watched", map_len(&n->numbers));
		return err_hint(err, "the system's limit is fs.inotify.max_user_watches (sysctl)");
	}
	while (n->folders.n <= (size_t)number)
		vec_push(&n->folders, (struct folder){ 0 });
	/* Two paths may lead to one folder: the last one names it. */
	forget(n, number);
	n->folders.p[number] = (struct folder){ own, n->round };
	*(int *)map_put(&n->numbers, str_c(own)) = number;
	return true;
}

void notify_begin(struct notify *n)
{
	n->round++;
}

void notify_end(struct notify *n)
{
	for (size_t i = 0; i < n->folders.n; i++) {
		if (!n->folders.p[i].path || n->folders.p[i].round == n->round)
			continue;
		inotify_rm_watch(n->fd, (int)i);
		forget(n, (int)i);
	}
}

static bool fill(struct notify *n)
{
	ssize_t got;
	do
		got = read(n->fd, n->bytes, sizeof(n->bytes));
	while (got < 0 && errno == EINTR);
	n->at = 0;
	n->n = got > 0 ? (size_t)got : 0;
	return n->n > 0;
}

bool notify_next(struct notify *n, struct notify_event *out)
{
	while (n->at < n->n || fill(n)) {
		const struct inotify_event *e = (const void *)(n->bytes + n->at);
		n->at += sizeof(*e) + e->len;
		if (e->mask & IN_Q_OVERFLOW) {
			*out = (struct notify_event){ .what = NOTIFY_LOST };
			return true;
		}
		if (e->wd < 0 || (size_t)e->wd >= n->folders.n || !n->folders.p[e->wd].path)
			continue;
		if (e->mask & IN_MOVE_SELF)
			inotify_rm_watch(n->fd, e->wd);
		if (e->mask & (IN_MOVE_SELF | IN_IGNORED | IN_DELETE_SELF)) {
			forget(n, e->wd);
			continue; /* the folder above tells of it too */
		}
		if (e->len == 0)
			continue;
		*out = (struct notify_event){ e->mask & IN_ISDIR ? NOTIFY_FOLDER : NOTIFY_NAME, str_c(n->folders.p[e->wd].path), str_c(e->name) };
		return true;
	}
	return false;
}

#else

bool notify_open(struct notify **out, struct err *err)
{
	(void)out;
	return err_set(err, ERR_NOT_FOUND, "this system tells nobody of changes to files");
}

void notify_close(struct notify *n)
{
	(void)n;
}

int notify_fd(const struct notify *n)
{
	(void)n;
	return -1;
}

bool notify_add(struct notify *n, struct str folder, struct err *err)
{
	(void)n;
	(void)folder;
	return err_set(err, ERR_NOT_FOUND, "this system tells nobody of changes to files");
}

void notify_begin(struct notify *n)
{
	(void)n;
}

void notify_end(struct notify *n)
{
	(void)n;
}

bool notify_next(struct notify *n, struct notify_event *out)
{
	(void)n;
	(void)out;
	return false;
}

#endif
