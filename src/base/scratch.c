/* The lock is one on the folder itself, by a descriptor that lives as long as the process or as scratch_remove says. */
#include "base/scratch.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"

/* Between its making and its locking a folder looks abandoned; so young ones are left alone. */
enum { YOUNG_S = 10 };

static int open_dir(struct str path, struct arena *a)
{
	return open(arena_cstr(a, path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void sweep_one(struct str path, struct arena *a)
{
	struct stat st;
	AUTO_ERR ignored = { 0 };
	AUTO_FD fd = open_dir(path, a);
	if (fd < 0 || fstat(fd, &st) != 0 || st.st_uid != geteuid() || st.st_mtime > time(NULL) - YOUNG_S || flock(fd, LOCK_EX | LOCK_NB) != 0)
		return;
	(void)!fs_remove_tree(path, &ignored);
}

static void sweep(struct str parent, struct str kind)
{
	struct arena a = { 0 };
	fs_entries entries;
	AUTO_ERR ignored = { 0 };
	if (fs_list(parent, &a, &entries, &ignored))
		for (size_t i = 0; i < entries.n; i++)
			if (entries.p[i].kind == FS_DIR && str_starts(entries.p[i].name, kind) && entries.p[i].name.n == kind.n + 6)
				sweep_one(path_join(&a, parent, entries.p[i].name), &a);
	arena_deinit(&a);
}

bool scratch_make(struct str parent, const char *kind, struct arena *a, struct scratch *out, struct err *err)
{
	sweep(parent, str_c(kind));
	if (!fs_mkdtemp(path_join(a, parent, str_c(kind)), a, &out->dir, err))
		return false;
	out->lock = open_dir(out->dir, a);
	if (out->lock >= 0)
		(void)!flock(out->lock, LOCK_EX | LOCK_NB);
	return true;
}

void scratch_remove(struct scratch *s)
{
	AUTO_ERR ignored = { 0 };
	if (!s->dir.n)
		return;
	(void)!fs_remove_tree(s->dir, &ignored);
	base_close_fd(&s->lock);
	s->dir = STR_NONE;
}

struct str scratch_parent(char *const *environ)
{
	struct str dir = env_get(environ, STR("TMPDIR"));
	return dir.n && dir.p[0] == '/' ? dir : STR("/tmp");
}
