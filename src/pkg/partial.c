/*
 * partial/HEX is the file, partial/HEX.from its validator. The lock is flock's, so a process that dies lets go of it. A file is removed while it is
 * locked; whoever opened it before
 * that looks, when it has the lock, whether the name still leads to it.
 */
#include "pkg/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"

enum { MAX_VALIDATOR = 4096, TRIES = 16 };

static struct str from_path(const struct pkg_partial *p, struct arena *a)
{
	return arena_concat(a, p->path, STR(".from"));
}

static void read_validator(struct pkg_partial *p, struct arena *a)
{
	struct stat st;
	AUTO_ERR ignored = { 0 };
	struct str from = from_path(p, a);
	p->validator = STR("");
	p->size = 0;
	if (fstat(p->fd, &st) != 0 || st.st_size == 0 || !fs_is_file(from) || !fs_read(from, MAX_VALIDATOR, a, &p->validator, &ignored))
		return;
	p->size = p->validator.n ? (uint64_t)st.st_size : 0;
}

static bool is_still_there(int fd, const char *path)
{
	struct stat a, b;
	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

bool pkg_partial_open(struct store *store, struct str url, struct arena *a, struct pkg_partial *out, bool *busy, struct err *err)
{
	struct pkg_partial p = { .store = store, .url = url, .fd = -1 };
	struct digest d = sha256_of(url);
	char hex[DIGEST_HEX_LEN + 1];
	*busy = false;
	if (!store) {
		p.fd = memfd_create("download", MFD_CLOEXEC);
		*out = p;
		return p.fd >= 0 || err_set(err, ERR_IO, "cannot make a file in memory: %s", strerror(errno));
	}
	digest_hex(&d, hex);
	struct str dir = path_join(a, store_dir(store), STR("partial"));
	p.path = path_join(a, dir, str_c(hex));
	if (!fs_mkdirs(dir, 0700, err))
		return false;
	for (int i = 0; i < TRIES; i++) {
		p.fd = open(p.path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (p.fd < 0)
			return err_set(err, ERR_IO, "cannot make '%s': %s", p.path.p, strerror(errno));
		if (flock(p.fd, LOCK_EX | LOCK_NB) != 0) {
			*busy = errno == EWOULDBLOCK;
			base_close_fd(&p.fd);
			p.fd = -1;
			*out = p;
			return *busy || err_set(err, ERR_IO, "cannot lock '%s': %s", p.path.p, strerror(errno));
		}
		if (is_still_there(p.fd, p.path.p)) {
			read_validator(&p, a);
			*out = p;
			return true;
		}
		base_close_fd(&p.fd);
	}
	*busy = true;
	p.fd = -1;
	*out = p;
	return true;
}

void pkg_partial_begin(struct pkg_partial *p, struct str validator)
{
	struct arena a = { 0 };
	AUTO_ERR ignored = { 0 };
	if (!p->store)
		return;
	if (!validator.n)
		unlink(from_path(p, &a).p);
	else if (!fs_write(from_path(p, &a), validator, 0600, FS_NO_SYNC, &ignored))
		err_deinit(&ignored);
	arena_deinit(&a);
}

static void forget(struct pkg_partial *p)
{
	struct arena a = { 0 };
	if (p->store) {
		unlink(from_path(p, &a).p);
		unlink(p->path.p);
	}
	arena_deinit(&a);
}

static struct str note_name(struct arena *a, struct str url)
{
	return arena_concat(a, STR("fetched "), url);
}

void pkg_partial_done(struct pkg_partial *p, struct str bytes)
{
	struct arena a = { 0 };
	AUTO_ERR ignored = { 0 };
	struct digest d;
	char hex[DIGEST_HEX_LEN + 1];
	if (p->store && store_put(p->store, bytes, &d, &ignored)) {
		digest_hex(&d, hex);
		struct str note = arena_fmt(&a, "%s %lld", hex, (long long)pkg_partial_now());
		if (!store_note_put(p->store, note_name(&a, p->url), note, &ignored))
			err_deinit(&ignored);
	}
	forget(p);
	base_close_fd(&p->fd);
	p->fd = -1;
	arena_deinit(&a);
}

void pkg_partial_close(struct pkg_partial *p)
{
	struct arena a = { 0 };
	struct stat st;
	if (p->fd < 0)
		return;
	if (p->store && (fstat(p->fd, &st) != 0 || st.st_size == 0 || !fs_is_file(from_path(p, &a))))
		forget(p);
	base_close_fd(&p->fd);
	p->fd = -1;
	arena_deinit(&a);
}

void pkg_partial_restart(struct pkg_partial *p)
{
	struct arena a = { 0 };
	p->size = 0;
	p->validator = STR("");
	if (p->store)
		unlink(from_path(p, &a).p);
	if (ftruncate(p->fd, 0) != 0)
		p->size = 0; /* the answer's first byte truncates it as well */
	arena_deinit(&a);
}

bool pkg_partial_find(struct store *store, struct str url, int64_t since_ns, struct arena *a, struct str *bytes)
{
	struct str note, hex, when;
	struct digest d;
	int64_t at;
	AUTO_ERR ignored = { 0 };
	return store && store_note_find(store, note_name(a, url), a, &note) && str_cut(note, ' ', &hex, &when) && str_to_int(when, &at) && at >= since_ns &&
	       digest_parse(hex, &d) && store_has(store, &d) && store_get(store, &d, a, bytes, &ignored);
}

int64_t pkg_partial_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
