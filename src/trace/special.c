/* Of several rows that fit, the first counts. docs/tracing.md has this table for users. */
#include "trace/special.h"

#include <errno.h>
#include <string.h>

enum verdict {
	FREE,     /* takes no part in the result: no notice */
	COMPARED, /* an input like any file */
	REFUSED,
	DENIED,   /* the call fails as it does where there is no such device */
};

static const struct rule {
	const char *prefix; /* with a slash at the end: what is below */
	enum verdict look, read, write;
} rules[] = {
	{ "/dev/null", FREE, FREE, FREE },
	{ "/dev/zero", FREE, FREE, FREE },
	{ "/dev/full", FREE, FREE, FREE },
	/* Chance: who asks for it gets other bytes each time, and the result is as good as it was. */
	{ "/dev/random", FREE, FREE, FREE },
	{ "/dev/urandom", FREE, FREE, FREE },
	/* The streams: output is output, and input is /dev/null. */
	{ "/dev/stdin", FREE, FREE, FREE },
	{ "/dev/stdout", FREE, FREE, FREE },
	{ "/dev/stderr", FREE, FREE, FREE },
	{ "/dev/fd", FREE, FREE, FREE },
	/* A user's answers could not be compared, so there is no terminal to ask; most shells open it just to see. */
	{ "/dev/tty", FREE, DENIED, DENIED },
	{ "/dev/", COMPARED, REFUSED, REFUSED },
	/* How large and how busy the machine is: programs size their pools by it. */
	{ "/proc/cpuinfo", FREE, FREE, REFUSED },
	{ "/proc/meminfo", FREE, FREE, REFUSED },
	{ "/proc/stat", FREE, FREE, REFUSED },
	{ "/proc/loadavg", FREE, FREE, REFUSED },
	{ "/proc/uptime", FREE, FREE, REFUSED },
	{ "/proc/filesystems", FREE, FREE, REFUSED },
	{ "/proc/mounts", FREE, FREE, REFUSED },
	{ "/proc/version", FREE, FREE, REFUSED },
	{ "/proc/sys/kernel/random/", FREE, FREE, REFUSED },
	{ "/proc/sys/", COMPARED, COMPARED, REFUSED },
	{ "/proc/", REFUSED, REFUSED, REFUSED },
	{ "/sys/devices/system/cpu", FREE, FREE, REFUSED },
	{ "/sys/devices/system/node", FREE, FREE, REFUSED },
	{ "/sys/kernel/mm/", FREE, FREE, REFUSED },
	{ "/sys/fs/cgroup", FREE, FREE, REFUSED },
	{ "/sys/", COMPARED, REFUSED, REFUSED },
};

static bool fits(const char *prefix, const char *path)
{
	size_t n = strlen(prefix);
	return strncmp(path, prefix, n) == 0 && (prefix[n - 1] == '/' || path[n] == '\0' || path[n] == '/');
}

int special_judge(struct files *f, const char *path, struct seen *seen, enum special_use use)
{
	static const char *const verbs[] = { "looked at", "read", "wrote" };
	const struct rule *r = rules;
	while (r < rules + ARRAY_LEN(rules) && !fits(r->prefix, path))
		r++;
	enum verdict v = r == rules + ARRAY_LEN(rules) ? REFUSED : use == SPECIAL_LOOK ? r->look : use == SPECIAL_READ ? r->read : r->write;
	if (v == FREE)
		return 0;
	if (v == DENIED)
		return ENXIO;
	if (v == REFUSED && seen && seen->kind == SEEN_ABSENT && use != SPECIAL_WRITE) {
		files_look(f, seen); /* this kernel has none */
		return 0;
	}
	if (v == REFUSED || !seen) {
		files_refuse(f, "it %s '%s', which cannot be compared", verbs[use], path);
		return 0;
	}
	seen->flags |= SEEN_NO_TIMES;
	if (use == SPECIAL_LOOK && seen->kind == SEEN_FILE)
		use = SPECIAL_READ; /* its kind says less than its content */
	if (use == SPECIAL_READ)
		files_read(f, seen);
	else
		files_look(f, seen);
	return 0;
}
