/*
 * look.h: looking into a stopped process: its memory, its folder, its descriptors; and the way of a path through the file system as the kernel goes it.
 */
#ifndef TRACE_LOOK_H
#define TRACE_LOOK_H

#include "trace/files.h"

enum { LOOK_PATH_MAX = 4096 };

/* Copies up to `n` bytes at `address` of the thread; how many were there. */
size_t look_bytes(pid_t tid, uint64_t address, void *to, size_t n);

/* Where a path leads. */
enum place_kind {
	PLACE_FILE,    /* `seen` */
	PLACE_NOWHERE, /* neutral: an unnamed file, a pipe, a file of the kernel's that says nothing of the machine's state */
	PLACE_KERNEL,  /* `path`: a file below /proc, /sys or /dev, to be judged by special_judge */
	PLACE_FAILED,  /* cannot be told; files_refuse has been called */
};
struct place {
	enum place_kind kind;
	struct seen *seen;
	enum seen_kind now;  /* PLACE_FILE: what is there now */
	bool inside_own;     /* in a folder of the commands' making */
	char path[2 * LOOK_PATH_MAX];
};

enum look_follow { LOOK_FOLLOW, LOOK_NO_FOLLOW };

/* The path of a descriptor of the thread's; PLACE_NOWHERE where it has none. */
void look_fd(struct files *f, pid_t tid, int fd, struct place *out);
/* `path` as seen from the folder of descriptor `dir` (AT_FDCWD: the working folder). Links on the way are reported as followed, missing
 * folders as absent. */
void look_path(struct files *f, pid_t tid, int dir, const char *path, enum look_follow follow, struct place *out);

#endif
