/*
 * Looking at every process of the system each time would cost more than the run. The number of the newest process (in /proc/loadavg) says whether there are new ones at all,
 * and which: numbers are given out in order.
 */
#include "run/activity.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So many new processes between two looks are not looked at one by one. */
enum { NEW_MAX = 256, MEMBERS_MAX = 256 };

/* Of one that waits: calls of write and processes that came or went (four a second), time on a processor (a twentieth); and a few of each at once. */
enum { LITTLE_EACH_MS = 250, LITTLE_COUNT = 4, LITTLE_SHARE = 20, LITTLE_MS = 20 };

/* The beginning of a small file of /proc. */
static bool read_small(const char *path, char *out, size_t size)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, size - 1) : -1;
	out[MAX(n, (ssize_t)0)] = '\0';
	return n > 0;
}

static uint64_t newest_process(void)
{
	char text[128];
	const char *last = read_small("/proc/loadavg", text, sizeof(text)) ? strrchr(text, ' ') : NULL;
	return last ? strtoull(last + 1, NULL, 10) : 0;
}

static bool is_member(const struct activity *a, pid_t pid)
{
	for (size_t i = 0; i < a->members.n; i++)
		if (a->members.p[i] == pid)
			return true;
	return false;
}

/* Takes the process in where it belongs to the run. */
static void consider(struct activity *a, pid_t pid)
{
	char path[64], text[512];
	int parent = 0, group = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	const char *rest = read_small(path, text, sizeof(text)) ? strrchr(text, ')') : NULL;
	if (!rest || sscanf(rest, ") %*c %d %d", &parent, &group) != 2) {
		a->lost++;
		return;
	}
	if (group != a->group && !is_member(a, parent))
		return;
	a->changes++;
	if (a->members.n < MEMBERS_MAX)
		vec_push(&a->members, pid);
}

void activity_begin(struct activity *a, pid_t group)
{
	*a = (struct activity){ .group = group, .last = newest_process() };
	vec_push(&a->members, group);
	a->blind = a->last < (uint64_t)group && a->last + NEW_MAX < (uint64_t)group;
	a->blind = a->blind || a->last == 0;
}

void activity_end(struct activity *a)
{
	vec_deinit(&a->members);
}

static void take_new(struct activity *a)
{
	uint64_t now = newest_process();
	if (now < a->last || now - a->last > NEW_MAX) /* numbers began anew, or too many */
		a->lost++;
	for (uint64_t pid = a->last + 1; now >= a->last && now - a->last <= NEW_MAX && pid <= now; pid++)
		if (!is_member(a, (pid_t)pid))
			consider(a, (pid_t)pid);
	a->last = now;
}

/* Adds what one process did; false where it is gone, or may not be looked at. */
static bool add(pid_t pid, struct activity_now *to)
{
	char path[64], text[512];
	unsigned long long calls = 0, time = 0;
	snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
	const char *at = read_small(path, text, sizeof(text)) ? strstr(text, "syscw:") : NULL;
	if (!at || sscanf(at, "syscw: %llu", &calls) != 1)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	if (!read_small(path, text, sizeof(text)) || sscanf(text, "%llu", &time) != 1)
		return false;
	to->writes += calls;
	to->processor += time;
	return true;
}

struct activity_now activity_look(struct activity *a)
{
	struct activity_now now = { 0 };
	if (a->blind)
		return now;
	take_new(a);
	for (size_t i = 0; i < a->members.n;) {
		if (add(a->members.p[i], &now)) {
			i++;
			continue;
		}
		a->changes++;
		if (kill(a->members.p[i], 0) == 0 || errno == EPERM)
			i++; /* it may not be looked at: never quiet */
		else
			a->members.p[i] = a->members.p[--a->members.n];
	}
	now.changes = a->changes;
	now.lost = a->lost;
	now.known = a->members.n < MEMBERS_MAX;
	return now;
}

enum activity_did activity_between(const struct activity_now *from, const struct activity_now *to)
{
	/* The writes of one that ended and was waited for are its parent's. */
	if (!from->known || !to->known || from->writes != to->writes)
		return ACTIVITY_WROTE;
	if (from->changes == to->changes && from->processor == to->processor)
		return ACTIVITY_NOTHING; /* whatever was lost was not started by it */
	return from->changes == to->changes && from->lost == to->lost ? ACTIVITY_RAN : ACTIVITY_STARTED;
}

bool activity_is_little(const struct activity_now *from, const struct activity_now *to, int64_t ms)
{
	uint64_t count = LITTLE_COUNT + (uint64_t)ms / LITTLE_EACH_MS, time = (LITTLE_MS + (uint64_t)ms / LITTLE_SHARE) * 1000000;
	if (!from->known || !to->known || to->writes < from->writes)
		return false;
	return to->writes - from->writes <= count && to->changes - from->changes <= count &&
	       (to->processor < from->processor || to->processor - from->processor <= time);
}
